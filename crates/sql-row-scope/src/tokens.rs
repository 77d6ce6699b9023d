//! The tokens of SQL that is not a statement to scope, such as a condition in a database's catalogue.

use std::borrow::Cow;
use std::ops::Range;

use crate::Dialect;

use super::lexer;
pub use super::token::{Kind, Token};

/// Cuts a text into tokens as its database does; empty if the text cannot be read.
pub fn tokenize(sql: &str, dialect: Dialect) -> Vec<Token> {
    lexer::lex_each(sql, dialect).map_or(Vec::new(), |lexed| lexed.tokens)
}

impl Token {
    /// The position of the token in its text.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The token as its text writes it.
    pub fn text<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.range()).unwrap_or_default()
    }

    /// Whether this is an unquoted word, in upper or lower case.
    pub fn is_word(&self, sql: &str, word: &str) -> bool {
        self.kind == Kind::Word && self.text(sql).eq_ignore_ascii_case(word)
    }

    /// Whether this is a name or a string in quotes.
    pub fn is_quoted(&self) -> bool {
        matches!(self.kind, Kind::Quoted | Kind::Text)
    }

    /// The token without its quotes. A doubled quote becomes one quote; an escape with a backslash, and the
    /// dollars of a string in dollars, stay as they are.
    pub fn unquoted<'a>(&self, sql: &'a str) -> Cow<'a, str> {
        let text = self.text(sql);
        if !self.is_quoted() || text.starts_with('$') {
            return Cow::Borrowed(text);
        }
        let text = match self.kind {
            Kind::Text => text.trim_start_matches(['e', 'E']),
            _ => text,
        };
        let mut inside = text.chars();
        let quote = inside.next().unwrap_or('"');
        inside.next_back();
        let inside = inside.as_str();
        if quote == '[' || !inside.contains(quote) {
            return Cow::Borrowed(inside);
        }
        let doubled: String = [quote, quote].iter().collect();
        Cow::Owned(inside.replace(&doubled, quote.encode_utf8(&mut [0; 4])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_knows_its_text_its_depth_and_its_name() {
        let sql = r#"f("a""b", [x], `y`, 'it''s' /* ( */, 1, 2)"#;
        let tokens = tokenize(sql, Dialect::Sqlite);
        let read = |token: &Token| (token.depth, token.unquoted(sql).into_owned());
        let inside = ["a\"b", ",", "x", ",", "y", ",", "it's", ",", "1", ",", "2"];
        let inside = inside.map(|name| (1, name.to_owned()));
        let outside = |text: &str| (0, text.to_owned());
        let expected: Vec<_> = [outside("f"), outside("(")]
            .into_iter()
            .chain(inside)
            .chain([outside(")")])
            .collect();
        assert_eq!(tokens.iter().map(read).collect::<Vec<_>>(), expected);
        assert!(tokens[0].is_word(sql, "F"));
    }
}
