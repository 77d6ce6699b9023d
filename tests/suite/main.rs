//! The test suite, which runs on SQLite, PostgreSQL, MariaDB and MySQL.
//!
//! `cargo xtask test` starts the servers. A test is written once, in `on_every_database!`, and runs as
//! `…::sqlite`, `…::postgres`, `…::mariadb` and `…::mysql`. "Scenario N" is a line of `docs/SCENARIOS.md`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]
// Generated code must compile where the application forbids unsafe code.
#![forbid(unsafe_code)]

mod harness;
mod watched;

mod entities;

mod archive;
mod attacks;
mod attribution;
mod backup;
mod bound;
mod clock;
mod companions;
mod connection;
mod counter_caches;
mod counts;
mod delete;
mod doctor;
mod erasure;
mod excluded;
mod families;
mod force_delete;
mod formats;
mod galera;
mod generic;
mod held;
mod holds;
mod hooks;
mod law;
mod limits;
mod live_schema;
mod log;
mod markers;
mod partitions;
mod purge;
mod races;
mod reads;
mod register_only;
mod registry;
mod replica;
mod restore;
mod restore_hooks;
mod revive;
mod schema;
mod scoped;
mod scoped_law;
mod sql;
mod tenants;
mod testing;
mod transactions;
mod update;
