//! The rows, live and trashed, that have the key of a row to insert.

use sea_orm::sea_query::{Expr, NullOrdering, Order};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait,
    IdenStatic, ModelTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value,
};

use crate::entity::SoftDeleteEntity;
use crate::entity::key;
use crate::error::SoftDeleteError;
use crate::query::find_by_key;
use crate::query::scope_comment;
use crate::query::text_instant;

/// The values by which a row is the same as one that is there.
#[derive(Clone, Debug)]
pub(crate) struct Twins<E: EntityTrait> {
    values: Vec<(E::Column, Value)>,
}

/// As of when rows are looked at, where a transaction sees those of the past: on MySQL and MariaDB
/// it reads what was there when it first read, and writes to what is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AsOf {
    /// What the transaction sees, without a lock.
    ///
    /// To lock what is not there would keep others from inserting beside it, and a second one that
    /// does the same would be in a deadlock with the first as soon as both insert.
    Transaction,
    /// What is there now, and stays so.
    Now,
}

impl<E: SoftDeleteEntity> Twins<E> {
    /// The rows that have the values of these columns or, if none are named, of the primary key.
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

    /// The live one, as the transaction sees it, without a lock.
    pub(crate) async fn live<C>(&self, db: &C) -> Result<Option<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let Some(find) = self.find() else {
            return Ok(None);
        };
        Ok(find.filter(E::is_live()).limit(1).one(db).await?)
    }

    /// Of those in the trash, the one that was trashed last, as the transaction sees them, without a
    /// lock.
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

    /// The live one, else the one that was trashed last, as they are now.
    ///
    /// In one statement, which sees one moment; but a partial index over live rows does not help it.
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

    /// All of those in the trash.
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
        // Two that lock the same rows do so in the same order.
        for column in key::columns::<E>() {
            find = find.order_by_asc(column);
        }
        Ok(find.all(db).await?)
    }

    /// This one, as it is now, kept from others to the end of the transaction; `None` if it is none
    /// of these any more.
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
            .map(|(column, value)| format!("{} = {value}", column.as_str()))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The columns whose values they are.
    pub(crate) fn columns(&self) -> Vec<&'static str> {
        let columns = self.values.iter();
        columns.map(|(column, _)| column.as_str()).collect()
    }

    /// Selects them, live and trashed.
    fn find(&self) -> Option<Select<E>> {
        let find = <E as EntityTrait>::find().filter(self.condition()?);
        Some(find.filter(scope_comment::with_trashed::<E>()))
    }

    /// The condition that a row is one of these; `None` if a value is NULL, which equals nothing.
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
        // Shared, as is the lock that an INSERT takes on the row that it meets: were it exclusive, all
        // who met one would wait for one another.
        (AsOf::Now, DbBackend::MySql) => find.lock_shared(),
        _ => find,
    }
}

/// Those trashed last before others. Where the instants are the same, or not kept, the ids of the
/// operations say; then what the delete touched; then the primary key.
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
