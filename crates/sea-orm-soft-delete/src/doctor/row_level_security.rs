//! Policies of row-level security: whether the tables of required scopes have them as declared, once one table has.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::doctor::examination::Examination;
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::entity::member::TableKey;
use crate::error::SoftDeleteError;
use crate::schema::RowLevelSecurity;
use crate::schema::row_level_security::Comparison;

/// Examines the tables that exist, and reports on the `selected` ones.
pub(super) async fn check<C: ConnectionTrait>(
    examination: &mut Examination<'_>,
    selected: impl Fn(&TableKey) -> bool,
    db: &C,
) -> Result<(), SoftDeleteError> {
    if examination.backend != DbBackend::Postgres || !RowLevelSecurity::is_in_use(db).await? {
        return Ok(());
    }
    let mut compared = Vec::new();
    for policies in RowLevelSecurity::registered() {
        if examination.catalogue.table(policies.key()).is_some() {
            let comparison = policies.compare(db).await;
            compared.push((policies, comparison));
        }
    }
    let is_protected =
        |comparison: &Result<Comparison, _>| matches!(comparison, Ok(it) if it.is_protected);
    if !compared
        .iter()
        .any(|(_, comparison)| is_protected(comparison))
    {
        return Ok(());
    }
    for (policies, comparison) in compared {
        if !selected(policies.key()) {
            continue;
        }
        match comparison {
            Ok(comparison) => examination.findings.extend(findings(&policies, comparison)),
            Err(SoftDeleteError::SchemaNotChanged { why, remedy, .. }) => {
                let fault = format!("its policies of row-level security cannot be created: {why}");
                let remedy = Remedy::advice(remedy);
                let code = FindingCode::RowSecurityMissing;
                examination.find(code.error(policies.name(), fault, remedy));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn findings(policies: &RowLevelSecurity, comparison: Comparison) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !comparison.differences.is_empty() {
        let remedy = Remedy {
            call: policies.call(),
            // One text, which PostgreSQL runs in one transaction.
            statements: vec![comparison.statements.join(";\n")],
            ..Remedy::advice("create the policies again")
        };
        let differences = comparison.differences.join(", and ");
        let finding = match comparison.is_protected {
            true => FindingCode::RowSecurityDiffers.error(
                policies.name(),
                format!("its row-level security is not as the scopes declare: {differences}"),
                remedy,
            ),
            false => FindingCode::RowSecurityMissing.error(
                policies.name(),
                "it is held to a required scope, and has no policies, though other tables have: a statement on a plain \
                 connection reaches the rows of every value",
                remedy,
            ),
        };
        findings.push(finding);
    }
    for name in &comparison.undeclared {
        let fault = format!(
            "its policy `{name}` is of no scope that the program declares: the table shows no row to a connection without \
             the setting of that scope"
        );
        let remedy = Remedy::advice("drop the policy, unless another program declares the scope")
            .statements([policies.drop_policy(name)]);
        findings.push(FindingCode::RowSecurityDiffers.warning(policies.name(), fault, remedy));
    }
    findings
}
