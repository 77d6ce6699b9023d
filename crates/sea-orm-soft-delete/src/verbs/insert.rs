//! `insert_or_revive` and related verbs: they insert a row whose key a trashed row may have.

mod attempt;
pub(crate) mod find_or_insert;
mod same_key;
mod trashed_match;
mod violated_key;

use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::verbs::insert::attempt::{Insertion, Outcome, WhenLive, WhenTrashed};

/// Inserts a row whose key a trashed row may have. Made by
/// [`insert_or_revive`](crate::SoftDelete::insert_or_revive),
/// [`insert_or_replace_trashed`](crate::SoftDelete::insert_or_replace_trashed) and
/// [`insert_unless_trashed`](crate::SoftDelete::insert_unless_trashed).
///
/// A live row with the key is never written to: the insert fails with [`SoftDeleteError::KeyTaken`].
///
#[doc = include_str!("../docs/insert.md")]
#[derive(Clone, Debug)]
#[must_use = "nothing is inserted until `exec` runs"]
pub struct InsertByKey<E: EntityTrait>(Insertion<E>);

/// The result of an insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted<M> {
    /// The row was inserted, and no trashed row had its key.
    New(M),
    /// A trashed row with the key received the new values, and is live again.
    Revived(M),
    /// The row was inserted, and the trashed rows with its key were removed.
    Replaced(M),
}

impl<E: SoftDeleteEntity> InsertByKey<E> {
    pub(crate) fn or_revive<M: IntoActiveModel<E::ActiveModel>>(model: M) -> Self {
        Self::new(model, WhenTrashed::Revive)
    }

    pub(crate) fn or_replace_trashed<M: IntoActiveModel<E::ActiveModel>>(model: M) -> Self {
        Self::new(model, WhenTrashed::Replace)
    }

    pub(crate) fn unless_trashed<M: IntoActiveModel<E::ActiveModel>>(model: M) -> Self {
        Self::new(model, WhenTrashed::Refuse)
    }

    fn new<M: IntoActiveModel<E::ActiveModel>>(model: M, when_trashed: WhenTrashed) -> Self {
        Self(Insertion {
            model: model.into_active_model(),
            by: None,
            when_live: WhenLive::Refuse,
            when_trashed,
        })
    }

    /// The columns that identify an equal row: the columns of a unique key. The default is the primary
    /// key.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::ActiveModel { title: Set("Spam".into()), ..Default::default() };
    /// let untold = note::Entity::insert_or_revive(spam.clone()).exec(db).await;
    /// assert!(matches!(untold, Err(SoftDeleteError::InvalidKeyColumns { column: Some("id"), .. })));
    ///
    /// note::Entity::insert_or_revive(spam).by([note::Column::Title]).exec(db).await?;
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn by<I>(mut self, columns: I) -> Self
    where
        I: IntoIterator<Item = E::Column>,
    {
        self.0.by = Some(columns.into_iter().collect());
        self
    }

    /// Inserts the row, or treats the trashed row with its key as the verb says; in one transaction, or
    /// in a savepoint of the caller's transaction.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::KeyTaken`] if a live row has the key, and [`SoftDeleteError::KeyTrashed`] if
    /// a trashed row has it and the verb is
    /// [`insert_unless_trashed`](crate::SoftDelete::insert_unless_trashed);
    /// [`SoftDeleteError::NotInserted`] if the row conflicts with another row in a unique constraint on
    /// other columns; [`SoftDeleteError::InvalidKeyColumns`] if `by` names no column, a column that is
    /// not set, or a column that a delete writes; [`SoftDeleteError::Contended`] if concurrent writes
    /// interfere with every attempt.
    ///
    /// When a row is revived, the errors of [`RestoreOne::exec`](crate::builders::RestoreOne::exec),
    /// such as [`SoftDeleteError::ParentTrashed`] and [`SoftDeleteError::UniqueViolation`]. When rows are replaced, [`SoftDeleteError::Restricted`].
    /// And the errors of hooks. On error, nothing is written.
    pub async fn exec<C>(self, db: &C) -> Result<Inserted<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        Ok(match self.0.exec(db).await? {
            Outcome::Revived(row) => Inserted::Revived(row),
            Outcome::Replaced(row) => Inserted::Replaced(row),
            Outcome::Inserted(row) | Outcome::Found(row) => Inserted::New(row),
        })
    }
}

impl<M> Inserted<M> {
    /// The row, for every result.
    pub fn into_model(self) -> M {
        match self {
            Self::New(row) | Self::Revived(row) | Self::Replaced(row) => row,
        }
    }

    /// The row, for every result.
    pub fn model(&self) -> &M {
        match self {
            Self::New(row) | Self::Revived(row) | Self::Replaced(row) => row,
        }
    }
}
