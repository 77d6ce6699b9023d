//! Blocks within blocks.

use expect_test::expect;

use super::*;

#[test]
fn subqueries_are_scoped_in_every_place() {
    check_all(
        "SELECT (SELECT count(*) FROM post) FROM book",
        expect![[
            r#"SELECT (SELECT count(*) FROM post WHERE post."deleted_at" IS NULL) FROM book"#
        ]],
    );
    check_all(
        "SELECT * FROM book WHERE id IN (SELECT book_id FROM post WHERE a = 1 OR b = 2)",
        expect![[
            r#"SELECT * FROM book WHERE id IN (SELECT book_id FROM post WHERE (a = 1 OR b = 2) AND post."deleted_at" IS NULL)"#
        ]],
    );
    check_all(
        "SELECT * FROM author a WHERE NOT EXISTS (SELECT 1 FROM post p WHERE p.author_id = a.id)",
        expect![[
            r#"SELECT * FROM author a WHERE (NOT EXISTS (SELECT 1 FROM post p WHERE (p.author_id = a.id) AND p."deleted_at" IS NULL)) AND a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM (SELECT * FROM post) AS p",
        expect![[r#"SELECT * FROM (SELECT * FROM post WHERE post."deleted_at" IS NULL) AS p"#]],
    );
    check_all(
        "SELECT * FROM ((SELECT id FROM post) UNION (SELECT id FROM author)) AS x",
        expect![[
            r#"SELECT * FROM ((SELECT id FROM post WHERE post."deleted_at" IS NULL) UNION (SELECT id FROM author WHERE author."deleted_at" IS NULL)) AS x"#
        ]],
    );
    check_all(
        "SELECT a FROM book GROUP BY a HAVING a > (SELECT max(id) FROM post) ORDER BY (SELECT 1 FROM author LIMIT 1)",
        expect![[
            r#"SELECT a FROM book GROUP BY a HAVING a > (SELECT max(id) FROM post WHERE post."deleted_at" IS NULL) ORDER BY (SELECT 1 FROM author WHERE author."deleted_at" IS NULL LIMIT 1)"#
        ]],
    );
    check_all(
        "SELECT CASE WHEN a IN (SELECT id FROM post) THEN 1 ELSE (SELECT 2 FROM author) END FROM book",
        expect![[
            r#"SELECT CASE WHEN a IN (SELECT id FROM post WHERE post."deleted_at" IS NULL) THEN 1 ELSE (SELECT 2 FROM author WHERE author."deleted_at" IS NULL) END FROM book"#
        ]],
    );
    check_all(
        "SELECT * FROM book b JOIN book c ON c.id = (SELECT max(id) FROM post)",
        expect![[
            r#"SELECT * FROM book b JOIN book c ON c.id = (SELECT max(id) FROM post WHERE post."deleted_at" IS NULL)"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM author a, LATERAL (SELECT * FROM post p WHERE p.author_id = a.id LIMIT 1) x",
        expect![[
            r#"SELECT * FROM author a, LATERAL (SELECT * FROM post p WHERE (p.author_id = a.id) AND p."deleted_at" IS NULL LIMIT 1) x WHERE a."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT ARRAY(SELECT id FROM post), sum(a) FILTER (WHERE b IN (SELECT id FROM author)) OVER (ORDER BY c) FROM book",
        expect![[
            r#"SELECT ARRAY(SELECT id FROM post WHERE post."deleted_at" IS NULL), sum(a) FILTER (WHERE b IN (SELECT id FROM author WHERE author."deleted_at" IS NULL)) OVER (ORDER BY c) FROM book"#
        ]],
    );
}

#[test]
fn each_arm_of_a_set_operator_is_scoped() {
    check_all(
        "SELECT id FROM post UNION SELECT id FROM author WHERE a OR b EXCEPT SELECT id FROM book ORDER BY 1",
        expect![[
            r#"SELECT id FROM post WHERE post."deleted_at" IS NULL UNION SELECT id FROM author WHERE (a OR b) AND author."deleted_at" IS NULL EXCEPT SELECT id FROM book ORDER BY 1"#
        ]],
    );
    check_all(
        "(SELECT id FROM post) UNION ALL (SELECT id FROM author ORDER BY id LIMIT 1) ORDER BY 1",
        expect![[
            r#"(SELECT id FROM post WHERE post."deleted_at" IS NULL) UNION ALL (SELECT id FROM author WHERE author."deleted_at" IS NULL ORDER BY id LIMIT 1) ORDER BY 1"#
        ]],
    );
}

#[test]
fn common_table_expressions_are_scoped_and_hide_tables() {
    check_all(
        "WITH p AS (SELECT * FROM post) SELECT * FROM p JOIN author ON true",
        expect![[
            r#"WITH p AS (SELECT * FROM post WHERE post."deleted_at" IS NULL) SELECT * FROM p JOIN author ON true WHERE author."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "WITH post AS (SELECT * FROM author) SELECT * FROM post",
        expect![[
            r#"WITH post AS (SELECT * FROM author WHERE author."deleted_at" IS NULL) SELECT * FROM post"#
        ]],
    );
    check_all(
        "WITH post (id) AS (SELECT 1) SELECT * FROM post JOIN author ON true WHERE EXISTS (SELECT * FROM post)",
        expect![[
            r#"WITH post (id) AS (SELECT 1) SELECT * FROM post JOIN author ON true WHERE (EXISTS (SELECT * FROM post)) AND author."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "WITH post AS (SELECT * FROM post) SELECT * FROM post",
        expect![[
            r#"WITH post AS (SELECT * FROM post WHERE post."deleted_at" IS NULL) SELECT * FROM post"#
        ]],
    );
    check(
        MySql,
        "WITH post AS (SELECT * FROM post) SELECT * FROM post",
        expect![[
            "WITH post AS (SELECT * FROM post WHERE post.`deleted_at` IS NULL) SELECT * FROM post"
        ]],
    );
    check_all(
        "WITH RECURSIVE t AS (SELECT id FROM post WHERE id = 1 UNION ALL SELECT p.id FROM post p JOIN t ON p.parent_id = t.id) SELECT * FROM t",
        expect![[
            r#"WITH RECURSIVE t AS (SELECT id FROM post WHERE (id = 1) AND post."deleted_at" IS NULL UNION ALL SELECT p.id FROM post p JOIN t ON p.parent_id = t.id WHERE p."deleted_at" IS NULL) SELECT * FROM t"#
        ]],
    );
    check_all(
        "WITH RECURSIVE post AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM post WHERE id < 3) SELECT * FROM post",
        expect![["(untouched)"]],
    );
    check_all(
        "SELECT * FROM (WITH post AS (SELECT 1) SELECT * FROM post) x, post",
        expect![[
            r#"SELECT * FROM (WITH post AS (SELECT 1) SELECT * FROM post) x, post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "WITH post AS (SELECT 1) SELECT * FROM blog.post",
        expect![[
            r#"WITH post AS (SELECT 1) SELECT * FROM blog.post WHERE blog.post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "WITH gone AS (DELETE FROM post WHERE id = $1 RETURNING *), kept AS MATERIALIZED (UPDATE author SET name = $2 RETURNING id) SELECT * FROM gone, kept",
        expect![[
            r#"WITH gone AS (UPDATE post SET "deleted_at" = $3, "operation_id" = $4 WHERE (id = $1) AND post."deleted_at" IS NULL RETURNING (jsonb_populate_record(post.*, jsonb_build_object('deleted_at', NULL, 'operation_id', NULL))).*), kept AS MATERIALIZED (UPDATE author SET name = $2 WHERE author."deleted_at" IS NULL RETURNING id) SELECT * FROM gone, kept"#
        ]],
    );
    check(
        Postgres,
        "WITH RECURSIVE t AS (SELECT 1) SEARCH DEPTH FIRST BY a, b SET o CYCLE a SET c USING d SELECT * FROM t, post",
        expect![[
            r#"WITH RECURSIVE t AS (SELECT 1) SEARCH DEPTH FIRST BY a, b SET o CYCLE a SET c USING d SELECT * FROM t, post WHERE post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn explain_shows_the_scoped_plan() {
    check(
        Postgres,
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM post",
        expect![[
            r#"EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "EXPLAIN QUERY PLAN DELETE FROM author",
        expect![[
            r#"EXPLAIN QUERY PLAN UPDATE author SET "deleted_at" = ? WHERE author."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        "EXPLAIN FORMAT=JSON SELECT * FROM post",
        expect![["EXPLAIN FORMAT=JSON SELECT * FROM post WHERE post.`deleted_at` IS NULL"]],
    );
    check(
        MySql,
        "DESCRIBE SELECT * FROM post",
        expect![["DESCRIBE SELECT * FROM post WHERE post.`deleted_at` IS NULL"]],
    );
    check(
        MySql,
        "ANALYZE FORMAT=JSON SELECT * FROM post",
        expect![["ANALYZE FORMAT=JSON SELECT * FROM post WHERE post.`deleted_at` IS NULL"]],
    );
    check(MySql, "DESCRIBE post", expect![["(untouched)"]]);
    check(Postgres, "ANALYZE post", expect![["(untouched)"]]);
}

#[test]
fn each_of_several_statements_is_scoped() {
    check_all(
        "SELECT * FROM post; SELECT * FROM book; UPDATE author SET a = 1;",
        expect![[
            r#"SELECT * FROM post WHERE post."deleted_at" IS NULL; SELECT * FROM book; UPDATE author SET a = 1 WHERE author."deleted_at" IS NULL;"#
        ]],
    );
    check(
        Postgres,
        "BEGIN; DELETE FROM author WHERE id = 1; COMMIT",
        expect![[
            r#"BEGIN; UPDATE author SET "deleted_at" = $1 WHERE (id = 1) AND author."deleted_at" IS NULL; COMMIT"#
        ]],
    );
}

#[test]
fn create_table_as_copies_live_rows() {
    check_all(
        "CREATE TABLE copy AS SELECT * FROM post",
        expect![[r#"CREATE TABLE copy AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check(
        Postgres,
        "CREATE TEMP TABLE IF NOT EXISTS x.copy AS (SELECT * FROM post) WITH NO DATA",
        expect![[
            r#"CREATE TEMP TABLE IF NOT EXISTS x.copy AS (SELECT * FROM post WHERE post."deleted_at" IS NULL) WITH NO DATA"#
        ]],
    );
    check(
        MySql,
        "CREATE TABLE copy (id INT) SELECT * FROM post",
        expect![["CREATE TABLE copy (id INT) SELECT * FROM post WHERE post.`deleted_at` IS NULL"]],
    );
    check(
        Postgres,
        "SELECT * INTO copy FROM post",
        expect![[r#"SELECT * INTO copy FROM post WHERE post."deleted_at" IS NULL"#]],
    );
}

#[test]
fn a_statement_after_its_set_statement_clause_is_scoped() {
    check(
        MySql,
        "SET STATEMENT max_statement_time=1 FOR SET STATEMENT lock_wait_timeout=2 FOR DELETE FROM author",
        expect![
            "SET STATEMENT max_statement_time=1 FOR SET STATEMENT lock_wait_timeout=2 FOR UPDATE author SET `deleted_at` = ? WHERE author.`deleted_at` IS NULL"
        ],
    );
    check(
        MySql,
        "SET STATEMENT max_statement_time=1 FOR SET STATEMENT sql_mode='ANSI_QUOTES' FOR SELECT 1",
        expect![
            "(refused) any table: a change of sql_mode, which changes how text is read,; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
}

#[test]
fn a_cursor_reads_live_rows() {
    check(
        Postgres,
        "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM post",
        expect![[
            r#"DECLARE c CURSOR WITH HOLD FOR SELECT * FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "DECLARE post CURSOR FOR SELECT * FROM book; FETCH 1 FROM post; CLOSE post",
        expect![["(untouched)"]],
    );
}

#[test]
fn schema_and_transaction_statements_stay_unchanged() {
    check_all("CREATE TABLE post (id INT)", expect![["(untouched)"]]);
    check_all("CREATE INDEX i ON post (a)", expect![["(untouched)"]]);
    check_all("DROP TABLE post", expect![["(untouched)"]]);
    check_all(
        "ALTER TABLE post ADD COLUMN x INT",
        expect![["(untouched)"]],
    );
    check_all("BEGIN", expect![["(untouched)"]]);
    check_all("SAVEPOINT post", expect![["(untouched)"]]);
    check(
        Postgres,
        "CREATE VIEW v AS SELECT * FROM post",
        expect![[r#"CREATE VIEW v AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check(
        Sqlite,
        "CREATE TRIGGER t AFTER INSERT ON post BEGIN UPDATE author SET n = CASE WHEN 1 THEN 2 END; DELETE FROM post; END",
        expect![["(untouched)"]],
    );
    check(
        Sqlite,
        "CREATE TRIGGER t AFTER INSERT ON post BEGIN DELETE FROM post; END; DELETE FROM author",
        expect![[
            r#"CREATE TRIGGER t AFTER INSERT ON post BEGIN DELETE FROM post; END; UPDATE author SET "deleted_at" = ? WHERE author."deleted_at" IS NULL"#
        ]],
    );
    check(Sqlite, "PRAGMA table_info(post)", expect![["(untouched)"]]);
    check(MySql, "SHOW COLUMNS FROM post", expect![["(untouched)"]]);
    check(MySql, "LOCK TABLES post WRITE", expect![["(untouched)"]]);
    check(
        MySql,
        "SET @n = (SELECT count(*) FROM post)",
        expect![["SET @n = (SELECT count(*) FROM post WHERE post.`deleted_at` IS NULL)"]],
    );
}

#[test]
fn keywords_of_another_dialect_end_no_clause() {
    check(
        Postgres,
        "SELECT * FROM book lock, post p",
        expect![[r#"SELECT * FROM book lock, post p WHERE p."deleted_at" IS NULL"#]],
    );
    check(
        Postgres,
        "SELECT * FROM book procedure JOIN post p ON true",
        expect![[
            r#"SELECT * FROM book procedure JOIN post p ON true WHERE p."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM (values JOIN post p ON true)",
        expect![[r#"SELECT * FROM (values JOIN post p ON true) WHERE p."deleted_at" IS NULL"#]],
    );
    check(
        Postgres,
        "SELECT * FROM book b JOIN author a JOIN c ON conflict ON true JOIN post p ON true",
        expect![[
            r#"SELECT * FROM book b JOIN author a JOIN c ON conflict ON true JOIN post p ON true WHERE a."deleted_at" IS NULL AND p."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "WITH RECURSIVE x AS (SELECT 1) CYCLE n SET replace USING path DELETE FROM post",
        expect![[
            r#"WITH RECURSIVE x AS (SELECT 1) CYCLE n SET replace USING path UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "WITH RECURSIVE x AS (SELECT 1) SEARCH DEPTH FIRST BY n, values SET insert DELETE FROM post",
        expect![[
            r#"WITH RECURSIVE x AS (SELECT 1) SEARCH DEPTH FIRST BY n, values SET insert UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "CREATE TABLE event AS SELECT 1 AS begin; DELETE FROM post; SELECT 1 AS end",
        expect![[
            r#"CREATE TABLE event AS SELECT 1 AS begin; UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE post."deleted_at" IS NULL; SELECT 1 AS end"#
        ]],
    );
    check(
        MySql,
        "SELECT @a. FROM post",
        expect!["SELECT @a. FROM post WHERE post.`deleted_at` IS NULL"],
    );
    check(
        MySql,
        "SELECT \\NFROM post",
        expect![[r#"SELECT \NFROM post WHERE post.`deleted_at` IS NULL"#]],
    );
    check(
        MySql,
        "INSERT INTO post (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2 RETURNING a",
        expect![
            "(refused) post: ON DUPLICATE KEY UPDATE with RETURNING; read the row in a statement behind"
        ],
    );
    // The driver strips the space, and the name is `post`.
    check(
        Sqlite,
        "SELECT * FROM post\u{2003}",
        expect![[r#"SELECT * FROM post WHERE post."deleted_at" IS NULL  "#]],
    );
    check(
        Sqlite,
        "SELECT 1 IN post",
        expect![[r#"SELECT 1 IN (SELECT * FROM post WHERE post."deleted_at" IS NULL)"#]],
    );
}
