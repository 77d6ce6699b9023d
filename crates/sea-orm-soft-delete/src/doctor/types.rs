//! Checks that a column's type can hold the values of the entity's field.

use sea_orm::sea_query::ColumnType;
use sea_orm::{DbBackend, Value};

use crate::schema::types::type_of;

/// The kinds of field values that databases distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DateTime,
    DateTimeWithZone,
    Bool,
    /// The number of bits, if PostgreSQL has a type of that size.
    Integer(Option<u8>),
    Text,
    Uuid,
}

impl Kind {
    /// The kind of a field with such values; `None` for a kind that is not checked.
    pub(super) fn of(value: &Value) -> Option<Self> {
        Self::of_type(&type_of(value))
    }

    /// The kind of a column that is declared so; `None` for a kind that is not checked.
    pub(super) fn of_type(column_type: &ColumnType) -> Option<Self> {
        Some(match column_type {
            ColumnType::DateTime => Self::DateTime,
            ColumnType::TimestampWithTimeZone => Self::DateTimeWithZone,
            ColumnType::Boolean => Self::Bool,
            ColumnType::SmallInteger => Self::Integer(Some(16)),
            ColumnType::Integer => Self::Integer(Some(32)),
            ColumnType::BigInteger => Self::Integer(Some(64)),
            ColumnType::TinyInteger
            | ColumnType::TinyUnsigned
            | ColumnType::SmallUnsigned
            | ColumnType::Unsigned
            | ColumnType::BigUnsigned => Self::Integer(None),
            ColumnType::String(_) | ColumnType::Text | ColumnType::Char(_) => Self::Text,
            ColumnType::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    pub(super) fn is_date_time(self) -> bool {
        matches!(self, Self::DateTime | Self::DateTimeWithZone)
    }

    /// The name for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::DateTime => "a date-time without a time zone",
            Self::DateTimeWithZone => "a date-time with a time zone",
            Self::Bool => "a bool",
            Self::Integer(Some(16)) => "an integer of 16 bits",
            Self::Integer(Some(32)) => "an integer of 32 bits",
            Self::Integer(Some(64)) => "an integer of 64 bits",
            Self::Integer(_) => "an integer",
            Self::Text => "a text",
            Self::Uuid => "a UUID",
        }
    }

    /// Whether a column of this type can hold the kind, as drivers read and write it. A type that is not
    /// built in, such as a domain, passes.
    pub(super) fn fits(self, type_name: &str, backend: DbBackend) -> bool {
        let plain = without_parentheses(type_name);
        match backend {
            DbBackend::Postgres => self.fits_postgres(&plain),
            DbBackend::MySql => self.fits_mysql(&plain, type_name),
            _ => self.fits_sqlite(&plain),
        }
    }

    /// Drivers ask PostgreSQL for one type, and accept no other.
    fn fits_postgres(self, plain: &str) -> bool {
        const OWN: &[&str] = &[
            "bigint",
            "boolean",
            "bytea",
            "character",
            "character varying",
            "date",
            "double precision",
            "inet",
            "integer",
            "interval",
            "json",
            "jsonb",
            "numeric",
            "real",
            "smallint",
            "text",
            "time with time zone",
            "time without time zone",
            "timestamp with time zone",
            "timestamp without time zone",
            "uuid",
        ];
        if !OWN.contains(&plain) {
            return true;
        }
        match self {
            Self::DateTime => plain == "timestamp without time zone",
            Self::DateTimeWithZone => plain == "timestamp with time zone",
            Self::Bool => plain == "boolean",
            Self::Integer(Some(16)) => plain == "smallint",
            Self::Integer(Some(32)) => plain == "integer",
            Self::Integer(Some(64)) => plain == "bigint",
            Self::Integer(_) => matches!(plain, "smallint" | "integer" | "bigint"),
            Self::Text => matches!(plain, "text" | "character" | "character varying"),
            Self::Uuid => plain == "uuid",
        }
    }

    fn fits_mysql(self, plain: &str, type_name: &str) -> bool {
        let first = plain.split(' ').next().unwrap_or_default();
        let is_integer = matches!(
            first,
            "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint"
        );
        match self {
            // The driver reads no date-time without a zone from a TIMESTAMP.
            Self::DateTime => first == "datetime",
            Self::DateTimeWithZone => matches!(first, "datetime" | "timestamp"),
            Self::Bool => matches!(first, "tinyint" | "bool" | "boolean" | "bit"),
            Self::Integer(Some(64)) => matches!(first, "int" | "integer" | "bigint"),
            Self::Integer(_) => is_integer,
            Self::Text => {
                first.ends_with("text") || matches!(first, "char" | "varchar" | "enum" | "set")
            }
            Self::Uuid => {
                matches!(first, "uuid" | "blob")
                    || matches!(type_name, "binary(16)" | "varbinary(16)")
            }
        }
    }

    /// A column of SQLite holds anything, and a type can be any word. Only a type that clearly names
    /// another kind counts as a mistake.
    fn fits_sqlite(self, plain: &str) -> bool {
        let says = |words: &[&str]| words.iter().any(|word| plain.contains(word));
        let begins = |words: &[&str]| words.iter().any(|word| plain.starts_with(word));
        let is_number = says(&["int"]) || begins(&["real", "float", "double", "num", "dec"]);
        let is_date = says(&["date", "time"]);
        let is_text = says(&["char", "text", "clob"]) && !is_date;
        let is_bool = says(&["bool"]);
        let is_bytes = says(&["blob", "uuid", "binary"]);
        match self {
            Self::DateTime | Self::DateTimeWithZone => !is_number && !is_bool && !is_bytes,
            Self::Bool => !is_date && !is_text && !is_bytes,
            Self::Integer(_) => !is_date && !is_text && !is_bytes && !is_bool,
            Self::Text => !is_number && !is_bool && !plain.contains("blob"),
            Self::Uuid => !is_number && !is_bool && !is_date,
        }
    }
}

/// Whether a type is for UUIDs, which the program generates and no user chooses.
pub(super) fn is_uuid(type_name: &str) -> bool {
    type_name.starts_with("uuid") || matches!(type_name, "binary(16)" | "char(36)")
}

/// Turns `timestamp(6) with time zone` into `timestamp with time zone`.
pub(super) fn without_parentheses(type_name: &str) -> String {
    let mut depth = 0_usize;
    let plain: String = type_name
        .chars()
        .filter(|character| match character {
            '(' => {
                depth += 1;
                false
            }
            ')' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use sea_orm::DatabaseBackend::{MySql, Postgres, Sqlite};

    use super::Kind::{Bool, DateTime, DateTimeWithZone, Integer, Text, Uuid};
    use super::*;

    #[track_caller]
    fn check(kind: Kind, backend: DbBackend, fits: &[&str], does_not: &[&str]) {
        for type_name in fits {
            assert!(kind.fits(type_name, backend), "{kind:?} in {type_name}");
        }
        for type_name in does_not {
            assert!(!kind.fits(type_name, backend), "{kind:?} in {type_name}");
        }
    }

    #[test]
    fn in_postgres_built_in_types_are_distinguished_and_other_types_are_accepted() {
        check(
            DateTimeWithZone,
            Postgres,
            &[
                "timestamp with time zone",
                "timestamp(3) with time zone",
                "a_domain",
            ],
            &["timestamp without time zone", "date", "bigint", "text"],
        );
        check(
            DateTime,
            Postgres,
            &[
                "timestamp without time zone",
                "timestamp(6) without time zone",
            ],
            &["timestamp with time zone"],
        );
        check(Bool, Postgres, &["boolean"], &["smallint", "integer"]);
        check(
            Integer(Some(64)),
            Postgres,
            &["bigint"],
            &["integer", "numeric(10,2)"],
        );
        check(Integer(None), Postgres, &["bigint", "smallint"], &["text"]);
        check(
            Text,
            Postgres,
            &["character varying(36)", "text", "citext"],
            &["uuid"],
        );
        check(Uuid, Postgres, &["uuid"], &["text", "bytea"]);
    }

    #[test]
    fn in_mysql_most_columns_may_have_one_of_several_types() {
        check(
            DateTime,
            MySql,
            &["datetime(6)", "datetime"],
            &["timestamp(6)", "date", "bigint(20)", "varchar(255)"],
        );
        check(
            DateTimeWithZone,
            MySql,
            &["datetime(6)", "datetime", "timestamp(6)"],
            &["date", "bigint(20)", "varchar(255)"],
        );
        check(
            Bool,
            MySql,
            &["tinyint(1)", "bit(1)"],
            &["datetime", "char(1)", "int(11)"],
        );
        check(
            Integer(Some(64)),
            MySql,
            &["bigint(20)", "bigint unsigned", "int(11)"],
            &["tinyint(1)", "datetime(6)"],
        );
        check(
            Text,
            MySql,
            &["varchar(36)", "longtext", "enum('a','b')"],
            &["binary(16)"],
        );
        check(
            Uuid,
            MySql,
            &["binary(16)", "uuid"],
            &["char(36)", "binary(1)"],
        );
    }

    #[test]
    fn in_sqlite_any_type_name_of_no_other_meaning_is_accepted() {
        for kind in [DateTime, DateTimeWithZone] {
            check(
                kind,
                Sqlite,
                &[
                    "timestamp_with_timezone_text",
                    "datetime_text",
                    "text",
                    "datetime",
                    "",
                ],
                &["integer", "boolean", "uuid_text", "real"],
            );
        }
        check(
            Bool,
            Sqlite,
            &["boolean", "integer", "tinyint", ""],
            &["datetime_text", "text"],
        );
        check(
            Integer(Some(64)),
            Sqlite,
            &["bigint", "integer"],
            &["boolean", "text"],
        );
        check(
            Text,
            Sqlite,
            &["varchar", "text", "enum_text"],
            &["integer", "blob"],
        );
        check(
            Uuid,
            Sqlite,
            &["uuid_text", "blob", "text"],
            &["integer", "datetime_text"],
        );
    }
}
