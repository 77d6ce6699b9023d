//! Gives each test its own database.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::FutureExt;
use sea_orm::sqlx::{AssertSqlSafe, Executor};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    Schema,
};
use sea_orm_soft_delete::SoftDeleteError;

mod answers;
mod deaths;
pub(crate) mod sqlite_file;

use self::answers::check_what_answers;
use self::deaths::Deaths;

pub(crate) type TestResult = Result<(), SoftDeleteError>;

/// The databases that the library supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Sqlite,
    Postgres,
    MariaDb,
    MySql,
}

impl Server {
    /// Whether the server speaks MySQL's protocol and mostly MySQL's SQL.
    pub(crate) fn speaks_mysql(self) -> bool {
        matches!(self, Self::MariaDb | Self::MySql)
    }
}

/// An empty database: SQLite in memory, a schema of PostgreSQL, or a database of the MariaDB or MySQL
/// server.
pub(crate) struct TestDb {
    db: DatabaseConnection,
    server: Server,
    name: String,
}

/// Takes a test that is written once, and runs it on every database.
macro_rules! on_every_database {
    ($($tests:tt)*) => {
        $crate::harness::on_databases! {
            [sqlite: Sqlite, postgres: Postgres, mariadb: MariaDb, mysql: MySql] $($tests)*
        }
    };
}
pub(crate) use on_every_database;

/// The same for tests that need two connections. SQLite in memory has one connection.
macro_rules! on_every_server {
    ($($tests:tt)*) => {
        $crate::harness::on_databases! {
            [postgres: Postgres, mariadb: MariaDb, mysql: MySql] $($tests)*
        }
    };
}
pub(crate) use on_every_server;

/// Creates a module for each test, with one `#[test]` for each database.
macro_rules! on_databases {
    (
        $databases:tt
        $($(#[$meta:meta])* async fn $name:ident($db:ident: &TestDb) $body:block)*
    ) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($db: &$crate::harness::TestDb) -> $crate::harness::TestResult {
                let () = $body;
                Ok(())
            }

            $crate::harness::run_body_on! { $databases }
        }
    )*};
}
pub(crate) use on_databases;

/// Creates a test for each server whose tasks run on several threads.
macro_rules! on_threads {
    ($(#[$meta:meta])* mod $name:ident runs $body:path) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $crate::harness::on_threads! { @ $body, postgres: Postgres, mariadb: MariaDb, mysql: MySql }
        }
    };
    (@ $body:path, $($database:ident: $server:ident),*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $database() {
            $crate::harness::run($crate::harness::Server::$server, $body).await;
        }
    )*};
}
pub(crate) use on_threads;

/// Runs the function `body` of the surrounding module.
macro_rules! run_body_on {
    ([$($name:ident: $server:ident),*]) => {$(
        #[tokio::test]
        async fn $name() {
            $crate::harness::run($crate::harness::Server::$server, body).await;
        }
    )*};
}
pub(crate) use run_body_on;

/// Runs a test in its own database, and drops the database afterwards. If the server dies during a test
/// that fails, the failure names that cause.
pub(crate) async fn run(server: Server, test: impl AsyncFnOnce(&TestDb) -> TestResult) {
    let deaths = Deaths::of(server);
    let outcome = AssertUnwindSafe(run_once(server, test))
        .catch_unwind()
        .await;
    if let Err(panic) = outcome {
        assert!(
            !deaths.have_risen().await,
            "the server died while this test ran on {server:?}: see its log above, at its death"
        );
        resume_unwind(panic);
    }
}

async fn run_once(server: Server, test: impl AsyncFnOnce(&TestDb) -> TestResult) {
    let db = TestDb::create(server).await;
    let outcome = AssertUnwindSafe(test(&db)).catch_unwind().await;
    db.remove().await;
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("on {server:?}: {error}\n{error:?}"),
        Err(panic) => resume_unwind(panic),
    }
}

impl TestDb {
    /// Wraps a database that the test creates and drops itself.
    pub(crate) fn of(db: DatabaseConnection, server: Server) -> Self {
        let name = String::new();
        Self { db, server, name }
    }

    pub(crate) fn server(&self) -> Server {
        self.server
    }

    /// Creates a schema beside the test's schema. Names are not looked up in it, and it is dropped with the
    /// test.
    pub(crate) async fn create_other_schema(&self) -> Result<String, DbErr> {
        let other = format!("{}_other", self.name);
        let create = match self.server {
            Server::Sqlite => format!("ATTACH ':memory:' AS {other}"),
            Server::Postgres => format!("CREATE SCHEMA {other}"),
            Server::MariaDb | Server::MySql => format!("CREATE DATABASE {other}"),
        };
        self.execute_unprepared(&create).await?;
        Ok(other)
    }

