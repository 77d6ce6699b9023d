//! How long trash is kept.

use std::fmt;
use std::time::Duration;

/// How long the trashed rows of an entity are kept before a [purge](crate::Purge) removes them.
///
/// `#[soft_delete(retain = "30 days")]` on the model declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Retention {
    /// A purge removes rows that were trashed longer ago.
    For(Duration),
    /// No purge removes them.
    Forever,
}

impl fmt::Display for Retention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::For(duration) => {
                const DAY: u64 = 86_400;
                match duration.as_secs() {
                    seconds if seconds % DAY == 0 => write!(f, "{} days", seconds / DAY),
                    _ => write!(f, "{duration:?}"),
                }
            }
            Self::Forever => f.write_str("forever"),
        }
    }
}
