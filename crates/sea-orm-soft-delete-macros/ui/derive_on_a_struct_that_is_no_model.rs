use sea_orm_soft_delete::SoftDelete;

#[derive(SoftDelete)]
pub struct Note {
    pub id: i32,
    pub deleted_at: Option<i64>,
}

fn main() {}
