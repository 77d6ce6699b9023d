//! The nested writes of the dense format: saves, replaces, appends, links and cascades.

use sea_orm::prelude::*;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, EntityLoaderTrait, IntoActiveModel, TransactionTrait,
};

use super::blog::{author, category, comment, follow, post, post_tag, profile, tag};
use super::changes::{Change, change_as_if_deleted, changes};
use super::rows::{blog, plain, state, stored};
use crate::harness::{Server, on_every_database};

/// Finds a row by its key, in code that knows nothing of this crate.
async fn one<E, C>(db: &C, entity: E, id: i32) -> Result<E::Model, DbErr>
where
    E: EntityTrait,
    C: ConnectionTrait,
{
    let key = <E::PrimaryKey as sea_orm::Iterable>::iter().next().unwrap();
    let column = sea_orm::PrimaryKeyToColumn::into_column(key);
    plain(entity).filter(column.eq(id)).require_one(db).await
}

async fn tagged<C: ConnectionTrait>(db: &C, id: i32) -> Result<post::ActiveModelEx, DbErr> {
    let post = post::Entity::load()
        .filter_by_id(id)
        .with(tag::Entity)
        .one(db)
        .await?;
    Ok(post
        .ok_or_else(|| DbErr::RecordNotFound(id.to_string()))?
        .into_active_model())
}

async fn saves<D>(db: &D) -> Result<Vec<Change>, DbErr>
where
    D: ConnectionTrait + TransactionTrait,
{
    let new_post = |slug: &str| post::ActiveModel::builder().set_slug(slug).set_views(1);
    Ok(changes! { db, |txn|
        "a new author with posts and tags": async {
            author::ActiveModel::builder()
                .set_name("Dan")
                .set_email("dan@example.org")
                .set_profile(profile::ActiveModel::builder().set_bio("new"))
                .add_post(new_post("six").add_tag(one(txn, tag::Entity, 1).await?.into_active_model()))
                .insert(txn)
                .await
                .map(|_| ())
        },
        "a post of an author": async {
            let ann = one(txn, author::Entity, 1).await?.into_active_model();
            new_post("six").set_author(ann).save(txn).await.map(|_| ())
        },
        "append a post": async {
            let mut ann = one(txn, author::Entity, 1).await?.into_active_model().into_ex();
            ann.posts.append(new_post("six"));
            ann.save(txn).await.map(|_| ())
        },
        "replace the posts": async {
            let mut ann = one(txn, author::Entity, 1).await?.into_active_model().into_ex();
            ann.posts.replace_all([one(txn, post::Entity, 3).await?.into_active_model().into_ex()]);
            ann.save(txn).await.map(|_| ())
        },
        "replace the posts of an author with trashed posts only": async {
            let mut cyd = one(txn, author::Entity, 3).await?.into_active_model().into_ex();
            cyd.posts.replace_all([new_post("six")]);
            cyd.save(txn).await.map(|_| ())
        },
        "replace the profile": async {
            let ann = one(txn, author::Entity, 1).await?.into_active_model().into_ex();
            ann.set_profile(profile::ActiveModel::builder().set_bio("newer")).save(txn).await.map(|_| ())
        },
        "a profile beside a trashed one": async {
            let cyd = one(txn, author::Entity, 3).await?.into_active_model().into_ex();
            cyd.set_profile(profile::ActiveModel::builder().set_bio("back")).save(txn).await.map(|_| ())
        },
        "clear the profile": async {
            one(txn, author::Entity, 1).await?.into_active_model().into_ex().clear_profile().save(txn).await.map(|_| ())
        },
        "append a child": async {
            let root = one(txn, category::Entity, 1).await?.into_active_model().into_ex();
            root.add_child(category::ActiveModel::builder().set_name("arts")).save(txn).await.map(|_| ())
        },
        "replace the children": async {
            let mut root = one(txn, category::Entity, 1).await?.into_active_model().into_ex();
            root.children.replace_all([category::ActiveModel::builder().set_name("arts")]);
            root.save(txn).await.map(|_| ())
        },
        "a child of a parent": async {
            let root = one(txn, category::Entity, 1).await?.into_active_model();
            category::ActiveModel::builder().set_name("arts").set_parent(root).save(txn).await.map(|_| ())
        },
        "change a post through its author": async {
            let ann = author::Entity::load().filter_by_id(1).with(post::Entity).one(txn).await?;
            let mut ann = ann.map(IntoActiveModel::into_active_model).unwrap_or_default();
            for post in ann.posts.as_mut_vec() {
                post.views = sea_orm::Set(7);
            }
            ann.save(txn).await.map(|_| ())
        },
    })
}

