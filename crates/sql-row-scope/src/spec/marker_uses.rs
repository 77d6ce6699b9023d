//! Where a statement names the marker of a table itself.

use expect_test::expect;

use super::*;
use crate::{MarkerUse, MarkerUseKind, inspect};

/// Checks the uses of markers in the statement. `!` marks a use that contradicts the scope.
#[track_caller]
fn check_uses(sql: &str, expected: Expect) {
    let outcomes = [Sqlite, Postgres, MySql].map(|dialect| {
        let text = match dialect {
            MySql => sql.replace('"', "`"),
            Postgres => numbered(sql),
            Sqlite => sql.to_owned(),
        };
        let catalog = catalog(dialect);
        let options = Options {
            dialect,
            catalog: &catalog,
            lifted: &Lifted::NOTHING,
            explicit_marker_wins: false,
        };
        let inspection = inspect(&text, &options).unwrap();
        let contradictions = match inspection.rewritten {
            Rewritten::Untouched => Vec::new(),
            Rewritten::Scoped(plan) => plan.contradictions,
        };
        let line = |found: &MarkerUse| {
            let mark = if contradictions.contains(found) {
                "! "
            } else {
                ""
            };
            let table = &catalog.table(found.table).name;
            let kind = match found.kind {
                MarkerUseKind::Compared { operator, value } => {
                    format!("{operator:?} value {value}")
                }
                MarkerUseKind::SetTo { value } => format!("SetTo value {value}"),
                kind => format!("{kind:?}"),
            };
            // PostgreSQL numbers its placeholders.
            let text = found
                .text
                .replace('`', "\"")
                .replace("$1", "?")
                .replace("$2", "?");
            format!("{mark}{table}: {kind}: {text}")
        };
        let lines = inspection.marker_uses.iter().map(line);
        lines.collect::<Vec<_>>().join("\n")
    });
    assert_eq!(outcomes[0], outcomes[1], "SQLite and PostgreSQL");
    assert_eq!(outcomes[0], outcomes[2], "SQLite and MySQL");
    expected.assert_eq(&outcomes[0]);
}

/// The text with PostgreSQL's placeholders.
fn numbered(sql: &str) -> String {
    let mut parts = sql.split('?').enumerate();
    let first = parts.next().map(|(_, text)| text.to_owned());
    parts.fold(first.unwrap_or_default(), |text, (number, part)| {
        format!("{text}${number}{part}")
    })
}

