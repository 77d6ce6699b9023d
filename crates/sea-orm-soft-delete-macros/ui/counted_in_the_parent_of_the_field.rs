use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "comment")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub note_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
    #[sea_orm(belongs_to, from = "note_id", to = "id")]
    #[soft_delete(counted_in(note::Entity, live = "comment_count"))]
    pub note: BelongsTo<note::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

pub mod note {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub comment_count: i32,
        #[sea_orm(has_many)]
        pub comments: HasMany<super::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {}
