//! Tables that cannot have their condition in a WHERE or ON.

use expect_test::expect;

use super::*;

#[test]
fn in_postgres_the_table_stays_a_table() {
    check(
        Postgres,
        "SELECT post.ctid, * FROM tag LEFT JOIN post USING (id) GROUP BY post.id",
        expect![[
            r#"SELECT post.ctid, * FROM tag LEFT JOIN (post JOIN (SELECT) AS soft_delete_10 ON post."deleted_at" IS NULL) USING (id) WHERE tag."deleted_at" IS NULL GROUP BY post.id"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM ONLY post AS p NATURAL FULL JOIN sentinel TABLESAMPLE system (1)",
        expect![[
            r#"SELECT * FROM (ONLY post AS p JOIN (SELECT) AS soft_delete_3 ON p."deleted_at" IS NULL) NATURAL FULL JOIN (sentinel TABLESAMPLE system (1) JOIN (SELECT) AS soft_delete_10 ON sentinel."deleted" = $1)"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM (post JOIN author USING (id)) AS j",
        expect![[
            r#"SELECT * FROM ((post JOIN (SELECT) AS soft_delete_4 ON post."deleted_at" IS NULL) JOIN (author JOIN (SELECT) AS soft_delete_6 ON author."deleted_at" IS NULL) USING (id)) AS j"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM book LEFT JOIN post AS p (a, b) USING (a)",
        expect![[
            r#"SELECT * FROM book LEFT JOIN (SELECT * FROM post WHERE post."deleted_at" IS NULL) AS p (a, b) USING (a)"#
        ]],
    );
}

#[test]
fn in_sqlite_a_derived_table_has_the_row_ids_that_the_statement_names() {
    check(
        Sqlite,
        "SELECT post.rowid, a.oid FROM book LEFT JOIN post USING (id) JOIN author a USING (id)",
        expect![[
            r#"SELECT post.rowid, a.oid FROM book LEFT JOIN (SELECT rowid AS rowid, oid AS oid, * FROM post WHERE post."deleted_at" IS NULL) AS post USING (id) JOIN author a USING (id) WHERE a."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "SELECT count(*), 2 * n FROM book LEFT JOIN post USING (id) WHERE post._rowid_ = 1",
        expect![[
            r#"SELECT count(*), 2 * n FROM book LEFT JOIN (SELECT _rowid_ AS _rowid_, * FROM post WHERE post."deleted_at" IS NULL) AS post USING (id) WHERE post._rowid_ = 1"#
        ]],
    );
    check(
        Sqlite,
        "SELECT *, post.rowid FROM book LEFT JOIN post USING (id)",
        expect![
            "(refused) post: the row id of a table on the optional side of a join, or in a natural join, beside `*`; write the join with ON, or name the columns"
        ],
    );
    check(
        Sqlite,
        "SELECT post.*, post.rowid FROM book LEFT JOIN post USING (id)",
        expect![
            "(refused) post: the row id of a table on the optional side of a join, or in a natural join, beside `*`; write the join with ON, or name the columns"
        ],
    );
    check(
        Sqlite,
        "SELECT post.rowid FROM book NATURAL LEFT JOIN post",
        expect![
            "(refused) post: the row id of a table on the optional side of a join, or in a natural join, beside `*`; write the join with ON, or name the columns"
        ],
    );
    check(
        Sqlite,
        "SELECT *, post.rowid FROM book LEFT JOIN post ON post.rowid = book.rowid",
        expect![[
            r#"SELECT *, post.rowid FROM book LEFT JOIN post ON (post.rowid = book.rowid) AND post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn an_update_resolves_columns_without_a_qualifier() {
    check(
        MySql,
        "UPDATE book LEFT JOIN post USING (id) SET only_post = 5",
        expect![
            "UPDATE book LEFT JOIN post USING (id) SET only_post = 5 WHERE post.`deleted_at` IS NULL"
        ],
    );
    check(
        MySql,
        "UPDATE book NATURAL LEFT JOIN post SET only_post = 5, post.id = 1",
        expect![
            "UPDATE book NATURAL LEFT JOIN post SET only_post = 5, post.id = 1 WHERE post.`deleted_at` IS NULL"
        ],
    );
    check(
        MySql,
        "UPDATE book LEFT JOIN post USING (id) SET only_post = 5, of_book = 1",
        expect![
            "(refused) post: a change of several tables, one of them the optional side of a join with USING or NATURAL,; write the join with ON"
        ],
    );
    check(
        MySql,
        "UPDATE book LEFT JOIN post USING (id) SET only_post = 5, book.a = 1",
        expect![
            "(refused) post: a change of several tables, one of them the optional side of a join with USING or NATURAL,; write the join with ON"
        ],
    );
    check(
        MySql,
        "UPDATE book LEFT JOIN post USING (id) SET of_book = 5",
        expect![
            "UPDATE book LEFT JOIN (SELECT * FROM post WHERE post.`deleted_at` IS NULL) AS post USING (id) SET of_book = 5"
        ],
    );
    check(
        MySql,
        "UPDATE book LEFT JOIN author USING (id) SET deleted_at = NULL",
        expect![
            "UPDATE book LEFT JOIN author USING (id) SET deleted_at = NULL WHERE author.`deleted_at` IS NULL"
        ],
    );
}
