//! Limits SQL text to the rows in scope: every statement answers as if the other rows did not exist.
//!
//! A table is held to scopes. Each has a rule that tells the rows in scope from the others, such as
//! `deleted_at IS NULL`.
//! [`rewrite`] adds that condition for each such table of a statement, wherever the table stands: in joins,
//! subqueries, common table expressions, set operations, INSERT … SELECT, UPDATE and DELETE. A DELETE becomes
//! an UPDATE of the marker. Text goes in, text comes out: no connection, no schema lookup, no SQL printer.
//!
//! ```
//! use sql_row_scope::{
//!     Catalog, Dialect, Lifted, Live, Options, Rewritten, Rule, Table, Trash, rewrite,
//! };
//!
//! let trash = Trash {
//!     marker: "deleted_at".to_owned(),
//!     live: Live::Null,
//!     stamps: Vec::new(),
//! };
//! let post = Table {
//!     schema: None,
//!     name: "post".to_owned(),
//!     scopes: vec![(0, Rule::Live(trash))],
//!     columns: Vec::new(),
//!     removable: None,
//! };
//! let catalog = Catalog::new(Dialect::Postgres, vec![post]);
//! let options = Options {
//!     dialect: Dialect::Postgres,
//!     catalog: &catalog,
//!     lifted: &Lifted::NOTHING,
//!     explicit_marker_wins: false,
//! };
//! let sql = "SELECT * FROM tag LEFT JOIN post p ON p.tag = tag.id OR p.id = 1";
//! let Ok(Rewritten::Scoped(plan)) = rewrite(sql, &options) else { panic!("post is scoped") };
//! assert_eq!(
//!     plan.sql,
//!     r#"SELECT * FROM tag LEFT JOIN post p ON (p.tag = tag.id OR p.id = 1) AND p."deleted_at" IS NULL"#
//! );
//! ```
//!
//! The lexer cuts the text into tokens; the reader finds statements and query blocks; each block gets its
//! conditions as insertions at byte positions. The rest of the text stays byte for byte. A statement that
//! cannot be scoped with certainty is a [`Refusal`], never a guess.
//!
//! The crate serves [`sea-orm-soft-delete`](https://docs.rs/sea-orm-soft-delete). Its interface may change in
//! any release.

mod action;
mod added_rows;
mod block;
mod catalog;
mod clause;
mod comparison;
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
pub mod mark;
mod marker_use;
#[cfg(test)]
mod mutation;
mod names;
#[cfg(test)]
mod oracle;
mod position;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
mod reference;
mod refusal;
mod returning;
mod routine;
mod rule;
mod scope_block;
#[cfg(test)]
mod scripts;
mod select;
mod settings;
#[cfg(test)]
mod size;
mod source;
#[cfg(test)]
mod spec;
mod split;
mod statement;
mod suspicion;
mod token;
pub mod tokens;
mod update;
mod view;
mod written;

use std::ops::Range;

use self::action::Action;
use self::added_rows::AddedRows;
use self::block::{Block, Instance, Place};
pub use self::catalog::{Catalog, Column, Live, Rule, ScopeId, Table, TableId, Trash};
pub use self::comparison::Operator;
#[cfg(any(test, fuzzing))]
use self::edit::Changes;
use self::edit::Edits;
pub use self::edit::{Bind, Bound, Check, Written};
use self::lexer::Lexed;
pub use self::lift::Lifted;
use self::lift::{Lifts, Marks};
pub use self::marker_use::{MarkerUse, MarkerUseKind};
pub use self::refusal::{ANY_TABLE, Refusal};
pub use self::settings::is_harmless;
use self::source::Source;
use self::token::Keyword;
use self::tokens::{Kind, Token};
use self::update::Assignments;
pub use self::view::trash_shown_by;

