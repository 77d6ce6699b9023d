//! A correct schema gives no findings.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Schema, TransactionTrait};
use sea_orm_soft_delete::Scopable;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode, Severity};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::cabinet::{
    COUPON, JAR, LAMP, LEASE, VASE, VOUCHER, coupon, examine, jar, lamp, lease, relic, vase,
    voucher,
};
use super::library::{self, book_tag, library, shelf};
use super::{nothing, only, run, the};
use crate::harness::{Server, on_databases, on_every_database};

on_every_database! {
    async fn tables_that_the_helpers_made_are_healthy(db: &TestDb) {
        library(db).await;
        let diagnosis = library::examine(&**db).await;
        nothing(&diagnosis);
        assert_eq!(
            diagnosis.examined(),
            ["doctor_book", "doctor_book_tag", "doctor_shelf"]
        );
    }

    async fn tables_that_seaorm_made_of_the_entities_are_not_healthy(db: &TestDb) {
        let schema = Schema::new(db.get_database_backend());
        db.execute(&schema.create_table_from_entity(jar::Entity)).await?;
        // SeaORM makes a plain UNIQUE of a declared key.
        let examine = async || examine(db, jar::Entity).await.allowing(FindingCode::UniqueCountsTrashed);
        let diagnosis = examine().await;
        match db.get_database_backend() {
            DbBackend::MySql => {
                the(&diagnosis, FindingCode::MarkerImprecise);
                the(&diagnosis, FindingCode::MarkerEnds2038);
                // One statement fixes both.
                assert_eq!(diagnosis.to_string().matches("ALTER TABLE").count(), 1, "{diagnosis}");
            }
            _ => nothing(&diagnosis),
        }
        SoftDeleteSchema::of::<jar::Entity>().add_columns(&**db).await?;
        examine().await.assert_healthy();
    }

    async fn each_kind_of_marker_can_be_healthy(db: &TestDb) {
        run(db, [JAR, VASE, LAMP, COUPON, VOUCHER, LEASE]).await;
        let doctor = Doctor::new()
            .of(jar::Entity)
            .of(vase::Entity)
            .of(lamp::Entity)
            .of(coupon::Entity)
            .of(voucher::Entity)
            .of(lease::Entity);
        nothing(&doctor.examine(&**db).await?);
    }

    async fn each_kind_of_marker_has_a_uniqueness_that_is_healthy(db: &TestDb) {
        run(db, [JAR, LAMP, COUPON, VOUCHER, LEASE]).await;
        for schema in [
            SoftDeleteSchema::of::<jar::Entity>(),
            SoftDeleteSchema::of::<lamp::Entity>(),
            SoftDeleteSchema::of::<coupon::Entity>(),
            SoftDeleteSchema::of::<voucher::Entity>(),
            SoftDeleteSchema::of::<lease::Entity>(),
        ] {
            schema.unique_among_live(["label"]).create(&**db).await?;
            schema.index_live(["label"]).create(&**db).await?;
        }
        let doctor = Doctor::new()
            .of(jar::Entity)
            .of(lamp::Entity)
            .of(coupon::Entity)
            .of(voucher::Entity)
            .of(lease::Entity);
        nothing(&doctor.examine(&**db).await?);
    }

    async fn a_scoped_connection_and_a_transaction_get_the_same_findings(db: &TestDb) {
        library(db).await;
        run(
            db,
            [
                "INSERT INTO doctor_shelf (id, label) VALUES (1, 'a'), (2, 'b')",
                "INSERT INTO doctor_book (id, shelf_id, isbn, printing) VALUES (1, 1, 'x', 1), (2, 2, 'y', 1)",
            ],
        )
        .await;
        let scoped = db.scoped();
        nothing(&library::examine(&scoped).await);
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        run(db, ["UPDATE doctor_book SET deleted_at = NULL WHERE id = 1"]).await;
        let plain = library::examine(&**db).await;
        only(&plain, Severity::Warning, FindingCode::LiveBelowTrashed, "doctor_book", &["1 live row"]);
        assert_eq!(library::examine(&scoped).await, plain);
        let txn = db.begin().await?;
        assert_eq!(library::examine(&txn).await, plain);
        let scoped = txn.scoped();
        assert_eq!(library::examine(&scoped).await, plain);
        drop(scoped);
        txn.rollback().await?;
    }

    async fn the_doctor_sends_one_statement_for_each_cascade_and_those_for_the_catalogue(db: &TestDb) {
        library(db).await;
        let mut connection = DatabaseConnection::clone(db);
        let count = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&count);
        connection.set_metric_callback(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        nothing(&library::examine(&connection).await);
        let of_catalogue = match db.server() {
            // One statement for the views, and one for each of the two date-time markers.
            Server::Sqlite => 4 + 1 + 2,
            // Replica identities, constraints, views, settings, and whether there are policies.
            Server::Postgres => 3 + 5,
            // The version, the views and the settings.
            Server::MariaDb | Server::MySql => 4 + 2,
        };
        // The cascades from shelves to books, from shelves to shelves and from books to tags.
        assert_eq!(count.load(Ordering::Relaxed), of_catalogue + 3);
    }

    async fn entities_can_be_left_out(db: &TestDb) {
        run(db, [JAR]).await;
        let doctor = Doctor::new().of(jar::Entity).of(vase::Entity);
        let diagnosis = doctor.examine(&**db).await?;
        only(&diagnosis, Severity::Error, FindingCode::TableMissing, "doctor_vase", &["no such table"]);
        let diagnosis = doctor.except(vase::Entity).examine(&**db).await?;
        assert_eq!(diagnosis.examined(), ["doctor_jar"]);
        nothing(&diagnosis);
    }

    async fn known_findings_can_be_allowed(db: &TestDb) {
        library(db).await;
        let diagnosis = Doctor::new().in_family_of(shelf::Entity).examine(&**db).await?;
        only(
            &diagnosis,
            Severity::Note,
            FindingCode::KeyCountsTrashed,
            "doctor_book_tag",
            &["`book_id` and `tag`"],
        );
        diagnosis.assert_healthy();
        nothing(&diagnosis.clone().allowing(FindingCode::KeyCountsTrashed));
        nothing(&diagnosis.clone().allowing_of(book_tag::Entity, FindingCode::KeyCountsTrashed));
        let other = diagnosis.clone().allowing_of(shelf::Entity, FindingCode::KeyCountsTrashed);
        assert_eq!(other, diagnosis);
    }

    async fn every_entity_of_the_program_is_examined_unless_some_are_named(db: &TestDb) {
        let diagnosis = sea_orm_soft_delete::doctor(&**db).await?;
        let tables = sea_orm_soft_delete::tables();
        let with_scopes = ["tenant_line", "tenant_page", "office_badge", "office_spare_badge", "firm_binder", "district_street", "district_square"];
        let mut names: Vec<String> = tables
            .iter()
            .map(|table| match &table.schema {
                Some(schema) => format!("{schema}.{}", table.name),
                None => table.name.to_owned(),
            })
            .collect();
        names.extend(with_scopes.map(str::to_owned));
        names.sort();
        names.dedup();
        assert_eq!(diagnosis.examined(), names);
        // On MySQL and MariaDB, a concurrent test may have made the tables of this database.
        names.retain(|name| !name.starts_with("soft_delete_family_vault."));
        for name in names {
            let is_missing = |finding: &&sea_orm_soft_delete::doctor::Finding| {
                finding.entity == name && finding.code == FindingCode::TableMissing
            };
            assert!(diagnosis.findings().iter().any(|finding| is_missing(&finding)), "{name}");
        }
    }
}

