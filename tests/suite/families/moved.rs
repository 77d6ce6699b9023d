//! Rows whose foreign key changed while they were trashed: a restore of their old parent row leaves them
//! trashed.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Operation, SoftDeleteError};

use super::notebooks::{self, attachment, folder, note, notebook, two_notebooks};
use super::rows::{live, refusal, run};
use super::shelves::{book, shelf, shelves};
use crate::harness::{TestDb, on_every_database};

/// Two deletes trashed shelves 1 and 2, and book 1 was then moved from shelf 1 to shelf 2.
async fn book_moved(db: &TestDb) {
    shelves(db).await;
    trash_and_move(db).await;
}

async fn trash_and_move(db: &TestDb) {
    for id in [1, 2] {
        shelf::Entity::delete_by_id(id).exec(&**db).await.unwrap();
    }
    book::Entity::update_many_of_the_trash(db, "shelf_id = 2 WHERE id = 1").await;
}

/// Makes all rows live again, with their first foreign keys.
async fn put_back(db: &TestDb) {
    run(
        db,
        &[
            "UPDATE two_shelf SET deleted_at = NULL, operation_id = NULL",
            "UPDATE two_label SET deleted_at = NULL",
            "UPDATE two_book SET deleted_at = NULL, operation_id = NULL",
            "UPDATE two_book SET shelf_id = 1 WHERE id = 1",
        ],
    )
    .await;
}

impl book::Entity {
    async fn update_many_of_the_trash(db: &TestDb, set: &str) {
        run(db, &[&format!("UPDATE two_book SET {set}")]).await;
    }
}

async fn operation_of(db: &TestDb, shelf: i32) -> Operation {
    let row = shelf::Entity::only_trashed().filter(shelf::Column::Id.eq(shelf));
    let row = row.one(&**db).await.unwrap().unwrap();
    let list = Operation::list().in_family_of(shelf::Entity);
    list.find(row.operation().unwrap(), &**db)
        .await
        .unwrap()
        .unwrap()
}

on_every_database! {
    async fn a_row_that_became_its_own_parent_belongs_to_no_row_that_is_restored(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_many().exec(&**db).await?;
        run(db, &["UPDATE family_folder SET notebook_id = NULL, parent_id = 4 WHERE id = 4"]).await;
        notebook::Entity::restore_by_id(1).exec(&**db).await?;
        notebook::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(live(db, "family_notebook").await, [1, 2]);
        assert_eq!(live(db, "family_folder").await, [1, 2, 3]);
        assert_eq!(live(db, "family_note").await, [1, 2, 3]);
    }

    async fn a_row_that_was_moved_under_another_trashed_row_stays_trashed(db: &TestDb) {
        book_moved(db).await;
        shelf::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!((live(db, "two_shelf").await, live(db, "two_book").await), (vec![1], vec![2]));
        // The error names the trashed parent row, and a restore of the parent row restores the book.
        let refused = refusal(book::Entity::restore_by_id(1).exec(&**db).await);
        let SoftDeleteError::ParentTrashed { parent_key, .. } = &refused else { panic!("{refused}") };
        assert_eq!(parent_key, "id = 2");
        shelf::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(live(db, "two_book").await, [2, 3]);
        book::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "two_book").await, [1, 2, 3]);
    }

    async fn a_restore_of_rows_leaves_moved_rows_trashed(db: &TestDb) {
        shelves(db).await;
        for way in 0..6 {
            put_back(db).await;
            trash_and_move(db).await;
            let one = shelf::Column::Id.eq(1);
            match way {
                0 => { shelf::Entity::restore_many().filter(one).exec(&**db).await?; }
                1 => { shelf::Entity::restore_by_id(1).with_ancestors().exec(&**db).await?; }
                2 => {
                    let restore = shelf::Entity::restore_by_id(1);
                    let preview = restore.preview(&**db).await?;
                    // The preview counts the shelf, book 2 and the label.
                    assert_eq!((preview.count(), preview.is_allowed()), (3, true), "{preview}");
                    restore.confirm(&preview, &**db).await?;
                }
                3 => {
                    let new = shelf::ActiveModel { id: Set(1), name: Set("n".into()), ..Default::default() };
                    shelf::Entity::insert_or_revive(new).exec(&**db).await?;
                }
                4 => {
                    let new = shelf::ActiveModel { id: Set(1), name: Set("n".into()), ..Default::default() };
                    shelf::Entity::find_or_insert(new).or_revive().exec(&**db).await?;
                }
                _ => {
                    let row = shelf::Entity::only_trashed().filter(one).one(&**db).await?.unwrap();
                    row.restore(&**db).await?;
                }
            }
            assert_eq!(live(db, "two_shelf").await, [1], "{way}");
            assert_eq!(live(db, "two_book").await, [2], "{way}");
            let restored = shelf::Entity::restore_by_id(2).exec(&**db).await?;
            assert_eq!(restored.id, 2);
            book::Entity::restore_by_id(1).exec(&**db).await?;
        }
    }

    async fn an_operation_with_a_moved_row_is_restored_with_its_trashed_parent_or_not_at_all(db: &TestDb) {
        book_moved(db).await;
        let operation = operation_of(db, 1).await;
        let preview = &operation.preview_restore(&**db).await?[0];
        assert_eq!((preview.count(), preview.is_allowed()), (4, false), "{preview}");
        assert_eq!((preview.orphans[0].count, preview.orphans[0].of.as_str()), (1, "two_shelf"));
        let refused = refusal(operation.restore(&**db).await);
        let SoftDeleteError::ParentTrashed { entity, key, parent_key, .. } = &refused else { panic!("{refused}") };
        assert_eq!((entity.as_str(), key.as_str(), parent_key.as_str()), ("two_book", "id = 1", "id = 2"));
        assert_eq!((live(db, "two_shelf").await, live(db, "two_book").await), (vec![], vec![]));

        operation.restore_with_ancestors(&**db).await?;
        assert_eq!((live(db, "two_shelf").await, live(db, "two_book").await), (vec![1, 2], vec![1, 2, 3]));
    }

    async fn a_restore_of_an_operation_restores_a_row_that_was_moved_under_a_live_row(db: &TestDb) {
        shelves(db).await;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        book::Entity::update_many_of_the_trash(db, "shelf_id = 2 WHERE id = 1").await;
        operation_of(db, 1).await.restore(&**db).await?;
        assert_eq!((live(db, "two_shelf").await, live(db, "two_book").await), (vec![1, 2], vec![1, 2, 3]));
    }

    async fn a_branch_that_was_moved_while_trashed_stays_trashed_as_a_whole(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        notebook::Entity::delete_by_id(2).exec(&**db).await?;
        // Folder 2 contains folder 3 and note 3.
        run(db, &["UPDATE family_folder SET parent_id = 4 WHERE id = 2"]).await;
        notebook::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(notebooks::live(db).await[..4], [1, 1, 2, 3]);
        assert_eq!(live(db, "family_folder").await, [1]);
        notebook::Entity::restore_by_id(2).exec(&**db).await?;
        folder::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(notebooks::live(db).await[..4], [2, 4, 4, 4]);
    }

    /// The attachment's entity has one parent entity. Its new parent row, a note, was trashed before it.
    async fn a_leaf_that_was_moved_under_an_earlier_trashed_row_stays_trashed(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        run(db, &["UPDATE family_attachment SET note_id = 2 WHERE id = 1"]).await;
        folder::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_note").await, [1, 3, 4]);
        assert_eq!(live(db, "family_attachment").await, [2, 4]);
        assert_eq!(attachment::Entity::only_trashed().count(&**db).await?, 2);
    }
}
