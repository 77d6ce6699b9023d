//! A row in the trash.

use std::fmt;

use sea_orm::sea_query::ValueTuple;

use crate::operation::id::OperationId;
use crate::report::row_key;
use crate::value_text;

/// A row in the trash, for a program that offers to restore it.
///
/// It prints as its title or, without one, as the entity and the key: `Garden`, `folder 7`, `member (1, 'x')`.
///
/// A row that was deserialized holds the whole numbers of its key as `i64` or `u64`, and other values as text.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct TrashedRow {
    /// The table of the row, as `note` or `archive.note`.
    pub entity: String,
    /// The primary key.
    #[cfg_attr(feature = "serde", serde(with = "row_key::json"))]
    pub key: ValueTuple,
    /// The text of the column with `#[soft_delete(title)]`, if the entity has one and it is not NULL.
    pub title: Option<String>,
    /// The operation that trashed the row, if the row records one.
    pub operation: Option<OperationId>,
}

impl PartialEq for TrashedRow {
    fn eq(&self, other: &Self) -> bool {
        (&self.entity, &self.title, self.operation)
            == (&other.entity, &other.title, other.operation)
            && row_key::is_same(&self.key, &other.key)
    }
}

impl Eq for TrashedRow {}

impl fmt::Display for TrashedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_row(f, &self.entity, &self.key, self.title.as_deref())
    }
}

/// Writes a row's title or, without one, its entity and key.
pub(crate) fn write_row(
    f: &mut fmt::Formatter<'_>,
    entity: &str,
    key: &ValueTuple,
    title: Option<&str>,
) -> fmt::Result {
    if let Some(title) = title {
        return f.write_str(title);
    }
    let key: Vec<String> = key
        .clone()
        .into_iter()
        .map(|value| value_text::spell(&value))
        .collect();
    match key.as_slice() {
        [only] => write!(f, "{entity} {only}"),
        several => write!(f, "{entity} ({})", several.join(", ")),
    }
}
