//! Others who write just between two statements of a verb.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use sea_orm::prelude::*;
use sea_orm_soft_delete::{FoundOrInserted, Inserted, SoftDeleteError};

use super::users::*;
use crate::harness::on_databases;
use crate::watched::{Before, Watched};

/// Another one, who writes what the script says next.
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

/// A connection before each of whose statements another one writes.
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

// The database whose default is READ COMMITTED, and which locks nothing that is looked at.
on_databases! {
    [postgres: Postgres]

    /// It is trashed when the live one is looked for, and live when the trash is.
    async fn a_row_that_goes_back_and_forth_between_two_looks_is_revived(db: &TestDb) {
        for unique in [Unique::All, Unique::Live, Unique::Nothing] {
            one_trashed(db, unique).await;
            let on = meddled(db, &["", RESTORE, TRASH]);
            let revived = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await?;
            assert!(matches!(revived, Inserted::Revived(_)), "{unique:?} {revived:?}");
            assert_eq!(count(db).await, (2, 0));
        }
    }

    async fn a_row_that_is_restored_between_look_and_lock_is_not_written(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            let on = meddled(db, &["", "", RESTORE]);
            let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await;
            assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");

            one_trashed_again(db).await;
            let on = meddled(db, &["", "", "", RESTORE]);
            let refused = user::Entity::insert_or_replace_trashed(someone(A, "New")).by(BY).exec(&on).await;
            assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");

            // Found before the transaction begins, found within, and the trash.
            one_trashed_again(db).await;
            let on = meddled(db, &["", "", "", RESTORE]);
            let found = user::Entity::find_or_insert(someone(A, "New")).by(BY).or_revive().exec(&on).await?;
            assert!(matches!(found, FoundOrInserted::Found(_)), "{found:?}");
            assert_eq!(stored(db, 1).await.name.as_deref(), Some("Old"));
        }
    }

    async fn a_row_that_is_gone_between_look_and_lock_is_inserted_anew(db: &TestDb) {
        for gone in [DESTROY, RENAME] {
            one_trashed(db, Unique::All).await;
            let on = meddled(db, &["", "", gone]);
            let inserted = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await?;
            assert!(matches!(inserted, Inserted::New(_)), "{inserted:?}");
        }
    }

    async fn a_row_that_is_inserted_before_ours_is_found(db: &TestDb) {
        users(db, Unique::Live).await;
        let on = meddled(db, &["", "", ANOTHER]);
        let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");

        // One in the trash is as good as none, and another has come beside it.
        one_trashed(db, Unique::Live).await;
        let on = meddled(db, &["", "", ANOTHER]);
        let found = user::Entity::find_or_insert(someone(A, "New")).by(BY).exec(&on).await?;
        assert_eq!(found.into_model().id, 7);
        let on = meddled(db, &[ANOTHER]);
        one_trashed_again(db).await;
        let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");
        // After the lock: the index says so.
        one_trashed_again(db).await;
        let on = meddled(db, &["", "", "", ANOTHER]);
        let refused = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");
        assert_eq!(stored(db, 1).await.name.as_deref(), Some("Old"));
    }

    /// It was in the way of the first insert, and is gone when the second attempt looks.
    async fn a_row_that_comes_and_goes_while_ours_is_inserted_is_no_reason_to_refuse(db: &TestDb) {
        for unique in [Unique::All, Unique::Live] {
            users(db, unique).await;
            let on = meddled(db, &["", "", ANOTHER, ANOTHER_GOES]);
            let inserted = user::Entity::insert_or_revive(someone(A, "New")).by(BY).exec(&on).await?;
            assert!(matches!(inserted, Inserted::New(_)), "{unique:?} {inserted:?}");

        }
        // The trashed row is looked at, locked and removed first.
        one_trashed(db, Unique::Live).await;
        let on = meddled(db, &["", "", "", "", "", ANOTHER, ANOTHER_GOES]);
        let replaced = user::Entity::insert_or_replace_trashed(someone(A, "New")).by(BY).exec(&on).await?;
        assert!(matches!(replaced, Inserted::Replaced(_)), "{replaced:?}");
    }

    async fn a_row_that_comes_and_goes_while_another_is_revived_is_no_reason_to_refuse(db: &TestDb) {
        // Before its values are written, and before it is restored.
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

    /// It is live whenever ours is inserted, and trashed whenever it is looked for. An index over live rows
    /// does not count it then, so that it is not what is in the way.
    async fn a_row_that_is_trashed_whenever_it_is_looked_for_is_not_said_to_be_counted(db: &TestDb) {
        users(db, Unique::Live).await;
        let script = ["", "", ANOTHER, ANOTHER_TRASHED, ANOTHER_RESTORED, ANOTHER_TRASHED];
        let on = meddled(db, &script);
        let inserted = user::Entity::find_or_insert(someone(A, "New")).by(BY).exec(&on).await?;
        assert!(matches!(inserted, FoundOrInserted::Inserted(_)), "{inserted:?}");

        // An index over all rows does, and says so.
        one_trashed(db, Unique::All).await;
        let refused = user::Entity::find_or_insert(someone(A, "New")).by(BY).exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTrashed { .. })), "{refused:?}");
    }

    async fn who_is_overtaken_each_time_is_told_to_try_again(db: &TestDb) {
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
