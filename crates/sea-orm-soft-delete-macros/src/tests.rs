//! What the derive makes of a model, and what it says of mistakes.

mod snapshots;
mod ui;
