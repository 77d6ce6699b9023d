//! `force_delete`: physically deletes rows.

use std::marker::PhantomData;

use sea_orm::sea_query::{DeleteStatement, Expr, IntoIden, ValueTuple};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, DbErr, DeleteResult, EntityTrait, FromQueryResult,
    PrimaryKeyTrait, QueryFilter, TransactionTrait,
};

use crate::entity::any_entity::Typed;
use crate::entity::key;
use crate::entity::scope_comment;
use crate::entity::{SoftDeleteEntity, is_trashed};
use crate::error::SoftDeleteError;
use crate::family::backup::{self, Batches};
use crate::family::{self, ConnectionFor, Family, Graph, Soft, Work, preview};
use crate::query::bound::Fitting;
use crate::query::filtered::Filtered;
use crate::query::find_by_key;
use crate::query::returning;
use crate::query::unique_violation;
use crate::report::{EntityRows, Preview};
use crate::verbs::holders;
use crate::verbs::one_and_many::one_and_many;

/// Physically deletes one row by its primary key. Takes further filters.
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until `exec` runs"]
pub struct ForceDeleteOne<E: EntityTrait> {
    key: Option<ValueTuple>,
    many: ForceDeleteMany<E>,
}

/// Physically deletes the rows that match its filters: all of them, if there is no filter.
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until `exec` runs"]
pub struct ForceDeleteMany<E: EntityTrait> {
    query: Filtered<DeleteStatement>,
    only_trashed: bool,
    entity: PhantomData<E>,
}

impl<E: SoftDeleteEntity> ForceDeleteOne<E> {
    fn new(key: Option<ValueTuple>) -> Self {
        let many = ForceDeleteMany::new().filter(key::is::<E>(key.as_ref()));
        Self { key, many }
    }

    /// Refuses a live row.
    pub fn only_trashed(mut self) -> Self {
        self.many = self.many.only_trashed();
        self
    }

    /// Removes the row and returns the number of rows removed: 1, or 0 if there is no such row.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PrimaryKeyNotSet`], and, after [`only_trashed`](Self::only_trashed),
    /// [`SoftDeleteError::NotTrashed`] if the row is live. On error, nothing is removed.
    pub async fn exec<C>(self, db: &C) -> Result<DeleteResult, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        let Self { key, many } = self.validate()?;
        let only_trashed = many.only_trashed;
        let deleted = many.exec(db).await?;
        if deleted.rows_affected == 0 && only_trashed {
            refuse_live::<E, C>(key.as_ref(), db).await?;
        }
        Ok(deleted)
    }

    /// Removes the row, in a transaction that has begun, and returns the number of rows removed.
    pub(crate) async fn exec_within<C>(self, db: &C) -> Result<u64, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        Exec(self.validate()?.many).run(db).await
    }

    /// Removes the row and returns the removed row. Returns `None` if there is no such row.
    ///
    /// # Errors
    ///
    /// [`DbErr::BackendNotSupported`] where the database cannot return the rows that it deletes; and
    /// the errors of [`exec`](Self::exec).
    pub async fn exec_with_returning<C>(self, db: &C) -> Result<Option<E::Model>, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        let Self { key, many } = self.validate()?;
        let only_trashed = many.only_trashed;
        let deleted = many.exec_with_returning(db).await?.pop();
        if deleted.is_none() && only_trashed {
            refuse_live::<E, C>(key.as_ref(), db).await?;
        }
        Ok(deleted)
    }
}

impl<E: SoftDeleteEntity> ForceDeleteMany<E> {
    pub(crate) fn new() -> Self {
        Self {
            query: Filtered::new(
                DeleteStatement::new()
                    .from_table(E::default().table_ref())
                    .to_owned(),
            ),
            only_trashed: false,
            entity: PhantomData,
        }
        .filter(scope_comment::force_delete::<E>())
    }

    /// Restricts the delete to trashed rows; live rows stay.
    pub fn only_trashed(mut self) -> Self {
        self.only_trashed = true;
        self.filter(E::is_trashed())
    }

