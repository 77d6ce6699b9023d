//! An archive, timed in pairs within one run against INSERT … SELECT and DELETE by hand.
//!
//! `cargo xtask bench --bench archive`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod times;
mod trashed;

use sea_orm::prelude::*;
use sea_orm::{DbBackend, TransactionTrait};
use sea_orm_soft_delete::Archive;
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use times::{Times, databases, in_turn, timed};
use trashed::{connect, fill, run};

const ROWS: u64 = 100_000;
const ROUNDS: usize = 5;
/// How many rows one transaction by hand moves.
const BATCH: u64 = 10_000;

macro_rules! entity {
    ($name:ident, $table:literal) => {
        mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            #[soft_delete(archive)]
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

entity!(item, "bench_archive_item");
entity!(by_hand, "bench_archive_by_hand");

#[tokio::main]
async fn main() {
    println!(
        "\nan archive of {ROWS} rows, in deletes of 1, 100 and 10,000 rows, against INSERT … SELECT and DELETE of {BATCH} \
         rows by hand; median of {ROUNDS} rounds (quarter to three-quarter of them)"
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
    for (rows_of_each, [by_limit, by_range]) in [
        (1, ["1 row, LIMIT by hand", "1 row, ranges by hand"]),
        (100, ["100 rows, LIMIT by hand", "100 rows, ranges by hand"]),
        (
            10_000,
            ["10,000 rows, LIMIT by hand", "10,000 rows, ranges by hand"],
        ),
    ] {
        for round in 0..ROUNDS {
            fill_both(rows_of_each, &db).await;
            let ours = || timed(archive(&db));
            let (ours, theirs) = in_turn(round, ours, || timed(move_first(&db))).await;
            times.push(by_limit, ours, theirs);
            fill_both(rows_of_each, &db).await;
            let ours = || timed(archive(&db));
            let (ours, theirs) = in_turn(round, ours, || timed(move_ranges(&db))).await;
            times.push(by_range, ours, theirs);
        }
    }
    times.report(name);
    for table in ["bench_archive_item", "bench_archive_by_hand"] {
        run(&db, &format!("DROP TABLE {table}")).await;
        run(&db, &format!("DROP TABLE {table}_archive")).await;
    }
}

async fn fill_both(rows_of_each: u64, db: &DatabaseConnection) {
    fill::<item::Entity>(ROWS, rows_of_each, db).await;
    fill::<by_hand::Entity>(ROWS, rows_of_each, db).await;
    for schema in [
        SoftDeleteSchema::of::<item::Entity>(),
        SoftDeleteSchema::of::<by_hand::Entity>(),
    ] {
        schema.archive_table().create(db).await.unwrap();
    }
    for table in ["bench_archive_item", "bench_archive_by_hand"] {
        run(db, &format!("DELETE FROM {table}_archive WHERE 1 = 1")).await;
    }
}

async fn archive(db: &DatabaseConnection) {
    let archive = Archive::of::<item::Entity>();
    let report = archive.run(db).await.unwrap();
    assert_eq!(report.rows(), ROWS, "{report}");
}

/// In batches of ids: the fastest way, where ids are dense and almost all rows are old.
async fn move_ranges(db: &DatabaseConnection) {
    for first in (0..ROWS).step_by(usize::try_from(BATCH).unwrap()) {
        let end = first + BATCH;
        let old = format!("deleted_at < '2024-06-01' AND id >= {first} AND id < {end}");
        move_batch(&old, &format!("WHERE {old}"), db).await;
    }
}

/// The first rows that are old, again and again.
async fn move_first(db: &DatabaseConnection) {
    let first = format!("WHERE deleted_at < '2024-06-01' ORDER BY id LIMIT {BATCH}");
    let delete = match db.get_database_backend() {
        DbBackend::MySql => first.clone(),
        _ => format!("WHERE id IN (SELECT id FROM bench_archive_by_hand {first})"),
    };
    for _ in 0..ROWS / BATCH {
        move_batch(first.trim_start_matches("WHERE "), &delete, db).await;
    }
}

async fn move_batch(select: &str, delete: &str, db: &DatabaseConnection) {
    let table = "bench_archive_by_hand";
    let columns = "id, author_id, body, deleted_at, operation_id";
    let txn = db.begin().await.unwrap();
    for sql in [
        format!(
            "INSERT INTO {table}_archive ({columns}, soft_delete_archived_at) \
             SELECT {columns}, '2024-06-01' FROM {table} WHERE {select}"
        ),
        format!("DELETE FROM {table} {delete}"),
    ] {
        let moved = txn.execute_unprepared(&sql).await.unwrap();
        assert_eq!(moved.rows_affected(), BATCH);
    }
    txn.commit().await.unwrap();
}
