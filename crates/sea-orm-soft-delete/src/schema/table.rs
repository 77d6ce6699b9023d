//! A soft-deletable table as migrations see it.

use std::borrow::Cow;

use sea_orm::sea_query::{
    ColumnDef, ColumnType, Expr, IntoIden, StringLen, Table, TableAlterStatement,
    TableCreateStatement, TableName, TableRef,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait, Value};

use crate::columns::Role;
use crate::companion::{DeletedByType, OperationType};
use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::family::{Graph, Soft, SoftMember, TableKey};
use crate::lift;
use crate::marker::{EpochType, Marker, MarkerStorage, MarkerType};
use crate::schema::catalogue::{self, Catalogue};
use crate::schema::index::{Covers, LiveIndex};
use crate::schema::sql::{self, Named, path, quote};
use crate::schema::trigger::{NoPhysicalDelete, NoTrashedParent, ParentKey};
use crate::schema::unique::{LIVE, UniqueAmongLive};
use crate::schema::view::LiveView;
use crate::timestamp::Timestamp;
use crate::timestamp_type::TimestampType;

/// A soft-deletable table, for migrations to make and change.
///
/// Made from an entity, or by hand from names and types. A migration is history: one that is made
/// from an entity changes when the entity does, so applications that keep their migrations should
/// write them by hand, and applications that make their tables from entities take
/// [`of`](Self::of).
///
/// ```
/// use sea_orm::prelude::{DateTimeUtc, Uuid};
/// use sea_orm_soft_delete::schema::SoftDeleteSchema;
///
/// let notes = SoftDeleteSchema::new::<Option<DateTimeUtc>>("note", "deleted_at")
///     .with_operation::<Option<Uuid>>("deletion_id")
///     .with_deleted_by::<Option<i32>>("deleted_by")
///     .with_reason("reason");
/// ```
#[derive(Clone, Debug)]
pub struct SoftDeleteSchema {
    table: TableKey,
    storage: MarkerStorage,
    /// The marker first.
    columns: Vec<SchemaColumn>,
    unique_keys: Vec<Vec<String>>,
    parents: Vec<ParentKey>,
}

/// A column that soft delete asks for.
#[derive(Clone, Debug)]
pub(crate) struct SchemaColumn {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
}

impl SoftDeleteSchema {
    /// The table of an entity: its columns with their types, its unique keys, and the keys by which its
    /// rows belong to others.
    pub fn of<E: SoftDeleteEntity>() -> Self {
        Self::of_member(Soft::<E>::MEMBER)
    }

