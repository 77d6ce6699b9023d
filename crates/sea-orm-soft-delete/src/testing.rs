//! Assertions for the tests of an application (feature `testing`).
//!
//! | to… | use |
//! |---|---|
//! | assert that a row is live, trashed, archived or gone | [`row`] |
//! | assert that a path of the application shows and touches no trash | [`leaks`] |
//! | let time pass, for a purge or the end of an undo | [`TestClock`] |
//! | assert that the schema fits | [`doctor`](crate::doctor()) and its [`assert_healthy`](crate::doctor::Diagnosis::assert_healthy) |
//!
//! The functions that read are `async` and return a value; its assertions are not, so that a failure names the line
//! of the test.

mod leaks;
mod row;
mod test_clock;

pub use self::leaks::{Leaks, leaks};
pub use self::row::{RowState, row};
pub use self::test_clock::TestClock;
