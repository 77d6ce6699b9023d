//! The workspaces. The rows that there are go into a first one, "Home".

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;
use sea_orm_soft_delete::schema::UniqueAmongLive;

use super::search::create_entries;
use super::{empty_table, key, line, trash_of};
use crate::workspace;

pub(super) struct Workspaces;

/// The tables whose rows are each in a workspace.
const TABLES: [&str; 2] = ["folder", "note"];

/// Every table that gets a workspace, and its column with the id of an operation.
const OPERATIONS: [(&str, &str); 3] = [
    ("folder", "operation_id"),
    ("note", "operation_id"),
    ("deletion_log", "operation"),
];

/// The tables of what is in a folder, and the column that says in which.
const IN_FOLDER: [(&str, &str); 2] = [("folder", "parent_id"), ("note", "folder_id")];

const KEY_OF_FOLDERS: &str = "folder_of_workspace";

impl Workspaces {
    /// Keeps a folder and what is in it in one workspace. SQLite can add neither a foreign key nor NOT NULL to a table.
    /// There, it is the handlers that look a folder up in their workspace before they put a row into it.
    async fn hold_together(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let mut key = Index::create();
        key.unique().name(KEY_OF_FOLDERS).table("folder");
        key.col("workspace_id").col("id");
        manager.create_index(key).await?;
        for (table, column) in IN_FOLDER {
            let mut key = ForeignKey::create();
            key.name(Self::foreign_key(table))
                .from(table, ("workspace_id", column))
                .to("folder", ("workspace_id", "id"));
            manager.create_foreign_key(key).await?;
        }
        Ok(())
    }

    async fn let_go(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        for (table, _) in IN_FOLDER {
            let mut key = ForeignKey::drop();
            key.name(Self::foreign_key(table)).table(table);
            manager.drop_foreign_key(key).await?;
            if manager.get_database_backend() == DbBackend::MySql {
                // MySQL and MariaDB keep the index that they made for the key.
                let mut index = Index::drop();
                index.name(Self::foreign_key(table)).table(table);
                manager.drop_index(index).await?;
            }
        }
        let mut key = Index::drop();
        key.name(KEY_OF_FOLDERS).table("folder");
        manager.drop_index(key).await
    }

    fn foreign_key(table: &str) -> String {
        format!("{table}_in_workspace")
    }

    fn names() -> UniqueAmongLive {
        trash_of("folder").unique_among_live(["name"])
    }

    /// Two workspaces can have folders of one name. Without the workspace in the key, a refused name would tell what
    /// another workspace has. The key of the notes needs none, because a folder is in one workspace.
    fn names_in_workspaces() -> UniqueAmongLive {
        trash_of("folder").unique_among_live(["workspace_id", "name"])
    }
}

impl MigrationName for Workspaces {
    fn name(&self) -> &str {
        "m2026_01_01_000006_workspaces"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for Workspaces {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let db = manager.get_connection();

        let mut table = empty_table(workspace::Entity, backend);
        table
            .col(key(workspace::Column::Id))
            .col(line(workspace::Column::Name).not_null().unique_key());
        manager.create_table(table).await?;
        db.execute_unprepared("INSERT INTO workspace (name) VALUES ('Home')")
            .await?;

        // In the log, the column stays nullable: a deed across the workspaces is of none.
        for (table, _) in OPERATIONS {
            let add = format!("ALTER TABLE {table} ADD COLUMN workspace_id INTEGER");
            db.execute_unprepared(&add).await?;
            let fill = format!("UPDATE {table} SET workspace_id = (SELECT id FROM workspace)");
            db.execute_unprepared(&fill).await?;
        }
        for table in TABLES {
            let not_null = match backend {
                DbBackend::Postgres => "ALTER COLUMN workspace_id SET NOT NULL",
                DbBackend::MySql => "MODIFY workspace_id INTEGER NOT NULL",
                _ => continue,
            };
            db.execute_unprepared(&format!("ALTER TABLE {table} {not_null}"))
                .await?;
        }

        // Every query of a scoped connection names the workspace, so the indexes begin with it.
        for (table, operation) in OPERATIONS {
            let name = format!("{table}_workspace");
            let mut index = Index::create().name(name).table(table).to_owned();
            index.col("workspace_id").col(operation);
            manager.create_index(index).await?;
        }
        Self::names_in_workspaces().create(db).await?;
        Self::names().drop(db).await?;
        if backend != DbBackend::Sqlite {
            Self::hold_together(manager).await?;
        }

        // A scoped connection takes an upsert only if its target names the workspace, so the primary key does, too.
        let drop = Table::drop().table("search_entry").to_owned();
        manager.drop_table(drop).await?;
        let key = [("workspace_id", "workspace_id"), ("note_id", "id")];
        create_entries(&key, manager).await
    }

    /// It is refused if two workspaces have live folders of one name.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        Self::names().create(db).await?;
        if manager.get_database_backend() != DbBackend::Sqlite {
            Self::let_go(manager).await?;
        }
        Self::names_in_workspaces().drop(db).await?;

        let drop = |table: &'static str| Table::drop().table(table).to_owned();
        manager.drop_table(drop("search_entry")).await?;
        create_entries(&[("note_id", "id")], manager).await?;

        for (table, _) in OPERATIONS {
            let name = format!("{table}_workspace");
            let drop = Index::drop().name(name).table(table).to_owned();
            manager.drop_index(drop).await?;
        }
        for (table, _) in OPERATIONS {
            let mut drop = Table::alter().table(table).to_owned();
            drop.drop_column("workspace_id");
            manager.alter_table(drop).await?;
        }
        manager.drop_table(drop("workspace")).await
    }
}
