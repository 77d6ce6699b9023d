//! This crate under another name, as a crate that wraps it has it.

pub mod db {
    pub use sea_orm_soft_delete as soft_delete;
}

pub mod note {
    use crate::db::soft_delete::SoftDelete;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    #[soft_delete(crate = crate::db::soft_delete)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(live = "9999-12-31T00:00:00Z")]
        pub deleted_at: DateTimeUtc,
        pub parent_id: Option<i32>,
        #[sea_orm(self_ref, relation_enum = "Parent", relation_reverse = "Notes", from = "parent_id", to = "id")]
        pub parent: BelongsTo<Option<Entity>>,
        #[sea_orm(self_ref, relation_enum = "Notes", relation_reverse = "Parent")]
        #[soft_delete(cascade)]
        pub notes: HasMany<Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let _ = note::Entity::find();
}
