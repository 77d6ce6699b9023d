//! The tokens of a file, with the place of each.
//!
//! Findings come from tokens and not from a syntax tree, because calls also stand in the bodies of macros
//! (`tokio::select!`, `json!`), and because a file that does not compile yet is worth reading too.

use proc_macro2::{Delimiter, TokenStream, TokenTree, token_stream};

/// rustc refuses deeper nesting. The walk through the tokens recurses once for each level.
const DEEPEST: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
}

pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: Position,
}

pub(crate) enum Kind {
    /// An identifier or a keyword, without `r#`.
    Ident(String),
    Punct(char),
    /// A literal as it is written.
    Literal(String),
    Group(Delimiter, Vec<Token>),
}

impl Token {
    pub(crate) fn ident(&self) -> Option<&str> {
        match &self.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn is(&self, punct: char) -> bool {
        matches!(self.kind, Kind::Punct(found) if found == punct)
    }

    pub(crate) fn is_ident(&self, name: &str) -> bool {
        self.ident() == Some(name)
    }

    pub(crate) fn group(&self, delimiter: Delimiter) -> Option<&[Token]> {
        match &self.kind {
            Kind::Group(found, tokens) if *found == delimiter => Some(tokens),
            _ => None,
        }
    }

    /// What stands between the quotes of a string literal, with its escapes.
    pub(crate) fn string(&self) -> Option<&str> {
        let Kind::Literal(text) = &self.kind else {
            return None;
        };
        let (start, end) = (text.find('"')?, text.rfind('"')?);
        text.get(start + 1..end)
    }
}

/// The token at `index`, or `None` behind the end.
pub(crate) fn at(tokens: &[Token], index: usize) -> Option<&Token> {
    tokens.get(index)
}

/// Whether `first` and `second` stand at `index`: `::`, `->`, `==`.
pub(crate) fn is_pair(tokens: &[Token], index: usize, [first, second]: [char; 2]) -> bool {
    at(tokens, index).is_some_and(|token| token.is(first))
        && at(tokens, index + 1).is_some_and(|token| token.is(second))
}

/// Whether `=` stands at `index` and is not a part of `==` or `=>`.
pub(crate) fn is_assignment(tokens: &[Token], index: usize) -> bool {
    at(tokens, index).is_some_and(|token| token.is('='))
        && !at(tokens, index + 1).is_some_and(|next| next.is('=') || next.is('>'))
}

/// Why a file has no tokens, and where.
#[derive(Debug)]
pub(crate) struct Unread {
    pub(crate) at: Position,
    pub(crate) reason: &'static str,
}

/// Splits the text of a file into tokens.
pub(crate) fn lex(text: &str) -> Result<Vec<Token>, Unread> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (shebang, text) = split_shebang(text);
    let tokens = text
        .parse::<TokenStream>()
        .map_err(|error| Unread {
            at: position(error.span(), shebang),
            reason: "it is not Rust: a delimiter, a quote or a character is wrong",
        })
        .and_then(|stream| convert(stream, shebang));
    // The library keeps the text of every file that it has lexed on this thread.
    proc_macro2::extra::invalidate_current_thread_spans();
    tokens
}

/// The number of lines that a shebang takes, and the text behind it.
fn split_shebang(text: &str) -> (usize, &str) {
    match text.strip_prefix("#!") {
        Some(rest) if !rest.trim_start().starts_with('[') => match rest.find('\n') {
            Some(end) => (1, &rest[end + 1..]),
            None => (0, ""),
        },
        _ => (0, text),
    }
}

fn position(span: proc_macro2::Span, lines_before: usize) -> Position {
    let start = span.start();
    Position {
        line: start.line + lines_before,
        column: start.column + 1,
    }
}

/// Works with a stack of its own, because the depth of the input has no bound.
fn convert(stream: TokenStream, lines_before: usize) -> Result<Vec<Token>, Unread> {
    let mut tokens = Vec::new();
    let mut rest = stream.into_iter();
    let mut outer: Vec<(Delimiter, Position, Vec<Token>, token_stream::IntoIter)> = Vec::new();
    loop {
        let Some(tree) = rest.next() else {
            let Some((delimiter, at, before, rest_before)) = outer.pop() else {
                return Ok(tokens);
            };
            let inner = std::mem::replace(&mut tokens, before);
            let kind = Kind::Group(delimiter, inner);
            tokens.push(Token { kind, at });
            rest = rest_before;
            continue;
        };
        let at = position(tree.span(), lines_before);
        let kind = match tree {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                Kind::Ident(name.strip_prefix("r#").unwrap_or(&name).to_owned())
            }
            TokenTree::Punct(punct) => Kind::Punct(punct.as_char()),
            TokenTree::Literal(literal) => Kind::Literal(literal.to_string()),
            TokenTree::Group(group) => {
                if outer.len() == DEEPEST {
                    let reason = "its delimiters are nested too deeply";
                    return Err(Unread { at, reason });
                }
                let inner = group.stream().into_iter();
                outer.push((
                    group.delimiter(),
                    at,
                    std::mem::take(&mut tokens),
                    std::mem::replace(&mut rest, inner),
                ));
                continue;
            }
        };
        tokens.push(Token { kind, at });
    }
}
