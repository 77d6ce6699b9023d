//! The rows that a query returns: live rows by default, all rows or only trashed rows on request.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, UnionType};
use sea_orm::{
    Condition, DerivePartialModel, FromQueryResult, JoinType, Order, QueryOrder, QuerySelect,
    QueryTrait,
};

use crate::entities::{ids, insert, note, one_trashed_one_live};
use crate::harness::on_every_database;

#[derive(DerivePartialModel, Debug, PartialEq)]
#[sea_orm(entity = "note::Entity")]
struct Slug {
    slug: String,
}

#[derive(FromQueryResult, Debug, PartialEq)]
struct Figures {
    min: Option<i32>,
    max: Option<i32>,
    count: i64,
}

async fn figures(db: &DatabaseConnection) -> Result<Figures, DbErr> {
    let figures = note::Entity::find()
        .select_only()
        .column_as(note::Column::Views.min(), "min")
        .column_as(note::Column::Views.max(), "max")
        .column_as(note::Column::Views.count(), "count")
        .into_model::<Figures>()
        .one(db)
        .await?;
    Ok(figures.expect("an aggregate has a row"))
}

on_every_database! {
    /// Scenario 1.
    async fn find_returns_live_rows_only(db: &TestDb) {
        one_trashed_one_live(db).await;
        assert_eq!(ids(&note::Entity::find().all(&**db).await?), [2]);
        assert_eq!(note::Entity::find_by_id(1).one(&**db).await?, None);
        assert!(note::Entity::find_by_id(2).one(&**db).await?.is_some());
    }

    /// Scenarios 5 and 7.
    async fn with_trashed_returns_all_and_only_trashed_the_trash(db: &TestDb) {
        one_trashed_one_live(db).await;
        let all = note::Entity::with_trashed().order_by_asc(note::Column::Id);
        assert_eq!(ids(&all.all(&**db).await?), [1, 2]);
        assert_eq!(ids(&note::Entity::only_trashed().all(&**db).await?), [1]);
    }

    async fn a_read_by_key_reaches_a_trashed_row_if_the_caller_says_so(db: &TestDb) {
        one_trashed_one_live(db).await;
        let gone = note::Entity::with_trashed_by_id(1).one(&**db).await?.unwrap();
        assert_eq!((gone.slug.as_str(), gone.is_trashed()), ("gone", true));
        assert_eq!(note::Entity::only_trashed_by_id(1).one(&**db).await?, Some(gone));
        let here = note::Entity::with_trashed_by_id(2).one(&**db).await?.unwrap();
        assert_eq!((here.slug.as_str(), here.is_trashed()), ("here", false));
        assert_eq!(note::Entity::only_trashed_by_id(2).one(&**db).await?, None);
        assert_eq!(note::Entity::with_trashed_by_id(404).one(&**db).await?, None);
    }

    /// Scenarios 2 and 23.
    async fn pages_chunks_and_cursors_hold_live_rows_and_agree_with_their_totals(db: &TestDb) {
        one_trashed_one_live(db).await;
        let pages = note::Entity::find().order_by_asc(note::Column::Id).paginate(&**db, 1);
        let totals = pages.num_items_and_pages().await?;
        assert_eq!((totals.number_of_items, totals.number_of_pages), (1, 1));
        assert_eq!(ids(&pages.fetch_page(0).await?), [2]);
        assert_eq!(pages.fetch_page(1).await?, []);

        let mut cursor = note::Entity::find().cursor_by(note::Column::Id);
        assert_eq!(ids(&cursor.first(10).all(&**db).await?), [2]);

        let slugs: Vec<String> = note::Entity::find()
            .select_only()
            .column(note::Column::Slug)
            .into_tuple()
            .all(&**db)
            .await?;
        assert_eq!(slugs, ["here"]);
    }

    /// Scenario 8: in other libraries, this shape let deleted users log in.
    async fn an_or_in_a_filter_does_not_reach_trashed_rows(db: &TestDb) {
        one_trashed_one_live(db).await;
        let either = Condition::any()
            .add(note::Column::Slug.eq("gone"))
            .add(note::Column::Slug.eq("here"));
        assert_eq!(ids(&note::Entity::find().filter(either.clone()).all(&**db).await?), [2]);

        let or = note::Column::Slug.eq("gone").or(note::Column::Slug.eq("here"));
        assert_eq!(ids(&note::Entity::find().filter(or.clone()).all(&**db).await?), [2]);

        let raw = Expr::cust("slug = 'gone' OR slug = 'here'");
        assert_eq!(ids(&note::Entity::find().filter(raw.clone()).all(&**db).await?), [2]);

        let not_neither = Condition::all().not().add(either.clone().not());
        assert_eq!(ids(&note::Entity::find().filter(not_neither).all(&**db).await?), [2]);

        for reached in [
            note::Entity::update_many()
                .col_expr(note::Column::Views, Expr::value(100))
                .filter(raw.clone())
                .exec(&**db)
                .await?
                .rows_affected,
            note::Entity::restore_many().filter(raw.clone()).exec(&**db).await?.rows_affected,
            note::Entity::delete_many()
                .filter(raw.clone())
                .filter(note::Column::Views.eq(100))
                .exec(&**db)
                .await?
                .rows_affected,
            note::Entity::force_delete_many()
                .only_trashed()
                .filter(raw)
                .exec(&**db)
                .await?
                .rows_affected,
        ] {
            assert_eq!(reached, 1);
        }
        assert_eq!(ids(&note::Entity::with_trashed().all(&**db).await?), [1]);
    }

    /// Scenario 11.
    async fn counts_and_columns_leave_the_trash_out(db: &TestDb) {
        one_trashed_one_live(db).await;
        let gone = note::Column::Slug.eq("gone");
        assert_eq!(note::Entity::find().filter(gone.clone()).count(&**db).await?, 0);
        assert_eq!(note::Entity::with_trashed().filter(gone.clone()).count(&**db).await?, 1);
        let title: Option<String> = note::Entity::find()
            .select_only()
            .column(note::Column::Title)
            .filter(gone)
            .into_tuple()
            .one(&**db)
            .await?;
        assert_eq!(title, None);
    }

    /// Scenario 13.
    async fn many_keys_at_once_find_the_live_ones(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await;
        let found = note::Entity::find()
            .filter(note::Column::Id.is_in([1, 2, 3]))
            .order_by_asc(note::Column::Id)
            .all(&**db)
            .await?;
        assert_eq!(ids(&found), [2, 3]);
    }

    /// Scenario 14.
    async fn a_business_key_of_a_trashed_row_finds_nothing(db: &TestDb) {
        one_trashed_one_live(db).await;
        let by_slug = |slug: &str| note::Entity::find().filter(note::Column::Slug.eq(slug));
        assert_eq!(by_slug("gone").one(&**db).await?, None);
        assert!(by_slug("here").one(&**db).await?.is_some());
    }

    /// Scenario 16.
    async fn every_way_to_end_a_query_leaves_the_trash_out(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await;
        let find = || note::Entity::find().order_by_asc(note::Column::Id);

        assert_eq!(find().one(&**db).await?.unwrap().id, 2);
        let last = note::Entity::find().order_by(note::Column::Id, Order::Desc);
        assert_eq!(last.one(&**db).await?.unwrap().id, 3);
        assert_eq!(ids(&find().limit(1).offset(1).all(&**db).await?), [3]);
        let streamed: Vec<_> = find().stream(&**db).await?.try_collect().await?;
        assert_eq!(ids(&streamed), [2, 3]);
        let slugs = find().into_partial_model::<Slug>().all(&**db).await?;
        assert_eq!(slugs[0], Slug { slug: "here".into() });
        let json = find().into_json().all(&**db).await?;
        assert_eq!(json.len(), 2);
        assert_eq!(json[0]["slug"], "here");
        let trashed = note::Entity::find().filter(note::Column::Id.eq(1));
        assert!(!trashed.exists(&**db).await?);
    }

    /// Scenarios 17 and 19.
    async fn each_arm_of_a_union_keeps_its_own_visibility(db: &TestDb) {
        one_trashed_one_live(db).await;
        let arm = |select: Select<note::Entity>| {
            select.select_only().column(note::Column::Id).into_query()
        };
        let mut live_twice = arm(note::Entity::find());
        live_twice.union(UnionType::All, arm(note::Entity::find()));
        assert_eq!(db.query_all(&live_twice).await?.len(), 2);

        let mut all = arm(note::Entity::find());
        all.union(UnionType::All, arm(note::Entity::only_trashed()));
        assert_eq!(db.query_all(&all).await?.len(), 2);
    }

    /// A scoped query stays scoped as a subquery.
    async fn a_subquery_of_live_rows_leaves_the_trash_out(db: &TestDb) {
        one_trashed_one_live(db).await;
        let live_ids = note::Entity::find().select_only().column(note::Column::Id).into_query();
        let outer = note::Entity::with_trashed().filter(note::Column::Id.in_subquery(live_ids));
        assert_eq!(ids(&outer.all(&**db).await?), [2]);
    }

    /// Scenario 22.
    async fn aggregates_follow_deletes_and_restores(db: &TestDb) {
        db.create_table(note::Entity).await;
        for id in [2, 4, 6] {
            insert(db, id, &id.to_string()).await;
        }
        let expect = |min, max, count| Figures { min: Some(min), max: Some(max), count };
        assert_eq!(figures(db).await?, expect(2, 6, 3));
        note::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!(figures(db).await?, expect(4, 6, 2));
        note::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(figures(db).await?, expect(2, 6, 3));
        note::Entity::force_delete_by_id(6).exec(&**db).await?;
        assert_eq!(figures(db).await?, expect(2, 4, 2));
    }

    async fn a_self_join_is_filtered_under_its_alias(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await;
        // Joins each note with the previous note: 2 with 1, which is trashed, and 3 with 2.
        let with_previous = || {
            let previous = Expr::col(("previous", note::Column::Id)).add(1);
            let mut query = note::Entity::find().select_only().column(note::Column::Id).into_query();
            query.join_as(
                JoinType::InnerJoin,
                note::Entity,
                "previous",
                Expr::col((note::Entity, note::Column::Id)).eq(previous),
            );
            query
        };
        let mut live = with_previous();
        live.and_where(note::Entity::is_live_as("previous"));
        let mut trashed = with_previous();
        trashed.and_where(note::Entity::is_trashed_as("previous"));
        for (query, expected) in [(live, 3), (trashed, 2)] {
            let rows = db.query_all(&query).await?;
            let found: Vec<i32> = rows.iter().map(|row| row.try_get("", "id").unwrap()).collect();
            assert_eq!(found, [expected]);
        }
    }
}
