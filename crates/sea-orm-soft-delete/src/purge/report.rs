//! What a purge did.

use std::fmt;
use std::time::Duration;

use crate::error::SoftDeleteError;
use crate::family::Operation;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::report::blocked::BlockedBy;
use crate::report::{EntityRows, counted};

/// What a run of a [`Purge`](crate::Purge) removed, and what it left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PurgeReport {
    /// How many rows of each entity were removed, rows of entities with the policy `destroy` included.
    pub removed: Vec<EntityRows>,
    /// How many operations were removed.
    pub operations: u64,
    /// How many operations were due and left, because another transaction had locked their rows or changed
    /// them. A later run removes them.
    pub skipped: u64,
    /// The operations that were due and left, because something forbids their removal.
    pub blocked: Vec<Blocked>,
    /// Why the run ended.
    pub ended: PurgeEnd,
}

/// What a run of an [`Archive`](crate::Archive) moved, and what it left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ArchiveReport {
    /// How many rows of each entity were moved, rows of entities with the policy `destroy` included.
    pub archived: Vec<EntityRows>,
    /// How many operations were moved as a whole.
    pub operations: u64,
    /// How many operations were left, because another transaction had locked their rows or changed them. A later run
    /// moves them.
    pub skipped: u64,
    /// The operations that were left, because something forbids to move them.
    pub blocked: Vec<Blocked>,
    /// Why the run ended.
    pub ended: PurgeEnd,
}

impl ArchiveReport {
    /// How many rows were moved, of all entities.
    pub fn rows(&self) -> u64 {
        self.archived.iter().map(|it| it.count).sum()
    }
}

impl From<PurgeReport> for ArchiveReport {
    fn from(report: PurgeReport) -> Self {
        Self {
            archived: report.removed,
            operations: report.operations,
            skipped: report.skipped,
            blocked: report.blocked,
            ended: report.ended,
        }
    }
}

/// One line for each entity, and one for each operation that is blocked.
impl fmt::Display for ArchiveReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = PurgeReport {
            removed: self.archived.clone(),
            operations: self.operations,
            skipped: self.skipped,
            blocked: self.blocked.clone(),
            ended: self.ended,
        };
        report.write("archived", f)
    }
}

/// What a [`Purge`](crate::Purge) would remove now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PurgePreview {
    /// How many rows of each entity would be removed.
    pub due: Vec<EntityRows>,
    /// How many operations would be removed.
    pub operations: u64,
    /// When the oldest of them trashed its rows.
    pub oldest: Option<Timestamp>,
    /// The operations that are due and would be left.
    pub blocked: Vec<Blocked>,
    /// How many runs it would take, by the bound on the rows of a run.
    pub runs: u64,
}

impl PurgePreview {
    /// How many rows would be removed, of all entities.
    pub fn rows(&self) -> u64 {
        self.due.iter().map(|due| due.count).sum()
    }

    pub(crate) fn add(&mut self, operation: &Operation) {
        self.operations += 1;
        self.oldest.get_or_insert(operation.at());
        for member in operation.members() {
            EntityRows::add(&mut self.due, member.entity.clone(), member.count);
        }
    }
}

/// One line for each entity, and one for each operation that is blocked.
impl fmt::Display for PurgePreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} due",
            counted(self.rows(), "row"),
            match self.operations {
                1 => "1 operation is".to_owned(),
                count => format!("{count} operations are"),
            }
        )?;
        if let Some(oldest) = self.oldest {
            write!(f, ", the oldest from {oldest}")?;
        }
        for EntityRows { entity, count } in &self.due {
            write!(f, "\n  {entity}: {count}")?;
        }
        for blocked in &self.blocked {
            write!(f, "\n{blocked}")?;
        }
        match self.runs {
            0 | 1 => Ok(()),
            runs => write!(f, "\nin {runs} runs"),
        }
    }
}

/// An operation that was due and left.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Blocked {
    /// The operation.
    pub operation: OperationId,
    /// What forbids its removal, all of it.
    pub by: Vec<BlockedBy>,
}

/// `operation 0197f3b2-… : 3 live rows of …; 2 …`
impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by: Vec<String> = self.by.iter().map(ToString::to_string).collect();
        write!(f, "operation {} stays: {}", self.operation, by.join("; "))
    }
}

/// What a run has removed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PurgeProgress {
    /// How many operations were removed.
    pub operations: u64,
    /// How many rows were removed, of all entities.
    pub rows: u64,
    /// How long the run has taken.
    pub elapsed: Duration,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PurgeEnd {
    /// Nothing else was due.
    #[default]
    Done,
    /// Its time was up.
    Time,
    /// The next operation would exceed the number of rows.
    Rows,
    /// The caller ended it.
    Stopped,
}

impl PurgeReport {
    /// How many rows were removed, of all entities.
    pub fn rows(&self) -> u64 {
        self.removed.iter().map(|purged| purged.count).sum()
    }

    pub(crate) fn count(&mut self, entity: String, count: u64) {
        EntityRows::add(&mut self.removed, entity, count);
    }

    pub(crate) fn add(&mut self, other: Self) {
        for EntityRows { entity, count } in other.removed {
            self.count(entity, count);
        }
        self.operations += other.operations;
        self.skipped += other.skipped;
        self.blocked.extend(other.blocked);
    }

    /// Adds an operation that the database refused to remove.
    pub(crate) fn refuse(&mut self, operation: OperationId, error: &SoftDeleteError) {
        let by = match error {
            SoftDeleteError::HeldByForeignKey {
                holder, constraint, ..
            } => BlockedBy::ForeignKey {
                holder: holder.clone(),
                constraint: constraint.clone(),
            },
            error => BlockedBy::Database {
                message: error.to_string(),
            },
        };
        self.block(operation, by);
    }

    pub(crate) fn block(&mut self, operation: OperationId, by: BlockedBy) {
        self.blocked.push(Blocked {
            operation,
            by: vec![by],
        });
    }
}

/// One line for each entity, and one for each operation that is blocked.
impl fmt::Display for PurgeReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write("removed", f)
    }
}

impl PurgeReport {
    fn write(&self, deed: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} {deed}",
            counted(self.rows(), "row"),
            counted(self.operations, "operation")
        )?;
        for EntityRows { entity, count } in &self.removed {
            write!(f, "\n  {entity}: {count}")?;
        }
        if self.skipped > 0 {
            write!(
                f,
                "\n{} skipped, because of locked rows",
                counted(self.skipped, "operation")
            )?;
        }
        for blocked in &self.blocked {
            write!(f, "\n{blocked}")?;
        }
        match self.ended {
            PurgeEnd::Done => Ok(()),
            PurgeEnd::Time => write!(f, "\nended: the time was up"),
            PurgeEnd::Stopped => write!(f, "\nended by the caller"),
            PurgeEnd::Rows => write!(
                f,
                "\nended: the next operation has more rows than were left"
            ),
        }
    }
}
