//! Verbs that restore or remove a whole operation.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Operation, Scopable, SoftDeleteError};

use super::notebooks::*;
use crate::harness::{TestDb, on_every_database};

/// The newest operation of the family.
async fn newest(db: &TestDb) -> Operation {
    let list = Operation::list().in_family_of(notebook::Entity).limit(1);
    list.all(&**db).await.unwrap().pop().expect("there is one")
}

on_every_database! {
    async fn an_operation_is_restored_as_a_whole(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let of_note = newest(db).await;
        notebook::Entity::delete_many().exec(&**db).await?;
        let of_notebooks = newest(db).await;
        assert_eq!(of_notebooks.count(), 2 + 4 + 3 + 3 + 3);
        let preview = of_notebooks.preview_restore(&db.scoped()).await?;
        assert_eq!((preview.len(), preview[0].count()), (1, 15));

        let refused = of_note.restore(&**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::ParentTrashed { .. }), "{refused}");
        assert_eq!(of_note.preview_restore(&**db).await?[0].orphans.len(), 1);
        assert_eq!(of_notebooks.restore(&db.scoped()).await?, 15);
        assert_eq!(live(db).await, [2, 4, 3, 3, 3, 0]);
        assert_eq!(of_note.restore(&**db).await?, 2);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 0]);
        assert_eq!(of_note.restore(&**db).await?, 0);
    }

    async fn an_operation_is_restored_with_its_ancestors(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let of_note = newest(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(of_note.restore_with_ancestors(&**db).await?, 2);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn an_operation_is_restored_with_its_ancestors_on_a_scoped_connection(db: &TestDb) {
        two_notebooks(db).await;
        note::Entity::delete_by_id(2).exec(&**db).await?;
        let of_note = newest(db).await;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(of_note.restore_with_ancestors(&db.scoped()).await?, 2);
        assert_eq!(live(db).await, [2, 4, 4, 4, 3, 1]);
    }

    async fn a_force_delete_of_an_operation_removes_its_rows_and_their_children(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        let operation = newest(db).await;
        let preview = operation.preview_force_delete(&**db).await?;
        assert_eq!(preview[0].count(), 11); // including the attachment that was trashed before
        assert_eq!(operation.force_delete(&db.scoped()).await?, 11);
        assert_eq!(folder::Entity::with_trashed().count(&**db).await?, 1);
        assert_eq!(attachment::Entity::with_trashed().count(&**db).await?, 1);
        assert_eq!(live(db).await, [2, 1, 1, 1, 1, 1]);
    }
}
