//! Transactions that insert a child row while another transaction trashes its parent row.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm::{IsolationLevel, QuerySelect};
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::{on_databases, on_every_server};

/// The row that is deleted, and the folder under which the other transaction inserts: the deleted row
/// itself, its direct child, and a deep descendant.
const PLACES: [(Delete, i32); 4] = [
    (Delete::Folder(1), 1),
    (Delete::Notebook(1), 1),
    (Delete::Folder(1), 3),
    (Delete::Notebook(1), 3),
];

#[derive(Clone, Copy, Debug)]
enum Delete {
    Notebook(i32),
    Folder(i32),
}

impl Delete {
    async fn run(self, db: &DatabaseTransaction) -> Result<u64, SoftDeleteError> {
        let deleted = match self {
            Self::Notebook(id) => notebook::Entity::delete_by_id(id).exec(db).await,
            Self::Folder(id) => folder::Entity::delete_by_id(id).exec(db).await,
        };
        Ok(deleted?.rows_affected)
    }
}

/// Deletes in a transaction of the given isolation level.
async fn delete_at(
    db: DatabaseConnection,
    level: Option<IsolationLevel>,
    delete: Delete,
) -> Result<u64, SoftDeleteError> {
    let txn = begin(&db, level).await?;
    let deleted = delete.run(&txn).await?;
    txn.commit().await?;
    Ok(deleted)
}

/// Inserts a note and a folder under this folder if it is live, and returns whether it is live.
async fn insert_if_live(
    db: DatabaseConnection,
    level: Option<IsolationLevel>,
    folder: i32,
) -> Result<bool, DbErr> {
    let txn = begin(&db, level).await?;
    let is_live = lock_folder(folder, &txn).await?;
    if is_live {
        insert_note(50, folder, &txn).await?;
        insert_folder(60, folder, &txn).await?;
    }
    txn.commit().await?;
    Ok(is_live)
}

