use sea_orm_soft_delete::SoftDelete;

#[derive(SoftDelete)]
pub enum Model {
    Live,
    Trashed,
}

fn main() {}
