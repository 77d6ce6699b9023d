//! A child whose parent is one of several entities: each parent says by hand which rows are its own.

use sea_orm_soft_delete::describe::SoftDeleteFamily;

pub mod post {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "post")]
    #[soft_delete(cascade(super::attachment::Entity on attachments()))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    pub fn attachments() -> RelationDef {
        super::attachment::belonging_to(Entity, Column::Id, "post")
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod comment {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "comment")]
    #[soft_delete(cascade(
        super::attachment::Entity on super::attachment::belonging_to(Entity, Column::Id, "comment"),
    ))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod attachment {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{Expr, ExprTrait};
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "attachment")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub owner_id: i32,
        pub owner_type: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    pub fn belonging_to<E: EntityTrait>(
        owner: E,
        key: E::Column,
        owner_type: &'static str,
    ) -> RelationDef {
        let owner: RelationDef = Entity::belongs_to(owner)
            .from(Column::OwnerId)
            .to(key)
            .on_condition(move |attachment, _| {
                Expr::col((attachment, Column::OwnerType)).eq(owner_type).into()
            })
            .into();
        owner.rev()
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    assert_eq!(post::Entity::relations().len(), 1);
    assert_eq!(comment::Entity::relations().len(), 1);
}
