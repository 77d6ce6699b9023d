//! Statements: the pieces from which the verbs, the families and the scoped connection build theirs.

pub(crate) mod bound;
pub(crate) mod dialect;
pub(crate) mod filtered;
pub(crate) mod find_by_key;
pub(crate) mod literal;
pub(crate) mod returning;
pub(crate) mod scoped_table;
pub(crate) mod stamp;
pub(crate) mod text_instant;
pub(crate) mod unique_violation;

/// The type of future that SeaORM's verbs of a row return, too.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
