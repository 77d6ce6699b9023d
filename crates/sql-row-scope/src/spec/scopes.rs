//! Scopes beside that of the live rows: a column that has the value of the connection, and conditions.

use std::fmt::Write;

use expect_test::expect;

use super::super::{Bound, Check, Written};
use super::*;

const TENANT: ScopeId = 1;
const PUBLISHED: ScopeId = 2;
const REGION: ScopeId = 3;

/// `note` has a trash, a tenant and a condition. `line` has a tenant, `page` a condition, and `city` a tenant and a
/// region, which is an enum.
fn scoped(dialect: Dialect) -> Catalog {
    let column = |name: &str, cast: (&str, &str)| {
        Rule::Value(Column {
            name: name.to_owned(),
            cast: (cast.0.to_owned(), cast.1.to_owned()),
        })
    };
    let tenant = || (TENANT, column("tenant_id", ("", "")));
    let published = || {
        let published = ["(", "\"state\" = 'published')"];
        let published = published.map(|part| match dialect {
            MySql => part.replace('"', "`"),
            _ => part.to_owned(),
        });
        (PUBLISHED, Rule::Condition(published.to_vec()))
    };
    let live = || {
        let stamp = Column {
            name: "deleted_at".to_owned(),
            cast: Default::default(),
        };
        let trash = Trash {
            marker: "deleted_at".to_owned(),
            live: Live::Null,
            stamps: vec![stamp],
        };
        (LIVE, Rule::Live(trash))
    };
    let table = |name: &str, scopes: Vec<(ScopeId, Rule)>| Table {
        schema: None,
        name: name.to_owned(),
        scopes,
        columns: Vec::new(),
        removable: None,
    };
    let region = (REGION, column("region", ("CAST(", " AS region)")));
    let tables = vec![
        table("note", vec![live(), tenant(), published()]),
        table("line", vec![tenant()]),
        table("page", vec![published()]),
        table("city", vec![tenant(), region]),
    ];
    let names = [
        ("tenant", TENANT),
        ("published", PUBLISHED),
        ("region", REGION),
    ];
    let names = names.map(|(name, scope)| (name.to_owned(), scope));
    Catalog::new(dialect, tables).with_names(names)
}

fn outcome(dialect: Dialect, sql: &str, lifted: &Lifted) -> String {
    let catalog = scoped(dialect);
    let options = Options {
        dialect,
        catalog: &catalog,
        lifted,
        explicit_marker_wins: false,
    };
    let plan = match rewrite(sql, &options) {
        Ok(Rewritten::Untouched) => return "(untouched)".to_owned(),
        Err(refusal) => {
            return format!(
                "(refused) {}: {}; {}",
                refusal.table, refusal.construct, refusal.remedy
            );
        }
        Ok(Rewritten::Scoped(plan)) => plan,
    };
    let mut outcome = plan.sql.clone();
    for bind in &plan.binds {
        match bind.value {
            Bound::Scope(_, scope) => write!(outcome, "\n{}:{scope}", bind.behind).unwrap(),
            other => write!(outcome, "\n{}:{other:?}", bind.behind).unwrap(),
        }
    }
    for check in &plan.checks {
        let Check {
            scope,
            table,
            column,
            written,
            is_inserted,
        } = check;
        let written = match written {
            Written::Own(position) => format!("value {position}"),
            Written::Number(number) => number.clone(),
            Written::Text(text) => format!("'{text}'"),
        };
        let table = ["note", "line", "page", "city"][*table];
        let verb = if *is_inserted { "inserted" } else { "assigned" };
        write!(outcome, "\n{table}.{column}: {written} {verb}, of {scope}").unwrap();
    }
    outcome
}

/// Checks the text, the bound scopes as `(own values before it):(scope)`, and the checks.
#[track_caller]
fn check(dialect: Dialect, sql: &str, expected: Expect) {
    expected.assert_eq(&outcome(dialect, sql, &Lifted::NOTHING));
}

