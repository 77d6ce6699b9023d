//! A purge as a step of a sequence: what it has to remove, and whether it did.
//!
//! Bounds, and a caller who ends the run, decide how far a purge comes. So the model does not say what a
//! purge removes: it says which operations may go, and judges what the database shows afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sea_orm_soft_delete::purged::{Blocked, EntityRows, PurgeEnd, PurgePreview, PurgeReport};
use sea_orm_soft_delete::{Clock, Timestamp};

use super::model::{Keys, Model, RowId};
use super::table::{Policy, Shape};

/// A purge of a family, or of every entity of the shape.
#[derive(Clone, Debug, Default)]
pub(super) struct PurgeStep {
    /// Only operations of more steps ago are due.
    pub(super) older_than: i64,
    pub(super) family: Option<usize>,
    pub(super) rows_per_transaction: Option<u64>,
    pub(super) at_most_rows: Option<u64>,
    /// The caller ends the run after this many transactions.
    pub(super) transactions: Option<usize>,
    pub(super) is_scoped: bool,
}

/// What a purge reported, and what its preview said, if it has no bounds.
pub(super) struct Told {
    pub(super) preview: Option<PurgePreview>,
    pub(super) report: PurgeReport,
    /// How often the purge called its caller.
    pub(super) calls: usize,
}

/// The rows that a purge left, and the operations that it has begun to remove.
pub(super) struct Left {
    pub(super) rows: BTreeSet<RowId>,
    pub(super) marked: BTreeSet<u32>,
}

/// What happened to the operations.
pub(super) struct Judged {
    pub(super) removed: BTreeSet<u32>,
    pub(super) begun: BTreeSet<u32>,
    pub(super) blocked: BTreeSet<u32>,
    pub(super) ended: PurgeEnd,
}

const HOUR: i64 = 3_600_000_000;
const FIRST: i64 = 1_700_000_000_000_000;
const BY_HAND: i64 = 1_500_000_000_000_000;

/// The instant of this step.
pub(super) fn instant(step: i64) -> Timestamp {
    Timestamp::from_unix_micros(FIRST + step * HOUR).expect("some thousand hours are no age")
}

/// The instant of the handwritten UPDATE with this number.
pub(super) fn instant_by_hand(number: u32) -> Timestamp {
    Timestamp::from_unix_micros(BY_HAND + i64::from(number)).expect("a few microseconds are no age")
}

pub(super) fn clock(step: i64) -> Clock {
    Clock::fixed(instant(step))
}

impl PurgeStep {
    pub(super) fn age(&self) -> Duration {
        let seconds = self.older_than * 3_600;
        Duration::from_secs(seconds.unsigned_abs())
    }

    pub(super) fn is_bounded(&self) -> bool {
        self.rows_per_transaction.is_some()
            || self.at_most_rows.is_some()
            || self.transactions.is_some()
    }

    /// Whether an operation of this many rows is removed in several transactions.
    fn is_large(&self, rows: usize) -> bool {
        let transaction = self.rows_per_transaction.unwrap_or(u64::MAX);
        let run = self.at_most_rows.unwrap_or(u64::MAX);
        rows as u64 > transaction.min(run)
    }

    pub(super) fn tell(&self, shape: &Shape) -> String {
        let mut told = match self.family {
            Some(at) => format!("purge the family of {}", shape.tables[at].name),
            None => "purge".to_owned(),
        };
        if self.older_than > 0 {
            told += &format!(", older than {} steps", self.older_than);
        }
        if let Some(rows) = self.rows_per_transaction {
            told += &format!(", {rows} rows per transaction");
        }
        if let Some(rows) = self.at_most_rows {
            told += &format!(", at most {rows} rows");
        }
        if let Some(transactions) = self.transactions {
            told += &format!(", ended after {transactions} transactions");
        }
        if self.is_scoped {
            told += ", scoped";
        }
        told
    }

    /// The operations whose age has passed, and that began in the family.
    pub(super) fn due(&self, model: &Model) -> BTreeSet<u32> {
        let mut due = BTreeMap::new();
        for (id, row) in &model.rows {
            let Some(operation) = row.operation else {
                continue;
            };
            let is_in_family = self.family.is_none_or(|at| model.reaches(at, id.0));
            let is_old = model.step_of(operation) < model.step - self.older_than;
            let is_due = is_in_family && is_old && model.tells_operation(id);
            *due.entry(operation).or_insert(true) &= is_due;
        }
        let due = due.into_iter().filter(|(_, is_due)| *is_due);
        due.map(|(operation, _)| operation).collect()
    }

