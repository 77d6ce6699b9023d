//! Database settings that make the database read texts in another way than the scoped connection.

use sea_orm::{ConnectionTrait, TransactionTrait};
use sea_orm_soft_delete::doctor::{Doctor, FindingCode, Severity};

use super::cabinet::{JAR, jar};
use super::{nothing, only, run};
use crate::harness::{TestDb, on_databases};

async fn is_found_and_mended(db: &TestDb, settings: &[&str], named: &[&str]) {
    run(db, [JAR]).await;
    let doctor = Doctor::new().of(jar::Entity);
    for setting in settings {
        // A transaction keeps all statements in one session.
        let txn = db.begin().await.unwrap();
        txn.execute_unprepared(setting).await.unwrap();
        let diagnosis = doctor.examine(&txn).await.unwrap();
        let code = FindingCode::TextReadOtherwise;
        let finding = only(&diagnosis, Severity::Error, code, "(connection)", named);
        for statement in &finding.remedy.statements {
            txn.execute_unprepared(statement).await.unwrap();
        }
        nothing(&doctor.examine(&txn).await.unwrap());
        txn.rollback().await.unwrap();
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn a_mode_that_changes_where_strings_end(db: &TestDb) {
        is_found_and_mended(db, &[
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES'",
            "SET SESSION sql_mode = 'ANSI'",
            "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'",
        ], &["sql_mode of this session"]).await;
    }

    async fn a_character_set_whose_characters_end_in_a_backslash(db: &TestDb) {
        is_found_and_mended(db, &["SET NAMES gbk", "SET character_set_client = sjis"], &["character set"]).await;
    }
}

on_databases! { [postgres: Postgres]
    async fn strings_that_do_not_conform(db: &TestDb) {
        is_found_and_mended(db, &["SET standard_conforming_strings = off"], &["in this session"]).await;
    }

    async fn a_default_that_does_not_conform(db: &TestDb) {
        // The transaction is never committed, because every test shares the setting.
        is_found_and_mended(
            db,
            &["ALTER ROLE CURRENT_USER SET standard_conforming_strings = off"],
            &["new sessions of the role"],
        )
        .await;
    }
}
