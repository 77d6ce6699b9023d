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
            ::sea_orm_soft_delete::private::FamilyRelation::keep::<
                super::file::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::file::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::RelationTrait::def(&Relation::Drafts),
                ),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::restrict::<
                super::file::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::file::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::RelationTrait::def(&Relation::File),
                ),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::keep::<
                super::image::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::image::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::reverse_of(
                        &super::image::Relation::Cover,
                    ),
                ),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::cascade::<
                super::post_tag::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::post_tag::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::reverse_of_related::<
                        super::post_tag::Entity,
                        Entity,
                    >(),
                ),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::cascade::<
                super::post_topic::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::post_topic::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::reverse_of(
                        &super::post_topic::Relation::Article,
                    ),
                ),
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
            ::sea_orm_soft_delete::private::FamilyRelation::cascade::<
                super::link::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::link::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::self_via::<
                        Entity,
                        super::link::Entity,
                    >(),
                ),
            ),
            ::sea_orm_soft_delete::private::FamilyRelation::cascade::<
                super::link::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::link::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::self_via_reverse::<
                        Entity,
                        super::link::Entity,
                    >(),
                ),
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
        ::sea_orm_soft_delete::private::Ask:: < super::post_tag::Entity >
        ::TELLS_OPERATIONS_APART,
        "a delete cascades to `super::post_tag::Entity`, and its marker does not say which delete trashed a row: add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to its `Model`"
    )
};
const _: () = {
    use ::sea_orm_soft_delete::private::Otherwise as _;
    ::core::assert!(
        ::sea_orm_soft_delete::private::Ask:: < super::post_topic::Entity >
        ::TELLS_OPERATIONS_APART,
        "a delete cascades to `super::post_topic::Entity`, and its marker does not say which delete trashed a row: add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to its `Model`"
    )
};
const _: () = {
    use ::sea_orm_soft_delete::private::Otherwise as _;
    ::core::assert!(
        ::sea_orm_soft_delete::private::Ask:: < super::link::Entity >
        ::TELLS_OPERATIONS_APART,
        "a delete cascades to `super::link::Entity`, and its marker does not say which delete trashed a row: add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to its `Model`"
    )
};
const _: () = {
    use ::sea_orm_soft_delete::private::Otherwise as _;
    ::core::assert!(
        ::sea_orm_soft_delete::private::Ask:: < super::link::Entity >
        ::TELLS_OPERATIONS_APART,
        "a delete cascades to `super::link::Entity`, and its marker does not say which delete trashed a row: add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to its `Model`"
    )
};
