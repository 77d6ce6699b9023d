//! Statements that run to their end before they return.

#[cfg(feature = "rbac")]
use sea_orm::StatementBuilder;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionTrait,
};

use crate::family::{FamilyDelete, atomically};
#[cfg(feature = "rbac")]
use crate::scoped::audited_statement::Prepared;
use crate::scoped::cascading_delete::{Execute, QueryAll, QueryOne};
use crate::scoped::connection::ScopedConnection;
use crate::scoped::scope::Text;

impl<C: ConnectionTrait> ScopedConnection<C> {
    /// The backend of the database behind this connection.
    // `DatabaseConnection` has this as an inherent function too. Without it the name is ambiguous
    // wherever both `ConnectionTrait` and `StreamTrait` are in scope.
    pub fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    /// Scopes the statement for the database behind this connection, whichever backend the statement
    /// names; also returns the cascade that follows the statement.
    fn prepare(&self, statement: Statement) -> Result<(Statement, Option<FamilyDelete>), DbErr> {
        let backend = self.inner.get_database_backend();
        Ok(self.scope.prepare(statement, backend)?)
    }

    #[cfg(feature = "rbac")]
    fn prepared<'a>(
        &self,
        statement: &'a impl StatementBuilder,
    ) -> Result<(Prepared<'a>, Option<FamilyDelete>), DbErr> {
        Prepared::new(statement, self.inner.get_database_backend(), &self.scope)
    }
}

#[async_trait::async_trait]
impl<C: ConnectionTrait + TransactionTrait> ConnectionTrait for ScopedConnection<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        match self.prepare(stmt)? {
            (scoped, None) => self.inner.execute_raw(scoped).await,
            (scoped, Some(family)) => Ok(atomically(&self.inner, Execute(scoped, family)).await?),
        }
    }

    // Without `rbac` the trait's default function does the same: it builds the statement and calls the
    // raw function.
    #[cfg(feature = "rbac")]
    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        match self.prepared(stmt)? {
            (scoped, None) => self.inner.execute(&scoped).await,
            (scoped, Some(family)) => Ok(atomically(&self.inner, Execute(scoped, family)).await?),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self.scope.prepare_text(self.get_database_backend(), sql)? {
            Text::AsIs(sql) => self.inner.execute_unprepared(&sql).await,
            Text::Bound(statement, None) => self.inner.execute_raw(statement).await,
            Text::Bound(statement, Some(family)) => {
                Ok(atomically(&self.inner, Execute(statement, family)).await?)
            }
        }
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        #[cfg(feature = "watch")]
        if let Some(watch) = self.scope.comparing() {
            let compared = self.observe(watch, &stmt);
            let row = self.inner.query_one_raw(stmt).await?;
            self.compare(watch, compared, row.as_slice(), 1).await;
            return Ok(row);
        }
        match self.prepare(stmt)? {
            (scoped, None) => self.inner.query_one_raw(scoped).await,
            (scoped, Some(family)) => Ok(atomically(&self.inner, QueryOne(scoped, family)).await?),
        }
    }

    // Without `rbac` the trait's default function does the same: it builds the statement and calls the
    // raw function.
    #[cfg(feature = "rbac")]
    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        #[cfg(feature = "watch")]
        if let Some(watch) = self.scope.comparing() {
            let compared = self.observe(watch, &stmt.build(&self.get_database_backend()));
            let row = self.inner.query_one(stmt).await?;
            self.compare(watch, compared, row.as_slice(), 1).await;
            return Ok(row);
        }
        match self.prepared(stmt)? {
            (scoped, None) => self.inner.query_one(&scoped).await,
            (scoped, Some(family)) => Ok(atomically(&self.inner, QueryOne(scoped, family)).await?),
        }
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        #[cfg(feature = "watch")]
        if let Some(watch) = self.scope.comparing() {
            let compared = self.observe(watch, &stmt);
            let rows = self.inner.query_all_raw(stmt).await?;
            self.compare(watch, compared, &rows, usize::MAX).await;
            return Ok(rows);
        }
        match self.prepare(stmt)? {
            (scoped, None) => self.inner.query_all_raw(scoped).await,
            (scoped, Some(family)) => Ok(atomically(&self.inner, QueryAll(scoped, family)).await?),
        }
    }

    // Without `rbac` the trait's default function does the same: it builds the statement and calls the
    // raw function.
    #[cfg(feature = "rbac")]
    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        #[cfg(feature = "watch")]
        if let Some(watch) = self.scope.comparing() {
            let compared = self.observe(watch, &stmt.build(&self.get_database_backend()));
            let rows = self.inner.query_all(stmt).await?;
            self.compare(watch, compared, &rows, usize::MAX).await;
            return Ok(rows);
        }
        match self.prepared(stmt)? {
            (scoped, None) => self.inner.query_all(&scoped).await,
            (scoped, Some(family)) => Ok(atomically(&self.inner, QueryAll(scoped, family)).await?),
        }
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.inner.is_mock_connection()
    }
}
