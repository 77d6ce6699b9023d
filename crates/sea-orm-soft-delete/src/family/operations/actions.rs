//! What can be done with an operation: it is restored, or destroyed.

use sea_orm::{Condition, ConnectionTrait, DbBackend, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::family::force_delete;
use crate::family::graph::{Graph, NodeId};
use crate::family::operations::Operation;
use crate::family::plan::Family;
use crate::family::preview::{self};
use crate::family::restore::restore_operation;
use crate::family::transaction::{Work, atomically};
use crate::family::trashed_rows::Ancestors;
use crate::report::Preview;

impl Operation {
    /// Brings back everything of it that is in the trash; how many rows that are.
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
    /// It is one transaction, of one UPDATE for each entity.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::ParentTrashed`] if one of its rows belongs to a row that another operation
    /// trashed, as after it was moved in the trash, [`SoftDeleteError::ParentGone`] if one belongs to a
    /// row that is not there any more, [`SoftDeleteError::UniqueClashes`] if live rows have unique values of its rows, and
    /// [`SoftDeleteError::UniqueViolation`] if only the database knows of the unique constraint.
    /// Nothing is written then.
    pub async fn restore<C>(&self, db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, Restore(self, Ancestors::Refuse)).await
    }

    /// The same, and brings back also the trashed rows that its rows belong to, with what fell with
    /// each of them. How many rows, but for those.
    ///
    /// # Errors
    ///
    /// Those of [`restore`](Self::restore), but for [`SoftDeleteError::ParentTrashed`].
    pub async fn restore_with_ancestors<C>(&self, db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, Restore(self, Ancestors::Restore)).await
    }

    /// Removes its rows, and everything that belongs to them, physically and for good; how many rows.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::Restricted`] if live rows of an entity that restricts it forbid that, and
    /// what the database says, as when a foreign key does. Nothing is removed then.
    pub async fn force_delete<C>(&self, db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, ForceDelete(self)).await
    }

    /// What [`restore`](Self::restore) would do, if it ran now. One preview for each of the entities
    /// that the operation began with: one, but for a delete from several tables by hand.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn preview_restore<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError> {
        let mut previews = Vec::new();
        let families = self.families(db.get_database_backend())?;
        for family in &families {
            previews.push(preview::of_operation(family, &families, self.id(), db).await?);
        }
        Ok(previews)
    }

    /// What [`force_delete`](Self::force_delete) would do, if it ran now.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn preview_force_delete<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<Preview>, SoftDeleteError> {
        let mut previews = Vec::new();
        for (family, rows) in self.roots(db.get_database_backend())? {
            previews.push(preview::of_force_delete(&family, &rows, db).await?);
        }
        Ok(previews)
    }

    /// The families that have all of its rows.
    fn families(&self, backend: DbBackend) -> Result<Vec<Family>, SoftDeleteError> {
        let roots = self.roots(backend)?.into_iter();
        Ok(roots.map(|(family, _)| family).collect())
    }

    /// The same, and the rows that each began with.
    fn roots(&self, backend: DbBackend) -> Result<Vec<(Family, Condition)>, SoftDeleteError> {
        let graph = Graph::registered();
        let mut roots: Vec<(Family, Condition)> = Vec::new();
        // Parents come before children.
        for member in self.members() {
            let mut nodes = graph.soft_nodes();
            let node = nodes.find(|(_, soft)| soft.name() == member.entity);
            let Some((node, soft)) = node else { continue };
            if roots.iter().any(|(family, _)| family.contains(node)) {
                continue;
            }
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
        let Self(operation, ancestors) = self;
        let families = operation.families(db.get_database_backend())?;
        let counts = restore_operation(&families, operation.id(), ancestors, db).await?;
        Ok(sum(&counts))
    }
}

struct ForceDelete<'a>(&'a Operation);

#[async_trait::async_trait]
impl Work for ForceDelete<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let mut removed = 0;
        for (family, rows) in self.0.roots(db.get_database_backend())? {
            removed += sum(&force_delete(&family, &rows, db).await?);
        }
        Ok(removed)
    }
}

fn sum(counts: &[(NodeId, u64)]) -> u64 {
    counts.iter().map(|(_, count)| count).sum()
}
