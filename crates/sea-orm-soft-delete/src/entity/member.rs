//! A table that deletes affect, without the type of its entity.

use std::fmt;
use std::marker::PhantomData;

#[cfg(feature = "backup")]
use sea_orm::Value;
#[cfg(feature = "backup")]
use sea_orm::sea_query::ArrayType;
use sea_orm::sea_query::{
    DynIden, Expr, IntoIden, IntoTableRef, Query, SelectStatement, TableName, TableRef, UnionType,
    ValueTuple,
};
use sea_orm::{DbErr, EntityTrait, Identity, QueryResult};

use crate::entity::any_entity::{AnyEntity, Typed};
use crate::entity::{key, scope_comment};
#[cfg(feature = "backup")]
use crate::operation::id::OperationId;

/// The schema and name of a table.
pub(crate) type TableKey = (Option<String>, String);

/// The schema and name of a table; `None` for a subquery.
pub(crate) fn table_of(table: &TableRef) -> Option<TableKey> {
    let TableRef::Table(TableName(schema, table), _) = table else {
        return None;
    };
    let schema = schema.as_ref().map(|schema| schema.1.to_string());
    Some((schema, table.to_string()))
}

/// The columns of one end of a relation.
pub(crate) fn columns_of(identity: &Identity) -> Vec<DynIden> {
    identity.iter().cloned().collect()
}

/// Whether these columns are the primary key of the entity.
pub(crate) fn is_key(columns: &Identity, of: &dyn Member) -> bool {
    let key = of.primary_key();
    columns.arity() == key.len() && columns.iter().all(|column| key.contains(column))
}

/// An entity whose rows a delete can affect.
pub(crate) trait Member: Send + Sync {
    /// The schema and name that identify its table.
    fn key(&self) -> TableKey;

    fn table(&self) -> TableRef;

    /// The columns of the primary key.
    fn primary_key(&self) -> Vec<DynIden>;

    /// The values of the primary key in a row that holds its columns.
    fn read_key(&self, row: &QueryResult) -> Result<ValueTuple, DbErr>;

    /// The path of its type, as `app::note::Entity`; `None` for a table without an entity.
    fn type_name(&self) -> Option<&'static str> {
        None
    }

    /// Its name in messages: `note` or `archive.note`.
    fn name(&self) -> String {
        let (schema, table) = self.key();
        key::table_name(schema.as_deref(), &table)
    }

    /// The qualifier of its columns where it has no alias.
    fn alias(&self) -> DynIden {
        self.key().1.into_iden()
    }

    /// The same entity in this schema, if it names no schema. The crate keeps it as long as the program
    /// runs.
    fn in_schema(&self, schema: &'static str) -> Option<&'static dyn Member>;

    /// Its columns, as a backup reads and writes them. `None` for a table without an entity.
    #[cfg(feature = "backup")]
    fn fields(&self) -> Option<Vec<Field>> {
        None
    }

    /// Selects whole rows, for [`read_whole`](Self::read_whole).
    #[cfg(feature = "backup")]
    fn select_whole(&self) -> SelectStatement {
        SelectStatement::new()
    }

    #[cfg(feature = "backup")]
    fn read_whole(&self, _: &QueryResult) -> Result<WholeRow, DbErr> {
        Ok(WholeRow::default())
    }
}

/// A column of an entity.
#[cfg(feature = "backup")]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) column: DynIden,
    /// The type of its values.
    pub(crate) holds: ArrayType,
    /// Whether an INSERT can leave it out.
    pub(crate) is_optional: bool,
    pub(crate) select_as: Cast,
    pub(crate) save_as: Cast,
}

#[cfg(feature = "backup")]
type Cast = Box<dyn Fn(Expr) -> Expr + Send + Sync>;

/// A row with the values of all fields, in their order.
#[cfg(feature = "backup")]
#[derive(Default)]
pub(crate) struct WholeRow {
    /// The operation that trashed it.
    pub(crate) operation: Option<OperationId>,
    pub(crate) values: Vec<Value>,
}

/// The table to which the rows of this table are archived.
pub(crate) fn archive_of((schema, table): &TableKey) -> TableKey {
    (schema.clone(), format!("{table}_archive"))
}

impl fmt::Debug for dyn Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Where the rows of an entity are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Table,
    Archive,
    /// In the table and in its archive: to read them only.
    Both,
}

