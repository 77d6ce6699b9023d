//! Folders: what is in them, and how they are made, changed and trashed.

use std::num::NonZeroU32;

use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::preview::Preview;
use serde::Deserialize;

use crate::error::AppError;
use crate::extract::{Body, Id};
use crate::pages::error::{PageError, render};
use crate::pages::form::{Asked, Fields, json, optional, optional_line};
use crate::pages::frame::{Frame, Notice, Undo};
use crate::pages::places::Places;
use crate::pages::room::{Key, Room};
use crate::pages::session::Admin;
use crate::pages::words::{self, Obstacle};
use crate::paging::{Page, page};
use crate::routes;
use crate::text::Line;
use crate::{folder, note};

#[derive(Template)]
#[template(path = "folder.html")]
struct FolderPage {
    frame: Frame,
    workspace: i32,
    /// None at the top of the workspace.
    folder: Option<folder::Model>,
    /// The folders that it is in, outermost first.
    above: Vec<folder::Model>,
    folders: Vec<folder::Model>,
    notes: Page<note::Model>,
    choices: Vec<(i32, String)>,
    /// The folder that it is in; 0 is the top.
    parent: i32,
}

/// The question before something goes into the trash.
#[derive(Template)]
#[template(path = "delete.html")]
pub(crate) struct DeletePage {
    pub(crate) frame: Frame,
    pub(crate) name: String,
    pub(crate) contents: String,
    pub(crate) obstacles: Vec<Obstacle>,
    /// The path of what is to be deleted.
    pub(crate) path: String,
    /// What the form confirms, as JSON.
    pub(crate) preview: Option<String>,
    pub(crate) has_changed: bool,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    page: Option<NonZeroU32>,
}

#[derive(Deserialize)]
pub(crate) struct FolderForm {
    name: Line,
    #[serde(default, deserialize_with = "optional")]
    parent_id: Option<i32>,
}

#[derive(Deserialize)]
pub(crate) struct DeleteForm {
    #[serde(deserialize_with = "json")]
    preview: Preview,
    #[serde(default, deserialize_with = "optional_line")]
    reason: Option<Line>,
}

/// Whether a legal hold begins or ends.
#[derive(Deserialize)]
pub(crate) struct HoldForm {
    pub(crate) hold: bool,
}

/// The folders at the top of the workspace.
pub(crate) async fn top(room: Room, which: Asked<Which>) -> Result<Response, PageError> {
    contents(&room, None, which).await
}

pub(crate) async fn show(
    room: Room,
    Key(id): Key,
    which: Asked<Which>,
) -> Result<Response, PageError> {
    contents(&room, Some(id), which).await
}

async fn contents(
    room: &Room,
    id: Option<i32>,
    Asked(which): Asked<Which>,
) -> Result<Response, PageError> {
    let places = Places::live(&room.db).await?;
    let folder = match id {
        Some(id) => Some(places.get(id).cloned().ok_or_else(|| missing(id))?),
        None => None,
    };
    let inside = match id {
        Some(id) => folder::Column::ParentId.eq(id),
        None => folder::Column::ParentId.is_null(),
    };
    let folders = folder::Entity::find()
        .filter(inside)
        .order_by_asc(folder::Column::Name);
    // At the top there are folders only: no folder has the id 0.
    let notes = note::Entity::find()
        .filter(note::Column::FolderId.eq(id.unwrap_or_default()))
        .order_by_asc(note::Column::Title);
    let title = folder.as_ref().map_or(&room.workspace.name, |it| &it.name);
    let mut above: Vec<_> = id.map_or_else(Vec::new, |id| places.way_to(id));
    above.pop();
    Ok(render(&FolderPage {
        frame: room.frame(title),
        workspace: room.workspace.id,
        above: above.into_iter().cloned().collect(),
        folders: folders.all(&room.db).await?,
        notes: page(notes, which.page, &room.db).await?,
        choices: places.choices(),
        parent: folder
            .as_ref()
            .and_then(|it| it.parent_id)
            .unwrap_or_default(),
        folder,
    }))
}

