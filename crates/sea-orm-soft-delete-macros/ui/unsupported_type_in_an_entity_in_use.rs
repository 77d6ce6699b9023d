use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

// One mistake gives one error, because the derive still generates every function.
pub async fn uses_every_function(db: &impl ConnectionTrait, model: Model) {
    let _ = Entity::find();
    let _ = Entity::find_by_id(1);
    let _ = Entity::with_trashed();
    let _ = Entity::only_trashed();
    let _ = Entity::update_many();
    let _ = Entity::delete_many();
    let _ = Entity::restore_by_id(1);
    let _ = Entity::restore_many();
    let _ = Entity::force_delete_by_id(1);
    let _ = Entity::force_delete_many();
    let _ = model.is_trashed();
    let active: ActiveModel = model.clone().into();
    let _ = active.clone().save(db).await;
    let _ = active.force_delete_trashed(db).await;
    let _ = model.clone().restore(db).await;
    let _ = model.delete(db).await;
}

fn main() {}
