//! Indexes that have the name of an index of this crate but another definition.

use sea_orm::prelude::*;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::odd::{an_odd_table, is_not_changed, is_taken, odd};
use super::{new_user, run, user};
use crate::harness::{TestDb, on_databases, on_every_database};

/// Creates an index with the name of the live-unique key over `email`, for rows that meet this condition.
async fn a_namesake(condition: &str, db: &TestDb) {
    let statements = match db.server().speaks_mysql() {
        true => vec![
            format!(
                "ALTER TABLE odd ADD COLUMN soft_delete_live tinyint \
                 AS (CASE WHEN {condition} THEN 1 END) STORED"
            ),
            "CREATE UNIQUE INDEX odd_email_live ON odd (email, soft_delete_live)".to_owned(),
        ],
        false => vec![format!(
            "CREATE UNIQUE INDEX odd_email_live ON odd (email) WHERE {condition}"
        )],
    };
    run(db, &statements).await;
}

async fn is_unique(db: &TestDb) -> bool {
    run(db, &["INSERT INTO odd (id, email) VALUES (1, 'x')".into()]).await;
    is_taken("INSERT INTO odd (id, email) VALUES (2, 'x')", db).await
}

on_every_database! {
    async fn a_key_over_fewer_rows_does_not_replace_a_unique_key(db: &TestDb) {
        an_odd_table("email varchar(9) UNIQUE", db).await;
        a_namesake("deleted_at IS NULL AND id < 0", db).await;
        let why = match db.server().speaks_mysql() {
            true => "is another one than this",
            false => "its index `odd_email_live` is another one than this",
        };
        is_not_changed(odd().unique_among_live(["email"]).convert(&**db).await, why);
        is_not_changed(odd().unique_among_live(["email"]).create(&**db).await, why);
        is_not_changed(odd().unique_among_live(["email"]).drop(&**db).await, why);
        assert!(is_unique(db).await, "the UNIQUE is still there");
    }

    async fn a_key_over_trashed_rows_does_not_replace_a_unique_key(db: &TestDb) {
        an_odd_table("email varchar(9) UNIQUE", db).await;
        a_namesake("deleted_at IS NOT NULL", db).await;
        is_not_changed(odd().unique_among_live(["email"]).convert(&**db).await, "is another one than this");
        assert!(is_unique(db).await, "the UNIQUE is still there");
    }

    async fn a_key_over_rows_without_a_value_does_not_replace_a_unique_key(db: &TestDb) {
        an_odd_table("email varchar(9) UNIQUE", db).await;
        a_namesake("coalesce(deleted_at, '2020-01-01') IS NULL", db).await;
        is_not_changed(odd().unique_among_live(["email"]).convert(&**db).await, "is another one than this");
        assert!(is_unique(db).await, "the UNIQUE is still there");
    }

    async fn an_equal_key_in_another_notation_is_accepted(db: &TestDb) {
        an_odd_table("email varchar(9) UNIQUE", db).await;
        a_namesake("NOT (deleted_at IS NOT NULL)", db).await;
        odd().unique_among_live(["email"]).convert(&**db).await?;
        run(db, &["INSERT INTO odd (id, email, deleted_at) VALUES (9, 'x', '2020-01-01')".into()]).await;
        assert!(is_unique(db).await, "the key is unique among live rows");
    }

    async fn apply_does_not_accept_a_key_over_fewer_rows(db: &TestDb) {
        db.create_table(user::Entity).await;
        let live = match db.server().speaks_mysql() {
            true => {
                run(db, &["ALTER TABLE schema_user ADD COLUMN soft_delete_live tinyint \
                           AS (IF(deleted_at IS NULL AND nick < '', 1, NULL)) STORED".into()]).await;
                "(email, soft_delete_live)"
            }
            false => "(email) WHERE deleted_at IS NULL AND nick < ''",
        };
        run(db, &[format!("CREATE UNIQUE INDEX schema_user_email_live ON schema_user {live}")]).await;
        is_not_changed(SoftDeleteSchema::of::<user::Entity>().apply(&**db).await, "another one than this");
        new_user("ada", None, "ada").insert(&**db).await?;
        assert!(new_user("ada", None, "eve").insert(&**db).await.is_err());
    }

    async fn an_index_of_the_same_name_over_other_columns_is_not_accepted(db: &TestDb) {
        an_odd_table("email varchar(9), nick varchar(9)", db).await;
        run(db, &["CREATE INDEX odd_email_live_idx ON odd (nick)".into()]).await;
        is_not_changed(odd().index_live(["email"]).create(&**db).await, "is another one than this");
        let index = odd().index_live(["email"]).named("by_email");
        index.create(&**db).await?;
        index.create(&**db).await?;
    }
}

on_databases! { [sqlite: Sqlite, postgres: Postgres]
    async fn an_index_over_some_operations_is_not_accepted(db: &TestDb) {
        an_odd_table("operation varchar(36)", db).await;
        run(db, &["CREATE INDEX few ON odd (operation) WHERE operation IS NOT NULL AND id < 0".into()]).await;
        let operations = odd().with_operation::<Option<String>>("operation");
        operations.index_operations()?.create(&**db).await?;
        let made = db.execute_unprepared("DROP INDEX odd_operation_idx").await;
        assert!(made.is_ok(), "{made:?}");
    }
}

on_databases! { [sqlite: Sqlite, postgres: Postgres, mysql: MySql]
    async fn a_key_of_the_same_name_over_another_expression_is_not_accepted(db: &TestDb) {
        an_odd_table("a varchar(9), b varchar(9)", db).await;
        let unique = |expression: &str| {
            let none = Vec::<String>::new();
            odd().unique_among_live(none).expression(expression).named("key_of_odd")
        };
        unique("lower(a)").create(&**db).await?;
        unique("lower(a)").create(&**db).await?;
        for other in ["upper(a)", "lower(b)", "lower(concat(a, b))"] {
            let other = match db.server() {
                crate::harness::Server::MySql => other.to_owned(),
                _ => other.replace("concat(a, b)", "a || b"),
            };
            is_not_changed(unique(&other).create(&**db).await, "is another one than this");
        }
    }

    async fn live_rows_that_share_an_expression_are_reported(db: &TestDb) {
        an_odd_table("a varchar(9)", db).await;
        run(db, &["INSERT INTO odd (id, a) VALUES (1, 'x'), (2, 'X'), (3, 'y')".into()]).await;
        let unique = odd().unique_among_live(Vec::<String>::new()).expression("lower(a)");
        let duplicates = unique.duplicates(&**db).await?;
        assert_eq!(duplicates.len(), 1);
        assert_eq!(duplicates[0].to_string(), "'x' (2 rows)");
        assert!(unique.create(&**db).await.is_err());
    }
}
