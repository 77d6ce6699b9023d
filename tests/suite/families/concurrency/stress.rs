//! Many concurrent tasks that insert, delete, restore and force-delete.

use sea_orm::prelude::*;
use sea_orm::{QuerySelect, TransactionTrait};
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::{TestResult, on_threads};

const TASKS: u64 = 4;
const STEPS: i32 = 40;

/// One random call of an application that locks the live parent row of every row it inserts.
async fn step(db: &DatabaseConnection, random: &mut fastrand::Rng, id: i32) -> TestResult {
    let folders: Vec<i32> = folder::Entity::with_trashed()
        .select_only()
        .column(folder::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let notes: Vec<i32> = note::Entity::with_trashed()
        .select_only()
        .column(note::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let folder = random.choice(folders).unwrap_or(1);
    let note = random.choice(notes).unwrap_or(1);
    let notebook = random.i32(1..=2);
    match random.u32(0..12) {
        0..=2 => {
            let txn = db.begin().await?;
            if lock_folder(folder, &txn).await? {
                insert_note(id, folder, &txn).await?;
                insert_folder(id, folder, &txn).await?;
            }
            txn.commit().await?;
        }
        3 => {
            let txn = db.begin().await?;
            if note::Entity::find_by_id(note)
                .lock_shared()
                .one(&txn)
                .await?
                .is_some()
            {
                let sql =
                    format!("INSERT INTO family_attachment (id, note_id) VALUES ({id}, {note})");
                txn.execute_unprepared(&sql).await?;
            }
            txn.commit().await?;
        }
        4 => {
            let txn = db.begin().await?;
            if notebook::Entity::find_by_id(notebook)
                .lock_shared()
                .one(&txn)
                .await?
                .is_some()
            {
                let sql = format!(
                    "INSERT INTO family_folder (id, notebook_id) VALUES ({id}, {notebook})"
                );
                txn.execute_unprepared(&sql).await?;
            }
            txn.commit().await?;
        }
        5 => {
            notebook::Entity::delete_by_id(notebook).exec(db).await?;
        }
        6 => {
            notebook::Entity::restore_by_id(notebook).exec(db).await?;
        }
        7 | 8 => {
            folder::Entity::delete_by_id(folder).exec(db).await?;
        }
        9 => {
            folder::Entity::restore_by_id(folder).exec(db).await?;
        }
        10 => {
            folder::Entity::restore_by_id(folder)
                .with_ancestors()
                .exec(db)
                .await?;
        }
        _ => {
            folder::Entity::force_delete_by_id(folder)
                .only_trashed()
                .exec(db)
                .await?;
        }
    }
    Ok(())
}

async fn stress(db: &TestDb) -> TestResult {
    two_notebooks(db).await;
    let tasks = (0..TASKS).map(|task| {
        let db = pool(db);
        tokio::spawn(async move {
            let mut random = fastrand::Rng::with_seed(task);
            for number in 0..STEPS {
                let id = 1_000 + i32::try_from(task).unwrap() * STEPS + number;
                loop {
                    match step(&db, &mut random.clone(), id).await {
                        Err(error) if error.is_retryable() => tokio::task::yield_now().await,
                        Err(SoftDeleteError::Db(error)) if error.sql_err().is_none() => {
                            return Err(SoftDeleteError::Db(error));
                        }
                        // Another task interfered: the row is live or missing, its parent row is trashed,
                        // or a foreign key references it.
                        _ => break,
                    }
                }
                random.u64(..);
            }
            Ok(())
        })
    });
    for task in futures_util::future::try_join_all(tasks).await.unwrap() {
        task?;
    }
    assert_eq!(orphans(&**db).await?, 0);
    check_operations(db).await
}

/// The tasks delete only notebooks and folders, so a note shares its folder's operation, and an attachment
/// shares its note's.
async fn check_operations(db: &TestDb) -> TestResult {
    let folders = folder::Entity::with_trashed().all(&**db).await?;
    let notes = note::Entity::with_trashed().all(&**db).await?;
    for note in &notes {
        let folder = folders
            .iter()
            .find(|folder| folder.id == note.folder_id)
            .unwrap();
        assert_eq!(
            note.is_trashed(),
            folder.is_trashed(),
            "{note:?} {folder:?}"
        );
        let of_folder = folder.operation_id.map(|id| id.to_string());
        assert_eq!(note.operation_id, of_folder, "{note:?} {folder:?}");
    }
    for attachment in attachment::Entity::with_trashed().all(&**db).await? {
        let note = notes
            .iter()
            .find(|note| note.id == attachment.note_id)
            .unwrap();
        assert_eq!(
            attachment.is_trashed(),
            note.is_trashed(),
            "{attachment:?} {note:?}"
        );
    }
    Ok(())
}

on_threads! { mod what_many_tasks_did_at_once_is_whole runs stress }
