//! The scoped connection: every method of it reaches the inner connection.
//!
//! Module `scoping` tests how it rewrites statements. The statements of the other modules name no
//! soft-deletable table, or lift the scope, so those tests hold for any scope.

mod handles;
mod options;
mod probe;
mod restricted;
mod scoping;
mod settings;
mod statements;
mod transactions;

/// An entity that is not soft-deletable.
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
