//! Uniqueness among live rows.

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::family::{Work, atomically};
use crate::report::Duplicate;
use crate::schema::catalogue::{Catalogue, Column, ForeignKey, Index, Table};
use crate::schema::execute::run;
use crate::schema::mysql_version::Version;
use crate::schema::predicate::{MarkerNamed, State, can_be_same};
use crate::schema::rebuild;
use crate::schema::sql::{beside, hash_of, kept, list, name_of, quote};
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
    /// `#[sea_orm(unique_key = "…")]`. A schema that is built by hand has none.
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
        if self.is_made(table, backend)? {
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
        if let (DbBackend::MySql, Some(column)) = (backend, table.column(LIVE)) {
            let is_mine = column.generated.as_ref();
            if !is_mine.is_some_and(|expression| self.schema.is_live_column(expression, table)) {
                return Err(self.schema.not_changed(
                    format!(
                        "its column `{LIVE}` is not generated from its marker, as 1 in live rows and NULL \
                         in trashed ones"
                    ),
                    "drop that column, or give it another name",
                ));
            }
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
        if self.is_made(table, backend)? {
            let drop = drop_index(&self.schema, table, kept(&self.name, backend), backend);
            db.execute_unprepared(&drop).await?;
        }
        // Drops the column even if an earlier call dropped only the index.
        let is_mine = |column: &Column| {
            let expression = column.generated.as_ref();
            expression.is_some_and(|expression| self.schema.is_live_column(expression, table))
        };
        let needs_it = |other: &Index| {
            other.name != self.name && other.parts.iter().flatten().any(|part| part == LIVE)
        };
        if backend == DbBackend::MySql
            && table.column(LIVE).is_some_and(is_mine)
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
    /// action.
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
        let is_there = match table.index(&name) {
            Some(index) if !self.expressions.is_empty() => {
                let is_it = index.is_unique && index.predicate.is_none();
                if !(is_it && self.is_over_parts(index, table, &[])) {
                    return Err(self.another(&name));
                }
                true
            }
            _ => false,
        };
        if !is_there && self.plain(table).next().is_none() {
            let all = self.schema.with_trashed();
            let all = self.duplicates_where(&all, db).await?;
            self.refuse_duplicates(all, "live and trashed")?;
            let columns = self.parts(backend);
            let create = self.create_named(&name, &columns, backend);
            db.execute_unprepared(&create).await?;
        }
        self.drop(db).await
    }
}

impl UniqueAmongLive {
    /// Drops every plain unique index and constraint over the same columns.
    async fn remove_plain<C>(&self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
    {
        let backend = db.get_database_backend();
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        let table = self.schema.existing(&catalogue)?;
        let plain: Vec<&Index> = self.plain(table).collect();
        let made = table.index(&self.name);
        for index in &plain {
            if made.is_some_and(|made| !index.compares_as(made)) {
                return Err(self.schema.not_changed(
                    format!(
                        "its unique index `{}` compares otherwise than the one among live rows: by \
                         another collation, the beginning of values alone, or NULL as equal to NULL",
                        index.name
                    ),
                    "drop it by hand if the one among live rows may stand in its place",
                ));
            }
        }
        let (constraints, indexes): (Vec<&Index>, Vec<&Index>) = plain
            .into_iter()
            .partition(|index| backend == DbBackend::Sqlite && index.is_constraint);
        for index in indexes {
            db.execute_unprepared(&self.schema.drop_of(table, index, backend))
                .await?;
        }
        if !constraints.is_empty() {
            // Read the catalogue again without the dropped indexes, which the rebuild would recreate.
            let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
            let rebuild = rebuild::without_unique(&self.schema, &catalogue, &self.columns)?;
            atomically(db, Rebuild(rebuild)).await?;
        }
        Ok(())
    }

    /// After a failed conversion: drops the index again, if another index keeps the columns unique.
    async fn unmake<C: ConnectionTrait>(&self, db: &C) {
        let Ok(catalogue) = Catalogue::read_for(self.schema.key(), db).await else {
            return; // The transaction is lost, and the index with it.
        };
        let table = catalogue.table(self.schema.key());
        if table.is_some_and(|table| self.plain(table).next().is_some())
            && let Err(left) = self.drop(db).await
        {
            tracing::warn!(%left, index = self.name, "an index of a failed conversion was left");
        }
    }

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
        let marker = [&self.schema.marker().name];
        self.schema.expect_columns(catalogue, &marker)?;
        self.schema.expect_columns(catalogue, &self.columns)
    }

