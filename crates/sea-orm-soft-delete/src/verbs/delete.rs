//! `delete`: live rows become trashed.

use std::marker::PhantomData;

use sea_orm::sea_query::{UpdateStatement, ValueTuple};
use sea_orm::{
    ActiveModelTrait, Condition, ConnectionTrait, DbBackend, DbErr, DeleteResult, EntityTrait,
    PrimaryKeyTrait, QueryFilter, TransactionTrait, Value,
};

use crate::deletion::attribution::Attribution;
use crate::entity::SoftDeleteEntity;
use crate::entity::key;
use crate::error::SoftDeleteError;
use crate::family::{
    self, Assignments, ConnectionFor, Family, FamilyDelete, Graph, Work, preview, restrict,
};
use crate::query::bound::Fitting;
use crate::query::filtered;
use crate::query::filtered::Filtered;
use crate::query::find_by_key;
use crate::query::returning;
use crate::query::stamp;
use crate::report::Preview;

/// A soft delete of one row, by its primary key. Takes further filters.
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until `exec` runs"]
pub struct SoftDeleteOne<E: EntityTrait> {
    key: Option<ValueTuple>,
    many: SoftDeleteMany<E>,
}

/// A soft delete of the live rows that match its filters: all of them, if it has none.
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until `exec` runs"]
pub struct SoftDeleteMany<E: EntityTrait> {
    query: Filtered<UpdateStatement>,
    attribution: Attribution,
    entity: PhantomData<E>,
}

impl<E: SoftDeleteEntity> SoftDeleteOne<E> {
    pub(crate) fn of<A: ActiveModelTrait<Entity = E>>(model: &A) -> Self {
        Self::new(key::of_model(model))
    }

    pub(crate) fn by_id(key: <E::PrimaryKey as PrimaryKeyTrait>::ValueType) -> Self {
        Self::new(key::of_values::<E>(key))
    }

    fn new(key: Option<ValueTuple>) -> Self {
        let many = SoftDeleteMany::of_any().filter(key::is::<E>(key.as_ref()));
        let many = many.filter(E::is_live());
        Self { key, many }
    }

    /// Says who deletes, over what the request says.
    pub fn by(mut self, who: impl Into<Value>) -> Self {
        self.many = self.many.by(who);
        self
    }

    /// Says why, over what the request says.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.many = self.many.because(why);
        self
    }

    /// Says who and why, over what the request says.
    pub fn with(mut self, attribution: Attribution) -> Self {
        self.many = self.many.with(attribution);
        self
    }

    /// Checks that the primary key is set.
    ///
    /// # Errors
    ///
    /// [`DbErr::PrimaryKeyNotSet`].
    pub fn validate(self) -> Result<Self, DbErr> {
        match self.key {
            Some(_) => Ok(self),
            None => Err(DbErr::PrimaryKeyNotSet { ctx: "DeleteOne" }),
        }
    }

    /// Trashes the row and says how many rows that were: 1, or 0 if there is no such live row.
    ///
    /// A row that is trashed already stays as it is, its instant included. Of an entity that
    /// [cascades](crate::describe::SoftDeleteFamily), what belongs to the row goes with it.
    ///
    /// # Errors
    ///
    /// [`DbErr::PrimaryKeyNotSet`]; and, typed inside the [`DbErr`],
    /// [`SoftDeleteError::AttributionType`], [`SoftDeleteError::AttributionNotRecorded`] and
    /// [`SoftDeleteError::ClockHitsLiveValue`]. Nothing is written then.
    pub async fn exec<C>(self, db: &C) -> Result<DeleteResult, DbErr>
    where
        C: ConnectionFor<E>,
    {
        self.validate()?.many.exec(db).await
    }

    /// Trashes the row and returns it as it is then, stamps included; `None` if there is no such
    /// live row.
    ///
    /// MySQL and MariaDB cannot return what they update: there the row is read in a second
    /// statement, which outside a transaction may see what another has made of it since.
    ///
    /// # Errors
    ///
    /// Those of [`exec`](Self::exec).
    pub async fn exec_with_returning<C>(self, db: &C) -> Result<Option<E::Model>, DbErr>
    where
        C: ConnectionFor<E>,
    {
        let Self { key, many } = self.validate()?;
        if returning::is_supported(db) {
            return Ok(many.exec_with_returning(db).await?.pop());
        }
        if many.exec(db).await?.rows_affected == 0 {
            return Ok(None);
        }
        find_by_key::find::<E>(key.as_ref()).one(db).await
    }

    /// What this would do, if it ran now: counts of the rows of each entity, and what forbids it.
    ///
    /// Nothing is written.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`], [`DbErr::PrimaryKeyNotSet`], and what the database says.
    pub async fn preview<C>(&self, db: &C) -> Result<Preview, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        self.clone().validate()?.many.preview(db).await
    }

    /// Does what the preview says, if the counts of every entity, and what forbids the verb, are the same now.
    /// The preview must come from [`preview`](Self::preview) of the same verb with the same filters. Counts are
    /// compared, not rows: it is not noticed if one row has taken the place of another.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if that would not be what happens;
    /// and those of [`exec`](Self::exec). Nothing is written then.
    pub async fn confirm<C>(
        self,
        preview: &Preview,
        db: &C,
    ) -> Result<DeleteResult, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        self.validate()?.many.confirm(preview, db).await
    }

    /// Whether live rows of entities that restrict it forbid this delete. Looks no further than the
    /// first of them.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`], [`DbErr::PrimaryKeyNotSet`], and what the database says.
    pub async fn is_forbidden<C>(&self, db: &C) -> Result<bool, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        self.clone().validate()?.many.is_forbidden(db).await
    }

    fn statement(self, backend: DbBackend) -> UpdateStatement {
        self.many.statement(backend)
    }
}