/// Any entity.
#[derive(Clone, Copy)]
pub(crate) struct PlainMember {
    pub(crate) entity: &'static dyn AnyEntity,
    /// The schema to use if the entity names none and one is known.
    schema: Option<&'static str>,
    pub(crate) place: Place,
}

/// The [`Member`] of the entity `E`.
pub(crate) struct Plain<E>(PhantomData<E>);

impl<E: EntityTrait> Plain<E> {
    pub(crate) const MEMBER: &'static dyn Member =
        &PlainMember::at(Place::Table, Typed::<E>::ENTITY);
}

impl PlainMember {
    pub(crate) const fn at(place: Place, entity: &'static dyn AnyEntity) -> Self {
        Self {
            entity,
            schema: None,
            place,
        }
    }

    /// The entity in this schema; `None` if it names a schema itself.
    pub(crate) fn moved_to(&self, schema: &'static str) -> Option<Self> {
        let is_free = self.entity.schema().is_none();
        is_free.then_some(Self {
            schema: Some(schema),
            ..Self::at(Place::Table, self.entity)
        })
    }
}

impl Member for PlainMember {
    fn key(&self) -> TableKey {
        let schema = self.schema.map(str::to_owned);
        let schema = schema.or_else(|| self.entity.schema());
        (schema, self.entity.table_name().to_owned())
    }

    fn table(&self) -> TableRef {
        // What is not the table has its name as alias, which qualifies the columns.
        match (self.place, self.schema) {
            (Place::Archive, _) => {
                let (schema, table) = archive_of(&self.key());
                let table = match schema {
                    Some(schema) => (schema, table).into_table_ref(),
                    None => table.into_table_ref(),
                };
                table.alias(self.alias())
            }
            (Place::Both, _) => {
                let columns = || self.entity.columns().map(|column| column.as_column_ref().1);
                let mut archived = Query::select();
                archived
                    .columns(columns())
                    .from(Self::at(Place::Archive, self.entity).table());
                let mut rows = Query::select();
                rows.columns(columns())
                    .from(self.entity.table())
                    .and_where(scope_comment::shows_trash_of(self.entity))
                    .union(UnionType::All, archived);
                TableRef::SubQuery(rows.into(), self.alias())
            }
            (Place::Table, Some(schema)) => {
                (schema, self.entity.table_name().to_owned()).into_table_ref()
            }
            (Place::Table, None) => self.entity.table(),
        }
    }

    fn primary_key(&self) -> Vec<DynIden> {
        let key = self.entity.key();
        key.map(|column| column.as_column_ref().1).collect()
    }

    fn read_key(&self, row: &QueryResult) -> Result<ValueTuple, DbErr> {
        let names = self.entity.key_names().into_iter();
        let names: Vec<String> = names.map(str::to_owned).collect();
        self.entity.read_key(row, &names)?.ok_or_else(|| {
            let entity = self.name();
            DbErr::Type(format!(
                "the key type of `{entity}` lacks columns of its key"
            ))
        })
    }

    fn type_name(&self) -> Option<&'static str> {
        Some(self.entity.type_name())
    }

    fn in_schema(&self, schema: &'static str) -> Option<&'static dyn Member> {
        Some(Box::leak(Box::new(self.moved_to(schema)?)))
    }

    #[cfg(feature = "backup")]
    fn fields(&self) -> Option<Vec<Field>> {
        let fields = self.entity.columns().map(|column| {
            let def = column.def();
            Some(Field {
                name: column.as_str(),
                column: column.as_column_ref().1,
                holds: column.value_type()?,
                is_optional: def.is_null() || def.get_column_default().is_some(),
                select_as: Box::new(move |value| column.select_as(value)),
                save_as: Box::new(move |value| column.save_as(value)),
            })
        });
        fields.collect()
    }

    #[cfg(feature = "backup")]
    fn select_whole(&self) -> SelectStatement {
        self.select()
    }

    #[cfg(feature = "backup")]
    fn read_whole(&self, row: &QueryResult) -> Result<WholeRow, DbErr> {
        Ok(WholeRow {
            operation: None,
            values: self.entity.read(row)?,
        })
    }
}

impl PlainMember {
    /// Selects all columns, as SeaORM does.
    pub(crate) fn select(&self) -> SelectStatement {
        let mut select = Query::select();
        for column in self.entity.columns() {
            let expr = column.select_as(Expr::col(column.as_column_ref()));
            match expr {
                Expr::Column(_) | Expr::AsEnum(..) => select.expr(expr),
                _ => select.expr_as(expr, column.as_str()),
            };
        }
        select.from(self.table());
        select
    }
}
