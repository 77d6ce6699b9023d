//! Previews count the rows of a verb, and a confirmed verb changes exactly those rows.

use sea_orm::QueryFilter;
use sea_orm::prelude::*;
use sea_orm_soft_delete::preview::Preview;
use sea_orm_soft_delete::{Operation, Scopable, SoftDeleteError};

use super::notebooks::*;
use crate::harness::on_every_database;

/// Asserts that the preview prints exactly these lines.
#[track_caller]
fn reads(preview: &Preview, lines: &[&str]) {
    let text = preview.to_string();
    assert_eq!(text.lines().collect::<Vec<_>>(), lines, "{text}");
}

const NOTEBOOK: [&str; 7] = [
    "delete",
    "family_notebook: 1 row",
    "└─ family_folder: 3 rows",
    "   └─ family_note: 3 rows",
    "      ├─ family_attachment: 3 rows",
    "      ├─ family_note_tag: 2 rows",
    "      └─ family_index_entry: 1 row, destroyed for good",
];

on_every_database! {
    async fn a_preview_of_a_delete_counts_the_rows_that_it_would_trash(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_by_id(1);
        let preview = delete.preview(&**db).await?;
        reads(&preview, &NOTEBOOK);
        assert_eq!((preview.count(), preview.is_allowed()), (13, true));
        assert_eq!(delete.preview(&db.scoped()).await?, preview);
        assert_eq!(live(db).await, ALL);

        let confirmed = delete.confirm(&preview, &**db).await?;
        assert_eq!(confirmed.rows_affected, 1);
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    async fn a_confirmed_delete_returns_the_operation_that_undoes_it(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_by_id(1);
        let preview = delete.preview(&**db).await?;
        let confirmed = delete.confirm(&preview, &**db).await?;
        let rows: u64 = confirmed.by_entity.iter().map(|rows| rows.count).sum();
        assert_eq!((confirmed.by_entity[0].entity.as_str(), rows), ("family_notebook", preview.count()));
        let trashed = note::Entity::with_trashed_by_id(1).one(&**db).await?.unwrap();
        assert_eq!(confirmed.operation, trashed.operation());
        let list = Operation::list().in_family_of(notebook::Entity);
        let operation = list.find(confirmed.operation.unwrap(), &**db).await?.unwrap();
        assert_eq!(operation.restore(&**db).await?, 12);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn a_delete_returns_its_operation_without_a_preview_too(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_many().filter(notebook::Column::Id.eq(1));
        let deleted = delete.clone().exec_returning_operation(&db.scoped()).await?;
        let trashed = folder::Entity::with_trashed_by_id(1).one(&**db).await?.unwrap();
        assert_eq!((deleted.rows_affected, deleted.operation), (1, trashed.operation()));
        assert!(deleted.operation.is_some());
        let nothing = delete.exec_returning_operation(&**db).await?;
        assert_eq!((nothing.rows_affected, nothing.operation, nothing.by_entity.len()), (0, None, 0));

        // An entity without an `operation` column records the instant.
        let deleted = attachment::Entity::delete_by_id(4).exec_returning_operation(&**db).await?;
        let trashed = attachment::Entity::with_trashed_by_id(4).one(&**db).await?.unwrap();
        assert_eq!(deleted.operation, trashed.operation());
        let list = Operation::list().in_family_of(attachment::Entity);
        let operation = list.find(deleted.operation.unwrap(), &**db).await?.unwrap();
        assert_eq!(operation.restore(&**db).await?, 1);
        let unset: attachment::ActiveModel = Default::default();
        let refused = attachment::Entity::delete(unset).exec_returning_operation(&**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::Db(DbErr::PrimaryKeyNotSet { .. })), "{refused:?}");
    }

    async fn a_preview_is_serialized_in_snake_case(db: &TestDb) {
        two_notebooks(db).await;
        let preview = folder::Entity::force_delete_by_id(3).preview(&**db).await?;
        let (entity, members) = (&preview.affects.entity, preview.affects.members.len());
        assert_eq!((entity.as_str(), members), ("family_folder", 1));
        let mut text = serde_json::to_value(&preview).unwrap();
        assert_eq!(serde_json::from_value::<Preview>(text.clone()).unwrap(), preview);
        text["affects"]["members"] = serde_json::json!([]);
        assert_eq!(
            text,
            serde_json::json!({
                "verb": "force_delete",
                "affects": { "entity": "family_folder", "count": preview.affects.count, "is_destroyed": false, "members": [] },
                "forbids": [],
                "clashes": [],
                "orphans": [],
                "gone": [],
                "held": [],
                "on_hold": [],
            })
        );
    }

    async fn a_confirmed_verb_is_refused_if_the_rows_changed_since_the_preview(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_by_id(1);
        let preview = delete.preview(&**db).await?;
        db.execute_unprepared("INSERT INTO family_attachment (id, note_id) VALUES (9, 3)").await?;
        let refused = delete.clone().confirm(&preview, &**db).await.unwrap_err();
        let SoftDeleteError::PreviewChanged { now, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(now.count(), 14);
        assert_eq!(live(db).await, [2, 4, 4, 5, 3, 2]);
        delete.confirm(&now, &**db).await?;
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }

    async fn a_preview_names_the_rows_that_forbid_a_delete(db: &TestDb) {
        two_notebooks(db).await;
        let delete = notebook::Entity::delete_by_id(1);
        assert!(!delete.is_forbidden(&**db).await?);
        db.execute_unprepared("INSERT INTO family_loan (id, note_id) VALUES (1, 1), (2, 3)").await?;
        assert!(delete.is_forbidden(&**db).await?);
        let preview = delete.preview(&db.scoped()).await?;
        assert!(!preview.is_allowed());
        let text = preview.to_string();
        assert_eq!(
            text.lines().last(),
            Some("forbidden by 2 live rows of `family_loan`, which belong to `family_note`")
        );
        let refused = delete.confirm(&preview, &**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        assert!(!notebook::Entity::delete_by_id(2).is_forbidden(&db.scoped()).await?);
    }

    async fn a_preview_of_a_restore_counts_the_rows_that_it_would_restore(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let restore = notebook::Entity::restore_by_id(1);
        let preview = restore.preview(&**db).await?;
        reads(
            &preview,
            &[
                "restore",
                "family_notebook: 1 row",
                "└─ family_folder: 3 rows",
                "   └─ family_note: 2 rows",
                "      ├─ family_attachment: 1 row",
                "      └─ family_note_tag: 0 rows",
            ],
        );
        assert_eq!(restore.preview(&db.scoped()).await?, preview);

        let orphan = note::Entity::restore_many().preview(&db.scoped()).await?;
        assert_eq!(orphan.affects.count, 3);
        assert_eq!(
            orphan.orphans[0].to_string(),
            "3 rows of `family_note` belong to trashed rows of `family_folder`"
        );
        restore.confirm(&preview, &**db).await?;
        assert_eq!(live(db).await, [2, 4, 3, 2, 1, 1]);
    }

    async fn a_preview_of_a_force_delete_counts_trashed_rows_too(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        let remove = folder::Entity::force_delete_by_id(1);
        let preview = remove.preview(&**db).await?;
        reads(
            &preview,
            &[
                "force delete",
                "family_folder: 3 rows",
                "└─ family_note: 3 rows",
                "   ├─ family_attachment: 3 rows",
                "   ├─ family_note_tag: 2 rows",
                "   └─ family_index_entry: 0 rows",
            ],
        );
        remove.confirm(&preview, &db.scoped()).await?;
        assert_eq!(live(db).await, [2, 1, 1, 1, 1, 1]);
    }

    async fn an_entity_without_a_family_has_previews_too(db: &TestDb) {
        two_notebooks(db).await;
        let delete = attachment::Entity::delete_many().filter(attachment::Column::NoteId.eq(1));
        let preview = delete.preview(&**db).await?;
        reads(&preview, &["delete", "family_attachment: 2 rows"]);
        assert_eq!(delete.confirm(&preview, &**db).await?.rows_affected, 2);
        let restore = attachment::Entity::restore_many();
        let preview = restore.preview(&**db).await?;
        reads(&preview, &["restore", "family_attachment: 2 rows"]);
        assert_eq!(restore.confirm(&preview, &**db).await?.rows_affected, 2);
    }
}
