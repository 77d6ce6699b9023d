//! What a statement writes into the column of a required scope: the value that the connection carries.
//!
//! An INSERT that leaves the column out gets it. A value that the statement writes itself is compared with the
//! connection's before the statement is sent, so it must be one of the statement's own values or a literal.

use std::ops::Range;

use super::block::{Block, BlockKind, Conflict, InsertParts, Instance};
use super::catalog::{Column, ScopeId, TableId};
use super::clause::{begins_a_conflict_clause, ends_clause};
use super::comparison;
use super::ctes::Ctes;
use super::edit::{Bound, Check, Edits, Fragment, Written};
use super::lift::BlockLifts;
use super::names;
use super::refusal::{REQUIRED, Refusal};
use super::select::{is_from, is_set_operator};
use super::source::Source;
use super::token::{Keyword, Kind};

/// How deep the queries of an INSERT may nest.
const DEPTH: u32 = 64;

/// A required scope of the table that a statement writes to.
struct Required<'a> {
    table: TableId,
    scope: ScopeId,
    column: &'a Column,
    /// The name of the column as the database compares it.
    folded: String,
}

/// The rows that are in the scope, so that their column can be assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// None: an INSERT … SET.
    Nothing,
    /// The row that an UPDATE changes. Another table may be named `excluded`.
    Row,
    /// The row in the way of an INSERT, and `excluded`, the row that would have been inserted.
    RowAndExcluded,
    /// `VALUES(column)` of the row that would have been inserted. A bare name may be of a table that the INSERT reads.
    Inserted,
}

/// Who writes the column.
struct Writer<'a> {
    source: &'a Source<'a>,
    target: &'a Instance,
    required: Vec<Required<'a>>,
}

/// Holds what an INSERT or UPDATE writes to the required scopes of its tables.
pub(super) fn hold(
    source: &Source<'_>,
    block: &Block,
    lifts: &BlockLifts<'_>,
    edits: &mut Edits,
) -> Result<(), Refusal> {
    for target in &block.instances {
        let required = required(source, target, lifts);
        if required.is_empty() {
            continue;
        }
        let writer = Writer {
            source,
            target,
            required,
        };
        match &block.kind {
            BlockKind::Insert(parts) => writer.insert(parts, edits)?,
            BlockKind::Update(assignments) if target.tokens.end <= assignments.start => {
                writer.assign(assignments, Known::Row, edits)?;
            }
            BlockKind::Update(_) | BlockKind::Select | BlockKind::Delete(_) => {}
        }
    }
    Ok(())
}

fn required<'a>(
    source: &Source<'a>,
    target: &Instance,
    lifts: &BlockLifts<'_>,
) -> Vec<Required<'a>> {
    let columns = lifts.required(target, source.catalog);
    let folded = columns.map(|(scope, column)| Required {
        table: target.table,
        scope,
        column,
        folded: source.catalog.fold(&column.name, true).into_owned(),
    });
    folded.collect()
}

