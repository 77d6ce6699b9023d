//! Translates SeaORM's name of a database into the rewriter's.

use sea_orm::DbBackend;
use sql_row_scope::Dialect;

/// The SQL dialect of this database.
pub(crate) fn dialect(backend: DbBackend) -> Dialect {
    match backend {
        DbBackend::MySql => Dialect::MySql,
        DbBackend::Postgres => Dialect::Postgres,
        _ => Dialect::Sqlite,
    }
}
