//! Table names with a schema, or with a database on MySQL and MariaDB, and inherited tables.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, Delete, Schema, Statement, TransactionTrait};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::{Clock, Scopable, Scope, ScopedTable};

use super::blog::{comment, post};
use super::rows::{blog, ids, plain, state, stored};
use crate::entities::{NOON, later};
use crate::harness::{Server, TestDb, on_databases, on_every_database};

/// An entity in another schema.
mod memo {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(schema_name = "soft_delete_vault", table_name = "vault_memo")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub text: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

async fn keys(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<i32>, DbErr> {
    let rows = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(rows).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// The quoted schema of the test's tables.
async fn schema(db: &TestDb) -> Result<String, DbErr> {
    let (current, quote) = match db.server() {
        Server::Sqlite => return Ok("\"main\"".to_owned()),
        Server::Postgres => ("SELECT CAST(current_schema() AS text)", '"'),
        Server::MariaDb | Server::MySql => ("SELECT DATABASE()", '`'),
    };
    let current = Statement::from_string(db.get_database_backend(), current);
    let row = db.query_one_raw(current).await?.unwrap();
    Ok(format!(
        "{quote}{}{quote}",
        row.try_get_by_index::<String>(0)?
    ))
}

on_every_database! {
    async fn a_table_that_is_named_with_its_schema_is_scoped(db: &TestDb) {
        let scoped = blog(db).await;
        let own = schema(db).await?;
        for (sql, expected) in [
            (format!("SELECT id FROM {own}.blog_post ORDER BY id"), vec![1, 3, 4]),
            (format!("SELECT blog_post.id FROM {own}.blog_post ORDER BY blog_post.id"), vec![1, 3, 4]),
            (format!("SELECT p.id FROM {own} . blog_post AS p WHERE p.id = 1 OR p.id = 2"), vec![1]),
            (
                format!(
                    "SELECT c.id FROM blog_comment c LEFT JOIN {own}.blog_post p \
                     ON p.id = c.post_id WHERE p.id IS NULL ORDER BY c.id"
                ),
                vec![4],
            ),
            (
                format!(
                    "SELECT id FROM {own}.blog_comment WHERE post_id IN \
                     (SELECT id FROM {own}.blog_post) ORDER BY id"
                ),
                vec![1, 3],
            ),
            // A CTE has no schema, so it does not hide a table that is named with its schema.
            (
                format!(
                    "WITH blog_post AS (SELECT 2 AS id) SELECT q.id FROM {own}.blog_post q \
                     JOIN blog_post p ON p.id <> q.id ORDER BY q.id"
                ),
                vec![1, 3, 4],
            ),
        ] {
            assert_eq!(keys(&scoped, &sql).await?, expected, "{sql}");
        }
        let update = format!("UPDATE {own}.blog_post SET views = 0 WHERE id = 1 OR id = 2");
        assert_eq!(scoped.execute_unprepared(&update).await?.rows_affected(), 1);
        assert_eq!(stored(db, post::Entity, 2).await.views, 20);
        let delete = format!("DELETE FROM {own}.blog_comment WHERE id = 1 OR id = 2");
        assert_eq!(scoped.execute_unprepared(&delete).await?.rows_affected(), 1);
        assert_eq!(state(db, comment::Entity).await, (vec![3, 4], vec![1, 2, 5]));
        let lifted = format!("SELECT id FROM {own}.blog_tag /* soft_delete: with_trashed(blog_tag) */ ORDER BY id");
        assert_eq!(keys(&scoped, &lifted).await?, [1, 2, 3]);
    }
}

on_databases! { [postgres: Postgres]
    async fn an_entity_of_another_schema_is_scoped_there_and_not_elsewhere(db: &TestDb) {
        let scoped = db.scoped();
        // The transaction is never committed, so concurrent tests can create the same schema.
        let txn = scoped.begin().await?;
        txn.execute_unprepared("CREATE SCHEMA soft_delete_vault").await?;
        let schema = Schema::new(db.get_database_backend());
        txn.execute(&schema.create_table_from_entity(memo::Entity)).await?;
        let memos = [1, 2, 3].map(|id| memo::ActiveModel { id: Set(id), text: Set("a".to_owned()), ..Default::default() });
        memo::Entity::insert_many(memos).exec(&txn).await?;
        Clock::fixed(NOON).scope(memo::Entity::delete_by_id(1).exec(&txn)).await?;

        assert_eq!(ids(&plain(memo::Entity).all(&txn).await?), [2, 3]);
        assert_eq!(ids(&memo::Entity::with_trashed().all(&txn).await?), [1, 2, 3]);
        assert_eq!(ids(&memo::Entity::only_trashed().all(&txn).await?), [1]);
        assert_eq!(plain(memo::Entity).count(&txn.with_trashed_of(memo::Entity)).await?, 3);
        let deleted = Delete::many(memo::Entity).filter(memo::Column::Id.lte(2));
        let deleted = Clock::fixed(later()).scope(deleted.exec(&txn)).await?;
        assert_eq!(deleted.rows_affected, 1);
        memo::Entity::restore_by_id(2).exec(&txn).await?;
        for (sql, expected) in [
            ("SELECT id FROM soft_delete_vault.vault_memo ORDER BY id", vec![2, 3]),
            ("SELECT id FROM Soft_Delete_Vault.Vault_Memo m WHERE m.id = 1 OR m.id = 2", vec![2]),
            (
                "SELECT id FROM soft_delete_vault.vault_memo \
                 /* soft_delete: with_trashed(soft_delete_vault.vault_memo) */ ORDER BY id",
                vec![1, 2, 3],
            ),
        ] {
            assert_eq!(keys(&txn, sql).await?, expected, "{sql}");
        }

        // The table of the same name in the test's schema is another table, if the statement names the
        // schema.
        let own = self::schema(db).await?;
        txn.execute_unprepared(&format!("CREATE TABLE {own}.vault_memo (id integer)")).await?;
        txn.execute_unprepared(&format!("INSERT INTO {own}.vault_memo VALUES (1), (2), (3)")).await?;
        assert_eq!(keys(&txn, &format!("SELECT id FROM {own}.vault_memo ORDER BY id")).await?, [1, 2, 3]);
        txn.execute_unprepared(&format!("DELETE FROM {own}.vault_memo WHERE id = 1")).await?;
        assert_eq!(keys(&txn, &format!("SELECT id FROM {own}.vault_memo ORDER BY id")).await?, [2, 3]);
        txn.execute_unprepared(&format!("DROP TABLE {own}.vault_memo")).await?;

        // Without a schema, the name may mean either table, whatever the search path says.
        txn.execute_unprepared("SET LOCAL search_path TO soft_delete_vault").await?;
        assert_eq!(keys(&txn, "SELECT id FROM vault_memo ORDER BY id").await?, [2, 3]);
        txn.rollback().await?;
    }

    async fn a_table_with_a_schema_is_scoped_in_that_schema_only(db: &TestDb) {
        let own = schema(db).await?;
        let text = "CREATE TABLE vault_note (id integer, gone timestamptz); \
                    INSERT INTO vault_note VALUES (1, NULL), (2, now())";
        db.execute_unprepared(text).await?;
        let query = format!("SELECT id FROM {own}.vault_note ORDER BY id");
        let table = || ScopedTable::new("vault_note", Marker::of::<Option<DateTimeUtc>>("gone"));
        for (table, expected) in [
            (table().in_schema(own.trim_matches('"').to_owned()), vec![1]),
            (table().in_schema("elsewhere"), vec![1, 2]),
            (table(), vec![1]),
        ] {
            let scoped = db.scoped_with(&Scope::builder().table(table).build());
            assert_eq!(keys(&scoped, &query).await?, expected);
        }
    }

    /// Scenario 20: a query returns the columns of the table that it names.
    async fn a_table_with_inheriting_tables_is_scoped_once(db: &TestDb) {
        let scoped = blog(db).await;
        for text in [
            "CREATE TABLE blog_long_post (words integer) INHERITS (blog_post)",
            "INSERT INTO blog_long_post (id, slug, author_id, views) VALUES (50, 'long', 1, 1)",
            "INSERT INTO blog_long_post (id, slug, author_id, views, deleted_at) VALUES (51, 'gone', 1, 1, now())",
        ] {
            db.execute_unprepared(text).await?;
        }
        assert_eq!(ids(&plain(post::Entity).all(&scoped).await?), [1, 3, 4, 50]);
        assert_eq!(keys(&scoped, "SELECT id FROM ONLY blog_post ORDER BY id").await?, [1, 3, 4]);
        assert_eq!(Delete::many(post::Entity).exec(&scoped).await?.rows_affected, 4);
        assert_eq!(state(db, post::Entity).await, (vec![], vec![1, 2, 3, 4, 5, 50, 51]));
    }
}
