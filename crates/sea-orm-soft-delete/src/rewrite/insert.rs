//! INSERT: what it does with rows that are there reaches live ones only.

use std::ops::Range;

use super::block::{Block, BlockKind, Conflict, Filter, InsertParts, Instance, Place};
use super::catalog::Resolved;
use super::from::begins_a_conflict_clause;
use super::refusal::{AMBIGUOUS, AMBIGUOUS_REMEDY, REPLACE, REPLACE_REMEDY, Refusal};
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
    let alias = source.is(end, Keyword::As).then_some(end + 1);
    if alias.is_some() {
        end += 2;
    }
    let table = match source.resolve(&path) {
        Resolved::Table(table) => Some(table),
        Resolved::None => None,
        Resolved::Ambiguous => {
            return source.refuse_with(AMBIGUOUS, AMBIGUOUS_REMEDY);
        }
    };
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

fn read_conflicts(source: &Source<'_>, mut at: usize) -> Result<(InsertParts, usize), Refusal> {
    let mut parts = InsertParts::default();
    while !source.is_end(at) {
        if !begins_a_conflict_clause(source, at) {
            at = source.after(at);
            continue;
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

/// What stands behind ON CONFLICT.
fn read_conflict(source: &Source<'_>, mut at: usize) -> Result<(Conflict, usize), Refusal> {
    let mut columns_end = None;
    let mut index_condition: Option<Range<usize>> = None;
    if source.kind(at) == Kind::Open {
        at = source.after(at);
        columns_end = Some(at - 1);
        if source.is(at, Keyword::Where) {
            let begin = at + 1;
            at = begin;
            while !source.is_end(at)
                && !(source.is(at, Keyword::Do) && source.follows_an_operand(at))
            {
                at = source.after(at);
            }
            index_condition = Some(begin..at);
        }
    } else if source.is(at, Keyword::On) && source.is(at + 1, Keyword::Constraint) {
        at += 3;
    }
    if !source.is(at, Keyword::Do) {
        return source.refuse_here("an ON CONFLICT of an unknown form");
    }
    if source.is(at + 1, Keyword::Nothing) {
        let conflict = Conflict {
            columns_end,
            index_condition,
            update: None,
        };
        return Ok((conflict, at + 2));
    }
    if !source.is(at + 1, Keyword::Update) || !source.is(at + 2, Keyword::Set) {
        return source.refuse_here("an ON CONFLICT of an unknown form");
    }
    at += 3;
    while !source.is_end(at) && !ends_assignments(source, at) {
        at = source.after(at);
    }
    let (update, at) = read_filter(source, at)?;
    let conflict = Conflict {
        columns_end,
        index_condition,
        update: Some(update),
    };
    Ok((conflict, at))
}
