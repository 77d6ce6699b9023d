//! Statements: `let`, assignments, loops, `match`.

use proc_macro2::Delimiter;

use crate::names::end_of_statement;
use crate::scan::Scan;
use crate::scan::scope::{Facts, Frame, Loose, Variable};
use crate::tokens::{Kind, Token, at, is_assignment, is_pair};

/// A pattern of `for` is short; `for` also stands in types.
const LONGEST_PATTERN: usize = 24;

/// The pattern and the type of a `let` are not longer; without a bound, `let let let …` takes quadratic time.
const LONGEST_DECLARATION: usize = 256;

impl<'a> Scan<'a> {
    /// Visits `let PATTERN: TYPE = VALUE`, also in a condition; returns the index behind the value.
    pub(super) fn visit_let(&mut self, tokens: &'a [Token], index: usize) -> usize {
        let mut declaration = (index..tokens.len())
            .take(LONGEST_DECLARATION)
            .take_while(|&index| !tokens[index].is(';'));
        let Some(equals) = declaration.find(|&index| is_assignment(tokens, index)) else {
            return index + 1;
        };
        let before = index.checked_sub(1).and_then(|before| at(tokens, before));
        let is_condition = before
            .is_some_and(|token| token.is_ident("if") || token.is_ident("while") || token.is('&'));
        let end = match is_condition {
            true => block(tokens, equals + 1).0,
            false => end_of_statement(tokens, equals),
        };
        let declared = &tokens[index + 1..equals];
        let colon = type_colon(declared);
        let pattern = &declared[..colon.unwrap_or(declared.len())];
        let annotated = colon.and_then(|colon| self.entity_in(&declared[colon + 1..]));

        let mut frame = Frame::new(None, self.branches);
        frame.is_matched = pattern
            .iter()
            .any(|token| matches!(token.ident(), Some("Some" | "None" | "true" | "false")));
        let mut variable = self.evaluate(frame, &tokens[equals + 1..end]);
        variable.entity = annotated.or(variable.entity);
        self.bind(pattern, variable);
        end
    }

    /// Visits `for PATTERN in VALUE`; returns the index of the body.
    pub(super) fn visit_for(&mut self, tokens: &'a [Token], index: usize) -> usize {
        let mut pattern = tokens[index + 1..].iter().take(LONGEST_PATTERN);
        let Some(length) = pattern.position(|token| token.is_ident("in")) else {
            return index + 1;
        };
        let start = index + length + 2;
        let (end, _) = block(tokens, start);
        let variable = self.evaluate(Frame::new(None, self.branches), &tokens[start..end]);
        self.bind(&tokens[index + 1..start - 1], variable);
        end
    }

    /// Visits `match VALUE { PATTERN => …`; returns the index of the arms.
    pub(super) fn visit_match(&mut self, tokens: &'a [Token], index: usize) -> usize {
        let (end, arms) = block(tokens, index + 1);
        let mut frame = Frame::new(None, self.branches);
        frame.is_matched = true;
        let variable = self.evaluate(frame, &tokens[index + 1..end]);
        if variable.is_known() {
            self.bind_arms(arms.unwrap_or_default(), variable);
        }
        end
    }

    fn bind_arms(&mut self, arms: &'a [Token], variable: Variable) {
        let mut is_pattern = true;
        for (index, token) in arms.iter().enumerate() {
            if !is_pattern {
                is_pattern = token.is(',') || token.group(Delimiter::Brace).is_some();
            } else if is_pair(arms, index, ['=', '>']) || token.is_ident("if") {
                is_pattern = false;
            } else {
                self.bind(std::slice::from_ref(token), variable);
            }
        }
    }

    /// Visits `query = VALUE;` if `query` is a variable that matters; returns the index behind the value.
    pub(super) fn visit_assignment(&mut self, tokens: &'a [Token], index: usize) -> Option<usize> {
        let name = at(tokens, index)?.ident()?;
        if !is_assignment(tokens, index + 1) {
            return None;
        }
        let variable = *self.scope.variables.get(name)?;
        let end = end_of_statement(tokens, index);
        let value = self.evaluate(Frame::new(None, variable.branches), &tokens[index + 2..end]);
        let mut facts = variable.facts;
        facts.add(value.facts);
        let variable = Variable {
            query: value.query.or(variable.query),
            facts,
            loose: value.loose.or(variable.loose),
            entity: value.entity.or(variable.entity),
            branches: variable.branches,
            is_of_trash: variable.is_of_trash || value.is_of_trash,
        };
        self.scope.variables.insert(name, variable);
        Some(end)
    }

    /// Walks through the value of a variable, and returns what is known of it.
    fn evaluate(&mut self, frame: Frame, value: &'a [Token]) -> Variable {
        let branches = frame.branches;
        self.frames.push(frame);
        self.walk(value);
        let Some(frame) = self.frames.pop() else {
            return Variable::default();
        };
        let mut facts = frame.facts;
        facts.add(Facts::of(&frame.tests));
        let loose = (!frame.tests.is_empty()).then(|| {
            self.scope.loose.push(Loose {
                tests: frame.tests,
                is_explained: false,
            });
            self.scope.loose.len() - 1
        });
        let queried = frame
            .first_query
            .and_then(|query| self.scope.queries[query].entity);
        Variable {
            query: frame.first_query,
            facts,
            loose,
            entity: queried.or(frame.first_entity),
            branches,
            is_of_trash: frame.is_of_trash,
        }
    }

    /// Gives every name of the pattern the same value, since `Some(row)` and `(row, count)` hold it.
    pub(super) fn bind(&mut self, pattern: &'a [Token], variable: Variable) {
        for token in pattern {
            match &token.kind {
                Kind::Ident(name) if is_variable(name) => {
                    self.scope.variables.insert(name, variable);
                }
                Kind::Group(_, inner) => self.bind(inner, variable),
                _ => {}
            }
        }
    }
}

/// Whether a name in a pattern is a variable, and not a type or a keyword.
fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_lowercase() || first == '_')
        && !matches!(name, "mut" | "ref" | "self" | "_")
}

/// The index of the `{…}` or the `;` that comes first, and what the braces hold.
pub(super) fn block(tokens: &[Token], start: usize) -> (usize, Option<&[Token]>) {
    for (index, token) in tokens.iter().enumerate().skip(start) {
        if let Some(body) = token.group(Delimiter::Brace) {
            return (index, Some(body));
        }
        if token.is(';') {
            return (index, None);
        }
    }
    (tokens.len(), None)
}

/// The index of the `:` in front of a type.
pub(super) fn type_colon(tokens: &[Token]) -> Option<usize> {
    let is_colon = |index: usize| at(tokens, index).is_some_and(|token| token.is(':'));
    (0..tokens.len()).find(|&index| {
        is_colon(index) && !is_colon(index + 1) && !index.checked_sub(1).is_some_and(is_colon)
    })
}
