//! The verbs on a scoped connection: a verb lifts or sets the scope of its own entity only.

use sea_orm::prelude::*;
use sea_orm::sea_query::{ExprTrait, Query, UnionType};
use sea_orm::{
    ConnectionTrait, IntoActiveModel, JoinType, QueryOrder, QuerySelect, QueryTrait, RelationTrait,
    Statement, TransactionTrait, Update,
};
use sea_orm_soft_delete::{Attribution, Clock};

use super::blog::post::{Column, Entity};
use super::blog::{author, comment, post, post_tag};
use super::rows::{blog, ids, plain, state, stored};
use super::updates::viewed;
use crate::entities::later;
use crate::harness::on_every_database;

/// Every post, without its operation id, which differs in each run.
async fn posts<C: ConnectionTrait>(db: &C) -> Result<Vec<(i32, i32, bool, bool)>, DbErr> {
    let all = "/* soft_delete: with_trashed */ SELECT * FROM blog_post ORDER BY id";
    let all = Statement::from_string(db.get_database_backend(), all);
    let all = plain(Entity).from_raw_sql(all).all(db).await?;
    Ok(all
        .iter()
        .map(|post| {
            (
                post.id,
                post.views,
                post.is_trashed(),
                post.operation_id.is_some(),
            )
        })
        .collect())
}

/// Runs each verb in its own transaction, and collects its result, without operation ids, and the rows
/// after it.
macro_rules! outcomes {
    ($db:ident, |$txn:ident| $($name:literal: $verb:expr,)*) => {{
        let mut outcomes = Vec::new();
        $({
            let begun = $db.begin().await?;
            let $txn = &begun;
            let result = match $verb.await {
                Ok(result) => result,
                Err(error) => format!("{:?}", sea_orm_soft_delete::SoftDeleteError::from(error)),
            };
            outcomes.push(($name, result, posts($txn).await?));
            sea_orm::TransactionSession::rollback(begun).await?;
        })*
        outcomes
    }};
}

fn seen(posts: &[post::Model]) -> String {
    format!("{:?}", ids(posts))
}

