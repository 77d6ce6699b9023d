//! A force delete removes the child rows of its rows, trashed or live.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::notebooks::*;
use crate::harness::{TestDb, on_every_database};

/// How many notebooks, folders, notes, attachments, links and index entries exist, trashed or live.
async fn all(db: &TestDb) -> [u64; 6] {
    [
        notebook::Entity::with_trashed().count(&**db).await.unwrap(),
        folder::Entity::with_trashed().count(&**db).await.unwrap(),
        note::Entity::with_trashed().count(&**db).await.unwrap(),
        attachment::Entity::with_trashed()
            .count(&**db)
            .await
            .unwrap(),
        note_tag::Entity::with_trashed().count(&**db).await.unwrap(),
        index_entry::Entity::find().count(&**db).await.unwrap(),
    ]
}

on_every_database! {
    /// Scenario 92.
    async fn trashed_children_are_removed_too_and_foreign_keys_hold(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        folder::Entity::delete_by_id(3).exec(&**db).await?;
        let removed = notebook::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(removed.rows_affected, 1);
        assert_eq!(all(db).await, [1, 1, 1, 1, 1, 1]);
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    /// Scenario 91.
    async fn children_of_other_parents_remain(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_many().exec(&**db).await?;
        let removed = notebook::Entity::force_delete_by_id(2).only_trashed().exec(&**db).await?;
        assert_eq!(removed.rows_affected, 1);
        assert_eq!(all(db).await, [1, 3, 3, 3, 2, 0]);
        notebook::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db).await, [1, 3, 3, 3, 2, 0]);
        let refused = notebook::Entity::force_delete_by_id(1).only_trashed().exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. })));
    }

    async fn live_rows_that_restrict_forbid_a_force_delete(db: &TestDb) {
        two_notebooks(db).await;
        db.execute_unprepared("INSERT INTO family_loan (id, note_id) VALUES (1, 3)").await?;
        let refused = notebook::Entity::force_delete_many().exec(&**db).await.unwrap_err();
        let SoftDeleteError::Restricted { by, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!((by[0].entity.as_str(), by[0].count), ("family_loan", 1));
        assert_eq!(all(db).await, ALL);
    }

    async fn the_trash_of_a_family_is_emptied_through_a_scoped_connection(db: &TestDb) {
        two_notebooks(db).await;
        let scoped = db.scoped();
        notebook::Entity::delete_by_id(1).exec(&scoped).await?;
        notebook::Entity::force_delete_many().only_trashed().exec(&scoped).await?;
        assert_eq!(all(db).await, [1, 1, 1, 1, 1, 1]);
        let notebook = notebook::Entity::find().one(&scoped).await?.unwrap();
        notebook.force_delete(&scoped).await?;
        assert_eq!(all(db).await, [0; 6]);
    }

    async fn a_force_delete_returns_the_removed_rows(db: &TestDb) {
        two_notebooks(db).await;
        if db.returns_updated_rows() {
            let rows = folder::Entity::force_delete_many()
                .filter_by_ids([1, 4])
                .exec_with_returning(&**db)
                .await?;
            assert_eq!(rows.len(), 2);
            assert_eq!(all(db).await, [2, 0, 0, 0, 0, 0]);
        }
    }

    async fn a_cycle_in_a_tree_is_removed_or_refused_by_its_foreign_key(db: &TestDb) {
        two_notebooks(db).await;
        db.execute_unprepared("UPDATE family_folder SET parent_id = 3 WHERE id = 2").await?;
        let removed = folder::Entity::force_delete_by_id(2).exec(&**db).await;
        if db.server().speaks_mysql() {
            // This database checks foreign keys row by row.
            assert!(removed.is_err());
            assert_eq!(all(db).await, ALL);
        } else {
            removed?;
            assert_eq!(all(db).await, [2, 2, 3, 4, 3, 2]);
        }
    }
}
