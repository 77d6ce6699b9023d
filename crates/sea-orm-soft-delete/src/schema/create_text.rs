//! Reads and changes CREATE statements as SQLite keeps them.

use std::ops::Range;

use sql_row_scope::Dialect;
use sql_row_scope::tokens::{Kind, Token, tokenize};

/// The tokens of a statement.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    tokenize(sql, Dialect::Sqlite)
}

/// The tokens in the first parentheses, and the tokens after the parentheses.
pub(crate) fn parentheses(tokens: &[Token]) -> Option<(&[Token], &[Token])> {
    let open = tokens.iter().position(|token| token.kind == Kind::Open)?;
    let depth = tokens.get(open)?.depth;
    let rest = tokens.get(open + 1..)?;
    let is_end = |token: &Token| token.kind == Kind::Close && token.depth == depth;
    let close = rest.iter().position(is_end)?;
    Some((rest.get(..close)?, rest.get(close + 1..)?))
}

/// The parts of a list, without its commas.
pub(crate) fn parts(list: &[Token]) -> Vec<&[Token]> {
    let depth = list.first().map_or(0, |first| first.depth);
    let parts = list.split(|token| token.kind == Kind::Comma && token.depth == depth);
    parts.collect()
}

/// The text of these tokens, including everything between them.
pub(crate) fn text_of<'a>(sql: &'a str, tokens: &[Token]) -> &'a str {
    let ends = tokens.first().zip(tokens.last());
    let text = ends.and_then(|(first, last)| sql.get(first.range().start..last.range().end));
    text.unwrap_or_default()
}

/// The text without these ranges, which are in the order of the text.
pub(crate) fn cut(sql: &str, ranges: &[Range<usize>]) -> String {
    let mut kept = sql.to_owned();
    for range in ranges.iter().rev() {
        kept.replace_range(range.clone(), "");
    }
    kept
}

/// Whether the list names these columns.
pub(crate) fn is_over(sql: &str, list: &[Token], columns: &[String]) -> bool {
    let is_order = |token: &Token| token.is_word(sql, "ASC") || token.is_word(sql, "DESC");
    let is_name =
        |token: &&Token| (token.is_quoted() || token.kind == Kind::Word) && !is_order(token);
    let names = || list.iter().filter(is_name).map(|token| token.unquoted(sql));
    let is_named = |column: &String| names().any(|name| name.eq_ignore_ascii_case(column));
    names().count() == columns.len() && columns.iter().all(is_named)
}
