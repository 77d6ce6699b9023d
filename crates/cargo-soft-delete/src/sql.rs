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
/// no SQL statement, names neither a table nor a marker, or says itself which rows it means.
pub(crate) fn mention(
    text: &str,
    tables: &[String],
    columns: &[String],
) -> Option<(Mention, Option<usize>)> {
    let (text, marks) = split_comments(text);
    if !begins_like_statement(&text) {
        return None;
    }
    let words = words(&text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if !is_statement(&words) {
        return None;
    }
    let named = |word: &&str| tables.iter().position(|table| table == word);
    let table = words.iter().find_map(named);
    let names_marker = words.iter().any(|word| holds(columns, word));
    if table.is_none() && !names_marker {
        return None;
    }
    let is_delete = words.contains(&"delete");
    let is_covered = |table: Option<&str>, is_target: bool| {
        let mut marks = marks.iter();
        marks.any(|mark| match mark.is_force_delete {
            true => is_delete && mark.names(table),
            false => !is_target && mark.names(table),
        })
    };
    let mut instances = words
        .iter()
        .enumerate()
        .filter(|(_, word)| holds(tables, word));
    let is_said = match table {
        Some(_) => instances
            .all(|(index, table)| is_covered(Some(table), is_target(&words, index, tables))),
        None => is_covered(None, is_delete),
    };
    if is_said {
        return None;
    }
    match marks_trash(&words, columns) {
        true => Some((Mention::Trash, table)),
        false if reads_live_rows(&words, tables, columns) => None,
        false => Some((Mention::Table, table)),
    }
}

/// A comment that tells a scoped connection which rows are meant: `/* soft_delete: with_trashed(note) */`.
struct Mark {
    /// Whether it lets a DELETE remove the rows.
    is_force_delete: bool,
    /// The tables in lower case; none for all of them.
    tables: Vec<String>,
}

impl Mark {
    fn read(comment: &str) -> Option<Self> {
        let inside = comment.trim().strip_prefix("soft_delete:")?.trim();
        let (verb, tables) = inside.split_once('(').unwrap_or((inside, ""));
        let tables = tables.trim_end_matches(')').split(',');
        let tables = tables.map(|table| {
            let name = table.rsplit('.').next().unwrap_or(table);
            name.trim().to_lowercase()
        });
        Some(Self {
            is_force_delete: verb.trim() == "force_delete",
            tables: tables.filter(|table| !table.is_empty()).collect(),
        })
    }

    /// Whether it names `table`; `None` for a table that cannot be told.
    fn names(&self, table: Option<&str>) -> bool {
        let is_it = |table| self.tables.iter().any(|named| named == table);
        self.tables.is_empty() || table.is_none_or(is_it)
    }
}

/// Whether a DELETE removes rows of the table at this index. `with_trashed` does not let it remove trashed ones,
/// because that DELETE is soft.
///
/// It is the first table behind `DELETE FROM`. In MySQL's `DELETE n FROM notes n JOIN …` it is each table that
/// stands in front of FROM, by its name or its alias.
fn is_target(words: &[&str], index: usize, tables: &[String]) -> bool {
    let Some(delete) = words.iter().position(|word| *word == "delete") else {
        return false;
    };
    let behind = words.iter().skip(delete + 1);
    let Some(from) = behind.clone().position(|word| *word == "from") else {
        return false;
    };
    let from = delete + 1 + from;
    let targets: Vec<&str> = words[delete + 1..from]
        .iter()
        .copied()
        .filter(|word| !matches!(*word, "low_priority" | "quick" | "ignore"))
        .collect();
    if targets.is_empty() {
        let first = words.iter().skip(from).position(|word| holds(tables, word));
        return first.is_some_and(|first| from + first == index);
    }
    let alias = words.get(index + 1).copied();
    let alias = match alias {
        Some("as") => words.get(index + 2).copied(),
        alias => alias,
    };
    targets.contains(&words[index]) || alias.is_some_and(|alias| targets.contains(&alias))
}

/// The text without its block comments, and the marks among them.
fn split_comments(mut text: &str) -> (String, Vec<Mark>) {
    let (mut rest, mut marks) = (String::new(), Vec::new());
    while let Some((before, after)) = text.split_once("/*") {
        let (comment, behind) = after.split_once("*/").unwrap_or((after, ""));
        rest.push_str(before);
        rest.push(' ');
        marks.extend(Mark::read(comment));
        text = behind;
    }
    rest.push_str(text);
    (rest, marks)
}

/// Whether the text is a SELECT that has a condition for live rows for each soft-deletable table in it.
fn reads_live_rows(words: &[&str], tables: &[String], columns: &[String]) -> bool {
    let is_instance = |pair: &&[&str]| matches!(pair, [before, table] if matches!(*before, "from" | "join" | "only") && holds(tables, table));
    let conditions = words.windows(3).filter(|window| is_live(window, columns));
    let instances = words.windows(2).filter(is_instance).count();
    let named = tables
        .iter()
        .filter(|table| words.contains(&table.as_str()));
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
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
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
