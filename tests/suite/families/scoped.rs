//! Plain DELETE statements for the root of a family on a scoped connection, in every form of each database.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::{Statement, StreamTrait, TransactionTrait};
use sea_orm_soft_delete::{Scopable, Scope, SoftDeleteError};

use super::notebooks::*;
use super::rows::{number, refusal, run};
use crate::harness::{Server, TestDb, on_every_database};

/// The live rows after a delete of notebook 1, and after a delete of notebook 2.
const WITHOUT_1: [u64; 6] = [1, 1, 1, 1, 1, 1];
const WITHOUT_2: [u64; 6] = [1, 3, 3, 3, 2, 1];

/// Asserts that the statement is refused, and that the error names the table and the remedy.
async fn is_refused(db: &TestDb, sql: &str, remedy: &str) {
    let statement = || Statement::from_string(db.get_database_backend(), sql);
    let scoped = db.scoped();
    for refused in [
        refusal(scoped.execute_unprepared(sql).await),
        refusal(scoped.execute_raw(statement()).await),
        refusal(scoped.query_all_raw(statement()).await),
        refusal(scoped.query_one_raw(statement()).await),
    ] {
        let SoftDeleteError::NotScopable {
            table,
            remedy: said,
            ..
        } = &refused
        else {
            panic!("{sql}: {refused}");
        };
        assert_eq!(
            (table.as_str(), *said),
            ("family_notebook", remedy),
            "{sql}"
        );
    }
    assert_eq!(live(db).await, ALL, "{sql}");
}

