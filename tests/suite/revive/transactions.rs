//! In a transaction of the caller's.

use sea_orm::prelude::*;
use sea_orm::{IsolationLevel, TransactionTrait};
use sea_orm_soft_delete::{FoundOrInserted, Inserted, Scopable, SoftDeleteError};

use super::users::*;
use crate::harness::{on_databases, on_every_database, on_every_server};

on_every_database! {
    async fn what_is_rolled_back_leaves_nothing(db: &TestDb) {
        for unique in [Unique::All, Unique::Live] {
            one_trashed(db, unique).await;
            let before = all(db).await;
            let by = [user::Column::Email];
            let new = || someone(A, "New");

            let txn = db.begin().await?;
            user::Entity::insert_or_revive(new()).by(by).exec(&txn).await?;
            txn.rollback().await?;
            assert_eq!(all(db).await, before);

            let txn = db.begin().await?;
            user::Entity::insert_or_replace_trashed(new()).by(by).exec(&txn.scoped()).await?;
            txn.rollback().await?;
            assert_eq!(all(db).await, before);

            let txn = db.scoped().begin().await?;
            user::Entity::find_or_insert(new()).by(by).or_revive().exec(&txn).await?;
            txn.rollback().await?;
            assert_eq!(all(db).await, before);
        }
    }

    async fn what_is_refused_leaves_the_transaction_as_it_was(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let by = [user::Column::Email];
        let txn = db.begin().await?;
        someone("c@x", "Before").insert(&txn).await?;
        for refused in [
            user::Entity::insert_or_revive(someone("b@x", "New")).by(by).exec(&txn).await,
            user::Entity::insert_unless_trashed(someone(A, "New")).by(by).exec(&txn).await,
        ] {
            refused.unwrap_err();
        }
        // These fail in the database, and not only in the eyes of this crate.
        let refused = user::Entity::find_or_insert(someone(A, "New")).by(by).exec(&txn).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTrashed { .. })), "{refused:?}");
        let badge = user::ActiveModel { badge: sea_orm::Set(Some(7)), ..someone("d@x", "New") };
        let refused = user::Entity::insert_or_revive(badge).by(by).exec(&txn).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotInserted { .. })), "{refused:?}");

        let revived = user::Entity::insert_or_revive(someone(A, "New")).by(by).exec(&txn).await?;
        assert!(matches!(revived, Inserted::Revived(_)), "{revived:?}");
        txn.commit().await?;
        assert_eq!(count(db).await, (3, 0));
    }

    async fn a_transaction_sees_what_it_did(db: &TestDb) {
        one_trashed(db, Unique::Live).await;
        let by = [user::Column::Email];
        let txn = db.begin().await?;
        let found = user::Entity::find_or_insert(someone(A, "New")).by(by).exec(&txn).await?;
        let new = found.into_model();
        new.clone().delete(&txn).await?;
        let revived = user::Entity::insert_or_revive(someone(A, "Newer")).by(by).exec(&txn).await?;
        assert_eq!(revived.into_model().id, new.id);
        txn.commit().await?;
        assert_eq!(count(db).await, (2, 1));
    }
}

on_every_server! {
    /// On MariaDB the transaction goes on reading what was there when it first read.
    async fn what_others_have_done_since_the_transaction_read_is_seen(db: &TestDb) {
        let by = [user::Column::Email];
        for unique in [Unique::All, Unique::Live] {
            one_trashed(db, unique).await;
            let txn = db.begin().await?;
            assert_eq!(user::Entity::find().count(&txn).await?, 1);
            user::Entity::restore_by_id(1).exec(&**db).await?;
            someone("c@x", "Other").insert(&**db).await?;
            let before = all(db).await;

            let refused = user::Entity::insert_or_revive(someone(A, "New")).by(by).exec(&txn).await;
            assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");
            let refused = user::Entity::insert_or_revive(someone("c@x", "New")).by(by).exec(&txn).await;
            assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");
            let found = user::Entity::find_or_insert(someone("c@x", "New")).by(by).exec(&txn).await?;
            assert!(matches!(found, FoundOrInserted::Found(_)), "{found:?}");
            let found = user::Entity::find_or_insert(someone(A, "New")).by(by).or_revive().exec(&txn).await?;
            assert!(matches!(found, FoundOrInserted::Found(_)), "{found:?}");
            txn.commit().await?;
            assert_eq!(all(db).await, before);
        }
    }

    async fn a_row_that_was_destroyed_since_the_transaction_read_is_inserted_anew(db: &TestDb) {
        for unique in [Unique::All, Unique::Live] {
            one_trashed(db, unique).await;
            let txn = db.begin().await?;
            assert_eq!(user::Entity::only_trashed().count(&txn).await?, 1);
            user::Entity::force_delete_by_id(1).exec(&**db).await?;
            let insert = user::Entity::insert_or_revive(someone(A, "New")).by([user::Column::Email]);
            let inserted = insert.exec(&txn).await?;
            assert!(matches!(inserted, Inserted::New(_)), "{inserted:?}");
            txn.commit().await?;
            assert_eq!(count(db).await, (2, 0));
        }
    }
}

on_databases! {
    [postgres: Postgres]

    /// Where the transaction sees the rows of then, and is not to write to what has changed since.
    async fn at_repeatable_read_a_row_that_changed_since_is_a_reason_to_begin_again(db: &TestDb) {
        let level = Some(IsolationLevel::RepeatableRead);
        let revive = |email| user::Entity::insert_or_revive(someone(email, "New")).by([user::Column::Email]);
        one_trashed(db, Unique::Live).await;
        let txn = db.begin_with_config(level, None).await?;
        assert_eq!(user::Entity::find().count(&txn).await?, 1);
        user::Entity::restore_by_id(1).exec(&**db).await?;
        someone("c@x", "Other").insert(&**db).await?;
        let before = all(db).await;

        let refused = revive(A).exec(&txn).await.unwrap_err();
        assert!(refused.is_retryable(), "{refused:?}");
        let refused = revive("c@x").exec(&txn).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotInserted { .. })), "{refused:?}");
        txn.commit().await?;
        assert_eq!(all(db).await, before);
    }
}
