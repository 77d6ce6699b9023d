//! Strings, quoted names and comments.

use crate::Dialect;

use super::super::refusal::Unreadable;
use super::super::token::{Keyword, Kind};
use super::{Lexer, MARK, MarkSpan, find};
use crate::DEEP_RECURSION;

impl Lexer<'_> {
    /// Reads the strings of `E'…'`. They continue after a line break: `E'a' ⏎ 'b'` is one string.
    pub(super) fn escape_string(&mut self, start: usize) -> Result<(), Unreadable> {
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

    pub(super) fn text(&mut self, quote: u8, backslashes: bool) -> Result<(), Unreadable> {
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

    pub(super) fn quoted(&mut self, quote: u8) -> Result<(), Unreadable> {
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

    pub(super) fn is_line_comment(&self) -> bool {
        self.byte(self.at + 1) == b'-'
            && (!self.is_mysql() || self.byte(self.at + 2) <= b' ' || self.byte(self.at + 2) == 127)
    }

    pub(super) fn line(&mut self) {
        let ends = |byte| match self.dialect {
            Dialect::Postgres => matches!(byte, b'\n' | b'\r'),
            _ => byte == b'\n',
        };
        self.at = self.skip_while(self.at, |byte| !ends(byte));
    }

    pub(super) fn comment(&mut self) -> Result<(), Unreadable> {
        let start = self.at;
        self.at += 2;
        let mut depth = 1;
        while depth > 0 {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            match rest {
                [] if self.dialect == Dialect::Sqlite => return Ok(()),
                [] => return Err(Unreadable::Unterminated("a comment")),
                [b'*', b'/', ..] => {
                    depth -= 1;
                    self.at += 2;
                }
                [b'/', b'*', ..] if self.dialect == Dialect::Postgres => {
                    depth += 1;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        let span = (start as u32, self.at as u32);
        let content = self.bytes.get(start + 2..self.at - 2).unwrap_or_default();
        let is_executed = content.starts_with(b"!") || content.starts_with(b"M!");
        let is_setting = self.lexed.tokens.is_empty()
            && self.bytes.get(start..self.at) == Some(DEEP_RECURSION.as_bytes());
        if self.is_mysql() && is_executed && !is_setting {
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
}
