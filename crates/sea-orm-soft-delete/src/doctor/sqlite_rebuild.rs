//! The remedy that makes a table of SQLite anew.

use crate::doctor::examination::Subject;
use crate::doctor::finding::Remedy;
use crate::entity::member::TableKey;
use crate::schema::catalogue::Table;
use crate::schema::rebuild::script;

/// How to change a table of SQLite.
pub(super) const ANEW: &str = "SQLite cannot change it in place: make the table anew \
     (https://www.sqlite.org/lang_altertable.html#otheralter)";

/// The remedy that makes the table of an entity of SQLite anew from this CREATE TABLE.
pub(super) fn rebuilt(advice: &str, subject: &Subject<'_>, create: Option<String>) -> Remedy {
    rebuilt_table(advice, subject.schema.key(), subject.table, create)
}

/// The remedy that makes a table of SQLite anew from this CREATE TABLE.
pub(super) fn rebuilt_table(
    advice: &str,
    key: &TableKey,
    table: &Table,
    create: Option<String>,
) -> Remedy {
    match create {
        Some(create) => Remedy::advice(format!(
            "{advice}. SQLite has to make the table anew for that: run the statements in one session, outside \
             of a transaction"
        ))
        .statements(script(key, table, &create)),
        None => Remedy::advice(format!("{advice}. {ANEW}")),
    }
}
