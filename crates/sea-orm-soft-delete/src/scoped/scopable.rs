//! `db.scoped()`.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, TransactionTrait,
};
#[cfg(feature = "rbac")]
use sea_orm::{RestrictedConnection, RestrictedTransaction};

use crate::scoped::connection::ScopedConnection;
use crate::scoped::connection_ref::ConnectionRef;
use crate::scoped::scope::Scope;

/// A connection that can be scoped in place: `db.scoped()`.
///
/// SeaORM's connections and transactions implement it, and so does a scoped connection. The scoped
/// connection of a `DatabaseConnection` holds a clone of it, which shares the pool, so it can be kept.
/// The scoped connection of a transaction borrows the transaction, so the caller can still commit it.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::{Scopable, ScopedConnection};
///
/// #[derive(Clone)]
/// struct AppState {
///     db: ScopedConnection<DatabaseConnection>,
/// }
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// let state = AppState { db: db.scoped() };
/// assert_eq!(<note::Entity as EntityTrait>::find().count(&state.db).await?, 2);
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be scoped in place",
    label = "has no `scoped()`",
    note = "wrap it with `ScopedConnection::new(..)`, or by reference with \
            `ScopedConnection::new(ConnectionRef::new(&..))`"
)]
pub trait Scopable: ConnectionTrait {
    /// The inner connection: a clone of this connection, or a reference to it.
    type Handle<'a>: ConnectionTrait + TransactionTrait
    where
        Self: 'a;

    /// This connection, scoped for every table that the derive registered.
    ///
    /// A connection that is scoped already keeps its scope.
    fn scoped(&self) -> ScopedConnection<Self::Handle<'_>> {
        self.scoped_with(&Scope::registered())
    }

    /// This connection, scoped for the tables of this scope.
    ///
    /// If the connection is scoped already, this scope replaces its own.
    fn scoped_with(&self, scope: &Scope) -> ScopedConnection<Self::Handle<'_>>;
}

impl Scopable for DatabaseConnection {
    type Handle<'a> = Self;

    fn scoped_with(&self, scope: &Scope) -> ScopedConnection<Self> {
        ScopedConnection::with_scope(self.clone(), scope.clone())
    }
}

impl Scopable for DatabaseTransaction {
    type Handle<'a> = ConnectionRef<'a, Self>;

    fn scoped_with(&self, scope: &Scope) -> ScopedConnection<ConnectionRef<'_, Self>> {
        ScopedConnection::with_scope(ConnectionRef::new(self), scope.clone())
    }
}

/// The connection of a migration: `manager.get_connection().scoped()`.
impl Scopable for DatabaseExecutor<'_> {
    type Handle<'a>
        = ConnectionRef<'a, Self>
    where
        Self: 'a;

    fn scoped_with(&self, scope: &Scope) -> ScopedConnection<ConnectionRef<'_, Self>> {
        ScopedConnection::with_scope(ConnectionRef::new(self), scope.clone())
    }
}

#[cfg(feature = "rbac")]
impl Scopable for RestrictedConnection {
    type Handle<'a> = Self;

    fn scoped_with(&self, scope: &Scope) -> ScopedConnection<Self> {
        ScopedConnection::with_scope(self.clone(), scope.clone())
    }
}

#[cfg(feature = "rbac")]
impl Scopable for RestrictedTransaction {
    type Handle<'a> = ConnectionRef<'a, Self>;

    fn scoped_with(&self, scope: &Scope) -> ScopedConnection<ConnectionRef<'_, Self>> {
        ScopedConnection::with_scope(ConnectionRef::new(self), scope.clone())
    }
}

/// Scopes do not nest: the inner scope would hide the rows that the outer scope is meant to show.
impl<C: ConnectionTrait + TransactionTrait> Scopable for ScopedConnection<C> {
    type Handle<'a>
        = ConnectionRef<'a, C>
    where
        Self: 'a;

    fn scoped(&self) -> ScopedConnection<ConnectionRef<'_, C>> {
        self.borrowed(self.scope.clone())
    }

    fn scoped_with(&self, scope: &Scope) -> ScopedConnection<ConnectionRef<'_, C>> {
        self.borrowed(scope.clone())
    }
}
