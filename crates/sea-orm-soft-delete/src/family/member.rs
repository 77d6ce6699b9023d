//! A soft-deletable entity as a trait object, so that code need not be generic over its type.

use std::fmt;
use std::marker::PhantomData;

#[cfg(feature = "with-uuid")]
use sea_orm::sea_query::ArrayType;
use sea_orm::sea_query::{
    Alias, DynIden, Expr, ExprTrait, Order, Query, SelectStatement, TableRef, ValueTuple,
};
use sea_orm::{Condition, DbBackend, DbErr, QueryResult, Value};

use crate::entity::any_columns::{AnyColumns, DescribedColumn};
use crate::entity::any_entity::{AnyColumn, AnyEntity, Typed};
use crate::entity::any_soft_entity::AnySoftEntity;
use crate::entity::erasure::ErasureRules;
use crate::entity::hold;
use crate::entity::key;
use crate::entity::marker::MarkerStorage;
#[cfg(feature = "backup")]
use crate::entity::member::{Field, WholeRow};
use crate::entity::member::{Member, Place, PlainMember, TableKey};
use crate::entity::relation::{CountedIn, FamilyRelation, Subject};
use crate::entity::retention::Retention;
use crate::entity::scope_comment;
use crate::entity::{SoftDeleteEntity, uuid_in};
use crate::error::SoftDeleteError;
use crate::family::operations::group::OperationRows;
use crate::operation::id::{NewOperation, OperationId};
use crate::query::stamp;
use crate::report::live_row::LiveRow;
use crate::value_text::text_of;

/// What an UPDATE writes.
pub(crate) type Assignments = Vec<(DynIden, Expr)>;

/// A soft-deletable entity: its columns, conditions and assignments.
pub(crate) trait SoftMember: Member + OperationRows {
    /// What the derive says of it.
    fn soft(&self) -> &'static dyn AnySoftEntity;

    fn relations(&self) -> Vec<FamilyRelation>;

    /// How long its trashed rows are kept, if it says so.
    fn retention(&self) -> Option<Retention>;

