//! An UPDATE changes live rows only.

use expect_test::expect;

use super::*;

#[test]
fn an_update_changes_live_rows_only() {
    check_all(
        "UPDATE post SET a = 1",
        expect![[r#"UPDATE post SET a = 1 WHERE post."deleted_at" IS NULL"#]],
    );
    check_all(
        "UPDATE post SET a = 1, b = 2 WHERE c = 3 OR d = 4",
        expect![[
            r#"UPDATE post SET a = 1, b = 2 WHERE (c = 3 OR d = 4) AND post."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "UPDATE book SET a = (SELECT max(id) FROM post)",
        expect![[
            r#"UPDATE book SET a = (SELECT max(id) FROM post WHERE post."deleted_at" IS NULL)"#
        ]],
    );
    check(
        Postgres,
        "UPDATE post AS p SET a = $1 FROM author a WHERE a.id = p.author_id RETURNING p.*",
        expect![[
            r#"UPDATE post AS p SET a = $1 FROM author a WHERE (a.id = p.author_id) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL RETURNING p.*"#
        ]],
    );
    check(
        Sqlite,
        "UPDATE OR IGNORE post SET a = ? WHERE b = ? RETURNING id",
        expect![[
            r#"UPDATE OR IGNORE post SET a = ? WHERE (b = ?) AND post."deleted_at" IS NULL RETURNING id"#
        ]],
    );
    check(
        MySql,
        "UPDATE LOW_PRIORITY IGNORE post SET a = ? ORDER BY b LIMIT 1",
        expect![[
            "UPDATE LOW_PRIORITY IGNORE post SET a = ? WHERE post.`deleted_at` IS NULL ORDER BY b LIMIT 1"
        ]],
    );
    check(
        MySql,
        "UPDATE post p JOIN author a ON a.id = p.author_id SET p.a = a.b WHERE a.c = 1",
        expect![[
            "UPDATE post p JOIN author a ON a.id = p.author_id SET p.a = a.b WHERE (a.c = 1) AND p.`deleted_at` IS NULL AND a.`deleted_at` IS NULL"
        ]],
    );
    check(
        MySql,
        "UPDATE book b LEFT JOIN post p ON p.book_id = b.id SET b.a = p.a",
        expect![[
            "UPDATE book b LEFT JOIN post p ON (p.book_id = b.id) AND p.`deleted_at` IS NULL SET b.a = p.a"
        ]],
    );
    check(
        MySql,
        "UPDATE post, author SET post.a = author.a",
        expect![[
            "UPDATE post, author SET post.a = author.a WHERE post.`deleted_at` IS NULL AND author.`deleted_at` IS NULL"
        ]],
    );
    check(
        Postgres,
        "UPDATE post SET (a, b) = (SELECT x, y FROM author), c = d IS DISTINCT FROM e FROM book WHERE book.id = post.id",
        expect![[
            r#"UPDATE post SET (a, b) = (SELECT x, y FROM author WHERE author."deleted_at" IS NULL), c = d IS DISTINCT FROM e FROM book WHERE (book.id = post.id) AND post."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "UPDATE post SET deleted_at = NULL WHERE id = 1",
        expect![[
            r#"UPDATE post SET deleted_at = NULL WHERE (id = 1) AND post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_target_is_never_a_derived_table() {
    check(
        MySql,
        "UPDATE post p RIGHT JOIN author a USING (id) SET p.a = 1, p.b = a.b",
        expect![
            "UPDATE post p RIGHT JOIN author a USING (id) SET p.a = 1, p.b = a.b WHERE p.`deleted_at` IS NULL AND a.`deleted_at` IS NULL"
        ],
    );
    check(
        MySql,
        "UPDATE post p RIGHT JOIN author a USING (id) SET p.a = 1, a.b = 2",
        expect![
            "(refused) post: a change of several tables, one of them the optional side of a join with USING or NATURAL,; write the join with ON"
        ],
    );
    check(
        MySql,
        "UPDATE author a NATURAL LEFT JOIN post p SET a.b = p.b",
        expect![
            "UPDATE author a NATURAL LEFT JOIN (SELECT * FROM post p WHERE p.`deleted_at` IS NULL) AS p SET a.b = p.b WHERE a.`deleted_at` IS NULL"
        ],
    );
}
