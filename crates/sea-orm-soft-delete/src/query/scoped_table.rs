//! The description of a table for a scoped connection.

use std::borrow::Cow;

use sea_orm::sea_query::{Condition, Expr, IntoCondition, IntoIden, Query};
use sea_orm::{DbBackend, StatementBuilder, Value};

use crate::default_scope::entity::{ScopeRule, ScopesOfEntity, TableScope};
use crate::default_scope::key::{FixedScope, RequiredScope, ScopeKey};
use crate::entity::any_entity::{AnyColumn, AnyEntity};
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::marker::{Marker, MarkerStorage};
use crate::error::SoftDeleteError;
use crate::operation::id::NewOperation;
use crate::query::dialect::dialect;
use crate::query::{literal, stamp};
use sql_row_scope::tokens::{Kind, tokenize};
use sql_row_scope::{Column, Live, Rule, ScopeId, Table, Trash};

/// The scope of the live rows.
pub(crate) const LIVE_ROWS: ScopeId = 0;

/// A table without an entity, to add to a scope.
///
/// A scope includes the tables of entities that derive [`SoftDelete`](derive@crate::SoftDelete) or
/// [`Scoped`](derive@crate::Scoped) by itself.
///
/// ```
/// use sea_orm::prelude::DateTimeUtc;
/// use sea_orm_soft_delete::describe::Marker;
/// use sea_orm_soft_delete::{Scope, ScopedTable};
///
/// let scope = Scope::builder()
///     .table(ScopedTable::new("legacy_note", Marker::of::<Option<DateTimeUtc>>("deleted_at")))
///     .table(ScopedTable::new("member", Marker::of::<bool>("is_deleted")).in_schema("forum"))
///     .build();
/// ```
///
/// A DELETE from such a table writes only the marker. A table whose rows are removed by a DELETE, and that is held to
/// other scopes, begins with [`without_trash`](Self::without_trash).
#[derive(Clone, Debug)]
pub struct ScopedTable {
    schema: Option<Cow<'static, str>>,
    name: Cow<'static, str>,
    marker: Option<Marked>,
    scopes: Vec<TableScope>,
    soft: Option<&'static dyn AnySoftEntity>,
    entity: Option<&'static dyn AnyEntity>,
}

/// The marker column of a table.
#[derive(Clone, Debug)]
struct Marked {
    name: Cow<'static, str>,
    storage: MarkerStorage,
}

impl ScopedTable {
    /// A table and its marker column, by name.
    pub fn new(
        table: impl Into<Cow<'static, str>>,
        marker: Marker<impl Into<Cow<'static, str>>>,
    ) -> Self {
        let (marker, storage) = marker.into_parts();
        let name = marker.into();
        Self {
            marker: Some(Marked { name, storage }),
            ..Self::without_trash(table)
        }
    }

    /// A table from which a DELETE removes rows, to hold it to other scopes.
    ///
    /// ```
    /// use sea_orm_soft_delete::{RequiredScope, Scope, ScopedTable};
    ///
    /// struct Tenant;
    /// impl RequiredScope for Tenant {
    ///     const NAME: &'static str = "tenant";
    ///     type Value = i64;
    /// }
    ///
    /// let lines = ScopedTable::without_trash("invoice_line").required(Tenant, "tenant_id");
    /// let scope = Scope::builder().table(lines).build();
    /// ```
    pub fn without_trash(table: impl Into<Cow<'static, str>>) -> Self {
        Self {
            schema: None,
            name: table.into(),
            marker: None,
            scopes: Vec::new(),
            soft: None,
            entity: None,
        }
    }

    /// Holds its rows to a scope: those whose column has the value that the connection carries.
    pub fn required<S: RequiredScope>(
        self,
        _scope: S,
        column: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.held_to([TableScope::required::<S>(column.into())])
    }

    /// Holds its rows to a scope: those that satisfy a condition on the table's columns, without a subquery.
    pub fn fixed<S: FixedScope>(self, _scope: S, condition: impl IntoCondition) -> Self {
        self.held_to([TableScope::fixed::<S>(condition)])
    }

