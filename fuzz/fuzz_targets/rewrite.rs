//! `cargo +nightly fuzz run rewrite`: whatever the text, the rewriter does not panic, changes nothing
//! beside what it inserts, and counts its placeholders.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| sea_orm_soft_delete::fuzz_rewrite(text));
