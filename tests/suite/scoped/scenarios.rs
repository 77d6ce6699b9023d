//! Checks of relations from the test suites of other systems, with explicit answers.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, EntityLoaderTrait, IntoActiveModel, JoinType, LoaderTrait,
    PaginatorTrait, QueryOrder, QuerySelect, RelationTrait,
};
use sea_orm_soft_delete::{Clock, SoftDeleteError};

use super::blog::{author, category, comment, country, post, profile, tag};
use super::related::CategoryToParent;
use super::rows::{blog, ids, plain, stored};
use crate::entities::later;
use crate::harness::{TestDb, on_every_database};

async fn by_id<E: EntityTrait>(
    db: &impl ConnectionTrait,
    entity: E,
    column: E::Column,
    id: i32,
) -> Result<E::Model, DbErr> {
    plain(entity).filter(column.eq(id)).require_one(db).await
}

/// Inserts the live comment 6 on post 3.
async fn a_comment_on_post_3(db: &TestDb) -> Result<(), SoftDeleteError> {
    let said = comment::ActiveModel {
        id: Set(6),
        post_id: Set(3),
        author_id: Set(1),
        text: Set("f".to_owned()),
        ..Default::default()
    };
    said.insert(&**db).await?;
    Ok(())
}

on_every_database! {
    /// Scenario 28: Ebean #485, EF Core #11691, MikroORM #6784, Gedmo #2614.
    async fn a_root_whose_every_child_is_trashed_is_returned_without_children(db: &TestDb) {
        let scoped = blog(db).await;
        let cyd = plain(author::Entity).filter(author::Column::Id.eq(3));
        let joined = cyd.clone().find_with_related(post::Entity).all(&scoped).await?;
        assert_eq!(joined.len(), 1);
        assert_eq!((joined[0].0.id, joined[0].1.len()), (3, 0));
        let also = cyd.clone().find_also_related(profile::Entity).all(&scoped).await?;
        assert_eq!((also.len(), also[0].1.as_ref()), (1, None));
        let loaded = author::Entity::load().filter_by_id(3).with(post::Entity).one(&scoped).await?;
        assert!(loaded.unwrap().posts.is_empty());
        let cyd = cyd.all(&scoped).await?;
        assert!(cyd.load_many(post::Entity, &scoped).await?[0].is_empty());
    }

    /// Scenarios 23 and 34.
    async fn a_list_its_count_and_its_pages_agree(db: &TestDb) {
        let scoped = blog(db).await;
        let posts = || plain(post::Entity).find_also_related(author::Entity).order_by_asc(post::Column::Id);
        let all = posts().all(&scoped).await?;
        assert_eq!(all.len(), 3);
        assert_eq!(posts().count(&scoped).await?, 3);
        let pages = posts().paginate(&scoped, 2);
        let totals = pages.num_items_and_pages().await?;
        assert_eq!((totals.number_of_items, totals.number_of_pages), (3, 2));
        assert_eq!(pages.fetch_page(0).await?.len() + pages.fetch_page(1).await?.len(), 3);

        let tagged = || {
            plain(post::Entity)
                .inner_join(tag::Entity)
                .filter(tag::Column::Name.is_in(["orm", "old"]))
                .order_by_asc(post::Column::Id)
        };
        assert_eq!(ids(&tagged().all(&scoped).await?), [3]);
        assert_eq!(tagged().count(&scoped).await?, 1);
        assert_eq!(tagged().paginate(&scoped, 1).num_pages().await?, 1);
    }

    /// Scenario 29.
    async fn each_hop_of_a_filter_over_relations_is_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        let said = |name: &str| {
            plain(profile::Entity)
                .join(JoinType::InnerJoin, profile::Relation::Author.def())
                .join(JoinType::InnerJoin, author::Relation::Post.def())
                .join(JoinType::InnerJoin, post::Relation::Comment.def())
                .filter(comment::Column::Text.eq(name))
        };
        assert_eq!(ids(&said("a").all(&scoped).await?), [2]);
        assert_eq!(said("b").count(&scoped).await?, 0, "the comment is trashed");
        assert_eq!(said("d").count(&scoped).await?, 0, "the post is trashed");
        let all = scoped.with_trashed();
        assert_eq!(ids(&said("d").all(&all).await?), [1, 2]);
    }

    /// Scenario 31.
    async fn a_trashed_row_does_not_lead_to_another_row(db: &TestDb) {
        let scoped = blog(db).await;
        let of_bob = plain(post::Entity)
            .inner_join(author::Entity)
            .filter(author::Column::Name.eq("Bob"));
        assert_eq!(of_bob.clone().count(&scoped).await?, 0);
        let of_five = plain(author::Entity)
            .inner_join(post::Entity)
            .filter(post::Column::Slug.eq("five"));
        assert_eq!(of_five.clone().count(&scoped).await?, 0);
        let eager = of_five.find_also_related(profile::Entity);
        assert_eq!(eager.all(&scoped).await?.len(), 0);
        assert_eq!(of_bob.count(&scoped.with_trashed()).await?, 1);
    }

    /// Scenarios 32 and 46: a chain of to-one relations whose last row is trashed.
    async fn a_chain_to_a_trashed_row_ends_before_it_however_it_is_loaded(db: &TestDb) {
        let scoped = blog(db).await;
        let said = comment::ActiveModel {
            id: Set(6), post_id: Set(4), author_id: Set(1), text: Set("f".to_owned()), ..Default::default()
        };
        said.insert(&**db).await?;
        let said = || plain(comment::Entity).filter(comment::Column::Id.eq(6));

        let (_, post, author) = said()
            .find_also_related(post::Entity)
            .and_also_related(author::Entity)
            .one(&scoped)
            .await?
            .unwrap();
        assert_eq!((post.unwrap().id, author), (4, None));

        let loaded = comment::Entity::load()
            .filter_by_id(6)
            .with((post::Entity, author::Entity))
            .one(&scoped)
            .await?
            .unwrap();
        let post = loaded.post.as_ref().unwrap();
        assert_eq!(post.id, 4);
        assert!(post.author.as_ref().is_none());

        let said = said().all(&scoped).await?;
        let posts: Vec<_> = said.load_one(post::Entity, &scoped).await?.into_iter().flatten().collect();
        assert_eq!(posts.load_one(author::Entity, &scoped).await?, [None]);
        let post = said[0].find_related(post::Entity).one(&scoped).await?.unwrap();
        assert_eq!(post.find_related(author::Entity).one(&scoped).await?, None);

        // A save does not write the missing relation back.
        loaded.into_active_model().save(&scoped).await?;
        assert_eq!(stored(db, post::Entity, 4).await.author_id, 2);
    }

    /// Scenario 35.
    async fn rows_of_live_and_trashed_owners_are_counted_as_they_are_listed(db: &TestDb) {
        let scoped = blog(db).await;
        let posts = || plain(post::Entity).inner_join(author::Entity);
        assert_eq!(posts().all(&scoped).await?.len(), 2);
        assert_eq!(posts().count(&scoped).await?, 2);
        assert_eq!(posts().count(scoped.unscoped()).await?, 5);
        let of_bob = plain(author::Entity).filter(author::Column::Email.eq("bob@example.org"));
        assert_eq!(of_bob.one(&scoped).await?, None);
    }

    /// Scenario 37.
    async fn a_parent_that_is_not_soft_deletable_has_live_children_only(db: &TestDb) {
        let scoped = blog(db).await;
        author::Entity::delete_by_id(3).exec(&scoped).await?;
        let countries = plain(country::Entity)
            .order_by_asc(country::Column::Id)
            .find_with_related(author::Entity)
            .all(&scoped)
            .await?;
        let authors: Vec<_> = countries.iter().map(|(_, authors)| ids(authors)).collect();
        assert_eq!(authors, [vec![1], vec![]]);
    }

    /// Scenario 44.
    async fn each_delete_of_an_owned_row_removes_its_owner_from_the_result(db: &TestDb) {
        let scoped = blog(db).await;
        let tagged = || plain(post::Entity).has_related(tag::Entity, Expr::value(true));
        assert_eq!(tagged().count(&scoped).await?, 3);
        <tag::Entity as EntityTrait>::delete_by_id(2).exec(&scoped).await?;
        assert_eq!(ids(&tagged().all(&scoped).await?), [1, 4]);
        <tag::Entity as EntityTrait>::delete_by_id(1).exec(&scoped).await?;
        assert_eq!(tagged().count(&scoped).await?, 0);
        tag::Entity::restore_many().exec(&scoped).await?;
        assert_eq!(tagged().count(&scoped).await?, 3);
    }

    /// Scenarios 49 and 50.
    async fn every_none_and_not_consider_live_rows_only(db: &TestDb) {
        let scoped = blog(db).await;
        let said = |text: &str, is: bool| {
            let text_is = Expr::col((comment::Entity, comment::Column::Text)).eq(text);
            Query::select()
                .expr(Expr::value(1))
                .from(comment::Entity)
                .and_where(Expr::col((comment::Entity, comment::Column::PostId)).equals((post::Entity, post::Column::Id)))
                .and_where(if is { text_is } else { text_is.not() })
                .take()
        };
        a_comment_on_post_3(db).await?;
        let three = || plain(post::Entity).filter(post::Column::Id.eq(3));
        let every = three().filter(Expr::exists(said("f", false)).not());
        assert_eq!(every.count(&scoped).await?, 1, "the other comment is trashed");
        let none = three().filter(Expr::exists(said("e", true)).not());
        assert_eq!(none.count(&scoped).await?, 1);

        let not_new = plain(author::Entity).filter(author::Column::Id.eq(1)).filter(
            author::Column::Id.not_in_subquery(
                Query::select()
                    .column(profile::Column::AuthorId)
                    .from(profile::Entity)
                    .and_where(Expr::col(profile::Column::Bio).eq("new"))
                    .take(),
            ),
        );
        assert_eq!(not_new.clone().count(&scoped).await?, 0);
        profile::Entity::delete_by_id(2).exec(&scoped).await?;
        assert_eq!(not_new.count(&scoped).await?, 1);
    }

    /// Scenarios 52 and 53.
    async fn has_related_follows_deletes_and_restores(db: &TestDb) {
        let scoped = blog(db).await;
        let with_posts = || plain(author::Entity).has_related(post::Entity, Expr::value(true));
        let or_named = || with_posts().filter(author::Column::Name.ne("x").or(author::Column::Id.eq(3)));
        assert_eq!(ids(&with_posts().all(&scoped).await?), [1]);
        assert_eq!(or_named().count(&scoped).await?, 1);
        let lifted = scoped.with_trashed_of(post::Entity);
        assert_eq!(ids(&with_posts().all(&lifted).await?), [1, 3]);

        let said = post::Entity::find().has_related(comment::Entity, Expr::value(true));
        let said = said.select_only().column(post::Column::AuthorId);
        let nested = || {
            use sea_orm::QueryTrait;
            plain(author::Entity).filter(author::Column::Id.in_subquery(said.clone().into_query()))
        };
        assert_eq!(ids(&nested().all(&scoped).await?), [1]);
        comment::Entity::delete_many().exec(&scoped).await?;
        assert_eq!(nested().count(&scoped).await?, 0);
        post::Entity::delete_many().exec(&scoped).await?;
        assert_eq!(with_posts().count(&scoped).await?, 0);
    }

    /// Scenario 55: Laravel #42075.
    async fn a_relation_to_itself_is_scoped_on_both_sides(db: &TestDb) {
        let scoped = blog(db).await;
        let tennis = by_id(&scoped, category::Entity, category::Column::Id, 4).await?;
        assert_eq!(tennis.find_linked(CategoryToParent).one(&scoped).await?, None);
        let sport = tennis.find_linked(CategoryToParent).one(&scoped.with_trashed()).await?;
        assert_eq!(sport.unwrap().name, "sport");
        let with_parent = category::Entity::load()
            .with(category::Relation::Parent)
            .order_by_id_asc()
            .all(&scoped)
            .await?;
        let parents: Vec<_> = with_parent
            .iter()
            .map(|category| (category.id, category.parent.as_ref().map(|parent| parent.id)))
            .collect();
        assert_eq!(parents, [(1, None), (2, Some(1)), (4, None)]);
    }

    /// Scenario 67.
    async fn a_delete_does_not_write_a_pending_change(db: &TestDb) {
        let scoped = blog(db).await;
        let mut held = by_id(&scoped, post::Entity, post::Column::Id, 1).await?.into_active_model();
        held.slug = Set("pending".to_owned());
        sea_orm::ActiveModelTrait::delete(held.clone(), &scoped).await?;
        assert_eq!(stored(db, post::Entity, 1).await.slug, "one");
        post::Entity::restore_by_id(1).exec(&scoped).await?;
        sea_orm::ActiveModelTrait::update(held, &scoped).await?;
        assert_eq!(stored(db, post::Entity, 1).await.slug, "pending");
    }

    /// Scenario 68.
    async fn a_deleted_row_is_returned_with_the_values_of_the_database(db: &TestDb) {
        let scoped = blog(db).await;
        let delete = post::Entity::delete_by_id(1).exec_with_returning(&scoped);
        let deleted = Clock::fixed(later()).scope(delete).await?.unwrap();
        assert_eq!(deleted, stored(db, post::Entity, 1).await);
        let again = post::Entity::delete_by_id(1).exec_with_returning(&scoped).await?;
        assert_eq!(again, None);
    }
}
