//! Changes to a text: what is inserted where, and which values it brings.

use std::ops::Range;

use sea_orm::DbBackend;

use super::catalog::TableId;
use super::refusal::Refusal;
use super::source::Source;

/// A value that a rewritten statement binds beside its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// What the marker of a live row holds.
    Live(TableId),
    /// What a delete writes into one of the table's columns.
    Stamp(TableId, usize),
}

/// Where an added value goes among the statement's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bind {
    /// How many of the statement's own stand before it.
    pub(crate) behind: u32,
    pub(crate) value: Bound,
    /// Where its placeholder stands in the rewritten text.
    pub(crate) placeholder: (usize, usize),
}

/// Text with placeholders in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Fragment {
    text: String,
    /// Where placeholders go, and for what.
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

    /// The text, if there are no placeholders in it.
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
    /// How many of the statement's placeholders stand before.
    behind: u32,
    fragment: Fragment,
}

/// The changes to one text.
#[derive(Default)]
pub(super) struct Edits {
    all: Vec<Edit>,
}

impl Edits {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Inserts before this token.
    pub(super) fn before(&mut self, source: &Source<'_>, token: usize, fragment: Fragment) {
        let token = source.token(token);
        self.all.push(Edit {
            start: token.start,
            end: token.start,
            behind: token.placeholders,
            fragment,
        });
    }

    /// Inserts behind the token before this place.
    pub(super) fn behind(&mut self, source: &Source<'_>, end: usize, fragment: Fragment) {
        let at = source.token(end.saturating_sub(1)).end;
        self.all.push(Edit {
            start: at,
            end: at,
            behind: placeholders_before(source, end),
            fragment,
        });
    }

    /// Puts other text in the place of tokens.
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
        let (blank, end) = match (separates(before), separates(behind)) {
            // One of the blanks around it goes with it.
            (true, true) if behind == b' ' && (end as usize) < sql.len() => ("", end + 1),
            (false, false) => (" ", end),
            _ => ("", end),
        };
        self.all.push(Edit {
            start,
            end,
            behind: 0,
            fragment: blank.into(),
        });
    }

    /// Makes the changes.
    pub(super) fn apply(mut self, source: &Source<'_>) -> Result<Rewriting, Refusal> {
        // Stable: what is inserted at one place keeps its order.
        self.all.sort_by_key(|edit| edit.start);
        let added: usize = self
            .all
            .iter()
            .map(|edit| edit.fragment.text.len() + 8)
            .sum();
        let mut placeholders = Added::new(source);
        let mut changes = Changes::default();
        let mut sql = String::with_capacity(source.sql.len() + added);
        let mut at = 0;
        let mut edits = self.all.iter().peekable();
        while let Some(edit) = edits.next() {
            let start = edit.start as usize;
            if start > at {
                sql.push_str(source.sql.get(at..start).unwrap_or_default());
            }
            let (old, new) = (start.max(at), sql.len());
            at = at.max(edit.end as usize);
            // `a--` is no comment to MySQL until a blank follows.
            if sql.ends_with('-') && edit.fragment.text.starts_with(' ') {
                return source.refuse_here("an operator without its operand");
            }
            if run_together(&sql, &edit.fragment.text) {
                sql.push(' ');
            }
            let mut done = 0;
            for (offset, value) in &edit.fragment.binds {
                sql.push_str(edit.fragment.text.get(done..*offset).unwrap_or_default());
                placeholders.write(&mut sql, edit.behind, *value)?;
                done = *offset;
            }
            sql.push_str(edit.fragment.text.get(done..).unwrap_or_default());
            let is_last_here = edits.peek().is_none_or(|next| next.start as usize > at);
            let inserted = sql.get(new..).unwrap_or_default();
            let rest = source.sql.get(at..).unwrap_or_default();
            if is_last_here && run_together(inserted, rest) {
                sql.push(' ');
            }
            changes.note(old..at.max(old), new..sql.len());
        }
        sql.push_str(source.sql.get(at..).unwrap_or_default());
        Ok(Rewriting {
            sql,
            binds: placeholders.binds,
            changes,
        })
    }
}

/// Whether two texts would read as one word: `a IS NULL` needs a blank before `WHERE`, and `(a)`
/// does not.
fn run_together(inserted: &str, rest: &str) -> bool {
    let is_part_of_a_word = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'_' | b'$' | b'?' | b'"' | b'\'' | b'`' | 0x80..)
    };
    inserted.as_bytes().last().is_some_and(is_part_of_a_word)
        && rest.as_bytes().first().is_some_and(is_part_of_a_word)
}

/// A text to which its changes were made.
pub(super) struct Rewriting {
    pub(super) sql: String,
    pub(super) binds: Vec<Bind>,
    pub(super) changes: Changes,
}

/// What has become of which bytes, for tests; nothing in a program.
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

    #[cfg(not(any(test, fuzzing)))]
    fn note(&mut self, _old: Range<usize>, _new: Range<usize>) {}
}

/// The placeholders that are added.
struct Added<'a> {
    source: &'a Source<'a>,
    binds: Vec<Bind>,
    /// The last number, if placeholders are numbered.
    number: Option<u32>,
}

impl<'a> Added<'a> {
    fn new(source: &'a Source<'a>) -> Self {
        let highest = source.lexed.placeholders.highest;
        let is_numbered = source.backend == DbBackend::Postgres || highest > 0;
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
