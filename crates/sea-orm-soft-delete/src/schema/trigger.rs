//! Triggers for schemas that other programs write to.

use std::pin::Pin;

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::family::end;
use crate::query::literal::quoted;
use crate::schema::catalogue::Catalogue;
use crate::schema::execute::run;
use crate::schema::sql::{self, Named, beside, dollar_quoted, kept, name_of, path, quote};
use crate::schema::table::ParentKey;
use crate::schema::table::SoftDeleteSchema;

/// A trigger that refuses a live row below a trashed one.
///
/// These statements fail if the parent is trashed: an INSERT of a live row, an UPDATE that gives a live row
/// another parent, and an UPDATE that makes a row live. On PostgreSQL, MySQL and MariaDB the trigger locks
/// the parent (`FOR SHARE`) until the transaction ends, so that nobody can trash it meanwhile.
///
/// If a table's rows belong to rows of the same table, or its parent's rows belong to it in turn, the
/// trigger checks new rows and new parents, but not restores: a restore brings parents and children back in
/// one statement, in any order.
///
/// | database | the error |
/// |---|---|
/// | PostgreSQL | as of a foreign key: SQLSTATE 23503 |
/// | MySQL, MariaDB | SQLSTATE 45000 |
/// | SQLite | SQLITE_CONSTRAINT_TRIGGER |
///
/// To lock the parent, PostgreSQL requires the privilege UPDATE on the parent's table from whoever writes
/// to the child.
///
/// To create a trigger, MySQL with a binary log requires the privilege SUPER or its setting
/// `log_bin_trust_function_creators`.
#[derive(Clone, Debug)]
pub struct NoTrashedParent {
    schema: SoftDeleteSchema,
    parent: ParentKey,
    name: String,
    is_named: bool,
}

/// A trigger that refuses to remove rows physically, unless [a transaction allows
/// it](allow_physical_deletes).
///
/// It also guards against a foreign key's ON DELETE CASCADE on SQLite and PostgreSQL, and against TRUNCATE
/// on PostgreSQL, except a TRUNCATE of a partition. MySQL and MariaDB run no triggers for either. SQLite
/// runs none for the rows that an `INSERT OR REPLACE` removes, unless its `recursive_triggers` is on.
#[derive(Clone, Debug)]
pub struct NoPhysicalDelete {
    schema: SoftDeleteSchema,
    name: String,
}

/// The table of transactions that may remove rows; each has a row in it until it ends. PostgreSQL uses a
/// setting instead.
const ALLOWANCE: &str = "soft_delete_allowance";
/// The alias of the parent in a trigger's query.
const PARENT: &str = "soft_delete_parent";
const LONGEST_MESSAGE: usize = 128;
const SETTING: &str = "soft_delete.allow_physical_deletes";

impl SoftDeleteSchema {
    /// Triggers that refuse a live row below a trashed one: one for each key that points at a parent,
    /// except for relations with a condition of their own.
    pub fn refuse_trashed_parents(&self) -> Vec<NoTrashedParent> {
        let parents = self.parents.iter();
        parents
            .map(|parent| NoTrashedParent::new(self, parent.clone()))
            .collect()
    }

    /// A trigger that refuses to remove rows physically, unless [a transaction allows
    /// it](crate::schema::allow_physical_deletes).
    pub fn refuse_physical_deletes(&self) -> NoPhysicalDelete {
        NoPhysicalDelete::new(self)
    }
}

impl NoTrashedParent {
    pub(crate) fn new(schema: &SoftDeleteSchema, parent: ParentKey) -> Self {
        Self {
            name: name_of(&schema.key().1, &parent.columns, "parent"),
            is_named: false,
            schema: schema.clone(),
            parent,
        }
    }

