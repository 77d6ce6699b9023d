//! What rows of one entity say of operations.

use sea_orm::sea_query::SelectStatement;
use sea_orm::{DbBackend, DbErr, QueryResult, Value};

use crate::deletion::operation::OperationId;

/// An entity whose trash is read operation by operation.
pub(crate) trait OperationRows {
    /// Whether a trashed row says which operation it is of, in a way that can be read back.
    fn tell_operations(&self) -> bool;

    /// Whether a trashed row says who trashed it.
    fn tell_who(&self) -> bool;

    /// Selects the ids of the newest operations, for [`read_id`](Self::read_id). `None` if no row can
    /// be what is searched for.
    fn newest(&self, search: &Search<'_>, backend: DbBackend) -> Option<SelectStatement>;

    fn read_id(&self, row: &QueryResult) -> Result<Option<OperationId>, DbErr>;

    /// Counts the rows of these operations, for [`read_group`](Self::read_group).
    fn grouped(&self, ids: &[OperationId], backend: DbBackend) -> SelectStatement;

    fn read_group(&self, row: &QueryResult) -> Result<Option<Group>, DbErr>;
}

/// Which operations are searched for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search<'a> {
    pub(crate) before: Option<OperationId>,
    pub(crate) by: Option<&'a Value>,
    pub(crate) limit: u64,
}

/// Rows of one entity that say the same of their operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) id: OperationId,
    pub(crate) deleted_by: Option<Value>,
    pub(crate) reason: Option<String>,
    pub(crate) count: u64,
}
