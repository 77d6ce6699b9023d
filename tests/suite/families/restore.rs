//! A restore brings back exactly the rows of its operation.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::notebooks::*;
use crate::harness::on_every_database;

on_every_database! {
    async fn a_restore_brings_back_the_whole_family(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let restored = notebook::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!((restored.deleted_at, restored.operation_id), (None, None));
        // The delete removed the index entries, so a restore cannot bring them back.
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    /// "What if the object was deleted, then its parent is deleted, then its parent is restored?"
    /// Scenarios 83, 88 and 89.
    async fn a_row_that_was_deleted_before_its_parent_stays_deleted_when_the_parent_is_restored(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        folder::Entity::delete_by_id(2).exec(&**db).await?; // with folder 3 and note 3
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);

        notebook::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 2, 3, 3, 3, 1]);
        attachment::Entity::restore_by_id(1).exec(&**db).await?;
        folder::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    /// Scenario 85.
    async fn a_row_whose_parent_is_trashed_is_not_restored_alone(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let operation = note::Entity::only_trashed().one(&**db).await?.unwrap().operation();
        assert!(operation.is_some());

        // An earlier delete trashed the attachment.
        let refused = attachment::Entity::restore_by_id(1).exec(&**db).await.unwrap_err();
        let SoftDeleteError::ParentTrashed { entity, key, parent, parent_key, parent_row, .. } =
            &refused
        else {
            panic!("{refused}");
        };
        assert_eq!((entity.as_str(), key.as_str()), ("family_attachment", "id = 1"));
        assert_eq!((parent.as_str(), parent_key.as_str()), ("family_note", "id = 1"));
        assert_eq!(parent_row.operation, operation);
        assert_eq!((parent_row.entity.as_str(), &parent_row.key), ("family_note", &1.into()));
        assert_eq!((parent_row.title.as_deref(), parent_row.to_string().as_str()), (None, "family_note 1"));
        // The operation that trashed these rows started at an ancestor.
        for refused in [
            attachment::Entity::restore_by_id(2).exec(&**db).await.map(drop),
            attachment::Entity::restore_many().exec(&**db).await.map(drop),
            note::Entity::restore_by_id(1).exec(&**db).await.map(drop),
            folder::Entity::restore_by_id(2).exec(&**db).await.map(drop),
            folder::Entity::restore_many().exec(&**db).await.map(drop),
        ] {
            let refused = refused.unwrap_err();
            assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
        }
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    async fn with_ancestors_restores_the_ancestors_with_the_rows_of_their_operations(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        note::Entity::delete_by_id(1).exec(&**db).await?; // with attachment 2
        note::Entity::delete_by_id(2).exec(&**db).await?; // with attachment 3
        folder::Entity::delete_by_id(1).exec(&**db).await?; // with folders 2 and 3, and note 3
        let attachment = attachment::Entity::restore_by_id(1).with_ancestors().exec(&**db).await?;
        assert!(!attachment.is_trashed());
        assert_eq!(live(db).await, [2, 4, 3, 3, 3, 1]); // without note 2 and its attachment
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        let restored = note::Entity::restore_many()
            .filter(note::Column::Slug.eq("two"))
            .with_ancestors()
            .exec(&**db)
            .await?;
        assert_eq!(restored.rows_affected, 1);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn one_row_of_an_operation_can_be_restored_alone(db: &TestDb) {
        two_notebooks(db).await;
        let deleted = note::Entity::delete_many().exec(&**db).await?;
        assert_eq!(deleted.rows_affected, 4);
        assert_eq!(live(db).await, [2, 4, 0, 0, 0, 0]);
        note::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 4, 1, 2, 2, 0]);
        let links = note_tag::Entity::find().all(&**db).await?;
        assert_eq!(links[0].note_id, 1);
        // The other rows still form one operation.
        let rest = note::Entity::only_trashed().all(&**db).await?;
        assert!(rest.iter().all(|note| note.operation() == rest[0].operation()));
        let restored = note::Entity::restore_many().exec(&**db).await?;
        assert_eq!(restored.rows_affected, 3);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
    }

    async fn a_branch_of_a_tree_is_restored_alone_when_its_parent_is_live(db: &TestDb) {
        two_notebooks(db).await;
        // One delete trashes folder 4, and folder 2 with all its descendants.
        folder::Entity::delete_many().filter_by_ids([2, 4]).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 1, 2, 3, 2, 1]);
        folder::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 3, 3, 3, 2, 1]);
        folder::Entity::restore_by_id(4).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn restore_many_brings_back_several_operations(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        note::Entity::delete_by_id(4).exec(&**db).await?;
        let restored = note::Entity::restore_many().filter_by_ids([1, 4]).exec(&**db).await?;
        assert_eq!(restored.rows_affected, 2);
        assert_eq!(live(db).await, [2, 4, 3, 3, 3, 0]);
        let back = note::Entity::restore_many().exec_with_returning(&**db).await?;
        assert_eq!(back.len(), 1);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
    }

    async fn a_restore_lists_all_unique_clashes_and_changes_nothing(db: &TestDb) {
        two_notebooks(db).await;
        // Replaces the unique keys by keys that are unique among live rows.
        match db.server() {
            crate::harness::Server::Sqlite => {
                // SQLite cannot drop the index of a UNIQUE column.
                db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
                db.execute_unprepared("DROP TABLE family_note").await?;
                db.execute_unprepared(
                    "CREATE TABLE family_note (id INTEGER PRIMARY KEY, folder_id INTEGER NOT NULL, \
                     slug TEXT NOT NULL, deleted_at TEXT, operation_id TEXT, deleted_by TEXT, \
                     updated_at TEXT)",
                )
                .await?;
                db.execute_unprepared(
                    "INSERT INTO family_note (id, folder_id, slug) VALUES \
                     (1, 1, 'one'), (2, 1, 'two'), (3, 3, 'three'), (4, 4, 'four')",
                )
                .await?;
            }
            crate::harness::Server::Postgres => {
                db.execute_unprepared("ALTER TABLE family_note DROP CONSTRAINT family_note_slug_key")
                    .await?;
            }
            crate::harness::Server::MariaDb | crate::harness::Server::MySql => {
                db.execute_unprepared("ALTER TABLE family_note DROP INDEX slug").await?;
            }
        }
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        for (id, slug) in [(11, "one"), (12, "two")] {
            let note = note::ActiveModel {
                id: Set(id),
                folder_id: Set(4),
                slug: Set(slug.into()),
                ..Default::default()
            };
            note::Entity::insert(note).exec(&**db).await?;
        }
        let before = live(db).await;
        let refused = folder::Entity::restore_by_id(1).exec(&**db).await.unwrap_err();
        let SoftDeleteError::UniqueViolation { clashes, .. } = &refused else {
            panic!("{refused}");
        };
        let clashes: Vec<String> = clashes.iter().map(ToString::to_string).collect();
        assert_eq!(
            clashes,
            [
                "`family_note` id = 1 (slug = 'one' is taken)",
                "`family_note` id = 2 (slug = 'two' is taken)",
            ]
        );
        assert_eq!(live(db).await, before);
        note::Entity::force_delete_many().filter_by_ids([11, 12]).exec(&**db).await?;
        folder::Entity::restore_by_id(1).exec(&**db).await?;
    }

    async fn a_restore_through_a_scoped_connection_brings_back_the_same_rows(db: &TestDb) {
        two_notebooks(db).await;
        let scoped = db.scoped();
        note::Entity::delete_by_id(2).exec(&scoped).await?;
        notebook::Entity::delete_by_id(1).exec(&scoped).await?;
        let refused = note::Entity::restore_by_id(2).exec(&scoped).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
        let refused = attachment::Entity::restore_by_id(1).exec(&scoped).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
        notebook::Entity::restore_by_id(1).exec(&scoped).await?;
        assert_eq!(live(db).await, [2, 4, 3, 3, 3, 1]);
        note::Entity::restore_by_id(2).exec(&scoped).await?;
        note::Entity::delete_many().exec(&scoped).await?;
        note::Entity::restore_by_id(1).exec(&scoped).await?;
        assert_eq!(live(db).await, [2, 4, 1, 2, 2, 0]);
    }

    async fn rows_that_a_handwritten_update_trashed_are_restored_alone(db: &TestDb) {
        two_notebooks(db).await;
        db.execute_unprepared("UPDATE family_note SET deleted_at = '2020-01-01 00:00:00' WHERE id < 3")
            .await?;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        note::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 4, 3, 3, 3, 2]);
        note::Entity::restore_many().exec(&**db).await?;
        assert_eq!(live(db).await, [2, 4, 4, 3, 3, 2]);
    }

    async fn a_restore_of_a_has_one_relation_brings_back_the_last_child_only(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(3).exec(&**db).await?; // of note 2
        db.execute_unprepared("INSERT INTO family_attachment (id, note_id) VALUES (9, 2)").await?;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        note::Entity::restore_by_id(2).exec(&**db).await?;
        let of_note = attachment::Entity::find().filter(attachment::Column::NoteId.eq(2));
        let ids: Vec<i32> = of_note.all(&**db).await?.iter().map(|one| one.id).collect();
        assert_eq!(ids, [9]);
    }

    async fn a_restore_of_a_live_row_or_a_missing_row_is_refused(db: &TestDb) {
        two_notebooks(db).await;
        let refused = note::Entity::restore_by_id(1).exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. })));
        let refused = note::Entity::restore_by_id(404).exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotFound { .. })));
    }
}
