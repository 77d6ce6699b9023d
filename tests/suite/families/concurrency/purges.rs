//! Purges that are cut off, and purges beside one another.
//!
//! Wherever a purge is cut off, the live rows are as before, an operation that it has not begun is restorable
//! as a whole, one that it has begun is not restored at all, and the next run removes the rest.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use sea_orm::prelude::*;
use sea_orm::{RuntimeErr, TransactionTrait};
use sea_orm_soft_delete::builders::Operations;
use sea_orm_soft_delete::purged::{BlockedBy, PurgeEnd, PurgeReport};
use sea_orm_soft_delete::{
    Clock, Operation, OperationId, Purge, SoftDelete, SoftDeleteError, Timestamp,
};

use super::crashes::{check_pool, poll_times};
use super::*;
use crate::entities::NOON;
use crate::families::rows::run;
use crate::harness::{TestDb, TestResult, on_databases, on_every_database, on_every_server};
use crate::watched::{Before, Watched};

const HOUR: u64 = 3_600;

/// A clock that shows this many hours after noon.
fn at(hours: i64) -> Clock {
    let micros = NOON.unix_micros() + hours * 3_600_000_000;
    Clock::fixed(Timestamp::from_unix_micros(micros).unwrap())
}

/// The points at which to cut: one in some, and others on each database. `PURGE_CUTS=all` means every point.
fn cuts(one_in: usize, db: &TestDb) -> impl Iterator<Item = usize> {
    cuts_from(1 + db.server() as usize * one_in / 4, one_in)
}

fn cuts_from(first: usize, one_in: usize) -> impl Iterator<Item = usize> {
    match std::env::var_os("PURGE_CUTS") {
        Some(_) => (1..).step_by(1),
        None => (first..).step_by(one_in),
    }
}

/// Removes what is older than three hours. The operation of notebook 1 has more rows than a transaction.
fn purge() -> Purge {
    Purge::of_all()
        .in_family_of(notebook::Entity)
        .in_family_of(tag::Entity)
        .older_than(Duration::from_secs(3 * HOUR))
        .rows_per_transaction(4)
}

fn operations() -> Operations {
    let list = Operation::list().in_family_of(notebook::Entity);
    list.in_family_of(tag::Entity)
}

/// An operation before the purge.
#[derive(Clone, Copy, Debug)]
struct Trashed {
    id: OperationId,
    rows: u64,
    is_due: bool,
    is_large: bool,
}

struct Trash {
    live: BTreeSet<String>,
    operations: Vec<Trashed>,
}

async fn live_of<E>(_: E, db: &TestDb, rows: &mut BTreeSet<String>) -> TestResult
where
    E: EntityTrait + SoftDelete,
    E::Model: Debug,
{
    for row in <E as SoftDelete>::find().all(&**db).await? {
        rows.insert(format!("{} {row:?}", E::default().table_name()));
    }
    Ok(())
}

/// All live rows.
async fn live_rows(db: &TestDb) -> Result<BTreeSet<String>, SoftDeleteError> {
    let mut rows = BTreeSet::new();
    live_of(notebook::Entity, db, &mut rows).await?;
    live_of(folder::Entity, db, &mut rows).await?;
    live_of(note::Entity, db, &mut rows).await?;
    live_of(attachment::Entity, db, &mut rows).await?;
    live_of(note_tag::Entity, db, &mut rows).await?;
    live_of(tag::Entity, db, &mut rows).await?;
    live_of(comment::Entity, db, &mut rows).await?;
    Ok(rows)
}

/// Five operations, of which all but the last are due: notebook 1 is a large one, and a small one hangs below
/// it. The attachments cannot carry a mark.
async fn trash(db: &TestDb) -> Result<Trash, SoftDeleteError> {
    again(db).await;
    let attachments =
        "INSERT INTO family_attachment (id, note_id) VALUES (5, 4), (6, 4), (7, 4), (8, 4), (9, 4)";
    run(db, &[attachments]).await;
    at(0)
        .scope(note::Entity::delete_by_id(2).exec(&**db))
        .await?;
    at(1)
        .scope(notebook::Entity::delete_by_id(1).exec(&**db))
        .await?;
    at(2)
        .scope(attachment::Entity::delete_many().exec(&**db))
        .await?;
    at(3)
        .scope(note::Entity::delete_by_id(4).exec(&**db))
        .await?;
    at(8)
        .scope(folder::Entity::delete_by_id(4).exec(&**db))
        .await?;
    let trashed = operations().all(&**db).await?;
    let trashed = trashed.iter().map(|operation| Trashed {
        id: operation.id(),
        rows: operation.count(),
        is_due: operation.at().unix_micros() < NOON.unix_micros() + 6 * 3_600_000_000,
        is_large: operation
            .roots()
            .iter()
            .any(|root| root.entity == "family_notebook"),
    });
    let trashed: Vec<Trashed> = trashed.collect();
    assert_eq!(trashed.len(), 5);
    Ok(Trash {
        live: live_rows(db).await?,
        operations: trashed,
    })
}

