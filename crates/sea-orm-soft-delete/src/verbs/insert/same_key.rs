//! The rows, live and trashed, that have the key of a row to insert.

use sea_orm::sea_query::{Expr, NullOrdering, Order};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait,
    IdenStatic, ModelTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value,
};

use crate::entity::SoftDeleteEntity;
use crate::entity::key;
use crate::entity::scope_comment;
use crate::error::SoftDeleteError;
use crate::query::find_by_key;
use crate::query::text_instant;
use crate::value_text;

/// The key values by which an existing row equals the row to insert.
#[derive(Clone, Debug)]
pub(crate) struct SameKeyRows<E: EntityTrait> {
    values: Vec<(E::Column, Value)>,
}

/// Which state of the rows a lookup reads, where a transaction reads a snapshot: on MySQL and MariaDB a
/// transaction reads the rows as of its first read, and writes to the current rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsOf {
    /// The snapshot of the transaction, without a lock.
    ///
    /// A lock on a row that does not exist would keep other transactions from inserting there, and two
    /// transactions with such a lock would deadlock as soon as both insert.
    Transaction,
    /// The current rows; they do not change until the transaction ends.
    Now,
}

impl<E: SoftDeleteEntity> SameKeyRows<E> {
    /// The rows that have the values of these columns or, without columns, of the primary key.
    pub(crate) fn of(
        model: &E::ActiveModel,
        by: Option<Vec<E::Column>>,
    ) -> Result<Self, SoftDeleteError> {
        let is_named = by.is_some();
        let by = by.unwrap_or_else(|| key::columns::<E>().collect());
        if by.is_empty() {
            let mistake = "`by` names no column; name those of a unique key";
            return Err(not_said::<E>(None, mistake.to_owned()));
        }
        let mut values = Vec::with_capacity(by.len());
        for column in by {
            let name = column.as_str();
            let soft_delete = E::soft_delete();
            if soft_delete.written().any(|stamp| stamp.as_str() == name) {
                let mistake =
                    format!("a delete and a restore write `{name}`; leave it out of `by`");
                return Err(not_said::<E>(Some(name), mistake));
            }
            match model.get(column) {
                ActiveValue::Set(value) | ActiveValue::Unchanged(value) => {
                    values.push((column, value));
                }
                ActiveValue::NotSet => {
                    let remedy = match is_named {
                        true => "set it, or leave it out of `by`",
                        false => "name the columns of another unique key with `by`, or set it",
                    };
                    let mistake = format!("`{name}` is not set; {remedy}");
                    return Err(not_said::<E>(Some(name), mistake));
                }
            }
        }
        Ok(Self { values })
    }

    /// The live row, as the transaction sees it, without a lock.
    pub(crate) async fn live<C>(&self, db: &C) -> Result<Option<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let Some(find) = self.find() else {
            return Ok(None);
        };
        Ok(find.filter(E::is_live()).limit(1).one(db).await?)
    }

    /// The trashed row that was trashed last, as the transaction sees it, without a lock.
    pub(crate) async fn trashed_last<C>(&self, db: &C) -> Result<Option<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let Some(find) = self.find() else {
            return Ok(None);
        };
        let find = last_first(find.filter(E::is_trashed()), db.get_database_backend());
        Ok(find.limit(1).one(db).await?)
    }

    /// The current live row, else the current trashed row that was trashed last.
    ///
    /// One statement reads one snapshot; but it cannot use a partial index over live rows.
    pub(crate) async fn find_now<C>(&self, db: &C) -> Result<Option<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let Some(find) = self.find() else {
            return Ok(None);
        };
        let live_first = Expr::case(E::is_live(), Expr::Constant(0.into()));
        let live_first = live_first.finally(Expr::Constant(1.into()));
        let find = find.order_by(Expr::Case(Box::new(live_first)), Order::Asc);
        let find = last_first(find, db.get_database_backend());
        Ok(as_of(AsOf::Now, find, db).limit(1).one(db).await?)
    }

    /// All trashed rows.
    pub(crate) async fn trashed<C>(
        &self,
        at: AsOf,
        db: &C,
    ) -> Result<Vec<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let Some(find) = self.find() else {
            return Ok(Vec::new());
        };
        let mut find = as_of(at, find.filter(E::is_trashed()), db);
        // Two transactions that lock the same rows lock them in the same order.
        for column in key::columns::<E>() {
            find = find.order_by_asc(column);
        }
        Ok(find.all(db).await?)
    }

    /// The current version of this row, locked to the end of the transaction. Returns `None` if the row
    /// no longer has the key values.
    pub(crate) async fn lock<C>(
        &self,
        row: E::Model,
        db: &C,
    ) -> Result<Option<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let Some(condition) = self.condition() else {
            return Ok(None);
        };
        let key = row.get_primary_key_value();
        let find = find_by_key::find::<E>(Some(&key)).filter(condition);
        Ok(find.lock_exclusive().one(db).await?)
    }

    /// The values as `email = 'x'` or `tenant_id = 1, slug = 'x'`.
    pub(crate) fn spell(&self) -> String {
        self.values
            .iter()
            .map(|(column, value)| format!("{} = {}", column.as_str(), value_text::spell(value)))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The key columns.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let columns = self.values.iter();
        columns.map(|(column, _)| column.as_str()).collect()
    }

    /// Selects the rows, live and trashed.
    fn find(&self) -> Option<Select<E>> {
        let find = <E as EntityTrait>::find().filter(self.condition()?);
        Some(find.filter(scope_comment::with_trashed::<E>()))
    }

    /// The predicate of the rows. Returns `None` if a value is NULL, because NULL equals nothing.
    fn condition(&self) -> Option<Condition> {
        let mut all = Condition::all();
        for (column, value) in &self.values {
            if *value == value.as_null() {
                return None;
            }
            all = all.add(column.eq(value.clone()));
        }
        Some(all)
    }
}

fn as_of<E, C>(at: AsOf, find: Select<E>, db: &C) -> Select<E>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    match (at, db.get_database_backend()) {
        // The lock is shared, like the lock that an INSERT takes on a conflicting row: with an
        // exclusive lock, all transactions that hit the conflict would wait for one another.
        (AsOf::Now, DbBackend::MySql) => find.lock_shared(),
        _ => find,
    }
}

/// Sorts the rows trashed last before the others. If the instants are equal or not stored, the ids of
/// the operations decide; then the `updated_at` column; then the primary key.
fn last_first<E: SoftDeleteEntity>(mut find: Select<E>, backend: DbBackend) -> Select<E> {
    let columns = E::soft_delete();
    let marker = columns.marker();
    let at = Expr::col(marker.column().as_column_ref());
    let kind = marker.trashed_value(crate::Timestamp::MIN);
    let at = match text_instant::is_text(&kind, backend) {
        true => text_instant::in_utc_of(&at),
        false => at,
    };
    find = find.order_by(at, Order::Desc);
    for column in [columns.operation(), columns.updated_at()]
        .into_iter()
        .flatten()
    {
        find = find.order_by_with_nulls(column, Order::Desc, NullOrdering::Last);
    }
    for column in key::columns::<E>() {
        find = find.order_by_desc(column);
    }
    find
}

fn not_said<E: EntityTrait>(column: Option<&'static str>, mistake: String) -> SoftDeleteError {
    SoftDeleteError::InvalidKeyColumns {
        entity: key::entity_name::<E>(),
        column,
        mistake,
    }
}
