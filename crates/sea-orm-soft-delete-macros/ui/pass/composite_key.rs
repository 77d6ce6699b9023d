//! A primary key of two columns, which is a tuple.

pub mod note_tag {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note_tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub note_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let key = || (1, "rust".to_owned());
    let _ = note_tag::Entity::find_by_id(key());
    let _ = note_tag::Entity::delete_by_id(key());
    let _ = note_tag::Entity::restore_by_id(key());
    let _ = note_tag::Entity::force_delete_by_id(key());
}
