//! Writes one statement in the many ways of people and dialects.

use sea_orm::sea_query::{MysqlQueryBuilder, QueryBuilder};
use sea_orm::{DbBackend, Statement, Value};

use super::choices::Choices;
use super::words::{Place, Words};

/// The placeholder for the schema of the tables.
pub(super) const SCHEMA: &str = "@schema";
/// The placeholder for another schema, in which the database does not look up names.
pub(super) const OTHER: &str = "@other";

enum Token<'a> {
    Space,
    Keyword(&'a str),
    Name(&'a str),
    Schema(&'a str),
    Param(usize),
    Verbatim(&'a str),
}

/// Writes a statement in the syntax of a database. The choices decide on quotes, letter case, comments and
/// white space.
///
/// In the given statement, every name has double quotes and every keyword is in capitals. `$n` is the `n`th
/// parameter, `AS!` is an AS that must stay, `AS~` precedes a label, and text in `⟦⟧` stays unchanged.
/// Literals that replace parameters have MySQL's syntax.
pub(super) fn dress(
    backend: DbBackend,
    words: &Words,
    text: &str,
    params: &[Value],
    is_spelt: bool,
    choices: &mut Choices<'_>,
) -> Statement {
    let is_numbered = match backend {
        DbBackend::Postgres => true,
        DbBackend::Sqlite => choices.one_in(3),
        _ => false,
    };
    let mut wardrobe = Wardrobe {
        backend,
        words,
        is_numbered,
        choices,
        sql: String::new(),
    };
    let mut values = Vec::new();
    let mut is_bare = false;
    let tokens = tokens(text);
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Space => wardrobe.space(),
            Token::Keyword("AS!") => wardrobe.keyword("AS"),
            Token::Keyword("AS" | "AS~") if matches!(tokens.get(at + 2), Some(Token::Name(_))) => {
                is_bare = wardrobe.choices.one_in(3);
                if !is_bare {
                    wardrobe.keyword("AS");
                }
            }
            Token::Keyword(word) => wardrobe.keyword(word.trim_end_matches('~')),
            Token::Name(name) => {
                let before = &tokens[..at];
                let place = match (before, tokens.get(at + 1)) {
                    ([.., Token::Schema(_), Token::Verbatim(".")], _) => Place::Column,
                    ([.., Token::Verbatim(".")], _) => Place::Qualified,
                    ([.., Token::Keyword("AS~"), Token::Space], _) if is_bare => Place::BareLabel,
                    ([.., Token::Keyword("AS~"), Token::Space], _) => Place::Label,
                    ([.., Token::Keyword("AS"), Token::Space], _) if is_bare => Place::BareAlias,
                    ([.., Token::Keyword("AS" | "AS!"), Token::Space], _) => Place::Alias,
                    (_, Some(Token::Verbatim("."))) => Place::Qualifier,
                    _ => Place::Column,
                };
                is_bare = false;
                wardrobe.name(name, place);
            }
            Token::Schema(schema) => wardrobe.sql.push_str(schema),
            Token::Param(number) if is_spelt => {
                let value = MysqlQueryBuilder.value_to_string(&params[number - 1]);
                wardrobe.sql.push_str(&value);
            }
            Token::Param(number) => {
                wardrobe.param(*number);
                if !is_numbered {
                    values.push(params[number - 1].clone());
                }
            }
            Token::Verbatim(text) => wardrobe.verbatim(text),
        }
    }
    let sql = wardrobe.sql;
    let values = if is_numbered { params.to_vec() } else { values };
    Statement::from_sql_and_values(backend, sql, values)
}

/// The same without choices: every optional part is plain.
pub(super) fn plain(backend: DbBackend, text: &str) -> String {
    let words = Words::default();
    dress(backend, &words, text, &[], false, &mut Choices::new(&[])).sql
}

struct Wardrobe<'a, 'c> {
    backend: DbBackend,
    words: &'a Words,
    is_numbered: bool,
    choices: &'a mut Choices<'c>,
    sql: String,
}

impl Wardrobe<'_, '_> {
    fn space(&mut self) {
        let space = match self.choices.below(60) {
            ..50 => " ",
            50 => "\n",
            51 => "\t  ",
            52 => " /* it's (a \"comment */ ",
            53 => "/**/",
            54 => " -- where ( 'or so\n",
            55 if self.backend == DbBackend::Postgres => " /* one /* in ' */ another */ ",
            56 if self.backend == DbBackend::MySql => " # isn't WHERE\n",
            57 => "\r\n",
            58 => " /* FROM \"item\" JOIN */ ",
            _ => "  ",
        };
        self.sql.push_str(space);
    }

    fn keyword(&mut self, word: &str) {
        match self.choices.below(8) {
            6 => self.sql.push_str(&word.to_lowercase()),
            7 => self.sql.push_str(&mixed(word)),
            _ => self.sql.push_str(word),
        }
    }

    fn name(&mut self, name: &str, place: Place) {
        let is_word = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && self.words.take(name, place);
        let is_column = place == Place::Qualified;
        let (open, close) = match self.backend {
            DbBackend::MySql => ("`", "`"),
            DbBackend::Sqlite => {
                *self
                    .choices
                    .pick(&[("\"", "\""), ("\"", "\""), ("`", "`"), ("[", "]")])
            }
            _ => ("\"", "\""),
        };
        match self.choices.below(6) {
            3 | 4 if is_word => self.sql.push_str(name),
            5 if is_word && (is_column || self.backend != DbBackend::MySql) => {
                self.sql.push_str(&mixed(name));
            }
            _ => self.sql.extend([open, name, close]),
        }
    }

    fn param(&mut self, number: usize) {
        match self.backend {
            DbBackend::Postgres => self.sql.push_str(&format!("${number}")),
            _ if self.is_numbered => self.sql.push_str(&format!("?{number}")),
            _ => self.sql.push('?'),
        }
    }

    fn verbatim(&mut self, text: &str) {
        self.sql.push_str(text);
        if text == "(" || text == "," {
            match self.choices.below(30) {
                27 => self.sql.push(' '),
                28 => self.sql.push_str("/* ) */"),
                29 => self.sql.push('\n'),
                _ => {}
            }
        }
    }
}

/// The word with every other letter in capitals.
fn mixed(word: &str) -> String {
    let letters = word.chars().enumerate();
    let letters = letters.map(|(at, letter)| match at % 2 {
        0 => letter.to_ascii_uppercase(),
        _ => letter.to_ascii_lowercase(),
    });
    letters.collect()
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '!' | '~');
        let length = match first {
            '\'' => quoted(rest, '\''),
            '"' => quoted(rest, '"'),
            '⟦' => rest.find('⟧').expect("every quote or bracket is closed") + '⟧'.len_utf8(),
            '$' => {
                1 + rest[1..]
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(rest.len() - 1)
            }
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(match first {
            ' ' => Token::Space,
            '"' if token[1..].starts_with('@') => Token::Schema(&token[1..length - 1]),
            '"' => Token::Name(&token[1..length - 1]),
            '$' => Token::Param(token[1..].parse().expect("digits follow the dollar")),
            '⟦' => Token::Verbatim(token.trim_start_matches('⟦').trim_end_matches('⟧')),
            c if c.is_ascii_uppercase() => Token::Keyword(token),
            _ => Token::Verbatim(token),
        });
        rest = after;
    }
    tokens
}

/// The length of the quoted text at the beginning of `text`.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    loop {
        at += text[at..]
            .find(quote)
            .expect("every quote or bracket is closed")
            + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
}
