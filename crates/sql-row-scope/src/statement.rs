//! Statements: the kind of each statement of a text, and the query blocks of the statements that read or
//! write rows.

use std::collections::HashSet;
use std::ops::Range;

use super::action::Action;
use super::block::{Block, BlockKind, Filter, Instance, Place};
use super::catalog::Resolved;
use super::clause::ends_clause;
use super::ctes::Ctes;
use super::refusal::{MERGE_REMEDY, Refusal};
use super::source::Source;
use super::token::{Keyword, Kind};
use super::{create, delete, insert, select, update};

/// Statements that neither read nor write the rows of a table by name, or that only contain subqueries. The
/// subqueries are scoped.
const SETTINGS: &[&str] = &[
    "ABORT",
    "ATTACH",
    "BEGIN",
    "CALL",
    "CHECKPOINT",
    "CLOSE",
    "COMMIT",
    "DEALLOCATE",
    "DECLARE",
    "DETACH",
    "DISCARD",
    "END",
    "EXECUTE",
    "FETCH",
    "FLUSH",
    "KILL",
    "LISTEN",
    "MOVE",
    "NOTIFY",
    "PRAGMA",
    "RELEASE",
    "RESET",
    "ROLLBACK",
    "SAVEPOINT",
    "SET",
    "START",
    "UNLISTEN",
    "USE",
    "VALUES",
    "XA",
];

/// Statements about the schema: they name tables and neither read nor write their rows.
const SCHEMA: &[&str] = &[
    "ALTER", "ANALYZE", "CACHE", "CHECK", "CHECKSUM", "CLUSTER", "COMMENT", "CREATE", "DESC",
    "DESCRIBE", "DROP", "EXPLAIN", "GRANT", "HELP", "IMPORT", "LOCK", "OPTIMIZE", "REASSIGN",
    "REFRESH", "REINDEX", "RENAME", "REPAIR", "REVOKE", "SECURITY", "SHOW", "UNLOCK", "VACUUM",
];

/// Where the query of PostgreSQL's `PREPARE s (int) AS SELECT …` begins.
pub(super) fn prepared_query(source: &Source<'_>, at: usize) -> Option<usize> {
    if !source.is_postgres() || !source.is(at, Keyword::Prepare) || !source.is_name(at + 1) {
        return None;
    }
    let mut at = at + 2;
    if source.kind(at) == Kind::Open {
        at = source.after(at);
    }
    source.is(at, Keyword::As).then_some(at + 1)
}

/// Decides about a statement by its beginning.
pub(super) fn action(source: &Source<'_>, statement: &Range<usize>) -> Action {
    let mut at = statement_of_setting(source, statement.start);
    if is_analyze_of_statistics(source, at) {
        return Action::Pass;
    }
    let begins_query = |at| {
        source.kind(at) == Kind::Open
            || matches!(
                source.keyword(at),
                Keyword::Select
                    | Keyword::With
                    | Keyword::Insert
                    | Keyword::Update
                    | Keyword::Delete
                    | Keyword::Replace
                    | Keyword::Values
                    | Keyword::Table
                    | Keyword::Merge
                    | Keyword::Truncate
                    | Keyword::Execute
                    | Keyword::Create
                    | Keyword::Prepare
            )
    };
    if matches!(
        source.keyword(at),
        Keyword::Explain | Keyword::Analyze | Keyword::Desc | Keyword::Describe
    ) {
        at += 1;
        // Options in parentheses, or option words, come first: the query begins at the first word that begins
        // a query.
        if source.kind(at) == Kind::Open && !is_query_in_parentheses(source, at) {
            at = source.after(at);
        }
        let query = (at..statement.end.min(at + 8)).find(|at| begins_query(*at));
        match query {
            Some(query) => at = query,
            None => return Action::Pass,
        }
    }
    if let Some(from) = prepared_query(source, at) {
        return Action::Scope {
            from,
            creates: true,
            is_definition: true,
        };
    }
    match source.keyword(at) {
        Keyword::Truncate | Keyword::Merge | Keyword::Do | Keyword::Prepare => {
            return Action::Refuse;
        }
        Keyword::Begin if source.is(at + 1, Keyword::Not) => return Action::Refuse,
        Keyword::Create => return create::action(source, at),
        _ if create::is_word(source, at, "alter") => return create::action(source, at),
        _ if begins_query(at) => {
            return Action::Scope {
                from: at,
                creates: false,
                is_definition: false,
            };
        }
        _ => {}
    }
    let word = source.text(at..at + 1);
    let mut words = at..statement.end;
    if word.eq_ignore_ascii_case("SHOW") && words.any(|at| source.is(at, Keyword::Select)) {
        return Action::Refuse;
    }
    let is_one_of = |list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is_one_of(SETTINGS) {
        Action::Scope {
            from: at,
            creates: false,
            is_definition: false,
        }
    } else if is_one_of(SCHEMA) {
        Action::Pass
    } else {
        Action::Refuse
    }
}

