//! Words of SQL that the databases also accept as names without quotes: as a column, a label and an alias,
//! each without AS. The lists come from asking SQLite 3.40, PostgreSQL 15, MariaDB 10.11 and MySQL 9.7 for
//! each word.

use crate::Dialect::{self, MySql, Postgres};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Column,
    Label,
    Alias,
}

pub(super) const PLACES: [Place; 3] = [Place::Column, Place::Label, Place::Alias];

/// The placeholder for a word in a statement.
pub(super) fn stand_in(place: Place) -> &'static str {
    match place {
        Place::Column => "zz_column",
        Place::Label => "zz_label",
        Place::Alias => "zz_alias",
    }
}

/// The words that some server of this kind accepts there.
pub(super) fn words(dialect: Dialect, place: Place) -> &'static [&'static str] {
    match (dialect, place) {
        (MySql, Place::Column) => MYSQL_COLUMNS,
        (MySql, Place::Label) => MYSQL_LABELS,
        (MySql, Place::Alias) => MYSQL_ALIASES,
        (Postgres, Place::Label) => POSTGRES_LABELS,
        (Postgres, _) => POSTGRES_NAMES,
        (_, Place::Column) => SQLITE_COLUMNS,
        (_, Place::Label) => SQLITE_LABELS,
        (_, Place::Alias) => SQLITE_ALIASES,
    }
}

#[rustfmt::skip]
const MYSQL_COLUMNS: &[&str] = &[
    "escape", "end", "begin", "full", "only", "lateral", "window", "filter", "share", "temp",
    "view", "conflict", "do", "nothing", "any", "some", "nulls", "first", "last", "glob", "user",
    "quick", "tablesample", "ordinality", "row", "materialized", "indexed", "no", "of",
    "truncate", "merge", "copy", "execute", "prepare", "commit", "rollback", "savepoint",
    "language", "atomic", "open", "close", "until", "sounds", "member", "empty", "system", "cube",
    "grouping", "rank", "groups", "lead", "lag", "array", "ilike", "similar", "isnull", "notnull",
    "excluded", "old", "new", "returning", "offset",
];

#[rustfmt::skip]
const MYSQL_LABELS: &[&str] = &[
    "escape", "end", "begin", "full", "only", "lateral", "window", "filter", "share", "temp",
    "view", "conflict", "do", "nothing", "any", "some", "nulls", "first", "last", "glob", "user",
    "quick", "tablesample", "ordinality", "row", "materialized", "indexed", "no", "of",
    "truncate", "merge", "copy", "execute", "prepare", "commit", "rollback", "savepoint",
    "language", "atomic", "open", "close", "until", "member", "empty", "system", "cube",
    "grouping", "rank", "groups", "lead", "lag", "array", "ilike", "similar", "isnull", "notnull",
    "excluded", "old", "new", "returning", "offset",
];

#[rustfmt::skip]
const MYSQL_ALIASES: &[&str] = &[
    "escape", "end", "begin", "full", "only", "lateral", "filter", "share", "temp", "view",
    "conflict", "do", "nothing", "any", "some", "nulls", "first", "last", "glob", "user", "quick",
    "tablesample", "ordinality", "row", "materialized", "indexed", "no", "of", "truncate",
    "merge", "copy", "execute", "prepare", "commit", "rollback", "savepoint", "language",
    "atomic", "open", "close", "until", "sounds", "member", "empty", "system", "cube", "grouping",
    "rank", "groups", "lead", "lag", "array", "ilike", "similar", "isnull", "notnull", "excluded",
    "old", "new", "returning", "offset",
];

#[rustfmt::skip]
const POSTGRES_LABELS: &[&str] = &[
    "by", "set", "exists", "escape", "like", "end", "begin", "case", "insert", "delete", "update",
    "select", "using", "join", "left", "right", "natural", "full", "cross", "inner", "outer",
    "values", "recursive", "and", "or", "not", "in", "is", "null", "between", "when", "then",
    "else", "only", "lateral", "partition", "lock", "share", "force", "use", "ignore", "index",
    "key", "temp", "view", "trigger", "replace", "conflict", "do", "nothing", "default", "any",
    "all", "some", "distinct", "asc", "desc", "nulls", "first", "last", "collate", "match",
    "glob", "regexp", "rlike", "binary", "interval", "if", "loop", "table", "procedure", "user",
    "low_priority", "high_priority", "quick", "straight_join", "sql_calc_found_rows",
    "tablesample", "ordinality", "row", "rows", "materialized", "indexed", "no", "of", "truncate",
    "merge", "copy", "call", "execute", "prepare", "explain", "analyze", "commit", "rollback",
    "savepoint", "language", "atomic", "return", "declare", "cursor", "open", "close", "while",
    "repeat", "until", "leave", "iterate", "elseif", "div", "mod", "xor", "sounds", "member",
    "empty", "system", "cube", "grouping", "rank", "groups", "lead", "lag", "ilike", "similar",
    "excluded", "old", "new",
];

