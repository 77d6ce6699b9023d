//! One place in the sources that matters.

use serde::Serialize;

use crate::code::{Code, Group};

#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) code: Code,
    pub(crate) group: Group,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    /// The module of the entity, or `None` where it cannot be told.
    pub(crate) entity: Option<String>,
    /// Whether it stands in test code.
    pub(crate) test: bool,
    pub(crate) excerpt: String,
    /// That of the code, or a more exact one.
    pub(crate) remedy: String,
}

impl Finding {
    /// What the report shows in place of an entity that cannot be told.
    pub(crate) fn entity_name(&self) -> &str {
        self.entity.as_deref().unwrap_or("unknown entity")
    }
}
