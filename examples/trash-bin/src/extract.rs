//! Axum's extractors, with error responses of this service: 422, as JSON, naming the field.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::AppError;

/// The JSON body of a request.
pub(crate) struct Body<T>(pub(crate) T);

/// The query string of the URL.
pub(crate) struct Params<T>(pub(crate) T);

/// The `{id}` of the path: the id of a row or, with another type, of an operation.
pub(crate) struct Id<T = i32>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            // The body is too long, or did not arrive in full: these errors have status codes of their
            // own.
            Err(JsonRejection::BytesRejection(unread)) => {
                Err(AppError::new(unread.status(), unread.body_text()))
            }
            Err(unreadable) => Err(AppError::unprocessable(unreadable.body_text())),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Query(params) = Query::from_request_parts(parts, state)
            .await
            .map_err(|rejection| AppError::unprocessable(rejection.body_text()))?;
        Ok(Self(params))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let Path(id) = Path::from_request_parts(parts, state)
            .await
            .map_err(|rejection| {
                AppError::unprocessable(format!("id: {}", rejection.body_text()))
            })?;
        Ok(Self(id))
    }
}
