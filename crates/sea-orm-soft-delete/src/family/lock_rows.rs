//! Locks rows before a verb reads them, and begins transactions of SQLite with a write.

use sea_orm::sea_query::{Expr, LockType, Query};
use sea_orm::{Condition, ConnectionTrait, DbBackend};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::family::follow_up::{FollowUp, update_of_nothing};
use crate::family::member::{Soft, SoftMember};
use crate::query::bound::Fitting;

/// Locks the matching rows to the end of the transaction, so that nobody changes them. Returns how many
/// there are.
pub(crate) async fn lock_rows<E, C>(rows: &Condition, db: &C) -> Result<u64, SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    write_first::<E, C>(db).await?;
    let member = Soft::<E>::MEMBER;
    let mut lock = Query::select();
    lock.expr_as(Expr::val(1), "one")
        .from(member.table())
        .cond_where(rows.clone());
    if db.get_database_backend() != DbBackend::Sqlite {
        lock.lock(LockType::Update);
    }
    let rows = db.query_all(&Fitting(lock)).await?;
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

/// Begins a transaction of SQLite with a write that changes nothing.
///
/// SQLite has one writer. A transaction that reads first fails when another one writes before it does.
pub(crate) async fn write_first<E, C>(db: &C) -> Result<(), SoftDeleteError>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    write_first_to(Soft::<E>::MEMBER, db).await
}

/// The same for an entity given as a trait object.
pub(crate) async fn write_first_to<C: ConnectionTrait>(
    member: &dyn SoftMember,
    db: &C,
) -> Result<(), SoftDeleteError> {
    if db.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    db.execute(&FollowUp(update_of_nothing(member))).await?;
    Ok(())
}
