//! What a delete writes: its instant, its operation, its author and its reason.

pub(crate) mod attribution;
pub(crate) mod clock;
pub(crate) mod id;
pub(crate) mod timestamp;
