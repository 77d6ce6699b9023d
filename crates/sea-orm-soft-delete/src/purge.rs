//! `Purge`: removes trash for good, by age, operation by operation.

pub(crate) mod archive;
pub(crate) mod report;
#[cfg(feature = "purge-task")]
pub(crate) mod task;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::family::{
    self, Archiving, Deeds, Due, Locked, NodeId, Operation, Operations, Removal, UndeclaredKey,
    backup, permission,
};
use crate::operation::clock::Clock;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::purge::report::{Blocked, PurgeEnd, PurgePreview, PurgeProgress, PurgeReport};
use crate::report::blocked::BlockedBy;
use crate::verbs::holders::{self, Keys};

/// Physically removes trash that is older than its retention.
///
/// The unit is the operation: what one delete trashed is removed as a whole, children before parents, with
/// the rows of its root last. An operation is due when the `purge_at` that its delete recorded has passed or, if it
/// recorded none, the retention of each of its entities. Rows on legal hold are never removed. One transaction removes several operations, oldest first, and a run is many such transactions. A run that is
/// cut off loses nothing: the next run continues.
///
/// Live rows are never removed. Each statement repeats that a row is trashed and how old it is, so a row that
/// was restored meanwhile stays. An operation is skipped while another transaction has locked its rows, so
/// that several programs can purge at once.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// use std::time::Duration;
/// use sea_orm_soft_delete::Purge;
///
/// let report = Purge::of_all().older_than(Duration::ZERO).run(db).await?;
/// assert_eq!(report.rows(), 1); // the third note
/// println!("{report}");
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is removed until `run`"]
pub struct Purge {
    operations: Operations,
    older_than: Option<Duration>,
    at_most: Option<Duration>,
    at_most_rows: u64,
    rows_per_transaction: u64,
    /// Whether the rows are moved to archives.
    archives: bool,
}

/// How long one transaction should take.
const SLICE: Duration = Duration::from_millis(200);

/// How often a transaction is repeated that the database ended for another one.
const ATTEMPTS: usize = 3;

/// Runs the work in a transaction, and repeats it if the database ended the transaction for another one.
macro_rules! in_transaction {
    ($db:expr, |$transaction:ident| $work:expr) => {{
        let mut attempts = 1;
        loop {
            let transaction = $db.begin().await?;
            let $transaction = &transaction;
            let done = backup::within($work).await;
            match family::end(transaction, done).await {
                Err(error) if is_retryable(&error) && attempts < ATTEMPTS => attempts += 1,
                done => break done,
            }
        }
    }};
}

impl Purge {
    /// Purges every soft-deletable entity that is linked into the program.
    pub fn of_all() -> Self {
        Self {
            operations: Operation::list(),
            older_than: None,
            at_most: None,
            at_most_rows: u64::MAX,
            rows_per_transaction: 10_000,
            archives: false,
        }
    }

    /// Purges only operations that began in this entity or in one that its deletes cascade to. Several calls
    /// mean all of these families.
    pub fn in_family_of<E: SoftDeleteEntity>(mut self, entity: E) -> Self {
        self.operations = self.operations.in_family_of(entity);
        self
    }

    /// Removes what was trashed longer ago than this, by the [`Clock`], whatever retention the entities
    /// declare. Without it, an entity that declares none is not purged.
    pub fn older_than(mut self, age: Duration) -> Self {
        self.older_than = Some(age);
        self
    }

    /// Ends the run after this time. The transaction that runs then is completed.
    pub fn at_most(mut self, time: Duration) -> Self {
        self.at_most = Some(time);
        self
    }

    /// Ends the run before it has removed more trashed rows than this; rows of entities with the policy
    /// `destroy` are removed with their parents, and come on top. An operation is not divided, so a larger one
    /// is left.
    pub fn at_most_rows(mut self, rows: u64) -> Self {
        self.at_most_rows = rows;
        self
    }

