// A plain query cannot slip into generic code: it must say whose `find` is meant.

use sea_orm::{EntityTrait, Select};
use sea_orm_soft_delete::SoftDelete;

pub fn all<E: SoftDelete>() -> Select<E> {
    E::find()
}

fn main() {}
