//! Tests of the service by HTTP requests, on every database.
//!
//! Most tests call the router in-process; `program.rs` starts the real program.

// The lint configuration allows `#[test]` functions to panic, but not the functions that they call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod actor;
mod browser;
mod client;
mod delete;
mod erasure;
mod folders;
mod input;
mod lifecycle;
mod migration;
mod notes;
mod pages;
mod program;
mod reports;
mod search;
mod seed;
mod service;
mod titles;
mod trash;
mod workspaces;
