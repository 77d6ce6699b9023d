//! Families and transactions that run at the same time.
//!
//! What is proved here is what `families_concurrency.md` of the documentation says, by the names of
//! the tests. Two transactions take turns at points where one is seen to wait for the other.

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
mod restores;
mod retries;
mod snapshots;
mod stress;

/// Longer than anything takes that is waited for.
const LIMIT: Duration = Duration::from_secs(20);

/// The level that the databases are on if nothing says otherwise, and the one that both have.
const LEVELS: [Option<IsolationLevel>; 2] = [None, Some(IsolationLevel::ReadCommitted)];

async fn begin(
    db: &DatabaseConnection,
    level: Option<IsolationLevel>,
) -> Result<DatabaseTransaction, DbErr> {
    db.begin_with_config(level, None).await
}

/// The rows of the tables as they were at first, for tests that go through several levels.
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
    // A tree is emptied from its leaves, whatever order the database takes.
    db.execute_unprepared("UPDATE family_folder SET parent_id = NULL")
        .await
        .unwrap();
    for table in ["folder", "notebook", "tag"] {
        let empty = format!("DELETE FROM family_{table}");
        db.execute_unprepared(&empty).await.unwrap();
    }
    insert_two_notebooks(db).await;
}

/// What names the connection of a transaction in the database.
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

/// The sessions that wait for a lock: on PostgreSQL one that this session holds, on MariaDB one on a
/// table of this database, which has only the test.
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
        // Its status leaves out who has only read until now.
        let behind = format!(
            "SELECT CAST(t.processlist_id AS SIGNED) AS id FROM performance_schema.data_locks l \
             JOIN performance_schema.threads t ON t.thread_id = l.thread_id \
             WHERE l.lock_status = 'WAITING' AND l.object_schema = '{name}'"
        );
        let rows = ask(&behind).await?;
        return rows.iter().map(|row| row.try_get("", "id")).collect();
    }
    // What the information schema says of locks grows old while many ask for it.
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

/// Until another transaction waits for a lock that this one holds.
async fn until_waited_for(db: &DatabaseConnection, holder: i64) -> Result<(), DbErr> {
    let begun = Instant::now();
    while waiting(db, holder).await?.is_empty() {
        assert!(begun.elapsed() < LIMIT, "nothing waits for {holder}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

/// Starts something that is to wait for what this transaction has locked, and returns when it does.
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

/// Another handle of the same pool, for a task.
fn pool(db: &TestDb) -> DatabaseConnection {
    (**db).clone()
}

/// How many live rows belong to trashed ones.
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

/// The folder is live, and stays so until the transaction ends.
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

/// The foreign keys of the tables are for the database to check, or not.
async fn drop_foreign_keys(db: &TestDb) {
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

/// Calls until it is not told to begin again.
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
