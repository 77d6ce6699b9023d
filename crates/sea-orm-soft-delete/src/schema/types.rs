//! The column types of each database.

use sea_orm::sea_query::{ColumnType, StringLen};
use sea_orm::{DbBackend, Value};

use crate::query::literal::quoted;

/// This database's variant of a type: with microseconds, and with enumerations as SeaORM makes them.
pub(crate) fn type_for(column_type: &ColumnType, backend: DbBackend) -> ColumnType {
    match (backend, column_type) {
        (
            DbBackend::MySql,
            ColumnType::DateTime | ColumnType::Timestamp | ColumnType::TimestampWithTimeZone,
        ) => ColumnType::custom("DATETIME(6)"),
        (DbBackend::MySql, ColumnType::Enum { variants, .. }) => {
            let variants = variants
                .iter()
                .map(|variant| quoted(&variant.to_string(), backend));
            let variants: Vec<String> = variants.collect();
            ColumnType::custom(format!("ENUM({})", variants.join(", ")))
        }
        (DbBackend::Postgres, ColumnType::Enum { name, .. }) => ColumnType::Custom(name.clone()),
        (_, column_type) => column_type.clone(),
    }
}

/// The variant with microseconds of an existing date-time type; `None` if it has them already.
pub(crate) fn precise(type_name: &str, backend: DbBackend) -> Option<String> {
    let name = type_name.split(['(', ' ']).next()?;
    if !matches!(name, "datetime" | "timestamp") || backend == DbBackend::Sqlite {
        return None;
    }
    let digits = type_name
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let digits = digits.and_then(|(digits, _)| digits.parse::<u32>().ok());
    match (backend, digits) {
        (DbBackend::MySql, Some(6)) | (DbBackend::Postgres, None | Some(6)) => None,
        (DbBackend::Postgres, _) => {
            let zone = type_name.split_once(") ").map_or("", |(_, zone)| zone);
            Some(format!("timestamp(6) {zone}").trim_end().to_owned())
        }
        // A TIMESTAMP ends in 2038. Someone chose a TIMESTAMP that keeps microseconds; SeaORM makes one
        // that does not.
        _ => Some("DATETIME(6)".to_owned()),
    }
}

/// The type of a column for such a value.
pub(crate) fn type_of(value: &Value) -> ColumnType {
    match value {
        Value::Bool(_) => ColumnType::Boolean,
        Value::TinyInt(_) => ColumnType::TinyInteger,
        Value::SmallInt(_) => ColumnType::SmallInteger,
        Value::Int(_) => ColumnType::Integer,
        Value::BigInt(_) => ColumnType::BigInteger,
        Value::TinyUnsigned(_) => ColumnType::TinyUnsigned,
        Value::SmallUnsigned(_) => ColumnType::SmallUnsigned,
        Value::Unsigned(_) => ColumnType::Unsigned,
        Value::BigUnsigned(_) => ColumnType::BigUnsigned,
        #[cfg(feature = "with-uuid")]
        Value::Uuid(_) => ColumnType::Uuid,
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTime(_) => ColumnType::DateTime,
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeUtc(_)
        | Value::ChronoDateTimeLocal(_)
        | Value::ChronoDateTimeWithTimeZone(_) => ColumnType::TimestampWithTimeZone,
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(_) => ColumnType::DateTime,
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(_) => ColumnType::TimestampWithTimeZone,
        Value::String(_) => ColumnType::String(StringLen::None),
        _ => ColumnType::Text,
    }
}
