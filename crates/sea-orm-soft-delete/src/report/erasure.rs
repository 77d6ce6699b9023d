//! What an erasure would do.

use std::fmt;

use crate::report::{EntityRows, RestrictingRows};

/// What an `Erasure` would do, if it ran now.
///
/// It holds no personal data but the key of the subject. It prints as a list:
///
/// ```text
/// erasure of `user` id = 7
///   user: 1 live row, overwrites email, name
///   note: 3 live and 2 trashed rows, overwrites text
///   attachment: 2 live rows, removes 2
///   vote: 4 live rows, kept: it declares nothing to erase
/// forbidden by a legal hold: 1 row of `note`
/// ```
///
/// With the feature `serde` an application can send it to the person who is to confirm it, and pass it back to
/// `confirm`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ErasurePreview {
    /// The table of the subject.
    pub entity: String,
    /// The key of the subject, as `column = value`.
    pub key: String,
    /// The tables that the erasure reaches, parents first, the subject's own before all.
    pub tables: Vec<ErasureTable>,
    /// What forbids the erasure: rows that a legal hold keeps.
    pub on_hold: Vec<EntityRows>,
    /// What forbids the erasure: live rows that belong to rows to remove, and would stay.
    pub left_behind: Vec<RestrictingRows>,
}

/// What an erasure does with the rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ErasureTable {
    /// The table.
    pub entity: String,
    /// How many live rows it reaches.
    pub live: u64,
    /// How many trashed rows it reaches.
    pub trashed: u64,
    /// How many of these rows it removes. The others are overwritten or kept.
    pub removed: u64,
    /// The columns that it overwrites in the rows that it does not remove.
    pub columns: Vec<String>,
}

impl ErasurePreview {
    /// Whether nothing forbids the erasure.
    pub fn is_allowed(&self) -> bool {
        self.on_hold.is_empty() && self.left_behind.is_empty()
    }
}

impl ErasureTable {
    /// How many rows are overwritten.
    pub fn overwritten(&self) -> u64 {
        match self.columns.is_empty() {
            true => 0,
            false => self.stays(),
        }
    }

    /// How many rows are kept as they are, because their entity declares nothing to erase.
    pub fn kept(&self) -> u64 {
        self.stays() - self.overwritten()
    }

    fn stays(&self) -> u64 {
        (self.live + self.trashed).saturating_sub(self.removed)
    }
}

impl fmt::Display for ErasurePreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "erasure of `{}` {}", self.entity, self.key)?;
        for table in &self.tables {
            writeln!(f, "  {table}")?;
        }
        for held in &self.on_hold {
            writeln!(f, "forbidden by a legal hold: {held}")?;
        }
        for rows in &self.left_behind {
            writeln!(f, "forbidden by {rows}, of which it removes rows")?;
        }
        Ok(())
    }
}

/// `note: 3 live and 2 trashed rows, overwrites title and text`
impl fmt::Display for ErasureTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entity, live, trashed) = (&self.entity, self.live, self.trashed);
        let rows = if live + trashed == 1 { "row" } else { "rows" };
        match (live, trashed) {
            (live, 0) => write!(f, "{entity}: {live} live {rows}")?,
            (0, trashed) => write!(f, "{entity}: {trashed} trashed {rows}")?,
            (live, trashed) => write!(f, "{entity}: {live} live and {trashed} trashed {rows}")?,
        }
        if self.removed > 0 {
            write!(f, ", removes {}", self.removed)?;
        }
        if self.overwritten() > 0 {
            write!(f, ", overwrites {}", self.columns.join(", "))?;
        }
        match self.kept() {
            0 => Ok(()),
            _ => write!(f, ", kept: it declares nothing to erase"),
        }
    }
}
