//! Where a statement names the marker of a table itself, in a condition or an assignment.

use std::collections::HashMap;
use std::ops::Range;

use super::Verb;
use super::block::{Block, BlockKind, Instance, Place};
use super::catalog::{Live, TableId};
use super::comparison::{self, Compared, Operator, Part};
use super::names;
use super::source::Source;
use super::token::{Keyword, Kind};

/// A part of a statement that names the marker of a soft-deletable table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerUse {
    /// The table, by its place in the catalog.
    pub table: TableId,
    /// What the part asks of the marker, or does with it.
    pub kind: MarkerUseKind,
    /// The part, as the statement writes it.
    pub text: String,
}

/// What a part of a statement asks of a marker, or does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkerUseKind {
    /// A condition of its block that live rows satisfy, and trashed rows do not: `deleted_at IS NULL`.
    LiveRows,
    /// A condition of its block that no live row satisfies: `deleted_at IS NOT NULL`, `deleted_at < $1`.
    TrashedRows,
    /// A condition of its block that compares the marker with a value, so the value decides which rows satisfy it.
    Compared {
        /// How the marker is compared.
        operator: Operator,
        /// The position of the value among the values of the statement, from 0.
        value: usize,
    },
    /// An UPDATE that sets the marker to the value of a live row.
    SetLive,
    /// An UPDATE that sets the marker to a bound value.
    SetTo {
        /// The position of the value among the values of the statement, from 0.
        value: usize,
    },
    /// An UPDATE that sets the marker to something else.
    Set,
    /// Anything else that depends on the marker: an OR, a CASE, an ORDER BY.
    Other,
}

/// A use of a marker, and its place in the statement.
#[derive(Debug)]
pub(super) struct PlacedUse {
    pub(super) table: TableId,
    pub(super) kind: MarkerUseKind,
    /// The first token of its block, and of the instance in that block, if the marker is of one.
    place: Option<(usize, usize)>,
    /// The tokens of the condition, or of the assignment.
    pub(super) tokens: Range<usize>,
    /// Whether it stands in a condition of its block.
    is_condition: bool,
    /// Whether that is the WHERE.
    is_in_where: bool,
    /// Whether it would be pointless beside a condition for live rows: no live row satisfies it, or every live row
    /// does.
    is_pointless_beside_live: bool,
}

/// What the uses of a marker do with the scope of an instance under `explicit_marker_wins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Explicit {
    /// They lift it.
    Lifts,
    /// They lift it, and the condition for live rows, of these tokens, yields to them.
    Yields(Range<usize>),
    /// They say that a DELETE is about trashed rows alone, so it is physical.
    Removes,
}

impl PlacedUse {
    fn described(&self, source: &Source<'_>) -> MarkerUse {
        MarkerUse {
            table: self.table,
            kind: self.kind,
            text: source.text(self.tokens.clone()).to_owned(),
        }
    }
}

/// The uses of markers in one statement.
#[derive(Debug, Default)]
pub(super) struct Uses(Vec<PlacedUse>);

impl Uses {
    /// The uses that are about this instance and that the application wrote. A verb writes the condition for live rows,
    /// and the assignment of a delete or a restore.
    pub(super) fn of_the_text(
        &self,
        source: &Source<'_>,
        block: &Block,
        instance: &Instance,
        is_of_a_verb: bool,
    ) -> impl Iterator<Item = MarkerUse> {
        let is_written = move |of: &&PlacedUse| {
            let is_assigned = matches!(
                of.kind,
                MarkerUseKind::SetLive | MarkerUseKind::SetTo { .. } | MarkerUseKind::Set
            );
            !is_of_a_verb || !(is_assigned || of.kind == MarkerUseKind::LiveRows)
        };
        let uses = self.of(block, instance).iter().filter(is_written);
        uses.map(|of| of.described(source))
    }

