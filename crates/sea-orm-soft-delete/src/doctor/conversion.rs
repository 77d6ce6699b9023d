//! The statement that changes a column's type and keeps the meaning of its values.

use sea_orm::DbBackend;

use crate::doctor::examination::Subject;
use crate::doctor::types::{Kind, without_parentheses};
use crate::entity::any_columns::Role;
use crate::entity::marker::{Marker, MarkerStorage};
use crate::operation::timestamp::Timestamp;
use crate::query::literal::{literal, quoted};
use crate::schema::catalogue::Column;
use crate::schema::sql::{quote, statement_text};
use crate::schema::table::SchemaColumn;

/// `None` if no conversion is known to keep the meaning of the values.
pub(super) fn converted(
    subject: &Subject<'_>,
    schema_column: &SchemaColumn,
    column: &Column,
    kind: Kind,
    backend: DbBackend,
) -> Option<String> {
    let from = without_parentheses(&column.type_name);
    // SQLite has no such statement, and sea-query panics when it builds one.
    let retype = || statement_text(&subject.schema.retype(schema_column, backend), backend);
    match backend {
        DbBackend::MySql => is_converted_by_mysql(kind, &from).then(|| commented(retype(), column)),
        DbBackend::Postgres => {
            let name = quote(backend, &schema_column.name);
            let storage = subject.schema.storage();
            let is_marker = schema_column.role == Role::Marker;
            let using = using(kind, &from, &name, is_marker.then_some(storage))?;
            let retype = retype();
            let (_, type_name) = retype.split_once(" TYPE ")?;
            let type_name = type_name
                .split_once(", ALTER COLUMN")
                .map_or(type_name, |(it, _)| it);
            let using = using.replace("{type}", type_name);
            let rest = match subject.schema.is_nullable(schema_column) {
                true => format!("ALTER COLUMN {name} DROP NOT NULL"),
                false => {
                    let live = literal(Marker::stored((), storage).live_value(), backend);
                    format!(
                        "ALTER COLUMN {name} SET DEFAULT {live}, ALTER COLUMN {name} SET NOT NULL"
                    )
                }
            };
            // The default of the old type may be invalid for the new type.
            Some(format!(
                "ALTER TABLE {} ALTER COLUMN {name} DROP DEFAULT, \
                 ALTER COLUMN {name} TYPE {type_name} USING {using}, {rest}",
                subject.schema.path(backend)
            ))
        }
        _ => None,
    }
}

/// Repeats the column's COMMENT, which MySQL and MariaDB would otherwise lose.
pub(super) fn commented(modify: String, column: &Column) -> String {
    match &column.comment {
        Some(comment) => format!("{modify} COMMENT {}", quoted(comment, DbBackend::MySql)),
        None => modify,
    }
}

pub(super) fn is_converted_by_mysql(kind: Kind, from: &str) -> bool {
    let first = from.split(' ').next().unwrap_or_default();
    match kind {
        Kind::DateTime | Kind::DateTimeWithZone => {
            matches!(first, "date" | "datetime" | "timestamp")
        }
        Kind::Integer(_) => first.ends_with("int") || first == "integer",
        Kind::Text => !matches!(first, "binary" | "varbinary") && !first.ends_with("blob"),
        Kind::Bool | Kind::Uuid => false,
    }
}

/// The expression from which PostgreSQL computes the new value; `{type}` stands for the new type.
pub(super) fn using(
    kind: Kind,
    from: &str,
    name: &str,
    marker: Option<MarkerStorage>,
) -> Option<String> {
    let is_text = matches!(from, "text" | "character" | "character varying");
    let is_integer = matches!(from, "smallint" | "integer" | "bigint");
    let is_instant = matches!(
        from,
        "timestamp with time zone" | "timestamp without time zone"
    );
    Some(match kind {
        Kind::Text => format!("{name}::{{type}}"),
        _ if is_text => format!("NULLIF({name}, '')::{{type}}"),
        Kind::DateTime | Kind::DateTimeWithZone if is_instant => {
            format!("{name} AT TIME ZONE 'UTC'")
        }
        Kind::DateTime if from == "date" => format!("{name}::{{type}}"),
        Kind::DateTimeWithZone if from == "date" => {
            format!("{name}::timestamp AT TIME ZONE 'UTC'")
        }
        Kind::Integer(_) if is_integer || from == "numeric" => format!("{name}::{{type}}"),
        Kind::Bool if is_integer => format!("COALESCE({name}, 0) <> 0"),
        Kind::Uuid if from == "bytea" => format!("encode({name}, 'hex')::{{type}}"),
        Kind::Bool if is_instant => {
            marker?;
            format!("{name} IS NOT NULL")
        }
        Kind::Integer(_) if is_instant => {
            let storage = marker?;
            let second = Timestamp::from_unix_seconds(1)?;
            let sea_orm::Value::BigInt(Some(unit)) =
                Marker::stored((), storage).trashed_value(second)
            else {
                return None;
            };
            let count = format!("floor(extract(epoch FROM {name}) * {unit})::{{type}}");
            match storage {
                MarkerStorage::Epoch { .. } => format!("COALESCE({count}, 0)"),
                _ => count,
            }
        }
        _ => return None,
    })
}
