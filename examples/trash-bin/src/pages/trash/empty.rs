//! The whole trash of a workspace, removed for good.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, TransactionTrait};
use serde::Deserialize;

use crate::pages::error::{PageError, render};
use crate::pages::form::Fields;
use crate::pages::frame::{Frame, Notice};
use crate::pages::room::Room;
use crate::pages::words;
use crate::{folder, note};

#[derive(Template)]
#[template(path = "empty.html")]
struct EmptyPage {
    frame: Frame,
    workspace: i32,
    name: String,
    is_empty: bool,
    contents: String,
    /// What a legal hold keeps.
    held: Option<String>,
    is_wrong: bool,
}

#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    name: String,
}

pub(crate) async fn show(room: Room) -> Result<Response, PageError> {
    page(&room, false).await
}

async fn page(room: &Room, is_wrong: bool) -> Result<Response, PageError> {
    let db = &room.db;
    let (notes, folders) = (note::Entity::only_trashed(), folder::Entity::only_trashed());
    let held_notes = notes.clone().filter(note::Column::IsHeld.eq(true));
    let held_folders = folders.clone().filter(folder::Column::IsHeld.eq(true));
    let counts = |folders, notes| [("folder".to_owned(), folders), ("note".to_owned(), notes)];
    let all = counts(folders.count(db).await?, notes.count(db).await?);
    let held = counts(held_folders.count(db).await?, held_notes.count(db).await?);
    let any = |counts: &[(String, u64)]| counts.iter().any(|(_, count)| *count > 0);
    Ok(render(&EmptyPage {
        frame: room.frame("Empty the trash"),
        workspace: room.workspace.id,
        name: room.workspace.name.clone(),
        is_empty: !any(&all),
        contents: words::summed(&all),
        held: any(&held).then(|| words::summed(&held)),
        is_wrong,
    }))
}

/// Removes everything that no legal hold keeps, if the visitor has typed the name of the workspace.
pub(crate) async fn confirm(
    room: Room,
    Fields(typed): Fields<Typed>,
) -> Result<Response, PageError> {
    if typed.name.trim() != room.workspace.name {
        let page = page(&room, true).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let txn = room.db.begin().await?;
    let notes = note::Entity::force_delete_many().only_trashed();
    let folders = folder::Entity::force_delete_many().only_trashed();
    // Notes first: what is in a folder goes with it, and is not counted again.
    let notes = notes.exec_skipping_held(&txn).await?;
    let folders = folders.exec_skipping_held(&txn).await?;
    txn.commit().await?;
    let removed = [
        ("folder".to_owned(), folders.removed),
        ("note".to_owned(), notes.removed),
    ];
    let mut text = format!("Removed {} for good.", words::summed(&removed));
    let held = notes.held.len() + folders.held.len();
    if held > 0 {
        text += &format!(
            " A legal hold keeps {}.",
            words::counted(held as u64, "row")
        );
    }
    let path = room.path("/trash");
    Ok(room.visitor.go(&path, Notice::of(text)))
}