type Outcomes = Vec<(&'static str, String, Vec<(i32, i32, bool, bool)>)>;

async fn reads<D: ConnectionTrait + TransactionTrait>(db: &D) -> Result<Outcomes, DbErr> {
    let or = || Column::Slug.eq("two").or(Column::Id.eq(1));
    Ok(outcomes! { db, |txn|
        "find": async { Entity::find().all(txn).await.map(|posts| seen(&posts)) },
        "find, or": async { Entity::find().filter(or()).all(txn).await.map(|posts| seen(&posts)) },
        "find_by_id": async { Entity::find_by_id(1).one(txn).await.map(|post| format!("{post:?}")) },
        "find_by_id, trashed": async { Entity::find_by_id(2).one(txn).await.map(|post| format!("{post:?}")) },
        "find_by_slug, trashed": async { Entity::find_by_slug("two").one(txn).await.map(|post| format!("{post:?}")) },
        "with_trashed": async { Entity::with_trashed().all(txn).await.map(|posts| seen(&posts)) },
        "with_trashed, or": async { Entity::with_trashed().filter(or()).all(txn).await.map(|posts| seen(&posts)) },
        "with_trashed, count": async { Entity::with_trashed().count(txn).await.map(|count| count.to_string()) },
        "with_trashed, page": async {
            let pages = Entity::with_trashed().order_by_asc(Column::Id).paginate(txn, 2);
            Ok::<_, DbErr>(format!("{}{:?}", seen(&pages.fetch_page(1).await?), pages.num_items_and_pages().await?))
        },
        "with_trashed, exists": async {
            sea_orm::SelectExt::exists(Entity::with_trashed().filter(Column::Id.eq(5)), txn).await.map(|is| is.to_string())
        },
        "with_trashed, cursor": async {
            Entity::with_trashed().cursor_by(Column::Id).after(3).all(txn).await.map(|posts| seen(&posts))
        },
        "only_trashed": async { Entity::only_trashed().all(txn).await.map(|posts| seen(&posts)) },
        "only_trashed, or": async { Entity::only_trashed().filter(or()).all(txn).await.map(|posts| seen(&posts)) },
        "only_trashed, count": async { Entity::only_trashed().count(txn).await.map(|count| count.to_string()) },
        "with_trashed_by_id": async { Entity::with_trashed_by_id(1).one(txn).await.map(|post| format!("{post:?}")) },
        "with_trashed_by_id, trashed": async { Entity::with_trashed_by_id(2).one(txn).await.map(|post| format!("{post:?}")) },
        "only_trashed_by_id": async { Entity::only_trashed_by_id(1).one(txn).await.map(|post| format!("{post:?}")) },
        "only_trashed_by_id, trashed": async { Entity::only_trashed_by_id(2).one(txn).await.map(|post| format!("{post:?}")) },
        "load": async { Entity::load().all(txn).await.map(|posts| posts.len().to_string()) },
    })
}

async fn writes<D: ConnectionTrait + TransactionTrait>(db: &D) -> Result<Outcomes, DbErr> {
    let count = |done: sea_orm::DeleteResult| done.rows_affected.to_string();
    let or = || Column::Slug.eq("two").or(Column::Id.eq(1));
    let live = stored_of(db, 1).await?;
    let trashed = stored_of(db, 2).await?;
    Ok(outcomes! { db, |txn|
        "update": async { Entity::update(viewed(1)).exec(txn).await.map(|post| format!("{post:?}")) },
        "update, trashed": async { Entity::update(viewed(2)).exec(txn).await.map(|post| format!("{post:?}")) },
        "update of a model, trashed": async { viewed(2).update(txn).await.map(|post| format!("{post:?}")) },
        "save": async { viewed(1).save(txn).await.map(|post| format!("{post:?}")) },
        "update_many": async {
            Entity::update_many().col_expr(Column::Views, 9.into()).filter(or()).exec(txn).await.map(|done| done.rows_affected.to_string())
        },
        "update_with_trashed": async { Entity::update_with_trashed(viewed(1)).exec(txn).await.map(|post| format!("{post:?}")) },
        "update_with_trashed, trashed": async { Entity::update_with_trashed(viewed(2)).exec(txn).await.map(|post| format!("{post:?}")) },
        "update_with_trashed of a model, trashed": async { viewed(2).update_with_trashed(txn).await.map(|post| format!("{post:?}")) },
        "update_many_with_trashed": async {
            Entity::update_many_with_trashed().col_expr(Column::Views, 9.into()).filter(or()).exec(txn).await.map(|done| done.rows_affected.to_string())
        },
        "delete": async { Entity::delete(viewed(1)).exec(txn).await.map(count) },
        "delete_by_id": async { Entity::delete_by_id(1).exec(txn).await.map(count) },
        "delete_by_id, trashed": async { Entity::delete_by_id(2).exec(txn).await.map(count) },
        "delete_many": async { Entity::delete_many().filter(or()).exec(txn).await.map(count) },
        "delete of a model": async { live.clone().delete(txn).await.map(count) },
        "delete of a model, with": async { live.clone().delete_with(Attribution::by(1), txn).await.map(count) },
        "delete of an active model": async { live.clone().into_active_model().delete(txn).await.map(count) },
        "restore_by_id": async { Entity::restore_by_id(2).exec(txn).await.map(|post| format!("{post:?}")) },
        "restore_by_id, live": async { Entity::restore_by_id(1).exec(txn).await.map(|post| format!("{post:?}")) },
        "restore_by_id, missing": async { Entity::restore_by_id(9).exec(txn).await.map(|post| format!("{post:?}")) },
        "restore_many": async { Entity::restore_many().filter(or()).exec(txn).await.map(|done| done.rows_affected.to_string()) },
        "restore of a model": async { trashed.clone().restore(txn).await.map(|post| format!("{post:?}")) },
        "force_delete_by_id": async { Entity::force_delete_by_id(1).exec(txn).await.map(count) },
        "force_delete_by_id, trashed": async { Entity::force_delete_by_id(2).exec(txn).await.map(count) },
        "force_delete_by_id, only trashed": async { Entity::force_delete_by_id(2).only_trashed().exec(txn).await.map(count) },
        "force_delete_by_id, only trashed, live": async { Entity::force_delete_by_id(1).only_trashed().exec(txn).await.map(count) },
        "force_delete_many": async { Entity::force_delete_many().filter(or()).exec(txn).await.map(count) },
        "force_delete_many, only trashed": async { Entity::force_delete_many().only_trashed().exec(txn).await.map(count) },
        "force_delete of a model": async { live.clone().force_delete(txn).await.map(count) },
        "force_delete_trashed of a model": async { trashed.clone().force_delete_trashed(txn).await.map(count) },
    })
}

/// A post of the table, read through a plain or a scoped connection.
async fn stored_of<C: ConnectionTrait>(db: &C, id: i32) -> Result<post::Model, DbErr> {
    Entity::with_trashed()
        .filter(Column::Id.eq(id))
        .require_one(db)
        .await
}

#[track_caller]
fn same(plain: &Outcomes, scoped: &Outcomes) {
    for (plain, scoped) in plain.iter().zip(scoped) {
        assert_eq!(plain, scoped);
    }
    assert_eq!(plain.len(), scoped.len());
}

on_every_database! {
    /// Scenarios 5, 7 and 11.
    async fn a_verb_that_reads_answers_the_same_with_and_without_a_scope(db: &TestDb) {
        let scoped = blog(db).await;
        same(&reads(&**db).await?, &reads(&scoped).await?);
    }

    /// Scenarios 22 and 61 to 65.
    async fn a_verb_that_writes_does_the_same_with_and_without_a_scope(db: &TestDb) {
        let scoped = blog(db).await;
        let unscoped = Clock::fixed(later()).scope(writes(&**db)).await?;
        same(&unscoped, &Clock::fixed(later()).scope(writes(&scoped)).await?);
    }

    /// The verbs above do the same on both connections: a trashed post is read, or written and left trashed.
    async fn the_verbs_about_trashed_rows_reach_them(db: &TestDb) {
        let scoped = blog(db).await;
        assert!(Entity::with_trashed_by_id(2).one(&scoped).await?.unwrap().is_trashed());
        assert!(Entity::only_trashed_by_id(2).one(&scoped).await?.is_some());
        assert_eq!(Entity::only_trashed_by_id(1).one(&scoped).await?, None);
        assert_eq!(Entity::update_with_trashed(viewed(2)).exec(&scoped).await?.views, 99);
        let all = Entity::update_many_with_trashed().col_expr(Column::Views, 7.into());
        assert_eq!(all.exec(&scoped).await?.rows_affected, 5);
        assert_eq!(state(db, Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }

    /// SeaORM's own builders reach trashed rows on a handle that shows them.
    async fn a_handle_lets_seaorms_updates_reach_the_trash(db: &TestDb) {
        let scoped = blog(db).await;
        let handle = scoped.with_trashed_of(post::Entity);
        let all = || <Entity as EntityTrait>::update_many().col_expr(Column::Views, 7.into());
        assert_eq!(all().exec(&scoped).await?.rows_affected, 3);
        assert_eq!(all().exec(&handle).await?.rows_affected, 5);
        assert_eq!(Update::one(viewed(2)).exec(&handle).await?.views, 99);
        // A handle does not lift the condition that a verb holds itself.
        assert_eq!(Entity::update_many().col_expr(Column::Views, 1.into()).exec(&handle).await?.rows_affected, 3);
        assert!(matches!(Entity::update(viewed(2)).exec(&handle).await, Err(DbErr::RecordNotUpdated)));
    }

    /// Scenarios 38 and 56.
    async fn with_trashed_lifts_the_scope_of_its_own_entity_only(db: &TestDb) {
        let scoped = blog(db).await;
        let posts = Entity::with_trashed().order_by_asc(Column::Id);
        let with_author = posts.clone().find_also_related(author::Entity).all(&scoped).await?;
        let authors: Vec<_> = with_author
            .iter()
            .map(|(post, author)| (post.id, author.as_ref().map(|author| author.id)))
            .collect();
        assert_eq!(authors, [(1, Some(1)), (2, Some(1)), (3, Some(1)), (4, None), (5, Some(3))]);

        let with_comments = posts.find_with_related(comment::Entity).all(&scoped).await?;
        let comments: Vec<_> = with_comments.iter().map(|(_, said)| ids(said)).collect();
        assert_eq!(comments, [vec![1, 3], vec![4], vec![], vec![], vec![]]);

        let trashed = Entity::only_trashed().inner_join(author::Entity).all(&scoped).await?;
        assert_eq!(ids(&trashed), [2, 5]);
        let of_bob = Entity::with_trashed()
            .has_related(author::Entity, author::Column::Name.eq("Bob"));
        assert_eq!(of_bob.count(&scoped).await?, 0);
    }

    /// The shape that TypeORM #11906 and #12571 lost.
    async fn the_order_of_calls_does_not_matter(db: &TestDb) {
        let scoped = blog(db).await;
        let join = |posts: Select<Entity>| posts.join(JoinType::LeftJoin, post::Relation::Author.def());
        let sorted = |posts: Select<Entity>| posts.filter(Column::Views.gt(0)).order_by_asc(Column::Id);
        let first = sorted(join(Entity::with_trashed())).all(&scoped).await?;
        let last = join(sorted(Entity::with_trashed())).all(&scoped).await?;
        assert_eq!(ids(&first), [1, 2, 3, 4, 5]);
        assert_eq!(first, last);

        let comments = || plain(comment::Entity).order_by_asc(comment::Column::Id);
        let both = comments().find_also_related(post::Entity).find_also_related(author::Entity);
        let one_way = scoped.with_trashed_of(post::Entity);
        let one_way = both.clone().all(&one_way.with_trashed_of(author::Entity)).await?;
        let other = scoped.with_trashed_of(author::Entity);
        let other = both.all(&other.with_trashed_of(post::Entity)).await?;
        assert_eq!(one_way, other);
        assert_eq!(one_way.iter().filter(|(_, post, author)| post.is_some() && author.is_some()).count(), 3);
    }

    /// Scenarios 17 and 19.
    async fn with_trashed_in_a_subquery_does_not_lift_the_scope_of_the_outer_query(db: &TestDb) {
        let scoped = blog(db).await;
        let keys = |posts: Select<Entity>| posts.select_only().column(Column::Id).into_query();

        let all = keys(Entity::with_trashed());
        let in_all = plain(Entity).filter(Column::Id.in_subquery(all.clone()));
        assert_eq!(ids(&in_all.all(&scoped).await?), [1, 3, 4]);
        let said = plain(comment::Entity).filter(comment::Column::PostId.in_subquery(all.clone()));
        assert_eq!(ids(&said.all(&scoped).await?), [1, 3, 4]);

        let in_live = Entity::with_trashed().filter(Column::Id.in_subquery(keys(plain(Entity))));
        assert_eq!(ids(&in_live.all(&scoped).await?), [1, 3, 4]);
        let trash = keys(Entity::only_trashed());
        let in_trash = Entity::with_trashed().filter(Column::Id.in_subquery(trash.clone()));
        assert_eq!(ids(&in_trash.all(&scoped).await?), [2, 5]);

        let mut arms = keys(plain(Entity));
        arms.union(UnionType::All, trash).union(UnionType::All, keys(plain(Entity)));
        assert_eq!(scoped.query_all(&arms).await?.len(), 3 + 2 + 3);

        let derived = Query::select().column("id").from_subquery(all, "every").to_owned();
        assert_eq!(scoped.query_all(&derived).await?.len(), 5);
    }

    /// Scenario 22.
    async fn a_figure_follows_deletes_and_restores(db: &TestDb) {
        let scoped = blog(db).await;
        let total = async || {
            let views = plain(Entity).select_only().column_as(Column::Views.max(), "most");
            let views = views.column_as(Column::Id.count(), "number");
            views.into_tuple::<(Option<i32>, i64)>().one(&scoped).await
        };
        assert_eq!(total().await?, Some((Some(40), 3)));
        Entity::delete_by_id(4).exec(&scoped).await?;
        assert_eq!(total().await?, Some((Some(30), 2)));
        Entity::restore_by_id(5).exec(&scoped).await?;
        assert_eq!(total().await?, Some((Some(50), 3)));
        Entity::force_delete_by_id(5).exec(&scoped).await?;
        assert_eq!(total().await?, Some((Some(30), 2)));
        Entity::delete_many().exec(&scoped).await?;
        assert_eq!(total().await?, Some((None, 0)));
    }

    async fn force_delete_removes_its_own_rows_only(db: &TestDb) {
        let scoped = blog(db).await;
        Entity::force_delete_by_id(2).exec(&scoped).await?;
        Entity::force_delete_by_id(1).exec(&scoped).await?;
        assert_eq!(state(db, Entity).await, (vec![3, 4], vec![5]));
        assert_eq!(state(db, comment::Entity).await, (vec![1, 3, 4], vec![2, 5]));
        assert_eq!(state(db, post_tag::Entity).await, (vec![11, 13, 21, 32, 41], vec![12]));
        // The posts of a trashed author are not removed.
        let of_live = plain(author::Entity).select_only().column(author::Column::Id).into_query();
        let by_live = Entity::force_delete_many().filter(Column::AuthorId.in_subquery(of_live));
        assert_eq!(by_live.exec(&scoped).await?.rows_affected, 2);
        assert_eq!(stored(db, Entity, 4).await.views, 40);
    }
}
