//! Tables whose trashed rows keep a write from other rows: without them, the write reaches more.
//!
//! Most conditions are monotone: if a table has fewer rows, `id IN (SELECT …)` is true for fewer rows. `NOT IN`,
//! `NOT EXISTS`, EXCEPT, the optional side of a join, a count or a LIMIT are not, so a DELETE that was harmless
//! removes rows when it no longer sees the trash. The reader looks for what is certainly monotone, and takes
//! everything else for the contrary.

use std::collections::HashMap;
use std::ops::Range;

use super::block::{Block, BlockKind, Instance, Place};
use super::comparison::Operator;
use super::source::Source;
use super::token::{Keyword, Kind};

/// Whether a write of the statement may reach more rows if a table in one of its blocks has fewer.
#[derive(Debug, Default)]
pub(super) struct AddedRows {
    /// For each block; empty if the statement writes nothing.
    blocks: Vec<bool>,
}

impl AddedRows {
    pub(super) fn of(source: &Source<'_>, statement: &Range<usize>, blocks: &[Block]) -> Self {
        if !blocks.iter().any(Block::is_write) {
            return Self::default();
        }
        let mut reader = Reader::new(blocks);
        for at in statement.clone() {
            reader.read(source, at);
        }
        Self {
            blocks: reader.finish(),
        }
    }

    /// Whether they may be added if the instance, in the block of this number, loses rows.
    pub(super) fn by(&self, block: usize, instance: &Instance) -> bool {
        let Some(is_of_block) = self.blocks.get(block) else {
            return false;
        };
        *is_of_block || matches!(instance.place, Place::Condition(_) | Place::Swap)
    }
}

/// The part of a block that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clause {
    /// What precedes the blocks: WITH, and the heads of other statements.
    Head,
    /// The tables.
    Tables,
    Condition,
    /// The columns of a SELECT, and what changes no number of rows.
    Values,
}

/// The content of a pair of parentheses, or the whole statement.
#[derive(Clone, Copy, Debug)]
struct Level {
    clause: Clause,
    /// Whether more rows may come from fewer here, because of what stands outside or before.
    is_uncertain: bool,
    /// Whether a NOT, or a CASE, stands before it in the same condition.
    is_negated: bool,
    /// Whether it is a value that the write stores or returns, so that it decides about no row.
    is_value: bool,
    cases: u32,
    /// The common table expression whose body this is.
    cte: Option<usize>,
}

struct Reader<'a> {
    blocks: &'a [Block],
    levels: Vec<Level>,
    /// The blocks around the token, by their numbers.
    inside: Vec<usize>,
    next: usize,
    found: Vec<Found>,
    ctes: Vec<Cte>,
    by_name: HashMap<String, usize>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Found {
    is_uncertain: bool,
    /// Whether its rows are not simply those of its tables: an aggregate, a HAVING, a LIMIT.
    counts_rows: bool,
    has_aggregate: bool,
    has_outer_join: bool,
    is_table: bool,
    is_value: bool,
    parent: Option<usize>,
    cte: Option<usize>,
}

#[derive(Debug, Default)]
struct Cte {
    /// The blocks that read it.
    readers: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn new(blocks: &'a [Block]) -> Self {
        Self {
            blocks,
            levels: vec![Level {
                clause: Clause::Head,
                is_uncertain: false,
                is_negated: false,
                is_value: false,
                cases: 0,
                cte: None,
            }],
            inside: Vec::new(),
            next: 0,
            found: vec![Found::default(); blocks.len()],
            ctes: Vec::new(),
            by_name: HashMap::new(),
        }
    }

    fn read(&mut self, source: &Source<'_>, at: usize) {
        let blocks = self.blocks;
        while self
            .inside
            .pop_if(|block| blocks[*block].tokens.end <= at)
            .is_some()
        {}
        while blocks
            .get(self.next)
            .is_some_and(|block| block.tokens.start <= at)
        {
            self.begin_block();
        }
        match source.kind(at) {
            Kind::Open | Kind::OpenBracket => {
                let inner = self.opened(source, at);
                self.levels.push(inner);
            }
            Kind::Close | Kind::CloseBracket if self.levels.len() > 1 => drop(self.levels.pop()),
            Kind::Comma => self.condition_ends(),
            Kind::Word | Kind::Quoted => self.word(source, at),
            // MySQL's NOT.
            Kind::Operator if source.text(at..at + 1) == "!" => self.negate(),
            _ => {}
        }
    }

