//! `Purge`: removes trash for good, by age, operation by operation.

pub(crate) mod report;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};

use crate::entity::SoftDeleteEntity;
use crate::entity::retention::Retention;
use crate::error::SoftDeleteError;
use crate::family::{self, Graph, LeftBehind, Operation, Operations, Removal};
use crate::operation::clock::Clock;
use crate::operation::id::OperationId;
use crate::operation::timestamp::Timestamp;
use crate::purge::report::{
    Blocked, BlockedBy, PurgeEnd, PurgePreview, PurgeProgress, PurgeReport,
};

/// Physically removes trash that is older than its retention.
///
/// The unit is the operation: what one delete trashed is removed as a whole, children before parents, with
/// the rows of its root last. An operation is due when the retention of each of its entities has passed. One
/// transaction removes several operations, oldest first, and a run is many such transactions. A run that is
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
}

/// How many operations one statement finds.
const OPERATIONS_AT_ONCE: u64 = 200;

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
            let done = $work.await;
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

    /// Ends the run before it has removed more rows than this. An operation is not divided, so a larger one
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
        let now = Clock::current().now();
        let mut preview = PurgePreview::default();
        let Some(until) = self.latest(now) else {
            return Ok(preview);
        };
        let mut after = None;
        loop {
            let page = self.operations.oldest(after, until, OPERATIONS_AT_ONCE, db);
            let page = page.await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.id());
            let due = self.due(&page, now, until, db).await?;
            if due.is_empty() {
                continue;
            }
            let removal = Removal::of(&due, until, db.get_database_backend())?;
            let (removal, left) = without_left_behind(removal, db).await?;
            for operation in due.iter().filter(|it| removal.ids().contains(&it.id())) {
                preview.add(operation);
            }
            preview.blocked.extend(left.into_iter().map(blocked));
        }
        preview.runs = preview.rows().div_ceil(self.at_most_rows.max(1));
        Ok(preview)
    }

    /// Does the same as [`run`](Self::run), and calls `between` after each transaction, with what was removed
    /// so far. The run goes on when the future of `between` ends: show the progress, or wait there while a
    /// replica lags behind. `ControlFlow::Break` ends the run.
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
            now: Clock::current().now(),
            rows_at_once: self.rows_per_transaction.min(1_000),
            is_stopped: false,
            report: PurgeReport::default(),
        };
        run.report.ended = run.all(db).await?;
        Ok(run.report)
    }

    /// Removes what is due.
    ///
    /// # Errors
    ///
    /// The errors of [`Operations::all`], and the database's errors that do not concern one operation, such
    /// as a lost connection. What was removed before the error stays removed.
    pub async fn run<C>(&self, db: &C) -> Result<PurgeReport, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        self.run_with(|_| std::future::ready(ControlFlow::Continue(())), db)
            .await
    }

    /// The operations that began in the entities to purge, if the retention of each of their entities has passed.
    async fn due<'a, C: ConnectionTrait>(
        &self,
        operations: &'a [Operation],
        now: Timestamp,
        until: Timestamp,
        db: &C,
    ) -> Result<Vec<&'a Operation>, SoftDeleteError> {
        let is_due = |operation: &&Operation| self.is_due(operation, now);
        let mut due: Vec<&Operation> = operations.iter().filter(is_due).collect();
        if due.is_empty() {
            return Ok(due);
        }
        let removal = Removal::of(&due, until, db.get_database_backend())?;
        let elsewhere = removal.began_elsewhere(db).await?;
        due.retain(|operation| !elsewhere.iter().any(|id| id.is_part_of(operation.id())));
        Ok(due)
    }

    /// Whether the retention of each entity of the operation has passed.
    fn is_due(&self, operation: &Operation, now: Timestamp) -> bool {
        let mut members = operation.members().iter();
        members.all(|member| {
            let cutoff = self.cutoff(&member.entity, now);
            cutoff.is_some_and(|cutoff| operation.at() < cutoff)
        })
    }

    /// The instant until which the trashed rows of an entity are due.
    fn cutoff(&self, entity: &str, now: Timestamp) -> Option<Timestamp> {
        let retention = match self.older_than {
            Some(age) => Retention::For(age),
            None => Graph::registered().retention(entity)?,
        };
        match retention {
            Retention::For(age) => Some(now.checked_sub(age).unwrap_or(Timestamp::MIN)),
            Retention::Forever => None,
        }
    }

    /// The latest instant until which rows of any entity are due.
    fn latest(&self, now: Timestamp) -> Option<Timestamp> {
        let graph = Graph::registered();
        let entities = graph.soft_nodes().map(|(_, member)| member.name());
        entities
            .filter_map(|entity| self.cutoff(&entity, now))
            .max()
    }
}

