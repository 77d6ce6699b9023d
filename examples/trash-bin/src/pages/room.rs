//! A page within a workspace, which the path names: `/w/{workspace}/…`.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use sea_orm::EntityTrait;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::app::Shared;
use crate::database::Db;
use crate::error::AppError;
use crate::pages::error::PageError;
use crate::pages::frame::Frame;
use crate::pages::session::Visitor;
use crate::workspace::{self, Workspace};

/// The workspace of the request, and a connection within it. A handler under `/w/{workspace}` has no other connection,
/// so it cannot forget the workspace.
pub(crate) struct Room {
    pub(crate) visitor: Visitor,
    pub(crate) workspace: workspace::Model,
    pub(crate) db: Db,
}

/// The `{id}` of the path, beside its workspace.
pub(crate) struct Key<T = i32>(pub(crate) T);

#[derive(Deserialize)]
struct OfWorkspace {
    workspace: i32,
}

#[derive(Deserialize)]
struct OfRow<T> {
    id: T,
}

impl Room {
    pub(crate) fn frame(&self, title: &str) -> Frame {
        Frame {
            workspace: Some(self.workspace.clone()),
            ..Frame::of(title, &self.visitor)
        }
    }

    /// A path of this workspace.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("/w/{}{path}", self.workspace.id)
    }
}

impl FromRequestParts<Shared> for Room {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, PageError> {
        let visitor = Visitor::from_request_parts(parts, shared).await?;
        let Path(OfWorkspace { workspace }) = path(parts, shared).await?;
        let db = shared.db();
        let found = workspace::Entity::find_by_id(workspace).one(db).await?;
        let workspace = found.ok_or_else(|| AppError::not_found("There is no such workspace."))?;
        let db = db.clone().within(Workspace, workspace.id);
        Ok(Self {
            visitor,
            workspace,
            db,
        })
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<Shared> for Key<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, PageError> {
        let Path(OfRow { id }) = path(parts, shared).await?;
        Ok(Self(id))
    }
}

/// A path whose ids are no ids leads nowhere.
async fn path<T: DeserializeOwned + Send>(
    parts: &mut Parts,
    shared: &Shared,
) -> Result<Path<T>, AppError> {
    let path = Path::from_request_parts(parts, shared).await;
    path.map_err(|_| AppError::not_found("There is no such page."))
}
