//! The connection that a cascade runs on: inside the transaction of its DELETE, and in the scope of the connection
//! that sent the DELETE.

#[cfg(feature = "rbac")]
use sea_orm::StatementBuilder;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use crate::error::SoftDeleteError;
use crate::family::FamilyDelete;
#[cfg(feature = "rbac")]
use crate::scoped::audited_statement::Prepared;
use crate::scoped::scope::Scope;

/// A connection by reference, under a scope. Verbs run on it, so nothing that it sends begins a cascade: they mark
/// what they delete.
pub(super) struct InScope<'a, C> {
    inner: &'a C,
    scope: &'a Scope,
}

impl<'a, C: ConnectionTrait> InScope<'a, C> {
    pub(super) fn new(inner: &'a C, scope: &'a Scope) -> Self {
        Self { inner, scope }
    }

    fn prepare(&self, statement: Statement) -> Result<Statement, DbErr> {
        let backend = self.inner.get_database_backend();
        match self.scope.prepare(statement, backend)? {
            (scoped, None) => Ok(scoped),
            (_, Some(family)) => Err(nested(&family).into()),
        }
    }

    #[cfg(feature = "rbac")]
    fn prepared<'s>(&self, statement: &'s impl StatementBuilder) -> Result<Prepared<'s>, DbErr> {
        let backend = self.inner.get_database_backend();
        match Prepared::new(statement, backend, self.scope)? {
            (scoped, None) => Ok(scoped),
            (_, Some(family)) => Err(nested(&family).into()),
        }
    }
}

fn nested(family: &FamilyDelete) -> SoftDeleteError {
    family.refuse_as(
        "a cascade within",
        "report it: a cascade marks what it deletes",
    )
}

#[async_trait::async_trait]
impl<C: ConnectionTrait> ConnectionTrait for InScope<'_, C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(self.prepare(stmt)?).await
    }

    #[cfg(feature = "rbac")]
    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        self.inner.execute(&self.prepared(stmt)?).await
    }

    // The verbs send nothing without preparing it.
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let statement = Statement::from_string(self.get_database_backend(), sql);
        self.execute_raw(statement).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(self.prepare(stmt)?).await
    }

    #[cfg(feature = "rbac")]
    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one(&self.prepared(stmt)?).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(self.prepare(stmt)?).await
    }

    #[cfg(feature = "rbac")]
    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all(&self.prepared(stmt)?).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.inner.is_mock_connection()
    }
}
