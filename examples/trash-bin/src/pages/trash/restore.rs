//! The way back of one delete: what a restore would do, and what is in its way, before the click.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm_soft_delete::preview::Preview;
use sea_orm_soft_delete::{Operation, OperationId, SoftDeleteError, deletion_log};
use serde::Deserialize;

use crate::pages::error::{PageError, render};
use crate::pages::form::{Asked, Fields, json};
use crate::pages::frame::{Frame, Notice};
use crate::pages::room::{Key, Room};
use crate::pages::trash::elsewhere::{Elsewhere, Place};
use crate::pages::trash::find;
use crate::pages::trash::items::{Item, items, key_of};
use crate::pages::words::{self, Names, Obstacle, When};

#[derive(Template)]
#[template(path = "restore.html")]
struct RestorePage {
    frame: Frame,
    workspace: i32,
    item: Item,
    /// What comes back.
    contents: String,
    obstacles: Vec<Obstacle>,
    is_allowed: bool,
    /// The rows that a restore brings back with the trashed folders above, if nothing else is in the way.
    ancestors: Option<String>,
    /// The delete that took the folder that it was in.
    parent: Option<Parent>,
    preview: String,
    elsewhere: Option<Elsewhere>,
    history: Vec<Deed>,
    has_changed: bool,
}

struct Parent {
    id: OperationId,
    title: String,
    contents: String,
}

/// A line of the history.
pub(crate) struct Deed {
    pub(crate) what: String,
    pub(crate) who: String,
    pub(crate) why: Option<String>,
    pub(crate) when: Option<When>,
}

#[derive(Deserialize)]
pub(crate) struct RestoreForm {
    #[serde(deserialize_with = "json")]
    preview: Vec<Preview>,
    #[serde(default)]
    with_ancestors: Option<String>,
}

pub(crate) async fn show(
    room: Room,
    Key(id): Key<OperationId>,
    Asked(place): Asked<Place>,
) -> Result<Response, PageError> {
    let operation = find(id, &room.db).await?;
    page(&room, &operation, place, false).await
}

pub(crate) async fn page(
    room: &Room,
    operation: &Operation,
    place: Place,
    has_changed: bool,
) -> Result<Response, PageError> {
    let previews = operation.preview_restore(&room.db).await?;
    let mut items = items(std::slice::from_ref(operation), &room.db).await?;
    let item = items.remove(0);
    let parent = match item.trashed_place {
        Some(id) => Operation::find(id, &room.db).await?,
        None => None,
    };
    let is_allowed = |previews: &[Preview]| previews.iter().all(Preview::is_allowed);
    let with_ancestors = match is_allowed(&previews) {
        true => None,
        false => Some(operation.preview_restore_with_ancestors(&room.db).await?),
    };
    let with_ancestors = with_ancestors.filter(|it| is_allowed(it));
    Ok(render(&RestorePage {
        frame: room.frame(&format!("Restore {}", item.title)),
        workspace: room.workspace.id,
        contents: words::affected(&previews),
        obstacles: words::obstacles(&previews),
        is_allowed: is_allowed(&previews),
        ancestors: with_ancestors.as_deref().map(words::ancestors),
        parent: parent.map(|it| Parent {
            id: it.id(),
            title: it.title(),
            contents: words::contents(&it),
        }),
        preview: words::hidden(with_ancestors.as_ref().unwrap_or(&previews)),
        elsewhere: Elsewhere::of(operation, place, room).await?,
        history: history(operation.id(), room).await?,
        item,
        has_changed,
    }))
}

async fn history(id: OperationId, room: &Room) -> Result<Vec<Deed>, PageError> {
    let names = Names::load(&room.db).await?;
    let deeds = Operation::history(id, &room.db).await?;
    Ok(deeds
        .into_iter()
        .map(|deed| Deed::of(deed, &names))
        .collect())
}

impl Deed {
    pub(crate) fn of(deed: deletion_log::Model, names: &Names) -> Self {
        use deletion_log::Verb;
        let rows = words::counted(deed.count.unsigned_abs(), &deed.entity);
        let verb = match deed.verb {
            Verb::Delete => "to the trash",
            Verb::Restore => "restored",
            Verb::ForceDelete => "removed for good",
            Verb::Purge => "removed by a purge",
            Verb::Erase => "erased",
            Verb::Archive => "archived",
            Verb::Return => "returned from the archive",
        };
        Self {
            what: format!("{rows} {verb}"),
            when: deed.instant().map(When::of),
            who: deed
                .who
                .map_or_else(|| "the service".to_owned(), |who| names.of(&who)),
            why: deed.reason,
        }
    }
}

/// Restores what the page has shown, or shows what a restore would do now.
pub(crate) async fn confirm(
    room: Room,
    Key(id): Key<OperationId>,
    Fields(form): Fields<RestoreForm>,
) -> Result<Response, PageError> {
    let operation = find(id, &room.db).await?;
    let restored = match form.with_ancestors {
        Some(_) => {
            operation
                .confirm_restore_with_ancestors(&form.preview, &room.db)
                .await
        }
        None => operation.confirm_restore(&form.preview, &room.db).await,
    };
    match restored {
        Err(SoftDeleteError::PreviewChanged { .. }) => {
            let page = page(&room, &operation, Place::default(), true).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(back(room, &operation)),
    }
}

/// Undoes a delete at once: a restore without a preview. If something is in the way, the page of the restore says what.
pub(crate) async fn undo(room: Room, Key(id): Key<OperationId>) -> Result<Response, PageError> {
    let operation = find(id, &room.db).await?;
    match operation.restore(&room.db).await {
        Ok(_) => Ok(back(room, &operation)),
        Err(_) => {
            let path = room.path(&format!("/trash/{id}"));
            let notice = Notice::of("It could not be restored at once. This page says why.");
            Ok(room.visitor.go(&path, notice))
        }
    }
}

/// Leads to what was restored.
pub(crate) fn back(room: Room, operation: &Operation) -> Response {
    let notice = Notice::of(format!(
        "Restored {}: {}.",
        operation.title(),
        words::contents(operation)
    ));
    let root = operation.roots().first();
    let note = root.and_then(|root| key_of(root, "note"));
    let folder = root.and_then(|root| key_of(root, "folder"));
    let path = match (note, folder) {
        (Some(note), _) => room.path(&format!("/notes/{note}")),
        (None, Some(folder)) => room.path(&format!("/folders/{folder}")),
        (None, None) => room.path(""),
    };
    room.visitor.go(&path, notice)
}
