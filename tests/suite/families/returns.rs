//! Restores that bring back rows of several operations.

use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::notebooks::*;
use super::rows::{refusal, run};
use crate::harness::on_every_database;

on_every_database! {
    async fn a_scoped_connection_restores_ancestors_too(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let scoped = db.scoped();
        attachment::Entity::restore_by_id(1).with_ancestors().exec(&scoped).await?;
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn ancestors_in_a_cycle_of_two_operations_are_restored_once(db: &TestDb) {
        two_notebooks(db).await;
        run(db, &["UPDATE family_folder SET parent_id = 4 WHERE id = 1"]).await;
        folder::Entity::delete_by_id(1).exec(&**db).await?; // with folders 2 and 3
        run(db, &["UPDATE family_folder SET parent_id = 3 WHERE id = 4"]).await;
        folder::Entity::delete_by_id(4).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 0, 0, 0, 0, 0]);
        folder::Entity::restore_by_id(4).with_ancestors().exec(&**db).await?;
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
    }

    async fn one_restore_brings_back_a_parent_and_a_child_of_different_operations(db: &TestDb) {
        two_notebooks(db).await;
        folder::Entity::delete_by_id(2).exec(&**db).await?; // with folder 3
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        let refused = refusal(folder::Entity::restore_by_id(2).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
        let restored = folder::Entity::restore_many().filter_by_ids([1, 2]).exec(&**db).await?;
        assert_eq!(restored.rows_affected, 2);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);

        // Now the first delete trashes the higher row.
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        run(db, &["INSERT INTO family_folder (id, parent_id) VALUES (5, 2)"]).await;
        folder::Entity::delete_by_id(5).exec(&**db).await?;
        let restored = folder::Entity::restore_many().filter_by_ids([1, 5]).exec(&**db).await?;
        assert_eq!(restored.rows_affected, 2);
        assert_eq!(live(db).await, [2, 5, 4, 4, 3, 1]);
    }

    async fn with_ancestors_restores_the_ancestors_of_the_named_row_only(db: &TestDb) {
        two_notebooks(db).await;
        // One delete trashes both notes, each with its link to the tag that they share.
        notebook::Entity::delete_many().exec(&**db).await?;
        note::Entity::restore_by_id(4).with_ancestors().exec(&**db).await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 0]);
        let refused = refusal(note::Entity::restore_by_id(1).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
        notebook::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
    }
}
