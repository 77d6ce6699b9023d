//! What databases report when a statement would break a unique or an exclusion constraint.

use sea_orm::{DbErr, SqlErr};

use crate::error::SoftDeleteError;

/// The error of a restore, with its own variant if restored rows would break a unique constraint.
pub(crate) fn of_restore(error: DbErr, entity: String, key: Option<String>) -> SoftDeleteError {
    match violated(&error) {
        Some(message) => SoftDeleteError::UniqueViolation {
            constraint: Some(constraint_in(&message, &entity)),
            entity,
            key,
            clashes: Vec::new(),
            source: Some(Box::new(error)),
        },
        _ => error.into(),
    }
}

/// The error of an insert, with its own variant if the new row would break a unique constraint.
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

/// The error of a force delete, with its own variant if a foreign key of another table refers to the rows.
pub(crate) fn of_removal(error: DbErr, entity: String) -> SoftDeleteError {
    match holding(&error.to_string()) {
        Some((holder, constraint)) => SoftDeleteError::HeldByForeignKey {
            entity,
            holder,
            constraint,
            source: Box::new(error),
        },
        None => error.into(),
    }
}

/// The table and the name of the foreign key that, by the database's message, refers to a row.
///
/// PostgreSQL: `update or delete on table "note" violates foreign key constraint "fk" on table "loan"`, since
/// 18 `violates RESTRICT setting of foreign key constraint "fk"`. MySQL and MariaDB: `1451 (23000): Cannot delete
/// or update a parent row: a foreign key constraint fails (`db`.`loan`, CONSTRAINT `fk` FOREIGN KEY …)`. SQLite:
/// `FOREIGN KEY constraint failed`.
fn holding(message: &str) -> Option<(Option<String>, String)> {
    let between = |text: &str, quote: char| -> Option<String> {
        let (name, _) = text.split_once(quote)?;
        Some(name.to_owned())
    };
    if let Some((_, rest)) = message.split_once("1451 (23000)") {
        let constraint = rest
            .split_once("CONSTRAINT `")
            .and_then(|(_, at)| between(at, '`'));
        let table = rest
            .split_once("fails (")
            .and_then(|(_, at)| at.split_once(", CONSTRAINT"));
        let table = table.map(|(table, _)| table.rsplit('.').next().unwrap_or(table));
        let holder = table.map(|table| table.trim_matches('`').to_owned());
        return Some((holder, constraint.unwrap_or_else(|| message.to_owned())));
    }
    if let Some((before, rest)) = message.split_once("foreign key constraint \"") {
        // The message differs for an INSERT or UPDATE that refers to a missing row.
        if !before.contains("update or delete on table") {
            return None;
        }
        let holder = rest
            .split_once("\" on table \"")
            .and_then(|(_, at)| between(at, '"'));
        return Some((
            holder,
            between(rest, '"').unwrap_or_else(|| message.to_owned()),
        ));
    }
    let says = "FOREIGN KEY constraint failed";
    message.contains(says).then(|| (None, says.to_owned()))
}

/// What the database reports about the constraint, if it is a unique or an exclusion constraint.
fn violated(error: &DbErr) -> Option<String> {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(message)) => Some(message),
        _ => excluded(error),
    }
}

/// The same for a PostgreSQL EXCLUDE constraint, for which SeaORM has no error kind.
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

/// The constraint that a database's message names; the whole message if it has no known form.
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
    fn the_foreign_key_that_holds_a_row_is_found_in_each_databases_message() {
        let check = |message: &str, holder: Option<&str>, constraint: &str| {
            let found = holding(message).unwrap();
            assert_eq!((found.0.as_deref(), found.1.as_str()), (holder, constraint));
        };
        check(
            r#"update or delete on table "note" violates foreign key constraint "fk" on table "loan""#,
            Some("loan"),
            "fk",
        );
        check(
            "1451 (23000): Cannot delete or update a parent row: a foreign key constraint fails \
             (`shop`.`loan`, CONSTRAINT `fk` FOREIGN KEY (`note_id`) REFERENCES `note` (`id`))",
            Some("loan"),
            "fk",
        );
        check(
            "(code: 787) FOREIGN KEY constraint failed",
            None,
            "FOREIGN KEY constraint failed",
        );
        let inserted = r#"insert or update on table "loan" violates foreign key constraint "fk""#;
        assert_eq!(holding(inserted), None);
    }

    #[test]
    fn a_message_in_another_language_is_returned_whole() {
        let message = "doppelter Schlüsselwert verletzt Unique-Constraint »note_slug_key«";
        check(message, message);
    }
}
