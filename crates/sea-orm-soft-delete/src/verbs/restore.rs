//! `restore`: trashed rows become live again.

pub(crate) mod hooks;
mod with_values;

use std::marker::PhantomData;

use sea_orm::sea_query::{UpdateStatement, ValueTuple};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ModelTrait, PrimaryKeyTrait,
    QueryFilter, TransactionTrait, UpdateResult,
};

use crate::entity::any_entity::Typed;
use crate::entity::key;
use crate::entity::scope_comment;
use crate::entity::{SoftDeleteEntity, is_trashed};
use crate::error::SoftDeleteError;
use crate::family::{self, Ancestors, ConnectionFor, Family, Gathered, Graph, Work, preview};
use crate::query::bound::Fitting;
use crate::query::filtered::Filtered;
use crate::query::find_by_key;
use crate::query::returning;
use crate::query::stamp;
use crate::query::unique_violation;
use crate::report::{EntityRows, Preview};
use crate::verbs::one_and_many::one_and_many;
use crate::verbs::restore::hooks::{
    ConfirmedWithAncestors, RestoreConfirmed, RestoreRead, has_hooks,
};

pub use self::with_values::RestoreWithValues;

/// Restores one row by its primary key. Takes further filters.
#[derive(Clone, Debug)]
#[must_use = "nothing is restored until `exec` runs"]
pub struct RestoreOne<E: EntityTrait> {
    key: Option<ValueTuple>,
    many: RestoreMany<E>,
}

/// Restores the trashed rows that match its filters: all of them, if there is no filter.
#[derive(Clone, Debug)]
#[must_use = "nothing is restored until `exec` runs"]
pub struct RestoreMany<E: EntityTrait> {
    query: Filtered<UpdateStatement>,
    entity: PhantomData<E>,
}

impl<E: SoftDeleteEntity> RestoreOne<E> {
    pub(crate) fn by_key(key: ValueTuple) -> Self {
        Self::new(Some(key))
    }

    fn new(key: Option<ValueTuple>) -> Self {
        let many = RestoreMany::of_any().filter(key::is::<E>(key.as_ref()));
        let many = many.filter(E::is_trashed());
        Self { key, many }
    }

    /// Restores the row and returns the restored row.
    ///
    /// The restore sets the marker to live and clears its companion columns; nothing else changes. If
    /// the entity [cascades](crate::describe::SoftDeleteFamily), the rows that were trashed with the
    /// row are restored with it. If the entity has [restore hooks](trait@crate::RestoreBehavior), the
    /// row is read and locked first, and restored between the hooks.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::ParentTrashed`] if the row's parent, by a relation that cascades or restricts, is trashed;
    /// [`SoftDeleteError::ParentGone`] if that parent does not exist any more;
    /// [`SoftDeleteError::UniqueViolation`] if live rows have unique values of the family;
    /// [`SoftDeleteError::NotTrashed`] if the row is live; [`SoftDeleteError::NotFound`] if there is no
    /// such row; [`SoftDeleteError::NotRestored`] if a filter excludes it;
    /// and [`SoftDeleteError::PrimaryKeyNotSet`]. On error, nothing is written.
    ///
    /// A second statement reads why a row was not restored and, on MySQL and MariaDB, the restored row.
    /// Outside a transaction, that statement may see later changes by other transactions.
    pub async fn exec<C>(self, db: &C) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        let restore = self.validate()?;
        if has_hooks::<E>() {
            let restore = RestoreRead(restore, Ancestors::Refuse);
            return family::run::<E, C, _>(db, restore).await;
        }
        family::run::<E, C, _>(db, Exec(restore)).await
    }

    /// Like [`exec`](Self::exec), without hooks and in a transaction that has begun.
    pub(crate) async fn exec_within<C>(
        self,
        ancestors: Ancestors,
        db: &C,
    ) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let restore = self.validate()?;
        match ancestors {
            Ancestors::Refuse => Exec(restore).run(db).await,
            Ancestors::Restore => FamilyOne(restore, ancestors).run(db).await,
        }
    }

    pub(crate) fn key(&self) -> Option<&ValueTuple> {
        self.key.as_ref()
    }

    /// The predicate of the row. It matches one row, if the row exists and is trashed.
    pub(crate) fn condition(&self) -> Result<&Condition, SoftDeleteError> {
        self.many.condition()
    }

    /// Also restores the row's trashed ancestors, and the rows that were trashed with each ancestor.
    pub fn with_ancestors(self) -> RestoreWithAncestors<Self> {
        RestoreWithAncestors(self)
    }
}

