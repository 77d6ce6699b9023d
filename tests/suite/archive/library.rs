//! Shelves in shelves, their books, the pages and tags of each book, and reviews.
//!
//! ```text
//! reader ─is the subject of→ shelf ─→ book ─→ page
//! shelf ⟲ cascade
//! shelf ─cascade→ book ─cascade→ page
//!                 book ─destroy→ book_tag
//!                 book ←a foreign key that no relation declares── review
//! ```

use sea_orm::prelude::*;
use sea_orm::{JsonValue, Set};
use sea_orm_soft_delete::deletion_log;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use crate::families::rows::run;
use crate::harness::{Server, TestDb};

/// Whom a shelf belongs to, with what is on it.
pub(crate) mod reader {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "archive_reader")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(erase = "removed")]
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod shelf {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "archive_shelf")]
    #[soft_delete(
        archive,
        log,
        subject(super::reader::Entity, Entity on Relation::Parent),
        cascade(Entity on Relation::Parent, super::book::Entity on super::book::Relation::Shelf)
    )]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub parent_id: Option<i32>,
        pub reader_id: Option<i32>,
        #[soft_delete(title, erase = "removed")]
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i32>,
        #[soft_delete(reason, erase = null)]
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
        #[sea_orm(
            belongs_to = "super::reader::Entity",
            from = "Column::ReaderId",
            to = "super::reader::Column::Id"
        )]
        Reader,
    }

    impl Related<super::reader::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Reader.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod book {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "archive_book")]
    #[soft_delete(
        archive,
        log,
        subject(super::shelf::Entity on Relation::Shelf),
        cascade(super::page::Entity on super::page::Relation::Book),
        destroy(super::book_tag::Entity on super::book_tag::Relation::Book)
    )]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub shelf_id: i32,
        #[sea_orm(unique)]
        #[soft_delete(erase = "removed {key}")]
        pub isbn: String,
        pub copies: i64,
        pub weight: f64,
        pub cover: Vec<u8>,
        pub is_signed: bool,
        pub read_on: Option<Date>,
        pub extra: Json,
        pub token: Uuid,
        pub bought_at: DateTime,
        #[soft_delete(hold)]
        pub is_held: bool,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(purge_at)]
        pub purge_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::shelf::Entity",
            from = "Column::ShelfId",
            to = "super::shelf::Column::Id"
        )]
        Shelf,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Records nothing but the instant.
pub(crate) mod page {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "archive_page")]
    #[soft_delete(archive, subject(super::book::Entity on Relation::Book))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub book_id: i32,
        #[soft_delete(erase = "")]
        pub body: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::book::Entity",
            from = "Column::BookId",
            to = "super::book::Column::Id"
        )]
        Book,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod book_tag {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "archive_book_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: i32,
        pub since: Option<DateTime>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::book::Entity",
            from = "Column::BookId",
            to = "super::book::Column::Id"
        )]
        Book,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Has an archive, and cascades to an entity that has none.
pub(crate) mod half {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "archive_half")]
    #[soft_delete(archive, cascade(super::other_half::Entity on super::other_half::Relation::Half))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod other_half {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "archive_other_half")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub half_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::half::Entity",
            from = "Column::HalfId",
            to = "super::half::Column::Id"
        )]
        Half,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The tables with archives.
pub(crate) const TABLES: [&str; 3] = ["archive_shelf", "archive_book", "archive_page"];

