//! `cargo +nightly fuzz run rewrite` checks for any text that the rewriter does not panic, changes nothing
//! but its insertions, and counts its placeholders.

#![no_main]

use sql_row_scope::Dialect::{MySql, Postgres, Sqlite};
use sql_row_scope::properties::{catalog, check};

libfuzzer_sys::fuzz_target!(|text: &str| {
    for dialect in [Sqlite, Postgres, MySql] {
        let _ = check(&catalog(dialect), dialect, text);
    }
});
