//! The search, which reads the index alone.

use std::num::NonZeroU32;

use axum::Json;
use sea_orm::QueryOrder;
use serde::Deserialize;

use crate::database::Db;
use crate::error::AppError;
use crate::extract::Params;
use crate::paging::{Page, page};
use crate::search::{self, entry};
use crate::text::Line;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Query {
    q: Line,
    page: Option<NonZeroU32>,
}

/// The notes in whose title or body the text is.
pub(crate) async fn search(
    db: Db,
    Params(query): Params<Query>,
) -> Result<Json<Page<entry::Model>>, AppError> {
    let found = search::matching(&query.q.into_string());
    let found = found.order_by_asc(entry::Column::NoteId);
    Ok(Json(page(found, query.page, &db).await?))
}