/// The SQL that a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// MySQL and MariaDB.
    MySql,
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// The positions of the placeholders in a text that binds its values in order; empty if the text cannot be
/// read.
pub fn placeholders(sql: &str, dialect: Dialect) -> Vec<Range<usize>> {
    let mark = match dialect {
        Dialect::Postgres => '$',
        _ => '?',
    };
    let tokens = tokens::tokenize(sql, dialect).into_iter();
    let is_one = |token: &Token| token.kind == Kind::Literal && token.text(sql).starts_with(mark);
    tokens.filter(is_one).map(|token| token.range()).collect()
}

/// The result of a rewrite.
#[derive(Clone, Debug)]
pub enum Rewritten {
    /// The text names no scoped table and is sent unchanged.
    Untouched,
    /// The plan to send instead of the text.
    Scoped(Plan),
}

/// A rewritten text, and the values that it binds in addition to its own values.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The text to send.
    pub sql: String,
    /// The values that the text binds in addition to those of the original text, in the order of the text.
    pub binds: Vec<Bind>,
    /// Values that the statement writes itself, which must be those of required scopes.
    pub checks: Vec<Check>,
    /// Which bytes of the text became which bytes, for the properties that tests check.
    #[cfg(any(test, fuzzing))]
    pub(crate) changes: Changes,
    /// How many values the original text binds.
    pub placeholders: u32,
    /// How many statements the text holds.
    pub statements: usize,
    /// Whether the text has a derived table or a common table expression, or a query that looks like one.
    pub has_derived_table: bool,
    /// Whether the text reaches trashed rows of a table that it names.
    pub is_lifted: bool,
    /// Whether it does so because it names the marker itself, which `explicit_marker_wins` allows.
    pub names_marker: bool,
    /// Whether the database keeps one of the statements as text, such as a view, so that it can bind no
    /// values.
    pub is_definition: bool,
    /// The tables whose rows the text trashes.
    pub trashed: Vec<Trashed>,
    /// Conditions and assignments that make sense for trashed rows alone, of tables whose trashed rows the text
    /// does not reach: `WHERE deleted_at IS NOT NULL`, `SET deleted_at = NULL`.
    pub contradictions: Vec<MarkerUse>,
    /// The scopes that keep a DO UPDATE of the text from rows of a table.
    pub guarded: Vec<(TableId, ScopeId)>,
}

/// What a text does with soft-deletable tables.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The result of the rewrite.
    pub rewritten: Rewritten,
    /// The tables, in the order of the text: each as often as a part of the text reads or writes it.
    pub named: Vec<Named>,
    /// Where the text names the marker of such a table itself.
    pub marker_uses: Vec<MarkerUse>,
    /// Whether the text writes rows, of any table.
    pub is_write: bool,
}

/// A soft-deletable table in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its place in the catalog.
    pub table: TableId,
    /// What the text does with the rows.
    pub verb: Verb,
    /// Whether the text reaches its trashed rows.
    pub is_lifted: bool,
    /// Whether a verb of this crate wrote the part for trashed rows or as a delete.
    pub is_of_a_verb: bool,
    /// Whether a write of the statement may reach more rows because this table loses its trashed rows: the part
    /// stands under a NOT, on the optional side of a join, or anywhere else where fewer rows can mean more.
    pub may_add_rows: bool,
    /// The columns that an UPDATE assigns in the table, in the case in which the database keeps them. If nothing tells which
    /// table of the UPDATE a column belongs to, it is a column of each.
    pub assigned: Vec<String>,
}

/// What a part of a statement does with the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// It reads them.
    Read,
    /// It updates them.
    Update,
    /// It deletes them.
    Delete,
    /// It inserts them.
    Insert,
}

/// A table whose rows a DELETE trashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trashed {
    /// Its place in the catalog.
    pub table: TableId,
    /// The schema that the statement names, in the form in which the database keeps the name.
    pub schema: Option<String>,
}