    /// Names the trigger; the default name is made of the table and the columns. On SQLite, MySQL and
    /// MariaDB there are two triggers, whose names end in `_insert` and `_update`.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self.is_named = true;
        self
    }

    /// The statements that [`create`](Self::create) runs.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        match backend {
            DbBackend::Postgres => self.postgres(),
            _ => vec![
                self.trigger("INSERT", &self.is_wrong(backend), backend),
                self.trigger(
                    "UPDATE",
                    &format!(
                        "{} AND {}",
                        self.is_attached(backend),
                        self.is_wrong(backend)
                    ),
                    backend,
                ),
            ],
        }
    }

    /// Creates the trigger, and replaces an existing one with the same name.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if one of the two tables does not exist or lacks a column, or
    /// if another table has a trigger with this name; and the database's errors.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        self.expect_columns(db).await?;
        expect_own(&self.schema, &self.names(db.get_database_backend()), db).await?;
        self.drop(db).await?;
        run(self.statements(db.get_database_backend()), db).await
    }

    /// Drops the trigger, if it exists.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if another table has a trigger with this name, and the
    /// database's errors.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        let names = self.names(backend);
        expect_own(&self.schema, &names, db).await?;
        let statements = match backend {
            DbBackend::Postgres => drop_postgres(&self.schema, &[&self.name], &self.name),
            _ => (names.iter())
                .map(|name| {
                    let name = beside(backend, self.schema.key(), name);
                    format!("DROP TRIGGER IF EXISTS {name}")
                })
                .collect(),
        };
        run(statements, db).await
    }

    async fn expect_columns<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let (key, parent) = (self.schema.key(), &self.parent.parent);
        let schemas: Vec<String> = key.0.iter().chain(&parent.0).cloned().collect();
        let catalogue = Catalogue::read(&schemas, db).await?;
        let marker = [&self.schema.marker().name];
        self.schema.expect_columns(&catalogue, &marker)?;
        self.schema
            .expect_columns(&catalogue, &self.parent.columns)?;
        let above = catalogue.table(parent);
        let named = self.parent.parent_columns.iter();
        for column in named.chain([&self.parent.parent_marker]) {
            if above.is_none_or(|above| above.column(column).is_none()) {
                return Err(self.schema.not_changed(
                    format!("its parent `{}` has no column `{column}`", parent.1),
                    "make the parent's table and its columns first, or correct the name",
                ));
            }
        }
        Ok(())
    }

    fn name_for(&self, event: &str) -> String {
        let suffix = event.to_ascii_lowercase();
        match self.is_named {
            true => format!("{}_{suffix}", self.name),
            false => {
                let suffix = format!("parent_{suffix}");
                name_of(&self.schema.key().1, &self.parent.columns, &suffix)
            }
        }
    }

    fn names(&self, backend: DbBackend) -> Vec<String> {
        match backend {
            DbBackend::Postgres => vec![self.name.clone()],
            _ => vec![self.name_for("INSERT"), self.name_for("UPDATE")],
        }
    }

    fn message(&self) -> String {
        format!(
            "a live row of {} cannot belong to a trashed row of {}",
            self.schema.name(),
            self.parent.parent.1
        )
    }

    /// The condition that the new row is live and its parent is trashed.
    fn is_wrong(&self, backend: DbBackend) -> String {
        let marker = Named::Of(PARENT, &self.parent.parent_marker);
        let is_trashed = sql::is_trashed(self.parent.parent_storage, &marker, backend);
        let lock = match backend {
            // The lock waits for a delete of the parent in progress, then reads the parent again.
            DbBackend::MySql => " LOCK IN SHARE MODE",
            _ => "",
        };
        format!(
            "({}) AND EXISTS (SELECT 1 FROM {} AND {is_trashed}{lock})",
            self.is_live("NEW", backend),
            self.parent_of_new(backend)
        )
    }

    fn is_live(&self, row: &'static str, backend: DbBackend) -> String {
        let marker = Named::Of(row, &self.schema.marker().name);
        sql::is_live(self.schema.storage(), &marker, backend)
    }

    /// The parent's table, and the condition that selects the new row's parent.
    fn parent_of_new(&self, backend: DbBackend) -> String {
        let pairs = self.parent.columns.iter().zip(&self.parent.parent_columns);
        let equal = pairs.map(|(column, above)| {
            format!(
                "{} = {}",
                Named::Of(PARENT, above).sql(backend),
                Named::Of("NEW", column).sql(backend)
            )
        });
        format!(
            "{} AS {PARENT} WHERE {}",
            path(backend, &self.parent.parent),
            equal.collect::<Vec<_>>().join(" AND ")
        )
    }

    /// The condition that an UPDATE gives the row another parent, or makes it live.
    fn is_attached(&self, backend: DbBackend) -> String {
        let changed = self.parent.columns.iter().map(|column| {
            let (old, new) = (
                Named::Of("OLD", column).sql(backend),
                Named::Of("NEW", column).sql(backend),
            );
            match backend {
                DbBackend::MySql => format!("NOT ({new} <=> {old})"),
                DbBackend::Postgres => format!("{new} IS DISTINCT FROM {old}"),
                _ => format!("{new} IS NOT {old}"),
            }
        });
        let restored = format!("NOT ({})", self.is_live("OLD", backend));
        let restored = (!self.parent.is_cyclic).then_some(restored);
        let any: Vec<String> = changed.chain(restored).collect();
        format!("({})", any.join(" OR "))
    }

    fn trigger(&self, event: &str, condition: &str, backend: DbBackend) -> String {
        let name = beside(backend, self.schema.key(), &self.name_for(event));
        trigger(
            &self.schema,
            &name,
            event,
            condition,
            &self.message(),
            backend,
        )
    }

    fn postgres(&self) -> Vec<String> {
        let backend = DbBackend::Postgres;
        let function = beside(backend, self.schema.key(), &self.name);
        // On INSERT, OLD is NULL and is not read. A separate statement waits for a delete of the parent in
        // progress, so that the next statement sees its result.
        let body = format!(
            "BEGIN IF TG_OP = 'INSERT' OR {} THEN PERFORM 1 FROM {} FOR SHARE; IF {} THEN \
             RAISE EXCEPTION {} USING ERRCODE = 'foreign_key_violation'; END IF; END IF; \
             RETURN NULL; END",
            self.is_attached(backend),
            self.parent_of_new(backend),
            self.is_wrong(backend),
            quoted(&self.message().replace('%', "%%"), backend)
        );
        let check = format!(
            "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql \
             SET search_path FROM CURRENT AS {}",
            dollar_quoted(&body)
        );
        // AFTER, so that the trigger sees the final state of all rows of the statement.
        let trigger = format!(
            "CREATE TRIGGER {} AFTER INSERT OR UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
            quote(backend, &self.name),
            self.schema.path(backend)
        );
        vec![check, trigger]
    }
}

