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
        create_entries(&[("note_id", "id")], manager).await?;

        let mut locks = empty_table(lock::Entity, backend);
        locks.col(
            ColumnDef::new(lock::Column::Id)
                .integer()
                .not_null()
                .primary_key(),
        );
        manager.create_table(locks).await?;
        let db = manager.get_connection();
        db.execute_unprepared("INSERT INTO search_lock (id) VALUES (1)")
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = |table| Table::drop().table(table).to_owned();
        manager.drop_table(drop("search_lock")).await?;
        manager.drop_table(drop("search_entry")).await
    }
}

/// Creates the table of the entries, and fills it with the notes that there are. The primary key is given as columns
/// of the entries, each with the column of the notes that it comes from.
pub(super) async fn create_entries(
    key: &[(&'static str, &'static str)],
    manager: &SchemaManager<'_>,
) -> Result<(), DbErr> {
    let (of_entry, of_note): (Vec<_>, Vec<_>) = key.iter().copied().unzip();
    let mut table = empty_table(entry::Entity, manager.get_database_backend());
    let mut primary_key = Index::create();
    for column in &of_entry {
        table.col(ColumnDef::new(*column).integer().not_null());
        primary_key.col(*column);
    }
    table
        .primary_key(&mut primary_key)
        .col(line(entry::Column::Title).not_null())
        .col(ColumnDef::new(entry::Column::Body).text().not_null())
        .col(ColumnDef::new(entry::Column::OperationId).uuid());
    manager.create_table(table).await?;
    let mut by_operation = Index::create().name("search_entry_operation").to_owned();
    by_operation
        .table(entry::Entity)
        .col(entry::Column::OperationId);
    manager.create_index(by_operation).await?;

    let fill = format!(
        "INSERT INTO search_entry ({}, title, body, operation_id) \
         SELECT {}, title, body, operation_id FROM note",
        of_entry.join(", "),
        of_note.join(", ")
    );
    let db = manager.get_connection();
    db.execute_unprepared(&fill).await?;
    Ok(())
}
