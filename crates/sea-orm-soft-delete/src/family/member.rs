//! A soft-deletable entity as a trait object, so that code need not be generic over its type.

use std::fmt;

use sea_orm::sea_query::{
    DynIden, Expr, ExprTrait, IntoIden, Query, SelectStatement, TableRef, ValueTuple,
};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, DbErr, EntityTrait, FromQueryResult, IdenStatic, Iterable,
    ModelTrait, PrimaryKeyToColumn, QueryFilter, QueryResult, QueryTrait, Schema, Value,
};

#[cfg(feature = "with-uuid")]
use sea_orm::sea_query::ArrayType;

use crate::entity::columns::DescribedColumn;
use crate::entity::erasure::{ErasureRules, text_of};
use crate::entity::family_kind::FamilyKind;
use crate::entity::hold;
use crate::entity::key;
use crate::entity::marker::MarkerStorage;
#[cfg(feature = "backup")]
use crate::entity::member::{Field, WholeRow};
use crate::entity::member::{Member, Place, Plain, TableKey};
use crate::entity::relation::{CountedIn, FamilyRelation, Subject};
use crate::entity::retention::Retention;
use crate::entity::scope_comment;
use crate::entity::{SoftDeleteEntity, operation_of, uuid_in};
use crate::error::SoftDeleteError;
use crate::family::operations::group::OperationRows;
use crate::operation::attribution::Attribution;
use crate::operation::id::{NewOperation, OperationId};
use crate::query::stamp;

/// What an UPDATE writes.
pub(crate) type Assignments = Vec<(DynIden, Expr)>;

/// A soft-deletable entity: its columns, conditions and assignments.
pub(crate) trait SoftMember: Member + OperationRows {
    fn relations(&self) -> Vec<FamilyRelation>;

    /// How long its trashed rows are kept, if it says so.
    fn retention(&self) -> Option<Retention>;

    /// The same entity in this schema; `None` if the entity names a schema itself. The result lives as
    /// long as the program.
    fn soft_in_schema(&self, schema: &'static str) -> Option<&'static dyn SoftMember>;

    /// Whether the entity's own derive runs its verbs in transactions.
    fn runs_in_transactions(&self) -> bool;

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

    /// The same entity in its archive.
    fn soft_in_archive(&self) -> &'static dyn SoftMember;

    /// The same entity in its table and its archive, to read its rows only.
    fn soft_with_archive(&self) -> &'static dyn SoftMember;

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

    /// The assignments that trash a row, where no error can be returned: NULL for who deletes if the column
    /// cannot hold the value.
    fn trashing_as_far_as_recorded(
        &self,
        attribution: &Attribution,
        backend: DbBackend,
    ) -> Assignments;

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
}

impl dyn SoftMember {
    /// Whether this description covers the other one: it has the same marker, and all companion columns of
    /// the other one.
    pub(crate) fn says_all_of(&self, other: &Self) -> bool {
        let ((marker, storage), (theirs, their_storage)) = (self.marker(), other.marker());
        let own = self.described_columns();
        let is_known = |column: &DescribedColumn| {
            let mut own = own.iter();
            own.any(|known| known.role == column.role && known.name == column.name)
        };
        marker == theirs
            && storage.is_alike(&their_storage)
            && other.described_columns().iter().all(is_known)
    }
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

/// The [`SoftMember`] of the entity `E`.
pub(crate) struct Soft<E>(Plain<E>);

impl<E: SoftDeleteEntity> Soft<E> {
    pub(crate) const MEMBER: &'static dyn SoftMember = &Self(Plain::NEW);

    const ARCHIVE: &'static dyn SoftMember = &Self(Plain::at(Place::Archive));

    const WITH_ARCHIVE: &'static dyn SoftMember = &Self(Plain::at(Place::Both));
}

impl<E: SoftDeleteEntity> Member for Soft<E> {
    fn key(&self) -> TableKey {
        self.0.key()
    }

    fn table(&self) -> TableRef {
        self.0.table()
    }

    fn primary_key(&self) -> Vec<DynIden> {
        self.0.primary_key()
    }

    fn read_key(&self, row: &QueryResult) -> Result<ValueTuple, DbErr> {
        self.0.read_key(row)
    }

    fn type_name(&self) -> Option<&'static str> {
        self.0.type_name()
    }

