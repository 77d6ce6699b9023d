//! A service that keeps notes in a tree of folders and lets nobody lose one by accident: what is
//! deleted goes to the trash, says who put it there and why, and can be brought back, with all that
//! went with it.
//!
//! Where to look:
//!
//! | question | file |
//! |---|---|
//! | how an entity becomes soft-deletable | `note.rs`, `folder.rs` |
//! | how a row says what goes with it | `folder.rs` |
//! | how a delete is shown, confirmed and done | `routes/deletion.rs`; of a single row, `routes/notes.rs` |
//! | how deletes are listed, undone, made final | `routes/trash.rs` |
//! | how the connection becomes scoped | `app.rs`, `database.rs` |
//! | what becomes of joins and raw SQL then | `routes/reports.rs` |
//! | how a delete learns who and why | `actor.rs` |
//! | which columns and unique indexes the tables need | `migration.rs` |
//! | how the service learns that a table is not as it should be | `database.rs`, `main.rs` |
//! | what becomes of an error | `error.rs` |

mod actor;
mod app;
mod database;
mod error;
mod extract;
pub mod folder;
mod migration;
pub mod note;
mod origin;
mod outlook;
mod paging;
mod routes;
mod seed;
mod text;

pub use crate::app::app;
pub use crate::database::{connect, examine, migrate};
pub use crate::migration::Migrator;
pub use crate::seed::seed;
