//! The compiler errors for mistakes. Each file in `ui` is named after its mistake.
//!
//! `TRYBUILD=overwrite cargo test -p sea-orm-soft-delete-macros ui` writes the `.stderr` files.

/// The messages depend on the version of rustc, so other versions ignore this test.
#[rustversion::attr(
    not(stable(1.95)),
    ignore = "the messages in ui/*.stderr are those of rustc 1.95"
)]
#[test]
fn each_mistake_is_one_error() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn correct_models_compile_and_run() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
