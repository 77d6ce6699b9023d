//! INSERTs of rows that have their keys.

use sea_orm::sea_query::InsertStatement;
#[cfg(feature = "rbac")]
use sea_orm::{AuditError, QueryAccessAudit};
use sea_orm::{DbBackend, Statement, StatementBuilder};

/// An INSERT that sets the key itself, also where PostgreSQL generates it.
pub(super) struct WithKeys(pub(super) InsertStatement);

impl StatementBuilder for WithKeys {
    fn build(&self, backend: &DbBackend) -> Statement {
        let mut statement = StatementBuilder::build(&self.0, backend);
        let sources = [") SELECT ", ") VALUES "];
        let sources = sources.iter().filter_map(|it| statement.sql.find(it));
        if let (DbBackend::Postgres, Some(columns_end)) = (*backend, sources.min()) {
            let overriding = " OVERRIDING SYSTEM VALUE";
            statement.sql.insert_str(columns_end + 1, overriding);
        }
        statement
    }

    #[cfg(feature = "rbac")]
    fn audit(&self) -> Result<QueryAccessAudit, AuditError> {
        StatementBuilder::audit(&self.0)
    }
}
