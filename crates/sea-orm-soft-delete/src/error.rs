//! The error that callers act on, and its conversions to and from SeaORM's own error.

use std::sync::Arc;

use sea_orm::{DbErr, SqlErr, TransactionError};

use crate::operation::id::OperationId;
use crate::report::erasure::ErasurePreview;
use crate::report::trashed_row::TrashedRow;
use crate::report::{Duplicate, EntityRows, Preview, RestrictingRows, UniqueClash};
use sql_row_scope::{ANY_TABLE, Refusal};

/// Why a verb of this crate did nothing.
///
/// Verbs with SeaORM's own names (`delete`, `update`, …) return SeaORM's [`DbErr`]. The other verbs
/// return `SoftDeleteError`. `?` converts each into the other without loss: a `SoftDeleteError` that
/// travels as a `DbErr` converts back into the same variant.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// async fn undo(db: &DatabaseConnection) -> Result<(), DbErr> {
///     note::Entity::restore_by_id(404).exec(db).await?; // there is no such note
///     Ok(())
/// }
/// let travelled: DbErr = undo(db).await.unwrap_err();
/// let error = SoftDeleteError::from(travelled);
/// assert!(matches!(error, SoftDeleteError::NotFound { key, .. } if key == "id = 404"));
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// An error type of an application takes both kinds best as one variant, with a conversion from each:
///
/// ```
/// # use sea_orm::DbErr;
/// # use sea_orm_soft_delete::SoftDeleteError;
/// #[derive(Debug, thiserror::Error)]
/// enum AppError {
///     #[error(transparent)]
///     Database(#[from] SoftDeleteError),
/// }
///
/// impl From<DbErr> for AppError {
///     fn from(error: DbErr) -> Self {
///         Self::Database(error.into())
///     }
/// }
/// ```
///
/// If the type has `#[from] DbErr` only, write `.map_err(DbErr::from)?` behind a verb that returns `SoftDeleteError`,
/// and get the typed error back with [`inside`](Self::inside).
///
/// [`DbErr`] has a single variant for foreign errors, so a `SoftDeleteError` that travels as a `DbErr`
/// prints as "Error converting `SoftDeleteError` into `DbErr`: …".
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SoftDeleteError {
    /// No row has this key, live or trashed.
    #[error(
        "row not found: `{entity}` has no row with {key}, live or trashed; it was never inserted, or was \
         force-deleted"
    )]
    #[non_exhaustive]
    NotFound {
        /// The table.
        entity: String,
        /// The key that the verb looked for, as `column = value`.
        key: String,
    },

    /// The row is live, and the verb works on trashed rows only.
    #[error("row is not trashed: `{entity}` {key} is live; {remedy}")]
    #[non_exhaustive]
    NotTrashed {
        /// The table.
        entity: String,
        /// The row's key, as `column = value`.
        key: String,
        /// What to do instead.
        remedy: &'static str,
    },

    /// The row is still trashed after the restore: a filter excluded it, or another call trashed it
    /// again.
    #[error(
        "row not restored: `{entity}` {key} is still trashed, because a filter excludes it or it was trashed \
         again meanwhile; read it with `only_trashed()`, and restore it again"
    )]
    #[non_exhaustive]
    NotRestored {
        /// The table.
        entity: String,
        /// The row's key, as `column = value`.
        key: String,
    },

    /// The primary key of the model is not set, so the model identifies no row.
    #[error(
        "primary key not set: cannot {verb} a row of `{entity}` without one; set it, or use the `_many` verb \
         with a filter"
    )]
    #[non_exhaustive]
    PrimaryKeyNotSet {
        /// The table.
        entity: String,
        /// The verb.
        verb: &'static str,
    },

    /// A restore would break a unique constraint: a live row, or another row of the same restore, has the
    /// values of a row to restore. Nothing was restored.
    #[error("{}", unique_violation(entity, key.as_deref(), constraint.as_deref(), clashes))]
    #[non_exhaustive]
    UniqueViolation {
        /// The table.
        entity: String,
        /// The key of the row, as `column = value`, if only one row is concerned.
        key: Option<String>,
        /// The constraint's name or, on SQLite, its columns. `None` if the conflict was found before the
        /// write.
        constraint: Option<String>,
        /// Every row that conflicts with a live row. Empty if only the database knows the constraint.
        clashes: Vec<UniqueClash>,
        /// The error of the database, if the conflict was not found before the write.
        source: Option<Box<DbErr>>,
    },

    /// The parent of a row to restore, by a relation that cascades, does not exist (any more): the parent that the row
    /// has, or the one that the values of [`with_values`](crate::builders::RestoreOne::with_values) or of
    /// `before_restore` name. Nothing was restored.
    #[error(
        "cannot restore `{entity}` {key}: its parent, `{parent}` {parent_key}, does not exist any more; insert the \
         parent again, or set another one, with `with_values`, in `before_restore`, or with `update_with_trashed`"
    )]
    #[non_exhaustive]
    ParentGone {
        /// The table of the row to restore.
        entity: String,
        /// Its key, as `column = value`.
        key: String,
        /// The table of the parent.
        parent: String,
        /// The key of the parent according to the row to restore, as `column = value`.
        parent_key: String,
    },

    /// A legal hold keeps rows that the verb would remove, or rows that it would destroy with them. Nothing was
    /// removed.
    #[error(
        "cannot remove or erase rows of `{entity}`: a legal hold keeps {}; end the hold before, or leave these rows \
         out",
        list(held)
    )]
    #[non_exhaustive]
    Held {
        /// The table on which the verb was called.
        entity: String,
        /// How many rows of each entity are held.
        held: Vec<EntityRows>,
    },

    /// The time to restore the rows has passed: a purge may remove them since, and the entity declares
    /// `restore_until_due`. Nothing was restored.
    #[error(
        "cannot restore rows of `{entity}`: the operation {operation} is due for a purge, and the entity declares \
         `restore_until_due`"
    )]
    #[non_exhaustive]
    TooLateToRestore {
        /// The table.
        entity: String,
        /// The operation that trashed the rows.
        operation: OperationId,
    },

    /// The entity's `deleted_by` column cannot store the value that says who deletes.
    #[error(
        "wrong type of attribution: `{entity}.{column}` holds {expected}, not {who}; give \
         `Attribution::by` a value of the column's type"
    )]
    #[non_exhaustive]
    AttributionType {
        /// The table.
        entity: String,
        /// The `deleted_by` column.
        column: &'static str,
        /// The value that was given.
        who: String,
        /// The Rust type of the column.
        expected: String,
    },

    /// A call gives who deletes or why, and the entity has no column for it.
    #[error(
        "attribution not recorded: `{entity}` has no column for {what}; mark one with `#[soft_delete({key})]`, or \
         leave it out of this call"
    )]
    #[non_exhaustive]
    AttributionNotRecorded {
        /// The table.
        entity: String,
        /// `who deletes` or `why`.
        what: &'static str,
        /// The attribute key that is missing.
        key: &'static str,
    },

    /// Some rows share values that are to be unique. Nothing was changed.
    #[error(
        "duplicate values: cannot make {} of `{entity}` unique, because {among} rows have the same values: {}; \
         change or delete all but one of each",
        columns.join(", "),
        duplicates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    #[non_exhaustive]
    Duplicates {
        /// The table.
        entity: String,
        /// The columns and expressions to make unique.
        columns: Vec<String>,
        /// Which rows must differ: `live`, or `live and trashed`.
        among: &'static str,
        /// The values that rows share, the most frequent first, at most ten of them.
        duplicates: Vec<Duplicate>,
    },

    /// The table could not be changed as requested. Nothing was changed.
    #[error("schema of `{entity}` not changed: {why}; {remedy}")]
    #[non_exhaustive]
    SchemaNotChanged {
        /// The table.
        entity: String,
        /// Why the table could not be changed.
        why: String,
        /// What to do instead.
        remedy: &'static str,
    },

    /// The clock returned the value that marks a live row in the marker column.
    #[error(
        "clock returned the live value: {at} in `{entity}.{column}` marks a live row, so it cannot mark a trashed \
         one; set the clock to another instant"
    )]
    #[non_exhaustive]
    ClockHitsLiveValue {
        /// The table.
        entity: String,
        /// The marker column.
        column: String,
        /// The instant.
        at: crate::Timestamp,
    },

    /// The scoped connection cannot restrict a statement to live rows with certainty. It did not send
    /// the statement.
    #[error(
        "{} cannot be scoped; {remedy}; nothing was sent",
        subject(table, construct)
    )]
    #[non_exhaustive]
    NotScopable {
        /// The soft-deletable table that the statement names; "any table" if the text of the statement
        /// can hide which table it uses.
        table: String,
        /// The part of the statement that cannot be scoped.
        construct: String,
        /// What to do instead.
        remedy: &'static str,
    },

    /// A scoped connection carries no value for a scope that the table is held to. Nothing was sent.
    ///
    /// See [`RequiredScope`](crate::RequiredScope).
    #[error(
        "`{entity}` is held to the scope `{scope}`, and the connection carries no value for it; nothing was sent; give \
         it one with `within(..)`, or reach the rows of every value with `across(..)`"
    )]
    #[non_exhaustive]
    ScopeRequired {
        /// The table.
        entity: String,
        /// The name of the scope.
        scope: &'static str,
    },

    /// A statement writes a value into the column of a scope, and the connection carries another value. Nothing was
    /// sent.
    ///
    /// See [`RequiredScope`](crate::RequiredScope).
    #[error(
        "a statement writes {written} into `{column}` of `{entity}`, which is out of the scope `{scope}` of the \
         connection; nothing was sent; leave the column out, or write through a connection `within(..)` that value"
    )]
    #[non_exhaustive]
    OutOfScope {
        /// The table.
        entity: String,
        /// The column.
        column: String,
        /// The value, as SQL spells it.
        written: String,
        /// The name of the scope.
        scope: &'static str,
    },

    /// The verb would no longer do what the confirmed preview shows. Nothing was written.
    #[error(
        "preview out of date: rows of `{entity}` have changed since; nothing was done; show the new preview, and \
         confirm that:\n{now}"
    )]
    #[non_exhaustive]
    PreviewChanged {
        /// The table.
        entity: String,
        /// What would happen now.
        now: Box<Preview>,
    },

    /// The erasure would no longer do what the confirmed preview shows. Nothing was written.
    #[error(
        "preview out of date: rows about `{entity}` {} have changed since; nothing was erased; show the new preview, \
         and confirm that:\n{now}",
        now.key
    )]
    #[non_exhaustive]
    ErasureChanged {
        /// The table of the subject.
        entity: String,
        /// What would happen now.
        now: Box<ErasurePreview>,
    },

    /// An erasure cannot write what the entity declares, or cannot prove what it did. Nothing was written.
    #[error("cannot erase rows of `{entity}`: {why}; {remedy}")]
    #[non_exhaustive]
    NotErasable {
        /// The table.
        entity: String,
        /// Why not.
        why: String,
        /// What to do instead.
        remedy: &'static str,
    },

    /// A function that runs before an erasure failed. Nothing was written.
    #[error(
        "erasure stopped: the function before rows of `{entity}` are erased failed: {source}; nothing was erased; \
         mend the cause, and erase again"
    )]
    #[non_exhaustive]
    BeforeErasureFailed {
        /// The table.
        entity: String,
        /// The error of the function.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },

    /// A verb that cascades runs several statements, and `QueryTrait::query` changed only one of them.
    /// Nothing was written.
    #[error(
        "statement edited: cannot {verb} rows of `{entity}` and their children, because `QueryTrait::query` changed \
         the statement, and the children need the same rows; choose the rows with `filter`"
    )]
    #[non_exhaustive]
    StatementEdited {
        /// The table.
        entity: String,
        /// The verb.
        verb: &'static str,
    },

    /// The parent of a row to restore is still trashed. Nothing was restored.
    ///
    /// A program can name the parent, and offer to restore it too:
    ///
    /// ```
    /// # use sea_orm::sea_query::FromValueTuple;
    /// # use sea_orm_soft_delete::SoftDeleteError;
    /// # fn offer(error: SoftDeleteError) {
    /// if let SoftDeleteError::ParentTrashed { parent_row, .. } = error {
    ///     println!("Restore {parent_row} too?"); // its title, or its entity and key
    ///     if parent_row.entity == "folder" {
    ///         let id = i32::from_value_tuple(parent_row.key); // for `folder::Entity::restore_by_id(id)`
    ///         # let _ = id;
    ///     }
    /// }
    /// # }
    /// ```
    #[error(
        "cannot restore `{entity}` {key}: its parent, `{parent}` {parent_key}{}, is trashed{}; restore the parent, \
         which restores the children trashed with it, or restore both with `with_ancestors()`",
        parent_row.title.as_deref().map_or_else(String::new, |title| format!(" ({title})")),
        parent_row.operation.map_or_else(String::new, |id| format!(" in the operation {id}"))
    )]
    #[non_exhaustive]
    ParentTrashed {
        /// The table.
        entity: String,
        /// The key of the row, as `column = value`.
        key: String,
        /// The table of the parent.
        parent: String,
        /// The key of the parent, as `column = value`.
        parent_key: String,
        /// The parent: its key as values, its title, and the operation that trashed it.
        parent_row: Box<TrashedRow>,
    },

    /// A foreign key refers to rows that a force delete was to remove. Nothing was removed.
    #[error(
        "foreign key constraint violated: rows of {} refer to rows of `{entity}` ({constraint}); nothing was \
         removed; remove the referring rows first, or keep the held rows with `exec_skipping_held`",
        holder.as_deref().map_or("another table".to_owned(), |table| format!("`{table}`"))
    )]
    #[non_exhaustive]
    HeldByForeignKey {
        /// The table of the rows.
        entity: String,
        /// The table with the foreign key; SQLite does not report it.
        holder: Option<String>,
        /// The foreign key's name; on SQLite, the database's message.
        constraint: String,
        /// The database error.
        source: Box<DbErr>,
    },

    /// A purge has begun to remove the operation. Nothing was restored.
    #[error(
        "operation being purged: cannot restore rows of `{entity}`, because a purge has begun to remove the \
         operation {operation} that trashed them; the next run of the purge removes the rest"
    )]
    #[non_exhaustive]
    BeingPurged {
        /// The table.
        entity: String,
        /// The operation.
        operation: OperationId,
    },

    /// Live rows of a child entity, whose relation is declared `restrict`, forbid the delete. Nothing
    /// was written.
    #[error(
        "delete restricted: no row of `{entity}` was deleted, because of {}; delete or move those first",
        list(by)
    )]
    #[non_exhaustive]
    Restricted {
        /// The table of the rows to delete.
        entity: String,
        /// The rows that forbid the delete.
        by: Vec<RestrictingRows>,
    },

    /// A restore could not tell the rows of one operation from the rows of another. Nothing was
    /// written.
    #[error(
        "no operation column: a restore could not tell which delete trashed a row of `{entity}`, because {why} \
         (`{entity}.{column}`); add a column: #[soft_delete(operation)] pub operation_id: Option<Uuid>"
    )]
    #[non_exhaustive]
    OperationNotIdentifiable {
        /// The table.
        entity: String,
        /// The marker column of the table.
        column: String,
        /// Why the marker does not identify the operation.
        why: &'static str,
    },

    /// The relations that an entity declares are invalid. Nothing was written.
    #[error("invalid `#[soft_delete]` relation of `{entity}`: {mistake}")]
    #[non_exhaustive]
    InvalidRelation {
        /// The table of the entity.
        entity: String,
        /// The mistake, and what to write instead.
        mistake: String,
    },

    /// Another entity of the same table declares relations to children, and this entity declares none,
    /// so its verbs run in no transaction. Nothing was written.
    #[error(
        "relations not declared: `{declared_by}` and `{undeclared}` are entities of one table, `{entity}`; the first \
         declares relations to child tables and the second none, so its verbs run in no transaction; declare \
         one of the relations on it too, such as `#[soft_delete(cascade(…))]`, or call the verb on \
         `{declared_by}`"
    )]
    #[non_exhaustive]
    FamilyNotDeclared {
        /// The table of both entities.
        entity: String,
        /// The entity that the verb was called on.
        undeclared: &'static str,
        /// The entity that declares the relations.
        declared_by: &'static str,
    },

    /// A deed could not be recorded in the [log of deletions](crate::deletion_log). Nothing was written.
    #[error(
        "cannot record what was done to `{entity}` in `deletion_log`: {source}; create the table with \
         `deletion_log::create_table`"
    )]
    #[non_exhaustive]
    NotRecorded {
        /// The table on which the verb was called.
        entity: String,
        /// The database error.
        source: Box<DbErr>,
    },

    /// Rows cannot be moved to the archive of their table, because it is missing or narrower than the table.
    #[error("cannot archive rows of `{entity}`: {why}; {remedy}")]
    #[non_exhaustive]
    NotArchivable {
        /// The table.
        entity: String,
        /// Why not.
        why: String,
        /// What to do.
        remedy: &'static str,
    },

    /// Archived rows cannot be returned to their table, because a row to which they refer is gone. Nothing was written.
    #[error(
        "cannot return rows of `{entity}` from the archive (operation = {operation}): a row to which they refer is \
         gone ({source}); restore or insert that row first"
    )]
    #[non_exhaustive]
    NotReturned {
        /// The table.
        entity: String,
        /// The operation of the rows.
        operation: OperationId,
        /// The database error.
        source: Box<DbErr>,
    },

    /// A `Backup` cannot hold rows that the verb would remove. Nothing was
    /// removed.
    #[error("cannot back up rows of `{entity}`: {why}; nothing was removed; {remedy}")]
    #[non_exhaustive]
    NotBackedUp {
        /// The table.
        entity: String,
        /// The column that cannot be written, if it is one.
        column: Option<String>,
        /// Why not.
        why: String,
        /// What to do.
        remedy: &'static str,
    },

    /// The writer of a backup failed. Nothing was removed.
    #[error(
        "cannot write the backup: {source}; nothing was removed; mend the cause, and begin a new backup with a writer \
         that works"
    )]
    #[non_exhaustive]
    BackupFailed {
        /// The error of the writer.
        source: Arc<std::io::Error>,
    },

    /// The text is no backup, or not one of this program. Nothing was written.
    #[error("no backup of this program: line {line}: {why}")]
    #[non_exhaustive]
    NotABackup {
        /// The number of the line; the first is 1.
        line: u64,
        /// What is wrong with it, and what to do.
        why: String,
    },

    /// A row of a backup cannot be inserted again. Nothing was written.
    #[error(
        "cannot insert rows of `{entity}` from the backup: {why}; nothing was inserted; {remedy}"
    )]
    #[non_exhaustive]
    BackupClash {
        /// The table.
        entity: String,
        /// The key of the row, as `column = value`. `None` if only the database knows it.
        key: Option<String>,
        /// Why not.
        why: String,
        /// What to do.
        remedy: &'static str,
        /// The error of the database, if the clash was not found before the write.
        source: Option<Box<DbErr>>,
    },

    /// Listing the operations of an entity failed.
    #[error(
        "cannot list the operations of `{entity}`: {source}; if its table is not in this database, exclude the \
         entity with `Operation::list().except(…)`, or name the families to list with \
         `Operation::list().in_family_of(…)`"
    )]
    #[non_exhaustive]
    ListFailed {
        /// The table.
        entity: String,
        /// The database error.
        source: Box<DbErr>,
    },

    /// A live row has the key of the row to insert. Nothing was written.
    #[error(
        "duplicate key: a live row of `{entity}` ({key}) has {by}; update that row, or get it with \
         `find_or_insert`"
    )]
    #[non_exhaustive]
    KeyTaken {
        /// The table.
        entity: String,
        /// The values that both rows have, as `column = value`.
        by: String,
        /// The primary key of the live row, as `column = value`.
        key: String,
    },

    /// A trashed row has the key of the row to insert. Nothing was written.
    #[error("duplicate key: a trashed row of `{entity}` ({key}) has {by}; {remedy}")]
    #[non_exhaustive]
    KeyTrashed {
        /// The table.
        entity: String,
        /// The values that both rows have, as `column = value`.
        by: String,
        /// The primary key of the trashed row, as `column = value`.
        key: String,
        /// What to do instead.
        remedy: &'static str,
    },

    /// An upsert (`INSERT … ON CONFLICT … DO UPDATE`) on a scoped connection wrote nothing, because trashed rows have
    /// the keys of all of its rows. A trigger that leaves a row out looks the same.
    ///
    /// PostgreSQL and SQLite report it. On MySQL and MariaDB the outcome does not tell such an upsert from one of a live
    /// row, so there it is SeaORM's [`DbErr::RecordNotInserted`], or no error with `exec_without_returning`.
    #[error(
        "upsert wrote nothing: trashed rows of `{entity}` have the keys of its rows, unless a trigger left them out; \
         restore such a row with the new values by `insert_or_revive`, or find it with `find_or_insert(…).with_trashed()`"
    )]
    #[non_exhaustive]
    UpsertOfTrashed {
        /// The table.
        entity: String,
    },

    /// An upsert on a scoped connection wrote nothing, because rows that a [`FixedScope`](crate::FixedScope) hides have
    /// the keys of all of its rows. A trigger that leaves a row out looks the same.
    ///
    /// PostgreSQL and SQLite report it, as with [`UpsertOfTrashed`](Self::UpsertOfTrashed).
    #[error(
        "upsert wrote nothing: rows of `{entity}` that {} have the keys of its rows, unless a trigger left them out; \
         update them through `lift(..)` of the connection{}, or insert other keys",
        hidden(.scopes, *.may_be_trashed),
        if *.may_be_trashed { ", restore them by `insert_or_revive`" } else { "" }
    )]
    #[non_exhaustive]
    UpsertOfHidden {
        /// The table.
        entity: String,
        /// The names of the scopes with a condition, one of which hides the rows.
        scopes: Vec<&'static str>,
        /// Whether the rows may be trashed instead: then [`insert_or_revive`](crate::SoftDelete::insert_or_revive)
        /// brings them back.
        may_be_trashed: bool,
    },

    /// The insert hit a unique constraint other than the columns given to `by`. Nothing was written.
    #[error(
        "unique constraint {constraint} violated: the row of `{entity}` with {by} was not inserted, because another \
         row, live or trashed, has the same values in the constraint, and others in the columns given to `by`; \
         change the values, or give the constraint's columns to `by`"
    )]
    #[non_exhaustive]
    NotInserted {
        /// The table.
        entity: String,
        /// The values that the insert looked for, as `column = value`.
        by: String,
        /// The constraint's name or, on SQLite, its columns.
        constraint: String,
        /// The database error.
        source: Box<DbErr>,
    },

    /// The columns given to `by` do not identify a row. Nothing was written.
    #[error("invalid key columns of `{entity}`: {mistake}")]
    #[non_exhaustive]
    InvalidKeyColumns {
        /// The table.
        entity: String,
        /// The invalid column, if a single column is invalid.
        column: Option<&'static str>,
        /// The mistake, and what to write instead.
        mistake: String,
    },

    /// The rows with the key of the row to insert changed during every attempt. Nothing was written.
    #[error(
        "rows changed concurrently: gave up on the row of `{entity}` with {by}, which others kept changing; nothing \
         was written; try again"
    )]
    #[non_exhaustive]
    Contended {
        /// The table.
        entity: String,
        /// The values that the insert looked for, as `column = value`.
        by: String,
    },

    /// Any other error of SeaORM or of the database.
    #[error(transparent)]
    Db(DbErr),
}

