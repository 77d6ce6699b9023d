//! A module without the prelude: what it imports, SeaORM's derives need.

pub mod note {
    #![no_implicit_prelude]

    use ::sea_orm;
    use ::sea_orm::entity::prelude::*;
    use ::sea_orm_soft_delete::SoftDelete;
    use ::std;
    use ::std::option::Option::{self, None, Some};
    use ::std::prelude::rust_2024::{
        Box, Clone, Copy, Debug, Default, DoubleEndedIterator, Err, ExactSizeIterator, Into,
        IntoIterator, Iterator, Ok, PartialEq, Result, ToOwned, ToString, TryInto, Vec, derive,
    };
    use ::std::{format, matches, panic, stringify};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "note")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        pub parent_id: Option<i32>,
        #[sea_orm(self_ref, relation_enum = "Parent", relation_reverse = "Notes", from = "parent_id", to = "id")]
        pub parent: BelongsTo<Option<Entity>>,
        #[sea_orm(self_ref, relation_enum = "Notes", relation_reverse = "Parent")]
        #[soft_delete(cascade)]
        pub notes: HasMany<Entity>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

fn main() {}
