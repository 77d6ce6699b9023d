//! What databases say of a unique constraint, or one that excludes, that would not hold.

use sea_orm::{DbErr, SqlErr};

use crate::error::SoftDeleteError;

/// The error, told from others if it is that rows which came back would break a unique constraint.
pub(crate) fn of_restore(error: DbErr, entity: String, key: Option<String>) -> SoftDeleteError {
    match violated(&error) {
        Some(message) => SoftDeleteError::UniqueViolation {
            constraint: constraint_in(&message, &entity),
            entity,
            key,
            source: Box::new(error),
        },
        _ => error.into(),
    }
}

/// The error, told from others if it is that a new row would break a unique constraint.
pub(crate) fn of_insert(error: DbErr, entity: String, by: String) -> SoftDeleteError {
    match violated(&error) {
        Some(message) => SoftDeleteError::NotInserted {
            constraint: constraint_in(&message, &entity),
            entity,
            by,
            source: Box::new(error),
        },
        _ => error.into(),
    }
}

/// What the database says of the constraint, if it is one that lets no two rows have the same place.
fn violated(error: &DbErr) -> Option<String> {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => Some(message),
        _ => excluded(error),
    }
}

/// The same of a constraint EXCLUDE of PostgreSQL, which SeaORM tells from no other error.
#[cfg(feature = "sqlx-dep")]
fn excluded(error: &DbErr) -> Option<String> {
    use sea_orm::{RuntimeErr, SqlxError};

    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return None;
    };
    let SqlxError::Database(error) = &**error else {
        return None;
    };
    let is_excluded = error.code().as_deref() == Some("23P01");
    is_excluded.then(|| error.message().to_owned())
}

#[cfg(not(feature = "sqlx-dep"))]
fn excluded(_: &DbErr) -> Option<String> {
    None
}

/// The constraint that a database's message names; the message, if it names none that we know.
///
/// PostgreSQL: `duplicate key value violates unique constraint "note_slug_key"`. MariaDB:
/// `Duplicate entry 'x' for key 'slug'`, where the entry may hold quotes of its own; MySQL names the
/// table too, `note.slug`, which is left out if it is the entity's. SQLite:
/// `UNIQUE constraint failed: note.slug, note.tenant`.
fn constraint_in(message: &str, entity: &str) -> String {
    let quoted = |quote: char| {
        let before_last = message.strip_suffix(quote)?;
        before_last.rsplit_once(quote).map(|(_, name)| name)
    };
    let listed = || message.split_once("constraint failed: ").map(|(_, of)| of);
    // The entity's name may have a schema before it.
    let table = entity.rsplit_once('.').map_or(entity, |(_, table)| table);
    let of_table = |name: &str| name.strip_prefix(table)?.strip_prefix('.').map(str::len);
    let key = quoted('\'').map(|name| match of_table(name) {
        Some(length) => &name[name.len() - length..],
        None => name,
    });
    quoted('"')
        .or(key)
        .or_else(listed)
        .unwrap_or(message)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, constraint: &str) {
        assert_eq!(constraint_in(message, "note"), constraint);
        assert_eq!(constraint_in(message, "public.note"), constraint);
    }

    #[test]
    fn the_constraint_is_found_in_each_databases_message() {
        check(
            r#"duplicate key value violates unique constraint "note_slug_key""#,
            "note_slug_key",
        );
        check(
            r#"conflicting key value violates exclusion constraint "booking_excl""#,
            "booking_excl",
        );
        check("Duplicate entry 'x' for key 'slug'", "slug");
        check(
            "Duplicate entry 'it''s for key 'a'' for key 'note.slug'",
            "slug",
        );
        check("Duplicate entry 'x' for key 'notes.slug'", "notes.slug");
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