    /// Connects to the test's schema of PostgreSQL as a role without any privilege of its own, which is created if it
    /// does not exist.
    pub(crate) async fn connect_as(&self, role: &str, connections: u32) -> DatabaseConnection {
        let create = format!(
            "DO $$ BEGIN CREATE ROLE {role}; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        );
        self.execute_unprepared(&create).await.unwrap();
        let become_it = format!(
            "SET search_path = {}; SET SESSION AUTHORIZATION {role}; SET statement_timeout = '10s'",
            self.name
        );
        let mut options = options(&url(self.server));
        options.max_connections(connections);
        options.map_sqlx_postgres_pool_opts(move |pool| {
            let become_it = become_it.clone();
            pool.after_connect(move |connection, _| {
                let become_it = become_it.clone();
                Box::pin(async move {
                    connection.execute(AssertSqlSafe(become_it)).await?;
                    Ok(())
                })
            })
        });
        connect(&mut options).await
    }

    /// Whether the database returns the rows that an UPDATE changes.
    pub(crate) fn returns_updated_rows(&self) -> bool {
        !self.server.speaks_mysql()
    }

    /// Creates the table of an entity, with date-time columns that keep microseconds.
    pub(crate) async fn create_table<E: EntityTrait>(&self, entity: E) {
        let backend = self.get_database_backend();
        let table = Schema::new(backend).create_table_from_entity(entity);
        let mut create = backend.build(&table);
        if backend == DbBackend::MySql {
            create.sql = create
                .sql
                .replace(" timestamp", " datetime(6)")
                .replace(" datetime ", " datetime(6) ")
                .replace(" datetime,", " datetime(6),");
        }
        self.execute_raw(create).await.unwrap();
    }

    async fn create(server: Server) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("soft_delete_{}_{count}", std::process::id());
        let db = match server {
            Server::Sqlite => {
                // Exactly one connection, because every connection to `:memory:` opens another database.
                connect(options("sqlite::memory:").max_connections(1)).await
            }
            Server::Postgres => {
                let url = url(server);
                administer(&url, &format!("CREATE SCHEMA {name}")).await;
                let search = format!("SET search_path = {name}");
                let mut options = options(&url);
                options.map_sqlx_postgres_pool_opts(move |pool| {
                    let search = search.clone();
                    pool.after_connect(move |connection, _| {
                        let search = search.clone();
                        Box::pin(async move {
                            connection.execute(AssertSqlSafe(search)).await?;
                            connection.execute("SET statement_timeout = '10s'").await?;
                            connection.execute("SET synchronous_commit = off").await?;
                            // For a few rows, JIT compilation takes longer than the query.
                            connection.execute("SET jit = off").await?;
                            // Only a superuser may change this setting.
                            drop(connection.execute("SET temp_file_limit = '100MB'").await);
                            Ok(())
                        })
                    })
                });
                connect(&mut options).await
            }
            Server::MariaDb | Server::MySql => {
                let url = url(server);
                check_what_answers(server, &url).await;
                administer(&url, &format!("CREATE DATABASE {name}")).await;
                let (server_url, _) = url.rsplit_once('/').expect("a URL ends in /database");
                let mut options = options(&format!("{server_url}/{name}"));
                // When the driver evicts a statement from its cache, it sends a message that costs a
                // delayed round trip.
                options.map_sqlx_mysql_opts(|options| options.statement_cache_capacity(2000));
                // MariaDB's limit is in seconds and holds for any statement. MySQL's limit is in
                // milliseconds and holds only for SELECT, and MySQL does not limit temporary tables on
                // disk.
                let limits: &[&str] = match server {
                    Server::MySql => &["SET SESSION max_execution_time = 10000"],
                    _ => &[
                        "SET SESSION max_statement_time = 10",
                        "SET SESSION tmp_disk_table_size = 100000000",
                    ],
                };
                options.map_sqlx_mysql_pool_opts(move |pool| {
                    pool.after_connect(move |connection, _| {
                        Box::pin(async move {
                            for &limit in limits {
                                connection.execute(limit).await?;
                            }
                            // MariaDB has this setting ON from 11.6, and many verbs that waited would have
                            // to retry. Older servers do not know the setting.
                            let isolation = "SET SESSION innodb_snapshot_isolation = OFF";
                            if server == Server::MariaDb {
                                drop(connection.execute(isolation).await);
                            }
                            Ok(())
                        })
                    })
                });
                connect(&mut options).await
            }
        };
        Self { db, server, name }
    }

    async fn remove(self) {
        let name = self.name;
        self.db.close().await.unwrap();
        match self.server {
            Server::Sqlite => {}
            Server::Postgres => {
                let drop = format!("DROP SCHEMA IF EXISTS {name}, {name}_other CASCADE");
                administer(&url(self.server), &drop).await;
            }
            Server::MariaDb | Server::MySql => {
                for name in [&name, &format!("{name}_other")] {
                    let drop = format!("DROP DATABASE IF EXISTS {name}");
                    administer(&url(self.server), &drop).await;
                }
            }
        }
    }
}

impl Deref for TestDb {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.db
    }
}

fn url(server: Server) -> String {
    let variable = match server {
        Server::Sqlite => unreachable!("SQLite has no server"),
        Server::Postgres => "TEST_POSTGRES_URL",
        Server::MariaDb => "TEST_MARIADB_URL",
        Server::MySql => "TEST_MYSQL_URL",
    };
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run `cargo xtask test`, which finds or starts a server")
    })
}

fn options(url: &str) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(4).sqlx_logging(false);
    options
}

async fn connect(options: &mut ConnectOptions) -> DatabaseConnection {
    Database::connect(options.clone()).await.unwrap()
}

async fn administer(url: &str, sql: &str) {
    let admin = connect(options(url).max_connections(1)).await;
    admin.execute_unprepared(sql).await.unwrap();
    admin.close().await.unwrap();
}
