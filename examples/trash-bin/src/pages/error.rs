//! A failed request, as a page.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::error::AppError;

/// What a page answers instead of itself.
#[derive(Debug)]
pub(crate) enum PageError {
    /// An error, in words.
    Failed(AppError),
    /// The visitor has to sign in, and comes back to this path.
    SignIn { back: String },
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    heading: &'static str,
    message: &'a str,
}

/// Whatever is an error of the API is one of the pages.
impl<E> From<E> for PageError
where
    AppError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let error = match self {
            Self::Failed(error) => error,
            Self::SignIn { back } => {
                let query = [("back", back)];
                let query = serde_html_form::to_string(query).unwrap_or_default();
                return Redirect::to(&format!("/sign-in?{query}")).into_response();
            }
        };
        let status = error.status();
        let heading = match status {
            StatusCode::NOT_FOUND => "Not here",
            StatusCode::FORBIDDEN => "Not allowed",
            StatusCode::CONFLICT => "That did not work",
            StatusCode::SERVICE_UNAVAILABLE => "Busy",
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::UNPROCESSABLE_ENTITY => "Please check",
            _ => "Something went wrong",
        };
        let page = ErrorPage {
            heading,
            message: error.message(),
        };
        (status, render(&page)).into_response()
    }
}

/// Renders a template. A template of this service cannot fail, other than by lack of memory.
pub(crate) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            eprintln!("trash-bin: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
