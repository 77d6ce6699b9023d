//! Uniqueness among live rows.

mod convert;
mod duplicates;
mod existing;

use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::report::Duplicate;
use crate::schema::catalogue::{Catalogue, Column, Index, Table};
use crate::schema::mysql_version::Version;
use crate::schema::sql::{create_index, hash_of, kept, name_of, quote};
use crate::schema::table::SoftDeleteSchema;

/// The generated column that replaces partial indexes on MySQL and MariaDB: 1 in live rows, NULL in trashed
/// rows.
pub(crate) const LIVE: &str = "soft_delete_live";

/// Columns that are unique among the live rows of a table; trashed rows may repeat their values.
///
/// Made by [`SoftDeleteSchema::unique_among_live`].
///
/// | database | what is made |
/// |---|---|
/// | SQLite, PostgreSQL | `CREATE UNIQUE INDEX … ON note (title) WHERE deleted_at IS NULL` |
/// | MySQL, MariaDB | a generated column `soft_delete_live`, 1 in live rows and NULL in trashed ones, and `CREATE UNIQUE INDEX … ON note (title, soft_delete_live)` |
///
/// Two rows with NULL in one of the columns are not equal, on every database, as in any unique index.
#[derive(Clone, Debug)]
pub struct UniqueAmongLive {
    schema: SoftDeleteSchema,
    columns: Vec<String>,
    expressions: Vec<String>,
    name: String,
    is_named: bool,
}

impl SoftDeleteSchema {
    /// Makes these columns unique among the live rows; trashed rows may repeat their values.
    pub fn unique_among_live<S: Into<String>>(
        &self,
        columns: impl IntoIterator<Item = S>,
    ) -> UniqueAmongLive {
        UniqueAmongLive::new(self, columns.into_iter().map(Into::into).collect())
    }

    /// One for each unique key that the entity declares with `#[sea_orm(unique)]` or
    /// `#[sea_orm(unique_key = "…")]`, except keys that hold the primary key. A schema that is built by hand has none.
    pub fn unique_keys(&self) -> Vec<UniqueAmongLive> {
        let keys = self.unique_keys.iter();
        keys.map(|key| self.unique_among_live(key)).collect()
    }
}

impl UniqueAmongLive {
    pub(crate) fn new(schema: &SoftDeleteSchema, columns: Vec<String>) -> Self {
        Self {
            name: name_of(&schema.key().1, &columns, "live"),
            schema: schema.clone(),
            columns,
            expressions: Vec::new(),
            is_named: false,
        }
    }