    /// The same entity in this schema; `None` if the entity names a schema itself. The result lives as
    /// long as the program.
    fn soft_in_schema(&self, schema: &'static str) -> Option<&'static dyn SoftMember>;

    /// The columns of its model.
    fn columns(&self) -> Vec<DynIden>;

    /// The columns that hold its soft-delete state, the marker first.
    fn described_columns(&self) -> Vec<DescribedColumn>;

    /// The marker: the name of its column, and how it stores whether a row is trashed.
    fn marker(&self) -> (DynIden, MarkerStorage);

    fn is_live(&self, alias: DynIden) -> Expr;

    fn is_trashed(&self, alias: DynIden) -> Expr;

    /// The condition that shows this entity's trashed rows in a query block on a scoped connection.
    fn lift(&self) -> Expr;

    /// The condition of every physical DELETE from this entity: no legal hold forbids the removal of the row.
    /// On a scoped connection it also permits the DELETE.
    fn may_be_removed(&self) -> Expr;

    /// The condition that a legal hold forbids the removal of a row. `None` if the entity declares no hold.
    fn is_held(&self, alias: DynIden) -> Option<Expr>;

    /// What is wrong with the parents of `held_with`.
    fn hold_mistake(&self) -> Option<String>;

    /// What an erasure does with its rows.
    fn erasure(&self) -> ErasureRules;

    /// The parents that its rows are about.
    #[cfg_attr(not(feature = "erasure"), allow(dead_code))]
    fn subjects(&self) -> Vec<Subject>;

    /// The parents that count its rows.
    fn counted_in(&self) -> Vec<CountedIn>;

    /// Whether its rows are not restored once a purge may remove them.
    fn restore_until_due(&self) -> bool;

    /// Whether every deed on its rows is recorded in the log of deletions.
    fn is_logged(&self) -> bool;

    /// Whether its table has a twin for archived rows.
    fn is_archived(&self) -> bool;

    /// Whether this is an entity in its archive.
    fn is_in_archive(&self) -> bool;

    /// The same entity in another place.
    fn soft_at(&self, place: Place) -> Box<dyn SoftMember>;

    /// The condition that a row was trashed by this operation.
    fn is_of(&self, alias: DynIden, operation: OperationId, backend: DbBackend) -> Expr;

    /// The condition that a row carries the mark of a purge that removes this operation, or an operation of this
    /// instant. `None` if its rows carry no marks.
    fn is_being_purged(
        &self,
        alias: DynIden,
        operation: OperationId,
        backend: DbBackend,
    ) -> Option<Expr>;

    /// The condition that a row does not record which operation trashed it.
    fn has_no_operation(&self, alias: DynIden) -> Expr;

    /// Selects the operation of each matching row of this entity.
    fn operations_among(&self, rows: Condition) -> SelectStatement;

    /// Reads a row of [`operations_among`](Self::operations_among).
    fn read_operation(&self, row: &QueryResult) -> Result<Option<OperationId>, SoftDeleteError>;

    /// Whether the rows of this operation can be told from the rows of other operations.
    fn tells_apart(&self, operation: OperationId) -> bool;

    /// The column that records which operation trashed a row: the `operation` column or, without one, the
    /// marker.
    fn operation_column(&self) -> DynIden;

    /// Whether the entity has an `operation` column.
    fn has_operation_column(&self) -> bool;

    /// The assignments that trash a row.
    fn trashing(
        &self,
        operation: &NewOperation,
        backend: DbBackend,
    ) -> Result<Assignments, SoftDeleteError>;

    /// The assignments that restore a row.
    fn restoring(&self, backend: DbBackend) -> Assignments;

    /// The assignments that move an already trashed row into this operation.
    fn moving_to(&self, operation: OperationId, backend: DbBackend) -> Assignments;

    /// The columns of each unique key except the primary key.
    fn unique_keys(&self) -> Vec<Vec<DynIden>>;

    /// The primary key columns whose fields hold a UUID, whatever the columns' types.
    fn uuid_keys(&self) -> Vec<String>;

    /// Selects the matching rows, for [`read`](Self::read).
    fn select(&self, condition: Condition) -> SelectStatement;

    /// Reads a row of [`select`](Self::select).
    fn read(&self, row: &QueryResult) -> Result<Row, SoftDeleteError>;

    /// Adds the key and the title of the first of some live rows, by their key, to the columns of a SELECT, for
    /// [`read_first`](Self::read_first). `among` has no columns yet, and reads the table under this alias.
    fn select_first(
        &self,
        among: &SelectStatement,
        alias: &DynIden,
        to: &mut SelectStatement,
        backend: DbBackend,
    );

    /// `None` if there is no such row.
    fn read_first(&self, row: &QueryResult) -> Option<LiveRow>;
}

// Names that no column of the table has.
const FIRST_KEY: &str = "soft_delete_first_key";
const FIRST_TITLE: &str = "soft_delete_first_title";

/// The name of a column of the key in the SELECT of [`SoftMember::select_first`].
fn first_key(index: usize) -> String {
    format!("{FIRST_KEY}{index}")
}

impl fmt::Debug for dyn SoftMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// A row of any entity, with what messages and operations need.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its key, as `id = 3`.
    pub(crate) key: String,
    pub(crate) primary_key: ValueTuple,
    /// The text of its title, if the entity has one and it is not NULL.
    pub(crate) title: Option<String>,
    /// The operation that trashed it, if it records one.
    pub(crate) operation: Option<OperationId>,
    /// The values of its columns, by name.
    pub(crate) values: Vec<(&'static str, Value)>,
}

/// Any soft-deletable entity.
pub(crate) struct AnySoftMember {
    soft: &'static dyn AnySoftEntity,
    plain: PlainMember,
}

/// The [`SoftMember`] of the entity `E`.
pub(crate) struct Soft<E>(PhantomData<E>);

impl<E: SoftDeleteEntity> Soft<E> {
    pub(crate) const MEMBER: &'static dyn SoftMember = &AnySoftMember {
        soft: Typed::<E>::SOFT,
        plain: PlainMember::at(Place::Table, Typed::<E>::ENTITY),
    };
}

impl AnySoftMember {
    pub(super) fn at(place: Place, soft: &'static dyn AnySoftEntity) -> Self {
        let plain = PlainMember::at(place, soft.entity());
        Self { soft, plain }
    }
}

impl AnySoftMember {
    pub(super) fn soft_delete(&self) -> AnyColumns {
        self.soft.columns()
    }

