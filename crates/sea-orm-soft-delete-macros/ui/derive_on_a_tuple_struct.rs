use sea_orm_soft_delete::SoftDelete;

#[derive(SoftDelete)]
pub struct Model(pub i32);

fn main() {}
