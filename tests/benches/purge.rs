//! A purge, timed in pairs within one run against the batched DELETE that one would write by hand; the longest
//! transaction of each, against one large DELETE; and on PostgreSQL, a purge of 1,000,000 rows with deletes and
//! restores beside it.
//!
//! `cargo xtask bench --bench purge`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod times;
mod trashed;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sea_orm::DbBackend;
use sea_orm::prelude::*;
use sea_orm_soft_delete::Purge;
use sea_orm_soft_delete::purged::PurgeReport;
use times::{Times, databases, in_turn, timed};
use trashed::{connect, fill, insert, run};

const ROWS: u64 = 100_000;
const ROUNDS: usize = 5;
/// How many rows one DELETE by hand removes.
const BATCH: u64 = 10_000;
/// The rows of the purge beside other verbs.
const MANY: u64 = 1_000_000;

macro_rules! entity {
    ($name:ident, $table:literal) => {
        mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            #[soft_delete(retain = "1 days")]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                pub author_id: i32,
                pub body: String,
                pub deleted_at: Option<DateTimeUtc>,
                #[soft_delete(operation)]
                pub operation_id: Option<Uuid>,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}
            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(item, "bench_purge_item");
entity!(by_hand, "bench_purge_by_hand");

#[tokio::main]
async fn main() {
    println!(
        "\na purge of {ROWS} rows against DELETEs of {BATCH} rows by hand; median of {ROUNDS} rounds (quarter to \
         three-quarter of them)"
    );
    for (name, url) in databases() {
        match url {
            Some(url) => measure(name, &url).await,
            None => println!("{name} WAS LEFT OUT: its server is not known"),
        }
    }
}

async fn measure(name: &str, url: &str) {
    let db = connect(url).await;
    let mut times = Times::default();
    let mut longest = [Duration::ZERO; 2];
    for (shape, rows_of_each) in [
        ("deletes of 1 row", 1),
        ("deletes of 100 rows", 100),
        ("deletes of 10,000 rows", 10_000),
    ] {
        for round in 0..ROUNDS {
            fill::<item::Entity>(ROWS, rows_of_each, &db).await;
            fill::<by_hand::Entity>(ROWS, rows_of_each, &db).await;
            let (ours, theirs) =
                in_turn(round, || timed_purge(&db), || timed_by_hand(BATCH, &db)).await;
            times.push(shape, ours.0, theirs.0);
            longest[0] = longest[0].max(ours.1);
            longest[1] = longest[1].max(theirs.1);
        }
    }
    times.report(name);
    fill::<by_hand::Entity>(ROWS, 100, &db).await;
    let at_once = timed(run(&db, "DELETE FROM bench_purge_by_hand")).await;
    println!(
        "{name:<11} longest transaction: {:.0} ms of a purge, {:.0} ms by hand, {:.0} ms of one DELETE of all rows; \
         peak memory of the program {} MiB",
        millis(longest[0]),
        millis(longest[1]),
        millis(at_once),
        peak_memory() / 1_024,
    );
    if db.get_database_backend() == DbBackend::Postgres {
        beside(&db).await;
    }
    for table in ["bench_purge_item", "bench_purge_by_hand"] {
        run(&db, &format!("DROP TABLE {table}")).await;
    }
}

fn purge() -> Purge {
    Purge::of_all().in_family_of(item::Entity)
}

/// The time, and the time of the longest transaction.
async fn timed_purge(db: &DatabaseConnection) -> (Duration, Duration) {
    let began = Instant::now();
    let report = purged(&purge(), db).await;
    assert_eq!(report.0.rows(), ROWS, "{}", report.0);
    (began.elapsed(), report.1)
}

/// Runs the purge. Also returns the longest time between two transactions.
async fn purged(purge: &Purge, db: &DatabaseConnection) -> (PurgeReport, Duration) {
    let (mut last, mut longest) = (Instant::now(), Duration::ZERO);
    let between = |_| {
        longest = longest.max(last.elapsed());
        last = Instant::now();
        std::future::ready(ControlFlow::Continue(()))
    };
    let report = purge.run_with(between, db).await.unwrap();
    (report, longest)
}

async fn timed_by_hand(batch: u64, db: &DatabaseConnection) -> (Duration, Duration) {
    let began = Instant::now();
    let mut longest = Duration::ZERO;
    let (old, table) = ("deleted_at < '2024-06-01'", "bench_purge_by_hand");
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {old} LIMIT {batch} \
             FOR UPDATE SKIP LOCKED) AND {old}"
        ),
        DbBackend::MySql => format!("DELETE FROM {table} WHERE {old} LIMIT {batch}"),
        _ => format!(
            "DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {old} LIMIT {batch})"
        ),
    };
    let mut removed = 0;
    while removed < ROWS {
        let begun = Instant::now();
        let done = db.execute_unprepared(&sql).await.unwrap();
        longest = longest.max(begun.elapsed());
        removed += done.rows_affected();
        assert!(done.rows_affected() > 0);
    }
    (began.elapsed(), longest)
}

