//! Whether the unique constraint that refused a row covers the key of the row.
//!
//! If the columns of the constraint include every column of the key, the conflicting row has the same
//! key: it existed a moment ago, even if another transaction has changed it since. With any other
//! constraint, the conflicting row is a different row.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Statement, Value};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;

/// Which rows and columns the constraint covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The key, for every row.
    KeyOfAll,
    /// The key, for the rows that an index counts, such as live rows.
    KeyOfSome,
    /// Columns other than the key.
    Others,
    /// Unknown; or the transaction keeps its old snapshot, so that a second lookup cannot show anything
    /// new.
    Unknown,
}

/// What the constraint in this error covers, for a table with these key columns.
pub(crate) async fn about<E, C>(error: &SoftDeleteError, key: &[&str], db: &C) -> About
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    let constraint = match error {
        SoftDeleteError::NotInserted { constraint, .. }
        | SoftDeleteError::UniqueViolation {
            constraint: Some(constraint),
            ..
        } => constraint,
        SoftDeleteError::UniqueViolation { clashes, .. } => {
            let mut clashes = clashes.iter();
            let is_about_key = clashes.all(|clash| clash.is_about_all_of(key));
            return match is_about_key {
                true => About::KeyOfSome,
                false => About::Others,
            };
        }
        _ => return About::Unknown,
    };
    let columns = match db.get_database_backend() {
        DbBackend::Postgres => columns_in_postgres::<E, C>(constraint, db).await,
        DbBackend::MySql => columns_in_mysql::<E, C>(constraint, db).await,
        _ => Ok(columns_in_sqlite::<E>(constraint)),
    };
    match columns {
        Ok(None) => About::Unknown,
        Ok(Some((columns, _))) if !key.iter().all(|of| columns.iter().any(|it| it == of)) => {
            About::Others
        }
        Ok(Some((_, true))) => About::KeyOfAll,
        Ok(Some((_, false))) => About::KeyOfSome,
        // The connection may refuse a query on the catalogue; then the constraint stays unknown.
        Err(error) => {
            tracing::debug!(%error, "the catalogue does not say what a constraint is about");
            About::Unknown
        }
    }
}

/// The columns of a constraint, and whether it counts all rows.
type Columns = Option<(Vec<String>, bool)>;

/// Returns `None` at isolation levels other than READ COMMITTED, where the transaction keeps its snapshot.
async fn columns_in_postgres<E, C>(constraint: &str, db: &C) -> Result<Columns, DbErr>
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    const SQL: &str = "SELECT CAST(a.attname AS text) AS name, i.indpred IS NULL OR \
        strpos(pg_catalog.pg_get_expr(i.indpred, i.indrelid), $3) = 0 AS counts_all \
        FROM pg_catalog.pg_index i \
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid \
        AND a.attnum = ANY ((CAST(i.indkey AS int2[]))[0:i.indnkeyatts - 1]) \
        WHERE i.indisunique AND i.indrelid = to_regclass($1) AND c.relname = $2 \
        AND current_setting('transaction_isolation') = 'read committed'";
    let entity = E::default();
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let table = match entity.schema_name() {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(entity.table_name())),
        None => quoted(entity.table_name()),
    };
    // An index whose predicate does not mention the marker counts trashed rows.
    let marker = E::soft_delete().marker().column().as_str();
    let values: [Value; 3] = [table.into(), constraint.into(), marker.into()];
    let ask = Statement::from_sql_and_values(DbBackend::Postgres, SQL, values);
    let mut columns = Vec::new();
    let mut counts_all = true;
    for row in db.query_all_raw(ask).await? {
        columns.push(row.try_get("", "name")?);
        counts_all = row.try_get("", "counts_all")?;
    }
    Ok((!columns.is_empty()).then_some((columns, counts_all)))
}

/// An index with a further column, such as the generated column of an index over live rows, counts some
/// rows only.
async fn columns_in_mysql<E, C>(constraint: &str, db: &C) -> Result<Columns, DbErr>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    const SQL: &str = "SELECT column_name AS name FROM information_schema.statistics \
        WHERE table_schema = COALESCE(?, DATABASE()) AND table_name = ? AND index_name = ?";
    let entity = E::default();
    // MySQL names the table too.
    let table = format!("{}.", entity.table_name());
    let index = constraint.strip_prefix(&table).unwrap_or(constraint);
    let values: [Value; 3] = [
        entity.schema_name().map(str::to_owned).into(),
        entity.table_name().into(),
        index.into(),
    ];
    let ask = Statement::from_sql_and_values(DbBackend::MySql, SQL, values);
    let mut columns = Vec::new();
    for row in db.query_all_raw(ask).await? {
        // An index part over an expression has no column name.
        columns.extend(row.try_get::<Option<String>>("", "name")?);
    }
    Ok((!columns.is_empty()).then_some((columns, true)))
}

/// SQLite names the columns, except for an index over an expression.
fn columns_in_sqlite<E: EntityTrait>(constraint: &str) -> Columns {
    let table = format!("{}.", E::default().table_name());
    let columns = constraint.split(", ");
    let columns: Option<Vec<String>> = columns
        .map(|column| column.strip_prefix(&table).map(str::to_owned))
        .collect();
    Some((columns?, true))
}