/// Whether this is ANALYZE for a table's statistics, rather than MariaDB's ANALYZE of a query.
fn is_analyze_of_statistics(source: &Source<'_>, at: usize) -> bool {
    let is_option = |at: usize| {
        let word = source.text(at..at + 1);
        ["local", "no_write_to_binlog"]
            .iter()
            .any(|option| word.eq_ignore_ascii_case(option))
    };
    source.is(at, Keyword::Analyze)
        && (!source.is_mysql()
            || source.is(at + 1, Keyword::Table)
            || (is_option(at + 1) && source.is(at + 2, Keyword::Table)))
}

/// Where the statement after MariaDB's `SET STATEMENT … FOR` begins; there may be several such prefixes. Any
/// other statement begins at `first`.
pub(super) fn statement_of_setting(source: &Source<'_>, first: usize) -> usize {
    let sets = |at| {
        source.is_mysql()
            && source.is(at, Keyword::Set)
            && source
                .text(at + 1..at + 2)
                .eq_ignore_ascii_case("statement")
    };
    let (mut begin, mut at) = (first, first);
    while sets(begin) {
        while !source.is_end(at) && !source.is(at, Keyword::For) {
            at = source.after(at);
        }
        if source.is_end(at) {
            break;
        }
        at += 1;
        begin = at;
    }
    begin
}

fn is_query_in_parentheses(source: &Source<'_>, open: usize) -> bool {
    let mut at = open;
    while source.kind(at) == Kind::Open {
        at += 1;
    }
    matches!(
        source.keyword(at),
        Keyword::Select | Keyword::With | Keyword::Values | Keyword::Table
    )
}

/// Finds the blocks of a statement wherever they stand, including nested blocks.
///
/// Every SELECT is a block, whatever its place, so none is overlooked.
pub(super) fn blocks(
    source: Source<'_>,
    statement: &Range<usize>,
    from: usize,
    creates: bool,
) -> Result<Vec<Block>, Refusal> {
    let mut ctes = Ctes::default();
    let mut blocks = Vec::new();
    // Where an INSERT, UPDATE or DELETE is a statement, rather than a part of another construct.
    let mut starts = HashSet::from([from]);
    // The bodies of common table expressions.
    let mut bodies = HashSet::new();
    // Where the blocks so far end. Outside of these blocks, an AS of CREATE TABLE comes before a query.
    let mut covered = 0;
    // For every open level, where its last block ends.
    let mut ends = vec![from];
    for at in from..statement.end {
        match source.kind(at) {
            Kind::Open | Kind::OpenBracket => ends.push(at),
            Kind::Close | Kind::CloseBracket => drop(ends.pop()),
            _ => {}
        }
        let found = blocks.len();
        match source.keyword(at) {
            Keyword::With => {
                if let Some(list) = ctes.read(&source, at)? {
                    starts.insert(list.main);
                    starts.extend(&list.bodies);
                    bodies.extend(list.bodies);
                } else if starts.contains(&at) && source.kind(at + 1) != Kind::Open {
                    return source.refuse_here("a WITH of an unknown form");
                }
            }
            // This SELECT is not a label.
            Keyword::Select if !source.is_label(at) || (creates && at >= covered) => {
                let block = select::read(source, &ctes, at)?;
                covered = block.tokens.end.max(covered);
                blocks.push(block);
            }
            Keyword::Table => refuse_table_command(&source, at)?,
            Keyword::In if source.is_sqlite() => {
                blocks.extend(table_as_list(&source, &ctes, at)?);
                // The block stands within another block.
                continue;
            }
            keyword @ (Keyword::Update
            | Keyword::Delete
            | Keyword::Insert
            | Keyword::Replace
            | Keyword::Merge)
                if starts.contains(&at) =>
            {
                blocks.push(match keyword {
                    Keyword::Update => update::read(source, &ctes, at)?,
                    Keyword::Delete => delete::read(source, &ctes, at)?,
                    Keyword::Merge => return source.refuse_with("MERGE", MERGE_REMEDY),
                    _ => insert::read(source, at)?,
                });
            }
            Keyword::Update
            | Keyword::Delete
            | Keyword::Insert
            | Keyword::Replace
            | Keyword::Merge
                if writes_unnoticed(&source, at, creates) =>
            {
                let word = source.text(at..at + 1).to_uppercase();
                return source.refuse_here(&format!("{word} where no statement begins"));
            }
            _ => {}
        }
        if let (Some(block), Some(end)) = (blocks.get_mut(found), ends.last_mut()) {
            if let BlockKind::Delete(parts) = &mut block.kind {
                parts.is_read = bodies.contains(&at);
            }
            if at < *end {
                let word = source.text(at..at + 1).to_uppercase();
                return source.refuse_here(&format!("{word} in the middle of another"));
            }
            // The query of an INSERT stands inside the INSERT.
            if !matches!(block.kind, BlockKind::Insert(_)) {
                *end = block.tokens.end;
            }
        }
    }
    Ok(blocks)
}