/// A prefix for a statement: with it, MariaDB follows a recursive query to its full depth and keeps the rows
/// that the query finds in memory. MySQL skips the prefix.
///
/// MariaDB 10.11 loses a row of a recursive query for each level that outgrows
/// `tmp_memory_table_size` (a tree of 60,000 rows and 128 KiB: 2 rows short), without an error.
/// Temporary tables on disk from the start lose no rows, but took nine times as long.
///
/// It is the only comment with code that a statement may contain, because the code can only set these
/// variables.
pub const DEEP_RECURSION: &str = "/*M!100100 SET STATEMENT max_recursive_iterations = 4294967295, \
     max_heap_table_size = 1099511627776, tmp_memory_table_size = 1099511627776 FOR */";

/// How to scope a text.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The dialect in which the text is read.
    pub dialect: Dialect,
    /// The tables that have a scope.
    pub catalog: &'a Catalog,
    /// The tables whose rows are all visible.
    pub lifted: &'a Lifted,
    /// Whether a query block that names a table's marker itself stays unchanged.
    pub explicit_marker_wins: bool,
}

/// Scopes a text.
///
/// # Errors
///
/// [`Refusal`], if the text names a table of the catalog, or may name one, and cannot be scoped with
/// certainty.
pub fn rewrite(sql: &str, options: &Options<'_>) -> Result<Rewritten, Refusal> {
    Ok(scan(sql, options, Found::default())?.rewritten)
}

/// Scopes a text, and tells what the text does with soft-deletable tables.
///
/// # Errors
///
/// [`Refusal`], if the text names a table of the catalog, or may name one, and cannot be scoped with
/// certainty.
pub fn inspect(sql: &str, options: &Options<'_>) -> Result<Inspection, Refusal> {
    let found = Found {
        is_inspected: true,
        ..Found::default()
    };
    scan(sql, options, found)
}

fn scan(sql: &str, options: &Options<'_>, mut found: Found) -> Result<Inspection, Refusal> {
    let catalog = options.catalog;
    if catalog.is_empty() {
        return Ok(found.inspection(Rewritten::Untouched));
    }
    let lexed = match lexer::lex(sql, options.dialect) {
        Ok(lexed) => lexed,
        Err(error) => {
            let rewritten = suspicion::unreadable(sql, options.dialect, catalog, error)?;
            return Ok(found.inspection(rewritten));
        }
    };
    let lexed = if catalog.has_required() && is_insert(&lexed) {
        // `written` reads the value of each column.
        lexer::lex_each(sql, options.dialect).unwrap_or(lexed)
    } else {
        lexed
    };
    let source = Source {
        sql,
        lexed: &lexed,
        dialect: options.dialect,
        catalog,
    };
    suspicion::check(&source)?;
    let tokens = 0..lexed.tokens.len();
    // The body of a routine may be one token.
    let makes_routine =
        catalog.has_required() && tokens.clone().any(|at| create::makes_routine(&source, at));
    let is_named = source.named(tokens.clone()).is_some() || makes_routine;
    if !is_named && lexed.marks.is_empty() {
        return Ok(found.inspection(Rewritten::Untouched));
    }
    let statements = suspicion::loose_dots(&source)
        .and_then(|()| split::split(&source))
        .map_err(|refusal| about(&source, tokens.clone(), refusal))?;
    let mut edits = Edits::default();
    for statement in &statements {
        scope_statement(&source, statement, options, &mut edits, &mut found)
            .map_err(|refusal| about(&source, statement.clone(), refusal))?;
    }
    for mark in &lexed.marks {
        edits.remove_comment(sql, mark.start, mark.end);
    }
    if edits.is_empty() && !found.is_lifted && found.contradictions.is_empty() {
        return Ok(found.inspection(Rewritten::Untouched));
    }
    let placeholders = lexed.placeholders;
    let mut rewriting = edits
        .apply(&source)
        .map_err(|refusal| about(&source, tokens.clone(), refusal))?;
    written::keep_shared(&source, &mut rewriting.checks);
    let plan = Plan {
        sql: rewriting.sql,
        binds: rewriting.binds,
        checks: rewriting.checks,
        #[cfg(any(test, fuzzing))]
        changes: rewriting.changes,
        placeholders: placeholders.positional.max(placeholders.highest),
        statements: statements.len(),
        has_derived_table: found.swaps || has_derived_table(&source),
        is_lifted: found.is_lifted,
        names_marker: found.names_marker,
        is_definition: found.is_definition,
        trashed: std::mem::take(&mut found.trashed),
        contradictions: std::mem::take(&mut found.contradictions),
        guarded: std::mem::take(&mut found.guarded),
    };
    Ok(found.inspection(Rewritten::Scoped(plan)))
}

