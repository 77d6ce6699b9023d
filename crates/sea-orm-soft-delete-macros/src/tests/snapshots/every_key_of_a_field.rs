#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteEntity for Entity {
    const TELLS_OPERATIONS_APART: bool = true;
    fn soft_delete() -> ::sea_orm_soft_delete::private::SoftDeleteColumns<
        <Self as ::sea_orm_soft_delete::private::EntityTrait>::Column,
    > {
        ::sea_orm_soft_delete::private::SoftDeleteColumns::new(
                ::sea_orm_soft_delete::private::Marker::of::<
                    Option<DateTimeUtc>,
                >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Type),
            )
            .with_operation::<
                Option<Uuid>,
            >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Operation)
            .with_deleted_by::<
                Option<i32>,
            >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Actor)
            .with_reason::<
                Option<String>,
            >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Reason)
            .with_updated_at::<
                DateTimeUtc,
            >(<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::UpdatedAt)
            .with_title(
                <Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::Name,
            )
    }
}