    /// Removes the rows, in one statement, and returns their number.
    ///
    /// If the entity [cascades](crate::describe::SoftDeleteFamily), the children of the rows, live or
    /// trashed, are removed before them, in one transaction; the children do not count.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::Restricted`] if live child rows forbid the delete. On error, nothing is
    /// removed.
    pub async fn exec<C>(self, db: &C) -> Result<DeleteResult, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        Ok(removed(family::run::<E, C, _>(db, Exec(self)).await?))
    }

    /// Removes the rows, in one statement, and returns the removed rows.
    ///
    /// # Errors
    ///
    /// [`DbErr::BackendNotSupported`] on MySQL and MariaDB, for which SeaORM writes no RETURNING, and
    /// on SQLite without SeaORM's default feature `sqlite-use-returning-for-3_35`. On error, nothing is
    /// removed.
    pub async fn exec_with_returning<C>(self, db: &C) -> Result<Vec<E::Model>, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        let backend = db.get_database_backend();
        if !returning::is_supported(db) {
            return Err(SoftDeleteError::Db(DbErr::BackendNotSupported {
                db: backend.as_str(),
                ctx: "DELETE RETURNING",
            }));
        }
        family::run::<E, C, _>(db, ExecWithReturning(self)).await
    }

    /// Returns what this verb would do if it ran now: the number of rows of each entity, and whatever
    /// would forbid the verb, including the foreign keys of other tables.
    ///
    /// Nothing is written. The preview reads the foreign keys from the database's catalogue.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`], and database errors.
    pub async fn preview<C>(&self, db: &C) -> Result<Preview, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let (family, rows) = (Family::for_entity::<E>()?, self.condition()?);
        let mut preview = preview::of_force_delete(&family, rows, db).await?;
        preview.held = holders::holders(&family, rows, db).await?;
        Ok(preview)
    }

    /// Removes the rows and their children, on a connection that is a transaction.
    pub(crate) async fn remove_within<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        Exec(self).run(db).await
    }

    /// The predicate of the rows that match.
    pub(crate) fn condition(&self) -> Result<&Condition, SoftDeleteError> {
        self.query.condition_to::<E>("force-delete")
    }

    /// Removes the rows that match, and their children. Returns the number of rows that match.
    async fn remove_family<C: ConnectionTrait>(&self, db: &C) -> Result<u64, SoftDeleteError> {
        let rows = self.condition()?;
        let family = Family::for_entity::<E>()?;
        let count = family::lock_rows::<E, C>(rows, db).await?;
        if count > 0 {
            family::force_delete(&family, rows, db).await?;
        }
        Ok(count)
    }

    /// Refuses if a legal hold keeps some of the rows.
    async fn refuse_held<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        if Typed::<E>::SOFT.is_held(E::default().into_iden()).is_none() {
            return Ok(());
        }
        let family = Family::for_entity::<E>()?;
        let rows = family::everything(&family, self.condition()?);
        family::refuse_held(&family, &rows, db).await
    }

    /// The rows, in the batches in which a backup writes them.
    async fn batches<C: ConnectionTrait>(&self, db: &C) -> Result<Batches, SoftDeleteError> {
        // Fails unless the connection permits the statement. A transaction of SQLite has to write first.
        let mut nothing = self.clone().statement(db.get_database_backend());
        nothing.and_where(Expr::Constant(false.into()));
        db.execute(&Fitting(nothing)).await?;
        let rows = self.condition()?.clone();
        Ok(Batches::of(
            Graph::registered().describing(Soft::<E>::MEMBER),
            rows,
        ))
    }

    fn statement(self, _: DbBackend) -> DeleteStatement {
        let mut delete = self.query.into_statement();
        delete.and_where_option(Typed::<E>::SOFT.is_free(E::default().into_iden()));
        delete
    }
}

/// Removes the rows and their children.
struct Exec<E: EntityTrait>(ForceDeleteMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for Exec<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        if family::concerns_others::<E>() {
            return self.0.remove_family(db).await;
        }
        self.0.refuse_held(db).await?;
        let explained = |error| unique_violation::of_removal(error, key::entity_name::<E>());
        let backend = db.get_database_backend();
        if !backup::is_on() {
            let delete = self.0.statement(backend);
            let removed = db.execute(&Fitting(delete)).await;
            return Ok(removed.map_err(explained)?.rows_affected());
        }
        let mut batches = self.0.batches(db).await?;
        let delete = self.0.statement(backend);
        let mut all = 0;
        while let Some(is_written) = batches.next(db).await? {
            let batch = delete.clone().and_where(is_written).to_owned();
            let removed = db.execute(&Fitting(batch)).await.map_err(explained)?;
            batches.removed(removed.rows_affected())?;
            all += removed.rows_affected();
        }
        Ok(all)
    }
}

