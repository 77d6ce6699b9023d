//! The search index. It is filled with the notes that there are.

use sea_orm_migration::prelude::*;

use super::{empty_table, line};
use crate::search::{entry, lock};

pub(super) struct SearchIndex;

impl MigrationName for SearchIndex {
    fn name(&self) -> &str {
        "m2026_01_01_000005_search_index"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for SearchIndex {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();

        let id = |column| {
            ColumnDef::new(column)
                .integer()
                .not_null()
                .primary_key()
                .to_owned()
        };
        let mut entries = empty_table(entry::Entity, backend);
        entries
            .col(id(entry::Column::NoteId.into_iden()))
            .col(line(entry::Column::Title).not_null())
            .col(ColumnDef::new(entry::Column::Body).text().not_null())
            .col(ColumnDef::new(entry::Column::OperationId).uuid());
        manager.create_table(entries).await?;
        let mut by_operation = Index::create().name("search_entry_operation").to_owned();
        by_operation
            .table(entry::Entity)
            .col(entry::Column::OperationId);
        manager.create_index(by_operation).await?;

        let mut locks = empty_table(lock::Entity, backend);
        locks.col(id(lock::Column::Id.into_iden()));
        manager.create_table(locks).await?;
        db.execute_unprepared("INSERT INTO search_lock (id) VALUES (1)")
            .await?;

        let fill = "INSERT INTO search_entry (note_id, title, body, operation_id) \
                    SELECT id, title, body, operation_id FROM note";
        db.execute_unprepared(fill).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = |table| Table::drop().table(table).to_owned();
        manager.drop_table(drop("search_lock")).await?;
        manager.drop_table(drop("search_entry")).await
    }
}
