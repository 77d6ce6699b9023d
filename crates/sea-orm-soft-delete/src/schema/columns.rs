//! The columns of a soft-deletable table: on new tables, on tables with rows, and away again.

use sea_orm::sea_query::{
    ColumnDef, ColumnType, Expr, IntoIden, Table, TableAlterStatement, TableCreateStatement,
    TableName, TableRef,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::deletion::timestamp::Timestamp;
use crate::entity::marker::Marker;
use crate::error::SoftDeleteError;
use crate::query::literal::literal;
use crate::query::text_instant;
use crate::schema::catalogue::{Catalogue, Column};
use crate::schema::sql::quote;
use crate::schema::table::{SchemaColumn, SoftDeleteSchema};
use crate::schema::types::{precise, type_for};
use crate::schema::unique::LIVE;

impl SoftDeleteSchema {
    /// Adds the columns of soft delete to a table that is to be made.
    ///
    /// They have the types that the entity's have, but that MySQL's and MariaDB's date-times keep
    /// microseconds. A marker that is never NULL has the value of live rows as its default. An
    /// `updated_at` is not among them: it is the application's.
    ///
    /// ```
    /// use sea_orm::{DbBackend, sea_query::{ColumnDef, MysqlQueryBuilder, Table}};
    /// use sea_orm::prelude::{DateTimeUtc, Uuid};
    /// use sea_orm_soft_delete::describe::Marker;
    /// use sea_orm_soft_delete::schema::SoftDeleteSchema;
    ///
    /// let notes = SoftDeleteSchema::new("note", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
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
        let columns = self.columns().iter();
        columns
            .map(|column| self.column_def(column, backend))
            .collect()
    }

    /// Adds to the table the columns that it does not have, and lets date-times that it has keep
    /// microseconds: on MySQL and MariaDB such a DATETIME or TIMESTAMP becomes a `DATETIME(6)`, in UTC
    /// as SeaORM's connections are. It can be called again.
    ///
    /// Rows that are there are live. A date-time of MySQL and MariaDB that is made precise becomes NULL or
    /// NOT NULL as the marker asks for, and keeps its COMMENT. Columns that are there and differ otherwise
    /// stay as they are: [`doctor`](fn@crate::doctor) tells of them.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, and what the database says.
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

    /// Gives SQLite's date-times in the marker the spelling that the driver writes; how many rows that are.
    ///
    /// SQLite keeps date-times as text and compares them as text. Of a row that a statement by hand has
    /// trashed with `datetime('now')`, a comparison with a bound instant is wrong by up to a day, and its
    /// operation is not listed. The instants stay what they are, to the microsecond; a text without a zone
    /// is in UTC, and one that is no date-time stays. On other databases nothing happens.
    ///
    /// [`apply`](Self::apply) does it. Where other programs go on to write the marker, call it before each
    /// comparison, or take [`SoftDelete::is_trashed_before`](crate::SoftDelete::is_trashed_before).
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table or no marker, and what the database
    /// says.
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

    /// The statement that does it, where there is something to do.
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

    /// What is to be done for the table to have the column, which is given as it is if it is there.
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

    /// Gives a column that is there the type that it is to have.
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
            // PostgreSQL says the rest of a column in statements of their own.
            DbBackend::Postgres => {
                let name = column.name.into_iden();
                ColumnDef::new_with_type(name, column.column_type)
            }
            _ => self.column_def(&column, backend),
        }
    }

    /// Removes the columns again, where they are there.
    ///
    /// Indexes over them are to be dropped before, in the reverse order of making them. Nobody may trash
    /// rows meanwhile: one that is trashed after the check would be live.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] while there are trashed rows: without the marker they would
    /// be live. Restore them, or force-delete them, first. The same while, on MySQL and MariaDB, a key among
    /// live rows is there.
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
        let row = db
            .query_one_raw(Statement::from_string(backend, count))
            .await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("", "trashed"))?)
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
