#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteFamily for Entity {
    type Kind = ::sea_orm_soft_delete::private::Cascading;
    fn relations() -> ::sea_orm_soft_delete::private::Vec<
        ::sea_orm_soft_delete::private::FamilyRelation,
    > {
        ::sea_orm_soft_delete::private::relations([])
    }
    fn counted_in() -> ::sea_orm_soft_delete::private::Vec<
        ::sea_orm_soft_delete::private::CountedIn,
    > {
        ::sea_orm_soft_delete::private::counted_in([
            ::sea_orm_soft_delete::private::CountedIn::parent::<
                super::user::Entity,
            >(
                    ::sea_orm_soft_delete::private::FamilyRelationTo::<
                        super::user::Entity,
                    >::on(
                        ::sea_orm_soft_delete::private::RelationTrait::def(
                            &Relation::Author,
                        ),
                    ),
                )
                .live::<
                    super::user::Entity,
                >(
                    <super::user::Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::NoteCount,
                ),
            ::sea_orm_soft_delete::private::CountedIn::parent::<
                super::folder::Entity,
            >(
                    ::sea_orm_soft_delete::private::FamilyRelationTo::<
                        super::folder::Entity,
                    >::between::<Entity>(),
                )
                .live::<
                    super::folder::Entity,
                >(
                    <super::folder::Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::NoteCount,
                )
                .trashed::<
                    super::folder::Entity,
                >(
                    <super::folder::Entity as ::sea_orm_soft_delete::private::EntityTrait>::Column::TrashedCount,
                ),
        ])
    }
}
::sea_orm_soft_delete::private::submit! {
    ::sea_orm_soft_delete::private::Registration::of:: < Entity > ()
}
const _: () = {
    use ::sea_orm_soft_delete::private::Otherwise as _;
    ::core::assert!(
        ::sea_orm_soft_delete::private::Ask:: < Entity > ::TELLS_OPERATIONS_APART,
        "a counter counts the rows of one delete, and the marker does not say which delete trashed a row: add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to this `Model`"
    )
};
