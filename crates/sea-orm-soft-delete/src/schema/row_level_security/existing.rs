//! The columns and policies that a table has.

use sea_orm::{ConnectionTrait, Value};

use super::BACKEND;
use crate::entity::member::TableKey;
use crate::error::SoftDeleteError;
use crate::schema::catalogue::{get, rows};
use crate::schema::sql::kept;

/// What a table has.
pub(super) struct Existing {
    pub(super) is_enabled: bool,
    pub(super) is_forced: bool,
    /// The name of each column, and its type without a length.
    columns: Vec<(String, String)>,
    pub(super) policies: Vec<Policy>,
}

pub(super) struct Policy {
    pub(super) name: String,
    pub(super) is_permissive: bool,
    /// Whether it holds for every command and every role.
    is_for_all: bool,
    using: Option<String>,
    with_check: Option<String>,
}

impl Existing {
    /// Reads what a table has, if there is one.
    pub(super) async fn read<C: ConnectionTrait>(
        (schema, name): &TableKey,
        db: &C,
    ) -> Result<Option<Self>, SoftDeleteError> {
        let space: Value = schema.as_deref().map(|schema| kept(schema, BACKEND)).into();
        let values = || vec![space.clone(), kept(name, BACKEND).into()];
        let is_it = "n.nspname::text = COALESCE($1, n.nspname::text) AND c.relname::text = $2 \
                     AND c.relkind IN ('r', 'p') \
                     AND ($1 IS NOT NULL OR pg_catalog.pg_table_is_visible(c.oid))";
        let from = "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
        // Without its length: a cast to varchar(3) would cut a longer value, which is then that of another tenant.
        let sql = format!(
            "SELECT c.relrowsecurity AS is_enabled, c.relforcerowsecurity AS is_forced, \
                    a.attname::text AS name, \
                    pg_catalog.format_type(COALESCE(NULLIF(t.typbasetype, 0), t.oid), -1) AS type \
             FROM {from} \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
             WHERE {is_it} ORDER BY a.attnum"
        );
        let mut existing: Option<Self> = None;
        for row in rows(&sql, values(), db).await? {
            let existing = existing.get_or_insert(Self {
                is_enabled: get(&row, "is_enabled")?,
                is_forced: get(&row, "is_forced")?,
                columns: Vec::new(),
                policies: Vec::new(),
            });
            let column = (get(&row, "name")?, get(&row, "type")?);
            existing.columns.push(column);
        }
        let Some(mut existing) = existing else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT p.polname::text AS name, p.polpermissive AS is_permissive, \
                    p.polcmd = '*' AND p.polroles = '{{0}}' AS is_for_all, \
                    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS qual, \
                    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS with_check \
             FROM {from} JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid \
             WHERE {is_it} ORDER BY p.polname"
        );
        for row in rows(&sql, values(), db).await? {
            existing.policies.push(Policy {
                name: get(&row, "name")?,
                is_permissive: get(&row, "is_permissive")?,
                is_for_all: get(&row, "is_for_all")?,
                using: get(&row, "qual")?,
                with_check: get(&row, "with_check")?,
            });
        }
        Ok(Some(existing))
    }

    /// A column with its type.
    pub(super) fn column(&self, name: &str) -> Option<(&str, &str)> {
        let mut columns = self.columns.iter();
        let found = columns.find(|(column, _)| column == kept(name, BACKEND));
        found.map(|(name, column_type)| (name.as_str(), column_type.as_str()))
    }

    pub(super) fn policy(&self, name: &str) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.name == name)
    }
}

impl Policy {
    /// How it differs from a policy with this condition on a column of this type.
    pub(super) fn difference(
        &self,
        is_permissive: bool,
        condition: &str,
        column_type: &str,
    ) -> Option<String> {
        if self.is_permissive != is_permissive {
            let kind = match self.is_permissive {
                true => "PERMISSIVE",
                false => "RESTRICTIVE",
            };
            return Some(format!("is {kind}"));
        }
        if !self.is_for_all {
            return Some("does not hold for every command and role".to_owned());
        }
        let declared = bare(condition, column_type);
        let says = self.using.as_deref().unwrap_or("true");
        if bare(says, column_type) != declared {
            return Some(format!("says USING ({says})"));
        }
        // Without one, USING also holds the rows that are written.
        let check = self.with_check.as_deref();
        check
            .filter(|check| bare(check, column_type) != declared)
            .map(|check| format!("says WITH CHECK ({check})"))
    }
}

/// An expression without what PostgreSQL adds when it prints it: parentheses, and casts to text and to the column's own
/// type.
fn bare(expression: &str, column_type: &str) -> String {
    let mut bare = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some((before, behind)) = rest.split_once("::") {
        bare.push_str(before);
        let end = behind.find(['(', ')', ',', '=']).unwrap_or(behind.len());
        let (cast, after) = behind.split_at(end);
        let added = ["text", "character varying", "bpchar", column_type];
        if !added.contains(&cast.trim()) {
            bare.push_str("::");
            bare.push_str(cast);
        }
        rest = after;
    }
    bare.push_str(rest);
    bare.retain(|character| !matches!(character, '(' | ')' | '"' | ' ' | '\n'));
    bare
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn a_condition_is_compared_without_what_the_database_adds() {
        let check = |printed: &str, column_type: &str, is_same: bool| {
            let setting = "NULLIF(current_setting('soft_delete_scope.tenant', true), '')";
            let declared = format!("\"tenant_id\" = {setting}::{column_type}");
            let (printed, declared) = (bare(printed, column_type), bare(&declared, column_type));
            assert_eq!(printed == declared, is_same, "{printed} and {declared}");
        };
        let setting = "NULLIF(current_setting('soft_delete_scope.tenant'::text, true), ''::text)";
        for (printed, column_type) in [
            ("(tenant_id = (SETTING)::bigint)", "bigint"),
            ("(tenant_id = SETTING)", "text"),
            ("((tenant_id)::text = (SETTING)::text)", "character varying"),
            (
                "((tenant_id)::text = ((SETTING)::character varying)::text)",
                "character varying",
            ),
            ("(tenant_id = (SETTING)::bpchar)", "bpchar"),
            ("(tenant_id = (SETTING)::t)", "t"),
            ("(tenant_id = (SETTING)::other.\"Role\")", "other.\"Role\""),
            (
                "(tenant_id = (SETTING)::timestamp with time zone)",
                "timestamp with time zone",
            ),
        ] {
            check(&printed.replace("SETTING", setting), column_type, true);
        }
        for printed in [
            "(tenant_id = SETTING)".replace("tenant_id", "id"),
            "((tenant_id = (SETTING)::bigint) OR true)".to_owned(),
            "(tenant_id = ((SETTING)::integer)::bigint)".to_owned(),
            "(tenant_id <> (SETTING)::bigint)".to_owned(),
            "((tenant_id)::text = (SETTING)::character varying(2))".to_owned(),
            "true".to_owned(),
        ] {
            check(&printed.replace("SETTING", setting), "bigint", false);
        }
        check(
            "(tenant_id = (COALESCE(SETTING, '7'::text))::bigint)",
            "bigint",
            false,
        );
    }
}
