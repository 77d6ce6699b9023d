#![doc = include_str!("docs/schema.md")]

pub(crate) mod catalogue;
mod columns;
mod index;
pub(crate) mod predicate;
pub(crate) mod rebuild;
mod run;
pub(crate) mod sql;
pub(crate) mod table;
pub(crate) mod tokens;
mod trigger;
pub(crate) mod types;
pub(crate) mod unique;
mod version;
mod view;

pub use self::index::LiveIndex;
pub use self::table::SoftDeleteSchema;
pub use self::trigger::{NoPhysicalDelete, NoTrashedParent, allow_physical_deletes};
pub use self::unique::{Duplicate, UniqueAmongLive};
pub use self::view::LiveView;
