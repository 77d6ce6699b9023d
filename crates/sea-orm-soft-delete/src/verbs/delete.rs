//! `delete`: live rows become trashed.

use std::convert;
use std::marker::PhantomData;
use std::time::Duration;

use sea_orm::sea_query::{ConditionalStatement, UpdateStatement, ValueTuple};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, DbErr, DeleteResult, EntityTrait, PrimaryKeyTrait,
    QueryFilter, TransactionTrait, Value,
};

use crate::entity::SoftDeleteEntity;
use crate::entity::any_entity::Typed;
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::family_kind::FamilyKind;
use crate::entity::key;
use crate::entity::scope_comment;
use crate::error::SoftDeleteError;
use crate::family::{
    self, ConnectionFor, Family, FamilyDelete, Graph, NodeId, RunsVerbs, Trash, Work, preview,
    restrict,
};
use crate::operation::attribution::Attribution;
use crate::operation::id::{NewOperation, OperationId};
use crate::query::BoxFuture;
use crate::query::bound::Fitting;
use crate::query::filtered::Filtered;
use crate::query::find_by_key;
use crate::query::returning;
use crate::query::stamp;
use crate::report::deleted::Deleted;
use crate::report::{EntityRows, Preview};
use crate::verbs::one_and_many::one_and_many;

/// Soft-deletes one row by its primary key. Takes further filters.
#[doc(alias = "DeleteOne")]
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until `exec` runs"]
pub struct SoftDeleteOne<E: EntityTrait> {
    key: Option<ValueTuple>,
    many: SoftDeleteMany<E>,
}

/// Soft-deletes the live rows that match its filters: all of them, if there is no filter.
///
/// It takes the place of SeaORM's [`DeleteMany`](sea_orm::DeleteMany), and is another type, because that one would delete
/// physically. For an extension trait of a framework that is implemented for `DeleteMany<E>`, call
/// `<note::Entity as EntityTrait>::delete_many()` on a [scoped connection](crate::ScopedConnection), where it is soft too:
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm::DeleteMany;
/// use sea_orm_soft_delete::Scopable;
///
/// trait Titled {
///     fn titled(self, title: &str) -> Self; // a framework's
/// }
/// # impl Titled for DeleteMany<note::Entity> {
/// #     fn titled(self, title: &str) -> Self { self.filter(note::Column::Title.eq(title)) }
/// # }
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// let milk = <note::Entity as EntityTrait>::delete_many().titled("Milk");
/// assert_eq!(milk.exec(&db.scoped()).await?.rows_affected, 1);
/// assert!(note::Entity::only_trashed_by_id(1).one(db).await?.is_some());
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[doc(alias = "DeleteMany")]
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until `exec` runs"]
pub struct SoftDeleteMany<E: EntityTrait> {
    query: Filtered<UpdateStatement>,
    attribution: Attribution,
    entity: PhantomData<E>,
}

impl<E: SoftDeleteEntity> SoftDeleteOne<E> {
    fn new(key: Option<ValueTuple>) -> Self {
        let many = SoftDeleteMany::of(live_row(Typed::<E>::SOFT, key.as_ref()));
        Self { key, many }
    }

    /// Sets who deletes, overriding the attribution in scope.
    pub fn by(mut self, who: impl Into<Value>) -> Self {
        self.many = self.many.by(who);
        self
    }

