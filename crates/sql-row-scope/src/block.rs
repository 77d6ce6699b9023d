//! Query blocks: the parts that the scanner finds in a statement.

use std::ops::Range;

use super::Verb;
use super::catalog::TableId;
use super::source::Path;

/// A SELECT, UPDATE, DELETE or INSERT, without the blocks nested in it.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// The tokens of the block, including nested blocks.
    pub(super) tokens: Range<usize>,
    /// The scoped tables that the block reads or writes.
    pub(super) instances: Vec<Instance>,
    /// The conditions of joins.
    pub(super) conditions: Vec<Range<usize>>,
    pub(super) filter: Filter,
}

impl Block {
    /// What the block does with the rows of one of its instances.
    pub(super) fn verb(&self, instance: &Instance) -> Verb {
        let is_target = |index: &usize| {
            let target = self.instances.get(*index);
            target.is_some_and(|target| target.tokens == instance.tokens)
        };
        match &self.kind {
            BlockKind::Delete(parts) if parts.targets.iter().any(is_target) => Verb::Delete,
            BlockKind::Insert(_) => Verb::Insert,
            BlockKind::Update(_) => Verb::Update,
            _ => Verb::Read,
        }
    }

    /// Whether the block writes rows.
    pub(super) fn is_write(&self) -> bool {
        !matches!(self.kind, BlockKind::Select)
    }

    /// Whether the block is an INSERT with a DO UPDATE.
    pub(super) fn updates_on_conflict(&self) -> bool {
        let BlockKind::Insert(parts) = &self.kind else {
            return false;
        };
        parts
            .conflicts
            .iter()
            .any(|conflict| conflict.update.is_some())
    }

    /// Whether the block is a table after SQLite's IN.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.instances.as_slice(), [instance] if instance.place == Place::List)
    }
}

#[derive(Debug)]
pub(super) enum BlockKind {
    Select,
    /// An UPDATE, with its assignments.
    Update(Range<usize>),
    Delete(DeleteParts),
    Insert(InsertParts),
}

/// A scoped table in a block, under its alias.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) table: TableId,
    /// The name of the table.
    pub(super) path: Path,
    /// The position of its alias.
    pub(super) alias: Option<usize>,
    /// Whether the alias gives new names to the columns.
    pub(super) renames_columns: bool,
    /// The whole table reference: name, alias, hints, sample.
    pub(super) tokens: Range<usize>,
    pub(super) place: Place,
}

/// The place for the condition that the rows of an instance are live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the WHERE of the block.
    Filter,
    /// In the condition of a join.
    Condition(usize),
    /// In a derived table that replaces the reference.
    Swap,
    /// In a subquery: a table after IN is short for a subquery.
    List,
    /// Nowhere: an INSERT writes to the table.
    Nowhere,
}

/// The WHERE of a block, or the place for a new one.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) condition: Option<Range<usize>>,
    /// A new WHERE goes after the token before this position.
    pub(super) end: usize,
}

/// How a DELETE becomes an UPDATE.
#[derive(Debug)]
pub(super) struct DeleteParts {
    /// The instances from which the DELETE removes rows.
    pub(super) targets: Vec<usize>,
    /// Whether one of the targets is not a scoped table.
    pub(super) has_other_targets: bool,
    /// The tokens that `UPDATE` replaces: `DELETE FROM`, or everything before the tables.
    pub(super) head: Range<usize>,
    /// The modifiers of the DELETE that an UPDATE has, too.
    pub(super) modifiers: String,
    /// SET goes after the token before this position.
    pub(super) set_at: usize,
    /// `USING`, which becomes `FROM`.
    pub(super) using: Option<usize>,
    /// Whether the columns must be qualified with their table.
    pub(super) qualifies_columns: bool,
    pub(super) returning: Option<usize>,
    /// Whether the DELETE is a common table expression, so that another part of the statement reads its rows.
    pub(super) is_read: bool,
}

/// How an INSERT deals with existing rows.
#[derive(Debug, Default)]
pub(super) struct InsertParts {
    /// The SELECT that provides the rows to insert.
    pub(super) select: Option<usize>,
    pub(super) conflicts: Vec<Conflict>,
    /// The assignments of ON DUPLICATE KEY UPDATE.
    pub(super) on_duplicate: Option<Range<usize>>,
}

/// An ON CONFLICT clause.
#[derive(Debug)]
pub(super) struct Conflict {
    /// Its list of columns, without the parentheses.
    pub(super) columns: Option<Range<usize>>,
    /// The condition that identifies the index.
    pub(super) index_condition: Option<Range<usize>>,
    /// The assignments of DO UPDATE.
    pub(super) assignments: Option<Range<usize>>,
    /// The WHERE of DO UPDATE.
    pub(super) update: Option<Filter>,
}
