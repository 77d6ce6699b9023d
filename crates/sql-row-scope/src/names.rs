//! Names as a text writes them.

use std::ops::Range;

use super::block::Instance;
use super::source::Source;
use super::token::Kind;

/// The qualifier for the columns of an instance: its alias, or its name as the text writes it.
pub(super) fn qualifier(source: &Source<'_>, instance: &Instance) -> String {
    match instance.alias {
        Some(alias) => written_name(source, alias),
        None => written_path(source, &instance.path.tokens),
    }
}

/// The name that the columns of an instance are qualified with, as the database compares it.
pub(super) fn exposed(source: &Source<'_>, instance: &Instance) -> String {
    source.folded(instance.alias.unwrap_or_else(|| instance.path.last()))
}

/// A path as the text writes it.
pub(super) fn written_path(source: &Source<'_>, path: &Range<usize>) -> String {
    let parts = path.clone().step_by(2);
    parts
        .map(|part| written_name(source, part))
        .collect::<Vec<_>>()
        .join(".")
}

/// A name as the text writes it. A name in the quotes of a string gets the quotes of a name.
pub(super) fn written_name(source: &Source<'_>, at: usize) -> String {
    match source.kind(at) {
        Kind::Text => source.catalog.quote(&source.name(at).0),
        Kind::Word if source.is_sqlite() && is_word_of_an_expression(source, at) => {
            source.catalog.quote(&source.name(at).0)
        }
        _ => source.text(at..at + 1).to_owned(),
    }
}

/// Words that SQLite takes for an alias. SQLite takes them for the name before a column only in quotes; `with` if a
/// parenthesis stands before it.
fn is_word_of_an_expression(source: &Source<'_>, at: usize) -> bool {
    let word = source.text(at..at + 1);
    [
        "cast",
        "current_date",
        "current_time",
        "current_timestamp",
        "raise",
        "with",
    ]
    .iter()
    .any(|known| word.eq_ignore_ascii_case(known))
}
