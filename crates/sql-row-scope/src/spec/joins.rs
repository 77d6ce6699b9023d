//! Where the condition of each table of a FROM goes.

use expect_test::expect;

use super::*;

#[test]
fn one_table() {
    check_all(
        "SELECT * FROM post",
        expect![[r#"SELECT * FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check_all(
        "SELECT * FROM post WHERE a = 1 OR b = 2",
        expect![[r#"SELECT * FROM post WHERE (a = 1 OR b = 2) AND post."deleted_at" IS NULL"#]],
    );
    check_all(
        r#"SELECT * FROM "post" "p" WHERE "p"."a" = 1 ORDER BY "p"."a" LIMIT 3"#,
        expect![[
            r#"SELECT * FROM "post" "p" WHERE ("p"."a" = 1) AND "p"."deleted_at" IS NULL ORDER BY "p"."a" LIMIT 3"#
        ]],
    );
    check_all(
        "SELECT * FROM post AS p",
        expect![[r#"SELECT * FROM post AS p WHERE p."deleted_at" IS NULL"#]],
    );
    check_all(
        "SELECT count(*) FROM post GROUP BY a HAVING count(*) > 1",
        expect![[
            r#"SELECT count(*) FROM post WHERE post."deleted_at" IS NULL GROUP BY a HAVING count(*) > 1"#
        ]],
    );
    check_all(
        "SELECT * FROM blog.post",
        expect![[r#"SELECT * FROM blog.post WHERE blog.post."deleted_at" IS NULL"#]],
    );
    check_all("SELECT * FROM book", expect![["(untouched)"]]);
}

#[test]
fn a_condition_that_the_statement_already_has_is_not_added() {
    check_all(
        r#"SELECT * FROM "post" WHERE "post"."id" = 1 AND "post"."deleted_at" IS NULL"#,
        expect!["(untouched)"],
    );
    check_all(
        r#"SELECT * FROM "post" WHERE "post"."deleted_at" IS NULL AND ("a" OR "b")"#,
        expect!["(untouched)"],
    );
    check_all(
        r#"SELECT * FROM "flag" WHERE "flag"."deleted" = FALSE LIMIT 1"#,
        expect!["(untouched)"],
    );
    check_all(
        r#"SELECT * FROM "epoch" WHERE ("epoch"."deleted" IS NULL OR "epoch"."deleted" = 0) AND "a""#,
        expect![["(untouched)"]],
    );
    check_all(
        r#"SELECT * FROM "book" LEFT JOIN "post" ON "a" = "b" AND "post"."deleted_at" IS NULL"#,
        expect!["(untouched)"],
    );
    check_all(
        r#"SELECT * FROM "post", "author" WHERE "post"."deleted_at" IS NULL"#,
        expect![[
            r#"SELECT * FROM "post", "author" WHERE ("post"."deleted_at" IS NULL) AND "author"."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_condition_that_only_looks_like_it_does_not_count() {
    check_all(
        r#"SELECT * FROM "post" WHERE "a" OR "b" AND "post"."deleted_at" IS NULL"#,
        expect![[
            r#"SELECT * FROM "post" WHERE ("a" OR "b" AND "post"."deleted_at" IS NULL) AND "post"."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        r#"SELECT * FROM "post" WHERE NOT "post"."deleted_at" IS NULL"#,
        expect![[
            r#"SELECT * FROM "post" WHERE (NOT "post"."deleted_at" IS NULL) AND "post"."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        r#"SELECT * FROM "post" WHERE "a" BETWEEN 1 AND "post"."deleted_at" IS NULL"#,
        expect![[
            r#"SELECT * FROM "post" WHERE ("a" BETWEEN 1 AND "post"."deleted_at" IS NULL) AND "post"."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        r#"SELECT * FROM "post" WHERE CASE WHEN "a" AND "post"."deleted_at" IS NULL THEN 1 ELSE 1 END"#,
        expect![[
            r#"SELECT * FROM "post" WHERE (CASE WHEN "a" AND "post"."deleted_at" IS NULL THEN 1 ELSE 1 END) AND "post"."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        r#"SELECT * FROM "post" WHERE "post"."deleted_at" IS NULL = FALSE"#,
        expect![[
            r#"SELECT * FROM "post" WHERE ("post"."deleted_at" IS NULL = FALSE) AND "post"."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        r#"SELECT * FROM "post" AS "p" WHERE "post"."deleted_at" IS NULL"#,
        expect![[
            r#"SELECT * FROM "post" AS "p" WHERE ("post"."deleted_at" IS NULL) AND "p"."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        "SELECT * FROM `post` WHERE a || b AND `post`.`deleted_at` IS NULL",
        expect![
            "SELECT * FROM `post` WHERE (a || b AND `post`.`deleted_at` IS NULL) AND `post`.`deleted_at` IS NULL"
        ],
    );
    check(
        MySql,
        "SELECT * FROM `post` WHERE ! a AND `post`.`deleted_at` IS NULL",
        expect![
            "SELECT * FROM `post` WHERE (! a AND `post`.`deleted_at` IS NULL) AND `post`.`deleted_at` IS NULL"
        ],
    );
}

#[test]
fn each_marker_has_its_condition() {
    check_all(
        "SELECT * FROM flag",
        expect![[r#"SELECT * FROM flag WHERE flag."deleted" = FALSE"#]],
    );
    check_all(
        "SELECT * FROM epoch",
        expect![[r#"SELECT * FROM epoch WHERE (epoch."deleted" IS NULL OR epoch."deleted" = 0)"#]],
    );
    check(
        Postgres,
        "SELECT * FROM sentinel s WHERE s.id = $1",
        expect![[r#"SELECT * FROM sentinel s WHERE (s.id = $1) AND s."deleted" = $2"#]],
    );
    check(
        Sqlite,
        "SELECT * FROM sentinel s WHERE s.id = ?",
        expect![[r#"SELECT * FROM sentinel s WHERE (s.id = ?) AND s."deleted" = ?"#]],
    );
    check(
        MySql,
        "SELECT * FROM sentinel s WHERE s.id = ?",
        expect![["SELECT * FROM sentinel s WHERE (s.id = ?) AND s.`deleted` = ?"]],
    );
    check(
        Sqlite,
        "SELECT * FROM sentinel s WHERE s.id = ?7",
        expect![[r#"SELECT * FROM sentinel s WHERE (s.id = ?7) AND s."deleted" = ?8"#]],
    );
}

#[test]
fn conditions_of_inner_joins_and_comma_lists_go_into_where() {
    check_all(
        "SELECT * FROM post p, author a WHERE p.author_id = a.id OR p.id = 1",
        expect![[
            r#"SELECT * FROM post p, author a WHERE (p.author_id = a.id OR p.id = 1) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post p JOIN author a ON a.id = p.author_id",
        expect![[
            r#"SELECT * FROM post p JOIN author a ON a.id = p.author_id WHERE p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post p INNER JOIN author a USING (id) WHERE 1 = 1",
        expect![[
            r#"SELECT * FROM post p INNER JOIN author a USING (id) WHERE (1 = 1) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post p CROSS JOIN author a",
        expect![[
            r#"SELECT * FROM post p CROSS JOIN author a WHERE p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM book b JOIN author a ON a.id = b.author_id",
        expect![[
            r#"SELECT * FROM book b JOIN author a ON a.id = b.author_id WHERE a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post NATURAL JOIN author",
        expect![[
            r#"SELECT * FROM post NATURAL JOIN author WHERE post."deleted_at" IS NULL AND author."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn the_condition_of_an_optional_side_goes_into_on() {
    check_all(
        "SELECT * FROM post p LEFT JOIN author a ON a.id = p.author_id OR a.id = 1",
        expect![[
            r#"SELECT * FROM post p LEFT JOIN author a ON (a.id = p.author_id OR a.id = 1) AND a."deleted_at" IS NULL WHERE p."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM book b LEFT OUTER JOIN author a ON a.id = b.author_id WHERE b.id = 1 OR b.id = 2",
        expect![[
            r#"SELECT * FROM book b LEFT OUTER JOIN author a ON (a.id = b.author_id) AND a."deleted_at" IS NULL WHERE b.id = 1 OR b.id = 2"#
        ]],
    );
    check_all(
        "SELECT * FROM post p RIGHT JOIN author a ON a.id = p.author_id",
        expect![[
            r#"SELECT * FROM post p RIGHT JOIN author a ON (a.id = p.author_id) AND p."deleted_at" IS NULL WHERE a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post p LEFT JOIN comment c ON c.post_id = p.id LEFT JOIN author a ON a.id = c.author_id",
        expect![[
            r#"SELECT * FROM post p LEFT JOIN comment c ON (c.post_id = p.id) AND c."deleted_at" IS NULL LEFT JOIN author a ON (a.id = c.author_id) AND a."deleted_at" IS NULL WHERE p."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM book b LEFT JOIN (post p JOIN author a ON a.id = p.author_id) ON p.book_id = b.id",
        expect![[
            r#"SELECT * FROM book b LEFT JOIN (post p JOIN author a ON a.id = p.author_id) ON (p.book_id = b.id) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM book b LEFT JOIN (post p LEFT JOIN author a ON a.id = p.author_id) ON p.book_id = b.id",
        expect![[
            r#"SELECT * FROM book b LEFT JOIN (post p LEFT JOIN author a ON (a.id = p.author_id) AND a."deleted_at" IS NULL) ON (p.book_id = b.id) AND p."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT * FROM post p JOIN author a ON a.id = p.author_id RIGHT JOIN book b ON b.id = p.book_id",
        expect![[
            r#"SELECT * FROM post p JOIN author a ON a.id = p.author_id RIGHT JOIN book b ON (b.id = p.book_id) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn conditions_of_joins_may_be_nested() {
    check(
        Postgres,
        "SELECT * FROM book b LEFT JOIN post p JOIN author a ON a.id = p.author_id ON p.book_id = b.id",
        expect![[
            r#"SELECT * FROM book b LEFT JOIN post p JOIN author a ON a.id = p.author_id ON (p.book_id = b.id) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        "SELECT * FROM book b LEFT JOIN post p JOIN author a ON a.id = p.author_id ON p.book_id = b.id",
        expect![[
            "SELECT * FROM book b LEFT JOIN post p JOIN author a ON a.id = p.author_id ON (p.book_id = b.id) AND p.`deleted_at` IS NULL AND a.`deleted_at` IS NULL"
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM book b JOIN post p LEFT JOIN author a ON a.id = p.author_id ON p.book_id = b.id WHERE b.id = 1",
        expect![[
            r#"SELECT * FROM book b JOIN post p LEFT JOIN author a ON (a.id = p.author_id) AND a."deleted_at" IS NULL ON p.book_id = b.id WHERE (b.id = 1) AND p."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn an_on_after_a_cross_join_belongs_to_the_join_around_it() {
    check(
        Postgres,
        "SELECT * FROM book b LEFT JOIN post p CROSS JOIN author a ON p.book_id = b.id",
        expect![[
            r#"SELECT * FROM book b LEFT JOIN post p CROSS JOIN author a ON (p.book_id = b.id) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM book b LEFT JOIN post p NATURAL JOIN author a ON p.book_id = b.id",
        expect![[
            r#"SELECT * FROM book b LEFT JOIN post p NATURAL JOIN author a ON (p.book_id = b.id) AND p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        "SELECT * FROM book b CROSS JOIN post p ON p.book_id = b.id",
        expect![
            "SELECT * FROM book b CROSS JOIN post p ON p.book_id = b.id WHERE p.`deleted_at` IS NULL"
        ],
    );
}

#[test]
fn a_table_whose_condition_fits_neither_where_nor_on_becomes_a_derived_table() {
    check(
        Postgres,
        "SELECT * FROM post p FULL JOIN author a ON a.id = p.author_id",
        expect![[
            r#"SELECT * FROM (post p JOIN (SELECT) AS soft_delete_3 ON p."deleted_at" IS NULL) FULL JOIN (author a JOIN (SELECT) AS soft_delete_7 ON a."deleted_at" IS NULL) ON a.id = p.author_id"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post FULL OUTER JOIN blog.author USING (id)",
        expect![[
            r#"SELECT * FROM (post JOIN (SELECT) AS soft_delete_3 ON post."deleted_at" IS NULL) FULL OUTER JOIN (blog.author JOIN (SELECT) AS soft_delete_7 ON blog.author."deleted_at" IS NULL) USING (id)"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM book LEFT JOIN post USING (id)",
        expect![[
            r#"SELECT * FROM book LEFT JOIN (post JOIN (SELECT) AS soft_delete_6 ON post."deleted_at" IS NULL) USING (id)"#
        ]],
    );
    check(
        MySql,
        "SELECT * FROM book NATURAL LEFT JOIN post AS p USE INDEX (i)",
        expect![[
            "SELECT * FROM book NATURAL LEFT JOIN (SELECT * FROM post AS p USE INDEX (i) WHERE p.`deleted_at` IS NULL) AS p"
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post AS p (a, b, c) WHERE p.a = 1",
        expect![[
            r#"SELECT * FROM (SELECT * FROM post WHERE post."deleted_at" IS NULL) AS p (a, b, c) WHERE p.a = 1"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM (post p JOIN author a ON a.id = p.author_id) AS j",
        expect![[
            r#"SELECT * FROM ((post p JOIN (SELECT) AS soft_delete_4 ON p."deleted_at" IS NULL) JOIN (author a JOIN (SELECT) AS soft_delete_7 ON a."deleted_at" IS NULL) ON a.id = p.author_id) AS j"#
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM book LEFT JOIN post",
        expect![[
            r#"SELECT * FROM book LEFT JOIN (SELECT * FROM post WHERE post."deleted_at" IS NULL) AS post"#
        ]],
    );
}

#[test]
fn in_sqlite_a_comma_binds_like_a_join() {
    check(
        Sqlite,
        "SELECT * FROM post p, book b RIGHT JOIN author a ON a.id = b.author_id",
        expect![[
            r#"SELECT * FROM post p, book b RIGHT JOIN author a ON (a.id = b.author_id) AND p."deleted_at" IS NULL WHERE a."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post p, book b RIGHT JOIN author a ON a.id = b.author_id",
        expect![[
            r#"SELECT * FROM post p, book b RIGHT JOIN author a ON a.id = b.author_id WHERE p."deleted_at" IS NULL AND a."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn hints_and_samples_stay_with_their_table() {
    check(
        MySql,
        "SELECT * FROM post AS p USE INDEX (a, b) IGNORE KEY FOR ORDER BY (c) WHERE p.id = 1",
        expect![[
            "SELECT * FROM post AS p USE INDEX (a, b) IGNORE KEY FOR ORDER BY (c) WHERE (p.id = 1) AND p.`deleted_at` IS NULL"
        ]],
    );
    check(
        MySql,
        "SELECT * FROM post PARTITION (p0, p1) p FORCE INDEX (a), author",
        expect![[
            "SELECT * FROM post PARTITION (p0, p1) p FORCE INDEX (a), author WHERE p.`deleted_at` IS NULL AND author.`deleted_at` IS NULL"
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM post AS p INDEXED BY i JOIN author NOT INDEXED",
        expect![[
            r#"SELECT * FROM post AS p INDEXED BY i JOIN author NOT INDEXED WHERE p."deleted_at" IS NULL AND author."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM ONLY post p TABLESAMPLE SYSTEM (10) REPEATABLE (1) WHERE p.id = 1",
        expect![[
            r#"SELECT * FROM ONLY post p TABLESAMPLE SYSTEM (10) REPEATABLE (1) WHERE (p.id = 1) AND p."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM ONLY (post)",
        expect![[r#"SELECT * FROM ONLY (post) WHERE post."deleted_at" IS NULL"#]],
    );
    check(
        Postgres,
        "SELECT * FROM post * JOIN author ON true",
        expect![[
            r#"SELECT * FROM post * JOIN author ON true WHERE post."deleted_at" IS NULL AND author."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn a_function_in_from_is_not_a_table() {
    check(
        Postgres,
        "SELECT * FROM generate_series(1, 3) AS post (id), ROWS FROM (unnest(ARRAY[1, 2])) WITH ORDINALITY r, post p",
        expect![[
            r#"SELECT * FROM generate_series(1, 3) AS post (id), ROWS FROM (unnest(ARRAY[1, 2])) WITH ORDINALITY r, post p WHERE p."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        "SELECT * FROM post, JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) AS j",
        expect![[
            "SELECT * FROM post, JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) AS j WHERE post.`deleted_at` IS NULL"
        ]],
    );
    check(
        Sqlite,
        "SELECT * FROM json_each('[1]') AS post, post AS p",
        expect![[
            r#"SELECT * FROM json_each('[1]') AS post, post AS p WHERE p."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post p JOIN LATERAL unnest(p.tags) AS t(x) ON true",
        expect![[
            r#"SELECT * FROM post p JOIN LATERAL unnest(p.tags) AS t(x) ON true WHERE p."deleted_at" IS NULL"#
        ]],
    );
}
