//! What a scoped connection keeps to the law: tables, exceptions, options; and how it prepares a
//! statement.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use sea_orm::sea_query::{
    MysqlQueryBuilder, PostgresQueryBuilder, QueryBuilder, SqliteQueryBuilder, Values,
};
use sea_orm::{DbBackend, Statement, Value};

use crate::attribution::Attribution;
use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::operation::Operation;
use crate::plan_cache::PlanCache;
use crate::registry::scoped_tables;
use crate::rewrite::{Bound, Catalog, Lifted, Options, Plan, Refusal, Rewritten, TableId, rewrite};
use crate::scoped_table::ScopedTable;

/// The tables that a scoped connection keeps to live rows, what is lifted, and its options.
///
/// [`Scope::registered`] is what `db.scoped()` uses: every table of an entity that derives
/// [`SoftDelete`](derive@crate::SoftDelete). [`Scope::builder`] changes that:
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm_soft_delete::{Scopable, Scope};
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// let with_notes = Scope::builder().with_trashed_of(note::Entity).build();
/// let count = <note::Entity as EntityTrait>::find().count(&db.scoped_with(&with_notes)).await?;
/// assert_eq!(count, 3);
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// It is cheap to clone, and clones share one cache of statements. Build it once, not per request.
#[derive(Clone)]
pub struct Scope {
    shared: Arc<Shared>,
    lifted: Arc<Lifted>,
}

struct Shared {
    tables: Vec<ScopedTable>,
    explicit_marker_wins: bool,
    catalogs: [OnceLock<Catalog>; 3],
    plans: PlanCache,
}

/// Builds a [`Scope`].
#[derive(Clone, Debug)]
#[must_use = "it changes nothing until `build`"]
pub struct ScopeBuilder {
    tables: Vec<ScopedTable>,
    lifted: Vec<Key>,
    everything: bool,
    explicit_marker_wins: bool,
    cache_capacity: u64,
}

/// The schema and name of a table.
type Key = (Option<String>, String);

/// What becomes of a text that is sent without being prepared.
#[derive(Debug)]
pub(crate) enum Text<'a> {
    AsIs(Cow<'a, str>),
    /// It needs values, so it is sent as a statement.
    Bound(Statement),
}

/// The tables and what is lifted; not the statements that it remembers.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.shared.tables.iter().map(ScopedTable::key);
        f.debug_struct("Scope")
            .field("tables", &tables.collect::<Vec<_>>())
            .field("lifted", &self.lifted)
            .finish_non_exhaustive()
    }
}

impl Scope {
    /// Every registered table, nothing lifted. There is one for the whole program.
    pub fn registered() -> Self {
        static REGISTERED: LazyLock<Scope> = LazyLock::new(|| Scope::builder().build());
        REGISTERED.clone()
    }

    /// Starts from every registered table, nothing lifted.
    pub fn builder() -> ScopeBuilder {
        ScopeBuilder {
            tables: scoped_tables(),
            lifted: Vec::new(),
            everything: false,
            explicit_marker_wins: false,
            cache_capacity: 8 << 20,
        }
    }

    /// The statement as a scoped connection sends it, to read or to test.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// use sea_orm::{DbBackend, Statement};
    /// use sea_orm_soft_delete::Scope;
    ///
    /// # async fn example(_: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let count = Statement::from_string(DbBackend::Postgres, "SELECT COUNT(*) FROM note n");
    /// let sent = Scope::registered().rewrite(count)?;
    /// assert_eq!(sent.sql, r#"SELECT COUNT(*) FROM note n WHERE n."deleted_at" IS NULL"#);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::NotScopable`], and, where a DELETE is stamped, those of
    /// [`SoftDeleteMany::exec`](crate::SoftDeleteMany::exec).
    pub fn rewrite(&self, statement: Statement) -> Result<Statement, SoftDeleteError> {
        let backend = statement.db_backend;
        self.prepare(statement, backend)
    }

