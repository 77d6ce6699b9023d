//! The user: the middleware reads it once per request, and every delete of the request records it.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use sea_orm_soft_delete::Attribution;

use crate::error::AppError;
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
