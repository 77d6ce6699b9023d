//! The search index, and the consumer that keeps it in step with the trash.
//!
//! The index is a table of its own, as a search engine is a system of its own: a search reads the index and
//! never the notes. So the index has to know by itself which notes are in the trash.
//!
//! - A note that is created or edited is indexed in the transaction that writes it: `note.rs` calls `index`.
//! - What deletes, restores, purges and erasures do is in the log of deletions, and the consumer, [`catch_up`],
//!   takes it from there. A deed names an operation, not its notes. So each entry holds the operation that
//!   hid it, and a deed takes one statement, however many notes it concerns.
//!
//! A deed says what was done; the statements look at the notes as they are **now**. So it does no harm if the
//! consumer is late, and a note has been restored, destroyed or trashed again in the meantime.

use std::convert::Infallible;
use std::time::Duration;

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm::sea_query::{BinOper, Func, OnConflict, SelectStatement};
use sea_orm::{ExprTrait, QuerySelect, QueryTrait};
use sea_orm_soft_delete::deletion_log::{self, Batch, Verb};
use sea_orm_soft_delete::{OperationId, SoftDeleteError};

use crate::database::scoped;
use crate::note;
use crate::workspace::Workspace;

pub mod entry;
pub mod lock;

const DEEDS_AT_ONCE: u64 = 100;

/// How far a search may be behind the trash.
const INTERVAL: Duration = Duration::from_secs(1);

/// Indexes a note that was created or edited, and is live.
pub(crate) async fn index(note: &note::Model, db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let entry = entry::ActiveModel {
        note_id: Set(note.id),
        workspace_id: Set(note.workspace_id),
        title: Set(note.title.clone()),
        body: Set(note.body.clone()),
        operation_id: Set(None),
    };
    let columns = [
        entry::Column::Title,
        entry::Column::Body,
        entry::Column::OperationId,
    ];
    let replace = OnConflict::columns([entry::Column::WorkspaceId, entry::Column::NoteId])
        .update_columns(columns)
        .to_owned();
    let insert = entry::Entity::insert(entry).on_conflict(replace);
    insert.exec_without_returning(db).await?;
    Ok(())
}

/// The entries whose title or body contains the text, in any case of the letters.
pub(crate) fn matching(text: &str) -> Select<entry::Entity> {
    let in_title = contains(entry::Column::Title, text);
    entry::Entity::find()
        .filter(entry::Column::OperationId.is_null())
        .filter(in_title.or(contains(entry::Column::Body, text)))
}

/// Whether the column contains the text, in any case of the letters.
pub(crate) fn contains(column: impl ColumnTrait, text: &str) -> Expr {
    let text = text.replace('!', "!!").replace('%', "!%");
    let pattern = format!("%{}%", text.replace('_', "!_"));
    // The database folds both sides, because each database folds other letters.
    let pattern =
        Func::lower(Expr::val(&pattern)).binary(BinOper::Escape, Expr::Constant('!'.into()));
    Func::lower(Expr::col(column.as_column_ref())).binary(BinOper::Like, pattern)
}

/// Runs the consumer until the shutdown. A batch that the shutdown cuts off is given back.
pub async fn keep_in_step(db: &DatabaseConnection, shutdown: impl Future<Output = ()>) {
    tokio::select! {
        () = shutdown => {}
        never = follow(db) => match never {},
    }
}

