//! Verbs of families in concurrent transactions.
//!
//! These tests prove the statements of the documentation page `families_concurrency.md`. Two transactions
//! take turns: a test continues only when it sees that one transaction waits for the other.

use std::future::Future;
use std::time::{Duration, Instant};

use sea_orm::prelude::*;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel, QuerySelect, Statement,
    TransactionTrait,
};
use tokio::task::JoinHandle;

use super::notebooks::*;
use crate::harness::{Server, TestDb};

mod crashes;
mod files;
mod inserts;
mod overlaps;
mod purges;
mod restores;
mod retries;
mod snapshots;
mod stress;

/// The timeout for every wait in these tests.
const LIMIT: Duration = Duration::from_secs(20);

/// The default isolation level of each database, and READ COMMITTED.
const LEVELS: [Option<IsolationLevel>; 2] = [None, Some(IsolationLevel::ReadCommitted)];

async fn begin(
    db: &DatabaseConnection,
    level: Option<IsolationLevel>,
) -> Result<DatabaseTransaction, DbErr> {
    db.begin_with_config(level, None).await
}

/// Resets the tables to their first rows, so that a test can run once for each isolation level.
async fn again(db: &TestDb) {
    for table in [
        "comment",
        "loan",
        "index_entry",
        "note_tag",
        "attachment",
        "note",
    ] {
        let empty = format!("DELETE FROM family_{table}");
        db.execute_unprepared(&empty).await.unwrap();
    }
    // MariaDB and MySQL check foreign keys row by row, so the tree is emptied from its leaves up.
    db.execute_unprepared("UPDATE family_folder SET parent_id = NULL")
        .await
        .unwrap();
    for table in ["folder", "notebook", "tag"] {
        let empty = format!("DELETE FROM family_{table}");
        db.execute_unprepared(&empty).await.unwrap();
    }
    insert_two_notebooks(db).await;
}

/// The database's id of the connection that runs this transaction.
async fn session(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let backend = db.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => "SELECT pg_backend_pid()::bigint AS id",
        _ => "SELECT CAST(CONNECTION_ID() AS SIGNED) AS id",
    };
    let row = db
        .query_one_raw(Statement::from_string(backend, sql))
        .await?;
    row.unwrap().try_get("", "id")
}

/// The sessions that wait for a lock. On PostgreSQL they wait for a lock of session `holder`; on MariaDB
/// they wait for a lock on any table of this database, which only this test uses.
async fn waiting(db: &DatabaseConnection, holder: i64) -> Result<Vec<i64>, DbErr> {
    let backend = db.get_database_backend();
    let ask = async |sql: &str| db.query_all_raw(Statement::from_string(backend, sql)).await;
    if backend == DbBackend::Postgres {
        let behind = format!(
            "SELECT pid::bigint AS id FROM pg_stat_activity \
             WHERE {holder} = ANY (pg_blocking_pids(pid))"
        );
        return ask(&behind)
            .await?
            .iter()
            .map(|row| row.try_get("", "id"))
            .collect();
    }
    let about = "SELECT DATABASE() AS name, VERSION() NOT LIKE '%MariaDB%' AS is_mysql";
    let about = &ask(about).await?[0];
    let name: String = about.try_get("", "name")?;
    if about.try_get::<i64>("", "is_mysql")? == 1 {
        // The InnoDB status omits transactions that have only read so far.
        let behind = format!(
            "SELECT CAST(t.processlist_id AS SIGNED) AS id FROM performance_schema.data_locks l \
             JOIN performance_schema.threads t ON t.thread_id = l.thread_id \
             WHERE l.lock_status = 'WAITING' AND l.object_schema = '{name}'"
        );
        let rows = ask(&behind).await?;
        return rows.iter().map(|row| row.try_get("", "id")).collect();
    }
    // MariaDB caches the lock tables of the information schema while many sessions query them.
    let status: String = ask("SHOW ENGINE INNODB STATUS").await?[0].try_get("", "Status")?;
    let transactions = status.split_once("\nTRANSACTIONS\n").unwrap().1;
    let table = format!("of table `{name}`.");
    let is_here = |line: &str| line.contains(&table) && line.trim_end().ends_with("waiting");
    Ok(transactions
        .split("---TRANSACTION")
        .filter(|transaction| transaction.lines().any(is_here))
        .filter_map(|transaction| {
            let (_, id) = transaction.split_once("thread id ")?;
            id.split(',').next()?.parse().ok()
        })
        .collect())
}

