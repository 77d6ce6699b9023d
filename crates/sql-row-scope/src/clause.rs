//! Where a clause ends and the next clause begins.

use super::source::Source;
use super::token::{Keyword, Kind};

/// Words that cannot name a table without quotes in any of the databases.
pub(super) fn is_reserved(keyword: Keyword) -> bool {
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

/// Whether this is ON CONFLICT or ON DUPLICATE KEY, rather than a column named `conflict` in the ON of a
/// join.
pub(super) fn begins_a_conflict_clause(source: &Source<'_>, at: usize) -> bool {
    if !source.is(at, Keyword::On) {
        return false;
    }
    match source.keyword(at + 1) {
        Keyword::Conflict => {
            let behind = source.after(at + 2);
            match source.keyword(at + 2) {
                Keyword::Do => true,
                Keyword::On => source.is(at + 3, Keyword::Constraint),
                // This excludes a call: `ON conflict (1) JOIN …`.
                _ => {
                    source.kind(at + 2) == Kind::Open
                        && matches!(source.keyword(behind), Keyword::Do | Keyword::Where)
                }
            }
        }
        Keyword::Duplicate => source.is(at + 2, Keyword::Key),
        _ => false,
    }
}

/// Whether a list of expressions can begin here. MySQL has no RETURNING, so a table may have that name:
/// `FROM tag returning USE INDEX (a), post`. In doubt it begins: what is returned must be scoped.
fn begins_expressions(source: &Source<'_>, at: usize) -> bool {
    match source.kind(at) {
        Kind::Word => match source.keyword(at) {
            Keyword::None | Keyword::Case | Keyword::Exists | Keyword::Not => true,
            // These words are functions, too.
            Keyword::Insert
            | Keyword::Left
            | Keyword::Mod
            | Keyword::Replace
            | Keyword::Right
            | Keyword::Values => source.kind(at + 1) == Kind::Open,
            Keyword::Window => !begins_window(source, at),
            // MariaDB does not reserve these words: they may be columns. Tried on 10.11.
            Keyword::Begin
            | Keyword::Conflict
            | Keyword::Current
            | Keyword::Do
            | Keyword::Duplicate
            | Keyword::End
            | Keyword::Escape
            | Keyword::Execute
            | Keyword::Format
            | Keyword::Full
            | Keyword::Glob
            | Keyword::Ilike
            | Keyword::Immediate
            | Keyword::Indexed
            | Keyword::Lateral
            | Keyword::Materialized
            | Keyword::Merge
            | Keyword::Nothing
            | Keyword::Only
            | Keyword::Ordinality
            | Keyword::Prepare
            | Keyword::Quick
            | Keyword::Repeatable
            | Keyword::Similar
            | Keyword::SystemTime
            | Keyword::TableSample
            | Keyword::Truncate
            | Keyword::Value
            | Keyword::Within => true,
            _ => false,
        },
        Kind::Quoted | Kind::Text | Kind::Literal | Kind::Open | Kind::Operator => true,
        _ => false,
    }
}

/// WINDOW as a clause: `WINDOW w AS (…)`.
fn begins_window(source: &Source<'_>, at: usize) -> bool {
    source.is(at + 2, Keyword::As) && source.kind(at + 3) == Kind::Open
}

/// Whether this is RETURNING as a clause; in MySQL the word may be a name.
pub(super) fn begins_returning(source: &Source<'_>, at: usize) -> bool {
    source.is(at, Keyword::Returning) && (!source.is_mysql() || begins_expressions(source, at + 1))
}

/// Whether a clause of the block begins here, so that the previous clause ends. The caller knows that no
/// operand can stand here, or the caller does not care.
pub(super) fn ends_clause(source: &Source<'_>, at: usize) -> bool {
    match source.keyword(at) {
        Keyword::Where
        | Keyword::Having
        | Keyword::Order
        | Keyword::Limit
        | Keyword::Union
        | Keyword::Intersect
        | Keyword::Except => true,
        Keyword::Returning => begins_returning(source, at),
        // This excludes WITHIN GROUP.
        Keyword::Group => source.is(at + 1, Keyword::By),
        Keyword::Window => begins_window(source, at),
        Keyword::Offset => {
            let next = source.kind(at + 1);
            next == Kind::Literal
                || (source.is_postgres() && matches!(next, Kind::Open | Kind::Word))
        }
        Keyword::For | Keyword::Fetch => !source.is_sqlite(),
        Keyword::Into => !source.is_sqlite(),
        // LOCK IN SHARE MODE and PROCEDURE ANALYSE; in PostgreSQL both words are names.
        Keyword::Lock | Keyword::Procedure => source.is_mysql(),
        Keyword::On => begins_a_conflict_clause(source, at),
        // CREATE TABLE … AS … WITH NO DATA, and CREATE VIEW … WITH LOCAL CHECK OPTION.
        Keyword::With => {
            let next = source.text(at + 1..at + 2);
            let is_one_of =
                |words: &[&str]| words.iter().any(|word| next.eq_ignore_ascii_case(word));
            (source.is_postgres() && is_one_of(&["no", "data"]))
                || (!source.is_sqlite() && is_one_of(&["check", "local", "cascaded"]))
        }
        _ => false,
    }
}
