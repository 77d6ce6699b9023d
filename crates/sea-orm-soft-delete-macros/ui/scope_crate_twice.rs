use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::{RequiredScope, Scoped};

pub struct Tenant;

impl RequiredScope for Tenant {
    const NAME: &'static str = "tenant";
    type Value = i64;
}

#[derive(Clone, Debug, DeriveEntityModel, Scoped)]
#[sea_orm(table_name = "note")]
#[scope(crate = sea_orm_soft_delete)]
#[scope(crate = sea_orm_soft_delete)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[scope(Tenant)]
    pub tenant_id: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
