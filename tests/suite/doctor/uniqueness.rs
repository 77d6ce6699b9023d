//! Unique indexes that count trashed rows, and unique indexes that enforce nothing.

use sea_orm::ConnectionTrait;
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::doctor::{FindingCode, Severity};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::cabinet::{
    COUPON, JAR, LAMP, LEASE, STOOL, VOUCHER, coupon, examine, jar, lamp, lease, stool, voucher,
};
use super::{mend, nothing, only, run};
use crate::harness::{Server, TestDb, on_databases, on_every_database};

async fn is_silent_about(db: &TestDb, statements: &[&str]) {
    for statement in statements {
        run(db, [statement]).await;
        nothing(&examine(db, jar::Entity).await);
        let drop = match db.server() {
            Server::MariaDb | Server::MySql => "DROP INDEX one ON doctor_jar",
            _ => "DROP INDEX one",
        };
        run(db, [drop]).await;
    }
}

on_every_database! {
    async fn a_unique_index_that_counts_trashed_rows(db: &TestDb) {
        run(db, [JAR, "CREATE UNIQUE INDEX jar_label ON doctor_jar (label)"]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`jar_label`", "`label`"],
        );
        assert_eq!(
            finding.remedy.call.as_deref(),
            Some("SoftDeleteSchema::of::<suite::doctor::cabinet::jar::Entity>().unique_among_live([\"label\"]).convert(&db).await?")
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        // The remedy created the same index as the helper.
        let unique = SoftDeleteSchema::of::<jar::Entity>().unique_among_live(["label"]);
        unique.convert(&**db).await?;
        let insert = "INSERT INTO doctor_jar (label, deleted_at) VALUES ('a', '2001-01-01 00:00:00+00:00')";
        let insert = match db.server() {
            Server::MariaDb | Server::MySql => insert.replace("+00:00", ""),
            _ => insert.to_owned(),
        };
        run(db, [insert.as_str(), &insert, "INSERT INTO doctor_jar (label) VALUES ('a')"]).await;
        let second = db.execute_unprepared("INSERT INTO doctor_jar (label) VALUES ('a')").await;
        assert!(second.is_err());
    }

    async fn a_unique_constraint_that_counts_trashed_rows(db: &TestDb) {
        run(db, [JAR.replace("updated_at {zoned} NULL", "updated_at {zoned} NULL, UNIQUE (label, deleted_by)")]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`label` and `deleted_by`"],
        );
        // The column belongs to soft delete.
        match &finding.remedy.call {
            Some(call) => assert!(call.contains("unique_among_live([\"label\"])"), "{finding}"),
            None => assert_eq!(db.server(), Server::Sqlite, "{finding}"),
        }
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn the_helper_replaces_a_unique_constraint_too(db: &TestDb) {
        run(db, [JAR.replace("varchar(40) NOT NULL", "varchar(40) NOT NULL UNIQUE")]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`label`"],
        );
        assert!(finding.remedy.call.is_some(), "{finding}");
        let unique = SoftDeleteSchema::of::<jar::Entity>().unique_among_live(["label"]);
        unique.convert(&**db).await?;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_remedy_leaves_out_steps_that_are_already_done(db: &TestDb) {
        run(db, [JAR, "CREATE UNIQUE INDEX jar_label ON doctor_jar (label)"]).await;
        let unique = SoftDeleteSchema::of::<jar::Entity>().unique_among_live(["label"]);
        unique.create(&**db).await?;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`jar_label`"],
        );
        assert_eq!(finding.remedy.statements.len(), 1, "{finding}");
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_nullable_marker_among_the_columns_enforces_nothing(db: &TestDb) {
        run(db, [JAR, "CREATE UNIQUE INDEX jar_label ON doctor_jar (label, deleted_at)"]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueNotEnforced,
            "doctor_jar",
            &["`jar_label`", "`label` and `deleted_at`"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        // Beside a correct unique index, such an index does no harm.
        run(db, ["CREATE UNIQUE INDEX jar_label ON doctor_jar (label, deleted_at)"]).await;
        nothing(&examine(db, jar::Entity).await);
        run(db, ["CREATE UNIQUE INDEX jar_by ON doctor_jar (label, operation_id)"]).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_key_among_live_rows_that_the_entity_does_not_declare(db: &TestDb) {
        run(db, [STOOL]).await;
        let stools = SoftDeleteSchema::of::<stool::Entity>();
        stools.unique_among_live(["label"]).create(&**db).await?;
        let diagnosis = examine(db, stool::Entity).await;
        let code = FindingCode::UniqueUndeclared;
        let finding = only(&diagnosis, Severity::Note, code, "doctor_stool", &["`label`"]);
        assert_eq!(finding.remedy.declaration.as_deref(), Some("#[sea_orm(unique)] // label"));
        diagnosis.assert_healthy();
        // What follows: the preview allows what the restore refuses without a name.
        run(db, ["INSERT INTO doctor_stool (id, room, label) VALUES (1, 1, 'a')"]).await;
        stool::Entity::delete_by_id(1).exec(&**db).await?;
        run(db, ["INSERT INTO doctor_stool (id, room, label) VALUES (2, 1, 'a')"]).await;
        assert!(stool::Entity::restore_by_id(1).preview(&**db).await?.is_allowed());
        let refused = stool::Entity::restore_by_id(1).exec(&**db).await.unwrap_err();
        let SoftDeleteError::UniqueViolation { clashes, .. } = &refused else {
            panic!("{refused}");
        };
        assert!(clashes.is_empty(), "{refused}");
        // A plain key has a finding of its own, and one.
        stools.unique_among_live(["label"]).drop(&**db).await?;
        run(db, ["DELETE FROM doctor_stool", "CREATE UNIQUE INDEX one ON doctor_stool (label)"]).await;
        let diagnosis = examine(db, stool::Entity).await;
        only(&diagnosis, Severity::Warning, FindingCode::UniqueCountsTrashed, "doctor_stool", &["`one`"]);
    }

    async fn a_marker_of_its_own_kind_among_the_columns(db: &TestDb) {
        run(
            db,
            [
                LAMP, COUPON, VOUCHER, LEASE,
                "CREATE UNIQUE INDEX lamp_label ON doctor_lamp (label, is_deleted)",
                "CREATE UNIQUE INDEX coupon_label ON doctor_coupon (label, deleted_at)",
                "CREATE UNIQUE INDEX voucher_label ON doctor_voucher (label, deleted_at)",
                "CREATE UNIQUE INDEX lease_label ON doctor_lease (deleted_at, label)",
            ],
        )
        .await;
        // Every trashed row has another instant, and all live rows have the same value.
        nothing(&examine(db, coupon::Entity).await);
        nothing(&examine(db, lease::Entity).await);
        // Only one trashed row can have the label.
        let finding = only(
            &examine(db, lamp::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_lamp",
            &["`lamp_label`"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, lamp::Entity).await);
        let finding = only(
            &examine(db, voucher::Entity).await,
            Severity::Warning,
            FindingCode::UniqueNotEnforced,
            "doctor_voucher",
            &["`voucher_label`"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, voucher::Entity).await);
    }

    async fn an_index_over_the_primary_key_is_no_obstacle(db: &TestDb) {
        run(db, [JAR]).await;
        is_silent_about(db, &[
            "CREATE UNIQUE INDEX one ON doctor_jar (id, label)",
            "CREATE INDEX one ON doctor_jar (label)",
        ])
        .await;
    }
}

on_databases! { [sqlite: Sqlite, postgres: Postgres]
    async fn a_partial_index_on_something_else(db: &TestDb) {
        run(db, [JAR, "CREATE UNIQUE INDEX jar_label ON doctor_jar (label) WHERE deleted_by = 3"]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`jar_label`", "deleted_by = 3"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_partial_index_of_the_trash(db: &TestDb) {
        run(db, [JAR, "CREATE UNIQUE INDEX jar_label ON doctor_jar (label) WHERE deleted_at IS NOT NULL"]).await;
        only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`jar_label`"],
        );
    }

    async fn partial_indexes_over_live_rows_are_recognised_in_every_form(db: &TestDb) {
        run(db, [JAR]).await;
        is_silent_about(db, &[
            "CREATE UNIQUE INDEX one ON doctor_jar (label) WHERE deleted_at IS NULL",
            "CREATE UNIQUE INDEX one ON doctor_jar (label) where ((\"deleted_at\") is null)",
            "CREATE UNIQUE INDEX one ON doctor_jar (label) WHERE NOT (deleted_at IS NOT NULL)",
            "CREATE UNIQUE INDEX one ON doctor_jar (label) WHERE deleted_by > 3 AND deleted_at IS NULL",
            "CREATE UNIQUE INDEX one ON doctor_jar (lower(label)) WHERE deleted_at IS NULL",
        ])
        .await;
        run(db, [
            LAMP, COUPON, VOUCHER, LEASE,
            "CREATE UNIQUE INDEX lamp_1 ON doctor_lamp (label) WHERE NOT is_deleted",
            "CREATE UNIQUE INDEX lamp_2 ON doctor_lamp (label) WHERE is_deleted IS NOT TRUE",
            "CREATE UNIQUE INDEX lamp_3 ON doctor_lamp (label) WHERE is_deleted = FALSE",
            "CREATE UNIQUE INDEX coupon_1 ON doctor_coupon (label) WHERE deleted_at = 0",
            "CREATE UNIQUE INDEX voucher_1 ON doctor_voucher (label) WHERE deleted_at IS NULL OR deleted_at = 0",
            "CREATE UNIQUE INDEX lease_1 ON doctor_lease (label) WHERE deleted_at = '9999-12-31 00:00:00'",
        ]).await;
        nothing(&examine(db, lamp::Entity).await);
        nothing(&examine(db, coupon::Entity).await);
        nothing(&examine(db, voucher::Entity).await);
        nothing(&examine(db, lease::Entity).await);
    }

    async fn an_index_over_an_expression(db: &TestDb) {
        run(db, [JAR, "CREATE UNIQUE INDEX jar_label ON doctor_jar (deleted_by, lower(label))"]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`jar_label`", "lower("],
        );
        assert!(finding.remedy.call.as_deref().unwrap().contains(".expression(\"lower("), "{finding}");
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        is_silent_about(db, &[
            "CREATE UNIQUE INDEX one ON doctor_jar (label, coalesce(deleted_by, 0), (CASE WHEN deleted_at IS NULL THEN 1 END))",
        ])
        .await;
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn a_key_with_a_generated_column_of_another_name_is_undeclared_too(db: &TestDb) {
        run(db, [
            STOOL,
            "ALTER TABLE doctor_stool ADD COLUMN is_live tinyint AS (CASE WHEN deleted_at IS NULL THEN 1 END) STORED",
            "CREATE UNIQUE INDEX one ON doctor_stool (room, label, is_live)",
        ])
        .await;
        let diagnosis = examine(db, stool::Entity).await;
        let code = FindingCode::UniqueUndeclared;
        let finding = only(&diagnosis, Severity::Note, code, "doctor_stool", &["`one`"]);
        let declared = finding.remedy.declaration.unwrap();
        assert_eq!(declared, "#[sea_orm(unique_key = \"room_label\")] // room\n#[sea_orm(unique_key = \"room_label\")] // label");
    }

    async fn a_generated_column_over_the_marker_distinguishes_trashed_rows(db: &TestDb) {
        run(db, [
            JAR,
            "ALTER TABLE doctor_jar ADD COLUMN is_live tinyint AS (if(deleted_at IS NULL, 1, NULL)) STORED",
            "ALTER TABLE doctor_jar ADD COLUMN was tinyint AS (deleted_at IS NULL) STORED",
            "ALTER TABLE doctor_jar ADD COLUMN short varchar(3) AS (left(label, 3)) STORED",
            "CREATE UNIQUE INDEX jar_label ON doctor_jar (label, is_live)",
        ])
        .await;
        nothing(&examine(db, jar::Entity).await);
        for column in ["short", "was"] {
            run(db, [format!("CREATE UNIQUE INDEX another ON doctor_jar (label, {column})")]).await;
            only(
                &examine(db, jar::Entity).await,
                Severity::Warning,
                FindingCode::UniqueCountsTrashed,
                "doctor_jar",
                &["`another`", column],
            );
            run(db, ["DROP INDEX another ON doctor_jar"]).await;
        }
    }
}

on_databases! { [postgres: Postgres]
    async fn nulls_that_are_not_distinct_enforce_something(db: &TestDb) {
        run(db, [JAR]).await;
        is_silent_about(db, &[
            "CREATE UNIQUE INDEX one ON doctor_jar (label, deleted_at) NULLS NOT DISTINCT",
            "CREATE UNIQUE INDEX one ON doctor_jar (label) INCLUDE (reason) WHERE deleted_at IS NULL",
        ])
        .await;
    }
}
