//! Reads in SQL text, in common forms and in forms of one dialect.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use sea_orm_soft_delete::Scopable;

use super::answers::{Answers, as_if_deleted};
use super::raw::cells;
use crate::harness::on_every_database;

/// One statement for each line. `\n` is a line break.
const EVERYWHERE: &str = r#"
SELECT id FROM blog_post ORDER BY id
SELECT id FROM blog_post ORDER BY id;
SELECT id FROM blog_post ORDER BY id -- the end
SELECT id FROM blog_post WHERE id = 1 OR id = 2 OR slug = 'five' ORDER BY id
SELECT id FROM blog_post WHERE views > 10 AND views < 30 OR id = 5 ORDER BY id
SELECT id FROM blog_post WHERE id = 1 -- or\n OR id = 2 ORDER BY id
SELECT id FROM blog_post WHERE id = 1 /* or */ OR id = 2 ORDER BY id
SELECT id FROM blog_post WHERE NOT (id = 1) ORDER BY id
SELECT id FROM blog_post WHERE NOT id = 1 OR id = 1 ORDER BY id
SELECT id FROM blog_post WHERE id BETWEEN 2 AND 4 ORDER BY id
SELECT id FROM blog_post WHERE CASE WHEN id = 2 THEN 1 ELSE 0 END = 1 OR id = 3 ORDER BY id
SELECT id FROM blog_post WHERE slug <> ' WHERE ''x'' OR FROM blog_post ' ORDER BY id
SELECT id FROM blog_post ORDER BY id LIMIT 2
SELECT id FROM blog_post WHERE id > 1 ORDER BY id LIMIT 1 OFFSET 1
SELECT DISTINCT author_id FROM blog_post ORDER BY author_id
SELECT ALL id FROM blog_post ORDER BY id
SELECT p.id FROM blog_post p ORDER BY p.id
select P.id from blog_post as P where P.views >= 20 order by P.id
SELECT blog_author.id FROM blog_post blog_author ORDER BY blog_author.id
SELECT p.id, a.name FROM blog_post p, blog_author a WHERE a.id = p.author_id ORDER BY p.id
SELECT p.id, q.id FROM blog_post p, blog_post q WHERE p.id < q.id ORDER BY p.id, q.id
SELECT p.id, c.name FROM blog_country c, blog_post p JOIN blog_author a ON a.id = p.author_id WHERE c.id = a.country_id ORDER BY p.id
SELECT count(*) AS n FROM blog_post CROSS JOIN blog_author
SELECT p.id FROM blog_post p JOIN blog_author a ON a.id = p.author_id OR a.id = 2 ORDER BY p.id, a.id
SELECT p.id, a.name FROM blog_post p LEFT JOIN blog_author a ON a.id = p.author_id ORDER BY p.id
SELECT p.id, a.name FROM blog_post p LEFT OUTER JOIN blog_author a ON a.id = p.author_id AND a.id > 0 OR a.id = 2 ORDER BY p.id, a.id
SELECT p.id, a.name FROM blog_post p RIGHT JOIN blog_author a ON a.id = p.author_id ORDER BY a.id, p.id
SELECT a.id FROM blog_author a LEFT JOIN blog_post p ON p.author_id = a.id WHERE p.id IS NULL ORDER BY a.id
SELECT a.id FROM blog_author a LEFT JOIN blog_post p ON p.author_id = a.id LEFT JOIN blog_comment c ON c.post_id = p.id WHERE c.id IS NULL ORDER BY a.id, p.id
SELECT p.id, c.id FROM blog_author a LEFT JOIN blog_post p ON p.author_id = a.id RIGHT JOIN blog_comment c ON c.post_id = p.id ORDER BY c.id, p.id
SELECT a.id, p.id FROM blog_author a LEFT JOIN (blog_post p JOIN blog_comment c ON c.post_id = p.id) ON p.author_id = a.id ORDER BY a.id, p.id
SELECT c.id FROM blog_comment c JOIN (blog_post p JOIN blog_author a ON a.id = p.author_id) ON p.id = c.post_id ORDER BY c.id
SELECT id, slug, bio FROM blog_post JOIN blog_profile USING (id) ORDER BY id
SELECT p.id, bio FROM blog_post p LEFT JOIN blog_profile USING (id) ORDER BY p.id
SELECT id, bio FROM blog_post LEFT JOIN blog_profile USING (id) ORDER BY id
SELECT p.id FROM blog_post p NATURAL LEFT JOIN blog_country c ORDER BY p.id
SELECT c.id, a.id FROM blog_country c LEFT JOIN blog_author a ON a.country_id = c.id ORDER BY c.id, a.id
SELECT id FROM blog_comment WHERE post_id IN (SELECT id FROM blog_post WHERE id < 5 OR id = 5) ORDER BY id
SELECT id FROM blog_author WHERE id NOT IN (SELECT author_id FROM blog_post) ORDER BY id
SELECT id FROM blog_comment WHERE (post_id, author_id) IN (SELECT id, author_id FROM blog_post) OR id = 5 ORDER BY id
SELECT a.id FROM blog_author a WHERE EXISTS (SELECT 1 FROM blog_post p WHERE p.author_id = a.id) ORDER BY a.id
SELECT a.id FROM blog_author a WHERE NOT EXISTS (SELECT 1 FROM blog_profile p WHERE p.author_id = a.id) ORDER BY a.id
SELECT p.id FROM blog_country p WHERE EXISTS (SELECT 1 FROM blog_author p WHERE p.id = 2 OR p.id = 9) ORDER BY p.id
SELECT c.name, (SELECT count(*) FROM blog_author a WHERE a.country_id = c.id) AS n FROM blog_country c ORDER BY c.id
SELECT c.id FROM blog_country c JOIN blog_author a ON a.country_id = c.id AND EXISTS (SELECT 1 FROM blog_post p WHERE p.author_id = a.id) ORDER BY c.id, a.id
SELECT d.id FROM (SELECT id FROM blog_post WHERE views > 0) AS d ORDER BY d.id
SELECT d.id FROM (SELECT p.id FROM (SELECT * FROM blog_post) p UNION ALL SELECT id FROM blog_tag) d ORDER BY d.id
WITH seen AS (SELECT id, author_id FROM blog_post) SELECT s.id FROM seen s JOIN blog_author a ON a.id = s.author_id ORDER BY s.id
WITH seen (one, two) AS (SELECT id, author_id FROM blog_post), by_two AS (SELECT two, count(*) AS n FROM seen GROUP BY two) SELECT two, n FROM by_two ORDER BY two
WITH blog_post AS (SELECT id FROM blog_comment) SELECT id FROM blog_post ORDER BY id
WITH RECURSIVE tree AS (SELECT id FROM blog_category WHERE parent_id IS NULL UNION ALL SELECT c.id FROM blog_category c JOIN tree t ON c.parent_id = t.id) SELECT id FROM tree ORDER BY id
SELECT id FROM blog_post UNION ALL SELECT id FROM blog_comment WHERE id > 1 ORDER BY id
SELECT id FROM blog_post UNION SELECT id FROM blog_country ORDER BY id
SELECT id FROM blog_author EXCEPT SELECT author_id FROM blog_profile ORDER BY id
SELECT id FROM blog_author INTERSECT SELECT author_id FROM blog_post WHERE id = 4 OR id = 1 ORDER BY id
SELECT author_id, count(*) AS n FROM blog_post GROUP BY author_id HAVING count(*) > 1 ORDER BY author_id
SELECT author_id FROM blog_post GROUP BY author_id HAVING author_id = 3 OR count(*) > 1 ORDER BY author_id
SELECT author_id, count(*) AS n FROM blog_post GROUP BY author_id HAVING count(*) >= (SELECT count(*) FROM blog_post WHERE author_id = 1 OR id = 5) ORDER BY author_id
SELECT id, row_number() OVER (PARTITION BY author_id ORDER BY id) AS n FROM blog_post ORDER BY id
SELECT id, count(*) OVER w AS n FROM blog_post WINDOW w AS (PARTITION BY author_id) ORDER BY id
SELECT c.id FROM blog_country c ORDER BY (SELECT count(*) FROM blog_author a WHERE a.country_id = c.id) DESC, c.id DESC
SELECT max(views) AS n FROM blog_post
SELECT 1 AS n WHERE EXISTS (SELECT 1 FROM blog_post WHERE id = 5)
"#;

