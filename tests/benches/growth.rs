//! How the cost of a purge, of the trash list and of a restore grows with the trash, from 10,000 trashed rows to
//! 10,000,000, on PostgreSQL.
//!
//! `cargo xtask bench --bench growth`. The largest table takes two minutes and 3 GB; `GROWTH_ROWS=1000000`
//! ends there.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

use std::future::Future;
use std::time::{Duration, Instant};

use sea_orm::prelude::*;
use sea_orm::{ConnectOptions, Database, Schema, Statement};
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Operation, Purge, SoftDeleteEntity};

/// Each delete has trashed a box with nine items.
const ROWS_PER_DELETE: u64 = 10;
const ROUNDS: u64 = 5;
const PURGED: u64 = 10_000;
/// 2024-01-01, in milliseconds.
const FIRST: u64 = 1_704_067_200_000;

mod boxed {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "growth_box")]
    #[soft_delete(cascade(super::item::Entity on super::item::Relation::Boxed))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

mod item {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "growth_item")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub box_id: i32,
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::boxed::Entity",
            from = "Column::BoxId",
            to = "super::boxed::Column::Id"
        )]
        Boxed,
    }
    impl ActiveModelBehavior for ActiveModel {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Ok(url) = std::env::var("TEST_POSTGRES_URL") else {
        println!("PostgreSQL WAS LEFT OUT: its server is not known");
        return;
    };
    let most = std::env::var("GROWTH_ROWS").ok();
    let most: u64 = most.map_or(10_000_000, |rows| rows.parse().unwrap());
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    println!("\nmedian of {ROUNDS}, in milliseconds; each delete trashed {ROWS_PER_DELETE} rows\n");
    println!(
        "| trashed rows | first page of the trash | restore of an operation | delete of 10 rows | purge of {PURGED} rows |"
    );
    println!("|---|---|---|---|---|");
    let mut rows = 10_000;
    while rows <= most {
        fill(rows, &db).await;
        measure(rows, &db).await;
        rows *= 10;
    }
    run("DROP TABLE growth_item, growth_box", &db).await;
}

async fn measure(rows: u64, db: &DatabaseConnection) {
    let deletes = rows / ROWS_PER_DELETE;
    let list = || Operation::list().in_family_of(boxed::Entity);
    let page = timed(|_| async {
        assert_eq!(list().all(db).await.unwrap().len(), 20);
    });
    let page = page.await;
    // The purge takes the oldest, so these are among the newest, and far from each other.
    let id = |round: u64| (deletes - 1 - round * deletes / 20) as i32;
    let restore = timed(|round| async move {
        let restored = boxed::Entity::restore_by_id(id(round)).exec(db).await;
        assert_eq!(restored.unwrap().id, id(round));
    });
    let restore = restore.await;
    let delete = timed(|round| async move {
        let deleted = boxed::Entity::delete_by_id(id(round)).exec(db).await;
        assert_eq!(deleted.unwrap().rows_affected, 1);
    });
    let delete = delete.await;
    let rounds = if rows < PURGED * ROUNDS { 1 } else { ROUNDS };
    let purge = timed_rounds(rounds, |_| async {
        let purge = Purge::of_all()
            .in_family_of(boxed::Entity)
            .older_than(Duration::ZERO)
            .at_most_rows(PURGED);
        assert_eq!(purge.run(db).await.unwrap().rows(), PURGED);
    });
    let purge = purge.await;
    println!("| {rows} | {page:.1} | {restore:.1} | {delete:.1} | {purge:.0} |");
}

async fn timed<F: Future<Output = ()>>(work: impl Fn(u64) -> F) -> f64 {
    timed_rounds(ROUNDS, work).await
}

async fn timed_rounds<F: Future<Output = ()>>(rounds: u64, work: impl Fn(u64) -> F) -> f64 {
    let mut times = Vec::new();
    for round in 0..rounds {
        let start = Instant::now();
        work(round).await;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Fills the tables with trash, one delete in each millisecond, and with 10,000 live rows.
async fn fill(rows: u64, db: &DatabaseConnection) {
    let deletes = rows / ROWS_PER_DELETE;
    let items = ROWS_PER_DELETE - 1;
    run("DROP TABLE IF EXISTS growth_item, growth_box", db).await;
    create(db, boxed::Entity).await;
    create(db, item::Entity).await;
    // An id of an operation is a UUID of version 7: the milliseconds, and numbers.
    let trashed = format!(
        "to_timestamp(({FIRST} + n) / 1000.0), \
         (lpad(to_hex({FIRST} + n), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid"
    );
    for fill in [
        format!(
            "INSERT INTO growth_box SELECT n, 'box ' || n, {trashed} \
             FROM generate_series(0, {deletes}::bigint - 1) AS n"
        ),
        format!(
            "INSERT INTO growth_item SELECT n * {items} + i, n, 'item ' || i, {trashed} \
             FROM generate_series(0, {deletes}::bigint - 1) AS n, generate_series(0, {items} - 1) AS i"
        ),
        format!(
            "INSERT INTO growth_box SELECT {deletes} + n, 'live' FROM generate_series(0, 999) AS n"
        ),
        format!(
            "INSERT INTO growth_item SELECT {deletes} * {items} + n, {deletes} + n / 9, 'live' \
             FROM generate_series(0, 8999) AS n"
        ),
    ] {
        run(&fill, db).await;
    }
    for schema in [
        SoftDeleteSchema::of::<boxed::Entity>(),
        SoftDeleteSchema::of::<item::Entity>(),
    ] {
        let mut indexes = schema.index_parents();
        indexes.push(schema.index_for_purge().unwrap());
        indexes.push(schema.index_operations().unwrap());
        for index in indexes {
            index.create(db).await.unwrap();
        }
    }
    run("VACUUM ANALYZE growth_box", db).await;
    run("VACUUM ANALYZE growth_item", db).await;
    run("CHECKPOINT", db).await;
}

async fn create<E: SoftDeleteEntity>(db: &DatabaseConnection, entity: E) {
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(entity);
    db.execute(&table).await.unwrap();
}

async fn run(sql: &str, db: &DatabaseConnection) {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.execute_raw(statement).await.unwrap();
}