    /// How many rows one transaction removes at most; the default is 10,000. Within this bound, the number
    /// follows the time that a transaction takes, so that it takes about 200 ms. A larger operation is
    /// removed in a transaction of its own.
    pub fn rows_per_transaction(mut self, rows: u64) -> Self {
        self.rows_per_transaction = rows.max(1);
        self
    }

    /// What [`run`](Self::run) would remove now, and what it would leave. Nothing is written.
    ///
    /// It finds the operations as a run does. Locks, and foreign keys that no entity declares, show only in a
    /// run.
    ///
    /// # Errors
    ///
    /// The errors of [`Operations::all`].
    pub async fn preview<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<PurgePreview, SoftDeleteError> {
        let due = self.due();
        let mut preview = PurgePreview::default();
        let mut undeclared: Option<Vec<UndeclaredKey>> = None;
        let mut after = None;
        loop {
            let page = self.operations.oldest(after, &due, db);
            let page = page.await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.id());
            let operations = self.among(&page, &due, db).await?;
            let (operations, mixed) = self.without_mixed(operations);
            preview.blocked.extend(mixed);
            if operations.is_empty() {
                continue;
            }
            let undeclared = match &mut undeclared {
                Some(known) => known,
                unknown => unknown.insert(self.undeclared_keys(db).await?),
            };
            let removal = Removal::of(&operations, &due, db.get_database_backend())?;
            let (removal, blocked) = without_blocked(removal, undeclared, db).await?;
            for operation in operations
                .iter()
                .filter(|it| removal.ids().contains(&it.id()))
            {
                preview.add(operation);
            }
            preview.blocked.extend(blocked);
        }
        preview.runs = preview.rows().div_ceil(self.at_most_rows.max(1));
        Ok(preview)
    }

    /// Does the same as [`run`](Self::run), and calls `between` after each transaction, with what was removed
    /// so far. The run goes on when the future of `between` ends: show the progress, or wait there while a
    /// replica lags behind. `ControlFlow::Break` ends the run.
    ///
    /// A run also emits events of `tracing`: DEBUG after each transaction, WARN for each operation that is
    /// blocked, and INFO at its end.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// use std::ops::ControlFlow;
    /// use std::time::Duration;
    /// use sea_orm_soft_delete::Purge;
    ///
    /// /// How many seconds the slowest replica of PostgreSQL is behind.
    /// async fn lag(db: &DatabaseConnection) -> Result<f64, DbErr> {
    ///     # if db.get_database_backend() != sea_orm::DbBackend::Postgres { return Ok(0.0) }
    ///     let sql = "SELECT COALESCE(EXTRACT(EPOCH FROM MAX(replay_lag)), 0)::float8 AS seconds \
    ///                FROM pg_stat_replication";
    ///     let sql = sea_orm::Statement::from_string(db.get_database_backend(), sql);
    ///     let row = db.query_one_raw(sql).await?;
    ///     row.map_or(Ok(0.0), |row| row.try_get("", "seconds"))
    /// }
    ///
    /// let report = Purge::of_all()
    ///     .older_than(Duration::ZERO)
    ///     .run_with(
    ///         async |progress| {
    ///             println!("{} rows", progress.rows);
    ///             while lag(db).await.is_ok_and(|seconds| seconds > 5.0) {
    ///                 tokio::time::sleep(Duration::from_secs(1)).await;
    ///             }
    ///             ControlFlow::Continue(())
    ///         },
    ///         db,
    ///     )
    ///     .await?;
    /// assert_eq!(report.rows(), 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`run`](Self::run).
    pub async fn run_with<C, P, F>(
        &self,
        between: P,
        db: &C,
    ) -> Result<PurgeReport, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
        P: FnMut(PurgeProgress) -> F,
        F: Future<Output = ControlFlow<()>>,
    {
        let mut run = Run {
            purge: self,
            between,
            began: Instant::now(),
            due: self.due(),
            undeclared: None,
            permitted: HashSet::new(),
            rows_at_once: self.rows_per_transaction.min(1_000),
            is_stopped: false,
            archiving: self.archives.then(Archiving::now),
            report: PurgeReport::default(),
        };
        run.report.ended = run.all(db).await?;
        let report = run.report;
        for blocked in &report.blocked {
            tracing::warn!(%blocked, "a purge left an operation");
        }
        tracing::info!(
            rows = report.rows(),
            operations = report.operations,
            skipped = report.skipped,
            ended = ?report.ended,
            is_archive = self.archives,
            "a purge ran"
        );
        Ok(report)
    }

    /// Removes what is due.
    ///
    /// # Errors
    ///
    /// The errors of [`Operations::all`], and the database's errors that do not concern one operation, such
    /// as a lost connection. A `RestrictedConnection` fails with `DbErr::AccessDenied` if the user may not delete from
    /// the entity in which an operation began. What was removed before the error stays removed.
    pub async fn run<C>(&self, db: &C) -> Result<PurgeReport, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        self.run_with(|_| std::future::ready(ControlFlow::Continue(())), db)
            .await
    }

    fn due(&self) -> Due {
        Due {
            now: Clock::current().now(),
            older_than: self.older_than,
            by_purge_at: !self.archives,
        }
    }

    /// Leaves out operations of which an archive can take a part only.
    fn without_mixed<'a>(
        &self,
        operations: Vec<&'a Operation>,
    ) -> (Vec<&'a Operation>, Vec<Blocked>) {
        if !self.archives {
            return (operations, Vec::new());
        }
        let mut blocked = Vec::new();
        let is_whole = |operation: &&Operation| match operation.not_archived() {
            None => true,
            Some(entity) => {
                blocked.push(Blocked {
                    operation: operation.id(),
                    by: vec![BlockedBy::NotArchived {
                        entity: entity.to_owned(),
                    }],
                });
                false
            }
        };
        let whole = operations.into_iter().filter(is_whole).collect();
        (whole, blocked)
    }

    async fn undeclared_keys<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<UndeclaredKey>, SoftDeleteError> {
        let which = match self.archives {
            true => Keys::All,
            false => Keys::Refusing,
        };
        holders::undeclared_keys(which, db).await
    }

    /// The operations that are due, and that began in the entities to purge.
    async fn among<'a, C: ConnectionTrait>(
        &self,
        operations: &'a [Operation],
        due: &Due,
        db: &C,
    ) -> Result<Vec<&'a Operation>, SoftDeleteError> {
        let all = operations.iter();
        let is_archived = |it: &&Operation| !self.archives || it.is_archivable() != Some(false);
        let due = all.filter(|it| it.is_due(due)).filter(is_archived);
        let mut operations: Vec<&Operation> = due.collect();
        if operations.is_empty() {
            return Ok(operations);
        }
        let ids = ids_of(operations.iter().copied());
        let above = self.operations.began_above(&ids, db).await?;
        operations.retain(|operation| !above.iter().any(|id| id.is_part_of(operation.id())));
        Ok(operations)
    }
}

