#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteFamily for Entity {
    type Kind = ::sea_orm_soft_delete::private::Alone;
    fn relations() -> ::sea_orm_soft_delete::private::Vec<
        ::sea_orm_soft_delete::private::FamilyRelation,
    > {
        ::sea_orm_soft_delete::private::relations([])
    }
    fn subjects() -> ::sea_orm_soft_delete::private::Vec<
        ::sea_orm_soft_delete::private::Subject,
    > {
        ::sea_orm_soft_delete::private::subjects([
            ::sea_orm_soft_delete::private::Subject::of::<
                super::user::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::user::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::RelationTrait::def(&Relation::Author),
                ),
            ),
            ::sea_orm_soft_delete::private::Subject::of::<
                super::user::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::user::Entity,
                >::on(
                    ::sea_orm_soft_delete::private::RelationTrait::def(&Relation::Editor),
                ),
            ),
            ::sea_orm_soft_delete::private::Subject::of::<
                super::team::Entity,
            >(
                ::sea_orm_soft_delete::private::FamilyRelationTo::<
                    super::team::Entity,
                >::between::<Entity>(),
            ),
        ])
    }
}
::sea_orm_soft_delete::private::submit! {
    ::sea_orm_soft_delete::private::Registration::alone:: < Entity > ()
}
