//! Notes: how they are read, written and trashed.

use askama::Template;
use axum::Json;
use axum::response::Response;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm_soft_delete::Timestamp;
use serde::Deserialize;

use crate::error::AppError;
use crate::extract::{Body, Id};
use crate::note;
use crate::pages::error::{PageError, render};
use crate::pages::folders::{DeletePage, HoldForm, told_of_hold};
use crate::pages::form::{Fields, optional_line};
use crate::pages::frame::{Frame, Notice, Undo};
use crate::pages::places::Places;
use crate::pages::room::{Key, Room};
use crate::pages::session::Admin;
use crate::pages::words::{Names, When};
use crate::routes;
use crate::text::{Line, Text};

#[derive(Template)]
#[template(path = "note.html")]
struct NotePage {
    frame: Frame,
    workspace: i32,
    note: note::Model,
    author: Option<String>,
    updated: Option<When>,
    above: Vec<(i32, String)>,
    choices: Vec<(i32, String)>,
}

#[derive(Deserialize)]
pub(crate) struct NoteForm {
    folder_id: i32,
    title: Line,
    #[serde(default)]
    body: Text,
}

#[derive(Deserialize)]
pub(crate) struct Why {
    #[serde(default, deserialize_with = "optional_line")]
    reason: Option<Line>,
}

pub(crate) async fn show(room: Room, Key(id): Key) -> Result<Response, PageError> {
    let note = find(&room, id).await?;
    let places = Places::live(&room.db).await?;
    let names = Names::load(&room.db).await?;
    let above = places.way_to(note.folder_id).into_iter();
    Ok(render(&NotePage {
        frame: room.frame(&note.title),
        workspace: room.workspace.id,
        author: note.author_id.map(|id| names.of(&id.to_string())),
        updated: Timestamp::from_unix_micros(note.updated_at.timestamp_micros()).map(When::of),
        above: above.map(|it| (it.id, it.name.clone())).collect(),
        choices: places.choices(),
        note,
    }))
}

pub(crate) async fn create(
    room: Room,
    Fields(new): Fields<NoteForm>,
) -> Result<Response, PageError> {
    let new = routes::notes::NewNote {
        folder_id: new.folder_id,
        title: new.title,
        body: new.body,
    };
    let (_, new) = routes::notes::create(room.db.clone(), Body(new)).await?;
    let path = room.path(&format!("/folders/{}", new.folder_id));
    let notice = Notice::of(format!("Created {}.", new.title));
    Ok(room.visitor.go(&path, notice))
}

pub(crate) async fn edit(
    room: Room,
    Key(id): Key,
    Fields(changed): Fields<NoteForm>,
) -> Result<Response, PageError> {
    let changes = routes::notes::Changes {
        folder_id: Some(changed.folder_id),
        title: Some(changed.title),
        body: Some(changed.body),
    };
    let Json(saved) = routes::notes::edit(room.db.clone(), Id(id), Body(changes)).await?;
    let path = room.path(&format!("/notes/{id}"));
    Ok(room
        .visitor
        .go(&path, Notice::of(format!("Saved {}.", saved.title))))
}

pub(crate) async fn preview_delete(room: Room, Key(id): Key) -> Result<Response, PageError> {
    let note = find(&room, id).await?;
    Ok(render(&DeletePage {
        frame: room.frame(&format!("Delete {}", note.title)),
        name: note.title,
        contents: "1 note".to_owned(),
        obstacles: Vec::new(),
        path: room.path(&format!("/notes/{id}")),
        preview: None,
        has_changed: false,
    }))
}

pub(crate) async fn delete(
    room: Room,
    Key(id): Key,
    Fields(why): Fields<Why>,
) -> Result<Response, PageError> {
    let note = find(&room, id).await?;
    let mut delete = note::Entity::delete_by_id(id);
    if let Some(reason) = why.reason {
        delete = delete.because(reason.into_string());
    }
    let deleted = delete.exec_returning_operation(&room.db).await?;
    // None, if another request was faster.
    let operation = deleted.operation.ok_or_else(|| missing(id))?;
    let notice = Notice {
        text: format!("Moved {} to the trash.", note.title),
        undo: Some(Undo {
            workspace: room.workspace.id,
            operation,
        }),
    };
    let folder = room.path(&format!("/folders/{}", note.folder_id));
    Ok(room.visitor.go(&folder, notice))
}

/// Begins or ends a legal hold of the note.
pub(crate) async fn hold(
    room: Room,
    _: Admin,
    Key(id): Key,
    Fields(form): Fields<HoldForm>,
) -> Result<Response, PageError> {
    let note = note::ActiveModel {
        id: Unchanged(id),
        is_held: Set(form.hold),
        ..Default::default()
    };
    note.update(&room.db).await?;
    let path = room.path(&format!("/notes/{id}"));
    Ok(room.visitor.go(&path, Notice::of(told_of_hold(form.hold))))
}

async fn find(room: &Room, id: i32) -> Result<note::Model, PageError> {
    let note = note::Entity::find_by_id(id).one(&room.db).await?;
    Ok(note.ok_or_else(|| missing(id))?)
}

fn missing(id: i32) -> AppError {
    AppError::not_found(format!(
        "There is no note {id} here. It may be in the trash."
    ))
}
