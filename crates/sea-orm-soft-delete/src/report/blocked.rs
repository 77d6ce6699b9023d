//! What forbids a purge to remove an operation.

use std::fmt;

use crate::report::counted;

/// What forbids the removal of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "reason", rename_all = "snake_case"))]
#[non_exhaustive]
pub enum BlockedBy {
    /// Live rows belong to its rows, or refer to them by a relation with the policy `restrict`.
    LiveRows {
        /// The table of the live rows.
        entity: String,
        /// How many there are.
        count: u64,
    },
    /// Trashed rows belong to its rows, and are not removed with them: another delete trashed them, and they
    /// are kept longer.
    KeptRows {
        /// The table of the trashed rows.
        entity: String,
        /// How many there are.
        count: u64,
    },
    /// A legal hold keeps some of its rows.
    LegalHold {
        /// The table of the held rows.
        entity: String,
        /// How many there are.
        count: u64,
    },
    /// A foreign key refers to its rows.
    ForeignKey {
        /// The table with the foreign key; SQLite does not report it.
        holder: Option<String>,
        /// The foreign key's name; on SQLite, the database's message.
        constraint: String,
    },
    /// Rows of it have no archive.
    NotArchived {
        /// The table of the rows.
        entity: String,
    },
    /// It has more rows than the run may remove, and it has to be removed at once, because the entity in which it
    /// began has no `operation` column that could record the begin.
    TooLarge {
        /// How many rows it has.
        rows: u64,
    },
    /// The database refused for another reason, such as a trigger.
    Database {
        /// What the database reported.
        message: String,
    },
}

impl fmt::Display for BlockedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LiveRows { entity, count } => {
                write!(
                    f,
                    "referred to by {} of `{entity}`",
                    counted(*count, "live row")
                )
            }
            Self::KeptRows { entity, count } => {
                write!(
                    f,
                    "parent of {} of `{entity}` that another operation trashed",
                    counted(*count, "trashed row")
                )
            }
            Self::LegalHold { entity, count } => {
                write!(
                    f,
                    "a legal hold keeps {} of `{entity}`",
                    counted(*count, "row")
                )
            }
            Self::ForeignKey { holder, constraint } => match holder {
                Some(holder) => {
                    write!(f, "the foreign key {constraint} of `{holder}` refers to it")
                }
                None => write!(f, "a foreign key refers to it: {constraint}"),
            },
            Self::NotArchived { entity } => {
                write!(f, "it has rows of `{entity}`, which declares no `archive`")
            }
            Self::TooLarge { rows } => {
                write!(f, "it has {rows} rows, more than the run may remove")
            }
            Self::Database { message } => f.write_str(message),
        }
    }
}
