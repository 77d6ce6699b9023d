//! Transactions of a scoped connection. They are scoped too, and so are the transactions nested in
//! them.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;

use sea_orm::{
    AccessMode, ConnectionTrait, DbErr, IsolationLevel, TransactionError, TransactionOptions,
    TransactionSession, TransactionTrait,
};

use crate::scoped::connection::ScopedConnection;

#[async_trait::async_trait]
impl<C: TransactionTrait> TransactionTrait for ScopedConnection<C> {
    type Transaction = ScopedConnection<C::Transaction>;

    async fn begin(&self) -> Result<Self::Transaction, DbErr> {
        self.scoped_like_this(self.inner.begin().await?).await
    }

    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self::Transaction, DbErr> {
        let begun = self.inner.begin_with_config(isolation_level, access_mode);
        self.scoped_like_this(begun.await?).await
    }

    async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<Self::Transaction, DbErr> {
        let begun = self.inner.begin_with_options(options);
        self.scoped_like_this(begun.await?).await
    }

    // The inner connection's own `transaction` is not used, because it would pass an unscoped
    // transaction to the callback, and the callback takes a scoped transaction.
    async fn transaction<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(
                &'c Self::Transaction,
            ) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>
            + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        let transaction = self.begin().await?;
        let outcome = callback(&transaction).await;
        settle(transaction, outcome).await
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
        let transaction = self.begin_with_config(isolation_level, access_mode).await?;
        let outcome = callback(&transaction).await;
        settle(transaction, outcome).await
    }
}

#[async_trait::async_trait]
impl<C: TransactionSession + Send> TransactionSession for ScopedConnection<C> {
    async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }

    async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

/// The functions that SeaORM's transactions have as inherent functions, so callers need no import here
/// either.
impl<C: TransactionSession> ScopedConnection<C> {
    /// Commits the transaction.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// use sea_orm::TransactionTrait;
    /// use sea_orm_soft_delete::Scopable;
    ///
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped();
    /// let txn = db.begin().await?; // as scoped as `db`
    /// note::Entity::delete_by_id(1).exec(&txn).await?;
    /// txn.commit().await?;
    /// assert!(note::Entity::find_by_id(1).one(&db).await?.is_none());
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of the inner transaction.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await
    }

    /// Rolls the transaction back. A transaction that is dropped is rolled back too, a little later.
    ///
    /// # Errors
    ///
    /// The errors of the inner transaction.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

/// The same functions for callbacks that are `async` closures.
impl<C: TransactionTrait> ScopedConnection<C> {
    /// Runs the callback in a transaction. Commits the transaction if the callback returns `Ok`, and
    /// rolls it back if the callback returns `Err`.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// use sea_orm_soft_delete::Scopable;
    ///
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped();
    /// db.transaction_async(async |txn| {
    ///     note::Entity::delete_by_id(1).exec(txn).await?;
    ///     note::Entity::restore_by_id(3).exec(txn).await?;
    ///     Ok::<_, SoftDeleteError>(())
    /// })
    /// .await?;
    /// assert_eq!(note::Entity::find().count(&db).await?, 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the callback, or the database's error when it begins, commits or rolls back. If the
    /// rollback fails, its error is returned and the error of the callback is lost, as in SeaORM.
    pub async fn transaction_async<F, T, E>(&self, callback: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> AsyncFnOnce(&'c ScopedConnection<C::Transaction>) -> Result<T, E> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        let transaction = self.begin().await?;
        let outcome = callback(&transaction).await;
        settle(transaction, outcome).await
    }

    /// [`transaction_async`](Self::transaction_async) with an isolation level, an access mode, or
    /// both.
    ///
    /// # Errors
    ///
    /// The same errors.
    pub async fn transaction_with_config_async<F, T, E>(
        &self,
        callback: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> AsyncFnOnce(&'c ScopedConnection<C::Transaction>) -> Result<T, E> + Send,
        T: Send,
        E: Display + Debug + Send,
    {
        let transaction = self.begin_with_config(isolation_level, access_mode).await?;
        let outcome = callback(&transaction).await;
        settle(transaction, outcome).await
    }
}

impl<C> ScopedConnection<C> {
    /// Scopes a transaction that has begun on the inner connection. If it fails, the transaction is dropped, and so
    /// rolled back.
    pub(super) async fn scoped_like_this<T: ConnectionTrait>(
        &self,
        transaction: T,
    ) -> Result<ScopedConnection<T>, DbErr> {
        let settings = match self.settings_to_make(transaction.get_database_backend())? {
            Some(settings) => {
                settings.set(&transaction).await?;
                Some(settings)
            }
            None => self.settings.clone(),
        };
        Ok(ScopedConnection {
            inner: transaction,
            scope: self.scope.clone(),
            settings,
        })
    }
}

/// Ends a transaction as SeaORM does: the error of a failed rollback hides the error of the callback.
async fn settle<C, T, E>(
    transaction: ScopedConnection<C>,
    outcome: Result<T, E>,
) -> Result<T, TransactionError<E>>
where
    C: TransactionSession,
{
    let ended = match outcome {
        Ok(_) => transaction.commit().await,
        Err(_) => transaction.rollback().await,
    };
    ended.map_err(TransactionError::Connection)?;
    outcome.map_err(TransactionError::Transaction)
}
