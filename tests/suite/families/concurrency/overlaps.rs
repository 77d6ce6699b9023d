//! Concurrent deletes whose families overlap: each row belongs to exactly one operation.

use sea_orm::TransactionTrait;
use sea_orm::prelude::*;
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::{TestDb, on_every_server};

/// The operations of the folders 1, 2 and 3 and of the notes 1, 2 and 3.
async fn operations(db: &TestDb) -> Result<([Option<String>; 3], [Option<String>; 3]), DbErr> {
    let mut folders = [None, None, None];
    let mut notes = [None, None, None];
    for id in 1..=3 {
        let folder = folder::Entity::with_trashed()
            .filter(folder::Column::Id.eq(id))
            .one(&**db);
        let note = note::Entity::with_trashed()
            .filter(note::Column::Id.eq(id))
            .one(&**db);
        let at = usize::try_from(id - 1).unwrap();
        folders[at] = folder.await?.unwrap().operation_id.map(|id| id.to_string());
        notes[at] = note.await?.unwrap().operation_id;
    }
    Ok((folders, notes))
}

on_every_server! {
    async fn a_delete_leaves_rows_to_the_operation_that_trashed_them_first(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let first = begin(db, level).await?;
            folder::Entity::delete_by_id(2).exec(&first).await?;
            let connection = pool(db);
            let second = start_behind(db, &first, async move {
                let txn = begin(&connection, level).await?;
                let deleted = notebook::Entity::delete_by_id(1).exec(&txn).await?;
                txn.commit().await?;
                Ok::<_, DbErr>(deleted.rows_affected)
            }).await?;
            first.commit().await?;
            assert_eq!(second.await.unwrap()?, 1);
            assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
            let (folders, notes) = operations(db).await?;
            assert!(folders.iter().chain(&notes).all(Option::is_some));
            assert_ne!(folders[0], folders[1]);
            assert_eq!(folders[1], folders[2]);
            assert_eq!(notes, [folders[0].clone(), folders[0].clone(), folders[1].clone()]);
            // A restore of each operation brings back all of its rows and no others.
            notebook::Entity::restore_by_id(1).exec(&**db).await?;
            assert_eq!(live(db).await, [2, 2, 3, 4, 3, 1]);
            folder::Entity::restore_by_id(2).exec(&**db).await?;
            assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
        }
    }

    async fn a_delete_finds_no_row_that_a_delete_of_its_parent_trashed_first(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let first = begin(db, level).await?;
            notebook::Entity::delete_by_id(1).exec(&first).await?;
            let connection = pool(db);
            let second = start_behind(db, &first, async move {
                let txn = begin(&connection, level).await?;
                let deleted = folder::Entity::delete_by_id(2).exec(&txn).await?;
                txn.commit().await?;
                Ok::<_, DbErr>(deleted.rows_affected)
            }).await?;
            first.commit().await?;
            assert_eq!(second.await.unwrap()?, 0);
            let (folders, notes) = operations(db).await?;
            assert!(folders[0].is_some());
            assert!(folders.iter().chain(&notes).all(|operation| *operation == folders[0]));
            notebook::Entity::restore_by_id(1).exec(&**db).await?;
            assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
        }
    }

    async fn a_delete_trashes_all_rows_when_the_delete_before_it_is_rolled_back(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let first = begin(db, level).await?;
            folder::Entity::delete_by_id(2).exec(&first).await?;
            let connection = pool(db);
            let second = start_behind(db, &first, async move {
                notebook::Entity::delete_by_id(1).exec(&connection).await
            }).await?;
            first.rollback().await?;
            assert_eq!(second.await.unwrap()?.rows_affected, 1);
            let (folders, notes) = operations(db).await?;
            assert!(folders[0].is_some());
            assert!(folders.iter().chain(&notes).all(|operation| *operation == folders[0]));
        }
    }

    /// A link row has two parent rows: a note and a tag.
    async fn two_deletes_of_parents_with_a_common_child_trash_each_child_once(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let first = begin(db, level).await?;
            note::Entity::delete_by_id(1).exec(&first).await?;
            let connection = pool(db);
            let second = start_behind(db, &first, async move {
                let txn = begin(&connection, level).await?;
                let deleted = tag::Entity::delete_by_id(1).exec(&txn).await?;
                txn.commit().await?;
                Ok::<_, DbErr>(deleted.rows_affected)
            }).await?;
            first.commit().await?;
            assert_eq!(second.await.unwrap()?, 1);
            assert_eq!(orphans(&**db).await?, 0);
            let links = note_tag::Entity::only_trashed().all(&**db).await?;
            let of = |note, tag| {
                let link = links.iter().find(|link| (link.note_id, link.tag_id) == (note, tag));
                link.unwrap().operation_id
            };
            let note = note::Entity::only_trashed().one(&**db).await?.unwrap();
            assert_eq!(of(1, 1).map(|id| id.to_string()), note.operation_id);
            assert_eq!(of(1, 1), of(1, 2));
            assert_ne!(of(1, 1), of(4, 1));
            assert!(of(4, 1).is_some());
        }
    }

    /// Each transaction waits for a lock that the other holds.
    async fn one_of_two_deadlocked_deletes_gets_a_retryable_error(db: &TestDb) {
        two_notebooks(db).await;
        for level in LEVELS {
            again(db).await;
            let one = begin(db, level).await?;
            let other = begin(db, level).await?;
            one.execute_unprepared("UPDATE family_tag SET id = id WHERE id = 1").await?;
            other.execute_unprepared("UPDATE family_tag SET id = id WHERE id = 2").await?;
            let holder = session(&other).await?;
            let one = tokio::spawn(delete_tag(one, 2));
            until_waited_for(db, holder).await?;
            let outcomes = [delete_tag(other, 1).await, one.await.unwrap()];
            let mut told = 0;
            for outcome in outcomes {
                if let Err(error) = outcome {
                    assert!(error.is_retryable(), "{error}");
                    told += 1;
                }
            }
            assert_eq!(told, 1);
            assert_eq!(orphans(&**db).await?, 0);
            assert_eq!(tag::Entity::find().count(&**db).await?, 1);
            // Every connection of the pool still works.
            let all = futures_util::future::try_join_all((0..4).map(|_| db.begin())).await?;
            for txn in all {
                assert_eq!(tag::Entity::find().count(&txn).await?, 1);
                txn.commit().await?;
            }
        }
    }
}

/// When the delete fails, the transaction is dropped without an explicit rollback.
async fn delete_tag(txn: DatabaseTransaction, id: i32) -> Result<(), SoftDeleteError> {
    tag::Entity::delete_by_id(id).exec(&txn).await?;
    txn.commit().await?;
    Ok(())
}
