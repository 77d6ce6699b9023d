//! Markers and companion columns that are missing or wrong.

use sea_orm::DbBackend;
use sea_orm::prelude::*;
use sea_orm_soft_delete::doctor::{FindingCode, Severity};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::cabinet::{COUPON, JAR, LAMP, LEASE, VASE, coupon, examine, jar, lamp, lease, vase};
use super::{is, mend, nothing, only, run, the};
use crate::harness::{Server, on_databases, on_every_database};

on_every_database! {
    async fn a_table_that_is_missing(db: &TestDb) {
        let diagnosis = examine(db, jar::Entity).await;
        let finding = only(
            &diagnosis,
            Severity::Error,
            FindingCode::TableMissing,
            "doctor_jar",
            &["no such table"],
        );
        assert!(finding.remedy.advice.contains("migration"), "{finding}");
    }

    async fn a_marker_that_is_missing(db: &TestDb) {
        run(db, [JAR.replace("deleted_at {zoned} NULL, ", "")]).await;
        let diagnosis = examine(db, jar::Entity).await;
        let finding = only(
            &diagnosis,
            Severity::Error,
            FindingCode::MarkerMissing,
            "doctor_jar",
            &["`doctor_jar.deleted_at`"],
        );
        assert_eq!(
            finding.remedy.call.as_deref(),
            Some("SoftDeleteSchema::of::<suite::doctor::cabinet::jar::Entity>().add_columns(&db).await?")
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn companions_that_are_missing(db: &TestDb) {
        run(db, ["CREATE TABLE doctor_jar (id {id}, label varchar(40), deleted_at {zoned} NULL)"]).await;
        let diagnosis = examine(db, jar::Entity).await;
        for (finding, column) in diagnosis.findings().iter().zip([
            "deleted_by", "operation_id", "reason", "updated_at",
        ]) {
            is(
                finding,
                Severity::Error,
                FindingCode::CompanionMissing,
                "doctor_jar",
                &[&format!("`doctor_jar.{column}`")],
            );
        }
        assert_eq!(diagnosis.findings().len(), 4);
        // The application owns the `updated_at` column.
        assert!(diagnosis.findings()[3].remedy.statements.is_empty());
        for finding in &diagnosis.findings()[..3] {
            mend(db, finding).await;
        }
        let diagnosis = examine(db, jar::Entity).await;
        only(&diagnosis, Severity::Error, FindingCode::CompanionMissing, "doctor_jar", &["updated_at"]);
    }

    async fn a_marker_of_another_type(db: &TestDb) {
        for (table, right, wrong) in [
            (JAR, "deleted_at {zoned} NULL", "deleted_at {int} NULL"),
            (JAR, "deleted_at {zoned} NULL", "deleted_at boolean NULL"),
            (LAMP, "is_deleted boolean NOT NULL DEFAULT FALSE", "is_deleted {zoned} NOT NULL"),
            (COUPON, "bigint NOT NULL DEFAULT 0", "{zoned} NOT NULL"),
            (LEASE, "{naive} NOT NULL DEFAULT '9999-12-31 00:00:00'", "bigint NOT NULL DEFAULT 0"),
        ] {
            let wrong = table.replace(right, wrong);
            assert_ne!(wrong, table);
            run(db, [wrong]).await;
            let (diagnosis, column) = match table {
                JAR => (examine(db, jar::Entity).await, "`doctor_jar.deleted_at`"),
                LAMP => (examine(db, lamp::Entity).await, "`doctor_lamp.is_deleted`"),
                COUPON => (examine(db, coupon::Entity).await, "`doctor_coupon.deleted_at`"),
                _ => (examine(db, lease::Entity).await, "`doctor_lease.deleted_at`"),
            };
            let entity = column[1..].split('.').next().unwrap();
            only(&diagnosis, Severity::Error, FindingCode::MarkerMistyped, entity, &[column]);
            run(db, [format!("DROP TABLE {entity}")]).await;
        }
    }

    async fn companions_of_another_type(db: &TestDb) {
        for (right, wrong, column) in [
            ("operation_id {uuid} NULL", "operation_id {int} NULL", "operation_id"),
            ("deleted_by {int} NULL", "deleted_by text NULL", "deleted_by"),
            ("reason text NULL", "reason {int} NULL", "reason"),
            ("updated_at {zoned} NULL", "updated_at {int} NULL", "updated_at"),
        ] {
            run(db, [JAR.replace(right, wrong)]).await;
            let diagnosis = examine(db, jar::Entity).await;
            only(
                &diagnosis,
                Severity::Error,
                FindingCode::CompanionMistyped,
                "doctor_jar",
                &[&format!("`doctor_jar.{column}`")],
            );
            run(db, ["DROP TABLE doctor_jar"]).await;
        }
    }

    async fn a_type_is_mended_where_the_database_can(db: &TestDb) {
        run(db, [JAR.replace("deleted_by {int}", "deleted_by bigint")]).await;
        let diagnosis = examine(db, jar::Entity).await;
        if db.server() != Server::Postgres {
            // The drivers read both types.
            nothing(&diagnosis);
            return Ok(());
        }
        mend(db, &the(&diagnosis, FindingCode::CompanionMistyped)).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_marker_that_cannot_be_null(db: &TestDb) {
        run(db, [JAR.replace("deleted_at {zoned} NULL", "deleted_at {zoned} NOT NULL")]).await;
        let diagnosis = examine(db, jar::Entity).await;
        let finding = only(
            &diagnosis,
            Severity::Error,
            FindingCode::MarkerNotNull,
            "doctor_jar",
            &["`doctor_jar.deleted_at`", "no row can be live"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_marker_that_can_be_null_and_should_not(db: &TestDb) {
        run(
            db,
            [
                LAMP.replace("boolean NOT NULL DEFAULT FALSE", "boolean"),
                COUPON.replace("NOT NULL DEFAULT 0", "NULL"),
                LEASE.replace("NOT NULL DEFAULT '9999-12-31 00:00:00'", "NULL"),
            ],
        )
        .await;
        run(db, ["INSERT INTO doctor_lamp (id, label, is_deleted) VALUES (1, 'a', NULL), (2, 'b', TRUE)"]).await;
        assert_eq!(lamp::Entity::find().count(&**db).await?, 0);
        let diagnoses = [
            (examine(db, lamp::Entity).await, "doctor_lamp", "is_deleted"),
            (examine(db, coupon::Entity).await, "doctor_coupon", "deleted_at"),
            (examine(db, lease::Entity).await, "doctor_lease", "deleted_at"),
        ];
        for (diagnosis, entity, column) in diagnoses {
            let finding = only(
                &diagnosis,
                Severity::Warning,
                FindingCode::MarkerNullable,
                entity,
                &[&format!("`{entity}.{column}`")],
            );
            mend(db, &finding).await;
        }
        nothing(&examine(db, lamp::Entity).await);
        nothing(&examine(db, coupon::Entity).await);
        nothing(&examine(db, lease::Entity).await);
        assert_eq!(lamp::Entity::find().count(&**db).await?, 1);
    }

    async fn a_companion_that_cannot_be_null(db: &TestDb) {
        for (right, column) in [
            ("operation_id {uuid} NULL", "operation_id"),
            ("deleted_by {int} NULL", "deleted_by"),
            ("reason text NULL", "reason"),
        ] {
            run(db, [JAR.replace(right, &right.replace(" NULL", " NOT NULL"))]).await;
            let finding = only(
                &examine(db, jar::Entity).await,
                Severity::Error,
                FindingCode::CompanionNotNull,
                "doctor_jar",
                &[&format!("`doctor_jar.{column}`")],
            );
            mend(db, &finding).await;
            nothing(&examine(db, jar::Entity).await);
            run(db, ["DROP TABLE doctor_jar"]).await;
        }
    }

    async fn an_updated_at_may_be_not_null(db: &TestDb) {
        run(db, [JAR.replace("updated_at {zoned} NULL", "updated_at {zoned} NOT NULL")]).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_marker_without_a_default(db: &TestDb) {
        run(
            db,
            [
                LAMP.replace(" DEFAULT FALSE", ""),
                COUPON.replace(" DEFAULT 0", ""),
                LEASE.replace(" DEFAULT '9999-12-31 00:00:00'", ""),
            ],
        )
        .await;
        let diagnoses = [
            (examine(db, lamp::Entity).await, "doctor_lamp", "is_deleted"),
            (examine(db, coupon::Entity).await, "doctor_coupon", "deleted_at"),
            (examine(db, lease::Entity).await, "doctor_lease", "deleted_at"),
        ];
        for (diagnosis, entity, column) in diagnoses {
            let finding = only(
                &diagnosis,
                Severity::Note,
                FindingCode::MarkerDefaultMissing,
                entity,
                &[&format!("`{entity}.{column}`")],
            );
            diagnosis.assert_healthy();
            mend(db, &finding).await;
        }
        nothing(&examine(db, lamp::Entity).await);
        nothing(&examine(db, coupon::Entity).await);
        nothing(&examine(db, lease::Entity).await);
    }

    async fn a_default_that_trashes_new_rows(db: &TestDb) {
        run(
            db,
            [
                VASE.replace("{zoned} NULL", match db.server() {
                    Server::MariaDb | Server::MySql => "datetime(6) NULL DEFAULT CURRENT_TIMESTAMP(6)",
                    _ => "{zoned} NULL DEFAULT CURRENT_TIMESTAMP",
                }),
                LAMP.replace("DEFAULT FALSE", "DEFAULT TRUE"),
                COUPON.replace("DEFAULT 0", "DEFAULT 1"),
                LEASE.replace("9999-12-31", "2001-01-01"),
            ],
        )
        .await;
        let diagnoses = [
            (examine(db, vase::Entity).await, "doctor_vase", "deleted_at"),
            (examine(db, lamp::Entity).await, "doctor_lamp", "is_deleted"),
            (examine(db, coupon::Entity).await, "doctor_coupon", "deleted_at"),
            (examine(db, lease::Entity).await, "doctor_lease", "deleted_at"),
        ];
        for (diagnosis, entity, column) in diagnoses {
            let finding = only(
                &diagnosis,
                Severity::Error,
                FindingCode::MarkerDefault,
                entity,
                &[&format!("`{entity}.{column}`"), "is trashed"],
            );
            mend(db, &finding).await;
        }
        nothing(&examine(db, vase::Entity).await);
        nothing(&examine(db, lamp::Entity).await);
        nothing(&examine(db, coupon::Entity).await);
        nothing(&examine(db, lease::Entity).await);
    }
}

on_databases! { [postgres: Postgres, mariadb: MariaDb, mysql: MySql]
    async fn a_marker_that_does_not_keep_microseconds(db: &TestDb) {
        let imprecise = match db.get_database_backend() {
            DbBackend::MySql => "datetime(3) NULL",
            _ => "timestamp(3) with time zone NULL",
        };
        let sql = |table: &str| table.replace("deleted_at {zoned} NULL", &format!("deleted_at {imprecise}"));
        run(db, [sql(JAR), sql(VASE)]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::MarkerImprecise,
            "doctor_jar",
            &["`doctor_jar.deleted_at`"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        // Without an `operation` column, the instant identifies an operation.
        let finding = only(
            &examine(db, vase::Entity).await,
            Severity::Warning,
            FindingCode::MarkerImprecise,
            "doctor_vase",
            &["`doctor_vase.deleted_at`", "one operation", "every delete is refused as soon as a policy"],
        );
        assert_eq!(
            finding.remedy.call.as_deref(),
            Some("SoftDeleteSchema::of::<suite::doctor::cabinet::vase::Entity>().add_columns(&db).await?")
        );
        SoftDeleteSchema::of::<vase::Entity>().add_columns(&**db).await?;
        nothing(&examine(db, vase::Entity).await);
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn a_marker_that_ends_in_2038(db: &TestDb) {
        run(
            db,
            [
                JAR.replace("deleted_at {zoned} NULL", "deleted_at timestamp(6) NULL"),
                LEASE.replace(
                    "{naive} NOT NULL DEFAULT '9999-12-31 00:00:00'",
                    "timestamp(6) NOT NULL DEFAULT '2001-01-01 00:00:00'",
                ),
            ],
        )
        .await;
        let diagnosis = examine(db, jar::Entity).await;
        let finding = only(
            &diagnosis,
            Severity::Note,
            FindingCode::MarkerEnds2038,
            "doctor_jar",
            &["`doctor_jar.deleted_at`", "2038"],
        );
        diagnosis.assert_healthy();
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        let diagnosis = examine(db, lease::Entity).await;
        let finding = the(&diagnosis, FindingCode::MarkerMistyped);
        assert!(finding.message.contains("`timestamp(6)`"), "{finding}");
        mend(db, &finding).await;
        nothing(&examine(db, lease::Entity).await);
    }
}

on_databases! { [postgres: Postgres]
    async fn custom_column_types_are_no_finding(db: &TestDb) {
        run(
            db,
            [
                "CREATE DOMAIN instant AS timestamp with time zone",
                "CREATE DOMAIN truth AS boolean",
            ],
        )
        .await;
        run(db, [VASE.replace("{zoned}", "instant"), LAMP.replace("boolean", "truth")]).await;
        nothing(&examine(db, vase::Entity).await);
        nothing(&examine(db, lamp::Entity).await);
    }
}
