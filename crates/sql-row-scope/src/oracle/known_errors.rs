//! Statements that sqlparser is known not to read, and the reasons. A test checks each entry: when sqlparser
//! reads the statement, the entry must go.

use crate::Dialect::{self, MySql, Postgres, Sqlite};

use super::{Outcome, compare};

const KNOWN: &[(Dialect, &str, &str)] = &[
    (
        Sqlite,
        "INSERT INTO post AS p (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = p.a + 1",
        "the alias of an INSERT is PostgreSQL's to it",
    ),
    (Postgres, "TABLE book", "it has TABLE only within a query"),
    (
        MySql,
        "SELECT * FROM post WHERE a RLIKE 'x' OR b SOUNDS LIKE 'y'",
        "SOUNDS LIKE is unknown to it",
    ),
    (
        MySql,
        "SELECT 1.0FROM post",
        "FROM is a label of the number to it, as if a blank were missing",
    ),
    (
        MySql,
        "SELECT char(1 USING utf8) FROM post WHERE x OR y",
        "USING in a function is unknown to it, but for CONVERT",
    ),
    (
        MySql,
        "SELECT ! a FROM post WHERE x OR y",
        "`!` is PostgreSQL's to it",
    ),
    (
        Postgres,
        "INSERT INTO post (a) VALUES (1) ON CONFLICT (a) WHERE b DO NOTHING",
        "the condition of an index is unknown to it",
    ),
    (
        Postgres,
        "INSERT INTO post (a) VALUES (1) ON CONFLICT (lower(a)) DO UPDATE SET a = 1",
        "an index over an expression is unknown to it",
    ),
    (
        Postgres,
        "SELECT * FROM post FOR NO KEY UPDATE",
        "it has two kinds of locks",
    ),
    (
        Postgres,
        "SELECT * FROM post FOR KEY SHARE",
        "it has two kinds of locks",
    ),
    (
        Postgres,
        "SELECT * FROM ONLY post",
        "ONLY is a table under an alias to it",
    ),
    (
        Postgres,
        "SELECT * FROM ONLY (post) AS p WHERE a OR b",
        "ONLY is a function to it",
    ),
    (
        Postgres,
        "UPDATE ONLY post SET a = 1",
        "ONLY is a table under an alias to it",
    ),
    (
        Postgres,
        "DELETE FROM ONLY post WHERE a OR b",
        "ONLY is a table under an alias to it",
    ),
    (
        Postgres,
        "SELECT * FROM post * WHERE a OR b",
        "the star that includes descendants is unknown to it",
    ),
    (
        Postgres,
        "SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY[1])) AS r, post",
        "ROWS FROM is unknown to it",
    ),
    (
        Postgres,
        "SELECT * FROM post JOIN author USING (id) AS j WHERE a OR b",
        "the alias of USING is unknown to it",
    ),
    (
        Postgres,
        "SELECT * FROM json_to_record('{}') AS (a INT), post",
        "it wants a name before the columns",
    ),
    (
        Postgres,
        "WITH RECURSIVE t AS (SELECT * FROM post UNION ALL SELECT * FROM t) SEARCH DEPTH FIRST BY id SET o SELECT * FROM t",
        "SEARCH is unknown to it",
    ),
    (
        Postgres,
        "WITH RECURSIVE t AS (SELECT * FROM post UNION ALL SELECT * FROM t) CYCLE id SET c USING q SELECT * FROM t, author",
        "CYCLE is unknown to it",
    ),
    (
        Postgres,
        "INSERT INTO post AS p (a) OVERRIDING SYSTEM VALUE VALUES (1) ON CONFLICT DO NOTHING",
        "OVERRIDING is unknown to it",
    ),
    (
        Postgres,
        "CREATE TABLE IF NOT EXISTS x (a, b) AS SELECT a, b FROM post",
        "it wants the types of columns",
    ),
    (
        Postgres,
        "SELECT a ISNULL, b NOTNULL FROM post WHERE a ISNULL",
        "ISNULL is SQLite's to it",
    ),
    (
        Postgres,
        "UPDATE post SET a[1] = 2, b.c = 3 WHERE d OR e",
        "it sets whole columns only",
    ),
    (
        Sqlite,
        "UPDATE post SET a = 1 WHERE b OR c ORDER BY d LIMIT 2",
        "ORDER BY of an UPDATE is MySQL's to it",
    ),
    (
        Sqlite,
        "DELETE FROM post WHERE b OR c ORDER BY d LIMIT 2",
        "ORDER BY of an UPDATE is MySQL's to it",
    ),
    (
        Sqlite,
        "SELECT * FROM post INDEXED BY post_a WHERE a OR b",
        "INDEXED BY is unknown to it",
    ),
    (
        Sqlite,
        "SELECT * FROM post AS p NOT INDEXED JOIN author a",
        "NOT INDEXED is unknown to it",
    ),
    (
        Sqlite,
        "UPDATE post INDEXED BY post_a SET a = 1",
        "INDEXED BY is unknown to it",
    ),
    (
        Sqlite,
        "SELECT a IS NOT 1 FROM post WHERE b IS c",
        "IS compares with NULL and the like only to it",
    ),
    (
        Sqlite,
        "INSERT INTO post (a) VALUES (1) ON CONFLICT (a) DO NOTHING ON CONFLICT (b) DO UPDATE SET a = 1",
        "it has one ON CONFLICT",
    ),
    (
        Sqlite,
        "INSERT INTO post (a) VALUES (1) ON CONFLICT (a) WHERE b DO NOTHING",
        "the condition of an index is unknown to it",
    ),
    (
        Sqlite,
        "SELECT * FROM (post, author)",
        "a list in parentheses is unknown to it",
    ),
    (
        Sqlite,
        "SELECT * FROM (post)",
        "a table in parentheses is unknown to it",
    ),
    (
        Sqlite,
        "SELECT * FROM post LEFT NATURAL JOIN author",
        "it wants the words of a join in one order",
    ),
    (
        MySql,
        "SELECT * FROM post LOCK IN SHARE MODE",
        "LOCK IN SHARE MODE is unknown to it",
    ),
    (
        MySql,
        "UPDATE post, author SET post.a = 1 WHERE post.id = author.id OR post.b",
        "an UPDATE has one table to it",
    ),
    (
        MySql,
        "UPDATE LOW_PRIORITY IGNORE post SET a = 1 WHERE b OR c",
        "the words of an UPDATE are unknown to it",
    ),
    (
        MySql,
        "DELETE LOW_PRIORITY QUICK IGNORE FROM post WHERE b OR c",
        "the words of a DELETE are unknown to it",
    ),
    (
        MySql,
        "DELETE p FROM post p, author a WHERE p.id = a.id OR p.x",
        "an UPDATE has one table to it",
    ),
    (
        MySql,
        "DELETE p.*, a.* FROM post p JOIN author a ON a.id = p.id",
        "the star of a target is unknown to it",
    ),
    (
        MySql,
        "SELECT * FROM (post, author) WHERE a OR b",
        "a list in parentheses is unknown to it",
    ),
    (
        MySql,
        "SELECT * FROM book LEFT JOIN (post, author) ON a OR b",
        "a list in parentheses is unknown to it",
    ),
    (
        MySql,
        "SELECT * FROM (post)",
        "a table in parentheses is unknown to it",
    ),
    (
        MySql,
        "SELECT * FROM post INTO OUTFILE '/tmp/x'",
        "INTO stands before FROM to it",
    ),
    (
        MySql,
        "SELECT * FROM post INTO @x",
        "INTO stands before FROM to it",
    ),
    (
        MySql,
        "SELECT * FROM post PROCEDURE ANALYSE()",
        "PROCEDURE is an alias to it",
    ),
    (MySql, "SELECT * FROM post FULL", "FULL begins a join to it"),
    (
        MySql,
        "CREATE TABLE x (a INT) IGNORE SELECT * FROM post",
        "it wants AS before the query",
    ),
    (
        MySql,
        "EXPLAIN EXTENDED SELECT * FROM post",
        "EXTENDED is unknown to it",
    ),
    (
        MySql,
        "ANALYZE FORMAT=JSON SELECT * FROM post",
        "ANALYZE is about statistics to it",
    ),
    (MySql, "TABLE book", "it has TABLE only within a query"),
    (
        MySql,
        "SET STATEMENT max_statement_time = 1 FOR UPDATE post SET a = 1 WHERE b OR c",
        "SET STATEMENT is unknown to it",
    ),
    (MySql, "DO 1", "DO is unknown to it"),
    (
        Sqlite,
        "\u{feff}SELECT * FROM post",
        "a byte order mark is part of a word to it",
    ),
];

pub(super) fn is_known(dialect: Dialect, sql: &str) -> bool {
    KNOWN
        .iter()
        .any(|(of, known, _)| *of == dialect && sql == *known)
}

pub(super) fn check() {
    for (dialect, sql, why) in KNOWN {
        let outcome = compare(*dialect, sql);
        assert!(
            outcome != Outcome::Equal,
            "{dialect:?}: {sql}: {why}: {outcome:?}"
        );
    }
}
