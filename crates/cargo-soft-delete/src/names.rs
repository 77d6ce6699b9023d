//! What the names of a file stand for, from its `use` declarations and `type` aliases.

use std::collections::HashMap;

use proc_macro2::Delimiter;

use crate::tokens::{Kind, Token, at, is_pair};

/// An alias of an alias of an alias: a longer way is a circle.
const LONGEST_WAY: usize = 4;

pub(crate) type Path = Vec<String>;

#[derive(Default)]
pub(crate) struct Names {
    aliases: HashMap<String, Path>,
    /// The paths in front of `::*`.
    globs: Vec<Path>,
    /// What other files can import from here: `pub use … as File`, `pub type File = …`.
    exports: Vec<(String, Path)>,
}

impl Names {
    /// Reads the declarations of a file, of its modules and of its functions, as if they stood side by side.
    pub(crate) fn of_file(tokens: &[Token]) -> Self {
        let mut names = Self::default();
        names.read(tokens);
        names
    }

    pub(crate) fn exports(&self) -> &[(String, Path)] {
        &self.exports
    }

    /// The names that the declarations introduce.
    pub(crate) fn declared(&self) -> impl Iterator<Item = &str> {
        self.aliases.keys().map(String::as_str)
    }

    pub(crate) fn globs(&self) -> &[Path] {
        &self.globs
    }

    /// The path with its first name replaced by what it stands for.
    pub(crate) fn expand(&self, path: &[&str]) -> Path {
        let mut path: Path = path.iter().map(|&name| name.to_owned()).collect();
        for _ in 0..LONGEST_WAY {
            let Some(alias) = path.first().and_then(|first| self.aliases.get(first)) else {
                break;
            };
            // `use note::{self}` and `use super::note` map a name to a path that ends in it.
            if alias.len() == 1 && alias.first() == path.first() {
                break;
            }
            let ends_in_itself = alias.last() == path.first();
            path.splice(..1, alias.iter().cloned());
            if ends_in_itself {
                break;
            }
        }
        path
    }

    fn read(&mut self, tokens: &[Token]) {
        let mut index = 0;
        while let Some(token) = at(tokens, index) {
            index += 1;
            match &token.kind {
                Kind::Group(_, inner) => self.read(inner),
                Kind::Ident(word) if word == "use" => {
                    let is_public = is_public(tokens, index - 1);
                    let end = end_of_statement(tokens, index);
                    self.read_tree(&tokens[index..end], &[], is_public);
                    index = end;
                }
                Kind::Ident(word) if word == "type" => self.read_type(tokens, index),
                _ => {}
            }
        }
    }

    /// Reads `a::b::{c, d as e, f::*}`.
    fn read_tree(&mut self, tree: &[Token], before: &[String], is_public: bool) {
        for branch in tree.split(|token| token.is(',')) {
            let mut path = before.to_vec();
            let mut tokens = branch.iter();
            while let Some(token) = tokens.next() {
                match &token.kind {
                    Kind::Ident(word) if word == "as" => {
                        if let Some(name) = tokens.next().and_then(Token::ident) {
                            self.add(name.to_owned(), std::mem::take(&mut path), is_public);
                        }
                        break;
                    }
                    Kind::Ident(word) if word == "self" && !path.is_empty() => {}
                    Kind::Ident(word) => path.push(word.clone()),
                    Kind::Punct('*') => {
                        self.globs.push(std::mem::take(&mut path));
                        break;
                    }
                    Kind::Group(Delimiter::Brace, inner) => {
                        self.read_tree(inner, &path, is_public);
                        path.clear();
                        break;
                    }
                    _ => {}
                }
            }
            if let Some(name) = path
                .last()
                .filter(|_| path.len() > before.len() || branch.len() == 1)
            {
                self.add(name.clone(), path, is_public);
            }
        }
    }

    /// Reads `type Notes = note::Entity;` behind the keyword.
    fn read_type(&mut self, tokens: &[Token], index: usize) {
        let Some(name) = at(tokens, index).and_then(Token::ident) else {
            return;
        };
        if !at(tokens, index + 1).is_some_and(|token| token.is('=')) {
            return;
        }
        let mut path = Path::new();
        for token in &tokens[index + 2..] {
            match &token.kind {
                Kind::Ident(word) => path.push(word.clone()),
                Kind::Punct(':') => {}
                Kind::Punct(';') => {
                    self.add(name.to_owned(), path, is_public(tokens, index - 1));
                    return;
                }
                // A generic type is no alias of an entity.
                _ => return,
            }
        }
    }

    fn add(&mut self, name: String, path: Path, is_public: bool) {
        if is_public {
            self.exports.push((name.clone(), path.clone()));
        }
        self.aliases.insert(name, path);
    }
}

/// The index of the `;` that ends the statement, or of the end.
pub(crate) fn end_of_statement(tokens: &[Token], start: usize) -> usize {
    let rest = tokens.get(start..).unwrap_or_default();
    start
        + rest
            .iter()
            .position(|token| token.is(';'))
            .unwrap_or(rest.len())
}

/// Whether `pub` or `pub(…)` stands in front of the keyword at `index`.
fn is_public(tokens: &[Token], index: usize) -> bool {
    let before = |steps: usize| index.checked_sub(steps).and_then(|index| at(tokens, index));
    before(1).is_some_and(|token| token.is_ident("pub"))
        || before(1).is_some_and(|token| token.group(Delimiter::Parenthesis).is_some())
            && before(2).is_some_and(|token| token.is_ident("pub"))
}

/// The segments of the path that begins at `start`, through generic arguments of the kind `Select<note::Entity>`:
/// every path in a type is one of them.
pub(crate) fn paths_of_type(tokens: &[Token]) -> Vec<Vec<&str>> {
    let mut paths: Vec<Vec<&str>> = Vec::new();
    let mut continues = false;
    for (index, token) in tokens.iter().enumerate() {
        match &token.kind {
            Kind::Ident(word) => {
                match paths.last_mut() {
                    Some(path) if continues => path.push(word),
                    _ => paths.push(vec![word]),
                }
                continues = false;
            }
            Kind::Punct(':') => continues = index > 0 && is_pair(tokens, index - 1, [':', ':']),
            Kind::Group(_, inner) => paths.extend(paths_of_type(inner)),
            _ => continues = false,
        }
    }
    paths
}
