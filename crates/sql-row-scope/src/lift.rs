//! Scopes that are lifted on purpose: by the connection, or by a comment in the statement.

use std::collections::{BTreeSet, HashSet};

use super::block::{Block, Instance};
use super::catalog::{Catalog, Resolved, TableId};
use super::mark::{Mark, MarkVerb};
use super::source::Source;
use super::token::{Keyword, Kind};

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
    pub(super) source: &'a Source<'a>,
    pub(super) by_connection: &'a Lifted,
    pub(super) marks: Marks,
    /// Whether a condition on the marker lifts the scope of its instance.
    pub(super) explicit_marker_wins: bool,
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
    pub(super) fn of(&'a self, block: &Block) -> BlockLifts<'a> {
        let mentioned = if self.explicit_marker_wins {
            self.mentioned(block)
        } else {
            HashSet::new()
        };
        BlockLifts {
            lifts: self,
            block: block.tokens.start,
            mentioned,
        }
    }

    /// The names in the conditions of a block, each with its qualifier, if it has one.
    fn mentioned(&self, block: &Block) -> HashSet<(Option<String>, String)> {
        let source = self.source;
        let conditions = block.conditions.iter().chain(&block.filter.condition);
        let mut mentioned = HashSet::new();
        for condition in conditions {
            let mut at = condition.start;
            while at < condition.end {
                if matches!(source.kind(at), Kind::Word | Kind::Quoted) {
                    let owner = at.checked_sub(2);
                    let owner = owner.filter(|_| source.kind(at - 1) == Kind::Dot);
                    let owner = owner.map(|owner| source.folded(owner));
                    mentioned.insert((owner, source.folded(at)));
                }
                // A query in the condition has conditions of its own.
                let holds_query = source.kind(at) == Kind::Open
                    && matches!(
                        source.keyword(at + 1),
                        Keyword::Select | Keyword::With | Keyword::Values
                    );
                at = if holds_query {
                    source.after(at)
                } else {
                    at + 1
                };
            }
        }
        mentioned
    }
}

/// The scopes that are lifted in one block.
pub(super) struct BlockLifts<'a> {
    lifts: &'a Lifts<'a>,
    /// The first token of the block.
    block: usize,
    mentioned: HashSet<(Option<String>, String)>,
}

impl BlockLifts<'_> {
    /// Whether the block sees trashed rows of this instance as it sees live rows.
    pub(super) fn lifts(&self, instance: &Instance) -> bool {
        let marks = &self.lifts.marks;
        self.lifts.by_connection.contains(instance.table)
            || marks.ask(MarkVerb::WithTrashed, self.block, instance.table)
            || marks.ask(MarkVerb::ForceDelete, self.block, instance.table)
            || self.mentions_marker(instance)
    }

    /// Whether a DELETE from this instance is physical.
    pub(super) fn forces(&self, instance: &Instance) -> bool {
        let marks = &self.lifts.marks;
        marks.ask(MarkVerb::ForceDelete, self.block, instance.table)
    }

    /// Whether a condition of the block names the marker of this instance, or names such a marker without a
    /// qualifier.
    fn mentions_marker(&self, instance: &Instance) -> bool {
        if self.mentioned.is_empty() {
            return false;
        }
        let source = self.lifts.source;
        let marker = &source.catalog.table(instance.table).marker;
        let marker = source.catalog.fold(marker, true).into_owned();
        let exposed = instance.alias.unwrap_or_else(|| instance.path.last());
        let exposed = source.folded(exposed);
        let mentions = |owner| self.mentioned.contains(&(owner, marker.clone()));
        mentions(None) || mentions(Some(exposed))
    }
}