#[test]
fn a_condition_for_live_rows_contradicts_nothing() {
    check_uses(
        "SELECT * FROM post WHERE deleted_at IS NULL",
        expect!["post: LiveRows: deleted_at IS NULL"],
    );
    check_uses(
        r#"SELECT * FROM post p JOIN author ON "author"."deleted_at" IS NULL WHERE (a = 1 AND (p.deleted_at IS NULL))"#,
        expect![[r#"
            post: LiveRows: p.deleted_at IS NULL
            author: LiveRows: "author"."deleted_at" IS NULL"#]],
    );
    check_uses(
        "SELECT * FROM post WHERE NOT (deleted_at IS NOT NULL)",
        expect!["post: LiveRows: NOT (deleted_at IS NOT NULL)"],
    );
    check_uses(
        "SELECT * FROM flag WHERE NOT deleted AND id = 1",
        expect!["flag: LiveRows: NOT deleted"],
    );
    check_uses(
        "SELECT * FROM flag WHERE deleted = FALSE OR 1",
        expect!["flag: Other: deleted = FALSE OR 1"],
    );
    check_uses(
        "SELECT * FROM flag WHERE deleted = FALSE AND deleted IS NOT TRUE AND deleted = 0",
        expect![[r#"
        flag: LiveRows: deleted = FALSE
        flag: LiveRows: deleted IS NOT TRUE
        flag: LiveRows: deleted = 0"#]],
    );
    check_uses(
        r#"SELECT * FROM epoch WHERE ("epoch"."deleted" IS NULL OR "epoch"."deleted" = 0) AND deleted < 1"#,
        expect![[r#"
            epoch: LiveRows: "epoch"."deleted" IS NULL OR "epoch"."deleted" = 0
            epoch: LiveRows: deleted < 1"#]],
    );
}

#[test]
fn a_condition_that_no_live_row_satisfies_contradicts_the_scope() {
    check_uses(
        "SELECT * FROM post WHERE deleted_at IS NOT NULL",
        expect!["! post: TrashedRows: deleted_at IS NOT NULL"],
    );
    check_uses(
        r#"SELECT * FROM post WHERE "post"."deleted_at" IS NULL AND "post"."deleted_at" IS NOT NULL"#,
        expect![[r#"
            post: LiveRows: "post"."deleted_at" IS NULL
            ! post: TrashedRows: "post"."deleted_at" IS NOT NULL"#]],
    );
    check_uses(
        "SELECT * FROM post WHERE (id = 1) AND (NOT deleted_at IS NULL)",
        expect!["! post: TrashedRows: NOT deleted_at IS NULL"],
    );
    check_uses(
        "DELETE FROM post WHERE deleted_at < '2020-01-01'",
        expect!["! post: TrashedRows: deleted_at < '2020-01-01'"],
    );
    check_uses(
        "SELECT * FROM post WHERE '2020-01-01' > post.deleted_at LIMIT 1",
        expect!["! post: TrashedRows: '2020-01-01' > post.deleted_at"],
    );
    check_uses(
        "SELECT * FROM post WHERE deleted_at BETWEEN 1 AND 2 AND a = 3",
        expect!["! post: TrashedRows: deleted_at BETWEEN 1 AND 2"],
    );
    check_uses(
        "SELECT * FROM post WHERE deleted_at NOT IN (1, 2)",
        expect!["! post: TrashedRows: deleted_at NOT IN (1, 2)"],
    );
    check_uses(
        "SELECT * FROM post WHERE deleted_at < now() - b",
        expect!["! post: TrashedRows: deleted_at < now() - b"],
    );
    check_uses(
        "SELECT * FROM flag WHERE deleted",
        expect!["! flag: TrashedRows: deleted"],
    );
    check_uses(
        "SELECT * FROM flag WHERE deleted = 1 OR FALSE",
        expect!["flag: Other: deleted = 1 OR FALSE"],
    );
    check_uses(
        "SELECT * FROM flag WHERE flag.deleted = TRUE AND flag.deleted <> 0",
        expect![[r#"
        ! flag: TrashedRows: flag.deleted = TRUE
        ! flag: TrashedRows: flag.deleted <> 0"#]],
    );
    check_uses(
        "SELECT * FROM epoch WHERE deleted > 0 AND deleted <> 7",
        expect![[r#"
        ! epoch: TrashedRows: deleted > 0
        epoch: Other: deleted <> 7"#]],
    );
    check_uses(
        "SELECT * FROM author LEFT JOIN post ON post.author_id = author.id AND post.deleted_at IS NOT NULL",
        expect!["! post: TrashedRows: post.deleted_at IS NOT NULL"],
    );
    check_uses(
        "SELECT * FROM author WHERE id IN (SELECT author_id FROM post WHERE deleted_at IS NOT NULL)",
        expect!["! post: TrashedRows: deleted_at IS NOT NULL"],
    );
}

#[test]
fn a_bound_value_decides_later() {
    check_uses(
        "SELECT * FROM flag WHERE a = ? AND deleted = ?",
        expect!["! flag: Equal value 1: deleted = ?"],
    );
    check_uses(
        "SELECT * FROM sentinel WHERE ? <> deleted",
        expect!["! sentinel: NotEqual value 0: ? <> deleted"],
    );
    check_uses(
        "SELECT * FROM post WHERE deleted_at < ?",
        expect!["! post: TrashedRows: deleted_at < ?"],
    );
    check_uses(
        "UPDATE flag SET a = ?, deleted = ? WHERE id = ?",
        expect!["! flag: SetTo value 1: deleted = ?"],
    );
}

#[test]
fn an_update_that_writes_the_marker_is_a_use() {
    check_uses(
        "UPDATE post SET deleted_at = NULL, a = 1 WHERE id = 7",
        expect!["! post: SetLive: deleted_at = NULL"],
    );
    check_uses(
        "UPDATE post SET a = 1, deleted_at = now() WHERE deleted_at IS NULL",
        expect![[r#"
        post: Set: deleted_at = now()
        post: LiveRows: deleted_at IS NULL"#]],
    );
    check_uses(
        "UPDATE flag SET deleted = FALSE WHERE id = 7",
        expect!["! flag: SetLive: deleted = FALSE"],
    );
    check_uses(
        "UPDATE post SET a = COALESCE(deleted_at, 1)",
        expect!["post: Other: deleted_at"],
    );
}

#[test]
fn other_mentions_are_uses_and_no_contradictions() {
    check_uses(
        "SELECT * FROM post WHERE deleted_at IS NULL OR deleted_at > '2020-01-01'",
        expect!["post: Other: deleted_at IS NULL OR deleted_at > '2020-01-01'"],
    );
    check_uses(
        "SELECT * FROM post ORDER BY deleted_at DESC",
        expect!["post: Other: deleted_at"],
    );
    check_uses(
        "SELECT id, CASE WHEN deleted_at IS NULL THEN 1 ELSE 2 END FROM post",
        expect!["post: Other: deleted_at"],
    );
    check_uses(
        "SELECT COUNT(deleted_at) FROM post",
        expect!["post: Other: deleted_at"],
    );
    check_uses(
        "SELECT x.id FROM (SELECT * FROM post) x WHERE x.deleted_at IS NOT NULL",
        expect!["post: Other: x.deleted_at IS NOT NULL"],
    );
    check_uses(
        "SELECT * FROM post p WHERE EXISTS (SELECT 1 FROM comment c WHERE c.post_id = p.id AND p.deleted_at IS NOT NULL)",
        expect!["post: Other: p.deleted_at IS NOT NULL"],
    );
    check_uses(
        "SELECT * FROM post, author WHERE deleted_at IS NOT NULL",
        expect!["post: Other: deleted_at IS NOT NULL"],
    );
    check_uses(
        "SELECT * FROM post WHERE deleted_at = a IS NULL",
        expect!["post: Other: deleted_at = a IS NULL"],
    );
    check_uses(
        "SELECT * FROM sentinel WHERE deleted > '2020-01-01'",
        expect!["sentinel: Other: deleted > '2020-01-01'"],
    );
}

#[test]
fn a_column_in_a_list_is_no_use() {
    check_uses(
        r#"SELECT "post"."id", "post"."deleted_at", deleted_at AS d, p.deleted_at FROM post"#,
        expect![[""]],
    );
    check_uses(
        "INSERT INTO post (id, deleted_at) VALUES (1, NULL)",
        expect![[""]],
    );
    check_uses("SELECT id AS deleted_at FROM post", expect![[""]]);
    check_uses("SELECT deleted_at(1) FROM post", expect![[""]]);
    check_uses(
        "SELECT deleted_at FROM book WHERE deleted_at IS NOT NULL",
        expect![[""]],
    );
}

#[test]
fn an_upsert_that_revives_contradicts_the_scope() {
    let uses = |dialect, sql: &str| match run(dialect, sql, &Lifted::NOTHING, false).unwrap() {
        Rewritten::Untouched => Vec::new(),
        Rewritten::Scoped(plan) => plan.contradictions,
    };
    let upsert =
        "INSERT INTO post (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET deleted_at = NULL";
    for dialect in [Sqlite, Postgres] {
        let found = uses(dialect, upsert);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].kind, MarkerUseKind::SetLive);
    }
    let all = "INSERT INTO post (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET deleted_at = excluded.deleted_at";
    assert!(uses(Postgres, all).is_empty());
}

#[test]
fn an_explicit_condition_makes_the_condition_of_a_verb_yield() {
    let run = |sql: &str| match run(Postgres, sql, &Lifted::NOTHING, true) {
        Ok(Rewritten::Scoped(plan)) => plan.sql,
        other => format!("{other:?}"),
    };
    expect![[r#"SELECT * FROM post WHERE ("post"."deleted_at" IS NULL OR TRUE) AND "post"."deleted_at" IS NOT NULL"#]].assert_eq(&run(
        r#"SELECT * FROM post WHERE "post"."deleted_at" IS NULL AND "post"."deleted_at" IS NOT NULL"#,
    ));
    expect![[r#"SELECT * FROM post WHERE ("post"."deleted_at" IS NULL OR TRUE) AND ("post"."deleted_at" IS NULL OR "post"."deleted_at" > $1)"#]].assert_eq(&run(
        r#"SELECT * FROM post WHERE "post"."deleted_at" IS NULL AND ("post"."deleted_at" IS NULL OR "post"."deleted_at" > $1)"#,
    ));
    expect![[r#"SELECT * FROM sentinel WHERE ("sentinel"."deleted" = $1 OR TRUE) AND "sentinel"."deleted" <> $2"#]].assert_eq(&run(
        r#"SELECT * FROM sentinel WHERE "sentinel"."deleted" = $1 AND "sentinel"."deleted" <> $2"#,
    ));
    // Beside no other use it stays.
    expect![[r#"SELECT * FROM post WHERE ("post"."deleted_at" IS NULL AND "post"."deleted_at" IS NULL) AND post."deleted_at" IS NULL"#]].assert_eq(&run(
        r#"SELECT * FROM post WHERE "post"."deleted_at" IS NULL AND "post"."deleted_at" IS NULL"#,
    ));
}

#[test]
fn the_condition_of_a_write_of_the_marker_never_yields_to_the_write() {
    let run = |sql: &str| match run(Postgres, sql, &Lifted::NOTHING, true) {
        Ok(Rewritten::Scoped(plan)) => plan.sql,
        Ok(Rewritten::Untouched) => "(untouched)".to_owned(),
        other => format!("{other:?}"),
    };
    // A soft delete by hand, or by a verb of SeaORM's `update_many`.
    expect![[r#"UPDATE post SET "deleted_at" = $1 WHERE ("post"."id" = $2 AND "post"."deleted_at" IS NULL) AND post."deleted_at" IS NULL"#]].assert_eq(&run(
        r#"UPDATE post SET "deleted_at" = $1 WHERE "post"."id" = $2 AND "post"."deleted_at" IS NULL"#,
    ));
    expect![[r#"UPDATE post SET deleted_at = now() WHERE (id = $1 AND deleted_at IS NULL) AND post."deleted_at" IS NULL"#]].assert_eq(&run(
        "UPDATE post SET deleted_at = now() WHERE id = $1 AND deleted_at IS NULL",
    ));
    expect![[r#"UPDATE flag SET deleted = $1 WHERE (deleted = FALSE AND id = $2) AND flag."deleted" = FALSE"#]].assert_eq(&run(
        "UPDATE flag SET deleted = $1 WHERE deleted = FALSE AND id = $2",
    ));
    expect!["UPDATE sentinel SET deleted = $1 WHERE deleted = $2 AND id = $3"].assert_eq(&run(
        "UPDATE sentinel SET deleted = $1 WHERE deleted = $2 AND id = $3",
    ));
    // The delete verb, also with a condition of the application that no live row satisfies.
    expect![[r#"UPDATE "post" SET "deleted_at" = $1 WHERE "post"."deleted_at" IS NULL AND (TRUE) AND "post"."deleted_at" IS NOT NULL"#]].assert_eq(&run(
        r#"UPDATE "post" SET "deleted_at" = $1 WHERE "post"."deleted_at" IS NULL AND (/* soft_delete: delete(post) */ TRUE) AND "post"."deleted_at" IS NOT NULL"#,
    ));
    // A restore.
    expect![[r#"UPDATE "post" SET "deleted_at" = $1 WHERE (TRUE) AND "post"."deleted_at" IS NOT NULL AND "post"."deleted_at" IS NULL"#]].assert_eq(&run(
        r#"UPDATE "post" SET "deleted_at" = $1 WHERE (/* soft_delete: with_trashed(post) */ TRUE) AND "post"."deleted_at" IS NOT NULL AND "post"."deleted_at" IS NULL"#,
    ));
    // Without a condition, it reaches what it reached before.
    expect!["UPDATE post SET deleted_at = NULL WHERE id = $1"]
        .assert_eq(&run("UPDATE post SET deleted_at = NULL WHERE id = $1"));
}

#[test]
fn a_condition_that_means_something_beside_the_live_rows_makes_nothing_yield() {
    let run = |sql: &str| match run(Postgres, sql, &Lifted::NOTHING, true) {
        Ok(Rewritten::Scoped(plan)) => plan.sql,
        Ok(Rewritten::Untouched) => "(untouched)".to_owned(),
        other => format!("{other:?}"),
    };
    for condition in [
        "COALESCE(deleted_at, a) > b",
        "(x OR deleted_at > a)",
        "((deleted_at IS NULL AND x) OR y)",
        "((deleted_at IS NULL OR x) AND y OR z)",
        "(NOT (deleted_at IS NULL) OR y)",
    ] {
        let sql = format!("SELECT * FROM post WHERE deleted_at IS NULL AND {condition}");
        assert!(!run(&sql).contains("OR TRUE"), "{}", run(&sql));
    }
    for condition in [
        "(x OR deleted_at IS NULL)",
        "((deleted_at IS NULL) OR deleted_at > a)",
        "(x OR ((deleted_at IS NULL)) OR y)",
        "NOT deleted_at IS NULL",
    ] {
        let sql = format!("SELECT * FROM post WHERE deleted_at IS NULL AND {condition}");
        assert!(
            run(&sql).contains("(deleted_at IS NULL OR TRUE)"),
            "{}",
            run(&sql)
        );
    }
}

#[test]
fn a_delete_of_trashed_rows_alone_is_physical_where_the_marker_wins() {
    let run = |sql: &str| match run(Postgres, sql, &Lifted::NOTHING, true) {
        Ok(Rewritten::Scoped(plan)) => plan.sql,
        other => format!("{other:?}"),
    };
    expect!["DELETE FROM post WHERE deleted_at < '2020-01-01'"]
        .assert_eq(&run("DELETE FROM post WHERE deleted_at < '2020-01-01'"));
    expect!["DELETE FROM ledger WHERE (a = 1 AND deleted_at IS NOT NULL) AND (ledger.held) = 0"]
        .assert_eq(&run(
            "DELETE FROM ledger WHERE a = 1 AND deleted_at IS NOT NULL",
        ));
    // These may be about live rows.
    expect![[r#"UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE (deleted_at < '2020-01-01' OR a = 1) AND post."deleted_at" IS NULL"#]].assert_eq(&run(
        "DELETE FROM post WHERE deleted_at < '2020-01-01' OR a = 1",
    ));
    expect![[r#"UPDATE flag SET "deleted" = $2 WHERE (deleted = $1) AND flag."deleted" = FALSE"#]]
        .assert_eq(&run("DELETE FROM flag WHERE deleted = $1"));
    expect![[r#"UPDATE post SET "deleted_at" = $1, "operation_id" = $2 FROM author WHERE (author.deleted_at IS NOT NULL) AND post."deleted_at" IS NULL"#]].assert_eq(&run(
        "DELETE FROM post USING author WHERE author.deleted_at IS NOT NULL",
    ));
}

#[test]
fn a_block_that_names_the_marker_anywhere_sees_all_rows_where_the_marker_wins() {
    for sql in [
        "SELECT * FROM post ORDER BY deleted_at IS NULL",
        "SELECT deleted_at IS NOT NULL AS trashed FROM post",
        "SELECT COUNT(deleted_at) FROM post",
        "SELECT a FROM book LEFT JOIN post ON post.id = book.id WHERE post.deleted_at IS NULL",
    ] {
        let Ok(Rewritten::Scoped(plan)) = run(Postgres, sql, &Lifted::NOTHING, true) else {
            panic!("{sql}")
        };
        assert_eq!(plan.sql, sql);
        assert!(plan.names_marker && plan.is_lifted);
    }
    // A condition for live rows, a column in a list, and a column of a derived table do not.
    for sql in [
        "SELECT COALESCE(deleted_at, a) FROM post WHERE deleted_at IS NULL",
        "SELECT a FROM book LEFT JOIN post ON post.id = book.id AND post.deleted_at IS NULL",
        "SELECT id, deleted_at FROM post",
        "SELECT x.id FROM (SELECT * FROM post) x WHERE x.deleted_at IS NOT NULL",
    ] {
        let Ok(Rewritten::Scoped(plan)) = run(Postgres, sql, &Lifted::NOTHING, true) else {
            panic!("{sql}")
        };
        assert!(!plan.names_marker && !plan.is_lifted, "{}", plan.sql);
    }
}

#[test]
fn the_columns_that_an_update_assigns_are_told_for_each_table() {
    let assigned = |dialect, sql: &str| {
        let catalog = catalog(dialect);
        let options = Options {
            dialect,
            catalog: &catalog,
            lifted: &Lifted::NOTHING,
            explicit_marker_wins: false,
        };
        let inspection = inspect(sql, &options).unwrap();
        let named = inspection.named.iter().map(|named| {
            let name = &catalog.table(named.table).name;
            format!("{name}({})", named.assigned.join(" "))
        });
        named.collect::<Vec<_>>().join(" ")
    };
    for dialect in [Sqlite, Postgres, MySql] {
        for (sql, expected) in [
            (
                "UPDATE post SET a = 1, B = lower(c) WHERE id = 1",
                "post(a b)",
            ),
            (
                "UPDATE post SET a = (SELECT max(id) FROM author) WHERE id = 1",
                "post(a) author()",
            ),
            (
                "UPDATE book SET a = 1 WHERE id IN (SELECT id FROM post)",
                "post()",
            ),
            ("SELECT a FROM post", "post()"),
        ] {
            assert_eq!(assigned(dialect, sql), expected, "{dialect:?}: {sql}");
        }
    }
    for dialect in [Sqlite, Postgres] {
        let from = "UPDATE post AS p SET (a, b) = (1, 2), c = 3 FROM author WHERE author.id = p.id";
        assert_eq!(assigned(dialect, from), "post(a b c) author()");
    }
    let join = "UPDATE post p JOIN author ON author.id = p.id SET p.a = 1, author.b = 2, deleted_at = NULL";
    assert_eq!(
        assigned(MySql, join),
        "post(a deleted_at) author(b deleted_at)"
    );
}
