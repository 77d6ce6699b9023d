//! What the compiler says. Each file in `ui` is named after its mistake.
//!
//! `TRYBUILD=overwrite cargo test -p sea-orm-soft-delete-macros ui` writes the `.stderr` files.

// One test, so that the dependencies are built once.
#[test]
fn each_mistake_is_one_error_and_what_is_right_compiles() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
    cases.pass("ui/pass/*.rs");
}
