//! Views of the live rows.

use sea_orm::{ConnectionTrait, DbBackend, Value};

use crate::error::SoftDeleteError;
use crate::schema::catalogue::{Catalogue, get, rows};
use crate::schema::execute::run;
use crate::schema::rebuild::in_schema;
use crate::schema::sql::{beside, kept, list, quote};
use crate::schema::table::SoftDeleteSchema;

/// The properties of an existing view.
#[derive(Debug, Default)]
struct Existing {
    /// Its options, in the syntax of CREATE VIEW.
    says: String,
    /// The CREATE statements of its triggers, as SQLite keeps them.
    triggers: Vec<String>,
}

/// A view of the live rows of a table, for people and tools that read the database directly.
///
/// It has every column that the table has when the view is made, or [a selection](Self::columns), and it is
/// read-only. Writes through a view would bypass soft delete: a DELETE or REPLACE would remove rows
/// physically, and an upsert would write trashed rows. So the view reads its table in a subquery. No
/// database writes through a subquery, and every database merges it into the query, so that the table's
/// indexes still serve:
///
/// ```sql
/// CREATE VIEW live_note AS
/// SELECT * FROM (SELECT * FROM note WHERE deleted_at IS NULL) AS live
/// ```
///
/// On PostgreSQL and SQLite, your own INSTEAD OF triggers can define what a write to the view means.
///
/// A view reads with the rights of its owner (PostgreSQL, row-level security included) or definer (MySQL,
/// MariaDB), unless you change that: `ALTER VIEW … SET (security_invoker)` (PostgreSQL 15),
/// `SQL SECURITY INVOKER`. [Making](Self::create) the view again keeps the setting.
#[derive(Clone, Debug)]
pub struct LiveView {
    schema: SoftDeleteSchema,
    name: String,
    columns: Vec<String>,
}

impl SoftDeleteSchema {
    /// A view of the live rows, for people and tools that read the database directly.
    pub fn live_view(&self, name: impl Into<String>) -> LiveView {
        LiveView::new(self, name.into())
    }
}

impl LiveView {
    pub(crate) fn new(schema: &SoftDeleteSchema, name: String) -> Self {
        Self {
            schema: schema.clone(),
            name,
            columns: Vec::new(),
        }
    }

    /// Shows only these columns.
    pub fn columns<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The statements that [`create`](Self::create) runs if no view has this name.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        self.replacing(None, backend)
    }

    fn replacing(&self, existing: Option<&Existing>, backend: DbBackend) -> Vec<String> {
        let columns = match self.columns.as_slice() {
            [] => "*".to_owned(),
            columns => list(backend, columns),
        };
        let live = format!(
            "SELECT {columns} FROM {} WHERE {}",
            self.schema.path(backend),
            self.schema.is_live(backend)
        );
        let query = match backend {
            DbBackend::Sqlite => live, // SQLite never writes through a view.
            _ => format!("SELECT * FROM ({live}) AS live"),
        };
        let view = beside(backend, self.schema.key(), &self.name);
        let says = existing.map_or("", |view| view.says.as_str());
        match (backend, says) {
            (DbBackend::Sqlite, _) => {
                let mut statements = vec![
                    format!("DROP VIEW IF EXISTS {view}"),
                    format!("CREATE VIEW {view} AS {query}"),
                ];
                let triggers = existing.map(|view| view.triggers.as_slice());
                statements.extend_from_slice(triggers.unwrap_or_default());
                statements
            }
            (_, "") => vec![format!("CREATE OR REPLACE VIEW {view} AS {query}")],
            (DbBackend::MySql, _) => {
                vec![format!("CREATE OR REPLACE {says} VIEW {view} AS {query}")]
            }
            _ => vec![format!(
                "CREATE OR REPLACE VIEW {view} WITH ({says}) AS {query}"
            )],
        }
    }

    /// Makes the view, and replaces an existing one with the same name.
    ///
    /// The replacement keeps the properties of the old view: owner, grants, comment, triggers and options
    /// such as `security_invoker` on PostgreSQL; grants, definer, SQL SECURITY and algorithm on MySQL and
    /// MariaDB; triggers on SQLite, except temporary ones. It drops PostgreSQL's `check_option`, which only
    /// concerns writes.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, or if it lacks a column; and the
    /// database's errors: PostgreSQL does not remove columns from an existing view, and MySQL and MariaDB
    /// require privileges to make a view of another definer.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        self.schema.expect_marker_and(&self.columns, &catalogue)?;
        let existing = self.existing(db).await?;
        let backend = db.get_database_backend();
        run(self.replacing(existing.as_ref(), backend), db).await
    }

    /// Drops the view, if it exists.
    ///
    /// # Errors
    ///
    /// The database's errors.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let view = beside(backend, self.schema.key(), &self.name);
        db.execute_unprepared(&format!("DROP VIEW IF EXISTS {view}"))
            .await?;
        Ok(())
    }
}

