//! A statement that cannot be scoped with certainty is not sent.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, Delete, Statement, TransactionTrait};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::{Scopable, Scope, ScopedTable, SoftDeleteError};

use super::blog::{author, post};
use super::rows::{blog, plain, state};
use crate::harness::{Server, on_every_database};

on_every_database! {
    async fn a_statement_that_cannot_be_scoped_is_refused_and_not_sent(db: &TestDb) {
        let scoped = blog(db).await;
        let refused: &[&str] = match db.server() {
            Server::Sqlite => &[
                "REPLACE INTO blog_post (id, slug, author_id, views) VALUES (1, 'x', 1, 1)",
                "INSERT OR REPLACE INTO blog_post (id, slug, author_id, views) VALUES (1, 'x', 1, 1)",
                "UPDATE OR REPLACE blog_post SET slug = 'three' WHERE id = 1",
            ],
            Server::Postgres => &[
                "TRUNCATE blog_post",
                "TRUNCATE TABLE ONLY blog_post CASCADE",
                "MERGE INTO blog_post USING blog_author a ON a.id = blog_post.author_id WHEN MATCHED THEN DELETE",
                "COPY blog_post TO STDOUT",
                "TABLE blog_post",
                "DO $$ BEGIN DELETE FROM blog_post; END $$",
            ],
            Server::MariaDb | Server::MySql => &[
                "TRUNCATE TABLE blog_post",
                "REPLACE INTO blog_post (id, slug, author_id, views) VALUES (1, 'x', 1, 1)",
                "HANDLER blog_post OPEN",
                "LOAD DATA INFILE '/nowhere' INTO TABLE blog_post",
                "DELETE FROM blog_post WHERE id = 1 RETURNING id",
                "DELETE p, c FROM blog_post p JOIN blog_country c ON c.id = p.id",
                "INSERT INTO blog_post (slug, author_id, views) SELECT slug, author_id, views FROM blog_post \
                 ON DUPLICATE KEY UPDATE views = 7",
            ],
        };
        for sql in refused {
            let statement = Statement::from_string(db.get_database_backend(), *sql);
            for error in [
                scoped.execute_unprepared(sql).await.unwrap_err(),
                scoped.execute_raw(statement.clone()).await.unwrap_err(),
                scoped.query_all_raw(statement).await.unwrap_err(),
            ] {
                let error = SoftDeleteError::from(error);
                let SoftDeleteError::NotScopable { table, .. } = &error else {
                    panic!("{sql}: {error:?}");
                };
                assert_eq!(table, "blog_post", "{sql}: {error}");
            }
        }
        assert_eq!(state(db, post::Entity).await, (vec![1, 3, 4], vec![2, 5]));
    }

    async fn the_same_statements_on_other_tables_are_sent(db: &TestDb) {
        let scoped = blog(db).await;
        let passes = match db.server() {
            Server::Sqlite => "REPLACE INTO blog_country (id, name) VALUES (1, 'x')",
            Server::Postgres => "TRUNCATE blog_country",
            Server::MariaDb | Server::MySql => "TRUNCATE TABLE blog_country",
        };
        scoped.execute_unprepared(passes).await?;
        scoped.execute_unprepared("CREATE TABLE blog_copy (id integer)").await?;
        scoped.execute_unprepared("DROP TABLE blog_copy").await?;
    }

    async fn a_table_that_is_left_out_of_the_scope_is_not_rewritten(db: &TestDb) {
        let _ = blog(db).await;
        let scoped = db.scoped_with(&Scope::builder().leave_out(post::Entity).build());
        assert_eq!(plain(post::Entity).count(&scoped).await?, 5);
        assert_eq!(plain(author::Entity).count(&scoped).await?, 2);
        let joined = plain(post::Entity).inner_join(author::Entity);
        assert_eq!(joined.count(&scoped).await?, 4);
        Delete::many(post::Entity).filter(post::Column::Id.lte(2)).exec(&scoped).await?;
        assert_eq!(state(db, post::Entity).await, (vec![3, 4], vec![5]));
    }

    async fn a_table_without_an_entity_can_be_scoped(db: &TestDb) {
        let instant = match db.server() {
            Server::Sqlite => "text",
            Server::Postgres => "timestamptz",
            Server::MariaDb | Server::MySql => "datetime(6)",
        };
        db.execute_unprepared(&format!("CREATE TABLE blog_legacy (id integer, gone {instant})")).await?;
        db.execute_unprepared("INSERT INTO blog_legacy (id) VALUES (1), (2)").await?;
        let table = ScopedTable::new("blog_legacy", Marker::of::<Option<DateTimeUtc>>("gone"));
        let scoped = db.scoped_with(&Scope::builder().table(table).build());
        let backend = db.get_database_backend();
        let delete = "DELETE FROM blog_legacy WHERE id = 1 OR id = 3";
        assert_eq!(scoped.execute_unprepared(delete).await?.rows_affected(), 1);
        let all = || Statement::from_string(backend, "SELECT id FROM blog_legacy");
        assert_eq!(scoped.query_all_raw(all()).await?.len(), 1);
        assert_eq!(scoped.unscoped().query_all_raw(all()).await?.len(), 2);
    }

    /// A condition on the marker does not lift the scope, unless the scope allows it.
    async fn a_condition_on_the_marker_lifts_the_scope_only_if_the_scope_allows_it(db: &TestDb) {
        let scoped = blog(db).await;
        let trashed = || plain(post::Entity).filter(post::Column::DeletedAt.is_not_null());
        assert_eq!(trashed().count(&scoped).await?, 0);
        let live = plain(post::Entity).filter(post::Column::DeletedAt.is_null());
        assert_eq!(live.clone().count(&scoped).await?, 3);

        let scoped = db.scoped_with(&Scope::builder().explicit_marker_wins().build());
        assert_eq!(trashed().count(&scoped).await?, 2);
        assert_eq!(live.count(&scoped).await?, 3);
        assert_eq!(plain(post::Entity).count(&scoped).await?, 3);
        assert_eq!(trashed().inner_join(author::Entity).count(&scoped).await?, 2);
    }

    async fn a_table_that_is_created_from_a_query_holds_live_rows(db: &TestDb) {
        let scoped = blog(db).await;
        let made: &[&str] = match db.server() {
            Server::Postgres => &[
                "CREATE TABLE blog_copy AS SELECT id FROM blog_post",
                "SELECT id INTO blog_copy FROM blog_post WHERE id > 0 OR id = 5",
                "CREATE TEMPORARY TABLE blog_copy AS (SELECT id FROM blog_post)",
            ],
            _ => &["CREATE TABLE blog_copy AS SELECT id FROM blog_post WHERE id > 0 OR id = 5"],
        };
        for sql in made {
            // A temporary table belongs to one connection.
            let txn = scoped.begin().await?;
            txn.execute_unprepared(sql).await?;
            let copy = Statement::from_string(db.get_database_backend(), "SELECT id FROM blog_copy");
            assert_eq!(txn.query_all_raw(copy).await?.len(), 3, "{sql}");
            txn.execute_unprepared("DROP TABLE blog_copy").await?;
            txn.rollback().await?;
        }
    }
}
