//! The names that generated code uses. Not for use by hand; they may change in any release.

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
pub use crate::update::UpdateOne;
pub use crate::verbs::SoftDelete;
pub use inventory::submit;
pub use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbErr, DeleteResult, EntityTrait, ModelTrait,
    PrimaryKeyTrait, Select, UpdateMany, UpdateResult,
};

/// The instant that live rows hold; the derive has checked its range.
pub const fn timestamp(unix_micros: i64) -> Timestamp {
    match Timestamp::from_unix_micros(unix_micros) {
        Some(at) => at,
        None => Timestamp::MAX,
    }
}
