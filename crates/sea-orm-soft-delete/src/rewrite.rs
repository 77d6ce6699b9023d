//! Statement scoping: text in, text out, and nothing else.
//!
//! A text is cut into tokens, the tokens into statements and query blocks, and every
//! soft-deletable table in a block gets the condition that its row is live. All that is changed is
//! inserted at byte positions; the rest of the text stays as it is. What cannot be scoped with
//! certainty is refused.

mod block;
mod catalog;
mod clause;
mod conjunct;
mod create;
mod ctes;
mod delete;
mod edit;
mod from;
mod insert;
mod join;
mod lexer;
mod lift;
pub(crate) mod mark;
#[cfg(test)]
mod mutation;
#[cfg(test)]
mod oracle;
mod position;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod reference;
mod refusal;
mod returning;
mod routine;
mod scope_block;
#[cfg(test)]
mod scripts;
mod select;
pub(crate) mod settings;
#[cfg(test)]
mod size;
mod source;
#[cfg(test)]
mod spec;
mod split;
mod statement;
mod suspicion;
mod token;
mod update;
mod view;

use std::ops::Range;

use sea_orm::DbBackend;

use self::block::Block;
pub(crate) use self::catalog::{Catalog, Live, StampColumn, Table, TableId};
pub(crate) use self::edit::{Bind, Bound};
use self::edit::{Changes, Edits};
pub(crate) use self::lift::Lifted;
use self::lift::{Lifts, Marks};
pub(crate) use self::refusal::{ANY_TABLE, Refusal};
use self::source::Source;
use self::statement::Action;
use self::token::Kind;
pub(crate) use self::view::trash_shown_by;

/// Where the placeholders of a text stand that binds its values in turn; none, if it cannot be read.
pub(crate) fn placeholders(sql: &str, backend: DbBackend) -> Vec<Range<usize>> {
    let Ok(lexed) = lexer::lex(sql, backend) else {
        return Vec::new();
    };
    let mark = match backend {
        DbBackend::Postgres => '$',
        _ => '?',
    };
    let mut places = Vec::new();
    for token in lexed.tokens.iter().filter(|it| it.kind == Kind::Literal) {
        // One token is a list of them.
        let (start, end) = (token.start as usize, token.end as usize);
        let list = sql.get(start..end).unwrap_or_default();
        for (at, _) in list.match_indices(mark) {
            let number = list[at + 1..].bytes().take_while(u8::is_ascii_digit);
            places.push(start + at..start + at + 1 + number.count());
        }
    }
    places
}

/// What becomes of a text.
#[derive(Clone, Debug)]
pub(crate) enum Rewritten {
    /// It names no soft-deletable table, and is sent as it is.
    Untouched,
    Scoped(Plan),
}

/// A rewritten text and the values that it binds beside its own.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) sql: String,
    pub(crate) binds: Vec<Bind>,
    #[cfg_attr(not(any(test, fuzzing)), expect(dead_code, reason = "tests read it"))]
    pub(crate) changes: Changes,
    /// How many values the text itself binds.
    pub(crate) placeholders: u32,
    /// How many statements the text holds.
    pub(crate) statements: usize,
    /// Whether it reaches trashed rows of a table that it names.
    pub(crate) is_lifted: bool,
    /// Whether one of them is kept by the database as text, as a view is, and can bind no values.
    pub(crate) is_definition: bool,
    /// The tables whose rows it trashes.
    pub(crate) trashed: Vec<Trashed>,
}

/// A table whose rows a DELETE trashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trashed {
    pub(crate) table: TableId,
    /// The schema that the statement names, as the database keeps the name.
    pub(crate) schema: Option<String>,
}

/// Before a statement: MariaDB goes down in it as far as a recursive query goes, and keeps what the
/// query finds in memory. MySQL skips it.
///
/// MariaDB 10.11 loses a row of a recursive query for each level that outgrows
/// `tmp_memory_table_size` (a tree of 60,000 rows and 128 KiB: 2 rows short), without an error.
/// Temporary tables on disk from the start lose none, but took nine times as long.
///
/// The one comment with code that a statement may contain: all that it can do is set this.
pub(crate) const DEEP_RECURSION: &str = "/*M!100100 SET STATEMENT max_recursive_iterations = 4294967295, \
     max_heap_table_size = 1099511627776, tmp_memory_table_size = 1099511627776 FOR */";

/// How a text is to be scoped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options<'a> {
    pub(crate) backend: DbBackend,
    pub(crate) catalog: &'a Catalog,
    pub(crate) lifted: &'a Lifted,
    pub(crate) explicit_marker_wins: bool,
}

