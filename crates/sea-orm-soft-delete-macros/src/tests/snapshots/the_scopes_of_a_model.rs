const _: () = {
    #[allow(unused_imports)]
    use ::sea_orm_soft_delete::private::{ColumnTrait as _, ExprTrait as _};
    impl ::sea_orm_soft_delete::private::ScopedEntity for Entity {
        fn scopes() -> ::sea_orm_soft_delete::private::EntityScopes<Self> {
            ::sea_orm_soft_delete::private::EntityScopes::<Self>::new()
                .fixed::<Visible>(Column::State.ne("draft"))
                .required::<
                    crate::Tenant,
                    i64,
                >(
                    <Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::TenantId,
                )
                .fixed::<
                    Published,
                >(
                    ::sea_orm_soft_delete::private::ColumnTrait::eq(
                        &<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Type,
                        true,
                    ),
                )
                .fixed::<
                    Current,
                >(
                    ::sea_orm_soft_delete::private::ColumnTrait::is_null(
                        &<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Type,
                    ),
                )
        }
    }
    ::sea_orm_soft_delete::private::submit! {
        ::sea_orm_soft_delete::private::ScopesOfEntity::of:: < Entity > ()
    }
};