impl<E: SoftDeleteEntity> RestoreMany<E> {
    pub(crate) fn new() -> Self {
        Self::of_any().filter(E::is_trashed())
    }

    fn of_any() -> Self {
        Self {
            query: Filtered::new(
                UpdateStatement::new()
                    .table(E::default().table_ref())
                    .to_owned(),
            ),
            entity: PhantomData,
        }
        .filter(scope_comment::with_trashed::<E>())
    }

    /// Restores the rows, in one statement, and returns their number.
    ///
    /// Live rows do not change and do not count. If the entity
    /// [cascades](crate::describe::SoftDeleteFamily), the rows that were trashed with the rows are
    /// restored with them, in one transaction; they do not count.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::ParentTrashed`] if the parent of a row, by a relation that cascades or restricts, is
    /// trashed and not restored too; [`SoftDeleteError::ParentGone`] if that parent does not exist any
    /// more; [`SoftDeleteError::UniqueViolation`] if a live row, or another of these rows, has a unique
    /// value of the family. On error, no row is restored.
    pub async fn exec<C>(self, db: &C) -> Result<UpdateResult, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        Ok(restored(family::run::<E, C, _>(db, ExecMany(self)).await?))
    }

    /// Also restores the rows' trashed ancestors, and the rows that were trashed with each ancestor.
    pub fn with_ancestors(self) -> RestoreWithAncestors<Self> {
        RestoreWithAncestors(self)
    }

    /// Restores the rows, in one statement, and returns the restored rows.
    ///
    /// # Errors
    ///
    /// [`DbErr::BackendNotSupported`] on MySQL and MariaDB, which cannot return the rows that they
    /// update, and on SQLite without SeaORM's default feature `sqlite-use-returning-for-3_35`; and the
    /// errors of [`exec`](Self::exec). On error, no row is restored.
    pub async fn exec_with_returning<C>(self, db: &C) -> Result<Vec<E::Model>, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        family::run::<E, C, _>(db, ExecManyWithReturning(self)).await
    }

    /// Returns what this verb would do if it ran now: the number of rows of each entity, and whatever
    /// would forbid the verb.
    ///
    /// Nothing is written.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`], and database errors.
    pub async fn preview<C>(&self, db: &C) -> Result<Preview, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let rows = self.condition()?;
        preview::of_restore(&Family::for_entity::<E>()?, rows, db).await
    }

    /// Fails if the parent of a row that matches is trashed.
    async fn check<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        match family::guard::<E>(db.get_database_backend()) {
            Some(_) => family::refuse_orphans::<E, C>(self.condition()?, db).await,
            None => Ok(()),
        }
    }

    /// Like `check`; also guards the statement against a parent that is trashed meanwhile.
    async fn checked<C: ConnectionTrait>(self, db: &C) -> Result<Self, SoftDeleteError> {
        self.check(db).await?;
        Ok(self.guarded(family::guard::<E>(db.get_database_backend())))
    }

    /// The predicate of the rows that match.
    fn condition(&self) -> Result<&Condition, SoftDeleteError> {
        self.query.condition_to::<E>("restore")
    }

    /// Restores the rows in one statement, for an entity whose deletes concern its own rows alone.
    async fn update<C: ConnectionTrait>(self, db: &C) -> Result<u64, DbErr> {
        let backend = db.get_database_backend();
        let guarded = self.clone().guarded(family::guard::<E>(backend));
        match db.execute(&Fitting(guarded.statement(backend))).await {
            // A trigger writes the parent, and the guard reads the parent: lock and check the parent
            // before the UPDATE.
            Err(error) if family::is_refused_for_a_trigger(&error, backend) => {
                family::lock_and_refuse_orphans::<E, C>(self.condition()?, db).await?;
                Ok(db
                    .execute(&Fitting(self.statement(backend)))
                    .await?
                    .rows_affected())
            }
            done => Ok(done?.rows_affected()),
        }
    }

    /// Excludes rows whose parent is trashed.
    fn guarded(self, guard: Option<Condition>) -> Self {
        match guard {
            Some(guard) => self.filter(guard),
            None => self,
        }
    }

    fn statement(self, backend: DbBackend) -> UpdateStatement {
        let mut update = self.query.into_statement();
        let stamps = stamp::restoring(family::describing(Typed::<E>::SOFT));
        update.values(stamp::assignments(stamps, backend));
        update
    }
}