    /// The same without its type.
    pub(crate) fn of_member(member: &dyn SoftMember) -> Self {
        let columns = member.described_columns().into_iter();
        let columns = columns
            .filter(|column| column.role != Role::UpdatedAt)
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
        }
    }

    /// A table, and its marker of type `T`: an `Option` of a date-time, where NULL is live, or a
    /// `bool`, where FALSE is.
    pub fn new<T: MarkerType>(
        table: impl Into<Cow<'static, str>>,
        marker: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::stored(table, marker, Marker::of::<T>(()))
    }

    /// A table whose marker counts seconds since the Unix epoch: 0, or NULL, is live.
    pub fn epoch_seconds<T: EpochType>(
        table: impl Into<Cow<'static, str>>,
        marker: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::stored(table, marker, Marker::epoch_seconds::<T>(()))
    }

    /// A table whose marker counts milliseconds since the Unix epoch: 0, or NULL, is live.
    pub fn epoch_milliseconds<T: EpochType>(
        table: impl Into<Cow<'static, str>>,
        marker: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::stored(table, marker, Marker::epoch_milliseconds::<T>(()))
    }

    /// A table whose NOT NULL marker of type `T` holds `live` in live rows.
    pub fn sentinel<T: TimestampType>(
        table: impl Into<Cow<'static, str>>,
        marker: impl Into<Cow<'static, str>>,
        live: Timestamp,
    ) -> Self {
        Self::stored(table, marker, Marker::sentinel::<T>((), live))
    }

    fn stored(
        table: impl Into<Cow<'static, str>>,
        marker: impl Into<Cow<'static, str>>,
        kind: Marker<()>,
    ) -> Self {
        let storage = kind.storage();
        let marker = SchemaColumn {
            role: Role::Marker,
            name: marker.into().into_owned(),
            column_type: type_of(&kind.live_value()),
        };
        Self {
            table: (None, table.into().into_owned()),
            storage,
            columns: vec![marker],
            unique_keys: Vec::new(),
            parents: Vec::new(),
        }
    }

    /// The same table in a schema.
    pub fn in_schema(mut self, schema: impl Into<Cow<'static, str>>) -> Self {
        self.table.0 = Some(schema.into().into_owned());
        self
    }

    /// Adds the column for an operation's id: an `Option<Uuid>` or an `Option<String>`.
    pub fn with_operation<T: OperationType>(self, column: impl Into<Cow<'static, str>>) -> Self {
        self.with(Role::Operation, column, type_of(&T::null()))
    }

    /// Adds the column for who deletes.
    pub fn with_deleted_by<T: DeletedByType>(self, column: impl Into<Cow<'static, str>>) -> Self {
        self.with(Role::DeletedBy, column, type_of(&T::null()))
    }

    /// Adds the column for why, a text of any length.
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

    /// Says that rows belong, by these columns of theirs, to rows of `parent` with the same values in
    /// those: pairs of a column here and one there. [`of`](Self::of) takes them from the relations that
    /// cascade.
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

    /// Adds the columns of soft delete to a table that is to be made.
    ///
    /// They have the types that the entity's have, but that MySQL's and MariaDB's date-times keep
    /// microseconds. A marker that is never NULL has the value of live rows as its default. An
    /// `updated_at` is not among them: it is the application's.
    ///
    /// ```
    /// use sea_orm::{DbBackend, sea_query::{ColumnDef, MysqlQueryBuilder, Table}};
    /// use sea_orm::prelude::{DateTimeUtc, Uuid};
    /// use sea_orm_soft_delete::schema::SoftDeleteSchema;
    ///
    /// let notes = SoftDeleteSchema::new::<Option<DateTimeUtc>>("note", "deleted_at")
    ///     .with_operation::<Option<Uuid>>("deletion_id");
    /// let table = Table::create()
    ///     .table("note")
    ///     .col(ColumnDef::new("title").text().not_null())
    ///     .to_owned();
    /// let table = notes.add_to(table, DbBackend::MySql);
    /// assert_eq!(
    ///     table.to_string(MysqlQueryBuilder),
    ///     "CREATE TABLE `note` ( `title` text NOT NULL, `deleted_at` DATETIME(6) NULL, \
    ///      `deletion_id` binary(16) NULL )"
    /// );
    /// ```
    pub fn add_to(
        &self,
        mut table: TableCreateStatement,
        backend: DbBackend,
    ) -> TableCreateStatement {
        for column in self.column_defs(backend) {
            table.col(column);
        }
        table
    }

    /// The columns of soft delete, for statements of your own: the marker first.
    pub fn column_defs(&self, backend: DbBackend) -> Vec<ColumnDef> {
        let columns = self.columns.iter();
        columns
            .map(|column| self.column_def(column, backend))
            .collect()
    }

    /// Adds to the table the columns that it does not have, and lets date-times that it has keep
    /// microseconds: on MySQL and MariaDB such a DATETIME or TIMESTAMP becomes a `DATETIME(6)`, in UTC
    /// as SeaORM's connections are. It can be called again.
    ///
    /// Rows that are there are live. A date-time of MySQL and MariaDB that is made precise loses its
    /// COMMENT, and becomes NULL or NOT NULL as the marker asks for. Columns that are there and differ
    /// otherwise stay as they are:
    /// [`doctor`](fn@crate::doctor) tells of them.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, and what the database says.
    pub async fn add_columns<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(&self.table, db).await?;
        let table = self.existing(&catalogue)?;
        for column in &self.columns {
            let existing = table.column(&column.name);
            let existing = existing.map(|column| column.type_name.as_str());
            if let Some(alter) = self.change(column, existing, backend) {
                db.execute(&alter).await?;
            }
        }
        Ok(())
    }

    /// What is to be done for the table to have the column, of which the type is given if it is there.
    pub(crate) fn change(
        &self,
        column: &SchemaColumn,
        existing: Option<&str>,
        backend: DbBackend,
    ) -> Option<TableAlterStatement> {
        let mut alter = Table::alter().table(self.table_ref()).to_owned();
        match existing {
            None => alter.add_column(self.column_def(column, backend)),
            Some(existing) => {
                let precise = precise(existing, backend)?;
                self.make_precise(&mut alter, column, precise, backend)
            }
        };
        Some(alter)
    }

    /// Gives a column that is there the type that it is to have.
    pub(crate) fn retype(&self, column: &SchemaColumn, backend: DbBackend) -> TableAlterStatement {
        Table::alter()
            .table(self.table_ref())
            .modify_column(self.column_def(column, backend))
            .to_owned()
    }

    fn make_precise<'a>(
        &self,
        alter: &'a mut TableAlterStatement,
        column: &SchemaColumn,
        precise: String,
        backend: DbBackend,
    ) -> &'a mut TableAlterStatement {
        let column = SchemaColumn {
            column_type: ColumnType::custom(precise),
            ..column.clone()
        };
        match backend {
            // PostgreSQL says the rest of a column in statements of their own.
            DbBackend::Postgres => {
                let name = column.name.into_iden();
                alter.modify_column(ColumnDef::new_with_type(name, column.column_type))
            }
            _ => alter.modify_column(self.column_def(&column, backend)),
        }
    }

    /// Removes the columns again, where they are there.
    ///
    /// Indexes over them are to be dropped before, in the reverse order of making them.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] while there are trashed rows: without the marker they would
    /// be live. Restore them, or force-delete them, first. The same while, on MySQL and MariaDB, a key among
    /// live rows is there.
    pub async fn drop_columns<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(&self.table, db).await?;
        let table = self.existing(&catalogue)?;
        if table.column(&self.marker().name).is_some() {
            let trashed = self.count_trashed(db).await?;
            if trashed > 0 {
                return Err(self.not_changed(
                    format!(
                        "{trashed} of its rows are trashed, and would be live without its marker"
                    ),
                    "restore them or force-delete them first",
                ));
            }
        }
        if backend == DbBackend::MySql && table.column(LIVE).is_some() {
            return Err(self.not_changed(
                format!("its column `{LIVE}`, of the keys among live rows, needs the marker"),
                "drop those keys first",
            ));
        }
        for column in self.columns.iter().rev() {
            if table.column(&column.name).is_some() {
                let sql = format!(
                    "ALTER TABLE {} DROP COLUMN {}",
                    self.path(backend),
                    quote(backend, &column.name)
                );
                db.execute_unprepared(&sql).await?;
            }
        }
        Ok(())
    }

    /// Does all that soft delete needs of the table: the [columns](Self::add_columns), each [unique
    /// key](Self::unique_keys) of the entity [among live rows](UniqueAmongLive::convert), an index for
    /// each [parent](Self::index_parents), and one for [operations](Self::index_operations), if there is
    /// a column for them. It can be called again.
    ///
    /// For applications that make their tables from their entities; call it after SeaORM's
    /// `create_table_from_entity`, its schema builder or its sync.
    ///
    /// # Errors
    ///
    /// Those of the functions named.
    pub async fn apply<C>(&self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        self.add_columns(db).await?;
        for key in self.unique_keys() {
            key.convert(db).await?;
        }
        let operations = self.column_for(Role::Operation).is_some();
        let operations = operations.then(|| self.index_operations()).transpose()?;
        for index in self.index_parents().into_iter().chain(operations) {
            index.create(db).await?;
        }
        Ok(())
    }

    async fn count_trashed<C: ConnectionTrait>(&self, db: &C) -> Result<i64, SoftDeleteError> {
        let backend = db.get_database_backend();
        let count = format!(
            "SELECT COUNT(*) AS trashed FROM {} WHERE {} AND {}",
            self.path(backend),
            self.is_trashed(backend),
            self.with_trashed()
        );
        let row = db
            .query_one_raw(Statement::from_string(backend, count))
            .await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "trashed"))?)
    }

    /// Makes these columns unique among the live rows, any number of trashed ones beside them.
    pub fn unique_among_live<S: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = S>,
    ) -> UniqueAmongLive {
        UniqueAmongLive::new(self, columns.into_iter().map(Into::into).collect())
    }

    /// The same of each unique key that the entity says: its `#[sea_orm(unique)]` and
    /// `#[sea_orm(unique_key = "…")]`. None of a table by hand.
    pub fn unique_keys(&self) -> Vec<UniqueAmongLive> {
        let keys = self.unique_keys.iter();
        keys.map(|key| self.unique_among_live(key)).collect()
    }

    /// An index for reads of live rows by these columns, or in their order.
    pub fn index_live<S: Into<String>>(&self, columns: impl IntoIterator<Item = S>) -> LiveIndex {
        let columns = columns.into_iter().map(Into::into).collect();
        LiveIndex::new(self, columns, Covers::Live)
    }

    /// An index on the instant of the delete, for a purge of the oldest trash.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] of a `bool` marker, which holds no instant.
    pub fn index_for_purge(&self) -> Result<LiveIndex, SoftDeleteError> {
        if matches!(self.storage, MarkerStorage::Flag) {
            return Err(self.not_changed(
                "its marker does not hold when a row was trashed".into(),
                "purge by a column that does",
            ));
        }
        let columns = vec![self.marker().name.clone()];
        Ok(LiveIndex::new(self, columns, Covers::Trashed))
    }

    /// An index on the operation's id, for lists of operations, and for families.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if the table has no column for it.
    pub fn index_operations(&self) -> Result<LiveIndex, SoftDeleteError> {
        let Some(column) = self.column_for(Role::Operation) else {
            return Err(self.not_changed(
                "it has no column for the id of an operation".into(),
                "name it with `with_operation`, or mark it `#[soft_delete(operation)]`",
            ));
        };
        let columns = vec![column.name.clone()];
        Ok(LiveIndex::new(self, columns, Covers::Operations))
    }

    /// An index for each key by which rows belong to those of a parent, for deletes and restores to follow.
    pub fn index_parents(&self) -> Vec<LiveIndex> {
        let parents = self.parents.iter();
        parents
            .map(|parent| LiveIndex::new(self, parent.columns.clone(), Covers::All))
            .collect()
    }

    /// A view of the live rows, for people and tools that read the database directly.
    pub fn live_view(&self, name: impl Into<String>) -> LiveView {
        LiveView::new(self, name.into())
    }

    /// Triggers that refuse a live row below a trashed one: one for each key by which rows belong to
    /// those of a parent, but for relations with a condition of their own.
    pub fn refuse_trashed_parents(&self) -> Vec<NoTrashedParent> {
        let parents = self.parents.iter();
        parents
            .map(|parent| NoTrashedParent::new(self, parent.clone()))
            .collect()
    }

    /// A trigger that refuses to remove rows physically, unless [told
    /// otherwise](crate::schema::allow_physical_deletes).
    pub fn refuse_physical_deletes(&self) -> NoPhysicalDelete {
        NoPhysicalDelete::new(self)
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
        // The constructors begin with it.
        &self.columns[0]
    }

    pub(crate) fn column_for(&self, role: Role) -> Option<&SchemaColumn> {
        self.columns.iter().find(|column| column.role == role)
    }

    /// Whether NULL says something, which it does but in markers that say "live" in other ways.
    pub(crate) fn is_nullable(&self, column: &SchemaColumn) -> bool {
        column.role != Role::Marker
            || matches!(
                self.storage,
                MarkerStorage::Nullable { .. } | MarkerStorage::NullableEpoch { .. }
            )
    }

    /// As in messages: `note` or `archive.note`.
    pub(crate) fn name(&self) -> String {
        match &self.table {
            (Some(schema), name) => format!("{schema}.{name}"),
            (None, name) => name.clone(),
        }
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

    /// The condition that lifts the scope of a scoped connection: a schema is about all rows.
    pub(crate) fn with_trashed(&self) -> String {
        lift::with_trashed_of(self.table.0.as_deref(), &self.table.1)
    }

    /// The table in the catalogue.
    pub(crate) fn existing<'a>(
        &self,
        catalogue: &'a Catalogue,
    ) -> Result<&'a catalogue::Table, SoftDeleteError> {
        catalogue
            .table(&self.table)
            .ok_or_else(|| self.not_changed("there is no such table".into(), "create it first"))
    }

    /// Refuses if there is no such table, or if it lacks one of these columns.
    ///
    /// SQLite takes a name in quotes that is none of a column for a text, and looks into neither views
    /// nor triggers when they are made.
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

    pub(crate) fn not_changed(&self, why: String, remedy: &'static str) -> SoftDeleteError {
        SoftDeleteError::SchemaNotChanged {
            entity: self.name(),
            why,
            remedy,
        }
    }

    fn table_ref(&self) -> TableRef {
        let (schema, name) = self.table.clone();
        let schema = schema.map(|schema| schema.into_iden().into());
        TableRef::Table(TableName(schema, name.into_iden()), None)
    }

    fn column_def(&self, column: &SchemaColumn, backend: DbBackend) -> ColumnDef {
        let column_type = type_for(&column.column_type, backend);
        let mut def = ColumnDef::new_with_type(column.name.clone().into_iden(), column_type);
        if self.is_nullable(column) {
            return def.null().to_owned();
        }
        let live = Marker::stored((), self.storage).live_value();
        def.not_null()
            .default(Expr::cust(sql::literal(live, backend)))
            .to_owned()
    }
}

