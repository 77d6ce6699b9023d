//! Rows that a foreign key from outside of their family references.

use sea_orm::TransactionTrait;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use crate::families::notebooks::{folder, live, note, notebook, two_notebooks};
use crate::harness::{Server, TestDb, TestResult, on_every_database};

/// Two notebooks. A note of the first notebook has a receipt.
async fn receipt(db: &TestDb) -> TestResult {
    two_notebooks(db).await;
    db.execute_unprepared(
        "CREATE TABLE held_receipt (id INT PRIMARY KEY, note_id INT NOT NULL, \
         CONSTRAINT receipt_of FOREIGN KEY (note_id) REFERENCES family_note (id))",
    )
    .await?;
    db.execute_unprepared("INSERT INTO held_receipt (id, note_id) VALUES (1, 3)")
        .await?;
    Ok(())
}

/// The table that references the rows, as the database names it.
fn holder(db: &TestDb) -> (Option<String>, String) {
    match db.server() {
        Server::Sqlite => (None, "FOREIGN KEY constraint failed".to_owned()),
        _ => (Some("held_receipt".to_owned()), "receipt_of".to_owned()),
    }
}

on_every_database! {
    async fn one_referenced_row_refuses_the_whole_force_delete(db: &TestDb) {
        receipt(db).await?;
        let before = live(db).await;
        for refused in [
            notebook::Entity::force_delete_many().exec(&**db).await.map(|_| ()),
            note::Entity::force_delete_many().exec(&**db).await.map(|_| ()),
            folder::Entity::force_delete_by_id(3).exec(&**db).await.map(|_| ()),
        ] {
            let Err(SoftDeleteError::HeldByForeignKey { entity, holder: by, constraint, .. }) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!((entity.as_str(), (by, constraint)), ("family_note", holder(db)));
        }
        assert_eq!(live(db).await, before);
    }

    async fn a_preview_names_the_tables_that_reference_rows(db: &TestDb) {
        receipt(db).await?;
        let (_, constraint) = holder(db);
        let is_named = db.server() != Server::Sqlite;
        let named = if is_named { format!(" ({constraint})") } else { String::new() };
        let forbidden = format!("forbidden by 1 row of `held_receipt`, which refers to rows of `family_note`{named}\n");
        // In the second round the notes are trashed, which makes no difference to a foreign key.
        for is_trashed in [false, true] {
            if is_trashed {
                notebook::Entity::delete_by_id(1).exec(&**db).await?;
            }
            let delete = || notebook::Entity::force_delete_by_id(1);
            let preview = delete().preview(&**db).await?;
            assert_eq!(preview, delete().preview(&db.scoped()).await?);
            let [held] = preview.held.as_slice() else { panic!("{preview}") };
            assert_eq!((held.by.as_str(), held.entity.as_str(), held.count), ("held_receipt", "family_note", 1));
            assert_eq!(held.constraint, is_named.then(|| constraint.clone()));
            assert!(!preview.is_allowed());
            assert!(preview.to_string().ends_with(&forbidden), "{preview}");
            let refused = delete().confirm(&preview, &**db).await;
            assert!(matches!(refused, Err(SoftDeleteError::HeldByForeignKey { .. })), "{refused:?}");
        }
        let preview = notebook::Entity::force_delete_by_id(2).preview(&**db).await?;
        assert!(preview.held.is_empty() && preview.is_allowed(), "{preview}");
    }

    async fn a_force_delete_that_skips_referenced_rows_removes_the_others(db: &TestDb) {
        receipt(db).await?;
        let done = notebook::Entity::force_delete_many().exec_skipping_held(&**db).await?;
        let held: Vec<_> = done.held.iter().map(|row| (row.key.as_str(), (row.holder.clone(), row.constraint.clone()))).collect();
        assert_eq!((done.removed, held), (1, vec![("id = 1", holder(db))]));
        assert_eq!(live(db).await, [1, 3, 3, 3, 2, 1]);

        // The same in the caller's transaction, for trashed rows only.
        note::Entity::delete_many().filter(note::Column::Id.gte(2)).exec(&**db).await?;
        let transaction = db.begin().await?;
        let trash = note::Entity::force_delete_many().only_trashed();
        let done = trash.exec_skipping_held(&transaction).await?;
        transaction.commit().await?;
        assert_eq!((done.removed, done.held.len()), (1, 1));
        assert_eq!(note::Entity::with_trashed().count(&**db).await?, 2);
    }
}
