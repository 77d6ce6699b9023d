//! Primary keys: conditions on them, and their text in messages.

use sea_orm::sea_query::{BinOper, Condition, Expr, ExprTrait, IntoValueTuple, ValueTuple};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, Iterable, PrimaryKeyToColumn, PrimaryKeyTrait,
};

pub(crate) use crate::entity::any_entity::table_name;
use crate::entity::any_entity::{AnyEntity, Typed};
use crate::value_text;

/// The values of a primary key; `None` if there are fewer values than key columns, as when the `ValueType`
/// of a composite key names only some of them. Such a key would match other rows too.
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
    is_of(Typed::<E>::ENTITY, key)
}

/// The same for an entity without its type.
pub(crate) fn is_of(entity: &'static dyn AnyEntity, key: Option<&ValueTuple>) -> Condition {
    let Some(key) = key else {
        return Condition::all().add(Expr::Constant(false.into()));
    };
    entity
        .key()
        .zip(key.clone())
        .fold(Condition::all(), |all, (column, value)| {
            let value = column.save_as(Expr::val(value));
            all.add(Expr::col(column.as_column_ref()).eq(value))
        })
}

/// The condition that a row has one of these primary keys. An empty list matches no row.
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
    // Cast each value as its column requires, as in a comparison with one key.
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
    spell_of(Typed::<E>::ENTITY, key)
}

/// The same for an entity without its type.
pub(crate) fn spell_of(entity: &'static dyn AnyEntity, key: Option<&ValueTuple>) -> String {
    entity
        .key()
        .zip(key.cloned().into_iter().flatten())
        .map(|(column, value)| format!("{} = {}", column.as_str(), value_text::spell(&value)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The table as `note` or `archive.note`.
pub(crate) fn entity_name<E: EntityTrait>() -> String {
    Typed::<E>::ENTITY.name()
}

pub(crate) fn columns<E: EntityTrait>() -> impl Iterator<Item = E::Column> {
    E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column)
}

fn complete<E: EntityTrait>(key: ValueTuple) -> Option<ValueTuple> {
    let has_all = key.arity() == Typed::<E>::ENTITY.key_names().len();
    has_all.then_some(key)
}
