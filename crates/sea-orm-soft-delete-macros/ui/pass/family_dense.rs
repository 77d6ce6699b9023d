//! What becomes of related rows, in the dense format: on the fields of relations.

use sea_orm_soft_delete::describe::SoftDeleteFamily;
use sea_orm_soft_delete::{Alone, Cascading};

pub mod post {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "post")]
    #[soft_delete(destroy(super::view::Entity))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub author_id: i32,
        pub parent_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "author_id", to = "id")]
        pub author: BelongsTo<super::user::Entity>,
        // Two relations to one entity: SeaORM makes `Related` of neither.
        #[sea_orm(has_many, via_rel = "Post")]
        #[soft_delete(cascade)]
        pub comments: HasMany<super::comment::Entity>,
        #[sea_orm(has_one, relation_enum = "PinnedComment", via_rel = "PinnedTo")]
        #[soft_delete(keep)]
        pub pinned: HasOne<super::comment::Entity>,
        #[sea_orm(has_one)]
        #[soft_delete(restrict)]
        pub summary: HasOne<super::summary::Entity>,
        #[sea_orm(has_many)]
        pub views: HasMany<super::view::Entity>,
        // Many to many: the links go, the tags stay.
        #[sea_orm(has_many, via = "post_tag")]
        #[soft_delete(cascade)]
        pub tags: HasMany<super::tag::Entity>,
        // A tree.
        #[sea_orm(self_ref, relation_enum = "Parent", relation_reverse = "Children", from = "parent_id", to = "id")]
        pub parent: BelongsTo<Option<Entity>>,
        #[sea_orm(self_ref, relation_enum = "Children", relation_reverse = "Parent")]
        #[soft_delete(cascade)]
        pub children: HasMany<Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod user {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "user")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(marker)]
        pub gone: bool,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[sea_orm(has_many)]
        #[soft_delete(cascade)]
        pub posts: HasMany<super::post::Entity>,
        // Links between rows of one entity, in both directions.
        #[sea_orm(self_ref, via = "user_follower", from = "User", to = "Follower")]
        #[soft_delete(cascade)]
        pub followers: HasMany<Entity>,
        #[sea_orm(self_ref, via = "user_follower", reverse)]
        #[soft_delete(cascade)]
        pub following: HasMany<Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod user_follower {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "user_follower")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub user_id: i32,
        #[sea_orm(primary_key)]
        pub follower_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "user_id", to = "id")]
        pub user: BelongsTo<super::user::Entity>,
        #[sea_orm(belongs_to, relation_enum = "Follower", from = "follower_id", to = "id")]
        pub follower: BelongsTo<super::user::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod comment {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "comment")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub post_id: i32,
        #[sea_orm(unique)]
        pub pinned_to: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "post_id", to = "id")]
        pub post: BelongsTo<super::post::Entity>,
        #[sea_orm(belongs_to, relation_enum = "PinnedTo", from = "pinned_to", to = "id")]
        pub pinned: BelongsTo<Option<super::post::Entity>>,
    }

    impl Related<super::post::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod summary {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "summary")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub post_id: i32,
        #[sea_orm(belongs_to, from = "post_id", to = "id")]
        pub post: BelongsTo<super::post::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod view {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "view")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub post_id: i32,
        #[sea_orm(belongs_to, from = "post_id", to = "id")]
        pub post: BelongsTo<super::post::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod tag {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(epoch = "seconds")]
        pub deleted_at: i64,
        // The links name their relation to tags.
        #[sea_orm(has_many, via = "post_tag::Tag")]
        #[soft_delete(keep)]
        pub posts: HasMany<super::post::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod post_tag {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "post_tag")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub post_id: i32,
        #[sea_orm(primary_key)]
        pub tag_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[sea_orm(belongs_to, from = "post_id", to = "id")]
        pub post: BelongsTo<super::post::Entity>,
        #[sea_orm(belongs_to, from = "tag_id", to = "id")]
        pub tag: BelongsTo<super::tag::Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn is_cascading<E: SoftDeleteFamily<Kind = Cascading>>() {}
fn is_alone<E: SoftDeleteFamily<Kind = Alone>>() {}

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

fn main() {
    is_cascading::<post::Entity>();
    is_cascading::<user::Entity>();
    is_alone::<comment::Entity>();
    is_alone::<tag::Entity>();
    let post = ["destroy view.post_id", "cascade comment.post_id", "keep comment.pinned_to"];
    let post = [&post[..], &["restrict summary.post_id", "cascade post_tag.post_id"]].concat();
    assert_eq!(spelt::<post::Entity>(), [&post[..], &["cascade post.parent_id"]].concat());
    let links = ["cascade user_follower.user_id", "cascade user_follower.follower_id"];
    assert_eq!(spelt::<user::Entity>(), [&["cascade post.author_id"][..], &links].concat());
    assert_eq!(spelt::<tag::Entity>(), ["keep post_tag.tag_id"]);
}
