//! The commands `erase` and `replay`: forget a person, and forget them again after a restore from a backup.

use std::error::Error;
use std::path::PathBuf;

use sea_orm::DatabaseConnection;
use sea_orm_soft_delete::Erasure;

use crate::database::scoped;
use crate::receipts::Receipts;
use crate::workspace::Workspace;
use crate::{person, search};

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct EraseOptions {
    /// The id of the person.
    pub person: i32,
    /// Show what would be erased, and erase nothing.
    pub dry_run: bool,
}

impl EraseOptions {
    /// Reads the arguments after `erase`.
    ///
    /// # Errors
    ///
    /// A message with the usage, for an unknown or missing argument.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let usage = "usage: trash-bin erase PERSON [--dry-run]";
        let (mut person, mut dry_run) = (None, false);
        for argument in arguments {
            match (argument.as_str(), argument.parse().ok()) {
                ("--dry-run", _) => dry_run = true,
                (_, Some(id)) if person.is_none() => person = Some(id),
                _ => return Err(format!("`{argument}` is no id of a person; {usage}")),
            }
        }
        match person {
            Some(person) => Ok(Self { person, dry_run }),
            None => Err(format!("erase takes the id of a person; {usage}")),
        }
    }
}

/// Everything that is kept about a person: the row, and the notes that they wrote. `erase` and `subject` on the
/// entities say what is overwritten.
pub(crate) fn erasure_of(person: i32) -> Erasure {
    Erasure::of(person::Entity, person)
}

/// Erases the person and writes the receipt, or only shows what would be erased. Returns what there is to print.
///
/// # Errors
///
/// Without a key or a file for the receipt, nothing is erased. The erasure's errors.
pub async fn erase(
    options: &EraseOptions,
    receipts: &Receipts,
    db: &DatabaseConnection,
) -> Result<String, Box<dyn Error>> {
    // Nothing may be left of a person in any workspace.
    let scoped = scoped(db);
    let everywhere = scoped.across(Workspace);
    let erasure = erasure_of(options.person);
    let preview = erasure.preview(&everywhere).await?;
    if options.dry_run {
        return Ok(preview.to_string());
    }
    let mut ledger = receipts.open()?;
    let receipt = erasure.confirm(&preview, ledger.key(), &everywhere).await?;
    ledger.append(&receipt)?;
    search::catch_up(db).await?;
    Ok(format!("{receipt}\n{LEFTOVERS}"))
}

/// Erases the people of a file of receipts again. The new receipts are written as those of [`erase`] are. Returns
/// what there is to print.
///
/// # Errors
///
/// As of [`erase`], and if the file cannot be read, or somebody could not be erased.
pub async fn replay(
    arguments: impl IntoIterator<Item = String>,
    receipts: &Receipts,
    db: &DatabaseConnection,
) -> Result<String, Box<dyn Error>> {
    let arguments: Vec<String> = arguments.into_iter().collect();
    let [file] = &arguments[..] else {
        return Err("usage: trash-bin replay RECEIPTS".into());
    };
    let known = Receipts::read(&PathBuf::from(file))?;
    let mut ledger = receipts.open()?;
    let scoped = scoped(db);
    let everywhere = scoped.across(Workspace);
    let replayed = Erasure::replay(&known)
        .run(ledger.key(), &everywhere)
        .await?;
    for receipt in &replayed.receipts {
        ledger.append(receipt)?;
    }
    search::catch_up(db).await?;
    if let Some((_, error)) = replayed.failed.first() {
        let count = replayed.failed.len();
        return Err(format!("{count} of the people were not erased: {error}").into());
    }
    let (erased, unmatched) = (replayed.receipts.len(), replayed.unmatched.len());
    Ok(format!(
        "erased again: {erased}; not in this database, or with another key: {unmatched}\n{LEFTOVERS}"
    ))
}

const LEFTOVERS: &str = "\
The files of the database hold the old values until their space is used again: run VACUUM (SQLite), or
VACUUM FULL (PostgreSQL). Backups hold them until they expire; replay the receipts after a restore.";
