//! A family whose members, except the root, are in another schema.

pub(crate) mod room {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_room")]
    #[soft_delete(cascade(super::chest::Entity on super::chest::Relation::Room))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A tree. Its columns have the same names as the columns of its child tables.
pub(crate) mod chest {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(schema_name = "soft_delete_family_vault", table_name = "family_chest")]
    #[soft_delete(
        cascade(Entity on Relation::Parent, super::coin::Entity on super::coin::chests()),
        destroy(super::dust::Entity on super::dust::Relation::Chest),
        restrict(super::key::Entity on super::key::Relation::Chest)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub room_id: Option<i32>,
        pub parent_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::room::Entity",
            from = "Column::RoomId",
            to = "super::room::Column::Id",
            skip_fk
        )]
        Room,
        #[sea_orm(
            belongs_to = "Entity",
            from = "Column::ParentId",
            to = "Column::Id",
            skip_fk
        )]
        Parent,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Only gold coins belong to their chest. The entity has no operation column.
pub(crate) mod coin {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{ExprTrait, IntoCondition};
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(schema_name = "soft_delete_family_vault", table_name = "family_coin")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub chest_id: i32,
        pub is_gold: bool,
        pub deleted_at: Option<DateTimeUtc>,
    }

    pub fn chests() -> RelationDef {
        let is_gold = |coin| Expr::col((coin, Column::IsGold)).eq(true);
        Entity::belongs_to(super::chest::Entity)
            .from(Column::ChestId)
            .to(super::chest::Column::Id)
            .on_condition(move |coin, _| is_gold(coin).into_condition())
            .into()
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// This entity is not soft-deletable.
pub(crate) mod dust {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(schema_name = "soft_delete_family_vault", table_name = "family_dust")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub chest_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::chest::Entity",
            from = "Column::ChestId",
            to = "super::chest::Column::Id",
            skip_fk
        )]
        Chest,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A key restricts the delete of its chest. The entity is not soft-deletable.
pub(crate) mod key {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(schema_name = "soft_delete_family_vault", table_name = "family_key")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub chest_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::chest::Entity",
            from = "Column::ChestId",
            to = "super::chest::Column::Id",
            skip_fk
        )]
        Chest,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
