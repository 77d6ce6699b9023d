//! Ways to see trashed rows on purpose: handles of a connection, and comments in SQL.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, Delete, LoaderTrait, QueryOrder, Statement,
    TransactionTrait, Update,
};
use sea_orm_soft_delete::{Clock, Scopable, Scope, ScopedConnection};

use super::blog::{author, category, comment, post, tag};
use super::raw::statement;
use super::rows::{blog, ids, plain, state, stored};
use crate::entities::{later, noon};
use crate::harness::{Server, on_every_database};

async fn keys(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<i32>, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// Asserts which rows the queries return through a scoped connection.
async fn check(
    db: &ScopedConnection<DatabaseConnection>,
    cases: &[(&str, &[i32])],
) -> Result<(), DbErr> {
    for (sql, expected) in cases {
        assert_eq!(keys(db, sql).await?, *expected, "{sql}");
    }
    Ok(())
}

on_every_database! {
    async fn a_handle_with_trashed_sees_all_rows(db: &TestDb) {
        let scoped = blog(db).await;
        let all = scoped.with_trashed();
        assert_eq!(plain(post::Entity).count(&all).await?, 5);
        let posts = plain(post::Entity).order_by_asc(post::Column::Id);
        let streamed: Vec<_> = posts.clone().stream(&all).await?.try_collect().await?;
        assert_eq!(ids(&streamed), [1, 2, 3, 4, 5]);
        let with_author = posts.find_also_related(author::Entity).all(&all).await?;
        assert!(with_author.iter().all(|(_, author)| author.is_some()));
        let bob = plain(author::Entity).filter(author::Column::Id.eq(2)).all(&all).await?;
        assert_eq!(ids(&bob.load_many(post::Entity, &all).await?[0]), [4]);
        assert_eq!(keys(&all, "SELECT id FROM blog_tag ORDER BY id").await?, [1, 2, 3]);
        let loaded = post::Entity::load().with(tag::Entity).all(&all).await?;
        assert_eq!(loaded.iter().map(|post| post.tags.len()).sum::<usize>(), 3 + 1 + 1, "{loaded:?}");
        // The connection of the handle is still scoped.
        assert_eq!(plain(post::Entity).count(&scoped).await?, 3);
    }

    /// Scenarios 38 and 56.
    async fn with_trashed_of_shows_only_that_entity(db: &TestDb) {
        let scoped = blog(db).await;
        let with_authors = scoped.with_trashed_of(author::Entity);
        let four = plain(post::Entity).filter(post::Column::Id.eq(4)).require_one(&scoped).await?;
        assert_eq!(four.find_related(author::Entity).one(&scoped).await?, None);
        let bob = four.find_related(author::Entity).one(&with_authors).await?.unwrap();
        assert_eq!(bob.name, "Bob");
        assert_eq!(ids(&bob.find_related(post::Entity).all(&with_authors).await?), [4]);
        assert_eq!(plain(post::Entity).count(&with_authors).await?, 3);
        assert_eq!(plain(author::Entity).count(&with_authors).await?, 3);
        let posts = plain(post::Entity).order_by_asc(post::Column::Id);
        let posts = posts.find_also_related(category::Entity).all(&with_authors).await?;
        let categories: Vec<_> = posts.iter().map(|(_, category)| category.is_some()).collect();
        assert_eq!(categories, [true, false, true]);
    }

    async fn a_transaction_of_a_handle_sees_the_rows_that_the_handle_sees(db: &TestDb) {
        let scoped = blog(db).await;
        let txn = scoped.with_trashed_of(post::Entity).begin().await?;
        assert_eq!(plain(post::Entity).count(&txn).await?, 5);
        assert_eq!(plain(author::Entity).count(&txn).await?, 2);
        let inner = txn.with_trashed();
        assert_eq!(plain(author::Entity).count(&inner).await?, 3);
        txn.rollback().await?;
    }

    async fn a_delete_on_a_handle_with_trashed_soft_deletes_live_rows_only(db: &TestDb) {
        let scoped = blog(db).await;
        let all = scoped.with_trashed();
        let delete = Delete::many(post::Entity).filter(post::Column::Id.lte(2));
        let deleted = Clock::fixed(later()).scope(delete.exec(&all)).await?;
        assert_eq!(deleted.rows_affected, 1);
        assert_eq!(state(db, post::Entity).await, (vec![3, 4], vec![1, 2, 5]));
        assert_eq!(stored(db, post::Entity, 2).await.deleted_at, Some(noon()));
    }

    /// Scenario 64.
    async fn an_update_on_a_handle_with_trashed_changes_trashed_rows(db: &TestDb) {
        let scoped = blog(db).await;
        let update = || {
            Update::many(post::Entity)
                .col_expr(post::Column::Views, Expr::value(0))
                .filter(post::Column::Id.eq(2))
        };
        assert_eq!(update().exec(&scoped).await?.rows_affected, 0);
        assert_eq!(update().exec(&scoped.with_trashed()).await?.rows_affected, 1);
        assert_eq!(stored(db, post::Entity, 2).await.views, 0);
        assert!(stored(db, post::Entity, 2).await.is_trashed());
    }

    async fn the_unscoped_connection_is_the_plain_one(db: &TestDb) {
        let scoped = blog(db).await;
        assert_eq!(plain(post::Entity).count(scoped.unscoped()).await?, 5);
        <post::Entity as EntityTrait>::delete_by_id(1).exec(scoped.unscoped()).await?;
        assert_eq!(state(db, post::Entity).await, (vec![3, 4], vec![2, 5]));
        assert_eq!(plain(post::Entity).count(&scoped.clone().into_unscoped()).await?, 4);
        assert_eq!(plain(post::Entity).count(&scoped).await?, 2);
    }

    async fn a_scope_can_be_lifted_in_its_builder(db: &TestDb) {
        let _ = blog(db).await;
        let scope = Scope::builder().with_trashed_of(post::Entity).build();
        let scoped = db.scoped_with(&scope);
        assert_eq!(plain(post::Entity).count(&scoped).await?, 5);
        assert_eq!(plain(author::Entity).count(&scoped).await?, 2);
        let scoped = ScopedConnection::with_scope((**db).clone(), Scope::builder().with_trashed().build());
        assert_eq!(plain(author::Entity).count(&scoped).await?, 3);
    }

    async fn a_comment_lifts_the_scope_of_its_block(db: &TestDb) {
        let scoped = blog(db).await;
        check(&scoped, &[
            ("SELECT id FROM blog_post /* soft_delete: with_trashed(blog_post) */ ORDER BY id", &[1, 2, 3, 4, 5]),
            ("SELECT id FROM blog_post /* soft_delete: with_trashed */ ORDER BY id", &[1, 2, 3, 4, 5]),
            ("SELECT id FROM blog_post /* soft_delete: with_trashed(blog_author) */ ORDER BY id", &[1, 3, 4]),
            (
                "SELECT p.id FROM blog_post p JOIN blog_author a ON a.id = p.author_id \
                 WHERE /* soft_delete: with_trashed(blog_post, blog_author) */ p.id > 1 ORDER BY p.id",
                &[2, 3, 4, 5],
            ),
            (
                "SELECT p.id FROM blog_post p JOIN blog_author a ON a.id = p.author_id \
                 WHERE /* soft_delete: with_trashed(blog_author) */ p.id > 1 ORDER BY p.id",
                &[3, 4],
            ),
            // The comment in the outer block, and in the inner block.
            (
                "SELECT id FROM blog_comment /* soft_delete: with_trashed(blog_comment) */ \
                 WHERE post_id IN (SELECT id FROM blog_post) ORDER BY id",
                &[1, 2, 3, 5],
            ),
            (
                "SELECT id FROM blog_comment WHERE post_id IN \
                 (SELECT id FROM blog_post /* soft_delete: with_trashed(blog_post) */) ORDER BY id",
                &[1, 3, 4],
            ),
            (
                "SELECT id FROM blog_post WHERE id < 3 UNION ALL \
                 SELECT id FROM blog_post /* soft_delete: with_trashed */ WHERE id = 5 ORDER BY id",
                &[1, 5],
            ),
        ])
        .await?;
    }

    async fn a_comment_before_the_first_word_lifts_the_scope_of_the_statement(db: &TestDb) {
        let scoped = blog(db).await;
        check(&scoped, &[
            (
                "/* soft_delete: with_trashed(blog_post) */ SELECT id FROM blog_comment \
                 WHERE post_id IN (SELECT id FROM blog_post) ORDER BY id",
                &[1, 3, 4],
            ),
            (
                "/* soft_delete: with_trashed */ SELECT id FROM blog_comment \
                 WHERE post_id IN (SELECT id FROM blog_post) ORDER BY id",
                &[1, 2, 3, 4, 5],
            ),
        ])
        .await?;
    }

    async fn a_comment_makes_a_delete_physical(db: &TestDb) {
        let scoped = blog(db).await;
        let delete = "DELETE FROM blog_post WHERE /* soft_delete: force_delete(blog_post) */ id < 3";
        assert_eq!(scoped.execute_unprepared(delete).await?.rows_affected(), 2);
        assert_eq!(state(db, post::Entity).await, (vec![3, 4], vec![5]));
        let delete = "DELETE FROM blog_post WHERE /* soft_delete: force_delete(blog_tag) */ id = 3";
        assert_eq!(scoped.execute_unprepared(delete).await?.rows_affected(), 1);
        assert_eq!(state(db, post::Entity).await, (vec![4], vec![3, 5]));
    }

    async fn no_value_lifts_a_scope(db: &TestDb) {
        let scoped = blog(db).await;
        let lifts = [
            "/* soft_delete: with_trashed */",
            "(/* soft_delete: with_trashed(blog_post) */ TRUE)",
            "x' /* soft_delete: with_trashed */ '",
            "x\\' /* soft_delete: with_trashed */ --",
            "*/ soft_delete: with_trashed /*",
            "`\" /* soft_delete: with_trashed(blog_post) */ OR 1 = 1",
        ];
        for lift in lifts {
            let bound = || Column::Slug.ne(lift);
            use post::Column;
            assert_eq!(plain(post::Entity).filter(bound()).count(&scoped).await?, 3, "{lift}");
            let raw = statement(
                db.get_database_backend(),
                "SELECT id FROM blog_post WHERE slug <> ? ORDER BY id",
                [lift.into()],
            );
            assert_eq!(scoped.query_all_raw(raw).await?.len(), 3, "{lift}");
            let inlined = plain(post::Entity).filter(bound());
            let inlined = sea_orm::QueryTrait::build(&inlined, db.get_database_backend()).to_string();
            assert_eq!(keys(&scoped, &inlined).await?.len(), 3, "{inlined}");
            let deleted = Delete::many(post::Entity).filter(post::Column::Slug.eq(lift));
            assert_eq!(deleted.exec(&scoped).await?.rows_affected, 0);
        }
        let force = "/* soft_delete: force_delete(blog_post) */";
        let deleted = Delete::many(post::Entity).filter(post::Column::Slug.ne(force).or(Expr::value(force).eq("x")));
        assert_eq!(deleted.exec(&scoped).await?.rows_affected, 3);
        assert_eq!(state(db, post::Entity).await, (vec![], vec![1, 2, 3, 4, 5]));
    }

    async fn neither_a_name_nor_another_comment_lifts_a_scope(db: &TestDb) {
        let scoped = blog(db).await;
        let quote = if db.server().speaks_mysql() { '`' } else { '"' };
        let named = format!(
            "SELECT id AS {quote}/* soft_delete: with_trashed */{quote} FROM blog_post ORDER BY id"
        );
        check(&scoped, &[
            (&named, &[1, 3, 4]),
            ("SELECT id FROM blog_post /* with_trashed */ ORDER BY id", &[1, 3, 4]),
            ("SELECT id FROM blog_post /* see soft_delete: with_trashed */ ORDER BY id", &[1, 3, 4]),
            ("SELECT id FROM blog_post -- soft_delete: with_trashed\n ORDER BY id", &[1, 3, 4]),
            ("SELECT id FROM blog_post /* soft_delete: with_trashed(blog) */ ORDER BY id", &[1, 3, 4]),
        ])
        .await?;
        if db.server() == Server::Postgres {
            check(&scoped, &[
                ("SELECT id FROM blog_post WHERE slug <> $$/* soft_delete: with_trashed */$$ ORDER BY id", &[1, 3, 4]),
                ("SELECT id FROM blog_post WHERE slug <> E'\\'/* soft_delete: with_trashed */' ORDER BY id", &[1, 3, 4]),
                ("SELECT id FROM blog_post /* of /* soft_delete: with_trashed */ old */ ORDER BY id", &[1, 3, 4]),
            ])
            .await?;
        }
    }

    /// A plain connection reads the mark of a verb as a plain comment.
    async fn a_plain_connection_ignores_the_mark_of_a_verb(db: &TestDb) {
        let _ = blog(db).await;
        assert_eq!(post::Entity::with_trashed().count(&**db).await?, 5);
        assert_eq!(post::Entity::only_trashed().count(&**db).await?, 2);
        let said = comment::Entity::with_trashed().filter(comment::Column::Text.eq("b"));
        assert_eq!(ids(&said.all(&**db).await?), [2]);
    }
}