impl NoPhysicalDelete {
    pub(crate) fn new(schema: &SoftDeleteSchema) -> Self {
        Self {
            name: name_of::<&str>(&schema.key().1, &["no_physical"], "delete"),
            schema: schema.clone(),
        }
    }

    fn message(&self) -> String {
        format!(
            "rows of {} are not removed physically; trash them, or allow it for this transaction",
            self.schema.name()
        )
    }

    /// The statements that [`create`](Self::create) runs.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
        let name = beside(backend, self.schema.key(), &self.name);
        let allowance = quote(backend, ALLOWANCE);
        let is_mine = match backend {
            DbBackend::Postgres => return self.postgres(),
            DbBackend::MySql => " WHERE id = CONNECTION_ID()",
            // SQLite has one writer at a time: the transaction that has written to the table.
            _ => "",
        };
        let condition = format!("NOT EXISTS (SELECT 1 FROM {allowance}{is_mine})");
        vec![
            format!("CREATE TABLE IF NOT EXISTS {allowance} (id BIGINT NOT NULL PRIMARY KEY)"),
            trigger(
                &self.schema,
                &name,
                "DELETE",
                &condition,
                &self.message(),
                backend,
            ),
        ]
    }

    fn postgres(&self) -> Vec<String> {
        let backend = DbBackend::Postgres;
        let function = beside(backend, self.schema.key(), &self.name);
        let table = self.schema.path(backend);
        let body = format!(
            "BEGIN IF current_setting('{SETTING}', TRUE) IS DISTINCT FROM 'on' THEN \
             RAISE EXCEPTION {} USING ERRCODE = 'restrict_violation'; END IF; RETURN OLD; END",
            quoted(&self.message().replace('%', "%%"), backend)
        );
        vec![
            format!(
                "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS {}",
                dollar_quoted(&body)
            ),
            format!(
                "CREATE TRIGGER {} BEFORE DELETE ON {table} FOR EACH ROW \
                 EXECUTE FUNCTION {function}()",
                quote(backend, &self.name)
            ),
            format!(
                "CREATE TRIGGER {} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT \
                 EXECUTE FUNCTION {function}()",
                quote(backend, &self.truncate_name())
            ),
        ]
    }

    fn truncate_name(&self) -> String {
        name_of(&self.schema.key().1, &["no_physical"], "delete_truncate")
    }

    /// Creates the trigger, and replaces an existing one with the same name. On SQLite, MySQL and MariaDB
    /// it also creates the table `soft_delete_allowance`, which all these triggers share.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, or if another table has a trigger
    /// with this name; and the database's errors.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        self.schema.existing(&catalogue)?;
        self.drop(db).await?;
        run(self.statements(db.get_database_backend()), db).await
    }

    /// Drops the trigger, if it exists, and keeps `soft_delete_allowance` for other triggers.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if another table has a trigger with this name, and the
    /// database's errors.
    pub async fn drop<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let backend = db.get_database_backend();
        expect_own(&self.schema, std::slice::from_ref(&self.name), db).await?;
        let statements = match backend {
            DbBackend::Postgres => {
                let truncate = self.truncate_name();
                drop_postgres(&self.schema, &[&self.name, &truncate], &self.name)
            }
            _ => {
                let name = beside(backend, self.schema.key(), &self.name);
                vec![format!("DROP TRIGGER IF EXISTS {name}")]
            }
        };
        run(statements, db).await
    }
}

