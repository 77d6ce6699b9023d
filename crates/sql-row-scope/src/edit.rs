//! Changes to a text: the inserted text, its position, and the values that it binds.

use std::ops::Range;

use crate::Dialect;

use super::catalog::{ScopeId, TableId};
use super::lexer::is_word_byte;
use super::refusal::Refusal;
use super::source::Source;

/// A value that a rewritten statement binds in addition to its own values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The value of the marker in a live row.
    Live(TableId),
    /// The value that a delete writes into one of the table's columns.
    Stamp(TableId, usize),
    /// The value that the connection carries for a required scope of the table.
    Scope(TableId, ScopeId),
}

/// The position of an added value among the statement's own values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bind {
    /// How many of the statement's own values come before the added value.
    pub behind: u32,
    /// The value.
    pub value: Bound,
    /// Where the placeholder of the value stands in the rewritten text.
    pub placeholder: (usize, usize),
}

/// A value that a statement writes into the column of a required scope. It must be the value that the connection carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The scope.
    pub scope: ScopeId,
    /// The table, by its place in the catalog.
    pub table: TableId,
    /// The name of the column.
    pub column: String,
    /// The value.
    pub written: Written,
    /// Whether it is inserted, and nothing else, so that the scope's value can take the place of NULL.
    pub is_inserted: bool,
}

/// A value, as the statement has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// One of the statement's own values, by its position from 0.
    Own(usize),
    /// A number.
    Number(String),
    /// A string, without its quotes.
    Text(String),
}

/// Text with placeholders in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Fragment {
    text: String,
    /// The positions of the placeholders, and the value for each.
    binds: Vec<(usize, Bound)>,
}

impl Fragment {
    pub(super) fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    pub(super) fn bind(mut self, value: Bound) -> Self {
        self.binds.push((self.text.len(), value));
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.binds.is_empty()
    }

    /// The text, if it has no placeholders.
    pub(super) fn plain(&self) -> Option<&str> {
        self.binds.is_empty().then_some(&self.text)
    }

    pub(super) fn append(mut self, other: &Self) -> Self {
        let offset = self.text.len();
        self.text.push_str(&other.text);
        let moved = other.binds.iter().map(|(at, value)| (at + offset, *value));
        self.binds.extend(moved);
        self
    }
}

impl From<&str> for Fragment {
    fn from(text: &str) -> Self {
        Self::default().text(text)
    }
}

struct Edit {
    start: u32,
    end: u32,
    /// How many of the statement's placeholders stand before the edit.
    behind: u32,
    fragment: Fragment,
}

/// The changes to one text.
#[derive(Default)]
pub(super) struct Edits {
    all: Vec<Edit>,
    checks: Vec<Check>,
}

impl Edits {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.checks.is_empty()
    }

    /// Demands that a value that the text writes is the value of a scope.
    pub(super) fn check(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Inserts the fragment before this token.
    pub(super) fn before(&mut self, source: &Source<'_>, token: usize, fragment: Fragment) {
        let token = source.token(token);
        self.all.push(Edit {
            start: token.start,
            end: token.start,
            behind: token.placeholders,
            fragment,
        });
    }

    /// Inserts the fragment after the token before this place.
    pub(super) fn behind(&mut self, source: &Source<'_>, end: usize, fragment: Fragment) {
        let at = source.token(end.saturating_sub(1)).end;
        self.all.push(Edit {
            start: at,
            end: at,
            behind: placeholders_before(source, end),
            fragment,
        });
    }

    /// Replaces tokens with other text.
    pub(super) fn replace(
        &mut self,
        source: &Source<'_>,
        tokens: Range<usize>,
        fragment: Fragment,
    ) {
        let first = source.token(tokens.start);
        self.all.push(Edit {
            start: first.start,
            end: source.token(tokens.end.saturating_sub(1)).end,
            behind: first.placeholders,
            fragment,
        });
    }

    /// Removes a comment.
    pub(super) fn remove_comment(&mut self, sql: &str, start: u32, end: u32) {
        let byte = |at: usize| sql.as_bytes().get(at).copied().unwrap_or(b' ');
        let separates = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'(' | b')');
        let before = (start as usize).checked_sub(1).map_or(b' ', byte);
        let behind = byte(end as usize);
        let (left, end) = match (separates(before), separates(behind)) {
            // One of the blanks around the comment is removed with it.
            (true, true) if behind == b' ' && (end as usize) < sql.len() => ("", end + 1),
            (true, _) => ("", end),
            (false, true) if is_word_byte(before) => ("", end),
            (false, false) if is_word_byte(before) => (" ", end),
            // MySQL would read `--` and a blank as a comment.
            (false, _) => ("/**/", end),
        };
        self.all.push(Edit {
            start,
            end,
            behind: 0,
            fragment: left.into(),
        });
    }

    /// Makes the changes.
    pub(super) fn apply(mut self, source: &Source<'_>) -> Result<Rewriting, Refusal> {
        // The sort is stable: insertions at one place keep their order, and come before a replacement there.
        self.all.sort_by_key(|edit| (edit.start, edit.end));
        let added: usize = self
            .all
            .iter()
            .map(|edit| edit.fragment.text.len() + 8)
            .sum();
        let mut placeholders = Added::new(source);
        let mut changes = Changes::default();
        let mut sql = String::with_capacity(source.sql.len() + added);
        let mut at = 0;
        for edit in &self.all {
            let start = (edit.start as usize).max(at);
            let kept = source.sql.get(at..start).unwrap_or_default();
            join(&mut sql, kept);
            changes.reach(sql.len() - kept.len());
            // MySQL reads `a--` as a comment only if a blank follows.
            if sql.ends_with('-') && edit.fragment.text.starts_with(' ') {
                return source.refuse_here("an operator without its operand");
            }
            at = (edit.end as usize).max(at).min(source.sql.len());
            let begin = sql.len();
            let mut done = 0;
            for (offset, value) in &edit.fragment.binds {
                let text = edit.fragment.text.get(done..*offset);
                join(&mut sql, text.unwrap_or_default());
                placeholders.write(&mut sql, edit.behind, *value)?;
                done = *offset;
            }
            let text = edit.fragment.text.get(done..);
            join(&mut sql, text.unwrap_or_default());
            changes.note(start..at, begin..sql.len());
        }
        let rest = source.sql.get(at..).unwrap_or_default();
        join(&mut sql, rest);
        changes.reach(sql.len() - rest.len());
        Ok(Rewriting {
            sql,
            binds: placeholders.binds,
            checks: self.checks,
            changes,
        })
    }
}

