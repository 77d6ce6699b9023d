//! Rows that a foreign key holds: a preview names what holds them, and a physical delete can leave them.

use sea_orm::sea_query::{Query, ValueTuple};
use sea_orm::{Condition, ConnectionTrait, QueryFilter, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::entity::key;
use crate::error::SoftDeleteError;
use crate::family::{self, Soft};
use crate::query::bound::Fitting;
use crate::verbs::force_delete::ForceDeleteMany;

/// How many rows are tried at once.
const BATCH: usize = 1_000;

/// What [`ForceDeleteMany::exec_skipping_held`] removed, and what it left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SkippedHeld {
    /// How many of the rows that match are gone, each with everything that belongs to it.
    pub removed: u64,
    /// The rows that match and stay.
    pub held: Vec<HeldRow>,
}

/// A row that stays, since a foreign key holds it or a row that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldRow {
    /// The key of the row, as `column = value`.
    pub key: String,
    /// The table with the foreign key; SQLite does not say.
    pub holder: Option<String>,
    /// The foreign key's name; on SQLite, the database's message.
    pub constraint: String,
}

impl<E: SoftDeleteEntity> ForceDeleteMany<E> {
    /// Removes each row that matches, with everything that belongs to it, unless a foreign key holds one of
    /// them: such a row stays whole, and is reported.
    ///
    /// The rows are tried together. Where the database refuses, they are halved until the held rows are
    /// found, each try in a savepoint, so that `h` held rows among `n` take about `h * log2(n)` more tries.
    /// All of it is one transaction. The keys of the rows that match are read into memory. A foreign key
    /// that is checked when the transaction commits (`DEFERRABLE INITIALLY DEFERRED`) is not seen: it fails
    /// the whole.
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
    /// Those of [`exec`](Self::exec) but for [`SoftDeleteError::HeldByForeignKey`]. Nothing is removed then.
    pub async fn exec_skipping_held<C>(self, db: &C) -> Result<SkippedHeld, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let transaction = db.begin().await?;
        let done = self.skip_held(&transaction).await;
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
            let removed = self.clone().filter(any).remove_within(&savepoint).await;
            match (family::end(savepoint, removed).await, keys) {
                (Ok(removed), _) => done.removed += removed,
                (
                    Err(SoftDeleteError::HeldByForeignKey {
                        holder, constraint, ..
                    }),
                    [key],
                ) => done.held.push(HeldRow {
                    key: key::spell::<E>(Some(key)),
                    holder,
                    constraint,
                }),
                (Err(SoftDeleteError::HeldByForeignKey { .. }), keys) => {
                    let (first, second) = keys.split_at(keys.len() / 2);
                    left.extend([second, first]);
                }
                (Err(error), _) => return Err(error),
            }
        }
        Ok(done)
    }

    /// The keys of the rows that match, which others cannot change from here on.
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