    pub(super) fn entity(&self) -> &'static dyn AnyEntity {
        self.plain.entity
    }
}

impl Member for AnySoftMember {
    fn key(&self) -> TableKey {
        self.plain.key()
    }

    fn table(&self) -> TableRef {
        self.plain.table()
    }

    fn primary_key(&self) -> Vec<DynIden> {
        self.plain.primary_key()
    }

    fn read_key(&self, row: &QueryResult) -> Result<ValueTuple, DbErr> {
        self.plain.read_key(row)
    }

    fn type_name(&self) -> Option<&'static str> {
        self.plain.type_name()
    }

    fn in_schema(&self, schema: &'static str) -> Option<&'static dyn Member> {
        self.plain.in_schema(schema)
    }

    #[cfg(feature = "backup")]
    fn fields(&self) -> Option<Vec<Field>> {
        self.plain.fields()
    }

    #[cfg(feature = "backup")]
    fn select_whole(&self) -> SelectStatement {
        let mut select = self.plain.select_whole();
        select.and_where(self.lift());
        select
    }

    /// The row as it was before a purge that removes it in several transactions marked it.
    #[cfg(feature = "backup")]
    fn read_whole(&self, row: &QueryResult) -> Result<WholeRow, DbErr> {
        let mut values = self.entity().read(row)?;
        let operation = self.operation_in(&values);
        let recorded = self.soft_delete().operation;
        let names = self.entity().column_names();
        if let Some(to) = recorded
            && let Some(at) = names.iter().position(|name| *name == to.column.as_str())
            && let Some(held) = uuid_in(&values[at])
            && let Some(id) = OperationId::of_row(held).uuid()
            && id != held
        {
            values[at] = (to.value)(id);
        }
        Ok(WholeRow { operation, values })
    }
}

impl AnySoftMember {
    /// The operation that trashed the row with these values of all columns.
    fn operation_in(&self, values: &[Value]) -> Option<OperationId> {
        let names = self.entity().column_names();
        let value = |column: AnyColumn| {
            let at = names.iter().position(|name| *name == column.as_str())?;
            values.get(at)
        };
        let columns = self.soft_delete();
        let marker = columns.marker;
        let marked = value(marker.column())?;
        if !marker.says_trashed(marked) {
            return None;
        }
        match columns.operation.map(|to| to.column) {
            Some(column) => uuid_in(value(column)?).map(OperationId::of_row),
            None => marker.instant_in(marked).map(OperationId::Instant),
        }
    }
}

