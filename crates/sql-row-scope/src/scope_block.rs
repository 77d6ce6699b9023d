//! From blocks to changes: the conditions that limit a block to the rows in scope, and the rewrite of a DELETE
//! into an UPDATE.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Trashed;
use super::block::{Block, BlockKind, Conflict, DeleteParts, Filter, InsertParts, Instance, Place};
use super::conjunct;
use super::edit::{Bound, Edits, Fragment};
use super::lift::BlockLifts;
use super::names::{exposed, qualifier, written_name, written_path};
use super::refusal::Refusal;
use super::returning;
use super::source::Source;
use super::token::{Keyword, Kind};

/// Adds the changes that limit one block to the rows in scope, and returns the tables whose rows the block trashes.
pub(super) fn scope(
    source: &Source<'_>,
    block: &Block,
    lifts: &BlockLifts<'_>,
    edits: &mut Edits,
) -> Result<Vec<Trashed>, Refusal> {
    let deleted = match &block.kind {
        BlockKind::Insert(parts) => {
            insert(source, block, parts, lifts, edits)?;
            return Ok(Vec::new());
        }
        BlockKind::Delete(parts) => trashed_by(source, block, parts, lifts),
        BlockKind::Select | BlockKind::Update(_) => Vec::new(),
    };
    if let BlockKind::Delete(parts) = &block.kind {
        delete_head(source, parts, &deleted, edits)?;
    }
    let mut joined: BTreeMap<usize, Vec<Fragment>> = BTreeMap::new();
    let mut conditions = Vec::new();
    for (index, instance) in block.instances.iter().enumerate() {
        let is_trashed = deleted.binary_search(&index).is_ok();
        if !is_trashed && let Some(live) = lifts.yielding(instance) {
            edits.before(source, live.start, opening(source, live.start));
            edits.behind(source, live.end, " OR TRUE)".into());
        }
        let row = row_of(source, instance);
        let in_scope = lifts.conditions(instance, &row, is_trashed);
        if in_scope.is_empty() {
            continue;
        }
        if forgets_alias(source, instance) {
            let name = exposed(source, instance);
            let mut others = block.instances.iter().enumerate();
            if others.any(|(at, other)| at != index && exposed(source, other) == name) {
                return refuse_alias(source);
            }
        }
        match instance.place {
            Place::Filter => conditions.extend(in_scope),
            Place::Condition(condition) => joined.entry(condition).or_default().extend(in_scope),
            Place::Swap => swap(source, instance, lifts, &in_scope, edits)?,
            Place::List => list(source, instance, &in_scope, edits),
            Place::Nowhere => {}
        }
    }
    for (condition, in_scope) in joined {
        if let Some(condition) = block.conditions.get(condition) {
            narrow(source, condition.clone(), in_scope, edits);
        }
    }
    if let BlockKind::Delete(parts) = &block.kind {
        set(source, block, parts, &deleted, edits);
        if parts.is_read && !deleted.is_empty() {
            returning::as_before(source, block, parts, edits)?;
        }
    }
    if let BlockKind::Delete(parts) = &block.kind {
        let removed = parts
            .targets
            .iter()
            .filter(|index| !deleted.contains(index));
        let removed = removed.filter_map(|index| block.instances.get(*index));
        conditions.extend(removed.filter_map(|of| removable(source, of)));
    }
    filter(source, &block.filter, conditions, edits);
    let trashed = deleted
        .iter()
        .filter_map(|index| block.instances.get(*index));
    Ok(trashed
        .map(|instance| Trashed {
            table: instance.table,
            schema: source.schema(&instance.path),
        })
        .collect())
}

/// Adds the conditions to a WHERE; if there is no WHERE, adds one.
fn filter(source: &Source<'_>, filter: &Filter, conditions: Vec<Fragment>, edits: &mut Edits) {
    if let Some(condition) = &filter.condition {
        return narrow(source, condition.clone(), conditions, edits);
    }
    if !conditions.is_empty() {
        edits.behind(source, filter.end, all("", &conditions, " WHERE "));
    }
}