impl Writer<'_> {
    fn insert(&self, parts: &InsertParts, edits: &mut Edits) -> Result<(), Refusal> {
        let source = self.source;
        let mut at = self.target.tokens.end;
        if source.is_mysql() && source.is(at, Keyword::Partition) {
            at = source.after(at + 1);
        }
        if self.is_word(at, "default") && source.is(at + 1, Keyword::Values) {
            let all: Vec<_> = self.required.iter().collect();
            let row = Fragment::from("(")
                .append(&listed(&all, |of| self.name(of)))
                .text(") VALUES (")
                .append(&listed(&all, value))
                .text(")");
            edits.replace(source, at..at + 2, row);
        } else if source.is(at, Keyword::Set) {
            self.insert_set(at + 1, edits)?;
        } else {
            self.insert_rows(at, edits)?;
        }
        for conflict in &parts.conflicts {
            self.conflict(conflict, edits)?;
        }
        match &parts.on_duplicate {
            Some(assignments) => self.assign(assignments, Known::Inserted, edits),
            None => Ok(()),
        }
    }

    fn name(&self, required: &Required<'_>) -> Fragment {
        let name = self.source.catalog.quote(&required.column.name);
        Fragment::from(name.as_str())
    }

    /// `INSERT INTO t SET a = 1`
    fn insert_set(&self, at: usize, edits: &mut Edits) -> Result<(), Refusal> {
        let source = self.source;
        let mut end = at;
        while !source.is_end(end)
            && !begins_a_conflict_clause(source, end)
            && !source.is(end, Keyword::As)
        {
            end = source.after(end);
        }
        let assignments = at..end;
        self.assign(&assignments, Known::Nothing, edits)?;
        for required in &self.required {
            let mut items = self.items(&assignments).into_iter();
            if !items.any(|item| self.assigns(&item, required)) {
                let assignment = self
                    .name(required)
                    .text(" = ")
                    .append(&value(required))
                    .text(", ");
                edits.before(source, at, assignment);
            }
        }
        Ok(())
    }

    /// `(a, b) VALUES (1, 2), (3, 4)`, and `(a, b) SELECT …`
    fn insert_rows(&self, open: usize, edits: &mut Edits) -> Result<(), Refusal> {
        let source = self.source;
        let begins_query = |at| {
            matches!(
                source.keyword(at),
                Keyword::Select | Keyword::With | Keyword::Values | Keyword::Table
            ) || source.kind(at) == Kind::Open
        };
        if source.kind(open) != Kind::Open || begins_query(open + 1) {
            return self.refuse(
                "an INSERT that names no columns",
                "name the columns that it writes",
            );
        }
        let close = source.after(open) - 1;
        let mut columns = Vec::new();
        for item in self.items(&(open + 1..close)) {
            if item.len() != 1 || !source.is_name(item.start) {
                return self.refuse("an INSERT into a part of a column", REQUIRED);
            }
            columns.push(source.folded(item.start));
        }
        let mut absent = Vec::new();
        let mut present = Vec::new();
        for required in &self.required {
            match columns.iter().position(|column| *column == required.folded) {
                Some(position) => present.push((position, required)),
                None => absent.push(required),
            }
        }
        let separator = if columns.is_empty() { "" } else { ", " };
        if !absent.is_empty() {
            let names = listed(&absent, |of| self.name(of));
            edits.before(source, close, Fragment::from(separator).append(&names));
        }
        let mut at = close + 1;
        if self.is_word(at, "overriding") {
            at += 3;
        }
        let rows = Rows {
            width: columns.len(),
            separator,
            added: listed(&absent, value),
            present,
        };
        let mut end = at;
        let ends = |at| {
            source.is_end(at)
                || (begins_a_conflict_clause(source, at) && source.follows_an_operand(at))
        };
        while !ends(end) {
            end = source.after(end);
        }
        self.selected(at..end, &rows, edits)
    }

    /// Writes the values into each row, and returns what follows the rows.
    fn values_of_rows(
        &self,
        mut at: usize,
        rows: &Rows<'_>,
        edits: &mut Edits,
    ) -> Result<usize, Refusal> {
        let source = self.source;
        loop {
            if self.is_word(at, "row") {
                at += 1;
            }
            if source.kind(at) != Kind::Open {
                return self.refuse("an INSERT of an unknown form", REQUIRED);
            }
            let behind = source.after(at);
            let close = behind - 1;
            let items = self.items(&(at + 1..close));
            if items.len() != rows.width {
                return self.refuse("a row with other columns than the INSERT", REQUIRED);
            }
            for (position, required) in &rows.present {
                let Some(item) = items.get(*position) else {
                    continue;
                };
                self.written(item, required, edits)?;
            }
            if !rows.added.is_empty() {
                let added = Fragment::from(rows.separator).append(&rows.added);
                edits.before(source, close, added);
            }
            if source.kind(behind) != Kind::Comma {
                return Ok(behind);
            }
            at = behind + 1;
        }
    }

    /// Writes the values into each SELECT and VALUES of a query.
    fn selected(
        &self,
        query: Range<usize>,
        rows: &Rows<'_>,
        edits: &mut Edits,
    ) -> Result<(), Refusal> {
        let source = self.source;
        let mut at = query.start;
        let outside = source.token(self.target.tokens.start).depth;
        if source.token(at).depth.saturating_sub(outside) > DEPTH {
            return self.refuse("an INSERT of a query in more than 64 parentheses", REQUIRED);
        }
        if source.is(at, Keyword::With) {
            let list = Ctes::default().read(source, at)?;
            at = list.map_or(query.end, |list| list.main);
        }
        loop {
            if source.kind(at) == Kind::Open {
                let behind = source.after(at);
                self.selected(at + 1..behind - 1, rows, edits)?;
                at = behind;
            } else if source.is(at, Keyword::Select) {
                at = self.select_list(at, rows, edits)?;
            } else if source.is(at, Keyword::Values) || source.is(at, Keyword::Value) {
                at = self.values_of_rows(at + 1, rows, edits)?;
            } else {
                return self.refuse("an INSERT of an unknown form", REQUIRED);
            }
            let is_operator = |at| is_set_operator(source, at) && source.follows_an_operand(at);
            while at < query.end && !is_operator(at) {
                at = source.after(at);
            }
            if at >= query.end {
                return Ok(());
            }
            at += 1;
            if matches!(source.keyword(at), Keyword::All | Keyword::Distinct) {
                at += 1;
            }
        }
    }

    /// Writes the values into the list of a SELECT, and returns the end of the list.
    fn select_list(
        &self,
        select: usize,
        rows: &Rows<'_>,
        edits: &mut Edits,
    ) -> Result<usize, Refusal> {
        let source = self.source;
        let mut begin = select + 1;
        if matches!(source.keyword(begin), Keyword::All | Keyword::Distinct) {
            begin += 1;
            if source.is(begin, Keyword::On) {
                begin = source.after(begin + 1);
            }
        }
        let mut end = begin;
        let ends = |at| {
            source.is_end(at)
                || is_from(source, at)
                || is_set_operator(source, at)
                || (ends_clause(source, at) && source.follows_an_operand(at))
        };
        while !ends(end) {
            end = source.after(end);
        }
        if begin == end {
            return self.refuse("an INSERT … SELECT of no columns", REQUIRED);
        }
        let items = self.items(&(begin..end));
        let is_all = |item: &Range<usize>| source.text(item.end - 1..item.end) == "*";
        for (position, required) in &rows.present {
            let before = items.iter().take(position + 1);
            let counts = items.len() == rows.width || items.iter().any(is_all);
            let item = items.get(*position).filter(|_| counts);
            let Some(item) = item.filter(|_| !before.clone().any(is_all)) else {
                return self.refuse(
                    "an INSERT … SELECT whose columns cannot be counted",
                    "name the columns in the SELECT",
                );
            };
            self.selected_value(item, required, edits)?;
        }
        if !rows.added.is_empty() {
            edits.behind(source, end, Fragment::from(", ").append(&rows.added));
        }
        Ok(end)
    }

    /// An INSERT … SELECT takes the value of the scope, whatever the SELECT reads.
    fn selected_value(
        &self,
        item: &Range<usize>,
        required: &Required<'_>,
        edits: &mut Edits,
    ) -> Result<(), Refusal> {
        let source = self.source;
        let is_bound = |at| {
            source.kind(at) == Kind::Literal
                && source
                    .text(at..at + 1)
                    .starts_with(['?', '$', ':', '@', '#'])
        };
        if self.value(item, required).is_some() {
            return self.written(item, required, edits);
        }
        let mut tokens = item.clone();
        if tokens.any(|at| is_bound(at) || source.is(at, Keyword::Select)) {
            return self.refuse_expression(required);
        }
        edits.replace(source, item.clone(), value(required));
        Ok(())
    }

    /// Checks a value of an INSERT, and writes the value of the scope for NULL and DEFAULT.
    fn written(
        &self,
        item: &Range<usize>,
        required: &Required<'_>,
        edits: &mut Edits,
    ) -> Result<(), Refusal> {
        if let Some(written) = self.value(item, required) {
            self.check(written, true, required, edits);
            return Ok(());
        }
        let is_absent = self.is_word(item.start, "null") || self.is_word(item.start, "default");
        if item.len() != 1 || !is_absent {
            return self.refuse_expression(required);
        }
        edits.replace(self.source, item.clone(), value(required));
        Ok(())
    }

    /// ON CONFLICT … DO UPDATE must meet rows of the scope alone.
    fn conflict(&self, conflict: &Conflict, edits: &mut Edits) -> Result<(), Refusal> {
        let source = self.source;
        let Some(assignments) = &conflict.assignments else {
            return Ok(());
        };
        let columns = conflict.columns.clone().unwrap_or_default();
        let columns = self.items(&columns);
        for required in &self.required {
            let mut named = columns.iter().filter(|item| item.len() == 1);
            if !named.any(|item| source.folded(item.start) == required.folded) {
                let name = &required.column.name;
                return source.refuse_with(
                    &format!("an ON CONFLICT … DO UPDATE without `{name}` in its target"),
                    "put the column into the target, and into a unique key",
                );
            }
        }
        self.assign(assignments, Known::RowAndExcluded, edits)
    }

    /// Checks the assignments of an UPDATE, or of an upsert.
    fn assign(
        &self,
        assignments: &Range<usize>,
        known: Known,
        edits: &mut Edits,
    ) -> Result<(), Refusal> {
        let source = self.source;
        for item in self.items(assignments) {
            for required in &self.required {
                if source.kind(item.start) == Kind::Open {
                    let columns = item.start + 1..source.after(item.start) - 1;
                    let mut names = columns.filter(|at| source.is_name(*at));
                    if names.any(|at| source.folded(at) == required.folded) {
                        return self.refuse(
                            "an assignment of several columns at once",
                            "assign each column by itself",
                        );
                    }
                } else if self.assigns(&item, required) {
                    let equals = source.path(item.start).tokens.end;
                    let assigned = equals + 1..item.end;
                    if source.text(equals..equals + 1) != "=" || assigned.is_empty() {
                        return self.refuse_expression(required);
                    }
                    self.assigned(&assigned, known, required, edits)?;
                }
            }
        }
        Ok(())
    }

    fn assigned(
        &self,
        assigned: &Range<usize>,
        known: Known,
        required: &Required<'_>,
        edits: &mut Edits,
    ) -> Result<(), Refusal> {
        if self.is_known(assigned, known, required) {
            return Ok(());
        }
        match self.value(assigned, required) {
            Some(written) => {
                self.check(written, false, required, edits);
                Ok(())
            }
            None => self.refuse_expression(required),
        }
    }

    /// Whether an item assigns to the column of the scope.
    fn assigns(&self, item: &Range<usize>, required: &Required<'_>) -> bool {
        let source = self.source;
        if !source.is_name(item.start) {
            return false;
        }
        let path = source.path(item.start);
        if !source.is_mysql() {
            // `SET a.b` assigns to a part of `a`.
            return source.folded(item.start) == required.folded;
        }
        let owner = (path.tokens.len() > 1).then(|| source.folded(path.tokens.end - 3));
        source.folded(path.last()) == required.folded
            && owner.is_none_or(|owner| owner == names::exposed(source, self.target))
    }

    /// Whether an expression is the column of a row that is in the scope.
    fn is_known(&self, expression: &Range<usize>, known: Known, required: &Required<'_>) -> bool {
        let source = self.source;
        let mut column = expression.clone();
        if known == Known::Inserted {
            let is_function = source.is(column.start, Keyword::Values)
                && source.kind(column.start + 1) == Kind::Open
                && column.len() == 4;
            column = column.start + 2..column.start + 3;
            return is_function
                && source.is_name(column.start)
                && source.folded(column.start) == required.folded;
        }
        if known == Known::Nothing || !source.is_name(column.start) {
            return false;
        }
        let path = source.path(column.start);
        let owner = (path.tokens.len() > 1).then(|| source.folded(path.tokens.end - 3));
        let is_row = |owner: String| {
            owner == names::exposed(source, self.target)
                || (known == Known::RowAndExcluded && owner == "excluded")
        };
        path.tokens == column
            && source.folded(path.last()) == required.folded
            && owner.is_none_or(is_row)
    }

    /// The value that an expression is, if that can be known before it runs.
    fn value(&self, expression: &Range<usize>, required: &Required<'_>) -> Option<Written> {
        let source = self.source;
        let (before, behind) = &required.column.cast;
        let text = source.text(expression.clone());
        let mut tokens = expression.clone();
        if !before.is_empty()
            && text.starts_with(before.as_str())
            && text.ends_with(behind.as_str())
        {
            let inside = text.get(before.len()..text.len() - behind.len())?;
            let first = tokens
                .clone()
                .find(|at| source.text(*at..at + 1) == inside)?;
            tokens = first..first + 1;
        }
        let is_negative = source.text(tokens.start..tokens.start + 1) == "-";
        tokens.start += usize::from(is_negative);
        if tokens.len() != 1 {
            return None;
        }
        let text = source.text(tokens.clone());
        match source.kind(tokens.start) {
            Kind::Literal => match comparison::placeholder(source, tokens.start) {
                Some(position) => (!is_negative).then_some(Written::Own(position)),
                None if text.starts_with(|first: char| first.is_ascii_digit()) => {
                    let sign = if is_negative { "-" } else { "" };
                    Some(Written::Number(format!("{sign}{text}")))
                }
                None => None,
            },
            Kind::Text if !is_negative => {
                let inside = text.strip_prefix('\'')?.strip_suffix('\'')?;
                (!inside.contains('\\')).then(|| Written::Text(inside.replace("''", "'")))
            }
            _ => None,
        }
    }

    fn check(
        &self,
        written: Written,
        is_inserted: bool,
        required: &Required<'_>,
        edits: &mut Edits,
    ) {
        edits.check(Check {
            scope: required.scope,
            table: self.target.table,
            column: required.column.name.clone(),
            written,
            is_inserted,
        });
    }

    /// The items of a list.
    fn items(&self, list: &Range<usize>) -> Vec<Range<usize>> {
        let source = self.source;
        let mut items = Vec::new();
        let (mut begin, mut at) = (list.start, list.start);
        while at < list.end {
            if source.kind(at) == Kind::Comma {
                items.push(begin..at);
                begin = at + 1;
            }
            at = source.after(at);
        }
        if begin < list.end {
            items.push(begin..list.end);
        }
        items
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        self.source.text(at..at + 1).eq_ignore_ascii_case(word)
    }

    fn refuse<T>(&self, construct: &str, remedy: &'static str) -> Result<T, Refusal> {
        let columns: Vec<_> = self
            .required
            .iter()
            .map(|of| format!("`{}`", of.column.name))
            .collect();
        let construct = format!("{construct}, where {} is required,", columns.join(", "));
        self.source.refuse_with(&construct, remedy)
    }

    fn refuse_expression<T>(&self, required: &Required<'_>) -> Result<T, Refusal> {
        let name = &required.column.name;
        self.source
            .refuse_with(&format!("an expression as the value of `{name}`"), REQUIRED)
    }
}

