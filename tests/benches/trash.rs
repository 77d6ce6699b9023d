//! Reads of live rows from a table of 1,000,000 rows, 95 % of which are trashed, timed in pairs within one
//! run. The table with the indexes of `SoftDeleteSchema` is compared with a table that has only the live
//! rows, and with the same table with plain indexes.
//!
//! `cargo xtask bench --bench trash`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used
)]

mod times;

use sea_orm::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ConnectOptions, Database, DbBackend, QueryOrder, QuerySelect, Schema};
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{SoftDelete, SoftDeleteEntity};
use times::{Times, databases, in_turn, timed};
use tokio::runtime::Runtime;

const ROWS: i32 = 1_000_000;
/// One row of this many is live.
const LIVE: i32 = 20;
const AUTHORS: i32 = 500;
const ROUNDS: usize = 31;
const CALLS: i32 = 100;

macro_rules! entity {
    ($name:ident, $table:literal) => {
        mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                pub slug: String,
                pub author_id: i32,
                pub written: i32,
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

entity!(full, "bench_trash_full");
entity!(only_live, "bench_trash_only_live");
entity!(plain, "bench_trash_plain");

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    println!(
        "\n{CALLS} live reads of {ROWS} rows, 95 % of them trashed; median of {ROUNDS} rounds (quarter \
         to three-quarter of them)"
    );
    for (name, url) in databases() {
        match url {
            Some(url) => measure(&runtime, name, &url),
            None => println!("{name} WAS LEFT OUT: its server is not known"),
        }
    }
}

fn measure(runtime: &Runtime, name: &str, url: &str) {
    let db = &runtime.block_on(filled(url));
    let mut live = Times::default();
    let mut plain = Times::default();
    for round in 0..ROUNDS {
        for read in READS {
            let (ours, other) = runtime.block_on(in_turn(
                round,
                || timed(reads::<full::Entity>(read, round, db)),
                || timed(reads::<only_live::Entity>(read, round, db)),
            ));
            live.push(read.name(), ours, other);
            let (ours, other) = runtime.block_on(in_turn(
                round,
                || timed(reads::<full::Entity>(read, round, db)),
                || timed(reads::<plain::Entity>(read, round, db)),
            ));
            plain.push(read.name(), ours, other);
        }
    }
    println!("against the live rows alone");
    live.report(name);
    println!("against plain indexes over all rows");
    plain.report(name);
    for table in TABLES {
        runtime.block_on(run(db, &format!("DROP TABLE {table}")));
    }
}

#[derive(Clone, Copy)]
enum Read {
    Key,
    Unique,
    Filtered,
    Paged,
    Counted,
}

const READS: [Read; 5] = [
    Read::Key,
    Read::Unique,
    Read::Filtered,
    Read::Paged,
    Read::Counted,
];

impl Read {
    fn name(self) -> &'static str {
        match self {
            Self::Key => "by key",
            Self::Unique => "by unique value",
            Self::Filtered => "an author's latest 20",
            Self::Paged => "20 after the 40 latest of all",
            Self::Counted => "count of an author's",
        }
    }
}

/// The same reads for each table.
async fn reads<E>(read: Read, round: usize, db: &DatabaseConnection)
where
    E: SoftDelete<PrimaryKey: PrimaryKeyTrait<ValueType = i32>>,
    E::Model: Send + Sync,
{
    for call in 0..CALLS {
        // The rows are far from each other, and the same in each table.
        let nth = (call + 1 + round as i32 * CALLS).wrapping_mul(7_919) % (ROWS / LIVE);
        let id = (nth + 1) * LIVE;
        let author = id / LIVE % AUTHORS;
        let column = |name: &'static str| Expr::col(name);
        let live = <E as SoftDelete>::find;
        match read {
            Read::Key => {
                let found = <E as SoftDelete>::find_by_id(id).one(db).await.unwrap();
                assert!(found.is_some());
            }
            Read::Unique => {
                let found = live()
                    .filter(ExprTrait::eq(column("slug"), slug(id)))
                    .one(db)
                    .await;
                assert!(found.unwrap().is_some());
            }
            Read::Filtered => {
                let latest = live()
                    .filter(ExprTrait::eq(column("author_id"), author))
                    .order_by(column("written"), sea_orm::Order::Desc)
                    .limit(20);
                assert_eq!(latest.all(db).await.unwrap().len(), 20);
            }
            Read::Paged => {
                let page = live()
                    .order_by(column("written"), sea_orm::Order::Desc)
                    .offset(40)
                    .limit(20);
                assert_eq!(page.all(db).await.unwrap().len(), 20);
            }
            Read::Counted => {
                let count = live()
                    .filter(ExprTrait::eq(column("author_id"), author))
                    .count(db)
                    .await;
                assert_eq!(count.unwrap(), (ROWS / LIVE / AUTHORS) as u64);
            }
        }
    }
}