/// A type as this database is to have it: with microseconds, and with enumerations as SeaORM makes
/// them.
fn type_for(column_type: &ColumnType, backend: DbBackend) -> ColumnType {
    match (backend, column_type) {
        (
            DbBackend::MySql,
            ColumnType::DateTime | ColumnType::Timestamp | ColumnType::TimestampWithTimeZone,
        ) => ColumnType::custom("DATETIME(6)"),
        (DbBackend::MySql, ColumnType::Enum { variants, .. }) => {
            let variants: Vec<String> = variants.iter().map(ToString::to_string).collect();
            ColumnType::custom(format!("ENUM('{}')", variants.join("', '")))
        }
        (DbBackend::Postgres, ColumnType::Enum { name, .. }) => ColumnType::Custom(name.clone()),
        (_, column_type) => column_type.clone(),
    }
}

/// A date-time type that a column has, with microseconds; `None` if it keeps them.
pub(crate) fn precise(type_name: &str, backend: DbBackend) -> Option<String> {
    let name = type_name.split(['(', ' ']).next()?;
    if !matches!(name, "datetime" | "timestamp") || backend == DbBackend::Sqlite {
        return None;
    }
    let digits = type_name
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    let digits = digits.and_then(|(digits, _)| digits.parse::<u32>().ok());
    match (backend, digits) {
        (DbBackend::MySql, Some(6)) | (DbBackend::Postgres, None | Some(6)) => None,
        (DbBackend::Postgres, _) => {
            let zone = type_name.split_once(") ").map_or("", |(_, zone)| zone);
            Some(format!("timestamp(6) {zone}").trim_end().to_owned())
        }
        // A TIMESTAMP ends in 2038. One that keeps microseconds was chosen, one that does not is
        // SeaORM's.
        _ => Some("DATETIME(6)".to_owned()),
    }
}

