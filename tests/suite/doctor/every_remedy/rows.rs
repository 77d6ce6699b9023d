//! Remedies for rows, and for what reads them.

use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::{Counters, Purge};

use super::entities::{bin, bottle, file, post};
use super::{Fault, Way, call, gone, remedies, run};
use crate::doctor::cabinet::{JAR, jar};
use crate::harness::{Server, TestDb};

const FILE: &str = "CREATE TABLE remedy_file (id {id}, is_held boolean NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)";

/// Creates a bin with a bottle, which belongs to it by a column of this type.
async fn bins(db: &TestDb, column: &str) {
    run(db, [
        "CREATE TABLE remedy_bin (id {id}, label varchar(40) NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
        &format!("CREATE TABLE remedy_bottle (id {{id}}, bin_id {column} NOT NULL, deleted_at {{zoned}} NULL, operation_id {{uuid}} NULL)"),
        "CREATE INDEX one ON remedy_bottle (bin_id)",
        &format!("INSERT INTO remedy_bin (id, label, deleted_at) VALUES (1, 'a', {})", gone(db)),
        "INSERT INTO remedy_bottle (id, bin_id) VALUES (1, '1')",
    ])
    .await;
}

async fn topics(db: &TestDb, posts: &str) -> Doctor {
    run(
        db,
        [
            &format!("CREATE TABLE remedy_topic (id {{id}}, {posts}deleted_at {{zoned}} NULL)"),
            "CREATE TABLE remedy_post (id {id}, topic_id {int} NOT NULL, deleted_at {zoned} NULL)",
            "INSERT INTO remedy_topic (id) VALUES (1)",
            "INSERT INTO remedy_post (id, topic_id) VALUES (1, 1), (2, 1)",
            &format!(
                "INSERT INTO remedy_post (id, topic_id, deleted_at) VALUES (3, 1, {})",
                gone(db)
            ),
        ],
    )
    .await;
    Doctor::new().of(post::Entity)
}

remedies! {
    LiveBelowTrashed: async fn a_live_row_below_a_trashed_one(db: &TestDb) {
        bins(db, "{int}").await;
        let fault = Fault::of(Doctor::new().of(bin::Entity).of(bottle::Entity), "SELECT id, label FROM remedy_bin")?;
        let trash = format!("UPDATE remedy_bottle SET deleted_at = {} WHERE id = 1", gone(db));
        Some(Fault { by_hand: vec![trash], ..fault })
    }

    NotExamined: async fn rows_that_cannot_be_counted(db: &TestDb) {
        // Only PostgreSQL refuses to compare a text with an integer.
        if db.server() != Server::Postgres {
            return None;
        }
        bins(db, "text").await;
        run(db, ["UPDATE remedy_bin SET deleted_at = NULL"]).await;
        let fault = Fault::of(Doctor::new().of(bin::Entity).of(bottle::Entity), "SELECT id, label FROM remedy_bin")?;
        let by_hand = vec!["ALTER TABLE remedy_bottle ALTER COLUMN bin_id TYPE integer USING bin_id::integer".to_owned()];
        Some(Fault { by_hand, ..fault })
    }

    PurgeUnindexed: async fn a_purge_without_an_index(db: &TestDb) {
        run(db, [FILE, "INSERT INTO remedy_file (id) VALUES (1)"]).await;
        Fault::of(Doctor::new().of(file::Entity), "SELECT id FROM remedy_file")
    }

    PurgeBehind: async fn trash_that_is_kept_too_long(db: &TestDb) {
        run(db, [
            FILE,
            "CREATE TABLE remedy_page (id {id}, file_id {int} NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
            "CREATE TABLE remedy_whole_page (id {id}, file_id {int} NOT NULL, deleted_at {zoned} NULL, operation_id {uuid} NULL)",
            "INSERT INTO remedy_file (id) VALUES (1), (2)",
        ])
        .await;
        sea_orm_soft_delete::deletion_log::create_table(&**db).await.unwrap();
        let clock = sea_orm_soft_delete::Clock::fixed(crate::entities::NOON);
        clock.scope(file::Entity::delete_by_id(2).exec(&**db)).await.unwrap();
        let fault = Fault::of(Doctor::new().of(file::Entity), "SELECT id FROM remedy_file WHERE deleted_at IS NULL")?;
        let call = call!(|db| Purge::of_all().in_family_of(crate::doctor::every_remedy::entities::file::Entity).run(&db).await?);
        Some(Fault { call: Some(call), ..fault })
    }

    CounterMissing: async fn a_missing_counter(db: &TestDb) {
        let doctor = topics(db, "").await;
        let fault = Fault::of(doctor, "SELECT id FROM remedy_post ORDER BY id")?;
        let by_hand = vec![
            "ALTER TABLE remedy_topic ADD COLUMN posts {int} NOT NULL DEFAULT 0".to_owned(),
            "UPDATE remedy_topic SET posts = 2".to_owned(),
        ];
        Some(Fault { by_hand, ..fault })
    }

    CountWrong: async fn a_wrong_count(db: &TestDb) {
        let doctor = topics(db, "posts {int} NOT NULL DEFAULT 0, ").await;
        let fault = Fault::of(doctor, "SELECT id FROM remedy_post ORDER BY id")?;
        let call = call!(|db| Counters::of::<crate::doctor::every_remedy::entities::post::Entity>().recount(&db).await?);
        Some(Fault { call: Some(call), ..fault })
    }

    ViewShowsTrashed: async fn a_view_of_the_trash(db: &TestDb) {
        run(db, [
            JAR,
            "CREATE VIEW labels AS SELECT id, label FROM doctor_jar",
            "INSERT INTO doctor_jar (id, label) VALUES (1, 'a')",
            &format!("INSERT INTO doctor_jar (id, label, deleted_at) VALUES (2, 'b', {})", gone(db)),
        ])
        .await;
        Fault::of(Doctor::new().of(jar::Entity), "SELECT id, label FROM doctor_jar ORDER BY id")
    }
}
