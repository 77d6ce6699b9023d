//! The scoped connection, and the conversions from and to its inner connection.

use std::panic::Location;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr};

use crate::default_scope::key::{FixedScope, RequiredScope, ScopeKey};
use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::scoped::connection_ref::ConnectionRef;
use crate::scoped::row_level_security::Settings;
use crate::scoped::scope::Scope;
use crate::scoped::text_settings;
use sql_row_scope::ANY_TABLE;

/// A connection that answers every statement as if the trashed rows had been deleted.
///
/// It wraps a connection or a transaction of SeaORM's and implements the traits that the inner
/// connection has, so it works wherever an API takes `&impl ConnectionTrait`. It scopes the text of
/// each statement on its way to the database, whoever wrote the statement: SeaORM's relations, joins
/// and loaders, code that is generic in the entity, raw SQL. It forwards a statement that names no
/// soft-deletable table unchanged. It refuses a statement that it cannot scope with certainty, and
/// never sends it.
///
/// ```sql
/// SELECT COUNT(*) FROM note                                       -- what is asked
/// SELECT COUNT(*) FROM note WHERE note."deleted_at" IS NULL       -- what the database sees
/// ```
///
/// Make one with [`Scopable::scoped`](crate::Scopable::scoped):
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
/// use sea_orm::Statement;
/// use sea_orm_soft_delete::Scopable;
///
/// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
/// async fn count(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
///     let count = Statement::from_string(
///         db.get_database_backend(),
///         "SELECT COUNT(*) AS count FROM note",
///     );
///     let row = db.query_one_raw(count).await?.expect("COUNT returns a row");
///     row.try_get("", "count")
/// }
///
/// let db = db.scoped();
/// assert_eq!(count(&db).await?, 2); // the third note is in the trash
/// assert_eq!(count(&db.with_trashed()).await?, 3);
/// assert_eq!(count(db.unscoped()).await?, 3);
/// # Ok(())
/// # }
/// # fn main() { run(example) }
/// ```
///
/// A transaction that begins on the scoped connection is scoped in the same way, and so are nested
/// transactions.
///
/// A clone costs no more than a clone of the inner connection. `ScopedConnection<DatabaseConnection>`
/// is `Clone + Send + Sync + 'static`, so it can be the state of a web service.
#[doc = include_str!("../docs/scoped_connection.md")]
#[derive(Clone, Debug)]
#[must_use = "it scopes only the statements that go through it"]
pub struct ScopedConnection<C> {
    pub(super) inner: C,
    pub(super) scope: Scope,
    /// The settings that its transaction has for policies of row-level security, if they are known.
    pub(super) settings: Option<Settings>,
}

impl<C> ScopedConnection<C> {
    /// Scopes the statements that go through `inner`, for every table that the derive registered.
    ///
    /// This function takes the connection. [`Scopable::scoped`](crate::Scopable::scoped) borrows it.
    pub fn new(inner: C) -> Self {
        Self::with_scope(inner, Scope::registered())
    }

    /// Scopes the statements that go through `inner`, for the tables of this scope.
    pub fn with_scope(inner: C, scope: Scope) -> Self {
        Self {
            inner,
            scope,
            settings: None,
        }
    }

    /// Returns the inner connection, as an explicit way out of the scope: statements through it see
    /// trashed rows, and its deletes are physical.
    ///
    /// Each call emits a `tracing` event of level DEBUG with the location of the call. To see trashed
    /// rows and keep soft deletes, use [`with_trashed`](Self::with_trashed).
    #[track_caller]
    pub fn unscoped(&self) -> &C {
        left_at(Location::caller());
        &self.inner
    }

    /// Converts into the inner connection. Like [`unscoped`](Self::unscoped), it emits an event.
    #[track_caller]
    pub fn into_unscoped(self) -> C {
        left_at(Location::caller());
        self.inner
    }

    /// The inner connection, for a test that looks at rows whatever the scope is. It emits no event.
    #[cfg(feature = "testing")]
    pub(crate) fn into_inner(self) -> C {
        self.inner
    }