/// `x OR y` becomes `(x OR y) AND in_scope`; `x AND in_scope` stays unchanged.
fn narrow(
    source: &Source<'_>,
    condition: Range<usize>,
    mut conditions: Vec<Fragment>,
    edits: &mut Edits,
) {
    if conditions.is_empty() {
        return;
    }
    let longest = conditions.iter().filter_map(Fragment::plain).map(str::len);
    let said = conjunct::all(source, &condition, longest.max().unwrap_or(0));
    conditions.retain(|known| known.plain().is_none_or(|known| !said.contains(known)));
    if conditions.is_empty() {
        return;
    }
    edits.before(source, condition.start, opening(source, condition.start));
    edits.behind(source, condition.end, all(")", &conditions, " AND "));
}

/// The parenthesis before a condition. In SQLite, the word `with` behind a parenthesis begins a query, so the name of
/// a table or column needs other text before it.
fn opening(source: &Source<'_>, condition: usize) -> Fragment {
    let word = source.text(condition..condition + 1);
    let is_name = source.is_sqlite() && word.eq_ignore_ascii_case("with");
    if is_name { "(0 OR " } else { "(" }.into()
}

/// Joins the conditions with AND. `first` stands before the first condition.
fn all(before: &str, conditions: &[Fragment], first: &str) -> Fragment {
    let mut fragment = Fragment::from(before);
    for (index, condition) in conditions.iter().enumerate() {
        let word = if index == 0 { first } else { " AND " };
        fragment = fragment.text(word).append(condition);
    }
    fragment
}

/// Whether SQLite forgets the alias of the table, since it stands alone in parentheses. The table has its own name
/// again, which another table of the block may have, too.
fn forgets_alias(source: &Source<'_>, instance: &Instance) -> bool {
    let behind = instance.path.tokens.end;
    source.is_sqlite()
        && instance.alias.is_none()
        && behind < instance.tokens.end
        && !matches!(source.keyword(behind), Keyword::Indexed | Keyword::Not)
}

fn refuse_alias<T>(source: &Source<'_>) -> Result<T, Refusal> {
    source.refuse_with(
        "an alias that SQLite forgets, since its table stands alone in parentheses,",
        "leave out the alias or the parentheses",
    )
}

/// Replaces the table with `(SELECT * FROM it WHERE in_scope)`, under the same name.
///
/// In PostgreSQL, the text joins the table to a row without columns instead. So it remains a table: it has
/// `ctid`, and it has a key from which a GROUP BY knows the other columns.
fn swap(
    source: &Source<'_>,
    instance: &Instance,
    lifts: &BlockLifts<'_>,
    in_scope: &[Fragment],
    edits: &mut Edits,
) -> Result<(), Refusal> {
    if source.is_postgres() && !instance.renames_columns {
        edits.before(source, instance.tokens.start, "(".into());
        let name = format!("soft_delete_{}", instance.tokens.start);
        let end = Fragment::from(" JOIN (SELECT) AS ")
            .text(&name)
            .append(&all("", in_scope, " ON "))
            .text(")");
        edits.behind(source, instance.tokens.end, end);
        return Ok(());
    }
    if forgets_alias(source, instance) {
        return refuse_alias(source);
    }
    let columns = row_ids(source)?;
    let begin = format!("(SELECT {columns}* FROM ");
    edits.before(source, instance.tokens.start, begin.as_str().into());
    if let (true, Some(alias)) = (instance.renames_columns, instance.alias) {
        // The columns have their own names inside the derived table, and the new names outside.
        let bare = instance.tokens.start..instance.path.tokens.end;
        let between = instance.path.tokens.end..alias;
        let is_plain = (between.is_empty() || source.is(between.start, Keyword::As))
            && between.len() <= 1
            && source.after(alias + 1) == instance.tokens.end;
        if !is_plain {
            return source.refuse_here("new names for the columns of a sampled or partial table");
        }
        let row = format!("{}.", written_path(source, &instance.path.tokens));
        let in_scope = lifts.conditions(instance, &row, false);
        edits.behind(source, bare.end, all("", &in_scope, " WHERE ").text(")"));
        return Ok(());
    }
    let name = match instance.alias {
        Some(alias) => written_name(source, alias),
        None => written_name(source, instance.path.last()),
    };
    let end = all("", in_scope, " WHERE ").text(")");
    edits.behind(source, instance.tokens.end, end);
    let name = format!(" AS {name}");
    edits.behind(
        source,
        parenthesised(source, instance),
        name.as_str().into(),
    );
    Ok(())
}