impl SoftDeleteError {
    /// Returns the `SoftDeleteError` that travels inside a [`DbErr`], if there is one.
    ///
    /// ```
    /// # use sea_orm::DbErr;
    /// # use sea_orm_soft_delete::SoftDeleteError;
    /// # fn handle(error: DbErr) {
    /// if let Some(SoftDeleteError::NotTrashed { key, .. }) = SoftDeleteError::inside(&error) {
    ///     println!("{key} is live");
    /// }
    /// # }
    /// ```
    pub fn inside(error: &DbErr) -> Option<&Self> {
        match error {
            DbErr::TryIntoErr { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }

    /// Returns the constraint violation, if the error is one. It works like [`DbErr::sql_err`], which
    /// does not look inside a `SoftDeleteError`.
    pub fn sql_err(&self) -> Option<SqlErr> {
        match self {
            Self::UniqueViolation { source, .. } | Self::BackupClash { source, .. } => {
                source.as_ref()?.sql_err()
            }
            Self::NotInserted { source, .. }
            | Self::ListFailed { source, .. }
            | Self::NotReturned { source, .. }
            | Self::NotRecorded { source, .. } => source.sql_err(),
            Self::Db(error) => error.sql_err(),
            _ => None,
        }
    }

    /// Whether the same call may succeed if the caller repeats it: the call conflicted with another
    /// transaction over the same rows.
    ///
    /// This is the case for deadlocks and serialization failures: on PostgreSQL `40P01` and `40001`, and
    /// `55P03` (a lock timeout, or a row that is locked where the statement says NOWAIT); on
    /// MySQL and MariaDB 1213, 1205 (a lock wait timeout) and 1020 (which MariaDB reports for a row
    /// that changed after the transaction first read); on SQLite `SQLITE_BUSY` and `SQLITE_LOCKED`,
    /// extended codes included. The call wrote nothing.
    ///
    /// A node of a Galera cluster reports a conflict with another node as 1213, at a statement or at the
    /// COMMIT, and reports 1047 while it is not ready. Both are retryable.
    ///
    /// If the verb ran in a transaction of its own, repeat the call. If the verb ran in a transaction
    /// of the caller, repeat that transaction from the start: MySQL and MariaDB have rolled the whole
    /// transaction back after a deadlock, and on the other databases a transaction that has read
    /// outdated rows fails again.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// async fn delete(id: i32, db: &DatabaseConnection) -> Result<u64, SoftDeleteError> {
    ///     let mut attempts = 0;
    ///     loop {
    ///         let deleted = note::Entity::delete_by_id(id).exec(db).await;
    ///         match deleted.map_err(SoftDeleteError::from) {
    ///             Err(error) if error.is_retryable() && attempts < 3 => attempts += 1,
    ///             deleted => return Ok(deleted?.rows_affected),
    ///         }
    ///     }
    /// }
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// assert_eq!(delete(1, db).await?, 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// This function reads the error codes that the drivers of `sqlx` report, so it exists only with
    /// the feature `sqlx-dep`, as [`RuntimeErr::SqlxError`](sea_orm::RuntimeErr) does.
    #[cfg(feature = "sqlx-dep")]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Db(error) => is_retryable(error),
            Self::NotRecorded { source, .. } => is_retryable(source),
            Self::Contended { .. } => true,
            _ => false,
        }
    }
}

