#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteEntity for Entity {
    const TELLS_OPERATIONS_APART: bool = {
        use ::sea_orm_soft_delete::private::Otherwise as _;
        ::sea_orm_soft_delete::private::Ask::<Option<DateTimeUtc>>::HOLDS_INSTANT
    };
    fn soft_delete() -> ::sea_orm_soft_delete::private::SoftDeleteColumns<
        <Self as ::sea_orm_soft_delete::private::EntityTrait>::Column,
    > {
        ::sea_orm_soft_delete::private::SoftDeleteColumns::new(
            ::sea_orm_soft_delete::private::Marker::of::<
                Option<DateTimeUtc>,
            >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::DeletedAt),
        )
    }
    fn erasure() -> ::sea_orm_soft_delete::private::ErasureRules {
        ::sea_orm_soft_delete::private::ErasureRules::new()
            .null::<
                Option<String>,
            >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Phone)
            .literal::<
                String,
            >(
                <Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Email,
                "{key}@removed.invalid",
            )
            .literal::<
                i32,
            >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Age, "-1")
            .with::<
                String,
                _,
            >(
                <Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Name,
                pseudonym,
            )
    }
}
