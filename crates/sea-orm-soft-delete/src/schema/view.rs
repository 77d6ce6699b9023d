//! Views of the live rows.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::error::SoftDeleteError;
use crate::schema::catalogue::Catalogue;
use crate::schema::run::run;
use crate::schema::sql::{beside, list};
use crate::schema::table::SoftDeleteSchema;

/// A view of the live rows of a table, for people and tools that read the database directly.
///
/// It has every column that the table has when it is made, or [those named](Self::columns). On
/// PostgreSQL a view reads with the rights of its owner, row-level security included, unless it is
/// made `WITH (security_invoker)` (PostgreSQL 15).
#[derive(Clone, Debug)]
pub struct LiveView {
    schema: SoftDeleteSchema,
    name: String,
    columns: Vec<String>,
}

impl LiveView {
    pub(crate) fn new(schema: &SoftDeleteSchema, name: String) -> Self {
        Self {
            schema: schema.clone(),
            name,
            columns: Vec::new(),
        }
    }

    /// Shows these columns alone.
    pub fn columns<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// The statements that [`create`](Self::create) runs.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let columns = match self.columns.as_slice() {
            [] => "*".to_owned(),
            columns => list(backend, columns),
        };
        let view = beside(backend, self.schema.key(), &self.name);
        let query = format!(
            "SELECT {columns} FROM {} WHERE {}",
            self.schema.path(backend),
            self.schema.is_live(backend)
        );
        match backend {
            DbBackend::Sqlite => vec![
                format!("DROP VIEW IF EXISTS {view}"),
                format!("CREATE VIEW {view} AS {query}"),
            ],
            _ => vec![format!("CREATE OR REPLACE VIEW {view} AS {query}")],
        }
    }

    /// Makes the view, in place of one that has its name.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, or if it lacks a column; and what
    /// the database says: PostgreSQL does not take columns out of a view that is there.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let marker = [&self.schema.marker().name];
        self.schema.expect_columns(&catalogue, &marker)?;
        self.schema.expect_columns(&catalogue, &self.columns)?;
        run(self.statements(db.get_database_backend()), db).await
    }

    /// Removes the view, if it is there.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let view = beside(backend, self.schema.key(), &self.name);
        db.execute_unprepared(&format!("DROP VIEW IF EXISTS {view}"))
            .await?;
        Ok(())
    }
}
