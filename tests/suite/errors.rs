//! Every error names the entity, the key and the remedy.

use sea_orm::DbErr;
use sea_orm_soft_delete::{SoftDeleteError, Timestamp};

#[track_caller]
fn check(error: SoftDeleteError, message: &str) {
    assert_eq!(error.to_string(), message);
    let travelled = DbErr::from(error);
    assert!(travelled.to_string().ends_with(message), "{travelled}");
    assert_eq!(SoftDeleteError::from(travelled).to_string(), message);
}

#[test]
fn messages_read_as_sentences_and_survive_the_way_through_dberr() {
    let entity = || "note".to_owned();
    let key = || "id = 3".to_owned();
    check(
        SoftDeleteError::NotFound {
            entity: entity(),
            key: key(),
        },
        "no row of `note` has id = 3, live or trashed; it was never there, or was force-deleted",
    );
    check(
        SoftDeleteError::PrimaryKeyNotSet {
            entity: entity(),
            verb: "restore",
        },
        "cannot restore a row of `note` whose primary key is not set; \
         set it, or use the `_many` verb with a filter",
    );
    check(
        SoftDeleteError::UniqueViolation {
            entity: entity(),
            constraint: "note_slug_key".into(),
            key: key(),
            source: Box::new(DbErr::RecordNotUpdated),
        },
        "cannot restore id = 3 of `note`: another row has its place in the unique \
         constraint note_slug_key; rename or delete that row, then restore",
    );
    check(
        SoftDeleteError::InstantIsLive {
            entity: entity(),
            column: "deleted_at",
            at: Timestamp::MIN,
        },
        "the instant 0001-01-01T00:00:00.000000Z is what `note.deleted_at` holds in live rows, \
         so it cannot mark a trashed one; set the clock to another instant",
    );
    check(
        SoftDeleteError::Db(DbErr::RecordNotUpdated),
        "None of the records are updated",
    );
}

#[test]
fn the_unique_violation_keeps_what_the_database_said() {
    let error = SoftDeleteError::UniqueViolation {
        entity: "note".into(),
        constraint: "note_slug_key".into(),
        key: "rows".into(),
        source: Box::new(DbErr::Custom("duplicate key".into())),
    };
    let source = std::error::Error::source(&error).expect("it has a source");
    assert_eq!(source.to_string(), "Custom Error: duplicate key");
}
