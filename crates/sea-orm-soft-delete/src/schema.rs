#![doc = include_str!("docs/schema.md")]

mod apply;
pub(crate) mod archive;
pub(crate) mod catalogue;
mod columns;
pub(crate) mod create_text;
mod execute;
mod index;
pub(crate) mod live_schema;
mod mysql_version;
pub(crate) mod predicate;
pub(crate) mod rebuild;
pub(crate) mod redefine;
pub(crate) mod row_level_security;
pub(crate) mod sql;
pub(crate) mod table;
mod trigger;
pub(crate) mod types;
pub(crate) mod unique;
mod view;

pub use self::archive::ArchiveTable;
pub use self::index::LiveIndex;
pub use self::live_schema::{LiveSchema, live_schema};
pub use self::row_level_security::RowLevelSecurity;
pub use self::table::SoftDeleteSchema;
pub use self::trigger::{NoPhysicalDelete, NoTrashedParent, allow_physical_deletes};
pub use self::unique::UniqueAmongLive;
pub use self::view::LiveView;
pub use crate::report::Duplicate;
