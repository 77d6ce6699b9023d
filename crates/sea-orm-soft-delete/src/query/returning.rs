//! Statements that change rows and return them, where the database supports it.

use sea_orm::sea_query::{Expr, Query, ReturningClause, UpdateStatement};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, QueryResult};

use crate::entity::any_entity::{AnyEntity, Typed};
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
pub(crate) async fn all<E, C>(update: UpdateStatement, db: &C) -> Result<Vec<E::Model>, DbErr>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let mut models = Vec::new();
    for row in rows(Typed::<E>::ENTITY, update, db).await? {
        models.push(E::Model::from_query_result(&row, "")?);
    }
    Ok(models)
}

/// The same, for an entity without its type.
pub(crate) async fn rows<C: ConnectionTrait>(
    entity: &'static dyn AnyEntity,
    mut update: UpdateStatement,
    db: &C,
) -> Result<Vec<QueryResult>, DbErr> {
    let backend = db.get_database_backend();
    if !is_supported(db) {
        return Err(DbErr::BackendNotSupported {
            db: backend.as_str(),
            ctx: "UPDATE RETURNING",
        });
    }
    update.returning(columns_of(entity));
    db.query_all(&Fitting(update)).await
}

/// Every column of the entity, as its model reads them.
pub(crate) fn columns_of(entity: &'static dyn AnyEntity) -> ReturningClause {
    let columns = entity.columns();
    Query::returning().exprs(columns.map(|column| column.select_as(Expr::col(column.as_str()))))
}
