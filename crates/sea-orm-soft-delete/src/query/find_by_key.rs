//! Rows by their primary keys, live or trashed.

use sea_orm::sea_query::{Condition, SelectStatement, ValueTuple};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QuerySelect, Select};

use crate::entity::any_entity::AnyEntity;
use crate::entity::key;
use crate::entity::member::{Place, PlainMember};
use crate::entity::scope_comment;

/// Selects the row with this primary key, live or trashed.
pub(crate) fn find<E: EntityTrait>(key: Option<&ValueTuple>) -> Select<E> {
    E::find()
        .filter(key::is::<E>(key))
        .filter(scope_comment::with_trashed::<E>())
}

/// The same, for an entity without its type: one row.
pub(crate) fn any(entity: &'static dyn AnyEntity, key: Option<&ValueTuple>) -> SelectStatement {
    let mut select = PlainMember::at(Place::Table, entity).select();
    select
        .cond_where(key::is_of(entity, key))
        .and_where(scope_comment::shows_trash_of(entity))
        .limit(1);
    select
}

/// Reads the row with this primary key as the statement before saw it.
///
/// In a transaction of MySQL and MariaDB a plain SELECT reads the snapshot of the transaction's first read,
/// but an UPDATE, a DELETE and a locking SELECT read the current rows.
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
    // Databases limit the number of bound values: SQLite has the lowest limit of the three, 32,766.
    const AT_ONCE: usize = 1_000;
    let mut rows = Vec::with_capacity(keys.len());
    for keys in keys.chunks(AT_ONCE) {
        let any = keys.iter().fold(Condition::any(), |any, key| {
            any.add(key::is::<E>(Some(key)))
        });
        let find = E::find()
            .filter(any)
            .filter(scope_comment::with_trashed::<E>());
        rows.extend(find.all(db).await?);
    }
    Ok(rows)
}
