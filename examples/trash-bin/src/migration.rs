//! The tables, with the schema that soft delete requires.
//!
//! A migration does not change when an entity changes, so the migrations write their table names out.

use sea_orm::DbBackend;
use sea_orm::prelude::{DateTimeUtc, Uuid};
use sea_orm_migration::prelude::*;
use sea_orm_soft_delete::deletion_log;
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::{LiveIndex, SoftDeleteSchema};

use crate::text::Line;
use crate::{folder, note};

mod accounts;
mod people;
mod search;
mod workspaces;

/// The migrations of the tables.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(FoldersAndNotes),
            Box::new(FoldersInFolders),
            Box::new(DeletionLog),
            Box::new(people::People),
            Box::new(search::SearchIndex),
            Box::new(workspaces::Workspaces),
            Box::new(accounts::Accounts),
        ]
    }
}

/// A table with its marker, its operation column and its `deleted_by` column.
fn trash_of(table: &'static str) -> SoftDeleteSchema {
    SoftDeleteSchema::new(table, Marker::of::<Option<DateTimeUtc>>("deleted_at"))
        .with_operation::<Option<Uuid>>("operation_id")
        .with_deleted_by::<Option<String>>("deleted_by")
}

struct FoldersAndNotes;

impl MigrationName for FoldersAndNotes {
    fn name(&self) -> &str {
        "m2026_01_01_000001_folders_and_notes"
    }
}

// The trait writes `SchemaManager` without `<'_>`, and `async_trait` requires the same.
#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for FoldersAndNotes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();

        let folders = trash_of("folder");
        let mut table = empty_table(folder::Entity, backend);
        table
            .col(key(folder::Column::Id))
            .col(line(folder::Column::Name).not_null());
        manager.create_table(folders.add_to(table, backend)).await?;
        // A plain UNIQUE would also count trashed rows: after a folder is deleted, nobody could create
        // a folder with the same name, and no message could say why, since the conflicting folder is
        // hidden.
        folders.unique_among_live(["name"]).create(db).await?;

        let notes = trash_of("note").with_reason("reason");
        let mut table = empty_table(note::Entity, backend);
        table
            .col(key(note::Column::Id))
            .col(ColumnDef::new(note::Column::FolderId).integer().not_null())
            .col(line(note::Column::Title).not_null())
            .col(ColumnDef::new(note::Column::Body).text().not_null())
            .col(instant(note::Column::UpdatedAt, backend).not_null())
            // No ON DELETE CASCADE: it would physically delete the trashed notes of a destroyed folder,
            // and nobody could restore them. Without it, the database refuses to destroy the folder.
            .foreign_key(
                ForeignKey::create()
                    .from(note::Entity, note::Column::FolderId)
                    .to(folder::Entity, folder::Column::Id),
            );
        manager.create_table(notes.add_to(table, backend)).await?;
        let titles = notes.unique_among_live(["folder_id", "title"]);
        titles.create(db).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = |name| Table::drop().table(name).to_owned();
        manager.drop_table(drop("note")).await?;
        manager.drop_table(drop("folder")).await
    }
}

/// Nests folders in folders, and adds the indexes that find operations.
struct FoldersInFolders;

impl FoldersInFolders {
    fn folders() -> SoftDeleteSchema {
        let folders = trash_of("folder").with_reason("reason");
        let itself = folders.clone();
        folders.belonging_to(&itself, [("parent_id", "id")])
    }

    fn notes() -> SoftDeleteSchema {
        trash_of("note").belonging_to(&Self::folders(), [("folder_id", "id")])
    }

    /// The indexes that a cascade and the list of the trash use.
    fn indexes() -> Result<Vec<LiveIndex>, DbErr> {
        let mut indexes = Self::folders().index_parents();
        indexes.extend(Self::notes().index_parents());
        indexes.push(Self::folders().index_operations()?);
        indexes.push(Self::notes().index_operations()?);
        Ok(indexes)
    }
}

impl MigrationName for FoldersInFolders {
    fn name(&self) -> &str {
        "m2026_01_01_000002_folders_in_folders"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for FoldersInFolders {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Again no ON DELETE CASCADE. SQLite can add a foreign key only together with its column; MySQL
        // ignores a foreign key that is declared in the column, so the other databases get a separate
        // constraint.
        let foreign_key = match manager.get_database_backend() {
            DbBackend::Sqlite => "REFERENCES folder (id)",
            _ => ", ADD CONSTRAINT folder_parent FOREIGN KEY (parent_id) REFERENCES folder (id)",
        };
        let add = format!("ALTER TABLE folder ADD COLUMN parent_id INTEGER {foreign_key}");
        let db = manager.get_connection();
        db.execute_unprepared(&add).await?;

        // The `reason` column is new.
        Self::folders().add_columns(db).await?;
        for index in Self::indexes()? {
            index.create(db).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        if db.get_database_backend() == DbBackend::MySql {
            db.execute_unprepared("ALTER TABLE folder DROP FOREIGN KEY folder_parent")
                .await?;
        }
        for index in Self::indexes()? {
            index.drop(db).await?;
        }
        for column in [folder::Column::Reason, folder::Column::ParentId] {
            let mut drop = Table::alter().table(folder::Entity).to_owned();
            drop.drop_column(column);
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}

/// The log of deletions, which keeps what the trash forgets.
struct DeletionLog;

impl MigrationName for DeletionLog {
    fn name(&self) -> &str {
        "m2026_01_01_000003_deletion_log"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for DeletionLog {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        deletion_log::create_table(manager.get_connection()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::drop().table(deletion_log::Entity).to_owned();
        manager.drop_table(drop).await
    }
}

fn empty_table(name: impl IntoTableRef, backend: DbBackend) -> TableCreateStatement {
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

/// An instant in microseconds. Without an explicit precision, date-times of MySQL and MariaDB hold
/// whole seconds.
fn instant(column: impl IntoIden, backend: DbBackend) -> ColumnDef {
    let mut definition = ColumnDef::new(column);
    match backend {
        DbBackend::MySql => definition.custom("DATETIME(6)"),
        _ => definition.timestamp_with_time_zone(),
    };
    definition
}