impl SoftMember for AnySoftMember {
    fn soft(&self) -> &'static dyn AnySoftEntity {
        self.soft
    }

    fn relations(&self) -> Vec<FamilyRelation> {
        self.soft.relations()
    }

    fn retention(&self) -> Option<Retention> {
        self.soft.declared().retention
    }

    fn soft_in_schema(&self, schema: &'static str) -> Option<&'static dyn SoftMember> {
        Some(Box::leak(Box::new(Self {
            plain: self.plain.moved_to(schema)?,
            soft: self.soft,
        })))
    }

    fn columns(&self) -> Vec<DynIden> {
        let columns = self.entity().columns();
        columns.map(|column| column.as_column_ref().1).collect()
    }

    fn described_columns(&self) -> Vec<DescribedColumn> {
        self.soft_delete().described()
    }

    fn marker(&self) -> (DynIden, MarkerStorage) {
        let marker = self.soft_delete().marker;
        (marker.column().as_column_ref().1, marker.storage())
    }

    fn is_live(&self, alias: DynIden) -> Expr {
        self.soft_delete().marker.is_live(alias)
    }

    fn is_trashed(&self, alias: DynIden) -> Expr {
        self.soft_delete().marker.is_trashed(alias)
    }

    fn lift(&self) -> Expr {
        match self.plain.place {
            Place::Table => scope_comment::shows_trash_of(self.entity()),
            // No scope covers the archive, nor a subquery.
            Place::Archive | Place::Both => Expr::Constant(true.into()),
        }
    }

    fn may_be_removed(&self) -> Expr {
        let permitted = match self.plain.place {
            Place::Table => scope_comment::removes_rows_of(self.entity()),
            Place::Archive | Place::Both => Expr::Constant(true.into()),
        };
        match self.soft.is_free(self.alias()) {
            Some(is_free) => permitted.and(is_free),
            None => permitted,
        }
    }

    fn is_held(&self, alias: DynIden) -> Option<Expr> {
        self.soft.is_held(alias)
    }

    fn hold_mistake(&self) -> Option<String> {
        hold::mistake(&self.key(), &self.soft.held_with())
    }

    fn erasure(&self) -> ErasureRules {
        self.soft.erasure()
    }

    fn subjects(&self) -> Vec<Subject> {
        self.soft.subjects()
    }

    fn counted_in(&self) -> Vec<CountedIn> {
        self.soft.counted_in()
    }

    fn restore_until_due(&self) -> bool {
        self.soft.declared().restore_until_due
    }

    fn is_logged(&self) -> bool {
        self.soft.declared().is_logged
    }

    fn is_archived(&self) -> bool {
        self.soft.declared().is_archived
    }

    fn is_in_archive(&self) -> bool {
        self.plain.place == Place::Archive
    }

    fn soft_at(&self, place: Place) -> Box<dyn SoftMember> {
        Box::new(Self::at(place, self.soft))
    }

    fn is_of(&self, alias: DynIden, operation: OperationId, backend: DbBackend) -> Expr {
        let columns = self.soft_delete();
        let bound =
            |column: AnyColumn, value| column.save_as(Expr::val(stamp::bindable(value, backend)));
        let Some(recorded) = columns.operation else {
            let marker = columns.marker;
            let value = marker.trashed_value(operation.instant());
            let column = (alias, marker.column().as_column_ref().1);
            return Expr::col(column).eq(bound(marker.column(), value));
        };
        let column = || Expr::col((alias.clone(), recorded.column.as_column_ref().1));
        match operation {
            OperationId::Uuid(id) => column().eq(bound(recorded.column, (recorded.value)(id))),
            OperationId::Instant(at) => {
                // Ids are in the order of their instants, so these two enclose every id of this instant.
                let (first, last) = NewOperation::ids_of(at);
                column()
                    .gte(bound(recorded.column, (recorded.value)(first)))
                    .and(column().lte(bound(recorded.column, (recorded.value)(last))))
            }
        }
    }

    fn is_being_purged(
        &self,
        alias: DynIden,
        operation: OperationId,
        backend: DbBackend,
    ) -> Option<Expr> {
        let recorded = self.soft_delete().operation?;
        let column = Expr::col((alias, recorded.column.as_column_ref().1));
        let mark = |id: OperationId| {
            let mark = (recorded.value)(id.being_purged()?.uuid()?);
            Some(
                recorded
                    .column
                    .save_as(Expr::val(stamp::bindable(mark, backend))),
            )
        };
        Some(match operation {
            OperationId::Uuid(_) => column.eq(mark(operation)?),
            OperationId::Instant(at) => {
                let (first, last) = NewOperation::ids_of(at);
                column.between(mark(first.into())?, mark(last.into())?)
            }
        })
    }

    fn has_no_operation(&self, alias: DynIden) -> Expr {
        match self.soft.declared().tells_operations_apart {
            true if self.has_operation_column() => {
                Expr::col((alias, self.operation_column())).is_null()
            }
            is_recorded => Expr::Constant((!is_recorded).into()),
        }
    }

    fn operations_among(&self, rows: Condition) -> SelectStatement {
        let mut select = Query::select();
        select.from(self.table()).cond_where(rows);
        match self.soft.declared().tells_operations_apart {
            true => select.column((self.alias(), self.operation_column())),
            false => select.expr_as(Expr::val(1), "one"),
        };
        select
    }

    fn read_operation(&self, row: &QueryResult) -> Result<Option<OperationId>, SoftDeleteError> {
        if !self.soft.declared().tells_operations_apart {
            return Ok(None);
        }
        let columns = self.soft_delete();
        let column = self.operation_column().to_string();
        Ok(match columns.operation {
            Some(to) => uuid_in(&(to.read)(row, &column)?).map(OperationId::Uuid),
            None => {
                let at = columns.marker.read_instant(row, &column)?;
                at.map(OperationId::Instant)
            }
        })
    }

    fn tells_apart(&self, operation: OperationId) -> bool {
        let columns = self.soft_delete();
        columns.operation.is_some() || columns.marker.keeps_microseconds(operation.instant())
    }

    fn operation_column(&self) -> DynIden {
        let columns = self.soft_delete();
        let column = columns.operation.map(|to| to.column);
        column.unwrap_or(columns.marker.column()).as_column_ref().1
    }

    fn has_operation_column(&self) -> bool {
        self.soft_delete().operation.is_some()
    }

    fn trashing(
        &self,
        operation: &NewOperation,
        backend: DbBackend,
    ) -> Result<Assignments, SoftDeleteError> {
        let stamps = stamp::of_operation(self.soft, operation)?;
        Ok(stamp::assignments(stamps, backend))
    }

    fn restoring(&self, backend: DbBackend) -> Assignments {
        stamp::assignments(stamp::restoring(self.soft), backend)
    }

    fn moving_to(&self, operation: OperationId, backend: DbBackend) -> Assignments {
        let columns = self.soft_delete();
        let stamp = match (columns.operation, operation) {
            (Some(to), OperationId::Uuid(id)) => (to.column, (to.value)(id)),
            (Some(to), OperationId::Instant(at)) => {
                (to.column, (to.value)(NewOperation::ids_of(at).0))
            }
            (None, _) => {
                let marker = columns.marker;
                (marker.column(), marker.trashed_value(operation.instant()))
            }
        };
        stamp::assignments(vec![stamp], backend)
    }

    fn unique_keys(&self) -> Vec<Vec<DynIden>> {
        self.soft.unique_keys()
    }

    fn uuid_keys(&self) -> Vec<String> {
        #[cfg(feature = "with-uuid")]
        let is_uuid = |column: &AnyColumn| column.value_type() == Some(ArrayType::Uuid);
        #[cfg(not(feature = "with-uuid"))]
        let is_uuid = |_: &AnyColumn| false;
        let uuids = self.entity().key().filter(is_uuid);
        uuids.map(|column| column.as_str().to_owned()).collect()
    }

    fn select(&self, condition: Condition) -> SelectStatement {
        let mut select = self.plain.select();
        select.cond_where(condition).and_where(self.lift());
        select
    }

    fn read(&self, row: &QueryResult) -> Result<Row, SoftDeleteError> {
        let values = self.entity().read(row)?;
        let operation = self.operation_in(&values);
        let names = self.entity().column_names().into_iter();
        let values: Vec<(&str, Value)> = names.zip(values).collect();
        let primary_key = self.read_key(row)?;
        let title = self.soft_delete().title.and_then(|title| {
            let mut values = values.iter();
            let (_, title) = values.find(|(name, _)| *name == title.as_str())?;
            (*title != title.as_null()).then(|| text_of(title))
        });
        Ok(Row {
            key: key::spell_of(self.entity(), Some(&primary_key)),
            primary_key,
            title,
            operation,
            values,
        })
    }

    fn select_first(
        &self,
        among: &SelectStatement,
        alias: &DynIden,
        to: &mut SelectStatement,
        backend: DbBackend,
    ) {
        let mut first = among.clone();
        for column in self.primary_key() {
            first.order_by((alias.clone(), column), Order::Asc);
        }
        first.limit(1);
        let held = |column: AnyColumn| Expr::col((alias.clone(), column.as_column_ref().1));
        for (index, column) in self.entity().key().enumerate() {
            let mut key = first.clone();
            key.expr(column.select_as(held(column)));
            to.expr_as(key, Alias::new(first_key(index)));
        }
        if let Some(title) = self.soft_delete().title {
            first.expr(as_text(held(title), backend));
            to.expr_as(first, FIRST_TITLE);
        }
    }

    fn read_first(&self, row: &QueryResult) -> Option<LiveRow> {
        let names = (0..self.primary_key().len()).map(first_key);
        let names: Vec<String> = names.collect();
        // The key is NULL if there is no row.
        let key = self.entity().read_key(row, &names).ok().flatten()?;
        let title = self.soft_delete().title;
        Some(LiveRow {
            entity: self.name(),
            key,
            title: title.and_then(|_| row.try_get("", FIRST_TITLE).ok().flatten()),
        })
    }
}

/// A column of any type as text.
pub(crate) fn as_text(column: Expr, backend: DbBackend) -> Expr {
    column.cast_as(match backend {
        DbBackend::MySql => "CHAR",
        _ => "TEXT",
    })
}