/// Whether a WITH, or a query in parentheses that may stand among tables, is anywhere in the text.
fn has_derived_table(source: &Source<'_>) -> bool {
    let is_one = |at: usize| match source.keyword(at) {
        Keyword::With => true,
        Keyword::Select | Keyword::Values | Keyword::Table => {
            let mut open = at;
            while open > 0 && source.kind(open - 1) == Kind::Open {
                open -= 1;
            }
            open < at
                && open.checked_sub(1).is_some_and(|before| {
                    source.kind(before) == Kind::Comma
                        || matches!(
                            source.keyword(before),
                            Keyword::From
                                | Keyword::Join
                                | Keyword::Lateral
                                | Keyword::StraightJoin
                        )
                })
        }
        _ => false,
    };
    (0..source.lexed.tokens.len()).any(is_one)
}

fn is_insert(lexed: &Lexed) -> bool {
    let mut tokens = lexed.tokens.iter();
    tokens.any(|token| token.keyword == Keyword::Insert)
}

/// What the rewriter finds in the statements of a text.
#[derive(Default)]
struct Found {
    /// Whether the caller wants to know more than the plan.
    is_inspected: bool,
    is_write: bool,
    is_lifted: bool,
    /// Whether a table becomes a derived table.
    swaps: bool,
    names_marker: bool,
    is_definition: bool,
    trashed: Vec<Trashed>,
    contradictions: Vec<MarkerUse>,
    guarded: Vec<(TableId, ScopeId)>,
    named: Vec<Named>,
    marker_uses: Vec<MarkerUse>,
}

impl Found {
    fn inspection(self, rewritten: Rewritten) -> Inspection {
        Inspection {
            rewritten,
            named: self.named,
            marker_uses: self.marker_uses,
            is_write: self.is_write,
        }
    }
}

