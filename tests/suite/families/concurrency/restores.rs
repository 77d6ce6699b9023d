//! Restores that run at the same time as deletes, force deletes and other restores.

use sea_orm::TransactionTrait;
use sea_orm::prelude::*;
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::{TestDb, TestResult, on_every_server};

/// What is restored, by which verb; `delete_parent` deletes its parent row.
#[derive(Clone, Copy, Debug)]
enum Child {
    /// A row of an entity whose deletes do not cascade.
    Attachment,
    Attachments,
    /// A row of an entity whose deletes cascade.
    Note,
    Notes,
    /// A row of a tree.
    Folder,
    /// The link rows that a delete of a note trashes; their other parent row is a tag.
    LinksOfNote,
}

const CHILDREN: [Child; 6] = [
    Child::Attachment,
    Child::Attachments,
    Child::Note,
    Child::Notes,
    Child::Folder,
    Child::LinksOfNote,
];

impl Child {
    async fn trash(self, db: &TestDb) -> TestResult {
        match self {
            Self::Attachment | Self::Attachments => {
                attachment::Entity::delete_by_id(1).exec(&**db).await?;
            }
            Self::Note | Self::Notes | Self::LinksOfNote => {
                note::Entity::delete_by_id(1).exec(&**db).await?;
            }
            Self::Folder => {
                folder::Entity::delete_by_id(3).exec(&**db).await?;
            }
        }
        Ok(())
    }

    async fn delete_parent(self, db: &DatabaseTransaction) -> Result<(), DbErr> {
        match self {
            Self::Attachment | Self::Attachments => {
                note::Entity::delete_by_id(1).exec(db).await?;
            }
            Self::Note | Self::Notes | Self::Folder => {
                notebook::Entity::delete_by_id(1).exec(db).await?;
            }
            Self::LinksOfNote => {
                tag::Entity::delete_by_id(1).exec(db).await?;
            }
        }
        Ok(())
    }

    async fn restore(self, db: &DatabaseTransaction) -> TestResult {
        match self {
            Self::Attachment => {
                attachment::Entity::restore_by_id(1).exec(db).await?;
            }
            Self::Attachments => {
                let restore = attachment::Entity::restore_many().filter_by_ids([1]);
                // The count leaves out rows that the restore did not change.
                assert!(restore.exec(db).await?.rows_affected <= 1);
            }
            Self::Note | Self::LinksOfNote => {
                note::Entity::restore_by_id(1).exec(db).await?;
            }
            Self::Notes => {
                note::Entity::restore_many().exec(db).await?;
            }
            Self::Folder => {
                folder::Entity::restore_by_id(3).exec(db).await?;
            }
        }
        Ok(())
    }
}

