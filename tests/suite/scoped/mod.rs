//! The scoped connection, on every path by which SeaORM sends a statement.
//!
//! | SeaORM | here |
//! |---|---|
//! | `Select` and its ends, `Selector`, `SelectGetable…`, `Paginator`, `Cursor` | `selects` |
//! | `ModelTrait::find_related`, `find_linked`; `find_also_…`, `find_both_…`, `find_with_…`; joins; `has_related` | `related` |
//! | `SelectThree` to `SelectSix`, `consolidate` | `wide` |
//! | `LoaderTrait`, `Entity::load()` | `loaders` |
//! | `Statement`, `raw_sql!`, `SelectorRaw`, statements of sea-query, `QueryTrait::into_query` | `raw` |
//! | `Insert`, `InsertMany`, `TryInsert` | `inserts` |
//! | `Update`, `UpdateMany`, `ActiveModelTrait::update`, `save` | `updates` |
//! | `Delete`, `DeleteMany`, `ActiveModelTrait::delete`, `delete_by_<unique>()` | `deletes` |
//! | `ActiveModelEx`, `cascade_delete`, `establish_links…`, `delete_links…` | `nested` |
//! | `TransactionTrait`, `TransactionSession`, `StreamTrait` in them | `transactions` |
//!
//! The other files have other subjects: `texts` and `changing_texts` are SQL as people write it, `schemas`
//! are names with a schema, `verbs` and `lifting` are the ways to see trashed rows on purpose, `refusals`
//! are statements that are not sent, `kinds` are the kinds of markers, `concurrency` is many concurrent
//! tasks, `events` are the `tracing` events, `contradictions` are statements that ask for the trash where it is
//! hidden, and `watching` is a scope that changes nothing and reports. `scenarios`, `leaks` and `limits` are faults of other
//! systems, or of the verbs without a scoped connection.
//!
//! Where possible, the tests check the law: `answers` and `changes` compare a scoped connection on tables
//! with trashed rows with a plain connection after the trashed rows were physically removed. The other
//! files spell out the answers.

mod answers;
mod blog;
mod bound;
mod changes;
mod changing_texts;
mod concurrency;
mod contradictions;
mod deletes;
mod events;
mod inserts;
mod kinds;
mod leaks;
mod lifting;
mod limits;
mod loaders;
mod nested;
mod raw;
mod refusals;
mod related;
mod rows;
mod scenarios;
mod schemas;
mod selects;
mod texts;
mod transactions;
mod updates;
mod verbs;
mod watching;
mod wide;
mod words;
