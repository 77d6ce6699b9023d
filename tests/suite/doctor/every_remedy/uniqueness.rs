//! Remedies for unique keys, and for constraints beside them.

use sea_orm::{ActiveValue::Set, ConnectionTrait};
use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::entities::{bin, bottle, numbered_seat, seat};
use super::{Call, Fault, Way, call, gone, remedies, run};
use crate::doctor::cabinet::{JAR, jar};
use crate::harness::{Server, TestDb};

const ROWS: &str = "SELECT id, label, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END AS gone FROM doctor_jar ORDER BY id";

/// Creates a table of jars with a live and a trashed row, and makes these changes to it.
async fn jars(db: &TestDb, table: &str, changes: &[&str]) -> Option<Fault> {
    run(db, [table]).await;
    let insert = format!(
        "INSERT INTO doctor_jar (id, label, deleted_at) VALUES (1, 'a', NULL), (2, 'b', {})",
        gone(db)
    );
    run(db, [insert]).await;
    run(db, changes).await;
    Fault::of(Doctor::new().of(jar::Entity), ROWS)
}

remedies! {
    UniqueCountsTrashed: async fn a_unique_index(db: &TestDb) {
        let fault = jars(db, JAR, &["CREATE UNIQUE INDEX jar_label ON doctor_jar (label)"]).await?;
        let call = call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>()
            .unique_among_live(["label"]).convert(&db).await?);
        Some(Fault { call: Some(call), ..fault })
    }

    UniqueCountsTrashed: async fn a_unique_constraint(db: &TestDb) {
        let table = JAR.replace("varchar(40) NOT NULL", "varchar(40) NOT NULL UNIQUE");
        let fault = jars(db, &table, &[]).await?;
        let call = call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>()
            .unique_among_live(["label"]).convert(&db).await?);
        Some(Fault { call: Some(call), ..fault })
    }

    UniqueCountsTrashed: async fn a_unique_constraint_over_a_companion_too(db: &TestDb) {
        let table = JAR.replace("updated_at {zoned} NULL", "updated_at {zoned} NULL, UNIQUE (label, deleted_by)");
        let fault = jars(db, &table, &[]).await?;
        let call: Call = match db.server() {
            Server::Sqlite => return Some(fault),
            Server::Postgres => call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>()
                .unique_among_live(["label"]).create(&db).await?;
                db.execute_unprepared("ALTER TABLE \"doctor_jar\" DROP CONSTRAINT \"doctor_jar_label_deleted_by_key\"").await?),
            Server::MariaDb | Server::MySql => call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>()
                .unique_among_live(["label"]).create(&db).await?;
                db.execute_unprepared("DROP INDEX `label` ON `doctor_jar`").await?),
        };
        Some(Fault { call: Some(call), ..fault })
    }

    UniqueCountsTrashed: async fn a_unique_constraint_of_a_table_that_others_fall_with(db: &TestDb) {
        run(db, [
            "CREATE TABLE remedy_bin (id {id}, label varchar(40) NOT NULL UNIQUE, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
            "CREATE TABLE remedy_bottle (id {id}, bin_id {int} NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL, \
             FOREIGN KEY (bin_id) REFERENCES remedy_bin (id) ON DELETE CASCADE)",
            "CREATE INDEX one ON remedy_bottle (bin_id)",
            "INSERT INTO remedy_bin (id, label) VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO remedy_bottle (id, bin_id) VALUES (1, 1), (2, 1), (3, 2)",
        ])
        .await;
        let doctor = Doctor::new().of(bin::Entity).of(bottle::Entity);
        let rows = "SELECT b.id, a.label, b.bin_id FROM remedy_bottle b JOIN remedy_bin a ON a.id = b.bin_id ORDER BY b.id";
        let fault = Fault::of(doctor, rows)?;
        if db.server() == Server::Sqlite {
            // The call is not printed here, because it is refused.
            let refused = SoftDeleteSchema::of::<bin::Entity>().unique_among_live(["label"]).convert(&**db).await;
            assert!(refused.is_err());
            return Some(fault);
        }
        let call = call!(|db| SoftDeleteSchema::of::<crate::doctor::every_remedy::entities::bin::Entity>()
            .unique_among_live(["label"]).convert(&db).await?);
        Some(Fault { call: Some(call), ..fault })
    }

    UniqueNotEnforced: async fn a_unique_index_over_the_marker(db: &TestDb) {
        let fault = jars(db, JAR, &["CREATE UNIQUE INDEX jar_label ON doctor_jar (label, deleted_at)"]).await?;
        let call: Call = match db.server() {
            Server::Sqlite | Server::Postgres => call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>()
                .unique_among_live(["label"]).create(&db).await?;
                db.execute_unprepared("DROP INDEX \"jar_label\"").await?),
            Server::MariaDb | Server::MySql => call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>()
                .unique_among_live(["label"]).create(&db).await?;
                db.execute_unprepared("DROP INDEX `jar_label` ON `doctor_jar`").await?),
        };
        Some(Fault { call: Some(call), ..fault })
    }

    UniqueNotEnforced: async fn a_unique_constraint_over_the_marker_alone(db: &TestDb) {
        let table = JAR.replace("updated_at {zoned} NULL", "updated_at {zoned} NULL, UNIQUE (deleted_at)");
        jars(db, &table, &[]).await
    }

    UniqueUndeclared: async fn a_key_that_the_entity_does_not_declare(db: &TestDb) {
        for table in ["remedy_seat", "remedy_numbered_seat"] {
            run(db, [format!("CREATE TABLE {table} (id {{id}}, hall {{int}} NOT NULL, number {{int}} NOT NULL, deleted_at {{zoned}} NULL)")]).await;
        }
        for schema in [SoftDeleteSchema::of::<seat::Entity>(), SoftDeleteSchema::of::<numbered_seat::Entity>()] {
            schema.unique_among_live(["hall", "number"]).create(&**db).await.unwrap();
        }
        let fault = Fault::of(Doctor::new().of(seat::Entity), "SELECT id FROM remedy_seat")?;
        let declared = "#[sea_orm(unique_key = \"hall_number\")] // hall\n#[sea_orm(unique_key = \"hall_number\")] // number";
        Some(Fault { declared: Some((declared, Doctor::new().of(numbered_seat::Entity))), ..fault })
    }

    ConstraintReplaces: async fn a_constraint_that_replaces(db: &TestDb) {
        if db.server() != Server::Sqlite {
            return None;
        }
        let table = JAR.replace("varchar(40) NOT NULL", "varchar(40) NOT NULL UNIQUE ON CONFLICT REPLACE");
        jars(db, &table, &[]).await
    }

    ExclusionCountsTrashed: async fn an_exclusion(db: &TestDb) {
        if db.server() != Server::Postgres {
            return None;
        }
        let add = "ALTER TABLE doctor_jar ADD CONSTRAINT one EXCLUDE USING gist (int4range(id, id + 1) WITH &&)";
        jars(db, JAR, &[add]).await
    }

    ReplicaIdentityMissing: async fn a_replica_identity(db: &TestDb) {
        if db.server() != Server::Postgres {
            return None;
        }
        jars(db, JAR, &[
            "CREATE UNIQUE INDEX jar_label ON doctor_jar (label)",
            "ALTER TABLE doctor_jar REPLICA IDENTITY USING INDEX jar_label",
            "DROP INDEX jar_label",
        ])
        .await
    }

    KeyCountsTrashed: async fn a_natural_key(db: &TestDb) {
        let key = JAR.replace("id {id}", "id int PRIMARY KEY");
        let mut fault = jars(db, &key, &[]).await?;
        // The key stays as it is; the call inserts in spite of the trashed row.
        let inserted = jar::Entity::insert_or_revive(jar::ActiveModel { id: Set(2), label: Set("c".into()), ..Default::default() });
        let inserted = inserted.exec(&**db).await.unwrap();
        let inserted = inserted.into_model();
        assert_eq!((inserted.label.as_str(), inserted.deleted_at), ("c", None));
        fault.only_advice = true;
        Some(fault)
    }
}
