//! What becomes of related rows, in the compact format: every policy, and every way to name a
//! relation.

use sea_orm_soft_delete::describe::SoftDeleteFamily;

pub mod post {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "post")]
    #[soft_delete(
        cascade(super::comment::Entity, super::comment::Entity on Relation::Pinned),
        destroy(super::view::Entity on views()),
    )]
    #[soft_delete(restrict(super::invoice::Entity on super::invoice::Relation::Post.def().rev()))]
    #[soft_delete(keep(super::view::Entity on Relation::Recent,), cascade(Entity on Relation::Replies))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub parent_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::comment::Entity")]
        Comments,
        #[sea_orm(has_many = "super::comment::Entity", via_rel = "Relation::PinnedTo")]
        Pinned,
        #[sea_orm(has_many = "super::view::Entity")]
        Recent,
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
        #[sea_orm(has_many = "Entity", via_rel = "Relation::Parent")]
        Replies,
    }

    impl Related<super::comment::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Comments.def()
        }
    }

    fn views() -> RelationDef {
        Relation::Recent.def()
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod comment {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "comment")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub post_id: i32,
        pub pinned_to: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::post::Entity", from = "Column::PostId", to = "super::post::Column::Id")]
        Post,
        #[sea_orm(belongs_to = "super::post::Entity", from = "Column::PinnedTo", to = "super::post::Column::Id")]
        PinnedTo,
    }

    impl Related<super::post::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod view {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "view")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub post_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::post::Entity", from = "Column::PostId", to = "super::post::Column::Id")]
        Post,
    }

    impl Related<super::post::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod invoice {
    pub use super::view::*;
}

/// The policy of each relation, and the column that it leads to from `id`.
fn spelt<E: SoftDeleteFamily>() -> Vec<String> {
    let spell = |relation: sea_orm_soft_delete::describe::FamilyRelation| {
        let text = format!("{relation:?}");
        let behind = |text: &str, key: &str| text.split_once(key).unwrap().1.to_owned();
        let name = |text: String| text.split('"').nth(1).unwrap().to_owned();
        let policy = behind(&text, "policy: ");
        let policy = policy.split(',').next().unwrap().to_lowercase();
        assert_eq!(name(behind(&text, "from_col: ")), "id");
        let table = name(behind(&text, "to_tbl: "));
        format!("{policy} {table}.{}", name(behind(&text, "to_col: ")))
    };
    E::relations().into_iter().map(spell).collect()
}

fn is_cascading<E: SoftDeleteFamily<Kind = sea_orm_soft_delete::Cascading>>() {}
fn is_alone<E: SoftDeleteFamily<Kind = sea_orm_soft_delete::Alone>>() {}

fn main() {
    is_cascading::<post::Entity>();
    is_alone::<comment::Entity>();
    let post = ["cascade comment.post_id", "cascade comment.pinned_to", "destroy view.post_id"];
    let rest = ["restrict view.post_id", "keep view.post_id", "cascade post.parent_id"];
    assert_eq!(spelt::<post::Entity>(), [post, rest].concat());
    assert!(spelt::<comment::Entity>().is_empty());
}
