#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteEntity for Entity {
    const TELLS_OPERATIONS_APART: bool = true;
    fn soft_delete() -> ::sea_orm_soft_delete::private::SoftDeleteColumns<
        <Self as ::sea_orm_soft_delete::private::EntityTrait>::Column,
    > {
        ::sea_orm_soft_delete::private::SoftDeleteColumns::new(
            ::sea_orm_soft_delete::private::Marker::sentinel::<
                DateTimeUtc,
            >(
                <Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::DeletedAt,
                ::sea_orm_soft_delete::private::timestamp(253402214400000000i64),
            ),
        )
    }
}
