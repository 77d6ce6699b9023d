//! Deletes and restores of families against the best handwritten SQL, timed in pairs within one run.
//!
//! `cargo xtask bench --bench families`. Each side is one transaction. The handwritten delete is one UPDATE
//! for each table, which finds its rows by their parent rows in the form that the database runs fastest.
//! The handwritten restore is one UPDATE for each table, by the id of the operation.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod shelves;
mod times;

use sea_orm::prelude::*;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait, Value,
};
use sea_orm_soft_delete::Operation;
use shelves::{DEPTH, ITEMS, crate_of, filled, room, shelf, tidy};
use times::{Times, databases, in_turn, timed};
use tokio::runtime::Runtime;

const ROUNDS: usize = 9;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    println!("\nours / by hand, median of {ROUNDS} rounds (quarter to three-quarter of them)");
    for (name, url) in databases() {
        match url {
            Some(url) => measure(&runtime, name, &url),
            None => println!("{name} WAS LEFT OUT: its server is not known"),
        }
    }
}

fn measure(runtime: &Runtime, name: &str, url: &str) {
    let db = &runtime.block_on(filled(url));
    let all = 1 + 1_000 + 2 * ITEMS as u64;
    let mut times = Times::default();
    for round in 0..ROUNDS {
        let ours = || async {
            let delete = timed(async {
                shelf::Entity::delete_by_id(1).exec(db).await.unwrap();
            })
            .await;
            assert_eq!(trashed(db).await, all);
            tidy(db).await;
            let restore = timed(async {
                shelf::Entity::restore_by_id(1).exec(db).await.unwrap();
            })
            .await;
            assert_eq!(trashed(db).await, 0);
            tidy(db).await;
            (delete, restore)
        };
        let by_hand = || async {
            let id = Uuid::new_v4();
            let delete = timed(delete_by_hand(db, id)).await;
            assert_eq!(trashed(db).await, all);
            tidy(db).await;
            let restore = timed(restore_by_hand(db, id)).await;
            assert_eq!(trashed(db).await, 0);
            tidy(db).await;
            (delete, restore)
        };
        let (ours, by_hand) = runtime.block_on(in_turn(round, ours, by_hand));
        times.push("delete 1, 1,000, 100,000, 100,000", ours.0, by_hand.0);
        times.push("restore them", ours.1, by_hand.1);
    }
    for round in 0..ROUNDS {
        let ours = || async {
            let delete = timed(async {
                crate_of::Entity::delete_by_id(1).exec(db).await.unwrap();
            })
            .await;
            let restore = timed(async {
                crate_of::Entity::restore_by_id(1).exec(db).await.unwrap();
            })
            .await;
            crate_of::Entity::delete_by_id(1).exec(db).await.unwrap();
            let trash = Operation::list().in_family_of(crate_of::Entity);
            let operation = &trash.all(db).await.unwrap()[0];
            let undo = timed(async {
                operation.restore(db).await.unwrap();
            })
            .await;
            [delete, restore, undo]
        };
        let by_hand = || async {
            let id = Uuid::new_v4();
            let delete = timed(delete_tree_by_hand(db, id)).await;
            let restore = timed(restore_below_by_hand(db, id)).await;
            delete_tree_by_hand(db, id).await;
            let undo = timed(restore_tree_by_hand(db, id)).await;
            [delete, restore, undo]
        };
        let (ours, by_hand) = runtime.block_on(in_turn(round, ours, by_hand));
        times.push("delete a chain of 1,000", ours[0], by_hand[0]);
        times.push(
            "restore its first row and its children",
            ours[1],
            by_hand[1],
        );
        times.push("restore its operation", ours[2], by_hand[2]);
    }
    for round in 0..ROUNDS {
        let ours = || {
            timed(async {
                assert!(
                    room::Entity::delete_by_id(1)
                        .is_forbidden(db)
                        .await
                        .unwrap()
                );
            })
        };
        let by_hand = || {
            timed(async {
                let any =
                    "SELECT 1 FROM bench_desk WHERE room_id = 1 AND deleted_at IS NULL LIMIT 1";
                let any = Statement::from_string(db.get_database_backend(), any);
                assert!(db.query_one_raw(any).await.unwrap().is_some());
            })
        };
        let (ours, by_hand) = runtime.block_on(in_turn(round, ours, by_hand));
        times.push("whether 100,000 rows restrict", ours, by_hand);
    }
    times.report(name);
}

async fn trashed(db: &DatabaseConnection) -> u64 {
    let mut all = 0;
    for table in ["shelf", "case", "item", "label"] {
        let count = format!("SELECT COUNT(*) AS n FROM bench_{table} WHERE deleted_at IS NOT NULL");
        let count = Statement::from_string(db.get_database_backend(), count);
        let row = db.query_one_raw(count).await.unwrap().unwrap();
        let count: i64 = row.try_get("", "n").unwrap();
        all += count as u64;
    }
    all
}