    /// The same table, held to these scopes, too.
    pub(crate) fn held_to(mut self, scopes: impl IntoIterator<Item = TableScope>) -> Self {
        for scope in scopes {
            if !self.scopes.contains(&scope) {
                self.scopes.push(scope);
            }
        }
        self
    }

    /// The same table in a schema. Without one, a table of this name is scoped in every schema.
    pub fn in_schema(mut self, schema: impl Into<Cow<'static, str>>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// The table of an entity.
    pub(crate) fn of(soft: &'static dyn AnySoftEntity) -> Self {
        let (entity, marker) = (soft.entity(), soft.columns().marker);
        Self {
            marker: Some(Marked {
                name: marker.column().as_str().into(),
                storage: marker.storage(),
            }),
            soft: Some(soft),
            ..Self::of_entity(entity)
        }
    }

    /// The table of an entity whose rows are held to scopes, and have no trash.
    pub(crate) fn of_scoped(registered: &ScopesOfEntity) -> Self {
        Self::of_entity(registered.entity).held_to((registered.scopes)())
    }

    fn of_entity(entity: &'static dyn AnyEntity) -> Self {
        Self {
            schema: entity.schema().map(Cow::Owned),
            entity: Some(entity),
            ..Self::without_trash(entity.table_name())
        }
    }

    /// Its entity, if it has one.
    pub(crate) fn entity(&self) -> Option<&'static dyn AnyEntity> {
        self.entity
    }

    /// The scopes that its rows are held to, beside that of the live rows.
    pub(crate) fn scopes(&self) -> &[TableScope] {
        &self.scopes
    }

    /// The scopes whose value the connection carries, each with its column.
    pub(crate) fn required_scopes(&self) -> impl Iterator<Item = (ScopeKey, &str)> {
        self.scopes.iter().filter_map(|scope| match &scope.rule {
            ScopeRule::Value(column) => Some((scope.key, column.as_ref())),
            ScopeRule::Condition(_) => None,
        })
    }

