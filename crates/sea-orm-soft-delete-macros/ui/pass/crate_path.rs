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

pub struct Tenant;

impl db::soft_delete::RequiredScope for Tenant {
    const NAME: &'static str = "tenant";
    type Value = i64;
}

pub struct Published;

impl db::soft_delete::FixedScope for Published {
    const NAME: &'static str = "published";
}

pub mod page {
    use super::{Published, Tenant};
    use crate::db::soft_delete::Scoped;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Scoped)]
    #[sea_orm(table_name = "page")]
    #[scope(crate = crate::db::soft_delete, Published = Column::Id.gt(0))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[scope(Tenant)]
        pub tenant_id: i64,
        #[scope(Published = true)]
        pub published: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let _ = note::Entity::find();
    let _ = page::Entity;
}
