//! Notes: list, create, show, edit, delete. Nothing here says "live": that is what `find` and
//! `update` mean for an entity with `SoftDelete`. Nothing here says in which workspace either: `db: Db` is within
//! that of the request.

use std::num::NonZeroU32;

use axum::Json;
use axum::http::StatusCode;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ColumnTrait, QueryFilter, QueryOrder, TransactionTrait};
use serde::Deserialize;

use crate::actor;
use crate::database::Db;
use crate::error::AppError;
use crate::extract::{Body, Id, Params};
use crate::note;
use crate::paging::{Page, page};
use crate::routes::folders;
use crate::text::{Line, Text};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    folder: Option<i32>,
    page: Option<NonZeroU32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    pub(crate) folder_id: i32,
    pub(crate) title: Line,
    #[serde(default)]
    pub(crate) body: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    pub(crate) folder_id: Option<i32>,
    pub(crate) title: Option<Line>,
    pub(crate) body: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Why {
    reason: Option<Line>,
}

pub(crate) async fn list(
    db: Db,
    Params(listing): Params<Listing>,
) -> Result<Json<Page<note::Model>>, AppError> {
    let mut notes = note::Entity::find().order_by_asc(note::Column::Id);
    if let Some(folder) = listing.folder {
        notes = notes.filter(note::Column::FolderId.eq(folder));
    }
    Ok(Json(page(notes, listing.page, &db).await?))
}

pub(crate) async fn create(
    db: Db,
    Body(new): Body<NewNote>,
) -> Result<(StatusCode, Json<note::Model>), AppError> {
    let txn = db.begin().await?;
    folders::require(new.folder_id, "folder_id", &txn).await?;
    let note = note::ActiveModel {
        folder_id: Set(new.folder_id),
        title: Set(new.title.into_string()),
        body: Set(new.body.into_string()),
        author_id: Set(actor::person(&txn).await?),
        ..Default::default()
    };
    let note = note.insert(&txn).await?;
    txn.commit().await?;
    Ok((StatusCode::CREATED, Json(note)))
}

pub(crate) async fn show(db: Db, Id(id): Id) -> Result<Json<note::Model>, AppError> {
    let note = note::Entity::find_by_id(id).one(&db).await?;
    note.map(Json).ok_or_else(|| missing(id))
}

/// Changes what the request names. The note is not read first: an update does not reach a trashed
/// row, and says that it found none.
pub(crate) async fn edit(
    db: Db,
    Id(id): Id,
    Body(changes): Body<Changes>,
) -> Result<Json<note::Model>, AppError> {
    let txn = db.begin().await?;
    let mut note = note::ActiveModel {
        id: Unchanged(id),
        ..Default::default()
    };
    if let Some(folder) = changes.folder_id {
        folders::require(folder, "folder_id", &txn).await?;
        note.folder_id = Set(folder);
    }
    if let Some(title) = changes.title {
        note.title = Set(title.into_string());
    }
    if let Some(body) = changes.body {
        note.body = Set(body.into_string());
    }
    let note = note.update(&txn).await?;
    txn.commit().await?;
    Ok(Json(note))
}

/// Trashes a note, and answers it as it lies there: its `operation_id` is the operation to restore.
/// Who does it was said in `actor.rs`; why, if it is said, is said here.
pub(crate) async fn delete(
    db: Db,
    Id(id): Id,
    Params(why): Params<Why>,
) -> Result<Json<note::Model>, AppError> {
    let mut delete = note::Entity::delete_by_id(id);
    if let Some(reason) = why.reason {
        delete = delete.because(reason.into_string());
    }
    // None, if another request was faster. Its delete stands, with its who, when and why.
    let trashed = delete.exec_with_returning(&db).await?;
    trashed.map(Json).ok_or_else(|| missing(id))
}

fn missing(id: i32) -> AppError {
    AppError::not_found(format!("there is no note {id}; it may be in the trash"))
}
