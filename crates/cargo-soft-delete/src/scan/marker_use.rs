//! Places that name a marker: conditions, fields of rows, values of active models.

use proc_macro2::Delimiter;

use crate::chain::{Call, Chain};
use crate::code::Code;
use crate::entities::EntityId;
use crate::scan::Scan;
use crate::scan::assignment::Assignment;
use crate::scan::scope::{Rows, Test, Verb};
use crate::sql::{self, Mention};
use crate::tokens::{Kind, Token, at, is_assignment, is_pair};

/// `= sea_orm::ActiveValue::Set` in front of the parenthesis.
const LONGEST_PATH: usize = 12;

impl<'a> Scan<'a> {
    /// Visits `note::Column::DeletedAt.is_null()` and `Expr::col(…).is_null()`.
    pub(super) fn visit_condition(&mut self, chain: &Chain<'a>) -> bool {
        let mut calls = &chain.calls[..];
        let entity = if let Some(entity) = self.marker_of_path(&chain.path) {
            entity
        } else if self.is_dense_marker(chain) {
            calls = &chain.calls[1..];
            self.resolve(&chain.path).and_then(|named| named.entity)
        } else if is_expression(&chain.path, "col")
            && let Some(entity) = self.marker_in(chain.arguments.unwrap_or_default())
        {
            entity
        } else if let Some((entity, predicate)) = self.marker_behind_name(chain) {
            calls = &chain.calls[predicate..];
            self.walk(chain.arguments.unwrap_or_default());
            entity
        } else if self.visit_verb_condition(chain) {
            return true;
        } else if is_expression(&chain.path, "cust") {
            self.visit_custom_condition(chain.arguments.unwrap_or_default());
            return true;
        } else {
            return false;
        };
        if let Some((predicate, rows)) = rows_of(calls) {
            self.record(rows, predicate.at, entity);
        }
        for call in calls {
            self.walk(call.arguments.unwrap_or_default());
        }
        true
    }

    /// Visits `note::Entity::is_live()`.
    fn visit_verb_condition(&mut self, chain: &Chain<'a>) -> bool {
        let rows = match chain.function() {
            Some("is_live" | "is_live_as") => Rows::Live,
            Some("is_trashed" | "is_trashed_as") => Rows::Trashed,
            _ => return false,
        };
        let entity = &chain.path[..chain.path.len() - 1];
        let Some(named) = self.resolve(entity).filter(|named| named.role == "Entity") else {
            return false;
        };
        self.record_test(Test {
            rows: negated(rows, chain.calls.first()),
            at: chain.at,
            entity: named.entity,
            is_conditional: self.is_conditional(),
            is_verb: true,
        });
        true
    }

    /// The entity, if it can be told, and the index of the predicate, in `Self::deleted_at_col().is_null()`: a
    /// function, a field, a constant or a variable that is named after the marker.
    fn marker_behind_name(&self, chain: &Chain<'_>) -> Option<(Option<EntityId>, usize)> {
        let predicate = chain.calls.iter().position(|call| {
            matches!(call.name, "is_null" | "is_not_null")
                && call.arguments.is_some_and(<[Token]>::is_empty)
        })?;
        let name = match predicate.checked_sub(1) {
            Some(before) => chain.calls[before].name,
            None => chain.path.last()?,
        };
        let owner = chain.path.split_last().map_or(&[][..], |(_, owner)| owner);
        self.application.is_named_after_marker(name).then(|| {
            let named = self.resolve(owner).filter(|_| predicate == 0);
            (named.and_then(|named| named.entity), predicate)
        })
    }

    /// `Expr::cust("deleted_at IS NULL")`
    fn visit_custom_condition(&mut self, arguments: &'a [Token]) {
        for argument in arguments {
            let mention = argument
                .string()
                .and_then(|text| sql::condition(text, &self.application.columns));
            match mention {
                Some(Mention::Trash) => self.record(Rows::Trashed, argument.at, None),
                Some(Mention::Table) => self.record(Rows::Live, argument.at, None),
                None => self.walk(std::slice::from_ref(argument)),
            }
        }
    }

    /// The entity whose marker the path names; `Some(None)` if it cannot be told which.
    pub(super) fn marker_of_path(&self, path: &[&str]) -> Option<Option<EntityId>> {
        let (variant, column) = path.split_last()?;
        if column.is_empty() || !self.application.is_marker_variant(variant) {
            return None;
        }
        let named = self.resolve(column)?;
        if named.role != "Column" {
            return None;
        }
        match named.entity {
            Some(id) => {
                let markers = &self.application.entities.get(id).markers;
                markers
                    .iter()
                    .any(|marker| marker.variant == *variant)
                    .then_some(Some(id))
            }
            None => Some(None),
        }
    }

