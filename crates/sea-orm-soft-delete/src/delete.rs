//! `delete`: live rows become trashed.

use std::marker::PhantomData;

use sea_orm::sea_query::{UpdateStatement, ValueTuple};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, DeleteResult, EntityTrait,
    PrimaryKeyTrait, QueryFilter, Value,
};

use crate::attribution::Attribution;
use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::stamp::{self, Stamps};
use crate::{builder, key, returning};

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
    query: UpdateStatement,
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
    /// A row that is trashed already stays as it is, its instant included.
    ///
    /// # Errors
    ///
    /// [`DbErr::PrimaryKeyNotSet`]; and, typed inside the [`DbErr`],
    /// [`SoftDeleteError::AttributionType`], [`SoftDeleteError::AttributionNotRecorded`] and
    /// [`SoftDeleteError::InstantIsLive`]. Nothing is written then.
    pub async fn exec<C>(self, db: &C) -> Result<DeleteResult, DbErr>
    where
        C: ConnectionTrait,
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
        C: ConnectionTrait,
    {
        let Self { key, many } = self.validate()?;
        if returning::is_supported(db) {
            return Ok(many.exec_with_returning(db).await?.pop());
        }
        if many.exec(db).await?.rows_affected == 0 {
            return Ok(None);
        }
        key::find::<E>(key.as_ref()).one(db).await
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
            query: UpdateStatement::new()
                .table(E::default().table_ref())
                .to_owned(),
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
    /// Rows that are trashed already stay as they are and are not counted.
    ///
    /// # Errors
    ///
    /// Typed inside the [`DbErr`], [`SoftDeleteError::AttributionType`],
    /// [`SoftDeleteError::AttributionNotRecorded`] and [`SoftDeleteError::InstantIsLive`].
    /// Nothing is written then.
    pub async fn exec<C>(self, db: &C) -> Result<DeleteResult, DbErr>
    where
        C: ConnectionTrait,
    {
        let result = db
            .execute(&self.stamped(db.get_database_backend())?)
            .await?;
        let mut deleted = DeleteResult::empty();
        deleted.rows_affected = result.rows_affected();
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
        C: ConnectionTrait,
    {
        returning::all::<E, _>(self.stamped(db.get_database_backend())?, db).await
    }

    fn stamped(self, backend: DbBackend) -> Result<UpdateStatement, SoftDeleteError> {
        let stamps = stamp::trashing::<E>(&self.attribution)?;
        Ok(self.with_stamps(stamps, backend))
    }

    fn statement(self, backend: DbBackend) -> UpdateStatement {
        let stamps = stamp::trashing_as_far_as_recorded::<E>(&self.attribution);
        self.with_stamps(stamps, backend)
    }

    fn with_stamps(mut self, stamps: Stamps<E>, backend: DbBackend) -> UpdateStatement {
        self.query.values(stamp::assignments(stamps, backend));
        self.query
    }
}

builder::queries!(
    SoftDeleteOne<E>,
    [SoftDeleteEntity],
    many.query,
    UpdateStatement
);
builder::queries!(
    SoftDeleteMany<E>,
    [SoftDeleteEntity],
    query,
    UpdateStatement
);
