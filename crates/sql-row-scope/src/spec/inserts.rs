//! An INSERT affects only live rows.

use expect_test::expect;

use super::*;

#[test]
fn an_insert_without_a_conflict_stays_unchanged() {
    check_all(
        "INSERT INTO post (a) VALUES (1), (2)",
        expect![["(untouched)"]],
    );
    check_all(
        "INSERT INTO book (a) SELECT a FROM post",
        expect![[r#"INSERT INTO book (a) SELECT a FROM post WHERE post."deleted_at" IS NULL"#]],
    );
    check_all(
        "INSERT INTO post (a) SELECT a FROM author WHERE b = 1 OR c = 2",
        expect![[
            r#"INSERT INTO post (a) SELECT a FROM author WHERE (b = 1 OR c = 2) AND author."deleted_at" IS NULL"#
        ]],
    );
}

#[test]
fn an_upsert_uses_the_index_over_live_rows_and_updates_live_rows_only() {
    check(
        Postgres,
        "INSERT INTO post (a, b) VALUES ($1, $2) ON CONFLICT (a) DO UPDATE SET b = excluded.b RETURNING id",
        expect![[
            r#"INSERT INTO post (a, b) VALUES ($1, $2) ON CONFLICT (a) WHERE "deleted_at" IS NULL DO UPDATE SET b = excluded.b WHERE post."deleted_at" IS NULL RETURNING id"#
        ]],
    );
    check(
        Sqlite,
        "INSERT INTO post (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET b = 1 WHERE post.c = 2 OR post.d = 3",
        expect![[
            r#"INSERT INTO post (a) VALUES (?) ON CONFLICT (a) WHERE "deleted_at" IS NULL DO UPDATE SET b = 1 WHERE (post.c = 2 OR post.d = 3) AND post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        r#"INSERT INTO "post" AS "p" (a) VALUES (1) ON CONFLICT (a) DO NOTHING RETURNING *"#,
        expect![[
            r#"INSERT INTO "post" AS "p" (a) VALUES (1) ON CONFLICT (a) WHERE "deleted_at" IS NULL DO NOTHING RETURNING *"#
        ]],
    );
    check(
        Postgres,
        "INSERT INTO post (a) VALUES (1) ON CONFLICT (a) WHERE b OR c DO UPDATE SET d = 1",
        expect![[
            r#"INSERT INTO post (a) VALUES (1) ON CONFLICT (a) WHERE (b OR c) AND "deleted_at" IS NULL DO UPDATE SET d = 1 WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Sqlite,
        "INSERT INTO post (a) VALUES (1) ON CONFLICT (a) WHERE deleted_at IS NULL DO UPDATE SET d = 1",
        expect![[
            r#"INSERT INTO post (a) VALUES (1) ON CONFLICT (a) WHERE deleted_at IS NULL DO UPDATE SET d = 1 WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "INSERT INTO post (a) VALUES (1) ON CONFLICT ON CONSTRAINT post_pkey DO UPDATE SET d = 1",
        expect![[
            r#"INSERT INTO post (a) VALUES (1) ON CONFLICT ON CONSTRAINT post_pkey DO UPDATE SET d = 1 WHERE post."deleted_at" IS NULL"#
        ]],
    );
    check(
        Postgres,
        "INSERT INTO post (a) VALUES (1) ON CONFLICT DO NOTHING",
        expect![["(untouched)"]],
    );
    check(
        Postgres,
        "INSERT INTO post (a) SELECT a FROM author ON CONFLICT (a) DO NOTHING",
        expect![[
            r#"INSERT INTO post (a) SELECT a FROM author WHERE author."deleted_at" IS NULL ON CONFLICT (a) WHERE "deleted_at" IS NULL DO NOTHING"#
        ]],
    );
    check(
        Postgres,
        "INSERT INTO sentinel (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET b = $2",
        expect![[
            r#"INSERT INTO sentinel (a) VALUES ($1) ON CONFLICT (a) WHERE "deleted" = $3 DO UPDATE SET b = $2 WHERE sentinel."deleted" = $4"#
        ]],
    );
    check(
        Sqlite,
        "INSERT INTO sentinel (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET b = ? RETURNING (SELECT count(*) FROM sentinel)",
        expect![[
            r#"INSERT INTO sentinel (a) VALUES (?) ON CONFLICT (a) WHERE "deleted" = ? DO UPDATE SET b = ? WHERE sentinel."deleted" = ? RETURNING (SELECT count(*) FROM sentinel WHERE sentinel."deleted" = ?)"#
        ]],
    );
    check(
        Postgres,
        "INSERT INTO book (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = (SELECT max(id) FROM post)",
        expect![[
            r#"INSERT INTO book (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = (SELECT max(id) FROM post WHERE post."deleted_at" IS NULL)"#
        ]],
    );
}

#[test]
fn an_upsert_of_mysql_leaves_a_trashed_row_unchanged() {
    check(
        MySql,
        "INSERT INTO post (a, b) VALUES (?, ?) ON DUPLICATE KEY UPDATE b = VALUES(b), `c` = c + 1",
        expect![[
            "INSERT INTO post (a, b) VALUES (?, ?) ON DUPLICATE KEY UPDATE b = IF(post.`deleted_at` IS NULL, VALUES(b), post.`b`), `c` = IF(post.`deleted_at` IS NULL, c + 1, post.`c`)"
        ]],
    );
    check(
        MySql,
        "INSERT INTO `post` (`a`) VALUES (1) ON DUPLICATE KEY UPDATE `id` = `id`",
        expect![[
            "INSERT INTO `post` (`a`) VALUES (1) ON DUPLICATE KEY UPDATE `id` = IF(`post`.`deleted_at` IS NULL, `id`, `post`.`id`)"
        ]],
    );
    check(
        MySql,
        "INSERT INTO post SET a = 1 ON DUPLICATE KEY UPDATE b = IF(a, 2, 3), c = 4",
        expect![[
            "INSERT INTO post SET a = 1 ON DUPLICATE KEY UPDATE b = IF(post.`deleted_at` IS NULL, IF(a, 2, 3), post.`b`), c = IF(post.`deleted_at` IS NULL, 4, post.`c`)"
        ]],
    );
}

#[test]
fn an_upsert_of_mysql_from_its_own_table_uses_an_alias() {
    check(
        MySql,
        "INSERT INTO post (a) SELECT p.a FROM post p WHERE p.a > 1 ON DUPLICATE KEY UPDATE a = 7",
        expect![[
            "INSERT INTO post (a) SELECT p.a FROM post p WHERE (p.a > 1) AND p.`deleted_at` IS NULL ON DUPLICATE KEY UPDATE a = IF(post.`deleted_at` IS NULL, 7, post.`a`)"
        ]],
    );
    check(
        MySql,
        "INSERT INTO post (a) VALUES ((SELECT max(a) FROM post)) ON DUPLICATE KEY UPDATE a = 7",
        expect![[
            "INSERT INTO post (a) VALUES ((SELECT max(a) FROM post WHERE post.`deleted_at` IS NULL)) ON DUPLICATE KEY UPDATE a = IF(post.`deleted_at` IS NULL, 7, post.`a`)"
        ]],
    );
    check(
        MySql,
        "INSERT INTO post (a) SELECT a FROM author WHERE a IN (SELECT a FROM post) ON DUPLICATE KEY UPDATE a = 7",
        expect![[
            "INSERT INTO post (a) SELECT a FROM author WHERE (a IN (SELECT a FROM post WHERE post.`deleted_at` IS NULL)) AND author.`deleted_at` IS NULL ON DUPLICATE KEY UPDATE a = IF(post.`deleted_at` IS NULL, 7, post.`a`)"
        ]],
    );
    check(
        MySql,
        "INSERT INTO post (a) SELECT a FROM post ON DUPLICATE KEY UPDATE a = 7",
        expect![[
            "(refused) post: an ON DUPLICATE KEY UPDATE behind a SELECT from the same table; give the table an alias in the SELECT"
        ]],
    );
    check(
        MySql,
        "INSERT INTO `post` (SELECT * FROM author JOIN Post ON true) ON DUPLICATE KEY UPDATE a = 7",
        expect![[
            "(refused) post: an ON DUPLICATE KEY UPDATE behind a SELECT from the same table; give the table an alias in the SELECT"
        ]],
    );
}
