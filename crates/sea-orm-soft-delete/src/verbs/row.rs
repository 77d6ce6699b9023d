//! The verbs of one row, and their hooks: for a `Model` and an `ActiveModel`.

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ActiveValue, ConnectionTrait, DbErr, DeleteResult,
    EntityTrait, FromQueryResult, IdenStatic, IntoActiveModel, Iterable, ModelTrait, UpdateResult,
};

use crate::entity::any_entity::Typed;
use crate::entity::behavior::RestoreBehavior;
use crate::entity::key;
use crate::entity::relation::SoftDeleteFamily;
use crate::entity::{SoftDeleteEntity, is_trashed, operation_of};
use crate::error::SoftDeleteError;
use crate::family::{self, ConnectionFor};
use crate::operation::attribution::Attribution;
use crate::operation::id::OperationId;
use crate::query::BoxFuture;
use crate::verbs::delete;
use crate::verbs::force_delete::ForceDeleteOne;
use crate::verbs::restore::RestoreOne;
use crate::verbs::restore::hooks::RestoreGiven;
use crate::verbs::update::{self, UpdateLiveOne};

/// The verbs of a row that was read, for code that is generic in the model.
///
/// A model with `#[derive(SoftDelete)]` has an inherent function for each verb.
#[async_trait::async_trait]
pub trait SoftDeleteModel:
    ModelTrait<Entity: SoftDeleteEntity> + IntoActiveModel<<Self::Entity as EntityTrait>::ActiveModel>
{
    /// Whether the row was trashed when it was read.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::Entity::with_trashed_by_id(3).one(db).await?;
    /// assert!(spam.unwrap().is_trashed());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn is_trashed(&self) -> bool {
        is_trashed(self)
    }

    /// The operation that trashed the row, if the row was trashed when it was read.
    ///
    /// `None` for a trashed row means that someone trashed it by hand, and no column records when.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// note::Entity::delete_many().exec(db).await?; // two notes, in one operation
    /// let trash = note::Entity::only_trashed().order_by_asc(note::Column::Id).all(db).await?;
    /// assert_eq!(trash[0].operation(), trash[1].operation());
    /// assert_ne!(trash[0].operation(), trash[2].operation()); // it was in the trash before
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn operation(&self) -> Option<OperationId> {
        operation_of(self)
    }

    /// Soft-deletes the row; see [`SoftDeleteActiveModel::delete`].
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let milk = note::Entity::find_by_id(1).one(db).await?.unwrap();
    /// assert_eq!(milk.delete(db).await?.rows_affected, 1);
    /// assert!(note::Entity::find_by_id(1).one(db).await?.is_none());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn delete<'a, C>(self, db: &'a C) -> BoxFuture<'a, Result<DeleteResult, DbErr>>
    where
        C: ConnectionFor<Self::Entity>,
        Self: 'a,
    {
        delete(self.into_active_model(), Attribution::default(), db)
    }

    /// Soft-deletes the row, with who and why; see [`SoftDeleteActiveModel::delete_with`].
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let milk = note::Entity::find_by_id(1).one(db).await?.unwrap();
    /// milk.delete_with(Attribution::by(7).because("bought"), db).await?;
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn delete_with<'a, C>(
        self,
        attribution: Attribution,
        db: &'a C,
    ) -> BoxFuture<'a, Result<DeleteResult, DbErr>>
    where
        C: ConnectionFor<Self::Entity>,
        Self: 'a,
    {
        delete(self.into_active_model(), attribution, db)
    }

    /// Restores the row and returns the restored row.
    ///
    /// # Errors
    ///
    /// The errors of [`RestoreOne::exec`], and errors of hooks.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::Entity::only_trashed().one(db).await?.unwrap();
    /// let spam = spam.restore(db).await?;
    /// assert!(!spam.is_trashed());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    async fn restore<C: ConnectionFor<Self::Entity>>(self, db: &C) -> Result<Self, SoftDeleteError>
    where
        <Self::Entity as EntityTrait>::Model: Into<Self>,
    {
        let (_, model) = restore(self.into_active_model(), db).await?;
        Ok(model.into())
    }

    /// Physically deletes the row; see [`SoftDeleteActiveModel::force_delete`].
    fn force_delete<'a, C>(self, db: &'a C) -> BoxFuture<'a, Result<DeleteResult, SoftDeleteError>>
    where
        C: ConnectionFor<Self::Entity>,
        Self: 'a,
    {
        SoftDeleteActiveModel::force_delete(self.into_active_model(), db)
    }

    /// Physically deletes the row if it is trashed; see
    /// [`SoftDeleteActiveModel::force_delete_trashed`].
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let milk = note::Entity::find_by_id(1).one(db).await?.unwrap();
    /// let refused = milk.clone().force_delete_trashed(db).await;
    /// assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. })));
    /// milk.force_delete(db).await?; // live or not
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn force_delete_trashed<'a, C>(
        self,
        db: &'a C,
    ) -> BoxFuture<'a, Result<DeleteResult, SoftDeleteError>>
    where
        C: ConnectionFor<Self::Entity>,
        Self: 'a,
    {
        SoftDeleteActiveModel::force_delete_trashed(self.into_active_model(), db)
    }
}

