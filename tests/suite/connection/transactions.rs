//! Transactions of a scoped connection: the inner connection begins, commits and rolls them back.

use sea_orm::prelude::*;
use sea_orm::{
    AccessMode, DatabaseExecutor, IsolationLevel, SqliteTransactionMode, TransactionError,
    TransactionOptions, TransactionSession, TransactionTrait,
};
use sea_orm_soft_delete::{ConnectionRef, Scopable, ScopedConnection, SoftDeleteError};

use super::probe::Probe;
use super::{tag, tags};
use crate::entities::{note, one_trashed_one_live, row};
use crate::harness::{TestResult, on_every_database};

async fn add(db: &impl ConnectionTrait, id: i32) -> Result<(), DbErr> {
    tag::Entity::insert(tag::new(id))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Inserts two tags in a transaction. The second insert is in a nested transaction that is rolled back.
async fn add_one_of_two(
    db: &(impl ConnectionTrait + TransactionTrait),
    first: i32,
) -> Result<(), DbErr> {
    let txn = db.begin().await?;
    add(&txn, first).await?;
    let nested = txn.begin().await?;
    add(&nested, first + 1).await?;
    nested.rollback().await?;
    txn.commit().await
}

on_every_database! {
    async fn a_commit_keeps_the_changes(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let txn = db.scoped().begin().await?;
        add(&txn, 1).await?;
        txn.commit().await?;
        assert_eq!(tags(db).await, [1]);
    }

    async fn a_rollback_undoes_the_changes(db: &TestDb) {
        one_trashed_one_live(db).await;
        let before = (row(db, 1).await, row(db, 2).await);
        let txn = db.scoped().begin().await?;
        note::Entity::delete_by_id(2).exec(&txn).await?;
        note::Entity::restore_by_id(1).exec(&txn).await?;
        assert!(note::Entity::find_by_id(2).one(&txn).await?.is_none());
        txn.rollback().await?;
        assert_eq!((row(db, 1).await, row(db, 2).await), before);
    }

    async fn a_dropped_transaction_undoes_the_changes(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let txn = db.scoped().begin().await?;
        add(&txn, 1).await?;
        drop(txn);
        assert!(tags(db).await.is_empty());
    }

    async fn a_transaction_ends_through_the_trait_too(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let scoped = db.scoped();
        let txn = scoped.begin().await?;
        add(&txn, 1).await?;
        TransactionSession::commit(txn).await?;
        let txn = scoped.begin().await?;
        add(&txn, 2).await?;
        TransactionSession::rollback(txn).await?;
        assert_eq!(tags(db).await, [1]);
    }

    async fn a_transaction_within_a_transaction_is_a_savepoint(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let txn = db.scoped().begin().await?;
        add(&txn, 1).await?;
        let kept = txn.begin().await?;
        add(&kept, 2).await?;
        let deeper = kept.begin().await?;
        add(&deeper, 3).await?;
        deeper.rollback().await?;
        kept.commit().await?;
        let dropped = txn.begin().await?;
        add(&dropped, 4).await?;
        drop(dropped);
        add(&txn, 5).await?;
        txn.commit().await?;
        assert_eq!(tags(db).await, [1, 2, 5]);
    }

    async fn a_callback_that_succeeds_is_committed(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let scoped = db.scoped();
        let sum = scoped
            .transaction::<_, i32, DbErr>(|txn| Box::pin(async move {
                add(txn, 1).await?;
                txn.transaction::<_, (), DbErr>(|nested| Box::pin(add(nested, 2))).await.unwrap();
                Ok(3)
            }))
            .await
            .unwrap();
        assert_eq!(sum, 3);
        scoped
            .transaction_with_config::<_, (), DbErr>(
                |txn| Box::pin(add(txn, 3)),
                Some(IsolationLevel::Serializable),
                None,
            )
            .await
            .unwrap();
        scoped.transaction_async(async |txn| add(txn, 4).await).await.unwrap();
        scoped
            .transaction_with_config_async(async |txn| add(txn, 5).await, None, None)
            .await
            .unwrap();
        assert_eq!(tags(db).await, [1, 2, 3, 4, 5]);
    }

    async fn a_callback_that_fails_is_rolled_back_and_its_error_returned(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let scoped = db.scoped();
        let error = scoped
            .transaction::<_, (), SoftDeleteError>(|txn| Box::pin(async move {
                add(txn, 1).await?;
                note::Entity::restore_by_id(404).exec(txn).await?;
                Ok(())
            }))
            .await
            .unwrap_err();
        // The table of notes is missing, so PostgreSQL aborts the transaction as well.
        assert!(matches!(error, TransactionError::Transaction(SoftDeleteError::Db(_))));
        let error = scoped
            .transaction_async(async |txn| {
                add(txn, 1).await?;
                Err::<(), _>(DbErr::RecordNotUpdated)
            })
            .await
            .unwrap_err();
        assert!(matches!(error, TransactionError::Transaction(DbErr::RecordNotUpdated)));
        assert!(tags(db).await.is_empty());
    }

    async fn a_callback_within_a_transaction_is_rolled_back_alone(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let txn = db.scoped().begin().await?;
        add(&txn, 1).await?;
        let failed = txn
            .transaction::<_, (), DbErr>(|nested| Box::pin(async move {
                add(nested, 2).await?;
                Err(DbErr::RecordNotUpdated)
            }))
            .await;
        assert!(failed.is_err());
        txn.commit().await?;
        assert_eq!(tags(db).await, [1]);
    }

    async fn code_that_is_generic_in_the_connection_accepts_every_scoped_connection(db: &TestDb) {
        db.create_table(tag::Entity).await;
        let scoped = db.scoped();
        add_one_of_two(&scoped, 10).await?;
        add_one_of_two(&scoped.with_trashed(), 20).await?;
        add_one_of_two(&scoped.with_trashed_of(note::Entity), 30).await?;
        add_one_of_two(&ScopedConnection::new(ConnectionRef::new(&**db)), 40).await?;
        let txn = scoped.begin().await?;
        add_one_of_two(&txn, 50).await?;
        add_one_of_two(&txn.with_trashed(), 60).await?;
        txn.commit().await?;
        let txn = db.begin().await?;
        add_one_of_two(&txn.scoped(), 70).await?;
        add_one_of_two(&DatabaseExecutor::from(&txn).scoped(), 80).await?;
        txn.commit().await?;
        add_one_of_two(&DatabaseExecutor::from(&**db).scoped(), 90).await?;
        assert_eq!(tags(db).await, [10, 20, 30, 40, 50, 60, 70, 80, 90]);
    }
}

const LEVEL: Option<IsolationLevel> = Some(IsolationLevel::Serializable);
const MODE: Option<AccessMode> = Some(AccessMode::ReadOnly);

#[tokio::test]
async fn each_way_to_begin_calls_its_namesake() -> TestResult {
    let options = TransactionOptions {
        isolation_level: LEVEL,
        access_mode: MODE,
        sqlite_transaction_mode: Some(SqliteTransactionMode::Exclusive),
    };
    let probe = Probe::new();
    let scoped = ScopedConnection::new(probe.clone());
    scoped.begin().await?.commit().await?;
    assert_eq!(probe.calls(), ["begin", "commit"]);
    scoped.begin().await?.rollback().await?;
    assert_eq!(probe.calls(), ["begin", "rollback"]);
    drop(scoped.begin_with_config(LEVEL, MODE).await?);
    let config = "Some(Serializable) Some(ReadOnly)";
    assert_eq!(probe.calls(), [format!("begin_with_config {config}")]);
    drop(scoped.begin_with_options(options).await?);
    assert_eq!(probe.calls(), [format!("begin_with_options {options:?}")]);

    // Through a reference, each call is a call of the inner connection.
    let borrowed = ConnectionRef::new(&probe);
    borrowed.begin().await?;
    borrowed.begin_with_config(LEVEL, MODE).await?;
    borrowed.begin_with_options(options).await?;
    let _ = borrowed.transaction::<_, (), DbErr>(nothing).await;
    let _ = borrowed
        .transaction_with_config::<_, (), DbErr>(nothing, LEVEL, MODE)
        .await;
    let expected = [
        "begin".to_owned(),
        format!("begin_with_config {config}"),
        format!("begin_with_options {options:?}"),
        "transaction".to_owned(),
        format!("transaction_with_config {config}"),
    ];
    assert_eq!(probe.calls(), expected);
    Ok(())
}

fn nothing(_: &Probe) -> std::pin::Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + '_>> {
    Box::pin(async { Ok(()) })
}