/// Words that end with a quote or a parenthesis instead of a space.
const TIGHT: &str = r#"
SELECT id FROM blog_post WHERE(id=1)OR(id=2)ORDER BY id
SELECT id FROM blog_post WHERE id IN(1,2)OR slug='five'ORDER BY id
SELECT id FROM blog_post WHERE slug='one'OR slug='two'LIMIT 5
SELECT p.id FROM blog_post p LEFT JOIN blog_author a ON(a.id=p.author_id)WHERE(p.id>0)ORDER BY p.id
SELECT p.id FROM(SELECT*FROM blog_post)p ORDER BY p.id
SELECT(SELECT count(*)FROM blog_post)AS n
SELECT id FROM blog_post/**/WHERE/**/id=1/**/OR/**/id=2/**/ORDER/**/BY/**/id
SELECT count(*)AS n FROM blog_post GROUP BY(author_id)HAVING(count(*)>1)OR(author_id=3)ORDER BY(1)
SELECT id FROM"blog_post"ORDER BY id
SELECT p.id FROM"blog_post"AS"p"UNION ALL SELECT id FROM"blog_tag"ORDER BY id
SELECT p.id FROM"blog_post"AS"p"LEFT JOIN"blog_author"AS"a"ON"a"."id"="p"."author_id"WHERE"p"."slug"<>'x'ORDER BY"p"."id"
SELECT p.id,a.id FROM"blog_post"AS"p"LEFT JOIN"blog_author"AS"a"ON"a"."id"="p"."author_id"ORDER BY"p"."id"
WITH"x"AS(SELECT id FROM"blog_post")SELECT id FROM"x"ORDER BY id
"#;