impl<M> SoftDeleteModel for M where
    M: ModelTrait<Entity: SoftDeleteEntity>
        + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>
{
}

/// The verbs of an active model, for code that is generic in the active model.
///
/// The active model of a model with `#[derive(SoftDelete)]` has an inherent function for each verb.
#[async_trait::async_trait]
pub trait SoftDeleteActiveModel:
    ActiveModelBehavior + RestoreBehavior + ActiveModelTrait<Entity: SoftDeleteEntity> + Send
{
    /// Whether the marker of this value is set to "trashed". An unset marker counts as live.
    fn is_trashed(&self) -> bool {
        let marker = Self::Entity::soft_delete().marker();
        match self.get(marker.column()) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => marker.says_trashed(&value),
            ActiveValue::NotSet => false,
        }
    }

    /// Soft-deletes the row, between the hooks `before_delete` and `after_delete`.
    ///
    /// The delete writes only the marker and its companion columns, and no change that is pending in
    /// this value. The result has 1 row, or 0 if there is no such live row. If `before_delete` fails,
    /// nothing changes.
    ///
    /// # Errors
    ///
    /// The errors of [`SoftDeleteOne::exec`](crate::builders::SoftDeleteOne::exec), and errors of hooks.
    fn delete<'a, C>(self, db: &'a C) -> BoxFuture<'a, Result<DeleteResult, DbErr>>
    where
        C: ConnectionFor<Self::Entity>,
        Self: 'a,
    {
        delete(self, Attribution::default(), db)
    }

    /// Soft-deletes the row, with who and why. `Attribution::default()` gives neither.
    ///
    /// # Errors
    ///
    /// The errors of [`delete`](Self::delete).
    fn delete_with<'a, C>(
        self,
        attribution: Attribution,
        db: &'a C,
    ) -> BoxFuture<'a, Result<DeleteResult, DbErr>>
    where
        C: ConnectionFor<Self::Entity>,
        Self: 'a,
    {
        delete(self, attribution, db)
    }

    /// Restores the row, between the hooks `before_restore` and `after_restore`.
    ///
    /// The values that `before_restore` sets are written too, in the same transaction. Returns the
    /// restored row; changes that were pending in this value stay pending.
    ///
    /// # Errors
    ///
    /// The errors of [`RestoreOne::exec`], and errors of hooks.
    async fn restore<C: ConnectionFor<Self::Entity>>(self, db: &C) -> Result<Self, SoftDeleteError>
    where
        <Self::Entity as EntityTrait>::Model: IntoActiveModel<Self>,
    {
        let (pending, model) = restore(self, db).await?;
        let mut restored: Self = model.into_active_model();
        let columns = Self::Entity::soft_delete();
        for column in <<Self::Entity as EntityTrait>::Column as Iterable>::iter() {
            let is_stamp = columns
                .written()
                .any(|stamp| stamp.as_str() == column.as_str());
            if let (false, ActiveValue::Set(value)) = (is_stamp, pending.get(column)) {
                restored.set_if_not_equals(column, value);
            }
        }
        Ok(restored)
    }

    /// Physically deletes the row, live or trashed, between the hooks `before_delete` and
    /// `after_delete`.
    ///
    /// # Errors
    ///
    /// The errors of [`ForceDeleteOne::exec`], and errors of hooks.
    async fn force_delete<C: ConnectionFor<Self::Entity>>(
        self,
        db: &C,
    ) -> Result<DeleteResult, SoftDeleteError> {
        force_delete(self, ForceDeleteOne::of, db).await
    }

    /// Physically deletes the row if it is trashed, and fails if it is live.
    ///
    /// # Errors
    ///
    /// The errors of [`ForceDeleteOne::exec`], and errors of hooks.
    async fn force_delete_trashed<C: ConnectionFor<Self::Entity>>(
        self,
        db: &C,
    ) -> Result<DeleteResult, SoftDeleteError> {
        force_delete(self, |model| ForceDeleteOne::of(model).only_trashed(), db).await
    }

    /// Updates the row, if it is live, between the hooks `before_save` and `after_save`.
    ///
    /// # Errors
    ///
    /// The errors of [`UpdateLiveOne::exec`], and errors of hooks.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let mut bread = note::Entity::find_by_id(2).one(db).await?.unwrap().into_active_model();
    /// note::Entity::delete_by_id(2).exec(db).await?; // meanwhile, somebody else
    /// bread.title = Set("Rolls".into());
    /// assert!(matches!(bread.update(db).await, Err(DbErr::RecordNotUpdated)));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    async fn update<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> Result<<Self::Entity as EntityTrait>::Model, DbErr>
    where
        <Self::Entity as EntityTrait>::Model: IntoActiveModel<Self>,
    {
        let model = self.before_save(db, false).await?;
        let writing = update::write_live(&model, db);
        drop(model);
        let row = writing.await?;
        let model = FromQueryResult::from_query_result(&row, "")?;
        Self::after_save(model, db, false).await
    }

    /// Updates the row, if it is live, without reading it back.
    ///
    /// # Errors
    ///
    /// The errors of [`UpdateLiveOne::exec_without_returning`], and errors of `before_save`.
    async fn update_without_returning<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> Result<UpdateResult, DbErr> {
        let model = self.before_save(db, false).await?;
        UpdateLiveOne::new(&model).exec_without_returning(db).await
    }

    /// Updates the row, live or trashed, between the hooks `before_save` and `after_save`. A trashed row stays trashed.
    ///
    /// # Errors
    ///
    /// The errors of [`UpdateLiveOne::exec`], and errors of hooks.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::Entity::only_trashed_by_id(3).one(db).await?.unwrap();
    /// let ham = note::ActiveModel { title: Set("Ham".into()), ..spam.into_active_model() };
    /// let ham = ham.update_with_trashed(db).await?;
    /// assert!(ham.is_trashed());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    async fn update_with_trashed<C: ConnectionTrait>(
        self,
        db: &C,
    ) -> Result<<Self::Entity as EntityTrait>::Model, DbErr>
    where
        <Self::Entity as EntityTrait>::Model: IntoActiveModel<Self>,
    {
        let model = self.before_save(db, false).await?;
        let model = UpdateLiveOne::with_trashed(&model).exec(db).await?;
        Self::after_save(model, db, false).await
    }

    /// Inserts the row if its primary key is not set. Otherwise updates the row, if it is live.
    ///
    /// # Errors
    ///
    /// The errors of SeaORM's insert, or of [`update`](Self::update).
    async fn save<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr>
    where
        <Self::Entity as EntityTrait>::Model: IntoActiveModel<Self>,
    {
        let saved = if self.is_update() {
            SoftDeleteActiveModel::update(self, db).await
        } else {
            ActiveModelTrait::insert(self, db).await
        };
        Ok(saved?.into_active_model())
    }
}

