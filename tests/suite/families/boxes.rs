//! One entity for each kind of marker, with and without an operation column, as children of a box.

/// A child entity with the given columns. `box_id` refers to its parent row.
macro_rules! member {
    ($name:ident, $table:literal: $($fields:tt)*) => {
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                pub box_id: i32,
                $($fields)*
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {
                #[sea_orm(
                    belongs_to = "super::root::Entity",
                    from = "Column::BoxId",
                    to = "super::root::Column::Id",
                    skip_fk
                )]
                Root,
                #[sea_orm(
                    belongs_to = "super::crate_::Entity",
                    from = "Column::BoxId",
                    to = "super::crate_::Column::Id",
                    skip_fk
                )]
                Crate,
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

pub(crate) mod root {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_box")]
    #[soft_delete(cascade(
        super::flag::Entity on super::flag::Relation::Root,
        super::epoch::Entity on super::epoch::Relation::Root,
        super::nullable_epoch::Entity on super::nullable_epoch::Relation::Root,
        super::sentinel::Entity on super::sentinel::Relation::Root,
        super::bare_sentinel::Entity on super::bare_sentinel::Relation::Root,
        super::offset::Entity on super::offset::Relation::Root,
        super::primitive::Entity on super::primitive::Relation::Root,
        super::naive::Entity on super::naive::Relation::Root
    ))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(marker)]
        pub is_gone: bool,
        #[soft_delete(operation)]
        pub operation_id: Option<String>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A parent entity without an operation column.
pub(crate) mod crate_ {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_crate")]
    #[soft_delete(cascade(
        super::flag::Entity on super::flag::Relation::Crate,
        super::offset::Entity on super::offset::Relation::Crate
    ))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A parent entity whose child has no operation column and a marker of whole seconds, so the child cannot
/// say which delete trashed it.
pub(crate) mod basket {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_basket")]
    #[soft_delete(cascade(super::coarse::Entity on coarse()))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    fn coarse() -> RelationDef {
        let coarse = Entity::belongs_to(super::coarse::Entity);
        coarse
            .from(Column::Id)
            .to(super::coarse::Column::BoxId)
            .into()
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

member! { flag, "family_flag":
    #[soft_delete(marker)]
    pub is_gone: bool,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}
member! { epoch, "family_epoch":
    #[soft_delete(marker, epoch = "seconds")]
    pub gone: i64,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
    #[soft_delete(deleted_by)]
    pub deleted_by: Option<i64>,
}
member! { nullable_epoch, "family_nullable_epoch":
    #[soft_delete(marker, epoch = "milliseconds")]
    pub gone: Option<i64>,
    #[soft_delete(operation)]
    pub operation_id: Option<String>,
}
member! { sentinel, "family_sentinel":
    #[soft_delete(marker, live = "2037-12-31T00:00:00Z")]
    pub gone: DateTimeUtc,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}
member! { bare_sentinel, "family_bare_sentinel":
    #[soft_delete(marker, live = "9999-12-31T00:00:00Z")]
    pub gone: DateTime,
}
member! { offset, "family_offset":
    #[soft_delete(marker)]
    pub gone: Option<TimeDateTimeWithTimeZone>,
}
member! { primitive, "family_primitive":
    #[soft_delete(marker)]
    pub gone: Option<TimeDateTime>,
    #[soft_delete(operation)]
    pub operation_id: Option<Uuid>,
}
member! { naive, "family_naive":
    #[soft_delete(marker)]
    pub gone: Option<DateTime>,
}
member! { coarse, "family_coarse":
    #[soft_delete(marker)]
    pub gone: Option<ChronoUnixTimestamp>,
}
