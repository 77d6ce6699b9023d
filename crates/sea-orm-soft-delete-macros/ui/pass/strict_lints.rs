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
    #[soft_delete(cascade(Entity on Relation::Replies), destroy(super::view::Entity on Relation::Views))]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: i32,
        /// What it replies to.
        pub parent_id: Option<i32>,
        /// When it was deleted.
        pub deleted_at: Option<DateTimeUtc>,
        /// Why it was.
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    /// To other rows.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        /// What it replies to.
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
        /// What replies to it.
        #[sea_orm(has_many = "Entity", via_rel = "Relation::Parent")]
        Replies,
        /// Who read it.
        #[sea_orm(has_many = "super::view::Entity")]
        Views,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Views.
pub mod view {
    use sea_orm::entity::prelude::*;

    /// A view.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "view")]
    pub struct Model {
        /// Its key.
        #[sea_orm(primary_key)]
        pub id: i32,
        /// Of this note.
        pub note_id: i32,
    }

    /// To other rows.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        /// Of this note.
        #[sea_orm(belongs_to = "super::note::Entity", from = "Column::NoteId", to = "super::note::Column::Id")]
        Note,
    }

    impl Related<super::note::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Note.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let _ = note::Entity::find();
}
