//! The way out for good of one delete.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm_soft_delete::preview::Preview;
use sea_orm_soft_delete::{Operation, OperationId, SoftDeleteError};
use serde::Deserialize;

use crate::pages::error::{PageError, render};
use crate::pages::form::{Fields, json};
use crate::pages::frame::{Frame, Notice};
use crate::pages::room::{Key, Room};
use crate::pages::trash::find;
use crate::pages::words::{self, Obstacle};

#[derive(Template)]
#[template(path = "destroy.html")]
struct DestroyPage {
    frame: Frame,
    id: OperationId,
    workspace: i32,
    title: String,
    contents: String,
    obstacles: Vec<Obstacle>,
    preview: String,
    has_changed: bool,
}

#[derive(Deserialize)]
pub(crate) struct DestroyForm {
    #[serde(deserialize_with = "json")]
    preview: Vec<Preview>,
}

/// Shows what would be gone.
pub(crate) async fn show(room: Room, Key(id): Key<OperationId>) -> Result<Response, PageError> {
    let operation = find(id, &room.db).await?;
    page(&room, &operation, false).await
}

async fn page(
    room: &Room,
    operation: &Operation,
    has_changed: bool,
) -> Result<Response, PageError> {
    let previews = operation.preview_force_delete(&room.db).await?;
    let title = operation.title();
    Ok(render(&DestroyPage {
        frame: room.frame(&format!("Remove {title} for good")),
        id: operation.id(),
        workspace: room.workspace.id,
        title,
        contents: words::affected(&previews),
        obstacles: words::obstacles(&previews),
        preview: words::hidden(&previews),
        has_changed,
    }))
}

pub(crate) async fn confirm(
    room: Room,
    Key(id): Key<OperationId>,
    Fields(form): Fields<DestroyForm>,
) -> Result<Response, PageError> {
    let operation = find(id, &room.db).await?;
    let removed = operation
        .confirm_force_delete(&form.preview, &room.db)
        .await;
    if let Err(SoftDeleteError::PreviewChanged { .. }) = removed {
        let page = page(&room, &operation, true).await?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    removed?;
    let notice = Notice::of(format!("Removed {} for good.", operation.title()));
    let path = room.path("/trash");
    Ok(room.visitor.go(&path, notice))
}
