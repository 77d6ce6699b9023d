//! The scoped connection: every way through it reaches the connection inside.
//!
//! What it does to a statement on the way is in `scoping`; the other modules hold for any scope,
//! since their statements name no soft-deletable table or say themselves what they mean.

mod handles;
mod options;
mod probe;
mod restricted;
mod scoping;
mod settings;
mod statements;
mod transactions;

/// An entity without a trash.
mod tag {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tag")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    pub fn new(id: i32) -> ActiveModel {
        use sea_orm::ActiveValue::Set;

        ActiveModel {
            id: Set(id),
            name: Set(format!("Tag {id}")),
        }
    }
}

/// The ids of the tags, read without this crate.
async fn tags(db: &crate::harness::TestDb) -> Vec<i32> {
    use sea_orm::{EntityTrait, QueryOrder};

    let tags = tag::Entity::find().order_by_asc(tag::Column::Id);
    let tags = tags.all(&**db).await.unwrap();
    tags.iter().map(|tag| tag.id).collect()
}
