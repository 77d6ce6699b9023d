//! Two tables with several entities each: full entities, and slim entities with fewer columns and
//! relations.

use sea_orm::ConnectionTrait;
use sea_orm_soft_delete::SoftDeleteError;

use super::rows::run;
use crate::harness::TestDb;

macro_rules! entity {
    ($(#[$doc:meta])* $name:ident, $table:literal $(, $attribute:meta)*: $($fields:tt)*) => {
        $(#[$doc])*
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            $(#[$attribute])*
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                $($fields)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity! { shelf, "two_shelf", soft_delete(cascade(super::book::Entity on super::books_of())):
    pub name: String,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}
entity! {
    /// Declares no relation, and has no operation column.
    slim_shelf, "two_shelf":
    pub deleted_at: Option<DateTimeUtc>,
}
entity! {
    /// Declares another relation than `shelf`.
    labelled_shelf, "two_shelf", soft_delete(cascade(super::label::Entity on super::labels_of())):
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}
entity! { book, "two_book":
    pub shelf_id: i32,
    pub title: String,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
    #[soft_delete(reason)]
    pub reason: Option<String>,
}
entity! {
    /// Has neither the operation column nor the reason column.
    slim_book, "two_book":
    pub shelf_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
}
entity! { label, "two_label":
    pub shelf_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
}

use sea_orm::{EntityTrait, RelationDef};

fn books_of() -> RelationDef {
    let books = <shelf::Entity as EntityTrait>::belongs_to(book::Entity);
    books
        .from(shelf::Column::Id)
        .to(book::Column::ShelfId)
        .into()
}

fn labels_of() -> RelationDef {
    let labels = <labelled_shelf::Entity as EntityTrait>::belongs_to(label::Entity);
    labels
        .from(labelled_shelf::Column::Id)
        .to(label::Column::ShelfId)
        .into()
}

/// Shelf 1 with books 1 and 2 and label 1, shelf 2 with book 3.
pub(crate) async fn shelves(db: &TestDb) {
    db.create_table(shelf::Entity).await;
    db.create_table(book::Entity).await;
    db.create_table(label::Entity).await;
    run(
        db,
        &[
            "INSERT INTO two_shelf (id, name) VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO two_book (id, shelf_id, title) VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 2, 'z')",
            "INSERT INTO two_label (id, shelf_id) VALUES (1, 1)",
        ],
    )
    .await;
}

/// Creates another schema with the same tables, empty, and returns its name.
pub(crate) async fn another_schema(db: &TestDb) -> String {
    use sea_orm::{DbBackend, Statement};
    let backend = db.get_database_backend();
    let tables = ["two_shelf", "two_book", "two_label"];
    let current = match backend {
        DbBackend::MySql => "SELECT DATABASE()",
        DbBackend::Postgres => "SELECT CAST(current_schema() AS text)",
        _ => "SELECT 'main'",
    };
    let current = Statement::from_string(backend, current);
    let current = db.query_one_raw(current).await.unwrap().unwrap();
    let name = format!("{}_other", current.try_get_by_index::<String>(0).unwrap());
    let create = match backend {
        DbBackend::Sqlite => format!("ATTACH ':memory:' AS {name}"),
        _ => format!("CREATE SCHEMA {name}"),
    };
    db.execute_unprepared(&create).await.unwrap();
    for table in tables {
        let like = match backend {
            DbBackend::Postgres => format!("(LIKE {table} INCLUDING ALL)"),
            DbBackend::MySql => format!("LIKE {table}"),
            _ => format!("AS SELECT * FROM main.{table} WHERE FALSE"),
        };
        let create = format!("CREATE TABLE {name}.{table} {like}");
        db.execute_unprepared(&create).await.unwrap();
    }
    name
}

/// Drops the schema.
pub(crate) async fn leave(db: &TestDb, name: &str) -> Result<(), SoftDeleteError> {
    use sea_orm::DbBackend;
    let drop = match db.get_database_backend() {
        DbBackend::Sqlite => format!("DETACH {name}"),
        DbBackend::Postgres => format!("DROP SCHEMA {name} CASCADE"),
        _ => format!("DROP SCHEMA {name}"),
    };
    db.execute_unprepared(&drop).await?;
    Ok(())
}
