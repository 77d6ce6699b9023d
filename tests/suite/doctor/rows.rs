//! Live rows with a trashed parent row.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_soft_delete::Scopable;
use sea_orm_soft_delete::doctor::{FindingCode, Severity};

use super::library::{book, examine, library, shelf};
use super::{nothing, only, run};
use crate::harness::{Server, TestDb, on_databases, on_every_database};

async fn two_shelves(db: &TestDb) {
    library(db).await;
    run(
        db,
        [
            "INSERT INTO doctor_shelf (id, above_id, label) VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, NULL, 'c')",
            "INSERT INTO doctor_book (id, shelf_id, isbn, printing) VALUES \
             (1, 1, 'x', 1), (2, 2, 'y', 1), (3, 3, 'z', 1)",
            "INSERT INTO doctor_book_tag (book_id, tag) VALUES (1, 1), (1, 2)",
        ],
    )
    .await;
}

on_every_database! {
    async fn rows_of_one_operation_are_no_finding(db: &TestDb) {
        two_shelves(db).await;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        nothing(&examine(&**db).await);
    }

    async fn live_rows_under_trashed_parents_are_counted_and_listed(db: &TestDb) {
        two_shelves(db).await;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        run(db, ["UPDATE doctor_book SET deleted_at = NULL WHERE id IN (1, 2)"]).await;
        let finding = only(
            &examine(&**db).await,
            Severity::Warning,
            FindingCode::LiveBelowTrashed,
            "doctor_book",
            &["2 live rows", "`doctor_shelf`"],
        );
        let sql = finding.remedy.query.as_deref().unwrap();
        let backend = db.get_database_backend();
        for scoped in [false, true] {
            let statement = Statement::from_string(backend, sql);
            let rows = match scoped {
                true => db.scoped().query_all_raw(statement).await?,
                false => db.query_all_raw(statement).await?,
            };
            let mut ids: Vec<i32> = rows.iter().map(|row| row.try_get("", "id").unwrap()).collect();
            ids.sort();
            assert_eq!(ids, [1, 2], "{sql}");
        }
        // Two ways to repair the rows: trash the child, or restore the parent.
        book::Entity::delete_many().filter(book::Column::Id.eq(2)).exec(&**db).await?;
        shelf::Entity::restore_by_id(1).exec(&**db).await?;
        run(db, ["UPDATE doctor_shelf SET deleted_at = NULL"]).await;
        let left = examine(&**db).await;
        nothing(&left);
    }

    async fn live_rows_are_found_in_a_tree_and_with_a_bool_marker(db: &TestDb) {
        two_shelves(db).await;
        shelf::Entity::delete_by_id(2).exec(&**db).await?;
        book::Entity::delete_by_id(1).exec(&**db).await?;
        run(
            db,
            [
                "UPDATE doctor_book_tag SET is_deleted = FALSE WHERE tag = 2",
                "INSERT INTO doctor_shelf (id, above_id, label) VALUES (4, 2, 'd')",
            ],
        )
        .await;
        let diagnosis = examine(&**db).await;
        let entities: Vec<_> = diagnosis
            .findings()
            .iter()
            .map(|finding| (finding.code, finding.entity.as_str(), &finding.message[..10]))
            .collect();
        assert_eq!(
            entities,
            [
                (FindingCode::LiveBelowTrashed, "doctor_book_tag", "1 live row"),
                (FindingCode::LiveBelowTrashed, "doctor_shelf", "1 live row"),
            ]
        );
    }

    async fn a_missing_table_does_not_stop_the_other_checks(db: &TestDb) {
        two_shelves(db).await;
        run(db, ["DROP TABLE doctor_loan", "DROP TABLE doctor_book_tag"]).await;
        shelf::Entity::delete_by_id(3).exec(&**db).await.unwrap_err();
        let trashed = match db.server() {
            Server::Sqlite => "2001-01-01T00:00:00+00:00",
            _ => "2001-01-01 00:00:00",
        };
        run(db, [format!("UPDATE doctor_shelf SET deleted_at = '{trashed}' WHERE id = 3")]).await;
        let diagnosis = examine(&**db).await;
        let found: Vec<_> = diagnosis
            .findings()
            .iter()
            .map(|finding| (finding.code, finding.entity.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (FindingCode::TableMissing, "doctor_book_tag"),
                (FindingCode::TableMissing, "doctor_loan"),
                (FindingCode::LiveBelowTrashed, "doctor_book"),
            ]
        );
    }

    async fn missing_columns_do_not_stop_the_other_checks(db: &TestDb) {
        run(
            db,
            [
                "CREATE TABLE doctor_shelf (id {id}, label varchar(40), deleted_at {zoned} NULL, operation_id {uuid} NULL, \
                 deleted_by {int} NULL, reason text NULL, updated_at {zoned} NULL)",
                "CREATE TABLE doctor_book (id {id}, shelf_id {int} NOT NULL)",
                "CREATE INDEX one ON doctor_book (shelf_id)",
                "CREATE TABLE doctor_book_tag (book_id {int}, tag {int}, is_deleted boolean NOT NULL DEFAULT FALSE, \
                 operation_id {uuid} NULL, PRIMARY KEY (book_id, tag))",
                "CREATE TABLE doctor_page (id {id}, book_id {int})",
                "CREATE INDEX two ON doctor_page (book_id)",
                "CREATE TABLE doctor_loan (id {id})",
            ],
        )
        .await;
        let diagnosis = examine(&**db).await.allowing(FindingCode::ForeignKeyMissing);
        let found: Vec<_> = diagnosis
            .findings()
            .iter()
            .map(|finding| (finding.code, finding.entity.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (FindingCode::MarkerMissing, "doctor_book"),
                (FindingCode::RelationColumnMissing, "doctor_loan"),
                (FindingCode::RelationColumnMissing, "doctor_shelf"),
            ]
        );
    }
}

on_databases! { [postgres: Postgres]
    async fn rows_that_cannot_be_counted_are_a_finding(db: &TestDb) {
        two_shelves(db).await;
        run(
            db,
            [
                "ALTER TABLE doctor_book_tag DROP CONSTRAINT \"fk-doctor_book_tag-book_id\"",
                "ALTER TABLE doctor_book_tag ALTER COLUMN book_id TYPE text",
                "UPDATE doctor_shelf SET deleted_at = now() WHERE id = 3",
            ],
        )
        .await;
        let diagnosis = examine(&**db).await.allowing(FindingCode::ForeignKeyMissing);
        let found: Vec<_> = diagnosis
            .findings()
            .iter()
            .map(|finding| (finding.code, finding.entity.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (FindingCode::LiveBelowTrashed, "doctor_book"),
                (FindingCode::NotExamined, "doctor_book_tag"),
            ]
        );
        let finding = &diagnosis.findings()[1];
        assert!(finding.message.contains("operator does not exist"), "{finding}");
    }
}
