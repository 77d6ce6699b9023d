//! The log of deletions: whether it is there, and whether it is whole.

use crate::doctor::examination::{Examination, Subject};
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::entity::relation::Policy;
use crate::family::Graph;

/// The table of the log. It is in the schema of the connection.
const TABLE: &str = "deletion_log";

pub(super) fn check(examination: &mut Examination<'_>) {
    let graph = examination.graph;
    let is_there = examination
        .catalogue
        .table(&(None, TABLE.to_owned()))
        .is_some();
    for subject in examination.present() {
        let finding = match graph.is_logged(subject.node) {
            true => (!is_there).then(|| missing(&subject)),
            false => partial(graph, &subject),
        };
        examination.findings.extend(finding);
    }
}

fn missing(subject: &Subject<'_>) -> Finding {
    let message = "it declares `log`, and there is no table `deletion_log`: each delete, restore and purge of its rows \
         is refused";
    let remedy = Remedy::advice("create the table in a migration")
        .call("deletion_log::create_table(&db).await?");
    FindingCode::LogMissing.error(subject.name(), message, remedy)
}

/// An entity that is not logged, below one that is.
fn partial(graph: &Graph, subject: &Subject<'_>) -> Option<Finding> {
    let mut up = graph.up(subject.node).iter();
    let edge = up.find(|edge| edge.policy == Policy::Cascade && graph.is_logged(edge.parent))?;
    let parent = graph.member(edge.parent).name();
    let message = format!(
        "deletes of `{parent}`, which is logged, cascade to it, and its own rows are not in the log"
    );
    let remedy = Remedy::advice("log it too").declare("#[soft_delete(log)]");
    Some(FindingCode::LogPartial.note(subject.name(), message, remedy))
}
