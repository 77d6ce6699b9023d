//! How a folder is deleted: what would go with it is shown first, and what was shown is what goes.

use axum::Json;
use sea_orm::TransactionTrait;
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::preview::Preview;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::database::Db;
use crate::error::AppError;
use crate::extract::{Body, Id};
use crate::folder;
use crate::outlook::Outlook;
use crate::text::Line;

/// The answer of [`show`], sent back, with a reason if there is one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmed {
    preview: Preview,
    reason: Option<Line>,
    /// It is for people.
    #[serde(rename = "tree")]
    _tree: Option<IgnoredAny>,
}

/// What a delete of the folder would take. Nothing is written.
pub(crate) async fn show(db: Db, Id(id): Id) -> Result<Json<Outlook>, AppError> {
    let preview = folder::Entity::delete_by_id(id).preview(&db).await?;
    match preview.affects.count {
        0 => Err(missing(id)),
        _ => Ok(Json(preview.into())),
    }
}

/// Trashes the folder and everything in it, if that is still what the preview says; answers the
/// folder as it lies there.
///
/// The preview comes from the client, so it may say anything. That is no danger: it decides nothing
/// but whether the delete happens.
pub(crate) async fn confirm(
    db: Db,
    Id(id): Id,
    Body(confirmed): Body<Confirmed>,
) -> Result<Json<folder::Model>, AppError> {
    let mut delete = folder::Entity::delete_by_id(id);
    if let Some(reason) = confirmed.reason {
        delete = delete.because(reason.into_string());
    }
    let txn = db.begin().await?;
    match delete.confirm(&confirmed.preview, &txn).await {
        // The folder itself has gone, or never was.
        Err(SoftDeleteError::PreviewChanged { now, .. }) if now.affects.count == 0 => {
            return Err(missing(id));
        }
        done => done?,
    };
    let trashed = folder::Entity::only_trashed_by_id(id).one(&txn).await?;
    let trashed = trashed.ok_or_else(|| missing(id))?;
    txn.commit().await?;
    Ok(Json(trashed))
}

fn missing(id: i32) -> AppError {
    AppError::not_found(format!("there is no folder {id}; it may be in the trash"))
}
