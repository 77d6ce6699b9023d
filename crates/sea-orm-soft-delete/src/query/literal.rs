//! Values as literals in the text of a statement.

use sea_orm::sea_query::{
    Expr, MysqlQueryBuilder, PostgresQueryBuilder, Query, QueryBuilder, SqliteQueryBuilder,
};
use sea_orm::{DbBackend, StatementBuilder, Value};

use crate::deletion::timestamp::Timestamp;
use crate::query::stamp;

/// A value as a literal, in the form in which this crate stores it.
pub(crate) fn literal(value: Value, backend: DbBackend) -> String {
    if backend == DbBackend::Sqlite
        && let Some(text) = sqlite_text(&value)
    {
        return format!("'{text}'");
    }
    let select = Query::select()
        .expr(Expr::val(stamp::bindable(value, backend)))
        .to_owned();
    let sql = StatementBuilder::build(&select, &backend).to_string();
    sql.strip_prefix("SELECT ").unwrap_or(&sql).to_owned()
}

/// A value as a literal, in the form that the driver would send.
pub(crate) fn as_sent(value: &Value, backend: DbBackend) -> String {
    match (value, backend) {
        // The driver sends the bytes, and the column is BINARY(16), or a BLOB.
        #[cfg(feature = "with-uuid")]
        (Value::Uuid(Some(id)), DbBackend::MySql | DbBackend::Sqlite) => {
            format!("X'{}'", id.simple())
        }
        (_, DbBackend::MySql) => MysqlQueryBuilder.value_to_string(value),
        (_, DbBackend::Postgres) => PostgresQueryBuilder.value_to_string(value),
        (Value::String(_), _) => SqliteQueryBuilder.value_to_string(value),
        // SQLite compares date-times as text, so use the driver's spelling.
        _ => literal(value.clone(), backend),
    }
}

/// SQLite has no date-times: it stores the text that the driver sends, which `sqlx` spells differently for
/// each type (`sqlx-sqlite`, `types/chrono.rs` and `types/time.rs`).
#[cfg_attr(
    not(all(feature = "with-chrono", feature = "with-time")),
    allow(unused_variables, reason = "each type needs some of them")
)]
fn sqlite_text(value: &Value) -> Option<String> {
    let at = Timestamp::from_value(value)?.to_string();
    let (day, time) = (at.get(..10)?, at.get(11..19)?);
    let fraction = at.get(20..26)?;
    let shortest = fraction.trim_end_matches('0');
    let by_three = match shortest.len() {
        0 => String::new(),
        1..=3 => format!(".{}", fraction.get(..3)?),
        _ => format!(".{fraction}"),
    };
    match value {
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeUtc(_)
        | Value::ChronoDateTimeLocal(_)
        | Value::ChronoDateTimeWithTimeZone(_) => Some(format!("{day}T{time}{by_three}+00:00")),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTime(_) => Some(format!("{day} {time}{by_three}")),
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(_) => Some(match shortest {
            "" => format!("{day}T{time}Z"),
            _ => format!("{day}T{time}.{shortest}Z"),
        }),
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(_) => Some(match shortest {
            "" => format!("{day} {time}.0"),
            _ => format!("{day} {time}.{shortest}"),
        }),
        _ => None,
    }
}
