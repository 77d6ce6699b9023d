//! Remedies for markers and companion columns.

use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::{Fault, Way, call, gone, remedies, run};
use crate::doctor::cabinet::{COUPON, JAR, LAMP, VASE, coupon, jar, lamp, vase};
use crate::harness::{Server, TestDb};

const ROWS: &str = "SELECT id, label, deleted_by FROM doctor_jar ORDER BY id";
const WITH_TRASH: &str = "SELECT id, label, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END AS gone FROM doctor_jar ORDER BY id";
const LAMPS: &str =
    "SELECT id, label, CASE WHEN is_deleted THEN 1 ELSE 0 END AS gone FROM doctor_lamp ORDER BY id";

/// Creates a table of jars with two rows.
/// SeaORM's generator gives a field the type of its column, which need not be that of a date-time.
mod urn {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_urn")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(column_type = "Text", nullable)]
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

async fn jars(db: &TestDb, right: &str, wrong: &str) -> Option<Fault> {
    let table = JAR.replace(right, wrong);
    assert_ne!(table, JAR);
    run(db, [table.as_str()]).await;
    let insert =
        "INSERT INTO doctor_jar (id, label, deleted_by) VALUES (1, 'a', NULL), (2, 'b', NULL)";
    run(db, [insert]).await;
    Fault::of(Doctor::new().of(jar::Entity), ROWS)
}

async fn lamps(db: &TestDb, wrong: &str, insert: &str) -> Option<Fault> {
    let table = LAMP.replace("boolean NOT NULL DEFAULT FALSE", wrong);
    assert_ne!(table, LAMP);
    run(
        db,
        [table.as_str(), &format!("INSERT INTO doctor_lamp {insert}")],
    )
    .await;
    Fault::of(Doctor::new().of(lamp::Entity), LAMPS)
}

fn on_mysql(db: &TestDb) -> bool {
    db.server().speaks_mysql()
}

/// Makes the column anew by hand.
fn anew(table: &str, column: &str, definition: &str) -> Vec<String> {
    vec![
        format!("ALTER TABLE {table} DROP COLUMN {column}"),
        format!("ALTER TABLE {table} ADD COLUMN {column} {definition}"),
    ]
}

remedies! {
    MarkerMissing: async fn a_missing_marker(db: &TestDb) {
        let fault = jars(db, "deleted_at {zoned} NULL, ", "").await?;
        let call = call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>().add_columns(&db).await?);
        Some(Fault { call: Some(call), ..fault })
    }

    MarkerMistyped: async fn a_mistyped_marker(db: &TestDb) {
        let wrong = match db.server() {
            Server::Sqlite => "deleted_at integer NULL",
            Server::Postgres => "deleted_at timestamp NULL",
            Server::MariaDb | Server::MySql => "deleted_at date NULL",
        };
        let mut fault = jars(db, "deleted_at {zoned} NULL", wrong).await?;
        if db.server() == Server::Sqlite {
            fault.by_hand = anew("doctor_jar", "deleted_at", "{zoned} NULL");
        } else {
            run(db, ["UPDATE doctor_jar SET deleted_at = '2024-02-03' WHERE id = 2"]).await;
            fault.rows = WITH_TRASH;
        }
        Some(fault)
    }

    MarkerNotNull: async fn a_marker_that_cannot_be_null(db: &TestDb) {
        run(db, [JAR.replace("deleted_at {zoned} NULL", "deleted_at {zoned} NOT NULL")]).await;
        let insert = format!("INSERT INTO doctor_jar (id, label, deleted_at) VALUES (7, 'a', {})", gone(db));
        run(db, [insert]).await;
        Fault::of(Doctor::new().of(jar::Entity), WITH_TRASH)
    }

    MarkerNullable: async fn a_marker_that_can_be_null(db: &TestDb) {
        let insert = "(id, label, is_deleted) VALUES (1, 'a', NULL), (2, 'b', TRUE), (3, 'c', FALSE)";
        lamps(db, "boolean NULL", insert).await
    }

    MarkerDefault: async fn a_default_that_trashes(db: &TestDb) {
        lamps(db, "boolean NOT NULL DEFAULT TRUE", "(id, label) VALUES (1, 'a'), (2, 'b')").await
    }

    MarkerDefault: async fn a_default_of_an_instant_that_trashes(db: &TestDb) {
        run(db, [VASE.replace("{zoned} NULL", match on_mysql(db) {
            true => "datetime(6) NULL DEFAULT CURRENT_TIMESTAMP(6)",
            false => "{zoned} NULL DEFAULT CURRENT_TIMESTAMP",
        })])
        .await;
        run(db, [format!("INSERT INTO doctor_vase (id, deleted_at) VALUES (1, NULL), (2, {})", gone(db))]).await;
        Fault::of(Doctor::new().of(vase::Entity), "SELECT id, deleted_at IS NULL AS live FROM doctor_vase ORDER BY id")
    }

    MarkerWritesItself: async fn a_marker_that_writes_itself(db: &TestDb) {
        if !on_mysql(db) {
            return None;
        }
        let wrong = "deleted_at datetime(6) NULL ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'gone'";
        let fault = jars(db, "deleted_at {zoned} NULL", wrong).await?;
        Some(Fault { rows: WITH_TRASH, ..fault })
    }

