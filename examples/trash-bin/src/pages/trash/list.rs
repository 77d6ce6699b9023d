//! The list of the trash, newest first.

use askama::Template;
use axum::response::Response;
use sea_orm_soft_delete::OperationId;
use serde::Deserialize;

use crate::pages::error::{PageError, render};
use crate::pages::form::{Asked, optional};
use crate::pages::frame::Frame;
use crate::pages::room::Room;
use crate::pages::trash::filters::Filters;
use crate::pages::trash::items::{Item, items};
use crate::pages::words::Names;

const PER_PAGE: usize = 20;

#[derive(Template)]
#[template(path = "trash.html")]
struct TrashPage {
    frame: Frame,
    workspace: i32,
    filters: Filters,
    people: Vec<(String, String)>,
    items: Vec<Item>,
    /// The query of the next page.
    next: Option<String>,
    is_first: bool,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(flatten)]
    filters: Filters,
    #[serde(default, deserialize_with = "optional")]
    before: Option<OperationId>,
}

pub(crate) async fn list(
    room: Room,
    Asked(Which { filters, before }): Asked<Which>,
) -> Result<Response, PageError> {
    // One more, to know whether there is another page.
    let mut list = filters.list().limit(PER_PAGE as u64 + 1);
    if let Some(id) = before {
        list = list.before(id);
    }
    let mut operations = list.all(&room.db).await?;
    let is_last = operations.len() <= PER_PAGE;
    operations.truncate(PER_PAGE);
    let last = operations.last().filter(|_| !is_last);
    Ok(render(&TrashPage {
        frame: room.frame("Trash"),
        workspace: room.workspace.id,
        people: Names::load(&room.db).await?.sorted(),
        items: items(&operations, &room.db).await?,
        next: last.map(|last| format!("{}&before={}", filters.query(), last.id())),
        is_first: before.is_none(),
        filters,
    }))
}
