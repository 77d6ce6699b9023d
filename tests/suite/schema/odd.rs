//! Unusual tables and unusual names.

use sea_orm::TransactionTrait;
use sea_orm::prelude::*;
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::{SoftDeleteSchema, allow_physical_deletes};

use super::{number, run};
use crate::harness::{Server, TestDb, on_databases, on_every_database};

pub(super) fn odd() -> SoftDeleteSchema {
    SoftDeleteSchema::new("odd", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
}

/// Creates the table `odd` with these definitions beside its key and its marker.
pub(super) async fn an_odd_table(definitions: &str, db: &TestDb) {
    let timestamp = match db.server() {
        Server::MariaDb | Server::MySql => "datetime(6)",
        Server::Postgres => "timestamptz",
        Server::Sqlite => "text",
    };
    let create =
        format!("CREATE TABLE odd (id integer PRIMARY KEY, deleted_at {timestamp}, {definitions})");
    run(db, &[create]).await;
}

#[track_caller]
pub(super) fn is_not_changed(done: Result<(), SoftDeleteError>, why: &str) {
    let error = done.expect_err("it is refused");
    assert!(
        matches!(error, SoftDeleteError::SchemaNotChanged { .. }),
        "{error}"
    );
    assert!(error.to_string().contains(why), "{error}");
}

pub(super) async fn is_taken(insert: &str, db: &TestDb) -> bool {
    match db.execute_unprepared(insert).await {
        Ok(_) => false,
        Err(error) => matches!(
            error.sql_err(),
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_))
        ),
    }
}

