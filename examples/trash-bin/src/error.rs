//! The response to a failed request: a status and `{"error": "why"}`. If the content changed since the
//! preview that the request confirms, the response also holds the new preview, to confirm instead.

use std::fmt::Display;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::preview::UniqueClash;
use serde::Serialize;

use crate::outlook::Outlook;

#[derive(Debug)]
pub(crate) struct AppError {
    status: StatusCode,
    message: String,
    /// The new preview, as JSON.
    now: Option<serde_json::Value>,
}

impl AppError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            now: None,
        }
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "this path exists, but not for this method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    fn changed<P: Display + Serialize>(done: &str, now: P) -> Self {
        let error = Self::conflict(format!(
            "nothing was {done}, since it has changed meanwhile; \
             look at what would go now, and confirm that"
        ));
        let now = serde_json::to_value(Outlook::from(now)).ok();
        Self { now, ..error }
    }

    /// Details of an internal error go to the log, not to the client.
    fn internal(error: &dyn std::error::Error) -> Self {
        eprintln!("trash-bin: {error}");
        let message = "something went wrong on our side";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }
}

/// The errors of `restore`, `force_delete` and erasures.
impl From<SoftDeleteError> for AppError {
    fn from(error: SoftDeleteError) -> Self {
        match error {
            SoftDeleteError::NotFound { entity, key, .. } => {
                Self::not_found(format!("there is no {entity} with {key}"))
            }
            SoftDeleteError::NotTrashed { entity, key, .. } => {
                Self::conflict(format!("the {entity} with {key} is not in the trash"))
            }
            SoftDeleteError::NotRestored { entity, key, .. } => Self::conflict(format!(
                "the {entity} with {key} changed meanwhile; look at it again"
            )),
            // Without clashes, a concurrent request took the name.
            SoftDeleteError::UniqueViolation {
                entity, clashes, ..
            } if clashes.is_empty() => Self::conflict(format!(
                "the {entity} was not restored: a live {entity} has its name; rename or \
                     delete the live {entity} first"
            )),
            SoftDeleteError::UniqueViolation { clashes, .. } => Self::conflict(format!(
                "nothing was restored: live rows have the names of {}; rename or delete those \
                 rows first",
                listed(&clashes)
            )),
            SoftDeleteError::PreviewChanged { now, .. } => Self::changed("deleted", *now),
            SoftDeleteError::ErasureChanged { now, .. } => Self::changed("erased", *now),
            SoftDeleteError::HeldByForeignKey { .. } => {
                Self::conflict("it changed meanwhile; look at it again")
            }
            SoftDeleteError::Held { .. } => Self::conflict(
                "a legal hold keeps some of it, so nothing was removed; end the hold first, or leave it out",
            ),
            SoftDeleteError::ParentTrashed { parent_row, .. } => Self::conflict(format!(
                "nothing was restored: {parent_row}, in which it was, is in the trash; restore {parent_row} first"
            )),
            SoftDeleteError::Db(error) => from_database(&error),
            other => Self::internal(&other),
        }
    }
}

/// The errors of SeaORM's own verbs, including soft `delete`. A typed error that travels inside a
/// `DbErr` comes out again.
impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        SoftDeleteError::from(error).into()
    }
}

/// The receipt of an erasure could not be written.
impl From<std::io::Error> for AppError {
    fn from(error: std::io::Error) -> Self {
        Self::internal(&error)
    }
}

fn from_database(error: &DbErr) -> AppError {
    match (error, error.sql_err()) {
        // The row to update does not exist or, with the same result, is trashed.
        (DbErr::RecordNotUpdated | DbErr::RecordNotFound(_), _) => {
            AppError::not_found("it is not there; it may be in the trash")
        }
        (_, Some(SqlErr::UniqueConstraintViolation(_))) => {
            AppError::conflict("a live one has this name already")
        }
        // Someone put a row into a folder while the folder was destroyed.
        (_, Some(SqlErr::ForeignKeyConstraintViolation(_))) => {
            AppError::conflict("it changed meanwhile; look at it again")
        }
        _ if is_deadlock(error) => AppError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "others are changing the same; nothing was done; try again",
        ),
        _ => AppError::internal(error),
    }
}

/// When two transactions wait for each other, the database aborts one of them.
fn is_deadlock(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let code = error.as_database_error().and_then(|error| error.code());
    // MySQL and MariaDB; PostgreSQL.
    matches!(code.as_deref(), Some("40001" | "40P01"))
}

fn listed(clashes: &[UniqueClash]) -> String {
    let clashes: Vec<String> = clashes.iter().map(ToString::to_string).collect();
    clashes.join("; ")
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Answer {
            error: String,
            #[serde(flatten)]
            now: Option<serde_json::Value>,
        }
        let Self {
            status,
            message: error,
            now,
        } = self;
        (status, Json(Answer { error, now })).into_response()
    }
}
