//! Rows that a foreign key refers to: a preview names the referring table, and a physical delete can
//! skip the rows.

use sea_orm::sea_query::{Query, ValueTuple};
use sea_orm::{Condition, ConnectionTrait, QueryFilter, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::entity::key;
use crate::error::SoftDeleteError;
use crate::family::{self, Soft, backup};
use crate::query::bound::Fitting;
use crate::verbs::force_delete::ForceDeleteMany;

/// How many rows one try removes at most.
const BATCH: usize = 1_000;

/// The rows that [`ForceDeleteMany::exec_skipping_held`] removed, and the rows that it left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedHeld {
    /// The number of matching rows that were removed, each with everything that belongs to it.
    pub removed: u64,
    /// The matching rows that were left.
    pub held: Vec<HeldRow>,
}

/// A row that was left, because a foreign key refers to it or to a row that belongs to it, or a legal hold keeps
/// one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldRow {
    /// The key of the row, as `column = value`.
    pub key: String,
    /// The table with the foreign key; SQLite does not report it.
    pub holder: Option<String>,
    /// The foreign key's name; on SQLite, the database's message. For a legal hold, "legal hold".
    pub constraint: String,
}

impl HeldRow {
    /// The row that this error holds; any other error is returned.
    fn of<E: SoftDeleteEntity>(
        key: &ValueTuple,
        error: SoftDeleteError,
    ) -> Result<Self, SoftDeleteError> {
        let (holder, constraint) = match error {
            SoftDeleteError::HeldByForeignKey {
                holder, constraint, ..
            } => (holder, constraint),
            SoftDeleteError::Held { .. } => (None, "legal hold".to_owned()),
            error => return Err(error),
        };
        Ok(Self {
            key: key::spell::<E>(Some(key)),
            holder,
            constraint,
        })
    }
}

impl<E: SoftDeleteEntity> ForceDeleteMany<E> {
    /// Removes each row that matches, with everything that belongs to it, unless a foreign key refers
    /// to one of these rows or a legal hold keeps one. In that case the matching row and everything that belongs to it stay, and
    /// the row is reported.
    ///
    /// The rows are tried together. If the database refuses, the set is halved until the held rows are
    /// found. Each try runs in a savepoint, so `h` held rows among `n` take about `h * log2(n)` more
    /// tries. All tries run in one transaction. The keys of the matching rows are read into memory. A
    /// foreign key that is checked when the transaction commits (`DEFERRABLE INITIALLY DEFERRED`) is
    /// not detected: it fails the whole transaction.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let trash = note::Entity::force_delete_many().only_trashed();
    /// let done = trash.exec_skipping_held(db).await?;
    /// println!("{} notes are gone", done.removed);
    /// for row in done.held {
    ///     println!("{} stays: {} holds it", row.key, row.constraint);
    /// }
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`exec`](Self::exec), except [`SoftDeleteError::HeldByForeignKey`]
    /// and [`SoftDeleteError::Held`]. On error,
    /// nothing is removed.
    pub async fn exec_skipping_held<C>(self, db: &C) -> Result<SkippedHeld, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let transaction = db.begin().await?;
        let done = backup::within(self.skip_held(&transaction)).await;
        family::end(transaction, done).await
    }

    async fn skip_held<C>(&self, db: &C) -> Result<SkippedHeld, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let mut done = SkippedHeld {
            removed: 0,
            held: Vec::new(),
        };
        let keys = self.lock_keys(db).await?;
        let mut left: Vec<&[ValueTuple]> = keys.chunks(BATCH).rev().collect();
        while let Some(keys) = left.pop() {
            let any = keys.iter().fold(Condition::any(), |any, key| {
                any.add(key::is::<E>(Some(key)))
            });
            let savepoint = db.begin().await?;
            let removing = self.clone().filter(any).remove_within(&savepoint);
            let removed = backup::within(removing).await;
            match (family::end(savepoint, removed).await, keys) {
                (Ok(removed), _) => done.removed += removed,
                (Err(error), [key]) => done.held.push(HeldRow::of::<E>(key, error)?),
                (
                    Err(SoftDeleteError::HeldByForeignKey { .. } | SoftDeleteError::Held { .. }),
                    keys,
                ) => {
                    let (first, second) = keys.split_at(keys.len() / 2);
                    left.extend([second, first]);
                }
                (Err(error), _) => return Err(error),
            }
        }
        Ok(done)
    }

    /// Returns the keys of the rows that match, and locks these rows.
    async fn lock_keys<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<ValueTuple>, SoftDeleteError> {
        let rows = self.condition()?;
        family::lock_rows::<E, C>(rows, db).await?;
        let member = Soft::<E>::MEMBER;
        let mut keys = Query::select();
        let columns = member.primary_key().into_iter();
        keys.columns(columns.map(|column| (member.alias(), column)))
            .from(member.table())
            .cond_where(rows.clone())
            .and_where(member.lift());
        let mut found = Vec::new();
        for row in db.query_all(&Fitting(keys)).await? {
            found.push(member.read_key(&row)?);
        }
        Ok(found)
    }
}
