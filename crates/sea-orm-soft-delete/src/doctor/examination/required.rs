//! The required scopes of the tables, and which keys keep to them.

use sea_orm::{ColumnDef, DbBackend};
use sql_row_scope::tokens::{Kind, tokenize};

use super::{Examination, Subject, column};
use crate::default_scope::key::ScopeKey;
use crate::entity::any_entity::table_name;
use crate::entity::member::TableKey;
use crate::query::dialect::dialect;
use crate::schema::catalogue::{Column, ForeignKey, Index, Table};
use crate::schema::sql::{create_index, kept, list, name_of};
use crate::schema::unique::LIVE;

/// A required scope of a table that exists.
pub(in crate::doctor) struct Required<'a> {
    pub(in crate::doctor) scope: ScopeKey,
    /// The column that holds its value, as the entity names it.
    pub(in crate::doctor) column: String,
    /// The definition of the column by the entity.
    pub(in crate::doctor) def: Option<ColumnDef>,
    /// How the entity names the table.
    pub(in crate::doctor) key: TableKey,
    pub(in crate::doctor) table: &'a Table,
    /// The entity, if it is soft-deletable.
    pub(in crate::doctor) soft: Option<Subject<'a>>,
    pub(in crate::doctor) is_examined: bool,
}

impl<'a> Examination<'a> {
    /// The examined required scopes.
    pub(in crate::doctor) fn required(&self) -> impl Iterator<Item = &'a Required<'a>> + use<'a> {
        self.required.iter().filter(|required| required.is_examined)
    }

    /// The columns of the required scopes of a table that this unique index lacks, where that lets rows of several values
    /// of the scope conflict.
    pub(in crate::doctor) fn scopes_crossed(
        &self,
        table: &Table,
        index: &Index,
    ) -> Vec<&'a Required<'a>> {
        let scopes = self
            .required
            .iter()
            .filter(|required| required.table.place == table.place && required.column().is_some());
        scopes
            .filter(|required| !self.keeps_to_scope(index, required))
            .collect()
    }

    /// Whether the rows that a unique index compares are of one value of the scope.
    fn keeps_to_scope(&self, index: &Index, required: &Required<'_>) -> bool {
        let table = required.table;
        let says_scope = |sql: &String| {
            // An expression that a database does not report may contain the column.
            sql.is_empty() || mentions(sql, &required.column, table.backend)
        };
        let generated = index.parts.iter().flatten().filter_map(|part| {
            let column = table.column(part)?;
            (part != LIVE).then_some(column.generated.as_ref()?)
        });
        let is_unreported = index.parts.contains(&None) && index.expressions.is_empty();
        index.has_all(&[&required.column])
            || is_unreported
            || index.expressions.iter().any(says_scope)
            || index.predicate.as_ref().is_some_and(says_scope)
            || generated.into_iter().any(says_scope)
            || self.holds_reference(index, required)
    }

    /// Whether the index holds the whole foreign key to a row that is itself of one value of the scope. Rows of another value
    /// cannot point at that row, or the foreign key is what is wrong.
    fn holds_reference(&self, index: &Index, required: &Required<'_>) -> bool {
        let mut keys = required.table.foreign_keys.iter();
        keys.any(|key| {
            let own = self.columns_of_rows(required.table, key);
            !own.is_empty()
                && index.has_all(&own)
                && self.parents_in_scope(required, key).next().is_some()
        })
    }

    /// The same scope of the table that a foreign key points at.
    pub(in crate::doctor) fn parents_in_scope(
        &self,
        required: &Required<'_>,
        key: &ForeignKey,
    ) -> impl Iterator<Item = &'a Required<'a>> {
        let parents = self
            .required
            .iter()
            .filter(|parent| parent.scope == required.scope && parent.table.place == key.parent);
        parents.filter(|parent| parent.column().is_some())
    }

    /// A required scope that both tables have: of the child, and of the parent.
    pub(in crate::doctor) fn scope_of_both(
        &self,
        child: &TableKey,
        parent: &TableKey,
    ) -> Option<(&'a Required<'a>, &'a Required<'a>)> {
        let of = |key: &TableKey, scope: Option<ScopeKey>| {
            self.required.iter().find(|required| {
                required.key == *key
                    && required.column().is_some()
                    && scope.is_none_or(|scope| required.scope == scope)
            })
        };
        let own = of(child, None)?;
        Some((own, of(parent, Some(own.scope))?))
    }

    /// The columns of a foreign key that tell rows apart: all but the columns of a scope that both tables have.
    pub(in crate::doctor) fn columns_of_rows(
        &self,
        table: &Table,
        key: &ForeignKey,
    ) -> Vec<String> {
        let scopes = self.required.iter();
        let scopes: Vec<_> = scopes.filter(|it| it.table.place == table.place).collect();
        let pairs = key.columns.iter().zip(&key.parent_columns);
        let is_of_scope = |(own, parent): &(&String, &String)| {
            scopes.iter().any(|required| {
                let mut parents = self.parents_in_scope(required, key);
                required.is_column(own) && parents.any(|it| it.is_column(parent))
            })
        };
        let rows = pairs.filter(|pair| !is_of_scope(pair));
        rows.map(|(own, _)| own.clone()).collect()
    }
}

/// Whether a text names this column.
fn mentions(sql: &str, column: &str, backend: DbBackend) -> bool {
    let tokens = tokenize(sql, dialect(backend));
    let mut names = tokens
        .iter()
        .filter(|token| token.kind == Kind::Word || token.is_quoted());
    names.any(|name| {
        name.unquoted(sql)
            .eq_ignore_ascii_case(kept(column, backend))
    })
}

impl Required<'_> {
    pub(in crate::doctor) fn name(&self) -> String {
        table_name(self.key.0.as_deref(), &self.key.1)
    }

    /// The column, if the table has it.
    pub(in crate::doctor) fn column(&self) -> Option<&Column> {
        column(self.table, &self.column)
    }

    /// The statement that creates the unique key over these columns that a foreign key needs. `None` if there is one.
    pub(in crate::doctor) fn unique_key_over(&self, columns: &[String]) -> Option<String> {
        let backend = self.table.backend;
        let is_it =
            |index: &Index| index.is_unique && index.predicate.is_none() && index.is_over(columns);
        if self.table.indexes.iter().any(is_it) {
            return None;
        }
        let name = name_of(&self.key.1, columns, "key");
        let columns = list(backend, columns);
        Some(create_index(
            "UNIQUE INDEX",
            &self.key,
            &name,
            &columns,
            backend,
        ))
    }

    pub(in crate::doctor) fn is_column(&self, name: &str) -> bool {
        kept(&self.column, self.table.backend).eq_ignore_ascii_case(name)
    }
}
