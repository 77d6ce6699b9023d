//! Relations whose child rows no index finds.

use sea_orm_soft_delete::doctor::{FindingCode, Severity};

use super::library::{examine, library};
use super::{mend, nothing, only, run, the};
use crate::harness::on_databases;

on_databases! { [sqlite: Sqlite, postgres: Postgres]
    // MariaDB creates an index for each foreign key.
    async fn a_relation_that_no_index_serves(db: &TestDb) {
        library(db).await;
        for (index, table, column, helper) in [
            ("doctor_book_shelf_id_idx", "doctor_book", "shelf_id", Some("book::Entity")),
            ("doctor_shelf_above_id_idx", "doctor_shelf", "above_id", Some("shelf::Entity")),
            ("doctor_page_book", "doctor_page", "book_id", None),
            ("doctor_loan_book", "doctor_loan", "book_id", None),
        ] {
            run(db, [format!("DROP INDEX {index}")]).await;
            let finding = only(
                &examine(&**db).await,
                Severity::Warning,
                FindingCode::RelationUnindexed,
                table,
                &[&format!("`{column}`")],
            );
            let code = finding.remedy.call.as_deref().unwrap_or_default();
            assert_eq!(helper.is_some(), code.contains("index_parents()"), "{finding}");
            assert!(code.contains(helper.unwrap_or_default()), "{finding}");
            mend(db, &finding).await;
            nothing(&examine(&**db).await);
        }
    }

    async fn an_index_serves_that_holds_all_or_the_live_rows_and_begins_with_the_columns(db: &TestDb) {
        library(db).await;
        run(db, ["DROP INDEX doctor_book_shelf_id_idx"]).await;
        for (over, serves) in [
            ("(shelf_id, isbn)", true),
            ("(shelf_id) WHERE deleted_at IS NULL", true),
            ("(deleted_at, shelf_id)", true),
            ("(isbn, shelf_id)", false),
            ("(shelf_id) WHERE deleted_at IS NOT NULL", false),
            ("(shelf_id) WHERE printing > 3", false),
            ("(deleted_at, isbn, shelf_id)", false),
        ] {
            run(db, [format!("CREATE INDEX one ON doctor_book {over}")]).await;
            let diagnosis = examine(&**db).await;
            assert_eq!(diagnosis.findings().is_empty(), serves, "{over}: {diagnosis}");
            run(db, ["DROP INDEX one"]).await;
        }
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn a_relation_without_a_foreign_key_has_no_index_either(db: &TestDb) {
        library(db).await;
        run(db, ["DROP TABLE doctor_loan", "CREATE TABLE doctor_loan (id {id}, book_id {int})"]).await;
        let diagnosis = examine(&**db).await;
        assert_eq!(diagnosis.findings().len(), 2, "{diagnosis}");
        let finding = the(&diagnosis, FindingCode::RelationUnindexed);
        mend(db, &finding).await;
        let finding = the(&examine(&**db).await, FindingCode::ForeignKeyMissing);
        mend(db, &finding).await;
        nothing(&examine(&**db).await);
    }
}
