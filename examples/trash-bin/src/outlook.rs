//! A preview of a verb, for display.

use sea_orm_soft_delete::preview::Preview;
use serde::Serialize;

/// A preview: programs send it back, and people read it.
#[derive(Debug, Serialize)]
pub(crate) struct Outlook {
    preview: Preview,
    /// The printed lines of the preview.
    tree: Vec<String>,
}

impl From<Preview> for Outlook {
    fn from(preview: Preview) -> Self {
        let tree = preview.to_string().lines().map(str::to_owned).collect();
        Self { preview, tree }
    }
}
