//! What a live schema has: its views, triggers and functions.

use sea_orm::{ConnectionTrait, Value};

use super::function::MARK;
use super::{BACKEND, LiveSchema};
use crate::error::SoftDeleteError;
use crate::schema::catalogue::{get, rows};
use crate::schema::sql::{kept, quote};

/// What a live schema has.
#[derive(Debug, Default)]
pub(super) struct Existing {
    pub(super) has_schema: bool,
    pub(super) relations: Vec<Relation>,
    /// The functions of this crate: name, source, whether it runs as its owner.
    pub(super) functions: Vec<(String, String, bool)>,
    /// The tables that row-level security protects: schema and name.
    pub(super) protected: Vec<(String, String)>,
    /// The version of the server, such as 150018.
    pub(super) version: i64,
}

/// A view, or another relation of the schema.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) is_view: bool,
    /// Whether this crate created it.
    pub(super) is_own: bool,
    /// Its options, each `name=value`.
    pub(super) options: Vec<String>,
    /// Its query, with single spaces.
    pub(super) query: String,
    /// Each column with its type.
    pub(super) columns: Vec<String>,
    /// The tables that it reads, as the database prints them.
    pub(super) bases: Vec<ReadTable>,
    pub(super) triggers: Vec<Trigger>,
    /// The statements that grant its privileges again.
    pub(super) grants: Vec<String>,
}

/// A table that a view reads.
#[derive(Debug)]
pub(super) struct ReadTable {
    pub(super) schema: String,
    pub(super) name: String,
    /// The ways in which the database prints a query for all its columns, up to the condition.
    pub(super) queries: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Trigger {
    pub(super) name: String,
    pub(super) kind: i64,
    pub(super) is_enabled: bool,
    pub(super) function: (String, String),
}

impl Relation {
    pub(super) fn trigger(&self, name: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.name == name)
    }
}

impl Existing {
    pub(super) async fn read<C: ConnectionTrait>(
        live: &LiveSchema,
        db: &C,
    ) -> Result<Self, SoftDeleteError> {
        let schema: Value = kept(live.name(), BACKEND).into();
        let sql = "SELECT pg_catalog.current_setting('server_version_num')::bigint AS version, \
                   EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname::text = $1) AS has_schema";
        let mut existing = Self::default();
        for row in rows(sql, vec![schema.clone()], db).await? {
            existing.version = get(&row, "version")?;
            existing.has_schema = get(&row, "has_schema")?;
        }
        let sql = "SELECT n.nspname::text AS table_schema, c.relname::text AS table_name \
                   FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   WHERE c.relrowsecurity";
        for row in rows(sql, Vec::new(), db).await? {
            let place = (get(&row, "table_schema")?, get(&row, "table_name")?);
            existing.protected.push(place);
        }
        existing.read_relations(&schema, live, db).await?;
        existing.read_triggers(&schema, db).await?;
        let sql = "SELECT p.proname::text AS name, p.prosrc AS source, p.prosecdef AS runs_as_owner \
                   FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
                   WHERE n.nspname::text = $1 \
                     AND pg_catalog.obj_description(p.oid, 'pg_proc') LIKE '%' || $2 ORDER BY 1";
        for row in rows(sql, vec![schema, MARK.into()], db).await? {
            let function = (
                get(&row, "name")?,
                get(&row, "source")?,
                get(&row, "runs_as_owner")?,
            );
            existing.functions.push(function);
        }
        Ok(existing)
    }

