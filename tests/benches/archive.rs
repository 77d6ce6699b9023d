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

use sea_orm::TransactionTrait;
use sea_orm::prelude::*;
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
        "\nan archive of {ROWS} rows against INSERT … SELECT and DELETE of {BATCH} rows by hand; median of {ROUNDS} \
         rounds (quarter to three-quarter of them)"
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
    for (shape, rows_of_each) in [
        ("deletes of 1 row", 1),
        ("deletes of 100 rows", 100),
        ("deletes of 10,000 rows", 10_000),
    ] {
        for round in 0..ROUNDS {
            fill_both(rows_of_each, &db).await;
            let (ours, theirs) =
                in_turn(round, || timed(archive(&db)), || timed(move_by_hand(&db))).await;
            times.push(shape, ours, theirs);
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

async fn move_by_hand(db: &DatabaseConnection) {
    let table = "bench_archive_by_hand";
    let columns = "id, author_id, body, deleted_at, operation_id";
    for first in (0..ROWS).step_by(usize::try_from(BATCH).unwrap()) {
        let end = first + BATCH;
        let old = format!("deleted_at < '2024-06-01' AND id >= {first} AND id < {end}");
        let txn = db.begin().await.unwrap();
        for sql in [
            format!(
                "INSERT INTO {table}_archive ({columns}, soft_delete_archived_at) \
                 SELECT {columns}, '2024-06-01' FROM {table} WHERE {old}"
            ),
            format!("DELETE FROM {table} WHERE {old}"),
        ] {
            let moved = txn.execute_unprepared(&sql).await.unwrap();
            assert_eq!(moved.rows_affected(), BATCH);
        }
        txn.commit().await.unwrap();
    }
}
