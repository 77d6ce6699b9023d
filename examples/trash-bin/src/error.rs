//! What a request is told when it fails: a status and `{"error": "why"}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm::{DbErr, SqlErr};
use sea_orm_soft_delete::SoftDeleteError;
use serde::Serialize;

#[derive(Debug)]
pub(crate) struct AppError {
    status: StatusCode,
    message: String,
}

impl AppError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, message }
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
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

    /// What went wrong inside is for the log, not for whoever asked.
    fn internal(error: &dyn std::error::Error) -> Self {
        eprintln!("trash-bin: {error}");
        let message = "something went wrong on our side";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }
}

/// The errors of `restore` and `force_delete`.
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
            SoftDeleteError::UniqueViolation { entity, .. } => Self::conflict(format!(
                "the {entity} cannot come back: a live one has taken its name; \
                 rename or delete that one first"
            )),
            SoftDeleteError::Db(error) => from_database(&error),
            other => Self::internal(&other),
        }
    }
}

/// The errors of SeaORM's own verbs, soft `delete` among them. A typed error that travels inside
/// of one comes out again.
impl From<DbErr> for AppError {
    fn from(error: DbErr) -> Self {
        SoftDeleteError::from(error).into()
    }
}

fn from_database(error: &DbErr) -> AppError {
    match (error, error.sql_err()) {
        // An update of a row that is not there or, which is the same to it, trashed.
        (DbErr::RecordNotUpdated | DbErr::RecordNotFound(_), _) => {
            AppError::not_found("it is not there; it may be in the trash")
        }
        (_, Some(SqlErr::UniqueConstraintViolation(_))) => {
            AppError::conflict("a live one has this name already")
        }
        // The one foreign key is that of notes to their folder, live ones and trashed ones.
        (_, Some(SqlErr::ForeignKeyConstraintViolation(_))) => {
            AppError::conflict("notes are still in it, live or trashed; move or destroy them first")
        }
        _ => AppError::internal(error),
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Answer {
            error: String,
        }
        let error = self.message;
        (self.status, Json(Answer { error })).into_response()
    }
}
