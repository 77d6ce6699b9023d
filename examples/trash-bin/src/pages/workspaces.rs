//! The workspaces, where a visitor begins.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::Response;

use crate::database::Db;
use crate::extract::Body;
use crate::pages::error::{PageError, render};
use crate::pages::form::Fields;
use crate::pages::frame::{Frame, Notice};
use crate::pages::session::Visitor;
use crate::routes;
use crate::routes::workspaces::NewWorkspace;
use crate::workspace;

#[derive(Template)]
#[template(path = "workspaces.html")]
struct WorkspacesPage {
    frame: Frame,
    workspaces: Vec<workspace::Model>,
}

pub(crate) async fn list(db: State<Db>, visitor: Visitor) -> Result<Response, PageError> {
    let Json(workspaces) = routes::workspaces::list(db).await?;
    Ok(render(&WorkspacesPage {
        frame: Frame::of("Workspaces", &visitor),
        workspaces,
    }))
}

pub(crate) async fn create(
    db: State<Db>,
    visitor: Visitor,
    Fields(new): Fields<NewWorkspace>,
) -> Result<Response, PageError> {
    let (_, Json(new)) = routes::workspaces::create(db, Body(new)).await?;
    let notice = Notice::of(format!("Created {}.", new.name));
    Ok(visitor.go(&format!("/w/{}", new.id), notice))
}
