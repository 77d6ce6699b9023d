//! Reads SQLite's catalogue from its schema table and its pragmas.

use sea_orm::{ConnectionTrait, DbBackend};

use super::rows::flag;
use super::{Catalogue, Column, Index, Place, get, rows};
use crate::error::SoftDeleteError;
use crate::query::literal::quoted;
use crate::schema::create_text::{parentheses, parts, text_of, tokens};
use crate::schema::sql::quote;

const SQLITE: DbBackend = DbBackend::Sqlite;
const MAIN: &str = "main";

pub(super) async fn read<C: ConnectionTrait>(
    schemas: &[String],
    catalogue: &mut Catalogue,
    db: &C,
) -> Result<(), SoftDeleteError> {
    read_schema(MAIN, catalogue, db).await?;
    if schemas.is_empty() {
        return Ok(());
    }
    // A schema that is not attached has no tables.
    for row in rows("SELECT name FROM pragma_database_list", Vec::new(), db).await? {
        let attached: String = get(&row, "name")?;
        let is_asked_for = schemas
            .iter()
            .any(|schema| schema.eq_ignore_ascii_case(&attached));
        if is_asked_for && attached != MAIN {
            read_schema(&attached, catalogue, db).await?;
        }
    }
    Ok(())
}

async fn read_schema<C: ConnectionTrait>(
    schema: &str,
    catalogue: &mut Catalogue,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let schema = Schema {
        table: format!("{}.sqlite_master", quote(SQLITE, schema)),
        name: quoted(schema, SQLITE),
        is_visible: schema == MAIN,
        db,
    };
    schema.read_columns(catalogue).await?;
    schema.read_indexes(catalogue).await?;
    schema.read_foreign_keys(catalogue).await?;
    schema.read_dependents(catalogue).await
}

/// A schema, such as `main`.
struct Schema<'a, C> {
    /// The table that lists the objects of the schema.
    table: String,
    /// The name as a string in SQL.
    name: String,
    /// Whether unqualified names find its tables.
    is_visible: bool,
    db: &'a C,
}

