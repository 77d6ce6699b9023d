//! Names with characters that end quotes, comments and function bodies, in every statement that the helpers
//! write.

use sea_orm::prelude::*;
use sea_orm::{DbBackend, Statement, TransactionSession, TransactionTrait};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::odd::{an_odd_table, is_not_changed, is_taken};
use super::{number, run};
use crate::harness::{Server, TestDb, TestResult, on_databases, on_every_database};

const NAMES: &[&str] = &[
    r"\';END IF;DELETE FROM b;END#",
    r"\'';END IF;DELETE FROM b;END-- ",
    "'; DELETE FROM b; --",
    "x $soft_delete$; DELETE FROM b; --",
    "*/ DELETE FROM b; /* soft_delete: force_delete(b)",
    "50%d ?$1 :x %%",
    "`\"'\\",
    "a\nb",
    "NEW",
    r#"x"NEW"."y`NEW`.z"#,
];

/// The quoted name, written independently of the helpers.
fn quote(name: &str, db: &TestDb) -> String {
    match db.get_database_backend() {
        DbBackend::MySql => format!("`{}`", name.replace('`', "``")),
        _ => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// The hostile names; without blanks at their end on MySQL and MariaDB, which do not allow them.
fn names(db: &TestDb) -> impl Iterator<Item = String> {
    let is_mysql = db.server().speaks_mysql();
    NAMES.iter().map(move |name| match is_mysql {
        true => name.trim_end().to_owned(),
        false => (*name).to_owned(),
    })
}

async fn helpers<C>(name: &str, db: &TestDb, on: &C) -> TestResult
where
    C: ConnectionTrait + TransactionTrait,
{
    let (table, column) = (quote(name, db), quote(&format!("c{name}"), db));
    let marker = quote(&format!("m{name}"), db);
    let create = format!("CREATE TABLE {table} (id integer PRIMARY KEY, {column} integer UNIQUE)");
    on.execute_unprepared(&create).await?;
    let (column_name, marker_name) = (format!("c{name}"), format!("m{name}"));
    let schema = SoftDeleteSchema::new(
        name.to_owned(),
        Marker::of::<Option<DateTimeUtc>>(marker_name),
    )
    .with_operation::<Option<Uuid>>(format!("o{name}"));
    let schema = schema
        .clone()
        .belonging_to(&schema, [(column_name.clone(), "id")]);
    let parents = &schema.refuse_trashed_parents()[0];
    let view = schema.live_view(format!("v{name}"));
    for _ in 0..2 {
        schema.add_columns(on).await?;
        schema.unique_among_live([&column_name]).convert(on).await?;
        schema.index_live([&column_name]).create(on).await?;
        schema.index_for_purge()?.create(on).await?;
        schema.index_operations()?.create(on).await?;
        view.create(on).await?;
        parents.create(on).await?;
        schema.refuse_physical_deletes().create(on).await?;
    }
    let insert = format!("INSERT INTO {table} (id, {column}) VALUES");
    on.execute_unprepared(&format!("{insert} (1, NULL), (2, NULL)"))
        .await?;
    let trash = format!("UPDATE {table} SET {marker} = '2020-01-01 00:00:00' WHERE id = 1");
    on.execute_unprepared(&trash).await?;
    let count = format!("SELECT COUNT(*) FROM {}", quote(&format!("v{name}"), db));
    assert_eq!(number(on, &count).await?, 1, "{name}");
    let marked = schema
        .unique_among_live([&column_name])
        .duplicates(on)
        .await?;
    assert!(marked.is_empty());

    let said = fails(&format!("{insert} (3, 1)"), on).await?;
    assert!(
        said.contains("cannot belong to a trashed row") || said.contains("UNIQUE"),
        "{said}"
    );
    let said = fails(&format!("DELETE FROM {table}"), on).await?;
    assert!(said.contains("not removed physically"), "{said}");
    if !name.contains('\n') && db.server() != Server::Sqlite {
        assert!(
            said.contains(name) || said.contains(&name.replace('\\', "\\\\")),
            "{said}"
        );
    }

    parents.drop(on).await?;
    schema.refuse_physical_deletes().drop(on).await?;
    view.drop(on).await?;
    schema.index_operations()?.drop(on).await?;
    schema.index_for_purge()?.drop(on).await?;
    schema.index_live([&column_name]).drop(on).await?;
    schema.unique_among_live([&column_name]).revert(on).await?;
    on.execute_unprepared(&format!("DROP TABLE {table}"))
        .await?;
    Ok(())
}

/// The error text of a statement that has to fail.
async fn fails(sql: &str, on: &(impl ConnectionTrait + TransactionTrait)) -> Result<String, DbErr> {
    let done = match on.get_database_backend() {
        DbBackend::Postgres => {
            let savepoint = on.begin().await?;
            let done = savepoint.execute_unprepared(sql).await;
            savepoint.rollback().await?;
            done
        }
        _ => on.execute_unprepared(sql).await,
    };
    Ok(done.unwrap_err().to_string())
}

async fn with_rows(db: &TestDb) {
    run(
        db,
        &[
            "CREATE TABLE b (id integer PRIMARY KEY)".into(),
            "INSERT INTO b VALUES (1)".into(),
        ],
    )
    .await;
}

on_every_database! {
    async fn a_name_does_not_end_its_quotes_or_its_body(db: &TestDb) {
        with_rows(db).await;
        for name in names(db) {
            let done = helpers(&name, db, &**db).await;
            assert!(done.is_ok(), "{name}: {done:?}");
        }
        assert_eq!(number(&**db, "SELECT COUNT(*) FROM b").await?, 1);
    }
}

on_databases! { [postgres: Postgres, mariadb: MariaDb, mysql: MySql]
    async fn a_name_does_not_end_its_quotes_when_backslashes_are_read_in_the_other_way(db: &TestDb) {
        with_rows(db).await;
        let other = match db.server() {
            Server::Postgres => "SET standard_conforming_strings = off",
            _ => "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'",
        };
        let one = db.begin().await?;
        one.execute_unprepared(other).await?;
        for name in names(db) {
            let done = helpers(&name, db, &one).await;
            assert!(done.is_ok(), "{name}: {done:?}");
        }
        assert_eq!(number(&one, "SELECT COUNT(*) FROM b").await?, 1);
        one.rollback().await?;
    }
}

on_every_database! {
    async fn a_trigger_does_not_replace_or_drop_the_trigger_of_another_table(db: &TestDb) {
        let timestamp = match db.server() {
            Server::MariaDb | Server::MySql => "datetime(6)",
            Server::Postgres => "timestamptz",
            Server::Sqlite => "text",
        };
        run(db, &[
            format!("CREATE TABLE a_b (id integer PRIMARY KEY, deleted_at {timestamp}, c integer)"),
            format!("CREATE TABLE a (id integer PRIMARY KEY, deleted_at {timestamp}, b_c integer)"),
        ]).await;
        let table = |name: &'static str, column: &'static str| {
            let table = SoftDeleteSchema::new(name, Marker::of::<Option<DateTimeUtc>>("deleted_at"));
            table.clone().belonging_to(&table, [(column, "id")]).refuse_trashed_parents().remove(0)
        };
        let (one, other) = (table("a_b", "c"), table("a", "b_c"));
        one.create(&**db).await?;
        is_not_changed(other.create(&**db).await, "`a_b` has a trigger `a_b_c_parent");
        is_not_changed(other.drop(&**db).await, "`a_b` has a trigger `a_b_c_parent");
        let other = other.named("parent_of_a");
        other.create(&**db).await?;
        other.create(&**db).await?;
        run(db, &[
            "INSERT INTO a_b VALUES (1, '2020-01-01', NULL)".into(),
            "INSERT INTO a VALUES (1, '2020-01-01', NULL)".into(),
        ]).await;
        assert!(db.execute_unprepared("INSERT INTO a_b VALUES (2, NULL, 1)").await.is_err());
        assert!(db.execute_unprepared("INSERT INTO a VALUES (2, NULL, 1)").await.is_err());
        other.drop(&**db).await?;
        run(db, &["INSERT INTO a VALUES (2, NULL, 1)".into()]).await;
        assert!(db.execute_unprepared("INSERT INTO a_b VALUES (2, NULL, 1)").await.is_err());
    }
}

on_databases! { [postgres: Postgres]
    async fn names_that_postgres_truncates_are_found(db: &TestDb) {
        for long in ["t".repeat(70), "ü".repeat(40), format!("{}ü{}", "x".repeat(62), "y".repeat(9))] {
            let name = |prefix: &str| format!("{prefix}{long}");
            let key = name("k");
            run(db, &[
                format!("CREATE TABLE \"{}\" (id integer PRIMARY KEY, \"{key}\" integer UNIQUE)", name("t")),
            ]).await;
            let schema = SoftDeleteSchema::new(name("t"), Marker::of::<Option<DateTimeUtc>>(name("m")))
                .with_operation::<Option<Uuid>>(name("o"));
            let schema = schema.clone().belonging_to(&schema, [(key.clone(), "id".to_owned())]);
            let view = schema.live_view(name("v"));
            let parents = &schema.refuse_trashed_parents()[0];
            for _ in 0..2 {
                schema.add_columns(&**db).await?;
                schema.unique_among_live([&key]).convert(&**db).await?;
                schema.index_live([&key]).create(&**db).await?;
                schema.index_for_purge()?.create(&**db).await?;
                schema.index_operations()?.create(&**db).await?;
                view.create(&**db).await?;
                parents.create(&**db).await?;
                schema.refuse_physical_deletes().create(&**db).await?;
            }
            let insert = format!("INSERT INTO \"{}\" (id, \"{key}\") VALUES", name("t"));
            run(db, &[format!("{insert} (1, 7)")]).await;
            assert!(is_taken(&format!("{insert} (2, 7)"), db).await);
            run(db, &[format!("UPDATE \"{}\" SET \"{}\" = now()", name("t"), name("m"))]).await;
            run(db, &[format!("{insert} (2, 7)")]).await;
            parents.drop(&**db).await?;
            schema.refuse_physical_deletes().drop(&**db).await?;
            view.drop(&**db).await?;
            schema.unique_among_live([&key]).drop(&**db).await?;
            is_not_changed(schema.drop_columns(&**db).await, "1 of its rows are trashed");
        }
    }

    async fn a_schema_whose_name_is_truncated_is_found(db: &TestDb) {
        let name = Statement::from_string(DbBackend::Postgres, "SELECT current_schema()::text AS name");
        let name: String = db.query_one_raw(name).await?.expect("a row").try_get("", "name")?;
        let long = format!("{name}_{}", "s".repeat(70));
        run(db, &[
            format!("CREATE SCHEMA {long}"),
            format!("CREATE TABLE {long}.odd (id integer PRIMARY KEY, email text UNIQUE)"),
        ]).await;
        let odd = SoftDeleteSchema::new("odd", Marker::of::<Option<DateTimeUtc>>("deleted_at")).in_schema(long.clone());
        let done = async {
            odd.add_columns(&**db).await?;
            odd.unique_among_live(["email"]).convert(&**db).await?;
            odd.live_view("live_odd").create(&**db).await?;
            odd.live_view("live_odd").create(&**db).await?;
            odd.refuse_physical_deletes().create(&**db).await
        }.await;
        run(db, &[format!("DROP SCHEMA {long} CASCADE")]).await;
        done?;
    }
}

on_databases! { [mariadb: MariaDb, mysql: MySql]
    async fn a_message_that_is_too_long_is_truncated(db: &TestDb) {
        an_odd_table("x integer", db).await;
        let name = "t".repeat(64);
        run(db, &[format!("CREATE TABLE {name} (id integer PRIMARY KEY, deleted_at datetime(6), above integer)")]).await;
        let table = SoftDeleteSchema::new(name.clone(), Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        let table = table.clone().belonging_to(&table, [("above", "id")]);
        table.refuse_trashed_parents()[0].create(&**db).await?;
        table.refuse_physical_deletes().create(&**db).await?;
        run(db, &[format!("INSERT INTO {name} VALUES (1, '2020-01-01', NULL)")]).await;
        let error = db.execute_unprepared(&format!("INSERT INTO {name} VALUES (2, NULL, 1)")).await.unwrap_err();
        assert!(error.to_string().contains("cannot belong to a trashed row"), "{error}");
        let error = db.execute_unprepared(&format!("DELETE FROM {name}")).await.unwrap_err();
        assert!(error.to_string().contains("not removed physically"), "{error}");
    }
}
