//! A watch: what a scope would change, recorded while it changes nothing.

mod call_site;
mod report;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use self::call_site::CallSites;
pub use self::report::{WatchEffect, WatchReport, WatchedStatement};

/// How many pairs of a statement and a call site are told apart. Further ones are counted together.
const MOST: usize = 10_000;

/// Records what a scope would change in the statements of a program, and changes nothing.
///
/// The first connection of an application that moves to this crate is a watched one: every statement is sent as
/// it is written, deletes included, and the [report](Self::report) lists by call site which of them a scoped
/// connection would narrow, turn into a soft delete or refuse, and which name the marker themselves.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::watched::WatchEffect;
/// use sea_orm_soft_delete::{Scopable, Scope, Watch};
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// let watch = Watch::new();
/// let db = db.scoped_with(&Scope::builder().watch(&watch).build());
///
/// // A page of the application that shows the trash.
/// let trash = <note::Entity as EntityTrait>::find()
///     .filter(note::Column::DeletedAt.is_not_null())
///     .all(&db)
///     .await?;
/// assert_eq!(trash.len(), 1, "nothing changes yet");
///
/// let report = watch.report();
/// println!("{report}");
/// let statement = &report.watched[0];
/// assert_eq!(statement.effect, WatchEffect::FindsNoTrash);
/// assert!(statement.conditions[0].ends_with(r#""deleted_at" IS NOT NULL"#));
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// It watches what soft delete would change. Of [`Scoped`](derive@crate::Scoped) entities it records what a scoped
/// connection would refuse by the text alone, and not what their scopes would narrow.
///
/// A clone is the same watch. To watch a whole test suite, whose tests run in many threads or processes, let each
/// test [append](Self::append_to) to one file, and [read](WatchReport::read) the file afterwards.
///
/// The call site is the innermost line of the program on the stack that is neither of this crate nor of a
/// dependency. It needs debug information (`debug = "line-tables-only"` is enough); without, it is the name of the
/// function, or nothing. To read the stack and the statement takes some ten microseconds for each statement.
///
/// The report holds the texts of statements, with placeholders for bound values. Values that the program writes
/// into the text itself stand in the report.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    record: Arc<Record>,
}

#[derive(Debug, Default)]
struct Record {
    compares: bool,
    file: Option<File>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    statements: u64,
    not_listed: u64,
    by_key: HashMap<Key, WatchedStatement>,
    call_sites: CallSites,
}

/// The call site and the text of a statement.
pub(super) type Key = (Option<String>, String);

/// The line of the program that runs the statement which is being prepared, for an event.
pub(super) fn call_site() -> Option<String> {
    static CALL_SITES: LazyLock<Mutex<CallSites>> = LazyLock::new(Mutex::default);
    let call_sites = CALL_SITES.lock();
    // A panic in between leaves a valid map.
    call_sites.unwrap_or_else(PoisonError::into_inner).here()
}

/// What the scope would do with a statement.
#[derive(Debug)]
pub(super) struct Observation {
    pub(super) sql: String,
    pub(super) scoped: Option<String>,
    pub(super) tables: Vec<String>,
    /// Never empty.
    pub(super) effects: Vec<WatchEffect>,
    pub(super) conditions: Vec<String>,
    pub(super) spared_by: Vec<String>,
    pub(super) is_left_by_explicit_marker_wins: bool,
    pub(super) hidden_by_explicit_marker_wins: Vec<String>,
    pub(super) refusal: Option<String>,
    pub(super) is_sent_by_explicit_marker_wins: bool,
}

impl Watch {
    /// A watch that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also runs each SELECT as the scope would send it, and compares the rows. The report then says which
    /// statements answer differently on the rows that are there.
    ///
    /// The second statement runs in a transaction or savepoint of its own, which is rolled back, right after the
    /// first. It doubles the work, and a function with side effects in a SELECT runs twice, so use it in tests. Not
    /// compared are streams, statements on a `MockDatabase`, and columns of types that SeaORM cannot read as JSON.
    ///
    /// Call it before the watch is given to a scope.
    pub fn comparing(mut self) -> Self {
        self.change().compares = true;
        self
    }

    /// Also appends each statement to a file, as a line of JSON, when it is first seen, and the final counts when
    /// the watch is dropped. Several watches and processes can append to one file.
    ///
    /// Call it before the watch is given to a scope.
    ///
    /// # Errors
    ///
    /// The error of the file system, if the file cannot be opened for appending or created.
    pub fn append_to(mut self, path: impl AsRef<Path>) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        self.change().file = Some(file);
        Ok(self)
    }

    /// What was seen until now, the most dangerous first.
    pub fn report(&self) -> WatchReport {
        let seen = self.record.seen();
        let watched = seen.by_key.values().cloned().collect();
        WatchReport::new(seen.statements, seen.not_listed, watched)
    }

    pub(super) fn compares(&self) -> bool {
        self.record.compares
    }

    /// Counts a statement that the scope would send unchanged.
    pub(super) fn saw_nothing(&self) {
        self.record.seen().statements += 1;
    }

    /// Records a statement, and returns its key.
    pub(super) fn saw(&self, observation: Observation) -> Option<Key> {
        let mut seen = self.record.seen();
        seen.statements += 1;
        let call_site = seen.call_sites.here();
        let key = (call_site.clone(), observation.sql.clone());
        if let Some(known) = seen.by_key.get_mut(&key) {
            known.count += 1;
            for effect in observation.effects {
                known.add(effect);
            }
            return Some(key);
        }
        if seen.by_key.len() >= MOST {
            seen.not_listed += 1;
            return None;
        }
        let statement = WatchedStatement::new(call_site, observation);
        tracing::info!(
            call_site = statement.call_site,
            effect = statement.effect.title(),
            sql = statement.sql,
            "a scope would change a statement, or the statement names the marker itself",
        );
        self.record.write(&statement);
        seen.by_key.insert(key.clone(), statement);
        Some(key)
    }

    /// Records that the rows of a statement were compared with those of the scoped one.
    pub(super) fn compared(&self, key: &Key) {
        if let Some(statement) = self.record.seen().by_key.get_mut(key) {
            statement.compared += 1;
        }
    }

    /// Records that the rows of a statement differ under the scope.
    pub(super) fn differs(&self, key: &Key, found: usize, scoped: usize) {
        if let Some(statement) = self.record.seen().by_key.get_mut(key) {
            statement.differs(found as u64, scoped as u64);
        }
    }

    /// Builders change a watch before it is shared.
    fn change(&mut self) -> &mut Record {
        if Arc::get_mut(&mut self.record).is_none() {
            self.record = Arc::default();
        }
        #[allow(clippy::expect_used, reason = "the only handle was made above")]
        Arc::get_mut(&mut self.record).expect("the record has one owner")
    }
}

impl Record {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        // A test that panicked leaves valid counts.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, statement: &WatchedStatement) {
        let Some(mut file) = self.file.as_ref() else {
            return;
        };
        // One write appends the whole line, so lines of several processes do not mix.
        let line = serde_json::to_string(statement).map(|line| line + "\n");
        let written = line.map_err(io::Error::from);
        if let Err(error) = written.and_then(|line| file.write_all(line.as_bytes())) {
            tracing::warn!(%error, "a watch cannot write to its file");
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.file.is_none() {
            return;
        }
        let seen = std::mem::take(&mut *self.seen());
        for mut statement in seen.by_key.into_values() {
            // The first was counted when it was seen.
            statement.count -= 1;
            if statement.count > 0 || statement.compared > 0 {
                self.write(&statement);
            }
        }
    }
}
