//! A preview of a verb, for display.

use std::fmt::Display;

use sea_orm_soft_delete::preview::Preview;
use serde::Serialize;

/// A preview: programs send it back, and people read it.
#[derive(Debug, Serialize)]
pub(crate) struct Outlook<P = Preview> {
    preview: P,
    /// The printed lines of the preview.
    tree: Vec<String>,
}

impl<P: Display> From<P> for Outlook<P> {
    fn from(preview: P) -> Self {
        let tree = preview.to_string().lines().map(str::to_owned).collect();
        Self { preview, tree }
    }
}
