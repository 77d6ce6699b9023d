//! What a restore or a removal of operations would do.

use std::cmp::Reverse;

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::family::archived;
use crate::family::graph::{Graph, NodeId};
use crate::family::operations::actions::return_archived;
use crate::family::operations::{Operation, page};
use crate::family::plan::Family;
use crate::family::preview::{self, Began};
use crate::family::restore::Gathered;
use crate::family::transaction::{Work, rolled_back};
use crate::family::trashed_rows::Ancestors;
use crate::report::Preview;

impl Operation {
    /// What [`restore`](Self::restore) would do, if it ran now. There is one preview for each entity in
    /// which the operation began: one, unless a delete by hand covered several tables.
    ///
    /// # Errors
    ///
    /// The database's errors.
    pub async fn preview_restore<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError> {
        preview_restore_all(std::slice::from_ref(self), db).await
    }

    /// What [`restore_with_ancestors`](Self::restore_with_ancestors) would do, if it ran now: also the ancestors, in
    /// [`Preview::ancestors`] of the first preview, which also has what forbids the restore. There is one preview for
    /// each entity in which the operation began.
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/folders.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// folder::Entity::delete_by_id(1).exec(db).await?; // its folder, with another note
    /// let of_note = &Operation::list().all(db).await?[1];
    /// assert!(!of_note.preview_restore(db).await?[0].is_allowed());
    ///
    /// let previews = of_note.preview_restore_with_ancestors(db).await?;
    /// assert!(previews[0].is_allowed());
    /// assert_eq!(previews[0].affects.total(), 1);
    /// assert_eq!(previews[0].ancestors[0].to_string(), "folder: 1 row\n└─ note: 1 row\n");
    /// assert_eq!(of_note.confirm_restore_with_ancestors(&previews, db).await?, 1);
    /// assert_eq!(note::Entity::find().all(db).await?.len(), 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// It moves the rows into one operation, in a transaction, reads them, and rolls the transaction back. The rows are
    /// locked meanwhile.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::BeingPurged`] and [`SoftDeleteError::TooLateToRestore`] for the operation of an ancestor too,
    /// and database errors.
    pub async fn preview_restore_with_ancestors<C>(
        &self,
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        rolled_back(db, PreviewWithAncestors(self)).await
    }

    /// What [`force_delete`](Self::force_delete) would do, if it ran now.
    ///
    /// # Errors
    ///
    /// The database's errors.
    pub async fn preview_force_delete<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError> {
        preview_force_delete_all(std::slice::from_ref(self), db).await
    }