/// A run of a purge.
struct Run<'a, P> {
    purge: &'a Purge,
    between: P,
    began: Instant,
    due: Due,
    /// The foreign keys that no relation declares, once they are known.
    undeclared: Option<Vec<UndeclaredKey>>,
    /// The entities from which the connection permits a DELETE.
    permitted: HashSet<NodeId>,
    /// How many rows the next transaction removes at most.
    rows_at_once: u64,
    /// Whether the caller has ended the run.
    is_stopped: bool,
    /// When and by whom the rows are archived, if they are.
    archiving: Option<Archiving>,
    report: PurgeReport,
}

impl<P, F> Run<'_, P>
where
    P: FnMut(PurgeProgress) -> F,
    F: Future<Output = ControlFlow<()>>,
{
    async fn all<C>(&mut self, db: &C) -> Result<PurgeEnd, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let mut after = None;
        loop {
            let operations = &self.purge.operations;
            let page = operations.oldest(after, &self.due, db).await?;
            let Some(last) = page.last() else {
                return Ok(PurgeEnd::Done);
            };
            after = Some(last.id());
            if let Some(end) = self.bound() {
                return Ok(end);
            }
            let known = ids_of(page.iter());
            let operations = self.purge.among(&page, &self.due, db).await?;
            let (operations, mixed) = self.purge.without_mixed(operations);
            self.report.blocked.extend(mixed);
            self.ask_permission(&operations, db).await?;
            let mut operations = operations.as_slice();
            while let Some(first) = operations.first() {
                if let Some(end) = self.bound() {
                    return Ok(end);
                }
                let (slice, rest) =
                    first_slice(operations, self.rows_at_once.min(self.rows_left()));
                operations = rest;
                let is_large =
                    first.count() > self.purge.rows_per_transaction.min(self.purge.at_most_rows);
                let end = match is_large {
                    true => self.remove_in_slices(first, db).await?,
                    false if rows_of(slice) > self.rows_left() => Some(PurgeEnd::Rows),
                    false => self.remove(slice, &known, db).await?,
                };
                if let Some(end) = end {
                    return Ok(end);
                }
            }
        }
    }

    /// Reads the foreign keys that an archive checks each time: a row that refers to an archived one would be changed
    /// or removed.
    async fn know_keys<C: ConnectionTrait>(&mut self, db: &C) -> Result<(), SoftDeleteError> {
        if self.archiving.is_some() && self.undeclared.is_none() {
            self.undeclared = Some(self.purge.undeclared_keys(db).await?);
        }
        Ok(())
    }

    fn keys_to_check(&self) -> &[UndeclaredKey] {
        let keys = self
            .undeclared
            .as_deref()
            .filter(|_| self.archiving.is_some());
        keys.unwrap_or_default()
    }

    /// Fails unless the connection permits a DELETE from each entity in which one of these operations began.
    async fn ask_permission<C: ConnectionTrait>(
        &mut self,
        operations: &[&Operation],
        db: &C,
    ) -> Result<(), SoftDeleteError> {
        for (node, member) in operations.iter().flat_map(|it| it.began_in()) {
            if self.permitted.insert(node) {
                permission::to_delete(member, db).await?;
            }
        }
        Ok(())
    }

    fn rows_left(&self) -> u64 {
        self.purge.at_most_rows.saturating_sub(self.report.rows())
    }

    /// Why the run has to end now, if it has to.
    fn bound(&self) -> Option<PurgeEnd> {
        if self.is_stopped {
            return Some(PurgeEnd::Stopped);
        }
        let time = self.purge.at_most;
        if time.is_some_and(|time| self.began.elapsed() >= time) {
            return Some(PurgeEnd::Time);
        }
        (self.rows_left() == 0).then_some(PurgeEnd::Rows)
    }

    /// Lets the number of rows follow the time that a transaction took, and calls the caller.
    async fn after_transaction(&mut self, took: Duration) {
        let rows = adapted(self.rows_at_once, took);
        self.rows_at_once = rows.clamp(1, self.purge.rows_per_transaction);
        let progress = PurgeProgress {
            operations: self.report.operations,
            rows: self.report.rows(),
            elapsed: self.began.elapsed(),
        };
        tracing::debug!(
            rows = progress.rows,
            operations = progress.operations,
            ?took,
            "purged some"
        );
        self.is_stopped |= (self.between)(progress).await.is_break();
    }

    /// Removes these operations in one transaction. If the database refuses, halves them until the operations
    /// that it refuses are found. Returns why the run has to end before, if it has to.
    async fn remove<C>(
        &mut self,
        operations: &[&Operation],
        known: &[OperationId],
        db: &C,
    ) -> Result<Option<PurgeEnd>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let due = self.due;
        let mut open = vec![operations];
        while let Some(operations) = open.pop() {
            let began = Instant::now();
            let done = match self.remove_at_once(operations, known, db).await {
                Ok(Some(report)) => Ok(report),
                Ok(None) => {
                    self.know_keys(db).await?;
                    let (archiving, undeclared) = (self.archiving.as_ref(), self.keys_to_check());
                    in_transaction!(db, |txn| remove_together(
                        operations, known, &due, archiving, undeclared, txn
                    ))
                }
                Err(error) => Err(error),
            };
            match (done, operations) {
                (Ok(slice), _) => {
                    self.report.add(slice);
                    self.after_transaction(began.elapsed()).await;
                    if let (Some(end), false) = (self.bound(), open.is_empty()) {
                        return Ok(Some(end));
                    }
                }
                (Err(error), _) if is_of_run(&error) => return Err(error),
                (Err(error), [operation]) => self.leave(operation, error)?,
                (Err(_), operations) => {
                    let (first, second) = operations.split_at(operations.len() / 2);
                    open.extend([second, first]);
                }
            }
        }
        Ok(None)
    }

    /// Removes these operations in one statement for each entity. `None`, and nothing is removed, if that is not
    /// safe, if somebody has locked or changed one of the rows, or if the database refuses to remove one.
    ///
    /// `&mut self`, because a future that holds `&self` is `Send` only if the caller's function is `Sync`.
    async fn remove_at_once<C>(
        &mut self,
        operations: &[&Operation],
        known: &[OperationId],
        db: &C,
    ) -> Result<Option<PurgeReport>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let removal = Removal::of(operations, &self.due, db.get_database_backend())?
            .among(known)
            .into_archive(self.archiving.as_ref());
        if !removal.can_be_at_once() {
            return Ok(None);
        }
        let transaction = db.begin().await?;
        let removed = removal.remove_at_once(&transaction).await;
        let removed = match removed {
            Ok(removed) if sum(&removed) == rows_of(operations) => {
                let deeds = Deeds::of_run(removal.verb(), operations.iter().copied());
                deeds.write(&transaction).await.map(|()| removed)
            }
            Ok(_) => Err(changed(operations)),
            Err(error) => Err(error),
        };
        match family::end(transaction, removed).await {
            Ok(removed) => {
                let mut report = PurgeReport {
                    operations: operations.len() as u64,
                    ..PurgeReport::default()
                };
                for (entity, count) in removed {
                    report.count(entity, count);
                }
                Ok(Some(report))
            }
            Err(error) if is_of_run(&error) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Removes one large operation, in several transactions. Returns why the run has to end before the
    /// operation is gone, if it has to.
    async fn remove_in_slices<C>(
        &mut self,
        operation: &Operation,
        db: &C,
    ) -> Result<Option<PurgeEnd>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let removal = Removal::of(&[operation], &self.due, db.get_database_backend())?
            .into_archive(self.archiving.as_ref());
        if self.archiving.is_some() {
            return match self.begin(&removal, operation, db).await? {
                true => self.remove_rows_of(&removal, operation, db).await,
                false => Ok(None),
            };
        }
        if removal.root_to_mark(operation).is_none() {
            // Its rows cannot carry a mark.
            let rows = operation.count();
            if rows > self.purge.at_most_rows {
                self.report
                    .block(operation.id(), BlockedBy::TooLarge { rows });
                return Ok(None);
            }
            if rows > self.rows_left() {
                return Ok(Some(PurgeEnd::Rows));
            }
            return self.remove(&[operation], &[], db).await;
        }
        let had_begun = removal.has_begun(operation, db).await?;
        let rows_before = self.report.rows();
        if !had_begun && !self.begin(&removal, operation, db).await? {
            return Ok(None);
        }
        let end = self.remove_rows_of(&removal, operation, db).await;
        let is_whole = !had_begun && self.report.rows() == rows_before;
        let blocked = self.report.blocked.last();
        let is_left = matches!(end, Err(SoftDeleteError::BackupFailed { .. }))
            || blocked.is_some_and(|it| it.operation == operation.id());
        if is_whole && is_left {
            in_transaction!(db, |txn| removal.take_back(operation, txn))?;
        }
        end
    }

    /// Removes the rows of an operation that has begun, those with the mark last.
    async fn remove_rows_of<C>(
        &mut self,
        removal: &Removal,
        operation: &Operation,
        db: &C,
    ) -> Result<Option<PurgeEnd>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let mut left = operation.count();
        while left > self.rows_at_once.min(self.rows_left()) {
            if let Some(end) = self.bound() {
                return Ok(Some(end));
            }
            let began = Instant::now();
            let limit = self.rows_at_once.min(self.rows_left());
            let removed = in_transaction!(db, |txn| removal.remove_some(operation, limit, txn));
            match removed {
                Ok(Some((entity, count))) => {
                    self.report.count(entity, count);
                    left = left.saturating_sub(count);
                }
                Ok(None) => break,
                Err(error) => return self.leave(operation, error).map(|()| None),
            }
            self.after_transaction(began.elapsed()).await;
        }
        let operations = self.purge.operations.clone();
        let Some(rest) = operations.find(operation.id(), db).await? else {
            return Ok(None);
        };
        if let Some(end) = self.bound() {
            return Ok(Some(end));
        }
        if rest.count() > self.rows_left() {
            return Ok(Some(PurgeEnd::Rows));
        }
        self.remove(&[&rest], &[], db).await
    }

    /// Begins to remove a large operation, unless something forbids the removal of some of its rows. Returns
    /// whether it has begun.
    async fn begin<C>(
        &mut self,
        removal: &Removal,
        operation: &Operation,
        db: &C,
    ) -> Result<bool, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let undeclared = match &self.undeclared {
            Some(known) => known,
            None => self
                .undeclared
                .insert(self.purge.undeclared_keys(db).await?),
        };
        match in_transaction!(db, |txn| begin(removal, operation, undeclared, txn)) {
            Ok(Begun::Yes(removed)) => {
                for (entity, count) in removed {
                    self.report.count(entity, count);
                }
                return Ok(true);
            }
            Ok(Begun::Locked) => self.report.skipped += 1,
            Ok(Begun::Blocked(blocked)) => self.report.blocked.extend(blocked),
            Err(error) => self.leave(operation, error)?,
        }
        Ok(false)
    }

    /// Leaves an operation that the database refused to remove.
    fn leave(
        &mut self,
        operation: &Operation,
        error: SoftDeleteError,
    ) -> Result<(), SoftDeleteError> {
        if is_of_run(&error) {
            return Err(error);
        }
        match is_retryable(&error) {
            true => self.report.skipped += 1,
            false => self.report.refuse(operation.id(), &error),
        }
        Ok(())
    }
}