    /// The same, with the trashed rows of every table.
    pub(crate) fn with_trashed(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            lifted: Arc::new(Lifted::Everything),
        }
    }

    /// The same, with the trashed rows of one more entity.
    pub(crate) fn with_trashed_of<E: SoftDeleteEntity>(&self) -> Self {
        let mut lifted = Lifted::clone(&self.lifted);
        if let Some(table) = self.shared.id_of(&key_of::<E>()) {
            lifted = lifted.and(table);
        }
        Self {
            shared: Arc::clone(&self.shared),
            lifted: Arc::new(lifted),
        }
    }

    /// The statement as it is to be sent, or why it is not.
    pub(crate) fn prepare(
        &self,
        mut statement: Statement,
        backend: DbBackend,
    ) -> Result<Statement, SoftDeleteError> {
        let plan = self.plan(&statement.sql, backend)?;
        let Rewritten::Scoped(plan) = &*plan else {
            return Ok(statement);
        };
        self.report(&statement.sql, plan);
        if !plan.binds.is_empty() {
            let own = statement.values.map_or_else(Vec::new, |values| values.0);
            statement.values = Some(self.bind(plan, own, backend)?);
        }
        statement.sql.clone_from(&plan.sql);
        Ok(statement)
    }

    /// The text as it is to be sent, or why it is not.
    pub(crate) fn prepare_text<'a>(
        &self,
        backend: DbBackend,
        sql: &'a str,
    ) -> Result<Text<'a>, SoftDeleteError> {
        let plan = self.plan(sql, backend)?;
        let Rewritten::Scoped(plan) = &*plan else {
            return Ok(Text::AsIs(sql.into()));
        };
        self.report(sql, plan);
        if plan.binds.is_empty() {
            return Ok(Text::AsIs(plan.sql.clone().into()));
        }
        // Only SQLite prepares several statements at once.
        if plan.statements > 1 && backend != DbBackend::Sqlite {
            let values = self.bind(plan, Vec::new(), backend)?;
            return Ok(Text::AsIs(spell_out(plan, &values.0, backend).into()));
        }
        Ok(Text::Bound(Statement {
            sql: plan.sql.clone(),
            values: Some(self.bind(plan, Vec::new(), backend)?),
            db_backend: backend,
        }))
    }

    fn plan(&self, sql: &str, backend: DbBackend) -> Result<Arc<Rewritten>, SoftDeleteError> {
        let plans = &self.shared.plans;
        if let Some(plan) = plans.get(sql, backend, &self.lifted) {
            return Ok(plan);
        }
        let options = Options {
            backend,
            catalog: self.shared.catalog(backend),
            lifted: &self.lifted,
            explicit_marker_wins: self.shared.explicit_marker_wins,
        };
        let plan = rewrite(sql, &options).map_err(|refusal| self.refuse(sql, refusal))?;
        Ok(plans.insert(sql, backend, &self.lifted, plan))
    }

    fn refuse(&self, sql: &str, refusal: Refusal) -> SoftDeleteError {
        tracing::warn!(
            table = refusal.table,
            construct = refusal.construct,
            sql,
            "a statement is refused, since it cannot be scoped",
        );
        refusal.into()
    }

    fn report(&self, sql: &str, plan: &Plan) {
        if plan.is_lifted || *self.lifted != Lifted::Nothing {
            tracing::info!(
                sql,
                sent = plan.sql,
                "a statement lifts the scope of soft-deletable tables",
            );
        } else {
            tracing::debug!(sql, sent = plan.sql, "a statement is scoped");
        }
    }

    /// The statement's own values, and among them those that the plan adds.
    fn bind(
        &self,
        plan: &Plan,
        own: Vec<Value>,
        backend: DbBackend,
    ) -> Result<Values, SoftDeleteError> {
        if own.len() != plan.placeholders as usize {
            return Err(SoftDeleteError::NotScopable {
                table: self.table_of(plan).to_owned(),
                construct: format!(
                    "a statement with {} placeholders and {} values",
                    plan.placeholders,
                    own.len()
                ),
                remedy: "bind one value for each placeholder",
            });
        }
        let mut stamps = Stamps::default();
        let mut values = Vec::with_capacity(own.len() + plan.binds.len());
        let mut own = own.into_iter().enumerate().peekable();
        for bind in &plan.binds {
            while let Some((_, value)) = own.next_if(|(index, _)| *index < bind.behind as usize) {
                values.push(value);
            }
            values.push(match bind.value {
                Bound::Live(table) => self.shared.tables[table].live_value(backend),
                Bound::Stamp(table, column) => {
                    stamps.of(&self.shared, table, backend)?[column].clone()
                }
            });
        }
        values.extend(own.map(|(_, value)| value));
        Ok(Values(values))
    }

    /// A table that the plan adds values for.
    fn table_of(&self, plan: &Plan) -> &str {
        let id = plan.binds.first().map(|bind| match bind.value {
            Bound::Live(table) | Bound::Stamp(table, _) => table,
        });
        let table = id.and_then(|id| self.shared.tables.get(id));
        table.map_or("any table", |table| table.key().1)
    }
}

/// The text with its added values in it, for what cannot bind any. There are none beside them.
fn spell_out(plan: &Plan, values: &[Value], backend: DbBackend) -> String {
    let mut sql = String::with_capacity(plan.sql.len() + values.len() * 32);
    let mut at = 0;
    for (bind, value) in plan.binds.iter().zip(values) {
        let (start, end) = bind.placeholder;
        sql.push_str(plan.sql.get(at..start).unwrap_or_default());
        sql.push_str(&literal(value, backend));
        at = end;
    }
    sql.push_str(plan.sql.get(at..).unwrap_or_default());
    sql
}

