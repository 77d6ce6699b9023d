//! The answers of a database, as text that can be compared.

use sea_orm::prelude::{DateTime, DateTimeUtc, Decimal};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, TryGetable};

/// The names of the columns, and the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    columns: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    changed: u64,
}

impl Answer {
    /// Runs a statement that returns rows.
    pub(super) async fn of_query(
        db: &impl ConnectionTrait,
        statement: Statement,
    ) -> Result<Self, DbErr> {
        let rows = db.query_all_raw(statement).await?;
        Ok(Self {
            columns: rows
                .first()
                .map(QueryResult::column_names)
                .unwrap_or_default(),
            rows: rows.iter().map(cells).collect(),
            changed: 0,
        })
    }

    /// Runs a statement that returns only the number of changed rows.
    pub(super) async fn of_change(
        db: &impl ConnectionTrait,
        statement: Statement,
    ) -> Result<Self, DbErr> {
        let changed = db.execute_raw(statement).await?.rows_affected();
        Ok(Self {
            columns: Vec::new(),
            rows: Vec::new(),
            changed,
        })
    }

    /// Runs a text of one or several statements, without counting changed rows.
    pub(super) async fn of_text(db: &impl ConnectionTrait, sql: &str) -> Result<Self, DbErr> {
        db.execute_unprepared(sql).await?;
        Ok(Self {
            columns: Vec::new(),
            rows: Vec::new(),
            changed: 0,
        })
    }

    pub(super) fn map(mut self, change: impl Fn(&str) -> String) -> Self {
        for text in self
            .columns
            .iter_mut()
            .chain(self.rows.iter_mut().flatten())
        {
            *text = change(text);
        }
        self
    }

    /// The same answer with sorted rows, for a query without an order.
    pub(super) fn sorted(mut self) -> Self {
        self.rows.sort();
        self
    }

    pub(super) fn print(&self) -> String {
        if self.columns.is_empty() && self.rows.is_empty() {
            return format!("  no rows, {} changed", self.changed);
        }
        let rows = self
            .rows
            .iter()
            .map(|row| format!("\n  {}", row.join(" | ")));
        format!("  {}{}", self.columns.join(" | "), rows.collect::<String>())
    }
}

fn cells(row: &QueryResult) -> Vec<String> {
    (0..row.column_names().len())
        .map(|index| cell(row, index))
        .collect()
}

fn cell(row: &QueryResult, index: usize) -> String {
    fn read<T: TryGetable>(
        row: &QueryResult,
        index: usize,
        print: impl Fn(T) -> String,
    ) -> Option<String> {
        let value: Option<T> = row.try_get_by_index(index).ok()?;
        Some(value.map_or_else(|| "NULL".to_owned(), print))
    }
    read(row, index, |text: String| format!("{text:?}"))
        .or_else(|| read(row, index, |number: i64| number.to_string()))
        .or_else(|| read(row, index, |number: i32| number.to_string()))
        .or_else(|| read(row, index, |number: u64| number.to_string()))
        .or_else(|| read(row, index, |flag: bool| flag.to_string()))
        .or_else(|| read(row, index, |at: DateTimeUtc| at.to_string()))
        .or_else(|| read(row, index, |at: DateTime| at.to_string()))
        .or_else(|| read(row, index, |number: f64| number.to_string()))
        .or_else(|| read(row, index, |bytes: Vec<u8>| format!("{bytes:?}")))
        // MySQL's union of signed and unsigned numbers.
        .or_else(|| read(row, index, |number: Decimal| number.to_string()))
        .unwrap_or_else(|| panic!("column {index} of {:?} is read", row.column_names()))
}
