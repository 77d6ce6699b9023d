//! The rows that a DELETE returns to the statement around it: the rows as they were before the DELETE.
//!
//! `WITH gone AS (DELETE FROM t … RETURNING *) INSERT INTO copy SELECT * FROM gone` would insert copies that
//! are trashed, because RETURNING reads the row that the UPDATE has written. This module reverts the stamps:
//! the marker gets the value of a live row, and the other stamped columns are NULL.

use super::block::{Block, DeleteParts, Instance};
use super::catalog::{Live, Trash};
use super::edit::{Bound, Edits, Fragment};
use super::names::{exposed, qualifier};
use super::refusal::Refusal;
use super::source::Source;
use super::token::{Keyword, Kind};

/// Makes the RETURNING of a DELETE that became an UPDATE read the rows without their stamps. Only
/// PostgreSQL has a DELETE in a common table expression.
pub(super) fn as_before(
    source: &Source<'_>,
    block: &Block,
    parts: &DeleteParts,
    edits: &mut Edits,
) -> Result<(), Refusal> {
    let target = parts
        .targets
        .first()
        .and_then(|at| block.instances.get(*at));
    let (Some(returning), Some(target)) = (parts.returning, target) else {
        return Ok(());
    };
    let table = source.catalog.table(target.table);
    let Some(trash) = table.trash() else {
        return Ok(());
    };
    let is_stamp = |name: &str| trash.stamps.iter().any(|stamp| stamp.name == name);
    let is_column = |name: &str| table.columns.iter().any(|column| column == name);
    let target_name = exposed(source, target);
    let begin = Fragment::from("(jsonb_populate_record(");
    let end = Fragment::from(".*, ")
        .append(&live_row(source, target, trash))
        .text("))");
    let whole = begin.clone().text(&qualifier(source, target)).append(&end);
    let mut at = returning + 1;
    while at < block.tokens.end {
        if holds_query(source, at) {
            at = source.after(at);
            continue;
        }
        let is_all = source.kind(at) == Kind::Operator && source.text(at..at + 1) == "*";
        let is_operand = !source.follows_an_operand(at) && !source.is_label(at);
        if is_all && is_operand && source.kind(at - 1) != Kind::Dot {
            if parts.using.is_some() {
                return source.refuse_with(
                    "a DELETE … USING with RETURNING * that another part of the statement reads",
                    "name the columns that it returns",
                );
            }
            edits.before(source, at, whole.clone().text("."));
        }
        if !is_operand || !matches!(source.kind(at), Kind::Word | Kind::Quoted) {
            at += 1;
            continue;
        }
        let path = source.path(at);
        let next = path.tokens.end;
        let is_call = source.kind(next) == Kind::Open;
        let name = source.folded(path.last());
        if path.tokens.len() == 1 {
            let is_row = name == target_name && !is_column(&name) && !is_call;
            // An argument is the row, as in `row_to_json(t)`.
            let is_item = source.token(at).depth == source.token(returning).depth;
            if is_row && is_item && source.kind(next) != Kind::Dot && table.columns.is_empty() {
                return source.refuse_with(
                    &format!("RETURNING {name}, which may be the row or a column,"),
                    "give the table another alias",
                );
            }
            if is_row {
                edits.before(source, at, begin.clone());
                edits.behind(source, at + 1, end.clone());
            } else if is_stamp(&name) && !is_call {
                edits.before(source, at, whole.clone().text("."));
            }
        } else {
            let owner = path.tokens.end - 3;
            if is_stamp(&name) && source.folded(owner) == target_name {
                edits.before(source, at, begin.clone());
                edits.behind(source, owner + 1, end.clone());
            }
        }
        // `t.*`
        let is_all_of = source.kind(next) == Kind::Dot && source.text(next + 1..next + 2) == "*";
        if is_all_of && name == target_name && path.tokens.len() > 1 {
            edits.before(source, at, begin.clone());
            edits.behind(source, next, end.clone());
        }
        at = next;
    }
    Ok(())
}

/// The columns that a delete writes, with their values in a live row, as JSON.
fn live_row(source: &Source<'_>, target: &Instance, trash: &Trash) -> Fragment {
    let literal = |name: &str| format!("'{}'", name.replace('\'', "''"));
    let mut fragment = Fragment::from("jsonb_build_object(");
    for (index, stamp) in trash.stamps.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        fragment = fragment
            .text(separator)
            .text(&literal(&stamp.name))
            .text(", ");
        fragment = match trash.live {
            _ if stamp.name != trash.marker => fragment.text("NULL"),
            Live::Null | Live::NullOrZero => fragment.text("NULL"),
            Live::False => fragment.text("FALSE"),
            Live::Zero => fragment.text("0"),
            // The column gives the value its type.
            Live::Value => fragment
                .text("COALESCE(")
                .bind(Bound::Live(target.table))
                .text(", ")
                .text(&qualifier(source, target))
                .text(".")
                .text(&source.catalog.quote(&trash.marker))
                .text(")"),
        };
    }
    fragment.text(")")
}

fn holds_query(source: &Source<'_>, at: usize) -> bool {
    source.kind(at) == Kind::Open
        && matches!(
            source.keyword(at + 1),
            Keyword::Select | Keyword::With | Keyword::Values
        )
}