    /// The uses of a marker whose table the text does not show.
    pub(super) fn of_no_table(&self, source: &Source<'_>) -> impl Iterator<Item = MarkerUse> {
        let uses = self.0.iter().take_while(|of| of.place.is_none());
        uses.map(|of| of.described(source))
    }

    /// Whether the block limits this instance to live rows itself.
    pub(super) fn are_for_live_rows(&self, block: &Block, instance: &Instance) -> bool {
        let is_one = |of: &PlacedUse| of.kind == MarkerUseKind::LiveRows;
        self.of(block, instance).iter().any(is_one)
    }

    /// The uses that may make sense for trashed rows of this instance alone: also what a DELETE computes from the marker,
    /// as in `DATEDIFF(now(), deleted_at) > 30`.
    pub(super) fn contradictions(
        &self,
        source: &Source<'_>,
        block: &Block,
        instance: &Instance,
    ) -> impl Iterator<Item = MarkerUse> {
        let is_delete = block.verb(instance) == Verb::Delete;
        let is_one = move |of: &&PlacedUse| match of.kind {
            MarkerUseKind::TrashedRows
            | MarkerUseKind::Compared { .. }
            | MarkerUseKind::SetLive
            | MarkerUseKind::SetTo { .. } => true,
            MarkerUseKind::Other => is_delete && of.is_in_where,
            MarkerUseKind::LiveRows | MarkerUseKind::Set => false,
        };
        let uses = self.of(block, instance).iter().filter(is_one);
        uses.map(|of| of.described(source))
    }

    /// The uses that are about this instance.
    fn of(&self, block: &Block, instance: &Instance) -> &[PlacedUse] {
        let place = Some((block.tokens.start, instance.tokens.start));
        let start = self.0.partition_point(|of| of.place < place);
        let end = self.0.partition_point(|of| of.place <= place);
        self.0.get(start..end).unwrap_or_default()
    }

    /// What the uses of this instance's marker do with its scope.
    ///
    /// A block that names a marker, other than by a condition for live rows, decides about trashed rows itself, so it
    /// finds what it would find without a scope.
    ///
    /// A DELETE whose WHERE no live row satisfies is a purge by hand. As a soft delete it would find nothing, and
    /// report success: the trash of an application that moves would grow without a sign. It names what it removes, as
    /// `force_delete` does, so it removes these rows as before. Any other DELETE is soft, and keeps to live rows.
    ///
    /// The condition for live rows may be that of a verb, or one that the application wrote. It yields only to a
    /// condition that nobody writes beside it, because the verb and the application then meant different rows. It
    /// never yields to an assignment: `SET deleted_at = ? … WHERE deleted_at IS NULL` is a soft delete, and without
    /// its condition it would stamp trashed rows again.
    pub(super) fn explicit(&self, block: &Block, instance: &Instance) -> Option<Explicit> {
        let uses = self.of(block, instance);
        if block.verb(instance) == Verb::Delete {
            let is_for_trash =
                |of: &PlacedUse| of.is_in_where && of.kind == MarkerUseKind::TrashedRows;
            return uses.iter().any(is_for_trash).then_some(Explicit::Removes);
        }
        let is_live = |of: &&PlacedUse| of.is_condition && of.kind == MarkerUseKind::LiveRows;
        // The value of a live row may be bound.
        let may_be_live = |of: &&PlacedUse| match of.kind {
            MarkerUseKind::Compared { operator, .. } => operator == Operator::Equal,
            _ => false,
        };
        let live = uses.iter().find(is_live);
        if let Some(live) = live.or_else(|| uses.iter().find(may_be_live)) {
            let is_another =
                |of: &PlacedUse| of.tokens != live.tokens && of.is_pointless_beside_live;
            if uses.iter().any(is_another) {
                return Some(Explicit::Yields(live.tokens.clone()));
            }
        }
        (live.is_none() && !uses.is_empty()).then_some(Explicit::Lifts)
    }
}