/// Refuses `TABLE t`, which is short for SELECT * FROM t.
fn refuse_table_command(source: &Source<'_>, at: usize) -> Result<(), Refusal> {
    let mut name = at + 1;
    if source.is(name, Keyword::Only) {
        name += 1;
        if source.kind(name) == Kind::Open {
            name += 1;
        }
    }
    let is_named = source.is_name(name) && {
        let path = source.path(name);
        source.resolve(&path) != Resolved::None
    };
    if is_named && !source.is_sqlite() {
        return source.refuse_with("the command TABLE", "write `SELECT * FROM`");
    }
    Ok(())
}

/// Reads `(a, b) IN t` of SQLite, which is short for `IN (SELECT * FROM t)`.
fn table_as_list(source: &Source<'_>, ctes: &Ctes, at: usize) -> Result<Option<Block>, Refusal> {
    // The word stands after an operand, where IN is not a column.
    if !source.is_name(at + 1) {
        return Ok(None);
    }
    let path = source.path(at + 1);
    if source.resolve(&path) == Resolved::None || ctes.hides(source, &path)? {
        return Ok(None);
    }
    let tokens = path.tokens.clone();
    if source.kind(tokens.end) == Kind::Open {
        return source.refuse_with(
            "IN with a table and arguments",
            "write `IN (SELECT … FROM …)`",
        );
    }
    let Some(table) = source.table(&path)? else {
        return Ok(None);
    };
    Ok(Some(Block {
        kind: BlockKind::Select,
        tokens: tokens.clone(),
        instances: vec![Instance {
            table,
            path,
            alias: None,
            renames_columns: false,
            tokens: tokens.clone(),
            place: Place::List,
        }],
        conditions: Vec::new(),
        filter: Filter {
            condition: None,
            end: tokens.end,
        },
    }))
}

/// Whether a statement seems to begin where no statement is known to begin, such as after MariaDB's
/// `DECLARE EXIT HANDLER FOR SQLEXCEPTION`. The scanner would overlook that statement.
fn writes_unnoticed(source: &Source<'_>, at: usize, creates: bool) -> bool {
    // A column of that name. PostgreSQL allows such a column.
    let is_column = at.checked_sub(1).is_some_and(|before| {
        let keyword = source.keyword(before);
        let is_operator =
            source.kind(before) == Kind::Operator && source.text(before..before + 1) != "*";
        (is_operator && source.is_postgres())
            || source.kind(before) == Kind::Comma
            || (keyword.wants_an_operand(source.dialect)
                && !keyword.is_set_operator()
                && !matches!(keyword, Keyword::From | Keyword::Where | Keyword::On))
    });
    if is_column || source.is_label(at) {
        return false;
    }
    match source.keyword(at) {
        // ON DELETE and ON UPDATE of a foreign key, in a CREATE TABLE.
        Keyword::Delete | Keyword::Update
            if creates && source.is(at.wrapping_sub(1), Keyword::On) =>
        {
            false
        }
        // CREATE TABLE … ON COMMIT DELETE ROWS AS
        Keyword::Delete
            if creates
                && source.is(at + 1, Keyword::Rows)
                && source
                    .text(at.wrapping_sub(1)..at)
                    .eq_ignore_ascii_case("commit") =>
        {
            false
        }
        Keyword::Delete => begins_target(source, at + 1),
        // FOR UPDATE, FOR NO KEY UPDATE, ON DUPLICATE KEY UPDATE, DO UPDATE.
        Keyword::Update => {
            let is_part = matches!(
                source.keyword(at.wrapping_sub(1)),
                Keyword::For | Keyword::Key | Keyword::Do
            );
            !is_part && begins_target(source, at + 1)
        }
        // INSERT(…) and REPLACE(…) are functions, too.
        Keyword::Insert if source.is_mysql() => begins_target(source, at + 1),
        Keyword::Insert if source.is_sqlite() && source.is(at + 1, Keyword::Or) => true,
        Keyword::Insert => source.is(at + 1, Keyword::Into),
        Keyword::Replace | Keyword::Merge => source.is(at + 1, Keyword::Into),
        _ => false,
    }
}

/// Whether a table can stand here, or a word before a table.
fn begins_target(source: &Source<'_>, at: usize) -> bool {
    let keyword = source.keyword(at);
    // DELETE FROM
    let is_operator = keyword.wants_an_operand(source.dialect) && keyword != Keyword::From;
    // `FROM t delete JOIN …`, and `JOIN t delete USING (a)`
    let is_join = match keyword {
        Keyword::Join | Keyword::Using => true,
        Keyword::Cross | Keyword::Inner | Keyword::Left | Keyword::Natural | Keyword::Right => {
            !source.is_sqlite()
        }
        Keyword::Full | Keyword::TableSample => source.is_postgres(),
        _ => false,
    };
    // `OVERLAY(update PLACING 'x' FROM 1)`
    let is_placing =
        source.is_postgres() && source.text(at..at + 1).eq_ignore_ascii_case("placing");
    source.is_name(at) && !is_operator && !is_join && !is_placing && !ends_clause(source, at)
}
