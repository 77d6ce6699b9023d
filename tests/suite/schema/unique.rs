//! Uniqueness among live rows.

use sea_orm::QueryTrait;
use sea_orm::prelude::*;
use sea_orm::{DbBackend, Schema};
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::{new_user, number, plan, run, user};
use crate::harness::{Server, TestDb, on_every_database};

async fn users(db: &TestDb) -> SoftDeleteSchema {
    let users = SoftDeleteSchema::of::<user::Entity>();
    let backend = db.get_database_backend();
    // Leaves out the plain unique keys that SeaORM would make of the entity.
    let mut create = backend.build(&Schema::new(backend).create_table_from_entity(user::Entity));
    create.sql = create.sql.replace(" UNIQUE", "");
    db.execute_raw(create).await.unwrap();
    users.add_columns(&**db).await.unwrap();
    users
}

on_every_database! {
    async fn a_trashed_row_does_not_hold_its_values(db: &TestDb) {
        let users = users(db).await;
        users.unique_among_live(["email"]).create(&**db).await?;
        for _ in 0..3 {
            let ada = new_user("ada@example.org", None, "ada").insert(&**db).await?;
            let twin = new_user("ada@example.org", None, "ada").insert(&**db).await;
            let error = twin.unwrap_err().sql_err();
            assert!(matches!(error, Some(sea_orm::SqlErr::UniqueConstraintViolation(_))));
            ada.delete(&**db).await?;
        }
        assert_eq!(user::Entity::only_trashed().count(&**db).await?, 3);
    }

    async fn a_restore_that_clashes_is_refused(db: &TestDb) {
        let users = users(db).await;
        users.unique_among_live(["email"]).create(&**db).await?;
        let ada = new_user("ada@example.org", None, "ada").insert(&**db).await?;
        ada.clone().delete(&**db).await?;
        new_user("ada@example.org", None, "ada").insert(&**db).await?;
        let error = ada.restore(&**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::UniqueViolation { .. }), "{error}");
    }

    async fn several_columns_are_unique_together_and_null_equals_nothing(db: &TestDb) {
        let users = users(db).await;
        users.unique_among_live(["team", "nick"]).create(&**db).await?;
        new_user("a", Some(1), "ada").insert(&**db).await?;
        new_user("b", Some(2), "ada").insert(&**db).await?;
        new_user("c", None, "ada").insert(&**db).await?;
        new_user("d", None, "ada").insert(&**db).await?;
        assert!(new_user("e", Some(1), "ada").insert(&**db).await.is_err());
    }

    async fn duplicates_are_reported_and_nothing_is_changed(db: &TestDb) {
        let users = users(db).await;
        for (email, nick) in [("a", "1"), ("a", "2"), ("a", "3"), ("b", "4"), ("b", "5"), ("c", "6")] {
            new_user(email, Some(1), nick).insert(&**db).await?;
        }
        new_user("c", Some(1), "7").insert(&**db).await?.delete(&**db).await?;
        let unique = users.unique_among_live(["email"]);
        let error = unique.create(&**db).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "duplicate values: cannot make email of `schema_user` unique, because live rows have the same values: 'a' (3 rows), \
             'b' (2 rows); change or delete all but one of each"
        );
        if db.server().speaks_mysql() {
            let left = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = \
                        DATABASE() AND column_name = 'soft_delete_live'";
            assert_eq!(number(&**db, left).await?, 0);
        }
        for twins in ["a", "b"] {
            user::Entity::delete_many().filter(user::Column::Email.eq(twins)).exec(&**db).await?;
        }
        unique.create(&**db).await?;
    }

    async fn expressions_are_unique_where_the_database_indexes_them(db: &TestDb) {
        let users = users(db).await;
        let unique = users.unique_among_live(Vec::<String>::new()).expression("lower(email)");
        if db.server() == Server::MariaDb {
            let error = unique.create(&**db).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "schema of `schema_user` not changed: MariaDB has no indexes over expressions such as \
                 `lower(email)`; add a generated column that is the expression, and name that column"
            );
            return Ok(());
        }
        new_user("ADA", None, "1").insert(&**db).await?;
        let twin = new_user("ada", None, "2").insert(&**db).await?;
        let error = unique.create(&**db).await.unwrap_err();
        assert!(error.to_string().contains("'ada' (2 rows)"), "{error}");
        twin.delete(&**db).await?;
        unique.create(&**db).await?;
        assert!(new_user("aDa", None, "3").insert(&**db).await.is_err());
        unique.drop(&**db).await?;
        new_user("aDa", None, "3").insert(&**db).await?;

        if db.server() == Server::MySql {
            return Ok(()); // MySQL has no index over an expression of an AUTO_INCREMENT column.
        }
        let keys = || users.unique_among_live(Vec::<String>::new());
        keys().expression("id + 1").create(&**db).await?;
        keys().expression("id - 1").create(&**db).await?;
        keys().expression("id + 1").create(&**db).await?;
        let both = match db.server() {
            Server::Sqlite => {
                "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'schema_user_id_1_%'"
            }
            Server::MariaDb | Server::MySql => {
                "SELECT COUNT(DISTINCT index_name) FROM information_schema.statistics \
                 WHERE index_name LIKE 'schema_user_id_1_%' AND table_schema = DATABASE()"
            }
            Server::Postgres => "SELECT COUNT(*) FROM pg_indexes WHERE indexname LIKE 'schema_user_id_1_%' \
                  AND schemaname = current_schema()",
        };
        assert_eq!(number(&**db, both).await?, 2, "they differ in characters that belong to no word");
    }

    async fn apply_creates_the_unique_keys_of_the_entity(db: &TestDb) {
        let users = users(db).await;
        let keys = users.unique_keys();
        let columns: Vec<&[String]> = keys.iter().map(|key| key.columns()).collect();
        assert_eq!(columns, [["email".to_owned()].as_slice(), &["team".into(), "nick".into()]]);
        for key in &keys {
            key.create(&**db).await?;
        }
        // Both keys use the same generated column, so dropping the first key keeps it.
        keys[0].drop(&**db).await?;
        new_user("a", Some(1), "ada").insert(&**db).await?;
        assert!(new_user("a", Some(1), "ada").insert(&**db).await.is_err());
        new_user("a", Some(1), "bob").insert(&**db).await?;
        if db.server().speaks_mysql() {
            let error = users.drop_columns(&**db).await.unwrap_err();
            assert_eq!(
                error.to_string(),
                "schema of `schema_user` not changed: its column `soft_delete_live`, of the keys among live \
                 rows, needs the marker; drop those keys first"
            );
        }
        keys[1].drop(&**db).await?;
        users.drop_columns(&**db).await?;
    }

    async fn a_live_row_is_found_by_the_index(db: &TestDb) {
        let users = users(db).await;
        users.unique_among_live(["email"]).named("live_email").create(&**db).await?;
        if db.server() == Server::Postgres {
            run(db, &["SET enable_seqscan = off".into()]).await;
        }
        // MySQL plans no query on a table without rows.
        new_user("x", None, "1").insert(&**db).await?;
        let find = user::Entity::find().filter(user::Column::Email.eq("x"));
        let sql = find.build(db.get_database_backend()).to_string();
        let plan = plan(&**db, &sql).await?;
        assert!(plan.contains("live_email"), "{plan}");
    }

    async fn the_generated_column_does_not_change_other_statements(db: &TestDb) {
        let users = users(db).await;
        users.unique_among_live(["email"]).create(&**db).await?;
        // An INSERT without a list of columns, and `SELECT *`.
        let insert = "INSERT INTO schema_user VALUES (1, 'a', NULL, 'ada', NULL, NULL, NULL, NULL)";
        run(db, &[insert.into()]).await;
        let star = sea_orm::Statement::from_string(
            db.get_database_backend(),
            "SELECT * FROM schema_user",
        );
        let row = db.query_one_raw(star).await?.expect("a row");
        assert_eq!(row.column_names().len(), 8);
        let scoped = db.scoped();
        user::Entity::delete_by_id(1).exec(&scoped).await?;
        assert_eq!(<user::Entity as EntityTrait>::find().count(&scoped).await?, 0);
        assert_eq!(db.get_database_backend() == DbBackend::MySql, db.server().speaks_mysql());
    }
}
