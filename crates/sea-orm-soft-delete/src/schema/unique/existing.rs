//! The unique indexes of an existing table.

use sea_orm::DbBackend;

use super::{LIVE, UniqueAmongLive};
use crate::error::SoftDeleteError;
use crate::schema::catalogue::{Index, Table};
use crate::schema::predicate::{State, can_be_same};

impl UniqueAmongLive {
    /// Whether the index exists; an error if another index has its name.
    pub(crate) fn is_made(&self, table: &Table) -> Result<bool, SoftDeleteError> {
        let Some(index) = table.index(&self.name) else {
            return Ok(false);
        };
        let (tells_live, live): (bool, &[&str]) = match table.backend {
            // An index over prefixes makes the prefixes unique, but whole values can differ after equal
            // prefixes.
            DbBackend::MySql => {
                let is_whole = index.rules.iter().all(String::is_empty);
                (is_whole && self.has_live_column(table), &[LIVE])
            }
            _ => {
                let marker = self.schema.marker_in(table);
                let is_exact = |sql: &String| marker.is_exactly(State::Live, sql);
                (index.predicate.as_ref().is_some_and(is_exact), &[])
            }
        };
        match index.is_unique && tells_live && self.is_over_parts(index, table, live) {
            true => Ok(true),
            false => Err(self.schema.another_index(&index.name)),
        }
    }

    /// Whether the generated column exists, and is 1 in live rows and NULL in trashed rows.
    pub(super) fn has_live_column(&self, table: &Table) -> bool {
        let generated = table
            .column(LIVE)
            .and_then(|column| column.generated.as_ref());
        generated.is_some_and(|sql| self.schema.marker_in(table).is_null_in_trash(sql))
    }

    /// Whether an index is over exactly the columns, the expressions and these further columns.
    pub(super) fn is_over_parts(&self, index: &Index, table: &Table, further: &[&str]) -> bool {
        let columns = self.columns.iter().map(String::as_str);
        let columns: Vec<&str> = columns.chain(further.iter().copied()).collect();
        let named = table.columns.iter().map(|column| column.name.as_str());
        let named: Vec<&str> = named.collect();
        let expressions = index.parts.iter().filter(|part| part.is_none());
        index.parts.len() == columns.len() + self.expressions.len()
            && expressions.count() == self.expressions.len()
            && index.has_all(&columns)
            && self.expressions.iter().all(|asked| {
                let mut found = index.expressions.iter();
                index.expressions.is_empty()
                    || found.any(|sql| can_be_same(asked, sql, &named, table.backend))
            })
    }

    /// The unique indexes over the same columns that also hold trashed rows.
    pub(super) fn plain<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = &'a Index> {
        let indexes = table.indexes.iter();
        indexes.filter(|index| {
            index.is_unique
                && !index.is_primary
                && index.predicate.is_none()
                && self.expressions.is_empty()
                && index.is_over(&self.columns)
        })
    }
}
