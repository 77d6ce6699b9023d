//! The cost of a scoped connection: per statement on a connection that does nothing, and end to end against
//! a handwritten filter.
//!
//! `cargo xtask bench`. A cost is the difference between the scoped and the plain connection in one round;
//! the bench prints the median of many rounds, and the limit that the documentation promises.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod pairs;
mod posts;

use std::fmt::{Debug, Display};
use std::hint::black_box;
use std::pin::Pin;
use std::time::{Duration, Instant};

use criterion::Criterion;
use futures_util::FutureExt;
use pairs::Pairs;
use posts::{post, thousand_posts};
use sea_orm::prelude::*;
use sea_orm::{
    AccessMode, DbBackend, ExecResult, IsolationLevel, QueryResult, Statement, TransactionError,
    TransactionOptions, TransactionSession, TransactionTrait,
};
use sea_orm_soft_delete::{Scopable, ScopedConnection};

const ROUNDS: usize = 51;

fn main() {
    let mut costs = Costs::default();
    for backend in [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql] {
        statements(&mut costs, backend);
    }
    costs.report();

    let mut criterion = Criterion::default()
        .configure_from_args()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let mut pairs = Pairs::new(&mut criterion);
    end_to_end(&mut pairs);
    pairs.report();
    criterion.final_summary();
}

/// A join of about 500 bytes, as SeaORM writes one.
fn join(backend: DbBackend, root: &str) -> String {
    let sql = format!(
        r#"SELECT "{root}"."id" AS "A_id", "{root}"."author_id" AS "A_author_id", "{root}"."title" AS "A_title", "{root}"."deleted_at" AS "A_deleted_at", "author"."id" AS "B_id", "author"."name" AS "B_name", "author"."email" AS "B_email", "author"."created_at" AS "B_created_at" FROM "{root}" LEFT JOIN "author" ON "{root}"."author_id" = "author"."id" WHERE "{root}"."title" LIKE ? AND ("author"."name" = ? OR "author"."email" = ?) ORDER BY "{root}"."id" ASC, "author"."id" ASC LIMIT ? OFFSET ?"#
    );
    in_dialect(sql, backend)
}

fn in_list(backend: DbBackend, placeholders: usize) -> String {
    let list = vec!["?"; placeholders].join(", ");
    let sql = format!(r#"SELECT "post"."id" FROM "post" WHERE "post"."id" IN ({list})"#);
    in_dialect(sql, backend)
}

fn in_dialect(sql: String, backend: DbBackend) -> String {
    match backend {
        DbBackend::MySql => sql.replace('"', "`"),
        DbBackend::Postgres => {
            let mut parts = sql.split('?');
            let mut numbered = parts.next().unwrap().to_owned();
            for (number, part) in parts.enumerate() {
                numbered.push_str(&format!("${}{part}", number + 1));
            }
            numbered
        }
        _ => sql,
    }
}

fn statements(costs: &mut Costs, backend: DbBackend) {
    let name = backend.as_str();
    let same = |sql: String| move |_: usize| sql.clone();
    costs.measure(
        format!("{name}: join of 500 bytes, repeated"),
        Some(1_000.0),
        200,
        backend,
        same(join(backend, "post")),
    );
    costs.measure(
        format!("{name}: no table of ours, repeated"),
        Some(300.0),
        200,
        backend,
        same(join(backend, "book")),
    );
    let new = |sql: String| move |number: usize| format!("{sql} -- {number}");
    costs.measure(
        format!("{name}: join of 500 bytes, new"),
        Some(10_000.0),
        200,
        backend,
        new(join(backend, "post")),
    );
    costs.measure(
        format!("{name}: no table of ours, new"),
        None,
        200,
        backend,
        new(join(backend, "book")),
    );
    let thousand = costs.measure(
        format!("{name}: IN list of 1,000, new"),
        Some(60_000.0),
        50,
        backend,
        new(in_list(backend, 1_000)),
    );
    let hundred_thousand = costs.measure(
        format!("{name}: IN list of 100,000, new"),
        None,
        2,
        backend,
        new(in_list(backend, 100_000)),
    );
    costs.lines.push(format!(
        "{name}: 100,000 placeholders cost {:.1} times what 1,000 do (at most 110)",
        hundred_thousand / thousand
    ));
}

/// A connection that answers at once.
struct Nowhere(DbBackend);

#[async_trait::async_trait]
impl ConnectionTrait for Nowhere {
    fn get_database_backend(&self) -> DbBackend {
        self.0
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(DbErr::RecordNotUpdated)
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::RecordNotUpdated)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        black_box(statement);
        Ok(None)
    }

    async fn query_all_raw(&self, _: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Ok(Vec::new())
    }
}

