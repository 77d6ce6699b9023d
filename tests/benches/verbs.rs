//! The verbs against handwritten statements, timed in pairs within one run.
//!
//! `cargo xtask bench`. Criterion times each side. Then both sides take turns, and the bench prints the
//! ratio of each round, so that a change of the machine's speed affects both sides.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod pairs;
mod posts;

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use pairs::Pairs;
use posts::{post, thousand_posts};
use sea_orm::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{DbBackend, QueryTrait, Statement};
use tokio::runtime::Runtime;

type Plain = post::Entity;

fn main() {
    let mut criterion = Criterion::default()
        .configure_from_args()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let db = runtime.block_on(thousand_posts());

    let mut pairs = Pairs::new(&mut criterion);
    building(&mut pairs);
    running(&mut pairs, &runtime, &db);

    pairs.report();
    criterion.final_summary();
}

fn building(pairs: &mut Pairs<'_>) {
    let find_by_id = || post::Entity::find_by_id(black_box(7)).build(DbBackend::Sqlite);
    let find_by_id_by_hand = || {
        <Plain as EntityTrait>::find_by_id(black_box(7))
            .filter(post::Column::DeletedAt.is_null())
            .build(DbBackend::Sqlite)
    };
    let find = || filtered(post::Entity::find()).build(DbBackend::Sqlite);
    let find_by_hand = || {
        let live = <Plain as EntityTrait>::find().filter(post::Column::DeletedAt.is_null());
        filtered(live).build(DbBackend::Sqlite)
    };
    assert_eq!(find_by_id(), find_by_id_by_hand(), "the SQL is the same");
    assert_eq!(find(), find_by_hand(), "the SQL is the same");

    pairs.compare("build find_by_id", 200, find_by_id, find_by_id_by_hand);
    pairs.compare("build filtered find", 200, find, find_by_hand);
}

fn running(pairs: &mut Pairs<'_>, runtime: &Runtime, db: &DatabaseConnection) {
    pairs.compare(
        "run find_by_id",
        20,
        || runtime.block_on(post::Entity::find_by_id(black_box(7)).one(db)),
        || {
            let live = <Plain as EntityTrait>::find_by_id(black_box(7))
                .filter(post::Column::DeletedAt.is_null());
            runtime.block_on(live.one(db))
        },
    );
    pairs.compare(
        "run filtered find",
        5,
        || runtime.block_on(filtered(post::Entity::find()).all(db)),
        || {
            let live = <Plain as EntityTrait>::find().filter(post::Column::DeletedAt.is_null());
            runtime.block_on(filtered(live).all(db))
        },
    );
    // After each delete, the same plain statement makes the row live again.
    pairs.compare(
        "run soft delete of one row",
        20,
        || {
            runtime.block_on(async {
                let deleted = post::Entity::delete_by_id(black_box(7))
                    .exec(db)
                    .await
                    .unwrap();
                assert_eq!(deleted.rows_affected, 1);
                revive(db).await;
            })
        },
        || {
            runtime.block_on(async {
                let now: DateTimeUtc = chrono::Utc::now();
                let update = <Plain as EntityTrait>::update_many()
                    .col_expr(post::Column::DeletedAt, Expr::value(now))
                    .filter(post::Column::Id.eq(black_box(7)))
                    .filter(post::Column::DeletedAt.is_null());
                let deleted = update.exec(db).await.unwrap();
                assert_eq!(deleted.rows_affected, 1);
                revive(db).await;
            })
        },
    );
}

fn filtered(select: Select<post::Entity>) -> Select<post::Entity> {
    select
        .filter(post::Column::AuthorId.eq(black_box(3)))
        .filter(post::Column::Title.like("Post 1%"))
}

async fn revive(db: &DatabaseConnection) {
    let revive = "UPDATE post SET deleted_at = NULL WHERE id = 7";
    db.execute_raw(Statement::from_string(DbBackend::Sqlite, revive))
        .await
        .unwrap();
}
