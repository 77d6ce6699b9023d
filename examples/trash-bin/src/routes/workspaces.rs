//! Workspaces: list and add. A real service lists those of which the user is a member, and lets nobody into
//! another one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait, QueryOrder};
use serde::Deserialize;

use crate::database::Db;
use crate::error::AppError;
use crate::extract::Body;
use crate::text::Line;
use crate::workspace;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWorkspace {
    name: Line,
}

pub(crate) async fn list(State(db): State<Db>) -> Result<Json<Vec<workspace::Model>>, AppError> {
    let workspaces = workspace::Entity::find().order_by_asc(workspace::Column::Id);
    Ok(Json(workspaces.all(&db).await?))
}

pub(crate) async fn create(
    State(db): State<Db>,
    Body(new): Body<NewWorkspace>,
) -> Result<(StatusCode, Json<workspace::Model>), AppError> {
    let workspace = workspace::ActiveModel {
        name: Set(new.name.into_string()),
        ..Default::default()
    };
    Ok((StatusCode::CREATED, Json(workspace.insert(&db).await?)))
}
