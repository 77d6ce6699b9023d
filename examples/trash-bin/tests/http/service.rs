//! Starts a service with its own database for each test.

use std::ops::Deref;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use futures_util::FutureExt;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};
use trash_bin::Receipts;

use crate::client::Client;

/// The databases that the service runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Sqlite,
    Postgres,
    MariaDb,
    MySql,
}

/// The service without any rows. It dereferences to a client as Alice.
pub(crate) struct Service {
    pub(crate) db: DatabaseConnection,
    pub(crate) url: String,
    /// The file of the receipts of erasures, which does not exist yet.
    pub(crate) receipts: PathBuf,
    app: Router,
    alice: Client,
}

/// Takes a test that is written once, and runs it on every database.
macro_rules! on_every_database {
    ($($(#[$meta:meta])* async fn $name:ident($service:ident: &Service) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            use $crate::service::{Server, Service, run};

            async fn body($service: &Service) $body

            #[tokio::test]
            async fn sqlite() {
                run(Server::Sqlite, body).await;
            }

            #[tokio::test]
            async fn postgres() {
                run(Server::Postgres, body).await;
            }

            #[tokio::test]
            async fn mariadb() {
                run(Server::MariaDb, body).await;
            }

            #[tokio::test]
            async fn mysql() {
                run(Server::MySql, body).await;
            }
        }
    )*};
}
pub(crate) use on_every_database;

/// The key of the receipts.
pub(crate) const KEY: &str = "thirty-two random bytes, in a test";

/// Runs a test on its own service.
pub(crate) async fn run(server: Server, test: impl AsyncFnOnce(&Service)) {
    let directory = tempfile::tempdir().unwrap();
    let receipts = directory.path().join("erasures.jsonl");
    with_database(server, "sqlite::memory:", async |url| {
        let db = trash_bin::connect(url).await.unwrap();
        trash_bin::migrate(&db).await.unwrap();
        let ledger = Receipts::new(&receipts, Some(KEY.to_owned()));
        let key = trash_bin::cookie_key(None).unwrap();
        let app = trash_bin::app(db.clone(), ledger, key);
        let alice = Client::in_process(app.clone());
        let receipts = receipts.clone();
        let service = Service {
            db,
            url: url.to_owned(),
            receipts,
            app,
            alice,
        };
        test(&service).await;
    })
    .await;
}

/// Runs a test with the URL of an empty database, and drops the database afterwards. On SQLite it is the
/// given database, on PostgreSQL a schema, and on MariaDB and MySQL a database of the server.
pub(crate) async fn with_database(server: Server, sqlite: &str, test: impl AsyncFnOnce(&str)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("trash_bin_{}_{count}", std::process::id());
    let (url, create, drop) = match server {
        Server::Sqlite => return test(sqlite).await,
        Server::Postgres => {
            let url = url(server);
            let separator = if url.contains('?') { '&' } else { '?' };
            (
                format!("{url}{separator}options[search_path]={name}"),
                format!("CREATE SCHEMA {name}"),
                format!("DROP SCHEMA {name} CASCADE"),
            )
        }
        Server::MariaDb | Server::MySql => {
            let url = url(server);
            let (server_url, _) = url.rsplit_once('/').expect("a URL ends in /database");
            (
                format!("{server_url}/{name}"),
                format!("CREATE DATABASE {name}"),
                format!("DROP DATABASE {name}"),
            )
        }
    };
    administer(server, &create).await;
    let outcome = AssertUnwindSafe(test(&url)).catch_unwind().await;
    administer(server, &drop).await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// The URL of an SQLite database in this file, which is created if it is missing.
pub(crate) fn sqlite_file(path: &Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

impl Service {
    /// Its router, for another kind of client.
    pub(crate) fn app(&self) -> Router {
        self.app.clone()
    }

    /// Creates a folder.
    pub(crate) async fn folder(&self, name: &str) -> Value {
        let new = json!({ "name": name });
        self.post("/folders", new).await.is(201)
    }

    /// Creates a note.
    pub(crate) async fn note(&self, folder: &Value, title: &str) -> Value {
        let new = json!({ "folder_id": folder["id"], "title": title, "body": "…" });
        self.post("/notes", new).await.is(201)
    }

    /// Creates a folder inside this folder.
    pub(crate) async fn folder_in(&self, parent: &Value, name: &str) -> Value {
        let new = json!({ "name": name, "parent_id": parent["id"] });
        self.post("/folders", new).await.is(201)
    }

    /// Creates a note and trashes it.
    pub(crate) async fn trashed_note(&self, folder: &Value, title: &str) -> Value {
        let note = self.note(folder, title).await;
        self.delete(&path("/notes", &note)).await.is(200)
    }

    /// The operations on the first page of the trash.
    pub(crate) async fn trash(&self) -> Value {
        self.get("/trash").await.is(200)["operations"].clone()
    }

    /// The titles of the operations on the first page of the trash, newest first.
    pub(crate) async fn trashed_names(&self) -> Vec<Value> {
        titles(&self.trash().await)
    }
}

impl Deref for Service {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.alice
    }
}

/// The path of a row, such as `/notes/3`.
pub(crate) fn path(of: &str, row: &Value) -> String {
    format!("{of}/{}", row["id"])
}

/// The titles of these operations: the title of the first root row of each.
pub(crate) fn titles(operations: &Value) -> Vec<Value> {
    let operations = operations.as_array().expect("a list of operations");
    operations
        .iter()
        .map(|operation| operation["roots"][0]["title"].clone())
        .collect()
}

/// The named field of each object in a list.
#[track_caller]
pub(crate) fn fields(name: &str, list: &Value) -> Vec<Value> {
    let list = list.as_array().expect("a list");
    list.iter().map(|object| object[name].clone()).collect()
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

async fn administer(server: Server, sql: &str) {
    let admin = trash_bin::connect(&url(server)).await.unwrap();
    admin.execute_unprepared(sql).await.unwrap();
    admin.close().await.unwrap();
}
