//! A family of 1, 1,000, 100,000 and 100,000 rows on each database, and a chain of 1,000 nested boxes.

use sea_orm::prelude::*;
use sea_orm::{ConnectOptions, Database, DbBackend, Schema};

macro_rules! entity {
    ($name:ident, $table:literal, [$($field:ident: $type:ty),*], $(#[$family:meta])?) => {
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            $(#[$family])?
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                $(pub $field: $type,)*
                pub name: String,
                pub deleted_at: Option<DateTimeUtc>,
                #[soft_delete(operation)]
                pub operation_id: Option<Uuid>,
            }

            #[derive(Copy, Clone, Debug, EnumIter)]
            pub enum Relation {}
            impl RelationTrait for Relation {
                fn def(&self) -> RelationDef {
                    unreachable!("there is none")
                }
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(shelf, "bench_shelf", [], #[soft_delete(cascade(super::case::Entity on super::cases()))]);
entity!(case, "bench_case", [shelf_id: i32], #[soft_delete(cascade(super::item::Entity on super::items()))]);
entity!(item, "bench_item", [case_id: i32], #[soft_delete(cascade(super::label::Entity on super::labels()))]);
entity!(label, "bench_label", [item_id: i32],);
entity!(
    crate_of,
    "bench_crate",
    [parent_id: Option<i32>],
    #[soft_delete(cascade(Entity on super::crates()))]
);
entity!(
    room,
    "bench_room",
    [],
    #[soft_delete(restrict(super::desk::Entity on super::desks()))]
);
entity!(desk, "bench_desk", [room_id: i32],);

fn cases() -> RelationDef {
    shelf::Entity::belongs_to(case::Entity)
        .from(shelf::Column::Id)
        .to(case::Column::ShelfId)
        .into()
}

fn items() -> RelationDef {
    case::Entity::belongs_to(item::Entity)
        .from(case::Column::Id)
        .to(item::Column::CaseId)
        .into()
}

fn labels() -> RelationDef {
    item::Entity::belongs_to(label::Entity)
        .from(item::Column::Id)
        .to(label::Column::ItemId)
        .into()
}

fn crates() -> RelationDef {
    crate_of::Entity::belongs_to(crate_of::Entity)
        .from(crate_of::Column::ParentId)
        .to(crate_of::Column::Id)
        .into()
}

fn desks() -> RelationDef {
    room::Entity::belongs_to(desk::Entity)
        .from(room::Column::Id)
        .to(desk::Column::RoomId)
        .into()
}

pub(crate) const CASES: i32 = 1_000;
pub(crate) const ITEMS: i32 = 100_000;
pub(crate) const DEPTH: i32 = 1_000;

/// Drops the tables, and creates and fills them again.
pub(crate) async fn filled(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.unwrap();
    for table in ["shelf", "case", "item", "label", "crate", "room", "desk"] {
        run(&db, &format!("DROP TABLE IF EXISTS bench_{table}")).await;
    }
    create(&db, shelf::Entity, &[]).await;
    create(&db, case::Entity, &["shelf_id"]).await;
    create(&db, item::Entity, &["case_id"]).await;
    create(&db, label::Entity, &["item_id"]).await;
    create(&db, crate_of::Entity, &["parent_id"]).await;
    create(&db, room::Entity, &[]).await;
    create(&db, desk::Entity, &["room_id"]).await;
    fill(&db, "bench_shelf", "id, name", 1, |id| {
        format!("({id}, 'A')")
    })
    .await;
    fill(&db, "bench_case", "id, shelf_id, name", CASES, |id| {
        format!("({id}, 1, 'Case {id}')")
    })
    .await;
    fill(&db, "bench_item", "id, case_id, name", ITEMS, |id| {
        format!("({id}, {}, 'Item {id}')", 1 + id % CASES)
    })
    .await;
    fill(&db, "bench_label", "id, item_id, name", ITEMS, |id| {
        format!("({id}, {id}, 'Label {id}')")
    })
    .await;
    fill(
        &db,
        "bench_crate",
        "id, parent_id, name",
        DEPTH,
        |id| match id {
            1 => "(1, NULL, 'Crate')".to_owned(),
            _ => format!("({id}, {}, 'Crate {id}')", id - 1),
        },
    )
    .await;
    fill(&db, "bench_room", "id, name", 1, |id| {
        format!("({id}, 'Hall')")
    })
    .await;
    fill(&db, "bench_desk", "id, room_id, name", ITEMS, |id| {
        format!("({id}, 1, 'Desk {id}')")
    })
    .await;
    tidy(&db).await;
    db
}

/// Runs the database's cleanup between two measurements.
pub(crate) async fn tidy(db: &DatabaseConnection) {
    match db.get_database_backend() {
        DbBackend::Postgres => run(db, "VACUUM ANALYZE").await,
        DbBackend::MySql => {}
        _ => run(db, "ANALYZE").await,
    }
}

pub(crate) async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}

/// Creates a table with the indexes that a family needs: on its foreign keys and on its operation column.
async fn create<E: EntityTrait>(db: &DatabaseConnection, entity: E, keys: &[&str]) {
    let backend = db.get_database_backend();
    let table = Schema::new(backend).create_table_from_entity(entity);
    let mut create = backend.build(&table);
    if backend == DbBackend::MySql {
        create.sql = create.sql.replace(" timestamp", " datetime(6)");
    }
    db.execute_raw(create).await.unwrap();
    let table = entity.table_name();
    for column in keys.iter().chain(&["operation_id"]) {
        run(
            db,
            &format!("CREATE INDEX {table}_{column} ON {table} ({column})"),
        )
        .await;
    }
}

async fn fill(
    db: &DatabaseConnection,
    table: &str,
    columns: &str,
    rows: i32,
    row: impl Fn(i32) -> String,
) {
    let ids: Vec<i32> = (1..=rows).collect();
    for ids in ids.chunks(2_000) {
        let rows: Vec<String> = ids.iter().map(|id| row(*id)).collect();
        let insert = format!("INSERT INTO {table} ({columns}) VALUES {}", rows.join(", "));
        run(db, &insert).await;
    }
}