/// Runs `work` in a transaction that may physically remove rows from tables with [`NoPhysicalDelete`];
/// nothing outside the transaction may.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::schema::{SoftDeleteSchema, allow_physical_deletes};
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// SoftDeleteSchema::of::<note::Entity>().refuse_physical_deletes().create(db).await?;
/// assert!(note::Entity::force_delete_by_id(3).exec(db).await.is_err());
///
/// allow_physical_deletes(db, |db| Box::pin(async move {
///     note::Entity::force_delete_by_id(3).exec(db).await?;
///     Ok(())
/// }))
/// .await?;
/// assert_eq!(note::Entity::with_trashed().count(db).await?, 2);
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// # Errors
///
/// The errors of `work`, after which the transaction is rolled back, and the database's errors: on SQLite,
/// MySQL and MariaDB the table `soft_delete_allowance` does not exist before the first [`NoPhysicalDelete`]
/// is created.
pub async fn allow_physical_deletes<C, F, T>(db: &C, work: F) -> Result<T, SoftDeleteError>
where
    C: ConnectionTrait + TransactionTrait,
    C::Transaction: ConnectionTrait,
    F: for<'c> FnOnce(
            &'c C::Transaction,
        )
            -> Pin<Box<dyn Future<Output = Result<T, SoftDeleteError>> + Send + 'c>>
        + Send,
    T: Send,
{
    let transaction = db.begin().await?;
    allow(&transaction).await?;
    let done = match work(&transaction).await {
        Ok(done) => forbid(&transaction).await.map(|()| done),
        Err(error) => {
            // If the work committed implicitly, as a schema change does on MySQL and MariaDB, the
            // connection still holds the allowance.
            if transaction.get_database_backend() == DbBackend::MySql {
                drop(forbid(&transaction).await);
            }
            Err(error)
        }
    };
    end(transaction, done).await
}

async fn allow<C: ConnectionTrait>(db: &C) -> Result<(), SoftDeleteError> {
    let backend = db.get_database_backend();
    let allowance = quote(backend, ALLOWANCE);
    let sql = match backend {
        DbBackend::Postgres => format!("SELECT set_config('{SETTING}', 'on', TRUE)"),
        DbBackend::MySql => format!("INSERT IGNORE INTO {allowance} VALUES (CONNECTION_ID())"),
        _ => format!("INSERT OR IGNORE INTO {allowance} VALUES (1)"),
    };
    db.execute_raw(Statement::from_string(backend, sql)).await?;
    Ok(())
}

