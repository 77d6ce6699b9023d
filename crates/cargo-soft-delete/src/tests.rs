//! Sources in, report out.

mod danger;
mod decide;
mod entities;
mod names;
mod output;
mod reach;
mod remedies;
mod replace;
mod sql;
mod truncated;

use std::fmt::Write;
use std::path::PathBuf;

use expect_test::Expect;

use crate::application::{Inspection, inspect};
use crate::marker::MarkerNames;
use crate::sources::SourceFile;

/// Two soft-deletable entities, `note` and `author`, and `tag`, which is none.
const ENTITIES: &str = "
//- src/entities/note.rs
#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = \"notes\")]
pub struct Model { pub id: i32, pub author_id: i32, pub deleted_at: Option<DateTimeUtc> }
//- src/entities/author.rs
#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = \"authors\")]
pub struct Model { pub id: i32, pub is_deleted: bool }
//- src/entities/tag.rs
#[derive(Clone, Debug, DeriveEntityModel)]
#[sea_orm(table_name = \"tags\")]
pub struct Model { pub id: i32, pub name: String }
";

/// Checks what is found in the body of a function of an application with [`ENTITIES`].
#[track_caller]
fn check(body: &str, expected: &Expect) {
    let app = format!("use crate::entities::{{author, note, tag}};\nfn run() {{\n{body}\n}}");
    check_file(&app, expected);
}

/// Checks what is found in a file of such an application.
#[track_caller]
fn check_file(text: &str, expected: &Expect) {
    check_files(&format!("{ENTITIES}//- src/app.rs\n{text}"), &[], expected);
}

/// Checks what is found in the files; each begins with `//- ` and its path.
#[track_caller]
fn check_files(text: &str, markers: &[&str], expected: &Expect) {
    let mut report = String::new();
    for finding in &inspection(text, markers).findings {
        let (code, entity) = (finding.code.name(), finding.entity_name());
        let place = format!("{}:{}:{}", finding.file, finding.line, finding.column);
        let test = if finding.test { " [test]" } else { "" };
        writeln!(report, "{code} {place}{test} {entity}: {}", finding.excerpt).unwrap();
    }
    expected.assert_eq(&report);
}

fn inspection(text: &str, markers: &[&str]) -> Inspection {
    let markers: Vec<String> = markers.iter().map(|&name| name.to_owned()).collect();
    inspect(&files(text), &MarkerNames::new(&markers))
}

fn files(text: &str) -> Vec<SourceFile> {
    let files = text.split("//- ").skip(1);
    files
        .map(|file| {
            let (path, text) = file.split_once('\n').unwrap();
            SourceFile::new(PathBuf::from(path), Ok(text.to_owned()))
        })
        .collect()
}
