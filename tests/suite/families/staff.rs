//! Entities that refer to themselves.

/// A tree.
pub(crate) mod employee {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_employee")]
    #[soft_delete(cascade(Entity on Relation::Manager))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub manager_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ManagerId", to = "Column::Id")]
        Manager,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Two cascading relations to itself, and one relation that restricts.
pub(crate) mod page {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_page")]
    #[soft_delete(
        cascade(Entity on Relation::Parent, Entity on Relation::Origin),
        restrict(super::pin::Entity on super::pin::Relation::Page)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub parent_id: Option<i32>,
        pub origin_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
        #[sea_orm(belongs_to = "Entity", from = "Column::OriginId", to = "Column::Id")]
        Origin,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A pin restricts the delete of its page.
pub(crate) mod pin {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_pin")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub page_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::page::Entity",
            from = "Column::PageId",
            to = "super::page::Column::Id"
        )]
        Page,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A tree whose relation has a condition: it holds only for open topics.
pub(crate) mod topic {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{ExprTrait, IntoCondition};
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_topic")]
    #[soft_delete(
        cascade(Entity on threads()),
        restrict(super::pin::Entity on pins())
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub parent_id: Option<i32>,
        pub is_open: bool,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    /// The relation between open topics.
    fn threads() -> RelationDef {
        let threads = Entity::belongs_to(Entity)
            .from(Column::Id)
            .to(Column::ParentId);
        let is_open = |topic| Expr::col((topic, Column::IsOpen)).eq(true);
        threads
            .on_condition(move |parent, _| is_open(parent).into_condition())
            .into()
    }

    fn pins() -> RelationDef {
        let pins = Entity::belongs_to(super::pin::Entity);
        pins.from(Column::Id).to(super::pin::Column::PageId).into()
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
