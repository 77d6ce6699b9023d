//! The routes of the service: the JSON API under `/api`, and the pages.

use axum::extract::{FromRef, OriginalUri};
use axum::routing::{get, patch, post};
use axum::{Router, middleware};
use axum_extra::extract::cookie::Key;
use sea_orm::DatabaseConnection;

use crate::actor;
use crate::database::{Db, scoped};
use crate::error::AppError;
use crate::pages;
use crate::receipts::Receipts;
use crate::routes::{
    delete, erasure, folders, index, notes, people, reports, search, trash, workspaces,
};

/// What the handlers receive, each of them the part that it asks for.
#[derive(Clone)]
pub(crate) struct Shared {
    /// The handlers receive only the scoped connection; `database.rs` puts it within the workspace of the request.
    db: Db,
    receipts: Receipts,
    /// Signs the cookies of the pages.
    key: Key,
}

impl Shared {
    /// The connection, within no workspace.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }
}

impl FromRef<Shared> for Db {
    fn from_ref(shared: &Shared) -> Self {
        shared.db.clone()
    }
}

impl FromRef<Shared> for Receipts {
    fn from_ref(shared: &Shared) -> Self {
        shared.receipts.clone()
    }
}

impl FromRef<Shared> for Key {
    fn from_ref(shared: &Shared) -> Self {
        shared.key.clone()
    }
}

/// The service on this database, whose tables [`migrate`](crate::migrate) has created.
pub fn app(db: DatabaseConnection, receipts: Receipts, key: Key) -> Router {
    let db = scoped(&db);
    let shared = Shared { db, receipts, key };
    pages::router(&shared)
        .nest("/api", api())
        .with_state(shared)
}

/// The routes that take and answer JSON. Each request names its user and its workspace by headers.
fn api() -> Router<Shared> {
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
        .route("/search", get(search::search))
        .route(
            "/workspaces",
            get(workspaces::list).post(workspaces::create),
        )
        .route("/people", get(people::list).post(people::create))
        .route(
            "/people/{id}/erasure",
            get(erasure::show).post(erasure::confirm),
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
        .fallback(async |OriginalUri(uri): OriginalUri| {
            AppError::not_found(format!("there is nothing at {}", uri.path()))
        })
}
