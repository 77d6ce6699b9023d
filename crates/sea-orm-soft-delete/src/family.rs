//! Families: an entity and those that its deletes concern.

mod ancestors;
mod back;
mod by_key;
mod cascade;
mod clash;
mod delete;
mod exact;
mod following;
mod force_delete;
mod graph;
mod kind;
mod member;
mod operations;
mod plan;
pub(crate) mod preview;
mod relation;
mod restore;
pub(crate) mod restrict;
mod set;

pub(crate) use self::ancestors::{guard, lock_and_refuse_orphans, refuse_orphans};
pub(crate) use self::by_key::is_refused_for_a_trigger;
pub use self::clash::Clash;
pub(crate) use self::delete::{FamilyDelete, doomed};
pub(crate) use self::following::count_rows;
pub(crate) use self::force_delete::{everything, force_delete};
pub(crate) use self::graph::{Edge, Graph, NodeId};
pub use self::kind::{Alone, Cascading, ConnectionFor, FamilyKind, RunsVerbs};
pub(crate) use self::kind::{Work, atomically, concerns_others, describing, end, run};
pub(crate) use self::member::{Assignments, Member, Soft, SoftMember, TableKey};
pub use self::operations::{Operation, OperationMember, Operations};
pub(crate) use self::plan::Family;
pub use self::preview::{Affects, Holder, Orphans, Preview, Verb};
pub use self::relation::{
    CascadeChild, FamilyRelation, Policy, RelatedTo, Relation, SoftDeleteFamily,
};
pub(crate) use self::restore::{Ancestors, lock_rows, restore, write_first};
pub use self::restrict::Forbids;
pub(crate) use self::set::{PARENT, points_at};
