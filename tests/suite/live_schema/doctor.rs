//! The doctor finds what is wrong with a live schema, and its remedies run.

use sea_orm::{ConnectionTrait, DatabaseConnection};
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor, Finding, FindingCode, Severity};
use sea_orm_soft_delete::schema::{LiveSchema, live_schema};

use super::entities::{fill, loan, note, reader, schema_of};
use crate::families::rows::{number, run};
use crate::harness::on_databases;

async fn examine(live: &LiveSchema, db: &DatabaseConnection) -> Diagnosis {
    Doctor::new().reader_of(live).examine(db).await.unwrap()
}

/// The only finding.
#[track_caller]
fn only(diagnosis: &Diagnosis, severity: Severity, code: FindingCode, entity: &str) -> Finding {
    let [finding] = diagnosis.findings() else {
        panic!("not one finding:\n{diagnosis}")
    };
    assert_eq!(
        (finding.severity, finding.code, finding.entity.as_str()),
        (severity, code, entity),
        "{finding}"
    );
    finding.clone()
}

async fn mend(db: &DatabaseConnection, finding: &Finding) {
    assert!(!finding.remedy.statements.is_empty(), "{finding}");
    for statement in &finding.remedy.statements {
        let done = db.execute_unprepared(statement).await;
        done.unwrap_or_else(|error| panic!("{statement}\n{error}"));
    }
}