/// A run of a purge.
struct Run<'a, P> {
    purge: &'a Purge,
    between: P,
    began: Instant,
    now: Timestamp,
    /// How many rows the next transaction removes at most.
    rows_at_once: u64,
    /// Whether the caller has ended the run.
    is_stopped: bool,
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
        let Some(until) = self.purge.latest(self.now) else {
            return Ok(PurgeEnd::Done);
        };
        let mut after = None;
        loop {
            let operations = &self.purge.operations;
            let page = operations
                .oldest(after, until, OPERATIONS_AT_ONCE, db)
                .await?;
            let Some(last) = page.last() else {
                return Ok(PurgeEnd::Done);
            };
            after = Some(last.id());
            if let Some(end) = self.bound() {
                return Ok(end);
            }
            let due = self.purge.due(&page, self.now, until, db).await?;
            let mut due = due.as_slice();
            while let Some(first) = due.first() {
                if let Some(end) = self.bound() {
                    return Ok(end);
                }
                let (slice, rest) = first_slice(due, self.rows_at_once.min(self.rows_left()));
                due = rest;
                let is_large =
                    first.count() > self.purge.rows_per_transaction.min(self.purge.at_most_rows);
                let end = match is_large {
                    true => self.remove_in_slices(first, until, db).await?,
                    false if rows_of(slice) > self.rows_left() => Some(PurgeEnd::Rows),
                    false => self.remove(slice, until, db).await.map(|()| None)?,
                };
                if let Some(end) = end {
                    return Ok(end);
                }
            }
        }
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
        self.is_stopped |= (self.between)(progress).await.is_break();
    }

    /// Removes these operations in one transaction. If the database refuses, halves them until the operations
    /// that it refuses are found.
    async fn remove<C>(
        &mut self,
        operations: &[&Operation],
        until: Timestamp,
        db: &C,
    ) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let mut open = vec![operations];
        while let Some(operations) = open.pop() {
            let began = Instant::now();
            let done = in_transaction!(db, |txn| remove_together(operations, until, txn));
            match (done, operations) {
                (Ok(slice), _) => self.report.add(slice),
                (Err(error), _) if is_of_connection(&error) => return Err(error),
                (Err(error), [operation]) => self.report.refuse(operation.id(), &error),
                (Err(_), operations) => {
                    let (first, second) = operations.split_at(operations.len() / 2);
                    open.extend([second, first]);
                }
            }
            self.after_transaction(began.elapsed()).await;
        }
        Ok(())
    }

    /// Removes one large operation, in several transactions. Returns why the run has to end before the
    /// operation is gone, if it has to.
    async fn remove_in_slices<C>(
        &mut self,
        operation: &Operation,
        until: Timestamp,
        db: &C,
    ) -> Result<Option<PurgeEnd>, SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let removal = Removal::of(&[operation], until, db.get_database_backend())?;
        if removal.root_to_mark(operation).is_none() {
            // Its rows cannot carry a mark.
            if operation.count() > self.rows_left() {
                return Ok(Some(PurgeEnd::Rows));
            }
            return self.remove(&[operation], until, db).await.map(|()| None);
        }
        if !removal.has_begun(operation, db).await? {
            let begun = in_transaction!(db, |txn| begin(&removal, operation, txn));
            match begun {
                Ok(Begun::Yes(removed)) => removed
                    .into_iter()
                    .for_each(|(entity, count)| self.report.count(entity, count)),
                Ok(Begun::Locked) => {
                    self.report.skipped += 1;
                    return Ok(None);
                }
                Ok(Begun::Blocked(left)) => {
                    self.report.blocked.extend(left.into_iter().map(blocked));
                    return Ok(None);
                }
                Err(error) if is_of_connection(&error) => return Err(error),
                Err(error) => {
                    self.report.refuse(operation.id(), &error);
                    return Ok(None);
                }
            }
        }
        let mut left = operation.count();
        while left > self.rows_at_once.min(self.rows_left()) {
            if let Some(end) = self.bound() {
                return Ok(Some(end));
            }
            let began = Instant::now();
            let limit = self.rows_at_once.min(self.rows_left());
            let removed =
                in_transaction!(db, |txn| removal.remove_some(operation.id(), limit, txn));
            match removed {
                Ok(Some((entity, count))) => {
                    self.report.count(entity, count);
                    left = left.saturating_sub(count);
                }
                Ok(None) => break,
                Err(error) if is_of_connection(&error) => return Err(error),
                Err(error) => {
                    self.report.refuse(operation.id(), &error);
                    return Ok(None);
                }
            }
            self.after_transaction(began.elapsed()).await;
        }
        let operations = self.purge.operations.clone();
        let Some(rest) = operations.find(operation.id(), db).await? else {
            return Ok(None);
        };
        if rest.count() > self.rows_left() {
            return Ok(Some(PurgeEnd::Rows));
        }
        self.remove(&[&rest], until, db).await?;
        Ok(None)
    }
}