/// Finds every use of a marker in a statement.
pub(super) fn find(source: &Source<'_>, statement: &Range<usize>, blocks: &[Block]) -> Uses {
    let tables = tables_of(blocks);
    let mut uses = Vec::new();
    let mut inside: Vec<usize> = Vec::new();
    let mut next = 0;
    let mut readers: HashMap<usize, Reader<'_>> = HashMap::new();
    for at in statement.clone() {
        while blocks
            .get(next)
            .is_some_and(|block| block.tokens.start <= at)
        {
            inside.push(next);
            next += 1;
        }
        while inside
            .pop_if(|block| blocks[*block].tokens.end <= at)
            .is_some()
        {}
        let Some(table) = marker_at(source, &tables, at) else {
            continue;
        };
        let Some(innermost) = inside.last().copied() else {
            continue;
        };
        let reader = readers.entry(innermost);
        let reader = reader.or_insert_with(|| Reader::new(source, &blocks[innermost]));
        uses.extend(reader.read(source, table, at));
    }
    uses.sort_by_key(|of| (of.place, of.tokens.start));
    // A condition that names the marker twice is one use.
    uses.dedup_by(|again, first| {
        let is_same =
            again.tokens == first.tokens && again.place == first.place && again.kind == first.kind;
        first.is_pointless_beside_live |= is_same && again.is_pointless_beside_live;
        is_same
    });
    Uses(uses)
}

/// Reads the uses of markers in one block.
struct Reader<'a> {
    block: &'a Block,
    /// The conditions of the block, in the order of the text.
    conditions: Vec<Range<usize>>,
    /// The parts of the conditions that were read, by the first token of the condition.
    parts: HashMap<usize, Vec<Part>>,
    /// The instances by the name that their columns are qualified with.
    by_name: HashMap<String, &'a Instance>,
    /// The instances by the name of their marker; `None` if several have it.
    by_marker: HashMap<String, Option<&'a Instance>>,
}

impl<'a> Reader<'a> {
    fn new(source: &Source<'_>, block: &'a Block) -> Self {
        let conditions = block.conditions.iter().chain(&block.filter.condition);
        let mut conditions: Vec<_> = conditions.cloned().collect();
        conditions.sort_unstable_by_key(|condition| condition.start);
        let mut by_name = HashMap::new();
        let mut by_marker = HashMap::new();
        for instance in &block.instances {
            by_name.insert(names::exposed(source, instance), instance);
            let Some(trash) = source.catalog.table(instance.table).trash() else {
                continue;
            };
            by_marker
                .entry(trash.marker.to_ascii_lowercase())
                .and_modify(|instance| *instance = None)
                .or_insert(Some(instance));
        }
        Self {
            block,
            conditions,
            parts: HashMap::new(),
            by_name,
            by_marker,
        }
    }

    /// The use of the marker whose name stands at this place.
    fn read(&mut self, source: &Source<'_>, table: TableId, at: usize) -> Option<PlacedUse> {
        let instance = self.instance(source, at);
        let table = instance.map_or(table, |instance| instance.table);
        let live = source.catalog.table(table).trash()?.live;
        let mut is_pointless_beside_live = false;
        let (kind, tokens, is_condition) = match self.part(source, at) {
            Some(part) => {
                let kind = match instance {
                    Some(instance) => match kind_of(source, &part, at, live) {
                        // Behind an outer join, it tests whether a row was found, and the row may be trashed.
                        MarkerUseKind::LiveRows if !self.narrows(instance, &part) => {
                            MarkerUseKind::Other
                        }
                        kind => kind,
                    },
                    None => MarkerUseKind::Other,
                };
                is_pointless_beside_live = match kind {
                    MarkerUseKind::TrashedRows | MarkerUseKind::Compared { .. } => true,
                    MarkerUseKind::Other => {
                        instance.is_some() && admits_live_rows(source, &part, at, live)
                    }
                    _ => false,
                };
                (kind, part.tokens, true)
            }
            None => {
                let start = path_start(source, at);
                match assigned(source, self.block, at) {
                    Some(value) => {
                        let end = value.end;
                        (set(source, value, live), start..end, false)
                    }
                    None if is_plain_column(source, self.block, at) => return None,
                    None => (MarkerUseKind::Other, start..at + 1, false),
                }
            }
        };
        Some(PlacedUse {
            table,
            kind,
            place: instance.map(|of| (self.block.tokens.start, of.tokens.start)),
            tokens,
            is_in_where: is_condition && self.is_in_where(at),
            is_condition,
            is_pointless_beside_live,
        })
    }

