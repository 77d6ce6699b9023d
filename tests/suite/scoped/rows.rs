//! The rows of the blog, live and trashed, and functions that read them.
//!
//! | | live | trashed |
//! |---|---|---|
//! | authors | 1 Ann, 3 Cyd | 2 Bob |
//! | profiles | 2 of Ann, 4 of Bob | 1 of Ann, 3 of Cyd |
//! | categories | 1 root, 2 news in 1, 4 tennis in 3 | 3 sport in 1 |
//! | posts | 1 and 3 by Ann, 4 by Bob | 2 by Ann, 5 by Cyd |
//! | comments | 1 and 3 on post 1, 4 on post 2 | 2 on post 1, 5 on post 3 |
//! | tags | 1 rust, 2 orm | 3 old |
//! | tags of posts | 1-1, 1-3, 2-1, 3-2, 4-1 | 1-2 |
//! | followers | of 1: 2 and 3 | of 3: 1 |

use sea_orm::prelude::*;
use sea_orm::sea_query::ValueTuple;
use sea_orm::{DatabaseConnection, PrimaryKeyTrait, Select};
use sea_orm_soft_delete::{Clock, Scopable, ScopedConnection, SoftDelete, SoftDeleteEntity};

use super::blog::*;
use crate::entities::NOON;
use crate::harness::{Server, TestDb};

const ROWS: [&str; 9] = [
    "INSERT INTO blog_country (id, name) VALUES (1, 'Norway'), (2, 'Chile')",
    "INSERT INTO blog_author (id, name, email, country_id) VALUES
        (1, 'Ann', 'ann@example.org', 1),
        (2, 'Bob', 'bob@example.org', 1),
        (3, 'Cyd', 'cyd@example.org', 2)",
    "INSERT INTO blog_profile (id, author_id, bio) VALUES
        (1, 1, 'old'), (2, 1, 'new'), (3, 3, 'gone'), (4, 2, 'left')",
    "INSERT INTO blog_category (id, name, parent_id) VALUES
        (1, 'root', NULL), (2, 'news', 1), (3, 'sport', 1), (4, 'tennis', 3)",
    "INSERT INTO blog_post (id, slug, author_id, category_id, views) VALUES
        (1, 'one', 1, 2, 10),
        (2, 'two', 1, 3, 20),
        (3, 'three', 1, 3, 30),
        (4, 'four', 2, 2, 40),
        (5, 'five', 3, NULL, 50)",
    "INSERT INTO blog_comment (id, post_id, author_id, text) VALUES
        (1, 1, 1, 'a'), (2, 1, 3, 'b'), (3, 1, 2, 'c'), (4, 2, 3, 'd'), (5, 3, 3, 'e')",
    "INSERT INTO blog_tag (id, name) VALUES (1, 'rust'), (2, 'orm'), (3, 'old')",
    "INSERT INTO blog_post_tag (post_id, tag_id) VALUES
        (1, 1), (1, 2), (1, 3), (2, 1), (3, 2), (4, 1)",
    "INSERT INTO blog_follow (author_id, follower_id) VALUES (1, 2), (1, 3), (3, 1)",
];

/// The tables whose keys the database generates.
const COUNTED: [&str; 7] = [
    "country", "author", "profile", "category", "post", "comment", "tag",
];

const SOFT_DELETABLE: [&str; 8] = [
    "author", "profile", "category", "post", "comment", "tag", "post_tag", "follow",
];

/// Creates the blog, and a scoped connection to it.
pub(crate) async fn blog(db: &TestDb) -> ScopedConnection<DatabaseConnection> {
    db.create_table(country::Entity).await;
    db.create_table(author::Entity).await;
    db.create_table(profile::Entity).await;
    db.create_table(category::Entity).await;
    db.create_table(post::Entity).await;
    db.create_table(comment::Entity).await;
    db.create_table(tag::Entity).await;
    db.create_table(post_tag::Entity).await;
    db.create_table(follow::Entity).await;
    run(db, unique_among_live_tags(db.server())).await;
    for rows in ROWS {
        run(db, rows).await;
    }
    for table in COUNTED {
        let name = format!("blog_{table}");
        match db.server() {
            Server::Postgres => {
                let sequence = format!("pg_get_serial_sequence('{name}', 'id')");
                run(db, &format!("SELECT setval({sequence}, 100)")).await;
            }
            Server::MariaDb | Server::MySql => {
                run(db, &format!("ALTER TABLE {name} AUTO_INCREMENT = 101")).await
            }
            Server::Sqlite => {
                let set = format!("UPDATE sqlite_sequence SET seq = 100 WHERE name = '{name}'");
                run(db, &set).await;
            }
        }
    }
    Clock::fixed(NOON).scope(trash(db)).await.unwrap();
    db.scoped()
}

