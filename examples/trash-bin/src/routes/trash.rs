//! The trash: what is in it, the way back, and the way out for good.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, TransactionTrait};
use serde::Serialize;

use crate::database::Db;
use crate::error::AppError;
use crate::extract::{Id, Params};
use crate::paging::{Page, Which, page};
use crate::{folder, note};

#[derive(Serialize)]
pub(crate) struct Trash {
    folders: Vec<folder::Model>,
    notes: Page<note::Model>,
}

#[derive(Serialize)]
pub(crate) struct Destroyed {
    notes: u64,
    folders: u64,
}

/// What is in the trash, newest first.
pub(crate) async fn list(
    State(db): State<Db>,
    Params(which): Params<Which>,
) -> Result<Json<Trash>, AppError> {
    let folders = folder::Entity::only_trashed()
        .order_by_desc(folder::Column::DeletedAt)
        .order_by_desc(folder::Column::Id)
        .all(&db)
        .await?;
    let notes = note::Entity::only_trashed()
        .order_by_desc(note::Column::DeletedAt)
        .order_by_desc(note::Column::Id);
    let notes = page(notes, which.page, &db).await?;
    Ok(Json(Trash { folders, notes }))
}

/// Brings a note back as it was, unless its folder is trashed or its title was taken meanwhile.
pub(crate) async fn restore_note(
    State(db): State<Db>,
    Id(id): Id,
) -> Result<Json<note::Model>, AppError> {
    let txn = db.begin().await?;
    // Locked, so that of two requests the second sees what the first has done.
    let note = note::Entity::with_trashed()
        .filter(note::Column::Id.eq(id))
        .lock_exclusive()
        .one(&txn)
        .await?
        .ok_or_else(|| AppError::not_found(format!("there is no note {id}")))?;
    // Locked, so that it is not trashed before the note is back.
    let folder = folder::Entity::with_trashed()
        .filter(folder::Column::Id.eq(note.folder_id))
        .lock_shared()
        .one(&txn)
        .await?;
    if let Some(folder) = folder.filter(folder::Model::is_trashed) {
        return Err(AppError::conflict(format!(
            "the folder of note {id}, {}, is in the trash; restore it first: \
             POST /trash/folders/{}/restore",
            folder.name, folder.id
        )));
    }
    let note = note.restore(&txn).await?;
    txn.commit().await?;
    Ok(Json(note))
}

/// Brings a folder back. The notes that were trashed before it stay in the trash.
pub(crate) async fn restore_folder(
    State(db): State<Db>,
    Id(id): Id,
) -> Result<Json<folder::Model>, AppError> {
    Ok(Json(folder::Entity::restore_by_id(id).exec(&db).await?))
}

/// Physically removes a trashed note. A live one is refused: it has to go to the trash first.
pub(crate) async fn destroy_note(State(db): State<Db>, Id(id): Id) -> Result<StatusCode, AppError> {
    let destroyed = note::Entity::force_delete_by_id(id)
        .only_trashed()
        .exec(&db)
        .await?;
    match destroyed.rows_affected {
        0 => Err(AppError::not_found(format!("there is no note {id}"))),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// Physically removes a trashed folder, if no note is in it, neither live nor trashed: the foreign
/// key sees to that.
pub(crate) async fn destroy_folder(
    State(db): State<Db>,
    Id(id): Id,
) -> Result<StatusCode, AppError> {
    let destroyed = folder::Entity::force_delete_by_id(id)
        .only_trashed()
        .exec(&db)
        .await?;
    match destroyed.rows_affected {
        0 => Err(AppError::not_found(format!("there is no folder {id}"))),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// Physically removes everything that is in the trash, but for folders whose notes were kept.
pub(crate) async fn empty(State(db): State<Db>) -> Result<Json<Destroyed>, AppError> {
    let txn = db.begin().await?;
    // Notes first: a folder can only go when nothing refers to it.
    let notes = note::Entity::force_delete_many()
        .only_trashed()
        .exec(&txn)
        .await?;
    // The verb sees the folders that are trashed, and the query within it the notes that are live.
    // If another request trashes a note in between, the foreign key refuses, nothing is destroyed,
    // and the request can be made again.
    let in_use = note::Entity::find()
        .select_only()
        .column(note::Column::FolderId);
    let folders = folder::Entity::force_delete_many()
        .only_trashed()
        .filter(folder::Column::Id.not_in_subquery(in_use.into_query()))
        .exec(&txn)
        .await?;
    txn.commit().await?;
    Ok(Json(Destroyed {
        notes: notes.rows_affected,
        folders: folders.rows_affected,
    }))
}
