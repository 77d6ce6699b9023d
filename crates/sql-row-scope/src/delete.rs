//! DELETE: how it becomes an UPDATE that trashes the rows.

use std::collections::HashMap;
use std::ops::Range;

use super::block::{Block, BlockKind, DeleteParts, Place};
use super::clause::ends_clause;
use super::ctes::Ctes;
use super::from::{TableReader, Tables};
use super::refusal::{OPTIONAL_TARGET, OPTIONAL_TARGET_REMEDY, Refusal};
use super::select::read_filter;
use super::source::Source;
use super::token::{Keyword, Kind};

/// Reads the block that begins with this DELETE.
pub(super) fn read(source: Source<'_>, ctes: &Ctes, delete: usize) -> Result<Block, Refusal> {
    if source.is_mysql() {
        read_mysql(source, ctes, delete)
    } else {
        read_standard(source, ctes, delete)
    }
}

/// `DELETE FROM t [USING …] [WHERE …]`
fn read_standard(source: Source<'_>, ctes: &Ctes, delete: usize) -> Result<Block, Refusal> {
    if !source.is(delete + 1, Keyword::From) {
        return unknown(&source, delete);
    }
    // The target is a table, even if a common table expression has the same name.
    let no_ctes = Ctes::default();
    let mut target = TableReader::new(source, &no_ctes);
    let set_at = target.single(delete + 2)?;
    let mut reader = TableReader::new(source, ctes);
    reader.tables = target.tables;
    let is_soft = !reader.tables.instances.is_empty();
    let mut at = set_at;
    let using = source.is(at, Keyword::Using).then_some(at);
    if using.is_some() {
        at = reader.list(at + 1)?;
    }
    let parts = DeleteParts {
        targets: if is_soft { vec![0] } else { Vec::new() },
        has_other_targets: !is_soft,
        head: delete..delete + 2,
        modifiers: String::new(),
        set_at,
        using,
        qualifies_columns: false,
        returning: None,
        is_read: false,
    };
    finish(source, delete, at, reader.tables, parts)
}

/// MySQL's three forms: `DELETE FROM t …`, `DELETE a, b FROM …` and `DELETE FROM a, b USING …`.
fn read_mysql(source: Source<'_>, ctes: &Ctes, delete: usize) -> Result<Block, Refusal> {
    let mut at = delete + 1;
    let mut modifiers = String::new();
    loop {
        match source.keyword(at) {
            Keyword::LowPriority => modifiers.push_str(" LOW_PRIORITY"),
            Keyword::Ignore => modifiers.push_str(" IGNORE"),
            // An UPDATE has no QUICK. QUICK affects the index and not the rows.
            Keyword::Quick => {}
            _ => break,
        }
        at += 1;
    }
    let (names, refs) = if source.is(at, Keyword::From) {
        let (names, end) = target_names(&source, at + 1);
        (names, source.is(end, Keyword::Using).then_some(end + 1))
    } else {
        let (names, end) = target_names(&source, at);
        if !source.is(end, Keyword::From) {
            return unknown(&source, end);
        }
        (names, Some(end + 1))
    };
    let Some(refs) = refs else {
        let begin = at + 1;
        // The target is a table, even if a common table expression has the same name.
        let no_ctes = Ctes::default();
        let mut reader = TableReader::new(source, &no_ctes);
        let set_at = reader.single(begin)?;
        let is_soft = !reader.tables.instances.is_empty();
        let parts = DeleteParts {
            targets: if is_soft { vec![0] } else { Vec::new() },
            has_other_targets: !is_soft,
            head: delete..begin,
            modifiers,
            set_at,
            using: None,
            qualifies_columns: false,
            returning: None,
            is_read: false,
        };
        return finish(source, delete, set_at, reader.tables, parts);
    };
    let mut reader = TableReader::new(source, ctes);
    let end = reader.list(refs)?;
    let exposed = by_name(&reader.tables);
    let mut targets = Vec::new();
    let mut has_other_targets = false;
    for name in &names {
        match exposed.get(source.folded(name.end - 1).as_str()) {
            Some(Some(Some(instance))) => targets.push(*instance),
            Some(Some(None)) => has_other_targets = true,
            Some(None) | None => {
                return source.refuse_here(&format!(
                    "a DELETE of `{}`, which is none of its tables,",
                    source.text(name.clone())
                ));
            }
        }
    }
    let parts = DeleteParts {
        targets,
        has_other_targets,
        head: delete..refs,
        modifiers,
        set_at: end,
        using: None,
        qualifies_columns: true,
        returning: None,
        is_read: false,
    };
    finish(source, delete, end, reader.tables, parts)
}

/// `a, b.*, c`
fn target_names(source: &Source<'_>, mut at: usize) -> (Vec<Range<usize>>, usize) {
    let mut names = Vec::new();
    while source.is_name(at) {
        let path = source.path(at);
        at = path.tokens.end;
        names.push(path.tokens);
        if source.kind(at) == Kind::Dot && source.text(at + 1..at + 2) == "*" {
            at += 2;
        }
        if source.kind(at) != Kind::Comma {
            break;
        }
        at += 1;
    }
    (names, at)
}

/// The table under each name: its instance, if the table is soft-deletable. Two tables of different databases
/// may have the same name; then the map does not tell which table the statement means.
fn by_name(tables: &Tables) -> HashMap<&str, Option<Option<usize>>> {
    let mut names = HashMap::new();
    for exposed in &tables.exposed {
        names
            .entry(exposed.name.as_str())
            .and_modify(|one| *one = None)
            .or_insert(Some(exposed.instance));
    }
    names
}

fn finish(
    source: Source<'_>,
    delete: usize,
    at: usize,
    mut tables: Tables,
    mut parts: DeleteParts,
) -> Result<Block, Refusal> {
    if !source.is_end(at) && !ends_clause(&source, at) {
        return unknown(&source, at);
    }
    spare_target(&source, &mut tables, &parts)?;
    let (filter, mut at) = read_filter(&source, at)?;
    while !source.is_end(at) {
        if source.is(at, Keyword::Returning) {
            parts.returning = Some(at);
        }
        at = source.after(at);
    }
    Ok(Block {
        kind: BlockKind::Delete(parts),
        tokens: delete..at,
        instances: tables.instances,
        conditions: tables.conditions,
        filter,
    })
}

/// A target cannot become a derived table. Its DELETE affects only its own rows, so the condition can stand
/// in the WHERE, unless other tables lose rows there, too.
fn spare_target(
    source: &Source<'_>,
    tables: &mut Tables,
    parts: &DeleteParts,
) -> Result<(), Refusal> {
    for target in &parts.targets {
        let Some(instance) = tables.instances.get_mut(*target) else {
            continue;
        };
        if instance.place != Place::Swap {
            continue;
        }
        if parts.has_other_targets || parts.targets.len() > 1 {
            return source.refuse_with(OPTIONAL_TARGET, OPTIONAL_TARGET_REMEDY);
        }
        instance.place = Place::Filter;
    }
    Ok(())
}

fn unknown<T>(source: &Source<'_>, at: usize) -> Result<T, Refusal> {
    source.refuse_here(&format!(
        "a DELETE of an unknown form, near `{}`",
        source.excerpt(at)
    ))
}
