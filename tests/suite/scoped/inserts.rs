//! Inserts and upserts: they neither change nor revive a trashed row.

use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, Insert, Statement, TransactionTrait,
    TryInsertResult,
};
use sea_orm_soft_delete::SoftDeleteError;

use super::blog::post::{ActiveModel, Column, Entity};
use super::blog::tag;
use super::changes::{Change, affected, change_as_if_deleted, changes};
use super::rows::{blog, state, stored};
use crate::harness::{Server, on_every_database};

fn post(id: i32, slug: &str) -> ActiveModel {
    ActiveModel {
        id: Set(id),
        slug: Set(slug.to_owned()),
        author_id: Set(1),
        views: Set(99),
        ..Default::default()
    }
}

/// Updates the views of the row that holds the slug.
fn or_views() -> OnConflict {
    OnConflict::column(Column::Slug)
        .update_column(Column::Views)
        .to_owned()
}

async fn inserts<D>(db: &D) -> Result<Vec<Change>, DbErr>
where
    D: ConnectionTrait + TransactionTrait,
{
    Ok(changes! { db, |txn|
        "one": Insert::one(post(50, "new")).exec_without_returning(txn),
        "of the active model": ActiveModelTrait::insert(post(50, "new"), txn),
        "many": Entity::insert_many([post(50, "new"), post(51, "newer")]).exec_without_returning(txn),
        "upsert of a new row": Entity::insert(post(50, "new")).on_conflict(or_views()).exec_without_returning(txn),
        "upsert of a live row": Entity::insert(post(50, "three")).on_conflict(or_views()).exec_without_returning(txn),
        "upsert of both": Entity::insert_many([post(50, "new"), post(51, "one")]).on_conflict(or_views()).exec_without_returning(txn),
        "do nothing on a live row": Entity::insert(post(50, "one")).on_conflict_do_nothing_on([Column::Slug]).exec_without_returning(txn),
        "from a select": affected(txn.execute_unprepared(
            "INSERT INTO blog_tag (name) SELECT slug FROM blog_post WHERE id = 5 OR id < 3")),
        "from a select, into a table without a marker": affected(txn.execute_unprepared(
            "INSERT INTO blog_country (name) SELECT name FROM blog_author")),
        "of a subquery": affected(txn.execute_unprepared(
            "INSERT INTO blog_country (id, name) VALUES (9, (SELECT max(name) FROM blog_author WHERE id = 2 OR id = 1))")),
    })
}

/// Asserts that an upsert failed with the error that names the table and the verbs to use.
#[track_caller]
fn is_of_trashed(outcome: Result<(), DbErr>) {
    let error = outcome.expect_err("it wrote nothing");
    let typed = SoftDeleteError::inside(&error);
    assert!(
        matches!(typed, Some(SoftDeleteError::UpsertOfTrashed { entity, .. }) if entity == "blog_post"),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains("`blog_post`") && text.contains("insert_or_revive"),
        "{text}"
    );
}