    /// The path of the type of its entity, if it has one.
    pub(crate) fn entity_type(&self) -> Option<&'static str> {
        self.entity.map(|entity| entity.type_name())
    }

    /// How its marker stores whether a row is live, if its rows have a trash.
    pub(crate) fn storage(&self) -> Option<MarkerStorage> {
        self.marker.as_ref().map(|marker| marker.storage)
    }

    /// The schema and name that identify it.
    pub(crate) fn key(&self) -> (Option<&str>, &str) {
        (self.schema.as_deref(), &self.name)
    }

    /// Whether it is the table of a soft-deletable entity.
    pub(crate) fn is_of_soft_entity(&self) -> bool {
        self.soft.is_some()
    }

    /// Whether an INSERT may meet a unique key other than the primary key. Of a table without an entity, nobody says.
    #[cfg(feature = "watch")]
    pub(crate) fn may_have_a_unique_key(&self) -> bool {
        self.soft.is_none_or(|soft| !soft.unique_keys().is_empty())
    }

    /// Whether one of these columns is of a unique key other than the primary key. Of a table without an entity, nobody
    /// says.
    #[cfg(feature = "watch")]
    pub(crate) fn has_a_unique_key_over(&self, columns: &[String]) -> bool {
        let Some(soft) = self.soft else {
            return false;
        };
        let keys = soft.unique_keys().into_iter().flatten();
        let mut keys = keys.map(|key| key.to_string());
        keys.any(|key| columns.iter().any(|name| name.eq_ignore_ascii_case(&key)))
    }

    /// Whether this description covers the other one: it has the same marker, and each column that a delete
    /// through the other writes.
    pub(crate) fn says_all_of(&self, other: &Self) -> bool {
        let columns = |table: &Self| -> Vec<String> {
            let trash = table.trash(DbBackend::Sqlite).into_iter();
            let stamps = trash.flat_map(|trash| trash.stamps);
            stamps.map(|stamp| stamp.name).collect()
        };
        let own = columns(self);
        let is_alike = match (&self.marker, &other.marker) {
            (Some(one), Some(other)) => {
                one.name == other.name && one.storage.is_alike(&other.storage)
            }
            (one, other) => one.is_none() && other.is_none(),
        };
        is_alike && columns(other).iter().all(|column| own.contains(column))
    }

    /// The table in the rewriter's form. The number of a scope is its place among `keys`, from 1.
    pub(crate) fn describe(&self, backend: DbBackend, keys: &[ScopeKey]) -> Table {
        let live = self
            .trash(backend)
            .map(|trash| (LIVE_ROWS, Rule::Live(trash)));
        let others = self.scopes.iter().map(|scope| {
            let place = keys.iter().position(|key| *key == scope.key);
            (place.unwrap_or(keys.len()) + 1, self.rule(scope, backend))
        });
        Table {
            schema: self.schema.clone().map(Cow::into_owned),
            name: self.name.clone().into_owned(),
            scopes: live.into_iter().chain(others).collect(),
            columns: self.entity.map_or_else(Vec::new, all_columns_of),
            removable: self.soft.and_then(|entity| removable_of(entity, backend)),
        }
    }

    fn rule(&self, scope: &TableScope, backend: DbBackend) -> Rule {
        let column = match &scope.rule {
            ScopeRule::Value(column) => column,
            ScopeRule::Condition(condition) => {
                return Rule::Condition(parts_of(condition, &self.name, backend));
            }
        };
        let mut columns = self.entity.into_iter().flat_map(|entity| entity.columns());
        let known = columns.find(|known| known.as_str() == column);
        Rule::Value(Column {
            name: column.clone().into_owned(),
            cast: known.map_or_else(Default::default, |column| cast_of(column, backend)),
        })
    }

    fn trash(&self, backend: DbBackend) -> Option<Trash> {
        let marker = self.marker.as_ref()?;
        let marker_alone = || Column {
            name: marker.name.clone().into_owned(),
            cast: (String::new(), String::new()),
        };
        Some(Trash {
            marker: marker.name.clone().into_owned(),
            live: match marker.storage {
                MarkerStorage::Nullable { .. } => Live::Null,
                MarkerStorage::Flag => Live::False,
                MarkerStorage::Epoch { .. } => Live::Zero,
                MarkerStorage::NullableEpoch { .. } => Live::NullOrZero,
                MarkerStorage::Sentinel { .. } => Live::Value,
            },
            stamps: match self.soft {
                Some(entity) => columns_of(entity, backend),
                None => vec![marker_alone()],
            },
        })
    }

    /// The marker's value in a live row, if its rows have a trash.
    pub(crate) fn live_value(&self, backend: DbBackend) -> Option<Value> {
        let live = Marker::stored((), self.storage()?).live_value();
        Some(stamp::bindable(live, backend))
    }

    /// What a delete writes, a value for each of the stamps.
    pub(crate) fn stamps(
        &self,
        operation: &NewOperation,
        backend: DbBackend,
    ) -> Result<Vec<Value>, SoftDeleteError> {
        if let Some(entity) = self.soft {
            return stamp::values_of(entity, operation, backend);
        }
        let Some(Marked { name, storage }) = &self.marker else {
            return Ok(Vec::new());
        };
        let marker = Marker::stored((), *storage);
        let value = marker.trashed_value(operation.at);
        if !marker.says_trashed(&value) {
            return Err(SoftDeleteError::ClockHitsLiveValue {
                entity: self.name.clone().into_owned(),
                column: name.clone().into_owned(),
                at: operation.at,
            });
        }
        Ok(vec![stamp::bindable(value, backend)])
    }
}

fn all_columns_of(entity: &'static dyn AnyEntity) -> Vec<String> {
    let columns = entity.column_names().into_iter();
    columns.map(str::to_owned).collect()
}

fn columns_of(entity: &dyn AnySoftEntity, backend: DbBackend) -> Vec<Column> {
    let written = entity.columns().written();
    written
        .map(|column| Column {
            name: column.as_str().to_owned(),
            cast: cast_of(column, backend),
        })
        .collect()
}

