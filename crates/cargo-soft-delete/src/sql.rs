//! SQL in string literals.

mod comments;
mod instances;
mod words;

use std::collections::HashSet;

use comments::split_comments;
pub(crate) use comments::{Verb, comment};
use instances::{instances, instances_of_column, is_target, position};
use words::Words;

/// Which marker or table a statement names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mention {
    /// It names a table, or selects live rows.
    Table,
    /// It selects or writes trashed rows.
    Trash,
}

/// A soft-deletable table, its name and the columns of its markers in lower case.
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
}

/// What a text says of soft-deletable tables.
pub(crate) struct Reading {
    pub(crate) mention: Mention,
    /// The index of the table that it is about.
    pub(crate) table: Option<usize>,
    /// The comments that say which rows are meant, and the index of the table of each.
    pub(crate) comments: Vec<(Verb, usize)>,
}

/// What the text says of soft-deletable tables; `None` if it is no SQL statement, names neither a table nor a
/// marker, or says itself which rows it means.
pub(crate) fn read(text: &str, tables: &[Table], columns: &[String]) -> Option<Reading> {
    let (text, marks) = split_comments(text);
    if !begins_like_statement(&text) {
        return None;
    }
    let all = Words::of(&text);
    let words: Vec<&str> = all.texts.iter().map(String::as_str).collect();
    if !is_statement(&words) {
        return None;
    }
    let is_said = |verb, table| marks.iter().any(|mark| mark.asks(verb, table));
    let instances = instances(&all, tables);
    if instances.is_empty() {
        let verb = verb(words.contains(&"delete"));
        let names_marker = words.iter().any(|word| holds(columns, word));
        return (names_marker && !is_said(verb, None)).then(|| Reading {
            mention: match marks_trash(&words, columns) {
                true => Mention::Trash,
                false => Mention::Table,
            },
            table: None,
            comments: Vec::new(),
        });
    }
    let unsaid = |instance: &usize| {
        let is_target = is_target(&all, *instance);
        // `force_delete` without a table covers all of a DELETE.
        let is_forced =
            words.contains(&"delete") && is_said(Verb::ForceDelete, Some(words[*instance]));
        !(is_forced || !is_target && is_said(Verb::WithTrashed, Some(words[*instance])))
    };
    let unsaid: Vec<usize> = instances.iter().copied().filter(unsaid).collect();
    let table = |instance: usize| position(tables, words[instance]);

    let trash: Vec<usize> = trash_conditions(&words, columns).collect();
    let of_trash: HashSet<usize> = trash
        .iter()
        .flat_map(|&column| instances_of_column(&all, column, &instances, tables))
        .collect();
    let is_of_trash = |instance: &usize| of_trash.contains(instance);
    let is_needed = |it: &usize| is_of_trash(it) || !trash.is_empty() && is_target(&all, *it);
    let needed: Vec<usize> = unsaid.iter().copied().filter(is_needed).collect();
    if let Some(&first) = needed.iter().find(|it| is_of_trash(it)).or(needed.first()) {
        let comments = needed.iter().filter_map(|&instance| {
            let verb = verb(is_target(&all, instance));
            Some((verb, table(instance)?))
        });
        let comments = without_repeats(comments.collect());
        return Some(Reading {
            mention: Mention::Trash,
            table: table(first),
            comments,
        });
    }
    let first = unsaid.first()?;
    (!reads_live_rows(&words, tables, columns)).then(|| Reading {
        mention: Mention::Table,
        table: table(*first),
        comments: Vec::new(),
    })
}

/// What the comment for a table has to ask for.
fn verb(is_target: bool) -> Verb {
    match is_target {
        true => Verb::ForceDelete,
        false => Verb::WithTrashed,
    }
}