    fn begin_block(&mut self) {
        let level = self.level();
        let found = &mut self.found[self.next];
        found.is_uncertain = level.is_uncertain || level.is_negated;
        found.is_value = level.is_value;
        found.is_table = level.clause == Clause::Tables;
        found.parent = self.inside.last().copied();
        found.cte = level.cte;
        self.inside.push(self.next);
        self.next += 1;
    }

    fn word(&mut self, source: &Source<'_>, at: usize) {
        let block = self.inside.last().copied();
        let clause = self.level().clause;
        if clause == Clause::Tables
            && let Some(cte) = self.by_name.get(&source.folded(at))
            && let Some(block) = block
        {
            self.ctes[*cte].readers.push(block);
        }
        let is_call = source.kind(at + 1) == Kind::Open;
        let found = block.map(|block| &mut self.found[block]);
        let level = self.levels.last_mut();
        let (Some(found), Some(level)) = (found, level) else {
            return;
        };
        match source.keyword(at) {
            Keyword::None
                if is_call
                    && clause == Clause::Values
                    && !source.text(at..at + 1).eq_ignore_ascii_case("cast") =>
            {
                found.has_aggregate = true;
            }
            Keyword::Not if !source.is(at + 1, Keyword::Materialized) => level.is_negated = true,
            Keyword::Case => level.cases += 1,
            Keyword::End => level.cases = level.cases.saturating_sub(1),
            Keyword::Except | Keyword::Xor => level.is_uncertain = true,
            Keyword::Left | Keyword::Right | Keyword::Full if !is_call => {
                found.has_outer_join = true;
            }
            Keyword::Having | Keyword::Limit | Keyword::Offset | Keyword::Fetch => {
                found.counts_rows = true;
            }
            _ => {}
        }
        let clause = match source.keyword(at) {
            Keyword::Where | Keyword::On | Keyword::Having => Clause::Condition,
            // IS DISTINCT FROM
            Keyword::From if source.is(at.wrapping_sub(1), Keyword::Distinct) => return,
            Keyword::From | Keyword::Using | Keyword::Join | Keyword::Update | Keyword::Delete => {
                Clause::Tables
            }
            Keyword::With => Clause::Head,
            Keyword::Select
            | Keyword::Set
            | Keyword::Values
            | Keyword::Insert
            | Keyword::Group
            | Keyword::Order
            | Keyword::Returning => Clause::Values,
            Keyword::And | Keyword::Or => clause,
            _ => return,
        };
        level.clause = clause;
        level.is_negated = false;
    }

    /// The level that a parenthesis opens.
    fn opened(&mut self, source: &Source<'_>, open: usize) -> Level {
        let level = self.level();
        let before = open.wrapping_sub(1);
        let word = |at: usize, word: &str| source.text(at..at + 1).eq_ignore_ascii_case(word);
        let is_value = level.clause == Clause::Values && self.is_in_list_of_write();
        let is_monotone = match level.clause {
            Clause::Head => true,
            // A function may do anything with its argument.
            Clause::Tables => source.keyword(before) != Keyword::None || !source.is_name(before),
            Clause::Values => is_value || self.is_in_insert(),
            Clause::Condition => {
                let begins = matches!(
                    source.keyword(before),
                    Keyword::In
                        | Keyword::Exists
                        | Keyword::And
                        | Keyword::Or
                        | Keyword::Where
                        | Keyword::On
                        | Keyword::Having
                ) || source.kind(before) == Kind::Open
                    // Without its row, a scalar subquery is NULL, and no comparison with it is true.
                    || is_comparison(source, before)
                    || word(before, "any")
                    || word(before, "some");
                begins && ends_operand(source, source.after(open))
            }
        };
        let cte = match level.clause {
            Clause::Head => self.cte(source, open).or(level.cte),
            _ => level.cte,
        };
        Level {
            is_uncertain: level.is_uncertain || level.is_negated || level.cases > 0 || !is_monotone,
            is_negated: false,
            is_value: level.is_value || is_value,
            cases: 0,
            cte,
            ..level
        }
    }

    /// The common table expression whose body begins with this parenthesis.
    fn cte(&mut self, source: &Source<'_>, open: usize) -> Option<usize> {
        let mut at = open.checked_sub(1)?;
        if source.is(at, Keyword::Materialized) {
            at = at.checked_sub(1)?;
            at = at.checked_sub(usize::from(source.is(at, Keyword::Not)))?;
        }
        if !source.is(at, Keyword::As) {
            return None;
        }
        at = at.checked_sub(1)?;
        if source.kind(at) == Kind::Close {
            at = (source.token(at).partner as usize).checked_sub(1)?;
        }
        self.ctes.push(Cte::default());
        self.by_name.insert(source.folded(at), self.ctes.len() - 1);
        Some(self.ctes.len() - 1)
    }

