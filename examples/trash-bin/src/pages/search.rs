//! The search among the notes that are not in the trash.

use std::num::NonZeroU32;

use askama::Template;
use axum::response::Response;
use sea_orm::QueryOrder;
use serde::Deserialize;

use crate::pages::error::{PageError, render};
use crate::pages::form::{Asked, optional_line};
use crate::pages::frame::Frame;
use crate::pages::room::Room;
use crate::paging::{Page, page};
use crate::search::{self, entry};
use crate::text::Line;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    workspace: i32,
    q: String,
    found: Option<Page<entry::Model>>,
}

#[derive(Deserialize)]
pub(crate) struct Query {
    #[serde(default, deserialize_with = "optional_line")]
    q: Option<Line>,
    page: Option<NonZeroU32>,
}

pub(crate) async fn search(room: Room, Asked(query): Asked<Query>) -> Result<Response, PageError> {
    let q = query.q.map(Line::into_string).unwrap_or_default();
    let found = match q.is_empty() {
        true => None,
        false => {
            let found = search::matching(&q).order_by_asc(entry::Column::NoteId);
            Some(page(found, query.page, &room.db).await?)
        }
    };
    Ok(render(&SearchPage {
        frame: room.frame("Search"),
        workspace: room.workspace.id,
        q,
        found,
    }))
}