    /// Whether a condition for live rows in this part leaves the same rows as the condition that the scope adds.
    fn narrows(&self, instance: &Instance, part: &Part) -> bool {
        match instance.place {
            Place::Condition(of_join) => {
                self.block.conditions.get(of_join).is_some_and(|condition| {
                    condition.start <= part.tokens.start && part.tokens.end <= condition.end
                })
            }
            Place::Swap => false,
            Place::Filter | Place::List | Place::Nowhere => true,
        }
    }

    fn is_in_where(&self, at: usize) -> bool {
        let filter = &self.block.filter.condition;
        filter
            .as_ref()
            .is_some_and(|condition| condition.contains(&at))
    }

    /// The instance whose marker the name at this place means.
    fn instance(&self, source: &Source<'_>, at: usize) -> Option<&'a Instance> {
        let owner = at
            .checked_sub(2)
            .filter(|_| source.kind(at - 1) == Kind::Dot);
        match owner {
            Some(owner) => self.by_name.get(&source.folded(owner)).copied(),
            None => {
                let name = source.name(at).0.to_ascii_lowercase();
                self.by_marker.get(&name).copied().flatten()
            }
        }
    }

    /// The part of a condition in which a token stands.
    fn part(&mut self, source: &Source<'_>, at: usize) -> Option<Part> {
        let before = self
            .conditions
            .partition_point(|condition| condition.start <= at);
        let condition = self.conditions.get(before.checked_sub(1)?)?;
        if !condition.contains(&at) {
            return None;
        }
        let parts = self.parts.entry(condition.start);
        let parts = parts.or_insert_with(|| comparison::parts(source, condition));
        let before = parts.partition_point(|part| part.tokens.start <= at);
        parts.get(before.checked_sub(1)?).cloned()
    }
}

fn tables_of(blocks: &[Block]) -> Vec<TableId> {
    let instances = blocks.iter().flat_map(|block| &block.instances);
    let mut tables: Vec<TableId> = instances.map(|instance| instance.table).collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}

/// A table whose marker has the name at this place.
fn marker_at(source: &Source<'_>, tables: &[TableId], at: usize) -> Option<TableId> {
    if !matches!(source.kind(at), Kind::Word | Kind::Quoted)
        || source.is_label(at)
        || matches!(source.kind(at + 1), Kind::Dot | Kind::Open)
    {
        return None;
    }
    let (name, _) = source.name(at);
    let is_named = |table: &TableId| {
        let trash = source.catalog.table(*table).trash();
        trash.is_some_and(|trash| trash.marker.eq_ignore_ascii_case(&name))
    };
    tables.iter().copied().find(is_named)
}

fn kind_of(source: &Source<'_>, part: &Part, at: usize, live: Live) -> MarkerUseKind {
    match comparison::compared(source, part, path_start(source, at)..at + 1) {
        None => MarkerUseKind::Other,
        Some(compared) => match judge(&compared, live) {
            Some(true) => MarkerUseKind::LiveRows,
            Some(false) => MarkerUseKind::TrashedRows,
            None => match compared {
                Compared::Value(operator, value) => MarkerUseKind::Compared { operator, value },
                _ => MarkerUseKind::Other,
            },
        },
    }
}

/// Whether the part is an OR, and the side of the OR with this use is true for every live row.
fn admits_live_rows(source: &Source<'_>, part: &Part, at: usize, live: Live) -> bool {
    comparison::side_of_or(source, part, path_start(source, at)..at + 1).is_some_and(|side| {
        match comparison::compared(source, &side, path_start(source, at)..at + 1) {
            Some(Compared::Value(Operator::Equal, _)) => live == Live::Value,
            Some(compared) => judge(&compared, live) == Some(true),
            None => false,
        }
    })
}

/// Whether live rows alone satisfy the comparison (`true`), or no live row does (`false`).
fn judge(compared: &Compared, live: Live) -> Option<bool> {
    match (live, compared) {
        (Live::Null, Compared::IsNull) | (Live::NullOrZero, Compared::IsNull | Compared::Live) => {
            Some(true)
        }
        // A comparison with NULL is not true.
        (Live::Null, Compared::IsNotNull | Compared::RejectsNull) => Some(false),
        (Live::Null, Compared::Number(..) | Compared::Value(..) | Compared::Bool(_)) => Some(false),
        (Live::False, Compared::Bool(is_trashed)) => Some(!is_trashed),
        (Live::False | Live::Zero | Live::NullOrZero, Compared::Number(operator, number)) => {
            operator.of_zero(*number)
        }
        _ => None,
    }
}

/// Where a dotted name that ends here begins.
fn path_start(source: &Source<'_>, at: usize) -> usize {
    let mut start = at;
    while start >= 2 && source.kind(start - 1) == Kind::Dot {
        start -= 2;
    }
    start
}

/// The value that an UPDATE, or an upsert, assigns to the column at this place.
fn assigned(source: &Source<'_>, block: &Block, at: usize) -> Option<Range<usize>> {
    if !matches!(block.kind, BlockKind::Update(_) | BlockKind::Insert(_))
        || source.text(at + 1..at + 2) != "="
    {
        return None;
    }
    let before = path_start(source, at).checked_sub(1)?;
    // In MySQL, the assignments of ON DUPLICATE KEY UPDATE follow the word UPDATE.
    let begins = matches!(source.keyword(before), Keyword::Set | Keyword::Update)
        || source.kind(before) == Kind::Comma;
    if !begins {
        return None;
    }
    let start = at + 2;
    let mut end = start;
    while !source.is_end(end)
        && source.kind(end) != Kind::Comma
        && !matches!(
            source.keyword(end),
            Keyword::Where | Keyword::From | Keyword::Returning | Keyword::Order | Keyword::Limit
        )
    {
        end = source.after(end);
    }
    Some(start..end)
}

fn set(source: &Source<'_>, value: Range<usize>, live: Live) -> MarkerUseKind {
    if value.len() != 1 {
        return MarkerUseKind::Set;
    }
    let text = source.text(value.clone());
    let is_live = match live {
        Live::Null => text.eq_ignore_ascii_case("null"),
        Live::NullOrZero => text.eq_ignore_ascii_case("null") || text == "0",
        Live::False => text.eq_ignore_ascii_case("false") || text == "0",
        Live::Zero => text == "0",
        Live::Value => false,
    };
    match comparison::placeholder(source, value.start) {
        _ if is_live => MarkerUseKind::SetLive,
        Some(value) => MarkerUseKind::SetTo { value },
        None => MarkerUseKind::Set,
    }
}

/// Whether the name is an item of a list of columns by itself, as in SELECT, RETURNING or INSERT.
fn is_plain_column(source: &Source<'_>, block: &Block, at: usize) -> bool {
    if matches!(block.kind, BlockKind::Insert(_)) {
        return true;
    }
    let before = path_start(source, at).checked_sub(1);
    let begins = before.is_some_and(|before| {
        source.kind(before) == Kind::Comma
            || matches!(
                source.keyword(before),
                Keyword::Select | Keyword::Distinct | Keyword::All | Keyword::Returning
            )
    });
    let next = at + 1;
    let ends = source.is_end(next)
        || source.kind(next) == Kind::Comma
        || source.is_label(next)
        || matches!(source.keyword(next), Keyword::As | Keyword::From);
    begins && ends
}
