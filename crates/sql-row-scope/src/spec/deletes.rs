//! A DELETE becomes an UPDATE.

use expect_test::expect;

use super::*;

#[test]
fn a_delete_trashes() {
    check(
        Postgres,
        "DELETE FROM post",
        expect![[
            r#"UPDATE post SET "deleted_at" = $1, "operation_id" = $2 WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "DELETE FROM post WHERE a = $1 OR b = $2",
        expect![[
            r#"UPDATE post SET "deleted_at" = $3, "operation_id" = $4 WHERE (a = $1 OR b = $2) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "DELETE FROM post WHERE a = ? OR b = ? RETURNING *",
        expect![[
            r#"UPDATE post SET "deleted_at" = ?, "operation_id" = ? WHERE (a = ? OR b = ?) AND post."deleted_at" IS NULL RETURNING *"#
        ]],
    );
    check(
        MySql,
        "DELETE FROM post WHERE a = ? ORDER BY b LIMIT ?",
        expect![[
            "UPDATE post SET `deleted_at` = ?, `operation_id` = ? WHERE (a = ?) AND post.`deleted_at` IS NULL ORDER BY b LIMIT ?"
        ]],
    );
    check(
        Sqlite,
        r#"DELETE FROM "post" AS "p" WHERE "p"."a" = 1 ORDER BY id LIMIT 2"#,
        expect![[
            r#"UPDATE "post" AS "p" SET "deleted_at" = ?, "operation_id" = ? WHERE ("p"."a" = 1) AND "p"."deleted_at" IS NULL ORDER BY id LIMIT 2"#
        ]],
    );
    check(
        Postgres,
        r#"DELETE FROM ONLY "blog"."post" AS p WHERE p.id = 1 RETURNING p.id"#,
        expect![[
            r#"UPDATE ONLY "blog"."post" AS p SET "deleted_at" = $1, "operation_id" = $2 WHERE (p.id = 1) AND p."deleted_at" IS NULL RETURNING p.id"#
        ]],
    );
    check(
        MySql,
        "DELETE LOW_PRIORITY QUICK IGNORE FROM post",
        expect![[
            "UPDATE LOW_PRIORITY IGNORE post SET `deleted_at` = ?, `operation_id` = ? WHERE post.`deleted_at` IS NULL"
        ]],
    );
    check_all("DELETE FROM book WHERE id = 1", expect![["(untouched)"]]);
    check_all(
        "DELETE FROM book WHERE post_id IN (SELECT id FROM post)",
        expect![[
            r#"DELETE FROM book WHERE post_id IN (SELECT id FROM post WHERE post."deleted_at" IS NULL)"#
        ]],
    );
    check(
        Sqlite,
        "DELETE FROM sentinel WHERE a = ? AND b IN (SELECT c FROM sentinel WHERE d = ?)",
        expect![[
            r#"UPDATE sentinel SET "deleted" = ? WHERE (a = ? AND b IN (SELECT c FROM sentinel WHERE (d = ?) AND sentinel."deleted" = ?)) AND sentinel."deleted" = ?"#
        ]],
    );
}

#[test]
fn joined_tables_are_kept() {
    check(
        Postgres,
        "DELETE FROM post p USING author a WHERE a.id = p.author_id",
        expect![[
            r#"UPDATE post p SET "deleted_at" = $1, "operation_id" = $2 FROM author a WHERE (a.id = p.author_id) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "DELETE FROM book b USING author a LEFT JOIN post p ON p.id = a.id WHERE a.id = b.author_id",
        expect![[
            r#"DELETE FROM book b USING author a LEFT JOIN post p ON (p.id = a.id) AND p."deleted_at" IS NULL WHERE (a.id = b.author_id) AND a."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        "DELETE p FROM post p JOIN author a ON a.id = p.author_id WHERE a.name = ?",
        expect![[
            "UPDATE post p JOIN author a ON a.id = p.author_id SET p.`deleted_at` = ?, p.`operation_id` = ? WHERE (a.name = ?) AND p.`deleted_at` IS NULL AND a.`deleted_at` IS NULL"
        ]],
    );
    check(
        MySql,
        "DELETE p, c FROM post AS p LEFT JOIN comment AS c ON c.post_id = p.id",
        expect![[
            "UPDATE post AS p LEFT JOIN comment AS c ON (c.post_id = p.id) AND c.`deleted_at` IS NULL SET p.`deleted_at` = ?, p.`operation_id` = ?, c.`deleted_at` = ? WHERE p.`deleted_at` IS NULL"
        ]],
    );
    check(
        MySql,
        "DELETE FROM p, c.* USING post AS p JOIN comment AS c ON c.post_id = p.id WHERE p.id = 1",
        expect![[
            "UPDATE post AS p JOIN comment AS c ON c.post_id = p.id SET p.`deleted_at` = ?, p.`operation_id` = ?, c.`deleted_at` = ? WHERE (p.id = 1) AND p.`deleted_at` IS NULL AND c.`deleted_at` IS NULL"
        ]],
    );
    check(
        MySql,
        "DELETE b FROM book b JOIN post p ON p.id = b.post_id",
        expect![[
            "DELETE b FROM book b JOIN post p ON p.id = b.post_id WHERE p.`deleted_at` IS NULL"
        ]],
    );
}

#[test]
fn a_common_table_expression_is_no_target() {
    check(
        Postgres,
        "WITH post AS (SELECT 1 AS id) DELETE FROM post USING post x WHERE post.id = x.id",
        expect![[
            r#"WITH post AS (SELECT 1 AS id) UPDATE post SET "deleted_at" = $1, "operation_id" = $2 FROM post x WHERE (post.id = x.id) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "WITH old AS (SELECT id FROM author) DELETE FROM post WHERE author_id IN (SELECT id FROM old)",
        expect![[
            r#"WITH old AS (SELECT id FROM author WHERE author."deleted_at" IS NULL) UPDATE post SET "deleted_at" = ?, "operation_id" = ? WHERE (author_id IN (SELECT id FROM old)) AND post."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_target_is_never_a_derived_table() {
    check(
        MySql,
        "DELETE p FROM author a NATURAL LEFT JOIN post p",
        expect![
            "UPDATE author a NATURAL LEFT JOIN post p SET p.`deleted_at` = ?, p.`operation_id` = ? WHERE a.`deleted_at` IS NULL AND p.`deleted_at` IS NULL"
        ],
    );
    check(
        MySql,
        "DELETE p, c FROM post p LEFT JOIN comment c USING (id)",
        expect![
            "(refused) post: a change of several tables, one of them the optional side of a join with USING or NATURAL,; write the join with ON"
        ],
    );
}
