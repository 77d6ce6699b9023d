//! Inserts of rows whose key one in the trash has.

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
