//! The wrapper, and the ways into and out of it.

use std::panic::Location;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};

use crate::entity::SoftDeleteEntity;
use crate::error::SoftDeleteError;
use crate::scoped::connection_ref::ConnectionRef;
use crate::scoped::scope::Scope;
use crate::scoped::text_settings;
use sql_row_scope::ANY_TABLE;

/// A connection that answers every statement as if the trashed rows had been deleted.
///
/// It wraps a connection or a transaction of SeaORM's and implements the traits that the inner one
/// has, so it goes wherever `&impl ConnectionTrait` is asked for. The text of each statement is
/// scoped on its way to the database, whoever wrote it: SeaORM's relations, joins and loaders, code
/// that is generic in the entity, raw SQL. A statement that names no soft-deletable table is
/// forwarded untouched; one that cannot be scoped with certainty is refused and never sent.
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
/// A transaction that is begun on it is scoped in the same way, and so is one within that.
///
/// It is as cheap to clone as the inner connection. `ScopedConnection<DatabaseConnection>` is
/// `Clone + Send + Sync + 'static`, so it can be the state of a web service.
#[doc = include_str!("../docs/scoped_connection.md")]
#[derive(Clone, Debug)]
#[must_use = "it scopes only the statements that go through it"]
pub struct ScopedConnection<C> {
    pub(super) inner: C,
    pub(super) scope: Scope,
}

impl<C> ScopedConnection<C> {
    /// Scopes what goes through `inner`, for every table that the derive registered.
    ///
    /// This one takes the connection. [`Scopable::scoped`](crate::Scopable::scoped) borrows it.
    pub fn new(inner: C) -> Self {
        Self::with_scope(inner, Scope::registered())
    }

    /// Scopes what goes through `inner`, for the tables of this scope.
    pub fn with_scope(inner: C, scope: Scope) -> Self {
        Self { inner, scope }
    }

    /// The inner connection, on purpose: what goes through it sees the trash, and its deletes
    /// delete.
    ///
    /// Each call leaves a `tracing` event of level DEBUG that says where it was made. To see
    /// trashed rows and keep soft deletes, use [`with_trashed`](Self::with_trashed).
    #[track_caller]
    pub fn unscoped(&self) -> &C {
        left_at(Location::caller());
        &self.inner
    }

    /// The inner connection, for good. Like [`unscoped`](Self::unscoped), it leaves an event.
    #[track_caller]
    pub fn into_unscoped(self) -> C {
        left_at(Location::caller());
        self.inner
    }

    /// Checks that the database reads text as this connection does. Call it once, at the start.
    ///
    /// A scoped connection refuses to change a setting that changes how text is read, and cannot see
    /// what the server, the database or the role has by default. This asks, in one statement: for
    /// `sql_mode` and `character_set_client` of MySQL and MariaDB, for `standard_conforming_strings` and
    /// `client_encoding` of PostgreSQL. Every connection of a pool begins with the same.
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
    /// [`SoftDeleteError::NotScopable`] that names the setting, such as ANSI_QUOTES in `sql_mode`; and
    /// what the database says.
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

    /// What this connection hides.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The same connection, with the trashed rows of every table in sight.
    ///
    /// What reads or updates through it meets live and trashed rows. Deletes through it are still
    /// soft, and stamp live rows only.
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
    /// It borrows this connection, and is meant to be made where it is used.
    pub fn with_trashed(&self) -> ScopedConnection<ConnectionRef<'_, C>> {
        self.borrowed(self.scope.with_trashed())
    }

    /// The same connection, with the trashed rows of this entity in sight and all others hidden.
    ///
    /// It is for what cannot say `with_trashed()` itself: the related side of a `find_related`, a
    /// join, a loader, raw SQL. Calls add up:
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

    /// The inner connection, borrowed, under another scope.
    pub(super) fn borrowed(&self, scope: Scope) -> ScopedConnection<ConnectionRef<'_, C>> {
        ScopedConnection::with_scope(ConnectionRef::new(&self.inner), scope)
    }
}

impl ScopedConnection<DatabaseConnection> {
    /// Closes the pool inside, as [`DatabaseConnection::close`] does.
    ///
    /// # Errors
    ///
    /// What SeaORM says.
    pub async fn close(self) -> Result<(), DbErr> {
        self.inner.close().await
    }

    /// Checks the connection inside, as [`DatabaseConnection::ping`] does.
    ///
    /// # Errors
    ///
    /// What SeaORM says.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.inner.ping().await
    }
}

fn left_at(caller: &Location<'_>) {
    tracing::debug!(%caller, "a scoped connection was left on purpose");
}
