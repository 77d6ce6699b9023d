//! Queries of two entities: related, linked and joined.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::sea_query::{ConditionType, Expr, ExprTrait, IntoCondition};
use sea_orm::{
    ConnectionTrait, JoinType, LinkDef, Linked, QueryOrder, QuerySelect, RelationTrait, SelectExt,
    StreamTrait, TransactionTrait,
};
use sea_orm_soft_delete::Scopable;

use super::answers::{Answers, answers, as_if_deleted};
use super::blog::{author, category, comment, country, post, post_tag, profile, tag};
use super::rows::plain;
use crate::harness::on_every_database;

pub(crate) struct AuthorToTags;

impl Linked for AuthorToTags {
    type FromEntity = author::Entity;
    type ToEntity = tag::Entity;

    fn link(&self) -> Vec<LinkDef> {
        vec![
            post::Relation::Author.def().rev(),
            post_tag::Relation::Post.def().rev(),
            post_tag::Relation::Tag.def(),
        ]
    }
}

pub(crate) struct CategoryToParent;

impl Linked for CategoryToParent {
    type FromEntity = category::Entity;
    type ToEntity = category::Entity;

    fn link(&self) -> Vec<LinkDef> {
        vec![category::Relation::Parent.def()]
    }
}

/// A model in memory of author 1, Ann, who is live, or of author 2, Bob, who is trashed.
fn author(id: i32) -> author::Model {
    author::Model {
        id,
        name: String::new(),
        email: String::new(),
        country_id: Some(1),
        deleted_at: None,
    }
}

fn post(id: i32, author_id: i32) -> post::Model {
    post::Model {
        id,
        slug: String::new(),
        author_id,
        category_id: Some(3),
        views: 0,
        deleted_at: None,
        operation_id: None,
    }
}

async fn from_a_model<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait + StreamTrait + Send,
{
    let ann = author(1);
    let posts = || {
        ann.find_related(post::Entity)
            .order_by_asc(post::Column::Id)
    };
    let tags = |id| {
        post(id, 1)
            .find_related(tag::Entity)
            .order_by_asc(tag::Column::Id)
    };
    let tennis = category::Model {
        id: 4,
        name: String::new(),
        parent_id: Some(3),
        deleted_at: None,
    };
    Ok(answers! {
        "has many": posts().all(db).await?,
        "has many, count": posts().count(db).await?,
        "has many, pages": posts().paginate(db, 1).num_items_and_pages().await?,
        "has many, stream": posts().stream(db).await?.try_collect::<Vec<_>>().await?,
        "has one": ann.find_related(profile::Entity).all(db).await?,
        "has one, one": ann.find_related(profile::Entity).order_by_asc(profile::Column::Id).one(db).await?,
        "belongs to": post(4, 2).find_related(author::Entity).one(db).await?,
        "belongs to, optional": post(3, 1).find_related(category::Entity).one(db).await?,
        "many to many": tags(1).all(db).await?,
        "many to many of a trashed row": tags(2).all(db).await?,
        "many to many, exists": tags(2).exists(db).await?,
        "has many of a trashed row": author(2).find_related(post::Entity).all(db).await?,
        "not soft-deletable, of a trashed row": author(2).find_related(country::Entity).one(db).await?,
        "linked": ann.find_linked(AuthorToTags).order_by_asc(tag::Column::Id).all(db).await?,
        "linked to itself": tennis.find_linked(CategoryToParent).all(db).await?,
        "of an active model": {
            let bob: author::ActiveModel = author(2).into();
            sea_orm::ActiveModelTrait::find_related(&bob, post::Entity).all(db).await?
        },
    })
}

