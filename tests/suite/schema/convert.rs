//! Converts a plain unique key into a unique key among live rows, and back.

use sea_orm::prelude::*;
use sea_orm::{DbBackend, Schema, TransactionTrait};
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::{new_user, number, run, user};
use crate::harness::{Server, TestDb, TestResult, on_every_database};

/// Creates the table as SeaORM makes it of the entity, with a plain UNIQUE and a plain unique index.
async fn users(db: &TestDb) -> SoftDeleteSchema {
    let backend = db.get_database_backend();
    let schema = Schema::new(backend);
    let table = schema.create_table_from_entity(user::Entity);
    db.execute(&table).await.unwrap();
    for index in schema.create_index_from_entity(user::Entity) {
        db.execute(&index).await.unwrap();
    }
    let users = SoftDeleteSchema::of::<user::Entity>();
    users.add_columns(&**db).await.unwrap();
    users
}

async fn convert(users: &SoftDeleteSchema, db: &TestDb) -> TestResult {
    for key in users.unique_keys() {
        key.convert(&**db).await?;
    }
    Ok(())
}

async fn revert(users: &SoftDeleteSchema, db: &TestDb) -> TestResult {
    for key in users.unique_keys() {
        key.revert(&**db).await?;
    }
    Ok(())
}

async fn insert(email: &str, nick: &str, db: &TestDb) -> Result<user::Model, DbErr> {
    new_user(email, Some(1), nick).insert(&**db).await
}

on_every_database! {
    async fn a_key_is_converted_reverted_and_converted_again_with_rows(db: &TestDb) {
        let users = users(db).await;
        let ada = insert("ada", "ada", db).await?;
        let bob = insert("bob", "bob", db).await?;
        ada.clone().delete(&**db).await?;
        assert!(insert("ada", "ada", db).await.is_err(), "a trashed row holds the values");

        convert(&users, db).await?;
        convert(&users, db).await?;
        let trashed = user::Entity::only_trashed().all(&**db).await?;
        assert_eq!(trashed.len(), 1, "the trashed row is kept");
        assert_eq!(user::Entity::find().all(&**db).await?, [bob]);
        let again = insert("ada", "ada", db).await?;
        assert!(again.id > 2, "no id is used twice");
        assert!(insert("ada", "other", db).await.is_err(), "a live row holds the e-mail");
        assert!(insert("other", "ada", db).await.is_err(), "a live row holds the nick in the team");

        let error = revert(&users, db).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "duplicate values: cannot make email of `schema_user` unique, because live and trashed rows have the same values: \
             'ada' (2 rows); change or delete all but one of each"
        );
        assert!(insert("ada", "other", db).await.is_err(), "the old row still holds the value");
        ada.force_delete(&**db).await?;
        revert(&users, db).await?;
        revert(&users, db).await?;
        again.delete(&**db).await?;
        assert!(insert("ada", "ada", db).await.is_err(), "a trashed row holds the values again");
        convert(&users, db).await?;
        insert("ada", "ada", db).await?;
    }

    async fn a_conversion_keeps_the_rest_of_the_table(db: &TestDb) {
        let users = users(db).await;
        let child = match db.get_database_backend() {
            DbBackend::Sqlite => "CREATE TABLE pet (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL \
                                  REFERENCES schema_user (id))",
            _ => "CREATE TABLE pet (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, \
                  FOREIGN KEY (owner) REFERENCES schema_user (id))",
        };
        run(db, &[
            child.into(),
            "CREATE INDEX by_nick ON schema_user (nick)".into(),
            "CREATE VIEW everyone AS SELECT id, email FROM schema_user".into(),
        ]).await;
        if db.server() == Server::Sqlite {
            run(db, &[
                "CREATE TABLE seen (email TEXT)".into(),
                "CREATE TRIGGER sees AFTER INSERT ON schema_user BEGIN \
                 INSERT INTO seen VALUES (NEW.email); END".into(),
            ]).await;
        }
        let ada = insert("ada", "ada", db).await?;
        insert("bob", "bob", db).await?;
        run(db, &[format!("INSERT INTO pet VALUES (1, {})", ada.id)]).await;

        convert(&users, db).await?;
        assert_eq!(number(&**db, "SELECT COUNT(*) FROM everyone").await?, 2);
        let orphan = db.execute_unprepared("INSERT INTO pet VALUES (2, 404)").await;
        assert!(orphan.is_err(), "the foreign key holds");
        assert!(ada.force_delete(&**db).await.is_err(), "in the other direction too");
        insert("eve", "eve", db).await?;
        if db.server() == Server::Sqlite {
            assert_eq!(number(&**db, "SELECT COUNT(*) FROM seen").await?, 3, "the rows, once each");
            let kept = "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('by_nick', 'sees')";
            assert_eq!(number(&**db, kept).await?, 2);
            let left = "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'soft_delete%'";
            assert_eq!(number(&**db, left).await?, 0);
        }
    }

    async fn a_table_that_would_lose_rows_is_not_created_again(db: &TestDb) {
        if db.server() != Server::Sqlite {
            return Ok(());
        }
        let users = users(db).await;
        run(db, &[
            "CREATE TABLE pet (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL \
             REFERENCES schema_user ON DELETE CASCADE)".into(),
        ]).await;
        let ada = insert("ada", "ada", db).await?;
        run(db, &[format!("INSERT INTO pet VALUES (1, {})", ada.id)]).await;
        let error = users.unique_among_live(["email"]).convert(&**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::SchemaNotChanged { .. }), "{error}");
        assert!(error.to_string().contains("`pet` points at it with ON DELETE CASCADE"), "{error}");
        assert_eq!(number(&**db, "SELECT COUNT(*) FROM pet").await?, 1);
        let left = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_user_email_live'";
        assert_eq!(number(&**db, left).await?, 0, "nothing was changed");
    }

    async fn a_rollback_of_the_transaction_undoes_a_conversion(db: &TestDb) {
        if db.server().speaks_mysql() {
            return Ok(()); // MySQL and MariaDB commit at each schema change.
        }
        let users = users(db).await;
        insert("ada", "ada", db).await?.delete(&**db).await?;
        let transaction = db.begin().await?;
        for key in users.unique_keys() {
            key.convert(&transaction).await?;
        }
        new_user("ada", Some(1), "ada").insert(&transaction).await?;
        transaction.rollback().await?;
        assert!(insert("ada", "ada", db).await.is_err(), "the trashed row holds the values again");
        assert_eq!(user::Entity::only_trashed().count(&**db).await?, 1);
    }

    async fn a_scoped_connection_changes_the_schema_of_all_rows(db: &TestDb) {
        let users = users(db).await;
        insert("ada", "ada", db).await?.delete(&**db).await?;
        insert("bob", "bob", db).await?;
        let scoped = db.scoped();
        for key in users.unique_keys() {
            key.convert(&scoped).await?;
        }
        assert_eq!(user::Entity::with_trashed().count(&**db).await?, 2, "no row is lost");
        insert("ada", "ada", db).await?;
        let error = users.unique_among_live(["email"]).revert(&scoped).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::Duplicates { .. }), "{error}");
        users.apply(&scoped).await?;
        users.live_view("live_user").create(&scoped).await?;
        assert_eq!(number(&**db, "SELECT COUNT(*) FROM live_user").await?, 2);
        users.live_view("live_user").drop(&scoped).await?;
        for key in users.unique_keys() {
            key.drop(&scoped).await?;
        }
        let error = users.drop_columns(&scoped).await.unwrap_err();
        assert!(error.to_string().contains("1 of its rows are trashed"), "{error}");
    }
}
