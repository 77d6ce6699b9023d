//! A connection by reference.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;

use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult,
    Statement, StatementBuilder, TransactionError, TransactionOptions, TransactionTrait,
};

/// A connection by reference, for an API that takes a connection by value.
///
/// `&C` is no connection even if `C` is one, since SeaORM implements its traits for no references.
/// `ConnectionRef` forwards everything and adds nothing. It is the inner connection of the scoped
/// connections that [`Scopable`](crate::Scopable) and
/// [`with_trashed`](crate::ScopedConnection::with_trashed) lend. Make one to scope a connection of a
/// type of your own without giving it away:
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm::TransactionTrait;
/// use sea_orm_soft_delete::{ConnectionRef, ScopedConnection};
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// async fn live(db: &(impl ConnectionTrait + TransactionTrait)) -> Result<u64, DbErr> {
///     let db = ScopedConnection::new(ConnectionRef::new(db));
///     <note::Entity as EntityTrait>::find().count(&db).await
/// }
/// assert_eq!(live(db).await?, 2);
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[derive(Debug)]
pub struct ConnectionRef<'a, C>(&'a C);

impl<'a, C> ConnectionRef<'a, C> {
    /// Wraps a reference to this connection.
    pub fn new(connection: &'a C) -> Self {
        Self(connection)
    }

    /// The connection.
    pub fn get_ref(&self) -> &'a C {
        self.0
    }
}

// The derives would require the same traits of `C`.
impl<C> Clone for ConnectionRef<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for ConnectionRef<'_, C> {}

#[async_trait::async_trait]
impl<C: ConnectionTrait> ConnectionTrait for ConnectionRef<'_, C> {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, stmt: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(stmt).await
    }

    async fn execute<S: StatementBuilder>(&self, stmt: &S) -> Result<ExecResult, DbErr> {
        self.0.execute(stmt).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, stmt: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(stmt).await
    }

    async fn query_one<S: StatementBuilder>(&self, stmt: &S) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one(stmt).await
    }

    async fn query_all_raw(&self, stmt: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(stmt).await
    }

    async fn query_all<S: StatementBuilder>(&self, stmt: &S) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all(stmt).await
    }

    fn support_returning(&self) -> bool {
        self.0.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.0.is_mock_connection()
    }
}

#[async_trait::async_trait]
impl<C: TransactionTrait> TransactionTrait for ConnectionRef<'_, C> {
    type Transaction = C::Transaction;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        self.0.begin().await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        self.0.begin_with_config(isolation_level, access_mode).await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<Self::Transaction, DbErr> {
        self.0.begin_with_options(options).await
    }

    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        self.0.transaction(callback).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        self.0
            .transaction_with_config(callback, isolation_level, access_mode)
            .await
    }
}