impl<E: SoftDeleteEntity> SoftDeleteMany<E> {
    pub(crate) fn new() -> Self {
        Self::of_any().filter(E::is_live())
    }

    fn of_any() -> Self {
        Self {
            query: Filtered::new(
                UpdateStatement::new()
                    .table(E::default().table_ref())
                    .to_owned(),
            ),
            attribution: Attribution::default(),
            entity: PhantomData,
        }
    }

    /// Keeps to the rows with these primary keys.
    pub fn filter_by_ids<I>(self, keys: I) -> Self
    where
        I: IntoIterator<Item = <E::PrimaryKey as PrimaryKeyTrait>::ValueType>,
    {
        self.filter(key::is_one_of::<E, I>(keys))
    }

    /// Says who deletes, over what the request says.
    pub fn by(mut self, who: impl Into<Value>) -> Self {
        self.attribution = self.attribution.and_by(who);
        self
    }

    /// Says why, over what the request says.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.attribution = self.attribution.because(why);
        self
    }

    /// Says who and why, over what the request says.
    pub fn with(mut self, attribution: Attribution) -> Self {
        self.attribution = attribution.or(self.attribution);
        self
    }

    /// Trashes the rows, in one statement, and says how many they were.
    ///
    /// Rows that are trashed already stay as they are and are not counted. Of an entity that
    /// [cascades](crate::describe::SoftDeleteFamily), what belongs to the rows goes with them, in one
    /// transaction and one statement for each relation; it is not counted.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::Restricted`] if live rows forbid it, and
    /// [`SoftDeleteError::OperationNotIdentifiable`] if a restore could not tell what fell.
    /// Typed inside the [`DbErr`], [`SoftDeleteError::AttributionType`],
    /// [`SoftDeleteError::AttributionNotRecorded`] and [`SoftDeleteError::ClockHitsLiveValue`].
    /// Nothing is written then.
    pub async fn exec<C>(self, db: &C) -> Result<DeleteResult, DbErr>
    where
        C: ConnectionFor<E>,
    {
        let mut deleted = DeleteResult::empty();
        deleted.rows_affected = family::run::<E, C, _>(db, Exec(self)).await?;
        Ok(deleted)
    }

    /// Trashes the rows, in one statement, and returns them as they are then, stamps included.
    ///
    /// # Errors
    ///
    /// [`DbErr::BackendNotSupported`] on MySQL and MariaDB, which cannot return what they update,
    /// and on SQLite without SeaORM's default feature `sqlite-use-returning-for-3_35`; and those
    /// of [`exec`](Self::exec). Nothing is written then.
    pub async fn exec_with_returning<C>(self, db: &C) -> Result<Vec<E::Model>, DbErr>
    where
        C: ConnectionFor<E>,
    {
        Ok(family::run::<E, C, _>(db, ExecWithReturning(self)).await?)
    }

    /// What this would do, if it ran now: counts of the rows of each entity, and what forbids it.
    ///
    /// Nothing is written.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`], and what the database says.
    pub async fn preview<C>(&self, db: &C) -> Result<Preview, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let rows = self.condition()?;
        preview::of_delete(&Family::for_entity::<E>()?, rows, db).await
    }

    /// Does what the preview says, if the counts of every entity, and what forbids the verb, are the same now.
    /// The preview must come from [`preview`](Self::preview) of the same verb with the same filters. Counts are
    /// compared, not rows: it is not noticed if one row has taken the place of another.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PreviewChanged`], with a new preview, if that would not be what happens;
    /// and those of [`exec`](Self::exec). Nothing is written then.
    pub async fn confirm<C>(
        self,
        preview: &Preview,
        db: &C,
    ) -> Result<DeleteResult, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let mut deleted = DeleteResult::empty();
        deleted.rows_affected = family::atomically(db, Confirm(self, preview.clone())).await?;
        Ok(deleted)
    }

    /// Whether live rows of entities that restrict it forbid this delete. Looks no further than the
    /// first of them.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`], and what the database says.
    pub async fn is_forbidden<C>(&self, db: &C) -> Result<bool, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let family = Family::for_entity::<E>()?;
        let sets = family::doomed(&family, self.condition()?.clone());
        Ok(restrict::is_forbidden(&family, &sets, db).await?)
    }

    /// The rows that match.
    fn condition(&self) -> Result<&Condition, SoftDeleteError> {
        self.query.condition_to::<E>("preview a delete of")
    }

    fn statement(self, backend: DbBackend) -> UpdateStatement {
        let table = family::describing::<E>();
        let stamps = table.trashing_as_far_as_recorded(&self.attribution, backend);
        self.with_stamps(stamps)
    }

    fn with_stamps(self, stamps: Assignments) -> UpdateStatement {
        let mut update = self.query.into_statement();
        update.values(stamps);
        update
    }
}

