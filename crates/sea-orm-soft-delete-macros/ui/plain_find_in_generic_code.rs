// A plain query cannot slip into generic code: the call must name the trait whose `find` it means.

use sea_orm::{EntityTrait, Select};
use sea_orm_soft_delete::SoftDelete;

pub fn all<E: SoftDelete>() -> Select<E> {
    E::find()
}

fn main() {}
