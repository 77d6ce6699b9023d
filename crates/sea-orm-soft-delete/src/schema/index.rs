//! Indexes over live or trashed rows.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::entity::any_columns::Role;
use crate::entity::marker::MarkerStorage;
use crate::error::SoftDeleteError;
use crate::schema::catalogue::{Catalogue, Index, Table};
use crate::schema::execute::run;
use crate::schema::predicate::{State, is_not_null};
use crate::schema::sql::{create_index, kept, list, name_of, quote};
use crate::schema::table::SoftDeleteSchema;

/// An index, which is partial on databases that have partial indexes.
///
/// | made by | SQLite, PostgreSQL | MySQL, MariaDB |
/// |---|---|---|
/// | [`index_live(["author_id"])`](SoftDeleteSchema::index_live) | `(author_id) WHERE deleted_at IS NULL` | `(deleted_at, author_id)` |
/// | [`index_for_purge()`](SoftDeleteSchema::index_for_purge) | `(deleted_at) WHERE deleted_at IS NOT NULL` | `(deleted_at)` |
/// | [`index_operations()`](SoftDeleteSchema::index_operations) | `(operation_id) WHERE operation_id IS NOT NULL` | `(operation_id)` |
/// | [`index_parents()`](SoftDeleteSchema::index_parents) | `(folder_id)` | `(folder_id)` |
///
/// The marker comes first on MySQL and MariaDB, which look up NULL like any other value: the index then
/// keeps the live rows together, in the order of the further columns. A marker that is live at NULL and at
/// 0 has two live values, and comes last.
#[derive(Clone, Debug)]
pub struct LiveIndex {
    schema: SoftDeleteSchema,
    columns: Vec<String>,
    covers: Covers,
    name: String,
}

/// The rows that an index covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Covers {
    Live,
    Trashed,
    Operations,
    All,
}

impl SoftDeleteSchema {
    /// An index for reads of live rows that filter by these columns, or sort by them.
    pub fn index_live<S: Into<String>>(&self, columns: impl IntoIterator<Item = S>) -> LiveIndex {
        let columns = columns.into_iter().map(Into::into).collect();
        LiveIndex::new(self, columns, Covers::Live)
    }

    /// An index on the time of the delete, for purges of the oldest trash.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] for a `bool` marker, which holds no instant.
    pub fn index_for_purge(&self) -> Result<LiveIndex, SoftDeleteError> {
        if matches!(self.storage, MarkerStorage::Flag) {
            return Err(self.not_changed(
                "its marker does not hold when a row was trashed".into(),
                "purge by a column that does",
            ));
        }
        let columns = vec![self.marker().name.clone()];
        Ok(LiveIndex::new(self, columns, Covers::Trashed))
    }

    /// An index on the operation's id, for lists of operations and for families.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if the table has no column for the operation's id.
    pub fn index_operations(&self) -> Result<LiveIndex, SoftDeleteError> {
        let Some(column) = self.column_for(Role::Operation) else {
            return Err(self.not_changed(
                "it has no column for the id of an operation".into(),
                "name it with `with_operation`, or mark it `#[soft_delete(operation)]`",
            ));
        };
        let columns = vec![column.name.clone()];
        Ok(LiveIndex::new(self, columns, Covers::Operations))
    }

    /// An index for each key that points at a parent, so that deletes and restores can find the children.
    pub fn index_parents(&self) -> Vec<LiveIndex> {
        let parents = self.parents.iter();
        parents
            .map(|parent| LiveIndex::new(self, parent.columns.clone(), Covers::All))
            .collect()
    }
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

