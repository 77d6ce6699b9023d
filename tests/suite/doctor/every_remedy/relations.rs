//! Remedies for tables, foreign keys and their indexes.

use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::entities::{bin, bottle};
use super::{Fault, Way, call, remedies, run};
use crate::doctor::cabinet::{JAR, LAMP, jar, lamp};
use crate::harness::{Server, TestDb};

const BINS: &str = "CREATE TABLE remedy_bin (id {id}, label varchar(40) NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)";
const BOTTLES: &str = "SELECT id, bin_id FROM remedy_bottle ORDER BY id";

/// Creates bins with bottles. `{key}` of the bottles' table stands for its constraints.
async fn bins(db: &TestDb, constraints: &str, then: &[&str]) -> Option<Fault> {
    let bottles = format!(
        "CREATE TABLE remedy_bottle (id {{id}}, bin_id {{int}} NOT NULL, deleted_at {{zoned}} NULL, operation_id {{uuid}} NULL{constraints})"
    );
    run(db, [BINS, &bottles]).await;
    run(db, then).await;
    run(
        db,
        [
            "INSERT INTO remedy_bin (id, label) VALUES (1, 'a'), (2, 'b')",
            "INSERT INTO remedy_bottle (id, bin_id) VALUES (1, 1), (2, 1), (3, 2)",
        ],
    )
    .await;
    Fault::of(Doctor::new().of(bin::Entity).of(bottle::Entity), BOTTLES)
}

/// Creates lamps that belong to rooms, which are not soft-deletable.
async fn lamps(db: &TestDb, rule: &str) -> Option<Fault> {
    let lamps = LAMP.replace(
        "label varchar(40) NOT NULL",
        "label varchar(40) NOT NULL, room_id {int} NULL",
    );
    let key = format!(
        ", CONSTRAINT of_room FOREIGN KEY (room_id) REFERENCES remedy_room (id) ON UPDATE CASCADE{rule})"
    );
    let lamps = format!("{}{key}", lamps.strip_suffix(')').unwrap());
    run(db, [
        "CREATE TABLE remedy_room (id {id})",
        &lamps,
        "INSERT INTO remedy_room (id) VALUES (1)",
        "INSERT INTO doctor_lamp (id, label, room_id, is_deleted) VALUES (1, 'a', 1, FALSE), (2, 'b', 1, TRUE)",
    ])
    .await;
    let rows = "SELECT id, label, room_id, CASE WHEN is_deleted THEN 1 ELSE 0 END AS gone FROM doctor_lamp ORDER BY id";
    let fault = Fault::of(Doctor::new().of(lamp::Entity), rows)?;
    Some(fault)
}

remedies! {
    TableMissing: async fn a_missing_table(db: &TestDb) {
        let mut fault = Fault::of(Doctor::new().of(jar::Entity), "SELECT 1 AS one")?;
        fault.by_hand = vec![JAR.to_owned()];
        Some(fault)
    }

    // Without its ON DELETE the key holds the parent, which is what the note says that comes.
    ForeignKeyUnlinks: async fn a_key_that_unlinks(db: &TestDb) {
        let fault = lamps(db, " ON DELETE SET NULL").await?;
        Some(Fault { then: Some(FindingCode::TrashHoldsParent), ..fault })
    }

    ForeignKeyDestroys: async fn a_key_that_destroys(db: &TestDb) {
        let fault = lamps(db, " ON DELETE CASCADE").await?;
        Some(Fault { then: Some(FindingCode::TrashHoldsParent), ..fault })
    }

    ForeignKeyDestroys: async fn a_key_that_destroys_in_a_family(db: &TestDb) {
        let key = ", FOREIGN KEY (bin_id) REFERENCES remedy_bin (id) ON DELETE CASCADE";
        bins(db, key, &["CREATE INDEX one ON remedy_bottle (bin_id)"]).await
    }

    TrashHoldsParent: async fn a_key_that_holds_its_parent(db: &TestDb) {
        let fault = lamps(db, "").await?;
        // The advice concerns each delete of a parent; the key stays.
        lamp::Entity::force_delete_many().exec(&**db).await.unwrap();
        run(db, ["DELETE FROM remedy_room"]).await;
        Some(Fault { only_advice: true, ..fault })
    }

    ForeignKeyMissing: async fn a_relation_without_a_key(db: &TestDb) {
        let mut fault = bins(db, "", &["CREATE INDEX one ON remedy_bottle (bin_id)"]).await?;
        if db.server() == Server::Sqlite {
            let bottles = "CREATE TABLE remedy_bottle (id {id}, bin_id {int} NOT NULL, deleted_at {zoned} NULL, \
                operation_id {uuid} NULL, FOREIGN KEY (bin_id) REFERENCES remedy_bin (id))";
            fault.by_hand = [
                "CREATE TABLE copied AS SELECT * FROM remedy_bottle",
                "DROP TABLE remedy_bottle",
                bottles,
                "INSERT INTO remedy_bottle SELECT * FROM copied",
                "DROP TABLE copied",
                "CREATE INDEX one ON remedy_bottle (bin_id)",
            ]
            .map(str::to_owned)
            .to_vec();
        }
        Some(fault)
    }

    RelationColumnMissing: async fn a_relation_without_its_column(db: &TestDb) {
        run(db, [
            BINS,
            "CREATE TABLE remedy_bottle (id {id}, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
            "INSERT INTO remedy_bin (id, label) VALUES (1, 'a')",
        ])
        .await;
        let doctor = Doctor::new().of(bin::Entity).of(bottle::Entity);
        let fault = Fault::of(doctor, "SELECT id, label FROM remedy_bin")?;
        let by_hand = [
            "ALTER TABLE remedy_bottle ADD COLUMN bin_id {int} REFERENCES remedy_bin (id)",
            "CREATE INDEX one ON remedy_bottle (bin_id)",
        ];
        let mut by_hand = by_hand.map(str::to_owned).to_vec();
        if db.server().speaks_mysql() {
            by_hand[0] = "ALTER TABLE remedy_bottle ADD COLUMN bin_id {int} NOT NULL, \
                ADD FOREIGN KEY (bin_id) REFERENCES remedy_bin (id)".to_owned();
        }
        Some(Fault { by_hand, ..fault })
    }

    RelationUnindexed: async fn a_relation_without_an_index(db: &TestDb) {
        let fault = match db.server() {
            // MySQL and MariaDB make an index for each foreign key.
            Server::MariaDb | Server::MySql => bins(db, "", &[]).await?,
            _ => bins(db, ", FOREIGN KEY (bin_id) REFERENCES remedy_bin (id)", &[]).await?,
        };
        let call = call!(|db| for index in SoftDeleteSchema::of::<crate::doctor::every_remedy::entities::bottle::Entity>()
            .index_parents() { index.create(&db).await?; });
        Some(Fault { call: Some(call), ..fault })
    }
}