impl Existing {
    fn that_says(says: String) -> Self {
        Self {
            says,
            ..Self::default()
        }
    }
}

impl LiveView {
    async fn existing<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Option<Existing>, SoftDeleteError> {
        let backend = db.get_database_backend();
        let schema = self.schema.key().0.as_deref();
        let space: Value = schema.map(|schema| kept(schema, backend)).into();
        let name: Value = kept(&self.name, backend).into();
        match backend {
            DbBackend::Postgres => {
                // A read-only view has no `check_option`.
                let sql = "SELECT array_to_string(ARRAY(SELECT said FROM unnest(c.reloptions) AS said \
                               WHERE said NOT LIKE 'check_option=%'), ', ') AS says \
                           FROM pg_catalog.pg_class c \
                           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                           WHERE c.relkind = 'v' AND c.relname::text = $2 \
                             AND n.nspname::text = COALESCE($1, current_schema()::text)";
                let rows = rows(sql, vec![space, name], db).await?;
                let says = rows.first().map(|row| get(row, "says")).transpose()?;
                Ok(says.map(Existing::that_says))
            }
            DbBackend::MySql => {
                let sql = "SELECT 1 AS one FROM information_schema.views v \
                           WHERE v.table_schema = COALESCE(?, DATABASE()) AND v.table_name = ?";
                if rows(sql, vec![space, name], db).await?.is_empty() {
                    return Ok(None);
                }
                let view = beside(backend, self.schema.key(), &self.name);
                let rows = rows(&format!("SHOW CREATE VIEW {view}"), Vec::new(), db).await?;
                let create = rows
                    .first()
                    .map(|row| row.try_get_by_index(1))
                    .transpose()?;
                let create: String = create.unwrap_or_default();
                Ok(Some(Existing::that_says(options(&create).to_owned())))
            }
            _ => {
                let sql = format!(
                    "SELECT type, sql FROM {}.sqlite_master \
                     WHERE type IN ('view', 'trigger') AND tbl_name = ? COLLATE NOCASE",
                    quote(backend, schema.unwrap_or("main"))
                );
                let mut existing = None;
                let mut triggers = Vec::new();
                for row in rows(&sql, vec![name], db).await? {
                    match get::<String>(&row, "type")?.as_str() {
                        "view" => existing = Some(Existing::default()),
                        _ => triggers
                            .push(in_schema(&get::<String>(&row, "sql")?, self.schema.key())),
                    }
                }
                Ok(existing.map(|existing| Existing {
                    triggers,
                    ..existing
                }))
            }
        }
    }
}

/// The text between CREATE and VIEW: `ALGORITHM=… DEFINER=… SQL SECURITY …`.
fn options(create: &str) -> &str {
    let Some(rest) = create.strip_prefix("CREATE ") else {
        return "";
    };
    let mut quote = None;
    for (at, character) in rest.char_indices() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if matches!(character, '`' | '"' | '\'') => quote = Some(character),
            None if rest[at..].starts_with(" VIEW ") => return &rest[..at],
            None => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn the_options_of_a_view_end_at_the_word_view() {
        for (create, expected) in [
            (
                "CREATE ALGORITHM=UNDEFINED DEFINER=`a VIEW ``b`@`%` SQL SECURITY INVOKER VIEW `v` AS select 1",
                "ALGORITHM=UNDEFINED DEFINER=`a VIEW ``b`@`%` SQL SECURITY INVOKER",
            ),
            ("CREATE TABLE t (a int)", ""),
            ("", ""),
        ] {
            assert_eq!(options(create), expected, "of {create}");
        }
    }
}
