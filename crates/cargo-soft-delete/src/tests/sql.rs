//! SQL text: the table that it is filed under, and the comments that it needs.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::{ENTITIES, inspection};
use crate::report;

/// Checks the entity, the code and the remedy of the finding in SQL text.
#[track_caller]
fn check_sql(sql: &str, expected: &Expect) {
    let app = format!(
        "{}//- src/app.rs\nfn run() {{ db.execute({sql:?}); }}",
        ENTITIES
    );
    let mut report = String::new();
    for finding in &inspection(&app, &[]).findings {
        let (code, entity) = (finding.code.name(), finding.entity_name());
        let remedy = &finding.remedy;
        writeln!(report, "{code} {entity}: {remedy}").unwrap();
    }
    expected.assert_eq(&report);
}

#[test]
fn a_delete_that_joins_the_trash_is_filed_under_the_table_of_the_condition() {
    let delete =
        "DELETE n FROM notes n JOIN authors a ON a.id = n.author_id WHERE a.is_deleted = true";
    let with_trashed = "/* soft_delete: with_trashed(authors) */";
    let force_delete = "/* soft_delete: force_delete(notes) */";
    check_sql(
        delete,
        &expect![[r#"
            raw-sql-trash author: write `/* soft_delete: force_delete(notes) */ /* soft_delete: with_trashed(authors) */` in front of the statement
        "#]],
    );
    check_sql(
        &format!("{delete} {with_trashed}"),
        &expect![[r#"
            raw-sql-trash note: write `/* soft_delete: force_delete(notes) */` in front of the statement
        "#]],
    );
    check_sql(
        &format!("{force_delete} {delete}"),
        &expect![[r#"
            raw-sql-trash author: write `/* soft_delete: with_trashed(authors) */` in front of the statement
        "#]],
    );
    check_sql(
        &format!("{force_delete} {with_trashed} {delete}"),
        &expect![[""]],
    );
}

#[test]
fn the_table_of_a_condition_is_known_by_its_alias_its_name_or_its_query() {
    // The alias `n` stands for another table in the subquery.
    check_sql(
        "SELECT n.id FROM authors n WHERE EXISTS (SELECT 1 FROM notes AS n WHERE n.deleted_at IS NOT NULL)",
        &expect![[r#"
            raw-sql-trash note: write `/* soft_delete: with_trashed(notes) */` in front of the statement
        "#]],
    );
    check_sql(
        "DELETE FROM notes WHERE author_id IN (SELECT id FROM authors WHERE is_deleted = true)",
        &expect![[r#"
            raw-sql-trash author: write `/* soft_delete: force_delete(notes) */ /* soft_delete: with_trashed(authors) */` in front of the statement
        "#]],
    );
    check_sql(
        "/* soft_delete: force_delete(notes) */ /* soft_delete: with_trashed(authors) */ DELETE FROM notes \
         WHERE EXISTS (SELECT 1 FROM authors WHERE authors.id = notes.author_id AND authors.is_deleted = true)",
        &expect![[""]],
    );
    check_sql(
        "DELETE FROM tags WHERE id IN (SELECT tag_id FROM \"notes\" \"n\" WHERE \"n\".\"deleted_at\" < now())",
        &expect![[r#"
            raw-sql-trash note: write `/* soft_delete: with_trashed(notes) */` in front of the statement
        "#]],
    );
    check_sql(
        "DELETE FROM n USING notes n JOIN authors a ON a.id = n.author_id WHERE a.is_deleted = true",
        &expect![[r#"
            raw-sql-trash author: write `/* soft_delete: force_delete(notes) */ /* soft_delete: with_trashed(authors) */` in front of the statement
        "#]],
    );
    check_sql(
        "DELETE FROM notes a USING notes b WHERE b.id = a.parent AND b.deleted_at IS NOT NULL",
        &expect![[r#"
            raw-sql-trash note: write `/* soft_delete: force_delete(notes) */` in front of the statement
        "#]],
    );
    // A connection shows the live notes only, as it does in any statement.
    check_sql(
        "SELECT * FROM notes n JOIN authors a ON true WHERE a.is_deleted = true \
         /* soft_delete: with_trashed(authors) */",
        &expect![[r#"
            raw-sql note: run it on a scoped connection, or keep the condition on the marker in the text
        "#]],
    );
}

#[test]
fn sql_of_one_table_asks_for_one_comment() {
    check_sql(
        "DELETE FROM notes WHERE deleted_at < now()",
        &expect![[r#"
            raw-sql-trash note: write `/* soft_delete: force_delete(notes) */` in front of the statement
        "#]],
    );
    check_sql(
        "UPDATE notes SET deleted_at = NULL",
        &expect![[r#"
            raw-sql-trash note: write `/* soft_delete: with_trashed(notes) */` in front of the statement
        "#]],
    );
    check_sql(
        "SELECT * FROM authors WHERE authors.is_deleted = true",
        &expect![[r#"
            raw-sql-trash author: write `/* soft_delete: with_trashed(authors) */` in front of the statement
        "#]],
    );
    check_sql(
        "SELECT * FROM {table} WHERE is_deleted = true",
        &expect![[r#"
            raw-sql-trash unknown entity: the comment `/* soft_delete: with_trashed(note) */` in the text lets it reach trashed rows; in a DELETE, `/* soft_delete: force_delete(note) */` lets it remove them. A DELETE that joins the trash needs both: each for its table
        "#]],
    );
    check_sql(
        "SELECT * FROM notes WHERE notes.deleted_at IS NULL",
        &expect![[""]],
    );
    check_sql(
        "DELETE FROM notes WHERE id = 1",
        &expect![[r#"
        raw-sql note: run it on a scoped connection, or keep the condition on the marker in the text
    "#]],
    );
}

#[test]
fn the_report_prints_the_comments_below_the_text_that_needs_them() {
    let app =
        "//- src/app.rs\nfn run() { db.execute(\"DELETE FROM notes WHERE deleted_at < now()\"); }";
    let text = report::text(&inspection(&format!("{ENTITIES}{app}"), &[]));
    let (_, danger) = text.split_once("src/app.rs").unwrap();
    let remedy = danger.lines().nth(1).unwrap();
    expect!["    remedy: write `/* soft_delete: force_delete(notes) */` in front of the statement"]
        .assert_eq(remedy);
}
