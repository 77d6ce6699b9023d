//! The tables: what soft delete asks of a schema.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

use crate::text::Line;
use crate::{folder, note};

/// The tables, step by step.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(FoldersAndNotes), Box::new(FoldersInFolders)]
    }
}

struct FoldersAndNotes;

impl MigrationName for FoldersAndNotes {
    fn name(&self) -> &str {
        "m2026_01_01_000001_folders_and_notes"
    }
}

// `SchemaManager` without `<'_>` is how the trait spells it, and `async_trait` asks for the same.
#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for FoldersAndNotes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();

        let mut folders = table(folder::Entity, backend);
        folders
            .col(key(folder::Column::Id))
            .col(line(folder::Column::Name).not_null())
            .col(instant(folder::Column::DeletedAt, backend))
            .col(ColumnDef::new(folder::Column::DeletionId).uuid())
            .col(line(folder::Column::DeletedBy));
        manager.create_table(folders).await?;
        unique_among_live(manager, "folder", "name").await?;

        let mut notes = table(note::Entity, backend);
        notes
            .col(key(note::Column::Id))
            .col(ColumnDef::new(note::Column::FolderId).integer().not_null())
            .col(line(note::Column::Title).not_null())
            .col(ColumnDef::new(note::Column::Body).text().not_null())
            .col(instant(note::Column::UpdatedAt, backend).not_null())
            .col(instant(note::Column::DeletedAt, backend))
            .col(ColumnDef::new(note::Column::DeletionId).uuid())
            .col(line(note::Column::DeletedBy))
            .col(line(note::Column::Reason))
            // No ON DELETE CASCADE: that would physically take the trashed notes of a destroyed
            // folder, which nobody could bring back. The database refuses instead.
            .foreign_key(
                ForeignKey::create()
                    .from(note::Entity, note::Column::FolderId)
                    .to(folder::Entity, folder::Column::Id),
            );
        manager.create_table(notes).await?;
        unique_among_live(manager, "note", "folder_id, title").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = |name| Table::drop().table(name).to_owned();
        manager.drop_table(drop("note")).await?;
        manager.drop_table(drop("folder")).await
    }
}

/// Lets folders be in folders, and lets operations be found.
struct FoldersInFolders;

impl MigrationName for FoldersInFolders {
    fn name(&self) -> &str {
        "m2026_01_01_000002_folders_in_folders"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for FoldersInFolders {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Again no ON DELETE CASCADE. SQLite adds a foreign key with its column or not at all;
        // MySQL ignores one that is not said by itself.
        let foreign_key = match manager.get_database_backend() {
            DbBackend::Sqlite => "REFERENCES folder (id)",
            _ => ", ADD CONSTRAINT folder_parent FOREIGN KEY (parent_id) REFERENCES folder (id)",
        };
        let add = format!("ALTER TABLE folder ADD COLUMN parent_id INTEGER {foreign_key}");
        let db = manager.get_connection();
        db.execute_unprepared(&add).await?;

        let mut reason = Table::alter().table(folder::Entity).to_owned();
        reason.add_column(line(folder::Column::Reason));
        manager.alter_table(reason).await?;

        for (table, column) in INDEXES {
            manager.create_index(index(table, column)).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if db.get_database_backend() == DbBackend::MySql {
            db.execute_unprepared("ALTER TABLE folder DROP FOREIGN KEY folder_parent")
                .await?;
        }
        for (table, column) in INDEXES {
            let drop = Index::drop()
                .table(table)
                .name(name_of(table, column))
                .to_owned();
            manager.drop_index(drop).await?;
        }
        for column in [folder::Column::Reason, folder::Column::ParentId] {
            let mut drop = Table::alter().table(folder::Entity).to_owned();
            drop.drop_column(column);
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

/// What a delete follows down the tree, and what the trash is listed by.
const INDEXES: [(&str, &str); 3] = [
    ("folder", "parent_id"),
    ("folder", "deletion_id"),
    ("note", "deletion_id"),
];

fn index(table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create()
        .table(table)
        .name(name_of(table, column))
        .col(column)
        .to_owned()
}

fn name_of(table: &str, column: &str) -> String {
    format!("{table}_{column}")
}

/// Makes the columns unique among the live rows of the table.
///
/// A plain UNIQUE index would also count the trashed rows: after a note is deleted nobody could
/// write one of the same title, and no message could say why, since the note in the way is not
/// to be seen.
async fn unique_among_live(
    manager: &SchemaManager<'_>,
    table: &str,
    columns: &str,
) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let columns = match db.get_database_backend() {
        // MySQL and MariaDB have no partial index. Theirs is over one column more, which is NULL
        // in trashed rows: a NULL is equal to nothing, so trashed rows never collide.
        DbBackend::MySql => {
            db.execute_unprepared(&format!(
                "ALTER TABLE {table} ADD COLUMN live BOOLEAN \
                 AS (CASE WHEN deleted_at IS NULL THEN TRUE END) STORED"
            ))
            .await?;
            format!("({columns}, live)")
        }
        _ => format!("({columns}) WHERE deleted_at IS NULL"),
    };
    db.execute_unprepared(&format!(
        "CREATE UNIQUE INDEX {table}_unique_among_live ON {table} {columns}"
    ))
    .await?;
    Ok(())
}

fn table(name: impl IntoTableRef, backend: DbBackend) -> TableCreateStatement {
    let mut table = Table::create().table(name).to_owned();
    if backend == DbBackend::MySql {
        // As on the other databases, "Paint" and "paint" are two titles.
        table.character_set("utf8mb4").collate("utf8mb4_bin");
    }
    table
}

fn key(column: impl IntoIden) -> ColumnDef {
    ColumnDef::new(column)
        .integer()
        .not_null()
        .auto_increment()
        .primary_key()
        .to_owned()
}

fn line(column: impl IntoIden) -> ColumnDef {
    ColumnDef::new(column).string_len(Line::MAX).to_owned()
}

/// An instant in microseconds. MySQL's and MariaDB's date-times keep whole seconds if they are
/// not asked for more.
fn instant(column: impl IntoIden, backend: DbBackend) -> ColumnDef {
    let mut definition = ColumnDef::new(column);
    match backend {
        DbBackend::MySql => definition.custom("DATETIME(6)"),
        _ => definition.timestamp_with_time_zone(),
    };
    definition
}
