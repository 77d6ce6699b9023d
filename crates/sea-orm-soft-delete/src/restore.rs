//! `restore`: trashed rows become live again.

use std::marker::PhantomData;

use sea_orm::sea_query::{UpdateStatement, ValueTuple};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, PrimaryKeyTrait, QueryFilter,
    SqlErr, UpdateResult,
};

use crate::entity::{SoftDeleteEntity, is_trashed};
use crate::error::SoftDeleteError;
use crate::{builder, key, lift, returning, stamp};

/// A restore of one row, by its primary key. Takes further filters.
#[derive(Clone, Debug)]
#[must_use = "nothing is restored until `exec` runs"]
pub struct RestoreOne<E: EntityTrait> {
    key: Option<ValueTuple>,
    many: RestoreMany<E>,
}

/// A restore of the trashed rows that match its filters: all of them, if it has none.
#[derive(Clone, Debug)]
#[must_use = "nothing is restored until `exec` runs"]
pub struct RestoreMany<E: EntityTrait> {
    query: UpdateStatement,
    entity: PhantomData<E>,
}

impl<E: SoftDeleteEntity> RestoreOne<E> {
    pub(crate) fn of<A: ActiveModelTrait<Entity = E>>(model: &A) -> Self {
        Self::new(key::of_model(model))
    }

    pub(crate) fn by_id(key: <E::PrimaryKey as PrimaryKeyTrait>::ValueType) -> Self {
        Self::new(key::of_values::<E>(key))
    }

    fn new(key: Option<ValueTuple>) -> Self {
        let many = RestoreMany::of_any().filter(key::is::<E>(key.as_ref()));
        let many = many.filter(E::is_trashed());
        Self { key, many }
    }

    /// Checks that the primary key is set.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::PrimaryKeyNotSet`].
    pub fn validate(self) -> Result<Self, SoftDeleteError> {
        match self.key {
            Some(_) => Ok(self),
            None => Err(SoftDeleteError::PrimaryKeyNotSet {
                entity: key::entity_name::<E>(),
                verb: "restore",
            }),
        }
    }

    /// Restores the row and returns it as it is then.
    ///
    /// The marker says "live" again, and the companion columns are cleared; nothing else
    /// changes.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::NotTrashed`] if the row is live, [`SoftDeleteError::NotFound`] if there
    /// is none, [`SoftDeleteError::NotRestored`] if a filter excludes it,
    /// [`SoftDeleteError::PrimaryKeyNotSet`], and [`SoftDeleteError::UniqueViolation`] if another
    /// row has taken a unique value of it. Nothing is written then.
    ///
    /// Why a row was not restored is read in a second statement, and so is the restored row on
    /// MySQL and MariaDB: outside a transaction they may see what another has made of it since.
    pub async fn exec<C>(self, db: &C) -> Result<E::Model, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let Self { key, many } = self.validate()?;
        let restored = if returning::is_supported(db) {
            let update = many.statement(db.get_database_backend());
            let restored = returning::all::<E, _>(update, db).await;
            restored.map(|mut rows| rows.pop())
        } else {
            match many.update(db).await {
                Ok(0) => Ok(None),
                Ok(_) => key::find::<E>(key.as_ref()).one(db).await,
                Err(error) => Err(error),
            }
        };
        match restored {
            Ok(Some(model)) => Ok(model),
            Ok(None) => {
                let row = key::find_as_of_now::<E, C>(key.as_ref(), db).await?;
                Err(why_not::<E>(key.as_ref(), row))
            }
            Err(error) => Err(typed::<E>(error, Some(key::spell::<E>(key.as_ref())))),
        }
    }

    fn statement(self, backend: DbBackend) -> UpdateStatement {
        self.many.statement(backend)
    }
}

impl<E: SoftDeleteEntity> RestoreMany<E> {
    pub(crate) fn new() -> Self {
        Self::of_any().filter(E::is_trashed())
    }

    fn of_any() -> Self {
        Self {
            query: UpdateStatement::new()
                .table(E::default().table_ref())
                .to_owned(),
            entity: PhantomData,
        }
        .filter(lift::with_trashed::<E>())
    }

    /// Keeps to the rows with these primary keys.
    pub fn filter_by_ids<I>(self, keys: I) -> Self
    where
        I: IntoIterator<Item = <E::PrimaryKey as PrimaryKeyTrait>::ValueType>,
    {
        self.filter(key::is_one_of::<E, I>(keys))
    }

