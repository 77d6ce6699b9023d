//! Every method that runs a select of one entity.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ConnectionTrait, DeriveColumn, DerivePartialModel, EnumIter, FromQueryResult, QueryOrder,
    QuerySelect, SelectExt, StreamTrait, TransactionTrait,
};
use sea_orm_soft_delete::Scopable;

use super::answers::{Answers, answers, as_if_deleted};
use super::blog::post::{Column, Entity};
use super::rows::plain;
use crate::harness::on_every_database;

#[derive(DerivePartialModel, Debug)]
#[sea_orm(entity = "Entity")]
#[allow(dead_code, reason = "its fields are compared as text")]
struct Slug {
    slug: String,
}

#[derive(FromQueryResult, Debug)]
#[allow(dead_code, reason = "its fields are compared as text")]
struct Figures {
    author_id: i32,
    least: i32,
    most: i32,
    number: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
enum Key {
    Id,
    Slug,
}

fn find() -> Select<Entity> {
    plain(Entity).order_by_asc(Column::Id)
}

/// Figures grouped by author, without a mention of the marker.
fn figures() -> Select<Entity> {
    plain(Entity)
        .select_only()
        .column(Column::AuthorId)
        .column_as(Column::Views.min(), "least")
        .column_as(Column::Views.max(), "most")
        .column_as(Column::Id.count(), "number")
        .group_by(Column::AuthorId)
        .order_by_asc(Column::AuthorId)
}

async fn ends<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait + StreamTrait + Send,
{
    let keys = || find().select_only().column(Column::Id).column(Column::Slug);
    let last = || plain(Entity).order_by_desc(Column::Id);
    Ok(answers! {
        "all": find().all(db).await?,
        "one": last().one(db).await?,
        "require_one": last().require_one(db).await?,
        "one by key": plain(Entity).filter(Column::Id.eq(2)).one(db).await?,
        "find_by_id": <Entity as EntityTrait>::find_by_id(2).one(db).await?,
        "limit and offset": find().limit(2).offset(1).all(db).await?,
        "stream": find().stream(db).await?.try_collect::<Vec<_>>().await?,
        "stream_partial_model":
            find().stream_partial_model::<_, Slug>(db).await?.try_collect::<Vec<_>>().await?,
        "into_partial_model": find().into_partial_model::<Slug>().all(db).await?,
        "into_partial_model, one": last().into_partial_model::<Slug>().one(db).await?,
        "into_json": find().into_json().all(db).await?,
        "into_json, stream": find().into_json().stream(db).await?.try_collect::<Vec<_>>().await?,
        "into_tuple": keys().into_tuple::<(i32, String)>().all(db).await?,
        "into_values": keys().into_values::<(i32, String), Key>().all(db).await?,
        "into_model, grouped": figures().into_model::<Figures>().all(db).await?,
        "having": figures().having(Column::Id.count().gt(1)).into_model::<Figures>().all(db).await?,
        "distinct": plain(Entity).select_only().column(Column::AuthorId).distinct()
            .order_by_asc(Column::AuthorId).into_tuple::<i32>().all(db).await?,
        "select_except": find().select_except([Column::Slug]).into_json().all(db).await?,
        "count": find().count(db).await?,
        "exists": find().filter(Column::Slug.eq("five")).exists(db).await?,
        "selector exists": find().filter(Column::Slug.eq("five")).into_json().exists(db).await?,
    })
}

async fn pages<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait + StreamTrait + Send,
{
    let by_two = || find().paginate(db, 2);
    let mut pages = by_two();
    let mut turned = Vec::new();
    while let Some(page) = pages.fetch_and_next().await? {
        turned.push(page);
    }
    let cursor = || plain(Entity).cursor_by(Column::Id);
    Ok(answers! {
        "first page": by_two().fetch_page(0).await?,
        "last page": by_two().fetch_page(2).await?,
        "every page": turned,
        "pages as a stream": by_two().into_stream().try_collect::<Vec<_>>().await?,
        "num_items": by_two().num_items().await?,
        "num_pages": by_two().num_pages().await?,
        "num_items_and_pages": by_two().num_items_and_pages().await?,
        "pages of groups": figures().into_model::<Figures>().paginate(db, 2).num_items().await?,
        "json pages": find().into_json().paginate(db, 3).fetch_page(0).await?,
        "cursor, first": cursor().first(2).all(db).await?,
        "cursor, last": cursor().last(2).all(db).await?,
        "cursor, after": cursor().after(1).all(db).await?,
        "cursor, before": cursor().before(4).last(2).all(db).await?,
        "cursor, desc": cursor().desc().first(1).all(db).await?,
        "cursor of two columns": plain(Entity).cursor_by((Column::AuthorId, Column::Id)).after((1, 1)).all(db).await?,
        "cursor, json": cursor().into_json().all(db).await?,
        "cursor, partial": cursor().into_partial_model::<Slug>().all(db).await?,
    })
}

on_every_database! {
    /// Scenarios 1, 2, 11, 13, 14 and 16.
    async fn a_select_of_one_entity_answers_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, ends);
    }

    /// Scenarios 2 and 23.
    async fn pages_and_cursors_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, pages);
    }
}
