//! Scopes in the three formats of SeaORM's entities, with conditions of several kinds.

use sea_orm_soft_delete::describe::ScopedEntity;
use sea_orm_soft_delete::{FixedScope, RequiredScope};

pub struct Tenant;

impl RequiredScope for Tenant {
    const NAME: &'static str = "tenant";
    type Value = String;
}

pub struct Published;

impl FixedScope for Published {
    const NAME: &'static str = "published";
}

pub struct Current;

impl FixedScope for Current {
    const NAME: &'static str = "current";
}

mod compact {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::{Scoped, SoftDelete};

    use super::{Current, Published, Tenant};

    #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "state")]
    pub enum State {
        #[sea_orm(string_value = "draft")]
        Draft,
        #[sea_orm(string_value = "out")]
        Out,
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
    #[sea_orm(table_name = "compact")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(column_name = "owner", enum_name = "Owner")]
        #[scope(Tenant)]
        pub tenant: Option<String>,
        #[scope(Published = State::Out)]
        pub state: State,
        #[scope(Current = None)]
        pub archived_at: Option<DateTimeUtc>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod dense {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::Scoped;

    use super::{Published, Tenant};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped)]
    #[sea_orm(table_name = "dense")]
    #[scope(Published = Column::State.ne("draft").and(Column::Id.gt(0)))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[scope(Tenant)]
        pub tenant: String,
        pub state: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {
    let scopes = format!("{:?}", compact::Entity::scopes());
    for expected in ["tenant", "owner", "published", "current"] {
        assert!(scopes.contains(expected), "{scopes}");
    }
    let scopes = format!("{:?}", dense::Entity::scopes());
    assert!(scopes.contains("draft"), "{scopes}");
}
