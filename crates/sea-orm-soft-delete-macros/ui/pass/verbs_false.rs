//! `verbs = false` describes the entity and changes no call, in each format.

use sea_orm::{DbBackend, QueryTrait, prelude::*};
use sea_orm_soft_delete::SoftDeleteTable;

pub mod note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, sea_orm_soft_delete::SoftDelete)]
    #[sea_orm(table_name = "note")]
    #[soft_delete(verbs = false)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    // Names of the verbs are free for functions of the application.
    impl Model {
        pub fn restore(self) -> i32 {
            self.id
        }
    }

    impl Entity {
        pub fn only_trashed() -> i32 {
            7
        }
    }
}

pub mod page {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, sea_orm_soft_delete::SoftDelete)]
    #[sea_orm(table_name = "page")]
    #[soft_delete(verbs = false)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(has_many)]
        #[soft_delete(cascade)]
        pub links: HasMany<super::link::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    impl ModelEx {
        pub fn restore(self) -> i32 {
            self.id
        }
    }
}

pub mod link {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, sea_orm_soft_delete::SoftDelete)]
    #[sea_orm(table_name = "link")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub page_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "page_id", to = "id")]
        pub page: HasOne<super::page::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    assert_eq!(SoftDeleteTable::of::<note::Entity>().marker, "deleted_at");
    assert_eq!(SoftDeleteTable::of::<page::Entity>().marker, "deleted_at");
    let tables = sea_orm_soft_delete::tables();
    assert!(tables.iter().any(|table| table.name == "note"));

    // SeaORM's own functions.
    let all = note::Entity::find().build(DbBackend::Sqlite).to_string();
    assert!(!all.contains("IS NULL"), "{all}");
    let all = page::Entity::find().build(DbBackend::Sqlite).to_string();
    assert!(!all.contains("IS NULL"), "{all}");
    let delete = note::Entity::delete_many().build(DbBackend::Sqlite).to_string();
    assert!(delete.starts_with("DELETE"), "{delete}");
    assert_eq!(note::Entity::only_trashed(), 7);
    let note = note::Model { id: 1, deleted_at: None };
    assert_eq!(note.restore(), 1);
}
