//! The tokens of a condition, without a database's additions.

use sea_orm::DbBackend;
use sql_row_scope::tokens::{Kind, tokenize};

use crate::query::dialect::dialect;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word or a number, in lower case.
    Word(String),
    /// A name in quotes.
    Name(String),
    Text(String),
    Symbol(String),
}

impl Token {
    /// Whether this is the word or the symbol.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self, Self::Word(own) | Self::Symbol(own) if own == text)
    }

    /// Whether this is the name, in quotes or not.
    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Word(own) | Self::Name(own) if own.eq_ignore_ascii_case(name))
    }

    fn is_value(&self) -> bool {
        matches!(self, Self::Word(_) | Self::Text(_)) && !self.is("null")
    }
}

/// The tokens of a text.
pub(super) fn read(sql: &str, backend: DbBackend) -> Vec<Token> {
    let tokens = tokenize(sql, dialect(backend)).into_iter();
    let read = tokens.map(|token| {
        let text = token.unquoted(sql);
        match token.kind {
            Kind::Word | Kind::Literal => Token::Word(text.to_lowercase()),
            Kind::Quoted => Token::Name(text.into_owned()),
            // A name, in MySQL's mode ANSI_QUOTES.
            Kind::Text if token.text(sql).starts_with('"') => Token::Name(text.into_owned()),
            Kind::Text => Token::Text(text.into_owned()),
            _ => Token::Symbol(text.into_owned()),
        }
    });
    read.collect()
}

/// The tokens of a text without a database's additions.
pub(super) fn simple(sql: &str, backend: DbBackend) -> Vec<Token> {
    let mut tokens = without_casts(&read(sql, backend));
    loop {
        let before = tokens.len();
        tokens = without_single_parentheses(&tokens);
        if tokens.len() == before {
            return tokens;
        }
    }
}

fn is_at(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.is(text))
}

/// Removes `::type`, `TIMESTAMP '…'`, `_utf8mb4'…'` and the qualifiers of names.
fn without_casts(tokens: &[Token]) -> Vec<Token> {
    const OF_TYPES: &[&str] = &["with", "without", "time", "zone", "varying", "precision"];
    let mut simple: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            Token::Symbol(symbol) if symbol == "::" => {
                at += 1;
                while is_at(tokens, at, ".") {
                    at += 2;
                }
                loop {
                    if OF_TYPES.iter().any(|word| is_at(tokens, at, word)) {
                        at += 1;
                    } else if is_at(tokens, at, "(") && is_at(tokens, at + 2, ")") {
                        at += 3;
                    } else {
                        break;
                    }
                }
            }
            Token::Symbol(symbol) if symbol == "." => drop(simple.pop()),
            Token::Word(word)
                if matches!(tokens.get(at), Some(Token::Text(_)))
                    && (word.starts_with('_') || matches!(word.as_str(), "timestamp" | "b")) => {}
            _ => simple.push(token.clone()),
        }
    }
    simple
}

/// Turns `(x)` into `x`, except in the arguments of a function.
fn without_single_parentheses(tokens: &[Token]) -> Vec<Token> {
    const NO_FUNCTIONS: &[&str] = &["and", "or", "not", "is", "when", "then", "else", "case"];
    let mut simple: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let is_call = match simple.last() {
            Some(Token::Word(word)) => !NO_FUNCTIONS.contains(&word.as_str()),
            Some(Token::Name(_)) => true,
            _ => false,
        };
        let single = tokens
            .get(at + 1)
            .filter(|single| !matches!(single, Token::Symbol(_)));
        match single.filter(|_| token.is("(") && is_at(tokens, at + 2, ")") && !is_call) {
            Some(single) => {
                simple.push(single.clone());
                at += 3;
            }
            None => {
                simple.push(token.clone());
                at += 1;
            }
        }
    }
    simple
}

/// Removes parentheses that enclose all tokens.
pub(super) fn inside(mut tokens: &[Token]) -> &[Token] {
    while let [open, within @ .., close] = tokens
        && open.is("(")
        && close.is(")")
        && is_balanced(within)
    {
        tokens = within;
    }
    tokens
}

fn is_balanced(tokens: &[Token]) -> bool {
    let mut depth = 0_i32;
    let is_inside = tokens.iter().all(|token| {
        depth += i32::from(token.is("(")) - i32::from(token.is(")"));
        depth >= 0
    });
    is_inside && depth == 0
}

/// The tokens after a leading NOT.
pub(super) fn negated(tokens: &[Token]) -> Option<&[Token]> {
    let (first, rest) = tokens.split_first()?;
    first.is("not").then_some(rest)
}

/// The tokens between these tokens at the start and at the end; `?` stands for any value but NULL.
pub(super) fn between<'a>(
    tokens: &'a [Token],
    start: &[&str],
    end: &[&str],
) -> Option<&'a [Token]> {
    let within = start.len()..tokens.len().checked_sub(end.len())?;
    let (before, after) = (tokens.get(..within.start)?, tokens.get(within.end..)?);
    let mut pairs = before.iter().chain(after).zip(start.iter().chain(end));
    let is_all = pairs.all(|(token, text)| match *text {
        "?" => token.is_value(),
        text => token.is(text),
    });
    is_all.then(|| tokens.get(within))?
}

/// Splits at this word, outside of parentheses and of CASE … END.
pub(super) fn split<'a>(tokens: &'a [Token], word: &str) -> Vec<&'a [Token]> {
    let mut depth = 0_usize;
    let parts = tokens.split(|token| {
        if token.is("(") || token.is("case") {
            depth += 1;
        } else if token.is(")") || token.is("end") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is(word)
    });
    parts.collect()
}
