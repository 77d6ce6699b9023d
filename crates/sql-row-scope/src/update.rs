//! UPDATE: changes reach live rows only.

use std::collections::HashSet;

use super::block::{Block, BlockKind, Place};
use super::clause::ends_clause;
use super::ctes::Ctes;
use super::from::{TableReader, Tables};
use super::refusal::{OPTIONAL_TARGET, OPTIONAL_TARGET_REMEDY, REPLACE, REPLACE_REMEDY, Refusal};
use super::select::{is_from, read_filter};
use super::source::Source;
use super::token::{Keyword, Kind};

/// Reads the block that begins with this UPDATE.
pub(super) fn read(source: Source<'_>, ctes: &Ctes, update: usize) -> Result<Block, Refusal> {
    let mut at = update + 1;
    let mut replaces = false;
    loop {
        match source.keyword(at) {
            Keyword::LowPriority | Keyword::Ignore => at += 1,
            Keyword::Or => {
                replaces = source.is(at + 1, Keyword::Replace);
                at += 2;
            }
            _ => break,
        }
    }
    let no_ctes = Ctes::default();
    let mut tables = TableReader::new(source, if source.is_mysql() { ctes } else { &no_ctes });
    at = if source.is_mysql() {
        tables.list(at)?
    } else {
        // The target is a table, even if a common table expression has the same name.
        tables.single(at)?
    };
    if replaces && !tables.tables.instances.is_empty() {
        return source.refuse_with(REPLACE, REPLACE_REMEDY);
    }
    if !source.is(at, Keyword::Set) {
        return source.refuse_here(&format!(
            "an UPDATE of an unknown form, near `{}`",
            source.excerpt(at)
        ));
    }
    at += 1;
    let set = at;
    let mut assigned = Vec::new();
    let mut begins = true;
    while !source.is_end(at) && !is_from(&source, at) && !ends_assignments(&source, at) {
        source.refuse_select(at)?;
        if begins && source.is_name(at) {
            let path = source.path(at);
            assigned.push(Assigned {
                table: (path.tokens.len() > 1).then(|| source.folded(path.tokens.end - 3)),
                column: source.folded(path.last()),
            });
        }
        begins = source.kind(at) == Kind::Comma;
        at = source.after(at);
    }
    let assignments = set..at;
    let mut tables = tables.tables;
    if source.is_mysql() {
        spare_target(&source, &mut tables, &assigned)?;
    }
    if source.is(at, Keyword::From) {
        let mut from = TableReader::new(source, ctes);
        from.tables = tables;
        at = from.list(at + 1)?;
        tables = from.tables;
    }
    if !source.is_end(at) && !ends_clause(&source, at) {
        return source.refuse_here(&format!(
            "an UPDATE of an unknown form, near `{}`",
            source.excerpt(at)
        ));
    }
    let (filter, at) = read_filter(&source, at)?;
    Ok(Block {
        kind: BlockKind::Update(assignments),
        tokens: update..source.end_of_level(at),
        instances: tables.instances,
        conditions: tables.conditions,
        filter,
    })
}

/// A column that an UPDATE writes, and the table that qualifies it.
struct Assigned {
    table: Option<String>,
    column: String,
}

/// A table that the statement writes to cannot become a derived table. If it is the only such table, the
/// condition for its live rows can stand in the WHERE.
fn spare_target(
    source: &Source<'_>,
    tables: &mut Tables,
    assigned: &[Assigned],
) -> Result<(), Refusal> {
    let of_tables = assigned.iter().filter_map(|to| to.table.as_deref());
    let written: HashSet<&str> = of_tables.collect();
    let bare: HashSet<&str> = assigned
        .iter()
        .filter(|to| to.table.is_none())
        .map(|to| to.column.as_str())
        .collect();
    for exposed in &tables.exposed {
        let instance = exposed.instance.and_then(|at| tables.instances.get_mut(at));
        let Some(instance) = instance.filter(|instance| instance.place == Place::Swap) else {
            continue;
        };
        let is_named = written.contains(exposed.name.as_str());
        // An unqualified column belongs to the table that is known to have it.
        let of_this = source.catalog.table(instance.table).known_columns();
        let of_this: HashSet<String> = of_this
            .map(|column| source.catalog.fold(column, true).into_owned())
            .filter(|column| bare.contains(column.as_str()))
            .collect();
        if !is_named && of_this.is_empty() {
            continue;
        }
        if written.len() > usize::from(is_named) || of_this.len() < bare.len() {
            return source.refuse_with(OPTIONAL_TARGET, OPTIONAL_TARGET_REMEDY);
        }
        instance.place = Place::Filter;
    }
    Ok(())
}

pub(super) fn ends_assignments(source: &Source<'_>, at: usize) -> bool {
    source.follows_an_operand(at) && ends_clause(source, at)
}