impl<A> SoftDeleteActiveModel for A where
    A: ActiveModelBehavior + RestoreBehavior + ActiveModelTrait<Entity: SoftDeleteEntity> + Send
{
}

/// Soft-deletes the row between its hooks. The verbs of a model and of an active model hand out its future as it is, so
/// that the compiler does not make another for each.
fn delete<'a, A, C>(
    model: A,
    attribution: Attribution,
    db: &'a C,
) -> BoxFuture<'a, Result<DeleteResult, DbErr>>
where
    A: ActiveModelBehavior + ActiveModelTrait<Entity: SoftDeleteEntity> + Send + 'a,
    C: ConnectionFor<A::Entity>,
{
    type Kind<A> = <<A as ActiveModelTrait>::Entity as SoftDeleteFamily>::Kind;
    Box::pin(async move {
        let model = model.before_delete(db).await?;
        let key = key::of_model(&model);
        let row = delete::row(Typed::<A::Entity>::SOFT, key.as_ref(), attribution)?;
        let deleted = delete::exec::<Kind<A>, C>(row, db).await?;
        model.after_delete(db).await?;
        Ok(deleted)
    })
}

/// Restores the row between its hooks; also returns the value that `before_restore` returned.
async fn restore<A, C>(
    model: A,
    db: &C,
) -> Result<(A, <A::Entity as EntityTrait>::Model), SoftDeleteError>
where
    A: RestoreBehavior + ActiveModelTrait<Entity: SoftDeleteEntity> + Send,
    C: ConnectionFor<A::Entity>,
{
    if A::IS_EMPTY {
        let restored = RestoreOne::of(&model).exec(db).await?;
        return Ok((model, restored));
    }
    family::run::<A::Entity, C, _>(db, RestoreGiven(model)).await
}

async fn force_delete<A, C>(
    model: A,
    delete: impl FnOnce(&A) -> ForceDeleteOne<A::Entity>,
    db: &C,
) -> Result<DeleteResult, SoftDeleteError>
where
    A: ActiveModelBehavior + ActiveModelTrait<Entity: SoftDeleteEntity> + Send,
    C: ConnectionFor<A::Entity>,
{
    let model = model.before_delete(db).await?;
    let deleted = delete(&model).exec(db).await?;
    model.after_delete(db).await?;
    Ok(deleted)
}
