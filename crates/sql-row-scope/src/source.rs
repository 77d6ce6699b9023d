//! A statement as the scanner reads it: its text and tokens, asked by position.

use std::borrow::Cow;
use std::ops::Range;

use crate::Dialect;

use super::catalog::{Catalog, Resolved, TableId};
use super::lexer::Lexed;
use super::refusal::{AMBIGUOUS, AMBIGUOUS_REMEDY, ON_PURPOSE, Refusal};
use super::token::{Keyword, Kind, Token};

/// A text, cut into tokens, and the tables to look for in it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) sql: &'a str,
    pub(super) lexed: &'a Lexed,
    pub(super) dialect: Dialect,
    pub(super) catalog: &'a Catalog,
}

/// What stands after the last token of a text.
const END: Token = Token {
    kind: Kind::Semicolon,
    depth: 0,
    keyword: Keyword::None,
    start: u32::MAX,
    end: u32::MAX,
    partner: 0,
    placeholders: 0,
    follows_operand: true,
    is_label: false,
};

#[cfg(test)]
thread_local! {
    static WORK: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many tokens this thread has looked at, plus how many bytes of text it has compared.
#[cfg(test)]
pub(super) fn work() -> u64 {
    WORK.with(std::cell::Cell::get)
}

#[cfg(test)]
pub(super) fn compared(text: &str) {
    WORK.with(|work| work.set(work.get() + text.len() as u64));
}

impl<'a> Source<'a> {
    pub(super) fn is_postgres(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.dialect == Dialect::Sqlite
    }

    pub(super) fn is_mysql(&self) -> bool {
        self.dialect == Dialect::MySql
    }

    pub(super) fn token(&self, at: usize) -> Token {
        #[cfg(test)]
        WORK.with(|work| work.set(work.get() + 1));
        self.lexed.tokens.get(at).copied().unwrap_or(END)
    }

    pub(super) fn kind(&self, at: usize) -> Kind {
        self.token(at).kind
    }

    /// The keyword at a place; none if the word is part of a dotted name.
    pub(super) fn keyword(&self, at: usize) -> Keyword {
        let keyword = self.token(at).keyword;
        if keyword == Keyword::None {
            return keyword;
        }
        let is_dot = |at| self.kind(at) == Kind::Dot;
        if is_dot(at + 1) || at.checked_sub(1).is_some_and(is_dot) {
            return Keyword::None;
        }
        keyword
    }

    pub(super) fn is(&self, at: usize, keyword: Keyword) -> bool {
        self.keyword(at) == keyword
    }

    /// Whether a word is the label of a column, with AS or without. Any word can be a label:
    /// `SELECT 1 AS from`, and in PostgreSQL `SELECT 1 AS as, 2 select FROM t`.
    pub(super) fn is_label(&self, at: usize) -> bool {
        self.token(at).is_label
    }

    /// Whether the statement, or the content of parentheses, ends before this token.
    pub(super) fn is_end(&self, at: usize) -> bool {
        matches!(
            self.kind(at),
            Kind::Close | Kind::CloseBracket | Kind::Semicolon
        )
    }

    /// The next token of the same level: if this token opens a parenthesis, the token after the closing
    /// parenthesis.
    pub(super) fn after(&self, at: usize) -> usize {
        match self.token(at) {
            token if matches!(token.kind, Kind::Open | Kind::OpenBracket) => {
                token.partner as usize + 1
            }
            _ => at + 1,
        }
    }

    /// Where the enclosing parentheses or the statement end.
    pub(super) fn end_of_level(&self, mut at: usize) -> usize {
        while !self.is_end(at) {
            at = self.after(at);
        }
        at
    }

    /// The text of these tokens, including everything between them.
    pub(super) fn text(&self, tokens: Range<usize>) -> &'a str {
        let Some(last) = tokens.end.checked_sub(1) else {
            return "";
        };
        let start = self.token(tokens.start).start as usize;
        let end = self.token(last).end as usize;
        self.sql.get(start..end).unwrap_or("")
    }

    /// Whether a name can stand here.
    pub(super) fn is_name(&self, at: usize) -> bool {
        match self.token(at) {
            Token {
                kind: Kind::Word | Kind::Quoted,
                ..
            } => true,
            Token {
                kind: Kind::Text,
                start,
                ..
            } => self.is_name_in_string_quotes(start),
            _ => false,
        }
    }

    /// SQLite takes a string for a name where it expects a name. MySQL does the same with text in double
    /// quotes, in its mode ANSI_QUOTES.
    fn is_name_in_string_quotes(&self, start: u32) -> bool {
        match self.dialect {
            Dialect::Sqlite => true,
            Dialect::MySql => self.sql.as_bytes().get(start as usize) == Some(&b'"'),
            _ => false,
        }
    }

    /// The name at a place without its quotes, and whether it had quotes.
    pub(super) fn name(&self, at: usize) -> (Cow<'a, str>, bool) {
        let token = self.token(at);
        (token.unquoted(self.sql), token.is_quoted())
    }

    /// The name at a place as the database compares it.
    pub(super) fn folded(&self, at: usize) -> String {
        let (name, is_quoted) = self.name(at);
        self.catalog.fold(&name, is_quoted).into_owned()
    }

    /// Where a dotted name that begins here ends, and the places of its last two parts.
    pub(super) fn path(&self, start: usize) -> Path {
        let mut path = Path {
            tokens: start..start + 1,
            schema: None,
        };
        while self.kind(path.tokens.end) == Kind::Dot && self.is_name(path.tokens.end + 1) {
            path.schema = Some(path.tokens.end - 1);
            path.tokens.end += 2;
        }
        path
    }

    /// The scoped table that a dotted name means.
    pub(super) fn resolve(&self, path: &Path) -> Resolved {
        let (name, name_is_quoted) = self.name(path.last());
        let schema = path.schema.map(|at| self.name(at));
        let schema = schema.as_ref().map(|(name, quoted)| (&**name, *quoted));
        self.catalog.resolve(schema, (&name, name_is_quoted))
    }

    /// The schema of a dotted name, as the database keeps it.
    pub(super) fn schema(&self, path: &Path) -> Option<String> {
        let (name, is_quoted) = self.name(path.schema?);
        Some(match self.is_postgres() {
            true => self.catalog.fold(&name, is_quoted).into_owned(),
            false => name.into_owned(),
        })
    }

    /// The scoped table that a dotted name means. A name that means one of several tables is refused.
    pub(super) fn table(&self, path: &Path) -> Result<Option<TableId>, Refusal> {
        match self.resolve(path) {
            Resolved::None => Ok(None),
            Resolved::Table(table) => Ok(Some(table)),
            Resolved::Ambiguous => self.refuse_with(AMBIGUOUS, AMBIGUOUS_REMEDY),
        }
    }

    /// The first of these tokens that has the name of a scoped table.
    pub(super) fn named(&self, mut tokens: Range<usize>) -> Option<usize> {
        tokens.find(|at| {
            let token = self.token(*at);
            let may_be_one = match token.kind {
                Kind::Word | Kind::Quoted => true,
                Kind::Text => self.is_name_in_string_quotes(token.start),
                _ => false,
            };
            may_be_one && {
                let (name, is_quoted) = self.name(*at);
                !self.catalog.named(&name, is_quoted).is_empty()
            }
        })
    }

    /// Whether a word at this place ends the expression before it, rather than being an operand of that
    /// expression: two operands never stand side by side.
    pub(super) fn follows_an_operand(&self, at: usize) -> bool {
        self.token(at).follows_operand
    }

    /// Refuses this construct. A caller that knows the table adds its name.
    pub(super) fn refuse_here<T>(&self, construct: &str) -> Result<T, Refusal> {
        self.refuse_with(construct, ON_PURPOSE)
    }

    /// Refuses this construct, with a remedy of its own.
    pub(super) fn refuse_with<T>(
        &self,
        construct: &str,
        remedy: &'static str,
    ) -> Result<T, Refusal> {
        Err(Refusal {
            table: String::new(),
            construct: construct.to_owned(),
            remedy,
        })
    }

    /// Refuses a second SELECT or WITH of the same level, without parentheses or a set operator: it is part
    /// of an unknown construct.
    pub(super) fn refuse_select(&self, at: usize) -> Result<(), Refusal> {
        if self.is(at, Keyword::With) && self.is_name(at + 1) && self.is(at + 2, Keyword::As) {
            return self.refuse_here("a WITH in the middle of a query");
        }
        if self.is(at, Keyword::Select) && !self.is_label(at) {
            return self.refuse_here("a SELECT behind a SELECT");
        }
        Ok(())
    }

    /// Refuses a condition that ends in an operator: the operator would take the inserted text for its
    /// operand.
    pub(super) fn refuse_unfinished(&self, condition: &Range<usize>) -> Result<(), Refusal> {
        if self.kind(condition.end - 1) == Kind::Operator {
            return self.refuse_here("an operator without its operand");
        }
        Ok(())
    }

    /// The words from here on, for messages.
    pub(super) fn excerpt(&self, at: usize) -> String {
        let last = self.lexed.tokens.len().saturating_sub(1);
        let text = self.text(at.min(last)..(at + 4).min(last + 1));
        text.chars().take(60).collect()
    }
}

/// A dotted name.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub(super) tokens: Range<usize>,
    schema: Option<usize>,
}

impl Path {
    /// The place of the name itself.
    pub(super) fn last(&self) -> usize {
        self.tokens.end - 1
    }
}
