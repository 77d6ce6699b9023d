//! Writes rows by their primary keys, where a trigger of MySQL or MariaDB makes a single statement fail.

use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement, ValueTuple};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, StatementBuilder};

use crate::entity::member::Member;
use crate::family::follow_up::FollowUp;
use crate::family::row_set::tuple;

/// How many rows one round reads and then writes.
const BATCH: usize = 5_000;

/// Runs a statement that finds the rows to write by reading other tables. Returns how many rows it wrote.
///
/// On MySQL and MariaDB, a trigger must not write a table that the statement which fires it reads (error
/// 1442). For example, a trigger on the child table that keeps a count in the parent row breaks every
/// statement that finds child rows by their parent rows. In this case the function reads the keys of the
/// rows and writes the rows by key, in batches. `keys` selects the primary keys of the rows that are still
/// to be written; `by_key` makes the statement that writes the rows under a condition on the key.
pub(super) async fn write<C, S, W>(
    statement: S,
    member: &dyn Member,
    keys: impl Fn() -> SelectStatement,
    by_key: impl Fn(Expr) -> W,
    db: &C,
) -> Result<u64, DbErr>
where
    C: ConnectionTrait,
    S: StatementBuilder,
    W: StatementBuilder,
{
    match db.execute(&FollowUp(statement)).await {
        Ok(done) => return Ok(done.rows_affected()),
        Err(error) if is_refused_for_a_trigger(&error, db.get_database_backend()) => {}
        Err(error) => return Err(error),
    }
    let mut written = 0;
    loop {
        let mut batch = keys();
        batch.limit(BATCH as u64);
        let rows = db.query_all(&FollowUp(batch)).await?;
        let found: Vec<ValueTuple> = rows
            .iter()
            .map(|row| member.read_key(row))
            .collect::<Result<_, _>>()?;
        if found.is_empty() {
            return Ok(written);
        }
        let is_last = found.len() < BATCH;
        let key = tuple(&member.alias(), &member.primary_key());
        let is_found = match member.primary_key().len() {
            1 => key.is_in(found.into_iter().flatten()),
            _ => key.in_tuples(found),
        };
        let done = db.execute(&FollowUp(by_key(is_found))).await?;
        written += done.rows_affected();
        // If the statement wrote no row, the next round would find the same keys.
        if is_last || done.rows_affected() == 0 {
            return Ok(written);
        }
    }
}

/// `1442 (HY000): Can't update table 'folder' in stored function/trigger because it is already used by
/// statement which invoked this stored function/trigger`. The server rolls back only the statement.
pub(crate) fn is_refused_for_a_trigger(error: &DbErr, backend: DbBackend) -> bool {
    backend == DbBackend::MySql && error.to_string().contains("1442 (HY000)")
}
