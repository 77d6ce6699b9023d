//! The archives: whether they are there, and hold all columns of their tables.

use crate::doctor::examination::Examination;
use crate::doctor::finding::{Finding, FindingCode, Remedy};
use crate::schema::archive::mistake;

pub(super) fn check(examination: &mut Examination<'_>) {
    let graph = examination.graph;
    let mut findings: Vec<Finding> = Vec::new();
    for subject in examination.present() {
        if graph.archive(subject.node).is_none() {
            continue;
        }
        if let Some(mistake) = mistake(subject.member, examination.catalogue) {
            let code = match mistake.is_missing {
                true => FindingCode::ArchiveMissing,
                false => FindingCode::ArchiveNarrower,
            };
            let message = format!("its rows cannot be archived: {}", mistake.why);
            let mut remedy = Remedy::advice(mistake.remedy);
            if mistake.is_created {
                let helper = subject.helper();
                remedy = remedy.call(format!("{helper}.archive_table().create(&db).await?"));
            }
            findings.push(code.error(subject.name(), message, remedy));
        }
    }
    examination.findings.extend(findings);
}
