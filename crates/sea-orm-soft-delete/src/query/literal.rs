//! Values as literals in the text of a statement.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{DbBackend, Statement, StatementBuilder, Value};
use sql_row_scope::placeholders;

use crate::operation::timestamp::Timestamp;
use crate::query::dialect::dialect;
use crate::query::stamp;
use crate::value_text;

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

/// Whether [`safe`] writes this value: an integer, a bool, an instant, a UUID or a text.
pub(crate) fn is_safe(value: &Value) -> bool {
    #[cfg(feature = "with-uuid")]
    if matches!(value, Value::Uuid(_)) {
        return true;
    }
    matches!(
        value,
        Value::Bool(_)
            | Value::TinyInt(_)
            | Value::SmallInt(_)
            | Value::Int(_)
            | Value::BigInt(_)
            | Value::TinyUnsigned(_)
            | Value::SmallUnsigned(_)
            | Value::Unsigned(_)
            | Value::BigUnsigned(_)
            | Value::String(_)
    ) || Timestamp::from_value(value).is_some()
}

/// A value as a literal, in the form that the driver would send.
pub(crate) fn as_sent(value: &Value, backend: DbBackend) -> String {
    safe(value, backend).unwrap_or_else(|| literal(value.clone(), backend))
}

/// The same for a value whose literal every setting of the database reads alike; `None` for another value.
pub(crate) fn safe(value: &Value, backend: DbBackend) -> Option<String> {
    if !is_safe(value) {
        return None;
    }
    Some(match (value, backend) {
        // The driver sends the bytes, and the column is BINARY(16), or a BLOB.
        #[cfg(feature = "with-uuid")]
        (Value::Uuid(Some(id)), DbBackend::MySql | DbBackend::Sqlite) => {
            format!("X'{}'", id.simple())
        }
        (Value::String(Some(text)), _) => quoted(text, backend),
        (value, backend) => match (Timestamp::from_value(value), backend) {
            (Some(at), DbBackend::MySql) => format!("'{}'", value_text::date_time(at, false)),
            // SQLite compares date-times as text, so use the driver's spelling.
            (Some(_), DbBackend::Sqlite) => format!("'{}'", sqlite_text(value)?),
            _ => value_text::spell(value),
        },
    })
}

/// The text of a statement with its values in it.
pub(crate) fn in_text(statement: Statement) -> String {
    let backend = statement.db_backend;
    let values = statement.values.map_or_else(Vec::new, |values| values.0);
    let places = placeholders(&statement.sql, dialect(backend));
    let mut sql = String::with_capacity(statement.sql.len() + values.len() * 16);
    let mut end = 0;
    for (place, value) in places.into_iter().zip(&values) {
        sql.push_str(&statement.sql[end..place.start]);
        sql.push_str(&as_sent(value, backend));
        end = place.end;
    }
    sql.push_str(&statement.sql[end..]);
    sql
}

/// Quotes a text safely for every database and setting. Where a setting makes the backslash an ordinary
/// character, the text has each backslash twice.
pub(crate) fn quoted(text: &str, backend: DbBackend) -> String {
    let doubled = text.replace('\'', "''");
    match backend {
        DbBackend::MySql => format!("'{}'", doubled.replace('\\', "\\\\")),
        // So that the literal does not depend on `standard_conforming_strings`.
        DbBackend::Postgres if doubled.contains('\\') => {
            format!("E'{}'", doubled.replace('\\', "\\\\"))
        }
        _ => format!("'{doubled}'"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_does_not_end_its_quotes() {
        let text = r"\';END IF;DELETE FROM b;END#";
        for (backend, expected) in [
            (DbBackend::MySql, r"'\\'';END IF;DELETE FROM b;END#'"),
            (DbBackend::Postgres, r"E'\\'';END IF;DELETE FROM b;END#'"),
            (DbBackend::Sqlite, r"'\'';END IF;DELETE FROM b;END#'"),
        ] {
            assert_eq!(quoted(text, backend), expected);
        }
        assert_eq!(quoted("it's", DbBackend::Postgres), "'it''s'");
    }
}