    fn in_schema(&self, schema: &'static str) -> Option<&'static dyn Member> {
        self.0.in_schema(schema)
    }

    #[cfg(feature = "backup")]
    fn fields(&self) -> Option<Vec<Field>> {
        self.0.fields()
    }

    #[cfg(feature = "backup")]
    fn select_whole(&self) -> SelectStatement {
        let mut select = self.0.select_whole();
        select.and_where(self.lift());
        select
    }

    /// The row as it was before a purge that removes it in several transactions marked it.
    #[cfg(feature = "backup")]
    fn read_whole(&self, row: &QueryResult) -> Result<WholeRow, DbErr> {
        let model = E::Model::from_query_result(row, "")?;
        let recorded = E::soft_delete().operation;
        let unmarked = |column: E::Column| {
            let value = model.get(column);
            let recorded = recorded
                .as_ref()
                .filter(|it| it.column.as_str() == column.as_str());
            let id = recorded
                .and_then(|_| uuid_in(&value))
                .map(OperationId::of_row);
            match (recorded, id.and_then(OperationId::uuid)) {
                (Some(recorded), Some(id)) if uuid_in(&value) != Some(id) => (recorded.value)(id),
                _ => value,
            }
        };
        Ok(WholeRow {
            operation: operation_of(&model),
            values: E::Column::iter().map(unmarked).collect(),
        })
    }
}

impl<E: SoftDeleteEntity> SoftMember for Soft<E> {
    fn relations(&self) -> Vec<FamilyRelation> {
        E::relations()
    }

    fn retention(&self) -> Option<Retention> {
        E::retention()
    }

    fn soft_in_schema(&self, schema: &'static str) -> Option<&'static dyn SoftMember> {
        Some(Box::leak(Box::new(Self(Plain::moved_to(schema)?))))
    }

    fn runs_in_transactions(&self) -> bool {
        E::Kind::CASCADES
    }

    fn columns(&self) -> Vec<DynIden> {
        E::Column::iter()
            .map(|column| column.as_column_ref().1)
            .collect()
    }

    fn described_columns(&self) -> Vec<DescribedColumn> {
        E::soft_delete().described()
    }

    fn marker(&self) -> (DynIden, MarkerStorage) {
        let marker = E::soft_delete().marker;
        (marker.column().as_column_ref().1, marker.storage())
    }

    fn is_live(&self, alias: DynIden) -> Expr {
        E::is_live_as(alias)
    }

    fn is_trashed(&self, alias: DynIden) -> Expr {
        E::is_trashed_as(alias)
    }

    fn lift(&self) -> Expr {
        match self.0.place {
            Place::Table => scope_comment::with_trashed::<E>(),
            // No scope covers the archive, nor a subquery.
            Place::Archive | Place::Both => Expr::Constant(true.into()),
        }
    }

    fn may_be_removed(&self) -> Expr {
        let permitted = match self.0.place {
            Place::Table => scope_comment::force_delete::<E>(),
            Place::Archive | Place::Both => Expr::Constant(true.into()),
        };
        match hold::is_free::<E>(self.alias()) {
            Some(is_free) => permitted.and(is_free),
            None => permitted,
        }
    }

    fn is_held(&self, alias: DynIden) -> Option<Expr> {
        hold::is_held::<E>(alias)
    }

    fn hold_mistake(&self) -> Option<String> {
        hold::mistake(&self.key(), &E::held_with())
    }

    fn erasure(&self) -> ErasureRules {
        E::erasure()
    }

    fn subjects(&self) -> Vec<Subject> {
        E::subjects()
    }

    fn counted_in(&self) -> Vec<CountedIn> {
        E::counted_in()
    }

    fn restore_until_due(&self) -> bool {
        E::RESTORE_UNTIL_DUE
    }

    fn is_logged(&self) -> bool {
        E::IS_LOGGED
    }

    fn is_archived(&self) -> bool {
        E::IS_ARCHIVED
    }

    fn is_in_archive(&self) -> bool {
        self.0.place == Place::Archive
    }

    fn soft_in_archive(&self) -> &'static dyn SoftMember {
        Self::ARCHIVE
    }

    fn soft_with_archive(&self) -> &'static dyn SoftMember {
        Self::WITH_ARCHIVE
    }

    fn is_of(&self, alias: DynIden, operation: OperationId, backend: DbBackend) -> Expr {
        let columns = E::soft_delete();
        let bound =
            |column: E::Column, value| column.save_as(Expr::val(stamp::bindable(value, backend)));
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
        let recorded = E::soft_delete().operation?;
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
        match E::TELLS_OPERATIONS_APART {
            true if self.has_operation_column() => {
                Expr::col((alias, self.operation_column())).is_null()
            }
            is_recorded => Expr::Constant((!is_recorded).into()),
        }
    }