#[cfg(feature = "sqlx-dep")]
fn is_retryable(error: &DbErr) -> bool {
    use sea_orm::{RuntimeErr, SqlxError};

    let (DbErr::Conn(error) | DbErr::Exec(error) | DbErr::Query(error)) = error else {
        return SoftDeleteError::inside(error).is_some_and(SoftDeleteError::is_retryable);
    };
    let RuntimeErr::SqlxError(error) = error else {
        return false;
    };
    let SqlxError::Database(error) = &**error else {
        return false;
    };
    // MySQL and MariaDB put the error number in the text. Elsewhere it is available only with that driver
    // enabled.
    let is_number = |number: &str| error.to_string().starts_with(number);
    // PostgreSQL, MySQL and MariaDB report five characters; SQLite reports a number.
    match error.code().as_deref() {
        Some("40001" | "40P01" | "55P03") => true,
        Some("HY000") => is_number("1205 (") || is_number("1020 ("),
        Some("08S01") => is_number("1047 ("),
        Some(code) if code.len() < 5 => match code.parse::<u32>() {
            Ok(code) => matches!(code & 0xff, SQLITE_BUSY | SQLITE_LOCKED),
            Err(_) => false,
        },
        _ => false,
    }
}

#[cfg(feature = "sqlx-dep")]
const SQLITE_BUSY: u32 = 5;
#[cfg(feature = "sqlx-dep")]
const SQLITE_LOCKED: u32 = 6;