/// What came of the begin of a large operation.
enum Begun {
    /// It has begun, and rows of entities with the policy `destroy` were removed.
    Yes(Vec<(String, u64)>),
    Locked,
    Blocked(Vec<Blocked>),
}

async fn begin<C: ConnectionTrait>(
    removal: &Removal,
    operation: &Operation,
    undeclared: &[UndeclaredKey],
    db: &C,
) -> Result<Begun, SoftDeleteError> {
    if !removal.archives() && !removal.lock_roots(operation, db).await? {
        return Ok(Begun::Locked);
    }
    let blocked = blocked(removal, removal.obstacles(undeclared, db).await?);
    if !blocked.is_empty() {
        return Ok(Begun::Blocked(blocked));
    }
    if !removal.archives() {
        removal.mark(operation, db).await?;
    }
    Ok(Begun::Yes(removal.remove_destroyed(db).await?))
}

/// Removes the operations whose rows nobody else has locked, and that nothing forbids to remove.
async fn remove_together<C: ConnectionTrait>(
    operations: &[&Operation],
    known: &[OperationId],
    due: &Due,
    archiving: Option<&Archiving>,
    undeclared: &[UndeclaredKey],
    db: &C,
) -> Result<PurgeReport, SoftDeleteError> {
    let mut report = PurgeReport::default();
    let mut removal = Removal::of(operations, due, db.get_database_backend())?
        .among(known)
        .into_archive(archiving);
    let mut locked = LockedRows::of(removal.lock(db).await?);
    if locked.has_others(operations) {
        removal = removal.by_list();
        locked = LockedRows::of(removal.lock(db).await?);
    }
    let whole = operations.iter().filter(|it| locked.are_all_of(it));
    let whole: HashSet<OperationId> = whole.map(|it| it.id()).collect();
    report.skipped = (operations.len() - whole.len()) as u64;
    let removal = removal.only(|id| whole.contains(&id));
    if removal.ids().is_empty() {
        return Ok(report);
    }
    let (removal, blocked) = without_blocked(removal, undeclared, db).await?;
    report.blocked.extend(blocked);
    if removal.ids().is_empty() {
        return Ok(report);
    }
    report.operations = removal.ids().len() as u64;
    for (entity, count) in removal.remove_destroyed(db).await? {
        report.count(entity, count);
    }
    let removed = removal.remove(db).await?;
    let free: HashSet<OperationId> = removal.ids().iter().copied().collect();
    let expected = operations.iter().filter(|it| free.contains(&it.id()));
    let expected: Vec<&Operation> = expected.copied().collect();
    if sum(&removed) > rows_of(&expected) {
        return Err(changed(operations));
    }
    let deeds = Deeds::of_run(removal.verb(), expected.into_iter());
    deeds.write(db).await?;
    for (entity, count) in removed {
        report.count(entity, count);
    }
    Ok(report)
}

