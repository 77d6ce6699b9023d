//! An insert that first looks for rows with its key, and decides by these rows what to do.

use sea_orm::{
    ActiveModelBehavior, ConnectionTrait, DbBackend, EntityTrait, ModelTrait, TransactionTrait,
};

use crate::entity::key;
use crate::entity::{SoftDeleteEntity, is_trashed};
use crate::error::SoftDeleteError;
use crate::family::{self, backup};
use crate::query::unique_violation;
use crate::verbs::insert::same_key::{AsOf, SameKeyRows};
use crate::verbs::insert::trashed_match;
use crate::verbs::insert::violated_key::{self, About};

/// The number of attempts before the insert reports contention. Two are enough, unless rows with the
/// key appear and disappear meanwhile.
const ATTEMPTS: u32 = 10;

/// An insert, and what to do if rows have its key.
#[derive(Clone, Debug)]
pub(crate) struct Insertion<E: EntityTrait> {
    pub(crate) model: E::ActiveModel,
    pub(crate) by: Option<Vec<E::Column>>,
    pub(crate) when_live: WhenLive,
    pub(crate) when_trashed: WhenTrashed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenLive {
    Refuse,
    Find,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenTrashed {
    /// The trashed row does not count: the new row is inserted beside it.
    Pass,
    Refuse,
    Find,
    Restore,
    Revive,
    Replace,
}

/// The result of the insert.
pub(crate) enum Outcome<M> {
    Found(M),
    Inserted(M),
    Revived(M),
    Replaced(M),
}

/// A failed attempt that may succeed when repeated.
struct Failed {
    step: Option<Step>,
    /// Which state of the rows the lookup read.
    as_of: AsOf,
    error: SoftDeleteError,
    /// Whether every attempt before it tried the same step.
    is_like_all: bool,
}

/// The write that an attempt starts: the keys of the trashed rows that the write involves.
type Step = Vec<String>;

/// One attempt, in a transaction that has begun.
struct Attempt<E: EntityTrait> {
    insertion: Insertion<E>,
    same_key: SameKeyRows<E>,
    /// The previous attempt, which failed.
    before: Option<Failed>,
    /// The step that this attempt started, once it has started one.
    step: Option<Step>,
    /// Whether this attempt ended because its step would repeat the failed step of the previous
    /// attempt.
    is_in_vain: bool,
}

impl<E: SoftDeleteEntity> Insertion<E> {
    /// Runs the insert in one transaction, or in a savepoint of the caller's transaction.
    ///
    /// If a unique constraint ends an attempt, the attempt is rolled back, and the next attempt looks
    /// at the current rows. An attempt that would repeat the previous attempt returns the database
    /// error of that attempt, unless a concurrent transaction may be the cause.
    pub(crate) async fn exec<C>(self, db: &C) -> Result<Outcome<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let same_key = SameKeyRows::of(&self.model, self.by.clone())?;
        // On SQLite the transaction has to write before it reads.
        if self.when_live == WhenLive::Find && db.get_database_backend() != DbBackend::Sqlite {
            let live = same_key.live(db).await?;
            if let Some(row) = live {
                return Ok(Outcome::Found(row));
            }
        }
        let mut failed: Option<Failed> = None;
        for _ in 0..ATTEMPTS {
            let mut attempt = Attempt {
                insertion: self.clone(),
                same_key: same_key.clone(),
                before: failed.take(),
                step: None,
                is_in_vain: false,
            };
            let transaction = db.begin().await?;
            let done = backup::within(attempt.run(&transaction)).await;
            match family::end(transaction, done).await {
                Err(error) if may_end_otherwise(&error) && !attempt.is_in_vain => {
                    let before = attempt.before.as_ref();
                    let is_like = |it: &Failed| it.is_like_all && it.step == attempt.step;
                    failed = Some(Failed {
                        is_like_all: before.is_none_or(is_like),
                        as_of: attempt.as_of(),
                        step: attempt.step,
                        error,
                    });
                }
                done => return done,
            }
        }
        // Every attempt failed alike, so no lookup sees the conflicting row: the database may hide it
        // from this user.
        match failed {
            Some(failed) if failed.is_like_all => Err(failed.error),
            _ => Err(overtaken(&same_key)),
        }
    }
}

impl<E: SoftDeleteEntity> Attempt<E> {
    async fn run<C>(&mut self, db: &C) -> Result<Outcome<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        family::write_first::<E, C>(db).await?;
        let row = match (self.as_of(), self.insertion.when_trashed) {
            (AsOf::Now, _) => self.same_key.find_now(db).await?,
            // The next attempt finds out whether a trashed row is the reason, if the database refuses
            // the insert.
            (AsOf::Transaction, WhenTrashed::Pass) => self.same_key.live(db).await?,
            (AsOf::Transaction, _) => match self.same_key.live(db).await? {
                None => self.same_key.trashed_last(db).await?,
                live => live,
            },
        };
        match row {
            Some(row) if is_trashed(&row) => self.of_trashed(row, db).await,
            Some(row) => self.of_live(row),
            None => {
                self.begin(Step::new(), db).await?;
                Ok(Outcome::Inserted(self.insert(db).await?))
            }
        }
    }

