//! Counts what happened in all sequences, so that a test cannot pass because nothing happened.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DbBackend;

use super::model::{Model, Outcome, RowId};
use super::purges::{Judged, PurgeStep};
use super::steps::Step;
use super::table::Policy;
use super::verbs::Verb;

/// The events that have to happen, and the least number of them in 1000 sequences.
const LEAST: [(&str, usize); 27] = [
    ("a row was moved in the trash", 100),
    ("a verb was that of a second entity", 200),
    ("a DELETE was in another schema", 50),
    ("a delete cascaded to other rows", 500),
    ("a delete of many", 300),
    ("a plain DELETE", 300),
    ("a delete left trashed rows below as they were", 100),
    ("a delete stopped at a trashed row", 3),
    ("a delete destroyed", 50),
    ("a delete was Restricted", 100),
    ("a restore brought back child rows", 250),
    ("a restore of many", 120),
    ("a restore left some of its operation", 100),
    ("a restore left trashed rows below", 50),
    ("a restore was of an operation", 200),
    ("a restore was about several operations", 50),
    ("a restore brought ancestors back", 50),
    ("a restore was ParentGone", 5),
    ("a restore was ParentTrashed", 100),
    ("a restore was Clash", 10),
    ("a force delete removed trashed child rows", 50),
    ("a force delete was Restricted", 2),
    ("a force delete was ForeignKey", 10),
    ("a force delete was NotTrashed", 5),
    ("a live row was put under a trashed one", 50),
    ("a row was moved", 500),
    ("a handwritten UPDATE trashed a row", 50),
];

/// The same for sequences with purges, whose other events are not counted.
const LEAST_OF_PURGES: [(&str, usize); 10] = [
    ("a restore was BeingPurged", 50),
    ("a purge removed operations", 500),
    ("a purge found nothing", 100),
    ("a purge left blocked operations", 100),
    ("a purge was ended within an operation", 40),
    ("a purge removed the rest of an operation", 40),
    ("a purge left what was not due", 100),
    ("a purge ended Done", 500),
    ("a purge ended Stopped", 100),
    ("a purge ended Rows", 10),
];

#[derive(Default)]
pub(super) struct Totals {
    sequences: usize,
    of: BTreeMap<String, usize>,
}

impl Totals {
    pub(super) fn begin(&mut self) {
        self.sequences += 1;
    }

    /// Counts how the step changed the model.
    pub(super) fn count(&mut self, step: &Step, before: &Model, after: &Model, outcome: &Outcome) {
        let verb = match step {
            Step::PlainDelete { .. } => Verb::Delete,
            Step::RestoreOperation { with_ancestors, .. } => {
                self.add("a restore was of an operation");
                Verb::Restore {
                    with_ancestors: *with_ancestors,
                }
            }
            Step::Verb { verb, .. } => *verb,
            Step::Purge(_) => return,
            Step::TrashByHand(_) => return self.add("a handwritten UPDATE trashed a row"),
            Step::Insert(..) | Step::Move(..) => {
                if let Step::Move(id, _) = step {
                    self.add("a row was moved");
                    if !before.is_live(id) {
                        self.add("a row was moved in the trash");
                    }
                }
                if after.put_under.len() > before.put_under.len() {
                    self.add("a live row was put under a trashed one");
                }
                return;
            }
        };
        if step.is_slim() && outcome.is_err() {
            return self.add("a verb was that of a second entity");
        }
        if let Err(refusals) = outcome {
            let verb = match verb {
                Verb::Delete => "a delete",
                Verb::Restore { .. } => "a restore",
                Verb::ForceDelete { .. } => "a force delete",
            };
            if refusals.len() == 1 {
                for refusal in refusals {
                    self.add(&format!("{verb} was {refusal:?}"));
                }
            }
            return;
        }
        let roots = step.roots(before);
        if let Step::Verb { at, is_slim, .. } = step
            && *is_slim
            && before.shape.tables[*at].slim.is_some()
        {
            self.add("a verb was that of a second entity");
        }
        if before.is_elsewhere && !roots.is_empty() {
            self.add("a DELETE was in another schema");
        }
        match verb {
            _ if roots.is_empty() => {}
            Verb::Delete => self.count_delete(step, &roots, before, after),
            Verb::Restore { .. } => self.count_restore(&roots, before, after),
            Verb::ForceDelete { .. } => {
                let gone = before
                    .rows
                    .keys()
                    .filter(|id| !after.rows.contains_key(*id));
                let mut below = gone.filter(|id| !roots.contains(*id));
                if below.any(|id| !before.is_live(id)) {
                    self.add("a force delete removed trashed child rows");
                }
            }
        }
    }

