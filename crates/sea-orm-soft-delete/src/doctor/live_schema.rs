//! A live schema: whether its views and triggers are as the entities declare, and whether its readers find it.

use sea_orm::ConnectionTrait;

use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::error::SoftDeleteError;
use crate::schema::LiveSchema;
use crate::schema::live_schema::{Deviation, DeviationKind, LiveSchemaPlan};

/// The findings about the views.
pub(super) async fn check<C: ConnectionTrait>(
    live: &LiveSchema,
    db: &C,
) -> Result<Vec<Finding>, SoftDeleteError> {
    let plan = match LiveSchemaPlan::read(live, db).await {
        Ok(plan) => plan,
        Err(error) => return not_created(live, error),
    };
    let remedy = |statements: &[String]| {
        let call = format!("schema::live_schema({:?}).apply(&db).await?", live.name());
        Remedy::advice("apply the live schema again, after each migration")
            .call(call)
            // One text, which PostgreSQL runs in one transaction: no program meets a table without its view.
            .statements([statements.join(";\n")])
    };
    let mut findings = Vec::new();
    for deviation in &plan.deviations {
        let statements = [plan.create_schema.as_slice(), &deviation.statements].concat();
        findings.push(of_view(live, deviation, remedy(&statements)));
    }
    if !plan.drops.is_empty() {
        let message = format!(
            "the live schema `{}` has views or functions of tables that the program does not declare any more",
            live.name()
        );
        let name = live.name().to_owned();
        findings.push(FindingCode::LiveViewOutdated.warning(name, message, remedy(&plan.drops)));
    }
    Ok(findings)
}

fn of_view(live: &LiveSchema, deviation: &Deviation, remedy: Remedy) -> Finding {
    let (name, entity) = (live.name(), deviation.entity.clone());
    match deviation.kind {
        DeviationKind::Missing => FindingCode::LiveViewMissing.error(
            entity,
            format!(
                "the live schema `{name}` has no view of it: a program that searches this schema first reads the \
                 table, with its trashed rows, and deletes from it for good"
            ),
            remedy,
        ),
        DeviationKind::Differs(how) => FindingCode::LiveViewChanged.error(
            entity,
            format!("its view in the live schema `{name}` was changed: {how}"),
            remedy,
        ),
        DeviationKind::Stale => FindingCode::LiveViewOutdated.warning(
            entity,
            format!("its view in the live schema `{name}` has other columns than the table"),
            remedy,
        ),
    }
}

/// The finding that `apply` would fail.
fn not_created(live: &LiveSchema, error: SoftDeleteError) -> Result<Vec<Finding>, SoftDeleteError> {
    match error {
        SoftDeleteError::SchemaNotChanged {
            entity,
            why,
            remedy,
            ..
        } => {
            let message = format!(
                "the live schema `{}` cannot be brought up to date: {why}",
                live.name()
            );
            let remedy = Remedy::advice(remedy);
            Ok(vec![
                FindingCode::LiveViewMissing.error(entity, message, remedy),
            ])
        }
        error => Err(error),
    }
}

/// The finding that a connection does not search the live schema first.
pub(super) async fn check_reader<C: ConnectionTrait>(
    live: &LiveSchema,
    db: &C,
) -> Result<Option<Finding>, SoftDeleteError> {
    let Some(search_path) = live.search_path_to_set(db).await? else {
        return Ok(None);
    };
    let message = format!(
        "the connection does not search the live schema `{}` first: its names mean the tables, with their trashed rows",
        live.name()
    );
    let remedy = Remedy::advice("put the live schema first in the search path")
        .call(format!(
            "options.set_schema_search_path({:?})",
            search_path.join(",")
        ))
        .statements([live.set_search_path(&search_path)]);
    let connection = "(connection)".to_owned();
    Ok(Some(
        FindingCode::LiveSchemaNotFirst.error(connection, message, remedy),
    ))
}