async fn forbid<C: ConnectionTrait>(db: &C) -> Result<(), SoftDeleteError> {
    let backend = db.get_database_backend();
    let allowance = quote(backend, ALLOWANCE);
    let sql = match backend {
        DbBackend::Postgres => format!("SELECT set_config('{SETTING}', 'off', TRUE)"),
        DbBackend::MySql => format!("DELETE FROM {allowance} WHERE id = CONNECTION_ID()"),
        _ => format!("DELETE FROM {allowance}"),
    };
    db.execute_raw(Statement::from_string(backend, sql)).await?;
    Ok(())
}

/// A trigger for SQLite, MySQL or MariaDB that refuses if the condition is true.
fn trigger(
    schema: &SoftDeleteSchema,
    name: &str,
    event: &str,
    condition: &str,
    message: &str,
    backend: DbBackend,
) -> String {
    // MySQL rejects a longer message, and reports that error instead.
    let message: String = match backend {
        DbBackend::MySql => message.chars().take(LONGEST_MESSAGE).collect(),
        _ => message.to_owned(),
    };
    let message = quoted(&message, backend);
    match backend {
        DbBackend::MySql => format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {} FOR EACH ROW BEGIN IF {condition} THEN \
             SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = {message}; END IF; END",
            schema.path(backend)
        ),
        // The trigger's name has the schema, and its table is in the same schema.
        _ => format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {} WHEN {condition} \
             BEGIN SELECT RAISE(ABORT, {message}); END",
            quote(backend, &schema.key().1)
        ),
    }
}

/// Refuses if another table has a trigger with one of these names: different tables and columns can combine
/// to the same name. On PostgreSQL the two triggers would share a function.
async fn expect_own<C: ConnectionTrait>(
    schema: &SoftDeleteSchema,
    names: &[String],
    db: &C,
) -> Result<(), SoftDeleteError> {
    let backend = db.get_database_backend();
    let (space, table) = schema.key();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT c.relname::text AS other FROM pg_catalog.pg_trigger t \
             JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid \
             JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
             JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid \
             WHERE NOT t.tgisinternal AND COALESCE(to_jsonb(t) ->> 'tgparentid', '0') = '0' \
               AND n.nspname::text = COALESCE($1, current_schema()::text) \
               AND p.proname::text = $2 AND c.relname::text <> $3 LIMIT 1"
        }
        DbBackend::MySql => {
            "SELECT CAST(t.event_object_table AS CHAR) AS other FROM information_schema.triggers t \
             WHERE t.trigger_schema = COALESCE(?, DATABASE()) AND t.trigger_name = ? \
               AND LOWER(t.event_object_table) <> LOWER(?) LIMIT 1"
        }
        _ => {
            "SELECT tbl_name AS other FROM {schema}.sqlite_master WHERE type = 'trigger' \
               AND name = ? COLLATE NOCASE AND tbl_name <> ? COLLATE NOCASE LIMIT 1"
        }
    };
    for name in names {
        let mut values = vec![kept(name, backend).into(), kept(table, backend).into()];
        let sql = match backend {
            DbBackend::Sqlite => {
                let space = space.as_deref().unwrap_or("main");
                sql.replace("{schema}", &quote(backend, space))
            }
            _ => {
                let space = space.as_deref().map(|space| kept(space, backend));
                values.insert(0, space.into());
                sql.to_owned()
            }
        };
        let query = Statement::from_sql_and_values(backend, sql, values);
        if let Some(row) = db.query_one_raw(query).await? {
            let other: String = row.try_get("", "other")?;
            return Err(schema.not_changed(
                format!("`{other}` has a trigger `{name}`, the name of which this one would have"),
                "give one of the two another name",
            ));
        }
    }
    Ok(())
}

fn drop_postgres(schema: &SoftDeleteSchema, triggers: &[&str], function: &str) -> Vec<String> {
    let backend = DbBackend::Postgres;
    let mut statements: Vec<String> = triggers
        .iter()
        .map(|name| {
            let name = quote(backend, name);
            format!("DROP TRIGGER IF EXISTS {name} ON {}", schema.path(backend))
        })
        .collect();
    let function = beside(backend, schema.key(), function);
    statements.push(format!("DROP FUNCTION IF EXISTS {function}()"));
    statements
}
