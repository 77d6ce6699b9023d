//! Writes in SQL text, in common forms and in forms of one dialect.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};

use super::changes::{Change, change_as_if_deleted, look};
use crate::harness::on_every_database;

/// One statement for each line.
const EVERYWHERE: &str = r#"
UPDATE blog_post SET views = views + 1
UPDATE blog_post SET views = 0 WHERE id = 1 OR id = 2
UPDATE blog_post SET slug = ' WHERE ', views = CASE WHEN id = 1 OR id = 2 THEN 1 ELSE 2 END WHERE id < 3
UPDATE blog_post SET views = (SELECT count(*) FROM blog_comment c WHERE c.post_id = blog_post.id)
UPDATE blog_country SET name = coalesce((SELECT max(name) FROM blog_author a WHERE a.country_id = blog_country.id AND a.id = 2 OR a.id = 9), 'none')
UPDATE blog_country SET name = 'x' WHERE EXISTS (SELECT 1 FROM blog_author a WHERE a.country_id = blog_country.id AND (a.id = 2 OR a.id = 3))
DELETE FROM blog_post
DELETE FROM blog_post WHERE slug <> ' OR '
DELETE FROM blog_post WHERE NOT id = 1 OR id = 1
DELETE FROM blog_post WHERE id IN (SELECT post_id FROM blog_comment)
DELETE FROM blog_post WHERE id NOT IN (SELECT post_id FROM blog_comment WHERE id = 1 OR id = 5)
DELETE FROM blog_country WHERE id NOT IN (SELECT country_id FROM blog_author WHERE id = 1 OR id = 2)
INSERT INTO blog_tag (id, name) SELECT id + 50, slug FROM blog_post WHERE id = 1 OR id = 2
INSERT INTO blog_country (id, name) SELECT id + 50, name FROM blog_author UNION ALL SELECT id + 60, name FROM blog_tag
INSERT INTO blog_country (id, name) VALUES (50, (SELECT max(slug) FROM blog_post WHERE id = 2 OR id = 1))
INSERT INTO blog_tag (id, name) VALUES (50, 'where'), (51, 'or')
"#;

const SQLITE: &str = r#"
UPDATE blog_post AS p SET views = 0 WHERE p.id = 1 OR p.id = 2
UPDATE main.blog_post SET views = 0 WHERE id > 1
UPDATE OR IGNORE blog_post SET slug = 'three' WHERE id = 1 OR id = 2
UPDATE blog_post SET views = a.id FROM blog_author a WHERE a.id = blog_post.author_id OR a.id = 2 AND blog_post.id = 4
UPDATE blog_post SET views = a.id FROM blog_author a JOIN blog_profile q ON q.author_id = a.id WHERE a.id = blog_post.author_id
DELETE FROM blog_post AS p WHERE p.id = 1 OR p.id = 2
DELETE FROM 'blog_post' WHERE id = 1 OR id = 2
DELETE FROM [blog_post] WHERE id = 1 OR id = 2
WITH old AS (SELECT id FROM blog_post WHERE id > 1) DELETE FROM blog_post WHERE id IN (SELECT id FROM old)
WITH old AS (SELECT id FROM blog_post WHERE id > 1) UPDATE blog_comment SET text = 'x' WHERE post_id IN (SELECT id FROM old)
WITH old AS (SELECT id, slug FROM blog_post) INSERT INTO blog_tag (id, name) SELECT id + 50, slug FROM old
INSERT OR IGNORE INTO blog_post (id, slug, author_id, views) VALUES (50, 'three', 1, 1), (51, 'new', 1, 1)
INSERT INTO blog_post (id, slug, author_id, views) VALUES (50, 'three', 1, 1) ON CONFLICT (slug) DO UPDATE SET views = excluded.views WHERE blog_post.views < 0 OR blog_post.views > 10
INSERT INTO blog_post (id, slug, author_id, views) VALUES (50, 'three', 1, 1) ON CONFLICT DO NOTHING
INSERT INTO blog_post (id, slug, author_id, views) SELECT id + 50, slug, 1, 1 FROM blog_post WHERE true ON CONFLICT (slug) DO UPDATE SET views = 0
INSERT INTO blog_post (id, slug, author_id, views) VALUES (1, 'x', 1, 1) ON CONFLICT (slug) DO NOTHING ON CONFLICT (id) DO UPDATE SET views = 7
"#;

