//! The report for a person, and for a program.

use std::fmt::Write;

use serde::Serialize;

use crate::application::Inspection;
use crate::code::{Code, Group};
use crate::finding::Finding;

#[derive(Serialize)]
struct Json<'a> {
    files: usize,
    migrations_left_out: usize,
    entities: Vec<JsonEntity<'a>>,
    findings: &'a [Finding],
}

#[derive(Serialize)]
struct JsonEntity<'a> {
    entity: &'a str,
    table: &'a str,
    markers: Vec<&'a str>,
    file: String,
    line: usize,
    derives_soft_delete: bool,
}

/// # Errors
///
/// None that is known: the report holds text and numbers.
pub(crate) fn json(inspection: &Inspection) -> serde_json::Result<String> {
    let entities = inspection.application.entities.soft_deletable();
    let report = Json {
        files: inspection.files,
        migrations_left_out: inspection.migrations,
        entities: entities
            .map(|(_, entity)| JsonEntity {
                entity: entity.name(),
                table: &entity.table,
                markers: entity
                    .markers
                    .iter()
                    .map(|marker| marker.field.as_str())
                    .collect(),
                file: entity.file.display().to_string(),
                line: entity.at.line,
                derives_soft_delete: entity.is_moved,
            })
            .collect(),
        findings: &inspection.findings,
    };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

pub(crate) fn text(inspection: &Inspection) -> String {
    let mut text = String::new();
    write_text(&mut text, inspection).unwrap_or_default();
    text
}

fn write_text(text: &mut String, inspection: &Inspection) -> std::fmt::Result {
    write_entities(text, inspection)?;
    for group in Group::ALL {
        let of_group =
            |code: &&Code| code.group() == group && !of_code(inspection, **code).is_empty();
        let codes: Vec<Code> = Code::ALL.iter().filter(of_group).copied().collect();
        if !codes.is_empty() {
            writeln!(
                text,
                "\n== {}: {}",
                group.name().to_uppercase(),
                group.meaning()
            )?;
        }
        for code in codes {
            write_code(text, code, of_code(inspection, code))?;
        }
    }
    write_summary(text, inspection)
}

fn write_entities(text: &mut String, inspection: &Inspection) -> std::fmt::Result {
    let entities: Vec<_> = inspection.application.entities.soft_deletable().collect();
    if entities.is_empty() {
        return writeln!(
            text,
            "No soft-deletable entity was found: no model derives `SoftDelete`, or has a field such as \
             `deleted_at`. Give the paths that hold the models, and name the field with --marker."
        );
    }
    writeln!(text, "Soft-deletable entities:")?;
    for (_, entity) in entities {
        let markers: Vec<&str> = entity
            .markers
            .iter()
            .map(|marker| marker.field.as_str())
            .collect();
        let state = match entity.is_moved {
            true => "derives SoftDelete",
            false => "to be moved",
        };
        let (name, file, line) = (entity.name(), entity.file.display(), entity.at.line);
        let markers = markers.join(", ");
        writeln!(text, "  {name} ({markers}), {state}: {file}:{line}")?;
    }
    Ok(())
}

fn write_code(text: &mut String, code: Code, findings: &[Finding]) -> std::fmt::Result {
    writeln!(
        text,
        "\n{} ({}): {}",
        code.name(),
        findings.len(),
        code.meaning()
    )?;
    writeln!(text, "  remedy: {}", code.remedy())?;
    // There are hundreds of them, and the compiler leads from one to the next.
    if code == Code::ConcreteConnection {
        for of_file in findings.chunk_by(|a, b| a.file == b.file && a.test == b.test) {
            let lines: Vec<String> = of_file
                .iter()
                .map(|finding| finding.line.to_string())
                .collect();
            let first = &of_file[0];
            writeln!(
                text,
                "  {}{}: lines {}",
                first.file,
                label(first),
                lines.join(", ")
            )?;
        }
        return Ok(());
    }
    for finding in findings {
        let Finding {
            file, line, column, ..
        } = finding;
        let place = format!("{file}:{line}:{column}");
        writeln!(
            text,
            "  {place}{}: {}: {}",
            label(finding),
            finding.entity_name(),
            finding.excerpt
        )?;
        if finding.remedy != code.remedy() {
            writeln!(text, "    remedy: {}", finding.remedy)?;
        }
    }
    Ok(())
}

fn label(finding: &Finding) -> &'static str {
    match finding.test {
        true => " [test]",
        false => "",
    }
}

fn write_summary(text: &mut String, inspection: &Inspection) -> std::fmt::Result {
    writeln!(text, "\n{:<20}{:>9}{:>9}", "code", "findings", "in tests")?;
    for &code in Code::ALL {
        let findings = of_code(inspection, code);
        if !findings.is_empty() {
            let tests = findings.iter().filter(|finding| finding.test).count();
            writeln!(text, "{:<20}{:>9}{tests:>9}", code.name(), findings.len())?;
        }
    }
    let Inspection {
        findings,
        files,
        migrations,
        ..
    } = inspection;
    writeln!(
        text,
        "\nFindings: {}. Files: {files}. Migrations left out: {migrations}.",
        findings.len()
    )
}

/// The findings with this code, which stand together.
fn of_code(inspection: &Inspection, code: Code) -> &[Finding] {
    let findings = &inspection.findings;
    let start = findings.partition_point(|finding| finding.code < code);
    let end = findings.partition_point(|finding| finding.code <= code);
    &findings[start..end]
}
