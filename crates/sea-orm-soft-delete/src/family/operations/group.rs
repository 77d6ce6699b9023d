//! What the rows of one entity record about operations.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{Condition, DbBackend, DbErr, QueryResult, Value};

use crate::family::operations::root::OperationRoot;
use crate::operation::id::OperationId;

/// An entity whose trash can be read operation by operation.
pub(crate) trait OperationRows {
    /// Whether a trashed row records its operation in a form that can be read back.
    fn tell_operations(&self) -> bool;

    /// Whether a trashed row records who trashed it.
    fn tell_who(&self) -> bool;

    /// Selects the ids of the newest operations, for [`read_id`](Self::read_id). `None` if no row of the
    /// entity can match the search.
    fn newest(&self, search: &Search<'_>, backend: DbBackend) -> Option<SelectStatement>;

    fn read_id(&self, row: &QueryResult) -> Result<Option<OperationId>, DbErr>;

    /// Counts the rows of these operations, for [`read_group`](Self::read_group).
    fn grouped(&self, ids: &[OperationId], backend: DbBackend) -> SelectStatement;

    fn read_group(&self, row: &QueryResult) -> Result<Option<Group>, DbErr>;

    /// Selects, for [`read_root`](Self::read_root), the first `limit` rows of each operation among the
    /// trashed rows under this condition.
    fn roots(&self, among: Condition, limit: u64, backend: DbBackend) -> SelectStatement;

    fn read_root(&self, row: &QueryResult) -> Result<Option<FoundRoot>, DbErr>;
}

/// The operations to search for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search<'a> {
    pub(crate) before: Option<OperationId>,
    pub(crate) by: Option<&'a Value>,
    pub(crate) limit: u64,
}

/// Rows of one entity that record the same operation, author and reason.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) id: OperationId,
    pub(crate) deleted_by: Option<Value>,
    pub(crate) reason: Option<String>,
    pub(crate) count: u64,
}

/// A root row, the operation that it records, and how many root rows of its entity record the same one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundRoot {
    pub(crate) id: OperationId,
    pub(crate) root: OperationRoot,
    pub(crate) of: u64,
}
