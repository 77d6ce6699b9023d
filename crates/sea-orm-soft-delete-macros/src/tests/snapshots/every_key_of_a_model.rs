#[automatically_derived]
impl crate::db::soft_delete::private::SoftDeleteEntity for Entity {
    const TELLS_OPERATIONS_APART: bool = {
        use crate::db::soft_delete::private::Otherwise as _;
        crate::db::soft_delete::private::Ask::<Option<DateTimeUtc>>::HOLDS_INSTANT
    };
    fn soft_delete() -> crate::db::soft_delete::private::SoftDeleteColumns<
        <Self as crate::db::soft_delete::private::EntityTrait>::Column,
    > {
        crate::db::soft_delete::private::SoftDeleteColumns::new(
                crate::db::soft_delete::private::Marker::of::<
                    Option<DateTimeUtc>,
                >(
                    <Entity as crate::db::soft_delete::private::EntityTrait>::Column::DeletedAt,
                ),
            )
            .with_purge_at::<
                Option<DateTimeUtc>,
            >(<Entity as crate::db::soft_delete::private::EntityTrait>::Column::PurgeAt)
            .with_hold::<
                bool,
            >(<Entity as crate::db::soft_delete::private::EntityTrait>::Column::IsHeld)
    }
    fn retention() -> ::core::option::Option<
        crate::db::soft_delete::private::Retention,
    > {
        ::core::option::Option::Some(
            crate::db::soft_delete::private::Retention::For(
                ::core::time::Duration::from_secs(2592000u64),
            ),
        )
    }
    const RESTORE_UNTIL_DUE: bool = true;
    const IS_LOGGED: bool = true;
    fn held_with() -> crate::db::soft_delete::private::Vec<
        crate::db::soft_delete::private::HeldWith,
    > {
        crate::db::soft_delete::private::held_with([
            crate::db::soft_delete::private::HeldWith::parent::<
                super::folder::Entity,
            >(
                crate::db::soft_delete::private::FamilyRelationTo::<
                    super::folder::Entity,
                >::between::<Entity>(),
            ),
        ])
    }
}
#[automatically_derived]
impl Entity {
    /// Selects live rows.
    #[inline]
    pub fn find() -> crate::db::soft_delete::private::Select<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::find()
    }
    /// Selects the row with this primary key, if it is live.
    pub fn find_by_id<
        T: ::core::convert::Into<
                <<Self as crate::db::soft_delete::private::EntityTrait>::PrimaryKey as crate::db::soft_delete::private::PrimaryKeyTrait>::ValueType,
            >,
    >(key: T) -> crate::db::soft_delete::private::Select<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::find_by_id(key)
    }
    /// The condition that a row of this entity is live, to use in a query of your own.
    #[inline]
    pub fn is_live() -> crate::db::soft_delete::private::Expr {
        crate::db::soft_delete::private::is_live::<Self>()
    }
    /// The condition that a row of this entity is live, where it is joined under an alias.
    pub fn is_live_as(
        alias: impl crate::db::soft_delete::private::IntoIden,
    ) -> crate::db::soft_delete::private::Expr {
        crate::db::soft_delete::private::is_live_as::<Self, _>(alias)
    }
    /// The condition that a row of this entity is trashed, to use in a query of your own.
    #[inline]
    pub fn is_trashed() -> crate::db::soft_delete::private::Expr {
        crate::db::soft_delete::private::is_trashed::<Self>()
    }
    /// The condition that a row of this entity is trashed, where it is joined under an
    /// alias.
    pub fn is_trashed_as(
        alias: impl crate::db::soft_delete::private::IntoIden,
    ) -> crate::db::soft_delete::private::Expr {
        crate::db::soft_delete::private::is_trashed_as::<Self, _>(alias)
    }
    /// Selects live and trashed rows.
    #[inline]
    pub fn with_trashed() -> crate::db::soft_delete::private::Select<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::with_trashed()
    }
    /// Selects trashed rows.
    #[inline]
    pub fn only_trashed() -> crate::db::soft_delete::private::Select<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::only_trashed()
    }
    /// Selects the row with this primary key, live or trashed.
    #[inline]
    pub fn with_trashed_by_id<
        T: ::core::convert::Into<
                <<Self as crate::db::soft_delete::private::EntityTrait>::PrimaryKey as crate::db::soft_delete::private::PrimaryKeyTrait>::ValueType,
            >,
    >(key: T) -> crate::db::soft_delete::private::Select<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::with_trashed_by_id(key)
    }
    /// Selects the row with this primary key, if it is trashed.
    #[inline]
    pub fn only_trashed_by_id<
        T: ::core::convert::Into<
                <<Self as crate::db::soft_delete::private::EntityTrait>::PrimaryKey as crate::db::soft_delete::private::PrimaryKeyTrait>::ValueType,
            >,
    >(key: T) -> crate::db::soft_delete::private::Select<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::only_trashed_by_id(key)
    }
    /// Inserts a row; or, if a trashed one has its key, gives that one its values and restores
    /// it.
    pub fn insert_or_revive<
        M: crate::db::soft_delete::private::IntoActiveModel<ActiveModel>,
    >(model: M) -> crate::db::soft_delete::private::InsertByKey<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::insert_or_revive(model)
    }
    /// Inserts a row, and physically deletes the trashed rows that have its key.
    pub fn insert_or_replace_trashed<
        M: crate::db::soft_delete::private::IntoActiveModel<ActiveModel>,
    >(model: M) -> crate::db::soft_delete::private::InsertByKey<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::insert_or_replace_trashed(
            model,
        )
    }
    /// Inserts a row, unless a trashed one has its key.
    pub fn insert_unless_trashed<
        M: crate::db::soft_delete::private::IntoActiveModel<ActiveModel>,
    >(model: M) -> crate::db::soft_delete::private::InsertByKey<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::insert_unless_trashed(
            model,
        )
    }
    /// Finds the live row that has the key of this one, or inserts it.
    pub fn find_or_insert<
        M: crate::db::soft_delete::private::IntoActiveModel<ActiveModel>,
    >(model: M) -> crate::db::soft_delete::private::FindOrInsert<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::find_or_insert(model)
    }
    /// Updates one row, if it is live.
    pub fn update<A: crate::db::soft_delete::private::ActiveModelTrait<Entity = Self>>(
        model: A,
    ) -> crate::db::soft_delete::private::UpdateLiveOne<A> {
        <Self as crate::db::soft_delete::private::SoftDelete>::update(model)
    }
    /// Updates one row, live or trashed.
    #[inline]
    pub fn update_with_trashed<
        A: crate::db::soft_delete::private::ActiveModelTrait<Entity = Self>,
    >(model: A) -> crate::db::soft_delete::private::UpdateLiveOne<A> {
        <Self as crate::db::soft_delete::private::SoftDelete>::update_with_trashed(model)
    }
    /// Updates the live rows among those that match.
    #[inline]
    pub fn update_many() -> crate::db::soft_delete::private::UpdateMany<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::update_many()
    }
    /// Updates the rows that match, live or trashed.
    #[inline]
    pub fn update_many_with_trashed() -> crate::db::soft_delete::private::UpdateMany<
        Self,
    > {
        <Self as crate::db::soft_delete::private::SoftDelete>::update_many_with_trashed()
    }
    /// Soft-deletes the row that `model` names by its primary key.
    pub fn delete<A: crate::db::soft_delete::private::ActiveModelTrait<Entity = Self>>(
        model: A,
    ) -> crate::db::soft_delete::private::SoftDeleteOne<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::delete(model)
    }
    /// Soft-deletes the live rows that match; all of them, if no filter is given.
    #[inline]
    pub fn delete_many() -> crate::db::soft_delete::private::SoftDeleteMany<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::delete_many()
    }
    /// Soft-deletes the row with this primary key.
    pub fn delete_by_id<
        T: ::core::convert::Into<
                <<Self as crate::db::soft_delete::private::EntityTrait>::PrimaryKey as crate::db::soft_delete::private::PrimaryKeyTrait>::ValueType,
            >,
    >(key: T) -> crate::db::soft_delete::private::SoftDeleteOne<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::delete_by_id(key)
    }
    /// Restores the trashed rows that match; all of them, if no filter is given.
    #[inline]
    pub fn restore_many() -> crate::db::soft_delete::private::RestoreMany<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::restore_many()
    }
    /// Restores the trashed row with this primary key.
    pub fn restore_by_id<
        T: ::core::convert::Into<
                <<Self as crate::db::soft_delete::private::EntityTrait>::PrimaryKey as crate::db::soft_delete::private::PrimaryKeyTrait>::ValueType,
            >,
    >(key: T) -> crate::db::soft_delete::private::RestoreOne<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::restore_by_id(key)
    }
    /// Physically deletes the rows that match, live or trashed; all of them, if no filter
    /// is given.
    #[inline]
    pub fn force_delete_many() -> crate::db::soft_delete::private::ForceDeleteMany<
        Self,
    > {
        <Self as crate::db::soft_delete::private::SoftDelete>::force_delete_many()
    }
    /// Physically deletes the row with this primary key, live or trashed.
    pub fn force_delete_by_id<
        T: ::core::convert::Into<
                <<Self as crate::db::soft_delete::private::EntityTrait>::PrimaryKey as crate::db::soft_delete::private::PrimaryKeyTrait>::ValueType,
            >,
    >(key: T) -> crate::db::soft_delete::private::ForceDeleteOne<Self> {
        <Self as crate::db::soft_delete::private::SoftDelete>::force_delete_by_id(key)
    }
}
#[automatically_derived]
impl Model {
    /// Whether the row was trashed when it was read.
    #[inline]
    pub fn is_trashed(&self) -> bool {
        <<Entity as crate::db::soft_delete::private::EntityTrait>::Model as crate::db::soft_delete::private::SoftDeleteModel>::is_trashed(
            self,
        )
    }
    /// The operation that trashed the row, if it was trashed when it was read.
    #[inline]
    pub fn operation(
        &self,
    ) -> ::core::option::Option<crate::db::soft_delete::private::OperationId> {
        <<Entity as crate::db::soft_delete::private::EntityTrait>::Model as crate::db::soft_delete::private::SoftDeleteModel>::operation(
            self,
        )
    }
    /// Soft-deletes the row.
    pub fn delete<'a, C: crate::db::soft_delete::private::ConnectionFor<Entity>>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::DeleteResult,
            crate::db::soft_delete::private::DbErr,
        >,
    > {
        <<Entity as crate::db::soft_delete::private::EntityTrait>::Model as crate::db::soft_delete::private::SoftDeleteModel>::delete(
            self,
            db,
        )
    }
    /// Soft-deletes the row, saying who and why.
    pub fn delete_with<'a, C: crate::db::soft_delete::private::ConnectionFor<Entity>>(
        self,
        attribution: crate::db::soft_delete::private::Attribution,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::DeleteResult,
            crate::db::soft_delete::private::DbErr,
        >,
    > {
        <<Entity as crate::db::soft_delete::private::EntityTrait>::Model as crate::db::soft_delete::private::SoftDeleteModel>::delete_with(
            self,
            attribution,
            db,
        )
    }
    /// Restores the row and returns it as it is then.
    pub fn restore<'a, C: crate::db::soft_delete::private::ConnectionFor<Entity>>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<Self, crate::db::soft_delete::private::SoftDeleteError>,
    > {
        <<Entity as crate::db::soft_delete::private::EntityTrait>::Model as crate::db::soft_delete::private::SoftDeleteModel>::restore(
            self,
            db,
        )
    }
    /// Physically deletes the row, live or trashed.
    pub fn force_delete<'a, C: crate::db::soft_delete::private::ConnectionFor<Entity>>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::DeleteResult,
            crate::db::soft_delete::private::SoftDeleteError,
        >,
    > {
        <<Entity as crate::db::soft_delete::private::EntityTrait>::Model as crate::db::soft_delete::private::SoftDeleteModel>::force_delete(
            self,
            db,
        )
    }
    /// Physically deletes the row if it is trashed, and refuses a live one.
    pub fn force_delete_trashed<
        'a,
        C: crate::db::soft_delete::private::ConnectionFor<Entity>,
    >(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::DeleteResult,
            crate::db::soft_delete::private::SoftDeleteError,
        >,
    > {
        <<Entity as crate::db::soft_delete::private::EntityTrait>::Model as crate::db::soft_delete::private::SoftDeleteModel>::force_delete_trashed(
            self,
            db,
        )
    }
}
#[automatically_derived]
impl ActiveModel
where
    for<'a> Self: crate::db::soft_delete::private::RestoreBehavior,
{
    /// Whether the marker of this value says "trashed"; an unset one does not.
    #[inline]
    pub fn is_trashed(&self) -> bool {
        crate::db::soft_delete::private::SoftDeleteActiveModel::is_trashed(self)
    }
    /// Updates the row, if it is live.
    pub fn update<'a, C: crate::db::soft_delete::private::ConnectionTrait>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<Model, crate::db::soft_delete::private::DbErr>,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::update(self, db)
    }
    /// Updates the row, if it is live, without reading it back.
    pub fn update_without_returning<
        'a,
        C: crate::db::soft_delete::private::ConnectionTrait,
    >(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::UpdateResult,
            crate::db::soft_delete::private::DbErr,
        >,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::update_without_returning(
            self,
            db,
        )
    }
    /// Updates the row, live or trashed.
    #[inline]
    pub fn update_with_trashed<'a, C: crate::db::soft_delete::private::ConnectionTrait>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<Model, crate::db::soft_delete::private::DbErr>,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::update_with_trashed(
            self,
            db,
        )
    }
    /// Inserts the row if its primary key is not set, else updates it, if it is live.
    pub fn save<'a, C: crate::db::soft_delete::private::ConnectionTrait>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<Self, crate::db::soft_delete::private::DbErr>,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::save(self, db)
    }
    /// Soft-deletes the row.
    pub fn delete<'a, C: crate::db::soft_delete::private::ConnectionFor<Entity>>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::DeleteResult,
            crate::db::soft_delete::private::DbErr,
        >,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::delete(self, db)
    }
    /// Soft-deletes the row, saying who and why.
    pub fn delete_with<'a, C: crate::db::soft_delete::private::ConnectionFor<Entity>>(
        self,
        attribution: crate::db::soft_delete::private::Attribution,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::DeleteResult,
            crate::db::soft_delete::private::DbErr,
        >,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::delete_with(
            self,
            attribution,
            db,
        )
    }
    /// Restores the row; what was pending in this value still is.
    pub fn restore<'a, C: crate::db::soft_delete::private::ConnectionFor<Entity>>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<Self, crate::db::soft_delete::private::SoftDeleteError>,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::restore(self, db)
    }
    /// Physically deletes the row, live or trashed.
    pub fn force_delete<'a, C: crate::db::soft_delete::private::ConnectionFor<Entity>>(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::DeleteResult,
            crate::db::soft_delete::private::SoftDeleteError,
        >,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::force_delete(self, db)
    }
    /// Physically deletes the row if it is trashed, and refuses a live one.
    pub fn force_delete_trashed<
        'a,
        C: crate::db::soft_delete::private::ConnectionFor<Entity>,
    >(
        self,
        db: &'a C,
    ) -> crate::db::soft_delete::private::BoxFuture<
        'a,
        ::core::result::Result<
            crate::db::soft_delete::private::DeleteResult,
            crate::db::soft_delete::private::SoftDeleteError,
        >,
    > {
        crate::db::soft_delete::private::SoftDeleteActiveModel::force_delete_trashed(
            self,
            db,
        )
    }
}
#[automatically_derived]
impl crate::db::soft_delete::private::SoftDeleteFamily for Entity {
    type Kind = crate::db::soft_delete::private::Cascading;
    fn relations() -> crate::db::soft_delete::private::Vec<
        crate::db::soft_delete::private::FamilyRelation,
    > {
        crate::db::soft_delete::private::relations([])
    }
}
crate::db::soft_delete::private::submit! {
    crate ::db::soft_delete::private::Registration::of:: < Entity > ()
}
const _: () = {
    use crate::db::soft_delete::private::Otherwise as _;
    ::core::assert!(
        crate ::db::soft_delete::private::Ask:: < Entity > ::TELLS_OPERATIONS_APART,
        "the log of deletions names the operation of each row, and the marker does not say which delete trashed a row: add `#[soft_delete(operation)] pub operation_id: Option<Uuid>` to this `Model`"
    )
};