    fn negate(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.is_negated = true;
        }
    }

    fn condition_ends(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.is_negated = false;
        }
    }

    /// Whether the block around the token is an UPDATE, a DELETE or the query of an INSERT: what stands in its list
    /// is a value. What a common table expression returns is none, because another block reads it.
    fn is_in_list_of_write(&self) -> bool {
        if self.level().cte.is_some() {
            return false;
        }
        let mut inside = self
            .inside
            .iter()
            .rev()
            .map(|block| &self.blocks[*block].kind);
        match inside.next() {
            Some(BlockKind::Update(_) | BlockKind::Delete(_)) => true,
            Some(BlockKind::Select) => matches!(inside.next(), Some(BlockKind::Insert(_))),
            Some(BlockKind::Insert(_)) | None => false,
        }
    }

    /// Whether the block around the token is an INSERT. Its query may stand in parentheses.
    fn is_in_insert(&self) -> bool {
        let innermost = self.inside.last();
        innermost.is_none_or(|block| matches!(self.blocks[*block].kind, BlockKind::Insert(_)))
    }

    fn level(&self) -> Level {
        self.levels.last().copied().unwrap_or(Level {
            clause: Clause::Head,
            is_uncertain: true,
            is_negated: false,
            is_value: false,
            cases: 0,
            cte: None,
        })
    }

    /// For each block, whether the write may reach more rows if a table of the block has fewer.
    fn finish(mut self) -> Vec<bool> {
        for block in 0..self.found.len() {
            let found = self.found[block];
            let is_select = matches!(self.blocks[block].kind, BlockKind::Select);
            let parent = found.parent.map(|parent| self.found[parent]);
            let is_query_of_insert = found.cte.is_none()
                && found
                    .parent
                    .is_some_and(|parent| matches!(self.blocks[parent].kind, BlockKind::Insert(_)));
            let own = &mut self.found[block];
            own.is_uncertain |=
                is_select && (found.counts_rows || (found.has_aggregate && !is_query_of_insert));
            own.is_uncertain |= parent.is_some_and(|parent| {
                parent.is_uncertain || (found.is_table && parent.has_outer_join)
            });
            own.cte = found.cte.or(parent.and_then(|parent| parent.cte));
        }
        let mut is_uncertain = vec![false; self.ctes.len()];
        loop {
            let before = is_uncertain.clone();
            // A common table expression is usually read behind its body.
            for (number, cte) in self.ctes.iter().enumerate().rev() {
                is_uncertain[number] |= cte.readers.iter().any(|reader| {
                    let reader = self.found[*reader];
                    reader.is_uncertain
                        || reader.has_outer_join
                        || reader.cte.is_some_and(|other| is_uncertain[other])
                });
            }
            if is_uncertain == before {
                break;
            }
        }
        let of_cte = |found: &Found| found.cte.is_some_and(|cte| is_uncertain[cte]);
        let found = self.found.iter();
        found
            .map(|found| !found.is_value && (found.is_uncertain || of_cte(found)))
            .collect()
    }
}

fn is_comparison(source: &Source<'_>, at: usize) -> bool {
    source.kind(at) == Kind::Operator && Operator::of(source.text(at..at + 1)).is_some()
}

/// Whether an operand that ends before this token is a condition by itself: nothing compares it with a value.
fn ends_operand(source: &Source<'_>, at: usize) -> bool {
    source.is_end(at)
        || source.kind(at) == Kind::Comma
        || matches!(
            source.keyword(at),
            Keyword::And
                | Keyword::Or
                | Keyword::Where
                | Keyword::Set
                | Keyword::On
                | Keyword::Group
                | Keyword::Having
                | Keyword::Order
                | Keyword::Limit
                | Keyword::Offset
                | Keyword::Fetch
                | Keyword::For
                | Keyword::Returning
                | Keyword::Union
                | Keyword::Intersect
                | Keyword::Except
                | Keyword::Join
                | Keyword::Inner
                | Keyword::Left
                | Keyword::Right
                | Keyword::Full
                | Keyword::Cross
                | Keyword::Natural
        )
}