on_databases! { [postgres: Postgres]
    async fn a_live_schema_that_is_up_to_date_is_healthy(db: &TestDb) {
        let live = fill(db).await;
        live.apply(&**db).await?;
        let reader = reader(db).await;
        assert!(examine(&live, &reader).await.findings().is_empty());
        let diagnosis = Doctor::new().of(note::Entity).of(loan::Entity).live_schema(&live).examine(&**db).await?;
        let about_views = diagnosis.findings().iter().filter(|it| it.code.as_str().starts_with("live-") || it.code == FindingCode::ViewShowsTrashed);
        assert_eq!(about_views.count(), 0, "{diagnosis}");
        assert_eq!(diagnosis.examined(), ["live_loan", "live_note"]);
    }

    async fn a_missing_view_is_an_error(db: &TestDb) {
        let name = format!("{}_other", schema_of(db).await);
        let live = fill(db).await;
        let all = examine(&live, &reader(db).await).await;
        assert_eq!(all.findings().iter().filter(|it| it.code == FindingCode::LiveViewMissing).count(), 4, "{all}");
        for finding in all.findings().iter().filter(|it| it.code == FindingCode::LiveViewMissing) {
            mend(db, finding).await;
        }
        let reader = reader(db).await;
        assert!(examine(&live, &reader).await.findings().is_empty());
        run(db, &[&format!("DROP VIEW {name}.live_loan")]).await;
        let finding = only(&examine(&live, &reader).await, Severity::Error, FindingCode::LiveViewMissing, "live_loan");
        assert!(finding.message.contains("with its trashed rows"), "{finding}");
        assert_eq!(finding.remedy.call.as_deref(), Some(format!("schema::live_schema(\"{name}\").apply(&db).await?").as_str()));
        mend(db, &finding).await;
        assert!(examine(&live, &reader).await.findings().is_empty());
    }

    async fn each_change_of_a_view_or_its_triggers_is_found_and_mended(db: &TestDb) {
        let live = fill(db).await;
        live.apply(&**db).await?;
        let reader = reader(db).await;
        let schema = schema_of(db).await;
        let view = format!("{schema}_other.live_note");
        let columns = "id, folder_id, title, updated_at, deleted_at, operation_id, deleted_by, is_held";
        let with = "WITH (security_invoker = true, check_option = cascaded)";
        let function = format!("CREATE OR REPLACE FUNCTION {view}_soft_delete_row() RETURNS trigger LANGUAGE plpgsql AS");
        for change in [
            format!("CREATE OR REPLACE VIEW {view} {with} AS SELECT {columns} FROM {schema}.live_note WHERE title <> 'x'"),
            format!("CREATE OR REPLACE VIEW {view} {with} AS SELECT {columns} FROM {schema}.live_note \
                     WHERE deleted_at IS NULL AND title <> 'x'"),
            format!("CREATE OR REPLACE VIEW {view} {with} AS SELECT {} FROM {schema}.live_note WHERE deleted_at IS NULL",
                columns.replace("deleted_by", "title AS deleted_by")),
            format!("ALTER VIEW {view} RESET (check_option)"),
            format!("ALTER VIEW {view} SET (security_invoker = false)"),
            format!("DROP TRIGGER soft_delete_row ON {view}"),
            format!("DROP TRIGGER soft_delete_after ON {view}"),
            format!("DROP TRIGGER soft_delete_row ON {view}; CREATE TRIGGER soft_delete_row INSTEAD OF DELETE ON {view} \
                     FOR EACH ROW EXECUTE FUNCTION {schema}_other.live_loan_soft_delete_row()"),
            format!("{function} 'BEGIN RETURN OLD; END'"),
            format!("ALTER FUNCTION {view}_soft_delete_after() SECURITY INVOKER"),
        ] {
            run(db, &[&change]).await;
            let finding = only(&examine(&live, &reader).await, Severity::Error, FindingCode::LiveViewChanged, "live_note");
            mend(db, &finding).await;
            let after = examine(&live, &reader).await;
            assert!(after.findings().is_empty(), "{change}\n{after}");
        }
        assert_eq!(reader.execute_unprepared("DELETE FROM live_note WHERE id = 1").await?.rows_affected(), 1);
        assert_eq!(number(db, "SELECT count(*) FROM live_note").await, 4);
    }

    async fn other_columns_than_those_of_the_table_are_a_warning(db: &TestDb) {
        let live = fill(db).await;
        live.apply(&**db).await?;
        let reader = reader(db).await;
        for change in [
            "ALTER TABLE live_note ADD COLUMN color text",
            "ALTER TABLE live_note RENAME COLUMN color TO colour",
        ] {
            run(db, &[change]).await;
            let finding = only(&examine(&live, &reader).await, Severity::Warning, FindingCode::LiveViewOutdated, "live_note");
            mend(db, &finding).await;
            assert!(examine(&live, &reader).await.findings().is_empty(), "{change}");
        }
    }

    async fn views_that_are_not_declared_any_more_are_a_warning(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let name = format!("{}_other", schema_of(db).await);
        let fewer = live_schema(name.clone()).of(note::Entity);
        let finding = only(&examine(&fewer, &reader).await, Severity::Warning, FindingCode::LiveViewOutdated, &name);
        mend(db, &finding).await;
        assert!(examine(&fewer, &reader).await.findings().is_empty());
    }

    async fn a_connection_that_does_not_search_the_live_schema_first_is_an_error(db: &TestDb) {
        let live = fill(db).await;
        live.apply(&**db).await?;
        let schema = schema_of(db).await;
        let reader = reader(db).await;
        // The pool of the test has several connections; a transaction has one.
        use sea_orm::TransactionTrait;
        let session = reader.begin().await?;
        session.execute_unprepared(&format!("SET LOCAL search_path = {schema}, {schema}_other")).await?;
        let diagnosis = Doctor::new().reader_of(&live).examine(&session).await?;
        let finding = only(&diagnosis, Severity::Error, FindingCode::LiveSchemaNotFirst, "(connection)");
        assert_eq!(
            finding.remedy.call.as_deref(),
            Some(format!("options.set_schema_search_path(\"{schema}_other,{schema}\")").as_str())
        );
        for statement in &finding.remedy.statements {
            session.execute_unprepared(statement).await?;
        }
        assert!(Doctor::new().reader_of(&live).examine(&session).await?.findings().is_empty());
        session.rollback().await?;
    }

    async fn a_live_schema_that_cannot_be_created_is_an_error(db: &TestDb) {
        let live = fill(db).await;
        live.apply(&**db).await?;
        run(db, &["DROP TABLE live_loan CASCADE"]).await;
        let finding = only(&examine(&live, &reader(db).await).await, Severity::Error, FindingCode::LiveViewMissing, "live_loan");
        assert!(finding.message.contains("there is no such table"), "{finding}");
    }
}