async fn from_an_entity<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait + StreamTrait + Send,
{
    let posts = || plain(post::Entity).order_by_asc(post::Column::Id);
    let authors = || plain(author::Entity).order_by_asc(author::Column::Id);
    let comments = || plain(comment::Entity).order_by_asc(comment::Column::Id);
    let profiles = || {
        authors()
            .find_also_related(profile::Entity)
            .order_by_asc(profile::Column::Id)
    };
    let rooted = || plain(category::Entity).order_by_asc(category::Column::Id);
    Ok(answers! {
        "also": posts().find_also_related(author::Entity).all(db).await?,
        "also, one": comments().filter(comment::Column::Id.eq(4)).find_also_related(post::Entity).one(db).await?,
        "also, has one": profiles().all(db).await?,
        "also, stream": profiles().stream(db).await?.try_collect::<Vec<_>>().await?,
        "also, json": profiles().into_json().all(db).await?,
        "also, count": profiles().count(db).await?,
        "also, pages": profiles().paginate(db, 2).num_items_and_pages().await?,
        "also, exists": comments().find_also_related(post::Entity).filter(post::Column::Id.eq(2)).exists(db).await?,
        "also, cursor": authors().find_also_related(post::Entity).cursor_by(author::Column::Id).first(9).all(db).await?
            .iter().map(|(author, post)| (author.id, post.as_ref().map(|post| post.id))).collect::<BTreeSet<_>>(),
        "also, of a table without a marker":
            plain(country::Entity).find_also_related(author::Entity).order_by_asc(country::Column::Id).order_by_asc(author::Column::Id).all(db).await?,
        "also, many to many": posts().find_also_related(tag::Entity).order_by_asc(tag::Column::Id).all(db).await?
            .iter().map(|(post, tag)| (post.id, tag.as_ref().map(|tag| tag.id))).collect::<BTreeSet<_>>(),
        "both": posts().find_both_related(author::Entity).all(db).await?,
        "both, stream": posts().find_both_related(category::Entity).stream(db).await?.try_collect::<Vec<_>>().await?,
        "both, json": posts().find_both_related(author::Entity).into_json().all(db).await?,
        "with": authors().find_with_related(post::Entity).order_by_asc(post::Column::Id).all(db).await?,
        "with, many to many": posts().find_with_related(tag::Entity).order_by_asc(tag::Column::Id).all(db).await?,
        "with, of a table without a marker":
            plain(country::Entity).order_by_asc(country::Column::Id).find_with_related(author::Entity).order_by_asc(author::Column::Id).all(db).await?,
        "also linked": authors().find_also_linked(AuthorToTags).order_by_asc(Expr::col(("r2", tag::Column::Id))).all(db).await?
            .iter().map(|(author, tag)| (author.id, tag.as_ref().map(|tag| tag.id))).collect::<BTreeSet<_>>(),
        "with linked": authors().find_with_linked(AuthorToTags).order_by_asc(Expr::col(("r2", tag::Column::Id))).all(db).await?
            .into_iter().map(|(author, tags)| (author, tags.into_iter().map(|tag| tag.id).collect::<BTreeSet<_>>())).collect::<Vec<_>>(),
        "also linked to itself": rooted().find_also_linked(CategoryToParent).all(db).await?,
        "with linked to itself": rooted().find_with_linked(CategoryToParent).all(db).await?,
        "find_linked of a link": CategoryToParent.find_linked().order_by_asc(category::Column::Id).all(db).await?,
        "find_related_rev": <author::Entity as EntityTrait>::find_related_rev::<post::Entity>().order_by_asc(post::Column::Id).all(db).await?,
        "find_related": <author::Entity as Related<post::Entity>>::find_related().order_by_asc(post::Column::Id).all(db).await?,
    })
}

async fn joined<C>(db: &C) -> Result<Answers, DbErr>
where
    C: ConnectionTrait,
{
    let posts = || plain(post::Entity).order_by_asc(post::Column::Id);
    let author_of = |select: Select<post::Entity>| {
        select
            .select_only()
            .column_as(post::Column::Id, "post")
            .column_as(author::Column::Name, "author")
            .order_by_asc(author::Column::Id)
            .into_tuple::<(Option<i32>, Option<String>)>()
    };
    let either = || {
        post::Relation::Author.def().on_condition(|_, author| {
            let column = |column: author::Column| Expr::col((author.clone(), column));
            column(author::Column::Name)
                .eq("Bob")
                .or(column(author::Column::Id).gt(0))
                .into_condition()
        })
    };
    Ok(answers! {
        "left_join": author_of(posts().left_join(author::Entity)).all(db).await?,
        "inner_join": author_of(posts().inner_join(author::Entity)).all(db).await?,
        "right_join": author_of(posts().right_join(author::Entity)).all(db).await?
            .into_iter().collect::<BTreeSet<_>>(),
        "reverse_join": author_of(posts().reverse_join(author::Entity)).all(db).await?,
        "join": author_of(posts().join(JoinType::InnerJoin, post::Relation::Author.def())).all(db).await?,
        "join_rev": author_of(posts().join_rev(JoinType::LeftJoin, author::Relation::Post.def())).all(db).await?,
        "join with an or": author_of(posts().join(JoinType::LeftJoin, either())).all(db).await?,
        "join with any": author_of(posts().join(JoinType::LeftJoin,
            either().condition_type(ConditionType::Any))).all(db).await?,
        "join_as": posts().join_as(JoinType::InnerJoin, post::Relation::Author.def(), "by")
            .filter(Expr::col(("by", author::Column::Name)).is_in(["Ann", "Bob"])).all(db).await?,
        "join_as_rev": posts().join_as_rev(JoinType::InnerJoin, comment::Relation::Post.def(), "said")
            .filter(Expr::col(("said", comment::Column::Text)).eq("b").or(Expr::col(("said", comment::Column::Text)).eq("d")))
            .all(db).await?,
        "many to many": posts().inner_join(tag::Entity).select_only().column(post::Column::Id).column(tag::Column::Name)
            .into_tuple::<(i32, String)>().all(db).await?.into_iter().collect::<BTreeSet<_>>(),
        "filter on a column of the join": posts().left_join(author::Entity)
            .filter(author::Column::Name.eq("Bob")).count(db).await?,
        "has_related": plain(author::Entity).has_related(post::Entity, post::Column::Views.gte(20)).order_by_asc(author::Column::Id).all(db).await?,
        "has_related, many to many": posts().has_related(tag::Entity, tag::Column::Name.is_in(["orm", "old"])).all(db).await?,
        "has_related, belongs to": posts().has_related(author::Entity, author::Column::Name.eq("Bob")).all(db).await?,
    })
}

on_every_database! {
    /// Scenarios 4, 26, 31 and 46.
    async fn relations_of_a_model_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, from_a_model);
    }

    /// Scenarios 28, 37 and 46.
    async fn relations_of_an_entity_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, from_an_entity);
    }

    /// Scenarios 29, 47, 52 and 59.
    async fn joins_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, joined);
    }
}
