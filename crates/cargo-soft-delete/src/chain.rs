//! A path and the calls behind it: `note::Entity::find().filter(…).one(db)`.

use proc_macro2::Delimiter;

use crate::tokens::{Kind, Position, Token, at, is_pair};

/// The longest generic arguments that are skipped; a `<` may also be a comparison.
const LONGEST_GENERICS: usize = 64;

#[derive(Debug)]
pub(crate) struct Chain<'a> {
    /// The segments of the path; none for a parenthesis. For `<E as Trait>::find` it is `E::find`.
    pub(crate) path: Vec<&'a str>,
    /// Whether the path is written `<E as Trait>::…`.
    pub(crate) is_qualified: bool,
    pub(crate) at: Position,
    /// What the path is called with.
    pub(crate) arguments: Option<&'a [Token]>,
    pub(crate) calls: Vec<Call<'a>>,
    /// The index of its first token.
    pub(crate) start: usize,
    /// The index behind the chain.
    pub(crate) end: usize,
}

#[derive(Debug)]
pub(crate) struct Call<'a> {
    /// The name of the method or field; empty for an index.
    pub(crate) name: &'a str,
    pub(crate) at: Position,
    /// `None` for a field.
    pub(crate) arguments: Option<&'a [Token]>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            Kind::Ident(text) | Kind::Literal(text) => f.write_str(text),
            Kind::Punct(punct) => write!(f, "{punct}"),
            Kind::Group(_, tokens) => f.debug_list().entries(tokens).finish(),
        }
    }
}

impl<'a> Chain<'a> {
    /// Reads the chain that begins at `start`, if one does.
    pub(crate) fn read(tokens: &'a [Token], start: usize) -> Option<Self> {
        let first = at(tokens, start)?;
        let mut chain = Chain {
            path: Vec::new(),
            is_qualified: false,
            at: first.at,
            arguments: None,
            calls: Vec::new(),
            start,
            end: start,
        };
        match &first.kind {
            Kind::Ident(name) if !is_keyword(name) => {
                chain.read_path(tokens, start);
                chain.read_arguments(tokens);
            }
            Kind::Punct('<') => {
                chain.read_qualified_path(tokens, start)?;
                chain.read_arguments(tokens);
            }
            // A parenthesis is the head of a chain only if something is called on it.
            Kind::Group(Delimiter::Parenthesis, inner) => {
                if !at(tokens, start + 1)?.is('.') {
                    return None;
                }
                chain.arguments = Some(inner);
                chain.end = start + 1;
            }
            _ => return None,
        }
        chain.read_calls(tokens);
        Some(chain)
    }

    /// The name of the function that the path calls.
    pub(crate) fn function(&self) -> Option<&'a str> {
        self.arguments.and(self.path.last().copied())
    }

    fn read_path(&mut self, tokens: &'a [Token], start: usize) {
        let mut index = start;
        while let Some(token) = at(tokens, index)
            && let Some(name) = token.ident()
        {
            self.path.push(name);
            self.at = token.at;
            index = after_generics(tokens, index + 1);
            self.end = index;
            if !is_pair(tokens, index, [':', ':']) {
                break;
            }
            index += 2;
        }
    }

    fn read_qualified_path(&mut self, tokens: &'a [Token], start: usize) -> Option<()> {
        let close = closing_angle(tokens, start)?;
        let inner = &tokens[start + 1..close];
        let has_trait = inner.iter().any(|token| token.is_ident("as"));
        if !has_trait || !is_pair(tokens, close + 1, [':', ':']) {
            return None;
        }
        self.read_path(inner, 0);
        self.is_qualified = true;
        self.read_path(tokens, close + 3);
        Some(())
    }

    fn read_arguments(&mut self, tokens: &'a [Token]) {
        if let Some(arguments) = arguments(tokens, self.end) {
            self.arguments = Some(arguments);
            self.end += 1;
        }
    }

    fn read_calls(&mut self, tokens: &'a [Token]) {
        while let Some(token) = at(tokens, self.end) {
            if token.is('?') {
                self.end += 1;
                continue;
            }
            if let Some(index) = token.group(Delimiter::Bracket) {
                self.calls.push(Call {
                    name: "",
                    at: token.at,
                    arguments: Some(index),
                });
                self.end += 1;
                continue;
            }
            // `..` is a range.
            if !token.is('.') || is_pair(tokens, self.end, ['.', '.']) {
                break;
            }
            let Some(member) = at(tokens, self.end + 1) else {
                break;
            };
            match &member.kind {
                Kind::Ident(name) => {
                    let behind = after_generics(tokens, self.end + 2);
                    let arguments = arguments(tokens, behind);
                    self.end = behind + usize::from(arguments.is_some());
                    if name != "await" {
                        let (name, at) = (name.as_str(), member.at);
                        self.calls.push(Call {
                            name,
                            at,
                            arguments,
                        });
                    }
                }
                Kind::Literal(_) => self.end += 2,
                _ => break,
            }
        }
    }
}

fn arguments(tokens: &[Token], index: usize) -> Option<&[Token]> {
    at(tokens, index)?.group(Delimiter::Parenthesis)
}

/// The index behind `::<…>`, or `index` where none stands.
fn after_generics(tokens: &[Token], index: usize) -> usize {
    if is_pair(tokens, index, [':', ':'])
        && at(tokens, index + 2).is_some_and(|token| token.is('<'))
        && let Some(close) = closing_angle(tokens, index + 2)
    {
        return close + 1;
    }
    index
}

/// The index of the `>` that closes the `<` at `open`.
pub(crate) fn closing_angle(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open).take(LONGEST_GENERICS) {
        match token.kind {
            Kind::Punct('<') => depth += 1,
            // The arrow of a function's type is no angle.
            Kind::Punct('>') if !tokens[index - 1].is('-') => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            Kind::Punct(';') => return None,
            _ => {}
        }
    }
    None
}

/// The arguments of a call, apart.
pub(crate) fn split_arguments(arguments: &[Token]) -> impl Iterator<Item = &[Token]> {
    arguments
        .split(|token| token.is(','))
        .filter(|argument| !argument.is_empty())
}

/// Whether the word cannot begin an expression or a type.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "as" | "async"
            | "await"
            | "break"
            | "const"
            | "continue"
            | "dyn"
            | "else"
            | "enum"
            | "extern"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "mod"
            | "move"
            | "mut"
            | "pub"
            | "ref"
            | "return"
            | "static"
            | "struct"
            | "trait"
            | "type"
            | "unsafe"
            | "use"
            | "where"
            | "while"
            | "yield"
    )
}