/// The end of a table reference, including the parentheses that hold only this reference: in MySQL,
/// `((SELECT …) AS t)` is a syntax error, and SQLite forgets the name.
fn parenthesised(source: &Source<'_>, instance: &Instance) -> usize {
    let Range { mut start, mut end } = instance.tokens;
    let is_alone = |start: usize, end: usize| {
        let has_alias = source.is(end + 1, Keyword::As)
            || source.kind(end + 1) == Kind::Quoted
            || (source.kind(end + 1) == Kind::Word && source.keyword(end + 1) == Keyword::None);
        start > 0
            && source.kind(start - 1) == Kind::Open
            && source.kind(end) == Kind::Close
            && !has_alias
    };
    while is_alone(start, end) {
        (start, end) = (start - 1, end + 1);
    }
    end
}

/// The names of SQLite's row id that the text uses, as columns: a derived table has no row id of its own.
fn row_ids(source: &Source<'_>) -> Result<String, Refusal> {
    let named = &source.lexed.row_ids;
    if named.names.is_empty() {
        return Ok(String::new());
    }
    if named.is_beside_all_columns {
        return source.refuse_with(
            "the row id of a table on the optional side of a join, or in a natural join, beside `*`",
            "write the join with ON, or name the columns",
        );
    }
    let columns = named.names.iter().map(|name| format!("{name} AS {name}, "));
    Ok(columns.collect())
}

/// SQLite's `x IN t` is short for a subquery and becomes `x IN (SELECT * FROM t WHERE in_scope)`.
fn list(source: &Source<'_>, instance: &Instance, in_scope: &[Fragment], edits: &mut Edits) {
    edits.before(source, instance.tokens.start, "(SELECT * FROM ".into());
    let end = all("", in_scope, " WHERE ").text(")");
    edits.behind(source, instance.tokens.end, end);
}

