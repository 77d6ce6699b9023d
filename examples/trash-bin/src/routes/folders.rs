//! Folders: list, create, rename and move. How they are deleted is in `delete.rs`.

use std::collections::HashMap;

use axum::Json;
use axum::http::StatusCode;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait, ConnectionTrait, QueryOrder, QuerySelect, TransactionTrait};
use serde::{Deserialize, Deserializer};

use crate::database::Db;
use crate::error::AppError;
use crate::extract::{Body, Id};
use crate::folder;
use crate::text::Line;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFolder {
    pub(crate) name: Line,
    pub(crate) parent_id: Option<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Changes {
    pub(crate) name: Option<Line>,
    /// `null` moves it out of the folder it is in.
    #[serde(default, deserialize_with = "said")]
    pub(crate) parent_id: Option<Option<i32>>,
}

pub(crate) async fn list(db: Db) -> Result<Json<Vec<folder::Model>>, AppError> {
    let folders = folder::Entity::find()
        .order_by_asc(folder::Column::Name)
        .all(&db)
        .await?;
    Ok(Json(folders))
}

pub(crate) async fn create(
    db: Db,
    Body(new): Body<NewFolder>,
) -> Result<(StatusCode, Json<folder::Model>), AppError> {
    let txn = db.begin().await?;
    if let Some(parent) = new.parent_id {
        require(parent, "parent_id", &txn).await?;
    }
    let folder = folder::ActiveModel {
        name: Set(new.name.into_string()),
        parent_id: Set(new.parent_id),
        ..Default::default()
    };
    let folder = folder.insert(&txn).await?;
    txn.commit().await?;
    Ok((StatusCode::CREATED, Json(folder)))
}

/// Renames a folder, or moves it with all that is in it.
pub(crate) async fn edit(
    db: Db,
    Id(id): Id,
    Body(changes): Body<Changes>,
) -> Result<Json<folder::Model>, AppError> {
    let txn = db.begin().await?;
    let mut folder = folder::ActiveModel {
        id: Unchanged(id),
        ..Default::default()
    };
    if let Some(name) = changes.name {
        folder.name = Set(name.into_string());
    }
    if let Some(parent) = changes.parent_id {
        if let Some(parent) = parent {
            refuse_circle(id, parent, &txn).await?;
            require(parent, "parent_id", &txn).await?;
        }
        folder.parent_id = Set(parent);
    }
    let folder = folder.update(&txn).await?;
    txn.commit().await?;
    Ok(Json(folder))
}

/// Refuses to put something into a folder that is not there, and keeps the folder there until the
/// transaction ends. A trashed folder is not there: `find_by_id` does not see it.
pub(crate) async fn require(
    id: i32,
    field: &str,
    txn: &impl ConnectionTrait,
) -> Result<(), AppError> {
    match folder::Entity::find_by_id(id)
        .lock_shared()
        .one(txn)
        .await?
    {
        Some(_) => Ok(()),
        None => Err(AppError::unprocessable(format!(
            "{field}: there is no folder {id}"
        ))),
    }
}

/// Refuses to move a folder into itself, or into one that is in it.
async fn refuse_circle(id: i32, to: i32, txn: &impl ConnectionTrait) -> Result<(), AppError> {
    // All of them locked, in one order, so that of two moves the second sees what the first has
    // done: A into B, and B into A, are no circle each, and one together.
    let folders = folder::Entity::find()
        .order_by_asc(folder::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await?;
    let parents = folders
        .iter()
        .filter_map(|folder| Some((folder.id, folder.parent_id?)))
        .collect();
    match is_within(to, id, &parents) {
        true => Err(AppError::unprocessable(format!(
            "parent_id: folder {to} is folder {id} itself, or in it"
        ))),
        false => Ok(()),
    }
}

/// Whether going up from a folder leads to that one.
fn is_within(folder: i32, that: i32, parents: &HashMap<i32, i32>) -> bool {
    let up = std::iter::successors(Some(folder), |at| parents.get(at).copied());
    // No way up is longer, unless it goes round in a circle that somebody made by hand.
    up.take(parents.len() + 1).any(|at| at == that)
}

/// A field that is there, be it `null`.
fn said<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<i32>>, D::Error> {
    Option::deserialize(value).map(Some)
}