/// Like [`Exec`]; also returns the removed rows.
struct ExecWithReturning<E: EntityTrait>(ForceDeleteMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ExecWithReturning<E> {
    type Output = Vec<E::Model>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<E::Model>, SoftDeleteError> {
        if family::concerns_others::<E>() {
            // The lock fixes the set of rows; and on SQLite, a transaction has to write first.
            family::lock_rows::<E, C>(self.0.condition()?, db).await?;
            let find = <E as EntityTrait>::find().filter(self.0.condition()?.clone());
            let rows = find
                .filter(scope_comment::with_trashed::<E>())
                .all(db)
                .await?;
            self.0.remove_family(db).await?;
            return Ok(rows);
        }
        self.0.refuse_held(db).await?;
        let explained = |error| unique_violation::of_removal(error, key::entity_name::<E>());
        let backend = db.get_database_backend();
        let returning = |delete: &mut DeleteStatement| {
            delete.returning(returning::columns_of(Typed::<E>::ENTITY));
        };
        let mut rows = Vec::new();
        if backup::is_on() {
            let mut batches = self.0.batches(db).await?;
            let mut delete = self.0.statement(backend);
            returning(&mut delete);
            while let Some(is_written) = batches.next(db).await? {
                let batch = delete.clone().and_where(is_written).to_owned();
                let removed = db.query_all(&Fitting(batch)).await.map_err(explained)?;
                batches.removed(removed.len() as u64)?;
                rows.extend(removed);
            }
        } else {
            let mut delete = self.0.statement(backend);
            returning(&mut delete);
            rows = db.query_all(&Fitting(delete)).await.map_err(explained)?;
        }
        let models = rows
            .iter()
            .map(|row| E::Model::from_query_result(row, ""))
            .collect::<Result<_, _>>()?;
        Ok(models)
    }
}

/// Like [`Exec`]; returns how many rows of each entity it wrote.
struct ByEntity<E: EntityTrait>(ForceDeleteMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ByEntity<E> {
    type Output = Vec<EntityRows>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<EntityRows>, SoftDeleteError> {
        if !family::concerns_others::<E>() {
            let removed = Exec(self.0).run(db).await?;
            return Ok(
                Graph::registered().by_entity(&[(Graph::registered().node_for::<E>()?, removed)])
            );
        }
        let rows = self.0.condition()?;
        let family = Family::for_entity::<E>()?;
        family::lock_rows::<E, C>(rows, db).await?;
        let mut counts = family::force_delete(&family, rows, db).await?;
        counts.reverse(); // Children were removed first.
        Ok(Graph::registered().by_entity(&counts))
    }
}

/// Runs the verb if it still does what was previewed.
struct Confirm<E: EntityTrait>(ForceDeleteMany<E>, Preview);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for Confirm<E> {
    type Output = u64;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<u64, SoftDeleteError> {
        let Self(delete, preview) = self;
        let rows = delete.condition()?;
        let family = Family::for_entity::<E>()?;
        let count = family::lock_rows::<E, C>(rows, db).await?;
        preview.expect(delete.preview(db).await?)?;
        let done = family::force_delete(&family, rows, db).await?;
        match preview.differs_from(&family, &done) {
            None => Ok(count),
            Some(changed) => Err(changed),
        }
    }
}

one_and_many! {
    ForceDeleteOne, ForceDeleteMany: DeleteStatement,
    result: DeleteResult = removed,
    key_not_set: SoftDeleteError = SoftDeleteError::PrimaryKeyNotSet {
        entity: key::entity_name::<E>(),
        verb: "force-delete",
    },
    confirm_one: |one: ForceDeleteOne<E>, preview| Confirm(one.many, preview),
    confirm_many: Confirm,
    by_entity: ByEntity,
}

fn removed(rows: u64) -> DeleteResult {
    let mut result = DeleteResult::empty();
    result.rows_affected = rows;
    result
}

async fn refuse_live<E, C>(key: Option<&ValueTuple>, db: &C) -> Result<(), SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    match find_by_key::find_as_of_now::<E, C>(key, db).await? {
        Some(row) if !is_trashed(&row) => Err(SoftDeleteError::NotTrashed {
            entity: key::entity_name::<E>(),
            key: key::spell::<E>(key),
            remedy: "delete it first, or use `force_delete` without `only_trashed`",
        }),
        _ => Ok(()),
    }
}
