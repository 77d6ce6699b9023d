#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteEntity for Entity {
    const TELLS_OPERATIONS_APART: bool = false;
    fn soft_delete() -> ::sea_orm_soft_delete::private::SoftDeleteColumns<
        <Self as ::sea_orm_soft_delete::private::EntityTrait>::Column,
    > {
        ::sea_orm_soft_delete::private::SoftDeleteColumns::new(
            ::sea_orm_soft_delete::private::Marker::epoch_milliseconds::<
                Option<i64>,
            >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::DeletedAt),
        )
    }
}
