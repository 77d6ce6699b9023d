//! Reads the current rows instead of the transaction's snapshot.

use sea_orm::DbBackend;
use sea_orm::sea_query::{LockType, SelectStatement};

/// Makes the SELECT read the current rows. In a transaction of MySQL and MariaDB a plain SELECT reads the
/// snapshot of the transaction's first read. A locking SELECT reads the current rows, as an UPDATE does.
/// Each nested SELECT needs its own lock.
pub(crate) fn as_of_now(select: &mut SelectStatement, backend: DbBackend) {
    if backend == DbBackend::MySql {
        select.lock(LockType::Share);
    }
}
