//! The options of a transaction, as each database shows them.

use sea_orm::prelude::*;
use sea_orm::{
    AccessMode, Database, IsolationLevel, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use sea_orm_soft_delete::{Scopable, ScopedConnection};

use super::tag;
use crate::harness::{Server, TestResult, on_every_server};

on_every_server! {
    async fn a_read_only_transaction_refuses_to_write(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let scoped = db.scoped();
        let read_only = Some(AccessMode::ReadOnly);
        let options = TransactionOptions { access_mode: read_only, ..Default::default() };
        for txn in [
            scoped.begin_with_config(None, read_only).await?,
            scoped.begin_with_options(options).await?,
        ] {
            assert!(tag::Entity::find().all(&txn).await?.is_empty());
            let write = tag::Entity::insert(tag::new(1)).exec_without_returning(&txn).await;
            let refusal = write.unwrap_err().to_string().to_lowercase();
            assert!(refusal.contains("read-only") || refusal.contains("read only"), "{refusal}");
            txn.rollback().await?;
        }
    }

    async fn a_repeatable_read_does_not_see_rows_that_are_committed_meanwhile(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let scoped = db.scoped();
        let seen = async |level| {
            let options = TransactionOptions { isolation_level: Some(level), ..Default::default() };
            let txn = scoped.begin_with_options(options).await?;
            let before = tag::Entity::find().count(&txn).await?;
            let id = i32::try_from(before).unwrap() + 1;
            tag::Entity::insert(tag::new(id)).exec_without_returning(&scoped).await?;
            let after = tag::Entity::find().count(&txn).await?;
            txn.commit().await?;
            Ok::<_, DbErr>(after - before)
        };
        assert_eq!(seen(IsolationLevel::RepeatableRead).await?, 0);
        assert_eq!(seen(IsolationLevel::ReadCommitted).await?, 1);
        if db.server() == Server::Postgres {
            let level = Some(IsolationLevel::Serializable);
            let txn = scoped.begin_with_config(level, None).await?;
            let backend = txn.get_database_backend();
            let show = Statement::from_string(backend, "SHOW transaction_isolation");
            let row = txn.query_one_raw(show).await?.unwrap();
            assert_eq!(row.try_get_by::<String, _>(0)?, "serializable");
        }
    }
}

#[tokio::test]
async fn an_immediate_transaction_of_sqlite_locks_before_it_writes() -> TestResult {
    let directory = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite://{}?mode=rwc",
        directory.path().join("tags.db").display()
    );
    let (one, other) = (open(&url).await?, open(&url).await?);
    let lock = async |mode| {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(mode),
            ..Default::default()
        };
        one.begin_with_options(options).await
    };
    let write = "CREATE TABLE written (id integer)";

    let deferred = lock(SqliteTransactionMode::Deferred).await?;
    other.execute_unprepared(write).await?;
    deferred.rollback().await?;
    for mode in [
        SqliteTransactionMode::Immediate,
        SqliteTransactionMode::Exclusive,
    ] {
        let locked = lock(mode).await?;
        let refusal = other.execute_unprepared("DROP TABLE written").await;
        let refusal = refusal.unwrap_err().to_string();
        assert!(refusal.contains("locked"), "{refusal}");
        locked.rollback().await?;
    }
    other.execute_unprepared("DROP TABLE written").await?;
    Ok(())
}

/// A connection that fails at once instead of waiting for a lock.
async fn open(url: &str) -> Result<ScopedConnection<DatabaseConnection>, DbErr> {
    let mut options = sea_orm::ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    db.execute_unprepared("PRAGMA busy_timeout = 0").await?;
    Ok(db.scoped())
}
