//! What the rows of one entity record about operations.

use std::collections::HashSet;

use sea_orm::sea_query::{DynIden, Expr, SelectStatement};
use sea_orm::{Condition, DbBackend, DbErr, QueryResult, Value};

use crate::family::operations::root::OperationRoot;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;

/// An entity whose trash can be read operation by operation.
pub(crate) trait OperationRows {
    /// Whether a trashed row records its operation in a form that can be read back.
    fn tell_operations(&self) -> bool;

    /// Whether a trashed row records who trashed it.
    fn tell_who(&self) -> bool;

    /// Selects the ids of the first operations in the order of the search, for [`read_id`](Self::read_id).
    /// `None` if no row of the entity can match the search.
    fn ids(&self, search: &Search<'_>, backend: DbBackend) -> Option<SelectStatement>;

    /// The same, with how many rows each operation has among the rows that the search finds, for
    /// [`read_count`](Self::read_count).
    fn ids_and_counts(&self, search: &Search<'_>, backend: DbBackend) -> Option<SelectStatement>;

    /// Whether the entity has a `purge_at` column.
    fn has_purge_at(&self) -> bool;

    /// Groups a SELECT from the entity's table by operation, for [`read_id`](Self::read_id).
    fn group_by_operation(&self, select: &mut SelectStatement);

    fn read_id(&self, row: &QueryResult) -> Result<Option<OperationId>, DbErr>;

    /// Counts the rows of these operations, for [`read_group`](Self::read_group).
    fn grouped(&self, ids: &[OperationId], backend: DbBackend) -> SelectStatement;

    /// Counts the trashed rows of the operations in a range of ids, for [`read_count_between`]. `None` if the
    /// entity has no `operation` column.
    ///
    /// [`read_count_between`]: Self::read_count_between
    fn count_between(&self, range: &IdRange, backend: DbBackend) -> Option<SelectStatement>;

    /// Reads an operation, its `purge_at`, and the number of its rows.
    fn read_count_between(&self, row: &QueryResult) -> Result<Option<Group>, DbErr>;

    fn read_group(&self, row: &QueryResult) -> Result<Option<Group>, DbErr>;

    /// Selects, for [`read_root`](Self::read_root), the first `limit` rows of each operation among the
    /// trashed rows under this condition.
    fn roots(&self, among: Condition, limit: u64, backend: DbBackend) -> SelectStatement;

    fn read_root(&self, row: &QueryResult) -> Result<Option<FoundRoot>, DbErr>;

    /// The condition that a row, under this alias, records one of these operations.
    fn is_of_any(&self, alias: DynIden, ids: &[OperationId], backend: DbBackend) -> Condition;

    /// The condition that a row, under this alias, records an operation in this range of ids. `None` if the
    /// entity has no `operation` column.
    fn is_between(&self, alias: DynIden, range: &IdRange, backend: DbBackend) -> Option<Expr>;

    /// The condition that a trashed row, under this alias, is due: its `purge_at` is `now` or earlier or, if
    /// it has none or `now` is `None`, its marker holds `until` or an earlier instant. `None` if no column says when.
    fn is_due(
        &self,
        alias: DynIden,
        until: Timestamp,
        now: Option<Timestamp>,
        backend: DbBackend,
    ) -> Option<Expr>;

    /// Counts the trashed rows under this condition by their operations, for
    /// [`read_count`](Self::read_count). Locks the rows, and leaves out rows that others have locked.
    fn lock_and_count(&self, rows: Condition, backend: DbBackend) -> SelectStatement;

    fn read_count(&self, row: &QueryResult) -> Result<Option<(OperationId, u64)>, DbErr>;

    /// Selects the operations and the keys of the trashed rows under this condition. Locks the rows, and
    /// leaves out rows that others have locked.
    fn lock_keys(&self, rows: Condition) -> SelectStatement;

    /// Counts rows by their operations, and the rows for which `value` is not NULL among them, for
    /// [`read_counts`](Self::read_counts).
    fn count_by_operation(&self, value: Expr) -> SelectStatement;

    fn read_counts(&self, row: &QueryResult) -> Result<Option<(OperationId, u64, u64)>, DbErr>;
}

/// The operations to search for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search<'a> {
    pub(crate) order: SearchOrder,
    pub(crate) before: Option<OperationId>,
    pub(crate) after: Option<OperationId>,
    pub(crate) by: Option<&'a Value>,
    /// A condition on the rows, which names the columns of the entity's own table.
    pub(crate) rows: Option<&'a Condition>,
    /// Only operations with rows that a purge may remove.
    pub(crate) due: Option<DueRows>,
    pub(crate) limit: u64,
}

/// Which operations come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SearchOrder {
    NewestFirst,
    OldestFirst,
}

/// Rows of one entity that record the same operation, author and reason.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) id: OperationId,
    pub(crate) deleted_by: Option<Value>,
    pub(crate) reason: Option<String>,
    pub(crate) purge_at: Option<Timestamp>,
    pub(crate) count: u64,
}

/// Operations by their ids, as a range of UUIDs: a statement with many operations then binds few values.
#[derive(Clone, Debug)]
pub(crate) struct IdRange {
    first: OperationId,
    last: OperationId,
    /// Ids within the range that are left out.
    without: Vec<OperationId>,
    /// Marks of operations of the range that sort behind it.
    marks: Vec<OperationId>,
}

impl IdRange {
    /// The range of these ids, which are in order, without the ids of `known` that are not among them. `None` if
    /// an id is no UUID, or if most of the range would be left out.
    pub(crate) fn of(ids: &[OperationId], known: &[OperationId]) -> Option<Self> {
        let (first, last) = (*ids.first()?, *ids.last()?);
        if ids.iter().chain(known).any(|id| id.uuid().is_none()) {
            return None;
        }
        let among: HashSet<OperationId> = ids.iter().copied().collect();
        let within = |id: &&OperationId| first.uuid() <= id.uuid() && id.uuid() <= last.uuid();
        let within = known.iter().filter(within);
        let without: Vec<OperationId> = within.filter(|id| !among.contains(id)).copied().collect();
        let marks = ids.iter().rev();
        let marks = marks.filter_map(|id| id.being_purged());
        let marks = marks.take_while(|mark| mark.uuid() > last.uuid()).collect();
        (without.len() <= ids.len() / 4).then_some(Self {
            first,
            last,
            without,
            marks,
        })
    }

    pub(crate) fn ends(&self) -> (OperationId, OperationId) {
        (self.first, self.last)
    }

    /// The ids that are left out, and their marks.
    pub(crate) fn without(&self) -> Vec<OperationId> {
        let marks = self.without.iter().filter_map(|id| id.being_purged());
        self.without.iter().copied().chain(marks).collect()
    }

    /// Marks that belong to the range and sort behind it.
    pub(crate) fn marks(&self) -> &[OperationId] {
        &self.marks
    }
}

/// Which rows of one entity a purge may remove now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueRows {
    /// Rows that were trashed before this instant, if they record no `purge_at`.
    pub(crate) before: Option<Timestamp>,
    /// Rows that record this instant as their `purge_at`, or an earlier one. `None` if `purge_at` does not count.
    pub(crate) now: Option<Timestamp>,
}

/// A root row, the operation that it records, and how many root rows of its entity record the same one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundRoot {
    pub(crate) id: OperationId,
    pub(crate) root: OperationRoot,
    pub(crate) of: u64,
}
