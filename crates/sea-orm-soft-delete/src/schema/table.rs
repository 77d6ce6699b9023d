//! A soft-deletable table, as migrations see it.

use std::borrow::Cow;

use sea_orm::DbBackend;
use sea_orm::sea_query::ColumnType;

use crate::entity::SoftDeleteEntity;
use crate::entity::any_columns::Role;
use crate::entity::companion::{DeletedByType, OperationType};
use crate::entity::key;
use crate::entity::marker::{Marker, MarkerStorage};
use crate::entity::member::TableKey;
use crate::entity::scope_comment;
use crate::error::SoftDeleteError;
use crate::family::{Graph, Soft, SoftMember};
use crate::schema::catalogue::{Catalogue, Index, Table};
use crate::schema::predicate::MarkerNamed;
use crate::schema::sql::{self, Named, kept, path};
use crate::schema::types::type_of;

/// A soft-deletable table, for migrations to make and change.
///
/// Build it from an entity, or by hand from names and types. A migration is history, but one that is built
/// from an entity changes with the entity. So applications that keep their migrations should build it by
/// hand, and applications that create their tables from entities use [`of`](Self::of).
///
/// ```
/// use sea_orm::prelude::{DateTimeUtc, Uuid};
/// use sea_orm_soft_delete::describe::Marker;
/// use sea_orm_soft_delete::schema::SoftDeleteSchema;
///
/// let notes = SoftDeleteSchema::new("note", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
///     .with_operation::<Option<Uuid>>("operation_id")
///     .with_deleted_by::<Option<i32>>("deleted_by")
///     .with_reason("reason");
/// ```
#[derive(Clone, Debug)]
pub struct SoftDeleteSchema {
    table: TableKey,
    pub(super) storage: MarkerStorage,
    /// The marker first.
    columns: Vec<SchemaColumn>,
    pub(super) unique_keys: Vec<Vec<String>>,
    pub(super) parents: Vec<ParentKey>,
    /// Whether its entity declares an archive.
    pub(super) is_archived: bool,
}

/// A key that points at a parent's rows.
#[derive(Clone, Debug)]
pub(crate) struct ParentKey {
    pub(crate) columns: Vec<String>,
    pub(crate) parent: TableKey,
    pub(crate) parent_columns: Vec<String>,
    pub(crate) parent_marker: String,
    pub(crate) parent_storage: MarkerStorage,
    /// Whether the parent is also a descendant of the child, so that no order of restores has every parent
    /// first.
    pub(crate) is_cyclic: bool,
}

/// A column of soft delete.
#[derive(Clone, Debug)]
pub(crate) struct SchemaColumn {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
}

impl SoftDeleteSchema {
    /// The table of an entity: its columns with their types, its unique keys, and its keys to parents.
    pub fn of<E: SoftDeleteEntity>() -> Self {
        Self::of_member(Soft::<E>::MEMBER)
    }

    /// Like [`of`](Self::of), for a type-erased entity.
    pub(crate) fn of_member(member: &dyn SoftMember) -> Self {
        let columns = member.described_columns().into_iter();
        let columns = columns
            .filter(|column| !matches!(column.role, Role::UpdatedAt | Role::Hold))
            .map(|column| SchemaColumn {
                role: column.role,
                name: column.name,
                column_type: column.column_type,
            });
        let unique_keys = member.unique_keys().into_iter();
        let unique_keys = unique_keys
            .map(|key| key.into_iter().map(|column| column.to_string()).collect())
            .collect();
        Self {
            table: member.key(),
            storage: member.marker().1,
            columns: columns.collect(),
            unique_keys,
            parents: parents_of(member),
            is_archived: member.is_archived(),
        }
    }

