//! The trash, delete by delete: what is in it, the way back, and the way out for good.

use axum::Json;
use sea_orm::TransactionTrait;
use sea_orm_soft_delete::{Operation, OperationId, SoftDeleteError, deletion_log};
use serde::{Deserialize, Serialize};

use crate::database::Db;
use crate::error::AppError;
use crate::extract::{Id, Params};
use crate::outlook::Outlook;
use crate::{folder, note};

const OPERATIONS_PER_PAGE: usize = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Where {
    before: Option<OperationId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    #[serde(default)]
    with_ancestors: bool,
}

#[derive(Serialize)]
pub(crate) struct Trash {
    operations: Vec<Operation>,
    /// The page after this one.
    next: Option<String>,
}

/// An operation, and what can become of it.
#[derive(Serialize)]
pub(crate) struct Choice {
    #[serde(flatten)]
    operation: Operation,
    restore: Vec<Outlook>,
    destroy: Vec<Outlook>,
}

#[derive(Serialize)]
pub(crate) struct Restored {
    restored: u64,
}

#[derive(Serialize)]
pub(crate) struct Destroyed {
    destroyed: u64,
}

/// What is in the trash, newest first.
pub(crate) async fn list(db: Db, Params(page): Params<Where>) -> Result<Json<Trash>, AppError> {
    // One more, to know whether there is another page.
    let mut list = Operation::list().limit(OPERATIONS_PER_PAGE as u64 + 1);
    if let Some(id) = page.before {
        list = list.before(id);
    }
    let mut operations = list.all(&db).await?;
    let is_last = operations.len() <= OPERATIONS_PER_PAGE;
    operations.truncate(OPERATIONS_PER_PAGE);
    let next = operations.last().filter(|_| !is_last);
    Ok(Json(Trash {
        next: next.map(|last| format!("/api/trash?before={}", last.id())),
        operations,
    }))
}

/// One of them, and what a restore and its destruction would do.
pub(crate) async fn show(db: Db, Id(id): Id<OperationId>) -> Result<Json<Choice>, AppError> {
    let operation = find(id, &db).await?;
    let outlooks = |previews: Vec<_>| previews.into_iter().map(Outlook::from).collect();
    let restore = outlooks(operation.preview_restore(&db).await?);
    let destroy = outlooks(operation.preview_force_delete(&db).await?);
    Ok(Json(Choice {
        operation,
        restore,
        destroy,
    }))
}

/// Brings back what one delete took: all of it, as it was, or nothing.
pub(crate) async fn restore(
    db: Db,
    Id(id): Id<OperationId>,
    Params(how): Params<How>,
) -> Result<Json<Restored>, AppError> {
    let operation = find(id, &db).await?;
    let restored = match how.with_ancestors {
        true => operation.restore_with_ancestors(&db).await,
        false => operation.restore(&db).await,
    };
    match restored {
        // Another request was faster.
        Ok(0) => Err(missing(id)),
        Ok(restored) => Ok(Json(Restored { restored })),
        Err(SoftDeleteError::ParentTrashed { parent_row, .. }) => {
            Err(in_the_way(id, parent_row.operation, &db).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Removes what one delete took, and what was in it in the trash before that, physically.
pub(crate) async fn destroy(db: Db, Id(id): Id<OperationId>) -> Result<Json<Destroyed>, AppError> {
    match find(id, &db).await?.force_delete(&db).await? {
        0 => Err(missing(id)),
        destroyed => Ok(Json(Destroyed { destroyed })),
    }
}

/// Physically removes everything that is in the trash.
pub(crate) async fn empty(db: Db) -> Result<Json<Destroyed>, AppError> {
    let txn = db.begin().await?;
    let notes = note::Entity::force_delete_many().only_trashed();
    let folders = folder::Entity::force_delete_many().only_trashed();
    // Notes first: what is in a folder goes with it, and is not counted again.
    let destroyed = notes.exec(&txn).await?.rows_affected + folders.exec(&txn).await?.rows_affected;
    txn.commit().await?;
    Ok(Json(Destroyed { destroyed }))
}

/// What was done to one delete's rows, oldest first; also after they are gone.
pub(crate) async fn history(
    db: Db,
    Id(id): Id<OperationId>,
) -> Result<Json<Vec<deletion_log::Model>>, AppError> {
    let history = Operation::history(id, &db).await?;
    match history.is_empty() {
        true => Err(AppError::not_found(format!("there was no operation {id}"))),
        false => Ok(Json(history)),
    }
}

async fn find(id: OperationId, db: &Db) -> Result<Operation, AppError> {
    let operation = Operation::find(id, db).await?;
    operation.ok_or_else(|| missing(id))
}

/// Says which folder has to be back first, and both ways to bring it back.
async fn in_the_way(
    id: OperationId,
    way: Option<OperationId>,
    db: &Db,
) -> Result<AppError, AppError> {
    let both = format!("restore both: POST /api/trash/{id}/restore?with_ancestors=true");
    let Some(way) = way else {
        return Ok(AppError::conflict(format!(
            "its folder is in the trash; {both}"
        )));
    };
    let first = Operation::find(way, db).await?;
    let roots = first.iter().flat_map(Operation::roots);
    let folders: Vec<String> = roots.map(ToString::to_string).collect();
    Ok(AppError::conflict(format!(
        "its folder is in the trash since {} was deleted; {both}; or that folder first: POST \
         /api/trash/{way}/restore",
        folders.join(", ")
    )))
}

fn missing(id: OperationId) -> AppError {
    AppError::not_found(format!("there is no operation {id} in the trash"))
}
