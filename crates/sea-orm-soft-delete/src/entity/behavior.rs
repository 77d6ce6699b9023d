//! Hooks around a restore.

use sea_orm::{ActiveModelBehavior, ConnectionTrait, DbErr, EntityTrait};

/// Hooks around the restore of one row, like the hooks that
/// [`ActiveModelBehavior`](sea_orm::ActiveModelBehavior) has for saves and deletes.
///
/// They run for each row that a caller names, through whichever method, and for no other row:
///
/// | runs them | runs none |
/// |---|---|
/// | `model.restore`, `active_model.restore` | `restore_many` |
/// | `restore_by_id`, also `.with_ancestors()` and `.confirm(…)` | [`Operation::restore`](crate::Operation::restore) |
/// | `insert_or_revive`, `find_or_insert(…).or_revive()` | rows that are restored with another row, and its ancestors |
///
/// **What `before_restore` sets is written**: a restore can give a row another slug, place or parent. The
/// values are written before the row becomes live, so the unique check applies to the new values, and the
/// new parent has to be live. The restore ignores changes to the primary key and to the soft-delete
/// columns. It also ignores pending changes in the value that `restore` was called on. All of it is one
/// transaction, which locks the row before its hook runs, so an error of either hook leaves everything
/// unchanged. The verbs of an entity with these hooks therefore take a connection that is a
/// `TransactionTrait` too ([`ConnectionFor`](crate::ConnectionFor)).
///
/// `before_delete` and `after_delete` of `ActiveModelBehavior` run, as in SeaORM, for the soft and force
/// deletes that are called on a model. The derive implements this trait with hooks that do nothing. If the
/// model has `#[soft_delete(restore_behavior)]`, the derive leaves the trait out: write the implementation
/// yourself.
///
/// ```standalone_crate
/// use sea_orm::ActiveValue::Set;
/// use sea_orm::entity::prelude::*;
/// use sea_orm_soft_delete::{RestoreBehavior, SoftDelete};
///
/// #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
/// #[sea_orm(table_name = "note")]
/// #[soft_delete(restore_behavior)]
/// pub struct Model {
///     #[sea_orm(primary_key)]
///     pub id: i32,
///     pub locked: bool,
///     pub place: i32,
///     pub deleted_at: Option<DateTimeUtc>,
/// }
///
/// #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// pub enum Relation {}
/// impl ActiveModelBehavior for ActiveModel {}
///
/// #[async_trait::async_trait]
/// impl RestoreBehavior for ActiveModel {
///     async fn before_restore<C: ConnectionTrait>(mut self, _db: &C) -> Result<Self, DbErr> {
///         if *self.locked.as_ref() {
///             return Err(DbErr::Custom("a locked note stays in the trash".into()));
///         }
///         self.place = Set(0); // at the top
///         Ok(self)
///     }
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "the restore hooks of `{Self}` are missing",
    label = "`RestoreBehavior` is not implemented",
    note = "with `#[soft_delete(restore_behavior)]` write `impl RestoreBehavior for ActiveModel {{}}`, and `#[async_trait::async_trait]` above it for hooks of your own",
    note = "without it, `#[derive(SoftDelete)]` on the `Model` writes that"
)]
#[async_trait::async_trait]
pub trait RestoreBehavior: ActiveModelBehavior {
    /// Whether the hooks do nothing. The derive sets it on the implementations that it writes.
    #[doc(hidden)]
    const IS_EMPTY: bool = false;

    /// Runs before a row is restored. The restore writes what it sets; an error leaves the row in the
    /// trash.
    async fn before_restore<C>(self, _db: &C) -> Result<Self, DbErr>
    where
        C: ConnectionTrait,
    {
        Ok(self)
    }

    /// Runs after a row was restored, with the restored row. An error leaves the row in the trash.
    async fn after_restore<C>(
        model: <Self::Entity as EntityTrait>::Model,
        _db: &C,
    ) -> Result<<Self::Entity as EntityTrait>::Model, DbErr>
    where
        C: ConnectionTrait,
    {
        Ok(model)
    }
}
