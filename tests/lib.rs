//! The suite is in `suite/`.
