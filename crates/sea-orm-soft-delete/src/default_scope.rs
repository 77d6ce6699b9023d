//! Default scopes beside that of the live rows: which rows of a table belong to a connection.

pub(crate) mod entity;
pub(crate) mod key;
pub(crate) mod values;