const TABLES: [&str; 3] = [
    "bench_trash_full",
    "bench_trash_only_live",
    "bench_trash_plain",
];

async fn filled(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    // A server may have a timeout that ends the setup.
    match db.get_database_backend() {
        DbBackend::Postgres => run(&db, "SET statement_timeout = 0").await,
        // MySQL does not know this setting, and has no timeout by default.
        DbBackend::MySql => {
            let never = db.execute_unprepared("SET SESSION max_statement_time = 0");
            drop(never.await);
        }
        _ => {}
    }
    for table in TABLES {
        run(&db, &format!("DROP TABLE IF EXISTS {table}")).await;
    }
    create(&db, full::Entity).await;
    create(&db, only_live::Entity).await;
    create(&db, plain::Entity).await;
    let ids: Vec<i32> = (1..=ROWS).collect();
    for ids in ids.chunks(5_000) {
        let rows: Vec<String> = ids.iter().map(|id| row(*id, &db)).collect();
        insert("bench_trash_full", &rows, &db).await;
        insert("bench_trash_plain", &rows, &db).await;
        let live: Vec<String> = (ids.iter().filter(|id| *id % LIVE == 0))
            .map(|id| row(*id, &db))
            .collect();
        insert("bench_trash_only_live", &live, &db).await;
    }
    index(&SoftDeleteSchema::of::<full::Entity>(), &db).await;
    for table in &TABLES[1..] {
        let unique = if *table == TABLES[1] { "UNIQUE" } else { "" };
        for index in [
            format!("CREATE {unique} INDEX {table}_slug ON {table} (slug)"),
            format!("CREATE INDEX {table}_author ON {table} (author_id, written)"),
            format!("CREATE INDEX {table}_written ON {table} (written)"),
        ] {
            run(&db, &index).await;
        }
    }
    match db.get_database_backend() {
        DbBackend::Postgres => run(&db, "VACUUM ANALYZE").await,
        DbBackend::MySql => {
            for table in TABLES {
                run(&db, &format!("ANALYZE TABLE {table}")).await;
            }
        }
        _ => run(&db, "ANALYZE").await,
    }
    db
}

async fn index(schema: &SoftDeleteSchema, db: &DatabaseConnection) {
    let slugs = schema.unique_among_live(["slug"]);
    slugs.create(db).await.unwrap();
    for columns in [["author_id", "written"].as_slice(), &["written"]] {
        let index = schema.index_live(columns.iter().copied());
        index.create(db).await.unwrap();
    }
    schema.index_for_purge().unwrap().create(db).await.unwrap();
}

async fn create<E: SoftDeleteEntity>(db: &DatabaseConnection, entity: E) {
    let table = Schema::new(db.get_database_backend()).create_table_from_entity(entity);
    db.execute(&table).await.unwrap();
    let schema = SoftDeleteSchema::of::<E>();
    schema.add_columns(db).await.unwrap();
}

fn slug(id: i32) -> String {
    // The values are in no order, like values that users choose.
    format!("slug-{:08x}", (id as u32).wrapping_mul(2_654_435_761))
}

fn row(id: i32, db: &DatabaseConnection) -> String {
    let deleted = match (id % LIVE, db.get_database_backend()) {
        (0, _) => "NULL",
        (_, DbBackend::Sqlite) => "'2024-01-01T00:00:00+00:00'",
        _ => "'2024-01-01 00:00:00'",
    };
    let author = id / LIVE % AUTHORS;
    // Rows are stored in the order of their inserts, and the authors alternate.
    let written = id;
    let slug = slug(id);
    format!("({id}, '{slug}', {author}, {written}, '{BODY}', {deleted})")
}

const BODY: &str = "A text of some length, as a row has that is worth reading; not so long that it were \
                    kept outside of the row.";

async fn insert(table: &str, rows: &[String], db: &DatabaseConnection) {
    let columns = "id, slug, author_id, written, body, deleted_at";
    let rows = rows.join(", ");
    run(
        db,
        &format!("INSERT INTO {table} ({columns}) VALUES {rows}"),
    )
    .await;
}

async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}
