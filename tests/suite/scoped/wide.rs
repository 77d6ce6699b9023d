//! Selects of three to six entities at once.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::{
    ConnectionTrait, DerivePartialModel, FromQueryResult, JoinType, QueryOrder, QuerySelect,
    RelationTrait, SelectExt, StreamTrait, TransactionTrait,
};
use sea_orm_soft_delete::Scopable;

use super::answers::{Answers, answers, as_if_deleted};
use super::blog::{author, category, comment, country, post, profile};
use super::rows::plain;
use crate::harness::on_every_database;

#[derive(DerivePartialModel, Debug)]
#[sea_orm(entity = "comment::Entity")]
#[allow(dead_code, reason = "its fields are compared as text")]
struct Comment {
    id: i32,
    #[sea_orm(nested)]
    post: Option<Post>,
}

#[derive(DerivePartialModel, Debug)]
#[sea_orm(entity = "post::Entity")]
#[allow(dead_code, reason = "its fields are compared as text")]
struct Post {
    slug: String,
    #[sea_orm(nested)]
    author: Option<Author>,
}

#[derive(DerivePartialModel, Debug)]
#[sea_orm(entity = "author::Entity")]
#[allow(dead_code, reason = "its fields are compared as text")]
struct Author {
    name: String,
}

#[derive(FromQueryResult, Debug)]
#[allow(dead_code, reason = "its fields are compared as text")]
struct Id {
    id: i32,
}

fn comments() -> Select<comment::Entity> {
    plain(comment::Entity).order_by_asc(comment::Column::Id)
}

async fn three_and_four<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait + StreamTrait + Send,
{
    let three = || {
        comments()
            .find_also(comment::Entity, post::Entity)
            .find_also(post::Entity, author::Entity)
    };
    let four = || {
        three()
            .find_also(author::Entity, profile::Entity)
            .order_by_asc(profile::Column::Id)
    };
    let star = || {
        comments()
            .find_also_related(post::Entity)
            .find_also_related(author::Entity)
    };
    let chain = || {
        plain(author::Entity)
            .order_by_asc(author::Column::Id)
            .find_also_related(post::Entity)
            .and_also_related(comment::Entity)
            .order_by_asc(post::Column::Id)
            .order_by_asc(comment::Column::Id)
    };
    Ok(answers! {
        "three": three().all(db).await?,
        "three, one": three().filter(comment::Column::Id.gte(4)).one(db).await?,
        "three, models": three().into_model::<Id, Id, Id>().all(db).await?,
        "three, partial": comments().left_join(post::Entity)
            .join(JoinType::LeftJoin, post::Relation::Author.def())
            .into_partial_model::<Comment>().all(db).await?,
        "three, json": three().into_json().all(db).await?,
        "three, stream": three().stream(db).await?.try_collect::<Vec<_>>().await?,
        "three, count": three().count(db).await?,
        "three, pages": three().paginate(db, 2).num_items_and_pages().await?,
        "three, exists": three().filter(post::Column::Id.eq(2)).exists(db).await?,
        "three, cursor": three().cursor_by(comment::Column::Id).first(9).all(db).await?,
        "three around one": star().all(db).await?,
        "three around one, consolidated": star().consolidate().all(db).await?,
        "three in a chain": chain().all(db).await?,
        "three in a chain, consolidated": chain().consolidate().all(db).await?,
        "four": four().all(db).await?,
        "four, one": four().filter(comment::Column::Id.gte(4)).one(db).await?,
        "four, json": four().into_json().all(db).await?,
        "four, stream": four().stream(db).await?.try_collect::<Vec<_>>().await?,
        "four, count": four().count(db).await?,
        "four around one, consolidated": plain(author::Entity)
            .order_by_asc(author::Column::Id)
            .find_also_related(post::Entity)
            .find_also_related(profile::Entity)
            .find_also(author::Entity, comment::Entity)
            .order_by_asc(post::Column::Id)
            .order_by_asc(profile::Column::Id)
            .order_by_asc(comment::Column::Id)
            .consolidate().all(db).await?,
    })
}

async fn five_and_six<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait + StreamTrait + Send,
{
    let five = || {
        comments()
            .find_also(comment::Entity, post::Entity)
            .find_also(post::Entity, author::Entity)
            .find_also(author::Entity, profile::Entity)
            .find_also(post::Entity, category::Entity)
            .order_by_asc(profile::Column::Id)
    };
    let six = || five().find_also(author::Entity, country::Entity);
    Ok(answers! {
        "five": five().all(db).await?,
        "five, one": five().filter(comment::Column::Id.gte(4)).one(db).await?,
        "five, json": five().into_json().all(db).await?,
        "five, stream": five().stream(db).await?.try_collect::<Vec<_>>().await?,
        "five, count": five().count(db).await?,
        "five, exists": five().filter(category::Column::Id.eq(3)).exists(db).await?,
        "six": six().all(db).await?,
        "six, one": six().filter(comment::Column::Id.gte(4)).one(db).await?,
        "six, json": six().into_json().all(db).await?,
        "six, stream": six().stream(db).await?.try_collect::<Vec<_>>().await?,
        "six, count": six().count(db).await?,
        "six, exists": six().filter(category::Column::Id.eq(3)).exists(db).await?,
    })
}

on_every_database! {
    /// Scenarios 32 and 46.
    async fn selects_of_three_and_four_entities_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, three_and_four);
    }

    async fn selects_of_five_and_six_entities_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, five_and_six);
    }
}
