#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteFamily for Entity {
    type Kind = ::sea_orm_soft_delete::private::Cascading;
    fn relations() -> ::sea_orm_soft_delete::private::Vec<
        ::sea_orm_soft_delete::private::FamilyRelation,
    > {
        ::sea_orm_soft_delete::private::relations([
            ::sea_orm_soft_delete::private::FamilyRelation::cascade::<
                super::comment::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::comment::Entity,
                >::between::<Entity>(),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::cascade::<
                Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    Entity,
                >::on(
                    ::sea_orm_soft_delete::private::RelationTrait::def(
                        &Relation::Children,
                    ),
                ),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::restrict::<
                super::invoice::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::invoice::Entity,
                >::between::<Entity>(),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::destroy::<
                super::view::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::view::Entity,
                >::on(views()),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::keep::<
                super::log::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::log::Entity,
                >::between::<Entity>(),
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
        "a delete of this entity acts on `super::comment::Entity`, and the marker of this one does not say which delete trashed a row: add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to this `Model`"
    )
};
const _: () = {
    use ::sea_orm_soft_delete::private::Otherwise as _;
    ::core::assert!(
        ::sea_orm_soft_delete::private::Ask:: < super::comment::Entity >
        ::TELLS_OPERATIONS_APART,
        "a delete cascades to `super::comment::Entity`, and its marker does not say which delete trashed a row: add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to its `Model`"
    )
};
const _: () = {
    use ::sea_orm_soft_delete::private::Otherwise as _;
    ::core::assert!(
        ! ::sea_orm_soft_delete::private::Ask:: < super::view::Entity >
        ::IS_SOFT_DELETABLE,
        "`super::view::Entity` is soft-deletable, and `destroy` removes rows for good: write `cascade` to trash them, or `keep` to leave them"
    )
};