    /// Names the index; the default name is made of the table, the columns and the words of the
    /// expressions.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self.is_named = true;
        self
    }

    /// Adds an expression, such as `lower(email)`, in the database's own SQL.
    ///
    /// PostgreSQL, SQLite and MySQL since 8.0.13 have indexes over expressions. MariaDB has none:
    /// [`create`](Self::create) refuses the expression there; make a generated column and name that column
    /// instead.
    pub fn expression(mut self, sql: impl Into<String>) -> Self {
        self.expressions.push(sql.into());
        if !self.is_named {
            self.name = self.name_with("live");
        }
        self
    }

    /// The name of the index.
    pub(crate) fn index_name(&self) -> &str {
        &self.name
    }

    /// The columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The statements that [`create`](Self::create) runs on a table that has neither the index nor the
    /// generated column.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let mut statements = Vec::new();
        if backend == DbBackend::MySql {
            // Each server reads the version comment that it supports, and ignores the other.
            let invisible = "/*!80023 INVISIBLE */ /*M!100303 INVISIBLE */";
            statements.push(self.add_live_column(invisible));
        }
        statements.push(self.create_index(backend));
        statements
    }

    /// The values that several live rows share and that prevent the index, the most frequent first: at most
    /// ten.
    ///
    /// # Errors
    ///
    /// The database's errors.
    pub async fn duplicates<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<Duplicate>, SoftDeleteError> {
        let condition = self.schema.is_live(db.get_database_backend());
        self.duplicates_where(&format!("({condition})"), db).await
    }

    /// Makes the index. If it exists already, nothing happens.
    ///
    /// Like any index, it blocks writes to the table while it is made. PostgreSQL can make one without
    /// blocking, outside of transactions: run [`statements`](Self::statements) with CONCURRENTLY first, and
    /// this call finds the index.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::Duplicates`] if live rows share values, with these values; nothing is changed
    /// then. [`SoftDeleteError::SchemaNotChanged`] if there is no such table, if it lacks one of the
    /// columns or the marker, or if another index has this name.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        self.make(&catalogue, db).await.map(drop)
    }

    /// Makes the index, and returns whether it was missing.
    async fn make<C: ConnectionTrait>(
        &self,
        catalogue: &Catalogue,
        db: &C,
    ) -> Result<bool, SoftDeleteError> {
        let backend = db.get_database_backend();
        let table = self.schema.existing(catalogue)?;
        self.expect_columns(catalogue)?;
        if self.is_made(table)? {
            return Ok(false);
        }
        let version = match backend {
            DbBackend::MySql => Some(Version::read(db).await?),
            _ => None,
        };
        if let Some(version) = version {
            self.refuse_expressions(version)?;
            self.refuse_texts(table, version)?;
        }
        if version.is_some() && table.column(LIVE).is_some() && !self.has_live_column(table) {
            return Err(self.schema.not_changed(
                format!(
                    "its column `{LIVE}` is not generated from its marker, as 1 in live rows and NULL \
                     in trashed ones"
                ),
                "drop that column, or give it another name",
            ));
        }
        self.refuse_duplicates(self.duplicates(db).await?, "live")?;
        if let (Some(version), None) = (version, table.column(LIVE)) {
            let invisible = version.has_invisible_columns().then_some("INVISIBLE");
            let add = self.add_live_column(invisible.unwrap_or_default());
            db.execute_unprepared(&add).await?;
        }
        db.execute_unprepared(&self.create_index(backend)).await?;
        Ok(true)
    }

    /// Drops the index, if it exists. On MySQL and MariaDB it drops the generated column too, unless
    /// another index needs the column.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if another index has this name, and the database's errors.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let table = self.schema.existing(&catalogue)?;
        if self.is_made(table)? {
            let drop = self.schema.drop_index(table, kept(&self.name, backend));
            db.execute_unprepared(&drop).await?;
        }
        // Drops the column even if an earlier call dropped only the index.
        let needs_it = |other: &Index| {
            other.name != self.name && other.parts.iter().flatten().any(|part| part == LIVE)
        };
        if backend == DbBackend::MySql
            && self.has_live_column(table)
            && !table.indexes.iter().any(needs_it)
        {
            let path = self.schema.path(backend);
            let drop = format!("ALTER TABLE {path} DROP COLUMN {}", quote(backend, LIVE));
            db.execute_unprepared(&drop).await?;
        }
        Ok(())
    }

    /// Makes the index, and drops every plain unique index and constraint over the same columns, because
    /// trashed rows block live rows there. It can be called again.
    ///
    /// SQLite cannot drop a UNIQUE from a table. So on SQLite this call rebuilds the table without the
    /// UNIQUE and copies the rows, in one transaction. It recreates the table's indexes and triggers,
    /// except a connection's temporary triggers. Rows of a table without an INTEGER PRIMARY KEY get another
    /// `rowid`, as by VACUUM. Run ANALYZE again, since the table's statistics are lost. In a transaction of
    /// the caller's, foreign keys are checked when that transaction ends (`PRAGMA defer_foreign_keys`), and
    /// a row that pointed at a missing row before (`PRAGMA foreign_key_check`) makes it fail.
    ///
    /// On PostgreSQL the index is never deferred, even if the constraint was DEFERRABLE.
    ///
    /// # Errors
    ///
    /// The errors of [`create`](Self::create). [`SoftDeleteError::SchemaNotChanged`] if a plain unique
    /// index compares values differently from this one, by another collation for instance; if a foreign key
    /// points at the columns themselves; and on SQLite if the table must be rebuilt and another table
    /// points at it with ON DELETE CASCADE, SET NULL or SET DEFAULT, since the rebuild would trigger that
    /// action. The [doctor](fn@crate::doctor) prints the statements for such a table.
    pub async fn convert<C>(&self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        self.refuse_foreign_keys(&catalogue)?;
        let is_new = self.make(&catalogue, db).await?;
        let done = self.remove_plain(db).await;
        if done.is_err() && is_new {
            self.unmake(db).await;
        }
        done
    }

    /// Reverts the conversion: makes a plain unique index over the columns, and drops this one.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::Duplicates`] if rows, live or trashed, have the same values. Nothing is changed
    /// then.
    pub async fn revert<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let table = self.schema.existing(&catalogue)?;
        self.expect_columns(&catalogue)?;
        let name = self.name_with("key");
        let index = table.index(&name).filter(|_| !self.expressions.is_empty());
        if let Some(index) = index {
            let is_it = index.is_unique && index.predicate.is_none();
            if !(is_it && self.is_over_parts(index, table, &[])) {
                return Err(self.schema.another_index(&name));
            }
        } else if self.plain(table).next().is_none() {
            let all = self.schema.with_trashed();
            let all = self.duplicates_where(&all, db).await?;
            self.refuse_duplicates(all, "live and trashed")?;
            let columns = self.parts(backend).join(", ");
            let create = create_index("UNIQUE INDEX", self.schema.key(), &name, &columns, backend);
            db.execute_unprepared(&create).await?;
        }
        self.drop(db).await
    }
}

