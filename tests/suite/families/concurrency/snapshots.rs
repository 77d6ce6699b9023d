//! Verbs in a caller's transaction that read before other transactions committed.

use sea_orm::IsolationLevel;
use sea_orm::prelude::*;
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::{TestDb, on_databases, on_every_server};

/// A transaction whose snapshot shows the rows as they are now.
async fn snapshot(db: &TestDb) -> Result<DatabaseTransaction, DbErr> {
    let txn = begin(db, Some(IsolationLevel::RepeatableRead)).await?;
    notebook::Entity::find().count(&txn).await?;
    folder::Entity::find().count(&txn).await?;
    note::Entity::find().count(&txn).await?;
    attachment::Entity::find().count(&txn).await?;
    Ok(txn)
}

on_every_server! {
    async fn a_row_whose_parent_was_trashed_after_the_snapshot_is_not_restored(db: &TestDb) {
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

    async fn an_operation_from_after_the_snapshot_is_restored_whole_or_not_at_all(db: &TestDb) {
        two_notebooks(db).await;
        let restoring = snapshot(db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        match notebook::Entity::restore_by_id(1).exec(&restoring).await {
            Ok(_) => {
                restoring.commit().await?;
                assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
            }
            // In PostgreSQL's snapshot the notebook is still live.
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

    /// On MariaDB and MySQL, an UPDATE sees the current rows and not those of the snapshot.
    async fn a_delete_trashes_rows_that_were_inserted_after_the_snapshot(db: &TestDb) {
        two_notebooks(db).await;
        let deleting = snapshot(db).await?;
        insert_note(50, 1, &**db).await?;
        insert_folder(60, 3, &**db).await?;
        insert_note(51, 60, &**db).await?;
        notebook::Entity::delete_by_id(1).exec(&deleting).await?;
        deleting.commit().await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    async fn a_restricting_row_that_was_inserted_after_the_snapshot_forbids_a_delete(db: &TestDb) {
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

    async fn a_part_of_an_operation_from_after_the_snapshot_can_be_restored(db: &TestDb) {
        two_notebooks(db).await;
        let restoring = snapshot(db).await?;
        folder::Entity::delete_many().filter_by_ids([2, 4]).exec(&**db).await?;
        folder::Entity::restore_by_id(2).exec(&restoring).await?;
        restoring.commit().await?;
        assert_eq!(live(db).await, [2, 3, 3, 3, 2, 1]);
    }

    async fn a_force_delete_removes_rows_that_were_inserted_after_the_snapshot(db: &TestDb) {
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

    /// MariaDB has this setting ON by default from version 11.6.
    async fn a_verb_in_a_strict_snapshot_gets_a_retryable_error(db: &TestDb) {
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

    /// This is a limitation of REPEATABLE READ that users have to know, and no guarantee.
    async fn a_delete_misses_rows_that_were_inserted_after_the_snapshot(db: &TestDb) {
        two_notebooks(db).await;
        let deleting = snapshot(db).await?;
        insert_note(50, 1, &**db).await?;
        notebook::Entity::delete_by_id(1).exec(&deleting).await?;
        deleting.commit().await?;
        assert!(is_note_live(50, db).await?);
    }
}
