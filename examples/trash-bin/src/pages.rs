//! The pages for a browser. They are rendered here and work without a script; forms send what they change.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::app::Shared;
use crate::error::AppError;
use crate::pages::error::PageError;

mod admin;
mod error;
mod folders;
mod form;
mod frame;
mod notes;
mod places;
mod room;
mod same_origin;
mod search;
pub(crate) mod session;
mod trash;
mod words;
mod workspaces;

pub(crate) fn router(shared: &Shared) -> Router<Shared> {
    let within = Router::new()
        .route("/", get(folders::top))
        .route("/search", get(search::search))
        .route("/folders", post(folders::create))
        .route("/folders/{id}", get(folders::show).post(folders::edit))
        .route(
            "/folders/{id}/delete",
            get(folders::preview_delete).post(folders::delete),
        )
        .route("/folders/{id}/hold", post(folders::hold))
        .route("/notes", post(notes::create))
        .route("/notes/{id}", get(notes::show).post(notes::edit))
        .route(
            "/notes/{id}/delete",
            get(notes::preview_delete).post(notes::delete),
        )
        .route("/notes/{id}/hold", post(notes::hold))
        .route("/trash", get(trash::list::list))
        .route(
            "/trash/several",
            get(trash::several::show).post(trash::several::confirm),
        )
        .route(
            "/trash/empty",
            get(trash::empty::show).post(trash::empty::confirm),
        )
        .route("/trash/{id}", get(trash::restore::show))
        .route("/trash/{id}/undo", post(trash::restore::undo))
        .route("/trash/{id}/restore", post(trash::restore::confirm))
        .route("/trash/{id}/elsewhere", post(trash::elsewhere::confirm))
        .route(
            "/trash/{id}/destroy",
            get(trash::destroy::show).post(trash::destroy::confirm),
        );
    let private = Router::new()
        .route("/", get(workspaces::list).post(workspaces::create))
        .route("/admin", get(admin::show))
        .route("/admin/purge", post(admin::purge))
        .nest("/w/{workspace}", within)
        .route_layer(middleware::from_fn_with_state(
            shared.clone(),
            session::require,
        ));
    Router::new()
        .route("/sign-in", get(session::show).post(session::sign_in))
        .route("/sign-out", post(session::sign_out))
        .merge(private)
        .fallback(async || PageError::from(AppError::not_found("There is no such page.")))
        .method_not_allowed_fallback(async || PageError::from(AppError::method_not_allowed()))
        .layer(middleware::from_fn(same_origin::require))
        .layer(middleware::from_fn(protect))
        .route("/assets/style.css", get(style))
        .route("/assets/script.js", get(script))
        .route("/assets/icon.svg", get(icon))
}

/// Forbids what no page needs: foreign scripts, frames around a page, copies in caches.
async fn protect(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        let headers = response.headers_mut();
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn style() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("../assets/style.css"))
}

async fn script() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (kind, include_str!("../assets/script.js"))
}

async fn icon() -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, "image/svg+xml")];
    (kind, include_str!("../assets/icon.svg"))
}
