//! The way to a database that is ready to use.

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sea_orm_migration::MigratorTrait;
use sea_orm_soft_delete::doctor::Diagnosis;
use sea_orm_soft_delete::{ScopedConnection, SoftDeleteError, doctor};

use crate::migration::Migrator;

/// What the handlers get: a connection that answers as if the trashed rows had been deleted,
/// whoever wrote the query.
pub(crate) type Db = ScopedConnection<DatabaseConnection>;

/// Connects to SQLite, PostgreSQL, MySQL or MariaDB.
///
/// # Errors
///
/// Those of [`Database::connect`].
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

/// Creates the tables that are not there yet. Migrations are about the schema and not about live
/// rows, so they get the plain connection.
///
/// # Errors
///
/// Those of the migrations.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(db, None).await
}

/// Whether the tables are as soft delete asks for, and the rows in them: what the migrations have made,
/// and what has become of it since.
///
/// # Errors
///
/// Those of [`doctor`](fn@doctor).
pub async fn examine(db: &DatabaseConnection) -> Result<Diagnosis, SoftDeleteError> {
    doctor(db).await
}
