//! Many tasks on one pool and one statement cache: each task sees only the rows that its own scope allows.

use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseConnection, DbBackend, Delete, QueryOrder,
    Statement, TransactionTrait, Update,
};
use sea_orm_soft_delete::{Clock, Scopable, Scope, ScopedConnection, Timestamp};

use super::blog::post::{ActiveModel, Column, Entity};
use super::blog::{author, comment, post};
use super::changes::look;
use super::rows::{blog, ids, plain, state, stored};
use crate::entities::{later, utc};
use crate::harness::{Server, TestDb, TestResult, on_every_database, on_every_server, on_threads};

const TASKS: i32 = 16;

/// The tasks write to posts with ids from here on.
const FIRST: i32 = 201;

/// Reads the keys of the posts and the authors of one blog in several ways. Different scopes use the same
/// SQL text on purpose.
async fn ask(
    db: &DatabaseConnection,
    scopes: &Scopes,
    way: i32,
) -> Result<(Vec<i32>, Vec<i32>), DbErr> {
    let scoped = &scopes.scoped;
    match way % 9 {
        0 => keys(scoped).await,
        1 => keys(&scoped.with_trashed()).await,
        2 => keys(&scoped.with_trashed_of(post::Entity)).await,
        3 => keys(&scoped.with_trashed_of(author::Entity)).await,
        4 => keys(&scopes.without_posts).await,
        5 => keys(&db.begin().await?.scoped()).await,
        6 => keys(&scoped.with_trashed_of(author::Entity).begin().await?).await,
        7 => keys(scoped.unscoped()).await,
        _ => {
            // A stream occupies its connection until it is dropped.
            let posts = Entity::only_trashed().stream(scoped).await?;
            let posts: Vec<_> = posts.try_collect().await?;
            let authors = author::Entity::with_trashed().all(scoped).await?;
            Ok((ids(&posts), ids(&authors)))
        }
    }
}

fn expected(way: i32) -> (Vec<i32>, Vec<i32>) {
    let (live, all, trashed) = (vec![1, 3, 4], vec![1, 2, 3, 4, 5], vec![2, 5]);
    let (live_authors, all_authors) = (vec![1, 3], vec![1, 2, 3]);
    match way % 9 {
        0 | 5 => (live, live_authors),
        1 | 7 => (all, all_authors),
        2 | 4 => (all, live_authors),
        3 | 6 => (live, all_authors),
        _ => (trashed, all_authors),
    }
}

struct Scopes {
    scoped: ScopedConnection<DatabaseConnection>,
    without_posts: ScopedConnection<DatabaseConnection>,
}

/// Reads the posts by SeaORM and the authors by SQL.
async fn keys<C: ConnectionTrait>(db: &C) -> Result<(Vec<i32>, Vec<i32>), DbErr> {
    let posts = plain(Entity).order_by_asc(Column::Id).all(db).await?;
    let authors = "SELECT id FROM blog_author ORDER BY id";
    let authors = Statement::from_string(db.get_database_backend(), authors);
    let authors = db.query_all_raw(authors).await?;
    let authors: Result<_, _> = authors.iter().map(|row| row.try_get_by_index(0)).collect();
    Ok((ids(&posts), authors?))
}

