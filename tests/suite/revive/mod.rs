//! Inserts of rows whose key a trashed row holds.

pub(crate) mod concurrency;
mod errors;
mod families;
mod files;
mod finds;
mod hooks;
mod inserts;
mod keys;
mod meddled;
mod stress;
mod transactions;
pub(crate) mod users;