const SQLITE: &str = r#"
SELECT p.id FROM (blog_post p) ORDER BY p.id
SELECT id FROM 'blog_post' ORDER BY id
SELECT id FROM [blog_post] ORDER BY id
SELECT id FROM `blog_post` ORDER BY id
SELECT id FROM "Blog_Post" ORDER BY id
SELECT id FROM main.blog_post ORDER BY id
SELECT id FROM "main"."blog_post" AS "where" WHERE "where".id > 0 ORDER BY id
SELECT id FROM blog_post NOT INDEXED WHERE id > 0 ORDER BY id
SELECT id FROM blog_post WHERE category_id NOTNULL OR id == 5 ORDER BY id
SELECT p.id, a.id FROM blog_post p FULL JOIN blog_author a ON a.id = p.author_id ORDER BY p.id, a.id
SELECT p.id, q.id FROM blog_post p FULL OUTER JOIN blog_profile q USING (id) ORDER BY p.id, q.id
SELECT count(*) FILTER (WHERE id > 2 OR id = 2) AS n FROM blog_post
WITH seen AS MATERIALIZED (SELECT id FROM blog_post) SELECT id FROM seen ORDER BY id
SELECT id FROM blog_post ORDER BY id LIMIT 1, 2
SELECT p.id FROM blog_post p JOIN blog_author a WHERE a.id = p.author_id ORDER BY p.id
VALUES ((SELECT count(*) FROM blog_post))
"#;

const POSTGRES: &str = r#"
SELECT id FROM "blog_post" ORDER BY id
SELECT id FROM Blog_POST ORDER BY id
SELECT id FROM ONLY blog_post ORDER BY id
SELECT id FROM ONLY (blog_post) ORDER BY id
SELECT id FROM blog_post * ORDER BY id
SELECT p.a FROM blog_post AS p (a, b) ORDER BY p.a
SELECT p.id, p.slug FROM blog_post p GROUP BY p.id ORDER BY p.id
SELECT DISTINCT ON (author_id) author_id, id FROM blog_post ORDER BY author_id, id DESC
SELECT id FROM blog_post TABLESAMPLE SYSTEM (100) ORDER BY id
SELECT id FROM blog_post WHERE id > 1::int OR id = '2'::int ORDER BY id
SELECT id FROM blog_post WHERE slug <> E'it\'s OR' ORDER BY id
SELECT id FROM blog_post WHERE slug <> $a$ ' OR $a$ ORDER BY id
SELECT id FROM blog_post ORDER BY id FETCH FIRST 2 ROWS ONLY
SELECT id FROM blog_post OFFSET 1
SELECT id FROM blog_post WHERE id > 1 ORDER BY id FOR UPDATE
SELECT p.id FROM blog_post p JOIN blog_author a ON a.id = p.author_id ORDER BY p.id FOR NO KEY UPDATE OF p SKIP LOCKED
SELECT p.id, a.id FROM blog_post p FULL JOIN blog_author a ON a.id = p.author_id ORDER BY p.id, a.id
SELECT p.id, q.id FROM blog_post p FULL OUTER JOIN blog_profile q USING (id) ORDER BY p.id, q.id
SELECT a.id, l.id FROM blog_author a JOIN LATERAL (SELECT p.id FROM blog_post p WHERE p.author_id = a.id OR p.id = 5) l ON true ORDER BY a.id, l.id
SELECT a.id, l.id FROM blog_author a, LATERAL (SELECT p.id FROM blog_post p WHERE p.author_id = a.id) l ORDER BY a.id, l.id
SELECT count(*) FILTER (WHERE id > 2 OR id = 2) AS n FROM blog_post
WITH blog_post AS (SELECT id FROM blog_post WHERE id > 1) SELECT id FROM blog_post ORDER BY id
WITH seen AS NOT MATERIALIZED (SELECT id FROM blog_post) SELECT id FROM seen ORDER BY id
(SELECT id FROM blog_post ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM blog_tag ORDER BY id DESC LIMIT 1)
SELECT id FROM blog_comment WHERE post_id = ANY (SELECT id FROM blog_post) ORDER BY id
SELECT id FROM blog_comment WHERE post_id = ANY (ARRAY(SELECT id FROM blog_post WHERE id = 2 OR id = 1)) ORDER BY id
SELECT author_id, count(*) AS n FROM blog_post GROUP BY GROUPING SETS ((author_id), ()) ORDER BY author_id
SELECT p.id FROM blog_post p WHERE p IS DISTINCT FROM NULL ORDER BY p.id
SELECT extract(year FROM date '2026-01-01')::int, id FROM blog_post ORDER BY id
SELECT (p).id FROM blog_post p ORDER BY 1
VALUES ((SELECT count(*) FROM blog_post))
"#;

