//! Entities whose relations form a cycle, each with another type of primary key.
//!
//! ```text
//! team ─cascade→ player ─cascade→ team,      player ←restrict─ injury
//! x    ─cascade→ y      ─cascade→ z ─cascade→ x (some rows, by a condition);      z ←restrict─ seal
//! ```

/// The key is a number.
pub(crate) mod team {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_team")]
    #[soft_delete(cascade(super::player::Entity on super::player::Relation::Team))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub captain: Option<Uuid>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::player::Entity",
            from = "Column::Captain",
            to = "super::player::Column::Id",
            skip_fk
        )]
        Captain,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The key is a UUID. An injury refers to the player by a nullable number.
pub(crate) mod player {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_player")]
    #[soft_delete(
        cascade(super::team::Entity on super::team::Relation::Captain),
        restrict(super::injury::Entity on super::injury::Relation::Player)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub team_id: Option<i32>,
        #[sea_orm(unique)]
        pub shirt: Option<String>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::team::Entity",
            from = "Column::TeamId",
            to = "super::team::Column::Id"
        )]
        Team,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod injury {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_injury")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub shirt: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::player::Entity",
            from = "Column::Shirt",
            to = "super::player::Column::Shirt"
        )]
        Player,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The first entity of the cycle of three: the key is a text, and the entity is also a tree.
pub(crate) mod x {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_x")]
    #[soft_delete(cascade(
        Entity on Relation::Up,
        super::y::Entity on super::y::Relation::X,
        super::team::Entity on teams()
    ))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub up: Option<String>,
        pub z: Option<i64>,
        pub team_id: Option<i32>,
        #[soft_delete(marker)]
        pub is_gone: bool,
        #[soft_delete(operation)]
        pub operation_id: Option<String>,
    }

    fn teams() -> RelationDef {
        let mut teams: RelationDef = Entity::belongs_to(super::team::Entity)
            .from(Column::TeamId)
            .to(super::team::Column::Id)
            .into();
        teams.is_owner = true;
        teams
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::Up", to = "Column::Id")]
        Up,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The second entity of the cycle of three: the key has two columns.
pub(crate) mod y {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_y")]
    #[soft_delete(cascade(super::z::Entity on super::z::Relation::Y))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub a: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub b: String,
        pub x: Option<String>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::x::Entity",
            from = "Column::X",
            to = "super::x::Column::Id"
        )]
        X,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// The third entity of the cycle of three: the key is a big integer. A delete of a row of `z` cascades to
/// `x` only if its column `takes` is true.
pub(crate) mod z {
    use sea_orm::entity::prelude::*;
    use sea_orm::sea_query::{ExprTrait, IntoCondition};
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_z")]
    #[soft_delete(
        cascade(super::x::Entity on xs()),
        restrict(super::seal::Entity on super::seal::Relation::Z)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub a: Option<i32>,
        pub b: Option<String>,
        pub takes: bool,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    fn xs() -> RelationDef {
        let takes = |z| Expr::col((z, Column::Takes)).eq(true);
        Entity::belongs_to(super::x::Entity)
            .from(Column::Id)
            .to(super::x::Column::Z)
            .on_condition(move |z, _| takes(z).into_condition())
            .into()
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::y::Entity",
            from = "(Column::A, Column::B)",
            to = "(super::y::Column::A, super::y::Column::B)"
        )]
        Y,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// This entity is not soft-deletable.
pub(crate) mod seal {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_seal")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub z: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::z::Entity",
            from = "Column::Z",
            to = "super::z::Column::Id"
        )]
        Z,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
