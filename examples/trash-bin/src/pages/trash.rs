//! The trash, delete by delete: what is in it, the way back, and the way out for good.

use axum::http::StatusCode;
use sea_orm_soft_delete::{Operation, OperationId};

use crate::database::Db;
use crate::error::AppError;
use crate::pages::error::PageError;

pub(super) mod destroy;
pub(super) mod elsewhere;
pub(super) mod empty;
mod filters;
mod items;
pub(super) mod list;
pub(super) mod restore;
pub(super) mod several;

async fn find(id: OperationId, db: &Db) -> Result<Operation, PageError> {
    let operation = Operation::find(id, db).await?;
    let missing = || {
        let message = "This is not in the trash. It may have been restored, or removed for good.";
        AppError::new(StatusCode::NOT_FOUND, message)
    };
    Ok(operation.ok_or_else(missing)?)
}
