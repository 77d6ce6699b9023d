//! The tokens of a CREATE statement as SQLite keeps it.

use std::ops::Range;

#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) range: Range<usize>,
    /// The number of enclosing parentheses, not counting the token itself if it is a parenthesis.
    pub(crate) depth: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word, a name or a string.
    Name,
    Open,
    Close,
    Comma,
    Other,
}

impl Token {
    pub(crate) fn is_word(&self, sql: &str, word: &str) -> bool {
        sql.get(self.range.clone())
            .is_some_and(|text| text.eq_ignore_ascii_case(word))
    }

    /// The name without quotes.
    pub(crate) fn name(&self, sql: &str) -> String {
        let text = sql.get(self.range.clone()).unwrap_or_default();
        let Some(quote @ ('"' | '\'' | '`' | '[')) = text.chars().next() else {
            return text.to_owned();
        };
        let inner = text.get(1..text.len() - 1).unwrap_or_default();
        match quote {
            '[' => inner.to_owned(),
            quote => inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
        }
    }
}

/// The tokens of a statement that SQLite has accepted.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let rest = &sql[at..];
        let kind = match byte {
            _ if rest.starts_with("--") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            _ if rest.starts_with("/*") => {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2);
                continue;
            }
            b'"' | b'\'' | b'`' | b'[' => {
                let closing = if byte == b'[' { b']' } else { byte };
                at += 1;
                while at < bytes.len() {
                    let doubled = bytes.get(at + 1) == Some(&closing) && byte != b'[';
                    match bytes[at] == closing {
                        true if doubled => at += 2,
                        true => break,
                        false => at += 1,
                    }
                }
                at = (at + 1).min(bytes.len());
                Kind::Name
            }
            b'(' | b')' | b',' => {
                at += 1;
                match byte {
                    b'(' => Kind::Open,
                    b')' => Kind::Close,
                    _ => Kind::Comma,
                }
            }
            _ if is_word(byte) => {
                while bytes.get(at).is_some_and(|byte| is_word(*byte)) {
                    at += 1;
                }
                Kind::Name
            }
            _ if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            _ => {
                at += 1;
                Kind::Other
            }
        };
        if kind == Kind::Close {
            depth -= usize::from(depth > 0);
        }
        tokens.push(Token {
            kind,
            range: start..at,
            depth: depth + usize::from(kind == Kind::Close),
        });
        if kind == Kind::Open {
            depth += 1;
        }
    }
    tokens
}

/// The range of the tokens within the first parentheses.
pub(crate) fn within_parentheses(tokens: &[Token]) -> Option<Range<usize>> {
    let open = tokens.iter().position(|token| token.kind == Kind::Open)?;
    let is_close = |token: &Token| token.kind == Kind::Close && token.depth == 1;
    Some(open + 1..tokens.iter().position(is_close)?)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}
