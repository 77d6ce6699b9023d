//! Traits that bind a type to an entity, a model or an active model.

use std::collections::{HashMap, HashSet};

use proc_macro2::Delimiter;

use crate::chain::closing_angle;
use crate::names::{Names, Path, paths_of_type};
use crate::tokens::{Kind, Token, at, is_pair};

/// A bound has few traits; without a limit, many of them take quadratic time.
const LONGEST_BOUND: usize = 64;

/// The traits of the crate, whose calls know of soft delete.
const OF_VERBS: &[&str] = &[
    "SoftDelete",
    "SoftDeleteEntity",
    "SoftDeleteModel",
    "SoftDeleteActiveModel",
];

/// The traits that the application declares itself.
#[derive(Default)]
pub(crate) struct OwnTraits {
    /// The name of each, and the full paths of its supertraits.
    supertraits: HashMap<String, Vec<Path>>,
}

impl OwnTraits {
    /// Notes the traits of a file.
    pub(crate) fn read(&mut self, tokens: &[Token], names: &Names) {
        for (index, token) in tokens.iter().enumerate() {
            match &token.kind {
                Kind::Group(_, inner) => self.read(inner, names),
                Kind::Ident(word) if word == "trait" => {
                    if let Some(name) = at(tokens, index + 1).and_then(Token::ident) {
                        let bounds = paths_of_type(supertraits(tokens, index + 2));
                        let bounds = bounds.iter().map(|path| names.expand(path));
                        let known = self.supertraits.entry(name.to_owned()).or_default();
                        known.extend(bounds);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether the full path names one of the crate's traits, and not a trait of the application with the same name.
    pub(crate) fn is_of_verbs(&self, path: &Path) -> bool {
        path.last().is_some_and(|last| {
            OF_VERBS.contains(&last.as_str())
                && (is_of_crate(path) || !self.supertraits.contains_key(last))
        })
    }

    /// Whether the full path names a trait of the application that has one of SeaORM's among its supertraits, and
    /// none of the crate's.
    pub(crate) fn is_bound_to_sea_orm(&self, path: &Path) -> bool {
        let (mut seen, mut rest) = (HashSet::new(), vec![path]);
        let mut is_bound = false;
        while let Some(path) = rest.pop() {
            let Some(name) = path.last().filter(|_| !is_of_crate(path)) else {
                continue;
            };
            let supertraits = self.supertraits.get(name).map_or(&[][..], Vec::as_slice);
            if !seen.insert(name) {
                continue;
            }
            if supertraits.iter().any(|path| self.is_of_verbs(path)) {
                return false;
            }
            is_bound |= supertraits.iter().any(is_of_sea_orm);
            rest.extend(supertraits);
        }
        is_bound
    }
}

/// Whether the path names one of SeaORM's traits whose calls reach all rows.
pub(crate) fn is_of_sea_orm(path: &Path) -> bool {
    matches!(
        path.last().map(String::as_str),
        Some("EntityTrait" | "ModelTrait" | "ActiveModelTrait")
    )
}

fn is_of_crate(path: &Path) -> bool {
    path.first()
        .is_some_and(|first| first == "sea_orm_soft_delete")
}

/// The supertraits in the header of a trait whose name stands in front of `start`: `trait Archive: EntityTrait`.
fn supertraits(tokens: &[Token], start: usize) -> &[Token] {
    let generics = at(tokens, start).filter(|token| token.is('<'));
    let start = match generics.and_then(|_| closing_angle(tokens, start)) {
        Some(close) => close + 1,
        None => start,
    };
    let rest = tokens.get(start..).unwrap_or_default();
    let ends = |token: &Token| {
        token.group(Delimiter::Brace).is_some() || token.is(';') || token.is_ident("where")
    };
    let mut header = rest.iter().take(LONGEST_BOUND);
    match rest.first().is_some_and(|token| token.is(':')) {
        true => &rest[1..header.position(ends).unwrap_or(1)],
        false => &[],
    }
}

/// The tokens of the bound that the trait at `start` stands in: `EntityTrait + Send` of `E: EntityTrait + Send`.
pub(crate) fn bound_around(tokens: &[Token], start: usize) -> &[Token] {
    let ends = |token: &Token| token.is(',') || token.group(Delimiter::Brace).is_some();
    let is_colon = |index: usize| {
        let is_path = |index: usize| is_pair(tokens, index, [':', ':']);
        tokens[index].is(':') && !is_path(index) && !index.checked_sub(1).is_some_and(is_path)
    };
    let before = (start.saturating_sub(LONGEST_BOUND)..start).rev();
    let behind = start..tokens.len().min(start + LONGEST_BOUND);
    let first = before
        .take_while(|&index| !ends(&tokens[index]) && !is_colon(index))
        .last();
    let last = behind.take_while(|&index| !ends(&tokens[index])).last();
    &tokens[first.unwrap_or(start)..last.map_or(start, |last| last + 1)]
}
