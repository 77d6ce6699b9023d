#![cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#![doc = include_str!("../guide/index.md")]

// The pages are files of `guide/`, whose links lead to one another both here and in the repository. Here
// `links.md` comes before each page, and of two definitions of a link the first one counts. The examples have none,
// so that a failure names the page and its line.

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/start.md")]
pub mod start {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/entities.md")]
pub mod entities {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/verbs.md")]
pub mod verbs {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/inserting.md")]
pub mod inserting {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/errors.md")]
pub mod errors {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/scoped_connection.md")]
pub mod scoped_connection {}

// `examples/frameworks` compiles and tests its code.
#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[cfg_attr(not(doctest), doc = include_str!("../guide/frameworks.md"))]
pub mod frameworks {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/default_scopes.md")]
pub mod default_scopes {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/live_schema.md")]
pub mod live_schema {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/families.md")]
pub mod families {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/counter_caches.md")]
pub mod counter_caches {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/schema.md")]
pub mod schema {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/at_scale.md")]
pub mod at_scale {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/after_the_trash.md")]
pub mod after_the_trash {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/purge.md")]
pub mod purge {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/archive.md")]
pub mod archive {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[cfg_attr(any(not(doctest), feature = "erasure"), doc = include_str!("../guide/erasure.md"))]
pub mod erasure {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[cfg_attr(any(not(doctest), feature = "backup"), doc = include_str!("../guide/backup.md"))]
pub mod backup {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/deletion_log.md")]
pub mod deletion_log {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/moving.md")]
pub mod moving {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[cfg_attr(any(not(doctest), feature = "testing"), doc = include_str!("../guide/testing.md"))]
pub mod testing {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/operating.md")]
pub mod operating {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/troubleshooting.md")]
pub mod troubleshooting {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/limits.md")]
pub mod limits {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/comparison.md")]
pub mod comparison {}

#[cfg_attr(not(doctest), doc = include_str!("../guide/links.md"))]
#[doc = include_str!("../guide/benchmarks.md")]
pub mod benchmarks {}