/// A restore that also restores the ancestors of its rows.
///
/// It runs in a transaction, so it takes a connection that is a `TransactionTrait` too.
#[derive(Clone, Debug)]
#[must_use = "nothing is restored until `exec` runs"]
pub struct RestoreWithAncestors<R>(R);

impl<E: SoftDeleteEntity> RestoreWithAncestors<RestoreOne<E>> {
    /// Restores the row and returns the restored row.
    ///
    /// # Errors
    ///
    /// The errors of [`RestoreOne::exec`], except [`SoftDeleteError::ParentTrashed`].
    pub async fn exec<C>(self, db: &C) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let restore = self.0.validate()?;
        if has_hooks::<E>() {
            return family::atomically(db, RestoreRead(restore, Ancestors::Restore)).await;
        }
        family::atomically(db, FamilyOne(restore, Ancestors::Restore)).await
    }

    /// Returns what this restore would do if it ran now: also the ancestors, in [`Preview::ancestors`].
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/folders.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// note::Entity::delete_by_id(1).exec(db).await?;
    /// folder::Entity::delete_by_id(1).exec(db).await?; // its folder, with another note
    ///
    /// let restore = note::Entity::restore_by_id(1).with_ancestors();
    /// let preview = restore.preview(db).await?;
    /// assert!(preview.is_allowed());
    /// assert_eq!(preview.affects.total(), 1);
    /// assert_eq!(preview.ancestors[0].to_string(), "folder: 1 row\n└─ note: 1 row\n");
    ///
    /// let note = restore.confirm(&preview, db).await?;
    /// assert_eq!(note.title, "Roses");
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// It moves the rows into one operation, in a transaction, reads them, and rolls the transaction back. The rows are
    /// locked meanwhile.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PrimaryKeyNotSet`]; [`SoftDeleteError::BeingPurged`] and
    /// [`SoftDeleteError::TooLateToRestore`] for the operation of an ancestor too; and database errors.
    pub async fn preview<C>(&self, db: &C) -> Result<Preview, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let restore = self.0.clone().validate()?;
        family::rolled_back(db, PreviewWithAncestors(restore.many)).await
    }

    /// Runs the restore if the row counts of every entity, those of the ancestors too, and whatever forbids the restore,
    /// are still the ones in the preview. The preview must come from [`preview`](Self::preview) of the same restore.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
    /// [`exec`](Self::exec). On error, nothing is written.
    pub async fn confirm<C>(self, preview: &Preview, db: &C) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let restore = self.0.validate()?;
        family::atomically(db, ConfirmedWithAncestors(restore, preview.clone())).await
    }
}

impl<E: SoftDeleteEntity> RestoreWithAncestors<RestoreMany<E>> {
    /// Restores the rows and returns the number of matching rows restored.
    ///
    /// # Errors
    ///
    /// The errors of [`RestoreMany::exec`], except [`SoftDeleteError::ParentTrashed`].
    pub async fn exec<C>(self, db: &C) -> Result<UpdateResult, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let restore = FamilyMany(self.0, Ancestors::Restore);
        Ok(restored(family::atomically(db, restore).await?))
    }

    /// Returns what this restore would do if it ran now: also the ancestors, in [`Preview::ancestors`].
    ///
    /// It moves the rows into one operation, in a transaction, reads them, and rolls the transaction back. The rows are
    /// locked meanwhile.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::BeingPurged`] and [`SoftDeleteError::TooLateToRestore`] for the operation of an ancestor too,
    /// and database errors.
    pub async fn preview<C>(&self, db: &C) -> Result<Preview, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        family::rolled_back(db, PreviewWithAncestors(self.0.clone())).await
    }

    /// Runs the restore if the row counts of every entity, those of the ancestors too, and whatever forbids the restore,
    /// are still the ones in the preview. The preview must come from [`preview`](Self::preview) of the same restore.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if they differ; and the errors of
    /// [`exec`](Self::exec). On error, nothing is written.
    pub async fn confirm<C>(
        self,
        preview: &Preview,
        db: &C,
    ) -> Result<UpdateResult, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let confirm = ConfirmWithAncestors(self.0, preview.clone());
        Ok(restored(family::atomically(db, confirm).await?))
    }
}