async fn links<D>(db: &D) -> Result<Vec<Change>, DbErr>
where
    D: ConnectionTrait + TransactionTrait,
{
    Ok(changes! { db, |txn|
        "append a tag": async {
            tagged(txn, 1).await?.add_tag(tag::ActiveModel::builder().set_name("new")).save(txn).await.map(|_| ())
        },
        "append a tag that exists": async {
            let rust = one(txn, tag::Entity, 1).await?.into_active_model();
            tagged(txn, 1).await?.add_tag(rust).save(txn).await.map(|_| ())
        },
        "replace the tags": async {
            let mut post = tagged(txn, 4).await?;
            post.tags.replace_all([one(txn, tag::Entity, 2).await?.into_active_model().into_ex()]);
            post.save(txn).await.map(|_| ())
        },
        "replace the tags by none": async {
            let mut post = tagged(txn, 1).await?;
            post.tags.replace_all([]);
            post.save(txn).await.map(|_| ())
        },
        "follow": async {
            let (ann, cyd) = (one(txn, author::Entity, 1).await?, one(txn, author::Entity, 3).await?);
            ann.into_active_model().into_ex().add_follower(cyd.into_active_model()).save(txn).await.map(|_| ())
        },
        "follow no one": async {
            let mut cyd = one(txn, author::Entity, 3).await?.into_active_model().into_ex();
            cyd.following.replace_all([]);
            cyd.save(txn).await.map(|_| ())
        },
        "establish_links": async {
            let post: post::ActiveModel = post::ActiveModel { id: sea_orm::Unchanged(4), ..Default::default() };
            let orm = one(txn, tag::Entity, 2).await?.into_active_model();
            post.establish_links(post_tag::Entity, &[orm], true, txn).await
        },
        "establish_links_self": async {
            let ann = one(txn, author::Entity, 1).await?.into_active_model();
            ann.establish_links_self(follow::Entity, std::slice::from_ref(&ann), true, txn).await
        },
        "delete_links": async {
            let post: post::ActiveModel = post::ActiveModel { id: sea_orm::Unchanged(1), ..Default::default() };
            post.delete_links(post_tag::Entity, txn).await
        },
        "delete_links_self": async {
            one(txn, author::Entity, 1).await?.into_active_model().delete_links_self(follow::Entity, txn).await
        },
    })
}

async fn cascades<D>(db: &D) -> Result<Vec<Change>, DbErr>
where
    D: ConnectionTrait + TransactionTrait,
{
    Ok(changes! { db, |txn|
        "of a model": async { one(txn, author::Entity, 1).await?.cascade_delete(txn).await },
        "of a post with links": async { one(txn, post::Entity, 1).await?.cascade_delete(txn).await },
        "of a link's end": async { one(txn, tag::Entity, 1).await?.cascade_delete(txn).await },
        "of a tree": async { one(txn, category::Entity, 1).await?.cascade_delete(txn).await },
        "of a row with a trashed child": async { one(txn, author::Entity, 3).await?.cascade_delete(txn).await },
        "of a loaded model": async {
            let post = post::Entity::load().filter_by_id(1).with(comment::Entity).one(txn).await?;
            post.ok_or(DbErr::RecordNotInserted)?.delete(txn).await
        },
        "of an active model": async {
            one(txn, category::Entity, 4).await?.into_active_model().into_ex().delete(txn).await
        },
        "of a table without a marker": async {
            super::blog::country::ActiveModel { id: sea_orm::Unchanged(1), ..Default::default() }.into_ex().delete(txn).await
        },
    })
}

on_every_database! {
    async fn a_nested_save_makes_the_changes_that_it_would_if_the_trash_were_deleted(db: &TestDb) {
        change_as_if_deleted!(db, saves);
    }

    async fn nested_links_are_the_same_as_if_the_trash_were_deleted(db: &TestDb) {
        change_as_if_deleted!(db, links);
    }

    /// Scenario 98, in part: SeaORM's own cascade removes link rows, and a scoped connection trashes them.
    async fn seaorms_own_cascade_leaves_the_rows_that_it_would_if_the_trash_were_deleted(db: &TestDb) {
        change_as_if_deleted!(db, cascades);
    }

    /// Scenario 40, for a junction whose key is its two foreign keys: the trashed link holds the key.
    /// SeaORM ignores the conflict if the database returns rows, and otherwise misses the row when it reads
    /// it again.
    async fn a_trashed_link_is_neither_inserted_again_nor_revived(db: &TestDb) {
        let scoped = blog(db).await;
        let orm = one(&scoped, tag::Entity, 2).await?.into_active_model();
        let saved = tagged(&scoped, 1).await?.add_tag(orm).save(&scoped).await;
        match db.server() {
            Server::MariaDb | Server::MySql => assert!(matches!(saved, Err(DbErr::RecordNotFound(_))), "{saved:?}"),
            _ => assert!(saved.is_ok(), "{saved:?}"),
        }
        assert_eq!(state(db, post_tag::Entity).await, (vec![11, 13, 21, 32, 41], vec![12]));
        post_tag::Entity::restore_by_id((1, 2)).exec(&scoped).await?;
        let tags = one(&scoped, post::Entity, 1).await?.find_related(tag::Entity);
        assert_eq!(tags.count(&scoped).await?, 2);
    }

    /// Scenario 103.
    async fn saving_a_restored_row_leaves_its_trashed_children(db: &TestDb) {
        let scoped = blog(db).await;
        post::Entity::delete_by_id(1).exec(&scoped).await?;
        let post = post::Entity::restore_by_id(1).exec(&scoped).await?;
        let mut post = post.into_active_model().into_ex();
        post.views = sea_orm::Set(11);
        post.save(&scoped).await?;
        assert_eq!(stored(db, post::Entity, 1).await.views, 11);
        assert_eq!(state(db, comment::Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }
}