on_every_server! {
    async fn a_restore_waits_for_the_delete_of_a_parent_and_leaves_the_child_trashed(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            for child in CHILDREN {
                again(db).await;
                child.trash(db).await?;
                let deleting = begin(db, level).await?;
                child.delete_parent(&deleting).await?;
                let connection = pool(db);
                let restoring = start_behind(db, &deleting, async move {
                    let txn = begin(&connection, level).await?;
                    child.restore(&txn).await?;
                    txn.commit().await?;
                    Ok::<_, SoftDeleteError>(())
                }).await?;
                deleting.commit().await?;
                match (child, restoring.await.unwrap()) {
                    (_, Err(SoftDeleteError::ParentTrashed { .. })) => {}
                    (Child::Attachments, Ok(())) => {}
                    (_, other) => panic!("{child:?} {level:?} {other:?}"),
                }
                assert_eq!(orphans(&**db).await?, 0, "{child:?} {level:?}");
            }
        }
    }

    async fn a_delete_waits_for_the_restore_of_a_child_and_trashes_the_child(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            for child in CHILDREN {
                again(db).await;
                child.trash(db).await?;
                let restoring = begin(db, level).await?;
                child.restore(&restoring).await?;
                let connection = pool(db);
                let deleting = start_behind(db, &restoring, async move {
                    let txn = begin(&connection, level).await?;
                    child.delete_parent(&txn).await?;
                    txn.commit().await
                }).await?;
                restoring.commit().await?;
                deleting.await.unwrap()?;
                assert_eq!(orphans(&**db).await?, 0, "{child:?} {level:?}");
                match child {
                    Child::Attachment | Child::Attachments => {
                        assert_eq!(attachment::Entity::only_trashed().count(&**db).await?, 2);
                    }
                    Child::LinksOfNote => {
                        assert_eq!(note_tag::Entity::only_trashed().count(&**db).await?, 2);
                    }
                    _ => assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]),
                }
            }
        }
    }

    /// A loan restricts the delete of its note.
    async fn a_restore_of_a_restricting_row_and_the_delete_of_its_parent_wait_for_each_other(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            for restores_first in [false, true] {
                again(db).await;
                db.execute_unprepared("INSERT INTO family_loan (id, note_id) VALUES (1, 3)").await?;
                loan::Entity::delete_by_id(1).exec(&**db).await?;
                let first = begin(db, level).await?;
                match restores_first {
                    true => { loan::Entity::restore_by_id(1).exec(&first).await?; }
                    false => { note::Entity::delete_by_id(3).exec(&first).await?; }
                }
                let connection = pool(db);
                let second = start_behind(db, &first, async move {
                    let txn = begin(&connection, level).await?;
                    match restores_first {
                        true => { note::Entity::delete_by_id(3).exec(&txn).await?; }
                        false => { loan::Entity::restore_by_id(1).exec(&txn).await?; }
                    }
                    txn.commit().await?;
                    Ok::<_, SoftDeleteError>(())
                }).await?;
                first.commit().await?;
                match (restores_first, second.await.unwrap()) {
                    (true, Err(SoftDeleteError::Restricted { .. })) => {}
                    (false, Err(SoftDeleteError::ParentTrashed { .. })) => {}
                    (_, other) => panic!("{restores_first} {level:?} {other:?}"),
                }
            }
        }
    }

    async fn of_two_restores_of_one_operation_the_second_gets_not_trashed(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            notebook::Entity::delete_by_id(1).exec(&**db).await?;
            let first = begin(db, level).await?;
            notebook::Entity::restore_by_id(1).exec(&first).await?;
            let connection = pool(db);
            let second = start_behind(db, &first, async move {
                let txn = begin(&connection, level).await?;
                notebook::Entity::restore_by_id(1).exec(&txn).await
            }).await?;
            first.commit().await?;
            let refused = second.await.unwrap().unwrap_err();
            assert!(matches!(refused, SoftDeleteError::NotTrashed { .. }), "{refused}");
            assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
        }
    }

    /// One restore starts at the root, the other at a descendant with `with_ancestors`.
    async fn two_restores_from_different_rows_bring_back_the_whole_operation(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            notebook::Entity::delete_by_id(1).exec(&**db).await?;
            let first = begin(db, level).await?;
            notebook::Entity::restore_by_id(1).exec(&first).await?;
            let connection = pool(db);
            let second = start_behind(db, &first, async move {
                let txn = begin(&connection, level).await?;
                let restore = note::Entity::restore_by_id(3).with_ancestors();
                restore.exec(&txn).await?;
                txn.commit().await?;
                Ok::<_, SoftDeleteError>(())
            }).await?;
            first.commit().await?;
            match second.await.unwrap() {
                Ok(()) | Err(SoftDeleteError::NotTrashed { .. }) => {}
                Err(error) => panic!("{error}"),
            }
            assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
        }
    }

    /// The two restores are of different rows of one operation.
    async fn two_restores_of_parts_of_an_operation_bring_back_one_part_each(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            folder::Entity::delete_many().exec(&**db).await?;
            let first = begin(db, level).await?;
            folder::Entity::restore_by_id(4).exec(&first).await?;
            let connection = pool(db);
            // The second restore does not have to wait.
            let second = tokio::spawn(async move {
                retrying!(folder::Entity::restore_by_id(1).exec(&connection).await)
            });
            tokio::task::yield_now().await;
            first.commit().await?;
            second.await.unwrap()?;
            assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
        }
    }

    async fn a_delete_after_a_restore_of_the_same_family_trashes_all_of_it_again(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            notebook::Entity::delete_by_id(1).exec(&**db).await?;
            let restoring = begin(db, level).await?;
            notebook::Entity::restore_by_id(1).exec(&restoring).await?;
            let connection = pool(db);
            let deleting = tokio::spawn(async move {
                retrying!(folder::Entity::delete_by_id(1).exec(&connection).await)
            });
            tokio::task::yield_now().await;
            restoring.commit().await?;
            deleting.await.unwrap()?;
            folder::Entity::delete_by_id(1).exec(&**db).await?;
            assert_eq!(live(db).await, [2, 1, 1, 1, 1, 1]);
            folder::Entity::restore_by_id(1).exec(&**db).await?;
            assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
        }
    }

    async fn a_restore_after_a_force_delete_finds_nothing(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            notebook::Entity::delete_by_id(1).exec(&**db).await?;
            let removing = begin(db, level).await?;
            notebook::Entity::force_delete_by_id(1).only_trashed().exec(&removing).await?;
            let connection = pool(db);
            let restoring = start_behind(db, &removing, async move {
                notebook::Entity::restore_by_id(1).exec(&connection).await
            }).await?;
            removing.commit().await?;
            let refused = restoring.await.unwrap().unwrap_err();
            assert!(matches!(refused, SoftDeleteError::NotFound { .. }), "{refused}");
            assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
        }
    }

    async fn a_force_delete_of_the_trash_keeps_rows_that_were_restored_meanwhile(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            notebook::Entity::delete_by_id(1).exec(&**db).await?;
            let restoring = begin(db, level).await?;
            notebook::Entity::restore_by_id(1).exec(&restoring).await?;
            let connection = pool(db);
            let removing = start_behind(db, &restoring, async move {
                notebook::Entity::force_delete_by_id(1).only_trashed().exec(&connection).await
            }).await?;
            restoring.commit().await?;
            let refused = removing.await.unwrap().unwrap_err();
            assert!(matches!(refused, SoftDeleteError::NotTrashed { .. }), "{refused}");
            assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
        }
    }

    async fn a_verb_returns_only_the_rows_that_it_changed(db: &TestDb) {
        two_notebooks(db).await;
        if db.returns_updated_rows() {
            for removes in [true, false] {
                notebook::Entity::delete_by_id(1).exec(&**db).await?;
                let holder = db.begin().await?;
                notebook::Entity::restore_by_id(1).exec(&holder).await?;
                let connection = pool(db);
                let returning = start_behind(db, &holder, async move {
                    if removes {
                        let trash = notebook::Entity::force_delete_many().only_trashed();
                        trash.exec_with_returning(&connection).await
                    } else {
                        let restore = notebook::Entity::restore_many();
                        restore.exec_with_returning(&connection).await
                    }
                }).await?;
                holder.commit().await?;
                // The other transaction restored the row before this statement could lock it.
                assert_eq!(returning.await.unwrap()?, []);
                assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
            }
        }
    }

    async fn a_restore_with_ancestors_locks_the_parent_of_the_highest_ancestor(db: &TestDb) {
        two_notebooks(db).await;
        for folder in [3, 2] {
            folder::Entity::delete_by_id(folder).exec(&**db).await?;
        }
        let holder = db.begin().await?;
        folder::Entity::restore_by_id(3).with_ancestors().exec(&holder).await?;
        let connection = pool(db);
        let deleting = start_behind(db, &holder, async move {
            folder::Entity::delete_by_id(1).exec(&connection).await
        }).await?;
        holder.commit().await?;
        deleting.await.unwrap()?;
        assert_eq!(orphans(&**db).await?, 0);
        assert!(!is_folder_live(3, db).await?, "the delete trashes it with its parent folder");
    }
}
