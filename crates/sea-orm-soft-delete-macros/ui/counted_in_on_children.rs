use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub comment_count: i32,
    pub deleted_at: Option<DateTimeUtc>,
    #[sea_orm(has_many)]
    #[soft_delete(counted_in(live = "comment_count"))]
    pub comments: HasMany<comment::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

pub mod comment {
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
        pub note: BelongsTo<super::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {}