    /// Sets why, overriding the attribution in scope.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.many = self.many.because(why);
        self
    }

    /// Lets a purge remove the rows after this time, whatever retention their entity declares: writes the
    /// `purge_at` column.
    pub fn purge_after(mut self, time: Duration) -> Self {
        self.many = self.many.purge_after(time);
        self
    }

    /// Sets who and why, overriding the attribution in scope.
    pub fn with(mut self, attribution: Attribution) -> Self {
        self.many = self.many.with(attribution);
        self
    }

    /// Trashes the row and returns the number of rows trashed: 1, or 0 if there is no such live row.
    ///
    /// A row that is trashed already does not change, and keeps its instant. If the entity
    /// [cascades](crate::describe::SoftDeleteFamily), the children of the row are trashed with it.
    ///
    /// # Errors
    ///
    /// [`DbErr::PrimaryKeyNotSet`]; and, typed inside the [`DbErr`],
    /// [`SoftDeleteError::AttributionType`], [`SoftDeleteError::AttributionNotRecorded`] and
    /// [`SoftDeleteError::ClockHitsLiveValue`]. On error, nothing is written.
    pub async fn exec<C>(self, db: &C) -> Result<DeleteResult, DbErr>
    where
        C: ConnectionFor<E>,
    {
        exec::<E::Kind, C>(self.validate()?.many.untyped(), db).await
    }

    /// Trashes the row and returns the trashed row, stamps included. Returns `None` if there is no such
    /// live row.
    ///
    /// MySQL and MariaDB cannot return the rows that they update, so a second statement reads the row
    /// there. Outside a transaction, that statement may see later changes by other transactions.
    ///
    /// # Errors
    ///
    /// The errors of [`exec`](Self::exec).
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

    /// Does the same as [`exec`](Self::exec), and returns the operation that trashed the row, so that a program can offer
    /// to undo the delete.
    ///
    /// # Errors
    ///
    /// The errors of [`exec`](Self::exec).
    pub async fn exec_returning_operation<C>(self, db: &C) -> Result<Deleted, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        self.validate()?.many.exec_returning_operation(db).await
    }

    /// Whether live rows of a child entity, whose relation is declared `restrict`, forbid this delete.
    /// The check stops at the first such row.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`], [`DbErr::PrimaryKeyNotSet`], and database errors.
    pub async fn is_forbidden<C>(&self, db: &C) -> Result<bool, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        self.clone().validate()?.many.is_forbidden(db).await
    }
}

impl<E: SoftDeleteEntity> SoftDeleteMany<E> {
    pub(crate) fn new() -> Self {
        Self::of(live_rows(Typed::<E>::SOFT, Condition::all()))
    }

    fn of(query: Filtered<UpdateStatement>) -> Self {
        Self {
            query,
            attribution: Attribution::default(),
            entity: PhantomData,
        }
    }

    /// Sets who deletes, overriding the attribution in scope.
    pub fn by(mut self, who: impl Into<Value>) -> Self {
        self.attribution = self.attribution.and_by(who);
        self
    }