    /// A table and its marker, by name.
    pub fn new(
        table: impl Into<Cow<'static, str>>,
        marker: Marker<impl Into<Cow<'static, str>>>,
    ) -> Self {
        let column_type = type_of(&marker.live_value());
        let (marker, storage) = marker.into_parts();
        let marker = SchemaColumn {
            role: Role::Marker,
            name: marker.into().into_owned(),
            column_type,
        };
        Self {
            table: (None, table.into().into_owned()),
            storage,
            columns: vec![marker],
            unique_keys: Vec::new(),
            parents: Vec::new(),
            is_archived: false,
        }
    }

    /// Puts the table in a schema.
    pub fn in_schema(mut self, schema: impl Into<Cow<'static, str>>) -> Self {
        self.table.0 = Some(schema.into().into_owned());
        self
    }

    /// Adds the column for the operation's id: an `Option<Uuid>` or an `Option<String>`.
    pub fn with_operation<T: OperationType>(self, column: impl Into<Cow<'static, str>>) -> Self {
        self.with(Role::Operation, column, type_of(&T::null()))
    }

    /// Adds the column for who deleted the row.
    pub fn with_deleted_by<T: DeletedByType>(self, column: impl Into<Cow<'static, str>>) -> Self {
        self.with(Role::DeletedBy, column, type_of(&T::null()))
    }

    /// Adds the column for the reason of the delete, a text of any length.
    pub fn with_reason(self, column: impl Into<Cow<'static, str>>) -> Self {
        self.with(Role::Reason, column, ColumnType::Text)
    }

    fn with(
        mut self,
        role: Role,
        column: impl Into<Cow<'static, str>>,
        column_type: ColumnType,
    ) -> Self {
        self.columns.push(SchemaColumn {
            role,
            name: column.into().into_owned(),
            column_type,
        });
        self
    }

    /// Declares a parent: pairs of a column here and the column of `parent` that it equals.
    /// [`of`](Self::of) takes the pairs from the relations with `cascade` and `restrict`.
    pub fn belonging_to<C, P>(
        mut self,
        parent: &Self,
        columns: impl IntoIterator<Item = (C, P)>,
    ) -> Self
    where
        C: Into<String>,
        P: Into<String>,
    {
        let (columns, parent_columns) = columns
            .into_iter()
            .map(|(column, above)| (column.into(), above.into()))
            .unzip();
        self.parents.push(ParentKey {
            columns,
            parent: parent.table.clone(),
            parent_columns,
            parent_marker: parent.marker().name.clone(),
            parent_storage: parent.storage,
            is_cyclic: parent.table == self.table,
        });
        self
    }
}

impl SoftDeleteSchema {
    pub(crate) fn key(&self) -> &TableKey {
        &self.table
    }

    pub(crate) fn columns(&self) -> &[SchemaColumn] {
        &self.columns
    }

    pub(crate) fn storage(&self) -> MarkerStorage {
        self.storage
    }

    pub(crate) fn marker(&self) -> &SchemaColumn {
        // Every constructor puts the marker first.
        &self.columns[0]
    }

    pub(crate) fn column_for(&self, role: Role) -> Option<&SchemaColumn> {
        self.columns.iter().find(|column| column.role == role)
    }

    /// Whether the column is nullable: all are, except markers that spell "live" as a value.
    pub(crate) fn is_nullable(&self, column: &SchemaColumn) -> bool {
        column.role != Role::Marker
            || matches!(
                self.storage,
                MarkerStorage::Nullable { .. } | MarkerStorage::NullableEpoch { .. }
            )
    }

    /// The name for messages: `note` or `archive.note`.
    pub(crate) fn name(&self) -> String {
        key::table_name(self.table.0.as_deref(), &self.table.1)
    }

    pub(crate) fn path(&self, backend: DbBackend) -> String {
        path(backend, &self.table)
    }

    pub(crate) fn is_live(&self, backend: DbBackend) -> String {
        sql::is_live(self.storage, &Named::Column(&self.marker().name), backend)
    }

