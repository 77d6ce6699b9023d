//! The routes of the service.

use axum::http::Uri;
use axum::routing::{get, patch, post};
use axum::{Router, middleware};
use sea_orm::DatabaseConnection;
use sea_orm_soft_delete::Scopable;

use crate::actor;
use crate::error::AppError;
use crate::routes::{delete, folders, index, notes, reports, trash};

/// The service on this database, whose tables [`migrate`](crate::migrate) has created.
///
/// The handlers receive only the scoped connection.
pub fn app(db: DatabaseConnection) -> Router {
    Router::new()
        .route("/", get(index::index))
        .route("/folders", get(folders::list).post(folders::create))
        .route("/folders/{id}", patch(folders::edit))
        .route(
            "/folders/{id}/delete",
            get(delete::show).post(delete::confirm),
        )
        .route("/notes", get(notes::list).post(notes::create))
        .route(
            "/notes/{id}",
            get(notes::show).patch(notes::edit).delete(notes::delete),
        )
        .route("/reports/notes", get(reports::notes))
        .route("/reports/folders", get(reports::folders))
        .route("/reports/audit", get(reports::audit))
        .route("/trash", get(trash::list).delete(trash::empty))
        .route("/trash/{id}", get(trash::show).delete(trash::destroy))
        .route("/trash/{id}/history", get(trash::history))
        .route("/trash/{id}/restore", post(trash::restore))
        // The layer wraps only the routes above: an unknown path is 404 for everybody.
        .route_layer(middleware::from_fn(actor::attribute))
        .method_not_allowed_fallback(async || AppError::method_not_allowed())
        .fallback(async |uri: Uri| {
            AppError::not_found(format!("there is nothing at {}", uri.path()))
        })
        .with_state(db.scoped())
}
