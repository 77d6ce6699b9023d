//! Families: an entity and the entities that its deletes affect.

mod alone;
mod ancestors;
mod archived;
mod as_of_now;
#[cfg(feature = "backup")]
pub(crate) mod backup;
#[cfg(not(feature = "backup"))]
#[path = "family/backup_off.rs"]
pub(crate) mod backup;
mod by_key;
mod cascade;
mod clash;
mod counter;
pub(crate) mod counts;
mod delete;
mod due;
mod follow_up;
mod force_delete;
mod graph;
mod held;
mod identity_check;
mod lock_rows;
mod member;
mod missing_parents;
mod operations;
pub(crate) mod permission;
mod plan;
pub(crate) mod preview;
mod record;
pub(crate) mod registry;
mod removal;
mod restore;
mod restore_batch;
pub(crate) mod restrict;
mod row_set;
mod transaction;
mod trashed_rows;
mod with_keys;

pub(crate) use self::alone::{Trash, describing};
pub(crate) use self::ancestors::{guard, lock_and_refuse_orphans, refuse_orphans};
#[cfg(feature = "erasure")]
pub(crate) use self::archived::remove as delete_archived;
pub(crate) use self::archived::{ARCHIVED_AT, ARCHIVED_BY, Archiving};
pub(crate) use self::by_key::is_refused_for_a_trigger;
pub(crate) use self::counter::Counter;
pub(crate) use self::counts::recount::Recount;
pub use self::counts::recount::{Counters, WrongCounter, WrongCounts};
pub(crate) use self::delete::{FamilyDelete, doomed};
pub(crate) use self::due::Due;
#[cfg(feature = "erasure")]
pub(crate) use self::follow_up::FollowUp;
pub(crate) use self::follow_up::count_rows;
pub(crate) use self::force_delete::{everything, force_delete};
#[cfg(feature = "erasure")]
pub(crate) use self::graph::EdgeCondition;
pub(crate) use self::graph::{Edge, Graph, NodeId};
pub(crate) use self::held::check as refuse_held;
#[cfg(feature = "erasure")]
pub(crate) use self::lock_rows::write_first_to;
pub(crate) use self::lock_rows::{lock_rows, write_first};
#[cfg(feature = "testing")]
pub(crate) use self::member::Row;
pub(crate) use self::member::{Soft, SoftMember};
pub(crate) use self::missing_parents::{MissingParent, missing_parents};
pub use self::operations::{Operation, OperationMember, OperationRoot, Operations};
pub(crate) use self::plan::Family;
pub(crate) use self::record::Deeds;
#[cfg(feature = "erasure")]
pub(crate) use self::record::key_text;
pub(crate) use self::removal::{Locked, Removal, UndeclaredKey};
pub(crate) use self::restore::{Gathered, restore};
pub(crate) use self::row_set::{PARENT, points_at};
#[cfg(feature = "erasure")]
pub(crate) use self::row_set::{belongs_to, is_not_true, tuple};
pub use self::transaction::{ConnectionFor, RunsVerbs};
pub(crate) use self::transaction::{Work, atomically, concerns_others, end, rolled_back, run};
pub(crate) use self::trashed_rows::{Ancestors, lock_by_operation, operations_of};
