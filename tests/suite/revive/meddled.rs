//! Other writers whose statements run between two statements of a verb.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use sea_orm::prelude::*;
use sea_orm_soft_delete::{FoundOrInserted, Inserted, SoftDeleteError};

use super::users::*;
use crate::harness::on_databases;
use crate::watched::{Before, Watched};

/// Another writer, which runs the next statement of a script.
#[derive(Clone)]
struct Meddler {
    other: DatabaseConnection,
    script: Arc<Mutex<VecDeque<&'static str>>>,
}

#[async_trait::async_trait]
impl Before for Meddler {
    async fn statement(&self) -> Result<(), DbErr> {
        let next = self.script.lock().unwrap().pop_front();
        match next {
            None | Some("") => Ok(()),
            Some(sql) => self.other.execute_unprepared(sql).await.map(drop),
        }
    }
}

/// A connection that lets another writer run a statement before each of its own statements.
fn meddled(
    db: &DatabaseConnection,
    script: &[&'static str],
) -> Watched<DatabaseConnection, Meddler> {
    let meddler = Meddler {
        other: db.clone(),
        script: Arc::new(Mutex::new(script.iter().copied().collect())),
    };
    Watched::new(db.clone(), meddler)
}

const BY: [user::Column; 1] = [user::Column::Email];
const RESTORE: &str = "UPDATE signed_user SET deleted_at = NULL WHERE id = 1";
const TRASH: &str = "UPDATE signed_user SET deleted_at = '2020-01-01T00:00:00Z' WHERE id = 1";
const RENAME: &str = "UPDATE signed_user SET email = 'other' WHERE id = 1";
const RENAME_BACK: &str = "UPDATE signed_user SET email = 'a@x' WHERE id = 1";
const DESTROY: &str = "DELETE FROM signed_user WHERE id = 1";
const ANOTHER: &str = "INSERT INTO signed_user (id, email, name) VALUES (7, 'a@x', 'Another')";

const ANOTHER_GOES: &str = "DELETE FROM signed_user WHERE id = 7";
const ANOTHER_TRASHED: &str =
    "UPDATE signed_user SET deleted_at = '2020-01-01T00:00:00Z' WHERE id = 7";
const ANOTHER_RESTORED: &str = "UPDATE signed_user SET deleted_at = NULL WHERE id = 7";

// PostgreSQL's default is READ COMMITTED, and its plain SELECT locks nothing.
on_databases! {
    [postgres: Postgres]

    /// The row is trashed when the verb looks for a live row, and live when it looks for a trashed row.
    async fn a_row_that_is_restored_and_trashed_between_two_reads_is_revived(db: &TestDb) {
        for unique in [Unique::All, Unique::Live, Unique::Nothing] {
            one_trashed(db, unique).await;
            let on = meddled(db, &["", RESTORE, TRASH]);
            let revived = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await?;
            assert!(matches!(revived, Inserted::Revived(_)), "{unique:?} {revived:?}");
            assert_eq!(count(db).await, (2, 0));
        }
    }

    async fn a_row_that_is_restored_between_read_and_lock_is_not_written(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            let on = meddled(db, &["", "", RESTORE]);
            let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await;
            assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");

            one_trashed_again(db).await;
            let on = meddled(db, &["", "", "", RESTORE]);
            let refused = user::Entity::insert_or_replace_trashed(someone(A, "New")).by(BY).exec(&on).await;
            assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");

            // The verb looks for a live row before its transaction and within it, and then for a trashed
            // row.
            one_trashed_again(db).await;
            let on = meddled(db, &["", "", "", RESTORE]);
            let found = user::Entity::find_or_insert(someone(A, "New")).by(BY).or_revive().exec(&on).await?;
            assert!(matches!(found, FoundOrInserted::Found(_)), "{found:?}");
            assert_eq!(stored(db, 1).await.name.as_deref(), Some("Old"));
        }
    }

    async fn a_row_that_is_removed_between_read_and_lock_is_inserted_again(db: &TestDb) {
        for gone in [DESTROY, RENAME] {
            one_trashed(db, Unique::All).await;
            let on = meddled(db, &["", "", gone]);
            let inserted = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await?;
            assert!(matches!(inserted, Inserted::New(_)), "{inserted:?}");
        }
    }

    async fn a_row_that_another_writer_inserts_first_is_found(db: &TestDb) {
        users(db, Unique::Live).await;
        let on = meddled(db, &["", "", ANOTHER]);
        let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");

        // A trashed row does not count here, and another writer has inserted a live row beside it.
        one_trashed(db, Unique::Live).await;
        let on = meddled(db, &["", "", ANOTHER]);
        let found = user::Entity::find_or_insert(someone(A, "New")).by(BY).exec(&on).await?;
        assert_eq!(found.into_model().id, 7);
        let on = meddled(db, &[ANOTHER]);
        one_trashed_again(db).await;
        let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");
        // The other writer inserts after the lock, and the unique index reports it.
        one_trashed_again(db).await;
        let on = meddled(db, &["", "", "", ANOTHER]);
        let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");
        assert_eq!(stored(db, 1).await.name.as_deref(), Some("Old"));
    }

    /// The other row fails the first insert, and is gone when the second attempt looks for it.
    async fn a_row_that_exists_only_during_the_insert_does_not_refuse_it(db: &TestDb) {
        for unique in [Unique::All, Unique::Live] {
            users(db, unique).await;
            let on = meddled(db, &["", "", ANOTHER, ANOTHER_GOES]);
            let inserted = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await?;
            assert!(matches!(inserted, Inserted::New(_)), "{unique:?} {inserted:?}");

        }
        // Before the insert, the verb reads, locks and removes the trashed row.
        one_trashed(db, Unique::Live).await;
        let on = meddled(db, &["", "", "", "", "", ANOTHER, ANOTHER_GOES]);
        let replaced = user::Entity::insert_or_replace_trashed(someone(A, "New")).by(BY).exec(&on).await?;
        assert!(matches!(replaced, Inserted::Replaced(_)), "{replaced:?}");
    }

    async fn a_row_that_exists_only_during_the_revival_does_not_refuse_it(db: &TestDb) {
        // The other row appears before the new values are written, or before the row is restored.
        for script in [
            ["", "", "", ANOTHER, "", ANOTHER_GOES],
            ["", "", "", "", ANOTHER, ANOTHER_GOES],
        ] {
            one_trashed(db, Unique::Live).await;
            let on = meddled(db, &script);
            let revived = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await?;
            assert!(matches!(revived, Inserted::Revived(_)), "{revived:?}");
            assert_eq!(count(db).await, (2, 0));
        }
    }

    /// The other row is live at each insert, and trashed at each read. An index over live rows does not
    /// count a trashed row, so the error must not say that it does.
    async fn a_row_that_is_trashed_at_every_read_is_not_reported_as_counted_by_the_index(db: &TestDb) {
        users(db, Unique::Live).await;
        let script = ["", "", ANOTHER, ANOTHER_TRASHED, ANOTHER_RESTORED, ANOTHER_TRASHED];
        let on = meddled(db, &script);
        let inserted = user::Entity::find_or_insert(someone(A, "New")).by(BY).exec(&on).await?;
        assert!(matches!(inserted, FoundOrInserted::Inserted(_)), "{inserted:?}");

        // An index over all rows counts it, and the error says so.
        one_trashed(db, Unique::All).await;
        let refused = user::Entity::find_or_insert(someone(A, "New")).by(BY).exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTrashed { .. })), "{refused:?}");
    }

    async fn a_call_that_is_overtaken_at_every_attempt_gets_a_retryable_error(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let before = all(db).await;
        let mut script = vec!["", "", RENAME];
        for _ in 0..9 {
            script.extend([RENAME_BACK, RENAME]);
        }
        let on = meddled(db, &script);
        let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::Contended { .. }), "{refused:?}");
        assert!(refused.is_retryable());
        assert!(on.before.script.lock().unwrap().is_empty(), "ten attempts");
        db.execute_unprepared(RENAME_BACK).await?;
        assert_eq!(all(db).await, before);
    }
}
