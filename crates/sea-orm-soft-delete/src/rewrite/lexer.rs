//! Text to tokens, exactly as SQLite, PostgreSQL and MySQL cut it.
//!
//! Nothing is copied, and a list of placeholders of any length becomes one token. The rules are
//! those of SQLite's `tokenize.c`, PostgreSQL's `scan.l` and MySQL's `sql_lex.cc`, with the
//! settings that the databases have by default: `standard_conforming_strings` on, and neither
//! ANSI_QUOTES nor NO_BACKSLASH_ESCAPES.

use sea_orm::DbBackend;

use super::refusal::Unreadable;
use super::token::{Keyword, Kind, Token};

/// How deep parentheses may nest. The databases give up earlier: SQLite at 1,000 levels of an
/// expression, PostgreSQL and MySQL at the end of their stacks.
const DEPTH: usize = 3_000;

/// The tokens of a text, and what else there is to know of it.
#[derive(Debug, Default)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    /// The comments that speak to the scanner: their bytes, and the token that they stand before.
    pub(super) marks: Vec<MarkSpan>,
    pub(super) placeholders: Placeholders,
    /// Content of comments that MySQL executes.
    pub(super) executable_comments: Vec<(u32, u32)>,
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

/// What a comment of this crate begins with.
pub(super) const MARK: &str = "soft_delete:";

/// Cuts a text into tokens.
pub(super) fn lex(sql: &str, backend: DbBackend) -> Result<Lexed, Unreadable> {
    let mut lexer = Lexer {
        bytes: sql.as_bytes(),
        backend,
        at: 0,
        open: Vec::new(),
        lexed: Lexed::default(),
    };
    if u32::try_from(sql.len()).is_err() {
        return Err(Unreadable::TooLong);
    }
    // What is C underneath may take it for the end of the text.
    if sql.as_bytes().contains(&0) {
        return Err(Unreadable::Nul);
    }
    lexer.lexed.tokens.reserve(sql.len().min(8_192) / 6);
    while lexer.at < lexer.bytes.len() {
        lexer.next()?;
    }
    if lexer.open.is_empty() {
        Ok(lexer.lexed)
    } else {
        Err(Unreadable::Unbalanced)
    }
}

