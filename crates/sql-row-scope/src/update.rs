//! UPDATE: changes reach live rows only.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::block::{Block, BlockKind, Instance, Place};
use super::clause::ends_clause;
use super::ctes::Ctes;
use super::from::{TableReader, Tables};
use super::names;
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
    let set = at + 1;
    let assigned;
    (assigned, at) = read_assignments(&source, set)?;
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

/// Reads what follows SET, and returns its end.
fn read_assignments(source: &Source<'_>, mut at: usize) -> Result<(Vec<Assigned>, usize), Refusal> {
    let mut assigned = Vec::new();
    let mut begins = true;
    while !source.is_end(at) && !is_from(source, at) && !ends_assignments(source, at) {
        source.refuse_select(at)?;
        if begins && source.is_name(at) {
            assigned.push(assignment(source, at));
        } else if begins && source.kind(at) == Kind::Open {
            // SET (a, b) = (1, 2)
            let mut inside = at + 1;
            while inside + 1 < source.after(at) {
                if source.is_name(inside) {
                    assigned.push(assignment(source, inside));
                }
                inside = source.after(inside);
            }
        }
        begins = source.kind(at) == Kind::Comma;
        at = source.after(at);
    }
    Ok((assigned, at))
}

fn assignment(source: &Source<'_>, at: usize) -> Assigned {
    let path = source.path(at);
    // Elsewhere than in MySQL, what follows a dot is a part of the column.
    let is_qualified = path.tokens.len() > 1 && source.is_mysql();
    let column = match source.is_mysql() {
        true => path.last(),
        false => path.tokens.start,
    };
    Assigned {
        table: is_qualified.then(|| source.folded(path.tokens.end - 3)),
        column: source.folded(column),
    }
}

/// The columns that an UPDATE assigns, by the table that qualifies them. An UPDATE may have many of both.
#[derive(Default)]
pub(super) struct Assignments {
    by_table: HashMap<Option<String>, BTreeSet<String>>,
    /// Where they begin; a table behind is only read.
    set: usize,
    has_one_table: bool,
}

impl Assignments {
    pub(super) fn of(source: &Source<'_>, block: &Block) -> Self {
        let BlockKind::Update(assignments) = &block.kind else {
            return Self::default();
        };
        let set = assignments.start;
        let mut has_one_table = true;
        let mut at = block.tokens.start;
        while at < set {
            has_one_table &= source.kind(at) != Kind::Comma && !source.is(at, Keyword::Join);
            at = source.after(at);
        }
        let mut by_table: HashMap<_, BTreeSet<_>> = HashMap::new();
        if let Ok((assigned, _)) = read_assignments(source, set) {
            for to in assigned {
                by_table.entry(to.table).or_default().insert(to.column);
            }
        }
        Self {
            by_table,
            set,
            has_one_table,
        }
    }

    /// The columns of this table.
    pub(super) fn to(&self, source: &Source<'_>, instance: &Instance) -> Vec<String> {
        if instance.tokens.start >= self.set {
            return Vec::new();
        }
        let exposed = names::exposed(source, instance);
        let qualified = self.by_table.get(&Some(exposed)).into_iter().flatten();
        let mut assigned: Vec<String> = qualified.cloned().collect();
        let Some(bare) = self.by_table.get(&None) else {
            return assigned;
        };
        if self.has_one_table {
            assigned.extend(bare.iter().cloned());
            return assigned;
        }
        let known = source.catalog.table(instance.table).known_columns();
        let known = known.map(|column| source.catalog.fold(column, true));
        let known: BTreeSet<_> = known.filter(|column| bare.contains(&**column)).collect();
        assigned.extend(known.into_iter().map(Cow::into_owned));
        assigned
    }
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
