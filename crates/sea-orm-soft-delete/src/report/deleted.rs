//! What a delete did.

use crate::operation::id::OperationId;
use crate::report::EntityRows;

/// What a delete did, and the operation by which it can be undone.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// use sea_orm_soft_delete::Operation;
///
/// let deleted = note::Entity::delete_by_id(1).exec_returning_operation(db).await?;
/// assert_eq!(deleted.rows_affected, 1);
///
/// // "Undo":
/// let id = deleted.operation.expect("note 1 was live");
/// let operation = Operation::find(id, db).await?.expect("its rows are in the trash");
/// assert_eq!(operation.restore(db).await?, 1);
/// assert!(note::Entity::find_by_id(1).one(db).await?.is_some());
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Deleted {
    /// How many of the matching rows were trashed, without the rows that belong to them.
    pub rows_affected: u64,
    /// The operation that trashed the rows. `None` if no row was trashed, or if the rows do not record their operation:
    /// the entity has no `operation` column, and its marker holds no instant with microseconds.
    pub operation: Option<OperationId>,
    /// How many rows of each entity were written: of this entity first, and of the entities below it.
    pub by_entity: Vec<EntityRows>,
}
