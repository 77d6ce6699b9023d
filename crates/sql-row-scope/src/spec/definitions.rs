//! Statements whose query the database keeps: views, policies, and other objects that show rows in the same
//! way.

use expect_test::expect;

use super::*;

#[test]
fn a_view_shows_live_rows() {
    check_all(
        "CREATE VIEW v AS SELECT * FROM post",
        expect![[r#"CREATE VIEW v AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check_all(
        "CREATE VIEW v (a, b) AS SELECT id, title FROM post WHERE id IN (SELECT a FROM author) OR b",
        expect![[
            r#"CREATE VIEW v (a, b) AS SELECT id, title FROM post WHERE (id IN (SELECT a FROM author WHERE author."deleted_at" IS NULL) OR b) AND post."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "CREATE VIEW v AS WITH x AS (SELECT * FROM post) SELECT * FROM x UNION SELECT * FROM author ORDER BY 1",
        expect![[
            r#"CREATE VIEW v AS WITH x AS (SELECT * FROM post WHERE post."deleted_at" IS NULL) SELECT * FROM x UNION SELECT * FROM author WHERE author."deleted_at" IS NULL ORDER BY 1"#
        ]],
    );
    check(
        MySql,
        "CREATE OR REPLACE ALGORITHM = MERGE DEFINER = 'a'@'%' SQL SECURITY INVOKER VIEW `v` AS SELECT * FROM post WITH CASCADED CHECK OPTION",
        expect![
            "CREATE OR REPLACE ALGORITHM = MERGE DEFINER = 'a'@'%' SQL SECURITY INVOKER VIEW `v` AS SELECT * FROM post WHERE post.`deleted_at` IS NULL WITH CASCADED CHECK OPTION"
        ],
    );
    check(
        MySql,
        "ALTER DEFINER = root@localhost VIEW v AS SELECT * FROM post WHERE a OR b WITH CHECK OPTION",
        expect![
            "ALTER DEFINER = root@localhost VIEW v AS SELECT * FROM post WHERE (a OR b) AND post.`deleted_at` IS NULL WITH CHECK OPTION"
        ],
    );
    check(
        Postgres,
        "CREATE OR REPLACE TEMP RECURSIVE VIEW v (n) WITH (security_barrier) AS SELECT id FROM post UNION ALL SELECT n FROM v WITH LOCAL CHECK OPTION",
        expect![[
            r#"CREATE OR REPLACE TEMP RECURSIVE VIEW v (n) WITH (security_barrier) AS SELECT id FROM post WHERE post."deleted_at" IS NULL UNION ALL SELECT n FROM v WITH LOCAL CHECK OPTION"#
        ]],
    );
    check(
        Postgres,
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v WITH (fillfactor = 70) AS SELECT * FROM post WITH NO DATA",
        expect![[
            r#"CREATE MATERIALIZED VIEW IF NOT EXISTS v WITH (fillfactor = 70) AS SELECT * FROM post WHERE post."deleted_at" IS NULL WITH NO DATA"#
        ]],
    );
    check(
        Postgres,
        "EXPLAIN CREATE MATERIALIZED VIEW v AS SELECT * FROM post",
        expect![[
            r#"EXPLAIN CREATE MATERIALIZED VIEW v AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "ALTER VIEW post RENAME TO v",
        expect![["(untouched)"]],
    );
    check(Postgres, "DROP VIEW post", expect![["(untouched)"]]);
    check(
        Sqlite,
        "CREATE TEMP VIEW 'post' AS SELECT 1",
        expect![["(untouched)"]],
    );
}

#[test]
fn a_mark_in_a_view_shows_the_trash_too() {
    check_all(
        "CREATE VIEW v AS SELECT /* soft_delete: with_trashed(post) */ * FROM post, author",
        expect![[
            r#"CREATE VIEW v AS SELECT * FROM post, author WHERE author."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "/* soft_delete: with_trashed */ CREATE VIEW v AS SELECT * FROM post, author",
        expect!["CREATE VIEW v AS SELECT * FROM post, author"],
    );
}

#[test]
fn values_in_a_definition_become_literals() {
    for sql in [
        "CREATE VIEW v AS SELECT * FROM sentinel",
        "CREATE MATERIALIZED VIEW v AS SELECT * FROM sentinel",
        "CREATE POLICY p ON book USING (EXISTS (SELECT 1 FROM sentinel))",
    ] {
        assert!(plan(Postgres, sql).unwrap().is_definition, "{sql}");
    }
    let copy = "CREATE TABLE t AS SELECT * FROM sentinel";
    assert!(!plan(Postgres, copy).unwrap().is_definition);
}

#[test]
fn a_policy_sees_live_rows() {
    check(
        Postgres,
        "CREATE POLICY p ON book FOR SELECT TO me USING (id IN (SELECT book_id FROM post)) WITH CHECK (EXISTS (SELECT 1 FROM author WHERE a OR b))",
        expect![[
            r#"CREATE POLICY p ON book FOR SELECT TO me USING (id IN (SELECT book_id FROM post WHERE post."deleted_at" IS NULL)) WITH CHECK (EXISTS (SELECT 1 FROM author WHERE (a OR b) AND author."deleted_at" IS NULL))"#
        ]],
    );
    check(
        Postgres,
        "ALTER POLICY p ON book USING ((SELECT true FROM post))",
        expect![[
            r#"ALTER POLICY p ON book USING ((SELECT true FROM post WHERE post."deleted_at" IS NULL))"#
        ]],
    );
    check(
        Postgres,
        "CREATE POLICY p ON post FOR DELETE USING (true)",
        expect![["(untouched)"]],
    );
}

#[test]
fn a_definition_that_shows_rows_without_a_query_is_refused() {
    check(
        MySql,
        "CREATE TABLE m (id INT) ENGINE = MERGE UNION = (book, post)",
        expect![
            "(refused) post: a table that is a UNION of others; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        MySql,
        "ALTER TABLE m UNION (post)",
        expect![
            "(refused) post: a table that is a UNION of others; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Sqlite,
        "CREATE VIRTUAL TABLE f USING fts5(title, content='post')",
        expect![
            "(refused) post: a virtual table over it; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "CREATE RULE \"_RETURN\" AS ON SELECT TO book DO INSTEAD SELECT * FROM post",
        expect![
            "(refused) post: a rule ON SELECT; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "CREATE SCHEMA s CREATE VIEW v AS SELECT * FROM post CREATE TABLE t (id int)",
        expect![
            "(refused) post: CREATE SCHEMA with a view in it; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        MySql,
        "CREATE OR REPLACE JSON RELATIONAL DUALITY VIEW v AS SELECT JSON_DUALITY_OBJECT('_id': id) FROM post",
        expect![
            "(refused) post: a JSON duality view; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        MySql,
        "CREATE EXTERNAL TABLE t AS SELECT * FROM post",
        expect![
            "(refused) post: a CREATE of an unknown form, with a query in it,; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "CREATE VIEW v AS TABLE post",
        expect!["(refused) post: the command TABLE; write `SELECT * FROM`"],
    );
    check(
        Postgres,
        "CREATE SCHEMA s CREATE TABLE post (id int)",
        expect![["(untouched)"]],
    );
    check(
        Postgres,
        "CREATE TABLE t (LIKE post INCLUDING ALL)",
        expect![["(untouched)"]],
    );
}

#[test]
fn system_tables_are_never_soft_deletable() {
    let table = |name: &str, schema: Option<&str>| Table {
        schema: schema.map(str::to_owned),
        name: name.to_owned(),
        columns: Vec::new(),
        removable: None,
        scopes: vec![(
            LIVE,
            Rule::Live(Trash {
                marker: "deleted_at".to_owned(),
                live: Live::Null,
                stamps: Vec::new(),
            }),
        )],
    };
    let rewritten = |dialect, sql: &str| {
        let tables = vec![
            table("tables", None),
            table("user", None),
            table("pg_class", None),
        ];
        let catalog = Catalog::new(dialect, tables);
        let options = Options {
            dialect,
            catalog: &catalog,
            lifted: &Lifted::NOTHING,
            explicit_marker_wins: false,
        };
        match rewrite(sql, &options).unwrap() {
            Rewritten::Untouched => None,
            Rewritten::Scoped(plan) => Some(plan.sql),
        }
    };
    for (dialect, sql) in [
        (Postgres, "SELECT * FROM information_schema.tables"),
        (Postgres, "SELECT * FROM INFORMATION_SCHEMA.\"tables\" t"),
        (Postgres, "SELECT * FROM book.pg_catalog.pg_class"),
        (MySql, "SELECT * FROM Information_Schema.TABLES"),
        (MySql, "SELECT user FROM mysql.user"),
        (MySql, "SELECT * FROM `sys`.`tables`"),
    ] {
        assert_eq!(rewritten(dialect, sql), None, "{sql}");
    }
    for (dialect, sql) in [
        (Postgres, "SELECT * FROM tables"),
        (Postgres, "SELECT * FROM \"INFORMATION_SCHEMA\".tables"),
        (Postgres, "SELECT * FROM pg_temp.tables"),
        (MySql, "SELECT * FROM tables"),
        (Sqlite, "SELECT * FROM temp.tables"),
        (Sqlite, "SELECT * FROM information_schema.tables"),
    ] {
        assert!(rewritten(dialect, sql).is_some(), "{sql}");
    }
}