    /// What [`restore_all`](Self::restore_all) would do, if it ran now. There is one preview for each entity in which one
    /// of the operations began, those of parents first.
    ///
    /// A row that belongs to a row of another of the operations is no orphan, because both are restored. A unique value
    /// that two of the rows have is a clash.
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/folders.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// folder::Entity::delete_by_id(1).exec(db).await?; // its folder, with another note
    /// let chosen = Operation::list().all(db).await?;
    ///
    /// let previews = Operation::preview_restore_all(&chosen, db).await?;
    /// assert!(previews.iter().all(|preview| preview.is_allowed()));
    /// let shown: Vec<String> = previews.iter().map(|preview| preview.affects.to_string()).collect();
    /// assert_eq!(shown, ["folder: 1 row\n└─ note: 1 row\n", "note: 1 row\n"]);
    ///
    /// // The user has seen that, and confirms it.
    /// assert_eq!(Operation::confirm_restore_all(&chosen, &previews, db).await?, 3);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// The statements count the rows of all operations together. One statement for each operation asks whether a purge
    /// has begun to remove it. Nothing is written.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::BeingPurged`] and [`SoftDeleteError::TooLateToRestore`], and database errors.
    pub async fn preview_restore_all<C: ConnectionTrait>(
        operations: &[Self],
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError> {
        preview_restore_all(operations, db).await
    }

    /// What [`force_delete_all`](Self::force_delete_all) would do, if it ran now. There is one preview for each entity in
    /// which one of the operations began, those of parents first.
    ///
    /// A row that goes with a row of another operation, as a note in a folder, counts once: in the first preview.
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/folders.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// folder::Entity::delete_by_id(1).exec(db).await?; // its folder, with another note
    /// let chosen = Operation::list().all(db).await?;
    ///
    /// let previews = Operation::preview_force_delete_all(&chosen, db).await?;
    /// let shown: Vec<String> = previews.iter().map(|preview| preview.affects.to_string()).collect();
    /// assert_eq!(shown, ["folder: 1 row\n└─ note: 2 rows\n", "note: 0 rows\n"]);
    /// assert_eq!(Operation::confirm_force_delete_all(&chosen, &previews, db).await?, 3);
    /// assert!(Operation::list().all(db).await?.is_empty());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// The number of statements does not depend on the number of operations, except for archived ones. Nothing is
    /// written.
    ///
    /// # Errors
    ///
    /// The database's errors.
    pub async fn preview_force_delete_all<C: ConnectionTrait>(
        operations: &[Self],
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError> {
        preview_force_delete_all(operations, db).await
    }
}

struct PreviewWithAncestors<'a>(&'a Operation);

#[async_trait::async_trait]
impl Work for PreviewWithAncestors<'_> {
    type Output = Vec<Preview>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<Preview>, SoftDeleteError> {
        self.0.lock(db).await?;
        return_archived(self.0, Ancestors::Restore, db).await?;
        let families = self
            .0
            .families(Graph::registered(), db.get_database_backend())?;
        let mut gathered = Gathered::operation(&families, self.0.id(), db).await?;
        gathered.preview(db).await
    }
}

/// The families of the entities in which the operations began, parents first, each with its operations.
fn began(operations: &[Operation], graph: &'static Graph) -> Result<Vec<Began>, SoftDeleteError> {
    let mut nodes: Vec<NodeId> = Vec::new();
    let mut began: Vec<(NodeId, &Operation)> = Vec::new();
    for operation in newest_first(operations) {
        for (node, _) in operation.began_in() {
            nodes.push(node);
            began.push((node, operation));
        }
    }
    // Fewer entities reach a parent than its children.
    nodes.sort_by_cached_key(|node| {
        let above = graph.soft_nodes();
        let above = above.filter(|(above, _)| graph.reaches(*above, *node));
        (above.count(), graph.member(*node).key())
    });
    nodes.dedup();
    let families = nodes.into_iter().map(|node| {
        let here = began.iter().filter(|(of, _)| *of == node);
        Ok(Began {
            family: Family::of(graph, node)?,
            ids: here.map(|(_, operation)| operation.id()).collect(),
        })
    });
    families.collect()
}

pub(super) async fn preview_restore_all<C: ConnectionTrait>(
    operations: &[Operation],
    db: &C,
) -> Result<Vec<Preview>, SoftDeleteError> {
    // Archived rows come back too.
    let graph = match operations.iter().any(Operation::is_archived) {
        true => Graph::with_archives(),
        false => Graph::registered(),
    };
    let began = began(operations, graph)?;
    let mut previews = Vec::new();
    for some in &began {
        previews.push(preview::of_operations(some, &began, db).await?);
    }
    Ok(previews)
}

pub(super) async fn preview_force_delete_all<C: ConnectionTrait>(
    operations: &[Operation],
    db: &C,
) -> Result<Vec<Preview>, SoftDeleteError> {
    let began = began(operations, Graph::registered())?;
    let mut previews = preview::of_force_deletes(&began, db).await?;
    for (preview, Began { family, ids }) in previews.iter_mut().zip(&began) {
        for operation in operations.iter().filter(|it| ids.contains(&it.id())) {
            let archived = operation.nodes().filter(|node| family.contains(*node));
            archived::add_to_preview(preview, archived, operation.id(), db).await?;
        }
    }
    Ok(previews)
}

pub(super) fn newest_first(operations: &[Operation]) -> Vec<&Operation> {
    let mut all: Vec<&Operation> = operations.iter().collect();
    all.sort_by_key(|operation| Reverse(page::age(operation.id())));
    all
}