/// The error for rows that came to the operations meanwhile: the transaction is repeated.
fn changed(operations: &[&Operation]) -> SoftDeleteError {
    let first = operations.first();
    let member = first.and_then(|it| it.members().first());
    SoftDeleteError::Contended {
        entity: member.map(|it| it.entity.clone()).unwrap_or_default(),
        by: first
            .map(|it| format!("operation = {}", it.id()))
            .unwrap_or_default(),
    }
}

/// The rows that a transaction has locked, by the instants of their operations.
struct LockedRows(HashMap<Timestamp, Vec<Locked>>);

impl LockedRows {
    fn of(all: Vec<Locked>) -> Self {
        let mut by_instant: HashMap<Timestamp, Vec<Locked>> = HashMap::new();
        for locked in all {
            by_instant
                .entry(locked.id.instant())
                .or_default()
                .push(locked);
        }
        Self(by_instant)
    }

    fn of_operation(&self, id: OperationId) -> impl Iterator<Item = &Locked> {
        let of_instant = self.0.get(&id.instant()).into_iter().flatten();
        of_instant.filter(move |locked| locked.id.is_part_of(id))
    }

    /// Whether they are all rows of the operation.
    fn are_all_of(&self, operation: &Operation) -> bool {
        operation.members().iter().all(|member| {
            let rows = self.of_operation(operation.id());
            let of_member = rows.filter(|locked| locked.entity == member.entity);
            of_member.map(|locked| locked.count).sum::<u64>() == member.count
        })
    }