on_every_database! {
    async fn every_form_of_delete_trashes_the_family(db: &TestDb) {
        let everywhere = [
            "DELETE FROM family_notebook WHERE id = 2",
            "DELETE FROM family_notebook WHERE family_notebook.id > 1 AND id < 5",
            "DELETE FROM family_notebook WHERE id IN (SELECT notebook_id FROM family_folder WHERE id = 4)",
            "DELETE FROM family_notebook WHERE EXISTS (SELECT 1 FROM family_folder f JOIN family_note n \
             ON n.folder_id = f.id WHERE f.notebook_id = family_notebook.id AND n.slug = 'four')",
        ];
        let here: &[&str] = match db.server() {
            Server::Sqlite => &[
                "DELETE FROM family_notebook AS n WHERE n.id = 2 RETURNING id",
                "WITH last AS (SELECT MAX(id) AS id FROM family_notebook) \
                 DELETE FROM family_notebook WHERE id IN (SELECT id FROM last)",
            ],
            Server::Postgres => &[
                "DELETE FROM family_notebook n WHERE n.id = 2 RETURNING n.id",
                "DELETE FROM family_notebook USING family_folder f \
                 WHERE f.notebook_id = family_notebook.id AND f.id = 4",
                "WITH gone AS (DELETE FROM family_notebook WHERE id = 2 RETURNING id) SELECT id FROM gone",
                "WITH last AS (SELECT MAX(id) AS id FROM family_notebook) \
                 DELETE FROM family_notebook USING last WHERE family_notebook.id = last.id",
            ],
            Server::MariaDb | Server::MySql => &[
                "DELETE FROM family_notebook ORDER BY id DESC LIMIT 1",
                "DELETE n FROM family_notebook AS n JOIN family_folder f ON f.notebook_id = n.id WHERE f.id = 4",
                "DELETE FROM n USING family_notebook AS n JOIN family_folder f \
                 ON f.notebook_id = n.id WHERE f.id = 4",
            ],
        };
        two_notebooks(db).await;
        let scoped = db.scoped();
        for sql in everywhere.iter().chain(here) {
            // Each statement is rolled back.
            let txn = scoped.begin().await?;
            let statement = Statement::from_string(db.get_database_backend(), *sql);
            let rows = match sql.contains("RETURNING") {
                true => txn.query_all_raw(statement).await?.len() as u64,
                false => txn.execute_raw(statement).await?.rows_affected(),
            };
            assert_eq!(rows, 1, "{sql}");
            let plain = txn.unscoped();
            assert_eq!(live_in(plain).await, WITHOUT_2, "{sql}");
            txn.rollback().await?;
        }
        assert_eq!(live(db).await, ALL);
    }

    async fn a_delete_that_matches_no_row_changes_nothing(db: &TestDb) {
        two_notebooks(db).await;
        let sql = "DELETE FROM family_notebook WHERE id = 9";
        assert_eq!(db.scoped().execute_unprepared(sql).await?.rows_affected(), 0);
        assert_eq!(live(db).await, ALL);
    }

    async fn a_delete_with_returning_returns_the_first_row_and_trashes_the_family(db: &TestDb) {
        two_notebooks(db).await;
        if db.server().speaks_mysql() {
            return Ok(());
        }
        let sql = "DELETE FROM family_notebook WHERE id = 1 RETURNING id";
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let row = db.scoped().query_one_raw(statement).await?.unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0)?, 1);
        assert_eq!(live(db).await, WITHOUT_1);
    }

    async fn a_delete_among_other_statements_is_refused(db: &TestDb) {
        two_notebooks(db).await;
        let by_itself = "send it by itself";
        is_refused(db, "DELETE FROM family_notebook WHERE id = 1; DELETE FROM family_tag", by_itself).await;
        is_refused(db, "SELECT 1; DELETE FROM family_notebook WHERE id = 1", by_itself).await;
        let twice = "DELETE FROM family_notebook WHERE id = 1; DELETE FROM family_notebook WHERE id = 2";
        is_refused(db, twice, by_itself).await;
    }

    async fn a_delete_from_several_tables_is_refused(db: &TestDb) {
        two_notebooks(db).await;
        let each = "write a statement for each of the tables";
        match db.server() {
            Server::MariaDb | Server::MySql => {
                let two = "DELETE n, f FROM family_notebook n JOIN family_folder f ON f.notebook_id = n.id";
                is_refused(db, two, each).await;
            }
            Server::Postgres => {
                let two = "WITH n AS (DELETE FROM family_notebook), f AS (DELETE FROM family_folder) SELECT 1";
                is_refused(db, two, each).await;
            }
            Server::Sqlite => {}
        }
    }

    async fn a_stream_of_the_rows_is_refused(db: &TestDb) {
        two_notebooks(db).await;
        let sql = "DELETE FROM family_notebook WHERE id = 1";
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let scoped = db.scoped();
        let refused = refusal(scoped.stream_raw(statement).await.map(|_| ()));
        let SoftDeleteError::NotScopable { table, remedy, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!((table.as_str(), *remedy), ("family_notebook", "ask for all of the rows at once"));
        let notebooks = scoped.stream_raw(Statement::from_string(
            db.get_database_backend(),
            "SELECT id FROM family_notebook",
        ));
        assert_eq!(notebooks.await?.try_collect::<Vec<_>>().await?.len(), 2);
        assert_eq!(live(db).await, ALL);
    }

    async fn a_rollback_of_the_caller_undoes_the_delete(db: &TestDb) {
        two_notebooks(db).await;
        let txn = db.begin().await?;
        notebook::Entity::delete_by_id(1).exec(&txn).await?;
        let scoped = txn.scoped();
        <notebook::Entity as EntityTrait>::delete_by_id(2).exec(&scoped).await?;
        assert_eq!(live_in(&txn).await, [0; 6]);
        txn.rollback().await?;
        assert_eq!(live(db).await, ALL);
    }

    async fn the_callers_transaction_continues_after_an_error_in_the_cascade(db: &TestDb) {
        two_notebooks(db).await;
        // The cascade reaches this table last.
        run(db, &["DROP TABLE family_index_entry"]).await;
        let txn = db.begin().await?;
        comment::Entity::delete_by_id(1).exec(&txn).await?;
        for refused in [
            refusal(notebook::Entity::delete_by_id(1).exec(&txn).await),
            refusal(txn.scoped().execute_unprepared("DELETE FROM family_notebook").await),
        ] {
            assert!(matches!(refused, SoftDeleteError::Db(_)), "{refused}");
        }
        assert_eq!(notebook::Entity::find().count(&txn).await?, 2);
        txn.commit().await?;
        assert_eq!(comment::Entity::find().count(&**db).await?, 0);
        assert_eq!(notebook::Entity::find().count(&**db).await?, 2);
        assert_eq!(folder::Entity::find().count(&**db).await?, 4);
        assert_eq!(note_tag::Entity::find().count(&**db).await?, 3);
    }

    async fn statements_outside_of_the_scope_reach_the_database_unchanged(db: &TestDb) {
        two_notebooks(db).await;
        run(db, &["INSERT INTO family_notebook (id) VALUES (3), (4)"]).await;
        db.scoped().unscoped().execute_unprepared("DELETE FROM family_notebook WHERE id = 3").await?;
        let scope = Scope::builder().leave_out(notebook::Entity).build();
        let sql = "DELETE FROM family_notebook WHERE id = 4";
        db.scoped_with(&scope).execute_unprepared(sql).await?;
        assert_eq!(number(db, "SELECT COUNT(*) FROM family_notebook").await, 2);
        // A member that the scope leaves out is still trashed with its family.
        let scope = Scope::builder().leave_out(note::Entity).build();
        let sql = "DELETE FROM family_notebook WHERE id = 1";
        db.scoped_with(&scope).execute_unprepared(sql).await?;
        assert_eq!(live(db).await, WITHOUT_1);
        let second = notebook::Entity::delete_by_id(2);
        second.exec(&db.scoped_with(&scope)).await?;
        assert_eq!(live(db).await, [0; 6]);
    }
}

/// [`live`], within a transaction.
async fn live_in(db: &impl ConnectionTrait) -> [u64; 6] {
    [
        notebook::Entity::find().count(db).await.unwrap(),
        folder::Entity::find().count(db).await.unwrap(),
        note::Entity::find().count(db).await.unwrap(),
        attachment::Entity::find().count(db).await.unwrap(),
        note_tag::Entity::find().count(db).await.unwrap(),
        index_entry::Entity::find().count(db).await.unwrap(),
    ]
}
