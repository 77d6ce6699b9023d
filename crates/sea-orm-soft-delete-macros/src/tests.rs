//! Tests of the generated code, and of the errors for mistakes.

mod snapshots;
mod ui;
