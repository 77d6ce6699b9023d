//! Words that are a column, a label or an alias in one place and a keyword in another place.

use expect_test::expect;

use super::*;

#[test]
fn an_alias_or_a_column_may_have_the_name_of_a_statement() {
    check(
        Postgres,
        "SELECT * FROM post delete JOIN book update USING (id) WHERE true",
        expect![[
            r#"SELECT * FROM post delete JOIN book update USING (id) WHERE (true) AND delete."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM book JOIN post delete USING (id)",
        expect![[
            r#"SELECT * FROM book JOIN post delete USING (id) WHERE delete."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM book insert FULL JOIN book USING (id), post",
        expect![[
            r#"SELECT * FROM book insert FULL JOIN book USING (id), post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM book insert TABLESAMPLE SYSTEM (100), post",
        expect![[
            r#"SELECT * FROM book insert TABLESAMPLE SYSTEM (100), post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT 1 + delete a FROM post",
        expect![[r#"SELECT 1 + delete a FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check(
        Postgres,
        "SELECT OVERLAY(update PLACING 'x' FROM 1) FROM post",
        expect![[
            r#"SELECT OVERLAY(update PLACING 'x' FROM 1) FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_column_may_have_the_name_of_an_operator() {
    check(
        Postgres,
        "UPDATE post SET title = by WHERE id = 1 OR true",
        expect![[
            r#"UPDATE post SET title = by WHERE (id = 1 OR true) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "UPDATE post SET title = set, set = escape WHERE id = 1 OR true",
        expect![[
            r#"UPDATE post SET title = set, set = escape WHERE (id = 1 OR true) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post WHERE a = exists ORDER BY by",
        expect![[
            r#"SELECT * FROM post WHERE (a = exists) AND post."deleted_at" IS NULL ORDER BY by"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post WHERE a BETWEEN between AND between LIMIT 1",
        expect![[
            r#"SELECT * FROM post WHERE (a BETWEEN between AND between) AND post."deleted_at" IS NULL LIMIT 1"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post WHERE a IS DISTINCT FROM by GROUP BY by",
        expect![[
            r#"SELECT * FROM post WHERE (a IS DISTINCT FROM by) AND post."deleted_at" IS NULL GROUP BY by"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post WHERE within GROUP BY a",
        expect![[r#"SELECT * FROM post WHERE (within) AND post."deleted_at" IS NULL GROUP BY a"#]],
    );
    check(
        Postgres,
        "SELECT * FROM book LEFT JOIN post ON a = by WHERE b OR c",
        expect![[
            r#"SELECT * FROM book LEFT JOIN post ON (a = by) AND post."deleted_at" IS NULL WHERE b OR c"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post WHERE percentile_cont(1) WITHIN GROUP (ORDER BY a) > 1 OR b",
        expect![[
            r#"SELECT * FROM post WHERE (percentile_cont(1) WITHIN GROUP (ORDER BY a) > 1 OR b) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "UPDATE post SET title = like WHERE id = 1 OR true",
        expect![[
            r#"UPDATE post SET title = like WHERE (id = 1 OR true) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM post WHERE a NOT LIKE by ORDER BY like",
        expect![[
            r#"SELECT * FROM post WHERE (a NOT LIKE by) AND post."deleted_at" IS NULL ORDER BY like"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM post WHERE match MATCH glob ORDER BY regexp",
        expect![[
            r#"SELECT * FROM post WHERE (match MATCH glob) AND post."deleted_at" IS NULL ORDER BY regexp"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM book LEFT JOIN post ON a = left LEFT JOIN author ON b = by WHERE c OR d",
        expect![[
            r#"SELECT * FROM book LEFT JOIN post ON (a = left) AND post."deleted_at" IS NULL LEFT JOIN author ON (b = by) AND author."deleted_at" IS NULL WHERE c OR d"#
        ]],
    );
    check(
        MySql,
        "SELECT * FROM post WHERE a LIKE b ESCAPE '!' ORDER BY c",
        expect![
            "SELECT * FROM post WHERE (a LIKE b ESCAPE '!') AND post.`deleted_at` IS NULL ORDER BY c"
        ],
    );
    check(
        MySql,
        "UPDATE post SET a = escape WHERE id = 1 OR b = escape ORDER BY c",
        expect![
            "UPDATE post SET a = escape WHERE (id = 1 OR b = escape) AND post.`deleted_at` IS NULL ORDER BY c"
        ],
    );
    check(
        Postgres,
        "DELETE FROM post WHERE a = set RETURNING by",
        expect![[
            r#"UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE (a = set) AND post."deleted_at" IS NULL RETURNING by"#
        ]],
    );
    check(
        Postgres,
        "INSERT INTO post (set) VALUES (1) ON CONFLICT (set) WHERE by DO UPDATE SET set = set WHERE by",
        expect![[
            r#"INSERT INTO post (set) VALUES (1) ON CONFLICT (set) WHERE (by) AND "deleted_at" IS NULL DO UPDATE SET set = set WHERE (by) AND post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn the_next_value_of_a_sequence_is_an_operand() {
    check(
        MySql,
        "UPDATE post SET n = NEXT VALUE FOR sq WHERE id = 1",
        expect![
            "UPDATE post SET n = NEXT VALUE FOR sq WHERE (id = 1) AND post.`deleted_at` IS NULL"
        ],
    );
    check(
        MySql,
        "SELECT * FROM post WHERE a = PREVIOUS VALUE FOR sq OR b FOR UPDATE",
        expect![
            "SELECT * FROM post WHERE (a = PREVIOUS VALUE FOR sq OR b) AND post.`deleted_at` IS NULL FOR UPDATE"
        ],
    );
    check(
        MySql,
        "SELECT * FROM next value, post FOR UPDATE",
        expect!["SELECT * FROM next value, post WHERE post.`deleted_at` IS NULL FOR UPDATE"],
    );
    check(
        MySql,
        "SELECT nth_value(a, 2) FROM FIRST OVER (ORDER BY b) FROM post",
        expect![
            "SELECT nth_value(a, 2) FROM FIRST OVER (ORDER BY b) FROM post WHERE post.`deleted_at` IS NULL"
        ],
    );
}

#[test]
fn in_postgres_any_word_can_be_a_label() {
    check(
        Postgres,
        "SELECT count(*) insert, max(n) delete FROM post",
        expect![[
            r#"SELECT count(*) insert, max(n) delete FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT 1 select, 2 update FROM post",
        expect![[r#"SELECT 1 select, 2 update FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check(
        Postgres,
        "SELECT a and, b like, c table, d replace FROM post",
        expect![[
            r#"SELECT a and, b like, c table, d replace FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT DISTINCT ON (a) b select FROM post UNION SELECT FROM post",
        expect![[
            r#"SELECT DISTINCT ON (a) b select FROM post WHERE post."deleted_at" IS NULL UNION SELECT FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "DELETE FROM post RETURNING id select, a delete",
        expect![[
            r#"UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE post."deleted_at" IS NULL RETURNING id select, a delete"#
        ]],
    );
    check(
        Postgres,
        "SELECT (SELECT FROM post) select, EXISTS (SELECT FROM post)",
        expect![[
            r#"SELECT (SELECT FROM post WHERE post."deleted_at" IS NULL) select, EXISTS (SELECT FROM post WHERE post."deleted_at" IS NULL)"#
        ]],
    );
    check(
        Postgres,
        "INSERT INTO book SELECT FROM post",
        expect![[r#"INSERT INTO book SELECT FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check(
        Sqlite,
        "SELECT a by, b replace FROM post",
        expect![[r#"SELECT a by, b replace FROM post WHERE post."deleted_at" IS NULL"#]],
    );
}

#[test]
fn a_table_or_a_column_of_sqlite_may_be_called_with() {
    check(
        Sqlite,
        "SELECT * FROM post WHERE with = 0 OR with = 1",
        expect![[
            r#"SELECT * FROM post WHERE (0 OR with = 0 OR with = 1) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM post AS with WHERE with.a = 0",
        expect![[
            r#"SELECT * FROM post AS with WHERE (0 OR with.a = 0) AND "with"."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM epoch AS with LEFT JOIN epoch AS b ON with.a = b.a",
        expect![[
            r#"SELECT * FROM epoch AS with LEFT JOIN epoch AS b ON (0 OR with.a = b.a) AND (b."deleted" IS NULL OR b."deleted" = 0) WHERE ("with"."deleted" IS NULL OR "with"."deleted" = 0)"#
        ]],
    );
    check(
        Sqlite,
        "UPDATE post AS with SET a = 1 WHERE with.a = 0",
        expect![[
            r#"UPDATE post AS with SET a = 1 WHERE (0 OR with.a = 0) AND "with"."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_word_of_a_hint_is_an_alias_in_databases_without_the_hint() {
    check(
        Postgres,
        "SELECT * FROM post force, author use JOIN comment partition ON true",
        expect![[
            r#"SELECT * FROM post force, author use JOIN comment partition ON true WHERE force."deleted_at" IS NULL AND use."deleted_at" IS NULL AND partition."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post set JOIN author values ON true",
        expect![[
            r#"SELECT * FROM post set JOIN author values ON true WHERE set."deleted_at" IS NULL AND values."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post partition (a, b)",
        expect![[
            r#"SELECT * FROM (SELECT * FROM post WHERE post."deleted_at" IS NULL) partition (a, b)"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM post for, author partition JOIN comment use",
        expect![[
            r#"SELECT * FROM post for, author partition JOIN comment use WHERE for."deleted_at" IS NULL AND partition."deleted_at" IS NULL AND use."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM book tablesample JOIN (post)",
        expect![[r#"SELECT * FROM book tablesample JOIN (post) WHERE post."deleted_at" IS NULL"#]],
    );
    check(
        MySql,
        "SELECT * FROM book tablesample JOIN (post)",
        expect!["SELECT * FROM book tablesample JOIN (post) WHERE post.`deleted_at` IS NULL"],
    );
    check(
        MySql,
        "SELECT * FROM post tablesample WHERE a OR b",
        expect![
            "SELECT * FROM post tablesample WHERE (a OR b) AND tablesample.`deleted_at` IS NULL"
        ],
    );
    check(
        Postgres,
        "SELECT * FROM post TABLESAMPLE system (1) REPEATABLE (2)",
        expect![[
            r#"SELECT * FROM post TABLESAMPLE system (1) REPEATABLE (2) WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "UPDATE post SET a = 1",
        expect![[r#"UPDATE post SET a = 1 WHERE post."deleted_at" IS NULL"#]],
    );
}

#[test]
fn the_table_in_an_in_clause_holds_live_rows() {
    check(
        Sqlite,
        "SELECT * FROM book WHERE (a, b) IN post OR c NOT IN main.author",
        expect![[
            r#"SELECT * FROM book WHERE (a, b) IN (SELECT * FROM post WHERE post."deleted_at" IS NULL) OR c NOT IN (SELECT * FROM main.author WHERE main.author."deleted_at" IS NULL)"#
        ]],
    );
    check(
        Sqlite,
        "UPDATE post SET a = 1 WHERE (b, c) IN post",
        expect![[
            r#"UPDATE post SET a = 1 WHERE ((b, c) IN (SELECT * FROM post WHERE post."deleted_at" IS NULL)) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "WITH post AS (SELECT 1) SELECT 1 IN post, 2 IN author",
        expect![[
            r#"WITH post AS (SELECT 1) SELECT 1 IN post, 2 IN (SELECT * FROM author WHERE author."deleted_at" IS NULL)"#
        ]],
    );
    check(
        Sqlite,
        "SELECT 1 IN post(2)",
        expect!["(refused) post: IN with a table and arguments; write `IN (SELECT … FROM …)`"],
    );
}

#[test]
fn the_options_of_a_create_before_its_query_are_not_a_query() {
    check(
        Postgres,
        "CREATE MATERIALIZED VIEW mv WITH (fillfactor = 70) AS SELECT * FROM post",
        expect![[
            r#"CREATE MATERIALIZED VIEW mv WITH (fillfactor = 70) AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "CREATE TABLE t (a, b) WITH (fillfactor = 70) AS SELECT * FROM post",
        expect![[
            r#"CREATE TABLE t (a, b) WITH (fillfactor = 70) AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "CREATE TEMP TABLE t ON COMMIT DELETE ROWS AS SELECT * FROM post",
        expect![[
            r#"CREATE TEMP TABLE t ON COMMIT DELETE ROWS AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "CREATE TABLE t AS WITH x AS (SELECT * FROM post) SELECT by FROM x, author WHERE a = by",
        expect![[
            r#"CREATE TABLE t AS WITH x AS (SELECT * FROM post WHERE post."deleted_at" IS NULL) SELECT by FROM x, author WHERE (a = by) AND author."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "CREATE PUBLICATION p FOR TABLE post, author",
        expect!["(untouched)"],
    );
    check(
        MySql,
        "ANALYZE TABLE post UPDATE HISTOGRAM ON c",
        expect!["(untouched)"],
    );
    check(
        MySql,
        "ANALYZE LOCAL TABLE post UPDATE HISTOGRAM ON c",
        expect!["(untouched)"],
    );
    check(
        MySql,
        "ANALYZE SELECT * FROM post",
        expect!["ANALYZE SELECT * FROM post WHERE post.`deleted_at` IS NULL"],
    );
    check(
        MySql,
        "ANALYZE UPDATE post SET a = 1",
        expect!["ANALYZE UPDATE post SET a = 1 WHERE post.`deleted_at` IS NULL"],
    );
    check(
        Postgres,
        "ANALYZE (VERBOSE) post (title)",
        expect!["(untouched)"],
    );
}

#[test]
fn mariadb_and_mysql_read_a_name_before_its_definition_differently() {
    check(
        MySql,
        "WITH RECURSIVE a AS (SELECT * FROM post), post AS (SELECT 1) SELECT * FROM a",
        expect![
            "(refused) post: a name before the WITH RECURSIVE's common table expression of that name, which MariaDB takes for it and MySQL for the table,; give the common table expression another name, or put it first"
        ],
    );
    check(
        MySql,
        "WITH a AS (SELECT * FROM post), post AS (SELECT 1) SELECT * FROM a",
        expect![
            "WITH a AS (SELECT * FROM post WHERE post.`deleted_at` IS NULL), post AS (SELECT 1) SELECT * FROM a"
        ],
    );
    check(
        MySql,
        "WITH RECURSIVE post AS (SELECT 1 UNION SELECT * FROM post), a AS (SELECT * FROM post) SELECT * FROM a",
        expect!["(untouched)"],
    );
    check(
        MySql,
        "WITH RECURSIVE a AS (WITH post AS (SELECT 1) SELECT * FROM post), post AS (SELECT 1) SELECT * FROM a",
        expect!["(untouched)"],
    );
}

#[test]
fn in_sqlite_a_table_in_parentheses_keeps_its_name() {
    check(
        Sqlite,
        "SELECT * FROM tag LEFT JOIN (author) ON author.id = tag.id",
        expect![[
            r#"SELECT * FROM tag LEFT JOIN (author) ON (author.id = tag.id) AND author."deleted_at" IS NULL WHERE tag."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM tag LEFT JOIN ((author)) ON author.id = tag.id",
        expect![[
            r#"SELECT * FROM tag LEFT JOIN ((author)) ON (author.id = tag.id) AND author."deleted_at" IS NULL WHERE tag."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM tag LEFT JOIN (author) AS b ON b.id = tag.id",
        expect![[
            r#"SELECT * FROM tag LEFT JOIN ((SELECT * FROM author WHERE author."deleted_at" IS NULL) AS author) AS b ON b.id = tag.id WHERE tag."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM tag LEFT JOIN (author a) ON author.id = tag.id",
        expect![[
            r#"SELECT * FROM tag LEFT JOIN (author a) ON (author.id = tag.id) AND author."deleted_at" IS NULL WHERE tag."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_derived_table_replaces_the_parentheses_of_a_single_table() {
    check(
        Sqlite,
        "SELECT author.id FROM tag FULL JOIN ((author)) ON author.id = tag.id",
        expect![[
            r#"SELECT author.id FROM (SELECT * FROM tag WHERE tag."deleted_at" IS NULL) AS tag FULL JOIN (((SELECT * FROM author WHERE author."deleted_at" IS NULL))) AS author ON author.id = tag.id"#
        ]],
    );
    check(
        Sqlite,
        "SELECT b.id FROM tag FULL JOIN (author) AS b ON b.id = tag.id",
        expect![[
            r#"SELECT b.id FROM (SELECT * FROM tag WHERE tag."deleted_at" IS NULL) AS tag FULL JOIN ((SELECT * FROM author WHERE author."deleted_at" IS NULL) AS author) AS b ON b.id = tag.id"#
        ]],
    );
    check(
        Sqlite,
        "SELECT author.id FROM tag FULL JOIN (author a) ON author.id = tag.id",
        expect![
            "(refused) author: an alias that SQLite forgets, since its table stands alone in parentheses,; leave out the alias or the parentheses"
        ],
    );
    check(
        MySql,
        "SELECT a.id FROM tag LEFT JOIN (author AS a USE INDEX (PRIMARY)) USING (id)",
        expect![
            "SELECT a.id FROM tag LEFT JOIN ((SELECT * FROM author AS a USE INDEX (PRIMARY) WHERE a.`deleted_at` IS NULL)) AS a USING (id) WHERE tag.`deleted_at` IS NULL"
        ],
    );
    check(
        MySql,
        "SELECT author.id FROM ((author)) NATURAL RIGHT JOIN tag",
        expect![
            "SELECT author.id FROM (((SELECT * FROM author WHERE author.`deleted_at` IS NULL))) AS author NATURAL RIGHT JOIN tag WHERE tag.`deleted_at` IS NULL"
        ],
    );
    check(
        Sqlite,
        "SELECT 1 FROM post AS author JOIN (author AS a)",
        expect![
            "(refused) post: an alias that SQLite forgets, since its table stands alone in parentheses,; leave out the alias or the parentheses"
        ],
    );
}

#[test]
fn a_label_called_returning_hides_no_common_table_expression() {
    check(
        MySql,
        "WITH post AS (SELECT 1 AS id) SELECT id returning FROM post",
        expect!["(untouched)"],
    );
    check(
        MySql,
        "INSERT INTO tag WITH post AS (SELECT 1 AS id) SELECT id FROM post RETURNING id",
        expect!["(untouched)"],
    );
}

#[test]
fn a_prepared_query_is_scoped() {
    check(
        Postgres,
        "PREPARE s AS SELECT * FROM post WHERE id = $1 OR true",
        expect![[
            r#"PREPARE s AS SELECT * FROM post WHERE (id = $1 OR true) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "PREPARE s (int) AS WITH x AS (SELECT * FROM sentinel) SELECT * FROM x WHERE id = $1",
        expect![[
            r#"PREPARE s (int) AS WITH x AS (SELECT * FROM sentinel WHERE sentinel."deleted" = $2) SELECT * FROM x WHERE id = $1"#
        ]],
    );
    check(
        Postgres,
        "PREPARE s AS DELETE FROM post",
        expect![
            "(refused) post: a DELETE that is kept to run later; write an UPDATE of the marker in its place, or create it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "PREPARE s AS WITH x AS (DELETE FROM post RETURNING id) SELECT * FROM x",
        expect![
            "(refused) post: a DELETE that is kept to run later; write an UPDATE of the marker in its place, or create it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "PREPARE TRANSACTION 'post'",
        expect![
            "(refused) post: PREPARE; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "EXPLAIN PREPARE s AS SELECT * FROM post",
        expect![[r#"EXPLAIN PREPARE s AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#]],
    );
}

#[test]
fn a_star_after_a_table_is_not_a_product() {
    check(
        Postgres,
        "SELECT a FROM post * UNION ALL SELECT a * 2 FROM author *",
        expect![[
            r#"SELECT a FROM post * WHERE post."deleted_at" IS NULL UNION ALL SELECT a * 2 FROM author * WHERE author."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_word_that_mariadb_reads_as_a_column_begins_the_returning_list() {
    for word in ["value", "format", "end", "window", "truncate"] {
        let query = "INSERT INTO tag (id) WITH post AS (SELECT 9 AS id) SELECT 9 RETURNING";
        let sql = format!("{query} {word}, (SELECT 1 FROM post)");
        let scoped =
            format!("{query} {word}, (SELECT 1 FROM post WHERE post.`deleted_at` IS NULL)");
        assert_eq!(plan(MySql, &sql).map(|plan| plan.sql), Some(scoped));
    }
    check(
        MySql,
        "WITH post AS (SELECT 1 AS id) SELECT 1 FROM tag returning WINDOW w AS () UNION SELECT id FROM post",
        expect![
            "WITH post AS (SELECT 1 AS id) SELECT 1 FROM tag returning WHERE returning.`deleted_at` IS NULL WINDOW w AS () UNION SELECT id FROM post"
        ],
    );
}

#[test]
fn a_star_before_a_word_that_is_a_column_is_a_product() {
    check(
        MySql,
        "SELECT n * offset FROM post WHERE a OR n * offset",
        expect![
            "SELECT n * offset FROM post WHERE (a OR n * offset) AND post.`deleted_at` IS NULL"
        ],
    );
    check(
        Sqlite,
        "SELECT n * offset FROM post WHERE a OR n * offset",
        expect![[
            r#"SELECT n * offset FROM post WHERE (a OR n * offset) AND post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_column_may_be_called_insert_before_from_and_or() {
    check(
        Postgres,
        "SELECT 1 FROM post WHERE a IS DISTINCT FROM insert OR b",
        expect![[
            r#"SELECT 1 FROM post WHERE (a IS DISTINCT FROM insert OR b) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT SUBSTRING(insert FROM 1 FOR 2) FROM post",
        expect![[
            r#"SELECT SUBSTRING(insert FROM 1 FOR 2) FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
}
