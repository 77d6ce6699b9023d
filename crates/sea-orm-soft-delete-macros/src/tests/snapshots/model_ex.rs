#[automatically_derived]
impl ModelEx {
    /// Whether the row was trashed when it was read.
    pub fn is_trashed(&self) -> bool {
        let marker = <Entity as ::sea_orm_soft_delete::private::SoftDeleteEntity>::soft_delete()
            .marker();
        marker
            .says_trashed(
                &::sea_orm_soft_delete::private::ModelTrait::get(self, marker.column()),
            )
    }
    /// Restores the row and returns it as it is then.
    pub async fn restore<C: ::sea_orm_soft_delete::private::ConnectionTrait>(
        self,
        db: &C,
    ) -> ::core::result::Result<Model, ::sea_orm_soft_delete::private::SoftDeleteError> {
        <<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Model as ::sea_orm_soft_delete::private::SoftDeleteModel>::restore(
                ::core::convert::From::from(self),
                db,
            )
            .await
    }
    /// Physically deletes the row, live or trashed.
    pub async fn force_delete<C: ::sea_orm_soft_delete::private::ConnectionTrait>(
        self,
        db: &C,
    ) -> ::core::result::Result<
        ::sea_orm_soft_delete::private::DeleteResult,
        ::sea_orm_soft_delete::private::SoftDeleteError,
    > {
        <<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Model as ::sea_orm_soft_delete::private::SoftDeleteModel>::force_delete(
                ::core::convert::From::from(self),
                db,
            )
            .await
    }
    /// Physically deletes the row if it is trashed, and refuses a live one.
    pub async fn force_delete_trashed<
        C: ::sea_orm_soft_delete::private::ConnectionTrait,
    >(
        self,
        db: &C,
    ) -> ::core::result::Result<
        ::sea_orm_soft_delete::private::DeleteResult,
        ::sea_orm_soft_delete::private::SoftDeleteError,
    > {
        <<Entity as ::sea_orm_soft_delete::private::EntityTrait>::Model as ::sea_orm_soft_delete::private::SoftDeleteModel>::force_delete_trashed(
                ::core::convert::From::from(self),
                db,
            )
            .await
    }
}
