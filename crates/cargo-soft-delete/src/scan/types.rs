//! Types that do not go with a scoped connection or with the verbs.

use crate::bounds::{bound_around, is_of_sea_orm};
use crate::chain::{Chain, closing_angle};
use crate::code::Code;
use crate::entities::EntityId;
use crate::names::paths_of_type;
use crate::scan::Scan;
use crate::tokens::{Kind, Token, at, is_pair};

impl<'a> Scan<'a> {
    /// Visits the types of a signature or of the header of an item.
    pub(super) fn visit_types(&mut self, tokens: &'a [Token]) {
        let mut index = 0;
        while let Some(token) = at(tokens, index) {
            match Chain::read(tokens, index) {
                Some(chain) if !chain.path.is_empty() => {
                    self.visit_type_name(&chain, tokens);
                    // `Fn(&DatabaseConnection)` looks like a call.
                    self.visit_types(chain.arguments.unwrap_or_default());
                    index = chain.end.max(index + 1);
                }
                _ => {
                    if let Kind::Group(_, inner) = &token.kind {
                        self.visit_types(inner);
                    }
                    index += 1;
                }
            }
        }
    }

    pub(super) fn visit_type_name(&mut self, chain: &Chain<'a>, tokens: &'a [Token]) {
        let Some(&name) = chain.path.last() else {
            return;
        };
        let is_followed_by = |next: fn(&Token) -> bool| at(tokens, chain.end).is_some_and(next);
        match name {
            "DatabaseConnection" | "DbConn" | "DatabaseTransaction"
                if chain.arguments.is_none()
                    && chain.calls.is_empty()
                    && is_bound_here(tokens, chain.start) =>
            {
                self.find(Code::ConcreteConnection, chain.at, None);
            }
            "DeleteMany" | "DeleteOne" | "ValidatedDeleteOne" | "UpdateOne"
            | "ValidatedUpdateOne"
                if is_followed_by(|next| next.is('<')) =>
            {
                self.visit_builder_type(chain, tokens);
            }
            _ if self.is_generic(chain, tokens) && !is_followed_by(|next| next.is_ident("for")) => {
                self.find(Code::Generic, chain.at, None);
            }
            _ => {}
        }
    }

    /// Whether the path bounds a type by one of SeaORM's traits, or by a trait of the application that has such a
    /// supertrait.
    fn is_generic(&self, chain: &Chain<'a>, tokens: &[Token]) -> bool {
        if self.application.is_scoped || !is_bound(tokens, chain.start) {
            return false;
        }
        let own_traits = &self.application.own_traits;
        let path = self.names.expand(&chain.path);
        let is_own = own_traits.is_bound_to_sea_orm(&path);
        if !is_own && !is_of_sea_orm(&path) {
            return false;
        }
        let bound = paths_of_type(bound_around(tokens, chain.start));
        let mut bound = bound.iter().map(|path| self.names.expand(path));
        let has_verbs = bound.clone().any(|path| own_traits.is_of_verbs(&path));
        // One finding is enough for `E: EntityTrait + Archive`.
        let is_known = is_own && bound.any(|path| is_of_sea_orm(&path));
        !has_verbs && !is_known
    }

    /// Visits `DeleteMany<note::Entity>`.
    fn visit_builder_type(&mut self, chain: &Chain<'a>, tokens: &'a [Token]) {
        let close = closing_angle(tokens, chain.end).unwrap_or(chain.end);
        let entity = self.entity_in(&tokens[chain.end..close]);
        let is_soft_deletable =
            |id: EntityId| self.application.entities.get(id).is_soft_deletable();
        if entity.is_none_or(is_soft_deletable) {
            self.find(Code::BuilderType, chain.at, entity);
        }
    }
}

/// Whether the type at `start` is what a parameter or a field takes; not what a function returns, nor what a
/// scoped connection is around.
fn is_bound_here(tokens: &[Token], start: usize) -> bool {
    let before = |steps: usize| start.checked_sub(steps).and_then(|index| at(tokens, index));
    if before(1).is_some_and(|token| token.is_ident("for")) {
        return false;
    }
    if start >= 2 && is_pair(tokens, start - 2, ['-', '>']) {
        return false;
    }
    let is_argument = before(1).is_some_and(|token| token.is('<'));
    let outer = before(2).and_then(Token::ident);
    !(is_argument && matches!(outer, Some("ScopedConnection" | "Result")))
}

/// Whether the trait at `start` is a bound: `E: EntityTrait`, `+ EntityTrait`, `impl EntityTrait`.
fn is_bound(tokens: &[Token], start: usize) -> bool {
    let before = |steps: usize| start.checked_sub(steps).and_then(|index| at(tokens, index));
    match before(1) {
        Some(token) if token.is(':') => !before(2).is_some_and(|token| token.is(':')),
        Some(token) => token.is('+') || token.is_ident("impl") || token.is_ident("dyn"),
        None => false,
    }
}
