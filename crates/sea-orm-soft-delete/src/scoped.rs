//! The scoped connection: it scopes each statement and hands it to the connection inside.
//!
//! [`scope`] decides how a statement is rewritten. The other modules implement SeaORM's traits, so that
//! no call reaches the inner connection without the scope.

#[cfg(feature = "rbac")]
mod audited_statement;
#[cfg(feature = "watch")]
mod compare;
mod connection;
mod connection_ref;
mod execute;
mod in_scope;
mod own_transaction;
mod plan_cache;
mod row_level_security;
mod scopable;
pub(crate) mod scope;
#[cfg(feature = "stream")]
mod stream;
mod text_settings;
mod transaction;
mod upsert;
#[cfg(feature = "watch")]
mod watch;

pub use self::connection::ScopedConnection;
pub use self::connection_ref::ConnectionRef;
pub use self::scopable::Scopable;
pub use self::scope::{Scope, ScopeBuilder};
#[cfg(feature = "watch")]
pub use self::watch::{Watch, WatchEffect, WatchReport, WatchedStatement};
