//! The lexer: it cuts a text into tokens exactly as SQLite, PostgreSQL and MySQL do.
//!
//! The lexer copies nothing, and a list of placeholders of any length becomes one token. The rules come from
//! SQLite's `tokenize.c`, PostgreSQL's `scan.l` and MySQL's `sql_lex.cc`, with the default settings of the
//! databases: `standard_conforming_strings` on, and neither ANSI_QUOTES nor NO_BACKSLASH_ESCAPES.

mod quotes;
mod values;

use crate::Dialect;

use super::position;
use super::refusal::Unreadable;
use super::token::{Keyword, Kind, Token};

/// How deep parentheses may nest. The databases give up earlier: SQLite at 1,000 levels of an expression,
/// PostgreSQL and MySQL at the end of their stacks.
const DEPTH: usize = 3_000;

/// The tokens of a text, and the other facts that the lexer finds in it.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    /// The comments that instruct the scanner: their bytes, and the token after each comment.
    pub(super) marks: Vec<MarkSpan>,
    pub(super) placeholders: Placeholders,
    /// The content of comments that MySQL executes.
    pub(super) executable_comments: Vec<(u32, u32)>,
    pub(super) row_ids: RowIds,
}

/// The uses of SQLite's row ids in a text.
#[derive(Debug, Default)]
pub(super) struct RowIds {
    /// The names that the text uses for row ids.
    pub(super) names: Vec<&'static str>,
    /// Whether the text would show one more column of a table, through `*` or a natural join.
    pub(super) is_beside_all_columns: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct MarkSpan {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) before: usize,
}

/// The placeholders of a text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Placeholders {
    /// `?`
    pub(super) positional: u32,
    /// The highest of `$1` or `?1`.
    pub(super) highest: u32,
    /// `:a`, `@a` and `$a` of SQLite.
    pub(super) named: bool,
}

/// The text that begins every comment of this crate.
pub(super) const MARK: &str = "soft_delete:";

/// Cuts a text into tokens. A whole list of literals is one token.
pub(super) fn lex(sql: &str, dialect: Dialect) -> Result<Lexed, Unreadable> {
    read(sql, dialect, true)
}

/// Cuts a text into tokens. Each literal is a token.
pub(super) fn lex_each(sql: &str, dialect: Dialect) -> Result<Lexed, Unreadable> {
    read(sql, dialect, false)
}

fn read(sql: &str, dialect: Dialect, joins_lists: bool) -> Result<Lexed, Unreadable> {
    // SQLite's driver strips the white space of any alphabet from both ends. Otherwise that white space would
    // be part of a name.
    let (begin, end) = match dialect {
        Dialect::Sqlite => (sql.len() - sql.trim_start().len(), sql.trim_end().len()),
        _ => (0, sql.len()),
    };
    let mut lexer = Lexer {
        bytes: sql.as_bytes().get(..end).unwrap_or_default(),
        dialect,
        joins_lists,
        at: begin,
        open: Vec::new(),
        lexed: Lexed::default(),
    };
    if u32::try_from(sql.len()).is_err() {
        return Err(Unreadable::TooLong);
    }
    // C code below may take a NUL for the end of the text.
    if sql.as_bytes().contains(&0) {
        return Err(Unreadable::Nul);
    }
    lexer.lexed.tokens.reserve(sql.len().min(8_192) / 6);
    while lexer.at < lexer.bytes.len() {
        lexer.next()?;
    }
    if lexer.open.is_empty() {
        position::mark(&mut lexer.lexed.tokens, sql, dialect);
        if dialect == Dialect::Sqlite {
            lexer.lexed.row_ids = row_ids(sql, &lexer.lexed.tokens);
        }
        Ok(lexer.lexed)
    } else {
        Err(Unreadable::Unbalanced)
    }
}

