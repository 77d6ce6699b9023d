//! Verbs that are interrupted do all of their work or none of it.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use sea_orm::prelude::*;
use sea_orm::{QueryOrder, TransactionTrait};
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::{TestDb, TestResult, on_databases, on_every_database, on_every_server};
use crate::watched::{Before, Watched};

/// A verb on a notebook. Every verb but the first needs a trashed notebook.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verb {
    Delete,
    Restore,
    RestorePart,
    RestoreWithAncestors,
    ForceDelete,
}

const VERBS: [Verb; 5] = [
    Verb::Delete,
    Verb::Restore,
    Verb::RestorePart,
    Verb::RestoreWithAncestors,
    Verb::ForceDelete,
];

impl Verb {
    async fn prepare(self, db: &TestDb) -> TestResult {
        match self {
            Self::Delete => {}
            Self::RestorePart => {
                notebook::Entity::delete_many().exec(&**db).await?;
            }
            _ => {
                notebook::Entity::delete_by_id(1).exec(&**db).await?;
            }
        }
        Ok(())
    }

    async fn run<C: ConnectionTrait + TransactionTrait>(self, db: &C) -> TestResult {
        match self {
            Self::Delete => {
                notebook::Entity::delete_by_id(1).exec(db).await?;
            }
            Self::Restore | Self::RestorePart => {
                notebook::Entity::restore_by_id(1).exec(db).await?;
            }
            Self::RestoreWithAncestors => {
                let restore = note::Entity::restore_by_id(3).with_ancestors();
                restore.exec(db).await?;
            }
            Self::ForceDelete => {
                notebook::Entity::force_delete_by_id(1).exec(db).await?;
            }
        }
        Ok(())
    }
}

/// Which folders share the operation of folder 1, how many rows of each table are live, and how many notes
/// exist.
async fn state(db: &TestDb) -> Result<(Vec<bool>, [u64; 6], u64), DbErr> {
    let folders = folder::Entity::with_trashed().order_by_asc(folder::Column::Id);
    let folders = folders.all(&**db).await?;
    let of_one = folders
        .iter()
        .map(|folder| folder.operation_id == folders[0].operation_id);
    let count = note::Entity::with_trashed().count(&**db).await?;
    Ok((of_one.collect(), live(db).await, count))
}

/// Polls the future this many times, and drops it if it is not ready by then.
pub(super) async fn poll_times<F: Future>(times: usize, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut left = times;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

/// Checks that every connection of the pool still works.
pub(super) async fn check_pool(db: &TestDb) -> TestResult {
    let connections = if db.server() == Server::Sqlite { 1 } else { 4 };
    let all = futures_util::future::try_join_all((0..connections).map(|_| db.begin())).await?;
    for txn in all {
        tag::Entity::find().count(&txn).await?;
        txn.rollback().await?;
    }
    Ok(())
}

/// A connection that fails the statement with this number and every later one.
#[derive(Clone)]
struct Failing {
    left: Arc<AtomicUsize>,
}

impl Failing {
    fn after<C>(statements: usize, inner: C) -> Watched<C, Self> {
        let left = Arc::new(AtomicUsize::new(statements));
        Watched::new(inner, Self { left })
    }
}

#[async_trait::async_trait]
impl Before for Failing {
    async fn statement(&self) -> Result<(), DbErr> {
        let left = &self.left;
        let counted = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            left.checked_sub(1)
        });
        match counted {
            Ok(_) => Ok(()),
            Err(_) => Err(DbErr::Custom("lost".into())),
        }
    }

    async fn commit(&self) -> Result<(), DbErr> {
        self.statement().await
    }
}

/// Drops verbs at every point of their work, and checks that each did everything or nothing.
pub(super) async fn drop_verbs(db: &TestDb) -> TestResult {
    for verb in VERBS {
        again(db).await;
        verb.prepare(db).await?;
        let before = state(db).await?;
        let mut last = None;
        for times in 0.. {
            assert!(times < 10_000, "{verb:?} does not end");
            let done = poll_times(times, verb.run(&**db)).await;
            let after = state(db).await?;
            match done {
                Some(done) => {
                    done?;
                    assert_ne!(after, before);
                    last = Some(after.clone());
                }
                // The future may have been dropped after it sent COMMIT.
                None if after != before => {}
                None => continue,
            }
            if last.is_some() {
                break;
            }
            let whole = after;
            again(db).await;
            verb.prepare(db).await?;
            verb.run(&**db).await?;
            assert_eq!(state(db).await?, whole, "{verb:?} in {times}");
            again(db).await;
            verb.prepare(db).await?;
        }
        check_pool(db).await?;
    }
    Ok(())
}

/// Drops transactions while a verb runs in them.
///
/// A future that is dropped while it opens a savepoint breaks its transaction, so the test does not use
/// that transaction any more.
pub(super) async fn drop_transactions(db: &TestDb) -> TestResult {
    for verb in VERBS {
        again(db).await;
        verb.prepare(db).await?;
        let before = state(db).await?;
        for times in 1.. {
            let done = poll_times(times, async {
                let txn = db.begin().await?;
                insert_folder(70, 4, &txn).await?;
                verb.run(&txn).await?;
                txn.rollback().await?;
                Ok::<_, SoftDeleteError>(())
            });
            let done = done.await;
            assert_eq!(state(db).await?, before, "{verb:?} in {times}");
            if let Some(done) = done {
                done?;
                break;
            }
        }
        check_pool(db).await?;
    }
    Ok(())
}