    /// Restores the rows, in one statement, and says how many they were.
    ///
    /// Live rows stay as they are and are not counted.
    ///
    /// # Errors
    ///
    /// [`SoftDeleteError::UniqueViolation`] if a live row, or another of these rows, has a unique
    /// value of one of them. No row is restored then.
    pub async fn exec<C>(self, db: &C) -> Result<UpdateResult, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        let mut restored = UpdateResult::default();
        restored.rows_affected = self
            .update(db)
            .await
            .map_err(|error| typed::<E>(error, None))?;
        Ok(restored)
    }

    /// Restores the rows, in one statement, and returns them as they are then.
    ///
    /// # Errors
    ///
    /// [`DbErr::BackendNotSupported`] on MySQL and MariaDB, which cannot return what they update,
    /// and on SQLite without SeaORM's default feature `sqlite-use-returning-for-3_35`; and those
    /// of [`exec`](Self::exec). No row is restored then.
    pub async fn exec_with_returning<C>(self, db: &C) -> Result<Vec<E::Model>, SoftDeleteError>
    where
        C: ConnectionTrait,
    {
        returning::all::<E, _>(self.statement(db.get_database_backend()), db)
            .await
            .map_err(|error| typed::<E>(error, None))
    }

    async fn update<C: ConnectionTrait>(self, db: &C) -> Result<u64, DbErr> {
        Ok(db
            .execute(&self.statement(db.get_database_backend()))
            .await?
            .rows_affected())
    }

    fn statement(mut self, backend: DbBackend) -> UpdateStatement {
        let stamps = stamp::restoring::<E>();
        self.query.values(stamp::assignments(stamps, backend));
        self.query
    }
}

builder::queries!(
    RestoreOne<E>,
    [SoftDeleteEntity],
    many.query,
    UpdateStatement
);
builder::queries!(RestoreMany<E>, [SoftDeleteEntity], query, UpdateStatement);

/// Why no row was restored, from what is there under its key.
fn why_not<E: SoftDeleteEntity>(
    key: Option<&ValueTuple>,
    row: Option<E::Model>,
) -> SoftDeleteError {
    let entity = key::entity_name::<E>();
    let key = key::spell::<E>(key);
    match row {
        None => SoftDeleteError::NotFound { entity, key },
        Some(row) if is_trashed(&row) => SoftDeleteError::NotRestored { entity, key },
        Some(_) => SoftDeleteError::NotTrashed {
            entity,
            key,
            remedy: "there is nothing to restore",
        },
    }
}

fn typed<E: EntityTrait>(error: DbErr, key: Option<String>) -> SoftDeleteError {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => SoftDeleteError::UniqueViolation {
            entity: key::entity_name::<E>(),
            constraint: constraint_in(&message),
            key,
            source: Box::new(error),
        },
        _ => error.into(),
    }
}

/// The constraint that a database's message names; the message, if it names none that we know.
///
/// PostgreSQL: `duplicate key value violates unique constraint "note_slug_key"`. MySQL and
/// MariaDB: `Duplicate entry 'x' for key 'note.slug'`, where the entry may hold quotes of its
/// own. SQLite: `UNIQUE constraint failed: note.slug, note.tenant`.
fn constraint_in(message: &str) -> String {
    let quoted = |quote: char| {
        let before_last = message.strip_suffix(quote)?;
        before_last.rsplit_once(quote).map(|(_, name)| name)
    };
    let listed = || message.split_once("constraint failed: ").map(|(_, of)| of);
    quoted('"')
        .or_else(|| quoted('\''))
        .or_else(listed)
        .unwrap_or(message)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, constraint: &str) {
        assert_eq!(constraint_in(message), constraint);
    }

    #[test]
    fn the_constraint_is_found_in_each_databases_message() {
        check(
            r#"duplicate key value violates unique constraint "note_slug_key""#,
            "note_slug_key",
        );
        check("Duplicate entry 'x' for key 'slug'", "slug");
        check(
            "Duplicate entry 'it''s for key 'a'' for key 'note.slug'",
            "note.slug",
        );
        check(
            "UNIQUE constraint failed: note.slug, note.tenant",
            "note.slug, note.tenant",
        );
        check("UNIQUE constraint failed: index 'live_slug'", "live_slug");
    }

    #[test]
    fn a_message_in_another_language_is_given_whole() {
        let message = "doppelter Schlüsselwert verletzt Unique-Constraint »note_slug_key«";
        check(message, message);
    }
}
