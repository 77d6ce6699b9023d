//! Inserts of rows whose key a trashed row holds.

mod concurrency;
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
mod users;