    /// Whether some are rows of none of the operations.
    fn has_others(&self, operations: &[&Operation]) -> bool {
        let ids: HashSet<OperationId> = operations.iter().map(|it| it.id()).collect();
        let mut all = self.0.values().flatten();
        all.any(|locked| locked.id.uuid().is_some() && !ids.contains(&locked.id))
    }
}

/// Leaves out the operations that something forbids to remove. Rows of an operation that is left out are left
/// behind by others in turn, so this repeats until nothing forbids the rest.
async fn without_blocked<C: ConnectionTrait>(
    mut removal: Removal,
    undeclared: &[UndeclaredKey],
    db: &C,
) -> Result<(Removal, Vec<Blocked>), SoftDeleteError> {
    let mut all = Vec::new();
    while !removal.ids().is_empty() {
        let blocked = blocked(&removal, removal.obstacles(undeclared, db).await?);
        if blocked.is_empty() {
            break;
        }
        removal = removal.only(|id| blocked.iter().all(|blocked| blocked.operation != id));
        all.extend(blocked);
    }
    Ok((removal, all))
}

/// The operations to remove that are blocked, each with all that blocks it.
fn blocked(removal: &Removal, obstacles: Vec<(OperationId, BlockedBy)>) -> Vec<Blocked> {
    let ids = removal.ids().iter();
    let blocked = ids.map(|operation| {
        let of_operation = obstacles.iter().filter(|(id, _)| id.is_part_of(*operation));
        Blocked {
            operation: *operation,
            by: of_operation.map(|(_, by)| by.clone()).collect(),
        }
    });
    blocked.filter(|blocked| !blocked.by.is_empty()).collect()
}

