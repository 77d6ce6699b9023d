//! Counters in the dense format, with the crate under another name, and by the names of variants.

use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::{self as trash, SoftDelete};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "note")]
#[soft_delete(crate = crate::trash)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub parent_id: Option<i32>,
    pub folder_id: Option<i32>,
    pub owner_id: i32,
    pub editor_id: i32,
    #[sea_orm(column_name = "answer_count")]
    pub answers: i64,
    pub deleted_at: Option<DateTimeUtc>,
    #[sea_orm(self_ref, relation_enum = "Parent", from = "parent_id", to = "id")]
    #[soft_delete(counted_in(live = "answers"))]
    pub parent: BelongsTo<Option<Entity>>,
    #[sea_orm(belongs_to, from = "folder_id", to = "id")]
    #[soft_delete(counted_in(live = "NoteCount", trashed = "trashed_count",))]
    pub folder: BelongsTo<Option<folder::Entity>>,
    #[sea_orm(belongs_to, relation_enum = "Owner", from = "owner_id", to = "id")]
    #[soft_delete(counted_in(trashed = "owned"))]
    pub owner: BelongsTo<user::Entity>,
    #[sea_orm(belongs_to, relation_enum = "Editor", from = "editor_id", to = "id")]
    #[soft_delete(counted_in(trashed = "edited"))]
    pub editor: BelongsTo<user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

pub mod folder {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "folder")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub note_count: i32,
        pub trashed_count: u32,
        #[sea_orm(has_many)]
        pub notes: HasMany<super::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod user {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "user")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub owned: i32,
        pub edited: i32,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Counters make the verbs transactions.
async fn delete<C: ConnectionTrait + sea_orm::TransactionTrait>(db: &C) {
    let _ = Entity::delete_by_id(1).exec(db).await;
}

fn main() {
    let counters = <Entity as trash::describe::SoftDeleteFamily>::counted_in();
    assert_eq!(counters.len(), 4);
    let _ = delete::<sea_orm::DatabaseConnection>;
}
