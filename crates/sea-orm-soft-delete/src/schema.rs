//! The schema that soft delete asks for: columns, uniqueness among live rows, indexes, views, triggers.

pub(crate) mod catalogue;
mod index;
mod rebuild;
pub(crate) mod sql;
mod table;
mod trigger;
mod unique;
mod view;

pub use self::index::LiveIndex;
pub use self::table::SoftDeleteSchema;
pub use self::trigger::{NoPhysicalDelete, NoTrashedParent, allow_physical_deletes};
pub use self::unique::{Duplicate, UniqueAmongLive};
pub use self::view::LiveView;
