//! Restores or destroys the rows of several operations at once, also if that still does what was previewed.

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::family::operations::Operation;
use crate::family::operations::actions::{remove_rows, restore_rows, sum};
use crate::family::operations::confirm::{expect_all, expect_done};
use crate::family::operations::previews::{
    newest_first, preview_force_delete_all, preview_restore_all,
};
use crate::family::transaction::{Work, atomically};
use crate::family::trashed_rows::Ancestors;
use crate::report::Preview;

impl Operation {
    /// Restores all rows of these operations in one transaction: all of them, or nothing. Returns how many it restored.
    ///
    /// It begins with the newest, because a parent was trashed after the rows in it that were in the trash already.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use sea_orm_soft_delete::Operation;
    ///
    /// note::Entity::delete_many().exec(db).await?; // two notes
    /// let chosen = Operation::list().all(db).await?; // and the note that was in the trash before
    /// assert_eq!(Operation::restore_all(&chosen, db).await?, 3);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`restore`](Self::restore). After an error nothing is written.
    pub async fn restore_all<C>(operations: &[Self], db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, RestoreAll(operations, None)).await
    }

    /// Does the same as [`restore_all`](Self::restore_all), if the row counts of every entity, and whatever forbids the
    /// restore, are still the ones in the previews. The previews must come from
    /// [`preview_restore_all`](Self::preview_restore_all) of the same operations, in any order. This method compares
    /// counts, not rows.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
    /// [`restore`](Self::restore). After an error nothing is written.
    pub async fn confirm_restore_all<C>(
        operations: &[Self],
        previews: &[Preview],
        db: &C,
    ) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, RestoreAll(operations, Some(previews))).await
    }

    /// Physically removes the rows of these operations and everything that belongs to them, for good, in one
    /// transaction: all of them, or nothing. Returns how many it removed.
    ///
    /// # Errors
    ///
    /// The errors of [`force_delete`](Self::force_delete). After an error nothing is removed.
    pub async fn force_delete_all<C>(operations: &[Self], db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, ForceDeleteAll(operations, None)).await
    }

    /// Does the same as [`force_delete_all`](Self::force_delete_all), if the row counts of every entity, and whatever
    /// forbids the removal, are still the ones in the previews. The previews must come from
    /// [`preview_force_delete_all`](Self::preview_force_delete_all) of the same operations, in any order. This method
    /// compares counts, not rows.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
    /// [`force_delete`](Self::force_delete). After an error nothing is removed.
    pub async fn confirm_force_delete_all<C>(
        operations: &[Self],
        previews: &[Preview],
        db: &C,
    ) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        atomically(db, ForceDeleteAll(operations, Some(previews))).await
    }
}

/// Restores the operations, if that still does what was previewed.
struct RestoreAll<'a>(&'a [Operation], Option<&'a [Preview]>);

#[async_trait::async_trait]
impl Work for RestoreAll<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(operations, previews) = self;
        let newest_first = newest_first(operations);
        if let Some(previews) = previews {
            for operation in &newest_first {
                operation.lock_to_restore(db).await?;
            }
            expect_all(previews, &preview_restore_all(operations, db).await?)?;
        }
        let mut done = Vec::new();
        for operation in newest_first {
            done.extend(restore_rows(operation, Ancestors::Refuse, db).await?);
        }
        if let Some(previews) = previews {
            expect_done(previews, &done)?;
        }
        Ok(sum(&done))
    }
}

/// Removes the operations, if that still does what was previewed.
struct ForceDeleteAll<'a>(&'a [Operation], Option<&'a [Preview]>);

#[async_trait::async_trait]
impl Work for ForceDeleteAll<'_> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(operations, previews) = self;
        let newest_first = newest_first(operations);
        if let Some(previews) = previews {
            for operation in &newest_first {
                operation.lock_to_remove(db).await?;
            }
            expect_all(previews, &preview_force_delete_all(operations, db).await?)?;
        }
        let mut done = Vec::new();
        for operation in newest_first {
            done.extend(remove_rows(operation, db).await?);
        }
        if let Some(previews) = previews {
            expect_done(previews, &done)?;
        }
        Ok(sum(&done))
    }
}
