//! What the compiler says. Each file in `ui` is named after its mistake.
//!
//! `TRYBUILD=overwrite cargo test -p sea-orm-soft-delete-macros ui` writes the `.stderr` files.

/// The words are those of one compiler; with another, the test says that it is left out.
#[rustversion::attr(
    not(stable(1.95)),
    ignore = "the messages in ui/*.stderr are those of rustc 1.95"
)]
#[test]
fn each_mistake_is_one_error() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn what_is_right_compiles_and_runs() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
