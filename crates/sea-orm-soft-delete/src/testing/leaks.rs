//! Whether a path of an application shows or touches trashed rows.

use std::collections::BTreeSet;
use std::fmt;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use crate::error::SoftDeleteError;
use crate::family::registry;
use crate::scoped::{
    Scopable, Scope, ScopedConnection, Watch, WatchEffect, WatchReport, WatchedStatement,
};

/// Runs a path of the application, and finds the statements that answer with trashed rows, or touch them.
///
/// Give it the plain connection. The path gets one that sends each statement as it is, and [watches](Watch) it:
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::testing;
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// let leaks = testing::leaks(db, async |db| {
///     let notes = note::Entity::find().all(&db).await.unwrap();
///     assert_eq!(notes.len(), 2);
/// });
/// leaks.await?.assert_none();
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// A statement that a [scoped connection](ScopedConnection) would send unchanged does not leak, as those of the verbs.
/// Any other **SELECT** runs both ways, and leaks if the rows differ. So it is judged by the rows that are there: put
/// trash into each table first. Any **other statement**, and a stream, leaks by its text: an UPDATE without a condition
/// for live rows, a DELETE that removes rows for good, a condition that asks for trash by hand, a statement that a scoped
/// connection refuses. Verbs that ask for trash, and comments such as `/* soft_delete: with_trashed(note) */`, do not
/// leak.
///
/// It is about paths that run on a plain connection: what a scoped connection changes anyway does not leak on one. It
/// does not see what the path sends through `unscoped()`, or on another connection.
///
/// # Errors
///
/// Database errors, of the look for trashed rows that follows the path.
pub async fn leaks(
    db: &DatabaseConnection,
    path: impl AsyncFnOnce(ScopedConnection<DatabaseConnection>),
) -> Result<Leaks, SoftDeleteError> {
    let watch = Watch::new().comparing();
    path(db.scoped_with(&Scope::builder().watch(&watch).build())).await;
    let mut report = watch.report();
    report.watched.retain_mut(concerns_trash);
    let mut unproven = report.clone();
    report.watched.retain(|of| !answered_alike(of));
    unproven.watched.retain(answered_alike);
    let without_trash = without_trash(db, &unproven).await?;
    let is_unproven = |of: &WatchedStatement| {
        let mut tables = of.tables.iter();
        tables.any(|table| without_trash.contains(table))
    };
    unproven.watched.retain(is_unproven);
    Ok(Leaks {
        report,
        unproven,
        without_trash,
    })
}

/// The soft-deletable tables of these statements that hold no trashed row.
async fn without_trash(
    db: &DatabaseConnection,
    report: &WatchReport,
) -> Result<BTreeSet<String>, SoftDeleteError> {
    let tables = report.watched.iter().flat_map(|of| &of.tables);
    let tables: BTreeSet<String> = tables.cloned().collect();
    let mut without_trash = BTreeSet::new();
    for member in registry::members() {
        let (_, table) = member.key();
        if !tables.contains(&table) {
            continue;
        }
        let mut trash = Query::select();
        trash
            .expr(Expr::val(1))
            .from(member.table())
            .and_where(member.is_trashed(member.alias()))
            .limit(1);
        if db.query_one(&trash).await?.is_none() {
            without_trash.insert(table);
        }
    }
    Ok(without_trash)
}

/// Keeps the effects of a statement that concern trashed rows. Returns whether there are any.
fn concerns_trash(statement: &mut WatchedStatement) -> bool {
    let concerns_trash = |effect: &WatchEffect| match effect {
        WatchEffect::FindsNoTrash
        | WatchEffect::RestoresNothing
        | WatchEffect::Refused
        | WatchEffect::ReachesMoreRows
        | WatchEffect::DependsOnMarker
        | WatchEffect::BecomesSoftDelete
        | WatchEffect::ShowsMoreRows
        | WatchEffect::UpdatesLiveRows
        | WatchEffect::HidesTrash => true,
        // The schema decides about the key. The others reach live rows.
        WatchEffect::MeetsTrashedKeys | WatchEffect::TrashesByHand | WatchEffect::FilterCanGo => {
            false
        }
    };
    statement.effects.retain(concerns_trash);
    let Some(effect) = statement.effects.first() else {
        return false;
    };
    statement.effect = *effect;
    true
}

/// Whether each run of a statement was compared, and answered as a scoped connection would.
fn answered_alike(statement: &WatchedStatement) -> bool {
    statement.compared == statement.count && statement.differed == 0
}

/// The statements of a path that show or touch trashed rows. It prints as the report of a [`Watch`], with the call
/// sites.
#[derive(Clone, Debug)]
#[must_use = "it asserts nothing by itself"]
pub struct Leaks {
    report: WatchReport,
    /// The statements that might show trash if there were any.
    unproven: WatchReport,
    without_trash: BTreeSet<String>,
}

impl Leaks {
    /// Asserts that no statement leaks.
    ///
    /// # Panics
    ///
    /// If one does; the message lists each one, with its call site. Also if the path proves nothing: if it ran no
    /// statement on its connection, or if a SELECT that a scoped connection would change reads a table without trash.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test is to fail")]
    pub fn assert_none(&self) {
        if self.report.statements == 0 {
            panic!("the path ran no statement on the connection that it gets");
        }
        if !self.is_empty() {
            panic!("the path shows or touches trashed rows\n\n{self}");
        }
        if !self.unproven.watched.is_empty() {
            let tables = Vec::from_iter(self.without_trash.iter().map(String::as_str)).join(", ");
            panic!(
                "no trash can leak from {tables}, because there is none: trash a row before the path\n\n{}",
                self.unproven
            );
        }
    }

    /// Whether no statement leaks. Unlike [`assert_none`](Self::assert_none), it does not ask whether the path proves
    /// anything.
    pub fn is_empty(&self) -> bool {
        self.report.watched.is_empty()
    }

    /// What leaks, to look at.
    pub fn report(&self) -> &WatchReport {
        &self.report
    }
}

impl fmt::Display for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}
