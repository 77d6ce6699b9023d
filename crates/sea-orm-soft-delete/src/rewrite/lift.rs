//! Scopes that are lifted, on purpose: by the connection, or by a comment in the statement.

use std::collections::BTreeSet;

use super::block::{Block, Instance};
use super::catalog::{Catalog, Resolved, TableId};
use super::mark::{Mark, MarkVerb};
use super::source::Source;
use super::token::Kind;

/// The tables whose trashed rows a connection sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Lifted {
    #[default]
    Nothing,
    Tables(BTreeSet<TableId>),
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

    /// This, and one more table.
    pub(crate) fn and(self, table: TableId) -> Self {
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

/// What is lifted in one statement.
pub(super) struct Lifts<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) by_connection: &'a Lifted,
    pub(super) marks: Vec<PlacedMark<'a>>,
    /// Whether a condition on the marker lifts the scope of its instance.
    pub(super) explicit_marker_wins: bool,
}

/// A mark, and the block that it is about: by its first token, or all of them.
pub(super) struct PlacedMark<'a> {
    pub(super) mark: Mark<'a>,
    pub(super) block: Option<usize>,
}

impl Lifts<'_> {
    /// Whether trashed rows of this instance are seen as live ones are.
    pub(super) fn lifts(&self, block: &Block, instance: &Instance) -> bool {
        self.by_connection.contains(instance.table)
            || self.marks(block, instance, None)
            || (self.explicit_marker_wins && self.mentions_marker(block, instance))
    }

    /// Whether a DELETE from this instance is physical.
    pub(super) fn forces(&self, block: &Block, instance: &Instance) -> bool {
        self.marks(block, instance, Some(MarkVerb::ForceDelete))
    }

    fn marks(&self, block: &Block, instance: &Instance, verb: Option<MarkVerb>) -> bool {
        self.marks.iter().any(|placed| {
            let is_here = placed.block.is_none_or(|start| start == block.tokens.start);
            let is_asked = verb.is_none_or(|verb| verb == placed.mark.verb);
            is_here && is_asked && names(self.source.catalog, &placed.mark, instance.table)
        })
    }

    /// Whether a condition of the block speaks of the marker of this instance, or of a marker
    /// without saying whose.
    fn mentions_marker(&self, block: &Block, instance: &Instance) -> bool {
        let source = self.source;
        let marker = &source.catalog.table(instance.table).marker;
        let marker = source.catalog.fold(marker, true);
        let exposed = instance.alias.unwrap_or_else(|| instance.path.last());
        let exposed = source.folded(exposed);
        let conditions = block.conditions.iter().chain(&block.filter.condition);
        conditions.flat_map(Clone::clone).any(|at| {
            let is_name = matches!(source.kind(at), Kind::Word | Kind::Quoted);
            is_name
                && source.folded(at) == marker
                && match at.checked_sub(2) {
                    Some(owner) if source.kind(at - 1) == Kind::Dot => {
                        source.folded(owner) == exposed
                    }
                    _ => true,
                }
        })
    }
}

fn names(catalog: &Catalog, mark: &Mark<'_>, table: TableId) -> bool {
    mark.tables.is_empty()
        || mark.tables.iter().any(|named| {
            let schema = named.schema.as_deref().map(|schema| (schema, true));
            catalog.resolve(schema, (&named.name, true)) == Resolved::Table(table)
        })
}
