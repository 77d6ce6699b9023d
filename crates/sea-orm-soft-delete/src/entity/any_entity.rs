//! An entity without its type: what SeaORM knows of it, as a trait object.
//!
//! The compiler makes a copy of generic code for each entity of an application. So only [`AnyEntity`] and
//! [`AnySoftEntity`](super::any_soft_entity) are implemented for each entity; what is built on them is compiled once,
//! with this crate.

use std::fmt;
use std::marker::PhantomData;

#[cfg(any(feature = "backup", feature = "with-uuid"))]
use sea_orm::sea_query::ArrayType;
use sea_orm::sea_query::{DynIden, Expr, IntoIden, IntoValueTuple, TableRef, ValueTuple};
use sea_orm::{
    ColumnDef, ColumnTrait, ColumnType, ColumnTypeTrait, DbErr, EntityTrait, FromQueryResult,
    IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn, PrimaryKeyTrait, QueryResult,
    TryGetableMany, Value,
};

/// What SeaORM knows of an entity.
pub(crate) trait AnyEntity: Send + Sync {
    fn schema(&self) -> Option<String>;

    fn table_name(&self) -> &'static str;

    fn table(&self) -> TableRef;

    /// The path of its type, as `app::note::Entity`.
    fn type_name(&self) -> &'static str;

    fn column_names(&self) -> Vec<&'static str>;

    /// The columns of the primary key.
    fn key_names(&self) -> Vec<&'static str>;

    /// The value in the type of this column.
    fn save_as(&self, column: &str, value: Expr) -> Expr;

    /// This column in the type of its field.
    fn select_as(&self, column: &str, expr: Expr) -> Expr;

    fn def(&self, column: &str) -> Option<ColumnDef>;

    /// The type of the field of this column.
    #[cfg(any(feature = "backup", feature = "with-uuid"))]
    fn value_type(&self, column: &str) -> Option<ArrayType>;

    /// The values of the primary key in a row that holds its columns under these names. `None` if the key's type lacks
    /// columns.
    fn read_key(&self, row: &QueryResult, names: &[String]) -> Result<Option<ValueTuple>, DbErr>;

    /// The values of all columns in a row that holds them.
    fn read(&self, row: &QueryResult) -> Result<Vec<Value>, DbErr>;
}

impl dyn AnyEntity {
    pub(crate) fn columns(&'static self) -> impl Iterator<Item = AnyColumn> {
        let names = self.column_names().into_iter();
        names.map(|name| AnyColumn { entity: self, name })
    }

    /// The columns of the primary key.
    pub(crate) fn key(&'static self) -> impl Iterator<Item = AnyColumn> {
        let names = self.key_names().into_iter();
        names.map(|name| AnyColumn { entity: self, name })
    }

    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        table_name(self.schema().as_deref(), self.table_name())
    }
}

impl fmt::Debug for dyn AnyEntity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// The table as `note` or `archive.note`.
pub(crate) fn table_name(schema: Option<&str>, table: &str) -> String {
    match schema {
        Some(schema) => format!("{schema}.{table}"),
        None => table.to_owned(),
    }
}

/// A column of any entity, with the functions of SeaORM's columns that this crate calls.
#[derive(Clone, Copy)]
pub(crate) struct AnyColumn {
    pub(super) entity: &'static dyn AnyEntity,
    pub(super) name: &'static str,
}

impl AnyColumn {
    pub(crate) fn as_str(self) -> &'static str {
        self.name
    }

    pub(crate) fn as_column_ref(self) -> (DynIden, DynIden) {
        (self.entity.table_name().into_iden(), self.name.into_iden())
    }

    pub(crate) fn save_as(self, value: Expr) -> Expr {
        self.entity.save_as(self.name, value)
    }

    pub(crate) fn select_as(self, expr: Expr) -> Expr {
        self.entity.select_as(self.name, expr)
    }

    pub(crate) fn def(self) -> ColumnDef {
        let def = self.entity.def(self.name);
        // There is one for every name in the list of columns.
        def.unwrap_or_else(|| ColumnType::Text.def())
    }

    #[cfg(any(feature = "backup", feature = "with-uuid"))]
    pub(crate) fn value_type(self) -> Option<ArrayType> {
        self.entity.value_type(self.name)
    }
}

/// The entity `E` as a trait object.
pub(crate) struct Typed<E>(pub(super) PhantomData<fn() -> E>);

impl<E: EntityTrait> Typed<E> {
    pub(crate) const ENTITY: &'static dyn AnyEntity = &Self(PhantomData);
}

#[expect(
    clippy::manual_find,
    reason = "a loop is one function for each entity, a chain of iterators is a dozen"
)]
#[inline(never)]
fn column<E: EntityTrait>(name: &str) -> Option<E::Column> {
    for column in E::Column::iter() {
        if column.as_str() == name {
            return Some(column);
        }
    }
    None
}

impl<E: EntityTrait> AnyEntity for Typed<E> {
    fn schema(&self) -> Option<String> {
        Some(E::default().schema_name()?.to_owned())
    }

    fn table_name(&self) -> &'static str {
        E::default().table_name()
    }

    fn table(&self) -> TableRef {
        E::default().table_ref()
    }

    fn type_name(&self) -> &'static str {
        std::any::type_name::<E>()
    }

    fn column_names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for column in E::Column::iter() {
            names.push(column.as_str());
        }
        names
    }

    fn key_names(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for key in E::PrimaryKey::iter() {
            names.push(key.into_column().as_str());
        }
        names
    }

    fn save_as(&self, name: &str, value: Expr) -> Expr {
        match column::<E>(name) {
            Some(column) => column.save_as(value),
            None => value,
        }
    }

    fn select_as(&self, name: &str, expr: Expr) -> Expr {
        match column::<E>(name) {
            Some(column) => column.select_as(expr),
            None => expr,
        }
    }

    fn def(&self, name: &str) -> Option<ColumnDef> {
        Some(column::<E>(name)?.def())
    }

    #[cfg(any(feature = "backup", feature = "with-uuid"))]
    fn value_type(&self, name: &str) -> Option<ArrayType> {
        Some(E::Model::get_value_type(column::<E>(name)?))
    }

    fn read_key(&self, row: &QueryResult, names: &[String]) -> Result<Option<ValueTuple>, DbErr> {
        type Key<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;
        match <Key<E> as TryGetableMany>::try_get_many(row, "", names) {
            Ok(key) => {
                let key = key.into_value_tuple();
                Ok((key.arity() == names.len()).then_some(key))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn read(&self, row: &QueryResult) -> Result<Vec<Value>, DbErr> {
        let model = E::Model::from_query_result(row, "")?;
        let mut values = Vec::new();
        for column in E::Column::iter() {
            values.push(model.get(column));
        }
        Ok(values)
    }
}