#[rustfmt::skip]
const POSTGRES_NAMES: &[&str] = &[
    "by", "set", "exists", "escape", "begin", "insert", "delete", "update", "values", "recursive",
    "between", "filter", "over", "partition", "lock", "share", "force", "use", "ignore", "index",
    "key", "temp", "view", "trigger", "replace", "conflict", "nothing", "nulls", "first", "last",
    "match", "glob", "regexp", "rlike", "interval", "if", "loop", "procedure", "low_priority",
    "high_priority", "quick", "straight_join", "sql_calc_found_rows", "ordinality", "row", "rows",
    "materialized", "indexed", "no", "of", "truncate", "merge", "copy", "call", "execute",
    "prepare", "explain", "commit", "rollback", "savepoint", "language", "atomic", "return",
    "declare", "cursor", "open", "close", "while", "repeat", "until", "leave", "iterate",
    "elseif", "div", "mod", "xor", "sounds", "member", "empty", "system", "cube", "grouping",
    "rank", "groups", "lead", "lag", "excluded", "old", "new",
];

#[rustfmt::skip]
const SQLITE_COLUMNS: &[&str] = &[
    "by", "like", "end", "begin", "for", "left", "right", "natural", "full", "cross", "inner",
    "outer", "offset", "with", "recursive", "only", "lateral", "window", "filter", "over",
    "partition", "lock", "share", "force", "use", "ignore", "key", "temp", "view", "trigger",
    "replace", "conflict", "do", "any", "some", "asc", "desc", "nulls", "first", "last", "match",
    "glob", "regexp", "rlike", "binary", "interval", "if", "loop", "procedure", "fetch", "user",
    "low_priority", "high_priority", "quick", "straight_join", "sql_calc_found_rows",
    "tablesample", "ordinality", "row", "rows", "materialized", "indexed", "no", "of", "truncate",
    "merge", "copy", "call", "execute", "prepare", "explain", "analyze", "rollback", "savepoint",
    "language", "atomic", "return", "declare", "cursor", "open", "close", "while", "repeat",
    "until", "leave", "iterate", "elseif", "div", "mod", "xor", "sounds", "member", "empty",
    "system", "cube", "grouping", "rank", "groups", "lead", "lag", "array", "ilike", "similar",
    "excluded", "old", "new",
];

#[rustfmt::skip]
const SQLITE_LABELS: &[&str] = &[
    "by", "end", "begin", "for", "offset", "with", "recursive", "only", "lateral", "window",
    "filter", "over", "partition", "lock", "share", "force", "use", "ignore", "key", "temp",
    "view", "trigger", "replace", "conflict", "do", "any", "some", "asc", "desc", "nulls",
    "first", "last", "rlike", "binary", "interval", "if", "loop", "procedure", "fetch", "user",
    "low_priority", "high_priority", "quick", "straight_join", "sql_calc_found_rows",
    "tablesample", "ordinality", "row", "rows", "materialized", "no", "of", "truncate", "merge",
    "copy", "call", "execute", "prepare", "explain", "analyze", "rollback", "savepoint",
    "language", "atomic", "return", "declare", "cursor", "open", "close", "while", "repeat",
    "until", "leave", "iterate", "elseif", "div", "mod", "xor", "sounds", "member", "empty",
    "system", "cube", "grouping", "rank", "groups", "lead", "lag", "array", "ilike", "similar",
    "excluded", "old", "new",
];

#[rustfmt::skip]
const SQLITE_ALIASES: &[&str] = &[
    "by", "like", "end", "begin", "for", "offset", "with", "recursive", "only", "lateral",
    "window", "filter", "over", "partition", "lock", "share", "force", "use", "ignore", "key",
    "temp", "view", "trigger", "replace", "conflict", "do", "any", "some", "asc", "desc", "nulls",
    "first", "last", "match", "glob", "regexp", "rlike", "binary", "interval", "if", "loop",
    "procedure", "fetch", "user", "low_priority", "high_priority", "quick", "straight_join",
    "sql_calc_found_rows", "tablesample", "ordinality", "row", "rows", "materialized", "no", "of",
    "truncate", "merge", "copy", "call", "execute", "prepare", "explain", "analyze", "rollback",
    "savepoint", "language", "atomic", "return", "declare", "cursor", "open", "close", "while",
    "repeat", "until", "leave", "iterate", "elseif", "div", "mod", "xor", "sounds", "member",
    "empty", "system", "cube", "grouping", "rank", "groups", "lead", "lag", "array", "ilike",
    "similar", "excluded", "old", "new",
];
