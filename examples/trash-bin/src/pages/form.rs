//! The extractors of forms and queries, with error pages.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum_extra::extract::{Form, Query};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};

use crate::app::Shared;
use crate::error::AppError;
use crate::pages::error::PageError;
use crate::text::Line;

/// The fields of a form. A field can occur several times.
pub(crate) struct Fields<T>(pub(crate) T);

/// The fields of the URL.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Fields<T> {
    type Rejection = PageError;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, PageError> {
        match Form::from_request(request, shared).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(AppError::unprocessable(rejection.to_string()).into()),
        }
    }
}

impl<T: DeserializeOwned> FromRequestParts<Shared> for Asked<T> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, PageError> {
        match Query::from_request_parts(parts, shared).await {
            Ok(Query(fields)) => Ok(Self(fields)),
            Err(rejection) => Err(AppError::unprocessable(rejection.to_string()).into()),
        }
    }
}

/// A field that is sent empty where nothing is chosen or typed.
pub(crate) fn optional<'de, D, T>(value: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let text = String::deserialize(value)?;
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(D::Error::custom),
    }
}

/// The same for a line of text.
pub(crate) fn optional_line<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Line>, D::Error> {
    let text = String::deserialize(value)?;
    match text.trim() {
        "" => Ok(None),
        _ => Line::try_from(text).map(Some).map_err(D::Error::custom),
    }
}

/// A value that a hidden field holds as JSON, such as the preview that the form confirms.
pub(crate) fn json<'de, D, T>(value: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let text = String::deserialize(value)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}
