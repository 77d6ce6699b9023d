//! Table references: the lists and joins after FROM, UPDATE and USING.

use std::ops::Range;

use super::block::Instance;
use super::clause::{begins_a_conflict_clause, ends_clause};
use super::ctes::Ctes;
use super::join::{Join, JoinKind, Node, place};
use super::refusal::Refusal;
use super::source::Source;
use super::token::{Keyword, Kind};

/// How deep joins in parentheses may nest.
const DEPTH: usize = 64;

/// The contents of a list of table references.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) instances: Vec<Instance>,
    pub(super) conditions: Vec<Range<usize>>,
    /// The names of all tables in the list, scoped or not.
    pub(super) exposed: Vec<Exposed>,
}

/// A table or subquery under its name.
#[derive(Debug)]
pub(super) struct Exposed {
    pub(super) name: String,
    pub(super) instance: Option<usize>,
}

/// Reads table references.
pub(super) struct TableReader<'a> {
    pub(super) source: Source<'a>,
    pub(super) ctes: &'a Ctes,
    pub(super) tables: Tables,
    nodes: Vec<Node>,
}

impl<'a> TableReader<'a> {
    pub(super) fn new(source: Source<'a>, ctes: &'a Ctes) -> Self {
        Self {
            source,
            ctes,
            tables: Tables::default(),
            nodes: Vec::new(),
        }
    }

    /// Reads a list of references, and sets the place of the condition for every scoped table in it.
    /// Returns the place after the list.
    pub(super) fn list(&mut self, at: usize) -> Result<usize, Refusal> {
        let (root, end) = self.comma_list(at, 0)?;
        place(&self.nodes, root, &mut self.tables.instances);
        Ok(end)
    }

    /// Reads one reference, with its alias and hints.
    pub(super) fn single(&mut self, at: usize) -> Result<usize, Refusal> {
        Ok(self.reference(at, 0)?.1)
    }

    pub(super) fn comma_list(
        &mut self,
        at: usize,
        depth: usize,
    ) -> Result<(usize, usize), Refusal> {
        if depth > DEPTH {
            return self.refuse(at, "joins in more than 64 levels of parentheses");
        }
        let (mut list, mut at) = self.joined(at, depth)?;
        while self.source.kind(at) == Kind::Comma {
            // In SQLite the comma is a join like any other; in the other databases it binds less tightly.
            let (right, end) = if self.source.is_sqlite() {
                self.right(at + 1, depth)?
            } else {
                self.joined(at + 1, depth)?
            };
            list = self.join(JoinKind::Inner, list, right, None);
            at = end;
            if self.source.is_sqlite() {
                (list, at) = self.joins(list, at, depth)?;
            }
        }
        Ok((list, at))
    }

    fn joined(&mut self, at: usize, depth: usize) -> Result<(usize, usize), Refusal> {
        let (left, at) = self.reference(at, depth)?;
        self.joins(left, at, depth)
    }

    /// Reads the joins after a reference, as many as follow.
    fn joins(
        &mut self,
        mut left: usize,
        mut at: usize,
        depth: usize,
    ) -> Result<(usize, usize), Refusal> {
        if depth > DEPTH {
            return self.refuse(at, "joins nested in more than 64 levels");
        }
        while let Some(operator) = self.join_operator(at) {
            let (mut right, mut end) = self.right(operator.end, depth)?;
            let waits = self.waits_for_its_condition(&operator);
            if waits && self.join_operator(end).is_some() {
                // `a JOIN b JOIN c ON … ON …`: the second pair is the right side of the first join.
                (right, end) = self.joins(right, end, depth + 1)?;
                let ends = matches!(self.source.keyword(end), Keyword::On | Keyword::Using);
                if !ends || self.begins_a_conflict_clause(end) {
                    return self.refuse(end, "a join without its condition");
                }
            }
            let mut condition = None;
            if !operator.has_no_condition {
                (condition, end) = self.condition(end)?;
            }
            left = self.join(operator.kind, left, right, condition);
            at = end;
        }
        Ok((left, at))
    }

    /// Reads the right side of a join. If that side is a lone table in parentheses, SQLite forgets its alias,
    /// so the table has its own name again.
    fn right(&mut self, at: usize, depth: usize) -> Result<(usize, usize), Refusal> {
        let (mut node, end) = self.reference(at, depth)?;
        if !self.source.is_sqlite() || self.source.kind(end - 1) != Kind::Close {
            return Ok((node, end));
        }
        let sealed = node;
        while let Some(Node::Sealed(inner)) = self.nodes.get(node) {
            node = *inner;
        }
        match self.nodes.get(node) {
            Some(Node::Table(Some(instance))) => {
                if let Some(instance) = self.tables.instances.get_mut(*instance) {
                    instance.alias = None;
                }
                Ok((node, end))
            }
            _ => Ok((sealed, end)),
        }
    }