on_every_database! {
    async fn an_insert_adds_the_rows_that_it_would_if_the_trash_were_deleted(db: &TestDb) {
        change_as_if_deleted!(db, inserts);
    }

    /// Scenario 76, with a unique index that counts trashed rows.
    async fn an_upsert_does_not_write_to_a_trashed_row_that_holds_the_key(db: &TestDb) {
        let scoped = blog(db).await;
        let two = stored(db, Entity, 2).await;
        let upsert = || Entity::insert(post(50, "two")).on_conflict(or_views());
        let refused = upsert().exec(&scoped).await.map(drop);
        if db.server().speaks_mysql() {
            assert!(matches!(refused, Err(DbErr::RecordNotInserted)), "{refused:?}");
            // MySQL counts a row that the upsert found and did not change.
            assert_eq!(upsert().exec_without_returning(&scoped).await?, 1);
        } else {
            is_of_trashed(refused);
            is_of_trashed(upsert().exec_without_returning(&scoped).await.map(drop));
            is_of_trashed(upsert().exec_with_returning(&scoped).await.map(drop));
        }
        let nothing = Entity::insert(post(50, "two")).on_conflict_do_nothing_on([Column::Slug]);
        assert!(matches!(nothing.exec(&scoped).await?, TryInsertResult::Conflicted));
        assert_eq!(stored(db, Entity, 2).await, two);
        assert_eq!(state(db, Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }

    /// Only an upsert that would have written each of its rows says that trashed rows were in its way.
    async fn an_upsert_that_may_have_written_nothing_for_another_reason_is_no_error(db: &TestDb) {
        let scoped = blog(db).await;
        if db.server().speaks_mysql() {
            return Ok(());
        }
        let upsert = |values: &str, update: &str| {
            let insert = "INSERT INTO blog_post (id, slug, author_id, views)";
            format!("{insert} {values} ON CONFLICT (slug) DO {update}")
        };
        let two = "VALUES (50, 'two', 1, 99)";
        let selected = "SELECT id, slug, 1, 99 FROM (SELECT 50 AS id, 'two' AS slug) AS s WHERE 1 = 1";
        let views = "UPDATE SET views = 99";
        for (values, update) in [
            (two, "NOTHING"),
            (two, "UPDATE SET views = 99 WHERE blog_post.views > 1000"),
            (selected, views),
            ("VALUES (50, 'one', 1, 99)", "UPDATE SET views = 99 WHERE blog_post.views > 1000"),
        ] {
            let sql = upsert(values, update);
            assert_eq!(scoped.execute_unprepared(&sql).await?.rows_affected(), 0, "{sql}");
        }
        // A query of a statement without RETURNING returns no row.
        let written = Statement::from_string(db.get_database_backend(), upsert("VALUES (50, 'one', 1, 98)", views));
        assert!(scoped.query_one_raw(written).await?.is_none());
        assert_eq!(stored(db, Entity, 1).await.views, 99);
        // One of its rows is written.
        let both = "VALUES (50, 'two', 1, 99), (51, 'one', 1, 99)";
        assert_eq!(scoped.execute_unprepared(&upsert(both, views)).await?.rows_affected(), 1);
        // A handle lets the upsert write to the trashed row.
        let sql = upsert(two, views);
        is_of_trashed(scoped.execute_unprepared(&sql).await.map(drop));
        let raw = Statement::from_string(scoped.get_database_backend(), sql.clone() + " RETURNING id");
        is_of_trashed(scoped.query_all_raw(raw.clone()).await.map(drop));
        let txn = scoped.begin().await?;
        is_of_trashed(txn.query_one_raw(raw).await.map(drop));
        assert_eq!(txn.with_trashed().execute_unprepared(&sql).await?.rows_affected(), 1);
        txn.commit().await?;
        assert_eq!(stored(db, Entity, 2).await.views, 99);
    }

    /// Scenario 76, with a unique index over live rows.
    async fn an_upsert_beside_a_trashed_row_inserts_and_then_updates(db: &TestDb) {
        let scoped = blog(db).await;
        let old = |id, name: &str| tag::ActiveModel {
            id: Set(id),
            name: Set(name.to_owned()),
            ..Default::default()
        };
        let or_id = OnConflict::column(tag::Column::Name).update_column(tag::Column::Name).to_owned();
        for id in [50, 51] {
            tag::Entity::insert(old(id, "old"))
                .on_conflict(or_id.clone())
                .exec_without_returning(&scoped)
                .await?;
        }
        assert_eq!(state(db, tag::Entity).await, (vec![1, 2, 50], vec![3]));
    }

    /// The trashed row holds the key, so the database returns its error, and the trashed row does not
    /// change.
    async fn an_insert_with_the_key_of_a_trashed_row_is_an_error_of_the_database(db: &TestDb) {
        let scoped = blog(db).await;
        for taken in [post(2, "new"), post(50, "two")] {
            let refused = Insert::one(taken).exec_without_returning(&scoped).await.unwrap_err();
            let error = refused.sql_err();
            assert!(matches!(error, Some(SqlErr::UniqueConstraintViolation(_))), "{refused:?}");
        }
        assert_eq!(stored(db, Entity, 2).await.slug, "two");
    }

    /// Scenario 77.
    async fn find_or_insert_finds_a_trashed_row_only_on_request(db: &TestDb) {
        let scoped = blog(db).await;
        let old = tag::Entity::find().filter(tag::Column::Name.eq("old"));
        assert_eq!(old.one(&scoped).await?, None);
        let old = tag::Entity::with_trashed().filter(tag::Column::Name.eq("old"));
        assert_eq!(old.one(&scoped).await?.unwrap().id, 3);
        let made = tag::ActiveModel { name: Set("old".to_owned()), ..Default::default() };
        let made = made.insert(&scoped).await?;
        assert_eq!(state(db, tag::Entity).await, (vec![1, 2, made.id], vec![3]));
    }

    async fn an_upsert_from_a_select_of_the_same_table_is_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        let copy = "INSERT INTO blog_post (id, slug, author_id, views) \
                    SELECT p.id, p.slug, p.author_id, p.views FROM blog_post p WHERE p.id > 0 ";
        let or_views = match db.server() {
            Server::MariaDb | Server::MySql => "ON DUPLICATE KEY UPDATE views = 7",
            _ => "ON CONFLICT (slug) DO UPDATE SET views = 7",
        };
        scoped.execute_unprepared(&format!("{copy}{or_views}")).await?;
        assert_eq!(stored(db, Entity, 1).await.views, 7);
        assert_eq!(stored(db, Entity, 2).await.views, 20);
        assert_eq!(state(db, Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }
}
