//! Restores or destroys an operation's rows, if that still does what was previewed.

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::family::graph::{Graph, NodeId};
use crate::family::lock_rows::write_first_to;
use crate::family::operations::Operation;
use crate::family::operations::actions::{remove_rows, restore_rows, sum};
use crate::family::permission;
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
        atomically(db, ConfirmRestore(self, previews)).await
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
        atomically(db, ConfirmForceDelete(self, previews)).await
    }

    /// Locks the rows in which the operation began, so that nobody else restores or removes them.
    async fn lock<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        for (_, root) in self.began_in() {
            write_first_to(root, db).await?;
            lock_operation(root, self.id(), db).await?;
        }
        Ok(())
    }
}

struct ConfirmRestore<'a>(&'a Operation, &'a [Preview]);

#[async_trait::async_trait]
impl Work for ConfirmRestore<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(operation, previews) = self;
        for (_, root) in operation.began_in() {
            permission::to_update(root, db).await?;
        }
        operation.lock(db).await?;
        expect_all(previews, &operation.preview_restore(db).await?)?;
        let done = restore_rows(operation, Ancestors::Refuse, db).await?;
        expect_done(previews, &done)?;
        Ok(sum(&done))
    }
}

struct ConfirmForceDelete<'a>(&'a Operation, &'a [Preview]);

#[async_trait::async_trait]
impl Work for ConfirmForceDelete<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(operation, previews) = self;
        for (_, root) in operation.began_in() {
            permission::to_delete(root, db).await?;
        }
        operation.lock(db).await?;
        expect_all(previews, &operation.preview_force_delete(db).await?)?;
        let done = remove_rows(operation, db).await?;
        expect_done(previews, &done)?;
        Ok(sum(&done))
    }
}

/// Refuses if the current previews differ from the given ones.
fn expect_all(previews: &[Preview], now: &[Preview]) -> Result<(), SoftDeleteError> {
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
fn expect_done(previews: &[Preview], done: &[(NodeId, u64)]) -> Result<(), SoftDeleteError> {
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
