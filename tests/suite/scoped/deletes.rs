//! SeaORM's own deletes: on a scoped connection each of them is a soft delete.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, Delete, IntoActiveModel, QueryTrait, TransactionTrait,
};
use sea_orm_soft_delete::{Attribution, Clock, Scopable};

use super::blog::post::{Column, Entity};
use super::blog::{author, category, comment, country, post_tag};
use super::changes::{Change, affected, change_as_if_deleted, changes};
use super::raw::statement;
use super::rows::{blog, ids, plain, state, stored};
use super::updates::viewed;
use crate::entities::{later, noon, note, one_trashed_one_live, row, utc};
use crate::harness::{Server, on_every_database};

async fn deletes<D>(db: &D) -> Result<Vec<Change>, DbErr>
where
    D: ConnectionTrait + TransactionTrait,
{
    let backend = db.get_database_backend();
    let authors = || {
        plain(author::Entity)
            .into_query()
            .clear_selects()
            .column(author::Column::Id)
            .take()
    };
    let by_hand = Query::delete()
        .from_table(Entity)
        .and_where(Column::Id.gt(1))
        .to_owned();
    Ok(changes! { db, |txn|
        "one": Delete::one(viewed(1)).exec(txn),
        "one, trashed": Delete::one(viewed(2)).exec(txn),
        "one, missing": Delete::one(viewed(9)).exec(txn),
        "of the entity": <Entity as EntityTrait>::delete(viewed(1)).exec(txn),
        "of the entity, by key": <Entity as EntityTrait>::delete_by_id(1).exec(txn),
        "of the entity, by key, trashed": <Entity as EntityTrait>::delete_by_id(2).exec(txn),
        "of the active model": ActiveModelTrait::delete(viewed(1), txn),
        "of the active model, trashed": ActiveModelTrait::delete(viewed(2), txn),
        "by a unique key": Entity::delete_by_slug("one").exec(txn),
        "by a unique key, trashed": Entity::delete_by_slug("two").exec(txn),
        "by an email, trashed": author::Entity::delete_by_email("bob@example.org").exec(txn),
        "many": Delete::many(Entity).exec(txn),
        "many of the entity": <comment::Entity as EntityTrait>::delete_many().exec(txn),
        "many, or": Delete::many(Entity).filter(Column::Id.eq(1).or(Column::Id.eq(2))).exec(txn),
        "many, raw or": Delete::many(Entity).filter(Expr::cust("id = 1 OR id = 2 OR slug = 'five'")).exec(txn),
        "many, by keys": Delete::many(Entity).filter_by_ids([1, 2]).exec(txn),
        "many, in a subquery": Delete::many(Entity).filter(Column::AuthorId.in_subquery(authors())).exec(txn),
        "many, not in a subquery": Delete::many(Entity).filter(Column::AuthorId.not_in_subquery(authors())).exec(txn),
        "links": Delete::many(post_tag::Entity).filter(post_tag::Column::PostId.eq(1)).exec(txn),
        "as a statement": affected(txn.execute(&by_hand)),
        "as text": affected(txn.execute_raw(statement(backend,
            "DELETE FROM blog_post WHERE id = ? OR id = ?", [1.into(), 2.into()]))),
        "as text, without a condition": affected(txn.execute_raw(statement(backend, "DELETE FROM blog_post", []))),
        "as text, not prepared": affected(txn.execute_unprepared("DELETE FROM blog_post WHERE id > 1 OR id < 1")),
        "as text, of a subquery": affected(txn.execute_unprepared(
            "DELETE FROM blog_comment WHERE EXISTS (SELECT 1 FROM blog_post p \
             WHERE p.id = blog_comment.post_id AND (p.author_id = 1 OR p.id = 2))")),
        "as text, of itself": affected(txn.execute_unprepared(
            "DELETE FROM blog_category WHERE parent_id IN \
             (SELECT id FROM (SELECT id FROM blog_category WHERE id = 1 OR id = 3) AS parents)")),
        "of a table without a marker": Delete::many(country::Entity)
            .filter(country::Column::Id.not_in_subquery(plain(author::Entity).filter(author::Column::Id.ne(1))
                .into_query().clear_selects().column(author::Column::CountryId).take())).exec(txn),
    })
}

