//! Everything that soft delete needs of a table, in one call.

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::entity::any_columns::Role;
use crate::error::SoftDeleteError;
use crate::schema::table::SoftDeleteSchema;

impl SoftDeleteSchema {
    /// Makes everything that soft delete needs of the table: the [columns](Self::add_columns), the
    /// [spelling](Self::respell_instants) of SQLite's date-times, each [unique key](Self::unique_keys) of
    /// the entity [among live rows](crate::schema::UniqueAmongLive::convert), an index for each
    /// [parent](Self::index_parents), and an index for [operations](Self::index_operations), if the table
    /// has a column for them. For an entity with `#[soft_delete(archive)]` it also makes the
    /// [archive](Self::archive_table). It can be called again.
    ///
    /// For applications that make their tables from their entities; call it after SeaORM's
    /// `create_table_from_entity`, its schema builder or its sync.
    ///
    /// # Errors
    ///
    /// The errors of the functions named above.
    pub async fn apply<C>(&self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        self.add_columns(db).await?;
        self.respell_instants(db).await?;
        for key in self.unique_keys() {
            key.convert(db).await?;
        }
        let operations = self.column_for(Role::Operation).is_some();
        let operations = operations.then(|| self.index_operations()).transpose()?;
        for index in self.index_parents().into_iter().chain(operations) {
            index.create(db).await?;
        }
        if self.is_archived {
            self.archive_table().create(db).await?;
        }
        Ok(())
    }
}
