//! The verbs of an entity: they read, change, trash, restore and remove rows.

pub(crate) mod delete;
pub(crate) mod force_delete;
pub(crate) mod held;
pub(crate) mod holders;
pub(crate) mod insert;
mod one_and_many;
pub(crate) mod restore;
pub(crate) mod row;
pub(crate) mod row_count;
pub(crate) mod update;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbBackend, EntityTrait, IntoActiveModel, PrimaryKeyTrait,
    QueryFilter, Select, Update, UpdateMany,
};

use crate::entity::SoftDeleteEntity;
use crate::entity::marker::MarkerStorage;
use crate::entity::scope_comment;
use crate::operation::timestamp::Timestamp;
use crate::query::stamp;
use crate::query::text_instant;
use crate::verbs::delete::{SoftDeleteMany, SoftDeleteOne};
use crate::verbs::force_delete::{ForceDeleteMany, ForceDeleteOne};
use crate::verbs::insert::InsertByKey;
use crate::verbs::insert::find_or_insert::FindOrInsert;
use crate::verbs::restore::{RestoreMany, RestoreOne};
use crate::verbs::update::UpdateLiveOne;

type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// An entity whose deletes are soft. Derive it: `#[derive(SoftDelete)]` on the model.
///
/// The derive also gives the entity an inherent function for each verb, so that `note::Entity::find()`
/// is scoped wherever it is written. The trait serves code that is generic in the entity. There, a name
/// that SeaORM has too is ambiguous and does not compile until the code names the trait, so no plain
/// query slips in:
///
/// ```
/// use sea_orm::{DbErr, ConnectionTrait, EntityTrait, Select};
/// use sea_orm_soft_delete::SoftDelete;
///
/// async fn live_and_all<E: SoftDelete>(
///     db: &impl ConnectionTrait,
/// ) -> Result<(usize, usize), DbErr> {
///     let live = <E as SoftDelete>::find().all(db).await?; // `E::find()` would be ambiguous
///     let all = E::with_trashed().all(db).await?; // `<E as EntityTrait>::find()` is the same
///     Ok((live.len(), all.len()))
/// }
///
/// trait Listed: SoftDelete {
///     fn list() -> Select<Self> {
///         <Self as SoftDelete>::find() // `Self::find()` would be ambiguous here, too
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not soft-deletable",
    label = "not soft-deletable",
    note = "add `SoftDelete` to the derives of its `Model`, beside `DeriveEntityModel`"
)]
pub trait SoftDelete: SoftDeleteEntity {
    /// Selects live rows.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."deleted_at" IS NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let live = note::Entity::find().order_by_asc(note::Column::Id).all(db).await?;
    /// assert_eq!(live[0].title, "Milk");
    /// assert_eq!(live.len(), 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn find() -> Select<Self> {
        <Self as EntityTrait>::find().filter(Self::is_live())
    }

    /// Selects the row with this primary key, if it is live.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."id" = ? AND "note"."deleted_at" IS NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// assert!(note::Entity::find_by_id(1).one(db).await?.is_some());
    /// assert!(note::Entity::find_by_id(3).one(db).await?.is_none()); // it is trashed
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
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
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// assert_eq!(note::Entity::with_trashed().count(db).await?, 3);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn with_trashed() -> Select<Self> {
        <Self as EntityTrait>::find().filter(scope_comment::with_trashed::<Self>())
    }

    /// Selects trashed rows.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."deleted_at" IS NOT NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let trash = note::Entity::only_trashed().all(db).await?;
    /// assert_eq!(trash[0].title, "Spam");
    /// assert_eq!(trash[0].deleted_by, Some(7));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn only_trashed() -> Select<Self> {
        Self::with_trashed().filter(Self::is_trashed())
    }

    /// Selects the row with this primary key, live or trashed.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."id" = ?
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::Entity::with_trashed_by_id(3).one(db).await?.unwrap();
    /// assert!(spam.is_trashed());
    /// let milk = note::Entity::with_trashed_by_id(1).one(db).await?.unwrap();
    /// assert!(!milk.is_trashed());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn with_trashed_by_id<T>(key: T) -> Select<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        <Self as EntityTrait>::find_by_id(key).filter(scope_comment::with_trashed::<Self>())
    }

    /// Selects the row with this primary key, if it is trashed.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."id" = ? AND "note"."deleted_at" IS NOT NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::Entity::only_trashed_by_id(3).one(db).await?.unwrap();
    /// assert_eq!(spam.title, "Spam");
    /// assert!(note::Entity::only_trashed_by_id(1).one(db).await?.is_none()); // it is live
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn only_trashed_by_id<T>(key: T) -> Select<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        Self::with_trashed_by_id(key).filter(Self::is_trashed())
    }

    /// Inserts a row. If a trashed row has the same key, gives the trashed row the new values and
    /// restores it.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."title" = ? AND "note"."deleted_at" IS NULL LIMIT 1
    /// SELECT … FROM "note" WHERE "note"."title" = ? AND "note"."deleted_at" IS NOT NULL ORDER BY … LIMIT 1
    /// SELECT … FROM "note" WHERE "note"."id" = ? AND "note"."title" = ? FOR UPDATE
    /// UPDATE "note" SET … WHERE "note"."id" = ? AND "note"."deleted_at" IS NOT NULL
    /// UPDATE "note" SET "deleted_at" = NULL, … WHERE "note"."id" = ? AND "note"."deleted_at" IS NOT NULL
    /// ```
    ///
    /// Columns that are not set keep the values of the trashed row, and the primary key stays; the
    /// columns that describe the delete are cleared as by a restore. **The row is the old one**, with
    /// all rows that belong to it: set every column whose old value the new row must not take over. If
    /// several trashed rows have the key, the row that was trashed last is revived, and the others stay
    /// trashed.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # use sea_orm_soft_delete::Inserted;
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::ActiveModel { title: Set("Spam".into()), ..Default::default() };
    /// let insert = note::Entity::insert_or_revive(spam).by([note::Column::Title]);
    /// let Inserted::Revived(spam) = insert.clone().exec(db).await? else { panic!("it was trashed") };
    /// assert_eq!((spam.id, spam.deleted_by), (3, None));
    ///
    /// let refused = insert.exec(db).await; // it is live now
    /// assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { key, .. }) if key == "id = 3"));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn insert_or_revive<M>(model: M) -> InsertByKey<Self>
    where
        M: IntoActiveModel<Self::ActiveModel>,
    {
        InsertByKey::or_revive(model)
    }

    /// Inserts a row, and physically deletes the trashed rows that have the same key. They cannot be
    /// restored.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."title" = ? AND "note"."deleted_at" IS NULL LIMIT 1
    /// SELECT … FROM "note" WHERE "note"."title" = ? AND "note"."deleted_at" IS NOT NULL
    /// SELECT … FROM "note" WHERE "note"."id" = ? AND "note"."title" = ? FOR UPDATE
    /// DELETE FROM "note" WHERE "note"."id" = ? AND "note"."deleted_at" IS NOT NULL
    /// INSERT INTO "note" …
    /// ```
    ///
    /// All trashed rows with the key are deleted, even where a unique index would let them stay. If the
    /// entity [cascades](crate::describe::SoftDeleteFamily), their children are deleted too.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # use sea_orm_soft_delete::Inserted;
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::ActiveModel { title: Set("Spam".into()), ..Default::default() };
    /// let insert = note::Entity::insert_or_replace_trashed(spam).by([note::Column::Title]);
    /// assert!(matches!(insert.exec(db).await?, Inserted::Replaced(_)));
    /// assert_eq!(note::Entity::only_trashed().count(db).await?, 0);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn insert_or_replace_trashed<M>(model: M) -> InsertByKey<Self>
    where
        M: IntoActiveModel<Self::ActiveModel>,
    {
        InsertByKey::or_replace_trashed(model)
    }

    /// Inserts a row, unless a trashed row has the same key. In that case the error names the trashed
    /// row.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."title" = ? AND "note"."deleted_at" IS NULL LIMIT 1
    /// SELECT … FROM "note" WHERE "note"."title" = ? AND "note"."deleted_at" IS NOT NULL ORDER BY … LIMIT 1
    /// INSERT INTO "note" …
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::ActiveModel { title: Set("Spam".into()), ..Default::default() };
    /// let refused = note::Entity::insert_unless_trashed(spam)
    ///     .by([note::Column::Title])
    ///     .exec(db)
    ///     .await;
    /// assert!(matches!(refused, Err(SoftDeleteError::KeyTrashed { key, .. }) if key == "id = 3"));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn insert_unless_trashed<M>(model: M) -> InsertByKey<Self>
    where
        M: IntoActiveModel<Self::ActiveModel>,
    {
        InsertByKey::unless_trashed(model)
    }

    /// Finds the live row that has the same key, or inserts the row.
    ///
    /// ```sql
    /// SELECT … FROM "note" WHERE "note"."title" = ? AND "note"."deleted_at" IS NULL LIMIT 1
    /// INSERT INTO "note" …
    /// ```
    ///
    /// Trashed rows do not count: the new row is inserted beside them.
    /// [`with_trashed`](FindOrInsert::with_trashed) finds a trashed row and leaves it trashed, and
    /// [`or_revive`](FindOrInsert::or_revive) restores it.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # use sea_orm_soft_delete::FoundOrInserted;
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// for (title, id) in [("Milk", 1), ("Spam", 4)] {
    ///     let new = note::ActiveModel { title: Set(title.into()), ..Default::default() };
    ///     let note = note::Entity::find_or_insert(new).by([note::Column::Title]).exec(db).await?;
    ///     assert_eq!(note.model().id, id);
    ///     assert_eq!(matches!(note, FoundOrInserted::Found(_)), title == "Milk");
    /// }
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn find_or_insert<M>(model: M) -> FindOrInsert<Self>
    where
        M: IntoActiveModel<Self::ActiveModel>,
    {
        FindOrInsert::new(model)
    }

    /// Updates one row, if it is live. For a trashed row, the error is SeaORM's error for a missing
    /// row.
    ///
    /// ```sql
    /// UPDATE "note" SET … WHERE "note"."id" = ? AND "note"."deleted_at" IS NULL RETURNING …
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let renamed = note::ActiveModel { id: Set(3), title: Set("Ham".into()), ..Default::default() };
    /// let refused = note::Entity::update(renamed).exec(db).await; // note 3 is trashed
    /// assert!(matches!(refused, Err(DbErr::RecordNotUpdated)));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn update<A>(model: A) -> UpdateLiveOne<A>
    where
        A: ActiveModelTrait<Entity = Self>,
    {
        UpdateLiveOne::new(&model)
    }

    /// Updates one row, live or trashed. A trashed row stays trashed.
    ///
    /// ```sql
    /// UPDATE "note" SET … WHERE "note"."id" = ? RETURNING …
    /// ```
    ///
    /// It restores nothing: a model that sets the marker to "live" reaches a live row only. Use
    /// [`restore_by_id`](Self::restore_by_id), which also checks the parents of the row, and restores its children.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let renamed = note::ActiveModel { id: Set(3), title: Set("Ham".into()), ..Default::default() };
    /// let ham = note::Entity::update_with_trashed(renamed).exec(db).await?; // note 3 is trashed
    /// assert_eq!((ham.title.as_str(), ham.is_trashed()), ("Ham", true));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn update_with_trashed<A>(model: A) -> UpdateLiveOne<A>
    where
        A: ActiveModelTrait<Entity = Self>,
    {
        UpdateLiveOne::with_trashed(&model)
    }

    /// Updates the live rows that match.
    ///
    /// ```sql
    /// UPDATE "note" SET … WHERE "note"."deleted_at" IS NULL AND …
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let updated = note::Entity::update_many()
    ///     .col_expr(note::Column::Title, Expr::value("Done"))
    ///     .exec(db)
    ///     .await?;
    /// assert_eq!(updated.rows_affected, 2); // and the trashed one is as it was
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn update_many() -> UpdateMany<Self> {
        Update::many(Self::default()).filter(Self::is_live())
    }

    /// Updates the rows that match, live or trashed. Trashed rows stay trashed.
    ///
    /// ```sql
    /// UPDATE "note" SET … WHERE …
    /// ```
    ///
    /// For trashed rows only, add `.filter(note::Entity::is_trashed())`. Do not restore rows by it: use
    /// [`restore_many`](Self::restore_many), which also checks the parents of the rows, and restores their children.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let title = || Expr::value("Done");
    /// let all = note::Entity::update_many_with_trashed().col_expr(note::Column::Title, title());
    /// assert_eq!(all.exec(db).await?.rows_affected, 3);
    ///
    /// let trash = note::Entity::update_many_with_trashed()
    ///     .col_expr(note::Column::Title, title())
    ///     .filter(note::Entity::is_trashed());
    /// assert_eq!(trash.exec(db).await?.rows_affected, 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn update_many_with_trashed() -> UpdateMany<Self> {
        Update::many(Self::default()).filter(scope_comment::with_trashed::<Self>())
    }

    /// Soft-deletes the row that `model` identifies by its primary key. No other value of `model` is
    /// used.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = ?, … WHERE "note"."id" = ? AND "note"."deleted_at" IS NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let milk = note::Entity::find_by_id(1).one(db).await?.unwrap();
    /// let deleted = note::Entity::delete(milk.into_active_model())
    ///     .by(7)
    ///     .because("bought")
    ///     .exec_with_returning(db)
    ///     .await?
    ///     .unwrap();
    /// assert_eq!(deleted.reason.as_deref(), Some("bought"));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
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
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// assert_eq!(note::Entity::delete_by_id(1).exec(db).await?.rows_affected, 1);
    /// assert_eq!(note::Entity::delete_by_id(1).exec(db).await?.rows_affected, 0); // trashed already
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn delete_by_id<T>(key: T) -> SoftDeleteOne<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        SoftDeleteOne::by_id(key.into())
    }

    /// Soft-deletes the live rows that match: all of them, if there is no filter.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = ?, … WHERE … AND "note"."deleted_at" IS NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let deleted = note::Entity::delete_many()
    ///     .filter(note::Column::Title.starts_with("M"))
    ///     .exec(db)
    ///     .await?;
    /// assert_eq!(deleted.rows_affected, 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn delete_many() -> SoftDeleteMany<Self> {
        SoftDeleteMany::new()
    }

    /// Restores the trashed row with this primary key.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = NULL, … WHERE "note"."id" = ? AND "note"."deleted_at" IS NOT NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let spam = note::Entity::restore_by_id(3).exec(db).await?;
    /// assert_eq!((spam.deleted_at, spam.deleted_by), (None, None));
    ///
    /// let refused = note::Entity::restore_by_id(1).exec(db).await; // note 1 is live
    /// assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. })));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn restore_by_id<T>(key: T) -> RestoreOne<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        RestoreOne::by_id(key.into())
    }

    /// Restores the trashed rows that match: all of them, if there is no filter.
    ///
    /// ```sql
    /// UPDATE "note" SET "deleted_at" = NULL, … WHERE … AND "note"."deleted_at" IS NOT NULL
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let deleted = note::Entity::delete_by_id(1).exec_with_returning(db).await?.unwrap();
    /// let restored = note::Entity::restore_many()
    ///     .filter(note::Column::OperationId.eq(deleted.operation_id)) // what one call trashed
    ///     .exec(db)
    ///     .await?;
    /// assert_eq!(restored.rows_affected, 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn restore_many() -> RestoreMany<Self> {
        RestoreMany::new()
    }

    /// Physically deletes the row with this primary key, live or trashed. It cannot be restored.
    ///
    /// ```sql
    /// DELETE FROM "note" WHERE "note"."id" = ?
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let refused = note::Entity::force_delete_by_id(1).only_trashed().exec(db).await;
    /// assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. }))); // note 1 is live
    ///
    /// assert_eq!(note::Entity::force_delete_by_id(1).exec(db).await?.rows_affected, 1);
    /// assert_eq!(note::Entity::with_trashed().count(db).await?, 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn force_delete_by_id<T>(key: T) -> ForceDeleteOne<Self>
    where
        T: Into<KeyOf<Self>>,
    {
        ForceDeleteOne::by_id(key.into())
    }

    /// Physically deletes the rows that match, live or trashed: all of them, if there is no filter.
    /// After [`ForceDeleteMany::only_trashed`], deletes only trashed rows.
    ///
    /// ```sql
    /// DELETE FROM "note" WHERE …
    /// ```
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// note::Entity::force_delete_many().only_trashed().exec(db).await?; // empties the trash
    /// assert_eq!(note::Entity::with_trashed().count(db).await?, 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn force_delete_many() -> ForceDeleteMany<Self> {
        ForceDeleteMany::new()
    }

    /// The predicate that a row was trashed before this instant, for a purge. Returns `None` if the
    /// marker is a `bool`, which holds no instant.
    ///
    /// SQLite keeps date-times as text, and may hold values that a statement by hand wrote as
    /// `datetime('now')`. A comparison with a bound value takes a row with that spelling for up to a
    /// day older than it is. This predicate reads every spelling, and uses an index on the marker as
    /// far as possible.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let month = std::time::Duration::from_secs(30 * 86_400);
    /// let cutoff = Clock::current().now().checked_sub(month).expect("an instant");
    /// let old = note::Entity::is_trashed_before(cutoff, db.get_database_backend());
    /// let old = old.expect("the marker is a date-time");
    /// note::Entity::force_delete_many().filter(old).exec(db).await?;
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    fn is_trashed_before(at: Timestamp, backend: DbBackend) -> Option<Expr> {
        let marker = Self::soft_delete().marker();
        if matches!(marker.storage(), MarkerStorage::Flag) {
            return None;
        }
        let column = Expr::col(marker.column().as_column_ref());
        let value = marker.trashed_value(at);
        let is_before = match text_instant::is_text(&value, backend) {
            true => column
                .clone()
                .lt(text_instant::bound_after(at))
                .and(text_instant::in_utc_of(&column).lt(text_instant::spelt_in_utc(at))),
            false => {
                let value = Expr::val(stamp::bindable(value, backend));
                column.lt(marker.column().save_as(value))
            }
        };
        Some(marker.is_trashed().and(is_before))
    }
}

impl<E: SoftDeleteEntity> SoftDelete for E {}
