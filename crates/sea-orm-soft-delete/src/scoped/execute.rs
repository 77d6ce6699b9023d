//! Statements that run to their end before they return.

#[cfg(feature = "rbac")]
use sea_orm::StatementBuilder;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, TransactionTrait,
};

use crate::error::SoftDeleteError;
use crate::family::{FamilyDelete, atomically};
use crate::query::BoxFuture;
#[cfg(feature = "rbac")]
use crate::scoped::audited_statement::Prepared;
use crate::scoped::connection::ScopedConnection;
use crate::scoped::own_transaction::{Around, Execute, ExecuteText, QueryAll, QueryOne};
use crate::scoped::scope::Text;
use crate::scoped::upsert::Upsert;

impl<C: ConnectionTrait> ScopedConnection<C> {
    /// The backend of the database behind this connection.
    // `DatabaseConnection` has this as an inherent function too. Without it the name is ambiguous
    // wherever both `ConnectionTrait` and `StreamTrait` are in scope.
    pub fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    /// Scopes the statement for the database behind this connection, whichever backend the statement
    /// names; also returns what surrounds the statement in a transaction of its own, if it needs one, and how to
    /// check its outcome.
    fn prepare(&self, statement: Statement) -> Result<(Statement, Option<Around>, Upsert), DbErr> {
        let backend = self.inner.get_database_backend();
        let original = Upsert::text_of(&statement.sql, backend);
        let (scoped, family) = self.scope.prepare(statement, backend)?;
        let upsert = Upsert::new(original, &scoped.sql, backend);
        Ok((scoped, self.around(family)?, upsert))
    }

    /// What surrounds a statement in a transaction of its own; `None` if it needs none.
    fn around(&self, family: Option<FamilyDelete>) -> Result<Option<Around>, SoftDeleteError> {
        let settings = self.settings_to_make(self.inner.get_database_backend())?;
        let cascade = family.map(|family| (family, self.scope.clone()));
        let is_needed = settings.is_some() || cascade.is_some();
        Ok(is_needed.then_some(Around { settings, cascade }))
    }

    /// The statement to send, if nothing has to be waited for.
    fn prepare_at_once(&self, statement: Statement) -> Result<Statement, Statement> {
        let backend = self.inner.get_database_backend();
        if Upsert::may_be(&statement.sql, backend) {
            return Err(statement); // Its outcome is checked.
        }
        // Asked first, because it is what most connections answer.
        if self.scope.keys_of_settings().is_some()
            && !matches!(self.settings_to_make(backend), Ok(None))
        {
            return Err(statement);
        }
        self.scope.prepare_at_once(statement, backend)
    }

    #[cfg(feature = "rbac")]
    fn prepared<'a>(
        &self,
        statement: &'a impl StatementBuilder,
    ) -> Result<(Prepared<'a>, Option<Around>, Upsert), DbErr> {
        let backend = self.inner.get_database_backend();
        let (scoped, family) = Prepared::new(statement, backend, &self.scope)?;
        let is_upsert = Upsert::text_of(scoped.sql(), backend).is_some();
        let original = is_upsert.then(|| statement.build(&backend).sql);
        let upsert = Upsert::new(original, scoped.sql(), backend);
        Ok((scoped, self.around(family)?, upsert))
    }
}

