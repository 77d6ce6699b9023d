//! Table references: the lists and joins behind FROM, UPDATE and USING.

use std::ops::Range;

use super::block::{Instance, Place};
use super::catalog::Resolved;
use super::ctes::Ctes;
use super::join::{Join, JoinKind, Node, place};
use super::refusal::{AMBIGUOUS, AMBIGUOUS_REMEDY, Refusal};
use super::source::Source;
use super::token::{Keyword, Kind};

/// How deep joins in parentheses may nest.
const DEPTH: usize = 64;

/// What a list of table references holds.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) instances: Vec<Instance>,
    pub(super) conditions: Vec<Range<usize>>,
    /// The names under which every table stands here, soft-deletable or not.
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

    /// Reads a list of references and says, of every soft-deletable table in it, where its
    /// condition goes. Returns the place behind the list.
    pub(super) fn list(&mut self, at: usize) -> Result<usize, Refusal> {
        let (root, end) = self.comma_list(at, 0)?;
        place(&self.nodes, root, &mut self.tables.instances);
        Ok(end)
    }

    /// Reads one reference, with its alias and hints.
    pub(super) fn single(&mut self, at: usize) -> Result<usize, Refusal> {
        Ok(self.reference(at, 0)?.1)
    }

    fn comma_list(&mut self, at: usize, depth: usize) -> Result<(usize, usize), Refusal> {
        if depth > DEPTH {
            return self.refuse(at, "joins in more than 64 levels of parentheses");
        }
        let (mut list, mut at) = self.joined(at, depth)?;
        while self.source.kind(at) == Kind::Comma {
            // To SQLite the comma is a join like any other; to the others it binds less.
            let (right, end) = if self.source.is_sqlite() {
                self.reference(at + 1, depth)?
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

    /// The joins behind a reference, as many as follow.
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
            let (mut right, mut end) = self.reference(operator.end, depth)?;
            let waits = self.waits_for_its_condition(&operator);
            if waits && self.join_operator(end).is_some() {
                // `a JOIN b JOIN c ON … ON …`: the second pair belongs together.
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

    fn waits_for_its_condition(&self, operator: &JoinOperator) -> bool {
        if operator.has_no_condition || operator.is_cross || self.source.is_sqlite() {
            return false;
        }
        self.source.is_postgres() || operator.kind != JoinKind::Inner
    }

    /// The ON or USING of a join. Of USING there is nothing to add to.
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

    /// One table, function or subquery, or a join in parentheses.
    fn reference(&mut self, start: usize, depth: usize) -> Result<(usize, usize), Refusal> {
        let source = self.source;
        let mut at = start;
        if source.is(at, Keyword::Lateral) {
            at += 1;
        }
        if source.kind(at) == Kind::Open {
            return if self.begins_query(at) {
                self.behind_subquery(source.after(at))
            } else {
                self.join_in_parentheses(at, depth)
            };
        }
        let only = source.is_postgres() && source.is(at, Keyword::Only);
        if only && source.kind(at + 1) == Kind::Open {
            let inside = at + 2;
            let path = source.path(inside);
            if !source.is_name(inside) || source.kind(path.tokens.end) != Kind::Close {
                return self.refuse(at, "ONLY (…) with more than a name");
            }
            let end = path.tokens.end + 1;
            return self.table(start, path, end);
        }
        if only {
            at += 1;
        }
        if source.is(at, Keyword::Rows)
            && source.is(at + 1, Keyword::From)
            && source.kind(at + 2) == Kind::Open
        {
            return self.behind_subquery(source.after(at + 2));
        }
        if !source.is_name(at) || is_reserved(source.keyword(at)) {
            return self.refuse(at, "a table reference");
        }
        let path = source.path(at);
        let end = path.tokens.end;
        if source.kind(end) == Kind::Open {
            // A function, or what looks like one. SQLite's virtual tables are called like one.
            if source.is_sqlite() && source.resolve(&path) != Resolved::None {
                return self.refuse(at, "a table with arguments");
            }
            return self.behind_subquery(source.after(end));
        }
        self.table(start, path, end)
    }

    /// A table by its name, and what may stand behind that.
    fn table(
        &mut self,
        start: usize,
        path: super::source::Path,
        mut at: usize,
    ) -> Result<(usize, usize), Refusal> {
        let source = self.source;
        if source.is_postgres() && source.text(at..at + 1) == "*" {
            at += 1;
        }
        if source.is(at, Keyword::Partition) && source.kind(at + 1) == Kind::Open {
            at = source.after(at + 1);
        }
        if source.is(at, Keyword::For) && source.is(at + 1, Keyword::SystemTime) {
            return self.refuse(at, "FOR SYSTEM_TIME");
        }
        let alias;
        (alias, at) = self.alias(at);
        let renames_columns = alias.is_some() && source.kind(at) == Kind::Open;
        if renames_columns {
            at = source.after(at);
        }
        at = self.hints(at);
        let exposed = alias.unwrap_or_else(|| path.last());
        let resolved = if self.ctes.hides(&source, &path) {
            Resolved::None
        } else {
            source.resolve(&path)
        };
        let table = match resolved {
            Resolved::None => None,
            Resolved::Table(table) => Some(table),
            Resolved::Ambiguous => {
                return self.source.refuse_with(AMBIGUOUS, AMBIGUOUS_REMEDY);
            }
        };
        let instance = table.map(|table| {
            self.tables.instances.push(Instance {
                table,
                path,
                alias,
                renames_columns,
                tokens: start..at,
                place: Place::Filter,
            });
            self.tables.instances.len() - 1
        });
        self.tables.exposed.push(Exposed {
            name: source.folded(exposed),
            instance,
        });
        Ok((self.node(Node::Table(instance)), at))
    }

    /// What may stand behind a subquery, a function or a join in parentheses.
    fn behind_subquery(&mut self, mut at: usize) -> Result<(usize, usize), Refusal> {
        let source = self.source;
        if source.is(at, Keyword::With) && source.is(at + 1, Keyword::Ordinality) {
            at += 2;
        }
        let alias;
        (alias, at) = self.alias(at);
        if let Some(alias) = alias {
            self.tables.exposed.push(Exposed {
                name: source.folded(alias),
                instance: None,
            });
        }
        // The columns of the alias, or of a function that returns records.
        let has_columns = source.kind(at) == Kind::Open;
        if has_columns {
            at = source.after(at);
        } else if source.is(at, Keyword::As) && source.kind(at + 1) == Kind::Open {
            at = source.after(at + 1);
        }
        Ok((self.node(Node::Table(None)), at))
    }

    fn join_in_parentheses(&mut self, at: usize, depth: usize) -> Result<(usize, usize), Refusal> {
        let (inner, end) = self.comma_list(at + 1, depth + 1)?;
        if end + 1 != self.source.after(at) {
            return self.refuse(end, "a join in parentheses");
        }
        let alias;
        let mut end = end + 1;
        (alias, end) = self.alias(end);
        if alias.is_none() {
            return Ok((inner, end));
        }
        if self.source.kind(end) == Kind::Open {
            end = self.source.after(end);
        }
        // Outside, the names of its tables are hidden.
        Ok((self.node(Node::Sealed(inner)), end))
    }

    /// An alias and the place behind it.
    fn alias(&self, at: usize) -> (Option<usize>, usize) {
        let source = &self.source;
        if source.is(at, Keyword::As) {
            return if source.is_name(at + 1) || source.kind(at + 1) == Kind::Text {
                (Some(at + 1), at + 2)
            } else {
                (None, at)
            };
        }
        let keyword = source.keyword(at);
        // MySQL and MariaDB have no FULL JOIN, so FULL is a name to them.
        let is_full_alias = source.is_mysql() && keyword == Keyword::Full;
        let is_alias = match source.kind(at) {
            Kind::Word => is_full_alias || !(keyword.is_no_alias() || ends_clause(source, at)),
            Kind::Quoted => true,
            Kind::Text => source.is_name(at),
            _ => false,
        };
        if is_alias {
            (Some(at), at + 1)
        } else {
            (None, at)
        }
    }

    /// Index hints, and samples.
    fn hints(&self, mut at: usize) -> usize {
        let source = &self.source;
        loop {
            match source.keyword(at) {
                Keyword::Indexed if source.is(at + 1, Keyword::By) && source.is_name(at + 2) => {
                    at += 3;
                }
                Keyword::Not if source.is(at + 1, Keyword::Indexed) => at += 2,
                Keyword::Use | Keyword::Force | Keyword::Ignore
                    if matches!(source.keyword(at + 1), Keyword::Index | Keyword::Key) =>
                {
                    let mut list = at + 2;
                    while !source.is_end(list) && source.kind(list) != Kind::Open {
                        list += 1;
                    }
                    if source.is_end(list) {
                        return at;
                    }
                    at = source.after(list);
                    let next_is_hint = source.kind(at) == Kind::Comma
                        && matches!(
                            source.keyword(at + 1),
                            Keyword::Use | Keyword::Force | Keyword::Ignore
                        )
                        && matches!(source.keyword(at + 2), Keyword::Index | Keyword::Key);
                    if next_is_hint {
                        at += 1;
                    }
                }
                Keyword::TableSample if source.is_name(at + 1) => {
                    let arguments = source.path(at + 1).tokens.end;
                    if source.kind(arguments) != Kind::Open {
                        return at;
                    }
                    at = source.after(arguments);
                    if source.is(at, Keyword::Repeatable) && source.kind(at + 1) == Kind::Open {
                        at = source.after(at + 1);
                    }
                }
                _ => return at,
            }
        }
    }

    /// Whether these parentheses hold a query rather than a join.
    fn begins_query(&self, open: usize) -> bool {
        let source = &self.source;
        let mut open = open;
        loop {
            let inside = open + 1;
            match source.keyword(inside) {
                Keyword::Select | Keyword::With | Keyword::Values | Keyword::Table => return true,
                _ if source.kind(inside) == Kind::Open => {}
                _ => return false,
            }
            let behind = source.after(inside);
            let closes = behind + 1 == source.after(open);
            let goes_on = match source.keyword(behind) {
                Keyword::Order | Keyword::Limit => true,
                // Where they can be names: `((SELECT 1) offset JOIN t)`.
                Keyword::Offset | Keyword::Fetch => {
                    source.is_postgres()
                        || (source.is_mysql() && source.kind(behind + 1) == Kind::Literal)
                }
                keyword => keyword.is_set_operator(),
            };
            if !closes && !goes_on {
                return false;
            }
            open = inside;
        }
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
            // To MySQL and SQLite a CROSS JOIN is an inner one.
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

    fn node(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn refuse<T>(&self, at: usize, construct: &str) -> Result<T, Refusal> {
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

/// Words that cannot name a table without quotes in any of the databases.
fn is_reserved(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::Select
            | Keyword::From
            | Keyword::Where
            | Keyword::Group
            | Keyword::Having
            | Keyword::Order
            | Keyword::Limit
            | Keyword::Union
            | Keyword::Join
            | Keyword::On
            | Keyword::Set
            | Keyword::Into
            | Keyword::As
            | Keyword::And
            | Keyword::Or
            | Keyword::Not
            | Keyword::Using
    )
}

/// ON CONFLICT or ON DUPLICATE KEY, rather than a column called `conflict` in the ON of a join.
pub(super) fn begins_a_conflict_clause(source: &Source<'_>, at: usize) -> bool {
    if !source.is(at, Keyword::On) {
        return false;
    }
    match source.keyword(at + 1) {
        Keyword::Conflict => {
            source.kind(at + 2) == Kind::Open
                || matches!(source.keyword(at + 2), Keyword::Do | Keyword::On)
        }
        Keyword::Duplicate => source.is(at + 2, Keyword::Key),
        _ => false,
    }
}

/// Whether a clause of the block begins here, so that the one before ends. The caller knows that
/// an operand could not stand here, or does not care.
pub(super) fn ends_clause(source: &Source<'_>, at: usize) -> bool {
    match source.keyword(at) {
        Keyword::Where
        | Keyword::Having
        | Keyword::Order
        | Keyword::Limit
        | Keyword::Union
        | Keyword::Intersect
        | Keyword::Except
        | Keyword::Returning => true,
        Keyword::Group => !source.is(at.wrapping_sub(1), Keyword::Within),
        Keyword::Window => source.is(at + 2, Keyword::As) && source.kind(at + 3) == Kind::Open,
        Keyword::Offset => {
            !source.is_sqlite()
                && matches!(source.kind(at + 1), Kind::Literal | Kind::Open | Kind::Word)
        }
        Keyword::For | Keyword::Fetch => !source.is_sqlite(),
        Keyword::Into | Keyword::Lock | Keyword::Procedure => !source.is_sqlite(),
        Keyword::On => begins_a_conflict_clause(source, at),
        // CREATE TABLE … AS … WITH NO DATA
        Keyword::With => {
            let next = source.text(at + 1..at + 2);
            source.is_postgres()
                && ["no", "data"]
                    .iter()
                    .any(|word| next.eq_ignore_ascii_case(word))
        }
        _ => false,
    }
}
