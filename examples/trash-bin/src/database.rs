//! Connects to the database and prepares it.

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;
use sea_orm_soft_delete::doctor::Diagnosis;
use sea_orm_soft_delete::{ScopedConnection, SoftDeleteError, doctor};

use crate::migration::Migrator;

/// The connection of the handlers: it answers as if the trashed rows had been deleted, whoever wrote
/// the query.
pub(crate) type Db = ScopedConnection<DatabaseConnection>;

/// Connects to SQLite, PostgreSQL, MySQL or MariaDB.
///
/// # Errors
///
/// The errors of [`Database::connect`].
pub async fn connect(url: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false);
    if url.starts_with("sqlite:") {
        // SQLite has one writer at a time. With one connection, requests wait for each other
        // here instead of failing with "database is locked".
        options.max_connections(1);
    }
    Database::connect(options).await
}

/// Creates the missing tables. Migrations change the schema and not live rows, so they use the plain
/// connection.
///
/// # Errors
///
/// The errors of the migrations.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(db, None).await
}

/// Checks that the tables and their rows meet the requirements of soft delete: the work of the
/// migrations, and any change since.
///
/// # Errors
///
/// The errors of [`doctor`](fn@doctor).
pub async fn examine(db: &DatabaseConnection) -> Result<Diagnosis, SoftDeleteError> {
    doctor(db).await
}
