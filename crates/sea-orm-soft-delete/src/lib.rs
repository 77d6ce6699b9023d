//! x
#![warn(missing_docs)]

// In reading order: what a trashed row is, what is said of an entity, the verbs.
mod timestamp;
mod clock;
mod attribution;
mod operation;
mod error;
mod timestamp_type;
mod marker;
mod companion;
mod columns;
mod behavior;
mod entity;
mod key;
mod stamp;
mod returning;
mod builder;
mod update;
mod delete;
mod restore;
mod force_delete;
mod verbs;
mod row;
mod registry;
#[doc(hidden)]
pub mod private;

pub use crate::attribution::Attribution;
pub use crate::behavior::RestoreBehavior;
pub use crate::clock::Clock;
pub use crate::columns::SoftDeleteColumns;
pub use crate::companion::{DeletedByType, OperationType, ReasonType, UpdatedAtType};
pub use crate::delete::{SoftDeleteMany, SoftDeleteOne};
pub use crate::entity::SoftDeleteEntity;
pub use crate::error::SoftDeleteError;
pub use crate::force_delete::{ForceDeleteMany, ForceDeleteOne};
pub use crate::marker::{EpochType, Marker, MarkerType};
pub use crate::registry::{SoftDeleteTable, tables};
pub use crate::restore::{RestoreMany, RestoreOne};
pub use crate::row::{SoftDeleteActiveModel, SoftDeleteModel};
pub use crate::timestamp::Timestamp;
pub use crate::timestamp_type::TimestampType;
pub use crate::update::UpdateOne;
pub use crate::verbs::SoftDelete;

pub use sea_orm_soft_delete_macros::SoftDelete;
