//! Keys of two and three columns, a unique column as the target of a foreign key, and two relations to one
//! entity.

/// The key is the tenant and the number.
pub(crate) mod order {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_order")]
    #[soft_delete(cascade(super::item::Entity on super::item::Relation::Order))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub tenant: i32,
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

/// Identified by tenant, order and line. The order may be NULL.
pub(crate) mod item {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_item")]
    #[soft_delete(
        cascade(super::part::Entity on super::part::Relation::Item),
        restrict(super::claim::Entity on super::claim::Relation::Item)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub tenant: Option<i32>,
        pub order_id: Option<i32>,
        pub line: Option<String>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::order::Entity",
            from = "(Column::Tenant, Column::OrderId)",
            to = "(super::order::Column::Tenant, super::order::Column::Id)"
        )]
        Order,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The foreign key references three columns of an item, which are unique together.
pub(crate) mod part {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_part")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub tenant: Option<i32>,
        pub order_id: Option<i32>,
        pub line: Option<String>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::item::Entity",
            from = "(Column::Tenant, Column::OrderId, Column::Line)",
            to = "(super::item::Column::Tenant, super::item::Column::OrderId, super::item::Column::Line)",
            skip_fk
        )]
        Item,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The foreign key references two columns of an item, and neither is the item's primary key.
pub(crate) mod claim {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_claim")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub tenant: i32,
        pub line: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::item::Entity",
            from = "(Column::Tenant, Column::Line)",
            to = "(super::item::Column::Tenant, super::item::Column::Line)",
            skip_fk
        )]
        Item,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Other tables and the account's own owner column refer to an account by its code.
pub(crate) mod account {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_account")]
    #[soft_delete(
        cascade(
            Entity on Relation::Owner,
            super::mail::Entity on super::mail::Relation::Sender
        ),
        restrict(super::mail::Entity on super::mail::Relation::Recipient)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(unique)]
        pub code: Option<String>,
        pub owner: Option<String>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::Owner", to = "Column::Code")]
        Owner,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A mail from one account to another.
pub(crate) mod mail {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_mail")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub sender: Option<String>,
        pub recipient: Option<String>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::account::Entity",
            from = "Column::Sender",
            to = "super::account::Column::Code"
        )]
        Sender,
        #[sea_orm(
            belongs_to = "super::account::Entity",
            from = "Column::Recipient",
            to = "super::account::Column::Code"
        )]
        Recipient,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
