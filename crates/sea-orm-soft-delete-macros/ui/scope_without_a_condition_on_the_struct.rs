use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::{FixedScope, Scoped};

pub struct Published;

impl FixedScope for Published {
    const NAME: &'static str = "published";
}

#[derive(Clone, Debug, DeriveEntityModel, Scoped)]
#[sea_orm(table_name = "note")]
#[scope(Published)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub state: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
