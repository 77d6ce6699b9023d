//! `Backup`: what is about to be removed for good is written before, and can be inserted again.
//!
//! The lines of a transaction are kept until its work is done, and are written before it commits. So nothing is
//! removed whose lines were not written, and a transaction that fails writes no lines.

mod batches;
mod json_value;
mod read;
mod restore;
mod rows;

use std::fmt;
use std::future::Future;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;

use crate::error::SoftDeleteError;

pub(crate) use self::batches::Batches;
pub use self::read::{BackedUpRow, BackedUpRows};
pub(crate) use self::rows::write;
#[cfg(feature = "erasure")]
pub(crate) use self::{
    json_value::encode, read::spelled, restore::key_of_row, rows::write_overwritten,
};

tokio::task_local! {
    static CURRENT: Current;
}

/// Writes rows as lines of JSON before force deletes, purges and erasures remove them.
///
/// Every row that is removed for good within [`scope`](Self::scope) is written: by a force delete, with everything
/// that belongs to it; by a purge; by an erasure, which also writes the rows that it overwrites; and the rows of
/// entities with the policy `destroy`, which a delete removes. A deed commits only after its lines were written and
/// flushed. [`Backup::read`] reads them, to insert the rows again.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::Backup;
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// # let file = tempfile::NamedTempFile::new().unwrap();
/// # let path = file.path();
/// let backup = Backup::to(std::fs::File::create(path).unwrap());
/// let trash = note::Entity::force_delete_many().only_trashed();
/// let removed = backup.scope(trash.exec(db)).await?;
/// assert_eq!(removed.rows_affected, 1);
///
/// // That was a mistake.
/// let rows = Backup::read(std::fs::File::open(path).unwrap())?;
/// rows.restore(db).await?;
/// assert_eq!(note::Entity::only_trashed().count(db).await?, 1);
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// The [guide](crate::guide::backup) describes the lines, and what a backup does not hold.
#[derive(Clone)]
#[must_use = "it writes nothing but in its `scope`"]
pub struct Backup {
    sink: Arc<Mutex<Sink>>,
}

impl Backup {
    /// Writes to this writer: a file, a pipe, a buffer. It is flushed once for each transaction.
    ///
    /// The writer blocks the task while it writes. After it has failed once, every later deed fails too, because
    /// nothing can follow half a line.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        let sink = Sink {
            writer: Box::new(writer),
            transactions: 0,
            failed: None,
        };
        Self {
            sink: Arc::new(Mutex::new(sink)),
        }
    }

    /// Runs `future`, and writes what it removes for good.
    ///
    /// The scope does not cover tasks that `future` spawns: call `scope` in them, on a clone. A scope within a scope
    /// writes to its own backup alone.
    ///
    /// # Errors
    ///
    /// Verbs within it fail with [`SoftDeleteError::BackupFailed`] if the writer fails, and with
    /// [`SoftDeleteError::NotBackedUp`] if a row has a value that cannot be written. They remove nothing then.
    pub async fn scope<F: Future>(&self, future: F) -> F::Output {
        let current = Current {
            sink: self.sink.clone(),
            pending: None,
        };
        CURRENT.scope(current, future).await
    }
}

impl fmt::Debug for Backup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backup").finish_non_exhaustive()
    }
}

/// Where the lines go at the end.
struct Sink {
    writer: Box<dyn Write + Send>,
    transactions: u64,
    failed: Option<Arc<io::Error>>,
}

impl Sink {
    /// Writes the lines of a transaction, and a line that ends it.
    fn write(&mut self, lines: &Lines) -> Result<(), SoftDeleteError> {
        if let Some(source) = &self.failed {
            let source = source.clone();
            return Err(SoftDeleteError::BackupFailed { source });
        }
        self.transactions += 1;
        let end = json!({ "end": self.transactions, "rows": lines.rows });
        let written = (self.writer.write_all(lines.text.as_bytes()))
            .and_then(|()| writeln!(self.writer, "{end}"))
            .and_then(|()| self.writer.flush());
        written.map_err(|error| {
            let source = Arc::new(error);
            self.failed = Some(source.clone());
            SoftDeleteError::BackupFailed { source }
        })
    }
}

/// Lines that are not written yet.
#[derive(Default)]
struct Lines {
    text: String,
    rows: u64,
}

/// The backup of this task, and the lines of the transaction in which it is.
#[derive(Clone)]
struct Current {
    sink: Arc<Mutex<Sink>>,
    pending: Option<Arc<Mutex<Lines>>>,
}

impl Current {
    fn get() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    fn add(&self, lines: Lines) -> Result<(), SoftDeleteError> {
        if lines.rows == 0 {
            return Ok(());
        }
        match &self.pending {
            Some(pending) => {
                let mut pending = locked(pending);
                pending.text.push_str(&lines.text);
                pending.rows += lines.rows;
                Ok(())
            }
            None => locked(&self.sink).write(&lines),
        }
    }
}

/// A panic of the writer leaves what it has written, and the lock is of no transaction.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether removed rows are to be written.
pub(crate) fn is_on() -> bool {
    CURRENT.try_with(|_| ()).is_ok()
}

/// Does the work of one transaction, or of one savepoint. If it succeeds, writes the lines of the rows that it removed;
/// for a savepoint, hands them to its transaction. The caller commits afterwards.
pub(crate) async fn within<D>(
    work: impl Future<Output = Result<D, SoftDeleteError>>,
) -> Result<D, SoftDeleteError> {
    // On the heap: the future of this function would hold the work twice, which overflows the stack of a debug build.
    let work = Box::pin(work);
    let Some(outer) = Current::get() else {
        return work.await;
    };
    let pending = Arc::new(Mutex::new(Lines::default()));
    let current = Current {
        sink: outer.sink.clone(),
        pending: Some(pending.clone()),
    };
    let done = CURRENT.scope(current, work).await?;
    outer.add(std::mem::take(&mut *locked(&pending)))?;
    Ok(done)
}