/// `force_delete` also reaches the trash of its table in the rest of the DELETE.
fn without_repeats(comments: Vec<(Verb, usize)>) -> Vec<(Verb, usize)> {
    let mut rest: Vec<(Verb, usize)> = Vec::new();
    for &(verb, table) in &comments {
        let is_forced = comments.contains(&(Verb::ForceDelete, table));
        let is_needed = verb == Verb::ForceDelete || !is_forced;
        if is_needed && !rest.contains(&(verb, table)) {
            rest.push((verb, table));
        }
    }
    rest
}

/// Whether the text is a SELECT that has a condition for live rows for each soft-deletable table in it.
fn reads_live_rows(words: &[&str], tables: &[Table], columns: &[String]) -> bool {
    let is_instance = |pair: &&[&str]| matches!(pair, [before, table] if matches!(*before, "from" | "join" | "only") && position(tables, table).is_some());
    let conditions = words.windows(3).filter(|window| is_live(window, columns));
    let instances = words.windows(2).filter(is_instance).count();
    let named = tables
        .iter()
        .filter(|table| words.contains(&table.name.as_str()));
    words.first() == Some(&"select")
        && !words.contains(&"or")
        && (1..=conditions.count()).contains(&instances.max(named.count()))
}

/// Whether the words are `deleted_at IS NULL`, or `is_deleted = false`.
fn is_live(window: &[&str], columns: &[String]) -> bool {
    matches!(window, [column, "is", "null"] | [column, "=", "false" | "0"] if holds(columns, column))
}

/// Whether the text holds a condition for trashed rows, or for live ones.
pub(crate) fn condition(text: &str, columns: &[String]) -> Option<Mention> {
    let words = Words::of(text);
    let words: Vec<&str> = words.texts.iter().map(String::as_str).collect();
    if marks_trash(&words, columns) {
        return Some(Mention::Trash);
    }
    let is_live = |window: &[&str]| is_live(window, columns);
    words.windows(3).any(is_live).then_some(Mention::Table)
}

fn holds(names: &[String], word: &str) -> bool {
    names.iter().any(|name| name == word)
}

/// Most literals are no SQL, and need not be split into words. `Delete` with one capital begins a sentence.
fn begins_like_statement(text: &str) -> bool {
    const FIRST: [&str; 8] = [
        "select", "insert", "update", "delete", "with", "replace", "merge", "truncate",
    ];
    let start = text.trim_start_matches(|letter: char| !letter.is_alphabetic());
    FIRST.iter().any(|first| {
        let word = start.get(..first.len()).unwrap_or_default();
        word == *first || word == first.to_uppercase()
    })
}

/// Prose begins with such words too, so a second word of the statement has to follow.
fn is_statement(words: &[&str]) -> bool {
    let follows = |seconds: &[&str]| words.iter().skip(1).any(|word| seconds.contains(word));
    match words.first() {
        Some(&("select" | "delete")) => follows(&["from"]),
        Some(&("insert" | "replace" | "merge")) => follows(&["into"]),
        Some(&"update") => follows(&["set"]),
        Some(&"with") => follows(&["select", "update", "delete", "insert"]) && follows(&["as"]),
        Some(&"truncate") => follows(&["table"]),
        _ => false,
    }
}

fn marks_trash(words: &[&str], columns: &[String]) -> bool {
    trash_conditions(words, columns).next().is_some()
}

/// The indexes of the markers that select or write trashed rows.
fn trash_conditions(words: &[&str], columns: &[String]) -> impl Iterator<Item = usize> {
    let is_update = words.contains(&"update");
    (0..words.len()).filter(move |&index| {
        holds(columns, words[index])
            && match words.get(index + 1..).unwrap_or_default() {
                ["is", "not", "null", ..] | ["<" | "<=" | ">" | ">=", ..] => true,
                ["=", "true" | "1", ..] => true,
                // `SET deleted_at = $1`; in a condition an `=` selects trashed rows as well.
                ["=", "false" | "0", ..] => false,
                ["=", ..] => is_update,
                _ => false,
            }
    })
}