#[async_trait::async_trait]
impl TransactionTrait for Nowhere {
    type Transaction = Self;

    async fn begin(&self) -> Result<Self, DbErr> {
        Err(DbErr::RecordNotUpdated)
    }

    async fn begin_with_config(
        &self,
        _: Option<IsolationLevel>,
        _: Option<AccessMode>,
    ) -> Result<Self, DbErr> {
        Err(DbErr::RecordNotUpdated)
    }

    async fn begin_with_options(&self, _: TransactionOptions) -> Result<Self, DbErr> {
        Err(DbErr::RecordNotUpdated)
    }

    async fn transaction<F, T, E>(&self, _: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        Err(TransactionError::Connection(DbErr::RecordNotUpdated))
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        _: Option<IsolationLevel>,
        _: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        self.transaction(callback).await
    }
}

#[async_trait::async_trait]
impl TransactionSession for Nowhere {
    async fn commit(self) -> Result<(), DbErr> {
        Err(DbErr::RecordNotUpdated)
    }

    async fn rollback(self) -> Result<(), DbErr> {
        Err(DbErr::RecordNotUpdated)
    }
}

#[derive(Default)]
struct Costs {
    lines: Vec<String>,
    number: usize,
}

impl Costs {
    /// The cost that the scope adds to a statement, in nanoseconds.
    fn measure(
        &mut self,
        name: String,
        limit: Option<f64>,
        calls: usize,
        backend: DbBackend,
        text: impl Fn(usize) -> String,
    ) -> f64 {
        let plain = Nowhere(backend);
        let scoped = ScopedConnection::new(Nowhere(backend));
        let mut costs: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let mut statements = || -> Vec<Statement> {
                    (0..calls)
                        .map(|_| {
                            self.number += 1;
                            Statement::from_string(backend, text(self.number))
                        })
                        .collect()
                };
                let (for_plain, for_scoped) = (statements(), statements());
                let by_plain = time(&plain, for_plain);
                let by_scoped = time(&scoped, for_scoped);
                (by_scoped - by_plain) / calls as f64
            })
            .collect();
        costs.sort_by(f64::total_cmp);
        let cost = costs[ROUNDS / 2];
        let limit = limit.map_or(String::new(), |limit| format!("  (at most {limit:.0})"));
        self.lines
            .push(format!("{name:<44} {cost:>10.0} ns{limit}"));
        cost
    }

    fn report(&self) {
        println!("\nadded to each statement, median of {ROUNDS} rounds");
        for line in &self.lines {
            println!("{line}");
        }
    }
}

fn time(db: &impl ConnectionTrait, statements: Vec<Statement>) -> f64 {
    let start = Instant::now();
    for statement in statements {
        db.query_one_raw(statement).now_or_never().unwrap().unwrap();
    }
    start.elapsed().as_nanos() as f64
}

fn end_to_end(pairs: &mut Pairs<'_>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let db = runtime.block_on(thousand_posts());
    let scoped = db.scoped();
    let by_hand = || {
        let live = <post::Entity as EntityTrait>::find_by_id(black_box(7))
            .filter(post::Column::DeletedAt.is_null());
        runtime.block_on(live.one(&db)).unwrap().unwrap()
    };
    pairs.compare(
        "scoped find_by_id",
        20,
        || {
            let plain = <post::Entity as EntityTrait>::find_by_id(black_box(7));
            runtime.block_on(plain.one(&scoped)).unwrap().unwrap()
        },
        by_hand,
    );
    pairs.compare(
        "scoped find_by_id, verb",
        20,
        || {
            let live = post::Entity::find_by_id(black_box(7));
            runtime.block_on(live.one(&scoped)).unwrap().unwrap()
        },
        by_hand,
    );
}