// The raw functions are written as `async_trait` would write them, to hand out the future of the inner connection
// without another one around it.
#[async_trait::async_trait]
impl<C: ConnectionTrait + TransactionTrait> ConnectionTrait for ScopedConnection<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    fn execute_raw<'life0, 'async_trait>(
        &'life0 self,
        stmt: Statement,
    ) -> BoxFuture<'async_trait, Result<ExecResult, DbErr>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        match self.prepare_at_once(stmt) {
            Ok(scoped) => self.inner.execute_raw(scoped),
            Err(stmt) => Box::pin(async move {
                match self.prepare(stmt)? {
                    (scoped, None, upsert) => {
                        upsert.check(&self.scope, self.inner.execute_raw(scoped).await?)
                    }
                    (scoped, Some(around), upsert) => upsert.check(
                        &self.scope,
                        atomically(&self.inner, Execute(scoped, around)).await?,
                    ),
                }
            }),
        }
    }

    // Without `rbac` the trait's default function does the same: it builds the statement and calls the
    // raw function.
    #[cfg(feature = "rbac")]
    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        match self.prepared(stmt)? {
            (scoped, None, upsert) => upsert.check(&self.scope, self.inner.execute(&scoped).await?),
            (scoped, Some(around), upsert) => upsert.check(
                &self.scope,
                atomically(&self.inner, Execute(scoped, around)).await?,
            ),
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let backend = self.get_database_backend();
        let upsert = |sent: &str| Upsert::new(Upsert::text_of(sql, backend), sent, backend);
        match self.scope.prepare_text(backend, sql)? {
            Text::AsIs(sent) => {
                let upsert = upsert(&sent);
                upsert.check(
                    &self.scope,
                    match self.around(None)? {
                        None => self.inner.execute_unprepared(&sent).await?,
                        Some(around) => atomically(&self.inner, ExecuteText(sent, around)).await?,
                    },
                )
            }
            Text::Bound(statement, family) => {
                let upsert = upsert(&statement.sql);
                upsert.check(
                    &self.scope,
                    match self.around(family)? {
                        None => self.inner.execute_raw(statement).await?,
                        Some(around) => atomically(&self.inner, Execute(statement, around)).await?,
                    },
                )
            }
        }
    }

    fn query_one_raw<'life0, 'async_trait>(
        &'life0 self,
        stmt: Statement,
    ) -> BoxFuture<'async_trait, Result<Option<QueryResult>, DbErr>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        match self.prepare_at_once(stmt) {
            Ok(scoped) => self.inner.query_one_raw(scoped),
            Err(stmt) => Box::pin(async move {
                #[cfg(feature = "watch")]
                if let Some(watch) = self.comparing() {
                    let compared = self.observe(watch, &stmt);
                    let row = self.inner.query_one_raw(stmt).await?;
                    self.compare(watch, compared, row.as_slice(), 1).await;
                    return Ok(row);
                }
                match self.prepare(stmt)? {
                    (scoped, None, upsert) => {
                        upsert.check(&self.scope, self.inner.query_one_raw(scoped).await?)
                    }
                    (scoped, Some(around), upsert) => upsert.check(
                        &self.scope,
                        atomically(&self.inner, QueryOne(scoped, around)).await?,
                    ),
                }
            }),
        }
    }

    // Without `rbac` the trait's default function does the same: it builds the statement and calls the
    // raw function.
    #[cfg(feature = "rbac")]
    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        #[cfg(feature = "watch")]
        if let Some(watch) = self.comparing() {
            let compared = self.observe(watch, &stmt.build(&self.get_database_backend()));
            let row = self.inner.query_one(stmt).await?;
            self.compare(watch, compared, row.as_slice(), 1).await;
            return Ok(row);
        }
        match self.prepared(stmt)? {
            (scoped, None, upsert) => {
                upsert.check(&self.scope, self.inner.query_one(&scoped).await?)
            }
            (scoped, Some(around), upsert) => upsert.check(
                &self.scope,
                atomically(&self.inner, QueryOne(scoped, around)).await?,
            ),
        }
    }

    fn query_all_raw<'life0, 'async_trait>(
        &'life0 self,
        stmt: Statement,
    ) -> BoxFuture<'async_trait, Result<Vec<QueryResult>, DbErr>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        match self.prepare_at_once(stmt) {
            Ok(scoped) => self.inner.query_all_raw(scoped),
            Err(stmt) => Box::pin(async move {
                #[cfg(feature = "watch")]
                if let Some(watch) = self.comparing() {
                    let compared = self.observe(watch, &stmt);
                    let rows = self.inner.query_all_raw(stmt).await?;
                    self.compare(watch, compared, &rows, usize::MAX).await;
                    return Ok(rows);
                }
                match self.prepare(stmt)? {
                    (scoped, None, upsert) => {
                        upsert.check(&self.scope, self.inner.query_all_raw(scoped).await?)
                    }
                    (scoped, Some(around), upsert) => upsert.check(
                        &self.scope,
                        atomically(&self.inner, QueryAll(scoped, around)).await?,
                    ),
                }
            }),
        }
    }

    // Without `rbac` the trait's default function does the same: it builds the statement and calls the
    // raw function.
    #[cfg(feature = "rbac")]
    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        #[cfg(feature = "watch")]
        if let Some(watch) = self.comparing() {
            let compared = self.observe(watch, &stmt.build(&self.get_database_backend()));
            let rows = self.inner.query_all(stmt).await?;
            self.compare(watch, compared, &rows, usize::MAX).await;
            return Ok(rows);
        }
        match self.prepared(stmt)? {
            (scoped, None, upsert) => {
                upsert.check(&self.scope, self.inner.query_all(&scoped).await?)
            }
            (scoped, Some(around), upsert) => upsert.check(
                &self.scope,
                atomically(&self.inner, QueryAll(scoped, around)).await?,
            ),
        }
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.inner.is_mock_connection()
    }
}