/// What came of the begin of a large operation.
enum Begun {
    /// It has begun, and rows of entities with the policy `destroy` were removed.
    Yes(Vec<(String, u64)>),
    Locked,
    Blocked(Vec<LeftBehind>),
}

async fn begin<C: ConnectionTrait>(
    removal: &Removal,
    operation: &Operation,
    db: &C,
) -> Result<Begun, SoftDeleteError> {
    if !removal.begin(operation, db).await? {
        return Ok(Begun::Locked);
    }
    let left = removal.left_behind(db).await?;
    match left.is_empty() {
        true => Ok(Begun::Yes(removal.remove_destroyed(db).await?)),
        false => {
            removal.take_back(operation, db).await?;
            Ok(Begun::Blocked(left))
        }
    }
}

/// Removes the operations whose rows nobody else has locked, and whose removal leaves no row behind.
async fn remove_together<C: ConnectionTrait>(
    operations: &[&Operation],
    until: Timestamp,
    db: &C,
) -> Result<PurgeReport, SoftDeleteError> {
    let mut report = PurgeReport::default();
    let mut removal = Removal::of(operations, until, db.get_database_backend())?;
    let locked = removal.lock(db).await?;
    let is_whole = |operation: &&&Operation| {
        operation.members().iter().all(|member| {
            let of_member = locked.iter().filter(|locked| {
                locked.entity == member.entity && locked.id.is_part_of(operation.id())
            });
            of_member.map(|locked| locked.count).sum::<u64>() == member.count
        })
    };
    let whole: Vec<OperationId> = operations
        .iter()
        .filter(is_whole)
        .map(|it| it.id())
        .collect();
    report.skipped = (operations.len() - whole.len()) as u64;
    let removal = removal.only(|id| whole.contains(&id));
    if removal.ids().is_empty() {
        return Ok(report);
    }
    let (removal, left) = without_left_behind(removal, db).await?;
    report.blocked.extend(left.into_iter().map(blocked));
    if !removal.ids().is_empty() {
        report.operations = removal.ids().len() as u64;
        for (entity, count) in removal.remove(db).await? {
            report.count(entity, count);
        }
    }
    Ok(report)
}

/// Leaves out the operations whose removal would leave rows behind. Rows of an operation that is left out are
/// left behind by others in turn, so this repeats until the rest leaves none.
async fn without_left_behind<C: ConnectionTrait>(
    mut removal: Removal,
    db: &C,
) -> Result<(Removal, Vec<LeftBehind>), SoftDeleteError> {
    let mut all = Vec::new();
    while !removal.ids().is_empty() {
        let left = removal.left_behind(db).await?;
        if left.is_empty() {
            break;
        }
        removal = removal.only(|id| !left.iter().any(|left| left.operation.is_part_of(id)));
        all.extend(left);
    }
    Ok((removal, all))
}

fn blocked(left: LeftBehind) -> Blocked {
    let by = match left.live {
        0 => BlockedBy::KeptRows {
            entity: left.child,
            count: left.trashed,
        },
        live => BlockedBy::LiveRows {
            entity: left.child,
            count: live,
        },
    };
    Blocked {
        operation: left.operation,
        by,
    }
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

fn is_of_connection(error: &SoftDeleteError) -> bool {
    matches!(
        error,
        SoftDeleteError::Db(DbErr::Conn(_) | DbErr::ConnectionAcquire(_))
    )
}
