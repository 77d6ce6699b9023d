//! A live row that is in the way.

use std::fmt;

use sea_orm::sea_query::ValueTuple;

use crate::report::row_key;
use crate::report::trashed_row::write_row;

/// A live row, for a program that names it or links to it.
///
/// It prints as its title or, without one, as the entity and the key: `Milk`, `note 7`, `member (1, 'x')`.
///
/// A row that was deserialized holds the whole numbers of its key as `i64` or `u64`, and other values as text.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct LiveRow {
    /// The table of the row, as `note` or `archive.note`.
    pub entity: String,
    /// The primary key.
    #[cfg_attr(feature = "serde", serde(with = "row_key::json"))]
    pub key: ValueTuple,
    /// The text of the column with `#[soft_delete(title)]`, if the entity has one and it is not NULL.
    pub title: Option<String>,
}

impl PartialEq for LiveRow {
    fn eq(&self, other: &Self) -> bool {
        (&self.entity, &self.title) == (&other.entity, &other.title)
            && row_key::is_same(&self.key, &other.key)
    }
}

impl Eq for LiveRow {}

impl fmt::Display for LiveRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_row(f, &self.entity, &self.key, self.title.as_deref())
    }
}