/// The targets that this DELETE trashes; it removes the rows of the other targets physically.
fn trashed_by(
    source: &Source<'_>,
    block: &Block,
    parts: &DeleteParts,
    lifts: &BlockLifts<'_>,
) -> Vec<usize> {
    let has_trash = |of: &Instance| source.catalog.table(of.table).trash().is_some();
    let is_trashed = |index: &usize| {
        let target = block.instances.get(*index);
        target.is_some_and(|target| has_trash(target) && !lifts.forces(target))
    };
    let mut targets: Vec<usize> = parts.targets.iter().copied().filter(is_trashed).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

/// `DELETE FROM t USING u` becomes `UPDATE t FROM u`.
fn delete_head(
    source: &Source<'_>,
    parts: &DeleteParts,
    trashed: &[usize],
    edits: &mut Edits,
) -> Result<(), Refusal> {
    if trashed.is_empty() {
        return Ok(());
    }
    if parts.has_other_targets || trashed.len() < parts.targets.len() {
        return source.refuse_with(
            "a DELETE from soft-deletable and other tables at once",
            "write a statement for each of the tables",
        );
    }
    if parts.returning.is_some() && source.is_mysql() {
        return source.refuse_with(
            "DELETE … RETURNING, where MariaDB has no UPDATE … RETURNING,",
            "read the rows in a statement before",
        );
    }
    let head = format!("UPDATE{}", parts.modifiers);
    edits.replace(source, parts.head.clone(), head.as_str().into());
    if let Some(using) = parts.using {
        edits.replace(source, using..using + 1, "FROM".into());
    }
    Ok(())
}

/// Adds ` SET marker = ?, …` for every target.
fn set(
    source: &Source<'_>,
    block: &Block,
    parts: &DeleteParts,
    deleted: &[usize],
    edits: &mut Edits,
) {
    let mut fragment = Fragment::default();
    let mut separator = " SET ";
    for instance in deleted
        .iter()
        .filter_map(|index| block.instances.get(*index))
    {
        let trash = source.catalog.table(instance.table).trash();
        let stamps = trash.into_iter().flat_map(|trash| &trash.stamps);
        for (index, stamp) in stamps.enumerate() {
            fragment = fragment.text(separator);
            separator = ", ";
            if parts.qualifies_columns {
                fragment = fragment.text(&qualifier(source, instance)).text(".");
            }
            fragment = fragment
                .text(&source.catalog.quote(&stamp.name))
                .text(" = ")
                .text(&stamp.cast.0)
                .bind(Bound::Stamp(instance.table, index))
                .text(&stamp.cast.1);
        }
    }
    if !deleted.is_empty() {
        edits.behind(source, parts.set_at, fragment);
    }
}

fn insert(
    source: &Source<'_>,
    block: &Block,
    parts: &InsertParts,
    lifts: &BlockLifts<'_>,
    edits: &mut Edits,
) -> Result<(), Refusal> {
    let Some(target) = block.instances.first() else {
        return Ok(());
    };
    let in_scope = lifts.conditions(target, &row_of(source, target), false);
    if in_scope.is_empty() {
        return Ok(());
    }
    for conflict in &parts.conflicts {
        on_conflict(source, target, conflict, lifts, &in_scope, edits);
    }
    if let Some(assignments) = &parts.on_duplicate {
        if source.is(assignments.end, Keyword::Returning) {
            // MariaDB returns the conflicting row, which may be a trashed row.
            return source.refuse_with(
                "ON DUPLICATE KEY UPDATE with RETURNING",
                "read the row in a statement behind",
            );
        }
        on_duplicate(source, target, assignments.clone(), &in_scope, edits)?;
    }
    Ok(())
}

/// Makes the INSERT use the index of live rows, and makes DO UPDATE write only to rows in scope.
fn on_conflict(
    source: &Source<'_>,
    target: &Instance,
    conflict: &Conflict,
    lifts: &BlockLifts<'_>,
    in_scope: &[Fragment],
    edits: &mut Edits,
) {
    if let Some(of_index) = lifts.condition_of_live_rows(target) {
        match (&conflict.columns, &conflict.index_condition) {
            (Some(columns), None) => {
                let inference = Fragment::from(" WHERE ").append(&of_index);
                edits.behind(source, columns.end + 1, inference);
            }
            // SQLite requires the condition word for word, so the written condition stays unchanged.
            (Some(_), Some(written)) if source.is_postgres() => {
                edits.before(source, written.start, "(".into());
                let end = Fragment::from(") AND ").append(&of_index);
                edits.behind(source, written.end, end);
            }
            _ => {}
        }
    }
    if let Some(update) = &conflict.update {
        filter(source, update, in_scope.to_vec(), edits);
    }
}

/// `a = x` becomes `a = IF(in_scope, x, a)`: a conflicting row that is not in scope stays unchanged.
fn on_duplicate(
    source: &Source<'_>,
    target: &Instance,
    assignments: Range<usize>,
    in_scope: &[Fragment],
    edits: &mut Edits,
) -> Result<(), Refusal> {
    let trash = source.catalog.table(target.table).trash();
    let marker = trash.map(|trash| source.catalog.fold(&trash.marker, true));
    let mut at = assignments.start;
    while at < assignments.end {
        let column = source.path(at);
        let equals = column.tokens.end;
        let mut end = equals;
        while end < assignments.end && source.kind(end) != Kind::Comma {
            end = source.after(end);
        }
        if !source.is_name(at) || source.text(equals..equals + 1) != "=" || end <= equals + 1 {
            return source.refuse_here("an ON DUPLICATE KEY UPDATE of an unknown form");
        }
        if Some(source.folded(column.last())).as_deref() == marker.as_deref() {
            // MySQL executes the assignments in order: the later assignments would see the new marker.
            return source.refuse_with(
                "an ON DUPLICATE KEY UPDATE of the marker",
                "restore the row with a verb, then update it",
            );
        }
        let begin = all("", in_scope, "IF(").text(", ");
        edits.before(source, equals + 1, begin);
        let kept = qualifier(source, target);
        let name = source.catalog.quote(&source.name(column.last()).0);
        // DEFAULT alone is not an expression.
        if end == equals + 2 && source.text(equals + 1..end).eq_ignore_ascii_case("default") {
            edits.behind(source, end, format!("({name})").as_str().into());
        }
        let close = format!(", {kept}.{name})");
        edits.behind(source, end, close.as_str().into());
        at = end + 1;
    }
    Ok(())
}

/// What names a row of this instance before its columns.
fn row_of(source: &Source<'_>, instance: &Instance) -> String {
    format!("{}.", qualifier(source, instance))
}

/// The condition that a physical DELETE may remove a row of this instance, if its table has one.
fn removable(source: &Source<'_>, instance: &Instance) -> Option<Fragment> {
    let table = source.catalog.table(instance.table);
    let condition = table.removable.as_ref()?;
    Some(Fragment::from(
        condition.join(&qualifier(source, instance)).as_str(),
    ))
}