    fn operations_among(&self, rows: Condition) -> SelectStatement {
        let mut select = Query::select();
        select.from(self.table()).cond_where(rows);
        match E::TELLS_OPERATIONS_APART {
            true => select.column((self.alias(), self.operation_column())),
            false => select.expr_as(Expr::val(1), "one"),
        };
        select
    }

    fn read_operation(&self, row: &QueryResult) -> Result<Option<OperationId>, SoftDeleteError> {
        if !E::TELLS_OPERATIONS_APART {
            return Ok(None);
        }
        let columns = E::soft_delete();
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
        let columns = E::soft_delete();
        columns.operation.is_some() || columns.marker.keeps_microseconds(operation.instant())
    }

    fn operation_column(&self) -> DynIden {
        let columns = E::soft_delete();
        let column = columns.operation();
        column.unwrap_or(columns.marker.column()).as_column_ref().1
    }

    fn has_operation_column(&self) -> bool {
        E::soft_delete().operation.is_some()
    }

    fn trashing(
        &self,
        operation: &NewOperation,
        backend: DbBackend,
    ) -> Result<Assignments, SoftDeleteError> {
        let stamps = stamp::of_operation::<E>(operation)?;
        Ok(assignments::<E>(stamps, backend))
    }

    fn trashing_as_far_as_recorded(
        &self,
        attribution: &Attribution,
        backend: DbBackend,
    ) -> Assignments {
        assignments::<E>(
            stamp::trashing_as_far_as_recorded::<E>(attribution),
            backend,
        )
    }

    fn restoring(&self, backend: DbBackend) -> Assignments {
        assignments::<E>(stamp::restoring::<E>(), backend)
    }

    fn moving_to(&self, operation: OperationId, backend: DbBackend) -> Assignments {
        let columns = E::soft_delete();
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
        assignments::<E>(vec![stamp], backend)
    }

    fn unique_keys(&self) -> Vec<Vec<DynIden>> {
        let alone = E::Column::iter()
            .filter(|column| column.def().is_unique())
            .map(|column| vec![column.as_column_ref().1]);
        // The names of the columns are the same for every backend.
        let backend = DbBackend::Sqlite;
        let indexes = Schema::new(backend).create_index_from_entity(E::default());
        let together = indexes
            .iter()
            .filter(|index| index.is_unique_key())
            .map(|index| {
                let names = index.get_index_spec().get_column_names();
                names.into_iter().map(IntoIden::into_iden).collect()
            });
        let mut keys: Vec<Vec<DynIden>> = alone.chain(together).collect();
        let primary = self.primary_key();
        keys.retain(|key| *key != primary);
        keys
    }

    fn uuid_keys(&self) -> Vec<String> {
        #[cfg(feature = "with-uuid")]
        let is_uuid = |column: &E::Column| {
            <E::Model as ModelTrait>::get_value_type(*column) == ArrayType::Uuid
        };
        #[cfg(not(feature = "with-uuid"))]
        let is_uuid = |_: &E::Column| false;
        let key = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column);
        let uuids = key.filter(is_uuid);
        uuids.map(|column| column.as_str().to_owned()).collect()
    }

    fn select(&self, condition: Condition) -> SelectStatement {
        let rows = <E as EntityTrait>::find();
        let mut select = rows.filter(condition).filter(self.lift()).into_query();
        // `find` reads the table without the schema of `soft_in_schema`.
        select.from_clear().from(self.table());
        select
    }

    fn read(&self, row: &QueryResult) -> Result<Row, SoftDeleteError> {
        let model = E::Model::from_query_result(row, "")?;
        let primary_key = model.get_primary_key_value();
        let title = E::soft_delete().title.map(|title| model.get(title));
        Ok(Row {
            key: key::spell::<E>(Some(&primary_key)),
            primary_key,
            title: title
                .filter(|title| *title != title.as_null())
                .map(|title| text_of(&title)),
            operation: operation_of(&model),
            values: E::Column::iter()
                .map(|column| (column.as_str(), model.get(column)))
                .collect(),
        })
    }
}

fn assignments<E: EntityTrait>(stamps: Vec<(E::Column, Value)>, backend: DbBackend) -> Assignments {
    stamp::assignments(stamps, backend)
        .map(|(column, value)| (column.as_column_ref().1, value))
        .collect()
}
