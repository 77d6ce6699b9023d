//! Turns random numbers into the steps of a sequence.

use super::model::{Model, RowId};
use super::purges::PurgeStep;
use super::steps::Step;
use super::table::{Policy, Relation};
use super::verbs::{Verb, Which};

/// The random numbers that decide one step. Smaller numbers make a simpler step.
pub(super) type Numbers = [u16; 12];

struct Choices<'a>(std::slice::Iter<'a, u16>);

impl Choices<'_> {
    /// A number below `end`, which grows with the next random number.
    fn below(&mut self, end: usize) -> usize {
        let number = self.0.next().copied().unwrap_or(0);
        (usize::from(number) * end) >> 16
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) + 1 == times
    }

    fn pick<T>(&mut self, mut among: Vec<T>) -> Option<T> {
        let at = self.below(among.len());
        (!among.is_empty()).then(|| among.swap_remove(at))
    }
}

/// The step that these numbers choose for the rows of the model.
pub(super) fn step(numbers: &Numbers, model: &Model) -> Step {
    let choices = &mut Choices(numbers.iter());
    let kind = choices.below(100);
    let made = match kind {
        // Restores and force deletes are verbs of entities, and an entity names its schema, so only deletes
        // reach other schemas.
        68..97 if model.is_elsewhere => delete(choices, model),
        0..12 | 37..40 | 68..71 | 88..90 if model.has_purges => purge(choices, model),
        0..37 => None,
        37..45 => reparent(choices, model),
        45..68 => delete(choices, model),
        68..84 => restore(choices, model),
        84..88 => restore_operation(choices, model),
        88..97 => force_delete(choices, model),
        _ => by_hand(choices, model),
    };
    made.unwrap_or_else(|| insert(choices, model))
}

fn insert(choices: &mut Choices<'_>, model: &Model) -> Step {
    let shape = model.shape;
    let at = choices.below(shape.tables.len());
    insert_into(at, choices, model).unwrap_or_else(|| {
        let id = (0, vec![next_key(model, 0)]);
        let mut values = vec![None; shape.tables[0].all_columns().count()];
        values[0] = id.1.first().copied();
        for counter in shape
            .counters
            .iter()
            .filter(|it| it.parent == shape.tables[0].name)
        {
            values[shape.tables[0].position(counter.counter)] = Some(0);
        }
        Step::Insert(id, values)
    })
}

/// Returns `None` if the new row can get no key.
fn insert_into(at: usize, choices: &mut Choices<'_>, model: &Model) -> Option<Step> {
    let table = &model.shape.tables[at];
    let mut values = vec![None; table.all_columns().count()];
    let color = Some(choices.below(3) as i32);
    values[table.position("color")] = color;
    let counters = model.shape.counters.iter();
    for counter in counters.filter(|counter| counter.parent == table.name) {
        values[table.position(counter.counter)] = Some(0);
    }
    let has_key_of_its_own = table.key == ["id"];
    if has_key_of_its_own {
        values[0] = Some(next_key(model, at));
    }
    for relation in model.shape.relations {
        if relation.child == table.name {
            for (column, value) in belonging(relation, true, choices, model) {
                values[table.position(column)] = value;
            }
        }
    }
    if let Some(unique) = table.unique {
        let number = choices.below(5) as i32;
        let is_taken =
            |id: &RowId| id.0 == at && model.is_live(id) && model.value(id, unique) == Some(number);
        let is_free = !model.rows.keys().any(is_taken);
        values[table.position(unique)] = (number > 0 && is_free).then_some(number);
    }
    let key: Option<Vec<i32>> = values[..table.key.len()].iter().copied().collect();
    let id = (at, key?);
    (!model.rows.contains_key(&id)).then_some(Step::Insert(id, values))
}

