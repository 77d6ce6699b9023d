//! SeaORM's own updates, which know nothing of soft deletes.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ActiveValue::Unchanged, ConnectionTrait, IntoActiveModel,
    QueryTrait, TransactionTrait, Update, UpdateMany,
};

use super::blog::author;
use super::blog::post::{ActiveModel, Column, Entity};
use super::changes::{Change, affected, change_as_if_deleted, changes};
use super::raw::statement;
use super::rows::{blog, ids, plain, stored};
use crate::harness::on_every_database;

/// A change to the views of a post.
pub(crate) fn viewed(id: i32) -> ActiveModel {
    ActiveModel {
        id: Set(id),
        views: Set(99),
        ..Default::default()
    }
}

fn update_many() -> UpdateMany<Entity> {
    Update::many(Entity).col_expr(Column::Views, Expr::value(99))
}

async fn updates<D>(db: &D) -> Result<Vec<Change>, DbErr>
where
    D: ConnectionTrait + TransactionTrait,
{
    let backend = db.get_database_backend();
    let names = || {
        plain(author::Entity)
            .into_query()
            .clear_selects()
            .column(author::Column::Id)
            .take()
    };
    let most = Query::select()
        .expr(Expr::col(("other", Column::Views)).max())
        .from_as(Entity, "other")
        .take();
    Ok(changes! { db, |txn|
        "one": Update::one(viewed(1)).exec(txn),
        "one, trashed": Update::one(viewed(2)).exec(txn),
        "one, missing": Update::one(viewed(9)).exec(txn),
        "one, nothing set, trashed":
            Update::one(ActiveModel { id: Unchanged(2), ..Default::default() }).exec(txn),
        "of the entity, trashed": <Entity as EntityTrait>::update(viewed(2)).exec(txn),
        "of the entity, validated, trashed":
            <Entity as EntityTrait>::update(viewed(2)).validate()?.exec_without_returning(txn),
        "of the active model": ActiveModelTrait::update(viewed(3), txn),
        "of the active model, trashed": ActiveModelTrait::update(viewed(2), txn),
        "without returning, trashed": ActiveModelTrait::update_without_returning(viewed(2), txn),
        "save": ActiveModelTrait::save(viewed(3), txn),
        "save, trashed": ActiveModelTrait::save(viewed(5), txn),
        "many": update_many().exec(txn),
        "many, or": update_many().filter(Column::Id.eq(1).or(Column::Id.eq(2))).exec(txn),
        "many, raw or": update_many().filter(Expr::cust("id = 1 OR id = 2 OR slug = 'five'")).exec(txn),
        "many, by key": update_many().filter(Column::Id.eq(5)).exec(txn),
        "many, in a subquery":
            update_many().filter(Column::AuthorId.in_subquery(names())).exec(txn),
        "many, not in a subquery":
            update_many().filter(Column::AuthorId.not_in_subquery(names())).exec(txn),
        "many, to a subquery of others": Update::many(author::Entity)
            .col_expr(author::Column::CountryId, Expr::expr(most.clone())).exec(txn),
        "as a statement": affected(txn.execute(&update_many().into_query())),
        "as text": affected(txn.execute_raw(statement(backend,
            "UPDATE blog_post SET views = ? WHERE id = 1 OR id = 2", [7.into()]))),
        "as text, not prepared": affected(
            txn.execute_unprepared("UPDATE blog_post SET views = 7 WHERE id > 1 OR id < 1")),
        "of a table without a marker": affected(txn.execute_unprepared(
            "UPDATE blog_country SET name = 'x' \
             WHERE id IN (SELECT country_id FROM blog_author WHERE name = 'Bob')")),
    })
}

on_every_database! {
    /// Scenarios 64 and 65.
    async fn an_update_makes_the_changes_that_it_would_if_the_trash_were_deleted(db: &TestDb) {
        change_as_if_deleted!(db, updates);
    }

    async fn updated_rows_are_returned_without_the_trash(db: &TestDb) {
        let scoped = blog(db).await;
        if !db.returns_updated_rows() {
            return Ok(());
        }
        let rows = update_many().exec_with_returning(&scoped).await?;
        assert_eq!(ids(&rows), [1, 3, 4]);
    }

    async fn an_update_joined_to_a_trashed_row_changes_nothing(db: &TestDb) {
        let scoped = blog(db).await;
        let sql = match db.server() {
            crate::harness::Server::MariaDb | crate::harness::Server::MySql => {
                "UPDATE blog_post p JOIN blog_author a ON a.id = p.author_id \
                 SET p.views = 0 WHERE a.name = 'Bob' OR p.id = 3"
            }
            _ => {
                "UPDATE blog_post SET views = 0 FROM blog_author a \
                 WHERE a.id = blog_post.author_id AND (a.name = 'Bob' OR blog_post.id = 3)"
            }
        };
        assert_eq!(scoped.execute_unprepared(sql).await?.rows_affected(), 1);
        assert_eq!(stored(db, Entity, 3).await.views, 0);
        assert_eq!(stored(db, Entity, 4).await.views, 40);
    }

    async fn a_stale_model_is_refused_like_a_model_of_a_missing_row(db: &TestDb) {
        let scoped = blog(db).await;
        let held = plain(Entity).filter(Column::Id.eq(1)).one(&scoped).await?.unwrap();
        <Entity as EntityTrait>::delete_by_id(1).exec(&scoped).await?;
        let mut stale = held.into_active_model();
        stale.slug = Set("stale".to_owned());
        let refused = ActiveModelTrait::update(stale, &scoped).await;
        assert!(matches!(refused, Err(DbErr::RecordNotUpdated)), "{refused:?}");
        assert_eq!(stored(db, Entity, 1).await.slug, "one");
    }

    /// An `update_many` without values writes nothing, on a scoped connection as well.
    async fn an_update_without_values_changes_nothing(db: &TestDb) {
        let scoped = blog(db).await;
        let done = Update::many(Entity).exec(&scoped).await?;
        assert_eq!(done.rows_affected, 0);
    }
}