    /// Checks that the database reads text as this connection does. Call it once, at the start.
    ///
    /// A scoped connection refuses to change a setting that changes how text is read, but it cannot see
    /// the defaults of the server, the database or the role. This function reads them, in one
    /// statement: `sql_mode` and `character_set_client` of MySQL and MariaDB,
    /// `standard_conforming_strings` and `client_encoding` of PostgreSQL. Every connection of a pool
    /// begins with the same settings.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// use sea_orm_soft_delete::Scopable;
    ///
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped();
    /// db.check_settings().await?;
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::NotScopable`], which names the setting, such as ANSI_QUOTES in `sql_mode`;
    /// and database errors.
    pub async fn check_settings(&self) -> Result<(), SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        match text_settings::harmful(&self.inner).await?.first() {
            None => Ok(()),
            Some(setting) => Err(SoftDeleteError::NotScopable {
                table: ANY_TABLE.to_owned(),
                construct: format!(
                    "{} = '{}', under which the database reads text otherwise,",
                    setting.name, setting.value
                ),
                remedy: "change it for the server or the role, or in `after_connect` of the pool",
            }),
        }
    }

    /// The scope: the tables whose trashed rows this connection hides.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The same connection, with the trashed rows of every table visible.
    ///
    /// SELECTs and UPDATEs through it reach live and trashed rows. Deletes through it are still soft,
    /// and stamp live rows only.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// use sea_orm_soft_delete::Scopable;
    ///
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped();
    /// let all = <note::Entity as EntityTrait>::find().all(&db.with_trashed()).await?;
    /// assert_eq!(all.len(), 3);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// The result borrows this connection; make it where it is used.
    pub fn with_trashed(&self) -> ScopedConnection<ConnectionRef<'_, C>> {
        self.borrowed(self.scope.with_trashed())
    }

    /// The same connection, with the trashed rows of this entity visible and all other trashed rows
    /// hidden.
    ///
    /// Use it for queries that cannot call `with_trashed()` themselves: the related side of a
    /// `find_related`, a join, a loader, raw SQL. Calls add up:
    /// `db.with_trashed_of(post::Entity).with_trashed_of(author::Entity)`.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/notes.rs"));
    /// use sea_orm_soft_delete::Scopable;
    ///
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped();
    /// let plain = <note::Entity as EntityTrait>::find();
    /// assert_eq!(plain.all(&db.with_trashed_of(note::Entity)).await?.len(), 3);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn with_trashed_of<E: SoftDeleteEntity>(
        &self,
        _entity: E,
    ) -> ScopedConnection<ConnectionRef<'_, C>> {
        self.borrowed(self.scope.with_trashed_of::<E>())
    }

    /// The same connection, within one value of a required scope, such as a tenant.
    ///
    /// It reads and writes the rows of that value alone. An INSERT that leaves the column out gets the value, and a
    /// statement that writes another one is refused. See [`RequiredScope`].
    ///
    /// A web service calls it once for each request, on a clone of its connection:
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/tenants.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped(); // the state of the service
    ///
    /// let eight = db.clone().within(Tenant, 8);
    /// let glue = invoice::ActiveModel {
    ///     title: Set("Glue".to_owned()),
    ///     sent: Set(true),
    ///     ..Default::default()
    /// };
    /// assert_eq!(glue.insert(&eight).await?.tenant_id, 8);
    /// assert_eq!(invoice::Entity::find().count(&eight).await?, 2);
    ///
    /// let error = invoice::Entity::find().count(&db).await.unwrap_err(); // of which tenant?
    /// assert!(matches!(error.into(), SoftDeleteError::ScopeRequired { scope: "tenant", .. }));
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    pub fn within<S: RequiredScope>(self, scope: S, value: S::Value) -> Self {
        Self {
            scope: self.scope.within(scope, value),
            ..self
        }
    }

    /// The same connection, with the rows of every value of a required scope.
    ///
    /// An INSERT through it names the column itself. Each call emits a `tracing` event of level INFO with the
    /// location of the call. Other scopes stay on.
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/tenants.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped();
    /// assert_eq!(invoice::Entity::find().count(&db.across(Tenant)).await?, 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    #[track_caller]
    pub fn across<S: RequiredScope>(&self, _scope: S) -> ScopedConnection<ConnectionRef<'_, C>> {
        let caller = Location::caller();
        tracing::info!(%caller, scope = S::NAME, "a connection reaches across a required scope");
        self.borrowed(self.scope.without(ScopeKey::required::<S>()))
    }

    /// The same connection, with the rows that do not satisfy the condition of a scope. Other scopes stay on.
    ///
    /// ```standalone_crate
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/tenants.rs"));
    /// # async fn example(db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    /// let db = db.scoped().within(Tenant, 7);
    /// assert_eq!(invoice::Entity::find().count(&db).await?, 1);
    /// assert_eq!(invoice::Entity::find().count(&db.lift(Sent)).await?, 2);
    /// # Ok(())
    /// # }
    /// # fn main() { run(example) }
    /// ```
    ///
    /// See [`FixedScope`].
    pub fn lift<S: FixedScope>(&self, _scope: S) -> ScopedConnection<ConnectionRef<'_, C>> {
        self.borrowed(self.scope.without(ScopeKey::fixed::<S>()))
    }

    /// The settings to make before a statement, if its transaction does not have them; or why it is refused.
    pub(super) fn settings_to_make(
        &self,
        backend: DbBackend,
    ) -> Result<Option<Settings>, SoftDeleteError> {
        self.scope.settings_to_make(self.settings.as_ref(), backend)
    }

    /// The inner connection, borrowed, under another scope.
    pub(super) fn borrowed(&self, scope: Scope) -> ScopedConnection<ConnectionRef<'_, C>> {
        ScopedConnection {
            inner: ConnectionRef::new(&self.inner),
            scope,
            settings: self.settings.clone(),
        }
    }
}

impl ScopedConnection<DatabaseConnection> {
    /// Closes the inner pool, as [`DatabaseConnection::close`] does.
    ///
    /// # Errors
    ///
    /// SeaORM's errors.
    pub async fn close(self) -> Result<(), DbErr> {
        self.inner.close().await
    }

    /// Checks the inner connection, as [`DatabaseConnection::ping`] does.
    ///
    /// # Errors
    ///
    /// SeaORM's errors.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.inner.ping().await
    }
}

fn left_at(caller: &Location<'_>) {
    tracing::debug!(%caller, "a scoped connection was left on purpose");
}