    fn of_live(&self, row: E::Model) -> Result<Outcome<E::Model>, SoftDeleteError> {
        match self.insertion.when_live {
            WhenLive::Find => Ok(Outcome::Found(row)),
            WhenLive::Refuse => Err(SoftDeleteError::KeyTaken {
                entity: key::entity_name::<E>(),
                by: self.same_key.spell(),
                key: spell(&row),
            }),
        }
    }

    /// Handles the case of no live row with the key. This row was trashed last.
    async fn of_trashed<C>(
        &mut self,
        row: E::Model,
        db: &C,
    ) -> Result<Outcome<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        match self.insertion.when_trashed {
            WhenTrashed::Pass => {
                if let Err(refused) = self.begin(vec![spell(&row)], db).await {
                    let is_of_others = self.about_refusal(db).await == About::Others;
                    if !self.is_in_vain || is_of_others {
                        return Err(refused);
                    }
                    return Err(self.trashed(
                        &row,
                        "a unique constraint counts it, so that no row is inserted beside it; let \
                         `with_trashed()` find it or `or_revive()` restore it, or make the \
                         constraint a unique index over live rows",
                    ));
                }
                Ok(Outcome::Inserted(self.insert(db).await?))
            }
            WhenTrashed::Refuse => Err(self.trashed(
                &row,
                "restore that row, or insert with `insert_or_revive` or \
                 `insert_or_replace_trashed`",
            )),
            WhenTrashed::Find => Ok(Outcome::Found(row)),
            WhenTrashed::Restore | WhenTrashed::Revive => self.bring_back(row, db).await,
            WhenTrashed::Replace => self.replace(db).await,
        }
    }

    async fn bring_back<C>(
        &mut self,
        row: E::Model,
        db: &C,
    ) -> Result<Outcome<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let row = self.lock(row, db).await?;
        if !is_trashed(&row) {
            return self.of_live(row);
        }
        self.begin(vec![spell(&row)], db).await?;
        let row = match self.insertion.when_trashed {
            WhenTrashed::Restore => trashed_match::restore::<E, C>(row, db).await?,
            _ => trashed_match::revive::<E, C>(row, self.insertion.model.clone(), db).await?,
        };
        Ok(Outcome::Revived(row))
    }

    /// Removes all the trashed rows with the key: a caller cannot know which of them the database would
    /// let stay.
    async fn replace<C>(&mut self, db: &C) -> Result<Outcome<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let rows = self.same_key.trashed(self.as_of(), db).await?;
        self.begin(rows.iter().map(spell).collect(), db).await?;
        for row in rows {
            let row = self.lock(row, db).await?;
            if !is_trashed(&row) {
                return self.of_live(row);
            }
            trashed_match::remove::<E, C>(row, db).await?;
        }
        Ok(Outcome::Replaced(self.insert(db).await?))
    }

    fn as_of(&self) -> AsOf {
        match self.before {
            None => AsOf::Transaction,
            Some(_) => AsOf::Now,
        }
    }

    async fn lock<C>(&mut self, row: E::Model, db: &C) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let row = self.same_key.lock(row, db).await?;
        row.ok_or_else(|| overtaken(&self.same_key))
    }

    /// Like `ActiveModelTrait::insert`, but it distinguishes the error of the row from the errors of
    /// the hooks.
    async fn insert<C>(&mut self, db: &C) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let model = self.insertion.model.clone();
        let model = model.before_save(db, true).await?;
        let inserted = <E as EntityTrait>::insert(model)
            .exec_with_returning(db)
            .await;
        let row = inserted.map_err(|error| {
            unique_violation::of_insert(error, key::entity_name::<E>(), self.same_key.spell())
        })?;
        // A row that is inserted as trashed would find itself among the trashed rows.
        if !is_trashed(&row) {
            self.expect_alone(db).await?;
        }
        Ok(<E::ActiveModel as ActiveModelBehavior>::after_save(row, db, true).await?)
    }

    /// Fails if a trashed row that counts exists beside the inserted row.
    ///
    /// At READ COMMITTED each lookup has a snapshot of its own. A row that was trashed during the
    /// lookup of the live row, and live during the lookup of trashed rows, appears in neither. It may
    /// be trashed again by now; but from here on the new row has its key.
    async fn expect_alone<C>(&mut self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let counts = self.insertion.when_trashed != WhenTrashed::Pass;
        if !counts || db.get_database_backend() == DbBackend::Sqlite {
            return Ok(());
        }
        let Some(row) = self.same_key.trashed_last(db).await? else {
            return Ok(());
        };
        // A transaction of MySQL and MariaDB may still see a row that has been removed.
        let Some(_) = self.same_key.lock(row, db).await? else {
            return Ok(());
        };
        // The next attempt sees the trashed row, so it never counts as a repetition of this attempt.
        self.step = None;
        Err(overtaken(&self.same_key))
    }

    /// Starts a step. If the previous attempt failed with the same step and its cause persists, returns
    /// the error of that attempt instead.
    async fn begin<C>(&mut self, step: Step, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        if self.is_repeated(&step) && !self.may_end_otherwise(db).await {
            self.is_in_vain = true;
            let before = self.before.as_ref();
            return Err(before.map_or_else(|| overtaken(&self.same_key), |it| it.error.clone()));
        }
        self.step = Some(step);
        Ok(())
    }

    fn is_repeated(&self, step: &Step) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| before.step.as_ref() == Some(step))
    }

    /// Whether the step that failed in the previous attempt may succeed now: the conflicting row had
    /// the key, appeared after the lookup of the previous attempt, and disappeared before the lookup of
    /// this attempt.
    async fn may_end_otherwise<C>(&self, db: &C) -> bool
    where
        C: ConnectionTrait,
    {
        match db.get_database_backend() {
            // SQLite has one writer.
            DbBackend::Sqlite => false,
            // A lookup as of now locks the rows that exist, and the gap of a row that does not.
            DbBackend::MySql => {
                let before = self.before.as_ref();
                let was_locked = before.is_none_or(|before| before.as_of == AsOf::Now);
                !was_locked && self.about_refusal(db).await != About::Others
            }
            _ => match self.about_refusal(db).await {
                About::KeyOfSome => true,
                // The constraint counts trashed rows, so an insert beside a trashed row that this
                // attempt saw fails again.
                About::KeyOfAll => self.before.as_ref().is_some_and(|it| {
                    it.step.as_ref().is_none_or(Vec::is_empty)
                        || self.insertion.when_trashed != WhenTrashed::Pass
                }),
                About::Others | About::Unknown => false,
            },
        }
    }

    /// The columns of the constraint that refused the previous attempt.
    async fn about_refusal<C>(&self, db: &C) -> About
    where
        C: ConnectionTrait,
    {
        let Some(before) = &self.before else {
            return About::Unknown;
        };
        let key = self.same_key.columns();
        violated_key::about::<E, C>(&before.error, &key, db).await
    }

    fn trashed(&self, row: &E::Model, remedy: &'static str) -> SoftDeleteError {
        SoftDeleteError::KeyTrashed {
            entity: key::entity_name::<E>(),
            by: self.same_key.spell(),
            key: spell(row),
            remedy,
        }
    }
}

/// Whether other transactions, writing rows after the lookup, may have caused the error.
fn may_end_otherwise(error: &SoftDeleteError) -> bool {
    matches!(
        error,
        SoftDeleteError::NotInserted { .. }
            | SoftDeleteError::UniqueViolation { .. }
            | SoftDeleteError::Contended { .. }
    )
}

fn overtaken<E: SoftDeleteEntity>(same_key: &SameKeyRows<E>) -> SoftDeleteError {
    SoftDeleteError::Contended {
        entity: key::entity_name::<E>(),
        by: same_key.spell(),
    }
}

fn spell<M: ModelTrait>(row: &M) -> String {
    key::spell::<M::Entity>(Some(&row.get_primary_key_value()))
}
