//! What a delete writes: its instant, its operation, and who deletes and why.

pub(crate) mod attribution;
pub(crate) mod clock;
pub(crate) mod operation;
pub(crate) mod timestamp;
