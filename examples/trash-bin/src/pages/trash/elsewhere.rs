//! A restore to another folder or under another name, for when the old place is gone or the name is taken.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, TransactionTrait};
use sea_orm_soft_delete::builders::RestoreWithValues;
use sea_orm_soft_delete::preview::Preview;
use sea_orm_soft_delete::{Operation, OperationId, SoftDeleteError};
use serde::Deserialize;

use crate::error::AppError;
use crate::pages::error::PageError;
use crate::pages::form::{Fields, json, optional, optional_line};
use crate::pages::places::Places;
use crate::pages::room::{Key, Room};
use crate::pages::trash::find;
use crate::pages::trash::items::key_of;
use crate::pages::trash::restore;
use crate::pages::words::{self, Obstacle};
use crate::text::Line;
use crate::{folder, note, routes, search};

/// The folder and the name that a visitor asks for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Place {
    #[serde(default, deserialize_with = "optional")]
    into: Option<i32>,
    #[serde(default, deserialize_with = "optional_line")]
    name: Option<Line>,
}

/// The form, and what the restore would do.
pub(crate) struct Elsewhere {
    pub(crate) name: String,
    /// The chosen folder; 0 is the top.
    pub(crate) into: i32,
    pub(crate) may_be_top: bool,
    pub(crate) choices: Vec<(i32, String)>,
    /// The outcome, if a place was asked for.
    pub(crate) checked: Option<Checked>,
}

pub(crate) struct Checked {
    pub(crate) obstacles: Vec<Obstacle>,
    pub(crate) is_allowed: bool,
    pub(crate) contents: String,
    pub(crate) preview: String,
}

#[derive(Deserialize)]
pub(crate) struct ElsewhereForm {
    #[serde(deserialize_with = "json")]
    preview: Preview,
    #[serde(flatten)]
    place: Place,
}

/// The row on which the delete was called, with the restore that puts it elsewhere.
enum Root {
    Note(note::Model),
    Folder(folder::Model),
}

impl Place {
    /// Refuses a folder that is not there, and keeps it there until the transaction ends.
    async fn require(&self, db: &impl ConnectionTrait) -> Result<(), AppError> {
        match self.into {
            Some(folder) => routes::folders::require(folder, "folder", db).await,
            None => Ok(()),
        }
    }
}

impl Elsewhere {
    /// None, if the delete was called on several rows.
    pub(crate) async fn of(
        operation: &Operation,
        place: Place,
        room: &Room,
    ) -> Result<Option<Self>, PageError> {
        let Some(root) = Root::of(operation, room).await? else {
            return Ok(None);
        };
        let (name, parent) = match &root {
            Root::Note(note) => (note.title.clone(), Some(note.folder_id)),
            Root::Folder(folder) => (folder.name.clone(), folder.parent_id),
        };
        let checked = match &place.name {
            None => None,
            Some(_) => {
                let preview = root.preview(&place, room).await?;
                let previews = std::slice::from_ref(&preview);
                Some(Checked {
                    obstacles: words::obstacles(previews),
                    is_allowed: preview.is_allowed(),
                    contents: words::affected(previews),
                    preview: words::hidden(&preview),
                })
            }
        };
        let into = if checked.is_some() {
            place.into
        } else {
            parent
        };
        Ok(Some(Self {
            name: place.name.map_or(name, Line::into_string),
            into: into.unwrap_or_default(),
            may_be_top: matches!(root, Root::Folder(_)),
            choices: Places::live(&room.db).await?.choices(),
            checked,
        }))
    }
}

impl Root {
    async fn of(operation: &Operation, room: &Room) -> Result<Option<Self>, PageError> {
        let [root] = operation.roots() else {
            return Ok(None);
        };
        if let Some(id) = key_of(root, "note") {
            let note = note::Entity::only_trashed_by_id(id).one(&room.db).await?;
            return Ok(note.map(Self::Note));
        }
        let Some(id) = key_of(root, "folder") else {
            return Ok(None);
        };
        let folder = folder::Entity::only_trashed_by_id(id).one(&room.db).await?;
        Ok(folder.map(Self::Folder))
    }

    async fn preview(&self, place: &Place, room: &Room) -> Result<Preview, PageError> {
        place.require(&room.db).await?;
        Ok(match self {
            Self::Note(note) => note_to(note, place)?.preview(&room.db).await?,
            Self::Folder(folder) => folder_to(folder, place).preview(&room.db).await?,
        })
    }
}

fn note_to(
    note: &note::Model,
    place: &Place,
) -> Result<RestoreWithValues<note::Entity>, PageError> {
    let folder = place
        .into
        .ok_or_else(|| AppError::unprocessable("Choose a folder: a note is in one."))?;
    let mut values = note::ActiveModel {
        folder_id: Set(folder),
        ..Default::default()
    };
    if let Some(name) = place.name.clone() {
        values.title = Set(name.into_string());
    }
    Ok(note::Entity::restore_by_id(note.id).with_values(values))
}

fn folder_to(folder: &folder::Model, place: &Place) -> RestoreWithValues<folder::Entity> {
    let mut values = folder::ActiveModel {
        parent_id: Set(place.into),
        ..Default::default()
    };
    if let Some(name) = place.name.clone() {
        values.name = Set(name.into_string());
    }
    folder::Entity::restore_by_id(folder.id).with_values(values)
}

pub(crate) async fn confirm(
    room: Room,
    Key(id): Key<OperationId>,
    Fields(form): Fields<ElsewhereForm>,
) -> Result<Response, PageError> {
    let operation = find(id, &room.db).await?;
    let missing = || AppError::conflict("It has changed meanwhile. Look at it again.");
    let root = Root::of(&operation, &room).await?.ok_or_else(missing)?;
    let txn = room.db.begin().await?;
    form.place.require(&txn).await?;
    let restored = match &root {
        Root::Note(note) => {
            let restore = note_to(note, &form.place)?;
            match restore.confirm(&form.preview, &txn).await {
                // The index has the old title.
                Ok(note) => search::index(&note, &txn).await.map_err(Into::into),
                Err(error) => Err(error),
            }
        }
        Root::Folder(folder) => {
            let restore = folder_to(folder, &form.place);
            restore.confirm(&form.preview, &txn).await.map(|_| ())
        }
    };
    match restored {
        Err(SoftDeleteError::PreviewChanged { .. }) => {
            txn.rollback().await?;
            let page = restore::page(&room, &operation, form.place, true).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
        Ok(()) => {
            txn.commit().await?;
            Ok(restore::back(room, &operation))
        }
    }
}