// MariaDB is left out: after dropped calls, a later call there waits for ever while every session is idle.
// SQLite runs on a file, because a database in memory is lost when the pool replaces its connection.
on_databases! {
    [postgres: Postgres]

    async fn a_verb_that_is_dropped_at_any_point_does_everything_or_nothing(db: &TestDb) {
        two_notebooks(db).await;
        drop_verbs(db).await?;
    }

    async fn a_transaction_that_is_dropped_with_its_verb_changes_nothing(db: &TestDb) {
        two_notebooks(db).await;
        drop_transactions(db).await?;
    }
}

on_every_database! {
    async fn a_verb_that_fails_at_any_statement_changes_nothing(db: &TestDb) {
        two_notebooks(db).await;
        for verb in VERBS {
            again(db).await;
            verb.prepare(db).await?;
            let before = state(db).await?;
            for statements in 0.. {
                let failing = Failing::after(statements, pool(db));
                match verb.run(&failing).await {
                    Ok(()) => break,
                    Err(error) => assert!(error.to_string().contains("lost"), "{error}"),
                }
                assert_eq!(state(db).await?, before, "{verb:?} in {statements}");
            }
            assert_ne!(state(db).await?, before);
            check_pool(db).await?;
        }
    }

    async fn a_verb_that_fails_leaves_the_callers_transaction_as_it_was(db: &TestDb) {
        two_notebooks(db).await;
        for verb in VERBS {
            again(db).await;
            verb.prepare(db).await?;
            let before = state(db).await?;
            for statements in 0.. {
                let txn = Failing::after(usize::MAX, db.begin().await?);
                txn.inner.execute_unprepared("INSERT INTO family_tag (id) VALUES (9)").await?;
                txn.before.left.store(statements, Ordering::Relaxed);
                if verb.run(&txn).await.is_ok() {
                    break;
                }
                txn.inner.execute_unprepared("INSERT INTO family_comment (id, note_id) VALUES (9, 4)").await?;
                txn.inner.commit().await?;
                assert_eq!(state(db).await?, before, "{verb:?} in {statements}");
                assert_eq!(tag::Entity::find().count(&**db).await?, 3);
                assert_eq!(comment::Entity::find().count(&**db).await?, 2);
                db.execute_unprepared("DELETE FROM family_tag WHERE id = 9").await?;
                db.execute_unprepared("DELETE FROM family_comment WHERE id = 9").await?;
            }
            assert_eq!(state(db).await?, before);
            check_pool(db).await?;
        }
    }

    async fn a_verb_that_is_refused_leaves_the_callers_transaction_as_it_was(db: &TestDb) {
        two_notebooks(db).await;
        db.execute_unprepared("INSERT INTO family_loan (id, note_id) VALUES (1, 3)").await?;
        attachment::Entity::delete_by_id(4).exec(&**db).await?;
        note::Entity::delete_by_id(4).exec(&**db).await?;
        let before = live(db).await;
        let txn = db.begin().await?;
        txn.execute_unprepared("INSERT INTO family_tag (id) VALUES (9)").await?;
        assert!(notebook::Entity::delete_many().exec(&txn).await.is_err());
        assert!(attachment::Entity::restore_by_id(4).exec(&txn).await.is_err());
        assert!(notebook::Entity::force_delete_many().exec(&txn).await.is_err());
        txn.commit().await?;
        assert_eq!(live(db).await, before);
        assert_eq!(tag::Entity::find().count(&**db).await?, 3);
    }
}

on_every_server! {
    async fn a_verb_whose_session_ends_changes_nothing(db: &TestDb) {
        two_notebooks(db).await;
        for verb in VERBS {
            again(db).await;
            verb.prepare(db).await?;
            let before = state(db).await?;
            // This transaction blocks the verb half-way.
            let holder = db.begin().await?;
            match verb {
                Verb::Delete => holder.execute_unprepared("UPDATE family_note SET slug = 'x' WHERE id = 3").await?,
                _ => holder.execute_unprepared("UPDATE family_attachment SET note_id = note_id + 0 WHERE id = 3").await?,
            };
            if verb != Verb::Delete {
                holder.execute_unprepared("SELECT id FROM family_attachment FOR UPDATE").await?;
            }
            let connection = pool(db);
            let id = session(&holder).await?;
            let task = tokio::spawn(async move { verb.run(&connection).await });
            until_waited_for(db, id).await?;
            end_sessions_behind(db, id).await?;
            assert!(task.await.unwrap().is_err());
            holder.rollback().await?;
            assert_eq!(state(db).await?, before, "{verb:?}");
            check_pool(db).await?;
            verb.run(&**db).await?;
            assert_ne!(state(db).await?, before);
        }
    }
}

/// Ends the sessions that wait for the session of `holder`.
async fn end_sessions_behind(db: &TestDb, holder: i64) -> Result<(), DbErr> {
    for id in waiting(db, holder).await? {
        let end = match db.server() {
            Server::Postgres => format!("SELECT pg_terminate_backend({id})"),
            _ => format!("KILL {id}"),
        };
        db.execute_unprepared(&end).await?;
    }
    Ok(())
}