    /// `note::COLUMN.deleted_at` and `note::Entity::COLUMN.deleted_at`
    fn is_dense_marker(&self, chain: &Chain<'_>) -> bool {
        chain.path.last() == Some(&"COLUMN")
            && chain
                .calls
                .first()
                .is_some_and(|call| self.is_marker_field(call))
    }

    fn is_marker_field(&self, call: &Call<'_>) -> bool {
        call.arguments.is_none() && self.application.is_marker_field(call.name)
    }

    /// The entity whose marker stands among the tokens, also as `Alias::new("deleted_at")`.
    pub(super) fn marker_in(&self, tokens: &[Token]) -> Option<Option<EntityId>> {
        let mut index = 0;
        while let Some(token) = at(tokens, index) {
            index += 1;
            if let Some(chain) =
                Chain::read(tokens, index - 1).filter(|chain| !chain.path.is_empty())
            {
                if let Some(entity) = self.marker_of_path(&chain.path) {
                    return Some(entity);
                }
                if self.is_dense_marker(&chain) {
                    return Some(self.resolve(&chain.path).and_then(|named| named.entity));
                }
                let arguments = chain.arguments.unwrap_or_default();
                let is_named = |name| self.application.is_named_after_marker(name);
                if chain.function().is_some_and(is_named)
                    || arguments.iter().any(|token| self.is_column(token))
                {
                    return Some(None);
                }
                index = chain.end.max(index);
            } else if let Kind::Group(_, inner) = &token.kind
                && let Some(entity) = self.marker_in(inner)
            {
                return Some(entity);
            } else if self.is_column(token) {
                return Some(None);
            }
        }
        None
    }

    /// Whether it is `"deleted_at"`.
    fn is_column(&self, token: &Token) -> bool {
        let columns = &self.application.columns;
        token
            .string()
            .is_some_and(|text| columns.iter().any(|column| column == text))
    }

    /// Visits `row.deleted_at.is_some()`, `if row.is_deleted` and `row.deleted_at = Set(…)`.
    pub(super) fn visit_marker_field(&mut self, chain: &Chain<'a>, tokens: &'a [Token]) {
        if chain.path.last() == Some(&"COLUMN") {
            return;
        }
        let Some(index) = chain
            .calls
            .iter()
            .position(|call| self.is_marker_field(call))
        else {
            return;
        };
        let call = &chain.calls[index];
        let entity = self.entity_of_row(chain);
        let is_last = index + 1 == chain.calls.len();
        if is_last && is_assignment(tokens, chain.end) {
            let value = tokens[chain.end..].iter().take(LONGEST_PATH);
            match Assignment::of_active_value(value) {
                Some(Assignment::Delete) => self.find(Code::HandDelete, call.at, entity),
                Some(Assignment::Restore) => self.find(Code::HandRestore, call.at, entity),
                None => {}
            }
            return;
        }
        let asks = match chain.calls.get(index + 1) {
            Some(next) => matches!(
                next.name,
                "is_some" | "is_none" | "is_some_and" | "is_none_or"
            ),
            None => {
                let is_matched = self.frames.last().is_some_and(|frame| frame.is_matched);
                let is_flag = entity.is_some() && self.application.is_flag(call.name);
                is_matched || is_flag && is_truth(tokens, chain.start, chain.end)
            }
        };
        if asks && !self.application.is_moved(entity) && !self.may_be_trashed(chain) {
            self.find(Code::MarkerBranch, call.at, entity);
        }
    }

    /// The entity of the row whose field the chain names: that of the variable; in a closure, that of the query
    /// around it; else the one that the variable is named after; else the only one that the file imports.
    fn entity_of_row(&self, chain: &Chain<'_>) -> Option<EntityId> {
        let ([name], None) = (&chain.path[..], chain.arguments) else {
            return None;
        };
        let variable = self.scope.variables.get(name);
        let bound = variable.and_then(|variable| variable.entity);
        let named = self.application.entities.by_name(&self.file.path, name);
        let around = self.frames.last().and_then(|frame| match frame.query {
            Some(query) => self.scope.queries[query].entity,
            None => frame.first_entity,
        });
        // An entity without a marker was not the right one, because the row has a marker.
        let mut guesses = [bound, named, around, self.only_entity]
            .into_iter()
            .flatten();
        guesses.find(|&id| self.application.entities.get(id).is_soft_deletable())
    }

    /// Whether the row comes from a query that says that it reads trashed rows, or from a function of the application
    /// with such a query.
    fn may_be_trashed(&self, chain: &Chain<'_>) -> bool {
        let variable = chain
            .path
            .first()
            .and_then(|name| self.scope.variables.get(name));
        let frame = self.frames.last();
        if variable.is_some_and(|variable| variable.is_of_trash)
            || frame.is_some_and(|frame| frame.is_of_trash)
        {
            return true;
        }
        let read = variable.and_then(|variable| variable.query);
        let around = frame.and_then(|frame| frame.query);
        read.or(around)
            .is_some_and(|query| self.scope.queries[query].is_explicit)
    }