/// The first operations that together have at most so many rows; one at least.
fn first_slice<'a, 'b>(
    operations: &'a [&'b Operation],
    rows: u64,
) -> (&'a [&'b Operation], &'a [&'b Operation]) {
    let mut sum = 0;
    let fits = |operation: &&&Operation| {
        sum += operation.count();
        sum <= rows
    };
    let count = operations.iter().take_while(fits).count();
    operations.split_at(count.max(1))
}

fn ids_of<'a>(operations: impl Iterator<Item = &'a Operation>) -> Vec<OperationId> {
    operations.map(Operation::id).collect()
}

fn sum(removed: &[(String, u64)]) -> u64 {
    removed.iter().map(|(_, count)| count).sum()
}

fn rows_of(operations: &[&Operation]) -> u64 {
    operations.iter().map(|operation| operation.count()).sum()
}

/// How many rows the next transaction should remove, after one that took this time.
fn adapted(rows: u64, took: Duration) -> u64 {
    match took {
        took if took > SLICE * 2 => rows / 2,
        took if took > SLICE => rows * 3 / 4,
        took if took < SLICE / 2 => rows * 2,
        _ => rows,
    }
}

fn is_retryable(error: &SoftDeleteError) -> bool {
    #[cfg(feature = "sqlx-dep")]
    return error.is_retryable();
    #[cfg(not(feature = "sqlx-dep"))]
    {
        let _ = error;
        false
    }
}

