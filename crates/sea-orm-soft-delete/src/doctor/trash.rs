//! How long trash stays, and what keeps it: retention, the index of a purge, and legal holds.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::doctor::examination::{Examination, Subject, path_from, spelled, type_name};
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::entity::relation::Policy;
use crate::entity::retention::Retention;
use crate::error::SoftDeleteError;
use crate::family::{Due, Edge, Graph};
use crate::operation::clock::Clock;
use crate::schema::sql::{create_index, list, name_of};

/// How late a purge may be: a day, because many run each night.
const GRACE: Duration = Duration::from_secs(86_400);

pub(super) async fn check<C: ConnectionTrait>(
    examination: &mut Examination<'_>,
    db: &C,
) -> Result<(), SoftDeleteError> {
    let graph = examination.graph;
    let mut subjects = examination.subjects.iter();
    let is_purged = subjects.any(|node| graph.retention(*node).is_some());
    for subject in examination.present() {
        let mut findings = Vec::new();
        findings.extend(no_hold(graph, &subject));
        findings.extend(no_erase_rule(&subject));
        match graph.retention(subject.node) {
            None if is_purged => findings.push(undeclared(&subject)),
            Some(Retention::For(time)) => {
                findings.extend(unindexed(&subject, examination.backend));
                findings.extend(behind(&subject, time, examination.backend, db).await?);
            }
            Some(Retention::Forever) | None => {}
        }
        examination.findings.extend(findings);
    }
    Ok(())
}

fn undeclared(subject: &Subject<'_>) -> Finding {
    let message = "it declares no retention, and other entities do: a purge leaves its trash, and every delete that \
         trashed rows of it";
    let remedy = Remedy::advice("declare how long its trash is kept, or that it is kept forever")
        .declare("#[soft_delete(retain = \"30 days\")]");
    FindingCode::RetentionUndeclared.note(subject.name(), message, remedy)
}

/// A purge reads the oldest operations: it needs an index that begins with what they are sorted by.
fn unindexed(subject: &Subject<'_>, backend: DbBackend) -> Option<Finding> {
    let column = [subject.member.operation_column().to_string()];
    let mut indexes = subject.table.indexes.iter();
    if subject.column(&column[0]).is_none() || indexes.any(|index| index.begins_with(&column)) {
        return None;
    }
    let key = subject.member.key();
    let name = name_of(&key.1, &column, "idx");
    let create = create_index("INDEX", &key, &name, &list(backend, &column), backend);
    let message = format!(
        "no index begins with {}: each transaction of a purge, and each list of the trash, reads the whole table",
        spelled(&column),
    );
    let remedy = Remedy::advice("add an index").statements([create]);
    Some(FindingCode::PurgeUnindexed.warning(subject.name(), message, remedy))
}

/// Rows that a purge should have removed more than a day ago, and that no legal hold keeps.
async fn behind<C: ConnectionTrait>(
    subject: &Subject<'_>,
    time: Duration,
    backend: DbBackend,
    db: &C,
) -> Result<Option<Finding>, SoftDeleteError> {
    let member = subject.member;
    let due = Due {
        by_purge_at: true,
        now: Clock::current().now().saturating_sub(GRACE),
        older_than: None,
    };
    let until = due.cutoff(subject.node).unwrap_or(due.now);
    let has_columns = member
        .described_columns()
        .iter()
        .all(|column| subject.column(&column.name).is_some());
    let Some(is_due) = member.is_due(member.alias(), until, due.passed(), backend) else {
        return Ok(None);
    };
    if !has_columns {
        return Ok(None);
    }
    let mut rows = Query::select();
    rows.expr_as(Expr::val(1), "one")
        .from(member.table())
        .and_where(member.is_trashed(member.alias()))
        .and_where(is_due)
        .and_where(member.lift())
        .limit(1);
    if member.is_held(member.alias()).is_some() {
        rows.and_where(member.may_be_removed());
    }
    if db.query_one(&rows).await?.is_none() {
        return Ok(None);
    }
    let message = format!(
        "it keeps its trash for {}, and some has been there for more than a day longer",
        Retention::For(time)
    );
    let remedy = Remedy::advice(
        "run a purge more often, or raise its bounds; its report says which operations are blocked",
    )
    .call(format!(
        "Purge::of_all().in_family_of({}).run(&db).await?",
        type_name(member)
    ));
    Ok(Some(FindingCode::PurgeBehind.warning(
        subject.name(),
        message,
        remedy,
    )))
}

/// Words in the names of columns that often hold personal data.
const PERSONAL: &[&str] = &[
    "email",
    "mail",
    "phone",
    "mobile",
    "name",
    "firstname",
    "lastname",
    "surname",
    "username",
    "address",
    "street",
    "city",
    "postcode",
    "zip",
    "ip",
    "birthday",
    "iban",
];

/// Text columns that an erasure leaves and that are named as if they held personal data, next to columns that it
/// overwrites.
fn no_erase_rule(subject: &Subject<'_>) -> Option<Finding> {
    let rules = subject.member.erasure();
    if rules.columns.is_empty() || rules.removes_rows {
        return None;
    }
    let is_erased = |name: &str| rules.columns.iter().any(|it| it.column.to_string() == name);
    let is_personal = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.split('_').any(|word| PERSONAL.contains(&word))
    };
    let is_text = |type_name: &str| {
        let texts = ["char", "text", "clob", "inet"];
        texts.iter().any(|text| type_name.contains(text))
    };
    let mut left: Vec<&str> = Vec::new();
    for column in &subject.table.columns {
        let name = column.name.as_str();
        if is_text(&column.type_name) && is_personal(name) && !is_erased(name) {
            left.push(name);
        }
    }
    if left.is_empty() {
        return None;
    }
    let message = format!(
        "an erasure overwrites other columns of it and leaves {}; going by the names, which is a guess, these hold \
         personal data",
        spelled(&left)
    );
    let remedy = Remedy::advice("declare what an erasure writes into them, if they do")
        .declare("#[soft_delete(erase = \"removed\")]");
    Some(FindingCode::EraseMissing.note(subject.name(), message, remedy))
}

/// An entity without a hold, next to one of its family that has one.
fn no_hold(graph: &Graph, subject: &Subject<'_>) -> Option<Finding> {
    let has_hold = |node| {
        let member = graph.soft(node);
        member.is_some_and(|member| member.is_held(member.alias()).is_some())
    };
    if has_hold(subject.node) {
        return None;
    }
    let cascades = |edge: &&Arc<Edge>| edge.policy == Policy::Cascade;
    let mut up = graph.up(subject.node).iter().filter(cascades);
    let mut down = graph.down(subject.node).iter().filter(cascades);
    let parent = up.find(|edge| has_hold(edge.parent));
    let (held, is_parent) = match parent {
        Some(edge) => (graph.member(edge.parent), true),
        None => (
            graph.member(down.find(|edge| has_hold(edge.child))?.child),
            false,
        ),
    };
    let name = held.name();
    let message = format!(
        "its rows cannot be held, and rows of `{name}`, which is of its family, can: a force delete or a purge \
         removes rows of it while a hold keeps the others"
    );
    let remedy = match is_parent {
        true => Remedy::advice(format!(
            "hold its rows with their parents in `{name}`, or give it a `hold` column of its own"
        ))
        .declare(format!(
            "#[soft_delete(held_with({}))]",
            path_from(subject.member, held)
        )),
        false => Remedy::advice("give it a `hold` column, in the model and the table")
            .declare("#[soft_delete(hold)] pub is_held: Option<bool>"),
    };
    Some(FindingCode::HoldMissing.note(subject.name(), message, remedy))
}
