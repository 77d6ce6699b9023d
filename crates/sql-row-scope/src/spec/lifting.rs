//! Scopes lifted by comments.

use expect_test::expect;

use super::*;

#[test]
fn a_mark_lifts_the_scope_of_its_table_in_its_block() {
    check_all(
        "SELECT * FROM post p JOIN author a ON true WHERE /* soft_delete: with_trashed(post) */ TRUE",
        expect![[
            r#"SELECT * FROM post p JOIN author a ON true WHERE (TRUE) AND a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND id IN (SELECT id FROM post)",
        expect![[
            r#"SELECT * FROM post WHERE (TRUE) AND id IN (SELECT id FROM post WHERE post."deleted_at" IS NULL)"#
        ]],
    );
    check_all(
        "SELECT * FROM (SELECT * FROM post /* soft_delete: with_trashed(post) */) x JOIN post ON true",
        expect![[
            r#"SELECT * FROM (SELECT * FROM post ) x JOIN post ON true WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT id FROM post /* soft_delete: with_trashed(post) */ UNION SELECT id FROM post",
        expect![[
            r#"SELECT id FROM post UNION SELECT id FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post p, author a /* soft_delete: with_trashed(author, post) */",
        expect![["SELECT * FROM post p, author a "]],
    );
    check_all(
        "SELECT * FROM post p, author a /* soft_delete: with_trashed */",
        expect![["SELECT * FROM post p, author a "]],
    );
    check_all(
        "UPDATE post SET a = 1 WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND id = 1",
        expect![["UPDATE post SET a = 1 WHERE (TRUE) AND id = 1"]],
    );
    check_all(
        "SELECT*FROM/* soft_delete: with_trashed(author) */post",
        expect![[r#"SELECT*FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check_all(
        "SELECT * FROM post /* soft_delete: with_trashed(nothing) */",
        expect![[r#"SELECT * FROM post WHERE post."deleted_at" IS NULL "#]],
    );
}

#[test]
fn a_mark_before_the_first_word_lifts_the_scope_of_the_statement() {
    check_all(
        "/* soft_delete: with_trashed(post) */ SELECT * FROM post WHERE id IN (SELECT id FROM post) AND author_id IN (SELECT id FROM author)",
        expect![[
            r#"SELECT * FROM post WHERE id IN (SELECT id FROM post) AND author_id IN (SELECT id FROM author WHERE author."deleted_at" IS NULL)"#
        ]],
    );
}

#[test]
fn a_physical_delete_leaves_rows_that_may_not_be_removed() {
    check_all(
        "DELETE FROM ledger WHERE /* soft_delete: force_delete(ledger) */ id = 1 OR id = 2",
        expect!["DELETE FROM ledger WHERE (id = 1 OR id = 2) AND (ledger.held) = 0"],
    );
    check(
        Sqlite,
        "DELETE FROM ledger AS l /* soft_delete: force_delete */",
        expect!["DELETE FROM ledger AS l WHERE (l.held) = 0 "],
    );
    check(
        MySql,
        "DELETE l, post FROM ledger l JOIN post ON post.id = l.id /* soft_delete: force_delete */",
        expect!["DELETE l, post FROM ledger l JOIN post ON post.id = l.id WHERE (l.held) = 0 "],
    );
    check(
        Postgres,
        "DELETE FROM ledger WHERE id = 1",
        expect![[
            r#"UPDATE ledger SET "deleted_at" = $1 WHERE (id = 1) AND ledger."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_mark_makes_a_delete_physical() {
    check_all(
        "DELETE FROM post WHERE (/* soft_delete: force_delete(post) */ TRUE) AND id = 1",
        expect![["DELETE FROM post WHERE (TRUE) AND id = 1"]],
    );
    check_all(
        "DELETE FROM post WHERE (/* soft_delete: force_delete(post) */ TRUE) AND id IN (SELECT id FROM post)",
        expect![[
            r#"DELETE FROM post WHERE (TRUE) AND id IN (SELECT id FROM post WHERE post."deleted_at" IS NULL)"#
        ]],
    );
    check(
        Postgres,
        "DELETE FROM post WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND id = 1",
        expect![[
            r#"UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE ((TRUE) AND id = 1) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "DELETE FROM post USING author a WHERE a.id = 1 /* soft_delete: force_delete(post) */",
        expect![[
            r#"DELETE FROM post USING author a WHERE (a.id = 1) AND a."deleted_at" IS NULL "#
        ]],
    );
    check(
        Postgres,
        "DELETE FROM post WHERE /* soft_delete: force_delete(author) */ TRUE",
        expect![[
            r#"UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE (TRUE) AND post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_mark_outside_of_a_comment_lifts_nothing() {
    check_all(
        "SELECT * FROM post WHERE a = '/* soft_delete: with_trashed(post) */'",
        expect![[
            r#"SELECT * FROM post WHERE (a = '/* soft_delete: with_trashed(post) */') AND post."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        r#"SELECT * FROM post WHERE "/* soft_delete: with_trashed(post) */" = 1"#,
        expect![[
            r#"SELECT * FROM post WHERE ("/* soft_delete: with_trashed(post) */" = 1) AND post."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post /* with_trashed(post) soft_delete: with_trashed(post) */",
        expect![[
            r#"SELECT * FROM post WHERE post."deleted_at" IS NULL /* with_trashed(post) soft_delete: with_trashed(post) */"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post WHERE a = $$/* soft_delete: with_trashed(post) */$$",
        expect![[
            r#"SELECT * FROM post WHERE (a = $$/* soft_delete: with_trashed(post) */$$) AND post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_mark_with_an_unknown_word_is_refused() {
    check_all(
        "SELECT * FROM post /* soft_delete: withtrashed(post) */",
        expect![
            "(refused) post: the comment `/* soft_delete: withtrashed(post) */` (it asks for none of `with_trashed`, `force_delete` and `lift`)"
        ],
    );
    check_all(
        "SELECT * FROM post /* soft_delete: with_trashed(post */",
        expect![[
            "(refused) post: the comment `/* soft_delete: with_trashed(post */` (its list of tables does not end in `)`)"
        ]],
    );
}

/// The `tracing` events need this: the plan of a statement that reaches trashed rows says so, even if the
/// text does not change.
#[test]
fn a_lifted_statement_differs_from_a_statement_without_a_soft_deletable_table() {
    let everything = Lifted::NOTHING.and(LIVE, None);
    let posts = Lifted::NOTHING.and(LIVE, Some(0));
    for (sql, lifted, explicit, expected) in [
        ("SELECT * FROM post", &Lifted::NOTHING, false, Some(false)),
        ("SELECT * FROM post", &everything, false, Some(true)),
        ("SELECT * FROM post", &posts, false, Some(true)),
        ("SELECT * FROM author", &posts, false, Some(false)),
        ("SELECT * FROM post, author", &posts, false, Some(true)),
        ("SELECT * FROM book", &everything, false, None),
        ("DROP TABLE post", &everything, false, None),
        (
            "SELECT * FROM post WHERE deleted_at > 1",
            &Lifted::NOTHING,
            true,
            Some(true),
        ),
        (
            "SELECT * FROM post /* soft_delete: with_trashed(author) */",
            &Lifted::NOTHING,
            false,
            Some(false),
        ),
        (
            "DELETE FROM post /* soft_delete: force_delete */",
            &Lifted::NOTHING,
            false,
            Some(true),
        ),
    ] {
        let is_lifted = match run(Sqlite, sql, lifted, explicit).unwrap() {
            Rewritten::Untouched => None,
            Rewritten::Scoped(plan) => Some(plan.is_lifted),
        };
        assert_eq!(is_lifted, expected, "{sql}");
    }
}

#[test]
fn a_condition_on_the_marker_replaces_the_scope_in_its_own_query() {
    let run = |sql: &str| match run(Postgres, sql, &Lifted::NOTHING, true) {
        Ok(Rewritten::Scoped(plan)) => plan.sql,
        other => format!("{other:?}"),
    };
    expect!["SELECT * FROM post WHERE deleted_at IS NOT NULL"]
        .assert_eq(&run("SELECT * FROM post WHERE deleted_at IS NOT NULL"));
    expect![[r#"SELECT * FROM post WHERE (id IN (SELECT post_id FROM comment WHERE (deleted_at IS NOT NULL))) AND post."deleted_at" IS NULL"#]].assert_eq(&run(
        "SELECT * FROM post WHERE id IN (SELECT post_id FROM comment WHERE (deleted_at IS NOT NULL))",
    ));
}
