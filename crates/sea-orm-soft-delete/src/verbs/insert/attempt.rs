//! An insert that first looks at the rows which have its key, and what it does about them.

use sea_orm::{
    ActiveModelBehavior, ConnectionTrait, DbBackend, EntityTrait, ModelTrait, TransactionTrait,
};

use crate::entity::key;
use crate::entity::{SoftDeleteEntity, is_trashed};
use crate::error::SoftDeleteError;
use crate::family;
use crate::query::unique_violation;
use crate::verbs::insert::same_key::{AsOf, Twins};
use crate::verbs::insert::trashed_match;
use crate::verbs::insert::violated_key::{self, About};

/// How often it is tried before it is reported that others are always faster. Two suffice, unless rows
/// with the key come and go meanwhile.
const ATTEMPTS: u32 = 5;

/// An insert, and what to do about rows that have its key.
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
    /// It does not count: the row is inserted beside it.
    Pass,
    Refuse,
    Find,
    Restore,
    Revive,
    Replace,
}

/// What has become of the row.
pub(crate) enum Outcome<M> {
    Found(M),
    Inserted(M),
    Revived(M),
    Replaced(M),
}

/// An attempt that ended in a way which another one may not.
struct Failed {
    step: Option<Step>,
    /// As of when it looked at the rows.
    as_of: AsOf,
    error: SoftDeleteError,
    /// Whether each one before it has tried the same.
    is_like_all: bool,
}

/// What an attempt sets out to write: with which rows of those in the trash, by their keys.
type Step = Vec<String>;

/// One attempt, in a transaction that has begun.
struct Attempt<E: EntityTrait> {
    insertion: Insertion<E>,
    twins: Twins<E>,
    /// The one before, which failed.
    before: Option<Failed>,
    /// What this one has set out to write, as soon as it has.
    step: Option<Step>,
    /// That would be what the one before has tried.
    is_in_vain: bool,
}

