//! SeaORM's name of a database, as the rewriter's.

use sea_orm::DbBackend;
use sql_row_scope::Dialect;

/// The SQL that this database reads.
pub(crate) fn dialect(backend: DbBackend) -> Dialect {
    match backend {
        DbBackend::MySql => Dialect::MySql,
        DbBackend::Postgres => Dialect::Postgres,
        _ => Dialect::Sqlite,
    }
}