    async fn read_relations<C: ConnectionTrait>(
        &mut self,
        schema: &Value,
        live: &LiveSchema,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let list = |of: &str, what: &str| {
            format!(
                "(SELECT pg_catalog.string_agg({what}, $2 ORDER BY a.attnum) \
                  FROM pg_catalog.pg_attribute a \
                  WHERE a.attrelid = {of} AND a.attnum > 0 AND NOT a.attisdropped)"
            )
        };
        let typed = "a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)";
        let sql = format!(
            "SELECT v.relname::text AS name, v.relkind = 'v' AS is_view, \
                    COALESCE(pg_catalog.obj_description(v.oid, 'pg_class') LIKE '%' || $3, FALSE) AS is_own, \
                    COALESCE(pg_catalog.array_to_string(v.reloptions, $2), '') AS options, \
                    COALESCE(CASE WHEN v.relkind = 'v' THEN pg_catalog.pg_get_viewdef(v.oid) END, '') AS query, \
                    {columns} AS columns, \
                    (SELECT pg_catalog.string_agg(pg_catalog.concat(acl.privilege_type, ' ', \
                              CASE acl.grantee WHEN 0 THEN 'PUBLIC' \
                                ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(acl.grantee)::text) END, \
                              CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' END), $2) \
                     FROM pg_catalog.aclexplode(v.relacl) AS acl WHERE acl.grantee <> v.relowner) AS grants, \
                    bn.nspname::text AS table_schema, b.relname::text AS table_name, \
                    pg_catalog.quote_ident(bn.nspname::text) AS quoted_schema, \
                    pg_catalog.quote_ident(b.relname::text) AS quoted_table, {quoted} AS quoted \
             FROM pg_catalog.pg_class v \
             JOIN pg_catalog.pg_namespace n ON n.oid = v.relnamespace \
             LEFT JOIN (SELECT DISTINCT r.ev_class, d.refobjid FROM pg_catalog.pg_rewrite r \
                        JOIN pg_catalog.pg_depend d ON d.objid = r.oid \
                         AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
                         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                         AND d.refobjid <> r.ev_class) AS reads ON reads.ev_class = v.oid \
             LEFT JOIN pg_catalog.pg_class b ON b.oid = reads.refobjid \
             LEFT JOIN pg_catalog.pg_namespace bn ON bn.oid = b.relnamespace \
             WHERE n.nspname::text = $1 AND v.relkind IN ('v', 'm', 'r', 'p', 'f', 'S') \
             ORDER BY v.relname, bn.nspname, b.relname",
            columns = list("v.oid", typed),
            quoted = list("b.oid", "pg_catalog.quote_ident(a.attname::text)"),
        );
        let values = vec![schema.clone(), SEPARATOR.into(), MARK.into()];
        for row in rows(&sql, values, db).await? {
            let name: String = get(&row, "name")?;
            if self.relations.last().is_none_or(|last| last.name != name) {
                let grants: Option<String> = get(&row, "grants")?;
                let path = live.path(&name);
                let grant = |grant: String| {
                    let (privilege, grantee) = grant.split_once(' ').unwrap_or_default();
                    format!("GRANT {privilege} ON {path} TO {grantee}")
                };
                self.relations.push(Relation {
                    is_view: get(&row, "is_view")?,
                    is_own: get(&row, "is_own")?,
                    options: split(get(&row, "options")?),
                    query: spaced(&get::<String>(&row, "query")?),
                    columns: split(get::<Option<String>>(&row, "columns")?.unwrap_or_default()),
                    bases: Vec::new(),
                    triggers: Vec::new(),
                    grants: split(grants.unwrap_or_default())
                        .into_iter()
                        .map(grant)
                        .collect(),
                    name,
                });
            }
            let base: Option<String> = get(&row, "table_name")?;
            if let (Some(relation), Some(name)) = (self.relations.last_mut(), base) {
                let schema: String = get(&row, "table_schema")?;
                let quoted: (String, String) =
                    (get(&row, "quoted_schema")?, get(&row, "quoted_table")?);
                let columns = split(get::<Option<String>>(&row, "quoted")?.unwrap_or_default());
                relation.bases.push(ReadTable {
                    queries: queries(&quoted.0, &quoted.1, &columns),
                    schema,
                    name,
                });
            }
        }
        Ok(())
    }

    async fn read_triggers<C: ConnectionTrait>(
        &mut self,
        schema: &Value,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        let sql = "SELECT c.relname::text AS view_name, t.tgname::text AS name, t.tgtype::bigint AS kind, \
                          t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AS is_enabled, \
                          fn.nspname::text AS function_schema, p.proname::text AS function_name \
                   FROM pg_catalog.pg_trigger t \
                   JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                   JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid \
                   JOIN pg_catalog.pg_namespace fn ON fn.oid = p.pronamespace \
                   WHERE NOT t.tgisinternal AND n.nspname::text = $1 ORDER BY 1, 2";
        for row in rows(sql, vec![schema.clone()], db).await? {
            let view: String = get(&row, "view_name")?;
            let mut relations = self.relations.iter_mut();
            if let Some(relation) = relations.find(|relation| relation.name == view) {
                relation.triggers.push(Trigger {
                    name: get(&row, "name")?,
                    kind: get(&row, "kind")?,
                    is_enabled: get(&row, "is_enabled")?,
                    function: (get(&row, "function_schema")?, get(&row, "function_name")?),
                });
            }
        }
        Ok(())
    }
}

