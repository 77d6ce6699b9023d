//! Folders: list, create, delete.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, TransactionTrait,
};
use serde::Deserialize;

use crate::database::Db;
use crate::error::AppError;
use crate::extract::{Body, Id, Params};
use crate::text::Line;
use crate::{folder, note};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFolder {
    name: Line,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    #[serde(default)]
    keep_notes: bool,
}

pub(crate) async fn list(State(db): State<Db>) -> Result<Json<Vec<folder::Model>>, AppError> {
    let folders = folder::Entity::find()
        .order_by_asc(folder::Column::Name)
        .all(&db)
        .await?;
    Ok(Json(folders))
}

pub(crate) async fn create(
    State(db): State<Db>,
    Body(new): Body<NewFolder>,
) -> Result<(StatusCode, Json<folder::Model>), AppError> {
    let folder = folder::ActiveModel {
        name: Set(new.name.into_string()),
        ..Default::default()
    };
    Ok((StatusCode::CREATED, Json(folder.insert(&db).await?)))
}

/// Trashes a folder, if no live note is in it or they are to be kept: those stay live, and read as
/// in no folder until it is restored. Nothing is written in them.
pub(crate) async fn delete(
    State(db): State<Db>,
    Id(id): Id,
    Params(how): Params<How>,
) -> Result<StatusCode, AppError> {
    let txn = db.begin().await?;
    // Locked, so that no note is written into it between the count and the delete.
    let folder = folder::Entity::find_by_id(id)
        .lock_exclusive()
        .one(&txn)
        .await?
        .ok_or_else(|| AppError::not_found(format!("there is no folder {id}")))?;
    let notes = note::Entity::find()
        .filter(note::Column::FolderId.eq(id))
        .count(&txn)
        .await?;
    if notes > 0 && !how.keep_notes {
        return Err(AppError::conflict(format!(
            "the folder {} has {notes} live notes; move or delete them first, \
             or say keep_notes=true",
            folder.name
        )));
    }
    folder.delete(&txn).await?;
    txn.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses to put a note into a folder that is not there, and keeps the folder there until the
/// transaction ends. A trashed folder is not there: `find_by_id` does not see it.
pub(crate) async fn require(id: i32, txn: &impl ConnectionTrait) -> Result<(), AppError> {
    match folder::Entity::find_by_id(id)
        .lock_shared()
        .one(txn)
        .await?
    {
        Some(_) => Ok(()),
        None => Err(AppError::unprocessable(format!(
            "folder_id: there is no folder {id}"
        ))),
    }
}
