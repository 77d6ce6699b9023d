//! The revive verbs in a caller's transaction.

use sea_orm::prelude::*;
use sea_orm::{IsolationLevel, TransactionTrait};
use sea_orm_soft_delete::{FoundOrInserted, Inserted, Scopable, SoftDeleteError};

use super::users::*;
use crate::harness::{on_databases, on_every_database, on_every_server};

on_every_database! {
    async fn a_rollback_undoes_the_revive_verbs(db: &TestDb) {
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

    async fn a_refused_call_leaves_the_transaction_usable(db: &TestDb) {
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
        // The database itself fails these statements.
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

    async fn a_transaction_sees_its_own_changes(db: &TestDb) {
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
    /// On MariaDB, plain SELECTs of the transaction keep reading the rows of its first read.
    async fn changes_of_other_transactions_after_the_first_read_are_seen(db: &TestDb) {
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

    async fn a_row_that_was_removed_after_the_first_read_is_inserted_again(db: &TestDb) {
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

    /// The transaction reads the rows of its snapshot, and must not overwrite rows that changed since.
    async fn at_repeatable_read_a_row_that_changed_since_gives_a_retryable_error(db: &TestDb) {
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