/// The condition that no legal hold keeps a row: its text, cut where the name of the row's table belongs.
fn removable_of(entity: &dyn AnySoftEntity, backend: DbBackend) -> Option<Vec<String>> {
    const ROW: &str = "soft_delete_row";
    let is_free = entity.is_free(ROW.into_iden())?;
    let select = Query::select().expr(is_free).to_owned();
    let sql = StatementBuilder::build(&select, &backend).sql;
    let name = match backend {
        DbBackend::MySql => format!("`{ROW}`"),
        _ => format!("\"{ROW}\""),
    };
    let parts = sql.strip_prefix("SELECT ")?.split(&name);
    Some(parts.map(str::to_owned).collect())
}

/// A condition on the columns of a table: its text, cut where the name of the row and a dot belong.
fn parts_of(condition: &Condition, table: &str, backend: DbBackend) -> Vec<String> {
    let select = Query::select()
        .expr(Expr::cust("1"))
        .cond_where(condition.clone())
        .to_owned();
    let sql = literal::in_text(StatementBuilder::build(&select, &backend));
    let condition = sql.strip_prefix("SELECT 1 WHERE ").unwrap_or("TRUE");
    let tokens = tokenize(condition, dialect(backend));
    let is = |at: Option<usize>, text: &str| {
        let token = at.and_then(|at| tokens.get(at));
        token.is_some_and(|token| token.text(condition).eq_ignore_ascii_case(text))
    };
    let mut parts = vec!["(".to_owned()];
    let mut end = 0;
    for (at, name) in tokens.iter().enumerate() {
        let before = at.checked_sub(1);
        // A type stands behind AS or `::`.
        let is_name =
            name.kind == Kind::Quoted && ![".", "AS", "::"].iter().any(|word| is(before, word));
        let is_qualified = is(Some(at + 1), ".");
        if !is_name || (is_qualified && name.unquoted(condition) != table) {
            continue;
        }
        if let Some(part) = parts.last_mut() {
            part.push_str(&condition[end..name.range().start]);
            parts.push(String::new());
            end = match is_qualified {
                true => tokens[at + 1].range().end,
                false => name.range().start,
            };
        }
    }
    if let Some(part) = parts.last_mut() {
        part.push_str(&condition[end..]);
        part.push(')');
    }
    parts
}

/// The text around the placeholder of a column's value, such as `CAST(` and ` AS "role")`.
fn cast_of(column: AnyColumn, backend: DbBackend) -> (String, String) {
    let value = column.save_as(Expr::val(0));
    let select = Query::select().expr(value).to_owned();
    let sql = StatementBuilder::build(&select, &backend).sql;
    let placeholder = match backend {
        DbBackend::Postgres => "$1",
        _ => "?",
    };
    let around = sql
        .strip_prefix("SELECT ")
        .and_then(|expression| expression.split_once(placeholder));
    let (before, after) = around.unwrap_or_default();
    (before.to_owned(), after.to_owned())
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::ExprTrait;

    use super::*;

    #[test]
    fn a_condition_is_cut_where_the_name_of_the_row_belongs() {
        let check = |condition: Condition, expected: [&str; 3]| {
            for (backend, expected) in [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql]
                .into_iter()
                .zip(expected)
            {
                let parts = parts_of(&condition, "note", backend);
                assert_eq!(parts.join("<row>."), expected);
            }
        };
        check(
            Condition::all().add(Expr::col("state").eq("it's")),
            [
                r#"(<row>."state" = 'it''s')"#,
                r#"(<row>."state" = 'it''s')"#,
                "(<row>.`state` = 'it''s')",
            ],
        );
        let either = Condition::any()
            .add(Expr::col(("note", "a")).eq(1))
            .add(Expr::col("b").cast_as("role").is_not_null())
            .add(Expr::col(("other", "c")).eq(true));
        check(
            either,
            [
                r#"(<row>."a" = 1 OR CAST(<row>."b" AS role) IS NOT NULL OR "other"."c" = TRUE)"#,
                r#"(<row>."a" = 1 OR CAST(<row>."b" AS role) IS NOT NULL OR "other"."c" = TRUE)"#,
                "(<row>.`a` = 1 OR CAST(<row>.`b` AS role) IS NOT NULL OR `other`.`c` = TRUE)",
            ],
        );
        check(Condition::all(), ["(TRUE)"; 3]);
    }
}
