//! SQLite in a file, opened by two connection pools.

use sea_orm::prelude::*;
use sea_orm::sqlx::sqlite::SqliteJournalMode;
use sea_orm::{ConnectOptions, Database, TransactionTrait};
use sea_orm_soft_delete::SoftDeleteError;
use tempfile::TempDir;

use super::*;
use crate::harness::{Server, TestDb, TestResult};

struct Files {
    one: TestDb,
    other: DatabaseConnection,
    _directory: TempDir,
}

/// Two pools with one connection each, on one file that holds the rows of `two_notebooks`.
async fn files(journal: SqliteJournalMode) -> Files {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let connect = async || {
        let mut options = ConnectOptions::new(url.clone());
        options.max_connections(1).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(move |options| {
            options
                .journal_mode(journal)
                .busy_timeout(Duration::from_secs(10))
        });
        Database::connect(options).await.unwrap()
    };
    let one = TestDb::of(connect().await, Server::Sqlite);
    two_notebooks(&one).await;
    Files {
        one,
        other: connect().await,
        _directory: directory,
    }
}

const JOURNALS: [SqliteJournalMode; 2] = [SqliteJournalMode::Wal, SqliteJournalMode::Delete];

/// A verb on notebook 1, which is trashed.
#[derive(Clone, Copy, Debug)]
enum Verb {
    Delete,
    DeleteReturning,
    Restore,
    RestoreReturning,
    RestoreAttachment,
    RestoreAttachments,
    ForceDelete,
    ForceDeleteReturning,
}

const VERBS: [Verb; 8] = [
    Verb::Delete,
    Verb::DeleteReturning,
    Verb::Restore,
    Verb::RestoreReturning,
    Verb::RestoreAttachment,
    Verb::RestoreAttachments,
    Verb::ForceDelete,
    Verb::ForceDeleteReturning,
];

async fn run(verb: Verb, db: &DatabaseConnection) -> Result<u64, SoftDeleteError> {
    let trash = notebook::Entity::force_delete_many().only_trashed();
    Ok(match verb {
        Verb::Delete => {
            notebook::Entity::delete_many()
                .exec(db)
                .await?
                .rows_affected
        }
        Verb::DeleteReturning => {
            let delete = notebook::Entity::delete_many();
            delete.exec_with_returning(db).await?.len() as u64
        }
        Verb::Restore => {
            notebook::Entity::restore_by_id(1).exec(db).await?;
            1
        }
        Verb::RestoreReturning => {
            let restore = notebook::Entity::restore_many();
            restore.exec_with_returning(db).await?.len() as u64
        }
        Verb::RestoreAttachment => {
            attachment::Entity::restore_by_id(4).exec(db).await?;
            1
        }
        Verb::RestoreAttachments => {
            let restore = attachment::Entity::restore_many().filter_by_ids([4]);
            restore.exec(db).await?.rows_affected
        }
        Verb::ForceDelete => trash.exec(db).await?.rows_affected,
        Verb::ForceDeleteReturning => trash.exec_with_returning(db).await?.len() as u64,
    })
}