/// Appends a text to another text, with a blank between them if they would read as one word: the original
/// text may have had no blank there, as in `'x'ORDER BY y`.
fn join(sql: &mut String, text: &str) {
    let is_part_of_a_word =
        |byte: &u8| is_word_byte(*byte) || matches!(byte, b'?' | b'"' | b'\'' | b'`');
    if sql.as_bytes().last().is_some_and(is_part_of_a_word)
        && text.as_bytes().first().is_some_and(is_part_of_a_word)
    {
        sql.push(' ');
    }
    sql.push_str(text);
}

/// A text after its changes.
pub(super) struct Rewriting {
    pub(super) sql: String,
    pub(super) binds: Vec<Bind>,
    pub(super) checks: Vec<Check>,
    #[cfg_attr(not(any(test, fuzzing)), expect(dead_code, reason = "tests read it"))]
    pub(super) changes: Changes,
}

/// Which bytes became which bytes, for tests; empty in a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    #[cfg(any(test, fuzzing))]
    pub(super) all: Vec<(Range<usize>, Range<usize>)>,
}

impl Changes {
    #[cfg(any(test, fuzzing))]
    fn note(&mut self, old: Range<usize>, new: Range<usize>) {
        self.all.push((old, new));
    }

    /// Adds the blank between the last change and the next text to the change.
    #[cfg(any(test, fuzzing))]
    fn reach(&mut self, end: usize) {
        if let Some((_, new)) = self.all.last_mut() {
            new.end = end;
        }
    }

    #[cfg(not(any(test, fuzzing)))]
    fn reach(&mut self, _end: usize) {}

    #[cfg(not(any(test, fuzzing)))]
    fn note(&mut self, _old: Range<usize>, _new: Range<usize>) {}
}

/// The added placeholders.
struct Added<'a> {
    source: &'a Source<'a>,
    binds: Vec<Bind>,
    /// The last number, if the placeholders are numbered.
    number: Option<u32>,
}

impl<'a> Added<'a> {
    fn new(source: &'a Source<'a>) -> Self {
        let highest = source.lexed.placeholders.highest;
        let is_numbered = source.dialect == Dialect::Postgres || highest > 0;
        Self {
            source,
            binds: Vec::new(),
            number: is_numbered.then_some(highest),
        }
    }

    fn write(&mut self, sql: &mut String, behind: u32, value: Bound) -> Result<(), Refusal> {
        let placeholders = &self.source.lexed.placeholders;
        let is_mixed = placeholders.highest > 0 && placeholders.positional > 0;
        if placeholders.named || is_mixed {
            return self.source.refuse_here(
                "placeholders with names, or `?` and `?1` at once, where a value must be added,",
            );
        }
        let start = sql.len();
        let behind = match &mut self.number {
            Some(number) => {
                let Some(next) = number.checked_add(1) else {
                    return self
                        .source
                        .refuse_here("a placeholder of the highest number");
                };
                *number = next;
                sql.push(if self.source.is_postgres() { '$' } else { '?' });
                sql.push_str(&next.to_string());
                placeholders.highest
            }
            None => {
                sql.push('?');
                behind
            }
        };
        self.binds.push(Bind {
            behind,
            value,
            placeholder: (start, sql.len()),
        });
        Ok(())
    }
}

/// How many placeholders stand before a place between tokens.
fn placeholders_before(source: &Source<'_>, at: usize) -> u32 {
    match source.lexed.tokens.get(at) {
        Some(token) => token.placeholders,
        None => source.lexed.placeholders.positional,
    }
}
