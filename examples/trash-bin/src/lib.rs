//! A service that keeps notes in folders and lets nobody lose one by accident: what is deleted
//! goes to the trash, says who put it there and why, and can be brought back.
//!
//! Where to look:
//!
//! | question | file |
//! |---|---|
//! | how an entity becomes soft-deletable | `note.rs`, `folder.rs` |
//! | how a row is trashed, restored, destroyed | `routes/notes.rs`, `routes/trash.rs` |
//! | how the connection becomes scoped | `app.rs`, `database.rs` |
//! | what becomes of joins and raw SQL then | `routes/reports.rs` |
//! | how a delete learns who and why | `actor.rs` |
//! | which columns and unique indexes the tables need | `migration.rs` |
//! | what becomes of an error | `error.rs` |

mod actor;
mod app;
mod database;
mod error;
mod extract;
pub mod folder;
mod migration;
pub mod note;
mod paging;
mod routes;
mod seed;
mod text;

pub use crate::app::app;
pub use crate::database::{connect, migrate};
pub use crate::seed::seed;
