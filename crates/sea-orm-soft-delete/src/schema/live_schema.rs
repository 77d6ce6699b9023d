//! A schema of PostgreSQL with a view of live rows for each table, under the table's own name.

mod after_trigger;
mod existing;
mod function;
mod plan;
mod row_trigger;
mod selection;
mod stamps;
mod tables;
mod view;

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

pub(crate) use self::plan::{Deviation, DeviationKind, LiveSchemaPlan};
use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::family::{Soft, SoftMember, end};
use crate::schema::execute::run;
use crate::schema::sql::quote;
use crate::schema::table::SoftDeleteSchema;

const BACKEND: DbBackend = DbBackend::Postgres;

/// A schema of PostgreSQL that shows the live rows of every soft-deletable table, under the table's own name.
///
/// See [`live_schema`].
#[derive(Clone, Debug)]
#[must_use = "it creates nothing until `apply`"]
pub struct LiveSchema {
    name: String,
    of: Vec<&'static dyn SoftMember>,
    except: Vec<&'static dyn SoftMember>,
    with: Vec<SoftDeleteSchema>,
}

/// A schema of PostgreSQL with one view for each registered soft-deletable table, under the table's own name, which
/// shows live rows only.
///
/// A program whose `search_path` begins with this schema reads live rows wherever it names a table without its
/// schema, and its DELETE is a soft delete. So this is the way for programs that no [scoped
/// connection](crate::ScopedConnection) reaches: those in other languages, `psql`, and frameworks that take a
/// `DatabaseConnection`. For each table, [`apply`](LiveSchema::apply) creates
///
/// ```sql
/// CREATE VIEW live.note WITH (security_invoker = true, check_option = cascaded) AS
/// SELECT * FROM public.note WHERE deleted_at IS NULL
/// ```
///
/// and two triggers for a DELETE on the view. The first stamps each row with the marker, the operation, and who and
/// why as the settings `soft_delete.deleted_by` and `soft_delete.reason` say. The second runs once after the statement:
/// it trashes what the delete cascades to, refuses what `restrict` forbids, and does what `destroy`, `log` and
/// `counted_in` declare. All rows of one DELETE belong to one [`Operation`](crate::Operation), which restores as any
/// other does.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm::{ConnectOptions, Database, DbBackend};
/// use sea_orm_soft_delete::schema::live_schema;
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// # if db.get_database_backend() != DbBackend::Postgres {
/// #     assert!(live_schema("live").apply(db).await.is_err());
/// #     return Ok(());
/// # }
/// live_schema("live").apply(db).await?; // after the migrations
///
/// let mut options = ConnectOptions::new("postgres://localhost/app");
/// options.set_schema_search_path("live,public"); // without a space
/// let reader = Database::connect(options).await?;
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// The [guide](crate::guide::live_schema) has the limits.
pub fn live_schema(name: impl Into<String>) -> LiveSchema {
    LiveSchema {
        name: name.into(),
        of: Vec::new(),
        except: Vec::new(),
        with: Vec::new(),
    }
}

impl LiveSchema {
    /// Creates views only for the table of this entity. Several calls add up.
    pub fn of<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.of.push(Soft::<E>::MEMBER);
        self
    }

    /// Creates no view for the table of this entity, for example because it is in another database. Without a
    /// view, the name means the table, with its trashed rows.
    pub fn except<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.except.push(Soft::<E>::MEMBER);
        self
    }

    /// Adds a table that has no entity in this program. A DELETE from its view trashes its own rows only, and a DELETE
    /// from a parent leaves its rows live.
    pub fn with(mut self, table: SoftDeleteSchema) -> Self {
        self.with.push(table);
        self
    }

    /// The statements that [`apply`](Self::apply) would run now; none if everything is as it should be.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    pub async fn statements<C: ConnectionTrait>(
        &self,
        db: &C,
    ) -> Result<Vec<String>, SoftDeleteError> {
        Ok(LiveSchemaPlan::read(self, db).await?.statements())
    }

    /// Creates the schema with its views and triggers, or brings them up to date, in one transaction. It changes
    /// nothing if everything is up to date, so call it after the migrations, each time.
    ///
    /// - A view whose table has new columns is replaced. If columns were removed, renamed or changed, the view is
    ///   dropped and created again, with its grants on the whole view, and without its comments.
    /// - A view whose table is no longer registered or selected is dropped.
    /// - Views and functions that this crate did not create are left alone.
    ///
    /// It finds tables without a schema of their own by the search path of the connection, leaving out the live schema
    /// itself.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`]
    ///
    /// - on another database than PostgreSQL, and before its version 14,
    /// - if a table or one of its columns does not exist,
    /// - if two tables of different schemas have the same name,
    /// - if the live schema has a relation of this name that is no view of this crate,
    /// - before PostgreSQL 15, if row-level security protects a table, which a view then bypasses;
    ///
    /// [`SoftDeleteError::InvalidRelation`] for a relation that is declared wrongly; and the database's errors, such as
    /// that of a view which other views read and which has to be created again. Nothing is changed then.
    pub async fn apply<C>(&self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
        C::Transaction: ConnectionTrait,
    {
        self.expect_postgres(db)?;
        let transaction = db.begin().await?;
        let applied = self.apply_in(&transaction).await;
        end(transaction, applied).await
    }

    async fn apply_in<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        self.lock(db).await?;
        run(self.statements(db).await?, db).await
    }

    /// Drops the views, triggers and functions that [`apply`](Self::apply) created, and the schema if `apply` created
    /// it and it is empty. Does nothing if there are none.
    ///
    /// A connection that searches the schema first then reads the tables, with their trashed rows.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::SchemaNotChanged`] on another database than PostgreSQL, and the database's errors: a view
    /// that other views read is not dropped.
    pub async fn drop<C>(&self, db: &C) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait + TransactionTrait,
        C::Transaction: ConnectionTrait,
    {
        self.expect_postgres(db)?;
        let transaction = db.begin().await?;
        let dropped = self.drop_in(&transaction).await;
        end(transaction, dropped).await
    }

    async fn drop_in<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        self.lock(db).await?;
        run(existing::drops(self, db).await?, db).await?;
        if existing::is_own_and_empty(self, db).await? {
            let schema = quote(BACKEND, &self.name);
            run(vec![format!("DROP SCHEMA {schema}")], db).await?;
        }
        Ok(())
    }

    /// Lets one program at a time change the schema.
    async fn lock<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        let sql = "SELECT pg_catalog.pg_advisory_xact_lock(\
                   pg_catalog.hashtextextended('sea-orm-soft-delete live schema ' || $1, 0))::text";
        let lock = Statement::from_sql_and_values(BACKEND, sql, [self.name.as_str().into()]);
        db.query_one_raw(lock).await?;
        Ok(())
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name of a view or function in the schema.
    fn path(&self, name: &str) -> String {
        format!("{}.{}", quote(BACKEND, &self.name), quote(BACKEND, name))
    }

    fn expect_postgres<C: ConnectionTrait>(&self, db: &C) -> Result<(), SoftDeleteError> {
        match db.get_database_backend() {
            DbBackend::Postgres => Ok(()),
            other => Err(self.not_changed(
                format!("a live schema exists on PostgreSQL only, and this is {other:?}"),
                "use a scoped connection on this database: `db.scoped()`",
            )),
        }
    }

    fn not_changed(&self, why: String, remedy: &'static str) -> SoftDeleteError {
        SoftDeleteError::SchemaNotChanged {
            entity: self.name.clone(),
            why,
            remedy,
        }
    }
}