/// Purges many rows while two loops delete and restore rows of the same table.
async fn beside(db: &DatabaseConnection) {
    fill::<item::Entity>(MANY, 100, db).await;
    let live: Vec<String> = (0..2_000)
        .map(|id| format!("({}, {id}, 'live', NULL, NULL)", MANY + id))
        .collect();
    insert("bench_purge_item", &live, db).await;
    let quiet = verbs(&AtomicBool::new(false), Some(Duration::from_secs(5)), db).await;
    let is_over = AtomicBool::new(false);
    let began = Instant::now();
    let work = async {
        let purged = purged(&purge(), db).await;
        is_over.store(true, Ordering::Relaxed);
        purged
    };
    let ((report, longest), busy) = tokio::join!(work, verbs(&is_over, None, db));
    let took = began.elapsed();
    assert_eq!((report.rows(), report.blocked.len()), (MANY, 0), "{report}");
    let left = item::Entity::with_trashed().count(db).await.unwrap();
    let trashed = item::Entity::only_trashed().count(db).await.unwrap();
    assert_eq!(
        (left, trashed),
        (2_000, 0),
        "each row that was restored is there"
    );
    println!(
        "PostgreSQL  {MANY} rows beside deletes and restores: {:.1} s, {:.0} rows/s, longest transaction {:.0} ms, \
         skipped {}; peak memory of the program {} MiB",
        took.as_secs_f64(),
        MANY as f64 / took.as_secs_f64(),
        millis(longest),
        report.skipped,
        peak_memory() / 1_024,
    );
    for (when, times) in [("without the purge", quiet), ("beside it", busy)] {
        let at = |share: f64| millis(times[(share * (times.len() - 1) as f64) as usize]);
        println!(
            "PostgreSQL  {} deletes and restores {when}: median {:.1} ms, 99 % within {:.1} ms, longest {:.1} ms",
            times.len(),
            at(0.5),
            at(0.99),
            at(1.0),
        );
    }
}

/// Deletes and restores live rows in two loops, for this time or until `is_over`. Returns the sorted times of the
/// calls.
async fn verbs(
    is_over: &AtomicBool,
    time: Option<Duration>,
    db: &DatabaseConnection,
) -> Vec<Duration> {
    let began = Instant::now();
    let one = async |first: u64| {
        let mut times = Vec::new();
        for round in 0.. {
            let is_late = time.is_some_and(|time| began.elapsed() > time);
            if is_late || is_over.load(Ordering::Relaxed) {
                break;
            }
            let id = i32::try_from(MANY + first + round % 1_000).unwrap();
            let begun = Instant::now();
            let done = item::Entity::delete_by_id(id).exec(db).await.unwrap();
            assert_eq!(done.rows_affected, 1);
            times.push(begun.elapsed());
            let begun = Instant::now();
            item::Entity::restore_by_id(id).exec(db).await.unwrap();
            times.push(begun.elapsed());
        }
        times
    };
    let (mut times, more) = tokio::join!(one(0), one(1_000));
    times.extend(more);
    times.sort_unstable();
    times
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The most memory that the program has had, in KiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next()?.parse().ok());
    peak.unwrap_or(0)
}
