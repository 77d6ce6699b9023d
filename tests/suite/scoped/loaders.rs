//! The loaders: from a list of models, and from an entity with its relations.

use sea_orm::compound::EntityLoaderWithSelf;
use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, EntityLoaderTrait, LoaderTrait, QueryOrder, TransactionTrait};
use sea_orm_soft_delete::Scopable;

use super::answers::{Answers, answers, as_if_deleted};
use super::blog::{author, category, comment, country, follow, post, post_tag, profile, tag};
use super::rows::{ids, plain};
use crate::harness::on_every_database;

/// The keys of each list of models.
fn each<M: ModelTrait>(lists: &[Vec<M>]) -> Vec<Vec<i32>> {
    lists.iter().map(|list| ids(list)).collect()
}

async fn of_models<C: ConnectionTrait>(db: &C) -> Result<Answers, DbErr> {
    // All of these rows are live, so only the loaded rows can make a difference.
    let authors = plain(author::Entity)
        .filter(author::Column::Id.is_in([1, 3]))
        .order_by_asc(author::Column::Id)
        .all(db)
        .await?;
    let posts = plain(post::Entity)
        .filter(post::Column::Id.is_in([1, 3, 4]))
        .order_by_asc(post::Column::Id)
        .all(db)
        .await?;
    let categories = plain(category::Entity)
        .filter(category::Column::Id.is_in([1, 2, 4]))
        .order_by_asc(category::Column::Id)
        .all(db)
        .await?;
    let countries = plain(country::Entity)
        .order_by_asc(country::Column::Id)
        .all(db)
        .await?;
    let ordered = plain(post::Entity).order_by_asc(post::Column::Id);
    Ok(answers! {
        "load_one, has one": authors.load_one(plain(profile::Entity).order_by_asc(profile::Column::Id), db).await?,
        "load_one, belongs to": posts.load_one(author::Entity, db).await?,
        "load_one, optional": posts.load_one(category::Entity, db).await?,
        "load_many": authors.load_many(ordered.clone(), db).await?,
        "load_many, by entity": each(&posts.load_many(comment::Entity, db).await?),
        "load_many, filtered": authors.load_many(ordered.filter(post::Column::Views.gt(10)), db).await?,
        "load_many, of a table without a marker": each(&countries.load_many(author::Entity, db).await?),
        "load_many over a junction": each(&posts.load_many(tag::Entity, db).await?),
        "load_many_to_many": each(&posts.load_many_to_many(tag::Entity, post_tag::Entity, db).await?),
        "load_self": categories.load_self(category::Entity, category::Relation::Parent, db).await?,
        "load_self_many":
            each(&categories.load_self_many(category::Entity, category::Relation::Children, db).await?),
        "load_self_via": each(&authors.load_self_via(follow::Entity, db).await?),
        "load_self_via_rev": each(&authors.load_self_via_rev(follow::Entity, db).await?),
    })
}

async fn of_entities<C: ConnectionTrait>(db: &C) -> Result<Answers, DbErr> {
    let authors = || author::Entity::load().order_by_id_asc();
    let posts = || post::Entity::load().order_by_id_asc();
    let categories = || category::Entity::load().order_by_id_asc();
    let countries = || country::Entity::load().order_by_id_asc();
    let tags = |tags: &HasMany<tag::Entity>| -> Vec<i32> {
        let mut tags: Vec<i32> = tags.iter().map(|tag| tag.id).collect();
        tags.sort_unstable();
        tags
    };
    Ok(answers! {
        "has many": authors().with(post::Entity).all(db).await?.into_iter()
            .map(|author| (author.id, author.posts.iter().map(|post| post.id).collect())).collect::<Vec<(i32, Vec<i32>)>>(),
        "has one": authors().with(profile::Entity).all(db).await?,
        "belongs to": posts().with(author::Entity).all(db).await?,
        "belongs to, optional": posts().with(category::Entity).all(db).await?,
        "two at once": posts().with(author::Entity).with(category::Entity).all(db).await?,
        "many to many": posts().with(tag::Entity).all(db).await?.iter().map(|post| tags(&post.tags)).collect::<Vec<_>>(),
        "nested, one in one": comment::Entity::load().order_by_id_asc().with((post::Entity, author::Entity)).all(db).await?,
        "nested, many in many": countries().with((author::Entity, post::Entity)).all(db).await?.into_iter()
            .map(|country| country.authors.into_iter().map(|author| (author.id, author.posts.len())).collect()).collect::<Vec<Vec<_>>>(),
        "nested, many to many in many": authors().with((post::Entity, tag::Entity)).all(db).await?.into_iter()
            .map(|author| author.posts.into_iter().map(|post| (post.id, tags(&post.tags))).collect()).collect::<Vec<Vec<_>>>(),
        "nested, one in many": authors().with((comment::Entity, post::Entity)).all(db).await?.into_iter()
            .map(|author| author.comments.into_iter().map(|comment| (comment.id, comment.post.into_option())).collect()).collect::<Vec<Vec<_>>>(),
        "nested, many in one": posts().with((author::Entity, comment::Entity)).all(db).await?.into_iter()
            .map(|post| (post.id, post.author.into_option().map(|author| author.comments.len()))).collect::<Vec<_>>(),
        "itself, parent": categories().with(category::Relation::Parent).all(db).await?,
        "itself, children": categories().with(category::Relation::Children).all(db).await?.into_iter()
            .map(|category| category.children.into_iter().map(|child| child.id).collect()).collect::<Vec<Vec<_>>>(),
        "itself over a junction": authors().with(follow::Entity).all(db).await?.into_iter()
            .map(|author| author.followers.into_iter().map(|follower| follower.id).collect()).collect::<Vec<Vec<_>>>(),
        "itself over a junction, reverse": authors().with(follow::Entity::REVERSE).all(db).await?.into_iter()
            .map(|author| author.following.into_iter().map(|author| author.id).collect()).collect::<Vec<Vec<_>>>(),
        "nested over a junction of itself":
            profile::Entity::load().filter_by_id(2).with(EntityLoaderWithSelf(author::Entity, follow::Entity)).one(db).await?
                .map(|profile| profile.author.unwrap().followers.len()),
        "one": authors().filter_by_id(3).with(profile::Entity).one(db).await?,
        "by a unique key": post::Entity::load().filter_by_slug("four").with(author::Entity).one(db).await?,
        "a page": countries().with(author::Entity).paginate(db, 1).fetch_page(0).await?
            .into_iter().map(|country| country.authors.len()).collect::<Vec<_>>(),
    })
}

on_every_database! {
    async fn loaders_of_models_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, of_models);
    }

    async fn loaders_of_entities_answer_as_if_the_trash_were_deleted(db: &TestDb) {
        as_if_deleted!(db, of_entities);
    }
}
