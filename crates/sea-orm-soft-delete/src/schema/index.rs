//! Indexes that know of live and trashed rows.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::error::SoftDeleteError;
use crate::marker::MarkerStorage;
use crate::schema::catalogue::{Catalogue, Index};
use crate::schema::run::run;
use crate::schema::sql::{kept, list, name_of, quote};
use crate::schema::table::SoftDeleteSchema;
use crate::schema::unique::{create_index, drop_index};

/// An index, partial where the database has that.
///
/// | made by | SQLite, PostgreSQL | MySQL, MariaDB |
/// |---|---|---|
/// | [`index_live(["author_id"])`](SoftDeleteSchema::index_live) | `(author_id) WHERE deleted_at IS NULL` | `(deleted_at, author_id)` |
/// | [`index_for_purge()`](SoftDeleteSchema::index_for_purge) | `(deleted_at) WHERE deleted_at IS NOT NULL` | `(deleted_at)` |
/// | [`index_operations()`](SoftDeleteSchema::index_operations) | `(deletion_id) WHERE deletion_id IS NOT NULL` | `(deletion_id)` |
/// | [`index_parents()`](SoftDeleteSchema::index_parents) | `(folder_id)` | `(folder_id)` |
///
/// The marker stands first on MySQL and MariaDB, which look for NULL as for any other value: the live
/// rows are then next to each other, in the order of the further columns. A marker that is live at
/// NULL and at 0 is two values, and stands last.
#[derive(Clone, Debug)]
pub struct LiveIndex {
    schema: SoftDeleteSchema,
    columns: Vec<String>,
    covers: Covers,
    name: String,
}

/// Which rows an index is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Covers {
    Live,
    Trashed,
    Operations,
    All,
}

impl LiveIndex {
    pub(crate) fn new(schema: &SoftDeleteSchema, columns: Vec<String>, covers: Covers) -> Self {
        let suffix = match covers {
            Covers::Live => "live_idx",
            Covers::Trashed => "trashed_idx",
            Covers::Operations | Covers::All => "idx",
        };
        Self {
            name: name_of(&schema.key().1, &columns, suffix),
            schema: schema.clone(),
            columns,
            covers,
        }
    }

    /// The name, in place of one made of the table and the columns.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The statements that [`create`](Self::create) runs: one.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let (parts, predicate) = match (backend, self.covers) {
            (_, Covers::All) => (list(backend, &self.columns), None),
            (DbBackend::MySql, Covers::Live) => (self.with_marker(backend), None),
            (DbBackend::MySql, _) => (list(backend, &self.columns), None),
            (_, Covers::Live) => (
                list(backend, &self.columns),
                Some(self.schema.is_live(backend)),
            ),
            (_, Covers::Trashed) => (
                list(backend, &self.columns),
                Some(self.schema.is_trashed(backend)),
            ),
            (_, Covers::Operations) => {
                let columns = list(backend, &self.columns);
                let predicate = format!("{columns} IS NOT NULL");
                (columns, Some(predicate))
            }
        };
        let create = create_index("INDEX", &self.schema, &self.name, &parts, backend);
        vec![match predicate {
            Some(predicate) => format!("{create} WHERE {predicate}"),
            None => create,
        }]
    }

    fn with_marker(&self, backend: DbBackend) -> String {
        let marker = quote(backend, &self.schema.marker().name);
        let columns = list(backend, &self.columns);
        match self.schema.storage() {
            MarkerStorage::NullableEpoch { .. } => format!("{columns}, {marker}"),
            _ => format!("{marker}, {columns}"),
        }
    }

    /// Makes the index. If there is one of its name, nothing happens; nor if it is one of operations or
    /// parents, and another serves as well, such as that which MySQL and MariaDB make for a foreign
    /// key.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, or if it lacks a column; and what
    /// the database says.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let table = self.schema.existing(&catalogue)?;
        let backend = db.get_database_backend();
        if (table.indexes.iter()).any(|index| self.is_served_by(index, backend)) {
            return Ok(());
        }
        self.expect_columns(&catalogue)?;
        run(self.statements(backend), db).await
    }

    fn expect_columns(&self, catalogue: &Catalogue) -> Result<(), SoftDeleteError> {
        if self.columns.is_empty() {
            return Err(self.schema.not_changed(
                "no column is named that is to be indexed".into(),
                "name at least one column",
            ));
        }
        if matches!(self.covers, Covers::Live | Covers::Trashed) {
            let marker = [&self.schema.marker().name];
            self.schema.expect_columns(catalogue, &marker)?;
        }
        self.schema.expect_columns(catalogue, &self.columns)
    }

    fn is_served_by(&self, index: &Index, backend: DbBackend) -> bool {
        let holds_enough = match self.covers {
            Covers::Live | Covers::Trashed => false,
            Covers::Operations => true,
            Covers::All => index.predicate.is_none(),
        };
        index.name == kept(&self.name, backend)
            || (holds_enough && index.begins_with(&self.columns))
    }

    /// Removes the index, if it is there.
    ///
    /// # Errors
    ///
    /// What the database says: MySQL and MariaDB keep an index that a foreign key needs.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let table = self.schema.existing(&catalogue)?;
        let backend = db.get_database_backend();
        if table.index(kept(&self.name, backend)).is_some() {
            let drop = drop_index(&self.schema, table, kept(&self.name, backend), backend);
            db.execute_unprepared(&drop).await?;
        }
        Ok(())
    }
}
