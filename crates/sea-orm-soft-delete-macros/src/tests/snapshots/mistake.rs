::core::compile_error! {
    "`SoftDelete` finds no marker, the column that says whether a row is trashed: add `pub deleted_at: Option<DateTimeUtc>`, or write `#[soft_delete(marker)]` above the field that is it"
}
#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteEntity for Entity {
    const TELLS_OPERATIONS_APART: bool = true;
    fn soft_delete() -> ::sea_orm_soft_delete::private::SoftDeleteColumns<
        <Self as ::sea_orm_soft_delete::private::EntityTrait>::Column,
    > {
        ::core::unimplemented!()
    }
}
#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteFamily for Entity {
    type Kind = ::sea_orm_soft_delete::private::Alone;
    fn relations() -> ::sea_orm_soft_delete::private::Vec<
        ::sea_orm_soft_delete::private::FamilyRelation,
    > {
        ::core::unimplemented!()
    }
}
