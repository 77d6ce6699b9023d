//! A streaming replica of PostgreSQL: it reads, and says clearly that it writes nothing.
//!
//! `cargo xtask test` starts the primary and the replica.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sea_orm::prelude::*;
use sea_orm::sqlx::{AssertSqlSafe, Executor};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, Statement};
use sea_orm_soft_delete::{Operation, Purge, Scopable, SoftDeleteError};

use crate::families::notebooks::*;
use crate::harness::{Server, TestDb, TestResult};
use crate::revive::users::{A, someone, user};

struct Pair {
    primary: TestDb,
    replica: DatabaseConnection,
    name: String,
}

impl Pair {
    async fn run(test: impl AsyncFnOnce(&Self) -> TestResult) {
        let pair = Self::create().await;
        two_notebooks(&pair.primary).await;
        pair.primary.create_table(user::Entity).await;
        let outcome = test(&pair).await;
        let drop = format!("DROP SCHEMA {} CASCADE", pair.name);
        pair.primary.execute_unprepared(&drop).await.unwrap();
        if let Err(error) = outcome {
            panic!("{error}\n{error:?}");
        }
    }

    async fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("soft_delete_{}_replica_{count}", std::process::id());
        let urls = std::env::var("TEST_REPLICA_URLS").unwrap_or_else(|_| {
            panic!("TEST_REPLICA_URLS is not set: run `cargo xtask test`, which starts a replica")
        });
        let (primary, replica) = urls.split_once(',').expect("two URLs: primary, replica");
        let primary = connect(primary, &name).await;
        let create = format!("CREATE SCHEMA {name}");
        primary.execute_unprepared(&create).await.unwrap();
        Self {
            primary: TestDb::of(primary, Server::Postgres),
            replica: connect(replica, &name).await,
            name,
        }
    }

    /// Waits until the replica shows what the primary has committed.
    async fn settle(&self) {
        let now = "SELECT pg_current_wal_insert_lsn()::text AS value";
        let at: String = value(now, &self.primary).await;
        let is_there = format!("SELECT pg_last_wal_replay_lsn() >= '{at}' AS value");
        while !value::<bool>(&is_there, &self.replica).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn connect(url: &str, schema: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(4).sqlx_logging(false);
    let search = format!("SET search_path = {schema}");
    options.map_sqlx_postgres_pool_opts(move |pool| {
        let search = search.clone();
        pool.after_connect(move |connection, _| {
            let search = search.clone();
            Box::pin(async move { connection.execute(AssertSqlSafe(search)).await.map(drop) })
        })
    });
    Database::connect(options).await.unwrap()
}

async fn value<T: sea_orm::TryGetable>(sql: &str, db: &DatabaseConnection) -> T {
    let row = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(row).await.unwrap().unwrap();
    row.try_get("", "value").unwrap()
}

/// How many seconds the slowest replica is behind, as the documentation of `Purge::run_with` asks.
async fn lag(db: &DatabaseConnection) -> f64 {
    let sql = "SELECT COALESCE(EXTRACT(EPOCH FROM MAX(replay_lag)), 0)::float8 AS value \
               FROM pg_stat_replication";
    value(sql, db).await
}

fn purge() -> Purge {
    Purge::of_all()
        .in_family_of(notebook::Entity)
        .older_than(Duration::ZERO)
}

macro_rules! on_a_replica {
    ($(async fn $name:ident($pair:ident: &Pair) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn body($pair: &Pair) -> TestResult {
                let () = $body;
                Ok(())
            }

            #[tokio::test]
            async fn replica() {
                Pair::run(body).await;
            }
        }
    )*};
}

