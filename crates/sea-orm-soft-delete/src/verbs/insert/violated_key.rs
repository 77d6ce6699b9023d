//! Whether a unique constraint that a database refuses a row for is about the key of that row.
//!
//! If each column of the key is one of the constraint's, the row that has the place has the same key: it
//! was there a moment ago, whoever has moved it since. Of any other constraint, it is some other row.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic, Statement, Value};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;

/// What the constraint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// The key, of every row.
    KeyOfAll,
    /// The key, of the rows that an index counts, such as live ones.
    KeyOfSome,
    /// Other columns than the key's.
    Others,
    /// Nothing tells; or the transaction goes on seeing what it saw before, so that another look is none.
    Unknown,
}

/// What the constraint that this error names is about, of a table whose key are these columns.
pub(crate) async fn about<E, C>(error: &SoftDeleteError, key: &[&str], db: &C) -> About
where
    E: SoftDeleteEntity,
    C: ConnectionTrait,
{
    let constraint = match error {
        SoftDeleteError::NotInserted { constraint, .. }
        | SoftDeleteError::UniqueViolation { constraint, .. } => constraint,
        SoftDeleteError::UniqueClashes { clashes } => {
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
        // A connection that lets no such query pass says nothing of it.
        Err(error) => {
            tracing::debug!(%error, "the catalogue does not say what a constraint is about");
            About::Unknown
        }
    }
}

/// The columns of a constraint, and whether it counts all rows.
type Columns = Option<(Vec<String>, bool)>;

/// Asked while the transaction sees what others commit, which it does not at other levels.
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
    // An index whose condition does not speak of the marker counts rows in the trash.
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

/// An index that has a column more, as one over live rows has a generated one, counts some rows only.
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
        // None of an expression.
        columns.extend(row.try_get::<Option<String>>("", "name")?);
    }
    Ok((!columns.is_empty()).then_some((columns, true)))
}

/// SQLite names the columns, but for those of an index over an expression.
fn columns_in_sqlite<E: EntityTrait>(constraint: &str) -> Columns {
    let table = format!("{}.", E::default().table_name());
    let columns = constraint.split(", ");
    let columns: Option<Vec<String>> = columns
        .map(|column| column.strip_prefix(&table).map(str::to_owned))
        .collect();
    Some((columns?, true))
}
