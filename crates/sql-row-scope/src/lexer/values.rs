//! Numbers and placeholders.

use crate::Dialect;

use super::super::refusal::Unreadable;
use super::super::token::{Keyword, Kind};
use super::{Lexer, find, is_word_byte};

impl Lexer<'_> {
    /// Adds a number or placeholder from `start` to here. After another literal and a comma, it extends that
    /// literal.
    pub(super) fn literal(&mut self, start: usize, placeholders: u32) {
        let tokens = &mut self.lexed.tokens;
        if self.joins_lists
            && let [.., literal, comma] = tokens.as_mut_slice()
            && comma.kind == Kind::Comma
            && literal.kind == Kind::Literal
        {
            literal.end = self.at as u32;
            tokens.pop();
            // A mark inside the list stands before the token that follows the list.
            let marks = self.lexed.marks.iter_mut().rev();
            for mark in marks.take_while(|mark| mark.before > tokens.len()) {
                mark.before = tokens.len();
            }
        } else {
            self.push(Kind::Literal, Keyword::None, start);
        }
        self.lexed.placeholders.positional += placeholders;
    }

    pub(super) fn question_mark(&mut self) {
        let start = self.at;
        self.at += 1;
        let number = match self.dialect {
            Dialect::Sqlite => self.digits(),
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

    /// Reads `$1`, a dollar-quoted string, or a name, according to the database.
    pub(super) fn dollar(&mut self) -> Result<(), Unreadable> {
        match self.dialect {
            Dialect::Postgres => {}
            Dialect::Sqlite => return self.sqlite_variable(),
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

    pub(super) fn digits(&mut self) -> Option<u32> {
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

    /// Reads `@a`, whose name may contain dots and be followed by a dot, and `@@a`.
    pub(super) fn variable(&mut self) {
        let start = self.at;
        let name = self.skip_while(start, |byte| byte == b'@');
        let is_own = name == start + 1;
        self.at = self.skip_while(name, |byte| is_word_byte(byte) || (is_own && byte == b'.'));
        self.literal(start, 0);
    }

    /// Reads `:a`, `@a`, `$a` and `#a`, and the form of Tcl: `$a::b(any text)`.
    pub(super) fn sqlite_variable(&mut self) -> Result<(), Unreadable> {
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

    /// Reads a number. The number ends where its form ends: MySQL reads `1.0FROM t` as a number and FROM, and
    /// PostgreSQL before 15 reads `1FROM t` so.
    pub(super) fn number(&mut self) {
        let start = self.at;
        if self.dialect == Dialect::Sqlite {
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
        // MySQL has names that begin with a digit, and both databases have numbers like 0x1f.
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

    pub(super) fn follows_a_name(&self) -> bool {
        self.lexed.tokens.last().is_some_and(|last| {
            let is_name = match last.kind {
                // `SELECT.5` is a number after a keyword.
                Kind::Word => last.keyword == Keyword::None,
                kind => kind == Kind::Quoted,
            };
            is_name && last.end as usize == self.at
        })
    }
}

/// Whether this is a number such as `0x1f` or `0b01`.
fn is_based_number(run: &[u8]) -> bool {
    match run {
        [b'0', b'x' | b'X', hex @ ..] => hex.iter().all(u8::is_ascii_hexdigit),
        [b'0', b'b' | b'B', bits @ ..] => bits.iter().all(|bit| matches!(bit, b'0' | b'1')),
        _ => false,
    }
}