/// Adds the changes to one statement.
fn scope_statement(
    source: &Source<'_>,
    statement: &Range<usize>,
    options: &Options<'_>,
    edits: &mut Edits,
    found: &mut Found,
) -> Result<(), Refusal> {
    if source.catalog.has_required() {
        refuse_routine(source, statement, options.lifted)?;
    }
    if source.named(statement.clone()).is_none() {
        return Ok(());
    }
    let (from, creates, is_definition) = match statement::action(source, statement) {
        Action::Pass => return Ok(()),
        Action::Refuse => {
            let word = source.text(statement.start..statement.start + 1);
            let construct = format!("a {} statement", word.to_uppercase());
            return source.refuse_with(&construct, refusal::remedy_of(word));
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
    let uses = marker_use::find(source, statement, &blocks);
    let lifts = Lifts {
        catalog: source.catalog,
        by_connection: options.lifted,
        marks: place_marks(source, statement, from, &blocks)?,
        explicit: options.explicit_marker_wins.then_some(&uses),
    };
    let mut added = AddedRows::default();
    if found.is_inspected {
        found.is_write |= blocks.iter().any(Block::is_write);
        added = AddedRows::of(source, statement, &blocks);
    }
    insert::check_names(source, &blocks, &lifts)?;
    // The text added after a table must end before the text added after the query around the table.
    let numbered = blocks.iter().enumerate();
    let (lists, others): (Vec<_>, Vec<_>) = numbered.partition(|(_, block)| block.is_list());
    for (number, block) in lists.into_iter().chain(others) {
        let lifts = lifts.of(block);
        let mut assignments = Assignments::default();
        if found.is_inspected {
            assignments = Assignments::of(source, block);
        }
        let has_trash = |of: &&Instance| source.catalog.table(of.table).trash().is_some();
        for instance in block.instances.iter().filter(has_trash) {
            let is_lifted = lifts.shows_trash(instance);
            let verb = block.verb(instance);
            found.is_lifted |= is_lifted;
            found.names_marker |= lifts.is_explicit(instance);
            let is_of_a_verb = lifts.is_of_a_verb(instance);
            found.named.push(Named {
                table: instance.table,
                verb,
                is_lifted,
                is_of_a_verb,
                may_add_rows: !is_lifted
                    && added.by(number, instance)
                    && !uses.are_for_live_rows(block, instance),
                assigned: assignments.to(source, instance),
            });
            if found.is_inspected {
                let of_the_text = uses.of_the_text(source, block, instance, is_of_a_verb);
                found.marker_uses.extend(of_the_text);
            }
            if !is_lifted || (verb == Verb::Delete && !lifts.forces(instance)) {
                let contradictions = uses.contradictions(source, block, instance);
                found.contradictions.extend(contradictions);
            }
        }
        if is_definition && block.instances.iter().any(|of| lifts.is_required(of)) {
            // It would keep the value of the connection that creates it.
            return source.refuse_with(
                "a view or prepared statement over rows of a required scope",
                refusal::KEPT_SCOPE,
            );
        }
        let mut instances = block.instances.iter();
        found.swaps |= instances.any(|of| matches!(of.place, Place::Swap | Place::List));
        written::hold(source, block, &lifts, edits)?;
        let trashed = scope_block::scope(source, block, &lifts, edits)?;
        if is_definition && !trashed.is_empty() {
            // Every run of the statement would be the same operation, at the same instant.
            return source.refuse_with("a DELETE that is kept to run later", refusal::KEPT_DELETE);
        }
        found.trashed.extend(trashed);
        if let (true, Some(target)) = (block.updates_on_conflict(), block.instances.first()) {
            let scopes = lifts.in_force(target);
            found
                .guarded
                .extend(scopes.map(|scope| (target.table, scope)));
        }
    }
    if found.is_inspected {
        found.marker_uses.extend(uses.of_no_table(source));
    }
    Ok(())
}

/// Refuses a routine whose body may name a table of a required scope: it runs later, with whatever value or none, and
/// its body stays as it is.
fn refuse_routine(
    source: &Source<'_>,
    statement: &Range<usize>,
    lifted: &Lifted,
) -> Result<(), Refusal> {
    let at = statement::statement_of_setting(source, statement.start);
    if !create::makes_routine(source, at) {
        return Ok(());
    }
    match lifted.required_in(source.catalog, source.text(statement.clone())) {
        Some(table) => Err(Refusal {
            table: table.name.clone(),
            construct: "a routine or trigger that names it".to_owned(),
            remedy: refusal::KEPT_SCOPE,
        }),
        None => Ok(()),
    }
}

/// The marks of a statement, each with the innermost block around it.
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
    // Marks and blocks are both in the order of the text.
    let mut blocks = blocks.iter().map(|block| &block.tokens).peekable();
    let mut around: Vec<&Range<usize>> = Vec::new();
    for span in marks.iter().take_while(|mark| mark.before <= statement.end) {
        let comment = source.sql.get(span.start as usize..span.end as usize);
        let comment = comment.unwrap_or_default();
        let mark = mark::read(comment);
        let mut add = |block| {
            let added = match &mark {
                Ok(mark) => placed.add(source.catalog, mark, block),
                Err(why) => Err(*why),
            };
            added.or_else(|why| source.refuse_here(&format!("the comment `{comment}` ({why})")))
        };
        if span.before <= from {
            add(None)?;
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
        add(Some(innermost.start))?;
    }
    Ok(placed)
}

/// Returns the refusal, with the name of the table that the statement names.
fn about(source: &Source<'_>, statement: Range<usize>, mut refusal: Refusal) -> Refusal {
    if refusal.table.is_empty() {
        refusal.table = match source.named(statement) {
            Some(at) => source.name(at).0.into_owned(),
            None => ANY_TABLE.to_owned(),
        };
    }
    refusal
}
