//! A scoped statement in the shape in which an inner connection takes one.

use sea_orm::{AuditError, DbBackend, DbErr, QueryAccessAudit, Statement, StatementBuilder};

use crate::family::FamilyDelete;
use crate::scoped::scope::Scope;

/// A statement that is scoped already, and the one it was made of.
///
/// A connection may do more in `execute` than in `execute_raw`: a `RestrictedConnection` asks in the
/// first whether the user may, and refuses the second. So a builder that comes in goes out as a
/// builder. What the user may do is asked of the statement as it was written: a DELETE needs the
/// permission to delete, though the database sees an UPDATE.
pub(super) struct Prepared<'a> {
    statement: Statement,
    original: &'a dyn StatementBuilder,
}

impl<'a> Prepared<'a> {
    /// Builds a statement for this backend and scopes it; also what is to follow it.
    pub(super) fn new(
        original: &'a impl StatementBuilder,
        backend: DbBackend,
        scope: &Scope,
    ) -> Result<(Self, Option<FamilyDelete>), DbErr> {
        let (statement, family) = scope.prepare(original.build(&backend), backend)?;
        let prepared = Self {
            statement,
            original,
        };
        Ok((prepared, family))
    }
}

impl StatementBuilder for Prepared<'_> {
    // The backend is the one that the connection named when the statement was scoped.
    fn build(&self, _: &DbBackend) -> Statement {
        self.statement.clone()
    }

    fn audit(&self) -> Result<QueryAccessAudit, AuditError> {
        self.original.audit()
    }
}
