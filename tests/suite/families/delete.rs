//! A delete cascades to the child rows of its rows.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Attribution, Scopable, SoftDeleteError};

use super::notebooks::*;
use crate::harness::on_every_database;

on_every_database! {
    /// Scenario 82.
    async fn a_delete_trashes_the_whole_family(db: &TestDb) {
        two_notebooks(db).await;
        assert_eq!(live(db).await, ALL);
        let deleted = notebook::Entity::delete_by_id(1).by(7).because("moved out").exec(&**db).await?;
        assert_eq!(deleted.rows_affected, 1);
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);

        let notebook = notebook::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!(notebook.reason.as_deref(), Some("moved out"));
        for folder in folder::Entity::only_trashed().all(&**db).await? {
            assert_eq!(folder.operation_id, notebook.operation_id);
            assert_eq!(folder.deleted_at, notebook.deleted_at);
            assert_eq!(folder.deleted_by, Some(7));
        }
        for note in note::Entity::only_trashed().all(&**db).await? {
            assert_eq!(note.operation_id, notebook.operation_id.map(|id| id.to_string()));
            assert_eq!(note.deleted_at, notebook.deleted_at);
            assert_eq!(note.deleted_by.as_deref(), Some("7"));
            assert_eq!(note.updated_at, notebook.deleted_at);
            assert_eq!(note.operation(), notebook.operation());
        }
        for attachment in attachment::Entity::only_trashed().all(&**db).await? {
            assert_eq!(attachment.deleted_at, notebook.deleted_at);
        }
        // Rows of policy `keep` stay live, and so do the targets of links.
        assert_eq!(comment::Entity::find().count(&**db).await?, 1);
        assert_eq!(tag::Entity::find().count(&**db).await?, 2);
    }

    async fn a_delete_leaves_trashed_rows_unchanged(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let before = note::Entity::only_trashed().one(&**db).await?.unwrap();
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let after = note::Entity::only_trashed()
            .filter(note::Column::Id.eq(2))
            .one(&**db)
            .await?
            .unwrap();
        assert_eq!(before, after);
    }

    async fn a_plain_delete_through_a_scoped_connection_trashes_the_family(db: &TestDb) {
        two_notebooks(db).await;
        let scoped = db.scoped();
        Attribution::by(7)
            .scope(async {
                scoped
                    .execute_unprepared("DELETE FROM family_notebook WHERE id = 1")
                    .await
            })
            .await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
        let folder = folder::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!(folder.deleted_by, Some(7));
        <notebook::Entity as EntityTrait>::delete_many().exec(&scoped).await?;
        assert_eq!(live(db).await, [0, 0, 0, 0, 0, 0]);
    }

    async fn verbs_on_a_scoped_connection_trash_the_family(db: &TestDb) {
        two_notebooks(db).await;
        let folder = folder::Entity::find_by_id(2).one(&**db).await?.unwrap();
        folder.delete(&db.scoped()).await?;
        assert_eq!(live(db).await, [2, 2, 3, 4, 3, 2]);
    }

    /// Scenario 95.
    async fn live_rows_that_restrict_forbid_the_delete(db: &TestDb) {
        two_notebooks(db).await;
        db.execute_unprepared("INSERT INTO family_loan (id, note_id) VALUES (1, 1), (2, 3)")
            .await?;
        let refused = notebook::Entity::delete_by_id(1).exec(&**db).await.unwrap_err();
        let refused = SoftDeleteError::from(refused);
        let SoftDeleteError::Restricted { entity, by, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!((entity.as_str(), by.len()), ("family_notebook", 1));
        assert_eq!((by[0].entity.as_str(), by[0].count), ("family_loan", 2));
        assert_eq!(live(db).await, ALL);

        let refused = db
            .scoped()
            .execute_unprepared("DELETE FROM family_folder WHERE id = 3")
            .await;
        assert!(matches!(
            SoftDeleteError::from(refused.unwrap_err()),
            SoftDeleteError::Restricted { .. }
        ));
        assert_eq!(live(db).await, ALL);

        loan::Entity::delete_many().exec(&**db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }
}
