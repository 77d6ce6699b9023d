//! Several deletes at once, with exceptions and one confirmation.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sea_orm_soft_delete::preview::Preview;
use sea_orm_soft_delete::{Operation, OperationId, SoftDeleteError};
use serde::Deserialize;

use crate::error::AppError;
use crate::pages::error::{PageError, render};
use crate::pages::form::{Asked, Fields, json};
use crate::pages::frame::{Frame, Notice};
use crate::pages::room::Room;
use crate::pages::trash::filters::Filters;
use crate::pages::trash::items::{Item, items};
use crate::pages::words::{self, Obstacle};

/// How many are shown to confirm. More take another round.
const AT_ONCE: u64 = 100;

#[derive(Template)]
#[template(path = "several.html")]
struct SeveralPage {
    frame: Frame,
    workspace: i32,
    choices: Vec<Choice>,
    is_cut: bool,
    restore: Outcome,
    destroy: Outcome,
    /// Why the page is shown again.
    again: Option<&'static str>,
}

struct Choice {
    item: Item,
    /// Whether the folder that it was in is in the trash, and chosen too.
    comes_with_place: bool,
}

/// What a verb would do with all that is chosen.
struct Outcome {
    contents: String,
    obstacles: Vec<Obstacle>,
    preview: String,
}

impl Outcome {
    fn of(previews: &[Preview]) -> Self {
        Self {
            contents: words::affected(previews),
            obstacles: words::obstacles(previews),
            preview: words::hidden(&previews),
        }
    }
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
    /// All that the page has shown, and what it said of it.
    #[serde(default)]
    shown: Vec<OperationId>,
    #[serde(default, deserialize_with = "json")]
    restore: Vec<Preview>,
    #[serde(default, deserialize_with = "json")]
    destroy: Vec<Preview>,
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

/// Shows what was chosen, and what is in the way.
pub(crate) async fn show(room: Room, Asked(which): Asked<Which>) -> Result<Response, PageError> {
    let operations = match which.chosen {
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
    page(&room, operations, None).await
}

async fn page(
    room: &Room,
    mut operations: Vec<Operation>,
    again: Option<&'static str>,
) -> Result<Response, PageError> {
    let is_cut = operations.len() as u64 > AT_ONCE;
    operations.truncate(AT_ONCE as usize);
    let is_chosen = |id| operations.iter().any(|it| it.id() == id);
    let items = items(&operations, &room.db).await?.into_iter();
    let choices = items.map(|item| Choice {
        comes_with_place: item.trashed_place.is_some_and(is_chosen),
        item,
    });
    let restore = Operation::preview_restore_all(&operations, &room.db).await?;
    let destroy = Operation::preview_force_delete_all(&operations, &room.db).await?;
    Ok(render(&SeveralPage {
        frame: room.frame("Several at once"),
        workspace: room.workspace.id,
        choices: choices.collect(),
        is_cut,
        restore: Outcome::of(&restore),
        destroy: Outcome::of(&destroy),
        again,
    }))
}

/// Restores or removes what the page has shown, in one transaction: all of it, or nothing. If the visitor has taken some
/// out, or if something has changed, shows what it would do now.
pub(crate) async fn confirm(
    room: Room,
    Fields(mut chosen): Fields<Chosen>,
) -> Result<Response, PageError> {
    if chosen.id.is_empty() {
        return Err(AppError::unprocessable("Choose at least one.").into());
    }
    if chosen.verb == Verb::Destroy && chosen.for_good.is_none() {
        let why = "Tick the box that says that a removal is for good. Nothing was removed.";
        return Err(AppError::unprocessable(why).into());
    }
    let count = chosen.id.len();
    let operations = Operation::find_all(chosen.id.iter().copied(), &room.db).await?;
    if operations.len() != count {
        let why = "Some of these are no longer in the trash, so nothing was done. Choose again.";
        return Err(AppError::conflict(why).into());
    }
    chosen.shown.retain(|id| !chosen.id.contains(id));
    if !chosen.shown.is_empty() {
        let again = "Nothing was done yet: this is what is left, and what would become of it.";
        return page(&room, operations, Some(again)).await;
    }
    let done = match chosen.verb {
        Verb::Restore => {
            Operation::confirm_restore_all(&operations, &chosen.restore, &room.db).await
        }
        Verb::Destroy => {
            Operation::confirm_force_delete_all(&operations, &chosen.destroy, &room.db).await
        }
    };
    if let Err(SoftDeleteError::PreviewChanged { .. }) = done {
        let again = "It has changed since you looked, so nothing was done. This is how it is now.";
        let page = page(&room, operations, Some(again)).await?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    done?;
    let done = match chosen.verb {
        Verb::Restore => "Restored",
        Verb::Destroy => "Removed for good:",
    };
    let notice = Notice::of(format!(
        "{done} {}.",
        words::counted(count as u64, "delete")
    ));
    let path = room.path("/trash");
    Ok(room.visitor.go(&path, notice))
}