/// Restores one row.
struct Exec<E: EntityTrait>(RestoreOne<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for Exec<E> {
    type Output = E::Model;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<E::Model, SoftDeleteError> {
        if runs_as_family::<E>() {
            return FamilyOne(self.0, Ancestors::Refuse).run(db).await;
        }
        let RestoreOne { key, many } = self.0;
        let guard = family::guard::<E>(db.get_database_backend());
        let is_guarded = guard.is_some();
        let restored = if returning::is_supported(db) {
            let update = many.guarded(guard).statement(db.get_database_backend());
            let restored = returning::all::<E, _>(update, db).await;
            restored.map(|mut rows| rows.pop())
        } else {
            match many.update(db).await {
                Ok(0) => Ok(None),
                Ok(_) => find_by_key::find::<E>(key.as_ref()).one(db).await,
                Err(error) => Err(error),
            }
        };
        match restored {
            Ok(Some(model)) => Ok(model),
            Ok(None) => {
                if is_guarded {
                    let here = Condition::all().add(key::is::<E>(key.as_ref()));
                    family::refuse_orphans::<E, C>(&here, db).await?;
                }
                let row = find_by_key::find_as_of_now::<E, C>(key.as_ref(), db).await?;
                Err(why_not::<E>(key.as_ref(), row))
            }
            Err(error) => Err(unique_violation::of_restore(
                error,
                key::entity_name::<E>(),
                Some(key::spell::<E>(key.as_ref())),
            )),
        }
    }
}

/// Restores the rows that match.
struct ExecMany<E: EntityTrait>(RestoreMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ExecMany<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        if runs_as_family::<E>() {
            return FamilyMany(self.0, Ancestors::Refuse).run(db).await;
        }
        self.0.check(db).await?;
        let restored = self.0.update(db).await;
        restored.map_err(|error| unique_violation::of_restore(error, key::entity_name::<E>(), None))
    }
}

/// Like [`ExecMany`]; also returns the rows.
struct ExecManyWithReturning<E: EntityTrait>(RestoreMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ExecManyWithReturning<E> {
    type Output = Vec<E::Model>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<E::Model>, SoftDeleteError> {
        if runs_as_family::<E>() {
            // The lock fixes the set of rows; and on SQLite, a transaction has to write first.
            family::lock_rows::<E, C>(self.0.condition()?, db).await?;
            let rows = <E as EntityTrait>::find().filter(self.0.condition()?.clone());
            let keys: Vec<ValueTuple> = rows
                .all(db)
                .await?
                .iter()
                .map(ModelTrait::get_primary_key_value)
                .collect();
            FamilyMany(self.0, Ancestors::Refuse).run(db).await?;
            return find_by_key::find_all::<E, C>(keys, db)
                .await
                .map_err(Into::into);
        }
        let update = self
            .0
            .checked(db)
            .await?
            .statement(db.get_database_backend());
        let restored = returning::all::<E, _>(update, db).await;
        restored.map_err(|error| unique_violation::of_restore(error, key::entity_name::<E>(), None))
    }
}

/// Restores one row and the rows that were trashed with it.
struct FamilyOne<E: EntityTrait>(RestoreOne<E>, Ancestors);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for FamilyOne<E> {
    type Output = E::Model;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<E::Model, SoftDeleteError> {
        let RestoreOne { key, many } = self.0;
        if FamilyMany(many, self.1).run(db).await? == 0 {
            let row = find_by_key::find_as_of_now::<E, C>(key.as_ref(), db).await?;
            return Err(why_not::<E>(key.as_ref(), row));
        }
        match find_by_key::find_as_of_now::<E, C>(key.as_ref(), db).await? {
            Some(row) if !is_trashed(&row) => Ok(row),
            row => Err(why_not::<E>(key.as_ref(), row)),
        }
    }
}

/// Restores the rows that match and the rows that were trashed with them.
struct FamilyMany<E: EntityTrait>(RestoreMany<E>, Ancestors);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for FamilyMany<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let rows = self.0.condition()?;
        let family = Family::for_entity::<E>()?;
        let operations = family::lock_by_operation(&family, rows, db).await?;
        let count = operations.rows;
        if count > 0 {
            family::restore(&family, rows, operations, self.1, db).await?;
        }
        Ok(count)
    }
}

