//! The report as a person and as a program reads it.

use expect_test::expect;

use super::{ENTITIES, inspection};
use crate::code::Code;
use crate::report;

const APP: &str = "//- src/notes.rs
use crate::entities::note;

pub async fn list(db: &DatabaseConnection) -> Result<Vec<note::Model>, DbErr> {
    note::Entity::find().filter(note::Column::DeletedAt.is_null()).all(db).await
}

pub async fn list_trash(db: &DatabaseConnection) -> Result<Vec<note::Model>, DbErr> {
    note::Entity::find().filter(note::Column::DeletedAt.is_not_null()).all(db).await
}

pub async fn purge(db: &DatabaseConnection, before: DateTimeUtc) -> Result<DeleteResult, DbErr> {
    note::Entity::delete_many().filter(note::Column::DeletedAt.lt(before)).exec(db).await
}

pub async fn title_is_free(db: &DatabaseConnection, title: &str) -> Result<bool, DbErr> {
    let taken = note::Entity::find().filter(note::Column::Title.eq(title)).one(db).await?;
    Ok(taken.is_none())
}
//- tests/notes.rs
use app::entities::note;

async fn deletes(db: &DbConn) {
    assert_eq!(note::Entity::find().count(db).await, Ok(0));
}
//- migration/src/m20240101_000000_note.rs
fn up() { note::Entity::find(); }
";

#[test]
fn the_text_lists_the_gravest_first_and_ends_in_counts() {
    let inspection = inspection(&format!("{ENTITIES}{APP}"), &[]);
    expect![[r#"
        Soft-deletable entities:
          note (deleted_at), to be moved: src/entities/note.rs:3
          author (is_deleted), to be moved: src/entities/author.rs:3

        == DANGER: the move changes what this code does, and nothing reports it

        writes-trash (1): a mass write selects trashed rows, and would change none
          remedy: `force_delete_many().only_trashed()` removes them, `restore_many()` restores them
          src/notes.rs:12:64: note: note::Entity::delete_many().filter(note::Column::DeletedAt.lt(before)).exec(db).await

        reads-trash (1): a condition selects trashed rows, and would find none
          remedy: begin at `only_trashed()`, or at `with_trashed()` where live rows are wanted too
          src/notes.rs:8:57: note: note::Entity::find().filter(note::Column::DeletedAt.is_not_null()).all(db).await

        == DECIDE: the move changes which rows this code reaches: say whether that is right

        unfiltered-read (2): a read has no condition on the marker; it will return live rows only
          remedy: keep it, or begin at `with_trashed()` where trashed rows are wanted
          src/notes.rs:16:31: note: let taken = note::Entity::find().filter(note::Column::Title.eq(title)).one(db).await?;
          tests/notes.rs:4:30 [test]: note: assert_eq!(note::Entity::find().count(db).await, Ok(0));

        == REPLACE: soft delete written by hand, which the crate now does

        hand-filter (1): a filter for live rows, which `find` and the other verbs add themselves
          remedy: remove it, once the entity has the verbs or the connection is scoped
          src/notes.rs:4:57: note: note::Entity::find().filter(note::Column::DeletedAt.is_null()).all(db).await

        == REACH: the verbs do not reach this code: a scoped connection does

        concrete-connection (5): a type is bound to SeaORM's own connection, and does not accept a scoped one
          remedy: take `&impl ConnectionTrait`, and store a `ScopedConnection<DatabaseConnection>`
          src/notes.rs: lines 3, 7, 11, 15
          tests/notes.rs [test]: lines 3

        code                 findings in tests
        writes-trash                1        0
        reads-trash                 1        0
        unfiltered-read             2        1
        hand-filter                 1        0
        concrete-connection         5        1

        Findings: 10. Files: 5. Migrations left out: 1.
    "#]].assert_eq(&report::text(&inspection));
}

#[test]
fn the_readme_shows_the_beginning_of_a_report() {
    let inspection = inspection(&format!("{ENTITIES}{APP}"), &[]);
    let report = report::text(&inspection);
    let (beginning, _) = report.split_once("\n== REPLACE").unwrap();
    let readme = include_str!("../../README.md");
    assert!(readme.contains(beginning), "README.md lacks:\n{beginning}");
}

#[test]
fn without_a_soft_deletable_entity_the_text_says_so() {
    let inspection = inspection("//- src/app.rs\nfn run() { note::Entity::find(); }", &[]);
    expect![[r#"
        No soft-deletable entity was found: no model derives `SoftDelete`, or has a field such as `deleted_at`. Give the paths that hold the models, and name the field with --marker.

        code                 findings in tests

        Findings: 0. Files: 1. Migrations left out: 0.
    "#]].assert_eq(&report::text(&inspection));
}

#[test]
fn the_json_holds_entities_and_findings() {
    let files = format!("{ENTITIES}//- src/app.rs\nfn run() {{ note::Entity::find(); }}");
    expect![[r#"
        {
          "files": 4,
          "migrations_left_out": 0,
          "entities": [
            {
              "entity": "note",
              "table": "notes",
              "markers": [
                "deleted_at"
              ],
              "file": "src/entities/note.rs",
              "line": 3,
              "derives_soft_delete": false
            },
            {
              "entity": "author",
              "table": "authors",
              "markers": [
                "is_deleted"
              ],
              "file": "src/entities/author.rs",
              "line": 3,
              "derives_soft_delete": false
            }
          ],
          "findings": [
            {
              "code": "unfiltered-read",
              "group": "decide",
              "file": "src/app.rs",
              "line": 1,
              "column": 26,
              "entity": "note",
              "test": false,
              "excerpt": "fn run() { note::Entity::find(); }",
              "remedy": "keep it, or begin at `with_trashed()` where trashed rows are wanted"
            }
          ]
        }
    "#]]
    .assert_eq(&report::json(&inspection(&files, &[])).unwrap());
}

#[test]
fn the_readme_lists_every_code_with_its_meaning_and_its_remedy() {
    let readme = include_str!("../../README.md");
    for code in Code::ALL {
        let (name, meaning, remedy) = (code.name(), code.meaning(), code.remedy());
        let row = format!("| `{name}` | {meaning} | {remedy} |");
        assert!(readme.contains(&row), "README.md lacks: {row}");
    }
}
