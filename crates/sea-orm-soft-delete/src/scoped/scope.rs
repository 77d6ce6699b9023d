//! The scope of a connection: its tables, exceptions and options.

mod builder;
mod contradiction;
#[cfg(feature = "watch")]
mod observe;
mod prepare;

use std::fmt;
use std::sync::{Arc, LazyLock, OnceLock};

use sea_orm::{DbBackend, Statement};

pub use self::builder::ScopeBuilder;
pub(crate) use self::prepare::Text;
use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::query::dialect::dialect;
use crate::query::scoped_table::ScopedTable;
use crate::scoped::plan_cache::PlanCache;
#[cfg(feature = "watch")]
use crate::scoped::watch::{Watch, call_site};
use sql_row_scope::{Catalog, Lifted, TableId};

/// The tables that a scoped connection restricts to live rows, the exceptions, and the options.
///
/// `db.scoped()` uses [`Scope::registered`]: every table of an entity that derives
/// [`SoftDelete`](derive@crate::SoftDelete). [`Scope::builder`] changes the scope:
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
}

struct Shared {
    tables: Vec<ScopedTable>,
    explicit_marker_wins: bool,
    refuse_contradictions: bool,
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
    /// [`SoftDeleteError::NotScopable`], and, if a DELETE becomes a soft delete, the errors of
    /// [`SoftDeleteMany::exec`](crate::builders::SoftDeleteMany::exec).
    pub fn rewrite(&self, statement: Statement) -> Result<Statement, SoftDeleteError> {
        let backend = statement.db_backend;
        Ok(self.scoped(statement, backend)?.0)
    }

    /// The same scope, with the trashed rows of every table visible.
    pub(crate) fn with_trashed(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            lifted: Arc::new(Lifted::Everything),
        }
    }

    /// The same scope, with the trashed rows of one more entity visible.
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
            Catalog::new(dialect(backend), tables.collect())
        })
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

fn key_of<E: SoftDeleteEntity>() -> Key {
    let entity = E::default();
    (
        entity.schema_name().map(str::to_owned),
        entity.table_name().to_owned(),
    )
}
