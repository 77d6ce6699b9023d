#[automatically_derived]
impl ModelEx {
    /// Whether the row was trashed when it was read.
    #[inline]
    pub fn is_trashed(&self) -> bool {
        ::sea_orm_soft_delete::private::row_is_trashed(self)
    }
    /// The operation that trashed the row, if it was trashed when it was read.
    #[inline]
    pub fn operation(
        &self,
    ) -> ::core::option::Option<::sea_orm_soft_delete::private::OperationId> {
        ::sea_orm_soft_delete::private::row_operation(self)
    }
    /// Restores the row and returns it as it is then.
    pub fn restore<'a, C: ::sea_orm_soft_delete::private::ConnectionFor<Entity>>(
        self,
        db: &'a C,
    ) -> ::sea_orm_soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<Model, ::sea_orm_soft_delete::private::SoftDeleteError>,
    > {
        <<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Model as ::sea_orm_soft_delete::private::SoftDeleteModel>::restore(
            ::core::convert::From::from(self),
            db,
        )
    }
    /// Physically deletes the row, live or trashed.
    pub fn force_delete<'a, C: ::sea_orm_soft_delete::private::ConnectionFor<Entity>>(
        self,
        db: &'a C,
    ) -> ::sea_orm_soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            ::sea_orm_soft_delete::private::DeleteResult,
            ::sea_orm_soft_delete::private::SoftDeleteError,
        >,
    > {
        <<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Model as ::sea_orm_soft_delete::private::SoftDeleteModel>::force_delete(
            ::core::convert::From::from(self),
            db,
        )
    }
    /// Physically deletes the row if it is trashed, and refuses a live one.
    pub fn force_delete_trashed<
        'a,
        C: ::sea_orm_soft_delete::private::ConnectionFor<Entity>,
    >(
        self,
        db: &'a C,
    ) -> ::sea_orm_soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            ::sea_orm_soft_delete::private::DeleteResult,
            ::sea_orm_soft_delete::private::SoftDeleteError,
        >,
    > {
        <<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Model as ::sea_orm_soft_delete::private::SoftDeleteModel>::force_delete_trashed(
            ::core::convert::From::from(self),
            db,
        )
    }
}
#[automatically_derived]
impl ::sea_orm_soft_delete::private::SoftDeleteFamily for Entity {
    type Kind = ::sea_orm_soft_delete::private::Alone;
    fn relations() -> ::sea_orm_soft_delete::private::Vec<
        ::sea_orm_soft_delete::private::FamilyRelation,
    > {
        ::sea_orm_soft_delete::private::relations([])
    }
}
::sea_orm_soft_delete::private::submit! {
    ::sea_orm_soft_delete::private::Registration::alone:: < Entity > ()
}
