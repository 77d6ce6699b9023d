//! Hooks around a restore.

use sea_orm::{ActiveModelBehavior, ConnectionTrait, DbErr, EntityTrait};

/// Hooks around the restore of one row, as
/// [`ActiveModelBehavior`](sea_orm::ActiveModelBehavior) has them for saves and deletes.
///
/// `before_delete` and `after_delete` of `ActiveModelBehavior` run for soft and for force deletes
/// of one row. The derive implements this trait with hooks that do nothing, unless the model says
/// `#[soft_delete(restore_behavior)]`: then write the implementation yourself.
///
/// ```standalone_crate
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
///     pub deleted_at: Option<DateTimeUtc>,
/// }
///
/// #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
/// pub enum Relation {}
/// impl ActiveModelBehavior for ActiveModel {}
///
/// #[async_trait::async_trait]
/// impl RestoreBehavior for ActiveModel {
///     async fn before_restore<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
///         if *self.locked.as_ref() {
///             return Err(DbErr::Custom("a locked note stays in the trash".into()));
///         }
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
    /// Runs before a row is restored through a `Model` or `ActiveModel`. An error leaves it in
    /// the trash.
    async fn before_restore<C>(self, _db: &C) -> Result<Self, DbErr>
    where
        C: ConnectionTrait,
    {
        Ok(self)
    }

    /// Runs after a row was restored, with the row as it is then.
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
