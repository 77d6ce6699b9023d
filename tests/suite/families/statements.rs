//! The number of statements of a delete depends on the relations of its family, and not on its rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::DatabaseConnection;
use sea_orm::prelude::*;
use sea_orm_soft_delete::Scopable;

use super::notebooks::*;
use super::rows::{number, run};
use crate::harness::{Server, TestDb, on_every_database};

/// A connection, and the number of statements sent on it, without those that begin and end transactions.
fn counting(db: &TestDb) -> (DatabaseConnection, Arc<AtomicU64>) {
    let mut connection = DatabaseConnection::clone(db);
    let count = Arc::<AtomicU64>::default();
    let counted = Arc::clone(&count);
    connection.set_metric_callback(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    (connection, count)
}

/// A notebook with this many folders. Each folder has a note, and each note has an attachment.
async fn notebook_of(db: &TestDb, id: i32, folders: i32) {
    let rows = |row: &dyn Fn(i32) -> String| {
        let ids = (1..=folders).map(|folder| id * 10_000 + folder);
        ids.map(row).collect::<Vec<_>>().join(", ")
    };
    run(
        db,
        &[
            &format!("INSERT INTO family_notebook (id) VALUES ({id})"),
            &format!(
                "INSERT INTO family_folder (id, notebook_id) VALUES {}",
                rows(&|row| format!("({row}, {id})"))
            ),
            &format!(
                "INSERT INTO family_note (id, folder_id, slug) VALUES {}",
                rows(&|row| format!("({row}, {row}, '{row}')"))
            ),
            &format!(
                "INSERT INTO family_attachment (id, note_id) VALUES {}",
                rows(&|row| format!("({row}, {row})"))
            ),
        ],
    )
    .await;
}

on_every_database! {
    /// One statement for the root, one for each of the five cascading relations, two for the restricting
    /// relation (before and after), and one for the destroying relation. On a database whose date-times may
    /// drop microseconds, one more statement for each entity without an operation column checks the column.
    async fn the_number_of_statements_does_not_depend_on_the_number_of_rows(db: &TestDb) {
        two_notebooks(db).await;
        notebook_of(db, 10, 10).await;
        notebook_of(db, 11, 1_000).await;
        let expected = match db.server() {
            Server::Sqlite => 9,
            Server::Postgres | Server::MariaDb | Server::MySql => 10,
        };
        let (connection, count) = counting(db);
        for id in [10, 11] {
            notebook::Entity::delete_by_id(id).exec(&connection).await?;
            assert_eq!(count.swap(0, Ordering::Relaxed), expected);
        }
        assert_eq!(live(db).await, ALL);
        let trashed = "SELECT COUNT(*) FROM family_attachment WHERE deleted_at IS NOT NULL";
        assert_eq!(number(db, trashed).await, 1_010);
        let mut restores = Vec::new();
        for id in [10, 11] {
            notebook::Entity::restore_by_id(id).exec(&connection).await?;
            restores.push(count.swap(0, Ordering::Relaxed));
            notebook::Entity::delete_by_id(id).exec(&connection).await?;
            count.store(0, Ordering::Relaxed);
        }
        // One each locks the rows, looks for the mark of a purge, for rows that another restore needs, for trashed
        // parents, for taken unique values, and reads the row back; one for each of five entities restores. A server
        // locks the parents by four relations, and SQLite begins with a write.
        let expected_restores = match db.server() {
            Server::Sqlite => 12,
            Server::Postgres | Server::MariaDb | Server::MySql => 15,
        };
        assert_eq!(restores, [expected_restores; 2]);
        let scoped = connection.scoped();
        for id in [1, 2] {
            <notebook::Entity as EntityTrait>::delete_by_id(id).exec(&scoped).await?;
            // On a server, another transaction may have inserted below a folder meanwhile, so one more
            // statement looks for such rows.
            let has_tree = id == 1 && db.server() != Server::Sqlite;
            assert_eq!(count.swap(0, Ordering::Relaxed), expected + u64::from(has_tree));
        }
    }

    async fn a_delete_that_finds_nothing_is_one_statement(db: &TestDb) {
        two_notebooks(db).await;
        let (connection, count) = counting(db);
        notebook::Entity::delete_by_id(9).exec(&connection).await?;
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    /// Scenario 98: the entity declares no policy for the links to its targets.
    async fn a_delete_of_an_entity_that_has_no_family_is_one_statement(db: &TestDb) {
        two_notebooks(db).await;
        let (connection, count) = counting(db);
        comment::Entity::delete_by_id(1).exec(&connection).await?;
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