impl UniqueAmongLive {
    /// A name that distinguishes the index from other indexes of the table.
    fn name_with(&self, suffix: &str) -> String {
        let words = |sql: &String| {
            let words = sql.split(|character: char| !character.is_alphanumeric());
            let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
            let named = words.join("_");
            match words.as_slice() {
                // A function call over one column needs no hash.
                [function, of] if *sql == format!("{function}({of})") => named,
                _ => format!("{named}_{}", hash_of(sql)),
            }
        };
        let expressions = self.expressions.iter().map(words);
        let parts: Vec<String> = self.columns.iter().cloned().chain(expressions).collect();
        name_of(&self.schema.key().1, &parts, suffix)
    }

    fn expect_columns(&self, catalogue: &Catalogue) -> Result<(), SoftDeleteError> {
        if self.columns.is_empty() && self.expressions.is_empty() {
            return Err(self.schema.not_changed(
                "no column is named that is to be unique".into(),
                "name at least one column, or an expression",
            ));
        }
        self.schema.expect_marker_and(&self.columns, catalogue)
    }

    /// `SELECT *` and INSERTs without a list of columns skip an invisible column.
    fn add_live_column(&self, invisible: &str) -> String {
        let backend = DbBackend::MySql;
        let add = format!(
            "ALTER TABLE {} ADD COLUMN {} TINYINT AS (CASE WHEN {} THEN 1 END) STORED {invisible}",
            self.schema.path(backend),
            quote(backend, LIVE),
            self.schema.is_live(backend),
        );
        add.trim_end().to_owned()
    }

    fn create_index(&self, backend: DbBackend) -> String {
        let parts = self.parts(backend).join(", ");
        let create = |parts: &str| {
            create_index(
                "UNIQUE INDEX",
                self.schema.key(),
                &self.name,
                parts,
                backend,
            )
        };
        match backend {
            DbBackend::MySql => create(&format!("{parts}, {}", quote(backend, LIVE))),
            _ => format!("{} WHERE {}", create(&parts), self.schema.is_live(backend)),
        }
    }

    /// The columns and the expressions, in SQL.
    pub(crate) fn parts(&self, backend: DbBackend) -> Vec<String> {
        let columns = self.columns.iter().map(|column| quote(backend, column));
        let expressions = self.expressions.iter().map(|sql| format!("({sql})"));
        columns.chain(expressions).collect()
    }

    fn refuse_expressions(&self, version: Version) -> Result<(), SoftDeleteError> {
        if self.expressions.is_empty() || version.has_indexes_over_expressions() {
            return Ok(());
        }
        Err(self.schema.not_changed(
            format!(
                "{} has no indexes over expressions such as `{}`",
                version.name(),
                self.expressions.join(", ")
            ),
            "add a generated column that is the expression, and name that column",
        ))
    }

    fn refuse_texts(&self, table: &Table, version: Version) -> Result<(), SoftDeleteError> {
        let is_text = |column: &&Column| {
            let mut words = ["text", "blob"].iter();
            words.any(|word| column.type_name.ends_with(word))
        };
        let mut columns = self.columns.iter().filter_map(|name| table.column(name));
        match columns.find(is_text) {
            Some(column) if !version.has_unique_indexes_over_texts() => {
                Err(self.schema.not_changed(
                    format!(
                        "{} has no unique indexes over the whole of `{}`, whose type is {}",
                        version.name(),
                        column.name,
                        column.type_name
                    ),
                    "make it a VARCHAR or VARBINARY",
                ))
            }
            _ => Ok(()),
        }
    }
}