/// A value as a literal, as the driver would send it.
fn literal(value: &Value, backend: DbBackend) -> String {
    match (value, backend) {
        // The driver sends the bytes, and the column is BINARY(16).
        #[cfg(feature = "with-uuid")]
        (Value::Uuid(Some(id)), DbBackend::MySql) => format!("X'{}'", id.simple()),
        (_, DbBackend::MySql) => MysqlQueryBuilder.value_to_string(value),
        (_, DbBackend::Postgres) => PostgresQueryBuilder.value_to_string(value),
        _ => SqliteQueryBuilder.value_to_string(value),
    }
}

impl Shared {
    fn catalog(&self, backend: DbBackend) -> &Catalog {
        let slot = match backend {
            DbBackend::MySql => &self.catalogs[0],
            DbBackend::Postgres => &self.catalogs[1],
            _ => &self.catalogs[2],
        };
        slot.get_or_init(|| {
            let tables = self.tables.iter().map(|table| table.describe(backend));
            Catalog::new(backend, tables.collect())
        })
    }

    fn id_of(&self, (schema, name): &Key) -> Option<TableId> {
        let key = (schema.as_deref(), name.as_str());
        self.tables.iter().position(|table| table.key() == key)
    }
}

/// What one statement writes into the rows that it trashes: one operation for all of its tables.
#[derive(Default)]
struct Stamps {
    operation: Option<Operation>,
    of_tables: Vec<(TableId, Vec<Value>)>,
}

impl Stamps {
    fn of(
        &mut self,
        shared: &Shared,
        table: TableId,
        backend: DbBackend,
    ) -> Result<&[Value], SoftDeleteError> {
        let known = self.of_tables.iter().position(|(id, _)| *id == table);
        let index = match known {
            Some(index) => index,
            None => {
                let operation = self
                    .operation
                    .get_or_insert_with(|| Operation::begin(Attribution::default()));
                let values = shared.tables[table].stamps(operation, backend)?;
                self.of_tables.push((table, values));
                self.of_tables.len() - 1
            }
        };
        Ok(&self.of_tables[index].1)
    }
}

impl ScopeBuilder {
    /// Adds a table that has no entity. One of the same schema and name gives way to it.
    pub fn table(mut self, table: ScopedTable) -> Self {
        self.tables.retain(|known| known.key() != table.key());
        self.tables.push(table);
        self
    }

    /// Leaves out the table of an entity: its statements are sent as they are, unless a verb of
    /// this crate makes them.
    pub fn leave_out<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        let (schema, name) = key_of::<E>();
        let key = (schema.as_deref(), name.as_str());
        self.tables.retain(|known| known.key() != key);
        self
    }

    /// Shows trashed rows of every table. Deletes stay soft.
    pub fn with_trashed(mut self) -> Self {
        self.everything = true;
        self
    }

    /// Shows trashed rows of an entity. Deletes stay soft.
    pub fn with_trashed_of<E: SoftDeleteEntity>(mut self, _: E) -> Self {
        self.lifted.push(key_of::<E>());
        self
    }

    /// Lets a condition that speaks of the marker lift the scope of its table, in its query block.
    ///
    /// For the time in which an application moves over: `WHERE deleted_at IS NOT NULL`, written
    /// by hand, then finds what it found before. Off by default, where it finds nothing, as if
    /// trashed rows had been deleted. Deletes stay soft, and keep to live rows.
    pub fn explicit_marker_wins(mut self) -> Self {
        self.explicit_marker_wins = true;
        self
    }

    /// How many bytes of statements are remembered: 8 MiB unless told. Statements seen less
    /// lately give way.
    pub fn cache_capacity(mut self, bytes: u64) -> Self {
        self.cache_capacity = bytes;
        self
    }

    /// Builds it.
    pub fn build(self) -> Scope {
        let shared = Shared {
            tables: self.tables,
            explicit_marker_wins: self.explicit_marker_wins,
            catalogs: Default::default(),
            plans: PlanCache::new(self.cache_capacity),
        };
        let mut lifted = Lifted::Nothing;
        for key in &self.lifted {
            if let Some(table) = shared.id_of(key) {
                lifted = lifted.and(table);
            }
        }
        if self.everything {
            lifted = Lifted::Everything;
        }
        Scope {
            shared: Arc::new(shared),
            lifted: Arc::new(lifted),
        }
    }
}

fn key_of<E: SoftDeleteEntity>() -> Key {
    let entity = E::default();
    (
        entity.schema_name().map(str::to_owned),
        entity.table_name().to_owned(),
    )
}