/// Chooses the foreign key values of a relation: NULL, a live parent row, or a trashed parent row. A live
/// child rarely gets a trashed parent.
fn belonging(
    relation: &Relation,
    is_live: bool,
    choices: &mut Choices<'_>,
    model: &Model,
) -> Vec<(&'static str, Option<i32>)> {
    let parents = model.rows.keys();
    let parents = parents.filter(|id| model.table(id).name == relation.parent);
    let parents: Vec<&RowId> = parents.collect();
    let live = parents.iter().copied().filter(|id| model.is_live(id));
    let live: Vec<&RowId> = live.collect();
    let is_rare = matches!(relation.policy, Policy::Restrict | Policy::Keep);
    let chosen = match choices.below(12) {
        0 => None,
        1..5 if is_rare => None,
        5.. if !is_live => choices.pick(parents),
        11 => choices.pick(parents),
        _ => choices.pick(live),
    };
    let columns = relation.columns.iter().enumerate();
    columns
        .map(|(index, column)| (*column, chosen.map(|parent| parent.1[index])))
        .collect()
}

fn reparent(choices: &mut Choices<'_>, model: &Model) -> Option<Step> {
    let is_live = !choices.one_in(3);
    let rows = model.rows.keys().filter(|id| model.is_live(id) == is_live);
    let rows: Vec<RowId> = rows.cloned().collect();
    // Prefers rows that were trashed with their parent row, because the parent's restore must leave a moved
    // row trashed.
    let operation = |id: &RowId| model.rows.get(id).and_then(|row| row.operation);
    let trashed_with_parent = rows.iter().filter(|id| {
        let parents = model.parents(id, Policy::Cascade);
        !is_live && parents.iter().any(|it| operation(it) == operation(id))
    });
    let trashed_with_parent: Vec<RowId> = trashed_with_parent.cloned().collect();
    let child = choices.pick(if trashed_with_parent.is_empty() {
        rows
    } else {
        trashed_with_parent
    })?;
    let table = model.table(&child);
    let relations = model.shape.relations.iter().filter(|relation| {
        let in_key = |column| table.key.contains(column);
        relation.child == table.name && !relation.columns.iter().any(in_key)
    });
    let relation = choices.pick(relations.collect())?;
    let columns = belonging(relation, is_live, choices, model);
    if model.shape.has_foreign_keys && relation.parent == relation.child {
        // Only some databases can remove rows that form a cycle.
        let parent = (child.0, vec![columns[0].1.unwrap_or_default()]);
        let below = model.closure(&[child.clone()].into(), |_, _| true);
        if below.contains(&parent) {
            return None;
        }
    }
    Some(Step::Move(child, columns))
}

fn by_hand(choices: &mut Choices<'_>, model: &Model) -> Option<Step> {
    let row = choices.pick(soft_rows(model, true))?;
    Some(Step::TrashByHand(row))
}

fn delete(choices: &mut Choices<'_>, model: &Model) -> Option<Step> {
    let mut rows = soft_rows(model, true);
    let first: Vec<RowId> = rows.iter().filter(|id| id.0 == 0).cloned().collect();
    if model.has_purges && !first.is_empty() && choices.one_in(2) {
        // A large operation begins above the others.
        rows = first;
    }
    let row = choices.pick(rows)?;
    let which = which(&row, choices);
    let (at, is_scoped) = (row.0, choices.one_in(4));
    Some(match choices.one_in(3) || model.is_elsewhere {
        true => Step::PlainDelete { at, which },
        false => Step::Verb {
            at,
            verb: Verb::Delete,
            which,
            is_scoped,
            is_slim: choices.one_in(3),
        },
    })
}

fn restore(choices: &mut Choices<'_>, model: &Model) -> Option<Step> {
    let rows = soft_rows(model, false);
    let (begun, others): (Vec<RowId>, Vec<RowId>) =
        rows.into_iter().partition(|id| model.is_being_purged(id));
    let row = choices.pick(if begun.is_empty() { others } else { begun })?;
    Some(Step::Verb {
        at: row.0,
        which: which(&row, choices),
        is_scoped: choices.one_in(4),
        verb: Verb::Restore {
            with_ancestors: choices.one_in(3),
        },
        is_slim: choices.one_in(3),
    })
}

