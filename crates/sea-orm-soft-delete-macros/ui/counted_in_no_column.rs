use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "note")]
#[soft_delete(counted_in(folder::Entity on Relation::Folder))]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub folder_id: i32,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(belongs_to = "folder::Entity", from = "Column::FolderId", to = "folder::Column::Id")]
    Folder,
}

impl ActiveModelBehavior for ActiveModel {}

pub mod folder {
    use sea_orm::entity::prelude::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "folder")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub note_count: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {}