/// Scopes a text.
pub(crate) fn rewrite(sql: &str, options: &Options<'_>) -> Result<Rewritten, Refusal> {
    let catalog = options.catalog;
    if catalog.is_empty() {
        return Ok(Rewritten::Untouched);
    }
    let lexed = match lexer::lex(sql, options.backend) {
        Ok(lexed) => lexed,
        Err(error) => return suspicion::unreadable(sql, options.backend, catalog, error),
    };
    let source = Source {
        sql,
        lexed: &lexed,
        backend: options.backend,
        catalog,
    };
    suspicion::check(&source)?;
    let tokens = 0..lexed.tokens.len();
    if source.named(tokens.clone()).is_none() && lexed.marks.is_empty() {
        return Ok(Rewritten::Untouched);
    }
    let statements = suspicion::loose_dots(&source)
        .and_then(|()| split::split(&source))
        .map_err(|refusal| about(&source, tokens.clone(), refusal))?;
    let mut edits = Edits::default();
    let mut found = Found::default();
    for statement in &statements {
        scope_statement(&source, statement, options, &mut edits, &mut found)
            .map_err(|refusal| about(&source, statement.clone(), refusal))?;
    }
    for mark in &lexed.marks {
        edits.remove_comment(sql, mark.start, mark.end);
    }
    if edits.is_empty() && !found.is_lifted {
        return Ok(Rewritten::Untouched);
    }
    let placeholders = lexed.placeholders;
    let rewriting = edits
        .apply(&source)
        .map_err(|refusal| about(&source, tokens.clone(), refusal))?;
    Ok(Rewritten::Scoped(Plan {
        sql: rewriting.sql,
        binds: rewriting.binds,
        changes: rewriting.changes,
        placeholders: placeholders.positional.max(placeholders.highest),
        statements: statements.len(),
        is_lifted: found.is_lifted,
        is_definition: found.is_definition,
        trashed: found.trashed,
    }))
}

/// What is found of the statements of a text.
#[derive(Default)]
struct Found {
    is_lifted: bool,
    is_definition: bool,
    trashed: Vec<Trashed>,
}

/// Adds the changes to one statement.
fn scope_statement(
    source: &Source<'_>,
    statement: &Range<usize>,
    options: &Options<'_>,
    edits: &mut Edits,
    found: &mut Found,
) -> Result<(), Refusal> {
    if source.named(statement.clone()).is_none() {
        return Ok(());
    }
    let (from, creates, is_definition) = match statement::action(source, statement) {
        Action::Pass => return Ok(()),
        Action::Refuse => {
            let word = source.text(statement.start..statement.start + 1);
            return source.refuse_here(&format!("a {} statement", word.to_uppercase()));
        }
        Action::Forbid(construct) => return source.refuse_here(construct),
        Action::Scope {
            from,
            creates,
            is_definition,
        } => {
            found.is_definition |= is_definition;
            (from, creates, is_definition)
        }
    };
    let blocks = statement::blocks(*source, statement, from, creates)?;
    let lifts = Lifts {
        source,
        by_connection: options.lifted,
        marks: place_marks(source, statement, from, &blocks)?,
        explicit_marker_wins: options.explicit_marker_wins,
    };
    insert::check_names(source, &blocks, &lifts)?;
    // What is put behind a table ends before what is put behind the query around it.
    let (lists, others): (Vec<&Block>, Vec<&Block>) = blocks.iter().partition(|of| of.is_list());
    for block in lists.into_iter().chain(others) {
        let lifts = lifts.of(block);
        found.is_lifted |= block.instances.iter().any(|of| lifts.lifts(of));
        let trashed = scope_block::scope(source, block, &lifts, edits)?;
        if is_definition && !trashed.is_empty() {
            // Each time that it runs would be the same operation, at the same instant.
            return source.refuse_here("a DELETE that is kept to run later");
        }
        found.trashed.extend(trashed);
    }
    Ok(())
}

/// The marks of a statement, each with the innermost block that it stands in.
fn place_marks(
    source: &Source<'_>,
    statement: &Range<usize>,
    from: usize,
    blocks: &[Block],
) -> Result<Marks, Refusal> {
    let mut placed = Marks::default();
    let all = source.lexed.marks.as_slice();
    let first = all.partition_point(|mark| mark.before < statement.start);
    let marks = all.get(first..).unwrap_or_default();
    // Marks and blocks both come in the order of the text.
    let mut blocks = blocks.iter().map(|block| &block.tokens).peekable();
    let mut around: Vec<&Range<usize>> = Vec::new();
    for span in marks.iter().take_while(|mark| mark.before <= statement.end) {
        let comment = source.sql.get(span.start as usize..span.end as usize);
        let comment = comment.unwrap_or_default();
        let mark = match mark::read(comment) {
            Ok(mark) => mark,
            Err(why) => return source.refuse_here(&format!("the comment `{comment}` ({why})")),
        };
        if span.before <= from {
            placed.add(source.catalog, &mark, None);
            continue;
        }
        while let Some(block) = blocks.next_if(|block| block.start < span.before) {
            while around.pop_if(|outer| outer.end <= block.start).is_some() {}
            around.push(block);
        }
        while around.pop_if(|block| block.end < span.before).is_some() {}
        let Some(innermost) = around.last() else {
            return source.refuse_here(&format!(
                "the comment `{comment}`, which stands in no query,"
            ));
        };
        placed.add(source.catalog, &mark, Some(innermost.start));
    }
    Ok(placed)
}

/// The refusal, with the table that the statement names.
fn about(source: &Source<'_>, statement: Range<usize>, mut refusal: Refusal) -> Refusal {
    if refusal.table.is_empty() {
        refusal.table = match source.named(statement) {
            Some(at) => source.name(at).0.into_owned(),
            None => ANY_TABLE.to_owned(),
        };
    }
    refusal
}