/// The type of the column that such a value is held in.
fn type_of(value: &Value) -> ColumnType {
    match value {
        Value::Bool(_) => ColumnType::Boolean,
        Value::TinyInt(_) => ColumnType::TinyInteger,
        Value::SmallInt(_) => ColumnType::SmallInteger,
        Value::Int(_) => ColumnType::Integer,
        Value::BigInt(_) => ColumnType::BigInteger,
        Value::TinyUnsigned(_) => ColumnType::TinyUnsigned,
        Value::SmallUnsigned(_) => ColumnType::SmallUnsigned,
        Value::Unsigned(_) => ColumnType::Unsigned,
        Value::BigUnsigned(_) => ColumnType::BigUnsigned,
        #[cfg(feature = "with-uuid")]
        Value::Uuid(_) => ColumnType::Uuid,
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTime(_) => ColumnType::DateTime,
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeUtc(_)
        | Value::ChronoDateTimeLocal(_)
        | Value::ChronoDateTimeWithTimeZone(_) => ColumnType::TimestampWithTimeZone,
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(_) => ColumnType::DateTime,
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(_) => ColumnType::TimestampWithTimeZone,
        Value::String(_) => ColumnType::String(StringLen::None),
        _ => ColumnType::Text,
    }
}

/// The keys by which rows of an entity fall with those of others.
fn parents_of(member: &dyn SoftMember) -> Vec<ParentKey> {
    let graph = Graph::registered();
    let Ok(node) = graph.node_of_member(member) else {
        return Vec::new();
    };
    let mut parents = Vec::new();
    for edge in graph.falls_with(node) {
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
            is_cyclic: graph.reaches(node, edge.parent),
        });
    }
    parents
}
