//! The names that generated code uses. Not for use by hand; they may change in any release.

use sea_orm::ModelTrait;

pub use crate::attribution::Attribution;
pub use crate::behavior::RestoreBehavior;
pub use crate::columns::SoftDeleteColumns;
pub use crate::delete::{SoftDeleteMany, SoftDeleteOne};
pub use crate::entity::SoftDeleteEntity;
pub use crate::error::SoftDeleteError;
pub use crate::force_delete::{ForceDeleteMany, ForceDeleteOne};
pub use crate::marker::Marker;
pub use crate::registry::Registration;
pub use crate::restore::{RestoreMany, RestoreOne};
pub use crate::row::{SoftDeleteActiveModel, SoftDeleteModel};
pub use crate::timestamp::Timestamp;
pub use crate::update::ScopedUpdateOne;
pub use crate::verbs::SoftDelete;
pub use inventory::submit;
pub use sea_orm::sea_query::{Expr, IntoIden};
pub use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, DeleteResult, EntityTrait, PrimaryKeyTrait, Select,
    UpdateMany, UpdateResult,
};

/// What SeaORM's verbs of a row return, too.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The instant that live rows hold; the derive has checked its range.
pub const fn timestamp(unix_micros: i64) -> Timestamp {
    match Timestamp::from_unix_micros(unix_micros) {
        Some(at) => at,
        None => Timestamp::MAX,
    }
}

/// Whether this row was trashed when it was read.
pub fn row_is_trashed<M: ModelTrait<Entity: SoftDeleteEntity>>(row: &M) -> bool {
    crate::entity::is_trashed(row)
}

// The conditions of `SoftDeleteEntity`. Called on the trait itself they would repeat the error of a
// missing `RestoreBehavior`, once for each.

/// [`SoftDeleteEntity::is_live`]
pub fn is_live<E: SoftDeleteEntity>() -> Expr {
    E::is_live()
}

/// [`SoftDeleteEntity::is_live_as`]
pub fn is_live_as<E: SoftDeleteEntity, A: IntoIden>(alias: A) -> Expr {
    E::is_live_as(alias)
}

/// [`SoftDeleteEntity::is_trashed`]
pub fn is_trashed<E: SoftDeleteEntity>() -> Expr {
    E::is_trashed()
}

/// [`SoftDeleteEntity::is_trashed_as`]
pub fn is_trashed_as<E: SoftDeleteEntity, A: IntoIden>(alias: A) -> Expr {
    E::is_trashed_as(alias)
}
