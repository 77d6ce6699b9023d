//! Reads of rows as they are, rather than as the transaction first saw them.

use sea_orm::DbBackend;
use sea_orm::sea_query::{LockType, SelectStatement};

/// In a transaction of MySQL and MariaDB a plain SELECT sees the rows as they were when the
/// transaction first read; one that locks sees them as they are. That goes for each SELECT within
/// another by itself.
pub(crate) fn as_of_now(select: &mut SelectStatement, backend: DbBackend) {
    if backend == DbBackend::MySql {
        select.lock(LockType::Share);
    }
}
