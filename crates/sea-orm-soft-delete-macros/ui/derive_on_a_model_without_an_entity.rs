use sea_orm_soft_delete::SoftDelete;

#[derive(SoftDelete)]
pub struct Model {
    pub id: i32,
    pub deleted_at: Option<sea_orm::prelude::DateTimeUtc>,
}

fn main() {}
