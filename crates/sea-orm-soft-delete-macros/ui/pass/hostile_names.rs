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
macro_rules! assert {
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

/// Its functions would be ambiguous with the generated functions if generated code called them as methods.
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
trait SoftDeleteFamily {}
trait Otherwise {}
trait From<T> {
    fn from(_: T) {}
}

impl<T, U> From<T> for U {}

struct Marker;
struct Registration;
struct SoftDeleteColumns;
struct Attribution;
struct FamilyRelation;
struct Alone;
struct Cascading;
struct Ask;
struct Vec;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Derive)]
#[sea_orm(table_name = "note")]
#[soft_delete(cascade(Entity on Relation::Notes), keep(Entity on Relation::Note))]
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
pub enum Relation {
    #[sea_orm(has_many = "Entity", via_rel = "Relation::Note")]
    Notes,
    #[sea_orm(belongs_to = "Entity", from = "Column::Model", to = "Column::Id")]
    Note,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {
    let _: sea_orm::Select<Entity> = Entity::find();
}