    /// Whether the index exists; an error if another index has its name.
    pub(crate) fn is_made(
        &self,
        table: &Table,
        backend: DbBackend,
    ) -> Result<bool, SoftDeleteError> {
        let Some(index) = table.index(&self.name) else {
            return Ok(false);
        };
        let (tells_live, live): (bool, &[&str]) = match backend {
            DbBackend::MySql => {
                let column = table.column(LIVE);
                let generated = column.and_then(|column| column.generated.as_ref());
                let is_telling =
                    generated.is_some_and(|sql| self.schema.is_live_column(sql, table));
                // An index over prefixes makes the prefixes unique, but whole values can differ after equal
                // prefixes.
                let is_whole = index.rules.iter().all(String::is_empty);
                (is_telling && is_whole, &[LIVE])
            }
            _ => {
                let marker = self.schema.marker_in(table);
                let predicate = index.predicate.as_ref();
                let is_exact = predicate.is_some_and(|sql| marker.is_exactly(State::Live, sql));
                (is_exact, &[])
            }
        };
        match index.is_unique && tells_live && self.is_over_parts(index, table, live) {
            true => Ok(true),
            false => Err(self.another(&index.name)),
        }
    }

    /// Whether an index is over exactly the columns, the expressions and these further columns.
    fn is_over_parts(&self, index: &Index, table: &Table, further: &[&str]) -> bool {
        let columns = self.columns.iter().map(String::as_str);
        let columns: Vec<&str> = columns.chain(further.iter().copied()).collect();
        let named: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let expressions = index.parts.iter().filter(|part| part.is_none());
        index.parts.len() == columns.len() + self.expressions.len()
            && expressions.count() == self.expressions.len()
            && index.has_all(&columns)
            && self.expressions.iter().all(|asked| {
                let mut found = index.expressions.iter();
                index.expressions.is_empty()
                    || found.any(|sql| can_be_same(asked, sql, &named, table.backend))
            })
    }

    fn another(&self, name: &str) -> SoftDeleteError {
        self.schema.not_changed(
            format!("its index `{name}` is another one than this"),
            "drop that one, or give this one another name with `named`",
        )
    }

    /// The unique indexes over the same columns that also hold trashed rows.
    fn plain<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = &'a Index> {
        let indexes = table.indexes.iter();
        indexes.filter(|index| {
            index.is_unique
                && !index.is_primary
                && index.predicate.is_none()
                && self.expressions.is_empty()
                && index.is_over(&self.columns)
        })
    }

    /// Refuses if a foreign key points at the columns, and needs the plain index.
    ///
    /// SQLite would drop the index, and then refuse every write to both tables. InnoDB would use the new
    /// index for the foreign key, and cascade from a trashed row to the children of a live one.
    pub(crate) fn refuse_foreign_keys(&self, catalogue: &Catalogue) -> Result<(), SoftDeleteError> {
        let key = self.schema.key();
        let table = self.schema.existing(catalogue)?;
        let backend = table.backend;
        let needs_it = |foreign: &ForeignKey| {
            let columns = &self.columns;
            catalogue.is_at(&foreign.parent, key)
                && foreign.parent_columns.len() == columns.len()
                && (columns.iter()).all(|column| {
                    let column = kept(column, backend);
                    let mut above = foreign.parent_columns.iter();
                    above.any(|above| above.eq_ignore_ascii_case(column))
                })
        };
        let is_key = |index: &Index| index.is_primary && index.is_over(&self.columns);
        if table.indexes.iter().any(is_key) || self.plain(table).next().is_none() {
            return Ok(());
        }
        for other in catalogue.tables() {
            if other.foreign_keys.iter().any(needs_it) {
                return Err(self.schema.not_changed(
                    format!(
                        "a foreign key of `{}` points at its {}, and needs them to be unique among \
                         all rows",
                        other.place.name,
                        self.columns.join(", ")
                    ),
                    "let the foreign key point at the primary key first",
                ));
            }
        }
        Ok(())
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
        let parts = self.parts(backend);
        match backend {
            DbBackend::MySql => {
                let parts = format!("{parts}, {}", quote(backend, LIVE));
                self.create_named(&self.name, &parts, backend)
            }
            _ => {
                let create = self.create_named(&self.name, &parts, backend);
                format!("{create} WHERE {}", self.schema.is_live(backend))
            }
        }
    }

    fn create_named(&self, name: &str, parts: &str, backend: DbBackend) -> String {
        create_index("UNIQUE INDEX", &self.schema, name, parts, backend)
    }

    fn parts(&self, backend: DbBackend) -> String {
        let columns = (!self.columns.is_empty()).then(|| list(backend, &self.columns));
        let expressions = self.expressions.iter().map(|sql| format!("({sql})"));
        columns
            .into_iter()
            .chain(expressions)
            .collect::<Vec<_>>()
            .join(", ")
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
        if version.has_unique_indexes_over_texts() {
            return Ok(());
        }
        let columns = self.columns.iter().filter_map(|name| table.column(name));
        for column in columns {
            if ["text", "blob"]
                .iter()
                .any(|word| column.type_name.ends_with(word))
            {
                return Err(self.schema.not_changed(
                    format!(
                        "{} has no unique indexes over the whole of `{}`, whose type is {}",
                        version.name(),
                        column.name,
                        column.type_name
                    ),
                    "make it a VARCHAR or VARBINARY",
                ));
            }
        }
        Ok(())
    }

    fn refuse_duplicates(
        &self,
        duplicates: Vec<Duplicate>,
        among: &'static str,
    ) -> Result<(), SoftDeleteError> {
        if duplicates.is_empty() {
            return Ok(());
        }
        let columns = self.columns.iter().chain(&self.expressions).cloned();
        Err(SoftDeleteError::Duplicates {
            entity: self.schema.name(),
            columns: columns.collect(),
            among,
            duplicates,
        })
    }

    async fn duplicates_where<C: ConnectionTrait>(
        &self,
        condition: &str,
        db: &C,
    ) -> Result<Vec<Duplicate>, SoftDeleteError> {
        let backend = db.get_database_backend();
        let columns = self.columns.iter().map(|column| quote(backend, column));
        let expressions = self.expressions.iter().map(|sql| format!("({sql})"));
        let parts: Vec<String> = columns.chain(expressions).collect();
        let text = match backend {
            DbBackend::MySql => "CHAR",
            _ => "TEXT",
        };
        let names: Vec<String> = (0..parts.len()).map(|at| format!("part_{at}")).collect();
        // A subquery names the parts first: under ONLY_FULL_GROUP_BY, MySQL does not recognise an
        // expression repeated within another.
        let named = parts
            .iter()
            .zip(&names)
            .map(|(part, name)| format!("{part} AS {name}"));
        let spelt = names.iter().map(|name| match backend {
            // The bytes of a BLOB, such as an id, may not be valid text.
            DbBackend::Sqlite => format!(
                "CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE CAST({name} AS TEXT) END \
                     AS spelt_{name}"
            ),
            _ => format!("CAST({name} AS {text}) AS spelt_{name}"),
        });
        let not_null = names.iter().map(|name| format!("{name} IS NOT NULL"));
        let sql = format!(
            "SELECT {}, COUNT(*) AS duplicates FROM (SELECT {} FROM {} WHERE {condition}) AS parts \
             WHERE {} GROUP BY {} HAVING COUNT(*) > 1 ORDER BY COUNT(*) DESC, {} LIMIT 10",
            spelt.collect::<Vec<_>>().join(", "),
            named.collect::<Vec<_>>().join(", "),
            self.schema.path(backend),
            not_null.collect::<Vec<_>>().join(" AND "),
            names.join(", "),
            names.join(", "),
        );
        let rows = db
            .query_all_raw(Statement::from_string(backend, sql))
            .await?;
        let mut duplicates = Vec::new();
        for row in rows {
            let values = names
                .iter()
                .map(|name| row.try_get("", &format!("spelt_{name}")));
            let count: i64 = row.try_get("", "duplicates")?;
            duplicates.push(Duplicate {
                values: values.collect::<Result<_, _>>()?,
                rows: count.unsigned_abs(),
            });
        }
        Ok(duplicates)
    }
}

