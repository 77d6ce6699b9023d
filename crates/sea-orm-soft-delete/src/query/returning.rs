//! Statements that change rows and return them, where the database supports it.

use sea_orm::sea_query::{Query, ReturningClause, UpdateStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, Iterable,
};

use crate::query::bound::Fitting;

/// Whether this database returns the rows that an UPDATE or a DELETE changes.
///
/// With its feature `mariadb-use-returning` SeaORM reports support for MySQL too. But MariaDB has no
/// `UPDATE … RETURNING`, and sea-query leaves RETURNING out of MySQL's DELETE: the statement would remove
/// the rows and report none.
pub(crate) fn is_supported<C: ConnectionTrait>(db: &C) -> bool {
    db.get_database_backend() != DbBackend::MySql && db.support_returning()
}

/// Runs the update and returns the updated rows.
pub(crate) async fn all<E, C>(mut update: UpdateStatement, db: &C) -> Result<Vec<E::Model>, DbErr>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let backend = db.get_database_backend();
    if !is_supported(db) {
        return Err(DbErr::BackendNotSupported {
            db: backend.as_str(),
            ctx: "UPDATE RETURNING",
        });
    }
    update.returning(columns_of::<E>(backend));
    db.query_all(&Fitting(update))
        .await?
        .iter()
        .map(|row| E::Model::from_query_result(row, ""))
        .collect()
}

/// Every column of the entity, as its model reads them.
pub(crate) fn columns_of<E: EntityTrait>(backend: DbBackend) -> ReturningClause {
    Query::returning().exprs(
        E::Column::iter().map(|column| column.select_as(column.into_returning_expr(backend))),
    )
}