    /// Judges what a purge did to the rows of the model, and removes from the model what is gone.
    pub(super) fn judge(
        &self,
        model: &mut Model,
        told: &Told,
        left: &Left,
    ) -> Result<Judged, String> {
        let due = self.due(model);
        let free = model.removable(&due, Keys::All);
        let gone: BTreeSet<RowId> = model.rows.keys().cloned().collect();
        let gone: BTreeSet<RowId> = gone.difference(&left.rows).cloned().collect();
        let touched = operations_of(model, &gone);
        let remaining = operations_of(model, &left.rows);
        let removed: BTreeSet<u32> = touched.difference(&remaining).copied().collect();
        let may_go: BTreeSet<u32> = free.union(&model.being_purged).copied().collect();
        if let Some(operation) = touched.difference(&may_go).next() {
            return Err(format!("rows of operation {operation} are gone"));
        }
        let destroyed = model.destroyed(&model.of_operations(&may_go));
        for id in &gone {
            let is_trashed = model.rows[id].operation.is_some();
            if !is_trashed && !destroyed.contains(id) {
                return Err(format!("{id:?} is gone, which was live"));
            }
        }
        for id in &left.rows {
            let parents = model.parents(id, Policy::Cascade);
            if let Some(parent) = parents.iter().find(|parent| gone.contains(*parent)) {
                return Err(format!("{id:?} is left without its parent {parent:?}"));
            }
        }
        let begun = model.being_purged.union(&left.marked).copied();
        let begun: BTreeSet<u32> = begun.filter(|it| remaining.contains(it)).collect();
        for operation in touched.difference(&removed) {
            if !begun.contains(operation) {
                return Err(format!("operation {operation} is removed in part"));
            }
        }
        for operation in begun.difference(&model.being_purged) {
            let rows = model.of_operations(&[*operation].into()).len();
            if !free.contains(operation) || !self.is_large(rows) {
                return Err(format!("operation {operation} is marked, with {rows} rows"));
            }
            if told.report.ended == PurgeEnd::Done {
                return Err(format!(
                    "operation {operation} is begun, and the run is done"
                ));
            }
        }
        self.check_report(model, &told.report, &gone, removed.len())?;
        let blocked = named(model, &told.report.blocked)?;
        if let Some(operation) = blocked
            .iter()
            .find(|it| !due.contains(it) || removed.contains(it))
        {
            return Err(format!(
                "operation {operation} is not blocked: {}",
                told.report
            ));
        }
        if told.report.ended == PurgeEnd::Done {
            let told_of: BTreeSet<u32> = removed.union(&blocked).copied().collect();
            if let Some(operation) = due.difference(&told_of).next() {
                return Err(format!("the report is silent about operation {operation}"));
            }
        }
        if self.transactions.is_some_and(|most| told.calls > most) {
            return Err(format!("the run went on for {} transactions", told.calls));
        }
        if let Some(preview) = &told.preview {
            check_whole(model, preview, &told.report, &due, &removed)?;
        }
        model.rows.retain(|id, _| left.rows.contains(id));
        model.being_purged = begun.clone();
        model.recount();
        let ended = told.report.ended;
        Ok(Judged {
            removed,
            begun,
            blocked,
            ended,
        })
    }

    fn check_report(
        &self,
        model: &Model,
        report: &PurgeReport,
        gone: &BTreeSet<RowId>,
        operations: usize,
    ) -> Result<(), String> {
        let mut by_table = BTreeMap::new();
        for id in gone {
            *by_table.entry(model.table(id).name).or_insert(0) += 1;
        }
        if by_table != counts(&report.removed) || report.operations != operations as u64 {
            let by_table = format!("{operations} operations, {by_table:?}");
            return Err(format!("{by_table} are gone, and the report says {report}"));
        }
        if report.skipped > 0 {
            return Err(format!("nobody has locked rows: {report}"));
        }
        if self.at_most_rows.is_some_and(|most| report.rows() > most) {
            return Err(format!("the run removed {} rows", report.rows()));
        }
        let is_whole = !self.is_bounded();
        if is_whole && report.ended != PurgeEnd::Done {
            return Err(format!("the run ended {:?}", report.ended));
        }
        Ok(())
    }
}

/// Checks a run that nothing ended early, and its preview.
fn check_whole(
    model: &Model,
    preview: &PurgePreview,
    report: &PurgeReport,
    due: &BTreeSet<u32>,
    removed: &BTreeSet<u32>,
) -> Result<(), String> {
    let foreseen = model.removable(due, Keys::All);
    let rows = model.of_operations(&foreseen);
    let mut by_table = BTreeMap::new();
    for id in &rows {
        *by_table.entry(model.table(id).name).or_insert(0) += 1;
    }
    let oldest = foreseen.iter().map(|it| model.step_of(*it)).min();
    let oldest_told = preview.oldest.map(|at| model.step_at(at));
    let blocked = due.difference(&foreseen).copied().collect();
    if by_table != counts(&preview.due)
        || preview.operations != foreseen.len() as u64
        || oldest != oldest_told.flatten()
        || named(model, &preview.blocked)? != blocked
        || preview.runs != u64::from(!foreseen.is_empty())
    {
        return Err(format!(
            "the preview says {preview}, and should say {by_table:?} of {foreseen:?}, {blocked:?} blocked"
        ));
    }
    // A refused transaction is divided, and operations that have to go together then wait for the next run.
    let is_refused = model.removable(due, Keys::None) != foreseen;
    if is_refused {
        return Ok(());
    }
    if *removed != foreseen || named(model, &report.blocked)? != blocked {
        return Err(format!(
            "{removed:?} are gone, and should be {foreseen:?}: {report}"
        ));
    }
    Ok(())
}

fn counts(purged: &[EntityRows]) -> BTreeMap<&str, u64> {
    let purged = purged.iter();
    purged.map(|it| (it.entity.as_str(), it.count)).collect()
}

/// The operations that a report names.
fn named(model: &Model, blocked: &[Blocked]) -> Result<BTreeSet<u32>, String> {
    let named = blocked.iter().map(|it| {
        let operation = model.operation_at(it.operation.instant());
        operation.ok_or_else(|| format!("no rows have the operation {}", it.operation))
    });
    named.collect()
}

fn operations_of(model: &Model, rows: &BTreeSet<RowId>) -> BTreeSet<u32> {
    let rows = rows.iter().filter_map(|id| model.rows.get(id));
    rows.filter_map(|row| row.operation).collect()
}
