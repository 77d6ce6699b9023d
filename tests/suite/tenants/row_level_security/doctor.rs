//! The doctor compares the policies with the declarations, and its remedies run.

use sea_orm::prelude::*;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor, Finding, FindingCode, Severity};
use sea_orm_soft_delete::schema::RowLevelSecurity;

use super::super::entities::{line, project, projects, task};
use super::create_policies;
use crate::harness::{TestDb, on_databases};

async fn examine(db: &TestDb) -> Diagnosis {
    Doctor::new().examine(&**db).await.unwrap()
}

/// What it says of policies.
async fn found(db: &TestDb) -> Vec<Finding> {
    let all = examine(db).await;
    let all = all.findings().iter();
    all.filter(|it| it.code.as_str().starts_with("row-security-"))
        .cloned()
        .collect()
}

#[track_caller]
fn only(
    found: &[Finding],
    severity: Severity,
    code: FindingCode,
    entity: &str,
    says: &str,
) -> Finding {
    let [finding] = found else {
        panic!("not one finding: {found:?}")
    };
    assert_eq!(
        (finding.severity, finding.code, finding.entity.as_str()),
        (severity, code, entity),
        "{finding}"
    );
    assert!(finding.to_string().contains(says), "{finding}");
    finding.clone()
}

async fn mend(db: &TestDb, finding: &Finding) -> Result<(), DbErr> {
    for statement in &finding.remedy.statements {
        db.execute_unprepared(statement).await?;
    }
    assert!(found(db).await.is_empty());
    Ok(())
}

on_databases! { [postgres: Postgres]
    async fn a_program_without_policies_needs_none(db: &TestDb) {
        let _ = projects(db).await?;
        assert!(found(db).await.is_empty());
        create_policies(db).await?;
        assert!(found(db).await.is_empty());
    }

    async fn a_table_without_policies_among_others(db: &TestDb) {
        let _ = projects(db).await?;
        create_policies(db).await?;
        RowLevelSecurity::of::<line::Entity>().drop(&**db).await?;
        let finding = only(
            &found(db).await, Severity::Error, FindingCode::RowSecurityMissing, "tenant_line", "on a plain connection",
        );
        let call = finding.remedy.call.as_deref().unwrap();
        assert!(call.starts_with("RowLevelSecurity::of::<") && call.ends_with("::line::Entity>().create(&db).await?"), "{call}");
        mend(db, &finding).await?;

        // The others are the reason, also if this one alone is examined.
        RowLevelSecurity::of::<task::Entity>().drop(&**db).await?;
        let of_task = Doctor::new().of(task::Entity).examine(&**db).await?;
        assert!(of_task.findings().iter().any(|it| it.code == FindingCode::RowSecurityMissing), "{of_task}");
        let of_project = Doctor::new().of(project::Entity).examine(&**db).await?;
        assert!(of_project.findings().iter().all(|it| it.code != FindingCode::RowSecurityMissing), "{of_project}");
    }

    async fn policies_that_differ(db: &TestDb) {
        let _ = projects(db).await?;
        create_policies(db).await?;
        for (change, says) in [
            ("ALTER POLICY soft_delete_tenant_scope ON tenant_task USING (true)", "says USING (true)"),
            ("ALTER POLICY soft_delete_tenant_scope ON tenant_task WITH CHECK (id > 0)", "says WITH CHECK ((id > 0))"),
            ("DROP POLICY soft_delete_tenant_scope ON tenant_task", "the policy `soft_delete_tenant_scope` is missing"),
            ("ALTER TABLE tenant_task DISABLE ROW LEVEL SECURITY", "row-level security is off"),
            ("ALTER TABLE tenant_task NO FORCE ROW LEVEL SECURITY", "the owner of the table passes"),
        ] {
            db.execute_unprepared(change).await?;
            let found = found(db).await;
            let finding = only(&found, Severity::Error, FindingCode::RowSecurityDiffers, "tenant_task", says);
            mend(db, &finding).await?;
        }
        db.execute_unprepared("CREATE POLICY soft_delete_region_scope ON tenant_task AS RESTRICTIVE USING (false)").await?;
        let found = found(db).await;
        let finding = only(&found, Severity::Warning, FindingCode::RowSecurityDiffers, "tenant_task", "`soft_delete_region_scope`");
        mend(db, &finding).await?;
    }

    async fn policies_that_cannot_be_created(db: &TestDb) {
        let _ = projects(db).await?;
        create_policies(db).await?;
        db.execute_unprepared("ALTER TABLE tenant_line DROP COLUMN tenant_id CASCADE").await?;
        only(&found(db).await, Severity::Error, FindingCode::RowSecurityMissing, "tenant_line", "no column `tenant_id`");
    }
}