async fn add_posts(db: &DatabaseConnection) -> Result<(), DbErr> {
    let posts = (0..TASKS).map(|task| ActiveModel {
        id: Set(FIRST + task),
        slug: Set(format!("task-{task}")),
        author_id: Set(1),
        views: Set(0),
        ..Default::default()
    });
    Entity::insert_many(posts)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes to one post in every way that the connection rewrites.
async fn write<C: ConnectionTrait>(db: &C, id: i32, slug: &str) -> Result<(), DbErr> {
    let again = ActiveModel {
        id: Set(id),
        slug: Set(slug.to_owned()),
        author_id: Set(1),
        views: Set(70),
        ..Default::default()
    };
    let or_views = OnConflict::column(Column::Slug)
        .update_column(Column::Views)
        .to_owned();
    let upsert = || Entity::insert(again.clone()).on_conflict(or_views.clone());
    upsert().exec_without_returning(db).await?;
    let more = Update::many(Entity).col_expr(Column::Views, Expr::col(Column::Views).add(7));
    more.filter(Column::Id.eq(id)).exec(db).await?;
    let delete = Delete::many(Entity).filter(Column::Id.eq(id)).exec(db);
    assert_eq!(delete.await?.rows_affected, 1);
    // The post is trashed by now, and none of these writes changes it.
    let upserted = upsert().exec_without_returning(db).await;
    let is_mysql = db.get_database_backend() == DbBackend::MySql;
    assert_eq!(upserted.is_ok(), is_mysql, "{upserted:?}");
    let text = format!("UPDATE blog_post SET views = 0 WHERE id = {id}");
    assert_eq!(db.execute_unprepared(&text).await?.rows_affected(), 0);
    let text = format!("DELETE FROM blog_post WHERE id = {id}");
    assert_eq!(db.execute_unprepared(&text).await?.rows_affected(), 0);
    Ok(())
}

/// Many tasks that read in every way through one pool.
async fn ask_in_every_way_at_once(db: &TestDb) -> TestResult {
    let scoped = blog(db).await;
    // The statement cache is so small that it evicts statements all the time.
    let small = Scope::builder().cache_capacity(2_000).build();
    let small = ScopedConnection::with_scope((**db).clone(), small);
    let tasks = (0..TASKS).map(|task| {
        let db = (**db).clone();
        let scopes = Scopes {
            scoped: if task % 2 == 0 {
                scoped.clone()
            } else {
                small.clone()
            },
            without_posts: db.scoped_with(&Scope::builder().leave_out(post::Entity).build()),
        };
        tokio::spawn(async move {
            for way in task..task + 9 {
                assert_eq!(ask(&db, &scopes, way).await?, expected(way), "{}", way % 9);
            }
            Ok::<_, DbErr>(())
        })
    });
    for done in try_join_all(tasks).await.unwrap() {
        done?;
    }
    Ok(())
}

on_every_database! {
    async fn a_rollback_undoes_rewritten_statements(db: &TestDb) {
        let scoped = blog(db).await;
        let before = look(&**db, "", String::new()).await?;
        let txn = scoped.begin().await?;
        write(&txn, 1, "one").await?;
        write(&txn, 3, "three").await?;
        txn.execute_unprepared("DELETE FROM blog_comment; UPDATE blog_author SET name = 'x'").await?;
        post::Entity::restore_by_id(2).exec(&txn).await?;
        post::Entity::force_delete_by_id(5).exec(&txn).await?;
        Delete::many(author::Entity).exec(&txn.with_trashed()).await?;
        let (posts, authors) = keys(&txn).await?;
        assert_eq!((posts, authors), (vec![2, 4], vec![]));
        if db.server() != Server::Sqlite {
            // Meanwhile, another connection of the pool sees none of the changes.
            assert_eq!(keys(&scoped).await?, expected(0));
            assert_eq!(keys(&scoped.with_trashed()).await?, expected(1));
        }
        txn.rollback().await?;
        let after = look(&**db, "", String::new()).await?;
        assert_eq!(after.live, before.live);
        assert_eq!(after.trash, before.trash);
        assert_eq!(after.shown, before.shown);
        assert_eq!(after.keys, before.keys);
        assert_eq!(state(db, comment::Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }
}

on_every_server! {
    async fn many_tasks_on_one_pool_each_see_what_their_scope_allows(db: &TestDb) {
        ask_in_every_way_at_once(db).await?;
    }

    /// Half of the tasks commit and half roll back, while other tasks read.
    async fn writers_keep_to_their_transactions_and_readers_to_their_scope(db: &TestDb) {
        let scoped = blog(db).await;
        add_posts(db).await?;
        let writers = (0..TASKS).map(|task| {
            let scoped = scoped.clone();
            tokio::spawn(async move {
                let txn = scoped.begin().await?;
                write(&txn, FIRST + task, &format!("task-{task}")).await?;
                if task % 2 == 0 {
                    txn.commit().await?;
                } else if task % 4 == 1 {
                    txn.rollback().await?;
                }
                Ok::<_, DbErr>(())
            })
        });
        let readers = (0..TASKS).map(|_| {
            let scoped = scoped.clone();
            tokio::spawn(async move {
                let live = plain(Entity).all(&scoped).await?;
                assert!(live.iter().all(|post| !post.is_trashed()), "{live:?}");
                let untouched = |post: &&post::Model| post.id >= FIRST && post.views != 0;
                assert_eq!(live.iter().find(untouched), None, "no uncommitted change is visible");
                let all = plain(Entity).count(&scoped.with_trashed()).await?;
                assert_eq!(all, 5 + u64::from(TASKS.unsigned_abs()), "no row is ever lost");
                Ok::<_, DbErr>(())
            })
        });
        for done in try_join_all(writers.zip(readers).flat_map(|(writer, reader)| [writer, reader])).await.unwrap() {
            done?;
        }
        for task in 0..TASKS {
            let post = stored(db, Entity, FIRST + task).await;
            let expected = if task % 2 == 0 { (77, true) } else { (0, false) };
            assert_eq!((post.views, post.is_trashed()), expected, "{post:?}");
        }
    }

    async fn of_many_concurrent_seaorm_deletes_one_trashes_the_row(db: &TestDb) {
        let scoped = blog(db).await;
        let tasks = (1..=i64::from(TASKS)).map(|second| {
            let scoped = scoped.clone();
            let at = Timestamp::from_unix_seconds(second).unwrap();
            let delete = async move {
                // Updates run at the same time as the deletes, and change the row while it is live.
                let more = Update::many(Entity).col_expr(Column::Views, Expr::col(Column::Views).add(1));
                let more = more.filter(Column::Id.eq(1)).exec(&scoped).await?.rows_affected;
                let deleted = <Entity as EntityTrait>::delete_by_id(1).exec(&scoped).await?;
                Ok::<_, DbErr>((second, more, deleted.rows_affected))
            };
            tokio::spawn(Clock::fixed(at).scope(delete))
        });
        let mut updates = 0;
        let mut winners = Vec::new();
        for done in try_join_all(tasks).await.unwrap() {
            let (second, more, deleted) = done?;
            updates += i32::try_from(more).unwrap();
            if deleted == 1 {
                winners.push(second);
            }
        }
        let [winner] = winners[..] else { panic!("{winners:?}") };
        let post = stored(db, Entity, 1).await;
        assert_eq!(post.deleted_at, Some(utc(Timestamp::from_unix_seconds(winner).unwrap())));
        assert_eq!(post.views, 10 + updates);

        // Later statements do not change a trashed row.
        let again = Clock::fixed(later()).scope(async { Delete::many(Entity).exec(&scoped).await });
        assert_eq!(again.await?.rows_affected, 2);
        assert_eq!(stored(db, Entity, 1).await, post);
    }
}

on_threads! {
    /// The same, with tasks on several threads.
    mod many_tasks_on_several_threads_each_see_what_their_scope_allows runs ask_in_every_way_at_once
}

/// Several threads read and write one cache at the same time, with SQL of three dialects.
#[test]
fn a_statement_that_one_thread_cached_is_correct_for_another_thread() {
    let texts: Vec<Statement> = (0..60)
        .flat_map(|n| {
            let text = format!("DELETE FROM blog_post WHERE id = {n} OR slug = 'x'");
            [DbBackend::Sqlite, DbBackend::Postgres, DbBackend::MySql]
                .map(|backend| Statement::from_string(backend, text.clone()))
        })
        .collect();
    let expected: Vec<String> = texts
        .iter()
        .map(|text| Scope::builder().build().rewrite(text.clone()).unwrap().sql)
        .collect();
    let small = Scope::builder().cache_capacity(20_000).build();
    std::thread::scope(|scope| {
        for first in 0..8 {
            let (texts, expected, small) = (&texts, &expected, small.clone());
            scope.spawn(move || {
                for n in (0..texts.len() * 10).map(|n| (n * 7 + first * 13) % texts.len()) {
                    assert_eq!(small.rewrite(texts[n].clone()).unwrap().sql, expected[n]);
                }
            });
        }
    });
}