    /// Counts what a purge did.
    pub(super) fn count_purge(&mut self, purge: &PurgeStep, before: &Model, judged: &Judged) {
        if !judged.removed.is_empty() {
            self.add("a purge removed operations");
        }
        if judged.removed.is_empty() && judged.blocked.is_empty() {
            self.add("a purge found nothing");
        }
        if !judged.blocked.is_empty() {
            self.add("a purge left blocked operations");
        }
        if judged
            .begun
            .difference(&before.being_purged)
            .next()
            .is_some()
        {
            self.add("a purge was ended within an operation");
        }
        if judged
            .removed
            .intersection(&before.being_purged)
            .next()
            .is_some()
        {
            self.add("a purge removed the rest of an operation");
        }
        let everything = PurgeStep::default().due(before);
        if purge.due(before).len() < everything.len() {
            self.add("a purge left what was not due");
        }
        self.add(&format!("a purge ended {:?}", judged.ended));
    }

    fn count_delete(
        &mut self,
        step: &Step,
        roots: &BTreeSet<RowId>,
        before: &Model,
        after: &Model,
    ) {
        let all = before.rows.keys();
        let trashed: BTreeSet<&RowId> = all
            .filter(|id| before.is_live(id) && after.rows.contains_key(*id) && !after.is_live(id))
            .collect();
        if trashed.len() > roots.len() {
            self.add("a delete cascaded to other rows");
        }
        if roots.len() > 1 {
            self.add("a delete of many");
        }
        if matches!(step, Step::PlainDelete { .. }) {
            self.add("a plain DELETE");
        }
        if after.rows.len() < before.rows.len() {
            self.add("a delete destroyed");
        }
        let below = trashed
            .iter()
            .flat_map(|id| before.children(id, Policy::Cascade));
        let below: Vec<RowId> = below.filter(|id| !before.is_live(id)).collect();
        if !below.is_empty() {
            self.add("a delete left trashed rows below as they were");
        }
        let mut under = below
            .iter()
            .flat_map(|id| after.children(id, Policy::Cascade));
        if under.any(|id| after.is_live(&id)) {
            self.add("a delete stopped at a trashed row");
        }
    }

    fn count_restore(&mut self, roots: &BTreeSet<RowId>, before: &Model, after: &Model) {
        let back: BTreeSet<&RowId> = before
            .rows
            .keys()
            .filter(|id| !before.is_live(id) && after.is_live(id))
            .collect();
        let restored = before.with_rows_of_their_operations(roots);
        if restored.len() > roots.len() {
            self.add("a restore brought back child rows");
        }
        if roots.len() > 1 {
            self.add("a restore of many");
        }
        if back.len() > restored.len() {
            self.add("a restore brought ancestors back");
        }
        let of = |id: &RowId| before.rows.get(id).and_then(|row| row.operation);
        let operations: BTreeSet<_> = roots.iter().map(of).collect();
        if operations.len() > 1 {
            self.add("a restore was about several operations");
        }
        let mut left = after.rows.keys().filter(|id| !after.is_live(id));
        if left.any(|id| operations.contains(&of(id))) {
            self.add("a restore left some of its operation");
        }
        let mut below = back
            .iter()
            .flat_map(|id| after.children(id, Policy::Cascade));
        if below.any(|id| !after.is_live(&id)) {
            self.add("a restore left trashed rows below");
        }
    }

    fn add(&mut self, what: &str) {
        *self.of.entry(what.to_owned()).or_default() += 1;
    }

    /// Asserts that every event happened often enough.
    pub(super) fn assess(&self, has_purges: bool, backend: DbBackend) {
        println!("{backend:?}: {} sequences", self.sequences);
        for (what, count) in &self.of {
            println!("{count:8} times {what}");
        }
        // Too few sequences ran to expect each event.
        if self.sequences < 40 {
            return;
        }
        let expected: &[(&str, usize)] = match has_purges {
            true => &LEAST_OF_PURGES,
            false => &LEAST,
        };
        for &(what, of_1000) in expected {
            let count = self.of.get(what).copied().unwrap_or_default();
            let least = of_1000 * self.sequences / 1000;
            assert!(count >= least, "{count} times {what}, and not {least}");
        }
        let known = |what: &String| has_purges || LEAST.iter().any(|(least, _)| least == what);
        assert!(
            self.of.keys().all(known),
            "every counted event has a least number"
        );
    }
}
