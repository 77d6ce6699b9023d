//! A crate that forbids and denies what it can.

#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    unreachable_pub,
    unused,
    nonstandard_style,
    future_incompatible
)]
#![deny(missing_debug_implementations, unused_qualifications, unnameable_types)]
#![deny(clippy::all, clippy::pedantic)]

/// Notes.
pub mod note {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    /// A note.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: i32,
        /// When it was deleted.
        pub deleted_at: Option<DateTimeUtc>,
        /// Why it was.
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    /// It has none.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let _ = note::Entity::find();
}
