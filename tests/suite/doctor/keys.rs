//! Primary keys that a trashed row holds.

use sea_orm_soft_delete::doctor::{FindingCode, Severity};

use super::cabinet::{LAMP, examine, lamp};
use super::{nothing, only, run};
use crate::harness::on_every_database;

on_every_database! {
    async fn a_natural_key_is_worth_a_note(db: &TestDb) {
        run(db, [LAMP.replace("id {id}, label varchar(40) NOT NULL", "id {int}, label varchar(40) PRIMARY KEY")]).await;
        let diagnosis = examine(db, lamp::Entity).await;
        let finding = only(
            &diagnosis,
            Severity::Note,
            FindingCode::KeyCountsTrashed,
            "doctor_lamp",
            &["`label`"],
        );
        diagnosis.assert_healthy();
        assert_eq!(
            finding.remedy.call.as_deref(),
            Some("suite::doctor::cabinet::lamp::Entity::insert_or_revive(model)")
        );
    }

    async fn a_composite_key_is_worth_a_note(db: &TestDb) {
        run(db, [LAMP
            .replace("id {id}", "id {int}")
            .replace("DEFAULT FALSE)", "DEFAULT FALSE, PRIMARY KEY (id, label))")])
        .await;
        only(
            &examine(db, lamp::Entity).await,
            Severity::Note,
            FindingCode::KeyCountsTrashed,
            "doctor_lamp",
            &["composite", "`id` and `label`"],
        );
    }

    async fn a_key_of_uuids_is_not(db: &TestDb) {
        run(db, [LAMP.replace("id {id}", "id {uuid} PRIMARY KEY")]).await;
        nothing(&examine(db, lamp::Entity).await);
    }

    async fn a_uuid_of_another_table_is_chosen(db: &TestDb) {
        run(db, [
            "CREATE TABLE owner (id {uuid} PRIMARY KEY)",
            &LAMP
                .replace("id {id}", "id {uuid} PRIMARY KEY")
                .replace("DEFAULT FALSE)", "DEFAULT FALSE, FOREIGN KEY (id) REFERENCES owner (id))"),
        ])
        .await;
        only(
            &examine(db, lamp::Entity).await.allowing(FindingCode::TrashHoldsParent),
            Severity::Note,
            FindingCode::KeyCountsTrashed,
            "doctor_lamp",
            &["`id`"],
        );
    }
}
