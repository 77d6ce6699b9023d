//! Whether a path of an application shows or touches trashed rows.

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
/// A **SELECT** leaks if a [scoped connection](ScopedConnection) answers it with other rows: each one runs both ways.
/// So it is judged by the rows that are there; put trash beside the live rows first. Any **other statement**, and a
/// stream, leaks by its text: an UPDATE without a condition for live rows, a DELETE that removes rows for good, a
/// condition that asks for trash by hand, a statement that a scoped connection refuses. The verbs of this crate, and
/// comments such as `/* soft_delete: with_trashed(note) */`, say that they want the trash, and do not leak.
///
/// It is about paths that run on a plain connection. What a scoped connection changes anyway does not leak on one.
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
    let tables = tables_of(&report);
    report.watched.retain_mut(leaks_trash);
    let proves_nothing = if report.statements == 0 {
        Some("the path ran no statement on the connection that it gets".to_owned())
    } else if report.watched.is_empty() && !tables.is_empty() && !holds_trash(db, &tables).await? {
        let tables = tables.join(", ");
        Some(format!(
            "no trash can leak, because there is none in {tables}: trash a row before the path"
        ))
    } else {
        None
    };
    Ok(Leaks {
        report,
        proves_nothing,
    })
}

/// The tables of the statements that a scope would change, or that name a marker.
fn tables_of(report: &WatchReport) -> Vec<String> {
    let tables = report.watched.iter().flat_map(|of| &of.tables);
    let mut tables: Vec<String> = tables.cloned().collect();
    tables.sort_unstable();
    tables.dedup();
    tables
}

/// Whether one of these tables holds a trashed row.
async fn holds_trash(db: &DatabaseConnection, tables: &[String]) -> Result<bool, SoftDeleteError> {
    for member in registry::members().filter(|member| tables.contains(&member.key().1)) {
        let mut trash = Query::select();
        trash
            .expr(Expr::val(1))
            .from(member.table())
            .and_where(member.is_trashed(member.alias()))
            .limit(1);
        if db.query_one(&trash).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps the effects of a statement that concern trashed rows. Returns whether it shows or touches any.
fn leaks_trash(statement: &mut WatchedStatement) -> bool {
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
    statement.compared < statement.count || statement.differed > 0
}

/// The statements of a path that show or touch trashed rows. It prints as the report of a [`Watch`], with the call
/// sites.
#[derive(Clone, Debug)]
#[must_use = "it asserts nothing by itself"]
pub struct Leaks {
    report: WatchReport,
    proves_nothing: Option<String>,
}

impl Leaks {
    /// Asserts that no statement leaks.
    ///
    /// # Panics
    ///
    /// If one does; the message lists each one, with its call site. Also if the path proves nothing: if it ran no
    /// statement on its connection, or if no soft-deletable table that it named holds a trashed row.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test is to fail")]
    pub fn assert_none(&self) {
        if let Some(why) = &self.proves_nothing {
            panic!("{why}");
        }
        if !self.report.watched.is_empty() {
            panic!("the path shows or touches trashed rows\n\n{self}");
        }
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
