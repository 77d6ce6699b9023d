//! What a verb would do, as it is shown.

use sea_orm_soft_delete::preview::Preview;
use serde::Serialize;

/// A preview, for programs to send back and for people to read.
#[derive(Debug, Serialize)]
pub(crate) struct Outlook {
    preview: Preview,
    /// The lines that it prints as.
    tree: Vec<String>,
}

impl From<Preview> for Outlook {
    fn from(preview: Preview) -> Self {
        let tree = preview.to_string().lines().map(str::to_owned).collect();
        Self { preview, tree }
    }
}