/// Waits until another transaction waits for a lock of session `holder`.
async fn until_waited_for(db: &DatabaseConnection, holder: i64) -> Result<(), DbErr> {
    let begun = Instant::now();
    while waiting(db, holder).await?.is_empty() {
        assert!(begun.elapsed() < LIMIT, "nothing waits for {holder}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Starts a future that has to wait for a lock of this transaction, and returns once it waits.
async fn start_behind<T: Send + 'static>(
    db: &TestDb,
    holder: &DatabaseTransaction,
    task: impl Future<Output = T> + Send + 'static,
) -> Result<JoinHandle<T>, DbErr> {
    let holder = session(holder).await?;
    let task = tokio::spawn(task);
    until_waited_for(db, holder).await?;
    Ok(task)
}

/// A clone of the pool, for a spawned task.
fn pool(db: &TestDb) -> DatabaseConnection {
    (**db).clone()
}

/// The number of live rows with a trashed parent row.
async fn orphans(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let belongs = |child: &str, column: &str, parent: &str, is_live: &str| {
        format!(
            "(SELECT COUNT(*) FROM family_{child} AS child JOIN family_{parent} AS parent \
             ON parent.id = child.{column} WHERE {is_live} AND parent.deleted_at IS NOT NULL)"
        )
    };
    let live = "child.deleted_at IS NULL";
    let sql = format!(
        "SELECT {} + {} + {} + {} + {} + {} AS orphans",
        belongs("folder", "notebook_id", "notebook", live),
        belongs("folder", "parent_id", "folder", live),
        belongs("note", "folder_id", "folder", live),
        belongs("attachment", "note_id", "note", live),
        belongs("note_tag", "note_id", "note", "NOT child.is_deleted"),
        belongs("note_tag", "tag_id", "tag", "NOT child.is_deleted"),
    );
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    row.unwrap().try_get("", "orphans")
}

/// Locks the folder and returns whether it is live.
async fn lock_folder(id: i32, txn: &DatabaseTransaction) -> Result<bool, DbErr> {
    let folder = folder::Entity::find_by_id(id).lock_shared().one(txn);
    Ok(folder.await?.is_some())
}

async fn insert_note(id: i32, folder: i32, db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let sql =
        format!("INSERT INTO family_note (id, folder_id, slug) VALUES ({id}, {folder}, '{id}')");
    db.execute_unprepared(&sql).await.map(drop)
}

async fn insert_folder(id: i32, parent: i32, db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let sql = format!("INSERT INTO family_folder (id, parent_id) VALUES ({id}, {parent})");
    db.execute_unprepared(&sql).await.map(drop)
}

async fn is_note_live(id: i32, db: &DatabaseConnection) -> Result<bool, DbErr> {
    Ok(note::Entity::find_by_id(id).one(db).await?.is_some())
}

async fn is_folder_live(id: i32, db: &DatabaseConnection) -> Result<bool, DbErr> {
    Ok(folder::Entity::find_by_id(id).one(db).await?.is_some())
}

/// Drops the foreign keys of the tables, so that only the crate protects the rows.
pub(crate) async fn drop_foreign_keys(db: &TestDb) {
    let find = match db.server() {
        Server::Postgres => {
            "SELECT table_name::text AS t, constraint_name::text AS c \
             FROM information_schema.table_constraints \
             WHERE constraint_type = 'FOREIGN KEY' AND table_schema = current_schema()"
        }
        _ => {
            "SELECT table_name AS t, constraint_name AS c \
             FROM information_schema.table_constraints \
             WHERE constraint_type = 'FOREIGN KEY' AND table_schema = DATABASE()"
        }
    };
    let backend = db.get_database_backend();
    let keys = db
        .query_all_raw(Statement::from_string(backend, find))
        .await
        .unwrap();
    for key in keys {
        let table: String = key.try_get("", "t").unwrap();
        let name: String = key.try_get("", "c").unwrap();
        let word = match db.server() {
            Server::Postgres => format!("CONSTRAINT \"{name}\""),
            _ => format!("FOREIGN KEY `{name}`"),
        };
        let drop = format!("ALTER TABLE {table} DROP {word}");
        db.execute_unprepared(&drop).await.unwrap();
    }
}

/// Repeats a call while it returns a retryable error.
macro_rules! retrying {
    ($call:expr) => {
        loop {
            match $call.map_err(SoftDeleteError::from) {
                Err(error) if error.is_retryable() => tokio::task::yield_now().await,
                done => break done,
            }
        }
    };
}
use retrying;
