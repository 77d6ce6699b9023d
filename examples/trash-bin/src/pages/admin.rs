//! What concerns all workspaces: purges, the record of deletions, and what the doctor finds.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use sea_orm::sea_query::{Alias, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sea_orm_soft_delete::doctor::Severity;
use sea_orm_soft_delete::{Purge, deletion_log};
use serde::Deserialize;

use crate::database::{Db, examine};
use crate::pages::error::{PageError, render};
use crate::pages::form::{Asked, Fields, optional};
use crate::pages::frame::{Frame, Notice};
use crate::pages::session::Admin;
use crate::pages::trash::restore::Deed;
use crate::pages::words::{self, Names, When};
use crate::purge::{Options, purge as run_purge};
use crate::workspace::{self, Workspace};

const DEEDS: u64 = 25;

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage {
    frame: Frame,
    due: Vec<Due>,
    is_due: bool,
    runs: Vec<(String, Deed)>,
    deeds: Vec<(String, Deed)>,
    next: Option<i64>,
    is_healthy: bool,
    examined: usize,
    findings: Vec<Finding>,
}

/// What a purge would remove of a workspace.
struct Due {
    workspace: String,
    contents: String,
    oldest: Option<When>,
    blocked: Vec<String>,
}

struct Finding {
    severity: &'static str,
    entity: String,
    message: String,
    advice: String,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default, deserialize_with = "optional")]
    before: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Nothing {}

pub(crate) async fn show(
    State(db): State<Db>,
    Admin(visitor): Admin,
    Asked(which): Asked<Which>,
) -> Result<Response, PageError> {
    let workspaces = workspace::Entity::find().order_by_asc(workspace::Column::Id);
    let workspaces = workspaces.all(&db).await?;
    let mut due = Vec::new();
    for workspace in &workspaces {
        due.push(due_in(workspace, &db).await?);
    }
    let names = Names::load(&db).await?;
    let all = deletion_log::Entity::find();
    let purges = all
        .clone()
        .filter(deletion_log::Column::Verb.eq(deletion_log::Verb::Purge));
    let runs = deeds(purges, DEEDS, &db).await?;
    let all = match which.before {
        Some(id) => all.filter(deletion_log::Column::Id.lt(id)),
        None => all,
    };
    let deeds = deeds(all, DEEDS, &db).await?;
    let last = deeds.last().map(|(_, deed)| deed.id);
    let next = last.filter(|_| deeds.len() as u64 == DEEDS);
    let told = |deeds: Vec<(Option<i32>, deletion_log::Model)>| {
        let told = deeds.into_iter().map(|(id, deed)| {
            let of = workspaces.iter().find(|it| Some(it.id) == id);
            let of = of.map_or_else(|| "all".to_owned(), |it| it.name.clone());
            (of, Deed::of(deed, &names))
        });
        told.collect::<Vec<_>>()
    };
    let diagnosis = examine(db.unscoped()).await?;
    let findings = diagnosis.findings().iter().map(|it| Finding {
        severity: match it.severity {
            Severity::Error => "Error",
            Severity::Warning => "Warning",
            _ => "Note",
        },
        entity: it.entity.clone(),
        message: it.message.clone(),
        advice: it.remedy.advice.clone(),
    });
    Ok(render(&AdminPage {
        frame: Frame::of("Administration", &visitor),
        is_due: due.iter().any(|it| it.oldest.is_some()),
        due,
        runs: told(runs),
        deeds: told(deeds),
        next,
        is_healthy: diagnosis.is_healthy(),
        examined: diagnosis.examined().len(),
        findings: findings.collect(),
    }))
}

async fn due_in(workspace: &workspace::Model, db: &Db) -> Result<Due, PageError> {
    let db = db.clone().within(Workspace, workspace.id);
    let preview = Purge::of_all().preview(&db).await?;
    let counts: Vec<_> = preview
        .due
        .iter()
        .map(|it| (it.entity.clone(), it.count))
        .collect();
    Ok(Due {
        workspace: workspace.name.clone(),
        contents: words::summed(&counts),
        oldest: preview.oldest.map(When::of),
        blocked: preview.blocked.iter().map(ToString::to_string).collect(),
    })
}

/// The newest of these deeds, of all workspaces, each with the id of its workspace.
async fn deeds(
    deeds: sea_orm::Select<deletion_log::Entity>,
    limit: u64,
    db: &Db,
) -> Result<Vec<(Option<i32>, deletion_log::Model)>, PageError> {
    let deeds = deeds.order_by_desc(deletion_log::Column::Id).limit(limit);
    let db = db.across(Workspace);
    let found = deeds.clone().all(&db).await?;
    // The library's entity does not know the column.
    let workspaces = deeds
        .select_only()
        .column(deletion_log::Column::Id)
        .expr(Expr::col(Alias::new("workspace_id")))
        .into_tuple::<(i64, Option<i32>)>();
    let workspaces: HashMap<i64, Option<i32>> = workspaces.all(&db).await?.into_iter().collect();
    let of = |deed: &deletion_log::Model| workspaces.get(&deed.id).copied().flatten();
    Ok(found.into_iter().map(|deed| (of(&deed), deed)).collect())
}

/// Runs a purge of all workspaces.
pub(crate) async fn purge(
    State(db): State<Db>,
    Admin(visitor): Admin,
    Fields(Nothing {}): Fields<Nothing>,
) -> Result<Response, PageError> {
    let told = run_purge(&Options::default(), db.unscoped()).await?;
    Ok(visitor.go("/admin", Notice::of(told)))
}
