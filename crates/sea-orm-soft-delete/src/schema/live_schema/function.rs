//! The function of a trigger, and why one may not be written.

use crate::error::SoftDeleteError;

/// What the comment of a view or function ends with, by which this crate recognizes its own.
pub(super) const MARK: &str = "kept by sea-orm-soft-delete";

/// A function for triggers.
pub(super) struct Function {
    pub(super) name: String,
    /// The clauses of CREATE FUNCTION, for a function that runs with the rights of its owner.
    pub(super) settings: String,
    pub(super) body: String,
}

impl Function {
    pub(super) fn runs_as_owner(&self) -> bool {
        !self.settings.is_empty()
    }
}

/// Why a DELETE is refused, and what to do about it.
pub(super) struct Refusal {
    pub(super) why: String,
    pub(super) remedy: &'static str,
}

/// Why a function cannot be written.
pub(super) enum NotWritten {
    Error(SoftDeleteError),
    /// A DELETE has to be refused.
    Refused(Refusal),
}

impl From<SoftDeleteError> for NotWritten {
    fn from(error: SoftDeleteError) -> Self {
        Self::Error(error)
    }
}