on_a_replica! {
    async fn a_scoped_connection_to_a_replica_reads(pair: &Pair) {
        notebook::Entity::delete_by_id(1).exec(&*pair.primary).await?;
        pair.settle().await;
        let scoped = pair.replica.scoped();
        assert_eq!(note::Entity::find().count(&pair.replica).await?, 1);
        let all = <note::Entity as EntityTrait>::find();
        assert_eq!(all.count(&scoped).await?, 1);
        let raw = Statement::from_string(sea_orm::DbBackend::Postgres, "SELECT id FROM family_note");
        assert_eq!(scoped.query_all_raw(raw).await?.len(), 1);
        assert_eq!(note::Entity::only_trashed().count(&scoped).await?, 3);
        let operations = Operation::list().in_family_of(notebook::Entity).all(&pair.replica).await?;
        assert_eq!(operations.len(), 1);
        let preview = purge().preview(&pair.replica).await?;
        assert_eq!((preview.rows(), preview.operations), (12, 1), "{preview}");
        let preview = notebook::Entity::delete_by_id(2).preview(&scoped).await?;
        assert_eq!(preview.affects.count, 1);
        assert_eq!(preview.count(), 6);
    }

    async fn what_a_replica_refuses_is_clear_and_is_not_retryable(pair: &Pair) {
        notebook::Entity::delete_by_id(1).exec(&*pair.primary).await?;
        comment::Entity::delete_by_id(1).exec(&*pair.primary).await?;
        pair.settle().await;
        let db = &pair.replica;
        let operation = Operation::list().in_family_of(notebook::Entity).all(db).await?.remove(0);
        let new = || someone(A, "New");
        let refused: [(&str, Result<(), SoftDeleteError>); 11] = [
            ("delete", tag::Entity::delete_by_id(1).exec(db).await.map(drop).map_err(Into::into)),
            ("delete of a family", notebook::Entity::delete_by_id(2).exec(db).await.map(drop).map_err(Into::into)),
            ("scoped delete", notebook::Entity::delete_by_id(2).exec(&db.scoped()).await.map(drop).map_err(Into::into)),
            ("restore", comment::Entity::restore_by_id(1).exec(db).await.map(drop)),
            ("restore of a family", notebook::Entity::restore_by_id(1).exec(db).await.map(drop)),
            ("restore of an operation", operation.restore(db).await.map(drop)),
            ("force delete", comment::Entity::force_delete_by_id(1).exec(db).await.map(drop)),
            ("force delete of a family", notebook::Entity::force_delete_by_id(1).exec(db).await.map(drop)),
            ("insert", user::Entity::insert_or_revive(new()).by([user::Column::Email]).exec(db).await.map(drop)),
            ("purge", purge().run(db).await.map(drop)),
            ("purge in slices", purge().rows_per_transaction(3).run(db).await.map(drop)),
        ];
        for (verb, outcome) in refused {
            let Err(error) = outcome else { panic!("{verb} is not refused") };
            assert!(error.to_string().contains("in a read-only transaction"), "{verb}: {error}");
            assert!(!error.is_retryable(), "{verb}: {error}");
        }
    }

    async fn a_purge_waits_while_the_replica_lags(pair: &Pair) {
        for id in 1..=4 {
            note::Entity::delete_by_id(id).exec(&*pair.primary).await?;
        }
        pair.settle().await;
        pair.replica.execute_unprepared("SELECT pg_wal_replay_pause()").await?;
        let has_waited = AtomicBool::new(false);
        let report = purge().rows_per_transaction(1).run_with(async |_| {
            let begun = Instant::now();
            while lag(&pair.primary).await < 0.2 && !has_waited.load(Ordering::Relaxed) {
                assert!(begun.elapsed() < Duration::from_secs(20), "the lag does not show");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            has_waited.store(true, Ordering::Relaxed);
            pair.replica.execute_unprepared("SELECT pg_wal_replay_resume()").await.unwrap();
            while lag(&pair.primary).await > 0.1 {
                assert!(begun.elapsed() < Duration::from_secs(20), "the lag does not end");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            ControlFlow::Continue(())
        }, &*pair.primary).await?;
        assert_eq!(report.operations, 4, "{report}");
        pair.settle().await;
        assert_eq!(note::Entity::with_trashed().count(&pair.replica).await?, 0);
    }
}