impl<C: ConnectionTrait> Schema<'_, C> {
    /// The columns of a query that tell the place of a table with this name.
    fn place(&self, of: &str, name: &str) -> String {
        let Self {
            name: schema,
            is_visible,
            ..
        } = self;
        format!("{schema} AS {of}_schema, {is_visible} AS {of}_is_visible, {name} AS {of}_name")
    }

    async fn read_columns(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        let (schema, place) = (&self.name, self.place("table", "t.name"));
        // A column that is the whole primary key and is an INTEGER is the row id.
        let sql = format!(
            "SELECT {place}, t.sql, c.name, c.type, c.dflt_value, \
                    c.\"notnull\" = 0 AND c.pk = 0 AS is_nullable, c.hidden >= 2 AS is_generated, \
                    c.pk = 1 AND lower(c.type) = 'integer' AND NOT EXISTS \
                        (SELECT 1 FROM pragma_table_xinfo(t.name, {schema}) WHERE pk > 1) AS is_row_id \
             FROM {} AS t, pragma_table_xinfo(t.name, {schema}) AS c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' \
             ORDER BY t.name, c.cid",
            self.table
        );
        for row in rows(&sql, Vec::new(), self.db).await? {
            let table = catalogue.add(Place::read(&row, "table")?, get(&row, "sql")?);
            table.columns.push(Column {
                name: get(&row, "name")?,
                declared: get(&row, "type")?,
                type_name: get::<String>(&row, "type")?.to_ascii_lowercase(),
                is_nullable: flag(&row, "is_nullable")?,
                default: get(&row, "dflt_value")?,
                declared_default: get(&row, "dflt_value")?,
                generated: flag(&row, "is_generated")?.then(String::new),
                is_auto_increment: flag(&row, "is_row_id")?,
                ..Column::default()
            });
        }
        Ok(())
    }

    async fn read_indexes(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        let (schema, place) = (&self.name, self.place("table", "t.name"));
        // A primary key that is the row id has no index, so an entry is added for it.
        let sql = format!(
            "SELECT {place}, l.name, l.\"unique\" AS is_unique, l.origin = 'pk' AS is_primary, \
                    l.origin <> 'c' AS is_constraint, l.partial, x.name AS part, \
                    COALESCE(x.coll, '') AS rule, COALESCE(i.sql, '') AS sql, l.seq AS position, \
                    x.seqno \
             FROM {table} AS t \
             JOIN pragma_index_list(t.name, {schema}) AS l \
             JOIN pragma_index_xinfo(l.name, {schema}) AS x \
             LEFT JOIN {table} AS i ON i.type = 'index' AND i.name = l.name \
             WHERE t.type = 'table' AND x.key = 1 \
             UNION ALL \
             SELECT {place}, 'PRIMARY KEY', 1, 1, 1, 0, c.name, '', '', 1 << 30, c.pk \
             FROM {table} AS t, pragma_table_xinfo(t.name, {schema}) AS c \
             WHERE t.type = 'table' AND c.pk > 0 AND NOT EXISTS \
                 (SELECT 1 FROM pragma_index_list(t.name, {schema}) WHERE origin = 'pk') \
             ORDER BY table_name, position, seqno",
            table = self.table
        );
        for row in rows(&sql, Vec::new(), self.db).await? {
            let sql: String = get(&row, "sql")?;
            let index = Index {
                predicate: flag(&row, "partial")?.then(|| predicate(&sql)),
                ..Index::read(&row, SQLITE)?
            };
            let expression = match get::<Option<String>>(&row, "part")? {
                Some(_) => None,
                None => {
                    let at = usize::try_from(get::<i64>(&row, "seqno")?);
                    index_parts(&sql).into_iter().nth(at.unwrap_or_default())
                }
            };
            catalogue.add_part(&row, index, expression)?;
        }
        Ok(())
    }

    async fn read_foreign_keys(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        let (table, parent) = (
            self.place("table", "t.name"),
            self.place("parent", "f.\"table\""),
        );
        let sql = format!(
            "SELECT {table}, {parent}, '' AS name, f.seq + 1 AS position, \
                    f.\"from\" AS child_column, f.\"to\" AS parent_column, f.on_delete, f.on_update, \
                    NULL AS definition \
             FROM {} AS t JOIN pragma_foreign_key_list(t.name, {}) AS f \
             WHERE t.type = 'table' ORDER BY t.name, f.id, f.seq",
            self.table, self.name
        );
        for row in rows(&sql, Vec::new(), self.db).await? {
            catalogue.add_pair(&row)?;
        }
        Ok(())
    }

    async fn read_dependents(&self, catalogue: &mut Catalogue) -> Result<(), SoftDeleteError> {
        let sql = format!(
            "SELECT {}, t.sql FROM {} AS t \
             WHERE t.type IN ('index', 'trigger') AND t.sql IS NOT NULL ORDER BY t.rowid",
            self.place("table", "t.tbl_name"),
            self.table
        );
        for row in rows(&sql, Vec::new(), self.db).await? {
            if let Some(table) = catalogue.of_row(&row)? {
                table.dependents.push(get(&row, "sql")?);
            }
        }
        Ok(())
    }
}

/// The condition after the WHERE of a CREATE INDEX.
fn predicate(sql: &str) -> String {
    match parentheses(&tokens(sql)) {
        Some((_, [_where, condition @ ..])) => text_of(sql, condition).to_owned(),
        _ => String::new(),
    }
}

/// The parts of a CREATE INDEX.
fn index_parts(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let within = parentheses(&tokens).map(|(within, _)| parts(within));
    let parts = within.into_iter().flatten();
    parts.map(|part| text_of(sql, part).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{index_parts, predicate};

    #[test]
    fn the_parts_of_an_index_are_separated_by_commas() {
        for (sql, expected) in [
            ("CREATE INDEX i ON t (a)", vec!["a"]),
            (
                "CREATE UNIQUE INDEX \"i(\" ON t(lower(a), coalesce(b, ',)') DESC) WHERE (c)",
                vec!["lower(a)", "coalesce(b, ',)') DESC"],
            ),
            ("nothing", vec![]),
        ] {
            assert_eq!(index_parts(sql), expected, "of {sql}");
        }
    }

    #[test]
    fn the_predicate_of_an_index_follows_where() {
        for (sql, expected) in [
            ("CREATE INDEX i ON t (a) WHERE b IS NULL", "b IS NULL"),
            (
                "CREATE UNIQUE INDEX \"i)\" ON \"t\" (lower(a), \"b(\") \n where\tb = ')'",
                "b = ')'",
            ),
            ("CREATE INDEX i ON t(a)WHERE(b)", "(b)"),
            ("CREATE INDEX i ON t (a)", ""),
            (
                "CREATE INDEX i ON t (a -- it's ) \n) WHERE b /* ( */ > 0",
                "b /* ( */ > 0",
            ),
        ] {
            assert_eq!(predicate(sql), expected, "of {sql}");
        }
    }
}
