//! The command `purge`: removes what has been in the trash longer than its retention.

use std::io::{IsTerminal, Write, stderr};
use std::ops::ControlFlow;
use std::time::Duration;

use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder};
use sea_orm_soft_delete::{Purge, SoftDeleteError};

use crate::database::{Db, scoped};
use crate::workspace::{self, Workspace};

const DAY: Duration = Duration::from_secs(86_400);

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Show what is due, and remove nothing.
    pub dry_run: bool,
    /// Overrides the retention that the entities declare.
    pub older_than_days: Option<u32>,
}

impl Options {
    /// Reads the arguments after `purge`.
    ///
    /// # Errors
    ///
    /// A message with the usage, for an unknown argument.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let usage = "usage: trash-bin purge [--dry-run] [--older-than DAYS]";
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--dry-run" => options.dry_run = true,
                "--older-than" => {
                    let days = arguments.next().and_then(|days| days.parse().ok());
                    let days = days
                        .ok_or_else(|| format!("--older-than takes a number of days; {usage}"))?;
                    options.older_than_days = Some(days);
                }
                other => return Err(format!("`{other}` is no option; {usage}")),
            }
        }
        Ok(options)
    }
}

/// Runs the purge, or only shows what is due. Returns what there is to print.
///
/// # Errors
///
/// The database's errors.
pub async fn purge(options: &Options, db: &DatabaseConnection) -> Result<String, SoftDeleteError> {
    // One workspace after the other, and not across them, so that each history says what was purged of it.
    let workspaces = workspace::Entity::find().order_by_asc(workspace::Column::Id);
    let mut told = Vec::new();
    for workspace in workspaces.all(db).await? {
        let db = scoped(db).within(Workspace, workspace.id);
        told.push(format!("{}: {}", workspace.name, run(options, &db).await?));
    }
    Ok(told.join("\n"))
}

async fn run(options: &Options, db: &Db) -> Result<String, SoftDeleteError> {
    let mut purge = Purge::of_all();
    if let Some(days) = options.older_than_days {
        purge = purge.older_than(DAY * days);
    }
    if options.dry_run {
        return Ok(purge.preview(db).await?.to_string());
    }
    let due = match stderr().is_terminal() {
        true => purge.preview(db).await?.rows(),
        false => 0,
    };
    let report = purge.run_with(
        |progress| {
            if due > 0 {
                draw(progress.rows, due);
            }
            std::future::ready(ControlFlow::Continue(()))
        },
        db,
    );
    let report = report.await?;
    if due > 0 {
        eprintln!();
    }
    Ok(report.to_string())
}

/// Draws a bar over the line.
fn draw(rows: u64, due: u64) {
    const WIDTH: u64 = 40;
    let done = (WIDTH * rows / due.max(1)).min(WIDTH);
    let (full, empty) = (
        "#".repeat(done as usize),
        ".".repeat((WIDTH - done) as usize),
    );
    eprint!("\r[{full}{empty}] {rows} of {due} rows");
    // A bar that cannot be drawn must not stop the purge.
    let _ = stderr().flush();
}