    /// Visits `note::ActiveModel { deleted_at: Set(Some(now)), .. }`.
    pub(super) fn visit_active_model(&mut self, chain: &Chain<'a>, tokens: &'a [Token]) {
        let Some(fields) = at(tokens, chain.end).and_then(|token| token.group(Delimiter::Brace))
        else {
            return;
        };
        let Some(named) = self
            .resolve(&chain.path)
            .filter(|named| named.role.starts_with("ActiveModel"))
        else {
            return;
        };
        let follows =
            |name: &str| at(tokens, chain.end + 2).is_some_and(|token| token.is_ident(name));
        if follows("insert") {
            return;
        }
        for field in fields.split(|token| token.is(',')) {
            let [name, colon, value @ ..] = field else {
                continue;
            };
            let is_marker = name
                .ident()
                .is_some_and(|name| self.application.is_marker_field(name));
            if !is_marker || !colon.is(':') || !Assignment::is_evident(value) {
                continue;
            }
            match Assignment::of_active_value(value.iter()) {
                Some(Assignment::Delete) => self.find(Code::HandDelete, name.at, named.entity),
                Some(Assignment::Restore) if follows("update") || follows("save") => {
                    self.find(Code::HandRestore, name.at, named.entity);
                }
                _ => {}
            }
        }
    }

    /// Notes `.col_expr(Column::DeletedAt, …)` and `.set(Column::DeletedAt, …)`.
    pub(super) fn visit_setter(&mut self, query: Option<usize>, call: &Call<'a>) {
        if !matches!(call.name, "col_expr" | "value" | "set") {
            return;
        }
        let arguments = call.arguments.unwrap_or_default();
        let Some(comma) = arguments.iter().position(|token| token.is(',')) else {
            return;
        };
        let Some(entity) = self.marker_in(&arguments[..comma]) else {
            return;
        };
        let assignment = Assignment::of(&arguments[comma..]);
        match query {
            Some(query) if self.scope.queries[query].verb != Verb::Insert => {
                self.scope.queries[query].assignment = Some((assignment, call.at));
            }
            Some(_) => {}
            None => match assignment {
                Assignment::Delete => self.find(Code::HandDelete, call.at, entity),
                Assignment::Restore => self.find(Code::HandRestore, call.at, entity),
            },
        }
    }
}

/// Whether the path is `Expr::col`, `Expr::cust`, `Expr::cust_with_values`, …
fn is_expression(path: &[&str], function: &str) -> bool {
    matches!(path, [.., "Expr" | "SimpleExpr" | "Func", name] if name.starts_with(function))
}

/// The first predicate among the calls, and the rows that it selects.
fn rows_of<'c, 'a>(calls: &'c [Call<'a>]) -> Option<(&'c Call<'a>, Rows)> {
    let is = |call: &Call<'_>, words: &[&str]| match call.arguments.unwrap_or_default() {
        [token] => match &token.kind {
            Kind::Ident(word) | Kind::Literal(word) => words.contains(&word.as_str()),
            _ => false,
        },
        _ => false,
    };
    let no = ["false", "0", "\"0\"", "\"N\""];
    let yes = ["true", "1", "\"1\"", "\"Y\""];
    let (index, rows) = calls.iter().enumerate().find_map(|(index, call)| {
        let rows = match call.name {
            "is_null" => Rows::Live,
            "is_not_null" => Rows::Trashed,
            "eq" | "is" if is(call, &no) => Rows::Live,
            "ne" | "is_not" if is(call, &yes) => Rows::Live,
            "eq" | "ne" | "is" | "is_not" | "lt" | "lte" | "gt" | "gte" | "between" | "is_in" => {
                Rows::Trashed
            }
            _ => return None,
        };
        Some((index, rows))
    })?;
    Some((&calls[index], negated(rows, calls.get(index + 1))))
}

/// The rows that a condition selects, with `.not()` behind it or without.
fn negated(rows: Rows, next: Option<&Call<'_>>) -> Rows {
    match (rows, next.is_some_and(|call| call.name == "not")) {
        (Rows::Live, false) | (Rows::Trashed, true) => Rows::Live,
        _ => Rows::Trashed,
    }
}

/// Whether the expression from `start` to `end` is used as a `bool`.
fn is_truth(tokens: &[Token], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|before| at(tokens, before));
    before.is_some_and(|token| token.is('!') || token.is_ident("if") || token.is_ident("match"))
        || is_pair(tokens, end, ['&', '&'])
        || is_pair(tokens, end, ['|', '|'])
        || start >= 2
            && (is_pair(tokens, start - 2, ['&', '&']) || is_pair(tokens, start - 2, ['|', '|']))
}