const POSTGRES: &str = r#"
UPDATE blog_post AS p SET views = 0 WHERE p.id = 1 OR p.id = 2
UPDATE ONLY blog_post SET (views, slug) = (0, 'x' || id) WHERE id > 0
UPDATE blog_post p SET (views) = ROW (1) WHERE p.id < 3
UPDATE blog_post SET views = a.id FROM blog_author a WHERE a.id = blog_post.author_id OR a.id = 2 AND blog_post.id = 4
UPDATE blog_post SET views = a.id FROM blog_author a JOIN blog_profile q ON q.author_id = a.id WHERE a.id = blog_post.author_id
UPDATE blog_post SET views = coalesce(q.id, 0) FROM blog_author a LEFT JOIN blog_profile q ON q.author_id = a.id AND q.bio = 'gone' WHERE a.id = blog_post.author_id
DELETE FROM blog_post AS p WHERE p.id = 1 OR p.id = 2
DELETE FROM ONLY blog_post WHERE id = 1 OR id = 2
DELETE FROM blog_comment c USING blog_post p WHERE p.id = c.post_id AND p.author_id = 1 OR c.id = 4
DELETE FROM blog_comment c USING blog_post p JOIN blog_author a ON a.id = p.author_id WHERE p.id = c.post_id
DELETE FROM blog_country c USING blog_author a WHERE a.country_id = c.id AND a.name <> 'Ann'
WITH old AS (SELECT id FROM blog_post WHERE id > 1) DELETE FROM blog_post WHERE id IN (SELECT id FROM old)
WITH old AS (SELECT id FROM blog_post WHERE id > 1) UPDATE blog_comment SET text = 'x' WHERE post_id IN (SELECT id FROM old)
WITH old AS (SELECT id, slug FROM blog_post) INSERT INTO blog_tag (id, name) SELECT id + 50, slug FROM old
WITH gone AS (DELETE FROM blog_comment WHERE id > 0 RETURNING post_id) UPDATE blog_post SET views = 0 WHERE id IN (SELECT post_id FROM gone)
WITH seen AS (UPDATE blog_post SET views = 0 RETURNING id) INSERT INTO blog_country (id, name) SELECT id + 50, 'x' FROM seen
INSERT INTO blog_post (id, slug, author_id, views) VALUES (50, 'three', 1, 1) ON CONFLICT (slug) DO UPDATE SET views = EXCLUDED.views WHERE blog_post.views < 0 OR blog_post.views > 10
INSERT INTO blog_post AS p (id, slug, author_id, views) VALUES (50, 'three', 1, 1) ON CONFLICT (slug) DO UPDATE SET views = p.views + 1
INSERT INTO blog_post (id, slug, author_id, views) VALUES (50, 'three', 1, 1) ON CONFLICT DO NOTHING
INSERT INTO blog_post (id, slug, author_id, views) SELECT id + 50, slug, 1, 1 FROM blog_post ON CONFLICT (slug) DO UPDATE SET views = 0
"#;

const MARIADB: &str = r#"
UPDATE blog_post AS p SET p.views = 0 WHERE p.id = 1 OR p.id = 2
UPDATE LOW_PRIORITY IGNORE blog_post SET slug = 'three' WHERE id = 1 OR id = 2
UPDATE blog_post SET views = 0 WHERE id > 0 ORDER BY views DESC LIMIT 1
UPDATE blog_post p, blog_author a SET p.views = a.id WHERE a.id = p.author_id OR a.id = 2 AND p.id = 4
UPDATE blog_post p JOIN blog_author a ON a.id = p.author_id SET p.views = a.id, a.name = 'x'
UPDATE blog_author a LEFT JOIN blog_profile q ON q.author_id = a.id SET a.name = coalesce(q.bio, 'none')
UPDATE blog_country c JOIN blog_author a ON a.country_id = c.id SET c.name = a.name WHERE a.id <> 1
DELETE FROM `blog_post` WHERE id = 1 OR id = 2
DELETE LOW_PRIORITY QUICK IGNORE FROM blog_post WHERE id = 1 OR id = 2
DELETE FROM blog_post WHERE id > 0 OR id = 5 ORDER BY views DESC LIMIT 1
DELETE FROM blog_post ORDER BY id LIMIT 2
DELETE c FROM blog_comment c JOIN blog_post p ON p.id = c.post_id WHERE p.author_id = 1 OR c.id = 4
DELETE c.* FROM blog_comment AS c, blog_post AS p WHERE p.id = c.post_id
DELETE FROM c USING blog_comment c LEFT JOIN blog_post p ON p.id = c.post_id WHERE p.id IS NULL
DELETE c FROM blog_country c JOIN blog_author a ON a.country_id = c.id WHERE a.name <> 'Ann'
WITH old AS (SELECT id FROM blog_post WHERE id > 1) SELECT count(*) FROM old
INSERT IGNORE INTO blog_post (id, slug, author_id, views) VALUES (50, 'three', 1, 1), (51, 'new', 1, 1)
INSERT INTO blog_post SET id = 50, slug = 'new', author_id = 1, views = 1
INSERT INTO blog_post (id, slug, author_id, views) VALUES (50, 'three', 1, 1) ON DUPLICATE KEY UPDATE views = VALUES(views), slug = concat(slug, ' OR ')
INSERT INTO blog_post (id, slug, author_id, views) SELECT id + 50, slug, 1, 1 FROM blog_post p ON DUPLICATE KEY UPDATE views = 0
"#;

/// Words that end with a quote or a parenthesis instead of a space.
const TIGHT: &str = r#"
UPDATE blog_post SET views=(1)WHERE(id=1)OR(id=2)
DELETE FROM blog_post WHERE(id=1)OR(id=2)
"#;

async fn texts<D>(db: &D) -> Result<Vec<Change>, DbErr>
where
    D: ConnectionTrait + TransactionTrait,
{
    let backend = db.get_database_backend();
    let own = match backend {
        DbBackend::Postgres => POSTGRES,
        DbBackend::MySql => MARIADB,
        _ => SQLITE,
    };
    let mut changes = Vec::new();
    for sql in EVERYWHERE
        .lines()
        .chain(TIGHT.lines())
        .chain(own.lines())
        .filter(|sql| !sql.is_empty())
    {
        let txn = db.begin().await?;
        match txn.execute_raw(Statement::from_string(backend, sql)).await {
            Ok(done) => changes.push(look(&txn, sql, done.rows_affected().to_string()).await?),
            Err(error) => changes.push(Change::failed(sql, error)),
        }
        sea_orm::TransactionSession::rollback(txn).await?;
    }
    Ok(changes)
}

on_every_database! {
    async fn sql_text_makes_the_changes_that_it_would_if_the_trash_were_deleted(db: &TestDb) {
        change_as_if_deleted!(db, texts);
    }
}
