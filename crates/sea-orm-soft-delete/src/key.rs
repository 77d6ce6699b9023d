//! Which rows a verb is about: conditions on the primary key, and its spelling in messages.

use sea_orm::sea_query::{BinOper, Condition, Expr, ExprTrait, IntoValueTuple, ValueTuple};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic,
    Iterable, PrimaryKeyToColumn, PrimaryKeyTrait, QueryFilter, QuerySelect, Select,
};

use crate::lift;

/// The values of a primary key; `None` if there are fewer than it has columns, as when the
/// `ValueType` of a composite key names only some of them. Such a key would match other rows too.
pub(crate) fn of_values<E: EntityTrait>(
    key: <E::PrimaryKey as PrimaryKeyTrait>::ValueType,
) -> Option<ValueTuple> {
    complete::<E>(key.into_value_tuple())
}

/// The values of a model's primary key; `None` if one of them is not set.
pub(crate) fn of_model<A: ActiveModelTrait>(model: &A) -> Option<ValueTuple> {
    complete::<A::Entity>(model.get_primary_key_value()?)
}

/// The condition that a row has this primary key. Without a key, no row has it.
pub(crate) fn is<E: EntityTrait>(key: Option<&ValueTuple>) -> Condition {
    let Some(key) = key else {
        return Condition::all().add(Expr::Constant(false.into()));
    };
    columns::<E>()
        .zip(key.clone())
        .fold(Condition::all(), |all, (column, value)| {
            all.add(column.eq(value))
        })
}

/// Selects the row with this primary key, live or trashed.
pub(crate) fn find<E: EntityTrait>(key: Option<&ValueTuple>) -> Select<E> {
    E::find()
        .filter(is::<E>(key))
        .filter(lift::with_trashed::<E>())
}

/// The row with this primary key as the statement before saw it.
///
/// In a transaction of MySQL and MariaDB a plain SELECT sees the rows as they were when the
/// transaction first read, but an UPDATE or DELETE sees them as they are; so does a SELECT that
/// locks.
pub(crate) async fn find_as_of_now<E, C>(
    key: Option<&ValueTuple>,
    db: &C,
) -> Result<Option<E::Model>, DbErr>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let find = find::<E>(key);
    match db.get_database_backend() {
        DbBackend::MySql => find.lock_shared().one(db).await,
        _ => find.one(db).await,
    }
}

/// The rows with these primary keys, live or trashed.
pub(crate) async fn find_all<E, C>(keys: Vec<ValueTuple>, db: &C) -> Result<Vec<E::Model>, DbErr>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    // Databases bind a limited number of values: SQLite 32,766, the fewest of the three.
    const AT_ONCE: usize = 1_000;
    let mut rows = Vec::with_capacity(keys.len());
    for keys in keys.chunks(AT_ONCE) {
        let any = keys
            .iter()
            .fold(Condition::any(), |any, key| any.add(is::<E>(Some(key))));
        let find = E::find().filter(any).filter(lift::with_trashed::<E>());
        rows.extend(find.all(db).await?);
    }
    Ok(rows)
}

/// The condition that a row has one of these primary keys. None of none.
pub(crate) fn is_one_of<E, I>(keys: I) -> Expr
where
    E: EntityTrait,
    I: IntoIterator<Item = <E::PrimaryKey as PrimaryKeyTrait>::ValueType>,
{
    let keys = keys.into_iter().map(IntoValueTuple::into_value_tuple);
    let mut all = columns::<E>();
    if let (Some(only), None) = (all.next(), all.next()) {
        return only.is_in(keys.flatten());
    }
    // Each value is cast as its column asks for, as in a comparison with one key.
    let rows: Vec<Expr> = keys
        .map(|key| {
            let values = columns::<E>().zip(key);
            Expr::tuple(values.map(|(column, value)| column.save_as(Expr::val(value))))
        })
        .collect();
    if rows.is_empty() {
        return Expr::Constant(false.into());
    }
    let columns = columns::<E>().map(|column| Expr::col(column.as_column_ref()));
    Expr::tuple(columns).binary(BinOper::In, Expr::Tuple(rows))
}

/// The key as `id = 3` or `author_id = 1, slug = 'x'`.
pub(crate) fn spell<E: EntityTrait>(key: Option<&ValueTuple>) -> String {
    columns::<E>()
        .zip(key.cloned().into_iter().flatten())
        .map(|(column, value)| format!("{} = {value}", column.as_str()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The table as `note` or `archive.note`.
pub(crate) fn entity_name<E: EntityTrait>() -> String {
    let entity = E::default();
    table_name(entity.schema_name(), entity.table_name())
}

/// The same of a table that is named.
pub(crate) fn table_name(schema: Option<&str>, table: &str) -> String {
    match schema {
        Some(schema) => format!("{schema}.{table}"),
        None => table.to_owned(),
    }
}

pub(crate) fn columns<E: EntityTrait>() -> impl Iterator<Item = E::Column> {
    E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column)
}

fn complete<E: EntityTrait>(key: ValueTuple) -> Option<ValueTuple> {
    (key.arity() == columns::<E>().count()).then_some(key)
}
