//! Query blocks: what the scanner finds in a statement.

use std::ops::Range;

use super::catalog::TableId;
use super::source::Path;

/// A SELECT, UPDATE, DELETE or INSERT, without the blocks that are nested in it.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: BlockKind,
    /// Its tokens, nested blocks included.
    pub(super) tokens: Range<usize>,
    /// The soft-deletable tables that it reads or writes.
    pub(super) instances: Vec<Instance>,
    /// Conditions of joins.
    pub(super) conditions: Vec<Range<usize>>,
    pub(super) filter: Filter,
}

impl Block {
    /// Whether it is a table behind SQLite's IN.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.instances.as_slice(), [instance] if instance.place == Place::List)
    }
}

#[derive(Debug)]
pub(super) enum BlockKind {
    Select,
    Update,
    Delete(DeleteParts),
    Insert(InsertParts),
}

/// A soft-deletable table in a block, under its alias.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) table: TableId,
    /// The name of the table.
    pub(super) path: Path,
    /// Where its alias stands.
    pub(super) alias: Option<usize>,
    /// Whether the alias gives new names to the columns.
    pub(super) renames_columns: bool,
    /// All of the table reference: name, alias, hints, sample.
    pub(super) tokens: Range<usize>,
    pub(super) place: Place,
}

/// Where the condition that an instance is live is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Into the WHERE of the block.
    Filter,
    /// Into the condition of a join.
    Condition(usize),
    /// Into a derived table that takes the place of the reference.
    Swap,
    /// Into the subquery that a table behind IN is short for.
    List,
    /// Nowhere: the table is written to by an INSERT.
    Nowhere,
}

/// The WHERE of a block, or where one can be put.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    pub(super) condition: Option<Range<usize>>,
    /// A new WHERE goes behind the token before this.
    pub(super) end: usize,
}

/// How a DELETE becomes an UPDATE.
#[derive(Debug)]
pub(super) struct DeleteParts {
    /// The instances that rows are deleted from.
    pub(super) targets: Vec<usize>,
    /// Whether one of the targets is no soft-deletable table.
    pub(super) has_other_targets: bool,
    /// What `UPDATE` takes the place of: `DELETE FROM`, or all up to the tables.
    pub(super) head: Range<usize>,
    /// The words that an UPDATE has, too.
    pub(super) modifiers: String,
    /// SET goes behind the token before this.
    pub(super) set_at: usize,
    /// `USING`, which becomes `FROM`.
    pub(super) using: Option<usize>,
    /// Whether columns are to be written with their table.
    pub(super) qualifies_columns: bool,
    pub(super) returning: Option<usize>,
    /// Whether it is a common table expression, whose rows another part of the statement reads.
    pub(super) is_read: bool,
}

/// How an INSERT deals with rows that are there.
#[derive(Debug, Default)]
pub(super) struct InsertParts {
    /// The SELECT whose rows are inserted.
    pub(super) select: Option<usize>,
    pub(super) conflicts: Vec<Conflict>,
    /// The assignments of ON DUPLICATE KEY UPDATE.
    pub(super) on_duplicate: Option<Range<usize>>,
}

/// An ON CONFLICT.
#[derive(Debug)]
pub(super) struct Conflict {
    /// The closing parenthesis of its columns.
    pub(super) columns_end: Option<usize>,
    /// The condition that tells the index.
    pub(super) index_condition: Option<Range<usize>>,
    /// The WHERE of DO UPDATE.
    pub(super) update: Option<Filter>,
}
