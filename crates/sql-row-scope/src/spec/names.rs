//! Words that are keywords in one database and names in another.

use expect_test::expect;

use super::*;

#[test]
fn a_word_of_another_database_is_an_alias() {
    check(
        MySql,
        "SELECT * FROM book offset JOIN post ON 1",
        expect!["SELECT * FROM book offset JOIN post ON 1 WHERE post.`deleted_at` IS NULL"],
    );
    check(
        MySql,
        "SELECT * FROM book returning, post",
        expect!["SELECT * FROM book returning, post WHERE post.`deleted_at` IS NULL"],
    );
    check(
        MySql,
        "SELECT * FROM book returning JOIN post ON 1",
        expect!["SELECT * FROM book returning JOIN post ON 1 WHERE post.`deleted_at` IS NULL"],
    );
    check(
        Sqlite,
        "SELECT * FROM book offset, post fetch JOIN author window",
        expect![[
            r#"SELECT * FROM book offset, post fetch JOIN author window WHERE fetch."deleted_at" IS NULL AND window."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post OFFSET 1",
        expect![[r#"SELECT * FROM post WHERE post."deleted_at" IS NULL OFFSET 1"#]],
    );
    check(
        MySql,
        "SELECT * FROM post LIMIT 1 OFFSET 2",
        expect!["SELECT * FROM post WHERE post.`deleted_at` IS NULL LIMIT 1 OFFSET 2"],
    );
}

#[test]
fn an_operator_of_another_database_is_a_column() {
    check(
        Postgres,
        "SELECT * FROM post WHERE a = mod ORDER BY b",
        expect![[r#"SELECT * FROM post WHERE (a = mod) AND post."deleted_at" IS NULL ORDER BY b"#]],
    );
    check(
        Sqlite,
        "SELECT * FROM post WHERE a = xor ORDER BY b",
        expect![[r#"SELECT * FROM post WHERE (a = xor) AND post."deleted_at" IS NULL ORDER BY b"#]],
    );
    check(
        MySql,
        "SELECT * FROM post WHERE a = glob ORDER BY b",
        expect!["SELECT * FROM post WHERE (a = glob) AND post.`deleted_at` IS NULL ORDER BY b"],
    );
}

#[test]
fn a_lone_table_in_parentheses_is_scoped_within_where_sqlite_hides_its_name() {
    check(
        Sqlite,
        "SELECT * FROM ((post p)) JOIN (author) ON 1",
        expect![[
            r#"SELECT * FROM (((SELECT * FROM post p WHERE p."deleted_at" IS NULL))) AS p JOIN (author) ON 1 WHERE author."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM (post p JOIN author a ON true)",
        expect![[
            r#"SELECT * FROM (post p JOIN author a ON true) WHERE p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn default_in_an_upsert_is_the_default_of_its_column() {
    check(
        MySql,
        "INSERT INTO post (a) VALUES (1) ON DUPLICATE KEY UPDATE b = DEFAULT, c = 2",
        expect![
            "INSERT INTO post (a) VALUES (1) ON DUPLICATE KEY UPDATE b = IF(post.`deleted_at` IS NULL, DEFAULT(`b`), post.`b`), c = IF(post.`deleted_at` IS NULL, 2, post.`c`)"
        ],
    );
}

#[test]
fn a_materialized_view_copies_live_rows() {
    check(
        Postgres,
        "CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT * FROM post",
        expect![[
            r#"CREATE MATERIALIZED VIEW IF NOT EXISTS v AS SELECT * FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "CREATE MATERIALIZED VIEW x.v AS SELECT * FROM post WITH NO DATA",
        expect![[
            r#"CREATE MATERIALIZED VIEW x.v AS SELECT * FROM post WHERE post."deleted_at" IS NULL WITH NO DATA"#
        ]],
    );
}

#[test]
fn settings_that_change_how_text_is_read_cannot_hide() {
    check(
        Postgres,
        "SELECT set_config('standard_' || 'conforming_strings', 'off', false)",
        expect![
            "(refused) any table: `set_config` of a setting that is not spelt out; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "SELECT set_config('search_path', 'x', false)",
        expect!["(untouched)"],
    );
    check(
        MySql,
        "SET sql_mode = CONCAT('AN', 'SI_QUOTES')",
        expect![
            "(refused) any table: a change of sql_mode, which changes how text is read,; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        MySql,
        "SET NAMES gbk",
        expect![
            "(refused) any table: a change of the character set, which changes how text is read,; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(MySql, "SET NAMES utf8mb4", expect!["(untouched)"]);
}

#[test]
fn an_alias_that_sqlite_reads_as_a_keyword_in_an_expression_is_quoted_there() {
    check(
        Sqlite,
        "SELECT title FROM post cast, author AS current_date",
        expect![[
            r#"SELECT title FROM post cast, author AS current_date WHERE "cast"."deleted_at" IS NULL AND "current_date"."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn returning_is_a_name_in_mysql_and_a_clause_in_mariadb() {
    for (sql, expected) in [
        (
            "SELECT v.title FROM book returning USE INDEX (PRIMARY), post v",
            "SELECT v.title FROM book returning USE INDEX (PRIMARY), post v WHERE v.`deleted_at` IS NULL",
        ),
        (
            "SELECT title FROM post returning ORDER BY title",
            "SELECT title FROM post returning WHERE returning.`deleted_at` IS NULL ORDER BY title",
        ),
        (
            "INSERT INTO book SELECT title FROM post RETURNING (SELECT max(title) FROM author), post.title",
            "INSERT INTO book SELECT title FROM post WHERE post.`deleted_at` IS NULL RETURNING (SELECT max(title) FROM author WHERE author.`deleted_at` IS NULL), post.title",
        ),
    ] {
        assert_eq!(plan(MySql, sql).unwrap().sql, expected);
    }
    for sql in [
        "SELECT v.title FROM (SELECT 1) returning (a), post v",
        "INSERT INTO book SELECT v.title FROM (SELECT 1) returning (a), other.post v",
        "SELECT title FROM book FETCH FIRST 1 ROWS ONLY JOIN post",
    ] {
        assert!(run(MySql, sql, &Lifted::NOTHING, false).is_err(), "{sql}");
    }
}