/// Shelf 2 is in shelf 1, and 3 stands by itself. Books 1 and 2 are on shelf 1, 3 on 2, and 4 on 3.
pub(crate) async fn library(db: &TestDb) -> Result<(), DbErr> {
    db.create_table(reader::Entity).await;
    db.create_table(shelf::Entity).await;
    db.create_table(book::Entity).await;
    db.create_table(page::Entity).await;
    db.create_table(book_tag::Entity).await;
    deletion_log::create_table(&**db).await?;
    SoftDeleteSchema::of::<shelf::Entity>()
        .apply(&**db)
        .await
        .unwrap();
    SoftDeleteSchema::of::<book::Entity>()
        .apply(&**db)
        .await
        .unwrap();
    SoftDeleteSchema::of::<page::Entity>()
        .apply(&**db)
        .await
        .unwrap();
    run(
        db,
        &[
            "CREATE TABLE archive_review (id int PRIMARY KEY, book_id int, \
             FOREIGN KEY (book_id) REFERENCES archive_book (id) ON DELETE SET NULL)",
            "INSERT INTO archive_shelf (id, parent_id, name) VALUES (1, NULL, 'Garden'), (2, 1, 'Roses'), (3, NULL, 'Attic')",
        ],
    )
    .await;
    for (id, shelf_id) in [(1, 1), (2, 1), (3, 2), (4, 3)] {
        a_book(id, shelf_id).insert(&**db).await?;
    }
    run(db, &PAGES_AND_TAGS).await;
    if db.server() == Server::Postgres {
        run(
            db,
            &["ALTER TABLE archive_page ALTER COLUMN id SET GENERATED ALWAYS"],
        )
        .await;
    }
    Ok(())
}

const PAGES_AND_TAGS: [&str; 2] = [
    "INSERT INTO archive_page (id, book_id, body) VALUES \
     (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'it''s'), (4, 2, ''), (5, 3, 'ü'), (6, 4, 'f')",
    "INSERT INTO archive_book_tag (book_id, tag) VALUES (1, 1), (1, 2), (2, 1), (3, 1), (4, 2)",
];

/// What a purge of shelf 1 and a force delete of book 3 removed, again.
pub(crate) async fn library_again(db: &TestDb) {
    run(
        db,
        &["INSERT INTO archive_shelf (id, parent_id, name) VALUES (1, NULL, 'Garden'), (2, 1, 'Roses')"],
    )
    .await;
    for (id, shelf_id) in [(1, 1), (2, 1), (3, 2)] {
        a_book(id, shelf_id).insert(&**db).await.unwrap();
    }
    run(
        db,
        &[
            "INSERT INTO archive_page (book_id, body) VALUES (1, 'a'), (1, 'b'), (2, 'c'), (2, 'd'), (3, 'e')",
            "INSERT INTO archive_book_tag (book_id, tag) VALUES (1, 1), (1, 2), (2, 1), (3, 1)",
        ],
    )
    .await;
}

pub(crate) fn a_book(id: i32, shelf_id: i32) -> book::ActiveModel {
    let day = Date::from_ymd_opt(2024, 2, 29).unwrap();
    book::ActiveModel {
        id: Set(id),
        shelf_id: Set(shelf_id),
        isbn: Set(format!("isbn {id}")),
        copies: Set(i64::MAX - i64::from(id)),
        weight: Set(0.1 + f64::from(id)),
        cover: Set(vec![0, 255, 39, 92, 10]),
        is_signed: Set(id % 2 == 0),
        read_on: Set((id % 2 == 0).then_some(day)),
        extra: Set(serde_json::json!({ "it's": [1, null, "\\ \" ü"], "id": id })),
        token: Set(Uuid::from_u128(u128::MAX - u128::from(id.unsigned_abs()))),
        bought_at: Set(day.and_hms_micro_opt(23, 59, 59, 0).unwrap()),
        is_held: Set(false),
        deleted_at: Set(None),
        operation_id: Set(None),
        purge_at: Set(None),
    }
}

/// The row without what a delete writes.
pub(crate) fn without_stamps(row: &str) -> String {
    let (table, row) = row.split_once(": ").unwrap();
    let mut row: JsonValue = serde_json::from_str(row).unwrap();
    for stamp in ["deleted_at", "operation_id", "deleted_by", "reason"] {
        if let Some(value) = row.get_mut(stamp) {
            *value = JsonValue::Null;
        }
    }
    format!("{table}: {row}")
}
