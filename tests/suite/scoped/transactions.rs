//! A scoped connection begins scoped transactions, and a plain transaction can be scoped.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::{
    ConnectionTrait, DbBackend, Delete, IsolationLevel, QueryOrder, Statement, TransactionError,
    TransactionOptions, TransactionTrait,
};
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::blog::post::{Column, Entity};
use super::rows::{blog, ids, plain, state};
use crate::harness::{Server, on_every_database};

on_every_database! {
    async fn a_transaction_of_a_scoped_connection_is_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        let txn = scoped.begin().await?;
        assert_eq!(plain(Entity).count(&txn).await?, 3);
        Delete::many(Entity).filter(Column::Id.eq(1)).exec(&txn).await?;
        assert_eq!(plain(Entity).count(&txn).await?, 2);
        txn.commit().await?;
        assert_eq!(state(db, Entity).await, (vec![3, 4], vec![1, 2, 5]));
    }

    /// The statements that the connection adds run in the caller's transaction.
    async fn a_rollback_undoes_a_scoped_delete(db: &TestDb) {
        let scoped = blog(db).await;
        let txn = scoped.begin().await?;
        Delete::many(Entity).exec(&txn).await?;
        assert_eq!(plain(Entity).count(&txn).await?, 0);
        txn.rollback().await?;
        assert_eq!(state(db, Entity).await, (vec![1, 3, 4], vec![2, 5]));

        let txn = scoped.begin().await?;
        Delete::many(Entity).exec(&txn).await?;
        drop(txn);
        assert_eq!(state(db, Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }

    async fn nested_transactions_are_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        let outer = scoped.begin().await?;
        let inner = outer.begin().await?;
        let innermost = inner.begin().await?;
        Delete::many(Entity).exec(&innermost).await?;
        assert_eq!(plain(Entity).count(&innermost).await?, 0);
        innermost.rollback().await?;
        Delete::many(Entity).filter(Column::Id.eq(3)).exec(&inner).await?;
        inner.commit().await?;
        assert_eq!(ids(&plain(Entity).all(&outer).await?), [1, 4]);
        outer.commit().await?;
        assert_eq!(state(db, Entity).await, (vec![1, 4], vec![2, 3, 5]));
    }

    async fn a_closure_in_a_transaction_is_scoped_and_commits(db: &TestDb) {
        let scoped = blog(db).await;
        let left = scoped
            .transaction::<_, _, SoftDeleteError>(|txn| Box::pin(async move {
                Delete::many(Entity).filter(Column::Id.lte(2)).exec(txn).await?;
                Ok(plain(Entity).count(txn).await?)
            }))
            .await?;
        assert_eq!(left, 2);
        assert_eq!(state(db, Entity).await, (vec![3, 4], vec![1, 2, 5]));
    }

    async fn a_closure_that_fails_rolls_back(db: &TestDb) {
        let scoped = blog(db).await;
        let failed = scoped
            .transaction_with_config::<_, (), DbErr>(
                |txn| Box::pin(async move {
                    Delete::many(Entity).exec(txn).await?;
                    assert_eq!(plain(Entity).count(txn).await?, 0);
                    Err(DbErr::Custom("no".to_owned()))
                }),
                None,
                None,
            )
            .await;
        assert!(matches!(failed, Err(TransactionError::Transaction(DbErr::Custom(_)))));
        assert_eq!(state(db, Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }

    async fn a_transaction_with_options_is_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        let serializable = Some(IsolationLevel::Serializable);
        let txn = scoped.begin_with_config(serializable, None).await?;
        assert_eq!(plain(Entity).count(&txn).await?, 3);
        txn.rollback().await?;
        let txn = scoped.begin_with_options(TransactionOptions::default()).await?;
        assert_eq!(plain(Entity).count(&txn).await?, 3);
        txn.rollback().await?;
    }

    async fn a_plain_transaction_can_be_scoped(db: &TestDb) {
        let _ = blog(db).await;
        let txn = db.begin().await?;
        assert_eq!(plain(Entity).count(&txn.scoped()).await?, 3);
        Delete::many(Entity).exec(&txn.scoped()).await?;
        assert_eq!(plain(Entity).count(&txn).await?, 5);
        let inner = txn.scoped();
        let inner = inner.begin().await?;
        assert_eq!(plain(Entity).count(&inner).await?, 0);
        inner.rollback().await?;
        txn.commit().await?;
        assert_eq!(state(db, Entity).await, (vec![], vec![1, 2, 3, 4, 5]));
    }

    async fn a_stream_in_a_transaction_is_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        let txn = scoped.begin().await?;
        let find = || plain(Entity).order_by_asc(Column::Id);
        let streamed: Vec<_> = find().stream(&txn).await?.try_collect().await?;
        assert_eq!(ids(&streamed), [1, 3, 4]);
        let inner = txn.begin().await?;
        Delete::many(Entity).filter(Column::Id.eq(4)).exec(&inner).await?;
        let streamed: Vec<_> = find().stream(&inner).await?.try_collect().await?;
        assert_eq!(ids(&streamed), [1, 3]);
        inner.commit().await?;
        txn.rollback().await?;
    }

    async fn a_cursor_in_a_transaction_is_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        if db.server() != Server::Postgres {
            return Ok(());
        }
        let txn = scoped.begin().await?;
        let declare = "DECLARE live_posts CURSOR FOR \
                       SELECT id FROM blog_post WHERE id = 1 OR id = 2 OR slug = 'four' ORDER BY id";
        txn.execute_unprepared(declare).await?;
        let fetch = Statement::from_string(DbBackend::Postgres, "FETCH ALL FROM live_posts");
        let rows = txn.query_all_raw(fetch).await?;
        let keys: Vec<i32> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert_eq!(keys, [1, 4]);
        txn.rollback().await?;
    }
}
