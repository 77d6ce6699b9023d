//! The verbs of an entity: what to see, change, trash, bring back and destroy.

use sea_orm::{
    ActiveModelTrait, EntityTrait, PrimaryKeyTrait, QueryFilter, Select, Update, UpdateMany,
};

use crate::delete::{SoftDeleteMany, SoftDeleteOne};
use crate::entity::SoftDeleteEntity;
use crate::force_delete::{ForceDeleteMany, ForceDeleteOne};
use crate::restore::{RestoreMany, RestoreOne};
use crate::update::UpdateOne;

type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// An entity whose deletes are soft. Derive it: `#[derive(SoftDelete)]` on the model.
///
/// The derive also gives the entity an inherent function for each of these, so that
/// `note::Entity::find()` is scoped wherever it is written. The trait is for code that is
/// generic in the entity. In such code the names that SeaORM has too do not compile until it is
/// said whose is meant, so that a plain query cannot slip in:
///
/// ```
/// use sea_orm::{DbErr, ConnectionTrait, EntityTrait};
/// use sea_orm_soft_delete::SoftDelete;
///
/// async fn live_and_all<E: SoftDelete>(
///     db: &impl ConnectionTrait,
/// ) -> Result<(usize, usize), DbErr> {
///     let live = <E as SoftDelete>::find().all(db).await?; // `E::find()` would be ambiguous
///     let all = E::with_trashed().all(db).await?; // `<E as EntityTrait>::find()` is the same
///     Ok((live.len(), all.len()))
/// }
/// ```
pub trait SoftDelete: SoftDeleteEntity {
    /// Selects live rows.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."deleted_at" IS NULL
    /// ```
    fn find() -> Select<Self> {
        <Self as EntityTrait>::find().filter(Self::is_live())
    }

    /// Selects the row with this primary key, if it is live.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."id" = ? AND "note"."deleted_at" IS NULL
    /// ```
    fn find_by_id<T>(key: T) -> Select<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        <Self as EntityTrait>::find_by_id(key).filter(Self::is_live())
    }

    /// Selects live and trashed rows.
    ///
    /// ```sql
    /// SELECT … FROM "note"
    /// ```
    fn with_trashed() -> Select<Self> {
        <Self as EntityTrait>::find()
    }

    /// Selects trashed rows.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."deleted_at" IS NOT NULL
    /// ```
    fn only_trashed() -> Select<Self> {
        <Self as EntityTrait>::find().filter(Self::is_trashed())
    }

    /// Updates one row, if it is live. A trashed row is refused as SeaORM refuses a missing one.
    ///
    /// ```sql
    /// UPDATE "note" SET … WHERE "note"."id" = ? AND "note"."deleted_at" IS NULL RETURNING …
    /// ```
    fn update<A>(model: A) -> UpdateOne<A>
    where
        A: ActiveModelTrait<Entity = Self>,
    {
        UpdateOne::new(model)
    }

    /// Updates the live rows among those that match.
    ///
    /// ```sql
    /// UPDATE "note" SET … WHERE "note"."deleted_at" IS NULL AND …
    /// ```
    fn update_many() -> UpdateMany<Self> {
        Update::many(Self::default()).filter(Self::is_live())
    }

    /// Soft-deletes the row that `model` names by its primary key; no other value of it is used.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = ?, … WHERE "note"."id" = ? AND "note"."deleted_at" IS NULL
    /// ```
    fn delete<A>(model: A) -> SoftDeleteOne<Self>
    where
        A: ActiveModelTrait<Entity = Self>,
    {
        SoftDeleteOne::of(&model)
    }

    /// Soft-deletes the row with this primary key. If it is trashed already, nothing changes.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = ?, … WHERE "note"."id" = ? AND "note"."deleted_at" IS NULL
    /// ```
    fn delete_by_id<T>(key: T) -> SoftDeleteOne<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        SoftDeleteOne::by_id(key.into())
    }

    /// Soft-deletes the live rows that match. All of them, if no filter is given.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = ?, … WHERE … AND "note"."deleted_at" IS NULL
    /// ```
    fn delete_many() -> SoftDeleteMany<Self> {
        SoftDeleteMany::new()
    }

    /// Restores the trashed row with this primary key.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = NULL, … WHERE "note"."id" = ? AND "note"."deleted_at" IS NOT NULL
    /// ```
    fn restore_by_id<T>(key: T) -> RestoreOne<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        RestoreOne::by_id(key.into())
    }

    /// Restores the trashed rows that match. All of them, if no filter is given.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = NULL, … WHERE … AND "note"."deleted_at" IS NOT NULL
    /// ```
    fn restore_many() -> RestoreMany<Self> {
        RestoreMany::new()
    }

    /// Physically deletes the row with this primary key, live or trashed. It cannot be restored.
    ///
    /// ```sql
    /// DELETE FROM "note" WHERE "note"."id" = ?
    /// ```
    fn force_delete_by_id<T>(key: T) -> ForceDeleteOne<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        ForceDeleteOne::by_id(key.into())
    }

    /// Physically deletes the rows that match, live or trashed. All of them, if no filter is
    /// given; only trashed ones, if [`ForceDeleteMany::only_trashed`] is called.
    ///
    /// ```sql
    /// DELETE FROM "note" WHERE …
    /// ```
    fn force_delete_many() -> ForceDeleteMany<Self> {
        ForceDeleteMany::new()
    }
}

impl<E: SoftDeleteEntity> SoftDelete for E {}
