//! The limits of the verbs that `limits.rs` lists do not exist on a scoped connection. Changes inside the
//! database are a limit of the scoped connection too.

use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DatabaseConnection, Delete, IntoActiveModel, Statement,
};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::{Scopable, Scope, ScopedConnection, ScopedTable};

use super::blog::{author, category, post, post_tag};
use super::rows::{blog, plain, state, stored};
use crate::entities::{ids, note, one_trashed_one_live, row};
use crate::harness::{Server, TestDb, on_every_database};

/// The number of tags, including trashed ones.
async fn tags(db: &TestDb) -> Result<usize, DbErr> {
    let all = Statement::from_string(db.get_database_backend(), "SELECT id FROM blog_tag");
    db.query_all_raw(all).await.map(|rows| rows.len())
}

on_every_database! {
    async fn on_a_scoped_connection_seaorms_cascade_skips_a_trashed_child(db: &TestDb) {
        let scoped = blog(db).await;
        let root = plain(category::Entity).filter(category::Column::Id.eq(1));
        let root = root.require_one(&scoped).await?;
        root.cascade_delete(&scoped).await?;
        assert_eq!(state(db, category::Entity).await, (vec![2, 4], vec![1, 3]));
        // The cascade detaches the live child, as it does without trashed rows, and leaves the trashed
        // child unchanged.
        assert_eq!(stored(db, category::Entity, 2).await.parent_id, None);
        assert_eq!(stored(db, category::Entity, 3).await.parent_id, Some(1));
    }

    async fn on_a_scoped_connection_link_rows_are_trashed_by_seaorms_nested_writes(db: &TestDb) {
        let scoped = blog(db).await;
        let post = plain(post::Entity).filter(post::Column::Id.eq(1)).require_one(&scoped).await?;
        post.cascade_delete(&scoped).await?;
        assert_eq!(state(db, post_tag::Entity).await, (vec![21, 32, 41], vec![11, 12, 13]));
    }

    async fn on_a_scoped_connection_related_rows_are_live(db: &TestDb) {
        let scoped = blog(db).await;
        let ann = plain(author::Entity).filter(author::Column::Id.eq(1)).require_one(&scoped).await?;
        assert_eq!(ann.find_related(post::Entity).count(&scoped).await?, 2);
        let loaded = author::Entity::load().with(post::Entity).all(&scoped).await?;
        assert!(loaded.iter().flat_map(|author| author.posts.iter()).all(|post| !post.is_trashed()));
    }

    async fn on_a_scoped_connection_an_upsert_leaves_a_trashed_row_that_holds_the_key(db: &TestDb) {
        one_trashed_one_live(db).await;
        let gone = row(db, 1).await;
        let again = note::ActiveModel {
            id: Set(3),
            title: Set("Upserted".to_owned()),
            ..gone.clone().unwrap().into_active_model().reset_all()
        };
        let on_conflict = OnConflict::column(note::Column::Slug)
            .update_column(note::Column::Title)
            .to_owned();
        let upsert = note::Entity::insert(again).on_conflict(on_conflict);
        let done = upsert.exec_without_returning(&db.scoped()).await;
        assert_eq!(done.is_ok(), db.server().speaks_mysql(), "{done:?}");
        assert_eq!(row(db, 1).await, gone);
        assert_eq!(row(db, 3).await, None);
    }

    async fn on_a_scoped_connection_delete_by_a_unique_column_is_soft(db: &TestDb) {
        let scoped = blog(db).await;
        post::Entity::delete_by_slug("one").exec(&scoped).await?;
        assert_eq!(state(db, post::Entity).await, (vec![3, 4], vec![1, 2, 5]));
    }

    async fn on_a_scoped_connection_the_plain_statements_are_scoped(db: &TestDb) {
        one_trashed_one_live(db).await;
        let scoped = db.scoped();
        let all = <note::Entity as EntityTrait>::find().all(&scoped).await?;
        assert_eq!(ids(&all), [2]);
        Delete::many(note::Entity).filter(note::Column::Id.eq(2)).exec(&scoped).await?;
        assert!(row(db, 2).await.unwrap().is_trashed());
        <note::Entity as EntityTrait>::delete_many().exec(&scoped).await?;
        assert_eq!(note::Entity::with_trashed().count(&**db).await?, 2);
    }

    async fn a_view_that_a_scoped_connection_creates_shows_live_rows(db: &TestDb) {
        let scoped = blog(db).await;
        for text in [
            "CREATE VIEW blog_live AS SELECT id FROM blog_tag WHERE id IN (SELECT tag_id FROM blog_post_tag) OR TRUE",
            "CREATE VIEW blog_every AS SELECT /* soft_delete: with_trashed(blog_tag) */ id FROM blog_tag",
        ] {
            scoped.execute_unprepared(text).await?;
        }
        let count = async |view: &str| {
            let all = Statement::from_string(db.get_database_backend(), format!("SELECT id FROM {view}"));
            db.query_all_raw(all).await.map(|rows| rows.len())
        };
        assert_eq!(count("blog_live").await?, 2);
        assert_eq!(count("blog_every").await?, 3);
    }

    /// A scope does not know the name of a view. SQLite has no DELETE through a view.
    async fn a_delete_through_a_view_is_physical_unless_the_view_is_added(db: &TestDb) {
        let scoped = blog(db).await;
        scoped.execute_unprepared("CREATE VIEW blog_live AS SELECT id, deleted_at FROM blog_tag").await?;
        let view = ScopedTable::new("blog_live", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        let added = db.scoped_with(&Scope::builder().table(view).build());
        let delete = "DELETE FROM blog_live";
        if db.server() == Server::Sqlite {
            assert!(scoped.execute_unprepared(delete).await.is_err());
            return Ok(());
        }
        db.execute_unprepared("DELETE FROM blog_post_tag").await?;
        added.execute_unprepared(&format!("{delete} WHERE id = 1")).await?;
        assert_eq!(tags(db).await?, 3);
        scoped.execute_unprepared(delete).await?;
        assert_eq!(tags(db).await?, 2, "only the trashed rows are left");
    }

    async fn a_view_shows_trashed_rows_unless_its_query_filters_them(db: &TestDb) {
        let scoped = blog(db).await;
        for text in [
            "CREATE VIEW blog_every AS SELECT id, deleted_at FROM blog_tag",
            "CREATE VIEW blog_live AS SELECT id FROM blog_tag WHERE deleted_at IS NULL",
        ] {
            db.execute_unprepared(text).await?;
        }
        let count = async |scoped: &ScopedConnection<DatabaseConnection>, view: &str| {
            let all = format!("SELECT id FROM {view}");
            let all = Statement::from_string(db.get_database_backend(), all);
            scoped.query_all_raw(all).await.map(|rows| rows.len())
        };
        assert_eq!(count(&scoped, "blog_every").await?, 3);
        assert_eq!(count(&scoped, "blog_live").await?, 2);
        let view = ScopedTable::new("blog_every", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        let scoped = db.scoped_with(&Scope::builder().table(view).build());
        assert_eq!(count(&scoped, "blog_every").await?, 2);
    }

    /// Sequelize #2586.
    async fn a_foreign_key_of_the_database_removes_the_children_of_a_physically_deleted_row(db: &TestDb) {
        let scoped = blog(db).await;
        let links = match db.server() {
            Server::Sqlite => {
                db.execute_unprepared("PRAGMA foreign_keys = ON").await?;
                "CREATE TABLE blog_visit (id integer PRIMARY KEY, deleted_at text, \
                 country_id integer REFERENCES blog_country (id) ON DELETE CASCADE)"
            }
            Server::Postgres => {
                "CREATE TABLE blog_visit (id integer PRIMARY KEY, deleted_at timestamptz, \
                 country_id integer REFERENCES blog_country (id) ON DELETE CASCADE)"
            }
            Server::MariaDb | Server::MySql => {
                "CREATE TABLE blog_visit (id integer PRIMARY KEY, deleted_at datetime(6), country_id integer, \
                 FOREIGN KEY (country_id) REFERENCES blog_country (id) ON DELETE CASCADE)"
            }
        };
        db.execute_unprepared(links).await?;
        db.execute_unprepared("INSERT INTO blog_visit (id, country_id) VALUES (1, 1), (2, 2)").await?;
        let visits = ScopedTable::new("blog_visit", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        let visits = db.scoped_with(&Scope::builder().table(visits).build());
        visits.execute_unprepared("DELETE FROM blog_visit WHERE id = 2").await?;
        scoped.execute_unprepared("DELETE FROM blog_country").await?;
        let left = Statement::from_string(db.get_database_backend(), "SELECT id FROM blog_visit");
        assert_eq!(db.query_all_raw(left).await?.len(), 0);
    }
}
