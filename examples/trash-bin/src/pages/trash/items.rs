//! Deletes as a list shows them, with what only the application knows: names of people and folders.

use std::collections::{HashMap, HashSet};

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::FromValueTuple;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use sea_orm_soft_delete::{Operation, OperationId, OperationRoot};

use crate::database::Db;
use crate::pages::error::PageError;
use crate::pages::places::Places;
use crate::pages::words::{self, Names, When};
use crate::{folder, note};

/// A delete in a list.
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) title: String,
    /// `Folder` or `Note`.
    pub(crate) kind: &'static str,
    pub(crate) contents: String,
    pub(crate) who: String,
    pub(crate) why: Option<String>,
    pub(crate) when: When,
    pub(crate) left: String,
    /// Where it was, as `in Garden / Vegetables`.
    pub(crate) place: String,
    /// The delete that took the folder that it was in.
    pub(crate) trashed_place: Option<OperationId>,
    pub(crate) is_held: bool,
}

/// Reads what the list shows of these deletes, in a few statements however many there are.
pub(crate) async fn items(operations: &[Operation], db: &Db) -> Result<Vec<Item>, PageError> {
    let names = Names::load(db).await?;
    let places = Places::with_trashed(db).await?;
    let roots = operations.iter().flat_map(Operation::roots);
    let notes: Vec<i32> = roots.filter_map(|root| key_of(root, "note")).collect();
    let notes = note::Entity::only_trashed().filter(note::Column::Id.is_in(notes));
    let notes = notes.all(db).await?.into_iter();
    let folder_of: HashMap<i32, i32> = notes.map(|it| (it.id, it.folder_id)).collect();
    let held = held(operations, db).await?;
    Ok(operations
        .iter()
        .map(|operation| {
            let root = operation.roots().first();
            let note = root.and_then(|root| key_of(root, "note"));
            let parent = match (note, root.and_then(|root| key_of(root, "folder"))) {
                (Some(note), _) => folder_of.get(&note).copied(),
                (None, Some(folder)) => places.get(folder).and_then(|it| it.parent_id),
                (None, None) => None,
            };
            Item {
                id: operation.id().to_string(),
                title: operation.title(),
                kind: if note.is_some() { "Note" } else { "Folder" },
                contents: words::contents(operation),
                who: names.deleter(operation),
                why: operation.reason().map(str::to_owned),
                when: When::of(operation.at()),
                left: words::left(operation),
                place: parent.map_or_else(
                    || "at the top".to_owned(),
                    |id| format!("in {}", places.path(id)),
                ),
                trashed_place: parent
                    .and_then(|id| places.get(id)?.operation_id)
                    .map(OperationId::Uuid),
                is_held: operation.id().uuid().is_some_and(|id| held.contains(&id)),
            }
        })
        .collect())
}

/// The deletes of which a legal hold keeps something.
async fn held(operations: &[Operation], db: &Db) -> Result<HashSet<Uuid>, PageError> {
    let ids = || operations.iter().filter_map(|it| it.id().uuid());
    let notes = note::Entity::only_trashed()
        .filter(note::Column::IsHeld.eq(true))
        .filter(note::Column::OperationId.is_in(ids()))
        .select_only()
        .column(note::Column::OperationId)
        .into_tuple::<Uuid>();
    let folders = folder::Entity::only_trashed()
        .filter(folder::Column::IsHeld.eq(true))
        .filter(folder::Column::OperationId.is_in(ids()))
        .select_only()
        .column(folder::Column::OperationId)
        .into_tuple::<Uuid>();
    let notes = notes.all(db).await?.into_iter();
    Ok(notes.chain(folders.all(db).await?).collect())
}

/// The key of the row, if it is of this entity.
pub(crate) fn key_of(root: &OperationRoot, entity: &str) -> Option<i32> {
    (root.entity == entity).then(|| i32::from_value_tuple(root.key.clone()))
}
