//! `update`: changes one row, a live one unless the caller says otherwise.

use std::marker::PhantomData;

use sea_orm::sea_query::{ConditionalStatement, Expr, UpdateStatement, ValueTuple};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult,
    IdenStatic, Iterable, PrimaryKeyToColumn, QueryFilter, QueryResult, UpdateResult, Value,
};

use crate::entity::SoftDeleteEntity;
use crate::entity::any_entity::Typed;
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::key;
use crate::entity::scope_comment;
use crate::query::BoxFuture;
use crate::query::filtered;
use crate::query::filtered::Filtered;
use crate::query::find_by_key;
use crate::query::returning;

/// Updates one row, if it is live: SeaORM's [`UpdateOne`](sea_orm::UpdateOne), without access to trashed rows.
/// [`update_with_trashed`](crate::SoftDelete::update_with_trashed) makes one that reaches them. Takes further filters.
#[doc(alias = "UpdateOne")]
#[derive(Clone, Debug)]
#[must_use = "nothing is updated until `exec` runs"]
pub struct UpdateLiveOne<A: ActiveModelTrait> {
    key: Option<ValueTuple>,
    query: Filtered<UpdateStatement>,
    is_live_only: bool,
    model: PhantomData<A>,
}

impl<A> UpdateLiveOne<A>
where
    A: ActiveModelTrait<Entity: SoftDeleteEntity>,
{
    pub(crate) fn new(model: &A) -> Self {
        Self::of_any(model, |soft| soft.is_live())
    }

    /// Updates one row, live or trashed. A model that sets the marker to "live" reaches a live row only, because an
    /// update restores nothing.
    pub(crate) fn with_trashed(model: &A) -> Self {
        let marker = <A::Entity as SoftDeleteEntity>::soft_delete().marker();
        match model.get(marker.column()) {
            ActiveValue::Set(value) if !marker.says_trashed(&value) => Self::new(model),
            _ => Self {
                is_live_only: false,
                ..Self::of_any(model, |soft| scope_comment::shows_trash_of(soft.entity()))
            },
        }
    }

    /// Updates one trashed row.
    pub(crate) fn of_trashed(model: &A) -> Self {
        Self::of_any(model, |soft| soft.is_trashed())
            .filter(scope_comment::with_trashed::<A::Entity>())
    }

    fn of_any(model: &A, rows: fn(&dyn AnySoftEntity) -> Expr) -> Self {
        let key = key::of_model(model);
        let soft = Typed::<A::Entity>::SOFT;
        Self {
            query: row(soft, key.as_ref(), changes(model), rows),
            key,
            is_live_only: true,
            model: PhantomData,
        }
    }

    /// Checks that the primary key is set.
    ///
    /// # Errors
    ///
    /// [`DbErr::PrimaryKeyNotSet`].
    pub fn validate(self) -> Result<Self, DbErr> {
        match self.key {
            Some(_) => Ok(self),
            None => Err(KEY_NOT_SET),
        }
    }

    /// Writes the values that are `Set` and returns the updated row.
    ///
    /// If nothing is `Set`, the row is only read, by its key, and filters are ignored, as in SeaORM.
    /// MySQL and MariaDB cannot return the rows that they update, so a second statement reads the row
    /// there.
    ///
    /// # Errors
    ///
    /// SeaORM's errors for a missing row: [`DbErr::RecordNotUpdated`], or [`DbErr::RecordNotFound`] if
    /// nothing is `Set` or, on MySQL and MariaDB, the update changes the key of the row. A trashed row
    /// counts as missing, unless `update_with_trashed` made this. And [`DbErr::PrimaryKeyNotSet`].
    pub async fn exec<C>(self, db: &C) -> Result<<A::Entity as EntityTrait>::Model, DbErr>
    where
        C: ConnectionTrait,
    {
        let this = self.validate()?;
        let soft = Typed::<A::Entity>::SOFT;
        let update = this.query.into_statement();
        let row = write(soft, this.key, update, this.is_live_only, db).await?;
        FromQueryResult::from_query_result(&row, "")
    }

    /// Writes the values that are `Set`. If nothing is `Set`, does nothing.
    ///
    /// # Errors
    ///
    /// [`DbErr::RecordNotUpdated`] if there is no such row, and
    /// [`DbErr::PrimaryKeyNotSet`].
    pub async fn exec_without_returning<C>(self, db: &C) -> Result<UpdateResult, DbErr>
    where
        C: ConnectionTrait,
    {
        write_without_returning(self.validate()?.query.into_statement(), db).await
    }

    fn statement(self, _: DbBackend) -> UpdateStatement {
        self.query.into_statement()
    }
}

