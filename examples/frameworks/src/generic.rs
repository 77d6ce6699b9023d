//! Code that is generic over the connection, executors of migrations, contexts and mocks.

use sea_orm::{ConnectionTrait, DatabaseExecutor, DbErr, IntoDatabaseExecutor, prelude::*};
use sea_orm_soft_delete::Scopable;

use crate::entities::note;

/// Counts the rows of any entity, and live ones alone on a scoped connection.
pub async fn count_all<E, C>(db: &C) -> Result<u64, DbErr>
where
    E: EntityTrait<Model: Sync>,
    C: ConnectionTrait,
{
    E::find().count(db).await
}

/// Takes a connection or a transaction, as the methods of `SchemaManager` do.
pub async fn count_notes<'c>(db: impl IntoDatabaseExecutor<'c>) -> Result<u64, DbErr> {
    let executor: DatabaseExecutor<'c> = db.into_database_executor();
    let db = executor.scoped(); // ScopedConnection<ConnectionRef<DatabaseExecutor>>
    count_all::<note::Entity, _>(&db).await
}

#[cfg(test)]
mod tests {
    use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Schema};
    use sea_orm::{DatabaseBackend, DatabaseConnection, MockDatabase, TransactionTrait};
    use sea_orm_soft_delete::ScopedConnection;

    use super::*;
    use crate::entities::tests::database;

    #[tokio::test]
    async fn generic_code_is_scoped_by_its_connection() {
        let db = database().await;
        assert_eq!(count_all::<note::Entity, _>(&db).await.unwrap(), 3);
        assert_eq!(count_all::<note::Entity, _>(&db.scoped()).await.unwrap(), 2);
        assert_eq!(count_notes(&db).await.unwrap(), 2);
        let txn = db.begin().await.unwrap();
        assert_eq!(count_notes(&txn).await.unwrap(), 2);
    }

    /// async-graphql without seaography: the context holds the scoped connection.
    struct Query;

    #[Object]
    impl Query {
        async fn titles(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<String>> {
            let db = ctx.data::<ScopedConnection<DatabaseConnection>>()?;
            let notes = <note::Entity as EntityTrait>::find().all(db).await?;
            Ok(notes.into_iter().map(|note| note.title).collect())
        }
    }

    #[tokio::test]
    async fn a_context_holds_the_scoped_connection() {
        let db = database().await.scoped();
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription)
            .data(db)
            .finish();
        let response = schema.execute("{ titles }").await;
        assert_eq!(
            response.data.into_json().unwrap(),
            serde_json::json!({ "titles": ["kept", "left"] })
        );
    }

    #[tokio::test]
    async fn a_mock_shows_the_scoped_statement() {
        let mock = MockDatabase::new(DatabaseBackend::Postgres)
            .append_query_results([Vec::<note::Model>::new()]);
        let db = ScopedConnection::new(mock.into_connection());
        <note::Entity as EntityTrait>::find()
            .all(&db)
            .await
            .unwrap();
        let log = db.into_unscoped().into_transaction_log();
        let sql = &log[0].statements()[0].sql;
        assert!(
            sql.ends_with("WHERE \"note\".\"deleted_at\" IS NULL"),
            "{sql}"
        );
    }
}
