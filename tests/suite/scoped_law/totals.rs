//! Counts the outcomes of all statements, so that a test cannot pass because nothing happened.

use std::collections::BTreeMap;

use sea_orm::DbBackend;

use super::oracle::Outcome;
use super::statements::Kind;

#[derive(Default)]
struct Total {
    ran: usize,
    refused: usize,
    skipped: usize,
    would_differ: usize,
}

#[derive(Default)]
pub(super) struct Totals {
    of: BTreeMap<Kind, Total>,
}

impl Totals {
    pub(super) fn count(&mut self, kind: Kind, sql: &str, outcome: &Outcome) {
        let total = self.of.entry(kind).or_default();
        match outcome {
            Outcome::Held { would_differ } => {
                total.ran += 1;
                total.would_differ += usize::from(*would_differ);
            }
            Outcome::Refused(why) => {
                total.refused += 1;
                println!("refused: {why}\n  {sql}");
            }
            Outcome::Skipped(why) => {
                total.skipped += 1;
                println!("skipped: {why}\n  {sql}");
            }
            Outcome::Broken(_) => {}
        }
    }

    pub(super) fn print(&self, backend: DbBackend) {
        for (kind, total) in &self.of {
            let Total {
                ran,
                refused,
                skipped,
                would_differ,
            } = total;
            let notices = match kind {
                Kind::Select => format!(", {would_differ} of which would differ with the trash"),
                _ => String::new(),
            };
            println!(
                "{backend:?} {kind:?}: {ran} ran{notices}, {refused} refused, {skipped} skipped"
            );
        }
    }

    /// Asserts that enough statements ran, and that for enough of them a plain connection gives another
    /// answer.
    pub(super) fn assess(&self, backend: DbBackend) {
        for (kind, total) in &self.of {
            let all = total.ran + total.refused + total.skipped;
            // Too few statements ran to expect anything.
            if all < 100 {
                continue;
            }
            let percent = match kind {
                // Many of SQLite's statements read a rowid of a table that the rewriter would have to
                // replace by a derived table.
                Kind::Select => 20,
                Kind::Update | Kind::Delete | Kind::Insert => 15,
                Kind::Move | Kind::Made | Kind::Script => 20,
                // Dynamic SQL cannot be scoped.
                Kind::Dynamic | Kind::Setting => 100,
            };
            let allowed = all * percent / 100;
            assert!(total.refused <= allowed, "too many of {kind:?} are refused");
            let skippable = match kind {
                // MySQL refuses to update a table that a subquery of the statement reads.
                _ if backend == DbBackend::MySql => 30,
                // SQLite cannot write to a view.
                Kind::Made => 30,
                _ => 15,
            };
            assert!(
                total.skipped <= all * skippable / 100,
                "too many of {kind:?} are skipped"
            );
            let notices = *kind != Kind::Select || total.would_differ > total.ran / 4;
            assert!(notices, "too few of {kind:?} would notice the trash");
        }
    }
}
