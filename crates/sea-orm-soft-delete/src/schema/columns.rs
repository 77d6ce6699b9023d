//! The columns of a soft-deletable table: adding them to a new table or to one with rows, and dropping
//! them.

use sea_orm::sea_query::{
    ColumnDef, ColumnType, Expr, IntoIden, Table, TableAlterStatement, TableCreateStatement,
    TableName, TableRef,
};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::entity::marker::Marker;
use crate::error::SoftDeleteError;
use crate::operation::timestamp::Timestamp;
use crate::query::literal::literal;
use crate::query::text_instant;
use crate::schema::catalogue::{Catalogue, Column, get, rows};
use crate::schema::sql::quote;
use crate::schema::table::{SchemaColumn, SoftDeleteSchema};
use crate::schema::types::{precise, type_for};
use crate::schema::unique::LIVE;

impl SoftDeleteSchema {
    /// Adds the columns of soft delete to a CREATE TABLE statement.
    ///
    /// The columns have the types of the entity's fields, except that MySQL's and MariaDB's date-times keep
    /// microseconds. A marker that is never NULL gets the value of live rows as its default. The columns do
    /// not include `updated_at`, which belongs to the application.
    ///
    /// ```
    /// use sea_orm::{DbBackend, sea_query::{ColumnDef, MysqlQueryBuilder, Table}};
    /// use sea_orm::prelude::{DateTimeUtc, Uuid};
    /// use sea_orm_soft_delete::describe::Marker;
    /// use sea_orm_soft_delete::schema::SoftDeleteSchema;
    ///
    /// let notes = SoftDeleteSchema::new("note", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
    ///     .with_operation::<Option<Uuid>>("operation_id");
    /// let table = Table::create()
    ///     .table("note")
    ///     .col(ColumnDef::new("title").text().not_null())
    ///     .to_owned();
    /// let table = notes.add_to(table, DbBackend::MySql);
    /// assert_eq!(
    ///     table.to_string(MysqlQueryBuilder),
    ///     "CREATE TABLE `note` ( `title` text NOT NULL, `deleted_at` DATETIME(6) NULL, \
    ///      `operation_id` binary(16) NULL )"
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
        let columns = self.columns().iter();
        columns
            .map(|column| self.column_def(column, backend))
            .collect()
    }

    /// Adds the columns that the table lacks, and makes its date-times keep microseconds: on MySQL and
    /// MariaDB a DATETIME or TIMESTAMP without them becomes a `DATETIME(6)`, in UTC as SeaORM's connections
    /// are. It can be called again.
    ///
    /// Existing rows are live. A date-time of MySQL and MariaDB that is made precise becomes NULL or NOT
    /// NULL as the marker requires, and keeps its COMMENT. Other differences in existing columns stay:
    /// [`doctor`](fn@crate::doctor) reports them.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, and the database's errors.
    pub async fn add_columns<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(self.key(), db).await?;
        let table = self.existing(&catalogue)?;
        for column in self.columns() {
            let existing = table.column(&column.name);
            if let Some(alter) = self.change(column, existing, backend) {
                db.execute(&alter).await?;
            }
        }
        Ok(())
    }

    /// Rewrites SQLite's date-times in the marker to the spelling that the driver writes, and returns the
    /// number of rows changed.
    ///
    /// SQLite keeps date-times as text and compares them as text. If a handwritten statement trashed a row
    /// with `datetime('now')`, comparing the row's marker with a bound instant is wrong by up to a day, and
    /// the list of operations omits the row's operation. The rewrite keeps each instant to the microsecond;
    /// it reads a text without a zone as UTC, and leaves a text that is no date-time. On other databases
    /// nothing happens.
    ///
    /// [`apply`](Self::apply) calls this. Where other programs keep writing the marker, call it before each
    /// comparison, or use [`SoftDelete::is_trashed_before`](crate::SoftDelete::is_trashed_before).
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table or no marker, and the database's
    /// errors.
    pub async fn respell_instants<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(self.key(), db).await?;
        let marker = &self.marker().name;
        self.expect_columns(&catalogue, &[marker])?;
        let Some(statement) = self.respelling(backend) else {
            return Ok(0);
        };
        Ok(db.execute_unprepared(&statement).await?.rows_affected())
    }

    /// The UPDATE that rewrites the instants, if this database needs it.
    fn respelling(&self, backend: DbBackend) -> Option<String> {
        let kind = Marker::stored((), self.storage()).trashed_value(Timestamp::MIN);
        let column = quote(backend, &self.marker().name);
        if !text_instant::is_text(&kind, backend) {
            return None;
        }
        let respelt = text_instant::respelt(&column, &kind)?;
        Some(format!(
            "UPDATE {} SET {column} = {respelt} WHERE {column} <> ({respelt}) AND {}",
            self.path(backend),
            self.with_trashed()
        ))
    }

    /// The ALTER TABLE that adds the column, or makes the existing one precise; `None` if it is precise
    /// already.
    pub(crate) fn change(
        &self,
        column: &SchemaColumn,
        existing: Option<&Column>,
        backend: DbBackend,
    ) -> Option<TableAlterStatement> {
        let mut alter = Table::alter().table(self.table_ref()).to_owned();
        match existing {
            None => alter.add_column(self.column_def(column, backend)),
            Some(existing) => {
                let precise = precise(&existing.type_name, backend)?;
                let mut def = self.precise_def(column, precise, backend);
                if let Some(comment) = &existing.comment {
                    def.comment(comment);
                }
                alter.modify_column(def)
            }
        };
        Some(alter)
    }

    /// Gives an existing column the type that the schema describes.
    pub(crate) fn retype(&self, column: &SchemaColumn, backend: DbBackend) -> TableAlterStatement {
        Table::alter()
            .table(self.table_ref())
            .modify_column(self.column_def(column, backend))
            .to_owned()
    }

    fn precise_def(&self, column: &SchemaColumn, precise: String, backend: DbBackend) -> ColumnDef {
        let column = SchemaColumn {
            column_type: ColumnType::custom(precise),
            ..column.clone()
        };
        match backend {
            // PostgreSQL changes a column's other attributes in separate statements.
            DbBackend::Postgres => {
                let name = column.name.into_iden();
                ColumnDef::new_with_type(name, column.column_type)
            }
            _ => self.column_def(&column, backend),
        }
    }

    /// Drops the columns that exist.
    ///
    /// Drop the indexes over them first, in the reverse order of making them. Nobody may trash rows
    /// meanwhile: a row that is trashed after the check would become live.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] while there are trashed rows: without the marker they would be
    /// live. Restore them, or force-delete them, first. The same error while, on MySQL and MariaDB, the
    /// table has a unique key among live rows.
    pub async fn drop_columns<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(self.key(), db).await?;
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
        for column in self.columns().iter().rev() {
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

    async fn count_trashed<C: ConnectionTrait>(&self, db: &C) -> Result<i64, SoftDeleteError> {
        let backend = db.get_database_backend();
        let count = format!(
            "SELECT COUNT(*) AS trashed FROM {} WHERE {} AND {}",
            self.path(backend),
            self.is_trashed(backend),
            self.with_trashed()
        );
        let rows = rows(&count, Vec::new(), db).await?;
        rows.first().map_or(Ok(0), |row| get(row, "trashed"))
    }

    fn table_ref(&self) -> TableRef {
        let (schema, name) = self.key().clone();
        let schema = schema.map(|schema| schema.into_iden().into());
        TableRef::Table(TableName(schema, name.into_iden()), None)
    }

    fn column_def(&self, column: &SchemaColumn, backend: DbBackend) -> ColumnDef {
        let column_type = type_for(&column.column_type, backend);
        let mut def = ColumnDef::new_with_type(column.name.clone().into_iden(), column_type);
        if self.is_nullable(column) {
            return def.null().to_owned();
        }
        let live = Marker::stored((), self.storage()).live_value();
        def.not_null()
            .default(Expr::cust(literal(live, backend)))
            .to_owned()
    }
}
