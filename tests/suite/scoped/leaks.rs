//! Queries that leaked or lost data in other systems, on a scoped connection without a verb.
//!
//! Each test names a system that people used; the other files hold the rest of these queries.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition};
use sea_orm::{
    ActiveModelTrait, Condition, ConnectionTrait, JoinType, LoaderTrait, QueryOrder, QuerySelect,
    QueryTrait, RelationTrait,
};
use sea_orm_soft_delete::Scopable;

use super::blog::{author, comment, country, post, post_tag, profile, tag};
use super::related::AuthorToTags;
use super::rows::{blog, ids, plain, state};
use crate::harness::on_every_database;

on_every_database! {
    /// Laravel #1945, GORM #3627, bun #1321, Sequelize #8406.
    async fn an_or_does_not_let_a_trashed_author_log_in(db: &TestDb) {
        let scoped = blog(db).await;
        let by = |name: &str| {
            Condition::any()
                .add(author::Column::Name.eq(name))
                .add(author::Column::Email.eq("bob@example.org"))
        };
        assert_eq!(plain(author::Entity).filter(by("Bob")).count(&scoped).await?, 0);
        let raw = plain(author::Entity).filter(Expr::cust("name = 'Bob' OR email = 'bob@example.org'"));
        assert_eq!(raw.count(&scoped).await?, 0);
        let having = plain(author::Entity)
            .group_by(author::Column::Id)
            .having(author::Column::Name.eq("Bob").or(author::Column::Id.eq(2)));
        assert_eq!(having.count(&scoped).await?, 0);
    }

    /// Public SeaORM applications: the session is live, and its author is trashed.
    async fn a_session_of_a_trashed_author_is_no_login(db: &TestDb) {
        let scoped = blog(db).await;
        let session = || plain(profile::Entity).filter(profile::Column::Bio.eq("left"));
        assert_eq!(session().count(&scoped).await?, 1);
        assert_eq!(session().inner_join(author::Entity).count(&scoped).await?, 0);
        let (_, who) = session().find_also_related(author::Entity).one(&scoped).await?.unwrap();
        assert_eq!(who, None);
        let both = session().find_both_related(author::Entity);
        assert_eq!(both.one(&scoped).await?, None);
    }

    /// TypeORM's query builder.
    async fn an_or_in_a_join_is_in_parentheses(db: &TestDb) {
        let scoped = blog(db).await;
        let either = post::Relation::Author.def().on_condition(|_, author| {
            let name = Expr::col((author, author::Column::Name));
            name.clone().eq("Ann").or(name.eq("Bob")).into_condition()
        });
        let posts = plain(post::Entity)
            .select_only()
            .column(post::Column::Id)
            .column(author::Column::Name)
            .join(JoinType::LeftJoin, either)
            .order_by_asc(post::Column::Id)
            .into_tuple::<(i32, Option<String>)>()
            .all(&scoped)
            .await?;
        let ann = || Some("Ann".to_owned());
        assert_eq!(posts, [(1, ann()), (3, ann()), (4, None)]);
    }

    /// Laravel #19400, GORM #4918, TypeORM #6265, Prisma extensions, ecto_soft_delete #98, #139.
    async fn joined_eager_and_nested_relations_are_filtered(db: &TestDb) {
        let scoped = blog(db).await;
        let joined = plain(author::Entity).find_with_related(post::Entity);
        let joined = joined.order_by_asc(post::Column::Id).all(&scoped).await?;
        let posts: Vec<_> = joined.iter().map(|(author, posts)| (author.id, ids(posts))).collect();
        assert!(posts.contains(&(1, vec![1, 3])) && posts.contains(&(3, vec![])), "{posts:?}");

        let countries = country::Entity::load()
            .with((author::Entity, post::Entity))
            .order_by_asc(country::Column::Id)
            .all(&scoped)
            .await?;
        let posts: Vec<Vec<usize>> = countries
            .into_iter()
            .map(|country| country.authors.into_iter().map(|author| author.posts.len()).collect())
            .collect();
        assert_eq!(posts, [vec![2], vec![0]]);
    }

    /// Scenarios 40, 41 and 43: paranoia #6, safedelete #72, Sequelize #8440, sqlalchemy #10245.
    async fn a_trashed_link_lists_no_target(db: &TestDb) {
        let scoped = blog(db).await;
        let one = plain(post::Entity).filter(post::Column::Id.eq(1)).all(&scoped).await?;
        assert_eq!(ids(&one[0].find_related(tag::Entity).all(&scoped).await?), [1]);
        assert_eq!(ids(&one.load_many(tag::Entity, &scoped).await?[0]), [1]);
        let over = one.load_many_to_many(tag::Entity, post_tag::Entity, &scoped).await?;
        assert_eq!(ids(&over[0]), [1]);
        let loaded = post::Entity::load().with(tag::Entity).order_by_asc(post::Column::Id);
        assert_eq!(loaded.one(&scoped).await?.unwrap().tags.len(), 1);
        let has_orm = plain(post::Entity).has_related(tag::Entity, tag::Column::Name.eq("orm"));
        assert_eq!(ids(&has_orm.all(&scoped).await?), [3]);

        post_tag::Entity::restore_by_id((1, 2)).exec(&scoped).await?;
        assert_eq!(ids(&one[0].find_related(tag::Entity).all(&scoped).await?), [1, 2]);
    }

    /// Laravel #8125, Jimmer #1337.
    async fn the_junction_between_two_tables_is_filtered(db: &TestDb) {
        let scoped = blog(db).await;
        let authors = plain(author::Entity).order_by_asc(author::Column::Id);
        let tags = authors.clone().find_with_linked(AuthorToTags).all(&scoped).await?;
        let mut of_ann = ids(&tags[0].1);
        of_ann.dedup();
        assert_eq!(of_ann, [1, 2]);
        assert!(tags.iter().all(|(author, tags)| author.id == 1 || tags.is_empty()));
        post::Entity::delete_by_id(3).exec(&scoped).await?;
        let ann = authors.require_one(&scoped).await?;
        assert_eq!(ids(&ann.find_linked(AuthorToTags).all(&scoped).await?), [1]);
    }

    /// Laravel #28506, safedelete #145 to #160, easy-softdelete #21, ent #4450.
    async fn a_subquery_an_arm_of_a_union_and_a_cte_are_filtered(db: &TestDb) {
        let scoped = blog(db).await;
        let keys = plain(post::Entity).select_only().column(post::Column::Id);
        let said = plain(comment::Entity);
        let on_any = said.clone().filter(comment::Column::PostId.in_subquery(keys.clone().into_query()));
        assert_eq!(ids(&on_any.all(&scoped).await?), [1, 3]);
        let five = keys.clone().filter(post::Column::Slug.eq("five")).into_query();
        assert_eq!(said.filter(Expr::exists(five)).count(&scoped).await?, 0);
        for (sql, rows) in [
            ("SELECT id FROM blog_post UNION ALL SELECT id FROM blog_tag", 3 + 2),
            ("WITH p AS (SELECT id FROM blog_post) SELECT id FROM p", 3),
            ("SELECT id FROM blog_author a WHERE (SELECT count(*) FROM blog_post p WHERE p.author_id = a.id) > 2", 0),
        ] {
            let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
            assert_eq!(scoped.query_all_raw(statement).await?.len(), rows, "{sql}");
        }
    }

    /// EF Core #13668, Laravel's `forceDelete`: the other conditions of the query remain.
    async fn lifting_the_scope_lifts_no_other_condition(db: &TestDb) {
        let scoped = blog(db).await;
        let of_ann = post::Column::AuthorId.eq(1);
        let all = post::Entity::with_trashed().filter(of_ann.clone());
        assert_eq!(ids(&all.all(&scoped).await?), [1, 2, 3]);
        let either = post::Column::Id.eq(1).or(post::Column::Id.eq(4));
        let forced = post::Entity::force_delete_many().filter(of_ann).filter(either);
        assert_eq!(forced.exec(&scoped).await?.rows_affected, 1);
        assert_eq!(state(db, post::Entity).await, (vec![3, 4], vec![2, 5]));
    }

    /// safedelete #202, #244: the delete does not set a foreign key to NULL, so the restore brings back the
    /// link.
    async fn a_delete_and_a_restore_leave_the_links_as_they_were(db: &TestDb) {
        let scoped = blog(db).await;
        let ann = plain(author::Entity).filter(author::Column::Id.eq(1)).require_one(&scoped).await?;
        let held: author::ActiveModel = ann.clone().into();
        ActiveModelTrait::delete(held, &scoped).await?;
        let post = plain(post::Entity).filter(post::Column::Id.eq(1)).require_one(&scoped).await?;
        assert_eq!(post.author_id, 1);
        assert_eq!(post.find_related(author::Entity).one(&scoped).await?, None);
        author::Entity::restore_by_id(1).exec(&scoped).await?;
        assert_eq!(post.find_related(author::Entity).one(&scoped).await?, Some(ann));
    }

    /// EF Core users, Laravel #61425.
    async fn emptying_the_trash_finds_the_trash(db: &TestDb) {
        let scoped = blog(db).await;
        let emptied = post::Entity::force_delete_many().only_trashed().exec(&scoped).await?;
        assert_eq!(emptied.rows_affected, 2);
        assert_eq!(state(db, post::Entity).await, (vec![1, 3, 4], vec![]));
        let txn = sea_orm::TransactionTrait::begin(&**db).await?;
        let emptied = tag::Entity::force_delete_many().only_trashed().exec(&txn.scoped()).await?;
        assert_eq!(emptied.rows_affected, 1);
    }
}
