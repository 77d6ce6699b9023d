//! The scoped connection: it scopes each statement and hands it to the connection inside.
//!
//! Nothing is decided here. What becomes of a statement is the scope's to say; these modules see to
//! it that there is no way to the inner connection around the scope.

mod borrowed;
mod execute;
mod followed;
#[cfg(feature = "rbac")]
mod prepared;
mod scopable;
mod scoped;
#[cfg(feature = "stream")]
mod stream;
mod transaction;

pub use borrowed::Borrowed;
pub use scopable::Scopable;
pub use scoped::ScopedConnection;
