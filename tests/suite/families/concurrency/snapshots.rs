//! Verbs in a transaction of the caller's that read before others committed.

use sea_orm::IsolationLevel;
use sea_orm::prelude::*;
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::{TestDb, on_databases, on_every_server};

/// A transaction that goes on seeing the rows as they are now.
async fn snapshot(db: &TestDb) -> Result<DatabaseTransaction, DbErr> {
    let txn = begin(db, Some(IsolationLevel::RepeatableRead)).await?;
    notebook::Entity::find().count(&txn).await?;
    folder::Entity::find().count(&txn).await?;
    note::Entity::find().count(&txn).await?;
    attachment::Entity::find().count(&txn).await?;
    Ok(txn)
}

on_every_server! {
    async fn a_row_whose_parent_was_trashed_since_is_not_restored(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let one = snapshot(db).await?;
        let many = snapshot(db).await?;
        let family = snapshot(db).await?;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        let refused = attachment::Entity::restore_by_id(1).exec(&one).await.unwrap_err();
        assert!(is_refused(db, &refused), "{refused}");
        one.rollback().await?;
        match attachment::Entity::restore_many().exec(&many).await {
            Ok(restored) => assert_eq!(restored.rows_affected, 0),
            Err(refused) => assert!(is_refused(db, &refused), "{refused}"),
        }
        many.commit().await?;
        let refused = note::Entity::restore_by_id(2).exec(&family).await.unwrap_err();
        assert!(is_refused(db, &refused), "{refused}");
        family.rollback().await?;
        assert_eq!(orphans(&**db).await?, 0);
        assert_eq!(live(db).await, [2, 1, 1, 1, 1, 1]);
    }

    async fn what_another_trashed_since_comes_back_whole_or_not_at_all(db: &TestDb) {
        two_notebooks(db).await;
        let restoring = snapshot(db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        match notebook::Entity::restore_by_id(1).exec(&restoring).await {
            Ok(_) => {
                restoring.commit().await?;
                assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
            }
            // To PostgreSQL's snapshot it is live.
            Err(refused) => {
                assert!(matches!(refused, SoftDeleteError::NotTrashed { .. }), "{refused}");
                restoring.commit().await?;
                assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
            }
        }
    }
}

fn is_refused(db: &TestDb, error: &SoftDeleteError) -> bool {
    match db.server() {
        Server::Postgres if error.is_retryable() => true,
        _ => matches!(error, SoftDeleteError::ParentTrashed { .. }),
    }
}

on_databases! {
    [mariadb: MariaDb, mysql: MySql]

    /// An UPDATE is about the rows as they are.
    async fn a_delete_takes_what_was_inserted_since(db: &TestDb) {
        two_notebooks(db).await;
        let deleting = snapshot(db).await?;
        insert_note(50, 1, &**db).await?;
        insert_folder(60, 3, &**db).await?;
        insert_note(51, 60, &**db).await?;
        notebook::Entity::delete_by_id(1).exec(&deleting).await?;
        deleting.commit().await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    async fn a_row_that_was_inserted_since_forbids_a_delete(db: &TestDb) {
        two_notebooks(db).await;
        let deleting = snapshot(db).await?;
        loan::Entity::find().count(&deleting).await?;
        db.execute_unprepared("INSERT INTO family_loan (id, note_id) VALUES (1, 3)").await?;
        let refused = notebook::Entity::delete_by_id(1).exec(&deleting).await.unwrap_err();
        let refused = SoftDeleteError::from(refused);
        let SoftDeleteError::Restricted { by, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(by[0].count, 1);
        deleting.commit().await?;
        assert_eq!(live(db).await, ALL);
    }

    async fn a_part_of_what_was_trashed_since_comes_back_by_itself(db: &TestDb) {
        two_notebooks(db).await;
        let restoring = snapshot(db).await?;
        folder::Entity::delete_many().filter_by_ids([2, 4]).exec(&**db).await?;
        folder::Entity::restore_by_id(2).exec(&restoring).await?;
        restoring.commit().await?;
        assert_eq!(live(db).await, [2, 3, 3, 3, 2, 1]);
    }

    async fn what_was_inserted_since_is_removed_with_its_family(db: &TestDb) {
        two_notebooks(db).await;
        let removing = snapshot(db).await?;
        insert_note(50, 1, &**db).await?;
        insert_folder(60, 3, &**db).await?;
        insert_note(51, 60, &**db).await?;
        notebook::Entity::force_delete_by_id(1).exec(&removing).await?;
        removing.commit().await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

}

on_databases! {
    [mariadb: MariaDb]

    /// As MariaDB does from 11.6 on unless told otherwise.
    async fn a_verb_of_a_strict_snapshot_is_told_to_begin_again(db: &TestDb) {
        two_notebooks(db).await;
        let deleting = snapshot(db).await?;
        deleting.execute_unprepared("SET SESSION innodb_snapshot_isolation = ON").await?;
        insert_note(50, 1, &**db).await?;
        folder::Entity::delete_by_id(4).exec(&**db).await?;
        let refused = notebook::Entity::delete_many().exec(&deleting).await.unwrap_err();
        let refused = SoftDeleteError::from(refused);
        assert!(refused.is_retryable(), "{refused}");
        drop(deleting);
        assert_eq!(live(db).await, [2, 3, 4, 3, 2, 1]);
    }
}

on_databases! {
    [postgres: Postgres]

    /// Not a guarantee, but what has to be known of REPEATABLE READ.
    async fn a_delete_does_not_see_what_was_inserted_since(db: &TestDb) {
        two_notebooks(db).await;
        let deleting = snapshot(db).await?;
        insert_note(50, 1, &**db).await?;
        notebook::Entity::delete_by_id(1).exec(&deleting).await?;
        deleting.commit().await?;
        assert!(is_note_live(50, db).await?);
    }
}