    MarkerGenerated: async fn a_generated_marker(db: &TestDb) {
        let wrong = match db.server() {
            Server::Postgres => "boolean NOT NULL GENERATED ALWAYS AS (label = 'b') STORED",
            Server::MariaDb => "boolean AS (label = 'b') STORED",
            _ => "boolean AS (label = 'b') STORED NOT NULL",
        };
        // SQLite adds no generated column that is stored, but makes and drops one.
        let mut fault = lamps(db, wrong, "(id, label) VALUES (1, 'a'), (2, 'b')").await?;
        if db.server() == Server::Sqlite {
            fault.by_hand = anew("doctor_lamp", "is_deleted", "boolean NOT NULL DEFAULT FALSE");
            fault.by_hand.push("UPDATE doctor_lamp SET is_deleted = TRUE WHERE label = 'b'".to_owned());
        }
        Some(fault)
    }

    MarkerDefaultMissing: async fn a_marker_without_a_default(db: &TestDb) {
        lamps(db, "boolean NOT NULL", "(id, label, is_deleted) VALUES (1, 'a', FALSE), (2, 'b', TRUE)").await
    }

    MarkerDefaultMissing: async fn an_epoch_without_a_default(db: &TestDb) {
        run(db, [
            COUPON.replace(" DEFAULT 0", "").as_str(),
            "INSERT INTO doctor_coupon (id, label, deleted_at) VALUES (1, 'a', 0), (2, 'b', 1700000000)",
        ])
        .await;
        Fault::of(Doctor::new().of(coupon::Entity), "SELECT id, label, deleted_at FROM doctor_coupon ORDER BY id")
    }

    MarkerImprecise: async fn an_imprecise_marker(db: &TestDb) {
        let wrong = match db.server() {
            Server::Sqlite => return None,
            Server::Postgres => "deleted_at timestamp(0) with time zone NULL",
            Server::MariaDb | Server::MySql => "deleted_at timestamp NULL",
        };
        let fault = jars(db, "deleted_at {zoned} NULL", wrong).await?;
        run(db, ["UPDATE doctor_jar SET deleted_at = '2024-02-03 04:05:06' WHERE id = 2"]).await;
        let call = call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>().add_columns(&db).await?);
        Some(Fault { rows: WITH_TRASH, call: Some(call), ..fault })
    }

    MarkerEnds2038: async fn a_marker_that_ends_in_2038(db: &TestDb) {
        if !on_mysql(db) {
            return None;
        }
        let fault = jars(db, "deleted_at {zoned} NULL", "deleted_at timestamp(6) NULL").await?;
        run(db, ["UPDATE doctor_jar SET deleted_at = '2024-02-03 04:05:06' WHERE id = 2"]).await;
        // The instant is the same for a session of another time zone.
        let rows = "SELECT id, label, CAST(deleted_at AS CHAR(19)) AS gone FROM doctor_jar ORDER BY id";
        Some(Fault { rows, ..fault })
    }

    MarkerEnds2038: async fn a_marker_whose_field_is_declared_as_text(db: &TestDb) {
        if !on_mysql(db) {
            return None;
        }
        run(db, ["CREATE TABLE doctor_urn (id integer PRIMARY KEY, deleted_at timestamp(6) NULL)"]).await;
        run(db, ["INSERT INTO doctor_urn (id, deleted_at) VALUES (1, NULL), (2, '2024-02-03 04:05:06')"]).await;
        let rows = "SELECT id, CAST(deleted_at AS CHAR(19)) AS gone FROM doctor_urn ORDER BY id";
        Fault::of(Doctor::new().of(urn::Entity), rows)
    }

    MarkerSpelledOtherwise: async fn a_marker_that_is_spelled_otherwise(db: &TestDb) {
        if db.server() != Server::Sqlite {
            return None;
        }
        run(db, [JAR, "INSERT INTO doctor_jar (id, label, deleted_at) VALUES (1, 'a', NULL), (2, 'b', datetime('now'))"]).await;
        Fault::of(Doctor::new().of(jar::Entity), "SELECT id, label, datetime(deleted_at) AS gone FROM doctor_jar ORDER BY id")
    }

    CompanionMissing: async fn a_missing_companion(db: &TestDb) {
        let fault = jars(db, "operation_id {uuid} NULL, ", "").await?;
        let call = call!(|db| SoftDeleteSchema::of::<crate::doctor::cabinet::jar::Entity>().add_columns(&db).await?);
        Some(Fault { call: Some(call), ..fault })
    }

    CompanionMistyped: async fn a_mistyped_companion(db: &TestDb) {
        let fault = jars(db, "reason text NULL", "reason {int} NULL").await?;
        run(db, ["UPDATE doctor_jar SET reason = 3 WHERE id = 2"]).await;
        if db.server() == Server::Sqlite {
            return Some(Fault { by_hand: anew("doctor_jar", "reason", "text NULL"), ..fault });
        }
        let rows = match db.server() {
            Server::Postgres => "SELECT id, label, reason::text AS reason FROM doctor_jar ORDER BY id",
            _ => "SELECT id, label, CAST(reason AS CHAR) AS reason FROM doctor_jar ORDER BY id",
        };
        Some(Fault { rows, ..fault })
    }

    CompanionNotNull: async fn a_companion_that_cannot_be_null(db: &TestDb) {
        run(db, [
            JAR.replace("reason text NULL", "reason text NOT NULL").as_str(),
            "INSERT INTO doctor_jar (id, label, reason) VALUES (7, 'a', 'spam')",
        ])
        .await;
        Fault::of(Doctor::new().of(jar::Entity), "SELECT id, label, reason FROM doctor_jar ORDER BY id")
    }
}