#[tokio::test]
async fn verbs_wait_for_another_writer_and_then_continue() -> TestResult {
    for journal in JOURNALS {
        for verb in VERBS {
            let Files {
                one,
                other,
                _directory,
            } = files(journal).await;
            notebook::Entity::delete_by_id(1).exec(&*one).await?;
            attachment::Entity::delete_by_id(4).exec(&*one).await?;
            let writer = one.begin().await?;
            writer
                .execute_unprepared("UPDATE family_tag SET id = id")
                .await?;
            let verb_task = tokio::spawn(async move { run(verb, &other).await });
            // The verb runs as far as it can in this time.
            tokio::time::sleep(Duration::from_millis(100)).await;
            writer.commit().await?;
            let done = verb_task.await.unwrap();
            assert_eq!(
                done.map_err(|error| error.to_string()),
                Ok(1),
                "{verb:?} {journal:?}"
            );
            assert_eq!(orphans(&*one).await?, 0);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_read_before_another_write_gets_a_retryable_error() -> TestResult {
    let Files {
        one,
        other,
        _directory,
    } = files(SqliteJournalMode::Wal).await;
    let late = other.begin().await?;
    assert_eq!(notebook::Entity::find().count(&late).await?, 2);
    folder::Entity::delete_by_id(1).exec(&*one).await?;
    let error = notebook::Entity::delete_by_id(1)
        .exec(&late)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("517"), "{error}");
    assert!(SoftDeleteError::from(error).is_retryable());
    let error = folder::Entity::restore_by_id(1)
        .exec(&late)
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{error}");
    late.rollback().await?;
    folder::Entity::restore_by_id(1).exec(&other).await?;
    assert_eq!(live(&one).await, [2, 4, 4, 4, 3, 1]);
    Ok(())
}

/// The insert's transaction reads the parent before it writes, so SQLite reports a delete that happened in
/// between.
#[tokio::test]
async fn an_insert_after_a_read_of_its_live_parent_makes_no_orphan() -> TestResult {
    for journal in JOURNALS {
        let Files {
            one,
            other,
            _directory,
        } = files(journal).await;
        let insert = other.begin().await?;
        assert!(lock_folder(1, &insert).await?);
        let deleting = pool(&one);
        let deleting =
            tokio::spawn(async move { notebook::Entity::delete_by_id(1).exec(&deleting).await });
        if journal == SqliteJournalMode::Wal {
            // In this journal mode the delete need not wait for a reader.
            assert_eq!(deleting.await.unwrap()?.rows_affected, 1);
            let error = insert_note(50, 1, &insert).await.unwrap_err();
            assert!(SoftDeleteError::from(error).is_retryable());
            insert.rollback().await?;
        } else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            // The insert succeeds before the delete, or it gets a retryable error.
            match insert_note(50, 1, &insert).await {
                Ok(()) => insert.commit().await?,
                Err(error) => {
                    assert!(SoftDeleteError::from(error).is_retryable());
                    insert.rollback().await?;
                }
            }
            assert_eq!(deleting.await.unwrap()?.rows_affected, 1);
        }
        assert_eq!(orphans(&*one).await?, 0);
        let again = other.begin().await?;
        assert!(!lock_folder(1, &again).await?);
    }
    Ok(())
}

#[tokio::test]
async fn a_lock_that_is_held_for_too_long_gives_a_retryable_error() -> TestResult {
    for journal in JOURNALS {
        let Files {
            one,
            other,
            _directory,
        } = files(journal).await;
        other.execute_unprepared("PRAGMA busy_timeout = 10").await?;
        let writer = one.begin().await?;
        notebook::Entity::delete_by_id(1).exec(&writer).await?;
        let late = notebook::Entity::delete_by_id(1)
            .exec(&other)
            .await
            .unwrap_err();
        assert!(SoftDeleteError::from(late).is_retryable());
        let late = notebook::Entity::restore_by_id(1)
            .exec(&other)
            .await
            .unwrap_err();
        assert!(late.is_retryable(), "{late}");
        writer.commit().await?;
        notebook::Entity::restore_by_id(1).exec(&other).await?;
        assert_eq!(live(&one).await, [2, 4, 4, 4, 3, 1]);
    }
    Ok(())
}

#[tokio::test]
async fn verbs_and_transactions_that_are_dropped_do_everything_or_nothing() -> TestResult {
    let Files {
        one, _directory, ..
    } = files(SqliteJournalMode::Wal).await;
    crashes::drop_verbs(&one).await?;
    crashes::drop_transactions(&one).await
}

#[tokio::test]
async fn a_purge_that_is_dropped_at_any_point_is_continued_by_the_next_run() -> TestResult {
    let Files {
        one, _directory, ..
    } = files(SqliteJournalMode::Wal).await;
    purges::drop_purges(&one).await
}

/// Each task has a connection of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_tasks_did_beside_purges_is_whole() -> TestResult {
    let directory = tempfile::tempdir().unwrap();
    let url = format!(
        "sqlite://{}?mode=rwc",
        directory.path().join("notes.db").display()
    );
    let mut options = ConnectOptions::new(url);
    options.max_connections(7).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(move |options| {
        options
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10))
    });
    let db = TestDb::of(Database::connect(options).await.unwrap(), Server::Sqlite);
    stress::stress_with_purges(&db).await
}
