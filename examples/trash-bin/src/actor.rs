//! The user: the middleware reads it once per request, and every delete of the request records it.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use sea_orm::prelude::*;
use sea_orm_soft_delete::Attribution;

use crate::error::AppError;
use crate::person;
use crate::text::Line;

/// The header that names the user. A real service would take the name from a session or a token.
const HEADER: &str = "x-user";

/// Runs the request as the user that its header names. A request that reads needs no name; a request
/// that writes does.
///
/// The handlers never mention the user: `Attribution::scope` applies to everything that runs inside it,
/// so `note.delete(&db)`, five calls deeper, fills in `deleted_by`.
pub(crate) async fn attribute(request: Request, next: Next) -> Result<Response, AppError> {
    match user(&request)? {
        Some(user) => {
            let attribution = Attribution::by(user.into_string());
            Ok(attribution.scope(next.run(request)).await)
        }
        None if request.method().is_safe() => Ok(next.run(request).await),
        None => Err(AppError::unauthorized(format!(
            "say who you are: this request changes something and has no header `{HEADER}: name`"
        ))),
    }
}

/// The id of the person who makes the request, if the header holds the id of a person.
///
/// Who deletes is recorded as the header says it, in columns and in a log that no erasure changes. Let it be an
/// id, and not a name: it says nothing any more once the person is erased.
pub(crate) async fn person(db: &impl ConnectionTrait) -> Result<Option<i32>, DbErr> {
    let attribution = Attribution::current();
    let Some(Value::String(Some(user))) = attribution.who() else {
        return Ok(None);
    };
    let Ok(id) = user.parse::<i32>() else {
        return Ok(None);
    };
    let person = person::Entity::find_by_id(id).one(db).await?;
    Ok(person.map(|person| person.id))
}

fn user(request: &Request) -> Result<Option<Line>, AppError> {
    let Some(header) = request.headers().get(HEADER) else {
        return Ok(None);
    };
    // `to_str` accepts ASCII only, and user names may hold any character.
    let name = String::from_utf8(header.as_bytes().to_owned())
        .map_err(|_| AppError::unprocessable(format!("{HEADER}: must be UTF-8")))?;
    let name =
        Line::try_from(name).map_err(|why| AppError::unprocessable(format!("{HEADER}: {why}")))?;
    Ok(Some(name))
}