    /// Sets why, overriding the attribution in scope.
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.attribution = self.attribution.because(why);
        self
    }

    /// Lets a purge remove the rows after this time, whatever retention their entity declares: writes the
    /// `purge_at` column.
    pub fn purge_after(mut self, time: Duration) -> Self {
        self.attribution = self.attribution.purge_after(time);
        self
    }

    /// Sets who and why, overriding the attribution in scope.
    pub fn with(mut self, attribution: Attribution) -> Self {
        self.attribution = attribution.or(self.attribution);
        self
    }

    /// Trashes the rows, in one statement, and returns their number.
    ///
    /// Rows that are trashed already do not change and do not count. If the entity
    /// [cascades](crate::describe::SoftDeleteFamily), the children of the rows are trashed with them,
    /// in one transaction and with one statement for each relation; the children do not count.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::Restricted`] if live child rows forbid the delete, and
    /// [`SoftDeleteError::OperationNotIdentifiable`] if a restore could not tell which rows the delete
    /// trashed. Typed inside the [`DbErr`], [`SoftDeleteError::AttributionType`],
    /// [`SoftDeleteError::AttributionNotRecorded`] and [`SoftDeleteError::ClockHitsLiveValue`]. On
    /// error, nothing is written.
    pub async fn exec<C>(self, db: &C) -> Result<DeleteResult, DbErr>
    where
        C: ConnectionFor<E>,
    {
        exec::<E::Kind, C>(self.untyped(), db).await
    }

    /// Trashes the rows, in one statement, and returns the trashed rows, stamps included.
    ///
    /// # Errors
    ///
    /// [`DbErr::BackendNotSupported`] on MySQL and MariaDB, which cannot return the rows that they
    /// update, and on SQLite without SeaORM's default feature `sqlite-use-returning-for-3_35`; and the
    /// errors of [`exec`](Self::exec). On error, nothing is written.
    pub async fn exec_with_returning<C>(self, db: &C) -> Result<Vec<E::Model>, DbErr>
    where
        C: ConnectionFor<E>,
    {
        Ok(family::run::<E, C, _>(db, ExecWithReturning(self)).await?)
    }

    /// Does the same as [`exec`](Self::exec), and returns the operation that trashed the rows, so that a program can
    /// offer to undo the delete.
    ///
    /// # Errors
    ///
    /// The errors of [`exec`](Self::exec).
    pub async fn exec_returning_operation<C>(self, db: &C) -> Result<Deleted, SoftDeleteError>
    where
        C: ConnectionFor<E>,
    {
        family::run::<E, C, _>(db, ExecReturningOperation(self.untyped())).await
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
        preview::of_delete(&Family::for_entity::<E>()?, rows, db).await
    }

    /// Whether live rows of a child entity, whose relation is declared `restrict`, forbid this delete.
    /// The check stops at the first such row.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::StatementEdited`], and database errors.
    pub async fn is_forbidden<C>(&self, db: &C) -> Result<bool, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let family = Family::for_entity::<E>()?;
        let sets = family::doomed(&family, self.condition()?.clone());
        Ok(restrict::is_forbidden(&family, &sets, db).await?)
    }

    /// The predicate of the rows that match.
    fn condition(&self) -> Result<&Condition, SoftDeleteError> {
        self.query.condition_to::<E>("preview a delete of")
    }

    fn statement(self, backend: DbBackend) -> UpdateStatement {
        self.untyped().statement(backend)
    }

    fn untyped(self) -> Trash {
        Trash {
            soft: Typed::<E>::SOFT,
            update: self.query.into_statement(),
            attribution: self.attribution,
        }
    }
}

/// An UPDATE of the live rows that match, without assignments.
#[inline(never)]
fn live_rows(soft: &'static dyn AnySoftEntity, rows: Condition) -> Filtered<UpdateStatement> {
    let mut update = UpdateStatement::new();
    update.table(soft.entity().table());
    let mut query = Filtered::new(update);
    if !rows.is_empty() {
        query.cond_where(rows);
    }
    query.cond_where(soft.is_live());
    query.cond_where(scope_comment::deletes_rows_of(soft.entity()));
    query
}

fn live_row(
    soft: &'static dyn AnySoftEntity,
    key: Option<&ValueTuple>,
) -> Filtered<UpdateStatement> {
    live_rows(soft, key::is_of(soft.entity(), key))
}

/// The delete of the row with this key.
///
/// # Errors
///
/// [`DbErr::PrimaryKeyNotSet`].
pub(super) fn row(
    soft: &'static dyn AnySoftEntity,
    key: Option<&ValueTuple>,
    attribution: Attribution,
) -> Result<Trash, DbErr> {
    let key = key.ok_or(KEY_NOT_SET)?;
    Ok(Trash {
        soft,
        update: live_row(soft, Some(key)).into_statement(),
        attribution,
    })
}

const KEY_NOT_SET: DbErr = DbErr::PrimaryKeyNotSet { ctx: "DeleteOne" };

/// The future is boxed, so that the compiler does not repeat its code in each function that waits for it.
#[inline(never)]
pub(super) fn exec<K, C>(rows: Trash, db: &C) -> BoxFuture<'_, Result<DeleteResult, DbErr>>
where
    K: FamilyKind,
    C: RunsVerbs<K>,
{
    Box::pin(async move {
        let mut deleted = DeleteResult::empty();
        deleted.rows_affected = db.trash(rows).await?;
        Ok(deleted)
    })
}

/// Trashes the rows and what falls with them; returns the operation, and how many rows of each entity it wrote.
struct ExecReturningOperation(Trash);