struct Lexer<'a> {
    bytes: &'a [u8],
    dialect: Dialect,
    joins_lists: bool,
    at: usize,
    open: Vec<u32>,
    lexed: Lexed,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        match self.byte(start) {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
            b'-' if self.is_line_comment() => self.line(),
            b'#' if self.is_mysql() => self.line(),
            b'/' if self.byte(start + 1) == b'*' => self.comment()?,
            b'\'' => self.text(b'\'', self.is_mysql())?,
            b'"' if self.is_mysql() => self.text(b'"', true)?,
            b'"' => self.quoted(b'"')?,
            b'`' if self.dialect != Dialect::Postgres => self.quoted(b'`')?,
            b'[' if self.dialect == Dialect::Sqlite => self.quoted(b']')?,
            b'(' => self.open(Kind::Open)?,
            b'[' => self.open(Kind::OpenBracket)?,
            b')' => self.close(Kind::Close)?,
            b']' => self.close(Kind::CloseBracket)?,
            b',' => self.single(Kind::Comma),
            b';' => self.single(Kind::Semicolon),
            b'.' if self.byte(start + 1).is_ascii_digit() && !self.follows_a_name() => {
                self.number();
            }
            b'.' => self.single(Kind::Dot),
            b'0'..=b'9' => self.number(),
            b'?' if self.dialect != Dialect::Postgres => self.question_mark(),
            b'$' => self.dollar()?,
            b':' | b'@' | b'#' if self.dialect == Dialect::Sqlite => self.sqlite_variable()?,
            b'@' if self.is_mysql() => self.variable(),
            // Another spelling of NULL, which ends with its letter: `\NFROM t`.
            b'\\' if self.is_mysql() && self.byte(start + 1) == b'N' => {
                self.at += 2;
                self.literal(start, 0);
            }
            // MySQL does not read operators together: `a=-1` assigns -1.
            b'=' if self.is_mysql() => self.single(Kind::Operator),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => self.word()?,
            _ => self.operator(),
        }
        Ok(())
    }

    /// The byte at a place; 0 past the end.
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn is_mysql(&self) -> bool {
        self.dialect == Dialect::MySql
    }

    fn push(&mut self, kind: Kind, keyword: Keyword, start: usize) {
        self.lexed.tokens.push(Token {
            kind,
            depth: self.open.len() as u32,
            keyword,
            start: start as u32,
            end: self.at as u32,
            partner: 0,
            placeholders: self.lexed.placeholders.positional,
            follows_operand: false,
            is_label: false,
        });
    }

    fn single(&mut self, kind: Kind) {
        let start = self.at;
        self.at += 1;
        self.push(kind, Keyword::None, start);
    }

    fn open(&mut self, kind: Kind) -> Result<(), Unreadable> {
        if self.open.len() == DEPTH {
            return Err(Unreadable::TooDeep);
        }
        let this = self.lexed.tokens.len() as u32;
        self.single(kind);
        self.open.push(this);
        Ok(())
    }

    fn close(&mut self, kind: Kind) -> Result<(), Unreadable> {
        let opens = match kind {
            Kind::Close => Kind::Open,
            _ => Kind::OpenBracket,
        };
        let this = self.lexed.tokens.len() as u32;
        let partner = self.open.pop().ok_or(Unreadable::Unbalanced)?;
        match self.lexed.tokens.get_mut(partner as usize) {
            Some(open) if open.kind == opens => open.partner = this,
            _ => return Err(Unreadable::Unbalanced),
        }
        self.single(kind);
        if let Some(close) = self.lexed.tokens.last_mut() {
            close.partner = partner;
        }
        Ok(())
    }

    fn word(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        if self.dialect == Dialect::Sqlite && self.starts_with(start, b"\xef\xbb\xbf") {
            // SQLite takes a byte order mark for white space.
            self.at += 3;
            return Ok(());
        }
        self.at = self.skip_while(start, is_word_byte);
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        if self.dialect == Dialect::Postgres {
            match (word, self.byte(self.at), self.byte(self.at + 1)) {
                (b"e" | b"E", b'\'', _) => return self.escape_string(start),
                (b"u" | b"U", b'&', b'"') => return Err(Unreadable::UnicodeName),
                _ => {}
            }
        }
        // MySQL 9 has dollar-quoted strings, for routines in JavaScript. MariaDB reads such a word as a name.
        if self.is_mysql()
            && word.first() == Some(&b'$')
            && word.get(1..).is_some_and(|rest| rest.contains(&b'$'))
        {
            return Err(Unreadable::DollarQuoted);
        }
        let keyword = Keyword::of(word);
        self.push(Kind::Word, keyword, start);
        Ok(())
    }

    fn operator(&mut self) {
        let start = self.at;
        self.at += 1;
        while self.is_operator(self.at) {
            self.at += 1;
        }
        self.push(Kind::Operator, Keyword::None, start);
    }

    /// Whether the current operator goes on here. A comment ends the operator.
    fn is_operator(&self, at: usize) -> bool {
        match self.byte(at) {
            b'-' => self.byte(at + 1) != b'-',
            b'/' => self.byte(at + 1) != b'*',
            b'+' | b'*' | b'<' | b'>' | b'=' | b'~' | b'!' | b'%' | b'^' | b'&' | b'|' => true,
            b'@' | b'#' | b'?' | b':' => self.dialect == Dialect::Postgres,
            _ => false,
        }
    }

    fn skip_while(&self, from: usize, of: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let run = rest.iter().position(|byte| !of(*byte));
        from + run.unwrap_or(rest.len())
    }

    fn starts_with(&self, at: usize, what: &[u8]) -> bool {
        self.bytes
            .get(at..)
            .is_some_and(|rest| rest.starts_with(what))
    }
}

fn row_ids(sql: &str, tokens: &[Token]) -> RowIds {
    let mut found = RowIds::default();
    for (at, token) in tokens.iter().enumerate() {
        let text = sql.get(token.start as usize..token.end as usize);
        let text = text.unwrap_or_default();
        match token.kind {
            Kind::Word | Kind::Quoted => {
                let name = text.trim_matches(['"', '`', '[', ']']);
                let known = ["rowid", "oid", "_rowid_"];
                let known = known.iter().find(|known| name.eq_ignore_ascii_case(known));
                let new = known.filter(|known| !found.names.contains(known));
                found.names.extend(new);
                found.is_beside_all_columns |= token.keyword == Keyword::Natural;
            }
            // This excludes the product and count(*).
            Kind::Operator if text.starts_with('*') && !token.follows_operand => {
                let before = at.checked_sub(1).and_then(|before| tokens.get(before));
                let is_count = before.is_some_and(|before| before.kind == Kind::Open);
                found.is_beside_all_columns |= !is_count;
            }
            _ => {}
        }
    }
    found
}

fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    bytes.iter().position(|candidate| *candidate == byte)
}

pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}