/// Like [`ExecMany`]; returns how many rows of each entity it wrote.
struct ByEntity<E: EntityTrait>(RestoreMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ByEntity<E> {
    type Output = Vec<EntityRows>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<EntityRows>, SoftDeleteError> {
        if !runs_as_family::<E>() {
            let restored = ExecMany(self.0).run(db).await?;
            return Ok(
                Graph::registered().by_entity(&[(Graph::registered().node_for::<E>()?, restored)])
            );
        }
        let rows = self.0.condition()?;
        let family = Family::for_entity::<E>()?;
        let operations = family::lock_by_operation(&family, rows, db).await?;
        let counts = family::restore(&family, rows, operations, Ancestors::Refuse, db).await?;
        Ok(Graph::registered().by_entity(&counts))
    }
}

/// Runs the verb if it still does what was previewed.
struct Confirm<E: EntityTrait>(RestoreMany<E>, Preview);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for Confirm<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(restore, preview) = self;
        let rows = restore.condition()?;
        let family = Family::for_entity::<E>()?;
        let operations = family::lock_by_operation(&family, rows, db).await?;
        let count = operations.rows;
        preview.expect(restore.preview(db).await?)?;
        let done = family::restore(&family, rows, operations, Ancestors::Refuse, db).await?;
        match preview.differs_from(&family, &done) {
            None => Ok(count),
            Some(changed) => Err(changed),
        }
    }
}

/// What the restore of the rows with their ancestors would do. It writes, and the caller rolls back.
pub(super) struct PreviewWithAncestors<E: EntityTrait>(pub(super) RestoreMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for PreviewWithAncestors<E> {
    type Output = Preview;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Preview, SoftDeleteError> {
        let family = Family::for_entity::<E>()?;
        let (_, preview, _) = gather(&family, &self.0, db).await?;
        Ok(preview)
    }
}

/// Restores the rows with their ancestors, if that still does what was previewed.
struct ConfirmWithAncestors<E: EntityTrait>(RestoreMany<E>, Preview);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ConfirmWithAncestors<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let family = Family::for_entity::<E>()?;
        let (gathered, now, count) = gather(&family, &self.0, db).await?;
        self.1.expect(now)?;
        gathered.make_live(Ancestors::Restore, db).await?;
        Ok(count)
    }
}

/// Gathers the matching rows with their ancestors. Returns them, what their restore would do, and how many match.
async fn gather<'a, E, C>(
    family: &'a Family,
    restore: &RestoreMany<E>,
    db: &C,
) -> Result<(Gathered<'a>, Preview, u64), SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    let rows = restore.condition()?;
    let operations = family::lock_by_operation(family, rows, db).await?;
    let count = operations.rows;
    let mut gathered = Gathered::rows(family, rows, operations, db).await?;
    let preview = gathered.preview(db).await?.remove(0);
    Ok((gathered, preview, count))
}

one_and_many! {
    RestoreOne, RestoreMany: UpdateStatement,
    result: UpdateResult = restored,
    key_not_set: SoftDeleteError = SoftDeleteError::PrimaryKeyNotSet {
        entity: key::entity_name::<E>(),
        verb: "restore",
    },
    confirm_one: RestoreConfirmed,
    confirm_many: Confirm,
    by_entity: ByEntity,
}

fn restored(rows: u64) -> UpdateResult {
    let mut result = UpdateResult::default();
    result.rows_affected = rows;
    result
}

/// Whether a restore has to look at the operations of the rows.
fn runs_as_family<E: SoftDeleteEntity>() -> bool {
    family::concerns_others::<E>() || E::RESTORE_UNTIL_DUE
}

/// Why no row was restored, judging by the row that has its key.
pub(crate) fn why_not<E: SoftDeleteEntity>(
    key: Option<&ValueTuple>,
    row: Option<E::Model>,
) -> SoftDeleteError {
    let entity = key::entity_name::<E>();
    let key = key::spell::<E>(key);
    match row {
        None => SoftDeleteError::NotFound { entity, key },
        Some(row) if is_trashed(&row) => SoftDeleteError::NotRestored { entity, key },
        Some(_) => SoftDeleteError::NotTrashed {
            entity,
            key,
            remedy: "there is nothing to restore",
        },
    }
}
