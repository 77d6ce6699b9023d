//! The builder of a scope.

use std::sync::Arc;

use sea_orm::EntityTrait;

use super::{Key, Scope, Shared, key_of};
use crate::default_scope::key::ScopeKey;
use crate::entity::SoftDeleteEntity;
use crate::family::registry::all_scoped_tables;
use crate::query::scoped_table::{LIVE_ROWS, ScopedTable};
use crate::scoped::plan_cache::PlanCache;
#[cfg(feature = "watch")]
use crate::scoped::watch::Watch;
use sql_row_scope::Lifted;

/// Builds a [`Scope`].
#[derive(Clone, Debug)]
#[must_use = "it changes nothing until `build`"]
pub struct ScopeBuilder {
    tables: Vec<ScopedTable>,
    lifted: Vec<Key>,
    everything: bool,
    explicit_marker_wins: bool,
    refuse_contradictions: bool,
    row_level_security: bool,
    #[cfg(feature = "watch")]
    watch: Option<Watch>,
    cache_capacity: u64,
}

impl ScopeBuilder {
    /// Every registered table, without exceptions.
    pub(super) fn new() -> Self {
        Self {
            tables: all_scoped_tables(),
            lifted: Vec::new(),
            everything: false,
            explicit_marker_wins: false,
            refuse_contradictions: false,
            row_level_security: false,
            #[cfg(feature = "watch")]
            watch: None,
            cache_capacity: 8 << 20,
        }
    }

    /// Adds a table that has no entity. It replaces a table with the same schema and name, with all its scopes.
    pub fn table(mut self, table: ScopedTable) -> Self {
        self.tables.retain(|known| known.key() != table.key());
        self.tables.push(table);
        self
    }

    /// Leaves out the table of an entity, with all its scopes: statements on it are sent unchanged, except the
    /// statements of this crate's verbs.
    pub fn leave_out<E: EntityTrait>(mut self, _: E) -> Self {
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

    /// Sends each statement as it is, and records in this watch what the scope would change.
    ///
    /// Nothing is hidden, and a DELETE removes rows for good. Use it before an application is scoped.
    #[cfg(feature = "watch")]
    pub fn watch(mut self, watch: &Watch) -> Self {
        self.watch = Some(watch.clone());
        self
    }

    /// Refuses a statement with a condition that no live row of a hidden table satisfies, such as
    /// `WHERE deleted_at IS NOT NULL`, with [`NotScopable`](crate::SoftDeleteError::NotScopable). By default such a
    /// statement finds nothing, and emits an event of level WARN.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// use sea_orm_soft_delete::{Scopable, Scope};
    ///
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped_with(&Scope::builder().refuse_contradictions().build());
    /// let deleted = note::Entity::find().filter(note::Column::DeletedAt.is_not_null());
    /// let error = SoftDeleteError::from(deleted.all(&db).await.unwrap_err());
    /// assert!(error.to_string().contains("only_trashed()"), "{error}");
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn refuse_contradictions(mut self) -> Self {
        self.refuse_contradictions = true;
        self
    }

    /// Lets a statement that names the marker itself see the trashed rows of that table, within the query block that
    /// reads the table: in a condition, an ORDER BY, an expression or an assignment. A condition for live rows alone,
    /// and the column in a list, do not count.
    ///
    /// Use it while an application moves to this crate: a handwritten `WHERE deleted_at IS NOT NULL` then finds
    /// the same rows as before, also in a verb such as `find()`, whose own condition for live rows yields. The
    /// conditions of `delete`, `restore` and `force_delete` yield to nothing, and no condition yields to an assignment.
    /// By default it is off, and such a statement finds nothing, as if the trashed rows had been deleted.
    ///
    /// A DELETE whose WHERE no live row satisfies, such as `DELETE … WHERE deleted_at < '2020-01-01'`, removes the
    /// trashed rows for good, except those on legal hold. If only a bound value says
    /// so, as in `is_deleted = $1`, it is refused. Any other DELETE is soft, and keeps to live rows.
    pub fn explicit_marker_wins(mut self) -> Self {
        self.explicit_marker_wins = true;
        self
    }

    /// Gives the values of required scopes to PostgreSQL, for the policies of
    /// [`RowLevelSecurity`](crate::schema::RowLevelSecurity).
    ///
    /// On PostgreSQL each transaction that begins on the connection then starts with
    ///
    /// ```sql
    /// SELECT set_config('soft_delete_scope.tenant', '7', true)
    /// ```
    ///
    /// and a statement outside of a transaction runs in one of its own. The setting ends with its transaction, so no
    /// connection of a pool keeps it. Such a statement takes three more round trips, and in a transaction there is
    /// one more for all. On other databases, and by default, nothing of it happens.
    ///
    /// Refused with [`NotScopable`](crate::SoftDeleteError::NotScopable), because the policies would hide rows:
    /// [`across`](crate::ScopedConnection::across); another value in a transaction that began with one; a stream
    /// outside of a transaction that began on the scoped connection.
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/tenants.rs"));
    /// use sea_orm_soft_delete::Scope;
    ///
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let scope = Scope::builder().row_level_security().build(); // once
    /// let seven = db.scoped_with(&scope).within(Tenant, 7);
    /// assert_eq!(invoice::Entity::find().count(&seven).await?, 1);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn row_level_security(mut self) -> Self {
        self.row_level_security = true;
        self
    }

    /// Sets the size of the statement cache in bytes; the default is 8 MiB. The least recently seen
    /// statements are evicted.
    pub fn cache_capacity(mut self, bytes: u64) -> Self {
        self.cache_capacity = bytes;
        self
    }

    /// Builds the scope.
    pub fn build(self) -> Scope {
        let tables = self.tables.iter();
        let scopes =
            distinct(tables.flat_map(|table| table.scopes().iter().map(|scope| scope.key)));
        let in_settings = self.row_level_security.then(|| {
            let tables = self.tables.iter();
            distinct(tables.flat_map(|table| table.required_scopes().map(|(key, _)| key)))
        });
        let shared = Shared {
            in_settings,
            tables: self.tables,
            scopes,
            explicit_marker_wins: self.explicit_marker_wins,
            refuse_contradictions: self.refuse_contradictions,
            #[cfg(feature = "watch")]
            watch: self.watch,
            catalogs: Default::default(),
            plans: PlanCache::new(self.cache_capacity),
        };
        let mut lifted = Lifted::NOTHING;
        for key in &self.lifted {
            if let Some(table) = shared.id_of(key) {
                lifted = lifted.and(LIVE_ROWS, Some(table));
            }
        }
        if self.everything {
            lifted = lifted.and(LIVE_ROWS, None);
        }
        Scope {
            shared: Arc::new(shared),
            lifted: Arc::new(lifted),
            carried: Arc::default(),
        }
    }
}

fn distinct(keys: impl Iterator<Item = ScopeKey>) -> Vec<ScopeKey> {
    let mut known = Vec::new();
    for key in keys {
        if !known.contains(&key) {
            known.push(key);
        }
    }
    known
}
