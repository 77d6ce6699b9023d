//! Changes that a schema makes by itself, and constraints beside UNIQUE that trashed rows violate.

use sea_orm::{ConnectionTrait, PaginatorTrait};
use sea_orm_soft_delete::Scopable;
use sea_orm_soft_delete::doctor::{FindingCode, Severity};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::cabinet::{JAR, LAMP, LEASE, VASE, examine, jar, lamp, lease, vase};
use super::{mend, nothing, only, run, the};
use crate::harness::{Server, on_databases, on_every_database};

on_every_database! {
    async fn a_marker_that_is_generated(db: &TestDb) {
        run(db, [match db.server() {
            Server::Postgres => LAMP.replace(
                "is_deleted boolean NOT NULL DEFAULT FALSE",
                "is_deleted boolean NOT NULL GENERATED ALWAYS AS (label = '') STORED",
            ),
            Server::MariaDb => LAMP.replace(
                "is_deleted boolean NOT NULL DEFAULT FALSE",
                "is_deleted boolean AS (label = '') STORED",
            ),
            _ => LAMP.replace(
                "is_deleted boolean NOT NULL DEFAULT FALSE",
                "is_deleted boolean AS (label = '') STORED NOT NULL",
            ),
        }])
        .await;
        let diagnosis = examine(db, lamp::Entity).await;
        let finding = only(
            &diagnosis,
            Severity::Error,
            FindingCode::MarkerGenerated,
            "doctor_lamp",
            &["`doctor_lamp.is_deleted`"],
        );
        if db.server() != Server::Sqlite {
            mend(db, &finding).await;
            examine(db, lamp::Entity).await.assert_healthy();
        }
    }

    async fn an_index_that_has_the_name_of_the_key_and_enforces_less(db: &TestDb) {
        run(db, [JAR]).await;
        let unique = SoftDeleteSchema::of::<jar::Entity>().unique_among_live(["label"]);
        match db.server() {
            Server::MariaDb | Server::MySql => {
                let add = "ALTER TABLE doctor_jar ADD COLUMN soft_delete_live tinyint \
                           AS (CASE WHEN deleted_at IS NULL THEN 1 END) STORED";
                // The index has the name of the key, but is not unique.
                run(db, [add, "CREATE INDEX doctor_jar_label_live ON doctor_jar (label)"]).await;
                run(db, ["CREATE UNIQUE INDEX one ON doctor_jar (label, soft_delete_live)"]).await;
                only(
                    &examine(db, jar::Entity).await,
                    Severity::Warning,
                    FindingCode::UniqueNotEnforced,
                    "doctor_jar",
                    &["`doctor_jar_label_live`", "not unique"],
                );
                return Ok(());
            }
            _ => run(db, ["CREATE UNIQUE INDEX doctor_jar_label_live ON doctor_jar (label) \
                           WHERE deleted_at IS NULL AND id < 0"]).await,
        }
        assert!(unique.create(&**db).await.is_err());
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueNotEnforced,
            "doctor_jar",
            &["`doctor_jar_label_live`", "id < 0"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        unique.create(&**db).await?;
        // An index of another name may enforce less.
        run(db, ["CREATE UNIQUE INDEX one ON doctor_jar (label) WHERE deleted_at IS NULL AND id < 0"]).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_plain_index_that_has_the_name_of_the_key_is_replaced(db: &TestDb) {
        run(db, [JAR, "CREATE UNIQUE INDEX doctor_jar_label_live ON doctor_jar (label)"]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`doctor_jar_label_live`"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn a_marker_that_each_update_writes(db: &TestDb) {
        run(db, [
            VASE.replace("{zoned} NULL", "datetime(6) NULL ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'it''s \\\\ gone'"),
            LEASE.replace("{naive}", "datetime(6)").replace("31 00:00:00'", "31 00:00:00' ON UPDATE CURRENT_TIMESTAMP(6)"),
        ])
        .await;
        run(db, ["INSERT INTO doctor_vase (id) VALUES (1)", "UPDATE doctor_vase SET id = 2"]).await;
        assert_eq!(vase::Entity::only_trashed().count(&**db).await?, 1);
        let diagnoses = [
            (examine(db, vase::Entity).await, "doctor_vase"),
            (examine(db, lease::Entity).await, "doctor_lease"),
        ];
        for (diagnosis, entity) in diagnoses {
            let finding = only(
                &diagnosis,
                Severity::Error,
                FindingCode::MarkerWritesItself,
                entity,
                &["deleted_at", "ON UPDATE"],
            );
            mend(db, &finding).await;
        }
        nothing(&examine(db, vase::Entity).await);
        nothing(&examine(db, lease::Entity).await);
        let comment = "SELECT CAST(column_comment AS CHAR) AS c FROM information_schema.columns \
                       WHERE table_schema = DATABASE() AND table_name = 'doctor_vase' AND column_name = 'deleted_at'";
        let row = db.query_one_raw(sea_orm::Statement::from_string(db.get_database_backend(), comment)).await?;
        assert_eq!(row.unwrap().try_get::<String>("", "c")?, "it's \\ gone");
    }
}

on_databases! { [mariadb: MariaDb]
    async fn the_first_timestamp_of_a_table_updates_itself_by_default(db: &TestDb) {
        run(db, ["SET SESSION explicit_defaults_for_timestamp = 0"]).await;
        let mut made = false;
        for _ in 0..20 {
            // The setting belongs to one session of the pool.
            run(db, ["SET SESSION explicit_defaults_for_timestamp = 0", "DROP TABLE IF EXISTS doctor_vase", &VASE.replace("{zoned} NULL", "timestamp(6)")]).await;
            let diagnosis = examine(db, vase::Entity).await;
            made = diagnosis.findings().iter().any(|finding| finding.code == FindingCode::MarkerWritesItself);
            if made {
                break;
            }
        }
        assert!(made);
        let finding = the(&examine(db, vase::Entity).await, FindingCode::MarkerWritesItself);
        mend(db, &finding).await;
        examine(db, vase::Entity).await.assert_healthy();
    }
}

on_databases! { [mysql: MySql]
    async fn an_index_over_an_expression_of_mysql_is_read(db: &TestDb) {
        run(db, [JAR, "CREATE UNIQUE INDEX jar_label ON doctor_jar ((lower(label)))"]).await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`jar_label`", "lower("],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        run(db, ["CREATE UNIQUE INDEX one ON doctor_jar (label, (CASE WHEN deleted_at IS NULL THEN 1 END))"]).await;
        nothing(&examine(db, jar::Entity).await);
    }
}

on_databases! { [postgres: Postgres]
    async fn an_exclusion_that_counts_trashed_rows(db: &TestDb) {
        run(db, [JAR]).await;
        for (constraint, and) in [
            ("EXCLUDE USING gist (int4range(id, id + 2) WITH &&)", ""),
            ("EXCLUDE USING gist (int4range(id, id + 2) WITH &&) WHERE (id > 3 OR id < 0)", "id > 3"),
            ("EXCLUDE USING gist (int4range(id, id + 2) WITH &&) WHERE (id > 3) DEFERRABLE INITIALLY DEFERRED", "DEFERRABLE"),
        ] {
            run(db, [format!("ALTER TABLE doctor_jar ADD CONSTRAINT \"o\"\"ne\" {constraint}")]).await;
            let finding = only(
                &examine(db, jar::Entity).await,
                Severity::Warning,
                FindingCode::ExclusionCountsTrashed,
                "doctor_jar",
                &["`o\"ne`"],
            );
            assert!(finding.remedy.statements[0].contains(and), "{finding}");
            mend(db, &finding).await;
            nothing(&examine(db, jar::Entity).await);
            run(db, ["ALTER TABLE doctor_jar DROP CONSTRAINT \"o\"\"ne\""]).await;
        }
    }

    async fn a_replica_identity_over_a_plain_unique_index(db: &TestDb) {
        run(db, [
            JAR,
            "CREATE UNIQUE INDEX jar_label ON doctor_jar (label)",
            "ALTER TABLE doctor_jar REPLICA IDENTITY USING INDEX jar_label",
        ])
        .await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Warning,
            FindingCode::UniqueCountsTrashed,
            "doctor_jar",
            &["`jar_label`", "REPLICA IDENTITY"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_replica_identity_whose_index_is_missing(db: &TestDb) {
        run(db, [
            JAR,
            "CREATE UNIQUE INDEX jar_label ON doctor_jar (label)",
            "ALTER TABLE doctor_jar REPLICA IDENTITY USING INDEX jar_label",
            "DROP INDEX jar_label",
        ])
        .await;
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Error,
            FindingCode::ReplicaIdentityMissing,
            "doctor_jar",
            &[],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_marker_whose_name_differs_in_case(db: &TestDb) {
        run(db, [JAR.replace("deleted_at", "\"Deleted_At\"").replace("operation_id", "\"operation_ID\"")]).await;
        let diagnosis = examine(db, jar::Entity).await;
        for (code, name) in [
            (FindingCode::MarkerMissing, "\"Deleted_At\""),
            (FindingCode::CompanionMissing, "\"operation_ID\""),
        ] {
            let finding = the(&diagnosis, code);
            assert!(finding.message.contains(name), "{finding}");
            mend(db, &finding).await;
        }
        nothing(&examine(db, jar::Entity).await);
    }
}

on_databases! { [sqlite: Sqlite]
    async fn a_constraint_that_removes_the_rows_in_its_way(db: &TestDb) {
        let trashed = "'2001-01-01T00:00:00+00:00'";
        for table in [
            JAR.replace("varchar(40) NOT NULL", "varchar(40) NOT NULL UNIQUE ON CONFLICT REPLACE"),
            JAR.replace("PRIMARY KEY AUTOINCREMENT", "PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT"),
            JAR.replace("updated_at {zoned} NULL", "updated_at {zoned} NULL, UNIQUE (label, deleted_by) ON CONFLICT REPLACE"),
        ]
        .map(|table| table.replace("{id}", "integer PRIMARY KEY ON CONFLICT REPLACE AUTOINCREMENT"))
        {
            run(db, [table.as_str(), &format!("INSERT INTO doctor_jar (id, label, deleted_at, deleted_by) VALUES (1, 'a', {trashed}, 1)")]).await;
            let finding = the(&examine(db, jar::Entity).await, FindingCode::ConstraintReplaces);
            assert_eq!(finding.severity, Severity::Error);
            mend(db, &finding).await;
            let diagnosis = examine(db, jar::Entity).await;
            assert!(diagnosis.findings().iter().all(|finding| finding.code != FindingCode::ConstraintReplaces), "{diagnosis}");
            let insert = "INSERT INTO doctor_jar (id, label, deleted_by) VALUES (1, 'a', 1)";
            assert!(db.scoped().execute_unprepared(insert).await.is_err());
            assert_eq!(jar::Entity::only_trashed().count(&**db).await?, 1);
            run(db, ["DROP TABLE doctor_jar"]).await;
        }
        // This constraint replaces NULL by a value.
        run(db, [JAR.replace("varchar(40) NOT NULL", "varchar(40) NOT NULL ON CONFLICT REPLACE DEFAULT ''")]).await;
        nothing(&examine(db, jar::Entity).await);
    }

    async fn instants_in_two_text_formats(db: &TestDb) {
        run(db, [JAR, LEASE]).await;
        let mut spellings: Vec<(&str, &str)> = vec![
            ("2024-01-02 03:04:05", "2024-01-02T03:04:05+00:00"),
            ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"),
            ("2024-01-02 03:04:05.123456", "2024-01-02T03:04:05.123456+00:00"),
            ("2024-01-02T03:04:05.123456Z", "2024-01-02T03:04:05.123456+00:00"),
            ("2024-01-02 03:04:05.5+00:00", "2024-01-02T03:04:05.5+00:00"),
            ("2024-01-02T05:04:05.250+02:00", "2024-01-02T03:04:05.250+00:00"),
            ("2024-01-02", "2024-01-02T00:00:00.000+00:00"),
        ];
        for (at, (spelling, _)) in spellings.iter().enumerate() {
            run(db, [format!("INSERT INTO doctor_jar (id, label, deleted_at) VALUES ({at}, '', '{spelling}')")]).await;
        }
        run(db, ["INSERT INTO doctor_jar (id, label, deleted_at) VALUES (70, '', '2024-01-02T03:04:05.100+00:00'), (71, '', NULL)"]).await;
        spellings.push(("", ""));
        let finding = only(
            &examine(db, jar::Entity).await,
            Severity::Error,
            FindingCode::MarkerSpelledOtherwise,
            "doctor_jar",
            &["7 rows", "datetime('now')"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        for (at, (_, expected)) in spellings.iter().enumerate().filter(|(_, (spelling, _))| !spelling.is_empty()) {
            let sql = format!("SELECT deleted_at AS it FROM doctor_jar WHERE id = {at}");
            let row = db.query_one_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql)).await?;
            assert_eq!(row.unwrap().try_get::<String>("", "it")?, *expected);
        }
        // A delete of this crate writes instants in the right format.
        run(db, ["INSERT INTO doctor_jar (id, label) VALUES (90, ''), (91, '')", "INSERT INTO doctor_lease (id, label) VALUES (1, ''), (2, '')"]).await;
        jar::Entity::delete_many().exec(&**db).await?;
        lease::Entity::delete_by_id(1).exec(&**db).await?;
        nothing(&examine(db, jar::Entity).await);
        nothing(&examine(db, lease::Entity).await);
        // A live row whose marker is not the live value, so that it counts as trashed.
        run(db, ["UPDATE doctor_lease SET deleted_at = '9999-12-31T00:00:00Z' WHERE id = 2"]).await;
        assert_eq!(lease::Entity::find().count(&**db).await?, 0);
        let finding = the(&examine(db, lease::Entity).await, FindingCode::MarkerSpelledOtherwise);
        mend(db, &finding).await;
        nothing(&examine(db, lease::Entity).await);
        assert_eq!(lease::Entity::find().count(&**db).await?, 1);
    }
}
