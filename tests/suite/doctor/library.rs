//! A family and its correct tables.
//!
//! ```text
//! shelf ⟲ cascade
//! shelf ─cascade→ book ─cascade→ book_tag
//!                 book ─destroy→ page
//!                 book ←restrict─ loan
//! shelf ─(nothing)── remark, receipt
//! ```

use sea_orm::{ConnectionTrait, Schema};
use sea_orm_soft_delete::SoftDeleteEntity;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::run;
use crate::harness::TestDb;

pub(crate) mod shelf {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_shelf")]
    #[soft_delete(cascade(Entity on Relation::Above, super::book::Entity))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub above_id: Option<i32>,
        #[sea_orm(unique)]
        pub label: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i32>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
        #[soft_delete(updated_at)]
        pub updated_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::AboveId", to = "Column::Id")]
        Above,
        #[sea_orm(has_many = "super::book::Entity")]
        Book,
    }

    impl Related<super::book::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Book.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod book {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_book")]
    #[soft_delete(
        cascade(super::book_tag::Entity on super::book_tag::Relation::Book),
        destroy(super::page::Entity on super::page::Relation::Book),
        restrict(super::loan::Entity on super::loan::Relation::Book)
    )]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub shelf_id: i32,
        #[sea_orm(unique_key = "print")]
        pub isbn: String,
        #[sea_orm(unique_key = "print")]
        pub printing: i32,
        pub deleted_at: Option<DateTimeUtc>,
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

    impl Related<super::shelf::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Shelf.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A link entity with a composite key.
pub(crate) mod book_tag {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_book_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub book_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: i32,
        #[soft_delete(marker)]
        #[sea_orm(default_value = false)]
        pub is_deleted: bool,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
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

macro_rules! of_a_book {
    ($name:ident, $table:literal) => {
        /// This entity is not soft-deletable.
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                pub book_id: i32,
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
    };
}

of_a_book!(page, "doctor_page");
of_a_book!(loan, "doctor_loan");

/// The shelf declares no policy for this entity.
pub(crate) mod remark {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_remark")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub shelf_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Creates the tables from their entities, and adds the soft-delete columns and indexes with the helpers.
pub(super) async fn library(db: &TestDb) {
    db.create_table(shelf::Entity).await;
    db.create_table(book::Entity).await;
    db.create_table(book_tag::Entity).await;
    db.create_table(page::Entity).await;
    db.create_table(loan::Entity).await;
    let schema = Schema::new(db.get_database_backend());
    for index in schema.create_index_from_entity(book::Entity) {
        db.execute(&index).await.unwrap();
    }
    help::<shelf::Entity>(db).await;
    help::<book::Entity>(db).await;
    help::<book_tag::Entity>(db).await;
    if !db.server().speaks_mysql() {
        run(
            db,
            [
                "CREATE INDEX doctor_page_book ON doctor_page (book_id)",
                "CREATE INDEX doctor_loan_book ON doctor_loan (book_id)",
            ],
        )
        .await;
    }
}

async fn help<E: SoftDeleteEntity>(db: &TestDb) {
    let schema = SoftDeleteSchema::of::<E>();
    schema.add_columns(&**db).await.unwrap();
    for unique in schema.unique_keys() {
        unique.convert(&**db).await.unwrap();
    }
    for index in schema.index_parents() {
        index.create(&**db).await.unwrap();
    }
}

/// Examines the library, and allows the known finding that the link's key counts trashed rows.
pub(super) async fn examine<C: ConnectionTrait>(db: &C) -> Diagnosis {
    let diagnosis = Doctor::new().in_family_of(shelf::Entity).examine(db).await;
    diagnosis.unwrap().allowing_of(
        book_tag::Entity,
        sea_orm_soft_delete::doctor::FindingCode::KeyCountsTrashed,
    )
}
