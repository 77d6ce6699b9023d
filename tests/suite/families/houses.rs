//! A family with every policy, for tests of what forbids a delete and what a delete removes.
//!
//! ```text
//! house ─cascade→ flat ─cascade→ chamber ←restrict─ guest
//!       ←restrict─ chamber
//!                 flat ←restrict─ lease
//!                 flat ─destroy→ smell
//!                 flat ─destroy→ flat_label (links to label)
//! ```

pub(crate) mod house {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_house")]
    #[soft_delete(
        cascade(super::flat::Entity on super::flat::Relation::House),
        restrict(super::chamber::Entity on super::chamber::Relation::House)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_delete<C: ConnectionTrait>(self, _: &C) -> Result<Self, DbErr> {
            match self.id.as_ref() {
                13 => Err(DbErr::Custom("it is a monument".to_owned())),
                _ => Ok(self),
            }
        }
    }
}

pub(crate) mod flat {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_flat")]
    #[soft_delete(
        cascade(super::chamber::Entity on super::chamber::Relation::Flat),
        restrict(super::lease::Entity on super::lease::Relation::Flat),
        destroy(super::smell::Entity on super::smell::Relation::Flat, super::label::Entity)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub house_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::house::Entity",
            from = "Column::HouseId",
            to = "super::house::Column::Id"
        )]
        House,
    }

    impl Related<super::label::Entity> for Entity {
        fn to() -> RelationDef {
            super::flat_label::Relation::Label.def()
        }

        fn via() -> Option<RelationDef> {
            Some(super::flat_label::Relation::Flat.def().rev())
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A chamber belongs to a flat, to a house, or to both.
pub(crate) mod chamber {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_chamber")]
    #[soft_delete(restrict(super::guest::Entity on super::guest::Relation::Chamber))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub flat_id: Option<i32>,
        pub house_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::flat::Entity",
            from = "Column::FlatId",
            to = "super::flat::Column::Id"
        )]
        Flat,
        #[sea_orm(
            belongs_to = "super::house::Entity",
            from = "Column::HouseId",
            to = "super::house::Column::Id"
        )]
        House,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod lease {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_lease")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub flat_id: i32,
        #[soft_delete(marker)]
        pub is_over: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::flat::Entity",
            from = "Column::FlatId",
            to = "super::flat::Column::Id"
        )]
        Flat,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod guest {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_guest")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub chamber_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::chamber::Entity",
            from = "Column::ChamberId",
            to = "super::chamber::Column::Id"
        )]
        Chamber,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod smell {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_smell")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub flat_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::flat::Entity",
            from = "Column::FlatId",
            to = "super::flat::Column::Id"
        )]
        Flat,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod label {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Link rows. The entity itself has no derive.
pub(crate) mod flat_label {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_flat_label")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub flat_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub label_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::flat::Entity",
            from = "Column::FlatId",
            to = "super::flat::Column::Id"
        )]
        Flat,
        #[sea_orm(
            belongs_to = "super::label::Entity",
            from = "Column::LabelId",
            to = "super::label::Column::Id"
        )]
        Label,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