struct Lexer<'a> {
    bytes: &'a [u8],
    backend: DbBackend,
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
            b'`' if self.backend != DbBackend::Postgres => self.quoted(b'`')?,
            b'[' if self.backend == DbBackend::Sqlite => self.quoted(b']')?,
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
            b'?' if self.backend != DbBackend::Postgres => self.question_mark(),
            b'$' => self.dollar()?,
            b':' | b'@' | b'#' if self.backend == DbBackend::Sqlite => self.sqlite_variable()?,
            b'@' if self.is_mysql() => self.variable(),
            // Its operators do not run together: `a=-1` assigns -1.
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
        self.backend == DbBackend::MySql
    }

    fn push(&mut self, kind: Kind, keyword: Keyword, start: usize) {
        self.lexed.tokens.push(Token {
            kind,
            keyword,
            start: start as u32,
            end: self.at as u32,
            partner: 0,
            placeholders: self.lexed.placeholders.positional,
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
        self.open.push(self.lexed.tokens.len() as u32);
        self.single(kind);
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

    /// A number or placeholder from `start` to here. After a comma after another one it lengthens
    /// that.
    fn literal(&mut self, start: usize, placeholders: u32) {
        let before = self.lexed.placeholders.positional;
        self.lexed.placeholders.positional += placeholders;
        let tokens = &mut self.lexed.tokens;
        if let [.., literal, comma] = tokens.as_mut_slice()
            && comma.kind == Kind::Comma
            && literal.kind == Kind::Literal
        {
            literal.end = self.at as u32;
            tokens.pop();
            // A mark in the list stands before what comes behind it.
            let marks = self.lexed.marks.iter_mut().rev();
            for mark in marks.take_while(|mark| mark.before > tokens.len()) {
                mark.before = tokens.len();
            }
            return;
        }
        tokens.push(Token {
            kind: Kind::Literal,
            keyword: Keyword::None,
            start: start as u32,
            end: self.at as u32,
            partner: 0,
            placeholders: before,
        });
    }

    fn question_mark(&mut self) {
        let start = self.at;
        self.at += 1;
        let number = match self.backend {
            DbBackend::Sqlite => self.digits(),
            _ => None,
        };
        match number {
            Some(number) => {
                let highest = &mut self.lexed.placeholders.highest;
                *highest = number.max(*highest);
                self.literal(start, 0);
            }
            None => self.literal(start, 1),
        }
    }

    /// `$1`, a dollar-quoted string, or a name, as the database has it.
    fn dollar(&mut self) -> Result<(), Unreadable> {
        match self.backend {
            DbBackend::Postgres => {}
            DbBackend::Sqlite => return self.sqlite_variable(),
            _ => return self.word(),
        }
        let start = self.at;
        self.at += 1;
        if let Some(number) = self.digits() {
            let highest = &mut self.lexed.placeholders.highest;
            *highest = number.max(*highest);
            self.literal(start, 0);
            return Ok(());
        }
        let tag_end = self.skip_while(self.at, |byte| is_word_byte(byte) && byte != b'$');
        if self.byte(tag_end) != b'$' {
            self.push(Kind::Operator, Keyword::None, start);
            return Ok(());
        }
        let tag = self.bytes.get(start..=tag_end).unwrap_or_default();
        let body = tag_end + 1;
        let rest = self.bytes.get(body..).unwrap_or_default();
        let mut at = 0;
        loop {
            let Some(dollar) = find(rest.get(at..).unwrap_or_default(), b'$') else {
                return Err(Unreadable::Unterminated("a dollar-quoted string"));
            };
            at += dollar;
            if rest.get(at..).is_some_and(|rest| rest.starts_with(tag)) {
                self.at = body + at + tag.len();
                self.push(Kind::Text, Keyword::None, start);
                return Ok(());
            }
            at += 1;
        }
    }

    fn digits(&mut self) -> Option<u32> {
        let end = self.skip_while(self.at, |byte| byte.is_ascii_digit());
        let digits = self.bytes.get(self.at..end)?;
        self.at = end;
        if digits.is_empty() {
            return None;
        }
        let value = |all: u32, digit: &u8| {
            all.saturating_mul(10)
                .saturating_add(u32::from(digit - b'0'))
        };
        Some(digits.iter().fold(0, value))
    }

    /// `@a` and `@@a`.
    fn variable(&mut self) {
        let start = self.at;
        let name = self.skip_while(start, |byte| byte == b'@');
        self.at = self.skip_while(name, is_word_byte);
        self.literal(start, 0);
    }

    /// `:a`, `@a`, `$a` and `#a`, and what Tcl has: `$a::b(any text)`.
    fn sqlite_variable(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        self.at += 1;
        loop {
            let name = self.at;
            self.at = self.skip_while(name, is_word_byte);
            let is_named = self.at > start + 1;
            match self.byte(self.at) {
                b':' if self.byte(self.at + 1) == b':' => self.at += 2,
                b'(' if is_named => {
                    let inside = self.at + 1;
                    let is_inside = |byte: u8| byte != b')' && !byte.is_ascii_whitespace();
                    self.at = self.skip_while(inside, is_inside);
                    if self.byte(self.at) != b')' {
                        return Err(Unreadable::Unterminated("the name of a variable"));
                    }
                    self.at += 1;
                    break;
                }
                _ => break,
            }
        }
        self.lexed.placeholders.named = true;
        self.literal(start, 0);
        Ok(())
    }

    /// A number ends where its form ends: `1.0FROM t` is a number and FROM to MySQL, and `1FROM t`
    /// to PostgreSQL before 15.
    fn number(&mut self) {
        let start = self.at;
        if self.backend == DbBackend::Sqlite {
            self.at = self.skip_while(start, |byte| is_word_byte(byte) || byte == b'.');
            return self.literal(start, 0);
        }
        let whole = self.skip_while(start, |byte| byte.is_ascii_digit());
        self.at = whole;
        if self.byte(self.at) == b'.' {
            self.at = self.skip_while(self.at + 1, |byte| byte.is_ascii_digit());
        }
        if matches!(self.byte(self.at), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(self.at + 1), b'+' | b'-'));
            let digits = self.at + 1 + sign;
            if self.byte(digits).is_ascii_digit() {
                self.at = self.skip_while(digits, |byte| byte.is_ascii_digit());
            }
        }
        // MySQL has names that begin with a digit, and both have numbers like 0x1f.
        if self.at == whole && is_word_byte(self.byte(whole)) {
            let end = self.skip_while(start, is_word_byte);
            let run = self.bytes.get(start..end).unwrap_or_default();
            if is_based_number(run) {
                self.at = end;
            } else if self.is_mysql() {
                self.at = end;
                return self.push(Kind::Word, Keyword::None, start);
            }
        }
        self.literal(start, 0);
    }

    fn follows_a_name(&self) -> bool {
        self.lexed.tokens.last().is_some_and(|last| {
            let is_name = match last.kind {
                // `SELECT.5` is a number behind a keyword.
                Kind::Word => last.keyword == Keyword::None,
                kind => kind == Kind::Quoted,
            };
            is_name && last.end as usize == self.at
        })
    }

    fn word(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        if self.backend == DbBackend::Sqlite && self.starts_with(start, b"\xef\xbb\xbf") {
            // A byte order mark, which SQLite takes for white space.
            self.at += 3;
            return Ok(());
        }
        self.at = self.skip_while(start, is_word_byte);
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        if self.backend == DbBackend::Postgres {
            match (word, self.byte(self.at), self.byte(self.at + 1)) {
                (b"e" | b"E", b'\'', _) => return self.escape_string(start),
                (b"u" | b"U", b'&', b'"') => return Err(Unreadable::UnicodeName),
                _ => {}
            }
        }
        let keyword = Keyword::of(word);
        self.push(Kind::Word, keyword, start);
        Ok(())
    }

    /// The strings of `E'…'`, which go on after a line break: `E'a' ⏎ 'b'` is one.
    fn escape_string(&mut self, start: usize) -> Result<(), Unreadable> {
        let first = self.lexed.tokens.len();
        loop {
            self.text(b'\'', true)?;
            // Nothing may come between the E and its string.
            if let Some(token) = self.lexed.tokens.get_mut(first) {
                token.start = start as u32;
            }
            let mut next = self.at;
            let mut line_break = false;
            loop {
                match self.byte(next) {
                    b'\n' | b'\r' => line_break = true,
                    b' ' | b'\t' | 0x0b | 0x0c => {}
                    b'-' if self.byte(next + 1) == b'-' => {
                        next = self.skip_while(next, |byte| !matches!(byte, b'\n' | b'\r'));
                        continue;
                    }
                    _ => break,
                }
                next += 1;
            }
            if !line_break || self.byte(next) != b'\'' {
                return Ok(());
            }
            self.at = next;
        }
    }

    fn text(&mut self, quote: u8, backslashes: bool) -> Result<(), Unreadable> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                None => return Err(Unreadable::Unterminated("a string")),
                Some(b'\\') if backslashes => self.at += 2,
                Some(&byte) if byte == quote => {
                    self.at += 1;
                    if self.byte(self.at) != quote {
                        break;
                    }
                    self.at += 1;
                }
                Some(_) => self.at += 1,
            }
        }
        self.push(Kind::Text, Keyword::None, start);
        Ok(())
    }

    fn quoted(&mut self, quote: u8) -> Result<(), Unreadable> {
        let start = self.at;
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(end) = find(rest, quote) else {
                return Err(Unreadable::Unterminated("a quoted name"));
            };
            self.at += end + 1;
            // `]` cannot be doubled.
            if quote == b']' || self.byte(self.at) != quote {
                break;
            }
            self.at += 1;
        }
        self.push(Kind::Quoted, Keyword::None, start);
        Ok(())
    }

    fn is_line_comment(&self) -> bool {
        self.byte(self.at + 1) == b'-'
            && (!self.is_mysql() || self.byte(self.at + 2) <= b' ' || self.byte(self.at + 2) == 127)
    }

    fn line(&mut self) {
        let ends = |byte| match self.backend {
            DbBackend::Postgres => matches!(byte, b'\n' | b'\r'),
            _ => byte == b'\n',
        };
        self.at = self.skip_while(self.at, |byte| !ends(byte));
    }

    fn comment(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        self.at += 2;
        let mut depth = 1;
        while depth > 0 {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            match rest {
                [] if self.backend == DbBackend::Sqlite => return Ok(()),
                [] => return Err(Unreadable::Unterminated("a comment")),
                [b'*', b'/', ..] => {
                    depth -= 1;
                    self.at += 2;
                }
                [b'/', b'*', ..] if self.backend == DbBackend::Postgres => {
                    depth += 1;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        let span = (start as u32, self.at as u32);
        let content = self.bytes.get(start + 2..self.at - 2).unwrap_or_default();
        if self.is_mysql() && (content.starts_with(b"!") || content.starts_with(b"M!")) {
            self.lexed.executable_comments.push(span);
        }
        if content.trim_ascii_start().starts_with(MARK.as_bytes()) {
            self.lexed.marks.push(MarkSpan {
                start: span.0,
                end: span.1,
                before: self.lexed.tokens.len(),
            });
        }
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

    /// Whether the operator before goes on here. A comment ends it.
    fn is_operator(&self, at: usize) -> bool {
        match self.byte(at) {
            b'-' => self.byte(at + 1) != b'-',
            b'/' => self.byte(at + 1) != b'*',
            b'+' | b'*' | b'<' | b'>' | b'=' | b'~' | b'!' | b'%' | b'^' | b'&' | b'|' => true,
            b'@' | b'#' | b'?' | b':' => self.backend == DbBackend::Postgres,
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

fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    bytes.iter().position(|candidate| *candidate == byte)
}

pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
}

/// `0x1f` and `0b01`.
fn is_based_number(run: &[u8]) -> bool {
    match run {
        [b'0', b'x' | b'X', hex @ ..] => hex.iter().all(u8::is_ascii_hexdigit),
        [b'0', b'b' | b'B', bits @ ..] => bits.iter().all(|bit| matches!(bit, b'0' | b'1')),
        _ => false,
    }
}