on_every_database! {
    /// Scenarios 61 and 62.
    async fn a_delete_leaves_the_rows_that_it_would_if_the_trash_were_deleted(db: &TestDb) {
        change_as_if_deleted!(db, deletes);
    }

    async fn a_seaorm_delete_stamps_the_rows_as_one_operation(db: &TestDb) {
        let scoped = blog(db).await;
        Clock::fixed(later()).scope(Delete::many(Entity).exec(&scoped)).await?;
        assert_eq!(state(db, Entity).await, (vec![], vec![1, 2, 3, 4, 5]));
        let (one, two, three) = (
            stored(db, Entity, 1).await,
            stored(db, Entity, 2).await,
            stored(db, Entity, 3).await,
        );
        assert_eq!((one.deleted_at, two.deleted_at), (Some(utc(later())), Some(noon())));
        assert!(one.operation_id.is_some());
        assert_eq!(one.operation_id, three.operation_id);
        assert_ne!(one.operation_id, two.operation_id);

        let restored = Entity::restore_many().filter(Column::OperationId.eq(one.operation_id));
        assert_eq!(restored.exec(&scoped).await?.rows_affected, 3);
        assert_eq!(state(db, Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }

    async fn actor_and_reason_reach_a_seaorm_delete(db: &TestDb) {
        one_trashed_one_live(db).await;
        let scoped = db.scoped();
        let delete = Delete::many(note::Entity).filter(note::Column::Id.gt(0));
        let delete = Attribution::by(5).because("spring").scope(async { delete.exec(&scoped).await });
        assert_eq!(Clock::fixed(later()).scope(delete).await?.rows_affected, 1);
        let here = row(db, 2).await.unwrap();
        assert_eq!((here.deleted_by, here.reason.as_deref()), (Some(5), Some("spring")));
        assert_eq!((here.deleted_at, here.updated_at), (Some(utc(later())), utc(later())));
        assert!(here.operation_id.is_some());
        assert_eq!(row(db, 1).await.unwrap().deleted_by, Some(7), "trashed before");
    }

    /// Scenario 79.
    async fn deleted_rows_are_returned_without_the_trash(db: &TestDb) {
        let scoped = blog(db).await;
        if !db.returns_updated_rows() {
            return Ok(());
        }
        let deleted = Delete::many(Entity).exec_with_returning(&scoped).await?;
        assert_eq!(ids(&deleted), [1, 3, 4]);
        let again = Delete::one(viewed(1)).exec_with_returning(&scoped).await?;
        assert_eq!(again, None);
    }

    async fn a_second_seaorm_delete_does_not_change_the_timestamp(db: &TestDb) {
        let scoped = blog(db).await;
        let held = plain(Entity).filter(Column::Id.eq(1)).one(&scoped).await?.unwrap();
        Delete::one(held.clone().into_active_model()).exec(&scoped).await?;
        let first = stored(db, Entity, 1).await;
        let again = Delete::one(held.into_active_model()).exec(&scoped);
        assert_eq!(Clock::fixed(later()).scope(again).await?.rows_affected, 0);
        assert_eq!(stored(db, Entity, 1).await, first);
    }

    async fn a_joined_delete_keeps_its_join(db: &TestDb) {
        let scoped = blog(db).await;
        let sql = match db.server() {
            Server::Postgres => {
                "DELETE FROM blog_comment c USING blog_post p \
                 WHERE p.id = c.post_id AND (p.slug = 'two' OR c.text = 'a')"
            }
            Server::MariaDb | Server::MySql => {
                "DELETE c FROM blog_comment c JOIN blog_post p ON p.id = c.post_id \
                 WHERE p.slug = 'two' OR c.text = 'a'"
            }
            Server::Sqlite => {
                "DELETE FROM blog_comment WHERE post_id IN \
                 (SELECT p.id FROM blog_post p WHERE p.slug = 'two' OR blog_comment.text = 'a')"
            }
        };
        assert_eq!(scoped.execute_unprepared(sql).await?.rows_affected(), 1);
        assert_eq!(state(db, comment::Entity).await, (vec![3, 4], vec![1, 2, 5]));
    }

    async fn a_limited_delete_keeps_its_order_and_limit(db: &TestDb) {
        let scoped = blog(db).await;
        let sql = match db.server() {
            Server::MariaDb | Server::MySql => "DELETE FROM blog_post ORDER BY views DESC LIMIT 1",
            _ => {
                "DELETE FROM blog_post WHERE id IN \
                 (SELECT id FROM blog_post ORDER BY views DESC LIMIT 1)"
            }
        };
        assert_eq!(scoped.execute_unprepared(sql).await?.rows_affected(), 1);
        assert_eq!(state(db, Entity).await, (vec![1, 3], vec![2, 4, 5]));
    }

    async fn each_of_several_statements_in_one_text_is_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        let updates = "UPDATE blog_post SET views = 1; \
                       UPDATE blog_comment SET text = 'a;b' WHERE id = 1 OR id = 2;";
        scoped.execute_unprepared(updates).await?;
        assert_eq!(stored(db, Entity, 3).await.views, 1);
        assert_eq!(stored(db, Entity, 2).await.views, 20);
        assert_eq!(stored(db, comment::Entity, 1).await.text, "a;b");
        assert_eq!(stored(db, comment::Entity, 2).await.text, "b");
    }

    /// A soft delete adds values, and only SQLite binds values in a text of several statements.
    async fn a_delete_among_several_statements_is_soft(db: &TestDb) {
        let scoped = blog(db).await;
        let deletes = "UPDATE blog_post SET views = 1; \
                       DELETE FROM blog_comment WHERE id = 1 OR id = 2; \
                       DELETE FROM blog_post WHERE slug = 'a;b' OR slug = 'one'; \
                       DELETE FROM blog_category WHERE name = 'a;b' OR name = 'news'";
        let deletes = async { scoped.execute_unprepared(deletes).await };
        Clock::fixed(later()).scope(deletes).await?;
        assert_eq!(stored(db, Entity, 3).await.views, 1);
        assert_eq!(state(db, comment::Entity).await, (vec![3, 4], vec![1, 2, 5]));
        assert_eq!(state(db, category::Entity).await, (vec![1, 4], vec![2, 3]));
        assert_eq!(state(db, Entity).await, (vec![3, 4], vec![1, 2, 5]));
        let here = stored(db, Entity, 1).await;
        assert_eq!(here.deleted_at, Some(utc(later())), "the instant equals a bound value");
        assert!(here.operation_id.is_some());
        assert_eq!(stored(db, comment::Entity, 1).await.deleted_at, Some(utc(later())));
        assert_eq!(stored(db, comment::Entity, 2).await.deleted_at, Some(noon()));
        let restored = Entity::restore_many().filter(Column::OperationId.eq(here.operation_id));
        assert_eq!(restored.exec(&scoped).await?.rows_affected, 1);
    }

    /// The caller writes the actor and the reason, which may become part of the SQL text.
    async fn a_quote_in_a_reason_does_not_end_the_literal(db: &TestDb) {
        one_trashed_one_live(db).await;
        let scoped = db.scoped();
        let because = "it's \\'; DROP TABLE note; -- \" ? $1 /* soft_delete: force_delete */";
        let deletes = "DELETE FROM note WHERE id = 9; DELETE FROM note WHERE id = 2 OR id = 1";
        let deletes = async { scoped.execute_unprepared(deletes).await };
        Attribution::by(5).because(because).scope(deletes).await?;
        let here = row(db, 2).await.unwrap();
        assert_eq!((here.deleted_by, here.reason.as_deref()), (Some(5), Some(because)));
        assert_eq!(row(db, 1).await.unwrap().deleted_by, Some(7), "trashed before");
    }
}
