//! The rows of the queries over a catalogue.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable};

use super::{Catalogue, ForeignKey, Index, OnDelete, Place, Table, is_same};
use crate::error::SoftDeleteError;

/// The rows of the queries arrive one table after another.
impl Catalogue {
    pub(super) fn add(&mut self, place: Place, sql: Option<String>) -> &mut Table {
        let known = self.position(&place);
        let at = known.unwrap_or_else(|| {
            self.tables.push(Table {
                backend: self.backend,
                place,
                columns: Vec::new(),
                indexes: Vec::new(),
                foreign_keys: Vec::new(),
                is_partition: false,
                sql,
                dependents: Vec::new(),
            });
            self.tables.len() - 1
        });
        &mut self.tables[at]
    }

    /// The table that a row of a query is about.
    pub(super) fn of_row(
        &mut self,
        row: &QueryResult,
    ) -> Result<Option<&mut Table>, SoftDeleteError> {
        let at = self.position(&Place::read(row, "table")?);
        Ok(at.and_then(|at| self.tables.get_mut(at)))
    }

    fn position(&self, place: &Place) -> Option<usize> {
        // Searches from the end, since most look-ups want the table that was added last.
        let is_it = |table: &Table| {
            is_same(self.backend, &table.place.name, &place.name)
                && is_same(self.backend, &table.place.schema, &place.schema)
        };
        self.tables.iter().rposition(is_it)
    }

    /// Adds a part of an index; the first part adds the index too.
    pub(super) fn add_part(
        &mut self,
        row: &QueryResult,
        index: Index,
        expression: Option<String>,
    ) -> Result<(), SoftDeleteError> {
        let Some(table) = self.of_row(row)? else {
            return Ok(());
        };
        let last = table.indexes.last();
        if last.is_none_or(|last| last.name != index.name) {
            table.indexes.push(index);
        }
        if let Some(last) = table.indexes.last_mut() {
            last.parts.push(get(row, "part")?);
            last.rules.push(get(row, "rule")?);
            last.expressions.extend(expression);
        }
        Ok(())
    }

    /// Adds a pair of columns of a foreign key; the first pair adds the key too.
    pub(super) fn add_pair(&mut self, row: &QueryResult) -> Result<(), SoftDeleteError> {
        let parent = Place::read(row, "parent")?;
        let position: i64 = get(row, "position")?;
        let named: Option<String> = get(row, "parent_column")?;
        let parent_column = named.or_else(|| self.key_part(&parent, position));
        let Some(table) = self.of_row(row)? else {
            return Ok(());
        };
        if position == 1 {
            table.foreign_keys.push(ForeignKey {
                name: get(row, "name")?,
                columns: Vec::new(),
                parent,
                parent_columns: Vec::new(),
                on_delete: OnDelete::of_rule(&get::<String>(row, "on_delete")?),
                on_update: OnDelete::of_rule(&get::<String>(row, "on_update")?),
                definition: get(row, "definition")?,
            });
        }
        if let Some(last) = table.foreign_keys.last_mut() {
            last.columns.push(get(row, "child_column")?);
            last.parent_columns.push(parent_column.unwrap_or_default());
        }
        Ok(())
    }

    /// The column of a primary key at this position, counted from 1.
    fn key_part(&self, place: &Place, position: i64) -> Option<String> {
        let table = self.tables.get(self.position(place)?)?;
        let key = table.indexes.iter().find(|index| index.is_primary)?;
        let at = usize::try_from(position).ok()?.checked_sub(1)?;
        key.parts.get(at)?.clone()
    }
}

impl Place {
    /// Reads the place of the table or of the parent from a row of a query.
    pub(super) fn read(row: &QueryResult, of: &str) -> Result<Self, SoftDeleteError> {
        Ok(Self {
            schema: get(row, &format!("{of}_schema"))?,
            is_visible: flag(row, &format!("{of}_is_visible"))?,
            name: get(row, &format!("{of}_name"))?,
        })
    }
}

impl Index {
    /// Reads an index, without its parts, from a row of a query.
    pub(super) fn read(row: &QueryResult, backend: DbBackend) -> Result<Self, SoftDeleteError> {
        Ok(Self {
            backend,
            name: get(row, "name")?,
            is_unique: flag(row, "is_unique")?,
            is_primary: flag(row, "is_primary")?,
            is_constraint: flag(row, "is_constraint")?,
            parts: Vec::new(),
            expressions: Vec::new(),
            is_null_equal: false,
            rules: Vec::new(),
            predicate: None,
        })
    }
}

/// Runs a query, such as one over the catalogue.
pub(crate) async fn rows<C: ConnectionTrait>(
    sql: &str,
    values: Vec<sea_orm::Value>,
    db: &C,
) -> Result<Vec<QueryResult>, SoftDeleteError> {
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(db.query_all_raw(statement).await?)
}

pub(crate) fn get<T: TryGetable>(row: &QueryResult, column: &str) -> Result<T, SoftDeleteError> {
    Ok(row.try_get("", column)?)
}

/// Reads a number as true or false: drivers read the databases' booleans differently.
pub(super) fn flag(row: &QueryResult, column: &str) -> Result<bool, SoftDeleteError> {
    Ok(get::<i64>(row, column)? != 0)
}