on_databases! { [postgres: Postgres]
    async fn a_table_of_another_schema_is_looked_for_there(db: &TestDb) {
        // The transaction is never committed, so concurrent tests can create the same schema.
        let txn = db.begin().await?;
        txn.execute_unprepared("CREATE SCHEMA soft_delete_doctor_relics").await?;
        txn.execute_unprepared("CREATE TABLE relic (id serial PRIMARY KEY)").await?;
        let relics = Doctor::new().of(relic::Entity);
        let diagnosis = relics.examine(&txn).await?;
        let entity = "soft_delete_doctor_relics.relic";
        only(&diagnosis, Severity::Error, FindingCode::TableMissing, entity, &[]);

        txn.execute_unprepared("CREATE TABLE soft_delete_doctor_relics.relic (id serial PRIMARY KEY)").await?;
        let diagnosis = relics.examine(&txn).await?;
        let finding = only(&diagnosis, Severity::Error, FindingCode::MarkerMissing, entity, &["relic.deleted_at"]);
        for statement in finding.remedy.statements {
            txn.execute_unprepared(&statement).await?;
        }
        nothing(&relics.examine(&txn).await?);
        txn.execute_unprepared("CREATE UNIQUE INDEX one ON soft_delete_doctor_relics.relic ((id % 2))").await?;
        let diagnosis = relics.examine(&txn).await?;
        let finding = only(&diagnosis, Severity::Warning, FindingCode::UniqueCountsTrashed, entity, &["id % 2"]);
        for statement in finding.remedy.statements {
            txn.execute_unprepared(&statement).await?;
        }
        nothing(&relics.examine(&txn).await?);
        txn.rollback().await?;
    }
}
