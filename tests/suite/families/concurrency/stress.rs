//! Many concurrent tasks that insert, delete, restore and force-delete.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::prelude::*;
use sea_orm::{QuerySelect, TransactionTrait};
use sea_orm_soft_delete::{Operation, Purge, SoftDeleteError};

use super::*;
use crate::families::rows::number;
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
    let notebooks: Vec<i32> = notebook::Entity::with_trashed()
        .select_only()
        .column(notebook::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    let folder = random.choice(folders).unwrap_or(1);
    let note = random.choice(notes).unwrap_or(1);
    let notebook = random.choice(notebooks).unwrap_or(1);
    match random.u32(0..14) {
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
        11 => {
            folder::Entity::force_delete_by_id(folder)
                .only_trashed()
                .exec(db)
                .await?;
        }
        12 => {
            let list = Operation::list().in_family_of(notebook::Entity);
            if let Some(operation) = random.choice(list.limit(5).all(db).await?) {
                operation.restore(db).await?;
            }
        }
        _ => insert_notebook(id, db).await?,
    }
    Ok(())
}

/// Inserts a notebook with two folders and four notes.
async fn insert_notebook(id: i32, db: &DatabaseConnection) -> TestResult {
    let txn = db.begin().await?;
    let notebook = format!("INSERT INTO family_notebook (id) VALUES ({id})");
    txn.execute_unprepared(&notebook).await?;
    let (folder, below) = (10 * id, 10 * id + 1);
    let insert = format!("INSERT INTO family_folder (id, notebook_id) VALUES ({folder}, {id})");
    txn.execute_unprepared(&insert).await?;
    insert_folder(below, folder, &txn).await?;
    for note in 0..4 {
        insert_note(10 * id + note, folder + note % 2, &txn).await?;
    }
    txn.commit().await?;
    Ok(())
}

/// Random steps, one after another.
async fn work(db: DatabaseConnection, task: u64, steps: i32) -> TestResult {
    let mut random = fastrand::Rng::with_seed(task);
    for number in 0..steps {
        let id = 1_000 + i32::try_from(task).unwrap() * steps + number;
        loop {
            match step(&db, &mut random.clone(), id).await {
                Err(error) if error.is_retryable() => tokio::task::yield_now().await,
                Err(SoftDeleteError::Db(error)) if error.sql_err().is_none() => {
                    return Err(SoftDeleteError::Db(error));
                }
                // Another task interfered: the row is live or missing, its parent row is trashed, a purge
                // has begun to remove it, or a foreign key references it.
                _ => break,
            }
        }
        random.u64(..);
    }
    Ok(())
}

async fn stress(db: &TestDb) -> TestResult {
    two_notebooks(db).await;
    let tasks = (0..TASKS).map(|task| tokio::spawn(work(pool(db), task, STEPS)));
    for task in futures_util::future::try_join_all(tasks).await.unwrap() {
        task?;
    }
    assert_eq!(orphans(&**db).await?, 0);
    check_operations(db).await
}

fn purge() -> Purge {
    let purge = Purge::of_all().older_than(Duration::ZERO);
    purge
        .in_family_of(notebook::Entity)
        .in_family_of(tag::Entity)
}

/// Purges again and again, until the others are done.
async fn purge_meanwhile(
    purge: Purge,
    db: DatabaseConnection,
    is_over: Arc<AtomicBool>,
) -> Result<u64, SoftDeleteError> {
    let mut removed = 0;
    while !is_over.load(Ordering::Relaxed) {
        match purge.run(&db).await {
            Ok(report) => removed += report.operations,
            Err(error) if error.is_retryable() => {}
            Err(error) => return Err(error),
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(removed)
}

/// Steps beside several purges. No live row is lost, no operation is restored in part, and one purge at the
/// end removes everything that is trashed.
pub(super) async fn stress_with_purges(db: &TestDb) -> TestResult {
    two_notebooks(db).await;
    log_removals(db).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let purges = [
        purge(),
        purge().rows_per_transaction(2),
        purge().rows_per_transaction(3).at_most_rows(9),
    ];
    let purges = purges.map(|purge| {
        let task = purge_meanwhile(purge, pool(db), Arc::clone(&is_over));
        tokio::spawn(task)
    });
    let steps = std::env::var("PURGE_STRESS").map(|steps| steps.parse());
    let steps = steps.map_or(STEPS, |steps| steps.unwrap());
    let tasks = (0..TASKS).map(|task| tokio::spawn(work(pool(db), task, steps)));
    let tasks = futures_util::future::join_all(tasks).await;
    is_over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.unwrap()?;
    }
    let mut operations = 0;
    for purge in futures_util::future::try_join_all(purges).await.unwrap() {
        operations += purge?;
    }
    let report = purge().run(&**db).await?;
    assert!(report.blocked.is_empty() && report.skipped == 0, "{report}");
    let left = notebook::Entity::only_trashed().count(&**db).await?
        + folder::Entity::only_trashed().count(&**db).await?
        + note::Entity::only_trashed().count(&**db).await?
        + attachment::Entity::only_trashed().count(&**db).await?
        + note_tag::Entity::only_trashed().count(&**db).await?;
    assert_eq!(left, 0, "{report}");
    assert_eq!(orphans(&**db).await?, 0);
    check_removals(db).await?;
    check_operations(db).await?;
    println!("the purges removed {operations} operations beside the steps");
    assert!(operations > 0);
    Ok(())
}

/// Logs each folder, note and attachment that is removed.
async fn log_removals(db: &TestDb) {
    let create = "CREATE TABLE removal (entity VARCHAR(20), id INT, parent INT, was_live BOOLEAN)";
    db.execute_unprepared(create).await.unwrap();
    for (table, parent) in [
        ("folder", "id"),
        ("note", "folder_id"),
        ("attachment", "note_id"),
    ] {
        let insert = format!(
            "INSERT INTO removal (entity, id, parent, was_live) \
             VALUES ('{table}', OLD.id, OLD.{parent}, OLD.deleted_at IS NULL)"
        );
        let trigger =
            format!("CREATE TRIGGER log_{table} AFTER DELETE ON family_{table} FOR EACH ROW");
        let create = match db.server() {
            Server::Postgres => vec![
                format!(
                    "CREATE FUNCTION log_{table}() RETURNS TRIGGER LANGUAGE plpgsql AS \
                     $$BEGIN {insert}; RETURN NULL; END$$"
                ),
                format!("{trigger} EXECUTE FUNCTION log_{table}()"),
            ],
            _ => vec![format!("{trigger} BEGIN {insert}; END")],
        };
        for sql in create {
            db.execute_unprepared(&sql).await.unwrap();
        }
    }
}

/// The tasks trash notes only with their folders, and attachments with their notes. So no parent of a row that
/// was removed may be left: it would have been restored without the row.
async fn check_removals(db: &TestDb) -> TestResult {
    let live = "SELECT COUNT(*) FROM removal WHERE was_live";
    assert_eq!(number(db, live).await, 0);
    for (child, parent) in [("note", "folder"), ("attachment", "note")] {
        let restored_in_part = format!(
            "SELECT COUNT(*) FROM removal JOIN family_{parent} ON family_{parent}.id = removal.parent \
             WHERE removal.entity = '{child}'"
        );
        assert_eq!(number(db, &restored_in_part).await, 0, "{child}");
    }
    Ok(())
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
on_threads! { mod what_many_tasks_did_beside_purges_is_whole runs stress_with_purges }