fn list(all: &[impl std::fmt::Display]) -> String {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    all.join("; ")
}

/// What hides the rows of an upsert.
fn hidden(scopes: &[&str], may_be_trashed: bool) -> String {
    let names: Vec<String> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    let scopes = match names.as_slice() {
        [name] => format!("the scope {name} hides"),
        names => format!("one of the scopes {} hides", names.join(", ")),
    };
    match may_be_trashed {
        true => format!("are trashed or {scopes}"),
        false => scopes,
    }
}

fn unique_violation(
    entity: &str,
    key: Option<&str>,
    constraint: Option<&str>,
    clashes: &[UniqueClash],
) -> String {
    let Some(constraint) = constraint else {
        return format!(
            "unique constraint violated: cannot restore, because live rows have the unique values of {}; rename or \
             delete those rows, then restore",
            list(clashes)
        );
    };
    let rows = key.unwrap_or("rows");
    format!(
        "unique constraint {constraint} violated: cannot restore {rows} of `{entity}`, because another row has the \
         same values; rename or delete that row, then restore"
    )
}

/// The beginning of the message for a refused statement: the table and the construct.
fn subject(table: &str, construct: &str) -> String {
    match table {
        ANY_TABLE => format!("{construct} can be about any soft-deletable table, and"),
        table => format!("`{table}` is scoped, and {construct}"),
    }
}

