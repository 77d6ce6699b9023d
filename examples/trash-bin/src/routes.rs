//! The handlers, by subject.

pub(crate) mod delete;
pub(crate) mod erasure;
pub(crate) mod folders;
pub(crate) mod index;
pub(crate) mod notes;
pub(crate) mod people;
pub(crate) mod reports;
pub(crate) mod search;
pub(crate) mod trash;
pub(crate) mod workspaces;