/// The statements that drop the views and functions of this crate.
pub(super) async fn drops<C: ConnectionTrait>(
    live: &LiveSchema,
    db: &C,
) -> Result<Vec<String>, SoftDeleteError> {
    let existing = Existing::read(live, db).await?;
    let views = existing.relations.iter().filter(|relation| relation.is_own);
    let views = views.map(|view| format!("DROP VIEW {}", live.path(&view.name)));
    let functions = existing.functions.iter();
    let functions = functions.map(|(name, _, _)| format!("DROP FUNCTION {}()", live.path(name)));
    Ok(views.chain(functions).collect())
}

/// Whether this crate created the schema, and nothing is in it.
pub(super) async fn is_own_and_empty<C: ConnectionTrait>(
    live: &LiveSchema,
    db: &C,
) -> Result<bool, SoftDeleteError> {
    let sql = "SELECT 1 AS one FROM pg_catalog.pg_namespace n WHERE n.nspname::text = $1 \
               AND pg_catalog.obj_description(n.oid, 'pg_namespace') LIKE '%' || $2 \
               AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.refobjid = n.oid \
                 AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)";
    let values = vec![kept(live.name(), BACKEND).into(), MARK.into()];
    Ok(!rows(sql, values, db).await?.is_empty())
}

/// What stands between the parts of a list: no name contains it.
const SEPARATOR: &str = "\u{1}";

fn split(list: String) -> Vec<String> {
    let parts = list.split(SEPARATOR).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// The text with single spaces.
pub(super) fn spaced(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// PostgreSQL prints the columns of a view with their table before version 16, and the table with its schema if the
/// search path does not find it.
fn queries(schema: &str, table: &str, columns: &[String]) -> Vec<String> {
    let plain = columns.join(", ");
    let qualified: Vec<String> = columns
        .iter()
        .map(|name| format!("{table}.{name}"))
        .collect();
    let qualified = qualified.join(", ");
    let froms = [table.to_owned(), format!("{schema}.{table}")];
    let all = froms.iter().flat_map(|from| {
        [&plain, &qualified]
            .map(|columns| spaced(&format!("SELECT {columns} FROM {from} WHERE ")) + " ")
    });
    all.collect()
}

/// The statements that create the schema.
pub(super) fn create_schema(live: &LiveSchema) -> Vec<String> {
    let schema = quote(BACKEND, live.name());
    vec![
        format!("CREATE SCHEMA IF NOT EXISTS {schema}"),
        format!("COMMENT ON SCHEMA {schema} IS 'Live rows of the tables of these names, {MARK}'"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_recognized_as_each_version_of_postgresql_prints_it() {
        let columns = ["id".to_owned(), "\"Title\"".to_owned()];
        let known = queries("public", "note", &columns);
        for printed in [
            " SELECT note.id,\n    note.\"Title\"\n   FROM note\n  WHERE (note.deleted_at IS NULL);",
            " SELECT note.id,\n    note.\"Title\"\n   FROM public.note\n  WHERE (note.deleted_at IS NULL);",
            // Since version 16.
            " SELECT id,\n    \"Title\"\n   FROM public.note\n  WHERE (deleted_at IS NULL);",
        ] {
            let printed = spaced(printed);
            let condition = known.iter().find_map(|begin| printed.strip_prefix(begin));
            let condition = condition.unwrap_or_else(|| panic!("{printed} is not among {known:?}"));
            assert!(condition.ends_with("deleted_at IS NULL);"), "{condition}");
        }
        let other = spaced("SELECT id, id AS \"Title\" FROM note WHERE (deleted_at IS NULL)");
        assert!(!known.iter().any(|begin| other.starts_with(begin)));
    }
}
