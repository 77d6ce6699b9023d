//! Triggers for schemas that other programs write to.

use std::pin::Pin;

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use crate::error::SoftDeleteError;
use crate::family::end;
use crate::schema::catalogue::Catalogue;
use crate::schema::execute::run;
use crate::schema::sql::{self, Named, beside, dollar_quoted, kept, name_of, path, quote, quoted};
use crate::schema::table::ParentKey;
use crate::schema::table::SoftDeleteSchema;

/// A trigger that refuses a live row below a trashed one.
///
/// An INSERT of a live row, an UPDATE that gives a live row another parent, and one that makes a row
/// live, fail if the parent is trashed. On PostgreSQL, MySQL and MariaDB the parent is locked (`FOR
/// SHARE`) to the end of the transaction, so that it cannot be trashed meanwhile.
///
/// A table whose rows belong to rows of the same table, or that its parent belongs to in turn, is
/// checked for new rows and new parents, and not for restores: there, parents and children come
/// back in one statement, in any order.
///
/// | database | the error |
/// |---|---|
/// | PostgreSQL | as of a foreign key: SQLSTATE 23503 |
/// | MySQL, MariaDB | SQLSTATE 45000 |
/// | SQLite | SQLITE_CONSTRAINT_TRIGGER |
///
/// To lock the parent, PostgreSQL wants the privilege UPDATE on its table of who writes to the child.
///
/// To make a trigger, MySQL with a binary log wants the privilege SUPER or its setting
/// `log_bin_trust_function_creators`.
#[derive(Clone, Debug)]
pub struct NoTrashedParent {
    schema: SoftDeleteSchema,
    parent: ParentKey,
    name: String,
    is_named: bool,
}

/// A trigger that refuses to remove rows physically, unless [told
/// otherwise](allow_physical_deletes).
///
/// It guards also against ON DELETE CASCADE of a foreign key on SQLite and PostgreSQL, and against
/// TRUNCATE on PostgreSQL, but for one of a partition. MySQL and MariaDB run no triggers for either. SQLite
/// runs none for the rows that an `INSERT OR REPLACE` removes, unless its `recursive_triggers` is on.
#[derive(Clone, Debug)]
pub struct NoPhysicalDelete {
    schema: SoftDeleteSchema,
    name: String,
}

/// The table of transactions that may remove rows; each has its row to its end. PostgreSQL has a setting
/// for that.
const ALLOWANCE: &str = "soft_delete_allowance";
/// The parent in a trigger's query.
const PARENT: &str = "soft_delete_parent";
const LONGEST_MESSAGE: usize = 128;
const SETTING: &str = "soft_delete.allow_physical_deletes";

impl SoftDeleteSchema {
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

impl NoTrashedParent {
    pub(crate) fn new(schema: &SoftDeleteSchema, parent: ParentKey) -> Self {
        Self {
            name: name_of(&schema.key().1, &parent.columns, "parent"),
            is_named: false,
            schema: schema.clone(),
            parent,
        }
    }

    /// The name, in place of one made of the table and the columns. On SQLite, MySQL and MariaDB, the two
    /// triggers have `_insert` and `_update` after it.
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

    /// Makes the trigger, in place of one that has its name.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if one of the two tables is not there or lacks a column, or if
    /// another table has a trigger of the name; and what the database says.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        self.expect_columns(db).await?;
        expect_own(&self.schema, &self.names(db.get_database_backend()), db).await?;
        self.drop(db).await?;
        run(self.statements(db.get_database_backend()), db).await
    }

    /// Removes the trigger, if it is there.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if another table has a trigger of the name, and what the
    /// database says.
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

    /// That the new row is live, and its parent is not.
    fn is_wrong(&self, backend: DbBackend) -> String {
        let marker = Named::Of(PARENT, &self.parent.parent_marker);
        let is_trashed = sql::is_trashed(self.parent.parent_storage, &marker, backend);
        let lock = match backend {
            // What is being trashed is waited for, and looked at again.
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

    /// The parent, and the condition that it is that of the new row.
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

    /// That an UPDATE gives the row another parent, or makes it live.
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
        // OLD is NULL on INSERT, and is not looked at then. A parent that is being trashed is waited for
        // in a statement of its own, so that the next one sees it as it is after that.
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
        // After the statement, when all of its rows are as they will be.
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
            // Whoever has written to the table is the one writer.
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

    /// Makes the trigger, in place of one that has its name; on SQLite, MySQL and MariaDB also the table
    /// `soft_delete_allowance`, once for all.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if there is no such table, or if another one has a trigger of
    /// the name; and what the database says.
    pub async fn create<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let catalogue = Catalogue::read_for(self.schema.key(), db).await?;
        self.schema.existing(&catalogue)?;
        self.drop(db).await?;
        run(self.statements(db.get_database_backend()), db).await
    }

    /// Removes the trigger, if it is there, and leaves `soft_delete_allowance` to others.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] if another table has a trigger of the name, and what the
    /// database says.
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

/// Does work in a transaction in which rows may be removed physically from tables with
/// [`NoPhysicalDelete`]; nothing else may meanwhile.
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
/// Those of the work, after which the transaction is rolled back, and what the database says: on SQLite,
/// MySQL and MariaDB there is no table `soft_delete_allowance` before the first
/// [`NoPhysicalDelete`] was made.
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
            // Work that committed by itself, as a change of the schema does on MySQL and MariaDB, has
            // left the allowance to the connection.
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

/// A trigger of SQLite, MySQL or MariaDB that refuses where the condition holds.
fn trigger(
    schema: &SoftDeleteSchema,
    name: &str,
    event: &str,
    condition: &str,
    message: &str,
    backend: DbBackend,
) -> String {
    // MySQL takes no longer message, and reports that instead.
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
        // The trigger has the schema, and its table is in the same.
        _ => format!(
            "CREATE TRIGGER {name} BEFORE {event} ON {} WHEN {condition} \
             BEGIN SELECT RAISE(ABORT, {message}); END",
            quote(backend, &schema.key().1)
        ),
    }
}

/// Refuses if a trigger of one of these names is another table's: names of several tables and columns can
/// be one when they are put together. On PostgreSQL it is the function that two triggers would share.
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
