//! `find_or_insert`: returns the existing row, or inserts a new row.

use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::verbs::insert::attempt::{Insertion, Outcome, WhenLive, WhenTrashed};

/// Finds the row that has a key, or inserts it. Made by
/// [`find_or_insert`](crate::SoftDelete::find_or_insert).
///
/// A found row is not written to, even if the other values of the new row differ. Nor is it locked: as
/// with `find`, another transaction may trash it before the caller looks at it.
///
/// Trashed rows do not count, unless [`with_trashed`](Self::with_trashed) or
/// [`or_revive`](Self::or_revive) is called; the later of the two calls wins. The key columns, the
/// lookups and the guarantees under concurrent writes are the same as with
/// [`InsertByKey`](crate::builders::InsertByKey).
#[derive(Clone, Debug)]
#[must_use = "nothing is found or inserted until `exec` runs"]
pub struct FindOrInsert<E: EntityTrait>(Insertion<E>);

/// A row that existed, or was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundOrInserted<M> {
    /// The row existed, and did not change.
    Found(M),
    /// The row was inserted.
    Inserted(M),
    /// The row was trashed, and is live again with its old values.
    Revived(M),
}

impl<E: SoftDeleteEntity> FindOrInsert<E> {
    pub(crate) fn new<M: IntoActiveModel<E::ActiveModel>>(model: M) -> Self {
        Self(Insertion {
            model: model.into_active_model(),
            by: None,
            when_live: WhenLive::Find,
            when_trashed: WhenTrashed::Pass,
        })
    }

    /// The columns that identify an equal row: the columns of a unique key. The default is the primary
    /// key.
    pub fn by<I>(mut self, columns: I) -> Self
    where
        I: IntoIterator<Item = E::Column>,
    {
        self.0.by = Some(columns.into_iter().collect());
        self
    }

    /// Finds a trashed row too, if no live row has the key. If several trashed rows have the key, finds
    /// the row that was trashed last. It stays trashed.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # use sea_orm_soft_delete::FoundOrInserted;
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::ActiveModel { title: Set("Spam".into()), ..Default::default() };
    /// let find = note::Entity::find_or_insert(spam).by([note::Column::Title]).with_trashed();
    /// let FoundOrInserted::Found(spam) = find.exec(db).await? else { panic!("note 3 is there") };
    /// assert!(spam.is_trashed());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn with_trashed(mut self) -> Self {
        self.0.when_trashed = WhenTrashed::Find;
        self
    }

    /// Restores a trashed row, if no live row has the key. If several trashed rows have the key,
    /// restores the row that was trashed last. It keeps its values.
    ///
    /// The hooks `before_restore` and `after_restore` run. If the entity cascades, the rows that were
    /// trashed with the row are restored with it.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # use sea_orm_soft_delete::FoundOrInserted;
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::ActiveModel { title: Set("Spam".into()), ..Default::default() };
    /// let find = note::Entity::find_or_insert(spam).by([note::Column::Title]).or_revive();
    /// let FoundOrInserted::Revived(spam) = find.exec(db).await? else { panic!("it was trashed") };
    /// assert_eq!((spam.id, spam.is_trashed()), (3, false));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn or_revive(mut self) -> Self {
        self.0.when_trashed = WhenTrashed::Restore;
        self
    }

    /// Finds the row, or inserts it in a transaction or in a savepoint of the caller's transaction.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::KeyTrashed`] if a unique constraint counts a trashed row that has the key,
    /// and neither [`with_trashed`](Self::with_trashed) nor [`or_revive`](Self::or_revive) was called;
    /// [`SoftDeleteError::NotInserted`] if the row conflicts with another row in a unique constraint on
    /// other columns; [`SoftDeleteError::InvalidKeyColumns`] if `by` names no column, a column that is
    /// not set, or a column that a delete writes; [`SoftDeleteError::Contended`] if concurrent writes
    /// interfere with every attempt. After [`or_revive`](Self::or_revive), the errors of
    /// [`RestoreOne::exec`](crate::builders::RestoreOne::exec). And the errors of hooks. On error,
    /// nothing is written.
    pub async fn exec<C>(self, db: &C) -> Result<FoundOrInserted<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        Ok(match self.0.exec(db).await? {
            Outcome::Found(row) => FoundOrInserted::Found(row),
            Outcome::Revived(row) => FoundOrInserted::Revived(row),
            Outcome::Inserted(row) | Outcome::Replaced(row) => FoundOrInserted::Inserted(row),
        })
    }
}

impl<M> FoundOrInserted<M> {
    /// The row, for every result.
    pub fn into_model(self) -> M {
        match self {
            Self::Found(row) | Self::Inserted(row) | Self::Revived(row) => row,
        }
    }

    /// The row, for every result.
    pub fn model(&self) -> &M {
        match self {
            Self::Found(row) | Self::Inserted(row) | Self::Revived(row) => row,
        }
    }
}