    /// Names the index; the default name is made of the table and the columns.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The single statement that [`create`](Self::create) runs.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let columns = list(backend, &self.columns);
        let (parts, predicate) = match (backend, self.covers) {
            (DbBackend::MySql, Covers::Live) => (self.with_marker(backend), None),
            (_, Covers::All) | (DbBackend::MySql, _) => (columns, None),
            (_, Covers::Live) => (columns, Some(self.schema.is_live(backend))),
            (_, Covers::Trashed) => (columns, Some(self.schema.is_trashed(backend))),
            (_, Covers::Operations) => {
                let predicate = format!("{columns} IS NOT NULL");
                (columns, Some(predicate))
            }
        };
        let create = create_index("INDEX", self.schema.key(), &self.name, &parts, backend);
        let predicate = predicate.map(|predicate| format!(" WHERE {predicate}"));
        vec![create + &predicate.unwrap_or_default()]
    }

    fn with_marker(&self, backend: DbBackend) -> String {
        let marker = quote(backend, &self.schema.marker().name);
        let columns = list(backend, &self.columns);
        match self.schema.storage() {
            MarkerStorage::NullableEpoch { .. } => format!("{columns}, {marker}"),
            _ => format!("{marker}, {columns}"),
        }
    }

    /// Makes the index, unless it exists. An index for operations or parents is not made either if another
    /// index does its work, such as the one that MySQL and MariaDB make for a foreign key.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, if it lacks a column, or if an
    /// index with this name covers other columns or rows; and the database's errors.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let table = self.schema.existing(&catalogue)?;
        let backend = db.get_database_backend();
        self.expect_columns(&catalogue)?;
        if let Some(namesake) = table.index(&self.name) {
            return match self.is_it(namesake, table) {
                true => Ok(()),
                false => Err(self.schema.another_index(&namesake.name)),
            };
        }
        // Another index, under any name, can make this one unnecessary.
        let is_served = |index: &Index| self.is_it(index, table);
        if matches!(self.covers, Covers::Operations | Covers::All)
            && table.indexes.iter().any(is_served)
        {
            return Ok(());
        }
        run(self.statements(backend), db).await
    }

    fn expect_columns(&self, catalogue: &Catalogue) -> Result<(), SoftDeleteError> {
        if self.columns.is_empty() {
            return Err(self.schema.not_changed(
                "no column is named that is to be indexed".into(),
                "name at least one column",
            ));
        }
        match self.covers {
            Covers::Live | Covers::Trashed => {
                self.schema.expect_marker_and(&self.columns, catalogue)
            }
            _ => self.schema.expect_columns(catalogue, &self.columns),
        }
    }

    /// Whether an existing index has the columns of this one, and holds every row that this one covers.
    fn is_it(&self, index: &Index, table: &Table) -> bool {
        match (table.backend, self.covers) {
            (DbBackend::MySql, Covers::Live) => {
                let marker = &self.schema.marker().name;
                let columns: Vec<&String> = self.columns.iter().chain([marker]).collect();
                index.begins_with(&columns)
            }
            _ => self.holds_enough(index, table) && index.begins_with(&self.columns),
        }
    }

    fn holds_enough(&self, index: &Index, table: &Table) -> bool {
        let Some(predicate) = index.predicate.as_deref() else {
            return true;
        };
        let marker = self.schema.marker_in(table);
        let is_trashed = || marker.is_exactly(State::Trashed, predicate);
        let is_named = |column: &String| is_not_null(column, predicate, table.backend);
        match self.covers {
            Covers::All => false,
            Covers::Live => marker.is_exactly(State::Live, predicate),
            Covers::Trashed => is_trashed(),
            // Only trashed rows have an operation.
            Covers::Operations => is_trashed() || self.columns.iter().any(is_named),
        }
    }

    /// Drops the index, if it exists.
    ///
    /// # Errors
    ///
    /// The database's errors: MySQL and MariaDB keep an index that a foreign key needs.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let table = self.schema.existing(&catalogue)?;
        if table.index(&self.name).is_some() {
            let drop = self
                .schema
                .drop_index(table, kept(&self.name, table.backend));
            db.execute_unprepared(&drop).await?;
        }
        Ok(())
    }
}