async fn follow(db: &DatabaseConnection) -> Infallible {
    loop {
        if let Err(error) = catch_up(db).await {
            eprintln!("trash-bin: the search index is behind: {error}");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Applies the deeds that nobody has taken, until there are none.
///
/// # Errors
///
/// The database's. The deeds that were not applied are taken again by the next call.
pub async fn catch_up(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    // There is one log and one consumer for all workspaces. A deed names an operation, which is in one of them.
    let scoped = scoped(db);
    let everywhere = scoped.across(Workspace);
    while let Some(batch) = Batch::take(DEEDS_AT_ONCE, &everywhere).await? {
        apply(batch.deeds(), batch.transaction()).await?;
        batch.done().await?;
    }
    Ok(())
}

/// Applies deeds. In the transaction of their batch, each is applied exactly once: if the program dies before
/// `done`, the index is as it was, and the deeds are taken again.
///
/// # Errors
///
/// The database's.
pub async fn apply(deeds: &[deletion_log::Model], txn: &impl ConnectionTrait) -> Result<(), DbErr> {
    // Consumers take different deeds at the same time. Without the lock, one that applies a restore would not
    // see the entries that another one is just hiding, and they would stay hidden.
    lock::Entity::find().lock_exclusive().one(txn).await?;
    let mut is_stale = false;
    for deed in deeds
        .iter()
        .filter(|deed| deed.entity == note::Entity.table_name())
    {
        is_stale |= apply_one(deed, txn).await? == Applied::InPart;
    }
    if is_stale {
        remove_stale(txn).await?;
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Applied {
    Fully,
    /// The index can hold entries that the deed concerns, and that its operation does not lead to.
    InPart,
}

async fn apply_one(
    deed: &deletion_log::Model,
    txn: &impl ConnectionTrait,
) -> Result<Applied, DbErr> {
    let Some(OperationId::Uuid(operation)) = deed.operation() else {
        // Live notes were destroyed, or notes were erased.
        return Ok(Applied::InPart);
    };
    match deed.verb {
        Verb::Delete => hide(operation, txn).await?,
        Verb::Restore => show(operation, txn).await?,
        Verb::ForceDelete | Verb::Purge => {
            let removed = remove(operation, txn).await?;
            // The notes were gone before the consumer saw their delete, so it never hid their entries.
            if removed < deed.count.unsigned_abs() {
                return Ok(Applied::InPart);
            }
        }
        Verb::Erase => return Ok(Applied::InPart),
        // Trashed notes that are moved to an archive, or out of it, are hidden before and after. Notes have no
        // archive here.
        Verb::Archive | Verb::Return => {}
    }
    Ok(Applied::Fully)
}

/// Hides the entries of the notes that the operation trashed.
async fn hide(operation: Uuid, txn: &impl ConnectionTrait) -> Result<(), DbErr> {
    let trashed = note::Entity::only_trashed().filter(note::Column::OperationId.eq(operation));
    entry::Entity::update_many()
        .set(hidden_by(Some(operation)))
        .filter(entry::Column::NoteId.in_subquery(ids(trashed)))
        .exec(txn)
        .await?;
    Ok(())
}

/// Shows the entries that the operation hid, of the notes that are live again. After the restore of a part of the
/// operation, the others stay hidden.
async fn show(operation: Uuid, txn: &impl ConnectionTrait) -> Result<(), DbErr> {
    let live = note::Entity::find().filter(is_of_entry());
    entry::Entity::update_many()
        .set(hidden_by(None))
        .filter(entry::Column::OperationId.eq(operation))
        .filter(Expr::exists(ids(live)))
        .exec(txn)
        .await?;
    Ok(())
}

/// Removes the entries that the operation hid, of the notes that are gone.
async fn remove(operation: Uuid, txn: &impl ConnectionTrait) -> Result<u64, DbErr> {
    let there = note::Entity::with_trashed().filter(is_of_entry());
    let removed = entry::Entity::delete_many()
        .filter(entry::Column::OperationId.eq(operation))
        .filter(Expr::exists(ids(there)).not())
        .exec(txn)
        .await?;
    Ok(removed.rows_affected)
}

/// Removes the entries whose text is in no note: the note was destroyed, or erased. It reads the whole index,
/// which is the price of not knowing which notes it was.
///
/// Why not `Erasure::before`, which gets the ids of the notes? It runs outside of the erasure's transaction,
/// so it would remove the entries of an erasure that fails after it; and a transaction of its own would wait for that
/// of the erasure, where there is one connection, as on SQLite. The deed is in the log if, and only if, the
/// erasure was done. `before` is right for an index in another system, if it must be clean when the receipt
/// is written.
async fn remove_stale(txn: &impl ConnectionTrait) -> Result<(), DbErr> {
    let same = note::Entity::with_trashed()
        .filter(is_of_entry())
        .filter(is_as_in_entry(note::Column::Title, entry::Column::Title))
        .filter(is_as_in_entry(note::Column::Body, entry::Column::Body));
    entry::Entity::delete_many()
        .filter(Expr::exists(ids(same)).not())
        .exec(txn)
        .await?;
    Ok(())
}

fn hidden_by(operation: Option<Uuid>) -> entry::ActiveModel {
    entry::ActiveModel {
        operation_id: Set(operation),
        ..Default::default()
    }
}

fn is_of_entry() -> Expr {
    is_as_in_entry(note::Column::Id, entry::Column::NoteId)
}

fn is_as_in_entry(of_note: note::Column, of_entry: entry::Column) -> Expr {
    let of_note = Expr::col((note::Entity, of_note));
    of_note.equals((entry::Entity, of_entry))
}

fn ids(notes: Select<note::Entity>) -> SelectStatement {
    let ids = notes.select_only().column(note::Column::Id);
    ids.into_query()
}