/// Checks what a purge left that was cut off. Returns how many operations are gone and how many are begun.
async fn check(db: &TestDb, trash: &Trash, cut: &str) -> Result<(usize, usize), SoftDeleteError> {
    assert_eq!(live_rows(db).await?, trash.live, "{cut}");
    let (mut gone, mut begun) = (0, 0);
    for Trashed {
        id,
        rows,
        is_due,
        is_large,
    } in trash.operations.iter().copied()
    {
        let Some(operation) = operations().find(id, &**db).await? else {
            assert!(is_due, "{cut}: {id}");
            gone += 1;
            continue;
        };
        let txn = db.begin().await?;
        match operation.restore_with_ancestors(&txn).await {
            Ok(_) => assert_eq!(operation.count(), rows, "{cut}: {id} is restored in part"),
            Err(SoftDeleteError::BeingPurged { .. }) if is_large => begun += 1,
            Err(error) => panic!("{cut}: {id} is not restored: {error}"),
        }
        assert_eq!(orphans(&txn).await?, 0, "{cut}");
        txn.rollback().await?;
        if begun > 0 && is_large {
            let refused = notebook::Entity::restore_by_id(1).exec(&**db).await;
            assert!(
                matches!(refused, Err(SoftDeleteError::BeingPurged { .. })),
                "{cut}: {refused:?}"
            );
        }
    }
    Ok((gone, begun))
}

/// Runs a purge again, and checks that it removes the rest.
async fn finish(db: &TestDb, trash: &Trash, cut: &str) -> TestResult {
    let report = at(9).scope(purge().run(&**db)).await?;
    assert_eq!(report.ended, PurgeEnd::Done, "{cut}: {report}");
    assert!(
        report.blocked.is_empty() && report.skipped == 0,
        "{cut}: {report}"
    );
    assert_eq!(check(db, trash, cut).await?, (4, 0), "{cut}: {report}");
    Ok(())
}

/// What happens at a statement or a commit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// The connection is lost from there on.
    Lost,
    /// The database refuses this statement, and none after it.
    Refused,
    /// The commit is done, but its answer is lost, and the connection too.
    AnswerLost,
}

#[derive(Clone)]
struct Faulty {
    fault: Fault,
    left: Arc<AtomicUsize>,
}

impl Faulty {
    fn after<C>(number: usize, fault: Fault, inner: C) -> Watched<C, Self> {
        let left = Arc::new(AtomicUsize::new(number));
        Watched::new(inner, Self { fault, left })
    }

    /// Counts down. Returns how many statements are left: none, from the one at which the fault happens.
    fn count(&self) -> Option<usize> {
        let left = &self.left;
        let down = |left: usize| left.checked_sub(1);
        let before = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, down);
        before.ok().map(|before| before - 1)
    }

    fn has_happened(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

fn lost() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("lost".into()))
}

#[async_trait::async_trait]
impl Before for Faulty {
    async fn statement(&self) -> Result<(), DbErr> {
        match self.fault {
            Fault::AnswerLost if self.has_happened() => Err(lost()),
            Fault::AnswerLost => Ok(()),
            Fault::Lost => match self.count() {
                None | Some(0) => Err(lost()),
                _ => Ok(()),
            },
            Fault::Refused => match self.count() {
                Some(0) => Err(DbErr::Custom("refused".into())),
                _ => Ok(()),
            },
        }
    }

    async fn commit(&self) -> Result<(), DbErr> {
        self.statement().await
    }

    async fn committed(&self) -> Result<(), DbErr> {
        match self.fault {
            Fault::AnswerLost if self.count() == Some(0) => Err(lost()),
            _ => Ok(()),
        }
    }
}

/// Ends the session of a transaction before a statement in it.
#[derive(Clone)]
struct Killing {
    left: Arc<AtomicUsize>,
    session: Arc<AtomicI64>,
    has_killed: Arc<AtomicUsize>,
    db: DatabaseConnection,
}

