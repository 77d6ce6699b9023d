//! The pages, as a browser without scripts uses them.

mod admin;
mod folders_and_notes;
mod plain_browser;
mod sign_in;
mod trash;
