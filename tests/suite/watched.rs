//! A connection that runs an action before each statement.

use std::fmt::{Debug, Display};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, TransactionError, TransactionOptions, TransactionSession, TransactionTrait,
};

/// The action before a statement. Its error becomes the statement's error.
#[async_trait::async_trait]
pub(crate) trait Before: Clone + Send + Sync {
    async fn statement(&self) -> Result<(), DbErr>;

    async fn commit(&self) -> Result<(), DbErr> {
        Ok(())
    }

    /// Runs in each transaction that has begun.
    async fn begun<C: ConnectionTrait>(&self, _: &C) -> Result<(), DbErr> {
        Ok(())
    }

    /// Runs after a transaction is committed. Its error becomes the error of the commit.
    async fn committed(&self) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Fails at a statement, or at the commit, and at each one after it.
#[derive(Clone)]
pub(crate) struct Crash(Arc<AtomicUsize>);

impl Crash {
    /// Fails at the statement of this number; the first one is 1.
    pub(crate) fn at(number: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(number)))
    }
}

#[async_trait::async_trait]
impl Before for Crash {
    async fn statement(&self) -> Result<(), DbErr> {
        let down = |left: usize| left.checked_sub(1);
        let left = &self.0;
        match left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, down) {
            Ok(1) | Err(_) => Err(DbErr::Custom("crashed".into())),
            Ok(_) => Ok(()),
        }
    }

    async fn commit(&self) -> Result<(), DbErr> {
        self.statement().await
    }
}

/// The watched connection; each transaction on it is watched too.
#[derive(Clone)]
pub(crate) struct Watched<C, B> {
    pub(crate) inner: C,
    pub(crate) before: B,
}

impl<C, B: Before> Watched<C, B> {
    pub(crate) fn new(inner: C, before: B) -> Self {
        Self { inner, before }
    }

    async fn within<T: ConnectionTrait>(&self, inner: T) -> Result<Watched<T, B>, DbErr> {
        self.before.begun(&inner).await?;
        Ok(Watched::new(inner, self.before.clone()))
    }
}

#[async_trait::async_trait]
impl<C: ConnectionTrait, B: Before> ConnectionTrait for Watched<C, B> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.before.statement().await?;
        self.inner.execute_raw(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.before.statement().await?;
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.before.statement().await?;
        self.inner.query_one_raw(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.before.statement().await?;
        self.inner.query_all_raw(stmt).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }
}

#[async_trait::async_trait]
impl<C: TransactionTrait, B: Before> TransactionTrait for Watched<C, B> {
    type Transaction = Watched<C::Transaction, B>;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        self.within(self.inner.begin().await?).await
    }

    async fn begin_with_config(
        &self,
        level: Option<IsolationLevel>,
        mode: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        let begun = self.inner.begin_with_config(level, mode).await?;
        self.within(begun).await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<Self::Transaction, DbErr> {
        let begun = self.inner.begin_with_options(options).await?;
        self.within(begun).await
    }

    async fn transaction<F, T, E>(&self, _: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        Err(TransactionError::Connection(DbErr::Custom(
            "not asked for".into(),
        )))
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        _: Option<IsolationLevel>,
        _: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        self.transaction(callback).await
    }
}

#[async_trait::async_trait]
impl<C: TransactionSession + Send, B: Before> TransactionSession for Watched<C, B> {
    async fn commit(self) -> Result<(), DbErr> {
        self.before.commit().await?;
        self.inner.commit().await?;
        self.before.committed().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}
