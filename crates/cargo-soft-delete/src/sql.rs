//! SQL in string literals.

/// Which marker or table a statement names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mention {
    /// It names a table, or selects live rows.
    Table,
    /// It selects or writes trashed rows.
    Trash,
}

/// What the text says of soft-deletable tables, and the index of the first table that it names; `None` if it is
/// no SQL statement or names neither a table nor a marker.
pub(crate) fn mention(
    text: &str,
    tables: &[String],
    columns: &[String],
) -> Option<(Mention, Option<usize>)> {
    if !begins_like_statement(text) {
        return None;
    }
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if !is_statement(&words) {
        return None;
    }
    let table = words
        .iter()
        .find_map(|word| tables.iter().position(|table| table == word));
    if marks_trash(&words, columns) {
        return Some((Mention::Trash, table));
    }
    let names_marker = words.iter().any(|word| holds(columns, word));
    (table.is_some() || names_marker).then_some((Mention::Table, table))
}

/// Whether the text holds a condition for trashed rows, or for live ones.
pub(crate) fn condition(text: &str, columns: &[String]) -> Option<Mention> {
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if marks_trash(&words, columns) {
        return Some(Mention::Trash);
    }
    let is_live = |window: &[&str]| matches!(window, [column, "is", "null"] | [column, "=", "false" | "0"] if holds(columns, column));
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
    let is_update = words.contains(&"update");
    words.iter().enumerate().any(|(index, word)| {
        holds(columns, word)
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

/// The words and comparisons of the text in lower case; quotes, dots and escapes (`\n`) separate words.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            letters.next();
        }
        let kind = if letter.is_alphanumeric() || letter == '_' {
            Some('w')
        } else if matches!(letter, '<' | '>' | '=') {
            Some('c')
        } else {
            None
        };
        if kind != last {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && kind.is_some()
        {
            word.extend(letter.to_lowercase());
        }
        last = kind;
    }
    words.retain(|word| !word.is_empty());
    words
}