const MARIADB: &str = r#"
SELECT p.id FROM (blog_post p) ORDER BY p.id
SELECT id FROM `blog_post` ORDER BY id
SELECT `p`.`id` FROM `blog_post` AS `p` WHERE `p`.`slug` <> "it's OR" ORDER BY id
SELECT id FROM blog_post USE INDEX (PRIMARY) WHERE id > 0 OR id = 5 ORDER BY id
SELECT p.id FROM blog_post p FORCE INDEX FOR ORDER BY (PRIMARY) ORDER BY p.id
SELECT SQL_NO_CACHE STRAIGHT_JOIN p.id FROM blog_post p JOIN blog_author a ON a.id = p.author_id ORDER BY p.id
SELECT p.id FROM blog_post p STRAIGHT_JOIN blog_author a ON a.id = p.author_id OR a.id = 2 ORDER BY p.id, a.id
SELECT p.id FROM blog_post p JOIN blog_author a WHERE a.id = p.author_id ORDER BY p.id
SELECT p.id FROM blog_post p, (blog_author a, blog_country c) WHERE a.id = p.author_id ORDER BY p.id, c.id
SELECT id FROM blog_post WHERE id = 1 XOR id = 2 ORDER BY id
SELECT id FROM blog_post WHERE id > 1 && id < 6 OR id = 1 ORDER BY id
SELECT id FROM blog_post WHERE id = 1 # or\n OR id = 2 ORDER BY id
SELECT id FROM blog_post WHERE slug <> 'it\'s OR' ORDER BY id
SELECT id FROM blog_post ORDER BY id LIMIT 1, 2
SELECT id FROM blog_post WHERE id > 1 ORDER BY id LOCK IN SHARE MODE
SELECT id FROM blog_post WHERE id > 1 ORDER BY id FOR UPDATE
(SELECT id FROM blog_post ORDER BY id LIMIT 2) UNION ALL (SELECT id FROM blog_tag ORDER BY id DESC LIMIT 1)
SELECT author_id, count(*) AS n FROM blog_post GROUP BY author_id WITH ROLLUP
SELECT group_concat(slug ORDER BY id SEPARATOR ' OR ') AS slugs FROM blog_post
WITH blog_post AS (SELECT id FROM blog_post WHERE id > 1) SELECT id FROM blog_post ORDER BY id
SELECT id FROM blog_comment WHERE post_id = ANY (SELECT id FROM blog_post) ORDER BY id
"#;

async fn texts<C: ConnectionTrait>(db: &C) -> Result<Answers, DbErr> {
    let own = match db.get_database_backend() {
        DbBackend::Postgres => POSTGRES,
        DbBackend::MySql => MARIADB,
        _ => SQLITE,
    };
    ask(db, EVERYWHERE.lines().chain(own.lines())).await
}

async fn tight<C: ConnectionTrait>(db: &C) -> Result<Answers, DbErr> {
    ask(db, TIGHT.lines()).await
}

async fn ask<C: ConnectionTrait>(
    db: &C,
    texts: impl Iterator<Item = &'static str>,
) -> Result<Answers, DbErr> {
    let backend = db.get_database_backend();
    let mut answers = Answers::new();
    for text in texts.filter(|text| !text.is_empty()) {
        let mut sql = text.replace("\\n", "\n");
        if backend == DbBackend::MySql && !text.contains('`') {
            sql = sql.replace('"', "`");
        }
        let rows = db.query_all_raw(Statement::from_string(backend, sql)).await;
        let rows = rows.map(|rows| rows.iter().map(cells).collect::<Vec<_>>());
        let rows = format!("{:?}", rows.map_err(|error| error.to_string()));
        answers.push((text, rows));
    }
    Ok(answers)
}

on_every_database! {
    /// Scenarios 8, 10, 17, 19 and 47.
    async fn sql_text_answers_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, texts);
    }

    async fn text_without_spaces_answers_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, tight);
    }
}
