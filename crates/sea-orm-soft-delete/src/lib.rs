//! x
#![warn(missing_docs)]

// In reading order: what a trashed row is, what is said of an entity, the verbs.
mod attribution;
mod behavior;
mod builder;
mod clock;
mod columns;
mod companion;
mod delete;
mod entity;
mod error;
mod force_delete;
mod key;
mod marker;
mod operation;
#[doc(hidden)]
pub mod private;
mod registry;
mod restore;
mod returning;
mod row;
mod stamp;
mod timestamp;
mod timestamp_type;
mod update;
mod verbs;

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