#[test]
fn every_scope_of_a_table_is_a_condition() {
    check(
        Postgres,
        "SELECT * FROM note WHERE a = $1 OR b",
        expect![[r#"
            SELECT * FROM note WHERE (a = $1 OR b) AND note."deleted_at" IS NULL AND note."tenant_id" = $2 AND (note."state" = 'published')
            1:1"#]],
    );
    check(
        Sqlite,
        "SELECT ? FROM note n WHERE a = ? OR b LIMIT ?",
        expect![[r#"
            SELECT ? FROM note n WHERE (a = ? OR b) AND n."deleted_at" IS NULL AND n."tenant_id" = ? AND (n."state" = 'published') LIMIT ?
            2:1"#]],
    );
    check(
        MySql,
        "SELECT * FROM book LEFT JOIN note n ON n.id = book.id AND a = ? WHERE x = ?",
        expect![[r#"
            SELECT * FROM book LEFT JOIN note n ON (n.id = book.id AND a = ?) AND n.`deleted_at` IS NULL AND n.`tenant_id` = ? AND (n.`state` = 'published') WHERE x = ?
            1:1"#]],
    );
    check(
        Postgres,
        "SELECT * FROM book LEFT JOIN note USING (id)",
        expect![[r#"
            SELECT * FROM book LEFT JOIN (note JOIN (SELECT) AS soft_delete_6 ON note."deleted_at" IS NULL AND note."tenant_id" = $1 AND (note."state" = 'published')) USING (id)
            0:1"#]],
    );
    check(
        MySql,
        "SELECT * FROM book LEFT JOIN note USING (id)",
        expect![[r#"
            SELECT * FROM book LEFT JOIN (SELECT * FROM note WHERE note.`deleted_at` IS NULL AND note.`tenant_id` = ? AND (note.`state` = 'published')) AS note USING (id)
            0:1"#]],
    );
    check(
        Sqlite,
        "SELECT 1 WHERE 3 IN note",
        expect![[r#"
        SELECT 1 WHERE 3 IN (SELECT * FROM note WHERE note."deleted_at" IS NULL AND note."tenant_id" = ? AND (note."state" = 'published'))
        0:1"#]],
    );
    check(
        Postgres,
        "SELECT * FROM line UNION SELECT * FROM page WHERE id IN (SELECT page FROM line)",
        expect![[r#"
            SELECT * FROM line WHERE line."tenant_id" = $1 UNION SELECT * FROM page WHERE (id IN (SELECT page FROM line WHERE line."tenant_id" = $2)) AND (page."state" = 'published')
            0:1
            0:1"#]],
    );
    check(
        Postgres,
        "SELECT * FROM city",
        expect![[r#"
        SELECT * FROM city WHERE city."tenant_id" = $1 AND city."region" = CAST($2 AS region)
        0:1
        0:3"#]],
    );
    check(Postgres, "SELECT * FROM book", expect!["(untouched)"]);
}

#[test]
fn a_condition_that_the_statement_already_has() {
    check(
        Postgres,
        r#"SELECT * FROM page WHERE (page."state" = 'published')"#,
        expect!["(untouched)"],
    );
    check(
        Postgres,
        r#"SELECT * FROM line WHERE line."tenant_id" = $1"#,
        expect![[r#"
            SELECT * FROM line WHERE (line."tenant_id" = $1) AND line."tenant_id" = $2
            1:1"#]],
    );
}

#[test]
fn updates_and_deletes_keep_to_the_scope() {
    check(
        Postgres,
        "UPDATE note SET a = $1 WHERE id = $2",
        expect![[r#"
            UPDATE note SET a = $1 WHERE (id = $2) AND note."deleted_at" IS NULL AND note."tenant_id" = $3 AND (note."state" = 'published')
            2:1"#]],
    );
    check(
        Sqlite,
        "DELETE FROM note WHERE id = ?",
        expect![[r#"
        UPDATE note SET "deleted_at" = ? WHERE (id = ?) AND note."deleted_at" IS NULL AND note."tenant_id" = ? AND (note."state" = 'published')
        0:Stamp(0, 0)
        1:1"#]],
    );
    check(
        Sqlite,
        "DELETE FROM line WHERE id = ?",
        expect![[r#"
        DELETE FROM line WHERE (id = ?) AND line."tenant_id" = ?
        1:1"#]],
    );
    check(
        Postgres,
        "DELETE FROM line USING note WHERE line.id = note.id",
        expect![[r#"
            DELETE FROM line USING note WHERE (line.id = note.id) AND line."tenant_id" = $1 AND note."deleted_at" IS NULL AND note."tenant_id" = $2 AND (note."state" = 'published')
            0:1
            0:1"#]],
    );
    check(
        MySql,
        "DELETE l FROM line l JOIN note ON l.id = note.id",
        expect![[r#"
            DELETE l FROM line l JOIN note ON l.id = note.id WHERE l.`tenant_id` = ? AND note.`deleted_at` IS NULL AND note.`tenant_id` = ? AND (note.`state` = 'published')
            0:1
            0:1"#]],
    );
    check(
        MySql,
        "DELETE l, note FROM line l JOIN note ON l.id = note.id",
        expect![
            "(refused) note: a DELETE from soft-deletable and other tables at once; write a statement for each of the tables"
        ],
    );
    check(
        Postgres,
        "/* soft_delete: force_delete(note) */ DELETE FROM note WHERE id = 1",
        expect![[r#"
            DELETE FROM note WHERE (id = 1) AND note."tenant_id" = $1 AND (note."state" = 'published')
            0:1"#]],
    );
    check(
        Postgres,
        "DELETE FROM page",
        expect![[r#"DELETE FROM page WHERE (page."state" = 'published')"#]],
    );
}

#[test]
fn an_update_cannot_move_a_row_to_another_scope() {
    check(
        Postgres,
        "UPDATE line SET a = 1, tenant_id = $1 WHERE id = $2",
        expect![[r#"
            UPDATE line SET a = 1, tenant_id = $1 WHERE (id = $2) AND line."tenant_id" = $3
            2:1
            line.tenant_id: value 0 assigned, of 1"#]],
    );
    check(
        Sqlite,
        r#"UPDATE line SET "Tenant_ID" = 7"#,
        expect![[r#"
        UPDATE line SET "Tenant_ID" = 7 WHERE line."tenant_id" = ?
        0:1
        line.tenant_id: 7 assigned, of 1"#]],
    );
    check(
        Postgres,
        "UPDATE line SET tenant_id = 'a''b'",
        expect![[r#"
            UPDATE line SET tenant_id = 'a''b' WHERE line."tenant_id" = $1
            0:1
            line.tenant_id: 'a'b' assigned, of 1"#]],
    );
    check(
        Postgres,
        "UPDATE line SET tenant_id = tenant_id, a = 2",
        expect![[r#"
            UPDATE line SET tenant_id = tenant_id, a = 2 WHERE line."tenant_id" = $1
            0:1"#]],
    );
    check(
        Postgres,
        "UPDATE line SET tenant_id = line.tenant_id",
        expect![[r#"
            UPDATE line SET tenant_id = line.tenant_id WHERE line."tenant_id" = $1
            0:1"#]],
    );
    check(
        MySql,
        "UPDATE line l JOIN book b ON b.id = l.id SET b.tenant_id = 8, l.tenant_id = ?",
        expect![[r#"
            UPDATE line l JOIN book b ON b.id = l.id SET b.tenant_id = 8, l.tenant_id = ? WHERE l.`tenant_id` = ?
            1:1
            line.tenant_id: value 0 assigned, of 1"#]],
    );
    check(
        Postgres,
        "UPDATE book SET tenant_id = 8 FROM line WHERE line.id = book.id",
        expect![[r#"
            UPDATE book SET tenant_id = 8 FROM line WHERE (line.id = book.id) AND line."tenant_id" = $1
            0:1"#]],
    );
    for refused in [
        "UPDATE line SET tenant_id = tenant_id + 1",
        "UPDATE line SET tenant_id = b.tenant_id FROM book b",
        "UPDATE line SET tenant_id = excluded.tenant_id FROM book AS excluded",
        "UPDATE line SET tenant_id = VALUES(tenant_id)",
        "UPDATE line SET tenant_id = (SELECT 8)",
        "UPDATE line SET tenant_id = NULL",
        "UPDATE line SET tenant_id = DEFAULT",
        "UPDATE line SET tenant_id = $1::text",
        "UPDATE line SET tenant_id = E'7'",
        "UPDATE line SET (a, tenant_id) = ($1, $2)",
        "UPDATE line SET tenant_id[1] = 8",
        "UPDATE city SET region = CAST($1 AS text)",
    ] {
        let outcome = outcome(Postgres, refused, &Lifted::NOTHING);
        assert!(outcome.starts_with("(refused) "), "{refused}: {outcome}");
    }
    for refused in [
        "UPDATE line SET tenant_id := 8",
        "UPDATE line SET tenant_id = @a",
        "UPDATE line SET tenant_id = \"8\"",
        "UPDATE line SET tenant_id = '8\\0'",
        "UPDATE line SET tenant_id = '8' '9'",
        "UPDATE line SET tenant_id = 0x8 + 1",
        "UPDATE line, book AS excluded SET line.tenant_id = excluded.tenant_id",
        "INSERT INTO line SET a = 1, tenant_id = tenant_id",
        "INSERT INTO line (a) SELECT a FROM book ON DUPLICATE KEY UPDATE tenant_id = tenant_id",
        "INSERT INTO line (a) SELECT a FROM book AS excluded ON DUPLICATE KEY UPDATE tenant_id = excluded.tenant_id",
        "INSERT INTO line (a) SELECT a FROM book AS line ON DUPLICATE KEY UPDATE tenant_id = line.tenant_id",
        "INSERT INTO line (a) VALUES (1) ON DUPLICATE KEY UPDATE tenant_id = VALUES(tenant_id) + 1",
    ] {
        let outcome = outcome(MySql, refused, &Lifted::NOTHING);
        assert!(outcome.starts_with("(refused) "), "{refused}: {outcome}");
    }
    check(
        Postgres,
        "UPDATE line SET tenant_id = tenant_id + 1",
        expect![
            "(refused) line: an expression as the value of `tenant_id`; bind the value, or leave the column out, so that the connection writes it"
        ],
    );
    check(
        Postgres,
        "UPDATE line SET (a, tenant_id) = ($1, $2)",
        expect![
            "(refused) line: an assignment of several columns at once, where `tenant_id` is required,; assign each column by itself"
        ],
    );
    check(
        Postgres,
        "UPDATE city SET region = CAST($1 AS region)",
        expect![[r#"
            UPDATE city SET region = CAST($1 AS region) WHERE city."tenant_id" = $2 AND city."region" = CAST($3 AS region)
            1:1
            1:3
            city.region: value 0 assigned, of 3"#]],
    );
    // The target is never a derived table.
    check(
        MySql,
        "UPDATE book LEFT JOIN line USING (id) SET tenant_id = tenant_id",
        expect![[r#"
            UPDATE book LEFT JOIN line USING (id) SET tenant_id = tenant_id WHERE line.`tenant_id` = ?
            0:1"#]],
    );
    // A condition may change: the row leaves the scope.
    check(
        Postgres,
        "UPDATE page SET state = 'draft'",
        expect![[r#"UPDATE page SET state = 'draft' WHERE (page."state" = 'published')"#]],
    );
}

#[test]
fn an_insert_gets_the_value_of_the_scope() {
    check(
        Postgres,
        "INSERT INTO line (a, b) VALUES ($1, $2), ($3, f($4)) RETURNING id",
        expect![[r#"
            INSERT INTO line (a, b, "tenant_id") VALUES ($1, $2, $5), ($3, f($4), $6) RETURNING id
            4:1
            4:1"#]],
    );
    check(
        MySql,
        "INSERT INTO line (a, b) VALUES (?, ?), (?, f(?))",
        expect![[r#"
            INSERT INTO line (a, b, `tenant_id`) VALUES (?, ?, ?), (?, f(?), ?)
            2:1
            4:1"#]],
    );
    check(
        Sqlite,
        "INSERT INTO city (a) VALUES (?)",
        expect![[r#"
        INSERT INTO city (a, "tenant_id", "region") VALUES (?, ?, CAST(? AS region))
        1:1
        1:3"#]],
    );
    check(
        Postgres,
        "INSERT INTO line DEFAULT VALUES",
        expect![[r#"
        INSERT INTO line ("tenant_id") VALUES ($1)
        0:1"#]],
    );
    check(
        MySql,
        "INSERT INTO line () VALUES ()",
        expect![[r#"
        INSERT INTO line (`tenant_id`) VALUES (?)
        0:1"#]],
    );
    check(
        MySql,
        "INSERT INTO line SET a = ?, b = 2",
        expect![[r#"
        INSERT INTO line SET `tenant_id` = ?, a = ?, b = 2
        0:1"#]],
    );
    check(
        MySql,
        "INSERT INTO line SET a = ?, tenant_id = 2",
        expect![[r#"
            INSERT INTO line SET a = ?, tenant_id = 2
            line.tenant_id: 2 assigned, of 1"#]],
    );
    check(
        MySql,
        "INSERT INTO line (a) VALUES ROW(1), ROW(2)",
        expect![[r#"
            INSERT INTO line (a, `tenant_id`) VALUES ROW(1, ?), ROW(2, ?)
            0:1
            0:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line AS l (a) OVERRIDING SYSTEM VALUE VALUES (1)",
        expect![[r#"
            INSERT INTO line AS l (a, "tenant_id") OVERRIDING SYSTEM VALUE VALUES (1, $1)
            0:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO page (a) VALUES (1)",
        expect!["(untouched)"],
    );
    check(
        Postgres,
        "INSERT INTO book (tenant_id) VALUES (8)",
        expect!["(untouched)"],
    );
    check(
        Postgres,
        "WITH x AS (INSERT INTO line (a) VALUES ($1) RETURNING id) SELECT * FROM x",
        expect![[r#"
            WITH x AS (INSERT INTO line (a, "tenant_id") VALUES ($1, $2) RETURNING id) SELECT * FROM x
            1:1"#]],
    );
}

#[test]
fn a_value_that_an_insert_writes_itself_is_checked() {
    check(
        Postgres,
        "INSERT INTO line (a, tenant_id) VALUES ($1, $2), (3, 4), (5, '6'), (7, DEFAULT), (8, NULL)",
        expect![[r#"
            INSERT INTO line (a, tenant_id) VALUES ($1, $2), (3, 4), (5, '6'), (7, $3), (8, $4)
            2:1
            2:1
            line.tenant_id: value 1 inserted, of 1
            line.tenant_id: 4 inserted, of 1
            line.tenant_id: '6' inserted, of 1"#]],
    );
    check(
        MySql,
        "INSERT INTO line (a, tenant_id, b) VALUES (?, ?, ?), (?, -4, ?)",
        expect![[r#"
            INSERT INTO line (a, tenant_id, b) VALUES (?, ?, ?), (?, -4, ?)
            line.tenant_id: value 1 inserted, of 1
            line.tenant_id: -4 inserted, of 1"#]],
    );
    check(
        Postgres,
        "INSERT INTO city (region, tenant_id) VALUES (CAST($1 AS region), $2)",
        expect![[r#"
            INSERT INTO city (region, tenant_id) VALUES (CAST($1 AS region), $2)
            city.tenant_id: value 1 inserted, of 1
            city.region: value 0 inserted, of 3"#]],
    );
    for refused in [
        "INSERT INTO line VALUES (1, 2)",
        "INSERT INTO line SELECT * FROM book",
        "INSERT INTO line (SELECT 1, 2)",
        "INSERT INTO line (a, tenant_id) VALUES (1, 2 + 3)",
        "INSERT INTO line (a, tenant_id) VALUES (1, (SELECT 8))",
        "INSERT INTO line (a, tenant_id) VALUES (1, lastval())",
        "INSERT INTO line (a, tenant_id) VALUES (1)",
        "INSERT INTO line (a, tenant_id[1]) VALUES (1, 2)",
        "INSERT INTO line (a) TABLE book",
        "INSERT INTO city (region) VALUES (CAST($1 AS text))",
    ] {
        let outcome = outcome(Postgres, refused, &Lifted::NOTHING);
        assert!(outcome.starts_with("(refused) "), "{refused}: {outcome}");
    }
    check(
        Postgres,
        "INSERT INTO line VALUES (1, 2)",
        expect![
            "(refused) line: an INSERT that names no columns, where `tenant_id` is required,; name the columns that it writes"
        ],
    );
    check(
        Postgres,
        "INSERT INTO line (a, tenant_id) VALUES (1, 2 + 3)",
        expect![
            "(refused) line: an expression as the value of `tenant_id`; bind the value, or leave the column out, so that the connection writes it"
        ],
    );
}

#[test]
fn an_insert_of_a_query_takes_the_value_of_the_scope() {
    check(
        Postgres,
        "INSERT INTO line (a) SELECT a FROM note WHERE b = $1",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") SELECT a, $2 FROM note WHERE (b = $1) AND note."deleted_at" IS NULL AND note."tenant_id" = $3 AND (note."state" = 'published')
            1:1
            1:1"#]],
    );
    check(
        Sqlite,
        "INSERT INTO line (a, b) SELECT DISTINCT a, ? FROM book WHERE c = ? ORDER BY 1 LIMIT ?",
        expect![[r#"
            INSERT INTO line (a, b, "tenant_id") SELECT DISTINCT a, ?, ? FROM book WHERE c = ? ORDER BY 1 LIMIT ?
            1:1"#]],
    );
    check(
        MySql,
        "INSERT INTO line (a) SELECT * FROM book UNION ALL (SELECT 2) UNION SELECT 3 FROM dual",
        expect![[r#"
            INSERT INTO line (a, `tenant_id`) SELECT *, ? FROM book UNION ALL (SELECT 2, ?) UNION SELECT 3, ? FROM dual
            0:1
            0:1
            0:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a) WITH x AS (SELECT 1) SELECT * FROM x",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") WITH x AS (SELECT 1) SELECT *, $1 FROM x
            0:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a) (SELECT 1) UNION ((SELECT 2) EXCEPT SELECT 3) ORDER BY 1",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") (SELECT 1, $1) UNION ((SELECT 2, $2) EXCEPT SELECT 3, $3) ORDER BY 1
            0:1
            0:1
            0:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (tenant_id, a) SELECT DISTINCT ON (a) tenant_id, a FROM note",
        expect![[r#"
            INSERT INTO line (tenant_id, a) SELECT DISTINCT ON (a) $1, a FROM note WHERE note."deleted_at" IS NULL AND note."tenant_id" = $2 AND (note."state" = 'published')
            0:1
            0:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a, tenant_id) SELECT a, 8 FROM book",
        expect![[r#"
            INSERT INTO line (a, tenant_id) SELECT a, 8 FROM book
            line.tenant_id: 8 inserted, of 1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a, tenant_id) SELECT a, $1 FROM book",
        expect![[r#"
            INSERT INTO line (a, tenant_id) SELECT a, $1 FROM book
            line.tenant_id: value 0 inserted, of 1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a) SELECT 1 ON CONFLICT DO NOTHING",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") SELECT 1, $1 ON CONFLICT DO NOTHING
            0:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a) SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM line) RETURNING id",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") SELECT 1, $1 WHERE NOT EXISTS (SELECT 1 FROM line WHERE line."tenant_id" = $2) RETURNING id
            0:1
            0:1"#]],
    );
    let deep = format!(
        "INSERT INTO line (a) {}SELECT 1{}",
        "(".repeat(2_500),
        ")".repeat(2_500)
    );
    for refused in [
        "INSERT INTO line (a, tenant_id) SELECT * FROM book",
        "INSERT INTO line (a, tenant_id) SELECT b.*, 7 FROM book b",
        "INSERT INTO line (a, tenant_id) SELECT a, $1 + 1 FROM book",
        "INSERT INTO line (a, tenant_id) SELECT a, (SELECT 8) FROM book",
        "INSERT INTO line (a, tenant_id) SELECT a FROM book",
        "INSERT INTO line (a, tenant_id) SELECT a, tenant_id FROM book UNION TABLE b",
        "INSERT INTO line (a) VALUES (1) UNION TABLE b",
        "INSERT INTO line (a, tenant_id) VALUES (1, 7) UNION SELECT 1, lastval() + $1",
        "INSERT INTO line (a) SELECT FROM book",
        "WITH x AS (INSERT INTO line (a)) SELECT 1",
        "INSERT INTO line (a)",
        "INSERT INTO line",
        &deep,
    ] {
        let outcome = outcome(Postgres, refused, &Lifted::NOTHING);
        assert!(outcome.starts_with("(refused) "), "{refused}: {outcome}");
    }
}

#[test]
fn an_insert_of_values_and_a_query_takes_the_value_of_the_scope() {
    check(
        Postgres,
        "INSERT INTO line (a) VALUES ($1), (2) EXCEPT SELECT a FROM book UNION ALL (VALUES (3)) ORDER BY 1",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") VALUES ($1, $2), (2, $3) EXCEPT SELECT a, $4 FROM book UNION ALL (VALUES (3, $5)) ORDER BY 1
            1:1
            1:1
            1:1
            1:1"#]],
    );
    check(
        Sqlite,
        "INSERT INTO line (a, tenant_id) VALUES (1, 7) UNION SELECT 2, 8",
        expect![[r#"
            INSERT INTO line (a, tenant_id) VALUES (1, 7) UNION SELECT 2, 8
            line.tenant_id: 7 inserted, of 1
            line.tenant_id: 8 inserted, of 1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a, tenant_id) SELECT a, tenant_id FROM book UNION VALUES (1, 8)",
        expect![[r#"
            INSERT INTO line (a, tenant_id) SELECT a, $1 FROM book UNION VALUES (1, 8)
            0:1
            line.tenant_id: 8 inserted, of 1"#]],
    );
    check(
        MySql,
        "INSERT INTO line (a) VALUES ROW(1) UNION SELECT 2 ON DUPLICATE KEY UPDATE b = 1",
        expect![[r#"
            INSERT INTO line (a, `tenant_id`) VALUES ROW(1, ?) UNION SELECT 2, ? ON DUPLICATE KEY UPDATE b = IF(line.`tenant_id` = ?, 1, line.`b`)
            0:1
            0:1
            0:1"#]],
    );
}

#[test]
fn an_upsert_meets_rows_of_the_scope_alone() {
    check(
        Postgres,
        "INSERT INTO line (a) VALUES ($1) ON CONFLICT (tenant_id, a) DO UPDATE SET b = excluded.b, tenant_id = excluded.tenant_id",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") VALUES ($1, $2) ON CONFLICT (tenant_id, a) DO UPDATE SET b = excluded.b, tenant_id = excluded.tenant_id WHERE line."tenant_id" = $3
            1:1
            1:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO note (a) VALUES ($1) ON CONFLICT (tenant_id, a) DO UPDATE SET b = 1",
        expect![[r#"
            INSERT INTO note (a, "tenant_id") VALUES ($1, $2) ON CONFLICT (tenant_id, a) WHERE "deleted_at" IS NULL DO UPDATE SET b = 1 WHERE note."deleted_at" IS NULL AND note."tenant_id" = $3 AND (note."state" = 'published')
            1:1
            1:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a) VALUES ($1) ON CONFLICT (a) DO NOTHING",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") VALUES ($1, $2) ON CONFLICT (a) DO NOTHING
            1:1"#]],
    );
    check(
        Postgres,
        "INSERT INTO line (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = 1",
        expect![
            "(refused) line: an ON CONFLICT … DO UPDATE without `tenant_id` in its target; put the column into the target, and into a unique key"
        ],
    );
    check(
        Postgres,
        "INSERT INTO line (a) VALUES ($1) ON CONFLICT ON CONSTRAINT c DO UPDATE SET b = 1",
        expect![
            "(refused) line: an ON CONFLICT … DO UPDATE without `tenant_id` in its target; put the column into the target, and into a unique key"
        ],
    );
    check(
        Postgres,
        "INSERT INTO page (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = 1",
        expect![[
            r#"INSERT INTO page (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = 1 WHERE (page."state" = 'published')"#
        ]],
    );
    check(
        Postgres,
        "INSERT INTO line (a) VALUES ($1) ON CONFLICT (tenant_id, a) DO UPDATE SET tenant_id = 8",
        expect![[r#"
            INSERT INTO line (a, "tenant_id") VALUES ($1, $2) ON CONFLICT (tenant_id, a) DO UPDATE SET tenant_id = 8 WHERE line."tenant_id" = $3
            1:1
            1:1
            line.tenant_id: 8 assigned, of 1"#]],
    );
    check(
        MySql,
        "INSERT INTO line (a) VALUES (?) ON DUPLICATE KEY UPDATE b = VALUES(b), tenant_id = VALUES(tenant_id)",
        expect![[r#"
            INSERT INTO line (a, `tenant_id`) VALUES (?, ?) ON DUPLICATE KEY UPDATE b = IF(line.`tenant_id` = ?, VALUES(b), line.`b`), tenant_id = IF(line.`tenant_id` = ?, VALUES(tenant_id), line.`tenant_id`)
            1:1
            1:1
            1:1"#]],
    );
    check(
        MySql,
        "INSERT INTO line (a) VALUES (?) ON DUPLICATE KEY UPDATE tenant_id = ?",
        expect![[r#"
            INSERT INTO line (a, `tenant_id`) VALUES (?, ?) ON DUPLICATE KEY UPDATE tenant_id = IF(line.`tenant_id` = ?, ?, line.`tenant_id`)
            1:1
            1:1
            line.tenant_id: value 1 assigned, of 1"#]],
    );
    check(
        MySql,
        "REPLACE INTO line (a) VALUES (1)",
        expect![
            "(refused) line: REPLACE, which physically removes the rows in its way,; write it with ON CONFLICT or ON DUPLICATE KEY UPDATE, or force-delete those rows before"
        ],
    );
}

#[test]
fn a_comment_lifts_a_condition_and_never_a_required_scope() {
    check(
        Postgres,
        "/* soft_delete: lift(published) */ SELECT * FROM note, page",
        expect![[r#"
            SELECT * FROM note, page WHERE note."deleted_at" IS NULL AND note."tenant_id" = $1
            0:1"#]],
    );
    check(
        Postgres,
        "SELECT * FROM page WHERE id IN (SELECT /* soft_delete: lift(published) */ id FROM note)",
        expect![[r#"
            SELECT * FROM page WHERE (id IN (SELECT id FROM note WHERE note."deleted_at" IS NULL AND note."tenant_id" = $1)) AND (page."state" = 'published')
            0:1"#]],
    );
    check(
        Postgres,
        "/* soft_delete: with_trashed */ SELECT * FROM note",
        expect![[r#"
            SELECT * FROM note WHERE note."tenant_id" = $1 AND (note."state" = 'published')
            0:1"#]],
    );
    check(
        Postgres,
        "/* soft_delete: lift(tenant) */ SELECT * FROM line",
        expect![
            "(refused) line: the comment `/* soft_delete: lift(tenant) */` (only `across` on the connection lifts a required scope); write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "/* soft_delete: lift(tenants) */ SELECT * FROM line",
        expect![
            "(refused) line: the comment `/* soft_delete: lift(tenants) */` (it names no scope of these tables); write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "/* soft_delete: lift */ SELECT * FROM line",
        expect![
            "(refused) line: the comment `/* soft_delete: lift */` (it names no scope to lift); write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "/* soft_delete: with_trashed(line) */ SELECT * FROM line",
        expect![[r#"
            SELECT * FROM line WHERE line."tenant_id" = $1
            0:1"#]],
    );
}

#[test]
fn a_connection_lifts_each_scope_by_itself() {
    let across = Lifted::NOTHING.and(TENANT, None);
    let outcomes = [
        outcome(Postgres, "SELECT * FROM note", &across),
        outcome(Postgres, "INSERT INTO line (a) VALUES (1)", &across),
        outcome(Postgres, "UPDATE line SET tenant_id = 8", &across),
        outcome(Postgres, "SELECT * FROM note", &across.and(PUBLISHED, None)),
        outcome(
            Postgres,
            "SELECT * FROM note",
            &Lifted::NOTHING.and(LIVE, None),
        ),
    ];
    expect![[r#"
        SELECT * FROM note WHERE note."deleted_at" IS NULL AND (note."state" = 'published')
        (untouched)
        (untouched)
        SELECT * FROM note WHERE note."deleted_at" IS NULL
        SELECT * FROM note WHERE note."tenant_id" = $1 AND (note."state" = 'published')
        0:1"#]]
    .assert_eq(&outcomes.join("\n"));
}

#[test]
fn a_kept_statement_cannot_keep_the_value_of_a_scope() {
    check(
        Postgres,
        "CREATE VIEW v AS SELECT * FROM line",
        expect![
            "(refused) line: a view or prepared statement over rows of a required scope; create it on the inner connection with `unscoped()`, and let its own condition read the value"
        ],
    );
    check(
        Postgres,
        "PREPARE p AS SELECT * FROM line",
        expect![
            "(refused) line: a view or prepared statement over rows of a required scope; create it on the inner connection with `unscoped()`, and let its own condition read the value"
        ],
    );
    check(
        Postgres,
        "CREATE TABLE t AS SELECT * FROM line",
        expect![[r#"
            CREATE TABLE t AS SELECT * FROM line WHERE line."tenant_id" = $1
            0:1"#]],
    );
    check(
        Postgres,
        "CREATE VIEW v AS SELECT * FROM page",
        expect![[r#"CREATE VIEW v AS SELECT * FROM page WHERE (page."state" = 'published')"#]],
    );
}

#[test]
fn sqlite_and_mysql_know_other_quotes_of_a_column() {
    check(
        Sqlite,
        "UPDATE line SET 'tenant_id' = ?",
        expect![[r#"
        UPDATE line SET 'tenant_id' = ? WHERE line."tenant_id" = ?
        1:1
        line.tenant_id: value 0 assigned, of 1"#]],
    );
    check(
        Sqlite,
        "INSERT INTO line ('tenant_id', [a]) VALUES (?, 1)",
        expect![[r#"
            INSERT INTO line ('tenant_id', [a]) VALUES (?, 1)
            line.tenant_id: value 0 inserted, of 1"#]],
    );
    check(
        MySql,
        "INSERT INTO line (line.tenant_id) VALUES (8)",
        expect![
            "(refused) line: an INSERT into a part of a column, where `tenant_id` is required,; bind the value, or leave the column out, so that the connection writes it"
        ],
    );
    check(
        MySql,
        "UPDATE line SET `TENANT_ID` = 8",
        expect![[r#"
        UPDATE line SET `TENANT_ID` = 8 WHERE line.`tenant_id` = ?
        0:1
        line.tenant_id: 8 assigned, of 1"#]],
    );
}

#[test]
fn a_routine_cannot_name_a_table_of_a_required_scope() {
    for (dialect, sql) in [
        (
            Sqlite,
            "CREATE TRIGGER made AFTER INSERT ON log BEGIN DELETE FROM line; END",
        ),
        (
            MySql,
            "CREATE PROCEDURE made () BEGIN UPDATE line SET tenant_id = 8; END",
        ),
        (
            MySql,
            "CREATE DEFINER = 'a'@'b' EVENT made ON SCHEDULE EVERY 1 DAY DO DELETE FROM LINE",
        ),
        (
            Postgres,
            "CREATE OR REPLACE FUNCTION made() RETURNS int LANGUAGE sql AS $$ SELECT id FROM line $$",
        ),
        (
            Postgres,
            "CREATE RULE made AS ON INSERT TO log DO ALSO DELETE FROM line",
        ),
        (
            Postgres,
            "SELECT 1; CREATE PROCEDURE made() LANGUAGE sql BEGIN ATOMIC DELETE FROM line; END",
        ),
    ] {
        let refused = outcome(dialect, sql, &Lifted::NOTHING);
        assert!(
            refused.starts_with("(refused) line: a routine or trigger"),
            "{sql}: {refused}"
        );
        let across = outcome(dialect, sql, &Lifted::NOTHING.and(TENANT, None));
        assert!(!across.starts_with("(refused)"), "{sql}: {across}");
    }
    check(
        Sqlite,
        "CREATE TRIGGER made AFTER INSERT ON log BEGIN DELETE FROM page; END",
        expect!["(untouched)"],
    );
    check(
        Postgres,
        "CREATE FUNCTION made() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
        expect!["(untouched)"],
    );
}

#[test]
fn a_value_that_is_written_elsewhere_too_stays_as_it_is() {
    check(
        Postgres,
        "INSERT INTO line (tenant_id, n) VALUES ($1, $1)",
        expect![[r#"
            INSERT INTO line (tenant_id, n) VALUES ($1, $1)
            line.tenant_id: value 0 assigned, of 1"#]],
    );
    check(
        Sqlite,
        "INSERT INTO line (n, tenant_id) VALUES (?1, ?2), (?3, ?2)",
        expect![[r#"
            INSERT INTO line (n, tenant_id) VALUES (?1, ?2), (?3, ?2)
            line.tenant_id: value 1 inserted, of 1
            line.tenant_id: value 1 inserted, of 1"#]],
    );
}
