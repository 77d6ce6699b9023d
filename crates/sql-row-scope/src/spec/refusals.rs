//! Constructs that cannot be scoped with certainty.

use expect_test::expect;

use super::*;

#[test]
fn statements_that_remove_or_copy_rows() {
    check(
        Postgres,
        "TRUNCATE post",
        expect![
            "(refused) post: a TRUNCATE statement; write `DELETE FROM …`, which trashes the rows, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(Postgres, "TRUNCATE TABLE book", expect![["(untouched)"]]);
    check(
        Postgres,
        "MERGE INTO post USING author ON true WHEN MATCHED THEN DELETE",
        expect![
            "(refused) post: a MERGE statement; write an UPDATE and an INSERT, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "COPY post TO STDOUT",
        expect![
            "(refused) post: a COPY statement; write SELECT or INSERT, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        MySql,
        "LOAD DATA INFILE 'x' INTO TABLE post",
        expect![
            "(refused) post: a LOAD statement; write SELECT or INSERT, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        MySql,
        "REPLACE INTO post (a) VALUES (1)",
        expect![
            "(refused) post: REPLACE, which physically removes the rows in its way,; write it with ON CONFLICT or ON DUPLICATE KEY UPDATE, or force-delete those rows before"
        ],
    );
    check(
        Sqlite,
        "INSERT OR REPLACE INTO post (a) VALUES (1)",
        expect![
            "(refused) post: REPLACE, which physically removes the rows in its way,; write it with ON CONFLICT or ON DUPLICATE KEY UPDATE, or force-delete those rows before"
        ],
    );
    check(
        Sqlite,
        "UPDATE OR REPLACE post SET a = 1",
        expect![
            "(refused) post: REPLACE, which physically removes the rows in its way,; write it with ON CONFLICT or ON DUPLICATE KEY UPDATE, or force-delete those rows before"
        ],
    );
    check(
        Postgres,
        "TABLE post",
        expect!["(refused) post: the command TABLE; write `SELECT * FROM`"],
    );
    check(
        Postgres,
        "SELECT 1 UNION TABLE post",
        expect!["(refused) post: the command TABLE; write `SELECT * FROM`"],
    );
    check(
        MySql,
        "HANDLER post OPEN",
        expect![
            "(refused) post: a HANDLER statement; run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "UPDATE post SET a = 1 WHERE CURRENT OF c",
        expect![[
            "(refused) post: WHERE CURRENT OF a cursor; read the key through the cursor, and write by the key"
        ]],
    );
}

#[test]
fn deletes_that_an_update_cannot_be() {
    check(
        MySql,
        "DELETE p, b FROM post p JOIN book b ON b.id = p.book_id",
        expect![
            "(refused) post: a DELETE from soft-deletable and other tables at once; write a statement for each of the tables"
        ],
    );
    check(
        MySql,
        "DELETE FROM post WHERE id = 1 RETURNING id",
        expect![
            "(refused) post: DELETE … RETURNING, where MariaDB has no UPDATE … RETURNING,; read the rows in a statement before"
        ],
    );
}

#[test]
fn upserts_of_the_marker() {
    check(
        MySql,
        "INSERT INTO post (a) VALUES (1) ON DUPLICATE KEY UPDATE deleted_at = NULL",
        expect![
            "(refused) post: an ON DUPLICATE KEY UPDATE of the marker; restore the row with a verb, then update it"
        ],
    );
}

#[test]
fn texts_that_can_hide_the_name_of_a_table() {
    check(
        Postgres,
        "DO $$ BEGIN DELETE FROM post; END $$",
        expect![[
            "(refused) post: DO; write the statement without it, or run it on the inner connection with `unscoped()`"
        ]],
    );
    check(
        Postgres,
        "SELECT query_to_xml('SELECT 1', true, true, '')",
        expect![[
            "(refused) any table: `query_to_xml`, which runs text as a query,; write the statement without it, or run it on the inner connection with `unscoped()`"
        ]],
    );
    check(
        Postgres,
        r#"SELECT * FROM U&"p\006fst""#,
        expect![[
            r#"(refused) any table: a name with Unicode escapes (`U&"…"`); write the statement without it, or run it on the inner connection with `unscoped()`"#
        ]],
    );
    check(
        MySql,
        "SELECT * FROM /*! post */ x",
        expect![[
            "(refused) post: a comment that MySQL executes (`/*! … */`); write the statement without it, or run it on the inner connection with `unscoped()`"
        ]],
    );
    check(
        MySql,
        "/*M!100100 SET STATEMENT max_recursive_iterations = 4294967295, max_heap_table_size = 1099511627776, tmp_memory_table_size = 1099511627776 FOR */ SELECT * FROM post",
        expect![[
            "/*M!100100 SET STATEMENT max_recursive_iterations = 4294967295, max_heap_table_size = 1099511627776, tmp_memory_table_size = 1099511627776 FOR */ SELECT * FROM post WHERE post.`deleted_at` IS NULL"
        ]],
    );
    check(
        MySql,
        "/*M!100100 SET STATEMENT sql_mode = 'ANSI_QUOTES' FOR */ SELECT * FROM post",
        expect![[
            "(refused) post: a comment that MySQL executes (`/*! … */`); write the statement without it, or run it on the inner connection with `unscoped()`"
        ]],
    );
    check(
        MySql,
        "EXECUTE IMMEDIATE 'SELECT 1'",
        expect![[
            "(refused) any table: EXECUTE IMMEDIATE; write the statement without it, or run it on the inner connection with `unscoped()`"
        ]],
    );
    check(
        MySql,
        "SET sql_mode = 'ANSI_QUOTES'",
        expect![[
            "(refused) any table: a change of sql_mode, which changes how text is read,; write the statement without it, or run it on the inner connection with `unscoped()`"
        ]],
    );
    check(
        MySql,
        "SET sql_mode = 'STRICT_ALL_TABLES'",
        expect![["(untouched)"]],
    );
    check(
        Postgres,
        "SELECT set_config('standard_conforming_strings', 'off', false)",
        expect![[
            "(refused) any table: a change of standard_conforming_strings, which changes how text is read,; write the statement without it, or run it on the inner connection with `unscoped()`"
        ]],
    );
    check(
        MySql,
        "BEGIN NOT ATOMIC DELETE FROM post; END",
        expect![
            "(refused) post: a block outside of a routine; send its statements one by one, or run it on the inner connection with `unscoped()`"
        ],
    );
}

#[test]
fn statements_that_write_in_a_place_that_is_not_read() {
    check(
        MySql,
        "BEGIN NOT ATOMIC DECLARE x INT; DECLARE EXIT HANDLER FOR SQLEXCEPTION DELETE FROM post; SELECT y; END",
        expect![
            "(refused) post: a block outside of a routine; send its statements one by one, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        MySql,
        "BEGIN NOT ATOMIC EXECUTE IMMEDIATE CONCAT('DELETE FROM po', 'st'); END",
        expect![
            "(refused) any table: EXECUTE IMMEDIATE; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "WITH x () DELETE FROM post",
        expect![
            "(refused) post: a WITH of an unknown form; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Sqlite,
        "SELECT * FROM book WHERE (a, b) IN main.post",
        expect![[
            r#"SELECT * FROM book WHERE (a, b) IN (SELECT * FROM main.post WHERE main.post."deleted_at" IS NULL)"#
        ]],
    );
    check(
        Sqlite,
        "WITH post AS (SELECT 1) SELECT * FROM book WHERE a IN post AND b NOT IN (1)",
        expect!["(untouched)"],
    );
    check(
        Postgres,
        "SELECT update, delete FROM post WHERE update IS NULL FOR UPDATE OF post",
        expect![[
            r#"SELECT update, delete FROM post WHERE (update IS NULL) AND post."deleted_at" IS NULL FOR UPDATE OF post"#
        ]],
    );
    check(
        MySql,
        "SELECT INSERT(a, 1, 2, 'x'), REPLACE(b, 'c', 'd') FROM post FOR UPDATE",
        expect![
            "SELECT INSERT(a, 1, 2, 'x'), REPLACE(b, 'c', 'd') FROM post WHERE post.`deleted_at` IS NULL FOR UPDATE"
        ],
    );
    check_all(
        "SELECT * FROM post WHERE a = SELECT b FROM author",
        expect!["(refused) post: a SELECT behind a SELECT"],
    );
    check(
        MySql,
        "SELECT * FROM (SELECT * FROM post USE INDEX) x",
        expect![
            "(refused) post: a FROM clause of an unknown form, near `USE INDEX) x`; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
}

#[test]
fn unknown_forms_of_statements() {
    check_all(
        "SELECT * FROM post WHERE",
        expect![["(refused) post: WHERE without a condition"]],
    );
    check_all(
        "SELECT * FROM post JOIN",
        expect![["(refused) post: a table reference of an unknown form, near `JOIN`"]],
    );
    check_all(
        "SELECT * FROM { OJ post }",
        expect![["(refused) post: a table reference of an unknown form, near `{ OJ post }`"]],
    );
    check_all(
        "SELECT * FROM (post",
        expect![["(refused) post: parentheses that do not match"]],
    );
    check_all(
        "SELECT * FROM post WHERE a = 'x",
        expect![["(refused) post: a string without an end"]],
    );
    check(
        MySql,
        "SELECT * FROM book b JOIN post p ON b.x = p.id--;",
        expect![
            "(refused) post: an operator without its operand; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check_all(
        "SELECT * FROM post WHERE a = post.",
        expect!["(refused) post: a name that begins or ends with a dot"],
    );
    check_all(
        "SELECT * FROM post JOIN author USING",
        expect!["(refused) post: USING without columns of an unknown form, near `USING`"],
    );
    check_all(
        "SELECT * FROM post WHERE a SELECT * FROM post",
        expect!["(refused) post: a SELECT behind a SELECT"],
    );
    check(
        Postgres,
        "SELECT * FROM post TABLESAMPLE system",
        expect![
            "(refused) post: a FROM clause of an unknown form, near `TABLESAMPLE system`; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check(
        Postgres,
        "SELECT * FROM post * AS p (a, b)",
        expect![
            "(refused) post: new names for the columns of a sampled or partial table; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
    check_all("FLY post", expect![["(refused) post: a FLY statement"]]);
    check(
        MySql,
        "SELECT * FROM post FOR SYSTEM_TIME ALL",
        expect![
            "(refused) post: FOR SYSTEM_TIME of an unknown form, near `FOR SYSTEM_TIME ALL`; write the statement without it, or run it on the inner connection with `unscoped()`"
        ],
    );
}

#[test]
fn ambiguous_names() {
    check_all(
        "SELECT * FROM archive.note",
        expect![[r#"SELECT * FROM archive.note WHERE archive.note."gone_at" IS NULL"#]],
    );
    check_all(
        "SELECT * FROM note",
        expect![[r#"SELECT * FROM note WHERE note."gone_at" IS NULL"#]],
    );
    check_all("SELECT * FROM other.note", expect![["(untouched)"]]);
}

#[test]
fn a_table_that_is_described_in_two_ways() {
    let table = |marker: &str| Table {
        schema: None,
        name: "post".to_owned(),
        scopes: vec![(
            LIVE,
            Rule::Live(Trash {
                marker: marker.to_owned(),
                live: Live::Null,
                stamps: Vec::new(),
            }),
        )],
        columns: Vec::new(),
        removable: None,
    };
    let catalog = Catalog::new(Sqlite, vec![table("deleted_at"), table("gone_at")]);
    let options = Options {
        dialect: Sqlite,
        catalog: &catalog,
        lifted: &Lifted::NOTHING,
        explicit_marker_wins: false,
    };
    let refusal = rewrite("SELECT * FROM post", &options).unwrap_err();
    assert!(refusal.construct.contains("in two ways"), "{refusal:?}");
}
