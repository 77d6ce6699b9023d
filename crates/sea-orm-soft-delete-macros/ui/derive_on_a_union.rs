use sea_orm_soft_delete::SoftDelete;

#[derive(SoftDelete)]
pub union Model {
    pub live: u8,
    pub trashed: u8,
}

fn main() {}
