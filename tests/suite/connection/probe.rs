//! A connection that records which of its methods are called, and with which arguments.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, IsolationLevel,
    MockDatabase, MockExecResult, QueryResult, QueryStream, Statement, StatementBuilder,
    StreamTrait, TransactionError, TransactionOptions, TransactionSession, TransactionTrait,
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[derive(Clone)]
pub(super) struct Probe {
    db: DatabaseConnection,
    calls: Arc<Mutex<Vec<String>>>,
    ends: bool,
}

impl Probe {
    /// A probe whose statements all succeed.
    pub(super) fn new() -> Self {
        let rows: [Vec<super::tag::Model>; 32] = Default::default();
        let done = vec![MockExecResult::default(); 32];
        let db = MockDatabase::new(DbBackend::Postgres)
            .append_query_results(rows)
            .append_exec_results(done)
            .into_connection();
        let calls = Arc::default();
        Self {
            db,
            calls,
            ends: true,
        }
    }

    /// A probe whose transactions fail to commit and to roll back.
    pub(super) fn that_does_not_end() -> Self {
        Self {
            ends: false,
            ..Self::new()
        }
    }

    /// The calls since the previous `calls`.
    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    fn note(&self, call: impl Into<String>) {
        self.calls.lock().unwrap().push(call.into());
    }

    fn end(&self, call: &str) -> Result<(), DbErr> {
        self.note(call);
        match self.ends {
            true => Ok(()),
            false => Err(DbErr::Custom(format!("no {call}"))),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Probe {
    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.note("execute_raw");
        self.db.execute_raw(stmt).await
    }

    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        self.note("execute");
        self.db.execute(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.note("execute_unprepared");
        self.db.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.note("query_one_raw");
        self.db.query_one_raw(stmt).await
    }

    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        self.note("query_one");
        self.db.query_one(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.note("query_all_raw");
        self.db.query_all_raw(stmt).await
    }

    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        self.note("query_all");
        self.db.query_all(stmt).await
    }

    // The opposite of PostgreSQL's support, so that a test notices an answer that comes from the backend.
    fn support_returning(&self) -> bool {
        false
    }

    fn is_mock_connection(&self) -> bool {
        true
    }
}

impl StreamTrait for Probe {
    type Stream<'a> = QueryStream;

    fn get_database_backend(&self) -> DbBackend {
        self.db.get_database_backend()
    }

    fn stream_raw<'a>(&'a self, stmt: Statement) -> BoxFuture<'a, Result<QueryStream, DbErr>> {
        self.note("stream_raw");
        self.db.stream_raw(stmt)
    }

    fn stream<'a, S: StatementBuilder + Sync>(
        &'a self,
        stmt: &S,
    ) -> BoxFuture<'a, Result<QueryStream, DbErr>> {
        self.note("stream");
        self.db.stream(stmt)
    }
}

#[async_trait::async_trait]
impl TransactionTrait for Probe {
    type Transaction = Self;

    async fn begin(&self) -> Result<Self, DbErr> {
        self.note("begin");
        Ok(self.clone())
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self, DbErr> {
        self.note(format!(
            "begin_with_config {isolation_level:?} {access_mode:?}"
        ));
        Ok(self.clone())
    }

    async fn begin_with_options(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        self.note(format!("begin_with_options {options:?}"));
        Ok(self.clone())
    }

    async fn transaction<F, T, E>(&self, _: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> BoxFuture<'c, Result<T, E>> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        self.note("transaction");
        Err(TransactionError::Connection(DbErr::RecordNotUpdated))
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        _: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> BoxFuture<'c, Result<T, E>> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        self.note(format!(
            "transaction_with_config {isolation_level:?} {access_mode:?}"
        ));
        Err(TransactionError::Connection(DbErr::RecordNotUpdated))
    }
}

#[async_trait::async_trait]
impl TransactionSession for Probe {
    async fn commit(self) -> Result<(), DbErr> {
        self.end("commit")
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.end("rollback")
    }
}
