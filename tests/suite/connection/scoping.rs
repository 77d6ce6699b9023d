//! Every method of a scoped connection that runs a statement scopes it.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::{DatabaseExecutor, Statement, StreamTrait, TransactionTrait};
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::restricted::{CLEANER, restricted};
use crate::entities::{ids, note, one_trashed_one_live, row};
use crate::harness::{Server, on_every_database};

const NOTES: &str = "SELECT id FROM note ORDER BY id";

/// The ids of all notes that SeaORM's own query returns.
async fn plain(db: &impl ConnectionTrait) -> Result<Vec<i32>, DbErr> {
    Ok(ids(&<note::Entity as EntityTrait>::find().all(db).await?))
}

fn raw(db: &impl ConnectionTrait, sql: &str) -> Statement {
    Statement::from_string(db.get_database_backend(), sql)
}

fn id(row: &sea_orm::QueryResult) -> i32 {
    row.try_get("", "id").unwrap()
}

on_every_database! {
    async fn every_way_to_query_hides_the_trash(db: &TestDb) {
        one_trashed_one_live(db).await;
        let db = db.scoped();
        let plain = <note::Entity as EntityTrait>::find;
        let built = sea_orm::QueryTrait::into_query(plain());
        assert_eq!(id(&db.query_one(&built).await?.unwrap()), 2);
        assert_eq!(db.query_all(&built).await?.len(), 1);
        assert_eq!(id(&db.query_one_raw(raw(&db, NOTES)).await?.unwrap()), 2);
        assert_eq!(db.query_all_raw(raw(&db, NOTES)).await?.len(), 1);
        let streamed: Vec<_> = db.stream(&built).await?.try_collect().await?;
        assert_eq!(streamed.iter().map(id).collect::<Vec<_>>(), [2]);
        let streamed: Vec<_> = db.stream_raw(raw(&db, NOTES)).await?.try_collect().await?;
        assert_eq!(streamed.iter().map(id).collect::<Vec<_>>(), [2]);
        let streamed: Vec<_> = plain().stream(&db).await?.try_collect().await?;
        assert_eq!(ids(&streamed), [2]);
    }

    async fn every_way_to_delete_trashes(db: &TestDb) {
        one_trashed_one_live(db).await;
        let gone = row(db, 1).await;
        let scoped = db.scoped();
        let is_trashed_by = async |deleted: sea_orm::ExecResult| {
            assert_eq!(deleted.rows_affected(), 1);
            assert_eq!(row(db, 1).await, gone);
            assert!(row(db, 2).await.unwrap().is_trashed());
            note::Entity::restore_by_id(2).exec(&**db).await
        };
        let built = sea_orm::QueryTrait::into_query(<note::Entity as EntityTrait>::delete_many());
        is_trashed_by(scoped.execute(&built).await?).await?;
        is_trashed_by(scoped.execute_raw(raw(&scoped, "DELETE FROM note")).await?).await?;
        is_trashed_by(scoped.execute_unprepared("DELETE FROM note").await?).await?;
    }

    async fn a_transaction_is_as_scoped_as_its_connection(db: &TestDb) {
        one_trashed_one_live(db).await;
        let scoped = db.scoped();
        let txn = scoped.begin().await?;
        let nested = txn.begin().await?;
        assert_eq!((plain(&txn).await?, plain(&nested).await?), (vec![2], vec![2]));
        nested.commit().await?;
        txn.commit().await?;
        let seen = scoped.transaction_async(async |txn| plain(txn).await).await;
        assert_eq!(seen.unwrap(), [2]);
        let seen = scoped
            .transaction::<_, _, DbErr>(|txn| Box::pin(plain(txn)))
            .await;
        assert_eq!(seen.unwrap(), [2]);
        let lifted = scoped.with_trashed().begin().await?;
        let nested = lifted.begin().await?;
        assert_eq!(plain(&nested).await?.len(), 2);
    }

    async fn a_handle_lifts_the_scope_and_the_connection_keeps_it(db: &TestDb) {
        one_trashed_one_live(db).await;
        let db = db.scoped();
        assert_eq!(plain(&db.with_trashed()).await?.len(), 2);
        assert_eq!(plain(&db.with_trashed_of(note::Entity)).await?.len(), 2);
        assert_eq!(plain(db.unscoped()).await?.len(), 2);
        assert_eq!(plain(&db).await?, [2]);
        let lifted = db.with_trashed();
        assert_eq!(plain(&lifted.scoped()).await?.len(), 2, "a scoped handle keeps its scope");
        assert_eq!(plain(&lifted.scoped_with(db.scope())).await?, [2]);
    }

    async fn a_delete_through_a_lifted_handle_stamps_live_rows_only(db: &TestDb) {
        one_trashed_one_live(db).await;
        let gone = row(db, 1).await;
        let deleted = <note::Entity as EntityTrait>::delete_many()
            .exec(&db.scoped().with_trashed())
            .await?;
        assert_eq!(deleted.rows_affected, 1);
        assert_eq!(row(db, 1).await, gone);
        assert!(row(db, 2).await.unwrap().is_trashed());
    }

    async fn every_scopable_connection_hides_the_trash(db: &TestDb) {
        one_trashed_one_live(db).await;
        assert_eq!(plain(&db.scoped().scoped()).await?, [2]);
        assert_eq!(plain(&DatabaseExecutor::from(&**db).scoped()).await?, [2]);
        let txn = db.begin().await?;
        assert_eq!(plain(&txn.scoped()).await?, [2]);
        assert_eq!(plain(&DatabaseExecutor::from(&txn).scoped()).await?, [2]);
        assert_eq!(plain(&txn).await?.len(), 2);
    }

    async fn a_user_who_may_delete_may_trash_with_a_plain_delete(db: &TestDb) {
        let restricted = restricted(db, CLEANER).await?.scoped();
        let delete = <note::Entity as EntityTrait>::delete_many();
        assert_eq!(delete.exec(&restricted).await?.rows_affected, 1);
        assert!(row(db, 2).await.unwrap().is_trashed());
        assert!(plain(&restricted).await?.is_empty());
    }

    async fn a_statement_that_cannot_be_scoped_is_refused_by_every_method(db: &TestDb) {
        one_trashed_one_live(db).await;
        let scoped = db.scoped();
        let truncate = || raw(&scoped, "TRUNCATE TABLE note");
        let is_refused = |error: DbErr| {
            assert!(SoftDeleteError::inside(&error).is_some(), "{error}");
        };
        is_refused(scoped.execute_raw(truncate()).await.unwrap_err());
        is_refused(scoped.execute_unprepared("TRUNCATE TABLE note").await.unwrap_err());
        is_refused(scoped.query_one_raw(truncate()).await.unwrap_err());
        is_refused(scoped.query_all_raw(truncate()).await.unwrap_err());
        is_refused(scoped.stream_raw(truncate()).await.err().unwrap());
        // sea-query writes no TRUNCATE for SQLite.
        if db.server() != Server::Sqlite {
            let built = sea_orm::sea_query::Table::truncate().table(note::Entity).take();
            is_refused(scoped.execute(&built).await.unwrap_err());
            is_refused(scoped.query_one(&built).await.unwrap_err());
            is_refused(scoped.query_all(&built).await.unwrap_err());
        }
        assert_eq!(plain(&**db).await?.len(), 2);
    }
}
