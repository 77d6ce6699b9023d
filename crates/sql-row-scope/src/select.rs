//! SELECT: one block of a query, up to the next set operator or the end of its parentheses.

use super::block::{Block, BlockKind, Filter};
use super::clause::{begins_a_conflict_clause, ends_clause};
use super::ctes::Ctes;
use super::from::TableReader;
use super::refusal::Refusal;
use super::source::Source;
use super::token::{Keyword, Kind};

/// Reads the block that begins with this SELECT.
pub(super) fn read(source: Source<'_>, ctes: &Ctes, select: usize) -> Result<Block, Refusal> {
    let mut at = select + 1;
    while !source.is_end(at) && !is_from(&source, at) && !is_set_operator(&source, at) {
        source.refuse_select(at)?;
        at = source.after(at);
    }
    let mut tables = TableReader::new(source, ctes);
    let mut filter = Filter {
        condition: None,
        end: at,
    };
    if source.is(at, Keyword::From) {
        at = tables.list(at + 1)?;
        if !source.is_end(at) && !ends_clause(&source, at) {
            return source.refuse_here(&format!(
                "a FROM clause of an unknown form, near `{}`",
                source.excerpt(at)
            ));
        }
        (filter, at) = read_filter(&source, at)?;
    }
    refuse_returning(&source, at)?;
    let end = read_rest(&source, at)?;
    Ok(Block {
        kind: BlockKind::Select,
        tokens: select..end,
        instances: tables.tables.instances,
        conditions: tables.tables.conditions,
        filter,
    })
}

/// The WHERE that begins here, or the place for one; and the place behind it.
pub(super) fn read_filter(source: &Source<'_>, at: usize) -> Result<(Filter, usize), Refusal> {
    if !source.is(at, Keyword::Where) {
        let filter = Filter {
            condition: None,
            end: at,
        };
        return Ok((filter, at));
    }
    if source.is(at + 1, Keyword::Current) && source.text(at + 2..at + 3).eq_ignore_ascii_case("of")
    {
        // The row may have been trashed since, and there is no place for a condition.
        return source.refuse_with(
            "WHERE CURRENT OF a cursor",
            "read the key through the cursor, and write by the key",
        );
    }
    let mut end = at + 1;
    while !source.is_end(end) && (!source.follows_an_operand(end) || !ends_clause(source, end)) {
        source.refuse_select(end)?;
        end = source.after(end);
    }
    if end == at + 1 {
        return source.refuse_here("WHERE without a condition");
    }
    source.refuse_unfinished(&(at + 1..end))?;
    let filter = Filter {
        condition: Some(at + 1..end),
        end,
    };
    Ok((filter, end))
}

/// The clauses behind the WHERE, up to the end of the block.
fn read_rest(source: &Source<'_>, mut at: usize) -> Result<usize, Refusal> {
    while !source.is_end(at) {
        let ends = is_set_operator(source, at) || begins_a_conflict_clause(source, at);
        if ends && source.follows_an_operand(at) {
            break;
        }
        source.refuse_select(at)?;
        // What it joins would be overlooked: the list of tables has not ended where it seemed to.
        if source.is(at, Keyword::Join) {
            return source.refuse_here("a JOIN behind the tables");
        }
        at = source.after(at);
    }
    Ok(at)
}

/// RETURNING behind the tables of a SELECT is that of an INSERT to MariaDB. To MySQL it is a name, and
/// the list behind it may be one of tables: `FROM (SELECT 1) returning (a), post`.
fn refuse_returning(source: &Source<'_>, returning: usize) -> Result<(), Refusal> {
    if !source.is_mysql() || !source.is(returning, Keyword::Returning) {
        return Ok(());
    }
    let mut at = returning + 1;
    while !source.is_end(at) {
        if source.named(at..at + 1).is_some() && source.kind(at + 1) != Kind::Dot {
            return source.refuse_here("a RETURNING that may be the name of a table");
        }
        at = source.after(at);
    }
    Ok(())
}

fn is_set_operator(source: &Source<'_>, at: usize) -> bool {
    source.keyword(at).is_set_operator() && !source.is_label(at)
}

/// The FROM of a block, rather than that of IS DISTINCT FROM or of MySQL's `NTH_VALUE(…) FROM FIRST`.
pub(super) fn is_from(source: &Source<'_>, at: usize) -> bool {
    if !source.is(at, Keyword::From) || source.is_label(at) {
        return false;
    }
    if source.is_mysql() && is_first_of_window(source, at + 1) {
        return false;
    }
    let is_comparison = source.is(at.wrapping_sub(1), Keyword::Distinct)
        && matches!(
            source.keyword(at.wrapping_sub(2)),
            Keyword::Is | Keyword::Not
        );
    !is_comparison
}

/// `FIRST OVER (`, which cannot be a table: nothing in parentheses stands behind an alias.
fn is_first_of_window(source: &Source<'_>, first: usize) -> bool {
    let is_word = |at, word: &str| source.text(at..at + 1).eq_ignore_ascii_case(word);
    let says_nulls = is_word(first + 2, "nulls")
        && (is_word(first + 1, "respect") || is_word(first + 1, "ignore"));
    let over = if says_nulls { first + 3 } else { first + 1 };
    is_word(first, "first") && is_word(over, "over") && source.kind(over + 1) == Kind::Open
}
