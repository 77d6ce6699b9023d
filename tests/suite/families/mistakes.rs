//! Declarations that have no effect, or another effect than the developer meant.

/// Defines an entity with a relation and the policies that it declares.
macro_rules! mistaken {
    ($name:ident, $table:literal, [$($declared:tt)*], $($items:item)*) => {
        pub(crate) mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = $table)]
            #[soft_delete($($declared)*)]
            pub struct Model {
                #[sea_orm(primary_key, auto_increment = false)]
                pub id: i32,
                pub country_id: i32,
                pub country_code: Option<String>,
                pub deleted_at: Option<DateTimeUtc>,
                #[soft_delete(operation)]
                pub operation_id: Option<Uuid>,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {
                #[sea_orm(
                    belongs_to = "super::country::Entity",
                    from = "Column::CountryId",
                    to = "super::country::Column::Id"
                )]
                Country,
                #[sea_orm(
                    belongs_to = "super::country::Entity",
                    from = "Column::CountryCode",
                    to = "super::country::Column::Code",
                    skip_fk
                )]
                Code,
            }

            impl ActiveModelBehavior for ActiveModel {}

            $($items)*
        }
    };
}

pub(crate) mod country {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_country")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(unique)]
        pub code: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod language {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_language")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub city_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mistaken! { upwards, "family_upwards",
    [cascade(super::country::Entity on Relation::Country)],
}
mistaken! { upwards_by_code, "family_upwards_by_code",
    [cascade(super::country::Entity on Relation::Code)],
}
mistaken! { elsewhere, "family_elsewhere",
    [cascade(super::language::Entity on Relation::Country)],
}
mistaken! { any, "family_any",
    [cascade(super::language::Entity on languages())],
    fn languages() -> RelationDef {
        Entity::belongs_to(super::language::Entity)
            .from(Column::Id)
            .to(super::language::Column::CityId)
            .on_condition(|_, _| sea_orm::Condition::all())
            .condition_type(sea_orm::sea_query::ConditionType::Any)
            .into()
    }
}
mistaken! { twice, "family_twice",
    [cascade(super::language::Entity on languages()), restrict(crate::families::mistakes::language::Entity on languages())],
    fn languages() -> RelationDef {
        Entity::belongs_to(super::language::Entity)
            .from(Column::Id)
            .to(super::language::Column::CityId)
            .into()
    }
}
mistaken! { linked, "family_linked",
    [cascade(super::language::Entity)],
    impl Related<super::language::Entity> for Entity {
        fn to() -> RelationDef {
            super::spoken::Relation::Language.def()
        }

        fn via() -> Option<RelationDef> {
            Some(super::spoken::Relation::City.def().rev())
        }
    }
}
mistaken! { linked_if, "family_linked_if",
    [destroy(super::accent::Entity)],
    impl Related<super::accent::Entity> for Entity {
        fn to() -> RelationDef {
            super::spoken::Entity::belongs_to(super::accent::Entity)
                .from(super::spoken::Column::LanguageId)
                .to(super::accent::Column::Id)
                .into()
        }

        fn via() -> Option<RelationDef> {
            let links = Entity::belongs_to(super::spoken::Entity)
                .from(Column::Id)
                .to(super::spoken::Column::CityId)
                .on_condition(|_, links| {
                    let language = Expr::col((links, super::spoken::Column::LanguageId));
                    sea_orm::ExprTrait::gt(language, 1).into()
                });
            Some(links.into())
        }
    }
}
// This entity is correct, and has a misdeclared child entity.
mistaken! { above, "family_above",
    [cascade(super::twice::Entity on twice())],
    fn twice() -> RelationDef {
        Entity::belongs_to(super::twice::Entity)
            .from(Column::Id)
            .to(super::twice::Column::CountryId)
            .into()
    }
}

/// A target of links that is not soft-deletable.
pub(crate) mod accent {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_accent")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A link entity that is not soft-deletable.
pub(crate) mod spoken {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "family_spoken")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub city_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub language_id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::linked::Entity",
            from = "Column::CityId",
            to = "super::linked::Column::Id"
        )]
        City,
        #[sea_orm(
            belongs_to = "super::language::Entity",
            from = "Column::LanguageId",
            to = "super::language::Column::Id"
        )]
        Language,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
