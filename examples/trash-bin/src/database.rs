//! Connects to the database, prepares it, and gives each request a connection within its workspace.

use std::sync::LazyLock;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait};
use sea_orm_migration::MigratorTrait;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor, FindingCode};
use sea_orm_soft_delete::{Scopable, Scope, ScopedConnection, ScopedTable, SoftDeleteError};

use crate::app::Shared;
use crate::error::AppError;
use crate::migration::Migrator;
use crate::workspace::{self, Workspace};
use crate::{folder, note};

/// The header that names the workspace. A real service would take it from a session or a token, and check that the
/// user is a member.
const HEADER: &str = "x-workspace";

/// A scoped connection: it answers as if the trashed rows had been deleted, whoever wrote the query.
///
/// A handler takes it in one of two ways:
///
/// - `db: Db` is within the workspace of the request: it reads and writes the rows of that workspace alone. The
///   handlers never mention the workspace.
/// - `State(db): State<Db>` is within none. It is for what belongs to no workspace, such as people, and refuses a
///   statement about notes. So a handler that takes the wrong one fails, and shows nothing.
pub(crate) type Db = ScopedConnection<DatabaseConnection>;

impl FromRequestParts<Shared> for Db {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, AppError> {
        let id = workspace_of(&parts.headers)?;
        let db = Self::from_ref(shared);
        match workspace::Entity::find_by_id(id).one(&db).await? {
            Some(workspace) => Ok(db.within(Workspace, workspace.id)),
            None => Err(AppError::not_found(format!(
                "{HEADER}: there is no workspace {id}"
            ))),
        }
    }
}

/// The id of the workspace that the request names. There is no default: a request that names none is refused.
fn workspace_of(headers: &HeaderMap) -> Result<i32, AppError> {
    let mut named = headers.get_all(HEADER).iter();
    let (Some(id), None) = (named.next(), named.next()) else {
        return Err(match headers.contains_key(HEADER) {
            true => AppError::unprocessable(format!("{HEADER}: name one workspace, not several")),
            false => AppError::unauthorized(format!(
                "say in which workspace: this request has no header `{HEADER}: id`; \
                 GET /api/workspaces lists the ids"
            )),
        });
    };
    let id = id.to_str().ok().and_then(|id| id.parse().ok());
    id.ok_or_else(|| AppError::unprocessable(format!("{HEADER}: must be the id of a workspace")))
}

/// Scopes a connection. It is within no workspace yet.
pub(crate) fn scoped(db: &DatabaseConnection) -> Db {
    /// The tables of the entities, as each declares, and the log of deletions.
    static SCOPE: LazyLock<Scope> = LazyLock::new(|| Scope::builder().table(log()).build());
    db.clone().scoped_with(&SCOPE)
}

/// The log has no entity of this service, so its column is named here. Without it, whoever knows the id of an operation
/// could read its history.
fn log() -> ScopedTable {
    ScopedTable::without_trash("deletion_log").required(Workspace, "workspace_id")
}

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
/// The errors of [`Doctor::examine`].
pub async fn examine(db: &DatabaseConnection) -> Result<Diagnosis, SoftDeleteError> {
    let diagnosis = Doctor::new().table(log()).examine(db).await?;
    // A deed across the workspaces is of none.
    let diagnosis = diagnosis.allowing_of_table("deletion_log", FindingCode::ScopeColumnNullable);
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(diagnosis);
    }
    // SQLite can add neither a foreign key nor NOT NULL to a table; see the migration of the workspaces.
    let known = [
        FindingCode::ForeignKeyAcrossScope,
        FindingCode::ScopeColumnNullable,
    ];
    Ok(known.into_iter().fold(diagnosis, |diagnosis, code| {
        let diagnosis = diagnosis.allowing_of(folder::Entity, code);
        diagnosis.allowing_of(note::Entity, code)
    }))
}
