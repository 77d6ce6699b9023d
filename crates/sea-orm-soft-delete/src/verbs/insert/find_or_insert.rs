//! `find_or_insert`: the row that is there, or a new one.

use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::verbs::insert::attempt::{Insertion, Outcome, WhenLive, WhenTrashed};

/// Finds the row that has a key, or inserts it; made by
/// [`find_or_insert`](crate::SoftDelete::find_or_insert).
///
/// A row that is found is not written to, whatever the other values of the new one are. Nor is it
/// locked: as with `find`, it may be trashed before the caller looks at it.
///
/// Rows in the trash do not count, unless [`with_trashed`](Self::with_trashed) or
/// [`or_revive`](Self::or_revive) is called; the later call of the two counts. Which columns the key is,
/// what is looked at and what holds while others write is as with [`InsertByKey`](crate::builders::InsertByKey).
#[derive(Clone, Debug)]
#[must_use = "nothing is found or inserted until `exec` runs"]
pub struct FindOrInsert<E: EntityTrait>(Insertion<E>);

/// A row that was there, or is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundOrInserted<M> {
    /// It was there, and is as it was.
    Found(M),
    /// It was inserted.
    Inserted(M),
    /// It was in the trash, and is live again, as it was.
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

    /// The columns that say which row is the same: those of a unique key. Without this call, those of
    /// the primary key.
    pub fn by<I>(mut self, columns: I) -> Self
    where
        I: IntoIterator<Item = E::Column>,
    {
        self.0.by = Some(columns.into_iter().collect());
        self
    }

    /// Finds a trashed row too, if no live one has the key: of several, the one that was trashed last.
    /// It stays in the trash.
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

    /// Restores a trashed row, if no live one has the key: of several, the one that was trashed last.
    /// It keeps its values.
    ///
    /// The hooks `before_restore` and `after_restore` run; of a family, what fell with the row comes
    /// back with it.
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

    /// Finds the row, or inserts it in a transaction, or in a savepoint of the caller's.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::KeyTrashed`] if a unique constraint counts a trashed row that has the key, and
    /// neither [`with_trashed`](Self::with_trashed) nor [`or_revive`](Self::or_revive) was called;
    /// [`SoftDeleteError::NotInserted`] if another row has the place in a unique constraint on other
    /// columns; [`SoftDeleteError::InvalidKeyColumns`] if `by` names no column, one that is not set, or one
    /// that a delete writes; [`SoftDeleteError::Contended`] if others are always faster. After
    /// [`or_revive`](Self::or_revive), those of [`RestoreOne::exec`](crate::builders::RestoreOne::exec). And what a
    /// hook says. Nothing is written then.
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
    /// The row, whatever has become of it.
    pub fn into_model(self) -> M {
        match self {
            Self::Found(row) | Self::Inserted(row) | Self::Revived(row) => row,
        }
    }

    /// The row, whatever has become of it.
    pub fn model(&self) -> &M {
        match self {
            Self::Found(row) | Self::Inserted(row) | Self::Revived(row) => row,
        }
    }
}