impl<E: SoftDeleteEntity> Insertion<E> {
    /// Does it in one transaction, or in a savepoint of one.
    ///
    /// An attempt that a unique constraint ends is undone, and another one looks again at what is
    /// there now. One that would do the same as the one before ends with what the database said then, if
    /// nobody else can be the reason.
    pub(crate) async fn exec<C>(self, db: &C) -> Result<Outcome<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let twins = Twins::of(&self.model, self.by.clone())?;
        // On SQLite the transaction has to write before it reads.
        if self.when_live == WhenLive::Find && db.get_database_backend() != DbBackend::Sqlite {
            let live = twins.live(db).await?;
            if let Some(row) = live {
                return Ok(Outcome::Found(row));
            }
        }
        let mut failed: Option<Failed> = None;
        for _ in 0..ATTEMPTS {
            let mut attempt = Attempt {
                insertion: self.clone(),
                twins: twins.clone(),
                before: failed.take(),
                step: None,
                is_in_vain: false,
            };
            let transaction = db.begin().await?;
            let done = attempt.run(&transaction).await;
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
        // A row that no look sees is always in the way: the database may hide it from this user.
        match failed {
            Some(failed) if failed.is_like_all => Err(failed.error),
            _ => Err(overtaken(&twins)),
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
            (AsOf::Now, _) => self.twins.find_now(db).await?,
            // Whether one in the trash is why the database refuses is looked at when it does.
            (AsOf::Transaction, WhenTrashed::Pass) => self.twins.live(db).await?,
            (AsOf::Transaction, _) => match self.twins.live(db).await? {
                None => self.twins.trashed_last(db).await?,
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
                by: self.twins.spell(),
                key: spell(&row),
            }),
        }
    }

    /// There is no live one, and this one was trashed last.
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

    /// All of those in the trash go: which of them the database would let stay is for no caller to
    /// know.
    async fn replace<C>(&mut self, db: &C) -> Result<Outcome<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let rows = self.twins.trashed(self.as_of(), db).await?;
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
        let row = self.twins.lock(row, db).await?;
        row.ok_or_else(|| overtaken(&self.twins))
    }

    /// As `ActiveModelTrait::insert`, but it tells the error of the row from those of its hooks.
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
            unique_violation::of_insert(error, key::entity_name::<E>(), self.twins.spell())
        })?;
        // One that was given as trashed is among the rows in the trash itself.
        if !is_trashed(&row) {
            self.expect_alone(db).await?;
        }
        Ok(<E::ActiveModel as ActiveModelBehavior>::after_save(row, db, true).await?)
    }

    /// Refuses if a trashed row that counts is beside the one that was inserted.
    ///
    /// At READ COMMITTED each look sees another moment: a row that was trashed when the live one was
    /// looked for, and live when the trash was, is in neither. It may be in the trash again by now; but
    /// from here on the new row has its key.
    async fn expect_alone<C>(&mut self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let counts = self.insertion.when_trashed != WhenTrashed::Pass;
        if !counts || db.get_database_backend() == DbBackend::Sqlite {
            return Ok(());
        }
        let Some(row) = self.twins.trashed_last(db).await? else {
            return Ok(());
        };
        // A transaction of MySQL and MariaDB may go on seeing one that is gone.
        let Some(_) = self.twins.lock(row, db).await? else {
            return Ok(());
        };
        // The next attempt meets it, whatever this one has tried.
        self.step = None;
        Err(overtaken(&self.twins))
    }

    /// Sets out to write; but not what the attempt before has tried in vain, whose error it ends with.
    async fn begin<C>(&mut self, step: Step, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        if self.is_repeated(&step) && !self.may_end_otherwise(db).await {
            self.is_in_vain = true;
            let before = self.before.as_ref();
            return Err(before.map_or_else(|| overtaken(&self.twins), |it| it.error.clone()));
        }
        self.step = Some(step);
        Ok(())
    }

    fn is_repeated(&self, step: &Step) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| before.step.as_ref() == Some(step))
    }

    /// Whether what the attempt before has tried may succeed now: the row that was in its way had the key,
    /// and has come and gone since that attempt, and this one, looked.
    async fn may_end_otherwise<C>(&self, db: &C) -> bool
    where
        C: ConnectionTrait,
    {
        match db.get_database_backend() {
            // It has one writer.
            DbBackend::Sqlite => false,
            // Rows that are there, and the place of one that is not, are locked by a look as of now.
            DbBackend::MySql => {
                let before = self.before.as_ref();
                let was_locked = before.is_none_or(|before| before.as_of == AsOf::Now);
                !was_locked && self.about_refusal(db).await != About::Others
            }
            _ => match self.about_refusal(db).await {
                About::KeyOfSome => true,
                // Of rows in the trash, which it counts, one is there that this attempt has seen.
                About::KeyOfAll => self.before.as_ref().is_some_and(|it| {
                    it.step.as_ref().is_none_or(Vec::is_empty)
                        || self.insertion.when_trashed != WhenTrashed::Pass
                }),
                About::Others | About::Unknown => false,
            },
        }
    }

    /// What the constraint is about that refused the attempt before.
    async fn about_refusal<C>(&self, db: &C) -> About
    where
        C: ConnectionTrait,
    {
        let Some(before) = &self.before else {
            return About::Unknown;
        };
        let key = self.twins.columns();
        violated_key::about::<E, C>(&before.error, &key, db).await
    }

    fn trashed(&self, row: &E::Model, remedy: &'static str) -> SoftDeleteError {
        SoftDeleteError::KeyTrashed {
            entity: key::entity_name::<E>(),
            by: self.twins.spell(),
            key: spell(row),
            remedy,
        }
    }
}

/// Whether it is an error of rows that others have written since they were looked at, or may be.
fn may_end_otherwise(error: &SoftDeleteError) -> bool {
    matches!(
        error,
        SoftDeleteError::NotInserted { .. }
            | SoftDeleteError::UniqueViolation { .. }
            | SoftDeleteError::UniqueClashes { .. }
            | SoftDeleteError::Contended { .. }
    )
}

fn overtaken<E: SoftDeleteEntity>(twins: &Twins<E>) -> SoftDeleteError {
    SoftDeleteError::Contended {
        entity: key::entity_name::<E>(),
        by: twins.spell(),
    }
}

fn spell<M: ModelTrait>(row: &M) -> String {
    key::spell::<M::Entity>(Some(&row.get_primary_key_value()))
}
