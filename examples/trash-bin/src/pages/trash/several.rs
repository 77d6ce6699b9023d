//! Several deletes at once, with exceptions and one confirmation.

use askama::Template;
use axum::response::Response;
use sea_orm_soft_delete::{Operation, OperationId};
use serde::Deserialize;

use crate::error::AppError;
use crate::pages::error::{PageError, render};
use crate::pages::form::{Asked, Fields};
use crate::pages::frame::{Frame, Notice};
use crate::pages::room::Room;
use crate::pages::trash::filters::Filters;
use crate::pages::trash::items::{Item, items};
use crate::pages::words;

/// How many are shown to confirm. More take another round.
const AT_ONCE: u64 = 100;

#[derive(Template)]
#[template(path = "several.html")]
struct SeveralPage {
    frame: Frame,
    workspace: i32,
    choices: Vec<Choice>,
    is_cut: bool,
}

struct Choice {
    item: Item,
    /// What is in the way of a restore.
    obstacles: Vec<String>,
    /// Whether the folder that it was in is in the trash, and chosen too.
    comes_with_place: bool,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    /// Whether the visitor has chosen from a list. Otherwise it is all that the filters leave.
    #[serde(default)]
    chosen: Option<String>,
    #[serde(default)]
    id: Vec<OperationId>,
    #[serde(flatten)]
    filters: Filters,
}

#[derive(Deserialize)]
pub(crate) struct Chosen {
    #[serde(default)]
    id: Vec<OperationId>,
    verb: Verb,
    /// Whether the visitor has said that a removal is for good.
    #[serde(default)]
    for_good: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Restore,
    Destroy,
}

/// Shows what was chosen, and what is in the way of each.
pub(crate) async fn show(room: Room, Asked(which): Asked<Which>) -> Result<Response, PageError> {
    let mut operations = match which.chosen {
        Some(_) => Operation::find_all(which.id, &room.db).await?,
        None => {
            which
                .filters
                .list()
                .limit(AT_ONCE + 1)
                .all(&room.db)
                .await?
        }
    };
    if operations.is_empty() {
        let path = room.path("/trash");
        let notice = Notice::of("Nothing was chosen, so there is nothing to do.");
        return Ok(room.visitor.go(&path, notice));
    }
    let is_cut = operations.len() as u64 > AT_ONCE;
    operations.truncate(AT_ONCE as usize);
    let items = items(&operations, &room.db).await?;
    let mut choices = Vec::new();
    let is_chosen = |id| operations.iter().any(|it| it.id() == id);
    for (operation, item) in operations.iter().zip(items) {
        let mut previews = operation.preview_restore(&room.db).await?;
        // The newest is restored first, so a folder comes back before what was in it in the trash already.
        let comes_with_place = item.trashed_place.is_some_and(is_chosen);
        if comes_with_place {
            previews.iter_mut().for_each(|it| it.orphans.clear());
        }
        choices.push(Choice {
            item,
            obstacles: words::obstacles(&previews),
            comes_with_place,
        });
    }
    Ok(render(&SeveralPage {
        frame: room.frame("Several at once"),
        workspace: room.workspace.id,
        choices,
        is_cut,
    }))
}

/// Restores or removes all that is still chosen, in one transaction: all of it, or nothing.
pub(crate) async fn confirm(
    room: Room,
    Fields(chosen): Fields<Chosen>,
) -> Result<Response, PageError> {
    if chosen.id.is_empty() {
        return Err(AppError::unprocessable("Choose at least one.").into());
    }
    if chosen.verb == Verb::Destroy && chosen.for_good.is_none() {
        let why = "Tick the box that says that a removal is for good. Nothing was removed.";
        return Err(AppError::unprocessable(why).into());
    }
    let count = chosen.id.len();
    let operations = Operation::find_all(chosen.id, &room.db).await?;
    if operations.len() != count {
        let why = "Some of these are no longer in the trash, so nothing was done. Choose again.";
        return Err(AppError::conflict(why).into());
    }
    let done = match chosen.verb {
        Verb::Restore => {
            Operation::restore_all(&operations, &room.db).await?;
            "Restored"
        }
        Verb::Destroy => {
            Operation::force_delete_all(&operations, &room.db).await?;
            "Removed for good:"
        }
    };
    let notice = Notice::of(format!(
        "{done} {}.",
        words::counted(count as u64, "delete")
    ));
    let path = room.path("/trash");
    Ok(room.visitor.go(&path, notice))
}
