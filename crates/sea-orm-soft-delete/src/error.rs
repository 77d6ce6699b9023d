//! What callers act on, and its way into and out of SeaORM's own error.

use std::sync::Arc;

use sea_orm::DbErr;

/// Why a verb of this crate did nothing.
///
/// Verbs with SeaORM's own names (`delete`, `update`, …) return SeaORM's [`DbErr`], the others
/// this. `?` turns each into the other, and nothing is lost on the way: a `SoftDeleteError`
/// that travelled as a `DbErr` comes back as what it was.
///
/// ```
/// use sea_orm::DbErr;
/// use sea_orm_soft_delete::SoftDeleteError;
///
/// let error = SoftDeleteError::NotFound { entity: "note".into(), key: "id = 3".into() };
/// let travelled: DbErr = error.into();
/// assert!(matches!(travelled.into(), SoftDeleteError::NotFound { .. }));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SoftDeleteError {
    /// There is no such row, live or trashed.
    #[error(
        "no row of `{entity}` has {key}, live or trashed; \
         it was never there, or was force-deleted"
    )]
    NotFound {
        /// The table.
        entity: String,
        /// The key that was looked for, as `column = value`.
        key: String,
    },

    /// The row is live, and the verb is for trashed rows only.
    #[error("the row of `{entity}` with {key} is live; {remedy}")]
    NotTrashed {
        /// The table.
        entity: String,
        /// The row's key, as `column = value`.
        key: String,
        /// What to do instead.
        remedy: &'static str,
    },

    /// The primary key of the model is not set, so no row is named.
    #[error(
        "cannot {verb} a row of `{entity}` whose primary key is not set; \
         set it, or use the `_many` verb with a filter"
    )]
    PrimaryKeyNotSet {
        /// The table.
        entity: String,
        /// What was asked for.
        verb: &'static str,
    },

    /// A row that came back would break a unique constraint; nothing was restored.
    #[error(
        "cannot restore {key} of `{entity}`: another row has its place in the unique \
         constraint {constraint}; rename or delete that row, then restore"
    )]
    UniqueViolation {
        /// The table.
        entity: String,
        /// The constraint's name or, on SQLite, its columns.
        constraint: String,
        /// The key of the row, as `column = value`, or `rows`.
        key: String,
        /// What the database said.
        source: Box<DbErr>,
    },

    /// Who deletes cannot be written in the entity's `deleted_by` column.
    #[error(
        "`{entity}.{column}` cannot hold who deletes: {who} is not a {expected}; \
         give `Attribution::by` a value of the column's type"
    )]
    AttributionType {
        /// The table.
        entity: String,
        /// The `deleted_by` column.
        column: &'static str,
        /// The value that was given.
        who: String,
        /// The Rust type of the column.
        expected: String,
    },

    /// A call says who or why, and the entity has no column for it.
    #[error(
        "`{entity}` has no column to record {what}; mark one with `#[soft_delete({key})]`, \
         or do not say it in this call"
    )]
    AttributionNotRecorded {
        /// The table.
        entity: String,
        /// `who deletes` or `why`.
        what: &'static str,
        /// The attribute key that is missing.
        key: &'static str,
    },

    /// The instant of the operation is the very value that says "live" in the marker column.
    #[error(
        "the instant {at} is what `{entity}.{column}` holds in live rows, so it cannot mark a \
         trashed one; set the clock to another instant"
    )]
    InstantIsLive {
        /// The table.
        entity: String,
        /// The marker column.
        column: &'static str,
        /// The instant.
        at: crate::Timestamp,
    },

    /// Any other error of SeaORM or the database.
    #[error(transparent)]
    Db(DbErr),
}

impl SoftDeleteError {
    /// The `SoftDeleteError` that travels inside a [`DbErr`], if one does.
    ///
    /// ```
    /// # use sea_orm::DbErr;
    /// # use sea_orm_soft_delete::SoftDeleteError;
    /// # fn handle(error: DbErr) {
    /// if let Some(SoftDeleteError::NotTrashed { key, .. }) = SoftDeleteError::inside(&error) {
    ///     println!("{key} is live");
    /// }
    /// # }
    /// ```
    pub fn inside(error: &DbErr) -> Option<&Self> {
        match error {
            DbErr::TryIntoErr { source, .. } => source.downcast_ref(),
            _ => None,
        }
    }
}

impl From<DbErr> for SoftDeleteError {
    fn from(error: DbErr) -> Self {
        match Self::inside(&error) {
            Some(typed) => typed.clone(),
            None => Self::Db(error),
        }
    }
}

/// `TryIntoErr` is the one variant of `DbErr` that carries a typed error of somebody else's.
impl From<SoftDeleteError> for DbErr {
    fn from(error: SoftDeleteError) -> Self {
        match error {
            SoftDeleteError::Db(error) => error,
            typed => DbErr::TryIntoErr {
                from: "SoftDeleteError",
                into: "DbErr",
                source: Arc::new(typed),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_error_survives_the_way_through_dberr() {
        let typed = SoftDeleteError::NotFound {
            entity: "note".into(),
            key: "id = 3".into(),
        };
        let travelled = DbErr::from(typed);
        assert!(travelled.to_string().contains("id = 3"), "{travelled}");
        let back = SoftDeleteError::from(travelled);
        assert!(matches!(back, SoftDeleteError::NotFound { key, .. } if key == "id = 3"));
    }

    #[test]
    fn a_dberr_survives_the_way_through_the_typed_error() {
        let there = SoftDeleteError::from(DbErr::RecordNotUpdated);
        assert!(matches!(DbErr::from(there), DbErr::RecordNotUpdated));
    }
}
