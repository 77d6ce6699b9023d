//! INSERT: its changes to existing rows reach live rows only.

use std::ops::Range;

use super::block::{Block, BlockKind, Conflict, Filter, InsertParts, Instance, Place};
use super::clause::begins_a_conflict_clause;
use super::lift::Lifts;
use super::names;
use super::refusal::{REPLACE, REPLACE_REMEDY, Refusal};
use super::select::read_filter;
use super::source::Source;
use super::token::{Keyword, Kind};
use super::update::ends_assignments;

/// Reads the block that begins with this INSERT or REPLACE.
pub(super) fn read(source: Source<'_>, insert: usize) -> Result<Block, Refusal> {
    let mut replaces = source.is(insert, Keyword::Replace);
    let mut at = insert + 1;
    loop {
        match source.keyword(at) {
            Keyword::LowPriority
            | Keyword::HighPriority
            | Keyword::Delayed
            | Keyword::Ignore
            | Keyword::Into => at += 1,
            Keyword::Or => {
                replaces |= source.is(at + 1, Keyword::Replace);
                at += 2;
            }
            _ => break,
        }
    }
    if !source.is_name(at) {
        return source.refuse_here(&format!(
            "an INSERT of an unknown form, near `{}`",
            source.excerpt(at)
        ));
    }
    let path = source.path(at);
    let mut end = path.tokens.end;
    let has_alias = source.is(end, Keyword::As) && source.is_name(end + 1);
    let alias = has_alias.then_some(end + 1);
    if alias.is_some() {
        end += 2;
    }
    let table = source.table(&path)?;
    if replaces && table.is_some() {
        return source.refuse_with(REPLACE, REPLACE_REMEDY);
    }
    let (parts, filter_end) = read_conflicts(&source, end)?;
    let instance = table.map(|table| Instance {
        table,
        tokens: at..end,
        path,
        alias,
        renames_columns: false,
        place: Place::Nowhere,
    });
    Ok(Block {
        kind: BlockKind::Insert(parts),
        tokens: insert..filter_end,
        instances: instance.into_iter().collect(),
        conditions: Vec::new(),
        filter: Filter {
            condition: None,
            end: filter_end,
        },
    })
}

/// In ON DUPLICATE KEY UPDATE, MySQL also sees the columns of the SELECT, so the marker must be distinct from
/// a column of the same name there.
pub(super) fn check_names(
    source: &Source<'_>,
    blocks: &[Block],
    lifts: &Lifts<'_>,
) -> Result<(), Refusal> {
    for block in blocks {
        let (BlockKind::Insert(parts), Some(target)) = (&block.kind, block.instances.first())
        else {
            continue;
        };
        if parts.on_duplicate.is_none() || lifts.of(block).conditions(target, "", false).is_empty()
        {
            continue;
        }
        let name = source.folded(target.path.last());
        let is_namesake =
            |read: &Instance| read.place != Place::Nowhere && names::exposed(source, read) == name;
        let read = blocks
            .iter()
            .find(|read| Some(read.tokens.start) == parts.select);
        if read.is_some_and(|read| read.instances.iter().any(is_namesake)) {
            return source.refuse_with(
                "an ON DUPLICATE KEY UPDATE behind a SELECT from the same table",
                "give the table an alias in the SELECT",
            );
        }
    }
    Ok(())
}

/// The position of the SELECT of an INSERT … SELECT, after the list of columns.
fn find_select(source: &Source<'_>, mut at: usize) -> Option<usize> {
    if source.kind(at) == Kind::Open && !source.is(at + 1, Keyword::Select) {
        at = source.after(at);
    }
    while source.kind(at) == Kind::Open {
        at += 1;
    }
    source.is(at, Keyword::Select).then_some(at)
}

fn read_conflicts(source: &Source<'_>, mut at: usize) -> Result<(InsertParts, usize), Refusal> {
    let mut parts = InsertParts {
        select: find_select(source, at),
        ..InsertParts::default()
    };
    let mut is_behind_query = false;
    while !source.is_end(at) {
        if !begins_a_conflict_clause(source, at) {
            at = source.after(at);
            continue;
        }
        // After this place, queries stand only in parentheses.
        if !is_behind_query {
            is_behind_query = true;
            refuse_bare_query(source, at)?;
        }
        if source.is(at + 1, Keyword::Duplicate) {
            // ON DUPLICATE KEY UPDATE
            let begin = at + 4;
            at = begin;
            while !source.is_end(at) && !ends_assignments(source, at) {
                at = source.after(at);
            }
            parts.on_duplicate = Some(begin..at);
            continue;
        }
        let conflict;
        (conflict, at) = read_conflict(source, at + 2)?;
        parts.conflicts.push(conflict);
    }
    Ok((parts, at))
}

fn refuse_bare_query(source: &Source<'_>, mut at: usize) -> Result<(), Refusal> {
    while !source.is_end(at) {
        if source.is(at, Keyword::Select) && !source.is_label(at) {
            return source.refuse_here("SELECT in the middle of an INSERT");
        }
        at = source.after(at);
    }
    Ok(())
}

/// Reads the clause after ON CONFLICT.
fn read_conflict(source: &Source<'_>, mut at: usize) -> Result<(Conflict, usize), Refusal> {
    let mut columns = None;
    let mut index_condition: Option<Range<usize>> = None;
    if source.kind(at) == Kind::Open {
        let open = at;
        at = source.after(open);
        columns = Some(open + 1..at - 1);
        if source.is(at, Keyword::Where) {
            let begin = at + 1;
            at = begin;
            while !source.is_end(at)
                && (!source.is(at, Keyword::Do) || !source.follows_an_operand(at))
            {
                at = source.after(at);
            }
            index_condition = Some(begin..at);
        }
    } else if source.is(at, Keyword::On)
        && source.is(at + 1, Keyword::Constraint)
        && source.is_name(at + 2)
    {
        at += 3;
    }
    if !source.is(at, Keyword::Do) {
        return source.refuse_here("an ON CONFLICT of an unknown form");
    }
    if source.is(at + 1, Keyword::Nothing) {
        let conflict = Conflict {
            columns,
            index_condition,
            assignments: None,
            update: None,
        };
        return Ok((conflict, at + 2));
    }
    if !source.is(at + 1, Keyword::Update) || !source.is(at + 2, Keyword::Set) {
        return source.refuse_here("an ON CONFLICT of an unknown form");
    }
    let begin = at + 3;
    at = begin;
    while !source.is_end(at) && !ends_assignments(source, at) {
        at = source.after(at);
    }
    let assignments = begin..at;
    let (update, at) = read_filter(source, at)?;
    let conflict = Conflict {
        columns,
        index_condition,
        assignments: Some(assignments),
        update: Some(update),
    };
    Ok((conflict, at))
}
