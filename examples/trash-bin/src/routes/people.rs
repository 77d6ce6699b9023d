//! People: list and add. How they are forgotten is in `erasure.rs`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, QueryOrder};
use serde::Deserialize;

use crate::database::Db;
use crate::error::AppError;
use crate::extract::Body;
use crate::person;
use crate::text::Line;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPerson {
    name: Line,
    email: Line,
}

pub(crate) async fn list(State(db): State<Db>) -> Result<Json<Vec<person::Model>>, AppError> {
    let people = person::Entity::find().order_by_asc(person::Column::Id);
    Ok(Json(people.all(&db).await?))
}

pub(crate) async fn create(
    State(db): State<Db>,
    Body(new): Body<NewPerson>,
) -> Result<(StatusCode, Json<person::Model>), AppError> {
    let person = person::ActiveModel {
        name: Set(new.name.into_string()),
        email: Set(new.email.into_string()),
        ..Default::default()
    };
    Ok((StatusCode::CREATED, Json(person.insert(&db).await?)))
}
