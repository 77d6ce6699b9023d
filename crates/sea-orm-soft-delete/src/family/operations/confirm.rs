//! Restores or destroys an operation's rows, if that still does what was previewed.

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::family::graph::{Graph, NodeId};
use crate::family::lock_rows::write_first_to;
use crate::family::operations::Operation;
use crate::family::operations::actions::{return_archived, sum};
use crate::family::permission;
use crate::family::restore::Gathered;
use crate::family::transaction::{Work, atomically};
use crate::family::trashed_rows::{Ancestors, lock_operation};
use crate::report::{EntityRows, Preview};

impl Operation {
    /// Does the same as [`restore`](Self::restore), if the row counts of every entity, and whatever forbids the restore,
    /// are still the ones in the previews. The previews must come from [`preview_restore`](Self::preview_restore) of the
    /// same operation. This method compares counts, not rows.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// note::Entity::delete_many().exec(db).await?; // two notes
    /// let operation = &Operation::list().limit(1).all(db).await?[0];
    /// let previews = operation.preview_restore(db).await?;
    /// note::Entity::restore_by_id(1).exec(db).await?; // meanwhile, somebody else
    ///
    /// let refused = operation.confirm_restore(&previews, db).await;
    /// let Err(SoftDeleteError::PreviewChanged { now, .. }) = refused else { panic!("{refused:?}") };
    /// assert_eq!(now.count(), 1);
    /// assert_eq!(operation.confirm_restore(&[*now], db).await?, 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
    /// [`restore`](Self::restore). After an error nothing is written.
    pub async fn confirm_restore<C>(
        &self,
        previews: &[Preview],
        db: &C,
    ) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        Self::confirm_restore_all(std::slice::from_ref(self), previews, db).await
    }

    /// Does the same as [`restore_with_ancestors`](Self::restore_with_ancestors), if the row counts of every entity, those
    /// of the ancestors too, and whatever forbids the restore, are still the ones in the previews. The previews must come
    /// from [`preview_restore_with_ancestors`](Self::preview_restore_with_ancestors) of the same operation. This method
    /// compares counts, not rows.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
    /// [`restore_with_ancestors`](Self::restore_with_ancestors). After an error nothing is written.
    pub async fn confirm_restore_with_ancestors<C>(
        &self,
        previews: &[Preview],
        db: &C,
    ) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, ConfirmRestoreWithAncestors(self, previews)).await
    }

    /// Does the same as [`force_delete`](Self::force_delete), if the row counts of every entity, and whatever forbids the
    /// removal, are still the ones in the previews. The previews must come from
    /// [`preview_force_delete`](Self::preview_force_delete) of the same operation. This method compares counts, not rows.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
    /// [`force_delete`](Self::force_delete). After an error nothing is removed.
    pub async fn confirm_force_delete<C>(
        &self,
        previews: &[Preview],
        db: &C,
    ) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        Self::confirm_force_delete_all(std::slice::from_ref(self), previews, db).await
    }

    /// Locks the rows in which the operation began, so that nobody else restores or removes them.
    pub(super) async fn lock<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        for (_, root) in self.began_in() {
            write_first_to(root, db).await?;
            lock_operation(root, self.id(), db).await?;
        }
        Ok(())
    }

    /// The same for a restore, which has to be permitted.
    pub(super) async fn lock_to_restore<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        for (_, root) in self.began_in() {
            permission::to_update(root, db).await?;
        }
        self.lock(db).await
    }

    /// The same for a removal.
    pub(super) async fn lock_to_remove<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        for (_, root) in self.began_in() {
            permission::to_delete(root, db).await?;
        }
        self.lock(db).await
    }
}

struct ConfirmRestoreWithAncestors<'a>(&'a Operation, &'a [Preview]);

#[async_trait::async_trait]
impl Work for ConfirmRestoreWithAncestors<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(operation, previews) = self;
        operation.lock_to_restore(db).await?;
        return_archived(operation, Ancestors::Restore, db).await?;
        let families = operation.families(Graph::registered(), db.get_database_backend())?;
        let mut gathered = Gathered::operation(&families, operation.id(), db).await?;
        expect_all(previews, &gathered.preview(db).await?)?;
        Ok(sum(&gathered.make_live(Ancestors::Restore, db).await?))
    }
}

/// Refuses if the current previews differ from the given ones.
pub(super) fn expect_all(previews: &[Preview], now: &[Preview]) -> Result<(), SoftDeleteError> {
    if previews == now {
        return Ok(());
    }
    let is_new = |now: &&Preview| !previews.contains(now);
    let changed = now.iter().find(is_new).or(now.first());
    match changed.or(previews.first()) {
        Some(changed) => Err(changed_to(changed.clone())),
        None => Ok(()),
    }
}

/// Refuses if the verb wrote other numbers of rows than the previews show.
///
/// Where a delete by hand covered several tables, two families can have an entity in common. Its rows then count in both
/// previews, and are written once.
pub(super) fn expect_done(
    previews: &[Preview],
    done: &[(NodeId, u64)],
) -> Result<(), SoftDeleteError> {
    let done: Vec<EntityRows> = Graph::registered().by_entity(done);
    for preview in previews {
        let now = preview.affects.with_counts(&done);
        let differs = |entity: &str| {
            let shown = previews.iter().map(|it| it.affects.count_of(entity));
            let (least, most) = (shown.clone().max().unwrap_or(0), shown.sum::<u64>());
            !(least..=most).contains(&now.count_of(entity))
        };
        if now.entities().into_iter().any(differs) {
            let affects = now.clone();
            return Err(changed_to(Preview {
                affects,
                ..preview.clone()
            }));
        }
    }
    Ok(())
}

fn changed_to(now: Preview) -> SoftDeleteError {
    SoftDeleteError::PreviewChanged {
        entity: now.affects.entity.clone(),
        now: Box::new(now),
    }
}
