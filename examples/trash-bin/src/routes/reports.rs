//! Reports: joins and raw SQL, where no verb stands in the query. Nothing here says "live" either:
//! the connection does.

use axum::Json;
use sea_orm::{ConnectionTrait, FromQueryResult, QueryOrder, SelectTwo, Statement};
use serde::Serialize;

use crate::database::Db;
use crate::error::AppError;
use crate::extract::Params;
use crate::paging::{Page, Which, page};
use crate::{folder, note};

#[derive(Serialize)]
pub(crate) struct Filed {
    note: note::Model,
    folder: Option<folder::Model>,
}

#[derive(Serialize, FromQueryResult)]
pub(crate) struct Tally {
    id: i32,
    name: String,
    notes: i64,
    latest: Option<String>,
}

/// Every note with its folder.
pub(crate) async fn notes(
    db: Db,
    Params(which): Params<Which>,
) -> Result<Json<Page<Filed>>, AppError> {
    let notes = note::Entity::find().find_also_related(folder::Entity);
    filed(notes, which, &db).await
}

/// Every folder, how many notes are in it, and which of them was written last.
pub(crate) async fn folders(db: Db) -> Result<Json<Vec<Tally>>, AppError> {
    const TALLY: &str = "
        SELECT f.id, f.name, COUNT(n.id) AS notes,
               (SELECT title FROM note WHERE folder_id = f.id
                ORDER BY updated_at DESC, id DESC LIMIT 1) AS latest
        FROM folder f LEFT JOIN note n ON n.folder_id = f.id
        GROUP BY f.id, f.name
        ORDER BY f.name";
    let tally = Statement::from_string(db.get_database_backend(), TALLY);
    Ok(Json(Tally::find_by_statement(tally).all(&db).await?))
}

/// The notes in the trash, each with the folder that it is from, be that trashed or not.
pub(crate) async fn audit(
    db: Db,
    Params(which): Params<Which>,
) -> Result<Json<Page<Filed>>, AppError> {
    let notes = note::Entity::only_trashed().find_also_related(folder::Entity);
    // This handle has trashed folders in sight, and only those: that notes are, the query says.
    filed(notes, which, &db.with_trashed_of(folder::Entity)).await
}

async fn filed(
    notes: SelectTwo<note::Entity, folder::Entity>,
    which: Which,
    db: &impl ConnectionTrait,
) -> Result<Json<Page<Filed>>, AppError> {
    let notes = page(notes.order_by_asc(note::Column::Id), which.page, db).await?;
    Ok(Json(notes.map(|(note, folder)| Filed { note, folder })))
}