/// A column, and the value that an UPDATE writes into it.
type Change = (&'static str, Value);

/// The values of a model that are `Set`, without those of its key.
fn changes<A: ActiveModelTrait>(model: &A) -> Vec<Change> {
    let mut changes = Vec::new();
    for column in <A::Entity as EntityTrait>::Column::iter() {
        if <A::Entity as EntityTrait>::PrimaryKey::from_column(column).is_none()
            && let ActiveValue::Set(value) = model.get(column)
        {
            changes.push((column.as_str(), value));
        }
    }
    changes
}

/// An UPDATE of the row with this key. Without a key it updates no row, and `exec` rejects it.
#[inline(never)]
fn row(
    soft: &'static dyn AnySoftEntity,
    key: Option<&ValueTuple>,
    changes: Vec<Change>,
    rows: fn(&dyn AnySoftEntity) -> Expr,
) -> Filtered<UpdateStatement> {
    let entity = soft.entity();
    let mut update = UpdateStatement::new();
    update.table(entity.table());
    update.cond_where(key::is_of(entity, key));
    if key.is_some() {
        let changes = changes.into_iter();
        update.values(changes.map(|(column, value)| {
            let value = entity.save_as(column, Expr::val(value));
            (column, value)
        }));
    }
    let mut query = Filtered::new(update);
    query.cond_where(rows(soft));
    query
}

/// Writes the values of a model into its row, if that is live, and returns the row. The verb of an active model, whose
/// code each entity has, thus does not handle the statement.
pub(super) fn write_live<'a, A, C>(
    model: &A,
    db: &'a C,
) -> BoxFuture<'a, Result<QueryResult, DbErr>>
where
    A: ActiveModelTrait<Entity: SoftDeleteEntity>,
    C: ConnectionTrait,
{
    let soft = Typed::<A::Entity>::SOFT;
    write_live_row(soft, key::of_model(model), changes(model), db)
}

#[inline(never)]
fn write_live_row<'a, C: ConnectionTrait>(
    soft: &'static dyn AnySoftEntity,
    key: Option<ValueTuple>,
    changes: Vec<Change>,
    db: &'a C,
) -> BoxFuture<'a, Result<QueryResult, DbErr>> {
    Box::pin(async move {
        if key.is_none() {
            return Err(KEY_NOT_SET);
        }
        let query = row(soft, key.as_ref(), changes, |soft| soft.is_live());
        write_and_read(soft, key, query.into_statement(), true, db).await
    })
}

const KEY_NOT_SET: DbErr = DbErr::PrimaryKeyNotSet { ctx: "UpdateOne" };

/// Writes the values of a row, and returns the row. Without the type of its entity, so that one copy of the
/// code serves all entities of a program; and boxed, so that the compiler does not repeat that code in each function
/// that waits for it.
#[inline(never)]
fn write<'a, C: ConnectionTrait>(
    soft: &'static dyn AnySoftEntity,
    key: Option<ValueTuple>,
    update: UpdateStatement,
    is_live_only: bool,
    db: &'a C,
) -> BoxFuture<'a, Result<QueryResult, DbErr>> {
    Box::pin(write_and_read(soft, key, update, is_live_only, db))
}

async fn write_and_read<C: ConnectionTrait>(
    soft: &'static dyn AnySoftEntity,
    key: Option<ValueTuple>,
    update: UpdateStatement,
    is_live_only: bool,
    db: &C,
) -> Result<QueryResult, DbErr> {
    let mut by_key = find_by_key::any(soft.entity(), key.as_ref());
    let not_found = || DbErr::RecordNotFound("Failed to find updated item".to_owned());
    if update.get_values().is_empty() {
        // SeaORM would use a plain `find_by_id`, which also finds trashed rows.
        if is_live_only {
            by_key.and_where(soft.is_live());
        }
        return db.query_one(&by_key).await?.ok_or_else(not_found);
    }
    if returning::is_supported(db) {
        let mut updated = returning::rows(soft.entity(), update, db).await?;
        return updated.pop().ok_or(DbErr::RecordNotUpdated);
    }
    write_without_returning(update, db).await?;
    // Without the scope, because the update itself may have set the marker by hand.
    db.query_one(&by_key).await?.ok_or_else(not_found)
}

async fn write_without_returning<C: ConnectionTrait>(
    update: UpdateStatement,
    db: &C,
) -> Result<UpdateResult, DbErr> {
    let mut updated = UpdateResult::default();
    if update.get_values().is_empty() {
        return Ok(updated);
    }
    updated.rows_affected = db.execute(&update).await?.rows_affected();
    match updated.rows_affected {
        0 => Err(DbErr::RecordNotUpdated),
        _ => Ok(updated),
    }
}

filtered::queries!(
    UpdateLiveOne<A>,
    [ActiveModelTrait<Entity: SoftDeleteEntity>],
    query,
    UpdateStatement
);
