//! The suite: what the library promises, on SQLite, PostgreSQL and MariaDB.
//!
//! `cargo xtask test` gives it its servers. A test is written once, in `on_every_database!`, and
//! runs as `…::sqlite`, `…::postgres` and `…::mariadb`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Generated code must not need what an application may forbid.
#![forbid(unsafe_code)]

mod harness;

mod delete;
mod entities;
