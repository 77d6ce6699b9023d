//! The scope of a connection: its tables, exceptions and options.

mod builder;
mod contradiction;
#[cfg(feature = "watch")]
mod observe;
mod prepare;

use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use sea_orm::{DbBackend, EntityTrait, Statement, Value};

pub use self::builder::ScopeBuilder;
pub(crate) use self::prepare::Text;
use crate::default_scope::key::{RequiredScope, ScopeKey};
use crate::default_scope::values::ScopeValues;
use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::query::dialect::dialect;
use crate::query::scoped_table::{LIVE_ROWS, ScopedTable};
use crate::scoped::plan_cache::PlanCache;
#[cfg(feature = "watch")]
use crate::scoped::watch::{Watch, call_site};
use sql_row_scope::{Catalog, Lifted, ScopeId, TableId};

/// The tables that a scoped connection restricts to the rows in scope, the exceptions, and the options.
///
/// `db.scoped()` uses [`Scope::registered`]: every table of an entity that derives
/// [`SoftDelete`](derive@crate::SoftDelete) or [`Scoped`](derive@crate::Scoped). [`Scope::builder`] changes the scope:
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
/// A clone is cheap, and clones share one cache of statements. Build a scope once, not per request.
#[derive(Clone)]
pub struct Scope {
    shared: Arc<Shared>,
    lifted: Arc<Lifted>,
    /// The values of required scopes.
    carried: Arc<ScopeValues>,
}

struct Shared {
    tables: Vec<ScopedTable>,
    /// The scopes beside that of the live rows. The number of each is its place from 1.
    scopes: Vec<ScopeKey>,
    explicit_marker_wins: bool,
    refuse_contradictions: bool,
    /// The required scopes, if policies of PostgreSQL read their values.
    in_settings: Option<Vec<ScopeKey>>,
    /// If there is one, it records each statement, which is sent as it is.
    #[cfg(feature = "watch")]
    watch: Option<Watch>,
    catalogs: [OnceLock<Catalog>; 3],
    plans: PlanCache,
}

/// The schema and name of a table.
type Key = (Option<String>, String);

/// Shows the tables and the exceptions, but not the cached statements.
impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.shared.tables.iter().map(ScopedTable::key);
        f.debug_struct("Scope")
            .field("tables", &tables.collect::<Vec<_>>())
            .field("lifted", &self.lifted)
            .field("carried", &self.carried)
            .finish_non_exhaustive()
    }
}

impl Scope {
    /// Every registered table, without exceptions. There is one such scope for the whole program.
    pub fn registered() -> Self {
        static REGISTERED: LazyLock<Scope> = LazyLock::new(|| Scope::builder().build());
        REGISTERED.clone()
    }

    /// Starts from every registered table, without exceptions.
    pub fn builder() -> ScopeBuilder {
        ScopeBuilder::new()
    }

    /// Returns the statement that a scoped connection would send, to read or to test.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// use sea_orm::{DbBackend, EntityTrait, Statement};
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
    /// [`SoftDeleteError::NotScopable`], and, if a DELETE becomes a soft delete, the errors of
    /// [`SoftDeleteMany::exec`](crate::builders::SoftDeleteMany::exec).
    pub fn rewrite(&self, statement: Statement) -> Result<Statement, SoftDeleteError> {
        let backend = statement.db_backend;
        Ok(self.scoped(statement, backend)?.0)
    }

    /// The same scope, with the trashed rows of every table visible.
    pub(crate) fn with_trashed(&self) -> Self {
        self.lifting(LIVE_ROWS, None)
    }

    /// The same scope, with the trashed rows of one more entity visible.
    pub(crate) fn with_trashed_of<E: SoftDeleteEntity>(&self) -> Self {
        match self.shared.id_of(&key_of::<E>()) {
            Some(table) => self.lifting(LIVE_ROWS, Some(table)),
            None => self.clone(),
        }
    }

    /// The same scope, with the rows that this scope excludes.
    pub(crate) fn without(&self, key: ScopeKey) -> Self {
        match self.shared.number_of(key) {
            Some(scope) => self.lifting(scope, None),
            None => self.clone(),
        }
    }

    /// The same scope, with a value for a required scope, also if that was lifted.
    pub(crate) fn within<S: RequiredScope>(&self, scope: S, value: S::Value) -> Self {
        let carried = Arc::new(ScopeValues::clone(&self.carried).and(scope, value));
        let lifted = match self.shared.number_of(ScopeKey::required::<S>()) {
            Some(scope) => Arc::new(Lifted::clone(&self.lifted).except(scope)),
            None => Arc::clone(&self.lifted),
        };
        let shared = Arc::clone(&self.shared);
        Self {
            shared,
            lifted,
            carried,
        }
    }

    /// The required scopes, if policies of row-level security read their values.
    pub(super) fn keys_of_settings(&self) -> Option<&[ScopeKey]> {
        self.shared.in_settings.as_deref()
    }

    /// Whether it shows the rows of every value of a required scope.
    pub(super) fn reaches_across(&self, key: ScopeKey) -> bool {
        let number = self.shared.number_of(key);
        number.is_some_and(|scope| self.lifted.has(scope))
    }

    /// The value of a required scope that this scope carries itself.
    pub(super) fn carried_value(&self, key: ScopeKey) -> Option<&Value> {
        self.carried.get(key)
    }

    fn lifting(&self, scope: ScopeId, table: Option<TableId>) -> Self {
        Self {
            lifted: Arc::new(Lifted::clone(&self.lifted).and(scope, table)),
            ..self.clone()
        }
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
            let tables = self.tables.iter();
            let tables = tables.map(|table| table.describe(backend, &self.scopes));
            let names = self.scopes.iter().enumerate();
            let names = names.map(|(place, key)| (key.name.to_owned(), place + 1));
            Catalog::new(dialect(backend), tables.collect()).with_names(names)
        })
    }

    fn number_of(&self, key: ScopeKey) -> Option<ScopeId> {
        let place = self.scopes.iter().position(|known| *known == key)?;
        Some(place + 1)
    }

    fn id_of(&self, (schema, name): &Key) -> Option<TableId> {
        let key = (schema.as_deref(), name.as_str());
        self.tables.iter().position(|table| table.key() == key)
    }
}

/// Without the feature `watch`, nothing reads the stack.
#[cfg(not(feature = "watch"))]
fn call_site() -> Option<String> {
    None
}

fn key_of<E: EntityTrait>() -> Key {
    let entity = E::default();
    (
        entity.schema_name().map(str::to_owned),
        entity.table_name().to_owned(),
    )
}