on_every_server! {
    async fn a_delete_trashes_a_child_that_was_committed_before_its_cascade_statement(db: &TestDb) {
        two_notebooks(db).await;
        // With foreign keys, MariaDB would block the insert until the delete ends.
        drop_foreign_keys(db).await;
        for level in LEVELS {
            again(db).await;
            let holder = begin(db, None).await?;
            assert!(lock_folder(1, &holder).await?);
            let delete = delete_at(pool(db), level, Delete::Notebook(1));
            let delete = start_behind(db, &holder, delete).await?;
            insert_note(50, 1, &**db).await?;
            holder.commit().await?;
            assert_eq!(delete.await.unwrap()?, 1);
            assert!(!is_note_live(50, db).await?);
            assert_eq!(orphans(&**db).await?, 0);
            notebook::Entity::restore_by_id(1).exec(&**db).await?;
            assert!(is_note_live(50, db).await?);
        }
    }

    async fn a_delete_waits_for_an_insert_that_locked_its_parent_and_trashes_the_child(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            for (delete, folder) in PLACES {
                again(db).await;
                let insert = begin(db, level).await?;
                assert!(lock_folder(folder, &insert).await?);
                insert_note(50, folder, &insert).await?;
                insert_folder(60, folder, &insert).await?;
                let deleting = delete_at(pool(db), level, delete);
                let deleting = start_behind(db, &insert, deleting).await?;
                insert.commit().await?;
                assert_eq!(deleting.await.unwrap()?, 1);
                assert!(!is_note_live(50, db).await?, "{delete:?} {folder} {level:?}");
                assert!(!is_folder_live(60, db).await?, "{delete:?} {folder} {level:?}");
                assert_eq!(orphans(&**db).await?, 0);
            }
        }
    }

    async fn an_insert_that_locks_its_parent_waits_for_the_delete_and_finds_no_live_parent(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            for (delete, folder) in PLACES {
                again(db).await;
                let deleting = begin(db, level).await?;
                assert_eq!(delete.run(&deleting).await?, 1);
                let insert = insert_if_live(pool(db), level, folder);
                let insert = start_behind(db, &deleting, insert).await?;
                deleting.commit().await?;
                assert!(!insert.await.unwrap()?, "{delete:?} {folder} {level:?}");
                assert_eq!(orphans(&**db).await?, 0);
            }
        }
    }

    async fn an_insert_that_waited_for_a_rolled_back_delete_succeeds(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let deleting = begin(db, level).await?;
            assert_eq!(Delete::Notebook(1).run(&deleting).await?, 1);
            let insert = insert_if_live(pool(db), level, 3);
            let insert = start_behind(db, &deleting, insert).await?;
            deleting.rollback().await?;
            assert!(insert.await.unwrap()?);
            assert!(is_note_live(50, db).await?);
        }
    }

    /// The insert adds a chain of folders, each below the previous new folder.
    async fn a_delete_trashes_a_whole_branch_that_was_inserted_meanwhile(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let insert = begin(db, level).await?;
            assert!(lock_folder(3, &insert).await?);
            for (folder, parent) in [(60, 3), (61, 60), (62, 61), (63, 62)] {
                insert_folder(folder, parent, &insert).await?;
                insert_note(folder, folder, &insert).await?;
            }
            let deleting = delete_at(pool(db), level, Delete::Notebook(1));
            let deleting = start_behind(db, &insert, deleting).await?;
            insert.commit().await?;
            assert_eq!(deleting.await.unwrap()?, 1);
            assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
        }
    }

    /// An update of a foreign key acts as an insert under the new parent row.
    async fn a_delete_trashes_a_row_that_was_moved_under_a_locked_parent(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let moving = begin(db, level).await?;
            assert!(lock_folder(3, &moving).await?);
            let note = note::ActiveModel { id: Set(4), folder_id: Set(3), ..Default::default() };
            note.update(&moving).await?;
            let deleting = delete_at(pool(db), level, Delete::Notebook(1));
            let deleting = start_behind(db, &moving, deleting).await?;
            moving.commit().await?;
            assert_eq!(deleting.await.unwrap()?, 1);
            assert_eq!(live(db).await, [1, 1, 0, 0, 0, 0]);
        }
    }

    async fn a_restricting_row_that_was_inserted_under_a_locked_parent_forbids_the_delete(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let lend = begin(db, level).await?;
            let note = note::Entity::find_by_id(3).lock_shared().one(&lend).await?;
            assert!(note.is_some());
            lend.execute_unprepared("INSERT INTO family_loan (id, note_id) VALUES (1, 3)").await?;
            let deleting = delete_at(pool(db), level, Delete::Notebook(1));
            let deleting = start_behind(db, &lend, deleting).await?;
            lend.commit().await?;
            let refused = deleting.await.unwrap().unwrap_err();
            assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
            assert_eq!(live(db).await, ALL);
        }
    }

    async fn an_insert_that_locks_its_parent_waits_for_a_force_delete_and_finds_no_parent(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            for folder in [1, 3] {
                again(db).await;
                let removing = begin(db, level).await?;
                notebook::Entity::force_delete_by_id(1).exec(&removing).await?;
                let insert = insert_if_live(pool(db), level, folder);
                let insert = start_behind(db, &removing, insert).await?;
                removing.commit().await?;
                assert!(!insert.await.unwrap()?);
                assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
            }
        }
    }

    async fn a_force_delete_removes_rows_that_were_inserted_under_its_root_or_nothing(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            for folder in [1, 3] {
                again(db).await;
                let insert = begin(db, level).await?;
                assert!(lock_folder(folder, &insert).await?);
                insert_note(50, folder, &insert).await?;
                let remove = pool(db);
                let removing = start_behind(db, &insert, async move {
                    folder::Entity::force_delete_by_id(1).exec(&remove).await
                }).await?;
                insert.commit().await?;
                match removing.await.unwrap() {
                    Ok(_) => assert_eq!(live(db).await, [2, 1, 1, 1, 1, 1]),
                    // The foreign key protects a row that was inserted under a deeper row.
                    Err(_) => {
                        assert_eq!(folder, 3);
                        assert_eq!(live(db).await, [2, 4, 5, 4, 3, 2]);
                    }
                }
            }
        }
    }
}

on_databases! {
    [mariadb: MariaDb, mysql: MySql]

    /// The delete reads its child rows with a lock, so it waits for uncommitted inserts too.
    async fn a_delete_waits_for_an_uncommitted_insert_and_trashes_the_child(db: &TestDb) {
        two_notebooks(db).await;
        for has_foreign_keys in [true, false] {
            if !has_foreign_keys {
                drop_foreign_keys(db).await;
            }
            for level in LEVELS {
                for (delete, folder) in PLACES {
                    again(db).await;
                    let insert = begin(db, level).await?;
                    insert_note(50, folder, &insert).await?;
                    insert_folder(60, folder, &insert).await?;
                    let deleting = delete_at(pool(db), level, delete);
                    let deleting = start_behind(db, &insert, deleting).await?;
                    insert.commit().await?;
                    assert_eq!(deleting.await.unwrap()?, 1);
                    assert_eq!(orphans(&**db).await?, 0);
                }
            }
        }
    }
}