    fn waits_for_its_condition(&self, operator: &JoinOperator) -> bool {
        if operator.has_no_condition || operator.is_cross || self.source.is_sqlite() {
            return false;
        }
        self.source.is_postgres() || operator.kind != JoinKind::Inner
    }

    /// Reads the ON or USING of a join. A USING has no condition to extend.
    fn condition(&mut self, at: usize) -> Result<(Option<usize>, usize), Refusal> {
        if self.begins_a_conflict_clause(at) {
            return Ok((None, at));
        }
        match self.source.keyword(at) {
            Keyword::On => {
                let mut end = at + 1;
                while !self.ends_condition(end) {
                    self.source.refuse_select(end)?;
                    end = self.source.after(end);
                }
                if end == at + 1 {
                    return self.refuse(at, "ON without a condition");
                }
                self.source.refuse_unfinished(&(at + 1..end))?;
                self.tables.conditions.push(at + 1..end);
                Ok((Some(self.tables.conditions.len() - 1), end))
            }
            Keyword::Using => {
                if self.source.kind(at + 1) != Kind::Open {
                    return self.refuse(at, "USING without columns");
                }
                let mut end = self.source.after(at + 1);
                if self.source.is(end, Keyword::As) && self.source.is_name(end + 1) {
                    end += 2;
                }
                Ok((None, end))
            }
            _ => Ok((None, at)),
        }
    }

    fn ends_condition(&self, at: usize) -> bool {
        let source = &self.source;
        if source.is_end(at) || source.kind(at) == Kind::Comma {
            return true;
        }
        if !source.follows_an_operand(at) {
            return false;
        }
        // A second ON belongs to a join around this one.
        matches!(
            source.keyword(at),
            Keyword::On | Keyword::Using | Keyword::Set
        ) || self.join_operator(at).is_some()
            || ends_clause(source, at)
    }

    fn begins_a_conflict_clause(&self, at: usize) -> bool {
        begins_a_conflict_clause(&self.source, at)
    }

    fn join_operator(&self, at: usize) -> Option<JoinOperator> {
        let source = &self.source;
        let mut end = at;
        let (mut left, mut right, mut natural, mut cross) = (false, false, false, false);
        loop {
            match source.keyword(end) {
                Keyword::Left => left = true,
                Keyword::Right => right = true,
                Keyword::Full if !source.is_mysql() => (left, right) = (true, true),
                Keyword::Natural => natural = true,
                Keyword::Cross => cross = true,
                Keyword::Inner | Keyword::Outer => {}
                Keyword::StraightJoin if source.is_mysql() && end == at => {}
                Keyword::Join => {}
                _ => return None,
            }
            // NATURAL LEFT OUTER JOIN is the longest.
            if end - at > 3 {
                return None;
            }
            let is_last = matches!(source.keyword(end), Keyword::Join | Keyword::StraightJoin);
            end += 1;
            if is_last {
                break;
            }
        }
        let kind = match (left, right) {
            (false, false) => JoinKind::Inner,
            (true, false) => JoinKind::Left,
            (false, true) => JoinKind::Right,
            (true, true) => JoinKind::Full,
        };
        Some(JoinOperator {
            kind,
            is_cross: cross,
            // In MySQL and SQLite, a CROSS JOIN is an inner join.
            has_no_condition: natural || (cross && source.is_postgres()),
            end,
        })
    }

    fn join(
        &mut self,
        kind: JoinKind,
        left: usize,
        right: usize,
        condition: Option<usize>,
    ) -> usize {
        self.node(Node::Join(Join {
            kind,
            left,
            right,
            condition,
        }))
    }

    /// Whether this is a lone table under an alias.
    pub(super) fn has_alias(&self, node: usize) -> bool {
        match self.nodes.get(node) {
            Some(Node::Table(Some(instance))) => {
                let instance = self.tables.instances.get(*instance);
                instance.is_some_and(|instance| instance.alias.is_some())
            }
            Some(Node::Sealed(_)) => true,
            _ => false,
        }
    }

    pub(super) fn node(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    pub(super) fn refuse<T>(&self, at: usize, construct: &str) -> Result<T, Refusal> {
        let near = self.source.excerpt(at);
        self.source
            .refuse_here(&format!("{construct} of an unknown form, near `{near}`"))
    }
}

struct JoinOperator {
    kind: JoinKind,
    is_cross: bool,
    has_no_condition: bool,
    end: usize,
}
