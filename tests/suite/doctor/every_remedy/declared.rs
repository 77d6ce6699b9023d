//! Remedies that are declarations, and faults of declarations.

use sea_orm_soft_delete::deletion_log;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::entities::{
    file, invoice, kept, loose, of_kept, page, person, stamped, whole_page, whole_person,
};
use super::{Fault, Way, call, remedies, run};
use crate::doctor::cabinet::mirror;
use crate::doctor::declarations::{stamp, twice};
use crate::harness::TestDb;

/// Creates the files, their pages and the log.
async fn files(db: &TestDb) {
    run(db, [
        "CREATE TABLE remedy_file (id {id}, is_held boolean NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
        "CREATE TABLE remedy_page (id {id}, file_id {int} NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
        "CREATE TABLE remedy_whole_page (id {id}, file_id {int} NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
    ])
    .await;
}

async fn of_page(db: &TestDb, declaration: &'static str) -> Option<Fault> {
    files(db).await;
    Some(Fault {
        doctor: Doctor::new().of(file::Entity).of(page::Entity),
        rows: "SELECT id FROM remedy_page",
        declared: Some((
            declaration,
            Doctor::new().of(file::Entity).of(whole_page::Entity),
        )),
        ..Fault::default()
    })
}

async fn invoices(db: &TestDb) -> Option<Fault> {
    run(db, [
        "CREATE TABLE remedy_invoice (id {id}, total {int} NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
        "INSERT INTO remedy_invoice (id, total) VALUES (1, 3)",
    ])
    .await;
    let call = call!(|db| SoftDeleteSchema::of::<
        crate::doctor::every_remedy::entities::invoice::Entity,
    >()
    .archive_table()
    .create(&db)
    .await?);
    let fault = Fault::of(
        Doctor::new().of(invoice::Entity),
        "SELECT id, total FROM remedy_invoice",
    )?;
    Some(Fault {
        call: Some(call),
        ..fault
    })
}

remedies! {
    OperationNotIdentifiable: async fn operations_that_cannot_be_told_apart(db: &TestDb) {
        run(db, [
            "CREATE TABLE doctor_stamp (id {id}, above_id {int}, deleted_at {zoned} NULL)",
            "CREATE TABLE remedy_stamped (id {id}, above_id {int}, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
        ])
        .await;
        let declared = "#[soft_delete(operation)] pub operation_id: Option<Uuid>";
        let fault = Fault::of(Doctor::new().of(stamp::Entity), "SELECT id FROM doctor_stamp")?;
        Some(Fault { declared: Some((declared, Doctor::new().of(stamped::Entity))), ..fault })
    }

    RelationUndeclared: async fn a_relation_without_a_policy(db: &TestDb) {
        run(db, [
            "CREATE TABLE remedy_loose (id {id}, deleted_at {zoned} NULL)",
            "CREATE TABLE remedy_of_loose (id {id}, loose_id {int} NOT NULL, deleted_at {zoned} NULL, \
             FOREIGN KEY (loose_id) REFERENCES remedy_loose (id))",
            "CREATE TABLE remedy_kept (id {id}, deleted_at {zoned} NULL)",
            "CREATE TABLE remedy_of_kept (id {id}, kept_id {int} NOT NULL, deleted_at {zoned} NULL, \
             FOREIGN KEY (kept_id) REFERENCES remedy_kept (id))",
        ])
        .await;
        let fault = Fault::of(Doctor::new().of(loose::Entity), "SELECT id FROM remedy_of_loose")?;
        let declared = "#[soft_delete(keep(crate::doctor::every_remedy::entities::of_loose::Entity))]";
        let doctor = Doctor::new().of(kept::Entity).of(of_kept::Entity);
        Some(Fault { declared: Some((declared, doctor)), ..fault })
    }

    RetentionUndeclared: async fn an_entity_without_a_retention(db: &TestDb) {
        of_page(db, "#[soft_delete(retain = \"30 days\")]").await
    }

    HoldMissing: async fn an_entity_without_a_hold(db: &TestDb) {
        of_page(db, "#[soft_delete(held_with(crate::doctor::every_remedy::entities::file::Entity))]").await
    }

    LogPartial: async fn an_entity_that_is_not_logged(db: &TestDb) {
        of_page(db, "#[soft_delete(log)]").await
    }

    LogMissing: async fn a_missing_log(db: &TestDb) {
        files(db).await;
        let fault = Fault::of(Doctor::new().of(file::Entity), "SELECT id FROM remedy_file")?;
        let call = call!(|db| deletion_log::create_table(&db).await?);
        Some(Fault { call: Some(call), ..fault })
    }

    EraseMissing: async fn a_column_that_an_erasure_leaves(db: &TestDb) {
        for table in ["remedy_person", "remedy_whole_person"] {
            run(db, [format!("CREATE TABLE {table} (id {{id}}, name text NOT NULL, email text NOT NULL, deleted_at {{zoned}} NULL)")]).await;
        }
        let fault = Fault::of(Doctor::new().of(person::Entity), "SELECT id FROM remedy_person")?;
        let declared = "#[soft_delete(erase = \"removed\")]";
        Some(Fault { declared: Some((declared, Doctor::new().of(whole_person::Entity))), ..fault })
    }

    ArchiveMissing: async fn a_missing_archive(db: &TestDb) {
        invoices(db).await
    }

    ArchiveNarrower: async fn a_narrow_archive(db: &TestDb) {
        let fault = invoices(db).await;
        SoftDeleteSchema::of::<invoice::Entity>().archive_table().create(&**db).await.unwrap();
        run(db, ["ALTER TABLE remedy_invoice_archive DROP COLUMN total"]).await;
        fault
    }

    // A message of the derive says what to change in the source.
    RelationMisdeclared: async fn a_relation_with_two_policies(db: &TestDb) {
        run(db, [
            "CREATE TABLE doctor_twice (id {id}, deleted_at {zoned} NULL)",
            "CREATE TABLE doctor_thing (id {id}, twice_id {int} NOT NULL, deleted_at {zoned} NULL)",
        ])
        .await;
        let fault = Fault::of(Doctor::new().of(twice::Entity), "SELECT id FROM doctor_twice")?;
        Some(Fault { only_advice: true, ..fault })
    }

    DescribedTwice: async fn a_table_that_two_entities_describe(db: &TestDb) {
        run(db, ["CREATE TABLE doctor_mirror (id {id}, deleted_at {zoned} NULL, is_deleted boolean NOT NULL DEFAULT FALSE)"]).await;
        let fault = Fault::of(Doctor::new().of(mirror::Entity), "SELECT id FROM doctor_mirror")?;
        Some(Fault { only_advice: true, ..fault })
    }
}
