//! The result of an examination.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use sea_orm::EntityTrait;

use crate::doctor::finding::{Finding, FindingCode, Severity};
use crate::entity::any_entity::Typed;
use crate::report::counted;

/// The findings of [`doctor`](fn@crate::doctor).
///
/// It prints for a terminal: table by table, the most severe finding first. With the feature `serde` it can
/// be serialized:
///
/// ```json
/// {
///   "is_healthy": false,
///   "examined": ["note"],
///   "findings": [
///     {
///       "severity": "warning",
///       "code": "unique-counts-trashed",
///       "entity": "note",
///       "message": "the unique index `note_slug_key` …",
///       "remedy": {
///         "advice": "make it unique among live rows",
///         "declaration": null,
///         "call": "SoftDeleteSchema::of::<note::Entity>().unique_among_live([\"slug\"]).convert(&db).await?",
///         "statements": ["CREATE UNIQUE INDEX …", "ALTER TABLE …"],
///         "query": null
///       }
///     }
///   ]
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it says what is wrong with the database, and does nothing about it"]
pub struct Diagnosis {
    /// The tables, by name.
    examined: Vec<String>,
    /// Table by table, the most severe first.
    findings: Vec<Finding>,
}

impl Diagnosis {
    pub(super) fn new(mut examined: Vec<String>, mut findings: Vec<Finding>) -> Self {
        examined.sort();
        examined.dedup();
        let mut worst: HashMap<String, Severity> = HashMap::new();
        for finding in &findings {
            let worst = worst
                .entry(finding.entity.clone())
                .or_insert(finding.severity);
            *worst = finding.severity.max(*worst);
        }
        findings.sort_by_cached_key(|finding| {
            let worst = worst.get(&finding.entity).copied();
            (
                Reverse(worst),
                finding.entity.clone(),
                Reverse(finding.severity),
                finding.code,
                finding.message.clone(),
            )
        });
        findings.dedup();
        Self { examined, findings }
    }

    /// The findings: table by table, the most severe first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The examined tables, by name.
    pub fn examined(&self) -> &[String] {
        &self.examined
    }

    /// Whether there are neither errors nor warnings. Notes do not count: the program decides whether they
    /// matter.
    pub fn is_healthy(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.all(|finding| finding.severity < Severity::Warning)
    }

    /// Drops the findings with this code, for all tables, because they are known.
    pub fn allowing(mut self, code: FindingCode) -> Self {
        self.findings.retain(|finding| finding.code != code);
        self
    }

    /// Drops the findings with this code, for this entity, because they are known.
    pub fn allowing_of<E: EntityTrait>(self, _: E, code: FindingCode) -> Self {
        self.allowing_of_table(&Typed::<E>::ENTITY.name(), code)
    }

    /// Drops the findings with this code, for this table without an entity, because they are known. The name is as the
    /// finding prints it.
    pub fn allowing_of_table(mut self, table: &str, code: FindingCode) -> Self {
        self.findings
            .retain(|finding| finding.code != code || finding.entity != table);
        self
    }

    /// Panics and prints all findings, unless the diagnosis [is healthy](Self::is_healthy). Use it in a
    /// test of the application's migrations.
    ///
    /// # Panics
    ///
    /// If there is an error or a warning.
    #[track_caller]
    #[expect(clippy::panic, reason = "a test is to fail")]
    pub fn assert_healthy(&self) {
        if !self.is_healthy() {
            panic!("{self}");
        }
    }

    fn count(&self, severity: Severity) -> u64 {
        let findings = self.findings.iter();
        findings
            .filter(|finding| finding.severity == severity)
            .count() as u64
    }

    /// A summary such as `2 errors, 1 note`.
    fn summary(&self) -> String {
        let severities = [Severity::Error, Severity::Warning, Severity::Note];
        let counts = severities.map(|severity| (self.count(severity), severity));
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts
            .map(|(count, severity)| counted(count, &severity.to_string()))
            .collect();
        match counts.is_empty() {
            true => "nothing found".to_owned(),
            false => counts.join(", "),
        }
    }
}

