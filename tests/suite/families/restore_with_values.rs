//! A restore of a row with other values: under another parent, or another name.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm::{IntoActiveModel, TransactionTrait};
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::notebooks::*;
use crate::harness::{TestDb, on_every_database};

fn in_folder(id: i32) -> note::ActiveModel {
    note::ActiveModel {
        folder_id: Set(id),
        ..Default::default()
    }
}

async fn stored(db: &TestDb) -> note::Model {
    let note = <note::Entity as EntityTrait>::find_by_id(1);
    note.one(&**db).await.unwrap().unwrap()
}

/// Note 1 is in the trash with its attachments, and so is its folder, by another delete.
async fn a_note_without_its_folder(db: &TestDb) {
    two_notebooks(db).await;
    note::Entity::delete_by_id(1).exec(&**db).await.unwrap();
    folder::Entity::delete_by_id(1).exec(&**db).await.unwrap();
}

on_every_database! {
    async fn a_row_is_restored_under_another_parent_with_what_went_along(db: &TestDb) {
        a_note_without_its_folder(db).await;
        let trashed = stored(db).await;
        let restore = || note::Entity::restore_by_id(1);
        assert_eq!(restore().preview(&**db).await?.orphans.len(), 1);

        let elsewhere = || restore().with_values(in_folder(4));
        let preview = elsewhere().preview(&**db).await?;
        assert!(preview.is_allowed(), "{preview}");
        assert_eq!(preview.count(), 5, "the note, two attachments and two tags");
        assert_eq!(stored(db).await, trashed, "a preview writes nothing");

        let restored = elsewhere().exec(&**db).await?;
        assert_eq!((restored.folder_id, restored.deleted_at), (4, None));
        assert_eq!(restored.slug, trashed.slug);
        assert_eq!(stored(db).await, restored);
        assert_eq!(live(db).await, [2, 1, 2, 3, 3, 1]);
    }

    async fn a_restore_is_confirmed_with_its_values(db: &TestDb) {
        a_note_without_its_folder(db).await;
        let elsewhere = |folder| note::Entity::restore_by_id(1).with_values(in_folder(folder));
        let preview = elsewhere(4).preview(&**db).await?;
        let trashed = stored(db).await;
        // Folder 1 is in the trash.
        let refused = elsewhere(1).confirm(&preview, &**db).await.unwrap_err();
        let SoftDeleteError::PreviewChanged { now, .. } = &refused else { panic!("{refused}") };
        assert_eq!(now.orphans.len(), 1);
        attachment::Entity::force_delete_by_id(1).exec(&**db).await?;
        let refused = elsewhere(4).confirm(&preview, &**db).await.unwrap_err();
        let SoftDeleteError::PreviewChanged { now, .. } = refused else { panic!("{refused}") };
        assert_eq!(stored(db).await, trashed);
        assert_eq!(elsewhere(4).confirm(&now, &db.scoped()).await?.folder_id, 4);
    }

    async fn a_parent_that_does_not_exist_is_named_before_the_database_refuses(db: &TestDb) {
        a_note_without_its_folder(db).await;
        let trashed = stored(db).await;
        let elsewhere = |folder| note::Entity::restore_by_id(1).with_values(in_folder(folder));
        let is_gone = |error: SoftDeleteError| {
            let SoftDeleteError::ParentGone { entity, key, parent, parent_key, .. } = &error else { panic!("{error}") };
            let named = [entity.as_str(), key.as_str(), parent.as_str(), parent_key.as_str()];
            assert_eq!(named, ["family_note", "id = 1", "family_folder", "id = 99"]);
        };
        is_gone(elsewhere(99).exec(&**db).await.unwrap_err());
        is_gone(elsewhere(99).with_ancestors().exec(&db.scoped()).await.unwrap_err());
        assert_eq!(stored(db).await, trashed);

        // Its own folder is in the trash, and does not count.
        for restore in [elsewhere(99), elsewhere(99).with_ancestors()] {
            let preview = restore.preview(&**db).await?;
            let gone: Vec<_> = preview.gone.iter().map(|it| (it.entity.as_str(), it.count, it.of.as_str())).collect();
            assert_eq!((gone, preview.orphans.len(), preview.count()), (vec![("family_note", 1, "family_folder")], 0, 5));
            assert_eq!(restore.preview(&db.scoped()).await?, preview);
            is_gone(restore.clone().confirm(&preview, &**db).await.unwrap_err());
            let of_four = elsewhere(4).preview(&**db).await?;
            let refused = restore.confirm(&of_four, &**db).await.unwrap_err();
            assert!(matches!(refused, SoftDeleteError::PreviewChanged { .. }), "{refused}");
        }
        assert_eq!(stored(db).await, trashed);
        assert_eq!(elsewhere(4).exec(&**db).await?.folder_id, 4);

        // A relation to no row names no parent.
        let values = folder::ActiveModel { notebook_id: Set(None), parent_id: Set(None), ..Default::default() };
        let top = folder::Entity::restore_by_id(1).with_values(values).exec(&**db).await?;
        assert_eq!((top.notebook_id, top.parent_id), (None, None));
    }

    async fn a_refused_restore_writes_no_values(db: &TestDb) {
        a_note_without_its_folder(db).await;
        let trashed = stored(db).await;
        let refused = |values| async {
            let refused = note::Entity::restore_by_id(1).with_values(values).exec(&**db).await;
            assert_eq!(stored(db).await, trashed);
            refused.unwrap_err()
        };
        let error = refused(in_folder(2)).await; // trashed with folder 1
        assert!(matches!(error, SoftDeleteError::ParentTrashed { .. }), "{error}");
        // The slugs of the trash are unique, too.
        let taken = || note::ActiveModel { slug: Set("four".to_owned()), ..in_folder(4) };
        let error = refused(taken()).await;
        assert!(matches!(error, SoftDeleteError::UniqueViolation { .. }), "{error}");
        let preview = note::Entity::restore_by_id(1).with_values(taken()).preview(&**db).await;
        assert!(matches!(preview, Err(SoftDeleteError::UniqueViolation { .. })), "{preview:?}");

        let restore = |id| note::Entity::restore_by_id(id).with_values(in_folder(4));
        let error = restore(4).exec(&**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::NotTrashed { .. }), "{error}");
        let error = restore(404).exec(&**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::NotFound { .. }), "{error}");
        let other = note::Entity::restore_by_id(1).filter(note::Column::FolderId.eq(9));
        let error = other.with_values(in_folder(4)).exec(&**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::NotRestored { .. }), "{error}");
        let unset = stored(db).await.into_active_model();
        let unset = note::ActiveModel { id: sea_orm::NotSet, ..unset };
        let error = unset.restore(&**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::PrimaryKeyNotSet { .. }), "{error}");
        assert_eq!(stored(db).await, trashed);
    }

    async fn the_key_and_what_describes_the_delete_are_no_values(db: &TestDb) {
        a_note_without_its_folder(db).await;
        let values = note::ActiveModel {
            id: Set(9),
            deleted_by: Set(Some("somebody".to_owned())),
            operation_id: Set(Some(Uuid::nil().to_string())),
            deleted_at: Set(None),
            ..in_folder(4)
        };
        let restored = note::Entity::restore_by_id(1).with_values(values).exec(&**db).await?;
        assert_eq!((restored.id, restored.folder_id), (1, 4));
        assert_eq!((restored.deleted_by, restored.operation_id), (None, None));
        assert_eq!(live(db).await, [2, 1, 2, 3, 3, 1]);
        // Without values, it restores.
        folder::Entity::restore_by_id(1).with_values(Default::default()).exec(&**db).await?;
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn ancestors_come_back_with_a_row_under_another_name(db: &TestDb) {
        a_note_without_its_folder(db).await;
        let values = note::ActiveModel { slug: Set("anew".to_owned()), ..Default::default() };
        let restore = || note::Entity::restore_by_id(1).with_values(values.clone());
        let error = restore().exec(&**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::ParentTrashed { .. }), "{error}");
        assert_eq!(restore().preview(&**db).await?.orphans.len(), 1);
        let preview = restore().with_ancestors().preview(&**db).await?;
        assert!(preview.is_allowed(), "{preview}");
        assert_eq!((preview.affects.total(), preview.ancestors[0].total()), (5, 6), "{preview}");
        let transaction = db.begin().await?;
        let restored = restore().with_ancestors().confirm(&preview, &transaction).await?;
        assert_eq!((restored.folder_id, restored.slug.as_str(), restored.deleted_at), (1, "anew", None));
        attachment::Entity::force_delete_by_id(1).exec(&transaction).await?;
        let refused = restore().with_ancestors().confirm(&preview, &transaction).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::NotTrashed { .. }), "{refused}");
        transaction.rollback().await?;
        let restored = restore().with_ancestors().exec(&**db).await?;
        assert_eq!((restored.folder_id, restored.slug.as_str()), (1, "anew"));
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn a_transaction_that_is_rolled_back_takes_the_values_back(db: &TestDb) {
        a_note_without_its_folder(db).await;
        let trashed = stored(db).await;
        let transaction = db.scoped().begin().await?;
        let elsewhere = note::Entity::restore_by_id(1).with_values(in_folder(4));
        assert!(elsewhere.preview(&transaction).await?.is_allowed());
        elsewhere.exec(&transaction).await?;
        assert!(note::Entity::find_by_id(1).one(&transaction).await?.is_some());
        transaction.rollback().await?;
        assert_eq!(stored(db).await, trashed);
    }
}