impl From<Refusal> for SoftDeleteError {
    fn from(refusal: Refusal) -> Self {
        Self::NotScopable {
            table: refusal.table,
            construct: refusal.construct,
            remedy: refusal.remedy,
        }
    }
}

/// Converts the error of a function given to `TransactionTrait::transaction`, or of the transaction
/// itself.
impl From<TransactionError<SoftDeleteError>> for SoftDeleteError {
    fn from(error: TransactionError<SoftDeleteError>) -> Self {
        match error {
            TransactionError::Connection(error) => error.into(),
            TransactionError::Transaction(error) => error,
        }
    }
}

impl From<DbErr> for SoftDeleteError {
    fn from(error: DbErr) -> Self {
        match Self::inside(&error) {
            Some(typed) => typed.clone(),
            None => Self::Db(error),
        }
    }
}

/// `TryIntoErr` is the only variant of `DbErr` that carries a typed foreign error.
impl From<SoftDeleteError> for DbErr {
    fn from(error: SoftDeleteError) -> Self {
        match error {
            SoftDeleteError::Db(error) => error,
            typed => DbErr::TryIntoErr {
                from: "SoftDeleteError",
                into: "DbErr",
                source: Arc::new(typed),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::ValueTuple;

    use super::*;
    use crate::Timestamp;
    use crate::report::{AffectedRows, PreviewVerb};

    #[test]
    fn a_typed_error_survives_a_conversion_into_dberr() {
        let typed = SoftDeleteError::NotFound {
            entity: "note".into(),
            key: "id = 3".into(),
        };
        let travelled = DbErr::from(typed);
        assert!(travelled.to_string().contains("id = 3"), "{travelled}");
        let back = SoftDeleteError::from(travelled);
        assert!(matches!(back, SoftDeleteError::NotFound { key, .. } if key == "id = 3"));
    }

    #[test]
    fn a_dberr_survives_a_conversion_into_the_typed_error() {
        let there = SoftDeleteError::from(DbErr::RecordNotUpdated);
        assert!(matches!(DbErr::from(there), DbErr::RecordNotUpdated));
    }

    /// One error of each variant.
    fn all() -> Vec<SoftDeleteError> {
        use SoftDeleteError::*;

        let note = || "note".to_owned();
        let key = || "id = 3".to_owned();
        let by = || "email = 'a@x'".to_owned();
        let source = || Box::new(DbErr::RecordNotUpdated);
        let preview = Preview {
            verb: PreviewVerb::Delete,
            affects: AffectedRows {
                entity: note(),
                count: 2,
                is_destroyed: false,
                members: Vec::new(),
            },
            ancestors: Vec::new(),
            forbids: Vec::new(),
            clashes: Vec::new(),
            orphans: Vec::new(),
            gone: Vec::new(),
            held: Vec::new(),
            on_hold: Vec::new(),
        };
        let (parent, parent_key) = ("folder".to_owned(), "id = 1".to_owned());
        vec![
            NotFound {
                entity: note(),
                key: key(),
            },
            NotTrashed {
                entity: note(),
                key: key(),
                remedy: "there is nothing to restore",
            },
            NotRestored {
                entity: note(),
                key: key(),
            },
            PrimaryKeyNotSet {
                entity: note(),
                verb: "restore",
            },
            UniqueViolation {
                entity: note(),
                key: Some(key()),
                constraint: Some("note_slug_key".into()),
                clashes: Vec::new(),
                source: Some(source()),
            },
            ParentGone {
                entity: note(),
                key: key(),
                parent: parent.clone(),
                parent_key: parent_key.clone(),
            },
            AttributionType {
                entity: note(),
                column: "deleted_by",
                who: "'alice'".into(),
                expected: "i64".into(),
            },
            AttributionNotRecorded {
                entity: note(),
                what: "who deletes",
                key: "deleted_by",
            },
            Duplicates {
                entity: note(),
                columns: vec!["slug".into()],
                among: "live",
                duplicates: vec![Duplicate {
                    values: vec!["milk".into()],
                    rows: 2,
                }],
            },
            SchemaNotChanged {
                entity: note(),
                why: "there is no such table".into(),
                remedy: "create it first",
            },
            ClockHitsLiveValue {
                entity: note(),
                column: "deleted_at".into(),
                at: Timestamp::MIN,
            },
            NotScopable {
                table: note(),
                construct: "a MERGE statement".into(),
                remedy: "write an UPDATE",
            },
            NotScopable {
                table: ANY_TABLE.into(),
                construct: "PREPARE".into(),
                remedy: "send the statement",
            },
            PreviewChanged {
                entity: note(),
                now: Box::new(preview),
            },
            ErasureChanged {
                entity: note(),
                now: Box::new(ErasurePreview {
                    entity: note(),
                    key: key(),
                    tables: Vec::new(),
                    on_hold: Vec::new(),
                    left_behind: Vec::new(),
                }),
            },
            NotErasable {
                entity: note(),
                why: "`email` is unique".into(),
                remedy: "put `{key}` into the literal",
            },
            NotBackedUp {
                entity: note(),
                column: Some("place".into()),
                why: "`place` has a type that JSON cannot hold".into(),
                remedy: "remove the rows without a backup",
            },
            BackupFailed {
                source: Arc::new(std::io::Error::other("disk full")),
            },
            NotABackup {
                line: 3,
                why: "it is no JSON".into(),
            },
            BackupClash {
                entity: note(),
                key: Some(key()),
                why: "another row has id = 3".into(),
                remedy: "remove that row first",
                source: None,
            },
            BeforeErasureFailed {
                entity: note(),
                source: Arc::new(DbErr::RecordNotUpdated),
            },
            StatementEdited {
                entity: note(),
                verb: "restore",
            },
            UpsertOfTrashed { entity: note() },
            UpsertOfHidden {
                entity: note(),
                scopes: vec!["published", "current"],
                may_be_trashed: true,
            },
            ParentTrashed {
                entity: note(),
                key: key(),
                parent: parent.clone(),
                parent_key,
                parent_row: Box::new(TrashedRow {
                    entity: parent,
                    key: ValueTuple::One(1.into()),
                    title: Some("Garden".into()),
                    operation: None,
                }),
            },
            UniqueViolation {
                entity: note(),
                key: Some(key()),
                constraint: None,
                source: None,
                clashes: vec![UniqueClash {
                    entity: note(),
                    key: key(),
                    taken: "slug = 'milk'".into(),
                    values: Vec::new(),
                    live_row: None,
                }],
            },
            HeldByForeignKey {
                entity: note(),
                holder: Some("loan".into()),
                constraint: "fk_loan".into(),
                source: source(),
            },
            HeldByForeignKey {
                entity: note(),
                holder: None,
                constraint: "FOREIGN KEY constraint failed".into(),
                source: source(),
            },
            Held {
                entity: note(),
                held: vec![EntityRows {
                    entity: note(),
                    count: 2,
                }],
            },
            TooLateToRestore {
                entity: note(),
                operation: OperationId::Instant(Timestamp::MIN),
            },
            BeingPurged {
                entity: note(),
                operation: OperationId::Instant(Timestamp::MIN),
            },
            Restricted {
                entity: note(),
                by: vec![RestrictingRows {
                    entity: "loan".into(),
                    count: 1,
                    of: note(),
                }],
            },
            OperationNotIdentifiable {
                entity: note(),
                column: "deleted_at".into(),
                why: "its marker holds no instant",
            },
            InvalidRelation {
                entity: note(),
                mistake: "it is not registered".into(),
            },
            FamilyNotDeclared {
                entity: note(),
                undeclared: "slim::Entity",
                declared_by: "note::Entity",
            },
            ListFailed {
                entity: note(),
                source: source(),
            },
            KeyTaken {
                entity: note(),
                by: by(),
                key: key(),
            },
            KeyTrashed {
                entity: note(),
                by: by(),
                key: key(),
                remedy: "restore it",
            },
            NotInserted {
                entity: note(),
                by: by(),
                constraint: "note_slug_key".into(),
                source: source(),
            },
            InvalidKeyColumns {
                entity: note(),
                column: None,
                mistake: "no column is given".into(),
            },
            Contended {
                entity: note(),
                by: by(),
            },
            Db(DbErr::RecordNotUpdated),
        ]
    }

    #[test]
    fn every_message_begins_with_what_happened_and_ends_with_the_remedy() {
        let texts: Vec<String> = all().iter().map(ToString::to_string).collect();
        expect_test::expect![[r#"
            row not found: `note` has no row with id = 3, live or trashed; it was never inserted, or was force-deleted
            row is not trashed: `note` id = 3 is live; there is nothing to restore
            row not restored: `note` id = 3 is still trashed, because a filter excludes it or it was trashed again meanwhile; read it with `only_trashed()`, and restore it again
            primary key not set: cannot restore a row of `note` without one; set it, or use the `_many` verb with a filter
            unique constraint note_slug_key violated: cannot restore id = 3 of `note`, because another row has the same values; rename or delete that row, then restore
            cannot restore `note` id = 3: its parent, `folder` id = 1, does not exist any more; insert the parent again, or set another one, with `with_values`, in `before_restore`, or with `update_with_trashed`
            wrong type of attribution: `note.deleted_by` holds i64, not 'alice'; give `Attribution::by` a value of the column's type
            attribution not recorded: `note` has no column for who deletes; mark one with `#[soft_delete(deleted_by)]`, or leave it out of this call
            duplicate values: cannot make slug of `note` unique, because live rows have the same values: 'milk' (2 rows); change or delete all but one of each
            schema of `note` not changed: there is no such table; create it first
            clock returned the live value: 0001-01-01T00:00:00.000000Z in `note.deleted_at` marks a live row, so it cannot mark a trashed one; set the clock to another instant
            `note` is scoped, and a MERGE statement cannot be scoped; write an UPDATE; nothing was sent
            PREPARE can be about any soft-deletable table, and cannot be scoped; send the statement; nothing was sent
            preview out of date: rows of `note` have changed since; nothing was done; show the new preview, and confirm that:
            delete
            note: 2 rows

            preview out of date: rows about `note` id = 3 have changed since; nothing was erased; show the new preview, and confirm that:
            erasure of `note` id = 3

            cannot erase rows of `note`: `email` is unique; put `{key}` into the literal
            cannot back up rows of `note`: `place` has a type that JSON cannot hold; nothing was removed; remove the rows without a backup
            cannot write the backup: disk full; nothing was removed; mend the cause, and begin a new backup with a writer that works
            no backup of this program: line 3: it is no JSON
            cannot insert rows of `note` from the backup: another row has id = 3; nothing was inserted; remove that row first
            erasure stopped: the function before rows of `note` are erased failed: None of the records are updated; nothing was erased; mend the cause, and erase again
            statement edited: cannot restore rows of `note` and their children, because `QueryTrait::query` changed the statement, and the children need the same rows; choose the rows with `filter`
            upsert wrote nothing: trashed rows of `note` have the keys of its rows, unless a trigger left them out; restore such a row with the new values by `insert_or_revive`, or find it with `find_or_insert(…).with_trashed()`
            upsert wrote nothing: rows of `note` that are trashed or one of the scopes `published`, `current` hides have the keys of its rows, unless a trigger left them out; update them through `lift(..)` of the connection, restore them by `insert_or_revive`, or insert other keys
            cannot restore `note` id = 3: its parent, `folder` id = 1 (Garden), is trashed; restore the parent, which restores the children trashed with it, or restore both with `with_ancestors()`
            unique constraint violated: cannot restore, because live rows have the unique values of `note` id = 3 (slug = 'milk' is taken); rename or delete those rows, then restore
            foreign key constraint violated: rows of `loan` refer to rows of `note` (fk_loan); nothing was removed; remove the referring rows first, or keep the held rows with `exec_skipping_held`
            foreign key constraint violated: rows of another table refer to rows of `note` (FOREIGN KEY constraint failed); nothing was removed; remove the referring rows first, or keep the held rows with `exec_skipping_held`
            cannot remove or erase rows of `note`: a legal hold keeps 2 rows of `note`; end the hold before, or leave these rows out
            cannot restore rows of `note`: the operation 0001-01-01T00:00:00.000000Z is due for a purge, and the entity declares `restore_until_due`
            operation being purged: cannot restore rows of `note`, because a purge has begun to remove the operation 0001-01-01T00:00:00.000000Z that trashed them; the next run of the purge removes the rest
            delete restricted: no row of `note` was deleted, because of 1 live row of `loan`, which belongs to `note`; delete or move those first
            no operation column: a restore could not tell which delete trashed a row of `note`, because its marker holds no instant (`note.deleted_at`); add a column: #[soft_delete(operation)] pub operation_id: Option<Uuid>
            invalid `#[soft_delete]` relation of `note`: it is not registered
            relations not declared: `note::Entity` and `slim::Entity` are entities of one table, `note`; the first declares relations to child tables and the second none, so its verbs run in no transaction; declare one of the relations on it too, such as `#[soft_delete(cascade(…))]`, or call the verb on `note::Entity`
            cannot list the operations of `note`: None of the records are updated; if its table is not in this database, exclude the entity with `Operation::list().except(…)`, or name the families to list with `Operation::list().in_family_of(…)`
            duplicate key: a live row of `note` (id = 3) has email = 'a@x'; update that row, or get it with `find_or_insert`
            duplicate key: a trashed row of `note` (id = 3) has email = 'a@x'; restore it
            unique constraint note_slug_key violated: the row of `note` with email = 'a@x' was not inserted, because another row, live or trashed, has the same values in the constraint, and others in the columns given to `by`; change the values, or give the constraint's columns to `by`
            invalid key columns of `note`: no column is given
            rows changed concurrently: gave up on the row of `note` with email = 'a@x', which others kept changing; nothing was written; try again
            None of the records are updated"#]].assert_eq(&texts.join("\n"));
    }

    #[test]
    fn every_message_survives_a_conversion_into_dberr() {
        for error in all() {
            let text = error.to_string();
            let travelled = DbErr::from(error);
            assert!(travelled.to_string().ends_with(&text), "{travelled}");
            assert_eq!(SoftDeleteError::from(travelled).to_string(), text);
        }
    }

    #[test]
    fn the_unique_violation_keeps_the_error_of_the_database() {
        let error = SoftDeleteError::UniqueViolation {
            entity: "note".into(),
            key: None,
            constraint: Some("note_slug_key".into()),
            clashes: Vec::new(),
            source: Some(Box::new(DbErr::Custom("duplicate key".into()))),
        };
        let source = std::error::Error::source(&error).expect("it has a source");
        assert_eq!(source.to_string(), "Custom Error: duplicate key");
    }
}