/// Prints table by table, the most severe finding first, each with its remedy. Statements that fix several
/// findings of a table are printed once, so that the whole text can run from top to bottom. It ends with a newline.
impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = counted(self.examined.len() as u64, "table");
        writeln!(f, "soft delete, {tables} examined: {}", self.summary())?;
        let mut entity = None;
        for (index, finding) in self.findings.iter().enumerate() {
            if entity != Some(&finding.entity) {
                writeln!(f, "\n{}", finding.entity)?;
                entity = Some(&finding.entity);
            }
            let mut above = self.findings[..index].iter();
            let text = match above.find(|above| finding.has_statements_of(above)) {
                Some(above) => finding.fixed_with(above),
                None => finding.behind(&self.findings[..index]).to_string(),
            };
            for line in text.lines() {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Diagnosis {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut diagnosis = serializer.serialize_struct("Diagnosis", 3)?;
        diagnosis.serialize_field("is_healthy", &self.is_healthy())?;
        diagnosis.serialize_field("examined", &self.examined)?;
        diagnosis.serialize_field("findings", &self.findings)?;
        diagnosis.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Remedy;

    fn finding(severity: Severity, code: FindingCode, entity: &str) -> Finding {
        code.finding(
            severity,
            entity.to_owned(),
            "this is so",
            Remedy::advice("do that"),
        )
    }

    #[test]
    fn tables_and_their_findings_are_sorted_by_severity() {
        let diagnosis = Diagnosis::new(
            vec!["b".into(), "a".into(), "c".into()],
            vec![
                finding(Severity::Note, FindingCode::KeyCountsTrashed, "a"),
                finding(Severity::Note, FindingCode::MarkerDefaultMissing, "c"),
                finding(Severity::Error, FindingCode::MarkerMissing, "c"),
                finding(Severity::Warning, FindingCode::RelationUnindexed, "b"),
            ],
        );
        expect_test::expect![[r#"
            soft delete, 3 tables examined: 1 error, 1 warning, 2 notes

            c
              error marker-missing: this is so
                remedy: do that
              note marker-default-missing: this is so
                remedy: do that

            b
              warning relation-unindexed: this is so
                remedy: do that

            a
              note key-counts-trashed: this is so
                remedy: do that
        "#]]
        .assert_eq(&diagnosis.to_string());
    }

    #[test]
    fn statements_that_fix_several_findings_of_a_table_are_printed_once() {
        let with_statement = |severity, code, entity| {
            let mut finding = finding(severity, code, entity);
            finding.remedy = finding.remedy.statements(["ALTER TABLE".to_owned()]);
            finding
        };
        let diagnosis = Diagnosis::new(
            vec!["a".into(), "b".into()],
            vec![
                with_statement(Severity::Warning, FindingCode::MarkerImprecise, "a"),
                with_statement(Severity::Note, FindingCode::MarkerEnds2038, "a"),
                with_statement(Severity::Note, FindingCode::MarkerEnds2038, "b"),
            ],
        );
        expect_test::expect![[r#"
            soft delete, 2 tables examined: 1 warning, 2 notes

            a
              warning marker-imprecise: this is so
                remedy: do that
                  ALTER TABLE;
              note marker-ends-2038: this is so
                remedy: do that, with the statements of `marker-imprecise` above

            b
              note marker-ends-2038: this is so
                remedy: do that
                  ALTER TABLE;
        "#]]
        .assert_eq(&diagnosis.to_string());
    }

    #[test]
    fn a_statement_that_cannot_run_twice_is_printed_once() {
        let with = |message: &str, statements: &[&str]| {
            let code = FindingCode::UniqueCountsTrashed;
            let mut finding = finding(Severity::Warning, code, "a");
            finding.message = message.to_owned();
            let statements = statements.iter().map(|&sql| sql.to_owned());
            finding.remedy = finding.remedy.statements(statements);
            finding
        };
        let add = "ALTER TABLE a ADD COLUMN soft_delete_live";
        let anew = |what| ["BEGIN IMMEDIATE", what, "COMMIT"];
        let diagnosis = Diagnosis::new(
            vec!["a".into()],
            vec![
                with(
                    "1",
                    &[add, "CREATE UNIQUE INDEX x ON a (x)", "DROP INDEX p"],
                ),
                with(
                    "2",
                    &[add, "CREATE UNIQUE INDEX y ON a (y)", "DROP INDEX q"],
                ),
                with("3", &anew("CREATE TABLE b")),
                with("4", &anew("CREATE TABLE c")),
            ],
        );
        expect_test::expect![[r#"
            soft delete, 1 table examined: 4 warnings

            a
              warning unique-counts-trashed: 1
                remedy: do that
                  ALTER TABLE a ADD COLUMN soft_delete_live;
                  CREATE UNIQUE INDEX x ON a (x);
                  DROP INDEX p;
              warning unique-counts-trashed: 2
                remedy: do that, after the statements of `unique-counts-trashed` above
                  CREATE UNIQUE INDEX y ON a (y);
                  DROP INDEX q;
              warning unique-counts-trashed: 3
                remedy: do that
                  BEGIN IMMEDIATE;
                  CREATE TABLE b;
                  COMMIT;
              warning unique-counts-trashed: 4
                remedy: do that. Examine the database again after the statements of `unique-counts-trashed` above, which make the table anew too
        "#]]
        .assert_eq(&diagnosis.to_string());
    }

    #[test]
    fn a_diagnosis_with_notes_only_is_healthy() {
        let of = |severity| {
            let found = finding(severity, FindingCode::KeyCountsTrashed, "a");
            Diagnosis::new(vec!["a".into()], vec![found])
        };
        assert!(of(Severity::Note).is_healthy());
        assert!(!of(Severity::Warning).is_healthy());
        assert!(!of(Severity::Error).is_healthy());
        let allowed = of(Severity::Error).allowing(FindingCode::KeyCountsTrashed);
        assert!(allowed.is_healthy());
        let other = of(Severity::Error).allowing(FindingCode::MarkerMistyped);
        assert!(!other.is_healthy());
    }

    #[test]
    fn codes_are_in_kebab_case_and_differ() {
        for (at, code) in FindingCode::ALL.iter().enumerate() {
            let id = code.as_str();
            let debug = format!("{code:?}").to_lowercase();
            assert_eq!(id.replace('-', ""), debug, "{id}");
            assert!(!FindingCode::ALL[at + 1..].contains(code));
        }
    }
}
