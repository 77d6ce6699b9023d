//! The description of a soft-deletable table for a scoped connection.

use std::borrow::Cow;

use sea_orm::sea_query::{Expr, IntoIden, Query};
use sea_orm::{DbBackend, StatementBuilder, Value};

use crate::entity::any_entity::AnyColumn;
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::marker::{Marker, MarkerStorage};
use crate::error::SoftDeleteError;
use crate::operation::id::NewOperation;
use crate::query::stamp;
use sql_row_scope::{Live, StampColumn, Table};

/// A soft-deletable table without an entity, to add to a scope.
///
/// A scope includes the tables of entities that derive [`SoftDelete`](derive@crate::SoftDelete) by itself.
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
/// A DELETE from such a table writes only the marker.
#[derive(Clone, Debug)]
pub struct ScopedTable {
    schema: Option<Cow<'static, str>>,
    name: Cow<'static, str>,
    marker: Cow<'static, str>,
    storage: MarkerStorage,
    entity: Option<&'static dyn AnySoftEntity>,
}

impl ScopedTable {
    /// A table and its marker column, by name.
    pub fn new(
        table: impl Into<Cow<'static, str>>,
        marker: Marker<impl Into<Cow<'static, str>>>,
    ) -> Self {
        let (marker, storage) = marker.into_parts();
        Self {
            schema: None,
            name: table.into(),
            marker: marker.into(),
            storage,
            entity: None,
        }
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
            schema: entity.schema().map(Cow::Owned),
            name: entity.table_name().into(),
            marker: marker.column().as_str().into(),
            storage: marker.storage(),
            entity: Some(soft),
        }
    }

    /// How its marker stores whether a row is live.
    pub(crate) fn storage(&self) -> MarkerStorage {
        self.storage
    }

    /// The schema and name that identify it.
    pub(crate) fn key(&self) -> (Option<&str>, &str) {
        (self.schema.as_deref(), &self.name)
    }

    /// Whether it is the table of an entity.
    pub(crate) fn has_entity(&self) -> bool {
        self.entity.is_some()
    }

    /// Whether an INSERT may meet a unique key other than the primary key. Of a table without an entity, nobody says.
    #[cfg(feature = "watch")]
    pub(crate) fn may_have_a_unique_key(&self) -> bool {
        self.entity
            .is_none_or(|soft| !soft.unique_keys().is_empty())
    }

    /// Whether this description covers the other one: it has the same marker, and each column that a delete
    /// through the other writes.
    pub(crate) fn says_all_of(&self, other: &Self) -> bool {
        let columns = |table: &Self| -> Vec<String> {
            let stamps = table.describe(DbBackend::Sqlite).stamps.into_iter();
            stamps.map(|stamp| stamp.name).collect()
        };
        let own = columns(self);
        self.marker == other.marker
            && self.storage.is_alike(&other.storage)
            && columns(other).iter().all(|column| own.contains(column))
    }

    /// The table in the rewriter's form.
    pub(crate) fn describe(&self, backend: DbBackend) -> Table {
        let marker_alone = || StampColumn {
            name: self.marker.clone().into_owned(),
            cast: (String::new(), String::new()),
        };
        Table {
            schema: self.schema.clone().map(Cow::into_owned),
            name: self.name.clone().into_owned(),
            marker: self.marker.clone().into_owned(),
            live: match self.storage {
                MarkerStorage::Nullable { .. } => Live::Null,
                MarkerStorage::Flag => Live::False,
                MarkerStorage::Epoch { .. } => Live::Zero,
                MarkerStorage::NullableEpoch { .. } => Live::NullOrZero,
                MarkerStorage::Sentinel { .. } => Live::Value,
            },
            stamps: match self.entity {
                Some(entity) => columns_of(entity, backend),
                None => vec![marker_alone()],
            },
            columns: self.entity.map_or_else(Vec::new, all_columns_of),
            removable: self.entity.and_then(|entity| removable_of(entity, backend)),
        }
    }

    /// The marker's value in a live row.
    pub(crate) fn live_value(&self, backend: DbBackend) -> Value {
        stamp::bindable(Marker::stored((), self.storage).live_value(), backend)
    }

    /// What a delete writes, a value for each of the stamps.
    pub(crate) fn stamps(
        &self,
        operation: &NewOperation,
        backend: DbBackend,
    ) -> Result<Vec<Value>, SoftDeleteError> {
        if let Some(entity) = self.entity {
            return stamp::values_of(entity, operation, backend);
        }
        let marker = Marker::stored((), self.storage);
        let value = marker.trashed_value(operation.at);
        if !marker.says_trashed(&value) {
            return Err(SoftDeleteError::ClockHitsLiveValue {
                entity: self.name.clone().into_owned(),
                column: self.marker.clone().into_owned(),
                at: operation.at,
            });
        }
        Ok(vec![stamp::bindable(value, backend)])
    }
}

fn all_columns_of(entity: &dyn AnySoftEntity) -> Vec<String> {
    let columns = entity.entity().column_names().into_iter();
    columns.map(str::to_owned).collect()
}

fn columns_of(entity: &dyn AnySoftEntity, backend: DbBackend) -> Vec<StampColumn> {
    let written = entity.columns().written();
    written
        .map(|column| StampColumn {
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
