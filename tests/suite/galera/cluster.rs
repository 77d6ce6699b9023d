//! Gives each test a database on the cluster.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};

use crate::harness::{Server, TestDb, TestResult};

/// One database of a cluster, as each of its nodes shows it.
pub(super) struct Cluster {
    nodes: Vec<TestDb>,
    urls: Vec<String>,
}

/// Creates a module with one `#[test]` for each test.
macro_rules! on_a_galera_cluster {
    ($($(#[$meta:meta])* async fn $name:ident($cluster:ident: &Cluster) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($cluster: &Cluster) -> $crate::harness::TestResult {
                let () = $body;
                Ok(())
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn galera() {
                Cluster::run(body).await;
            }
        }
    )*};
}
pub(super) use on_a_galera_cluster;

/// Repeats the call while its error is retryable.
macro_rules! retrying {
    ($call:expr) => {
        loop {
            match $call.map_err(sea_orm_soft_delete::SoftDeleteError::from) {
                Err(error) if error.is_retryable() => tokio::task::yield_now().await,
                done => break done,
            }
        }
    };
}
pub(super) use retrying;

/// A read that waits until the node has applied what other nodes have committed.
const WAIT: &str = "SET STATEMENT wsrep_sync_wait = 15 FOR SELECT 1";

impl Cluster {
    /// Runs a test in its own database. The tests take turns, because a change of a schema interrupts the
    /// transactions of all nodes.
    pub(super) async fn run(test: impl AsyncFnOnce(&Self) -> TestResult) {
        static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let _turn = TURN.lock().await;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("soft_delete_{}_galera_{count}", std::process::id());
        let cluster = Self::create(&name).await;
        let outcome = AssertUnwindSafe(test(&cluster)).catch_unwind().await;
        let drop = format!("DROP DATABASE {name}");
        cluster.node(0).execute_unprepared(&drop).await.unwrap();
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => panic!("{error}\n{error:?}"),
            Err(panic) => resume_unwind(panic),
        }
    }

    async fn create(name: &str) -> Self {
        let urls = std::env::var("TEST_GALERA_URLS").unwrap_or_else(|_| {
            panic!("TEST_GALERA_URLS is not set: run `cargo xtask test`, which starts a cluster")
        });
        let servers: Vec<&str> = urls.split(',').collect();
        assert_eq!(servers.len(), 3, "TEST_GALERA_URLS has three URLs");
        let admin = connect(servers[0], 1).await;
        let create = format!("CREATE DATABASE {name}");
        admin.execute_unprepared(&create).await.unwrap();
        let mut nodes = Vec::new();
        let mut urls = Vec::new();
        for url in servers {
            let there = connect(url, 1).await;
            there.execute_unprepared(WAIT).await.unwrap();
            let (server, _) = url.rsplit_once('/').expect("a URL ends in /database");
            let url = format!("{server}/{name}");
            nodes.push(TestDb::of(connect(&url, 8).await, Server::MariaDb));
            urls.push(url);
        }
        Self { nodes, urls }
    }

    /// A node; the number may be larger than the number of nodes.
    pub(super) fn node(&self, number: usize) -> &TestDb {
        &self.nodes[number % self.nodes.len()]
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = &TestDb> {
        self.nodes.iter()
    }

    /// A connection of its own to a node, for one of several tasks that change the same rows.
    ///
    /// It makes `calls` first, so that it has prepared their statements. MariaDB 10.11 loses a conflict that
    /// arrives while it prepares a statement: it rolls the transaction back and reports no error, and each
    /// statement that follows commits by itself.
    pub(super) async fn worker(
        &self,
        number: usize,
        calls: impl AsyncFn(&DatabaseConnection),
    ) -> DatabaseConnection {
        let db = connect(&self.urls[number % self.urls.len()], 1).await;
        calls(&db).await;
        self.settle().await;
        db
    }

    /// Waits until every node has applied what any node has committed.
    pub(super) async fn settle(&self) {
        for node in &self.nodes {
            let wait = Statement::from_string(node.get_database_backend(), WAIT);
            node.query_one_raw(wait).await.unwrap();
        }
    }

    /// Asserts that every node holds the same rows of these tables.
    pub(super) async fn assert_same_rows(&self, tables: &[&str]) {
        self.settle().await;
        let mut sums = Vec::new();
        for node in &self.nodes {
            let checksums = format!("CHECKSUM TABLE {}", tables.join(", "));
            let checksums = Statement::from_string(node.get_database_backend(), checksums);
            let rows = node.query_all_raw(checksums).await.unwrap();
            let rows = rows.iter().map(|row| {
                let table: String = row.try_get("", "Table").unwrap();
                let sum: Option<i64> = row.try_get("", "Checksum").unwrap();
                (table, sum.expect("the table exists"))
            });
            sums.push(rows.collect::<Vec<_>>());
        }
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:#?}");
    }
}

async fn connect(url: &str, connections: u32) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).sqlx_logging(false);
    options.map_sqlx_mysql_opts(|options| options.statement_cache_capacity(2_000));
    Database::connect(options).await.unwrap()
}