pub(crate) async fn create(
    room: Room,
    Fields(new): Fields<FolderForm>,
) -> Result<Response, PageError> {
    let new = routes::folders::NewFolder {
        name: new.name,
        parent_id: new.parent_id,
    };
    let (_, new) = routes::folders::create(room.db.clone(), Body(new)).await?;
    let path = room.path(&format!("/folders/{}", new.id));
    let notice = Notice::of(format!("Created {}.", new.name));
    Ok(room.visitor.go(&path, notice))
}

pub(crate) async fn edit(
    room: Room,
    Key(id): Key,
    Fields(changed): Fields<FolderForm>,
) -> Result<Response, PageError> {
    let changes = routes::folders::Changes {
        name: Some(changed.name),
        parent_id: Some(changed.parent_id),
    };
    let Json(saved) = routes::folders::edit(room.db.clone(), Id(id), Body(changes)).await?;
    let path = room.path(&format!("/folders/{id}"));
    Ok(room
        .visitor
        .go(&path, Notice::of(format!("Saved {}.", saved.name))))
}

/// Shows what goes into the trash with the folder.
pub(crate) async fn preview_delete(room: Room, Key(id): Key) -> Result<Response, PageError> {
    let preview = folder::Entity::delete_by_id(id).preview(&room.db).await?;
    ask(&room, id, &preview, false).await
}

async fn ask(
    room: &Room,
    id: i32,
    preview: &Preview,
    has_changed: bool,
) -> Result<Response, PageError> {
    let folder = folder::Entity::find_by_id(id).one(&room.db).await?;
    let folder = folder.ok_or_else(|| missing(id))?;
    let previews = std::slice::from_ref(preview);
    Ok(render(&DeletePage {
        frame: room.frame(&format!("Delete {}", folder.name)),
        contents: words::affected(previews),
        obstacles: words::obstacles(previews),
        path: room.path(&format!("/folders/{id}")),
        preview: Some(words::hidden(preview)),
        name: folder.name,
        has_changed,
    }))
}

/// Trashes the folder with what the page has shown, or shows what would go now.
pub(crate) async fn delete(
    room: Room,
    Key(id): Key,
    Fields(form): Fields<DeleteForm>,
) -> Result<Response, PageError> {
    let folder = folder::Entity::find_by_id(id).one(&room.db).await?;
    let folder = folder.ok_or_else(|| missing(id))?;
    let mut delete = folder::Entity::delete_by_id(id);
    if let Some(reason) = form.reason {
        delete = delete.because(reason.into_string());
    }
    let deleted = match delete.confirm(&form.preview, &room.db).await {
        Err(SoftDeleteError::PreviewChanged { now, .. }) => {
            let page = ask(&room, id, &now, true).await?;
            return Ok((StatusCode::CONFLICT, page).into_response());
        }
        deleted => deleted?,
    };
    let went = words::affected(std::slice::from_ref(&form.preview));
    let notice = Notice {
        text: format!("Moved {} to the trash: {went}.", folder.name),
        undo: deleted.operation.map(|operation| Undo {
            workspace: room.workspace.id,
            operation,
        }),
    };
    let up = match folder.parent_id {
        Some(parent) => room.path(&format!("/folders/{parent}")),
        None => room.path(""),
    };
    Ok(room.visitor.go(&up, notice))
}

/// Begins or ends a legal hold of the folder. Its notes have holds of their own.
pub(crate) async fn hold(
    room: Room,
    _: Admin,
    Key(id): Key,
    Fields(form): Fields<HoldForm>,
) -> Result<Response, PageError> {
    let folder = folder::ActiveModel {
        id: Unchanged(id),
        is_held: Set(form.hold),
        ..Default::default()
    };
    folder.update(&room.db).await?;
    let path = room.path(&format!("/folders/{id}"));
    Ok(room.visitor.go(&path, Notice::of(told_of_hold(form.hold))))
}

pub(crate) fn told_of_hold(is_held: bool) -> &'static str {
    match is_held {
        true => "On legal hold: nothing removes it for good.",
        false => "The legal hold has ended.",
    }
}

fn missing(id: i32) -> AppError {
    AppError::not_found(format!(
        "There is no folder {id} here. It may be in the trash."
    ))
}