async fn delete_by_hand(db: &DatabaseConnection, id: Uuid) {
    let now: DateTimeUtc = chrono::Utc::now();
    let stamps = [now.naive_utc().into(), id.into()];
    let txn = db.begin().await.unwrap();
    let children = [("case", "shelf"), ("item", "case"), ("label", "item")];
    by_hand(
        &txn,
        "UPDATE bench_shelf SET deleted_at = ?, operation_id = ? WHERE id = 1 AND deleted_at IS NULL",
        stamps.to_vec(),
    )
    .await;
    for (child, parent) in children {
        let [at, id] = stamps.clone();
        let sql = match db.get_database_backend() {
            DbBackend::MySql => format!(
                "UPDATE bench_{child} c JOIN bench_{parent} p ON c.{parent}_id = p.id \
                 SET c.deleted_at = ?, c.operation_id = ? \
                 WHERE p.operation_id = ? AND c.deleted_at IS NULL"
            ),
            _ => format!(
                "UPDATE bench_{child} SET deleted_at = ?, operation_id = ? WHERE deleted_at IS NULL \
                 AND {parent}_id IN (SELECT id FROM bench_{parent} WHERE operation_id = ?)"
            ),
        };
        by_hand(&txn, &sql, vec![at, id.clone(), id]).await;
    }
    txn.commit().await.unwrap();
}

async fn restore_by_hand(db: &DatabaseConnection, id: Uuid) {
    let txn = db.begin().await.unwrap();
    for table in ["shelf", "case", "item", "label"] {
        let sql = format!(
            "UPDATE bench_{table} SET deleted_at = NULL, operation_id = NULL WHERE operation_id = ?"
        );
        by_hand(&txn, &sql, vec![id.into()]).await;
    }
    txn.commit().await.unwrap();
}

async fn delete_tree_by_hand(db: &DatabaseConnection, id: Uuid) {
    let now: DateTimeUtc = chrono::Utc::now();
    let stamps = vec![now.naive_utc().into(), id.into()];
    update_below(db, "deleted_at IS NULL", stamps).await;
}

/// Restores the rows that were trashed together with the row `id`, and no others.
async fn restore_below_by_hand(db: &DatabaseConnection, id: Uuid) {
    let nothing: [Value; 2] = [Option::<DateTime>::None.into(), Option::<Uuid>::None.into()];
    let is_of = format!("operation_id = {}", literal(id, db.get_database_backend()));
    update_below(db, &is_of, nothing.to_vec()).await;
}

fn literal(id: Uuid, backend: DbBackend) -> String {
    match backend {
        DbBackend::Postgres => format!("'{id}'"),
        _ => format!("X'{}'", id.simple()),
    }
}

/// Updates the descendants of the first row that meet this condition.
async fn update_below(db: &DatabaseConnection, is_true: &str, stamps: Vec<Value>) {
    let below = format!(
        "WITH RECURSIVE below (id) AS (SELECT id FROM bench_crate WHERE id = 1 UNION \
         SELECT c.id FROM bench_crate c JOIN below ON c.parent_id = below.id \
         WHERE CASE WHEN c.{is_true} THEN 1 ELSE 0 END = 1)"
    );
    let sql = match db.get_database_backend() {
        DbBackend::MySql => format!(
            "UPDATE bench_crate c JOIN ({below} SELECT id FROM below) b ON c.id = b.id \
             SET c.deleted_at = ?, c.operation_id = ? WHERE c.{is_true}"
        ),
        _ => format!(
            "{below} UPDATE bench_crate SET deleted_at = ?, operation_id = ? \
             WHERE {is_true} AND id IN (SELECT id FROM below)"
        ),
    };
    let txn = db.begin().await.unwrap();
    if db.get_database_backend() == DbBackend::MySql {
        let deep = format!("SET SESSION max_recursive_iterations = {}", DEPTH * 2);
        txn.execute_unprepared(&deep).await.unwrap();
    }
    let done = by_hand(&txn, &sql, stamps).await;
    assert_eq!(done, DEPTH as u64);
    txn.commit().await.unwrap();
}

async fn restore_tree_by_hand(db: &DatabaseConnection, id: Uuid) {
    let txn = db.begin().await.unwrap();
    let sql =
        "UPDATE bench_crate SET deleted_at = NULL, operation_id = NULL WHERE operation_id = ?";
    assert_eq!(by_hand(&txn, sql, vec![id.into()]).await, DEPTH as u64);
    txn.commit().await.unwrap();
}

/// Runs a statement with `?` for its values.
async fn by_hand(txn: &DatabaseTransaction, sql: &str, mut values: Vec<Value>) -> u64 {
    let backend = txn.get_database_backend();
    let mut sql = sql.to_owned();
    if backend == DbBackend::Postgres {
        for number in 1..=values.len() {
            sql = sql.replacen('?', &format!("${number}"), 1);
        }
        if let Some(Value::ChronoDateTime(at)) = values.first() {
            values[0] = at.map(|at| at.and_utc()).into();
        }
    }
    let statement = Statement::from_sql_and_values(backend, sql, values);
    txn.execute_raw(statement).await.unwrap().rows_affected()
}