on_databases! {
    [postgres: Postgres]

    /// This is a limitation that users have to know, and no guarantee: a foreign key alone does not make
    /// the delete wait.
    async fn a_delete_misses_an_uncommitted_insert_that_did_not_lock_its_parent(db: &TestDb) {
        two_notebooks(db).await;
        let insert = db.begin().await?;
        insert_note(50, 1, &insert).await?;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        insert.commit().await?;
        assert!(is_note_live(50, db).await?);
        assert_eq!(orphans(&**db).await?, 1);
    }

    /// This is a limitation too: at REPEATABLE READ, the statements see the rows as they were before the
    /// wait.
    async fn a_delete_at_repeatable_read_misses_rows_that_were_inserted_while_it_waited(db: &TestDb) {
        two_notebooks(db).await;
        let insert = db.begin().await?;
        assert!(lock_folder(1, &insert).await?);
        insert_note(50, 1, &insert).await?;
        let level = Some(IsolationLevel::RepeatableRead);
        let deleting = delete_at(pool(db), level, Delete::Folder(1));
        let deleting = start_behind(db, &insert, deleting).await?;
        insert.commit().await?;
        assert_eq!(deleting.await.unwrap()?, 1);
        assert_eq!(orphans(&**db).await?, 1);
    }

    async fn a_delete_at_repeatable_read_must_retry_if_the_insert_updated_its_parent(db: &TestDb) {
        two_notebooks(db).await;
        for folder in [1, 3] {
            again(db).await;
            let insert = db.begin().await?;
            let touch = format!("UPDATE family_folder SET id = id WHERE id = {folder} AND deleted_at IS NULL");
            assert_eq!(insert.execute_unprepared(&touch).await?.rows_affected(), 1);
            insert_note(50, folder, &insert).await?;
            let level = Some(IsolationLevel::RepeatableRead);
            let deleting = delete_at(pool(db), level, Delete::Notebook(1));
            let deleting = start_behind(db, &insert, deleting).await?;
            insert.commit().await?;
            assert!(deleting.await.unwrap().unwrap_err().is_retryable());
            assert_eq!(delete_at(pool(db), level, Delete::Notebook(1)).await?, 1);
            assert_eq!(orphans(&**db).await?, 0);
        }
    }

    async fn an_insert_at_repeatable_read_or_serializable_that_waited_must_retry(db: &TestDb) {
        two_notebooks(db).await;
        for level in [IsolationLevel::RepeatableRead, IsolationLevel::Serializable] {
            for (delete, folder) in PLACES {
                again(db).await;
                let deleting = begin(db, Some(level)).await?;
                assert_eq!(delete.run(&deleting).await?, 1);
                let insert = insert_if_live(pool(db), Some(level), folder);
                let insert = start_behind(db, &deleting, insert).await?;
                deleting.commit().await?;
                let refused = SoftDeleteError::from(insert.await.unwrap().unwrap_err());
                assert!(refused.is_retryable(), "{refused}");
                assert!(!insert_if_live(pool(db), Some(level), folder).await?);
                assert_eq!(orphans(&**db).await?, 0);
            }
        }
    }

    /// Neither transaction waits, because the insert reads its parent row without a lock.
    async fn of_a_serializable_delete_and_insert_one_must_retry(db: &TestDb) {
        two_notebooks(db).await;
        for is_delete_first in [true, false] {
            for (delete, folder) in PLACES {
                again(db).await;
                let level = Some(IsolationLevel::Serializable);
                let deleting = begin(db, level).await?;
                let insert = begin(db, level).await?;
                let parent = folder::Entity::find_by_id(folder).one(&insert).await?;
                assert!(parent.is_some());
                let delete = delete.run(&deleting).await;
                let inserted = insert_note(50, folder, &insert).await;
                let outcomes = match (is_delete_first, delete, inserted) {
                    (true, Ok(_), Ok(())) => [deleting.commit().await, insert.commit().await],
                    (false, Ok(_), Ok(())) => [insert.commit().await, deleting.commit().await],
                    (_, Ok(_), Err(error)) => [deleting.commit().await, Err(error)],
                    (_, Err(error), Ok(())) => [insert.commit().await, Err(error.into())],
                    (_, Err(error), Err(_)) => panic!("{error}"),
                };
                let [Ok(()), Err(error)] = outcomes else { panic!("{outcomes:?}") };
                assert!(SoftDeleteError::from(error).is_retryable());
                assert_eq!(orphans(&**db).await?, 0);
            }
        }
    }
}
