//! The origin of an operation. An [`Operation`] counts rows; a user wants to read a name.

use std::collections::HashMap;

use sea_orm::prelude::*;
use sea_orm::{Condition, ExprTrait, FromQueryResult, JoinType, QuerySelect};
use sea_orm_soft_delete::{Operation, OperationId};
use serde::Serialize;

use crate::database::Db;
use crate::{folder, note};

/// The folder or the note on which a delete was called.
#[derive(Debug, Serialize, FromQueryResult)]
pub(crate) struct Origin {
    #[serde(skip)]
    operation_id: Uuid,
    pub(crate) name: String,
    /// The name of its folder.
    pub(crate) folder: Option<String>,
}

/// The origin of each of these operations.
pub(crate) async fn origins(
    operations: &[Operation],
    db: &Db,
) -> Result<HashMap<OperationId, Origin>, DbErr> {
    let ids: Vec<Uuid> = operations.iter().filter_map(uuid).collect();
    let folders = folder::Entity::only_trashed()
        .filter(folder::Column::OperationId.is_in(ids.clone()))
        .select_only()
        .column(folder::Column::OperationId)
        .column(folder::Column::Name);
    let notes = note::Entity::only_trashed()
        .filter(note::Column::OperationId.is_in(ids))
        .select_only()
        .column(note::Column::OperationId)
        .column_as(note::Column::Title, "name");
    let parent = folder::Relation::Parent.def();
    let mut origins = outermost(folders, parent, folder::Column::OperationId, db).await?;
    let folder = note::Relation::Folder.def();
    origins.extend(outermost(notes, folder, note::Column::OperationId, db).await?);
    let by_id = |origin: Origin| (origin.operation_id.into(), origin);
    Ok(origins.into_iter().map(by_id).collect())
}

/// The rows whose folder was not trashed by the same delete.
async fn outermost<E: EntityTrait>(
    rows: Select<E>,
    inside: RelationDef,
    operation_id: E::Column,
    db: &Db,
) -> Result<Vec<Origin>, DbErr> {
    let parent = |column| Expr::col(("parent", column));
    let other = parent(folder::Column::OperationId).ne(operation_id.into_expr());
    let none = parent(folder::Column::OperationId).is_null();
    rows.join_as(JoinType::LeftJoin, inside, "parent")
        .expr_as(parent(folder::Column::Name), "folder")
        .filter(Condition::any().add(none).add(other))
        .into_model()
        // The folder may be trashed by another delete, or live again.
        .all(&db.with_trashed_of(folder::Entity))
        .await
}

fn uuid(operation: &Operation) -> Option<Uuid> {
    match operation.id() {
        OperationId::Uuid(id) => Some(id),
        // An operation of an entity without an operation column. This service has no such entity.
        OperationId::Instant(_) => None,
    }
}
