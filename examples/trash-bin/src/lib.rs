//! A service that keeps notes in a tree of folders. Nobody loses a note by accident: a deleted note or
//! folder goes to the trash, with who deleted it and why, and can be restored with everything that was
//! trashed with it.
//!
//! Where to look:
//!
//! | question | file |
//! |---|---|
//! | how an entity becomes soft-deletable | `note.rs`, `folder.rs` |
//! | how an entity declares what is trashed with its rows | `folder.rs` |
//! | how a delete is previewed, confirmed and run | `routes/delete.rs`; for a single row, `routes/notes.rs` |
//! | how deletes are listed, undone, made final | `routes/trash.rs` |
//! | how old trash is purged | `purge.rs` |
//! | how a search index is kept in step with the trash | `search.rs` |
//! | how a person is forgotten, with a receipt | `person.rs`, `note.rs`, `erase.rs`, `receipts.rs`, `routes/erasure.rs` |
//! | how the history of a delete outlives its rows | `routes/trash.rs`, `migration.rs` |
//! | how the connection becomes scoped | `app.rs`, `database.rs` |
//! | how each request is kept within its workspace | `workspace.rs`, `database.rs` |
//! | how people sign in, and how a page gets a connection within its workspace | `pages/session.rs`, `pages/room.rs` |
//! | what a trash looks like to people | `pages/trash.rs`, `pages/trash/` |
//! | how joins and raw SQL are scoped | `routes/reports.rs` |
//! | how a delete learns who and why | `actor.rs` |
//! | which columns and unique indexes the tables need | `migration.rs` |
//! | how the service reports a table that does not meet the requirements | `database.rs`, `main.rs` |
//! | how an error becomes a response | `error.rs` |

mod actor;
mod app;
mod database;
mod erase;
mod error;
mod extract;
pub mod folder;
mod migration;
pub mod note;
mod outlook;
mod pages;
mod paging;
mod password;
pub mod person;
mod purge;
mod receipts;
mod routes;
pub mod search;
mod seed;
mod text;
pub mod workspace;

pub use crate::app::app;
pub use crate::database::{connect, examine, migrate};
pub use crate::erase::{EraseOptions, erase, replay};
pub use crate::migration::Migrator;
pub use crate::pages::session::cookie_key;
pub use crate::password::reset_password;
pub use crate::purge::{Options, purge};
pub use crate::receipts::Receipts;
pub use crate::seed::{Account, seed};
