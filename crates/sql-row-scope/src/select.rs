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

/// The WHERE that begins here, or the place for one; and the place after it.
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
        // The row may have been trashed in the meantime, and the syntax has no place for a condition.
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

/// Reads the clauses after the WHERE, up to the end of the block.
fn read_rest(source: &Source<'_>, mut at: usize) -> Result<usize, Refusal> {
    while !source.is_end(at) {
        let ends = is_set_operator(source, at) || begins_a_conflict_clause(source, at);
        if ends && source.follows_an_operand(at) {
            break;
        }
        source.refuse_select(at)?;
        // The scanner would overlook the joined table: the list of tables did not end where it seemed to end.
        if source.is(at, Keyword::Join) {
            return source.refuse_here("a JOIN behind the tables");
        }
        at = source.after(at);
    }
    Ok(at)
}

/// Refuses RETURNING after the tables of a SELECT. MariaDB reads it as the RETURNING of an INSERT. MySQL
/// reads it as a name, and the list after it may be a list of tables: `FROM (SELECT 1) returning (a), post`.
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

pub(super) fn is_set_operator(source: &Source<'_>, at: usize) -> bool {
    source.keyword(at).is_set_operator() && !source.is_label(at)
}

/// Whether this is the FROM of a block, rather than the FROM of IS DISTINCT FROM or of MySQL's
/// `NTH_VALUE(…) FROM FIRST`.
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

/// Whether this is `FIRST OVER (`. FIRST cannot be a table here: no parenthesis follows an alias.
fn is_first_of_window(source: &Source<'_>, first: usize) -> bool {
    let is_word = |at, word: &str| source.text(at..at + 1).eq_ignore_ascii_case(word);
    let says_nulls = is_word(first + 2, "nulls")
        && (is_word(first + 1, "respect") || is_word(first + 1, "ignore"));
    let over = if says_nulls { first + 3 } else { first + 1 };
    is_word(first, "first") && is_word(over, "over") && source.kind(over + 1) == Kind::Open
}
