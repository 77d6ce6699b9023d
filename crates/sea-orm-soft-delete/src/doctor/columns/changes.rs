//! The statements that give a column another definition.

use sea_orm::{ColumnType, DbBackend};

use crate::doctor::columns::Described;
use crate::doctor::conversion::commented;
use crate::doctor::finding::Remedy;
use crate::doctor::sqlite_rebuild::rebuilt;
use crate::entity::marker::Marker;
use crate::query::literal::literal;
use crate::schema::catalogue::Column;
use crate::schema::redefine::redefined;
use crate::schema::sql::{quote, statement_text};
use crate::schema::table::SchemaColumn;

impl Described<'_> {
    /// The value of a live row, in SQL.
    pub(super) fn live(&self) -> String {
        let marker = Marker::stored((), self.subject.schema.storage());
        literal(marker.live_value(), self.backend)
    }

    /// The statement that changes a column of MySQL or MariaDB, and keeps its type and comment.
    pub(super) fn modified(&self, column: &Column, to: &str) -> String {
        let modify = format!(
            "ALTER TABLE {} MODIFY COLUMN {} {} {to}",
            self.subject.schema.path(self.backend),
            quote(self.backend, &self.described.name),
            column.type_name
        );
        commented(modify, column)
    }

    pub(super) fn to_be_null(&self, column: &Column) -> Remedy {
        self.altered("let it be NULL", column, "NULL", &["DROP NOT NULL"])
    }

    /// The remedy that gives the column this definition, or makes these changes with ALTER COLUMN on PostgreSQL.
    pub(super) fn altered(
        &self,
        advice: &str,
        column: &Column,
        to: &str,
        postgres: &[&str],
    ) -> Remedy {
        match self.backend {
            DbBackend::Sqlite => {
                let create = self.subject.table.sql.as_deref();
                let create = create.filter(|_| column.generated.is_none());
                let create = create.and_then(|sql| redefined(sql, &column.name, to));
                rebuilt(advice, self.subject, create)
            }
            DbBackend::MySql => Remedy::advice(advice).statements([self.modified(column, to)]),
            _ => Remedy::advice(advice).statements([self.alter_column(postgres)]),
        }
    }

    pub(super) fn alter_column(&self, changes: &[&str]) -> String {
        let name = quote(self.backend, &self.described.name);
        let changes = changes
            .iter()
            .map(|change| format!("ALTER COLUMN {name} {change}"));
        let changes: Vec<String> = changes.collect();
        let table = self.subject.schema.path(self.backend);
        format!("ALTER TABLE {table} {}", changes.join(", "))
    }

    pub(super) fn to_be_datetime(&self, column: &Column) -> Remedy {
        // Whatever type the entity declares: a field of a date-time can have the column type of a text.
        let retype = self.schema_column().map(|column| {
            let column = SchemaColumn {
                column_type: ColumnType::custom("DATETIME(6)"),
                ..column.clone()
            };
            self.subject.schema.retype(&column, self.backend)
        });
        let retype = retype.map(|retype| commented(statement_text(&retype, self.backend), column));
        Remedy::advice("make it DATETIME(6)")
            .statements(self.in_utc(column).into_iter().filter(|_| retype.is_some()))
            .statements(retype)
    }

    /// The setting with which MySQL and MariaDB turn a TIMESTAMP into a DATETIME of UTC.
    pub(super) fn in_utc(&self, column: &Column) -> Option<String> {
        let is_timestamp =
            self.backend == DbBackend::MySql && column.type_name.starts_with("timestamp");
        is_timestamp.then(|| "SET time_zone = '+00:00'".to_owned())
    }
}
