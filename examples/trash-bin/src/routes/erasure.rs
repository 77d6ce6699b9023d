//! How a person is forgotten: what would be erased is shown first, and what was shown is what is erased.
//!
//! It reaches across the workspaces: people belong to none, and write notes in several.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm_soft_delete::erased::{ErasurePreview, ErasureReceipt};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::database::Db;
use crate::erase::erasure_of;
use crate::error::AppError;
use crate::extract::{Body, Id};
use crate::outlook::Outlook;
use crate::receipts::Receipts;
use crate::workspace::Workspace;

/// The answer of [`show`], sent back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmed {
    preview: ErasurePreview,
    /// It is for people.
    #[serde(rename = "tree")]
    _tree: Option<IgnoredAny>,
}

/// What would be erased. Nothing is written.
pub(crate) async fn show(
    State(db): State<Db>,
    Id(person): Id,
) -> Result<Json<Outlook<ErasurePreview>>, AppError> {
    let preview = erasure_of(person).preview(&db.across(Workspace)).await?;
    Ok(Json(preview.into()))
}

/// Erases the person, if that is still what the preview says, and answers the receipt. The consumer of the search
/// index takes the deed within a second.
pub(crate) async fn confirm(
    State(db): State<Db>,
    State(receipts): State<Receipts>,
    Id(person): Id,
    Body(confirmed): Body<Confirmed>,
) -> Result<Json<ErasureReceipt>, AppError> {
    let ledger = receipts.open();
    let mut ledger = ledger.map_err(|why| AppError::new(StatusCode::SERVICE_UNAVAILABLE, why))?;
    let erasure = erasure_of(person);
    let receipt = erasure
        .confirm(&confirmed.preview, ledger.key(), &db.across(Workspace))
        .await?;
    ledger.append(&receipt)?;
    Ok(Json(receipt))
}