async fn trash(db: &TestDb) -> Result<(), DbErr> {
    let db = &**db;
    author::Entity::delete_many()
        .filter_by_ids([2])
        .exec(db)
        .await?;
    profile::Entity::delete_many()
        .filter_by_ids([1, 3])
        .exec(db)
        .await?;
    category::Entity::delete_many()
        .filter_by_ids([3])
        .exec(db)
        .await?;
    post::Entity::delete_many()
        .filter_by_ids([2, 5])
        .exec(db)
        .await?;
    comment::Entity::delete_many()
        .filter_by_ids([2, 5])
        .exec(db)
        .await?;
    tag::Entity::delete_many()
        .filter_by_ids([3])
        .exec(db)
        .await?;
    post_tag::Entity::delete_many()
        .filter_by_ids([(1, 2)])
        .exec(db)
        .await?;
    follow::Entity::delete_many()
        .filter_by_ids([(3, 1)])
        .exec(db)
        .await?;
    Ok(())
}

fn unique_among_live_tags(server: Server) -> &'static str {
    match server {
        Server::Sqlite | Server::Postgres => {
            "CREATE UNIQUE INDEX live_tag ON blog_tag (name) WHERE deleted_at IS NULL"
        }
        Server::MariaDb | Server::MySql => {
            "ALTER TABLE blog_tag
             ADD COLUMN live boolean AS (IF(deleted_at IS NULL, TRUE, NULL)) VIRTUAL,
             ADD UNIQUE live_tag (name, live)"
        }
    }
}

async fn run(db: &TestDb, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}

/// Physically removes the trashed rows.
pub(crate) async fn prune(db: &TestDb) {
    for table in SOFT_DELETABLE {
        run(
            db,
            &format!("DELETE FROM blog_{table} WHERE deleted_at IS NOT NULL"),
        )
        .await;
    }
}

/// A query of code that knows nothing of soft deletes.
pub(crate) fn plain<E: EntityTrait>(_: E) -> Select<E> {
    E::find()
}

/// The keys of the rows, in order.
pub(crate) fn ids<M: ModelTrait>(models: &[M]) -> Vec<i32> {
    let mut ids: Vec<i32> = models.iter().map(id).collect();
    ids.sort_unstable();
    ids
}

pub(crate) fn id<M: ModelTrait>(model: &M) -> i32 {
    match model.get_primary_key_value() {
        ValueTuple::One(Value::Int(Some(id))) => id,
        // A link row's two keys as one number: 1-2 is 12.
        ValueTuple::Two(Value::Int(Some(left)), Value::Int(Some(right))) => left * 10 + right,
        key => panic!("the key of a row of the blog is {key:?}"),
    }
}

/// The keys of the live rows and of the trashed rows of the table, read without a scope.
pub(crate) async fn state<E>(db: &TestDb, _: E) -> (Vec<i32>, Vec<i32>)
where
    E: SoftDelete,
{
    let live = <E as SoftDelete>::find().all(&**db).await.unwrap();
    let trashed = E::only_trashed().all(&**db).await.unwrap();
    (ids(&live), ids(&trashed))
}

/// A row of the table, read without a scope.
pub(crate) async fn stored<E>(
    db: &TestDb,
    _: E,
    key: <E::PrimaryKey as PrimaryKeyTrait>::ValueType,
) -> E::Model
where
    E: SoftDeleteEntity,
{
    <E as EntityTrait>::find_by_id(key)
        .one(&**db)
        .await
        .unwrap()
        .unwrap()
}