fn restore_operation(choices: &mut Choices<'_>, model: &Model) -> Option<Step> {
    Some(Step::RestoreOperation {
        operation: choices.pick(operations(model))?,
        with_ancestors: choices.one_in(3),
    })
}

/// The operations of trashed rows in the family of the first table, for verbs that name an operation by its
/// id. An operation is listed once for each of its rows.
pub(super) fn operations(model: &Model) -> Vec<u32> {
    let mut family = vec![model.shape.tables[0].name];
    for relation in model.shape.relations {
        let belongs = relation.policy == Policy::Cascade && family.contains(&relation.parent);
        if belongs && !family.contains(&relation.child) {
            family.push(relation.child);
        }
    }
    let rows = soft_rows(model, false).into_iter();
    let told = rows.filter_map(|id| {
        let table = model.table(&id);
        let has_id = table.soft.as_ref().is_some_and(|soft| soft.has_operation);
        let operation = model.rows.get(&id)?.operation?;
        let is_told = has_id && !model.by_hand.contains(&operation);
        (is_told && family.contains(&table.name)).then_some(operation)
    });
    told.collect()
}

fn force_delete(choices: &mut Choices<'_>, model: &Model) -> Option<Step> {
    let all = [soft_rows(model, false), soft_rows(model, true)].concat();
    let row = choices.pick(all)?;
    Some(Step::Verb {
        at: row.0,
        which: which(&row, choices),
        is_scoped: choices.one_in(4),
        verb: Verb::ForceDelete {
            only_trashed: choices.one_in(2),
        },
        is_slim: choices.one_in(3),
    })
}

fn purge(choices: &mut Choices<'_>, model: &Model) -> Option<Step> {
    let some = |choices: &mut Choices<'_>, times, end| {
        let is_some = choices.one_in(times);
        let number = choices.below(end) + 1;
        is_some.then_some(number)
    };
    let is_bounded = choices.one_in(2);
    let purge = if is_bounded {
        // Often ends within an operation.
        PurgeStep {
            rows_per_transaction: Some(choices.below(2) as u64 + 1),
            transactions: some(choices, 2, 3).or(Some(1)),
            at_most_rows: some(choices, 4, 8).map(|rows| rows as u64),
            ..PurgeStep::default()
        }
    } else {
        let tables = model.shape.tables.iter().enumerate();
        let soft = tables.filter(|(_, table)| table.soft.is_some());
        let is_of_family = choices.one_in(3);
        let family = choices.pick(soft.map(|(at, _)| at).collect());
        PurgeStep {
            family: family.filter(|_| is_of_family),
            older_than: some(choices, 2, 20).map_or(0, |steps| steps as i64),
            rows_per_transaction: some(choices, 3, 4).map(|rows| rows as u64),
            is_scoped: choices.one_in(4),
            ..PurgeStep::default()
        }
    };
    let finds_some = !purge.due(model).is_empty();
    (finds_some || choices.one_in(8)).then_some(Step::Purge(purge))
}

fn which(row: &RowId, choices: &mut Choices<'_>) -> Which {
    match choices.below(10) {
        0..6 => Which::Row(row.1.clone()),
        kind => {
            let color = choices.below(3) as i32;
            match kind {
                6 | 7 => Which::Color(color),
                8 => Which::NotColor(color),
                _ => Which::All,
            }
        }
    }
}

fn soft_rows(model: &Model, is_live: bool) -> Vec<RowId> {
    let rows = model.rows.keys();
    rows.filter(|id| model.table(id).soft.is_some() && model.is_live(id) == is_live)
        .cloned()
        .collect()
}

/// A key that no row has.
fn next_key(model: &Model, at: usize) -> i32 {
    let keys = model.rows.keys().filter(|id| id.0 == at);
    keys.map(|id| id.1[0] + 1).max().unwrap_or(1)
}
