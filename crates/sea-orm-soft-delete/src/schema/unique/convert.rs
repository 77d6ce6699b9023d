//! The conversion of plain unique indexes, which also hold trashed rows.

use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};

use super::UniqueAmongLive;
use crate::error::SoftDeleteError;
use crate::family::{Work, atomically};
use crate::schema::catalogue::{Catalogue, ForeignKey, Index};
use crate::schema::execute::run;
use crate::schema::rebuild;
use crate::schema::sql::kept;

impl UniqueAmongLive {
    /// Refuses if a foreign key points at the columns, and needs the plain index.
    ///
    /// SQLite would drop the index, and then refuse every write to both tables. InnoDB would use the new
    /// index for the foreign key, and cascade from a trashed row to the children of a live one.
    pub(crate) fn refuse_foreign_keys(&self, catalogue: &Catalogue) -> Result<(), SoftDeleteError> {
        let key = self.schema.key();
        let table = self.schema.existing(catalogue)?;
        let needs_it = |foreign: &ForeignKey| {
            let is_above = |column: &String| {
                let name = kept(column, table.backend);
                let mut above = foreign.parent_columns.iter();
                above.any(|above| above.eq_ignore_ascii_case(name))
            };
            catalogue.is_at(&foreign.parent, key)
                && foreign.parent_columns.len() == self.columns.len()
                && self.columns.iter().all(is_above)
        };
        let is_key = |index: &Index| index.is_primary && index.is_over(&self.columns);
        if table.indexes.iter().any(is_key) || self.plain(table).next().is_none() {
            return Ok(());
        }
        for other in catalogue.tables() {
            if other.foreign_keys.iter().any(needs_it) {
                return Err(self.schema.not_changed(
                    format!(
                        "a foreign key of `{}` points at its {}, and needs them to be unique among \
                         all rows",
                        other.place.name,
                        self.columns.join(", ")
                    ),
                    "let the foreign key point at the primary key first",
                ));
            }
        }
        Ok(())
    }

    /// Drops every plain unique index and constraint over the same columns.
    pub(super) async fn remove_plain<C>(&self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let table = self.schema.existing(&catalogue)?;
        let plain: Vec<&Index> = self.plain(table).collect();
        let made = table.index(&self.name);
        for index in &plain {
            if made.is_some_and(|made| !index.compares_as(made)) {
                return Err(self.schema.not_changed(
                    format!(
                        "its unique index `{}` compares otherwise than the one among live rows: by \
                         another collation, the beginning of values alone, or NULL as equal to NULL",
                        index.name
                    ),
                    "drop it by hand if the one among live rows may stand in its place",
                ));
            }
        }
        let (constraints, indexes): (Vec<&Index>, Vec<&Index>) = plain
            .into_iter()
            .partition(|index| backend == DbBackend::Sqlite && index.is_constraint);
        for index in indexes {
            db.execute_unprepared(&self.schema.drop_of(table, index))
                .await?;
        }
        if !constraints.is_empty() {
            // Read the catalogue again without the dropped indexes, which the rebuild would recreate.
            let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
            let rebuild = rebuild::without_unique(&self.schema, &catalogue, &self.columns)?;
            atomically(db, Rebuild(rebuild)).await?;
        }
        Ok(())
    }

    /// After a failed conversion: drops the index again, if another index keeps the columns unique.
    pub(super) async fn unmake<C: ConnectionTrait>(&self, db: &C) {
        let Ok(catalogue) = Catalogue::read_for(self.schema.key(), db).await else {
            return; // The transaction is lost, and the index with it.
        };
        let table = catalogue.table(self.schema.key());
        if table.is_some_and(|table| self.plain(table).next().is_some())
            && let Err(left) = self.drop(db).await
        {
            tracing::warn!(%left, index = self.name, "an index of a failed conversion was left");
        }
    }
}

struct Rebuild(Vec<String>);

#[async_trait::async_trait]
impl Work for Rebuild {
    type Output = ();

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<(), SoftDeleteError> {
        run(self.0, db).await
    }
}