on_every_database! {
    async fn a_missing_column_is_named(db: &TestDb) {
        run(db, &["CREATE TABLE odd (id integer PRIMARY KEY, email varchar(9) UNIQUE)".into()]).await;
        let unmarked = "has no column `deleted_at`";
        is_not_changed(odd().unique_among_live(["email"]).convert(&**db).await, unmarked);
        is_not_changed(odd().unique_among_live(["email"]).revert(&**db).await, unmarked);
        is_not_changed(odd().index_live(["email"]).create(&**db).await, unmarked);
        is_not_changed(odd().live_view("live_odd").create(&**db).await, unmarked);
        let parents = odd().belonging_to(&odd(), [("id", "id")]).refuse_trashed_parents();
        is_not_changed(parents[0].create(&**db).await, unmarked);
        run(db, &["INSERT INTO odd VALUES (1, 'x')".into()]).await;
        assert!(is_taken("INSERT INTO odd VALUES (2, 'x')", db).await, "the column is still unique");

        odd().add_columns(&**db).await?;
        let mistaken = "has no column `emial`";
        is_not_changed(odd().unique_among_live(["emial"]).create(&**db).await, mistaken);
        is_not_changed(odd().index_live(["emial"]).create(&**db).await, mistaken);
        is_not_changed(odd().live_view("live_odd").columns(["emial"]).create(&**db).await, mistaken);
        for pair in [("emial", "id"), ("id", "emial")] {
            let parents = odd().belonging_to(&odd(), [pair]).refuse_trashed_parents();
            is_not_changed(parents[0].create(&**db).await, mistaken);
        }
        let nothing = odd().unique_among_live(Vec::<String>::new()).create(&**db).await;
        is_not_changed(nothing, "no column is named");
        is_not_changed(odd().index_live(Vec::<String>::new()).create(&**db).await, "no column is named");
        let nowhere = SoftDeleteSchema::new("nowhere", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        is_not_changed(nowhere.live_view("live").create(&**db).await, "there is no such table");
    }
}

on_every_database! {
    async fn another_index_of_the_same_name_is_not_accepted(db: &TestDb) {
        an_odd_table("b_c varchar(9), b varchar(9), c varchar(9)", db).await;
        run(db, &["CREATE UNIQUE INDEX odd_b_c ON odd (b, c)".into()]).await;
        odd().unique_among_live(["b_c"]).create(&**db).await?;
        let namesake = odd().unique_among_live(["b", "c"]);
        is_not_changed(namesake.convert(&**db).await, "its index `odd_b_c_live` is another one");
        run(db, &["INSERT INTO odd VALUES (1, NULL, 'x', 'x', 'x')".into()]).await;
        let twin = "INSERT INTO odd VALUES (2, NULL, 'y', 'x', 'x')";
        assert!(is_taken(twin, db).await, "the column is still unique");

        let namesake = namesake.named("odd_b_and_c_live");
        namesake.convert(&**db).await?;
        namesake.convert(&**db).await?;
        assert!(is_taken(twin, db).await, "the column is unique among live rows");
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn another_column_of_the_same_name_is_not_accepted_as_the_generated_column(db: &TestDb) {
        an_odd_table("email varchar(9) UNIQUE, soft_delete_live int", db).await;
        let unique = odd().unique_among_live(["email"]);
        is_not_changed(unique.convert(&**db).await, "`soft_delete_live` is not generated");
        run(db, &["INSERT INTO odd (id, email) VALUES (1, 'x')".into()]).await;
        assert!(is_taken("INSERT INTO odd (id, email) VALUES (2, 'x')", db).await);
    }
}

on_databases! { [sqlite: Sqlite, postgres: Postgres]
    async fn keys_over_different_expressions_have_different_names(db: &TestDb) {
        an_odd_table("a varchar(9), b varchar(9)", db).await;
        let unique = |expression| odd().unique_among_live(Vec::<String>::new()).expression(expression);
        unique("lower(a)").create(&**db).await?;
        unique("lower(b)").create(&**db).await?;
        odd().unique_among_live(["a"]).create(&**db).await?;
        odd().unique_among_live(["a"]).expression("lower(b)").create(&**db).await?;
        run(db, &["INSERT INTO odd VALUES (1, NULL, 'x', 'x')".into()]).await;
        assert!(is_taken("INSERT INTO odd VALUES (2, NULL, 'y', 'X')", db).await);
        assert!(is_taken("INSERT INTO odd VALUES (2, NULL, 'X', 'y')", db).await);
    }
}

on_databases! { [sqlite: Sqlite]
    async fn two_equal_unique_keys_are_converted_together(db: &TestDb) {
        an_odd_table("email text UNIQUE", db).await;
        run(db, &["CREATE UNIQUE INDEX odd_email ON odd (email)".into()]).await;
        odd().unique_among_live(["email"]).convert(&**db).await?;
        run(db, &[
            "INSERT INTO odd VALUES (1, '2020-01-01', 'x')".into(),
            "INSERT INTO odd VALUES (2, NULL, 'x')".into(),
        ]).await;
        assert!(is_taken("INSERT INTO odd VALUES (3, NULL, 'x')", db).await);
    }
}

on_every_database! {
    async fn a_unique_key_that_a_foreign_key_needs_stays(db: &TestDb) {
        an_odd_table("email varchar(9)", db).await;
        run(db, &[
            "CREATE UNIQUE INDEX odd_email ON odd (email)".into(),
            "CREATE TABLE pet (owner varchar(9), \
             FOREIGN KEY (owner) REFERENCES odd (email) ON DELETE CASCADE)".into(),
            "INSERT INTO odd (id, email) VALUES (1, 'x')".into(),
        ]).await;
        let done = odd().unique_among_live(["email"]).convert(&**db).await;
        is_not_changed(done, "a foreign key of `pet` points at its email");
        run(db, &["INSERT INTO pet VALUES ('x')".into()]).await;
        assert!(is_taken("INSERT INTO odd (id, email) VALUES (2, 'x')", db).await);
    }
}

on_databases! { [sqlite: Sqlite]
    async fn a_table_with_restricted_children_is_created_again(db: &TestDb) {
        an_odd_table("email text UNIQUE", db).await;
        run(db, &[
            "CREATE TABLE pet (id integer PRIMARY KEY, owner integer REFERENCES odd ON DELETE RESTRICT)".into(),
            "INSERT INTO odd VALUES (1, NULL, 'x'), (2, '2020-01-01', 'y')".into(),
            "INSERT INTO pet VALUES (1, 1), (2, 2)".into(),
        ]).await;
        odd().unique_among_live(["email"]).convert(&**db).await?;
        assert_eq!(number(&**db, "SELECT COUNT(*) FROM pet JOIN odd ON odd.id = owner").await?, 2);
    }
}

on_databases! { [sqlite: Sqlite]
    async fn a_table_keeps_its_counter_under_a_name_in_another_case(db: &TestDb) {
        run(db, &[
            "CREATE TABLE Odd (id integer PRIMARY KEY AUTOINCREMENT, deleted_at text, email text UNIQUE)".into(),
            "INSERT INTO odd VALUES (9, NULL, 'x'), (50, NULL, 'y')".into(),
            "DELETE FROM odd WHERE id = 50".into(),
        ]).await;
        odd().unique_among_live(["email"]).convert(&**db).await?;
        run(db, &["INSERT INTO odd (email) VALUES ('z')".into()]).await;
        assert_eq!(number(&**db, "SELECT MAX(id) FROM odd").await?, 51);
    }

    async fn a_table_that_only_mentions_autoincrement_keeps_no_counter(db: &TestDb) {
        an_odd_table("email text UNIQUE /* no AUTOINCREMENT */", db).await;
        odd().unique_among_live(["email"]).convert(&**db).await?;
    }
}

on_every_database! {
    async fn a_table_with_a_long_name_has_triggers(db: &TestDb) {
        let timestamp = match db.server() {
            Server::MariaDb | Server::MySql => "datetime(6)",
            Server::Postgres => "timestamptz",
            Server::Sqlite => "text",
        };
        let name = "t".repeat(60);
        run(db, &[format!("CREATE TABLE {name} (id integer PRIMARY KEY, deleted_at {timestamp}, above integer)")]).await;
        let table = SoftDeleteSchema::new(name.clone(), Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        let table = table.clone().belonging_to(&table, [("above", "id")]);
        for _ in 0..2 {
            table.refuse_physical_deletes().create(&**db).await?;
            table.refuse_trashed_parents()[0].create(&**db).await?;
        }
        run(db, &[format!("INSERT INTO {name} VALUES (1, '2020-01-01', NULL)")]).await;
        let child = format!("INSERT INTO {name} VALUES (2, NULL, 1)");
        assert!(db.execute_unprepared(&child).await.is_err());
        assert!(db.execute_unprepared(&format!("DELETE FROM {name}")).await.is_err());
        table.refuse_physical_deletes().drop(&**db).await?;
        table.refuse_trashed_parents()[0].drop(&**db).await?;
        run(db, &[child, format!("DELETE FROM {name}")]).await;
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn the_allowance_ends_when_the_work_fails_after_a_commit(db: &TestDb) {
        an_odd_table("email text", db).await;
        odd().refuse_physical_deletes().create(&**db).await?;
        let done = allow_physical_deletes(&**db, |db| Box::pin(async move {
            db.execute_unprepared("CREATE TABLE commits (id int)").await?;
            db.execute_unprepared("INSERT INTO nowhere VALUES (1)").await?;
            Ok(())
        }));
        assert!(done.await.is_err());
        assert_eq!(number(&**db, "SELECT COUNT(*) FROM soft_delete_allowance").await?, 0);
    }
}

on_databases! { [sqlite: Sqlite]
    async fn duplicate_byte_strings_are_reported(db: &TestDb) {
        an_odd_table("code blob", db).await;
        run(db, &["INSERT INTO odd VALUES (1, NULL, x'ff00aa'), (2, NULL, x'ff00aa')".into()]).await;
        let error = odd().unique_among_live(["code"]).create(&**db).await.unwrap_err();
        assert!(error.to_string().contains("'FF00AA' (2 rows)"), "{error}");
    }
}

on_every_database! {
    async fn a_unique_key_with_another_collation_stays(db: &TestDb) {
        let text = match db.server() {
            Server::MySql => "email varchar(9)",
            _ => "email text",
        };
        an_odd_table(text, db).await;
        let (index, [one, other]) = match db.server() {
            Server::Sqlite => ("(email COLLATE NOCASE)", ["'x'", "'X'"]),
            Server::Postgres => ("(email) NULLS NOT DISTINCT", ["NULL", "NULL"]),
            Server::MariaDb | Server::MySql => ("(email(2))", ["'xx1'", "'xx2'"]),
        };
        run(db, &[
            format!("CREATE UNIQUE INDEX odd_email ON odd {index}"),
            format!("INSERT INTO odd (id, email) VALUES (1, {one})"),
        ]).await;
        let done = odd().unique_among_live(["email"]).convert(&**db).await;
        is_not_changed(done, "its unique index `odd_email` compares otherwise");
        assert!(is_taken(&format!("INSERT INTO odd (id, email) VALUES (2, {other})"), db).await);
    }
}

on_databases! { [mysql: MySql]
    async fn a_text_column_that_cannot_be_indexed_is_refused_before_any_change(db: &TestDb) {
        an_odd_table("email text, code blob", db).await;
        for (column, kind) in [("email", "text"), ("code", "blob")] {
            let done = odd().unique_among_live([column]).create(&**db).await;
            let why =
                format!("MySQL has no unique indexes over the whole of `{column}`, whose type is {kind}");
            is_not_changed(done, &why);
        }
        let columns = "SELECT COUNT(*) FROM information_schema.columns \
                       WHERE table_schema = DATABASE() AND table_name = 'odd'";
        assert_eq!(number(&**db, columns).await?, 4);
    }
}

on_databases! { [sqlite: Sqlite, postgres: Postgres]
    async fn an_index_with_a_long_name_is_found_again(db: &TestDb) {
        an_odd_table("email text", db).await;
        let name = "ü".repeat(40);
        let unique = odd().unique_among_live(["email"]).named(name.clone() + "1");
        let index = odd().index_live(["email"]).named("x".to_owned() + &name);
        for _ in 0..2 {
            unique.create(&**db).await?;
            index.create(&**db).await?;
        }
        unique.drop(&**db).await?;
        index.drop(&**db).await?;
        let left = match db.server() {
            Server::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index'",
            _ => "SELECT COUNT(*) FROM pg_index WHERE indrelid = 'odd'::regclass AND NOT indisprimary",
        };
        assert_eq!(number(&**db, left).await?, 0);
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn a_half_finished_drop_is_completed(db: &TestDb) {
        an_odd_table("email varchar(9)", db).await;
        let unique = odd().unique_among_live(["email"]);
        unique.create(&**db).await?;
        run(db, &["DROP INDEX odd_email_live ON odd".into()]).await;
        unique.drop(&**db).await?;
        odd().drop_columns(&**db).await?;
    }
}

on_every_database! {
    async fn another_index_of_the_same_name_is_not_dropped(db: &TestDb) {
        an_odd_table("b_c varchar(9), b varchar(9), c varchar(9)", db).await;
        odd().unique_among_live(["b_c"]).create(&**db).await?;
        let namesake = odd().unique_among_live(["b", "c"]);
        is_not_changed(namesake.drop(&**db).await, "its index `odd_b_c_live` is another one");
        run(db, &["INSERT INTO odd (id, b_c) VALUES (1, 'x')".into()]).await;
        assert!(is_taken("INSERT INTO odd (id, b_c) VALUES (2, 'x')", db).await);
    }
}

on_databases! { [sqlite: Sqlite, postgres: Postgres]
    async fn a_half_finished_revert_is_completed(db: &TestDb) {
        an_odd_table("email text", db).await;
        let unique = odd().unique_among_live(Vec::<String>::new()).expression("lower(email)");
        unique.create(&**db).await?;
        run(db, &["CREATE UNIQUE INDEX odd_lower_email_key ON odd (lower(email))".into()]).await;
        unique.revert(&**db).await?;
        run(db, &["INSERT INTO odd VALUES (1, '2020-01-01', 'x')".into()]).await;
        assert!(is_taken("INSERT INTO odd VALUES (2, NULL, 'X')", db).await);
    }
}

on_databases! { [postgres: Postgres]
    async fn an_index_of_the_same_name_in_another_schema_stays(db: &TestDb) {
        an_odd_table("email text", db).await;
        let db = db.begin().await?;
        for statement in [
            "CREATE SCHEMA odd_first",
            "CREATE TABLE odd_first.other (email text)",
            "CREATE INDEX odd_email_live ON odd_first.other (email)",
            "SELECT set_config('search_path', 'odd_first, ' || current_schema, TRUE)",
        ] {
            db.execute_unprepared(statement).await?;
        }
        let unique = odd().unique_among_live(["email"]);
        unique.create(&db).await?;
        unique.drop(&db).await?;
        let left = "SELECT COUNT(*) FROM pg_index WHERE indrelid = 'odd_first.other'::regclass";
        assert_eq!(number(&db, left).await?, 1);
        db.rollback().await?;
    }
}
