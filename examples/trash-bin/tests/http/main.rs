//! The service as its users meet it: requests in, answers out, on every database.
//!
//! Most tests call the router in-process; `program.rs` starts the real program.

// The lint configuration lets `#[test]` functions panic, but not what they call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod actor;
mod client;
mod delete;
mod folders;
mod input;
mod lifecycle;
mod migration;
mod notes;
mod program;
mod reports;
mod seed;
mod service;
mod titles;
mod trash;