struct Rebuild(Vec<String>);

#[async_trait::async_trait]
impl Work for Rebuild {
    type Output = ();

    async fn run<C: ConnectionTrait>(self, db: &C) -> Result<(), SoftDeleteError> {
        run(self.0, db).await
    }
}

/// `CREATE … INDEX … ON …`, with the schema where each database expects it.
pub(crate) fn create_index(
    what: &str,
    schema: &SoftDeleteSchema,
    name: &str,
    parts: &str,
    backend: DbBackend,
) -> String {
    let (name, table) = match backend {
        DbBackend::Sqlite => (
            beside(backend, schema.key(), name),
            quote(backend, &schema.key().1),
        ),
        _ => (quote(backend, name), schema.path(backend)),
    };
    format!("CREATE {what} {name} ON {table} ({parts})")
}

/// `DROP INDEX …`.
pub(crate) fn drop_index(
    schema: &SoftDeleteSchema,
    table: &Table,
    name: &str,
    backend: DbBackend,
) -> String {
    match backend {
        DbBackend::MySql => format!(
            "DROP INDEX {} ON {}",
            quote(backend, name),
            schema.path(backend)
        ),
        // Qualified with this table's schema, since the search path may find another index of this name
        // first.
        DbBackend::Postgres => {
            let schema = quote(backend, &table.place.schema);
            format!("DROP INDEX {schema}.{}", quote(backend, name))
        }
        _ => format!("DROP INDEX {}", beside(backend, schema.key(), name)),
    }
}

impl SoftDeleteSchema {
    /// The marker, under the name that the database keeps.
    pub(crate) fn marker_in(&self, table: &Table) -> MarkerNamed<'_> {
        MarkerNamed {
            name: kept(&self.marker().name, table.backend),
            storage: self.storage(),
            backend: table.backend,
        }
    }

    /// Whether a generated column with this expression is 1 in live rows and NULL in trashed rows.
    pub(crate) fn is_live_column(&self, expression: &str, table: &Table) -> bool {
        self.marker_in(table).is_null_in_trash(expression)
    }

    /// The statement that drops an index, or the constraint that it belongs to.
    pub(crate) fn drop_of(&self, table: &Table, index: &Index, backend: DbBackend) -> String {
        match index.is_constraint && backend == DbBackend::Postgres {
            true => format!(
                "ALTER TABLE {} DROP CONSTRAINT {}",
                self.path(backend),
                quote(backend, &index.name)
            ),
            false => drop_index(self, table, &index.name, backend),
        }
    }
}