#[tokio::test]
async fn each_way_to_run_a_callback_begins_and_ends_on_the_inner_connection() -> TestResult {
    let probe = Probe::new();
    let scoped = ScopedConnection::new(probe.clone());
    let begun = "begin_with_config Some(Serializable) Some(ReadOnly)";
    scoped
        .transaction::<_, (), DbErr>(|_| Box::pin(async { Ok(()) }))
        .await
        .unwrap();
    assert_eq!(probe.calls(), ["begin", "commit"]);
    scoped
        .transaction_with_config::<_, (), DbErr>(|_| Box::pin(async { Ok(()) }), LEVEL, MODE)
        .await
        .unwrap();
    assert_eq!(probe.calls(), [begun, "commit"]);
    let failed = scoped.transaction_async(async |_| Err::<(), _>(DbErr::RecordNotUpdated));
    assert!(failed.await.is_err());
    assert_eq!(probe.calls(), ["begin", "rollback"]);
    let failed = async |_: &_| Err::<(), _>(DbErr::RecordNotUpdated);
    let failed = scoped.transaction_with_config_async(failed, LEVEL, MODE);
    assert!(failed.await.is_err());
    assert_eq!(probe.calls(), [begun, "rollback"]);
    Ok(())
}

/// SeaORM behaves in the same way.
#[tokio::test]
async fn the_error_of_a_failed_end_hides_the_outcome_of_the_callback() {
    let scoped = ScopedConnection::new(Probe::that_does_not_end());
    let says = async |outcome: Result<(), DbErr>| {
        let ended = scoped.transaction_async(async |_| outcome).await;
        match ended.unwrap_err() {
            TransactionError::Connection(error) => error.to_string(),
            TransactionError::Transaction(error) => panic!("the callback's {error}"),
        }
    };
    assert_eq!(says(Ok(())).await, "Custom Error: no commit");
    let failed = Err(DbErr::RecordNotUpdated);
    assert_eq!(says(failed).await, "Custom Error: no rollback");
}