#[async_trait::async_trait]
impl Before for Killing {
    async fn statement(&self) -> Result<(), DbErr> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        let id = self.session.load(Ordering::Relaxed);
        if left == 1 && id != 0 {
            self.has_killed.store(1, Ordering::Relaxed);
            let kill = match self.db.get_database_backend() {
                DbBackend::Postgres => format!("SELECT pg_terminate_backend({id})"),
                _ => format!("KILL {id}"),
            };
            self.db.execute_unprepared(&kill).await?;
        }
        Ok(())
    }

    async fn commit(&self) -> Result<(), DbErr> {
        self.statement().await
    }

    async fn begun<C: ConnectionTrait>(&self, txn: &C) -> Result<(), DbErr> {
        self.session.store(session(txn).await?, Ordering::Relaxed);
        Ok(())
    }

    async fn committed(&self) -> Result<(), DbErr> {
        self.session.store(0, Ordering::Relaxed);
        Ok(())
    }
}

/// Drops purges at points of their work: at one in five, until one of them was within an operation that had begun.
/// A server that answers fast needs few polls.
pub(super) async fn drop_purges(db: &TestDb) -> TestResult {
    let mut cut_within = 0;
    for first in 1..=5 {
        for times in cuts_from(first, 5) {
            let trash = trash(db).await?;
            let purge = purge();
            let done = poll_times(times, at(9).scope(purge.run(&**db))).await;
            let cut = format!("dropped after {times} polls");
            let (_, begun) = check(db, &trash, &cut).await?;
            cut_within += begun;
            finish(db, &trash, &cut).await?;
            if let Some(done) = done {
                assert_eq!(done?.operations, 4);
                break;
            }
            assert!(times < 10_000, "a purge does not end");
        }
        if cut_within > 0 {
            break;
        }
    }
    assert!(cut_within > 0);
    check_pool(db).await
}

on_every_database! {
    async fn a_purge_that_fails_at_any_statement_is_continued_by_the_next_run(db: &TestDb) {
        two_notebooks(db).await;
        let mut cut_within = 0;
        for fault in [Fault::Lost, Fault::Refused, Fault::AnswerLost] {
            let one_in = if fault == Fault::AnswerLost { 1 } else { 11 };
            for number in cuts(one_in, db) {
                let trash = trash(db).await?;
                let faulty = Faulty::after(number, fault, pool(db));
                let done = at(9).scope(purge().run(&faulty)).await;
                let cut = format!("{fault:?} at {number}, {done:?}");
                let (gone, begun) = check(db, &trash, &cut).await?;
                cut_within += begun;
                finish(db, &trash, &cut).await?;
                if !faulty.before.has_happened() {
                    assert_eq!((done?.operations, gone), (4, 4), "{cut}");
                    break;
                }
                match done {
                    Err(error) if fault == Fault::Refused => {
                        assert!(error.to_string().contains("refused"), "{cut}");
                    }
                    Ok(report) if fault == Fault::Refused => {
                        assert_eq!(report.operations, gone as u64, "{cut}");
                        assert_eq!(gone + report.blocked.len(), 4, "{cut}");
                    }
                    done => assert!(done.is_err(), "{cut}"),
                }
            }
        }
        assert!(cut_within > 0);
        check_pool(db).await?;
    }

    async fn a_purge_that_ends_after_any_transaction_is_continued_by_the_next_run(db: &TestDb) {
        two_notebooks(db).await;
        for most in 1.. {
            let trash = trash(db).await?;
            let mut transactions = 0;
            let between = |_| {
                transactions += 1;
                std::future::ready(match transactions == most {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                })
            };
            let report = at(9).scope(purge().run_with(between, &**db)).await?;
            let cut = format!("ended after {most} transactions, {report}");
            assert!(transactions <= most, "{cut}");
            let (gone, begun) = check(db, &trash, &cut).await?;
            assert_eq!(report.operations, gone as u64, "{cut}");
            finish(db, &trash, &cut).await?;
            if report.ended == PurgeEnd::Done {
                assert_eq!((gone, begun), (4, 0), "{cut}");
                assert!(most > 4, "{cut}");
                break;
            }
        }
    }
}

