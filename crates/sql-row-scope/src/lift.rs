//! Scopes that are lifted on purpose: by the connection, or by a comment in the statement.

use std::collections::HashSet;
use std::ops::Range;

use super::block::{Block, Instance};
use super::catalog::{Catalog, Column, Resolved, Rule, ScopeId, Table, TableId};
use super::edit::Fragment;
use super::mark::{Mark, MarkVerb};
use super::marker_use::{Explicit, Uses};
use super::rule;

/// The scopes that a connection lifts, each of one table or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lifted(Vec<(ScopeId, Option<TableId>)>);

impl Lifted {
    /// No scope.
    pub const NOTHING: Self = Self(Vec::new());

    /// The first table whose name occurs in the text and whose rows are held to a required scope.
    pub(super) fn required_in<'c>(&self, catalog: &'c Catalog, text: &str) -> Option<&'c Table> {
        catalog.mentioned_among(text, |id, table| {
            let mut scopes = table.scopes.iter();
            scopes.any(|(scope, rule)| matches!(rule, Rule::Value(_)) && !self.contains(*scope, id))
        })
    }

    /// Whether this scope is lifted of all tables.
    pub fn has(&self, scope: ScopeId) -> bool {
        self.0.binary_search(&(scope, None)).is_ok()
    }

    fn contains(&self, scope: ScopeId, table: TableId) -> bool {
        let mut lifted = self.0.iter();
        lifted.any(|(of, from)| *of == scope && from.is_none_or(|from| from == table))
    }

    /// These scopes without this one.
    pub fn except(mut self, scope: ScopeId) -> Self {
        self.0.retain(|(lifted, _)| *lifted != scope);
        self
    }

    /// These scopes, and one more: of this table, or of all tables.
    pub fn and(mut self, scope: ScopeId, table: Option<TableId>) -> Self {
        // Equal sets are equal keys of a cache.
        if let Err(place) = self.0.binary_search(&(scope, table)) {
            self.0.insert(place, (scope, table));
        }
        self
    }
}

/// The scopes that are lifted in one statement.
pub(super) struct Lifts<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) by_connection: &'a Lifted,
    pub(super) marks: Marks,
    /// The conditions on markers, if they lift the scope of their instance.
    pub(super) explicit: Option<&'a Uses>,
}

/// The requests of the marks in a statement, by the first token of the block that each mark applies to, and
/// by table; no table means all tables.
#[derive(Debug, Default)]
pub(super) struct Marks {
    asked: HashSet<(Option<usize>, MarkVerb, Option<TableId>)>,
    lifted: HashSet<(Option<usize>, ScopeId)>,
}

impl Marks {
    /// Adds what a mark asks for; the error says why it cannot.
    pub(super) fn add(
        &mut self,
        catalog: &Catalog,
        mark: &Mark<'_>,
        block: Option<usize>,
    ) -> Result<(), &'static str> {
        if mark.verb == MarkVerb::Lift {
            for named in &mark.names {
                let scope = catalog
                    .scope(&named.name)
                    .filter(|_| named.schema.is_none());
                let scope = scope.ok_or("it names no scope of these tables")?;
                if catalog.is_required(scope) {
                    return Err("only `across` on the connection lifts a required scope");
                }
                self.lifted.insert((block, scope));
            }
            return Ok(());
        }
        if mark.names.is_empty() {
            self.asked.insert((block, mark.verb, None));
        }
        for named in &mark.names {
            let schema = named.schema.as_deref().map(|schema| (schema, true));
            if let Resolved::Table(table) = catalog.resolve(schema, (&named.name, true)) {
                self.asked.insert((block, mark.verb, Some(table)));
            }
        }
        Ok(())
    }

    fn lift(&self, scope: ScopeId, block: usize) -> bool {
        let lifts = |block| self.lifted.contains(&(block, scope));
        !self.lifted.is_empty() && (lifts(None) || lifts(Some(block)))
    }

    fn ask(&self, verb: MarkVerb, block: usize, table: TableId) -> bool {
        let asks = |block, table| self.asked.contains(&(block, verb, table));
        !self.asked.is_empty()
            && (asks(None, None)
                || asks(None, Some(table))
                || asks(Some(block), None)
                || asks(Some(block), Some(table)))
    }
}

impl<'a> Lifts<'a> {
    /// The scopes that are lifted in one block.
    pub(super) fn of(&'a self, block: &'a Block) -> BlockLifts<'a> {
        BlockLifts { lifts: self, block }
    }
}

/// The scopes that are lifted in one block.
pub(super) struct BlockLifts<'a> {
    lifts: &'a Lifts<'a>,
    block: &'a Block,
}

