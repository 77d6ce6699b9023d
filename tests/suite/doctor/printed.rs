//! How a diagnosis prints: in a terminal, as JSON, and as the failure of a test.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sea_orm::{ConnectionTrait, Statement};
use sea_orm_soft_delete::doctor::{Diagnosis, FindingCode};
use serde_json::{Value, json};

use super::cabinet::{JAR, LAMP, examine, jar, lamp};
use super::run;
use crate::harness::{TestDb, on_databases, on_every_database};

async fn faulty(db: &TestDb) -> Diagnosis {
    run(
        db,
        [
            JAR.replace("reason text NULL", "reason text NOT NULL")
                .as_str(),
            "CREATE UNIQUE INDEX jar_label ON doctor_jar (label)",
        ],
    )
    .await;
    examine(db, jar::Entity).await
}

/// Replaces the random name of the test's schema by `public`.
async fn in_public(text: String, db: &TestDb) -> String {
    let schema = Statement::from_string(db.get_database_backend(), "SELECT current_schema()::text");
    let row = db.query_one_raw(schema).await.unwrap().unwrap();
    let schema: String = row.try_get_by_index(0).unwrap();
    text.replace(&schema, "public")
}

on_databases! { [postgres: Postgres]
    async fn a_diagnosis_prints_for_a_terminal(db: &TestDb) {
        let diagnosis = faulty(db).await;
        expect_test::expect![[r#"
            soft delete, 1 table examined: 1 error, 1 warning

            doctor_jar
              error companion-not-null: the column `doctor_jar.reason` is NOT NULL, and live rows have NULL in it: a restore fails, and an INSERT that does not name it
                remedy: let it be NULL
                  ALTER TABLE "doctor_jar" ALTER COLUMN "reason" DROP NOT NULL;
              warning unique-counts-trashed: the unique index `jar_label` over `label` holds trashed rows too: as long as a row is in the trash, no live row can have its values
                remedy: make it unique among live rows
                  SoftDeleteSchema::of::<suite::doctor::cabinet::jar::Entity>().unique_among_live(["label"]).convert(&db).await?
                  -- in SQL:
                  CREATE UNIQUE INDEX "doctor_jar_label_live" ON "doctor_jar" ("label") WHERE "deleted_at" IS NULL;
                  DROP INDEX "public"."jar_label";
        "#]].assert_eq(&in_public(diagnosis.to_string(), db).await);
        run(db, [LAMP]).await;
        assert_eq!(
            examine(db, lamp::Entity).await.to_string(),
            "soft delete, 1 table examined: nothing found\n"
        );
    }

    async fn it_is_serialized(db: &TestDb) {
        let diagnosis = serde_json::to_string(&faulty(db).await).unwrap();
        let diagnosis: Value = serde_json::from_str(&in_public(diagnosis, db).await).unwrap();
        let message = "the unique index `jar_label` over `label` holds trashed rows too: as long as a \
            row is in the trash, no live row can have its values";
        let not_null = "the column `doctor_jar.reason` is NOT NULL, and live rows have NULL in it: a \
            restore fails, and an INSERT that does not name it";
        assert_eq!(
            diagnosis,
            json!({
                "is_healthy": false,
                "examined": ["doctor_jar"],
                "findings": [
                    {
                        "severity": "error",
                        "code": "companion-not-null",
                        "entity": "doctor_jar",
                        "message": not_null,
                        "remedy": {
                            "advice": "let it be NULL",
                            "declaration": null,
                            "call": null,
                            "statements": [
                                "ALTER TABLE \"doctor_jar\" ALTER COLUMN \"reason\" DROP NOT NULL",
                            ],
                            "query": null,
                        },
                    },
                    {
                        "severity": "warning",
                        "code": "unique-counts-trashed",
                        "entity": "doctor_jar",
                        "message": message,
                        "remedy": {
                            "advice": "make it unique among live rows",
                            "declaration": null,
                            "call": "SoftDeleteSchema::of::<suite::doctor::cabinet::jar::Entity>()\
                                .unique_among_live([\"label\"]).convert(&db).await?",
                            "statements": [
                                "CREATE UNIQUE INDEX \"doctor_jar_label_live\" ON \"doctor_jar\" \
                                 (\"label\") WHERE \"deleted_at\" IS NULL",
                                "DROP INDEX \"public\".\"jar_label\"",
                            ],
                            "query": null,
                        },
                    },
                ],
            })
        );
    }
}

on_every_database! {
    async fn a_test_can_fail_with_a_diagnosis(db: &TestDb) {
        let diagnosis = faulty(db).await;
        assert!(!diagnosis.is_healthy());
        let failed = catch_unwind(AssertUnwindSafe(|| diagnosis.assert_healthy())).unwrap_err();
        assert_eq!(failed.downcast_ref::<String>(), Some(&diagnosis.to_string()));
        let well = diagnosis
            .allowing(FindingCode::CompanionNotNull)
            .allowing_of(jar::Entity, FindingCode::UniqueCountsTrashed);
        well.assert_healthy();
    }
}
