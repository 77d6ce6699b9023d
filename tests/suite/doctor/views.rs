//! Views over soft-deletable tables: those that show trashed rows, and those that do not.

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_soft_delete::Scopable;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode, Severity};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::cabinet::{
    COUPON, JAR, LAMP, LEASE, VOUCHER, coupon, examine, jar, lamp, lease, voucher,
};
use super::{mend, nothing, only, run};
use crate::harness::{Server, TestDb, on_databases, on_every_database};

async fn count(db: &TestDb, view: &str) -> i64 {
    let count = format!("SELECT COUNT(*) AS count FROM {view}");
    let count = Statement::from_string(db.get_database_backend(), count);
    let row = db.scoped().query_one_raw(count).await.unwrap().unwrap();
    row.try_get("", "count").unwrap()
}

async fn jars(db: &TestDb) {
    let trashed = match db.server() {
        Server::MariaDb | Server::MySql => "2001-01-01 00:00:00",
        _ => "2001-01-01T00:00:00+00:00",
    };
    let trashed = format!("INSERT INTO doctor_jar (label, deleted_at) VALUES ('b', '{trashed}')");
    run(
        db,
        [JAR, "INSERT INTO doctor_jar (label) VALUES ('a')", &trashed],
    )
    .await;
}

on_every_database! {
    async fn a_view_that_shows_trashed_rows(db: &TestDb) {
        jars(db).await;
        run(db, ["CREATE VIEW jar_labels (name) AS SELECT label FROM doctor_jar j WHERE id > 0 OR id < 0"]).await;
        assert_eq!(count(db, "jar_labels").await, 2);
        let diagnosis = examine(db, jar::Entity).await;
        let finding = only(
            &diagnosis,
            Severity::Warning,
            FindingCode::ViewShowsTrashed,
            "doctor_jar",
            &["`jar_labels`"],
        );
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        assert_eq!(count(db, "jar_labels WHERE name = 'a'").await, 1);
        assert_eq!(count(db, "jar_labels").await, 1);
    }

    async fn a_view_shows_trashed_rows_in_any_of_its_queries(db: &TestDb) {
        jars(db).await;
        for view in [
            "SELECT id FROM doctor_jar WHERE deleted_at IS NULL UNION SELECT id FROM doctor_jar",
            "SELECT a.id FROM doctor_jar a JOIN doctor_jar b ON b.id = a.id WHERE a.deleted_at IS NULL",
            "SELECT id FROM doctor_jar WHERE deleted_at IS NULL AND id IN (SELECT id FROM doctor_jar)",
            "SELECT id FROM doctor_jar WHERE deleted_at IS NULL OR id > 0",
            "SELECT id FROM doctor_jar WHERE deleted_at IS NOT NULL",
            "SELECT b.id FROM doctor_jar a LEFT JOIN doctor_jar b ON b.id = a.id WHERE a.deleted_at IS NULL",
            "SELECT (SELECT COUNT(*) FROM doctor_jar) AS jars",
        ] {
            run(db, [format!("CREATE VIEW a_view AS {view}")]).await;
            let diagnosis = examine(db, jar::Entity).await;
            let finding = only(&diagnosis, Severity::Warning, FindingCode::ViewShowsTrashed, "doctor_jar", &["`a_view`"]);
            mend(db, &finding).await;
            nothing(&examine(db, jar::Entity).await);
            run(db, ["DROP VIEW a_view"]).await;
        }
    }

    async fn a_view_over_live_rows_is_recognised_in_every_form(db: &TestDb) {
        run(db, [JAR]).await;
        SoftDeleteSchema::of::<jar::Entity>().live_view("live_jar").create(&**db).await?;
        for (at, view) in [
            "SELECT * FROM doctor_jar WHERE deleted_at IS NULL",
            "SELECT j.id FROM doctor_jar AS j WHERE (j.deleted_at IS NULL) AND j.id > 3",
            "SELECT j.id FROM doctor_jar j WHERE NOT (deleted_at IS NOT NULL)",
            "SELECT a.id FROM doctor_jar a LEFT JOIN doctor_jar b ON b.id = a.id AND b.deleted_at IS NULL \
             WHERE a.deleted_at IS NULL",
            "SELECT 1 AS doctor_jar",
        ]
        .into_iter()
        .enumerate()
        {
            run(db, [format!("CREATE VIEW view_{at} AS {view}")]).await;
        }
        nothing(&examine(db, jar::Entity).await);
    }

    async fn a_view_over_each_kind_of_marker_is_recognised_and_corrected(db: &TestDb) {
        run(db, [LAMP, COUPON, VOUCHER, LEASE]).await;
        for table in ["lamp", "coupon", "voucher", "lease"] {
            run(db, [format!("CREATE VIEW {table}_labels AS SELECT label FROM doctor_{table}")]).await;
        }
        let doctor = Doctor::new().of(lamp::Entity).of(coupon::Entity).of(voucher::Entity).of(lease::Entity);
        let diagnosis = doctor.examine(&**db).await?;
        assert_eq!(diagnosis.findings().len(), 4, "{diagnosis}");
        for finding in diagnosis.findings() {
            assert_eq!(finding.code, FindingCode::ViewShowsTrashed);
            mend(db, finding).await;
        }
        nothing(&doctor.examine(&**db).await?);
        SoftDeleteSchema::of::<lamp::Entity>().live_view("l1").create(&**db).await?;
        SoftDeleteSchema::of::<coupon::Entity>().live_view("l2").create(&**db).await?;
        SoftDeleteSchema::of::<voucher::Entity>().live_view("l3").create(&**db).await?;
        SoftDeleteSchema::of::<lease::Entity>().live_view("l4").create(&**db).await?;
        nothing(&doctor.examine(&**db).await?);
    }
}

on_databases! { [sqlite: Sqlite, postgres: Postgres]
    async fn a_view_that_is_created_again_keeps_its_comments(db: &TestDb) {
        run(db, [JAR]).await;
        match db.server() {
            Server::Sqlite => run(db, [
                "CREATE VIEW labels AS SELECT label FROM doctor_jar",
                "CREATE TRIGGER of_labels INSTEAD OF DELETE ON labels BEGIN SELECT 1; END",
            ]).await,
            _ => run(db, ["CREATE VIEW labels WITH (security_invoker=true) AS SELECT label FROM doctor_jar"]).await,
        }
        let finding = only(&examine(db, jar::Entity).await, Severity::Warning, FindingCode::ViewShowsTrashed, "doctor_jar", &[]);
        mend(db, &finding).await;
        nothing(&examine(db, jar::Entity).await);
        let kept = match db.server() {
            Server::Sqlite => "sqlite_master WHERE name = 'of_labels'",
            _ => "pg_class WHERE relname = 'labels' AND reloptions = '{security_invoker=true}' \
                  AND relnamespace = current_schema()::regnamespace",
        };
        assert_eq!(count(db, kept).await, 1);
    }
}

on_databases! { [postgres: Postgres]
    async fn a_materialized_view_gets_advice_without_statements(db: &TestDb) {
        run(db, [JAR, "CREATE MATERIALIZED VIEW labels AS SELECT label FROM doctor_jar"]).await;
        let finding = only(&examine(db, jar::Entity).await, Severity::Warning, FindingCode::ViewShowsTrashed, "doctor_jar", &["`labels`"]);
        assert!(finding.remedy.statements.is_empty());
        assert!(finding.remedy.advice.contains("scoped connection"), "{finding}");
    }
}
