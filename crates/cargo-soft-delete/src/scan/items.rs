//! Items: functions, modules, `impl` blocks and traits.

use proc_macro2::Delimiter;

use crate::chain::{closing_angle, split_arguments};
use crate::functions::Function;
use crate::scan::Scan;
use crate::scan::scope::{Facts, Scope, Variable};
use crate::scan::statements::{block, type_colon};
use crate::tokens::{Token, at, is_pair};

/// A function that returns one of these may hold a condition on behalf of its callers.
const RETURNS_CONDITION: &[&str] = &[
    "Condition",
    "ConditionExpression",
    "Expr",
    "SimpleExpr",
    "Select",
    "SelectStatement",
    "UpdateMany",
    "DeleteMany",
    "Self",
];

impl<'a> Scan<'a> {
    /// Visits the function whose keyword stands at `index`; returns the index behind it.
    pub(super) fn visit_function(
        &mut self,
        tokens: &'a [Token],
        index: usize,
        is_test: bool,
    ) -> usize {
        let Some(name) = at(tokens, index + 1).and_then(Token::ident) else {
            return index + 1;
        };
        let start = index + 2;
        let (end, body) = block(tokens, start);
        let signature = &tokens[start..end];

        let outer_scope = std::mem::take(&mut self.scope);
        let outer_frames = std::mem::take(&mut self.frames);
        let outer_branches = std::mem::take(&mut self.branches);
        let outer_is_test = self.is_test;
        self.is_test |= is_test;

        self.visit_types(signature);
        self.bind_parameters(signature);
        self.walk(body.unwrap_or_default());
        self.judge_scope();

        self.is_test = outer_is_test;
        self.branches = outer_branches;
        self.frames = outer_frames;
        let scope = std::mem::replace(&mut self.scope, outer_scope);
        self.note_function(name, signature, &scope);
        end + usize::from(body.is_some())
    }

    fn note_function(&mut self, name: &str, signature: &[Token], scope: &Scope<'_>) {
        if name.starts_with("find_by_") || name.starts_with("delete_by_") {
            self.like_verbs.push(name.to_owned());
        }
        let arrow = (0..signature.len()).find(|&index| is_pair(signature, index, ['-', '>']));
        let returned = arrow.map_or(&[][..], |arrow| &signature[arrow + 2..]);
        let entity = self.entity_in(returned);
        let returns_condition = |token: &Token| {
            token
                .ident()
                .is_some_and(|word| RETURNS_CONDITION.contains(&word))
        };
        let returns_condition = returned.iter().any(returns_condition);
        if returns_condition || entity.is_some() {
            let called = scope.called.iter().filter(|_| returns_condition);
            self.functions.push(Function {
                name: name.to_owned(),
                module: self.module.clone(),
                facts: if returns_condition {
                    scope.facts
                } else {
                    Facts::default()
                },
                called: called.map(|path| self.names.expand(path)).collect(),
                returned: entity,
                reads_trash: scope.reads_trash(),
            });
        }
    }

    fn bind_parameters(&mut self, signature: &'a [Token]) {
        let generics = signature.first().filter(|token| token.is('<'));
        let start = generics
            .and_then(|_| closing_angle(signature, 0))
            .unwrap_or(0);
        let rest = &signature[start..];
        let parameters = rest
            .iter()
            .find_map(|token| token.group(Delimiter::Parenthesis));
        for parameter in split_arguments(parameters.unwrap_or_default()) {
            let Some(colon) = type_colon(parameter) else {
                continue;
            };
            let variable = Variable {
                entity: self.entity_in(&parameter[colon + 1..]),
                ..Variable::default()
            };
            self.bind(&parameter[..colon], variable);
        }
    }

    /// Visits a `mod`, an `impl` or a `trait`; returns the index behind it.
    pub(super) fn visit_block_item(
        &mut self,
        tokens: &'a [Token],
        index: usize,
        is_test: bool,
    ) -> usize {
        let (end, body) = block(tokens, index + 1);
        let header = &tokens[index + 1..end];
        self.visit_types(header);
        let Some(body) = body else {
            return end;
        };
        let outer_is_test = self.is_test;
        let named_tests = header
            .first()
            .is_some_and(|name| name.is_ident("tests") || name.is_ident("test"));
        self.is_test |= is_test || tokens[index].is_ident("mod") && named_tests;
        let self_type = match tokens[index].is_ident("impl") {
            true => self_type(header),
            false => self.self_type.clone(),
        };
        let outer_self_type = std::mem::replace(&mut self.self_type, self_type);
        self.walk(body);
        self.self_type = outer_self_type;
        self.is_test = outer_is_test;
        end + 1
    }
}

/// The path behind `for` in the header of an `impl`, or behind its generics.
fn self_type(header: &[Token]) -> Vec<&str> {
    let behind_for = header
        .iter()
        .position(|token| token.is_ident("for"))
        .map(|index| index + 1);
    let behind_generics = header
        .first()
        .filter(|token| token.is('<'))
        .and_then(|_| closing_angle(header, 0))
        .map(|index| index + 1);
    let start = behind_for.or(behind_generics).unwrap_or(0);
    crate::names::paths_of_type(&header[start..])
        .into_iter()
        .next()
        .unwrap_or_default()
}
