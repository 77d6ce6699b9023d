//! The places where a statement names a table.

use super::Table;
use super::words::Words;

/// The indexes of the words that name soft-deletable tables.
pub(super) fn instances(words: &Words, tables: &[Table]) -> Vec<usize> {
    let is_table = |index: &usize| position(tables, &words.texts[*index]).is_some();
    let named: Vec<usize> = (0..words.texts.len()).filter(is_table).collect();
    let is_instance = |index: &usize| !words.is_qualifier(*index);
    match named.iter().any(is_instance) {
        true => named.into_iter().filter(is_instance).collect(),
        false => named,
    }
}

/// The index of the table with this name.
pub(super) fn position(tables: &[Table], name: &str) -> Option<usize> {
    tables.iter().position(|table| table.name == name)
}

/// The instances whose marker the word at `column` can be: by its qualifier, or by the tables that have the column.
/// Those of the innermost query win.
pub(super) fn instances_of_column(
    words: &Words,
    column: usize,
    instances: &[usize],
    tables: &[Table],
) -> Vec<usize> {
    let fits = |instance: usize| {
        let table = &words.texts[instance];
        let has_column =
            |it: &Table| it.name == *table && it.columns.contains(&words.texts[column]);
        match words.qualifier(column) {
            Some(qualifier) => table == qualifier || words.alias(instance) == Some(qualifier),
            None => tables.iter().any(has_column),
        }
    };
    let fitting: Vec<usize> = instances.iter().copied().filter(|&it| fits(it)).collect();
    let inside = words.parentheses_around(column).find_map(|parentheses| {
        let is_inside = |instance: &usize| words.parentheses(*instance) == parentheses;
        let inside: Vec<usize> = fitting.iter().copied().filter(is_inside).collect();
        (!inside.is_empty()).then_some(inside)
    });
    match inside {
        Some(inside) => inside,
        None if fitting.is_empty() => instances.to_vec(),
        None => fitting,
    }
}

/// Whether a DELETE removes rows of the table at this index. `with_trashed` does not let it remove trashed ones,
/// because that DELETE is soft.
///
/// It is the table behind `DELETE FROM`. In MySQL's `DELETE n FROM notes n JOIN …` and `DELETE FROM n USING notes n
/// JOIN …` it is each table that is listed there, by its name or its alias.
pub(super) fn is_target(words: &Words, index: usize) -> bool {
    let find = |word: &str, start: usize| {
        let behind = words.texts.iter().skip(start);
        behind
            .clone()
            .position(|it| it == word)
            .map(|at| start + at)
    };
    let Some(delete) = find("delete", 0) else {
        return false;
    };
    let Some(from) = find("from", delete + 1) else {
        return false;
    };
    let is_name = |word: &&str| !matches!(*word, "low_priority" | "quick" | "ignore" | "only");
    let listed = |start: usize, end: usize| {
        let names = words.texts[start..end].iter().map(String::as_str);
        names.filter(is_name).collect::<Vec<_>>()
    };
    let mut targets = listed(delete + 1, from);
    if targets.is_empty() {
        let ends = |word: &String| matches!(word.as_str(), "using" | "where" | "returning");
        let behind = words.texts.iter().skip(from);
        let end = behind.clone().position(ends).map(|end| from + end);
        let end = end.unwrap_or(words.texts.len());
        if (from..end).contains(&index) {
            return true;
        }
        targets = listed(from + 1, end);
    }
    let name = words.alias(index).unwrap_or(&words.texts[index]);
    index > delete && (targets.contains(&name) || (delete..from).contains(&index))
}