on_every_database! {
    async fn runs_that_end_after_one_transaction_remove_what_is_free(db: &TestDb) {
        two_notebooks(db).await;
        run(db, &[
            "CREATE TABLE purge_holder (note_id INT NOT NULL, \
             CONSTRAINT purge_holds FOREIGN KEY (note_id) REFERENCES family_note (id))",
            "INSERT INTO purge_holder (note_id) VALUES (2)",
        ]).await;
        at(0).scope(note::Entity::delete_by_id(2).exec(&**db)).await?;
        at(1).scope(note::Entity::delete_by_id(4).exec(&**db)).await?;
        for _ in 0..5 {
            let purge = purge().rows_per_transaction(10);
            let end = |_| std::future::ready(ControlFlow::Break(()));
            at(9).scope(purge.run_with(end, &**db)).await?;
        }
        assert_eq!(note::Entity::only_trashed().count(&**db).await?, 1);
    }
}

on_every_server! {
    async fn a_purge_whose_session_ends_at_any_statement_is_continued_by_the_next_run(db: &TestDb) {
        two_notebooks(db).await;
        let mut cut_within = 0;
        for number in cuts(11, db) {
            let trash = trash(db).await?;
            let killing = Watched::new(pool(db), Killing {
                left: Arc::new(AtomicUsize::new(number)),
                session: Arc::default(),
                has_killed: Arc::default(),
                db: pool(db),
            });
            let done = at(9).scope(purge().run(&killing)).await;
            let cut = format!("session ended at {number}, {done:?}");
            let (_, begun) = check(db, &trash, &cut).await?;
            cut_within += begun;
            finish(db, &trash, &cut).await?;
            if killing.before.left.load(Ordering::Relaxed) > 0 {
                assert_eq!(done?.operations, 4);
                break;
            }
            if let Ok(report) = done {
                let is_of_database = |by: &BlockedBy| matches!(by, BlockedBy::Database { .. });
                let mut by = report.blocked.iter().flat_map(|blocked| &blocked.by);
                assert!(!by.any(is_of_database), "the operation does not forbid its removal: {cut}");
                let is_cut = killing.before.has_killed.load(Ordering::Relaxed) == 1;
                assert!(!is_cut || report.operations < 4, "{cut}");
            }
        }
        assert!(cut_within > 0);
        check_pool(db).await?;
    }

    async fn purges_beside_one_another_remove_each_operation_once(db: &TestDb) {
        two_notebooks(db).await;
        const SMALL: u64 = 40;
        const LARGE: u64 = 4;
        let mut rows = 0;
        for folder in 0..(SMALL + LARGE) {
            let id = 100 + folder;
            let notes = if folder % 11 == 0 { 30 } else { 1 + folder % 3 };
            let values: Vec<String> = (0..notes)
                .map(|note| format!("({}, {id}, '{id}-{note}')", id * 100 + note))
                .collect();
            run(db, &[
                &format!("INSERT INTO family_folder (id) VALUES ({id})"),
                &format!("INSERT INTO family_note (id, folder_id, slug) VALUES {}", values.join(", ")),
            ]).await;
            let id = i32::try_from(id).unwrap();
            at(0).scope(folder::Entity::delete_by_id(id).exec(&**db)).await?;
            rows += notes + 1;
        }
        let workers = [4, 7, 20, 1_000].map(|rows| {
            let db = pool(db);
            tokio::spawn(at(9).scope(async move {
                retrying!(purge().rows_per_transaction(rows).run(&db).await)
            }))
        });
        let mut report: Vec<PurgeReport> = Vec::new();
        for done in futures_util::future::try_join_all(workers).await.unwrap() {
            report.push(done?);
        }
        report.push(at(9).scope(purge().run(&**db)).await?);
        let told = || report.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let blocked: usize = report.iter().map(|report| report.blocked.len()).sum();
        assert_eq!(blocked, 0, "{}", told());
        let removed: u64 = report.iter().map(PurgeReport::rows).sum();
        let operations: u64 = report.iter().map(|report| report.operations).sum();
        assert_eq!((removed, operations), (rows, SMALL + LARGE), "{}", told());
        assert_eq!(live(db).await, ALL);
        assert_eq!(folder::Entity::with_trashed().count(&**db).await?, 4);
    }
}

// MariaDB is left out, and SQLite runs on a file: see `crashes`.
on_databases! {
    [postgres: Postgres]

    async fn a_purge_that_is_dropped_at_any_point_is_continued_by_the_next_run(db: &TestDb) {
        two_notebooks(db).await;
        drop_purges(db).await?;
    }
}