    pub(crate) fn is_trashed(&self, backend: DbBackend) -> String {
        sql::is_trashed(self.storage, &Named::Column(&self.marker().name), backend)
    }

    /// The condition that lifts a scoped connection's scope, since schema changes concern all rows.
    pub(crate) fn with_trashed(&self) -> String {
        scope_comment::with_trashed_of(self.table.0.as_deref(), &self.table.1)
    }

    /// Finds the table in the catalogue.
    pub(crate) fn existing<'a>(
        &self,
        catalogue: &'a Catalogue,
    ) -> Result<&'a Table, SoftDeleteError> {
        catalogue
            .table(&self.table)
            .ok_or_else(|| self.not_changed("there is no such table".into(), "create it first"))
    }

    /// Refuses if there is no such table, or if it lacks one of these columns.
    ///
    /// SQLite reads a quoted name that matches no column as a text, and checks neither views nor triggers
    /// when it creates them.
    pub(crate) fn expect_columns<S: AsRef<str>>(
        &self,
        catalogue: &Catalogue,
        columns: &[S],
    ) -> Result<(), SoftDeleteError> {
        let table = self.existing(catalogue)?;
        let lacks = |column: &&str| table.column(column).is_none();
        match columns.iter().map(AsRef::as_ref).find(lacks) {
            None => Ok(()),
            Some(column) => Err(self.not_changed(
                format!("it has no column `{column}`"),
                "make the column first, those of soft delete with `add_columns`, or correct its name",
            )),
        }
    }

    /// The marker, under the name that the database keeps.
    pub(crate) fn marker_in(&self, table: &Table) -> MarkerNamed<'_> {
        MarkerNamed {
            name: kept(&self.marker().name, table.backend),
            storage: self.storage,
            backend: table.backend,
        }
    }

    /// The statement that drops an index, or the constraint that it belongs to.
    pub(crate) fn drop_of(&self, table: &Table, index: &Index) -> String {
        table.drop_of(&self.table, index)
    }

    /// `DROP INDEX …`.
    pub(crate) fn drop_index(&self, table: &Table, name: &str) -> String {
        table.drop_index(&self.table, name)
    }

    /// Like [`expect_columns`](Self::expect_columns), for these columns and the marker.
    pub(crate) fn expect_marker_and(
        &self,
        columns: &[String],
        catalogue: &Catalogue,
    ) -> Result<(), SoftDeleteError> {
        self.expect_columns(catalogue, &[&self.marker().name])?;
        self.expect_columns(catalogue, columns)
    }

    /// The error if another index has the name of an index.
    pub(crate) fn another_index(&self, name: &str) -> SoftDeleteError {
        self.not_changed(
            format!("its index `{name}` is another one than this"),
            "drop that one, or give this one another name with `named`",
        )
    }

    pub(crate) fn not_changed(&self, why: String, remedy: &'static str) -> SoftDeleteError {
        SoftDeleteError::SchemaNotChanged {
            entity: self.name(),
            why,
            remedy,
        }
    }
}

/// The entity's keys to parents that have to be live while its rows are.
fn parents_of(member: &dyn SoftMember) -> Vec<ParentKey> {
    let graph = Graph::registered();
    let Ok(node) = graph.node_of_soft(member.soft()) else {
        return Vec::new();
    };
    let mut parents = Vec::new();
    for edge in graph.lives_below(node) {
        let (Some(parent), None) = (graph.soft(edge.parent), &edge.condition) else {
            continue;
        };
        let names = |columns: &[sea_orm::sea_query::DynIden]| {
            columns.iter().map(ToString::to_string).collect()
        };
        let (marker, storage) = parent.marker();
        parents.push(ParentKey {
            columns: names(&edge.child_columns),
            parent: parent.key(),
            parent_columns: names(&edge.parent_columns),
            parent_marker: marker.to_string(),
            parent_storage: storage,
            is_cyclic: graph.lives_above(node, edge.parent),
        });
    }
    parents
}
