//! Triggers that refuse to remove rows physically, and the transactions that may.

use std::pin::Pin;

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use super::{drop_own, function, refusal, trigger};
use crate::error::SoftDeleteError;
use crate::family::end;
use crate::query::literal::quoted;
use crate::schema::catalogue::Catalogue;
use crate::schema::execute::run;
use crate::schema::sql::{name_of, quote};
use crate::schema::table::SoftDeleteSchema;

/// The table of transactions that may remove rows; each has a row in it until it ends. PostgreSQL uses a
/// setting instead.
const ALLOWANCE: &str = "soft_delete_allowance";
const SETTING: &str = "soft_delete.allow_physical_deletes";

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

impl SoftDeleteSchema {
    /// A trigger that refuses to remove rows physically, unless [a transaction allows
    /// it](crate::schema::allow_physical_deletes).
    pub fn refuse_physical_deletes(&self) -> NoPhysicalDelete {
        NoPhysicalDelete {
            name: name_of::<&str>(&self.key().1, &["no_physical"], "delete"),
            schema: self.clone(),
        }
    }
}

impl NoPhysicalDelete {
    fn message(&self) -> String {
        format!(
            "rows of {} are not removed physically; trash them, or allow it for this transaction",
            self.schema.name()
        )
    }

    /// The statements that [`create`](Self::create) runs.
    pub fn statements(&self, backend: DbBackend) -> Vec<String> {
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
            refusal(
                &self.schema,
                &self.name,
                "DELETE",
                &condition,
                &self.message(),
                backend,
            ),
        ]
    }

    fn postgres(&self) -> Vec<String> {
        let backend = DbBackend::Postgres;
        let body = format!(
            "BEGIN IF current_setting('{SETTING}', TRUE) IS DISTINCT FROM 'on' THEN \
             RAISE EXCEPTION {} USING ERRCODE = 'restrict_violation'; END IF; RETURN OLD; END",
            quoted(&self.message().replace('%', "%%"), backend)
        );
        let on_truncate = self.truncate_name();
        vec![
            function(&self.schema, &self.name, "", &body),
            trigger(&self.schema, &self.name, "BEFORE DELETE", "ROW", &self.name),
            trigger(
                &self.schema,
                &on_truncate,
                "BEFORE TRUNCATE",
                "STATEMENT",
                &self.name,
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
        let mut names = vec![self.name.clone()];
        if db.get_database_backend() == DbBackend::Postgres {
            names.push(self.truncate_name());
        }
        drop_own(&self.schema, &names, db).await
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
    allow(true, &transaction).await?;
    let done = match work(&transaction).await {
        Ok(done) => allow(false, &transaction).await.map(|()| done),
        Err(error) => {
            // If the work committed implicitly, as a schema change does on MySQL and MariaDB, the
            // connection still holds the allowance.
            if transaction.get_database_backend() == DbBackend::MySql {
                drop(allow(false, &transaction).await);
            }
            Err(error)
        }
    };
    end(transaction, done).await
}

/// Begins or ends the permission of a transaction to remove rows.
async fn allow<C: ConnectionTrait>(is_allowed: bool, db: &C) -> Result<(), SoftDeleteError> {
    let backend = db.get_database_backend();
    let allowance = quote(backend, ALLOWANCE);
    let sql = match (backend, is_allowed) {
        (DbBackend::Postgres, true) => format!("SELECT set_config('{SETTING}', 'on', TRUE)"),
        (DbBackend::Postgres, false) => format!("SELECT set_config('{SETTING}', 'off', TRUE)"),
        (DbBackend::MySql, true) => {
            format!("INSERT IGNORE INTO {allowance} VALUES (CONNECTION_ID())")
        }
        (DbBackend::MySql, false) => format!("DELETE FROM {allowance} WHERE id = CONNECTION_ID()"),
        (_, true) => format!("INSERT OR IGNORE INTO {allowance} VALUES (1)"),
        (_, false) => format!("DELETE FROM {allowance}"),
    };
    db.execute_raw(Statement::from_string(backend, sql)).await?;
    Ok(())
}
