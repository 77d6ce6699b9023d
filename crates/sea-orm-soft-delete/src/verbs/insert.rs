//! `insert_or_revive` and its kin: inserts of rows whose key a trashed one may have.

mod attempt;
pub(crate) mod find_or_insert;
mod same_key;
mod trashed_match;
mod violated_key;

use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::verbs::insert::attempt::{Insertion, Outcome, WhenLive, WhenTrashed};

/// An insert of a row whose key a trashed one may have; made by
/// [`insert_or_revive`](crate::SoftDelete::insert_or_revive),
/// [`insert_or_replace_trashed`](crate::SoftDelete::insert_or_replace_trashed) and
/// [`insert_unless_trashed`](crate::SoftDelete::insert_unless_trashed).
///
/// A live row that has the key is never written: it is refused with [`SoftDeleteError::KeyTaken`].
///
#[doc = include_str!("../docs/insert.md")]
#[derive(Clone, Debug)]
#[must_use = "nothing is inserted until `exec` runs"]
pub struct InsertByKey<E: EntityTrait>(Insertion<E>);

/// What has become of a row to insert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted<M> {
    /// It was inserted, and no row in the trash had its key.
    New(M),
    /// A trashed row that had its key was given its values, and is live again.
    Revived(M),
    /// It was inserted, and the trashed rows that had its key are gone.
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

    /// The columns that say which row is the same: those of a unique key. Without this call, those of
    /// the primary key.
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

    /// Inserts the row, or does what the verb says about the trashed row that has its key; in one
    /// transaction, or in a savepoint of the caller's.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::KeyTaken`] if a live row has the key, and
    /// [`SoftDeleteError::KeyTrashed`] if a trashed one has it and the verb is
    /// [`insert_unless_trashed`](crate::SoftDelete::insert_unless_trashed);
    /// [`SoftDeleteError::NotInserted`] if another row has the place in a unique constraint on other
    /// columns; [`SoftDeleteError::InvalidKeyColumns`] if `by` names no column, one that is not set, or one
    /// that a delete writes; [`SoftDeleteError::Contended`] if others are always faster.
    ///
    /// Of a revival, those of [`RestoreOne::exec`](crate::builders::RestoreOne::exec), such as
    /// [`SoftDeleteError::ParentTrashed`], [`SoftDeleteError::UniqueClashes`] and
    /// [`SoftDeleteError::UniqueViolation`]; of a replacement, [`SoftDeleteError::Restricted`]. And what
    /// a hook says. Nothing is written then.
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
    /// The row, whatever has become of it.
    pub fn into_model(self) -> M {
        match self {
            Self::New(row) | Self::Revived(row) | Self::Replaced(row) => row,
        }
    }

    /// The row, whatever has become of it.
    pub fn model(&self) -> &M {
        match self {
            Self::New(row) | Self::Revived(row) | Self::Replaced(row) => row,
        }
    }
}