/// Keeps a value that the text names elsewhere too, as in `(tenant_id, other) VALUES ($1, $1)`: the value of the scope
/// must not take its place.
pub(super) fn keep_shared(source: &Source<'_>, checks: &mut [Check]) {
    let own = |check: &Check| match check.written {
        Written::Own(position) if check.is_inserted => Some(position),
        _ => None,
    };
    let Some(last) = checks.iter().filter_map(own).max() else {
        return;
    };
    let mut others = vec![0_usize; last + 1];
    for at in 0..source.lexed.tokens.len() {
        if let Some(count) = comparison::placeholder(source, at).and_then(|of| others.get_mut(of)) {
            *count += 1;
        }
    }
    for position in checks.iter().filter_map(own) {
        others[position] = others[position].saturating_sub(1);
    }
    for check in checks {
        check.is_inserted &= own(check).is_none_or(|position| others[position] == 0);
    }
}

/// The rows that an INSERT writes.
struct Rows<'a> {
    /// How many columns the INSERT names.
    width: usize,
    /// What separates them from further columns.
    separator: &'static str,
    /// The values for the columns that it leaves out.
    added: Fragment,
    /// The columns that it writes itself, and their positions.
    present: Vec<(usize, &'a Required<'a>)>,
}

fn value(required: &Required<'_>) -> Fragment {
    let (before, behind) = &required.column.cast;
    Fragment::from(before.as_str())
        .bind(Bound::Scope(required.table, required.scope))
        .text(behind)
}

fn listed(required: &[&Required<'_>], of: impl Fn(&Required<'_>) -> Fragment) -> Fragment {
    let mut list = Fragment::default();
    for (index, required) in required.iter().enumerate() {
        list = list
            .text(if index == 0 { "" } else { ", " })
            .append(&of(required));
    }
    list
}