/// Whether no operation can be removed: the connection is lost, or only reads, or the backup cannot be written.
fn is_of_run(error: &SoftDeleteError) -> bool {
    match error {
        SoftDeleteError::BackupFailed { .. } => true,
        SoftDeleteError::Db(DbErr::Conn(_) | DbErr::ConnectionAcquire(_)) => true,
        SoftDeleteError::Db(error) => {
            // PostgreSQL says so on a replica and in a transaction that only reads.
            is_lost(error) || error.to_string().contains("in a read-only transaction")
        }
        _ => false,
    }
}

/// Whether the connection was lost while the statement ran.
fn is_lost(error: &DbErr) -> bool {
    #[cfg(feature = "sqlx-dep")]
    {
        use sea_orm::{RuntimeErr, SqlxError};

        let (DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))) = error
        else {
            return false;
        };
        match &**error {
            SqlxError::Io(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolClosed
            | SqlxError::PoolTimedOut
            | SqlxError::WorkerCrashed => true,
            // PostgreSQL: the server ends the session.
            SqlxError::Database(error) => {
                matches!(error.code().as_deref(), Some("57P01" | "57P02"))
            }
            _ => false,
        }
    }
    #[cfg(not(feature = "sqlx-dep"))]
    {
        let _ = error;
        false
    }
}
