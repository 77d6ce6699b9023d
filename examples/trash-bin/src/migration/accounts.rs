//! The passwords of the people, who is an administrator, and legal holds.

use sea_orm_migration::prelude::*;

pub(super) struct Accounts;

/// The columns, by table.
const COLUMNS: [(&str, &str, &str); 4] = [
    ("person", "password_hash", "VARCHAR(200)"),
    ("person", "is_admin", "BOOLEAN NOT NULL DEFAULT FALSE"),
    ("note", "is_held", "BOOLEAN NOT NULL DEFAULT FALSE"),
    ("folder", "is_held", "BOOLEAN NOT NULL DEFAULT FALSE"),
];

impl MigrationName for Accounts {
    fn name(&self) -> &str {
        "m2026_01_01_000007_accounts"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for Accounts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (table, column, definition) in COLUMNS {
            let add = format!("ALTER TABLE {table} ADD COLUMN {column} {definition}");
            db.execute_unprepared(&add).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column, _) in COLUMNS {
            let mut drop = Table::alter().table(table).to_owned();
            drop.drop_column(column);
            manager.alter_table(drop).await?;
        }
        Ok(())
    }
}
