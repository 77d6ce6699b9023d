//! Restores or destroys an operation's rows.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    TransactionTrait,
};

use crate::deletion_log;
use crate::error::SoftDeleteError;
use crate::family::archived::{self, Return};
use crate::family::force_delete;
use crate::family::graph::{Graph, NodeId};
use crate::family::operations::Operation;
use crate::family::plan::Family;
use crate::family::restore::restore_operation;
use crate::family::transaction::{Work, atomically};
use crate::family::trashed_rows::Ancestors;
use crate::operation::id::OperationId;

impl Operation {
    /// What was done to the rows of this operation, oldest first, by the [log of deletions](deletion_log): also after
    /// the rows are gone. Entities without `#[soft_delete(log)]` have no rows in the log.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn history<C: ConnectionTrait>(
        id: OperationId,
        db: &C,
    ) -> Result<Vec<deletion_log::Model>, SoftDeleteError> {
        let deeds = deletion_log::Entity::find()
            .filter(deletion_log::Column::Operation.eq(id.to_string()))
            .order_by_asc(deletion_log::Column::Id);
        Ok(deeds.all(db).await?)
    }

    /// Restores all rows of the operation that are in the trash. Returns how many it restored.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// note::Entity::delete_many().exec(db).await?; // two notes
    /// let operation = &Operation::list().limit(1).all(db).await?[0];
    /// assert_eq!(operation.restore(db).await?, 2);
    /// assert_eq!(note::Entity::find().count(db).await?, 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// It runs one transaction, with one UPDATE for each entity.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::ParentTrashed`] if one of its rows belongs to a row that another operation
    /// trashed, as when the row was moved in the trash; [`SoftDeleteError::ParentGone`] if one belongs to a
    /// row that no longer exists; and [`SoftDeleteError::UniqueViolation`] if live rows have unique values of
    /// its rows.
    /// After an error nothing is written.
    pub async fn restore<C>(&self, db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, Restore(self, Ancestors::Refuse)).await
    }

    /// Does the same, and also restores the trashed rows that its rows belong to, with the rows that were
    /// trashed with each of them. The returned count does not include these.
    ///
    /// # Errors
    ///
    /// The errors of [`restore`](Self::restore), except [`SoftDeleteError::ParentTrashed`].
    pub async fn restore_with_ancestors<C>(&self, db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, Restore(self, Ancestors::Restore)).await
    }

    /// Physically removes its rows and everything that belongs to them, for good. Returns how many it
    /// removed. From [archives](crate::Archive), it removes the rows of the operation only.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::Restricted`] if live rows of an entity with the policy `restrict` forbid it, and
    /// the database's errors, as when a foreign key forbids it. After an error nothing is removed.
    pub async fn force_delete<C>(&self, db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, ForceDelete(self)).await
    }

    /// The families that together have all of its rows.
    pub(super) fn families(
        &self,
        graph: &'static Graph,
        backend: DbBackend,
    ) -> Result<Vec<Family>, SoftDeleteError> {
        let roots = self.root_families(graph, backend)?.into_iter();
        Ok(roots.map(|(family, _)| family).collect())
    }

    /// The same families, each with the rows in which the operation began.
    fn root_families(
        &self,
        graph: &'static Graph,
        backend: DbBackend,
    ) -> Result<Vec<(Family, Condition)>, SoftDeleteError> {
        let mut roots: Vec<(Family, Condition)> = Vec::new();
        for (node, soft) in self.began_in() {
            let soft = graph.soft(node).unwrap_or(soft);
            let rows = Condition::all()
                .add(soft.is_of(soft.alias(), self.id(), backend))
                .add(soft.is_trashed(soft.alias()))
                .add(soft.lift());
            roots.push((Family::of(graph, node)?, rows));
        }
        Ok(roots)
    }
}

struct Restore<'a>(&'a Operation, Ancestors);

#[async_trait::async_trait]
impl Work for Restore<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        Ok(sum(&restore_rows(self.0, self.1, db).await?))
    }
}

struct ForceDelete<'a>(&'a Operation);

#[async_trait::async_trait]
impl Work for ForceDelete<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        Ok(sum(&remove_rows(self.0, db).await?))
    }
}

/// Restores the rows of the operation, in a transaction that has begun. Returns how many of each entity.
pub(super) async fn restore_rows<C: ConnectionTrait>(
    operation: &Operation,
    ancestors: Ancestors,
    db: &C,
) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
    return_archived(operation, ancestors, db).await?;
    let families = operation.families(Graph::registered(), db.get_database_backend())?;
    restore_operation(&families, operation.id(), ancestors, db).await
}

/// Moves the archived rows of the operation back.
pub(super) async fn return_archived<C: ConnectionTrait>(
    operation: &Operation,
    ancestors: Ancestors,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let archived = Return::of(operation.nodes(), operation.id(), ancestors, db);
    Box::pin(archived.run()).await
}

/// Removes the rows of the operation and everything that belongs to them, in a transaction that has begun. Returns how
/// many of each entity.
pub(super) async fn remove_rows<C: ConnectionTrait>(
    operation: &Operation,
    db: &C,
) -> Result<Vec<(NodeId, u64)>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let mut removed = Vec::new();
    for (family, rows) in operation.root_families(Graph::registered(), backend)? {
        removed.extend(force_delete(&family, &rows, db).await?);
    }
    removed.extend(archived::force_delete(operation.nodes(), operation.id(), db).await?);
    Ok(removed)
}

pub(super) fn sum(counts: &[(NodeId, u64)]) -> u64 {
    counts.iter().map(|(_, count)| count).sum()
}
