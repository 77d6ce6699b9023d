//! The text that the scanner reads, and the text that stays unchanged.

use expect_test::expect;

use super::*;

#[test]
fn strings_comments_and_names_are_read_as_the_database_reads_them() {
    check(
        Postgres,
        r#"SELECT 'FROM post', $$ FROM post $$, $a$ $$ $a$, E'\'' || 'FROM post', U&'x' FROM post p"#,
        expect![[
            r#"SELECT 'FROM post', $$ FROM post $$, $a$ $$ $a$, E'\'' || 'FROM post', U&'x' FROM post p WHERE p."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        r#"SELECT 'it\'s FROM post', "a\"b" FROM post # FROM author
"#,
        expect![[r#"
    SELECT 'it\'s FROM post', "a\"b" FROM post WHERE post.`deleted_at` IS NULL # FROM author
"#]],
    );
    check(
        Sqlite,
        r#"SELECT 'it''s', "a""b", `c``d`, [e] FROM post -- FROM author"#,
        expect![[
            r#"SELECT 'it''s', "a""b", `c``d`, [e] FROM post WHERE post."deleted_at" IS NULL -- FROM author"#
        ]],
    );
    check(
        Postgres,
        "SELECT /* a /* b */ FROM author */ 1 FROM post",
        expect![[
            r#"SELECT /* a /* b */ FROM author */ 1 FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        "SELECT 1--1 FROM post -- x",
        expect![["SELECT 1--1 FROM post WHERE post.`deleted_at` IS NULL -- x"]],
    );
    check(
        Sqlite,
        "SELECT * FROM 'post'",
        expect![[r#"SELECT * FROM 'post' WHERE "post"."deleted_at" IS NULL"#]],
    );
    check(
        Sqlite,
        "SELECT * FROM [post] AS [p q]",
        expect![[r#"SELECT * FROM [post] AS [p q] WHERE [p q]."deleted_at" IS NULL"#]],
    );
    check(
        MySql,
        r#"SELECT * FROM "post""#,
        expect![[r#"SELECT * FROM "post" WHERE `post`.`deleted_at` IS NULL"#]],
    );
    check(
        Sqlite,
        r#"SELECT * FROM "Odd ""name""" WHERE a"#,
        expect![[
            r#"SELECT * FROM "Odd ""name""" WHERE (a) AND "Odd ""name"""."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn names_match_case_as_in_the_database() {
    check_all(
        "select * from POST where A or B",
        expect![[r#"select * from POST where (A or B) AND POST."deleted_at" IS NULL"#]],
    );
    check(
        Postgres,
        r#"SELECT * FROM "Post""#,
        expect![["(untouched)"]],
    );
    check(
        Sqlite,
        r#"SELECT * FROM "Post""#,
        expect![[r#"SELECT * FROM "Post" WHERE "Post"."deleted_at" IS NULL"#]],
    );
    check(
        MySql,
        "SELECT * FROM `Post`",
        expect![["SELECT * FROM `Post` WHERE `Post`.`deleted_at` IS NULL"]],
    );
}

#[test]
fn numbers_end_where_the_database_ends_them() {
    check(
        MySql,
        "SELECT 1.0FROM post",
        expect![["SELECT 1.0FROM post WHERE post.`deleted_at` IS NULL"]],
    );
    check(
        MySql,
        "SELECT 1e5FROM post",
        expect![["SELECT 1e5FROM post WHERE post.`deleted_at` IS NULL"]],
    );
    check(
        Postgres,
        "SELECT 1FROM post",
        expect![[r#"SELECT 1FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check_all(
        "SELECT.5,1 FROM post",
        expect![[r#"SELECT.5,1 FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check(
        MySql,
        "SELECT * FROM 1a JOIN post ON 1",
        expect![["SELECT * FROM 1a JOIN post ON 1 WHERE post.`deleted_at` IS NULL"]],
    );
}

#[test]
fn operators_and_placeholders_stay_unchanged() {
    check(
        Postgres,
        "SELECT a ? 'b', c ?| ARRAY['d', 'e'], f @> '{}'::jsonb FROM post WHERE g -> 'h' ->> 'i' = ANY($1) AND j ? 'k' OR l",
        expect![[
            r#"SELECT a ? 'b', c ?| ARRAY['d', 'e'], f @> '{}'::jsonb FROM post WHERE (g -> 'h' ->> 'i' = ANY($1) AND j ? 'k' OR l) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post WHERE a IS DISTINCT FROM b FOR NO KEY UPDATE OF post SKIP LOCKED",
        expect![[
            r#"SELECT * FROM post WHERE (a IS DISTINCT FROM b) AND post."deleted_at" IS NULL FOR NO KEY UPDATE OF post SKIP LOCKED"#
        ]],
    );
    check_all(
        "SELECT EXTRACT(YEAR FROM a), SUBSTRING(b FROM 1 FOR 2) FROM post",
        expect![[
            r#"SELECT EXTRACT(YEAR FROM a), SUBSTRING(b FROM 1 FOR 2) FROM post WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM post WINDOW w AS (PARTITION BY b)",
        expect![[
            r#"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM post WHERE post."deleted_at" IS NULL WINDOW w AS (PARTITION BY b)"#
        ]],
    );
    check(
        MySql,
        "SELECT * FROM post WHERE a BETWEEN 1 AND 2 LOCK IN SHARE MODE",
        expect![[
            "SELECT * FROM post WHERE (a BETWEEN 1 AND 2) AND post.`deleted_at` IS NULL LOCK IN SHARE MODE"
        ]],
    );
    check(
        MySql,
        r#"SELECT * FROM post WHERE a XOR b INTO OUTFILE "x""#,
        expect![[
            r#"SELECT * FROM post WHERE (a XOR b) AND post.`deleted_at` IS NULL INTO OUTFILE "x""#
        ]],
    );
}

#[test]
fn words_without_a_space_between_them_stay_separate() {
    check_all(
        "SELECT * FROM post WHERE a='x'ORDER BY a",
        expect![[r#"SELECT * FROM post WHERE (a='x') AND post."deleted_at" IS NULL ORDER BY a"#]],
    );
    check_all(
        r#"SELECT * FROM "post"ORDER BY a"#,
        expect![[r#"SELECT * FROM "post" WHERE "post"."deleted_at" IS NULL ORDER BY a"#]],
    );
    check(
        Postgres,
        r#"DELETE FROM "post"USING"author"WHERE"post"."a"='x'RETURNING*"#,
        expect![[
            r#"UPDATE "post" SET "deleted_at" = $1, "operation_id" = $2 FROM "author"WHERE("post"."a"='x') AND "post"."deleted_at" IS NULL AND "author"."deleted_at" IS NULL RETURNING*"#
        ]],
    );
    check_all(
        r#"SELECT * FROM book LEFT JOIN"post"ON(a)WHERE(b)"#,
        expect![[
            r#"SELECT * FROM book LEFT JOIN"post"ON((a)) AND "post"."deleted_at" IS NULL WHERE(b)"#
        ]],
    );
}

#[test]
fn keywords_that_are_names_in_their_place() {
    check_all(
        "SELECT p.order, p.group, p.from FROM post p WHERE p.limit = 1 OR p.where = 2",
        expect![[
            r#"SELECT p.order, p.group, p.from FROM post p WHERE (p.limit = 1 OR p.where = 2) AND p."deleted_at" IS NULL"#
        ]],
    );
    check_all(
        "SELECT post.a AS post FROM post",
        expect![[r#"SELECT post.a AS post FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check_all(
        "SELECT * FROM book WHERE post = 1",
        expect![["(untouched)"]],
    );
    check(
        Sqlite,
        "SELECT offset FROM post WHERE offset > 1 LIMIT 1 OFFSET 2",
        expect![[
            r#"SELECT offset FROM post WHERE (offset > 1) AND post."deleted_at" IS NULL LIMIT 1 OFFSET 2"#
        ]],
    );
    check(
        Postgres,
        "SELECT * FROM post WHERE a = 1 OFFSET 2",
        expect![[r#"SELECT * FROM post WHERE (a = 1) AND post."deleted_at" IS NULL OFFSET 2"#]],
    );
    check(
        MySql,
        "SELECT * FROM post full JOIN author ON true",
        expect![[
            "SELECT * FROM post full JOIN author ON true WHERE full.`deleted_at` IS NULL AND author.`deleted_at` IS NULL"
        ]],
    );
}

#[test]
fn comments_keep_their_positions() {
    check_all(
        r#"SELECT * FROM post -- all
 WHERE a = 1 OR b = 2 -- two
 ORDER BY c"#,
        expect![[r#"
     SELECT * FROM post -- all
      WHERE (a = 1 OR b = 2) AND post."deleted_at" IS NULL -- two
      ORDER BY c"#]],
    );
    check_all(
        "SELECT * FROM post /* p */ LEFT JOIN author /* a */ ON /* x */ a OR b /* y */",
        expect![[
            r#"SELECT * FROM post /* p */ LEFT JOIN author /* a */ ON /* x */ (a OR b) AND author."deleted_at" IS NULL WHERE post."deleted_at" IS NULL /* y */"#
        ]],
    );
}

#[test]
fn inserted_text_does_not_join_a_word() {
    check_all(
        r#"SELECT id FROM"post"WHERE(a=1)OR(b='x')ORDER BY id"#,
        expect![[
            r#"SELECT id FROM"post"WHERE((a=1)OR(b='x')) AND "post"."deleted_at" IS NULL ORDER BY id"#
        ]],
    );
    check_all(
        r#"SELECT p.id FROM"post"AS"p"LEFT JOIN"author"AS"a"ON"a"."id"="p"."a"WHERE"p"."b"<>'x'LIMIT 5"#,
        expect![[
            r#"SELECT p.id FROM"post"AS"p"LEFT JOIN"author"AS"a"ON("a"."id"="p"."a") AND "a"."deleted_at" IS NULL WHERE("p"."b"<>'x') AND "p"."deleted_at" IS NULL LIMIT 5"#
        ]],
    );
    check_all(
        r#"SELECT id FROM"post"UNION ALL SELECT id FROM"author"ORDER BY id"#,
        expect![[
            r#"SELECT id FROM"post" WHERE "post"."deleted_at" IS NULL UNION ALL SELECT id FROM"author" WHERE "author"."deleted_at" IS NULL ORDER BY id"#
        ]],
    );
    check(
        Postgres,
        r#"DELETE FROM"post"WHERE"a"='x'RETURNING id"#,
        expect![[
            r#"UPDATE "post" SET "deleted_at" = $1, "operation_id" = $2 WHERE("a"='x') AND "post"."deleted_at" IS NULL RETURNING id"#
        ]],
    );
    check(
        Sqlite,
        r#"SELECT*FROM"sentinel"WHERE"a"='x'ORDER BY 1"#,
        expect![[r#"SELECT*FROM"sentinel"WHERE("a"='x') AND "sentinel"."deleted" = ? ORDER BY 1"#]],
    );
}

#[test]
fn an_inserted_derived_table_does_not_join_a_word() {
    check(
        Postgres,
        r#"SELECT * FROM(SELECT 1)d FULL JOIN"post"USING(id)"#,
        expect![[
            r#"SELECT * FROM(SELECT 1)d FULL JOIN("post" JOIN (SELECT) AS soft_delete_10 ON "post"."deleted_at" IS NULL)USING(id)"#
        ]],
    );
    check_all(
        "SELECT * FROM post/* soft_delete: with_trashed(post) */",
        expect!["SELECT * FROM post"],
    );
}

#[test]
fn a_string_keeps_its_prefix() {
    check(
        Postgres,
        r"SELECT * FROM post WHERE E'it\'s' = a OR b",
        expect![[r#"SELECT * FROM post WHERE (E'it\'s' = a OR b) AND post."deleted_at" IS NULL"#]],
    );
    check(
        Postgres,
        r"SELECT * FROM book b LEFT JOIN post p ON E'\'' = p.a OR U&'\0061' = b.a",
        expect![[
            r#"SELECT * FROM book b LEFT JOIN post p ON (E'\'' = p.a OR U&'\0061' = b.a) AND p."deleted_at" IS NULL"#
        ]],
    );
    check(
        MySql,
        r"SELECT * FROM post WHERE _utf8mb4'it\'s' = a OR X'00' = b",
        expect![[
            r#"SELECT * FROM post WHERE (_utf8mb4'it\'s' = a OR X'00' = b) AND post.`deleted_at` IS NULL"#
        ]],
    );
}
