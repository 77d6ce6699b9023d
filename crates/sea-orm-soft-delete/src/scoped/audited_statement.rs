//! A scoped statement as a statement builder, for the inner connection.

use sea_orm::{AuditError, DbBackend, DbErr, QueryAccessAudit, Statement, StatementBuilder};

use crate::family::FamilyDelete;
use crate::scoped::scope::Scope;

/// A scoped statement, and the statement that it was made from.
///
/// A connection may do more in `execute` than in `execute_raw`: a `RestrictedConnection` checks the
/// user's permissions in `execute`, and refuses `execute_raw`. So a statement that arrives as a builder
/// is passed on as a builder. The permissions are checked for the original statement: a DELETE needs
/// the permission to delete, though the database receives an UPDATE.
pub(super) struct Prepared<'a> {
    statement: Statement,
    original: &'a dyn StatementBuilder,
}

impl<'a> Prepared<'a> {
    /// Builds a statement for this backend and scopes it; also returns the cascade that follows the
    /// statement.
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

    /// The text that is sent.
    pub(super) fn sql(&self) -> &str {
        &self.statement.sql
    }
}

impl StatementBuilder for Prepared<'_> {
    // The statement was scoped for the backend that the connection reported.
    fn build(&self, _: &DbBackend) -> Statement {
        self.statement.clone()
    }

    fn audit(&self) -> Result<QueryAccessAudit, AuditError> {
        self.original.audit()
    }
}