impl BlockLifts<'_> {
    /// Whether the block reaches the rows of this instance that the rule of the scope excludes.
    pub(super) fn lifts(&self, instance: &Instance, scope: ScopeId, rule: &Rule) -> bool {
        if self.lifts.by_connection.contains(scope, instance.table) {
            return true;
        }
        match rule {
            Rule::Live(_) => {
                self.asks(MarkVerb::WithTrashed, instance)
                    || self.asks(MarkVerb::ForceDelete, instance)
                    || self.is_explicit(instance)
            }
            Rule::Condition(_) => {
                let marks = &self.lifts.marks;
                marks.lift(scope, self.block.tokens.start)
            }
            Rule::Value(_) => false,
        }
    }

    /// The scopes of an instance that are not lifted.
    pub(super) fn in_force(&self, instance: &Instance) -> impl Iterator<Item = ScopeId> {
        let scopes = self.scopes(instance).iter();
        let held = scopes.filter(|(scope, rule)| !self.lifts(instance, *scope, rule));
        held.map(|(scope, _)| *scope)
    }

    /// The required scopes of an instance, and the column of each.
    pub(super) fn required<'c>(
        &self,
        instance: &Instance,
        catalog: &'c Catalog,
    ) -> impl Iterator<Item = (ScopeId, &'c Column)> {
        let scopes = catalog.table(instance.table).scopes.iter();
        scopes.filter_map(|(scope, rule)| match rule {
            Rule::Value(column) if !self.lifts(instance, *scope, rule) => Some((*scope, column)),
            _ => None,
        })
    }

    /// Whether the block sees trashed rows of this instance as it sees live rows.
    pub(super) fn shows_trash(&self, instance: &Instance) -> bool {
        self.live_rows(instance)
            .is_some_and(|(scope, rule)| self.lifts(instance, *scope, rule))
    }

    /// Whether the rows of this instance are held to a required scope.
    pub(super) fn is_required(&self, instance: &Instance) -> bool {
        self.required(instance, self.lifts.catalog).next().is_some()
    }

    /// The conditions of the scopes of this instance that are not lifted.
    ///
    /// A DELETE never stamps a trashed row again, even where its scope is lifted: `is_trashed` says that it trashes the
    /// rows of this instance.
    pub(super) fn conditions(
        &self,
        instance: &Instance,
        row: &str,
        is_trashed: bool,
    ) -> Vec<Fragment> {
        let holds = |scope: &&(ScopeId, Rule)| {
            let (scope, rule) = *scope;
            (is_trashed && matches!(rule, Rule::Live(_))) || !self.lifts(instance, *scope, rule)
        };
        let catalog = self.lifts.catalog;
        let condition =
            |scope: &(ScopeId, Rule)| rule::condition(catalog, instance.table, scope, row);
        let scopes = self.scopes(instance).iter();
        scopes.filter(holds).map(condition).collect()
    }

    /// The condition of an index over live rows, if the block keeps to the live rows of this instance.
    pub(super) fn condition_of_live_rows(&self, instance: &Instance) -> Option<Fragment> {
        let live = self.live_rows(instance)?;
        let is_lifted = self.lifts(instance, live.0, &live.1);
        (!is_lifted).then(|| rule::condition(self.lifts.catalog, instance.table, live, ""))
    }

    /// The scope of the live rows of this instance, if they have a trash.
    fn live_rows(&self, instance: &Instance) -> Option<&(ScopeId, Rule)> {
        let mut scopes = self.scopes(instance).iter();
        scopes.find(|(_, rule)| matches!(rule, Rule::Live(_)))
    }

    fn scopes(&self, instance: &Instance) -> &[(ScopeId, Rule)] {
        &self.lifts.catalog.table(instance.table).scopes
    }

    /// Whether a DELETE from this instance is physical.
    pub(super) fn forces(&self, instance: &Instance) -> bool {
        self.asks(MarkVerb::ForceDelete, instance)
            || self.explicit(instance) == Some(Explicit::Removes)
    }

    /// Whether a verb wrote the block for this instance: the block says itself which rows it reaches.
    pub(super) fn is_of_a_verb(&self, instance: &Instance) -> bool {
        [
            MarkVerb::WithTrashed,
            MarkVerb::ForceDelete,
            MarkVerb::Delete,
        ]
        .into_iter()
        .any(|verb| self.asks(verb, instance))
    }

    /// Whether the block itself says which rows of this instance it wants, and that lifts the scope.
    pub(super) fn is_explicit(&self, instance: &Instance) -> bool {
        self.explicit(instance).is_some()
    }

    /// The condition for live rows that yields to the block's own condition on the marker.
    pub(super) fn yielding(&self, instance: &Instance) -> Option<Range<usize>> {
        match self.explicit(instance)? {
            Explicit::Yields(live) => Some(live),
            Explicit::Lifts | Explicit::Removes => None,
        }
    }

    /// What the block's own uses of the marker do under `explicit_marker_wins`. They do nothing in a block that a
    /// verb wrote for trashed rows or for a delete, because a condition that yields there would make a delete stamp
    /// trashed rows again, and move them into another operation.
    fn explicit(&self, instance: &Instance) -> Option<Explicit> {
        let uses = self.lifts.explicit?;
        if self.is_of_a_verb(instance) {
            return None;
        }
        let explicit = uses.explicit(self.block, instance)?;
        let by_connection = self.lifts.by_connection;
        let live = self.live_rows(instance);
        let is_lifted =
            live.is_some_and(|(scope, _)| by_connection.contains(*scope, instance.table));
        (!is_lifted || explicit != Explicit::Lifts).then_some(explicit)
    }

    fn asks(&self, verb: MarkVerb, instance: &Instance) -> bool {
        let marks = &self.lifts.marks;
        marks.ask(verb, self.block.tokens.start, instance.table)
    }
}