/// Trashes the rows, and what belongs to them.
struct Exec<E: EntityTrait>(SoftDeleteMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for Exec<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let backend = db.get_database_backend();
        let deletion = stamp::begin::<E>(&self.0.attribution)?;
        let family = FamilyDelete::plan_for::<E>(&deletion, backend)?;
        let stamps = family::describing::<E>().trashing(&deletion, backend)?;
        let update = self.0.with_stamps(stamps);
        let trashed = db.execute(&Fitting(update)).await?.rows_affected();
        if let (Some(family), 1..) = (family, trashed) {
            family.follow(db).await?;
        }
        Ok(trashed)
    }
}

/// The same, and returns the rows.
struct ExecWithReturning<E: EntityTrait>(SoftDeleteMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ExecWithReturning<E> {
    type Output = Vec<E::Model>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<E::Model>, SoftDeleteError> {
        let backend = db.get_database_backend();
        let deletion = stamp::begin::<E>(&self.0.attribution)?;
        let family = FamilyDelete::plan_for::<E>(&deletion, backend)?;
        let stamps = family::describing::<E>().trashing(&deletion, backend)?;
        let update = self.0.with_stamps(stamps);
        let trashed = returning::all::<E, _>(update, db).await?;
        if let (Some(family), false) = (family, trashed.is_empty()) {
            family.follow(db).await?;
        }
        Ok(trashed)
    }
}

/// Does what was previewed.
struct Confirm<E: EntityTrait>(SoftDeleteMany<E>, Preview);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for Confirm<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(delete, preview) = self;
        let backend = db.get_database_backend();
        let deletion = stamp::begin::<E>(&delete.attribution)?;
        let graph = Graph::registered();
        let root = graph.node_for::<E>()?;
        let plan = FamilyDelete::plan(graph, root, &deletion, backend)?;
        preview.expect(delete.preview(db).await?)?;
        let stamps = family::describing::<E>().trashing(&deletion, backend)?;
        let update = delete.with_stamps(stamps);
        let trashed = db.execute(&Fitting(update)).await?.rows_affected();
        let mut done = plan.follow(db).await?;
        done.push((root, trashed));
        match preview.differs_from(plan.family(), &done) {
            None => Ok(trashed),
            Some(changed) => Err(changed),
        }
    }
}

filtered::queries!(
    SoftDeleteOne<E>,
    [SoftDeleteEntity],
    many.query,
    UpdateStatement
);
filtered::queries!(
    SoftDeleteMany<E>,
    [SoftDeleteEntity],
    query,
    UpdateStatement
);
