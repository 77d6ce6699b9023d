//! The test suite is in `suite/`. Here the README's example is compiled, because the packages do not have the file.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
