//! Rows whose parent row was removed for good: a restore refuses to make them orphans.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Operation, SoftDeleteError};

use super::notebooks::{folder, note, two_notebooks};
use super::rows::{live, refusal, run};
use super::shelves::{book, shelf, shelves};
use crate::harness::{Server, on_every_database};

/// The table and key of the missing parent row that the error names.
#[track_caller]
fn gone<T>(outcome: Result<T, impl Into<SoftDeleteError>>) -> (String, String) {
    match refusal(outcome) {
        SoftDeleteError::ParentGone {
            parent, parent_key, ..
        } => (parent, parent_key),
        other => panic!("{other}"),
    }
}

on_every_database! {
    async fn a_row_whose_parent_was_removed_is_not_restored(db: &TestDb) {
        shelves(db).await;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        run(db, &["DELETE FROM two_shelf WHERE id = 1"]).await;
        let row = book::Entity::only_trashed().filter(book::Column::Id.eq(1)).one(&**db).await?.unwrap();
        let operation = Operation::list().in_family_of(book::Entity);
        let operation = operation.find(row.operation().unwrap(), &**db).await?.unwrap();
        let new = || book::ActiveModel { id: Set(1), ..Default::default() };
        for refused in [
            gone(book::Entity::restore_by_id(1).exec(&**db).await),
            gone(book::Entity::restore_by_id(1).with_ancestors().exec(&**db).await),
            gone(book::Entity::restore_many().exec(&**db).await),
            gone(row.restore(&**db).await),
            gone(operation.restore(&**db).await),
            gone(operation.restore_with_ancestors(&**db).await),
            gone(book::Entity::insert_or_revive(new()).exec(&**db).await),
            gone(book::Entity::find_or_insert(new()).or_revive().exec(&**db).await),
        ] {
            assert_eq!(refused, ("two_shelf".to_owned(), "id = 1".to_owned()));
        }
        if !db.server().speaks_mysql() {
            gone(book::Entity::restore_many().exec_with_returning(&**db).await);
        }
        for preview in [
            book::Entity::restore_many().preview(&**db).await?,
            operation.preview_restore(&**db).await?.remove(0),
        ] {
            assert!(!preview.is_allowed(), "{preview}");
            assert_eq!((preview.gone[0].count, preview.gone[0].of.as_str()), (2, "two_shelf"));
            assert!(preview.to_string().contains("2 rows of `two_book` belong to missing rows of `two_shelf`"));
        }
        for preview in [
            book::Entity::restore_by_id(1).with_ancestors().preview(&**db).await?,
            operation.preview_restore_with_ancestors(&**db).await?.remove(0),
        ] {
            assert!(!preview.is_allowed(), "{preview}");
            assert_eq!((preview.gone[0].of.as_str(), preview.gone[0].parents.len()), ("two_shelf", 0));
        }
        assert_eq!(live(db, "two_book").await, [3]);

        // Two ways out: give the row another parent row, or insert the parent row again.
        let moved = book::ActiveModel { id: Set(1), shelf_id: Set(2), ..Default::default() };
        book::Entity::insert_or_revive(moved).exec(&**db).await?;
        run(db, &["INSERT INTO two_shelf (id, name) VALUES (1, 'again')"]).await;
        book::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(live(db, "two_book").await, [1, 2, 3]);
    }

    /// The same for an entity with children, a tree, and an entity with several parent rows.
    async fn a_family_whose_parent_was_removed_is_not_restored(db: &TestDb) {
        two_notebooks(db).await;
        let off = match db.server() {
            Server::Sqlite => "PRAGMA foreign_keys = OFF",
            Server::Postgres => "ALTER TABLE family_note DROP CONSTRAINT \"fk-family_note-folder_id\"",
            Server::MariaDb | Server::MySql => "ALTER TABLE family_note DROP FOREIGN KEY `fk-family_note-folder_id`",
        };
        run(db, &[off]).await;
        note::Entity::delete_by_id(4).exec(&**db).await?;
        run(db, &["DELETE FROM family_folder WHERE id = 4"]).await;
        let refused = gone(note::Entity::restore_by_id(4).exec(&**db).await);
        assert_eq!(refused, ("family_folder".to_owned(), "id = 4".to_owned()));
        assert_eq!(live(db, "family_note").await, [1, 2, 3]);
        // A row whose foreign key is NULL is not an orphan.
        run(db, &["UPDATE family_folder SET notebook_id = NULL WHERE id = 1"]).await;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        folder::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_note").await, [1, 2, 3]);
    }
}
