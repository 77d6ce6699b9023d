use sea_orm_soft_delete::Scoped;

#[derive(Scoped)]
pub enum Note {
    One,
}

fn main() {}