#[async_trait::async_trait]
impl Work for ExecReturningOperation {
    type Output = Deleted;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Deleted, SoftDeleteError> {
        let soft = self.0.soft;
        let (operation, update, plan) = self.0.begin(db.get_database_backend())?;
        let trashed = db.execute(&Fitting(update)).await?.rows_affected();
        let mut counts = match (plan, trashed) {
            (Some(plan), 1..) => plan.follow(db).await?,
            _ => Vec::new(),
        };
        let root = Graph::registered().node_of_soft(soft)?;
        counts.insert(0, (root, trashed));
        Ok(deleted(&operation, trashed, &counts))
    }
}

/// The same; returns how many rows of each entity it wrote.
struct ByEntity(Trash);

#[async_trait::async_trait]
impl Work for ByEntity {
    type Output = Vec<EntityRows>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<EntityRows>, SoftDeleteError> {
        Ok(ExecReturningOperation(self.0).run(db).await?.by_entity)
    }
}

/// What the operation did: how many of the matching rows it trashed, and how many rows of each entity it wrote, those of
/// the verb's entity first.
fn deleted(operation: &NewOperation, trashed: u64, counts: &[(NodeId, u64)]) -> Deleted {
    let graph = Graph::registered();
    let written = counts.iter().filter(|(_, rows)| *rows > 0);
    let members: Vec<_> = written.filter_map(|(node, _)| graph.soft(*node)).collect();
    let id = match members.iter().any(|member| member.has_operation_column()) {
        true => OperationId::Uuid(operation.id),
        false => OperationId::Instant(operation.at),
    };
    let root = members.first().filter(|_| trashed > 0);
    Deleted {
        rows_affected: trashed,
        operation: root.filter(|root| root.tells_apart(id)).map(|_| id),
        by_entity: graph.by_entity(counts),
    }
}

/// Trashes the rows and what falls with them; returns the rows.
struct ExecWithReturning<E: EntityTrait>(SoftDeleteMany<E>);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for ExecWithReturning<E> {
    type Output = Vec<E::Model>;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Vec<E::Model>, SoftDeleteError> {
        let (_, update, family) = self.0.untyped().begin(db.get_database_backend())?;
        let trashed = returning::all::<E, _>(update, db).await?;
        if let (Some(family), false) = (family, trashed.is_empty()) {
            family.follow(db).await?;
        }
        Ok(trashed)
    }
}

/// Runs the verb if it still does what was previewed.
struct Confirm<E: EntityTrait>(SoftDeleteMany<E>, Preview);

#[async_trait::async_trait]
impl<E: SoftDeleteEntity> Work for Confirm<E> {
    type Output = Deleted;

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<Deleted, SoftDeleteError> {
        let Self(delete, preview) = self;
        let backend = db.get_database_backend();
        let operation = stamp::begin(Typed::<E>::SOFT, &delete.attribution)?;
        let graph = Graph::registered();
        let root = graph.node_for::<E>()?;
        let plan = FamilyDelete::plan(graph, root, &operation, backend)?;
        preview.expect(delete.preview(db).await?)?;
        let described_by = family::describing(Typed::<E>::SOFT);
        let stamps = stamp::of_operation(described_by, &operation)?;
        let update = delete.untyped().with_stamps(stamps, backend);
        let trashed = db.execute(&Fitting(update)).await?.rows_affected();
        let mut done = plan.follow(db).await?;
        done.insert(0, (root, trashed));
        match preview.differs_from(plan.family(), &done) {
            None => Ok(deleted(&operation, trashed, &done)),
            Some(changed) => Err(changed),
        }
    }
}

one_and_many! {
    SoftDeleteOne, SoftDeleteMany: UpdateStatement,
    result: Deleted = convert::identity,
    key_not_set: DbErr = KEY_NOT_SET,
    confirm_one: |one: SoftDeleteOne<E>, preview| Confirm(one.many, preview),
    confirm_many: Confirm,
    by_entity: |many: SoftDeleteMany<E>| ByEntity(many.untyped()),
}
