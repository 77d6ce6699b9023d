//! What the queries and conditions of a function come to.

use std::collections::HashSet;

use crate::code::Code;
use crate::entities::EntityId;
use crate::scan::Scan;
use crate::scan::assignment::Assignment;
use crate::scan::scope::{Facts, Query, Rows, Test, Verb};

impl Scan<'_> {
    /// Judges what was found in the scope.
    pub(super) fn judge_scope(&mut self) {
        for loose in std::mem::take(&mut self.scope.loose) {
            if !loose.is_explained {
                self.judge_tests(&loose.tests, None);
            }
        }
        for query in std::mem::take(&mut self.scope.queries) {
            self.judge_query(&query);
        }
    }

    fn judge_query(&mut self, query: &Query) {
        if let Some((assignment, at)) = query.assignment {
            let code = match assignment {
                Assignment::Delete => Code::HandDelete,
                Assignment::Restore => Code::HandRestore,
            };
            self.find(code, at, query.entity);
        }
        self.judge_tests(&query.tests, Some(query));
        let Some(id) = query.entity else {
            return self.judge_related(query);
        };
        let entity = self.application.entities.get(id);
        if !entity.is_soft_deletable() {
            return self.judge_related(query);
        }
        if let Some(at) = query.conflict {
            self.find(Code::Upsert, at, query.entity);
        }
        let has_own_test = query
            .tests
            .iter()
            .any(|test| test.entity.is_none_or(|tested| tested == id));
        let is_tested = has_own_test || query.inherited.any();
        let is_undecided = !query.is_explicit && !entity.is_moved && query.assignment.is_none();
        let tested = Facts::of(&query.tests);
        let reads_trash = query.inherited.trashed && !tested.trashed;
        match query.verb {
            _ if query.is_explicit => {}
            Verb::Built if !self.application.is_done() => {
                self.find(Code::QueryBuilder, query.at, query.entity)
            }
            Verb::Related if !is_tested && !self.application.is_done() => {
                self.find(Code::RelatedRead, query.at, query.entity);
            }
            Verb::Built | Verb::Related | Verb::Insert => {}
            Verb::Update | Verb::Delete if reads_trash && query.assignment.is_none() => {
                self.find(Code::WritesTrash, query.at, query.entity);
            }
            Verb::Read if reads_trash => self.find(Code::ReadsTrash, query.at, query.entity),
            Verb::Read if is_undecided && !is_tested => {
                self.find(Code::UnfilteredRead, query.at, query.entity);
            }
            Verb::Update if is_undecided && !is_tested => {
                self.find(Code::UnfilteredWrite, query.at, query.entity);
            }
            Verb::Delete if is_undecided && !tested.trashed => {
                self.find(Code::PhysicalDelete, query.at, query.entity);
            }
            _ => {}
        }
        self.judge_related(query);
    }

    fn judge_related(&mut self, query: &Query) {
        if self.application.is_done() {
            return;
        }
        let mut tested: HashSet<EntityId> =
            query.tests.iter().filter_map(|test| test.entity).collect();
        tested.extend(query.lifted.iter().copied());
        for &(id, at) in &query.related {
            if self.application.entities.get(id).is_soft_deletable() && !tested.contains(&id) {
                self.find(Code::RelatedRead, at, Some(id));
            }
        }
    }

    /// Judges the conditions of one query, or of one expression.
    fn judge_tests(&mut self, tests: &[Test], query: Option<&Query>) {
        let trashed = tests.iter().filter(|test| test.rows == Rows::Trashed);
        let trashed: HashSet<Option<EntityId>> = trashed.map(|test| test.entity).collect();
        let mut reported = HashSet::new();
        for test in tests {
            let entity = test.entity.or(query.and_then(|query| query.entity));
            let code = match test.rows {
                // `deleted_at IS NULL OR deleted_at > …` is one condition.
                Rows::Live if trashed.contains(&test.entity) && !test.is_conditional => None,
                Rows::Live => live_code(test, query),
                // One finding for a query and an entity, since one call mends it.
                Rows::Trashed => trash_code(query).filter(|_| reported.insert(test.entity)),
            };
            if let Some(code) = code {
                self.find(code, test.at, entity);
            }
        }
    }
}

/// `None` where the query says that it means trashed rows too: then the filter is needed. The crate's own
/// `note::Entity::is_live()` is no filter by hand.
fn live_code(test: &Test, query: Option<&Query>) -> Option<Code> {
    if test.is_verb {
        return None;
    }
    let is_other = query.is_some_and(|query| {
        matches!((query.entity, test.entity), (Some(of), Some(tested)) if of != tested)
            || query.verb == Verb::Built
            || query.verb == Verb::Related
    });
    match is_other {
        true => Some(Code::ScopedFilter),
        false if query.is_some_and(|query| query.is_explicit) => None,
        false if test.is_conditional => Some(Code::ConditionalFilter),
        false => Some(Code::HandFilter),
    }
}

/// `None` where the query says that it means trashed rows, or where another finding covers it.
fn trash_code(query: Option<&Query>) -> Option<Code> {
    let Some(query) = query else {
        return Some(Code::ReadsTrash);
    };
    if query.is_explicit || query.assignment.is_some() {
        return None;
    }
    match query.verb {
        Verb::Update | Verb::Delete => Some(Code::WritesTrash),
        _ => Some(Code::ReadsTrash),
    }
}
