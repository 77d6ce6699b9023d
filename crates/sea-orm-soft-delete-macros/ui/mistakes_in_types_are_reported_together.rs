use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<String>,
    #[soft_delete(operation)]
    pub operation: i32,
    #[soft_delete(deleted_by)]
    pub deleted_by: String,
    #[soft_delete(reason)]
    pub reason: Option<i64>,
    #[soft_delete(updated_at)]
    pub updated_at: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
