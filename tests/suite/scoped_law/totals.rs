//! Counts the outcomes of all statements, so that a test cannot pass because nothing happened.

use std::collections::BTreeMap;

use sea_orm::DbBackend;

use super::oracle::Outcome;
use super::statements::Kind;

#[derive(Default)]
struct Total {
    ran: usize,
    refused: usize,
    withheld: usize,
    skipped: usize,
    would_differ: usize,
}

/// Whether the world has scopes beside that of the live rows, and the kind of the statement.
type What = (bool, Kind);

#[derive(Default)]
pub(super) struct Totals {
    of: BTreeMap<What, Total>,
}

impl Totals {
    pub(super) fn count(&mut self, what: What, sql: &str, outcome: &Outcome) {
        let total = self.of.entry(what).or_default();
        match outcome {
            Outcome::Held { would_differ } => {
                total.ran += 1;
                total.would_differ += usize::from(*would_differ);
            }
            Outcome::Refused(why) => {
                total.refused += 1;
                println!("refused: {why}\n  {sql}");
            }
            Outcome::Withheld => total.withheld += 1,
            Outcome::Skipped(why) => {
                total.skipped += 1;
                println!("skipped: {why}\n  {sql}");
            }
            Outcome::Broken(_) => {}
        }
    }

    pub(super) fn print(&self, backend: DbBackend) {
        for ((has_more_scopes, kind), total) in &self.of {
            let Total {
                ran,
                refused,
                withheld,
                skipped,
                would_differ,
            } = total;
            let notices = match kind {
                Kind::Select => format!(", {would_differ} of which would differ with the trash"),
                _ => String::new(),
            };
            let (scopes, withheld) = match has_more_scopes {
                true => (" of more scopes", format!(", {withheld} withheld")),
                false => ("", String::new()),
            };
            println!(
                "{backend:?} {kind:?}{scopes}: {ran} ran{notices}, {refused} refused{withheld}, {skipped} skipped"
            );
        }
    }

    /// Asserts that enough statements ran, and that for enough of them a plain connection gives another
    /// answer.
    pub(super) fn assess(&self, backend: DbBackend) {
        for ((has_more_scopes, kind), total) in &self.of {
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
                // A view cannot carry a tenant: of those of PostgreSQL, 62 in a hundred name one.
                Kind::Made if *has_more_scopes => 70,
                Kind::Move | Kind::Made | Kind::Script => 20,
                // Dynamic SQL cannot be scoped.
                Kind::Dynamic | Kind::Setting => 100,
            };
            let allowed = all * percent / 100;
            assert!(total.refused <= allowed, "too many of {kind:?} are refused");
            let skippable = match kind {
                // MySQL refuses to update a table that a subquery of the statement reads.
                _ if backend == DbBackend::MySql
                    && !matches!(kind, Kind::Setting | Kind::Dynamic) =>
                {
                    30
                }
                // SQLite cannot write to a view.
                Kind::Made => 30,
                // Many of them mean nothing without the setting, or under it.
                Kind::Setting | Kind::Dynamic => 60,
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
