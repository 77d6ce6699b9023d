//! Scopes that are lifted on purpose: by the connection, or by a comment in the statement.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::block::{Block, Instance};
use super::catalog::{Catalog, Resolved, TableId};
use super::mark::{Mark, MarkVerb};
use super::marker_use::{Explicit, Uses};

/// The tables whose trashed rows a connection sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lifted {
    /// No tables.
    #[default]
    Nothing,
    /// These tables.
    Tables(BTreeSet<TableId>),
    /// All tables.
    Everything,
}

impl Lifted {
    pub(crate) fn contains(&self, table: TableId) -> bool {
        match self {
            Self::Nothing => false,
            Self::Tables(tables) => tables.contains(&table),
            Self::Everything => true,
        }
    }

    /// These tables, and one more.
    pub fn and(self, table: TableId) -> Self {
        match self {
            Self::Nothing => Self::Tables(BTreeSet::from([table])),
            Self::Tables(mut tables) => {
                tables.insert(table);
                Self::Tables(tables)
            }
            Self::Everything => Self::Everything,
        }
    }
}

/// The scopes that are lifted in one statement.
pub(super) struct Lifts<'a> {
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
}

impl Marks {
    pub(super) fn add(&mut self, catalog: &Catalog, mark: &Mark<'_>, block: Option<usize>) {
        if mark.tables.is_empty() {
            self.asked.insert((block, mark.verb, None));
        }
        for named in &mark.tables {
            let schema = named.schema.as_deref().map(|schema| (schema, true));
            if let Resolved::Table(table) = catalog.resolve(schema, (&named.name, true)) {
                self.asked.insert((block, mark.verb, Some(table)));
            }
        }
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
    /// Whether the block sees trashed rows of this instance as it sees live rows.
    pub(super) fn lifts(&self, instance: &Instance) -> bool {
        self.lifts.by_connection.contains(instance.table)
            || self.asks(MarkVerb::WithTrashed, instance)
            || self.asks(MarkVerb::ForceDelete, instance)
            || self.is_explicit(instance)
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
        let is_lifted = self.lifts.by_connection.contains(instance.table);
        (!is_lifted || explicit != Explicit::Lifts).then_some(explicit)
    }

    fn asks(&self, verb: MarkVerb, instance: &Instance) -> bool {
        let marks = &self.lifts.marks;
        marks.ask(verb, self.block.tokens.start, instance.table)
    }
}
