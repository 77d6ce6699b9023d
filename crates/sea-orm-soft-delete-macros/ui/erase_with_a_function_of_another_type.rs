use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTimeUtc>,
    #[soft_delete(erase = with(pseudonym))]
    pub number: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn pseudonym(key: &sea_orm_soft_delete::RowKey) -> String {
    key.to_string()
}

fn main() {}
