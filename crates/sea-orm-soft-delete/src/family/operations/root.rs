//! The row on which a delete was called.

use std::fmt;

use sea_orm::sea_query::ValueTuple;

#[cfg(feature = "serde")]
use crate::report::row_key;
use crate::report::trashed_row::write_row;

/// A row on which a delete was called: a row of the operation that was not trashed with a parent.
///
/// With the feature `serde` it can be serialized. A key of several columns is an array:
///
/// ```json
/// { "entity": "folder", "key": 7, "title": "Garden" }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OperationRoot {
    /// The table of the row, as `note` or `archive.note`.
    pub entity: String,
    /// The primary key.
    #[cfg_attr(feature = "serde", serde(serialize_with = "row_key::json::serialize"))]
    pub key: ValueTuple,
    /// The text of the column with `#[soft_delete(title)]`, if the entity has one and it is not NULL.
    pub title: Option<String>,
}

/// The title or, without one, the entity and the key: `Garden`, `folder 7`, `member (1, 'x')`.
impl fmt::Display for OperationRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_row(f, &self.entity, &self.key, self.title.as_deref())
    }
}
