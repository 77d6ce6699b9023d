//! Names of the user's that generated code must not take for its own.

use sea_orm::entity::prelude::*;
use sea_orm_soft_delete::SoftDelete as Derive;

mod core {}
mod private {}

#[allow(unused_macros)]
macro_rules! submit {
    () => {
        compile_error!("not this one")
    };
}

#[allow(unused_macros)]
macro_rules! unimplemented {
    () => {
        compile_error!("not this one")
    };
}

/// It would be ambiguous with ours, were ours called as methods.
trait SoftDelete: Sized {
    fn find() {}
    fn delete(self) {}
    fn restore(self) {}
    fn is_trashed(&self) {}
    fn marker(&self) {}
    fn with_reason<T>(self, _: T) {}
}

impl<T> SoftDelete for T {}

trait SoftDeleteEntity {}
trait SoftDeleteModel {}
trait SoftDeleteActiveModel {}
trait RestoreBehavior {}

struct Marker;
struct Registration;
struct SoftDeleteColumns;
struct Attribution;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Derive)]
#[sea_orm(table_name = "note")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub deleted_at: Option<DateTimeUtc>,
    pub db: i32,
    pub self_: i32,
    pub key: i32,
    pub model: i32,
    pub attribution: i32,
    #[soft_delete(reason)]
    pub marker: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn main() {
    let _: sea_orm::Select<Entity> = Entity::find();
}
