//! Attempts to see, change or physically delete a trashed row through a scoped connection, by SQL that does
//! not ask for the trash.
//!
//! Each attempt is a statement that an attacker or an unlucky developer may write. It may be refused, it
//! may fail, or it may return rows. The rows must not show a value that only trashed rows hold, and the
//! trashed rows must not change. Statements that once succeeded are listed too.

mod everywhere;
mod keywords;
mod mariadb;
mod postgres;
mod sessions;
mod sqlite;

use sea_orm::prelude::*;
use sea_orm::{DbBackend, FromQueryResult, JsonValue, Statement};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::{Scopable, Scope, ScopedConnection, ScopedTable};

use crate::harness::{Server, TestDb, on_every_database};

/// A value that only trashed rows hold.
const SECRET: &str = "s3cr3t";

/// `vault` and `guard` are soft-deletable, `door` is not. Each table has rows 1 and 2, and row 2 of `vault`
/// and `guard` is trashed.
async fn a_vault(db: &TestDb) -> ScopedConnection<DatabaseConnection> {
    let timestamp = match db.server() {
        Server::MariaDb | Server::MySql => "datetime(6)",
        Server::Postgres => "timestamptz",
        Server::Sqlite => "text",
    };
    for table in ["vault", "guard", "door"] {
        let marker = match table {
            "door" => String::new(),
            _ => format!(", deleted_at {timestamp}"),
        };
        let create = format!(
            "CREATE TABLE {table} (id integer PRIMARY KEY, vault_id integer, title varchar(40) UNIQUE{marker})"
        );
        db.execute_unprepared(&create).await.unwrap();
        let insert = match table {
            "door" => "INSERT INTO door VALUES (1, 1, 'door 1'), (2, 2, 'door 2')".to_owned(),
            _ => format!(
                "INSERT INTO {table} VALUES (1, 1, '{table} 1', NULL), (2, 2, '{SECRET} {table}', '2020-01-01 00:00:00')"
            ),
        };
        db.execute_unprepared(&insert).await.unwrap();
    }
    let marker = || ScopedTable::new("vault", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
    let scope = Scope::builder()
        .table(marker())
        .table(ScopedTable::new(
            "guard",
            Marker::of::<Option<DateTimeUtc>>("deleted_at"),
        ))
        .build();
    db.scoped_with(&scope)
}

/// The content of all trashed rows.
async fn trash(db: &TestDb) -> String {
    let mut trash = String::new();
    for table in ["vault", "guard"] {
        let sql = format!(
            "SELECT id, vault_id, title FROM {table} WHERE id = 2 AND deleted_at < '2021-01-01'"
        );
        trash.push_str(&answer(&**db, &sql).await.unwrap());
    }
    trash
}

async fn answer(db: &impl ConnectionTrait, sql: &str) -> Result<String, DbErr> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let rows = JsonValue::find_by_statement(statement).all(db).await?;
    Ok(format!("{rows:?}"))
}

async fn attack(db: &TestDb, statements: &[&str]) {
    let scoped = a_vault(db).await;
    let before = trash(db).await;
    assert_eq!(before.matches(SECRET).count(), 2, "{before}");
    let mut answered = 0;
    for sql in statements {
        // For several statements in one text, the SQLite driver mixes up the columns.
        if !sql.contains(';')
            && let Ok(answer) = answer(&scoped, sql).await
        {
            answered += 1;
            assert!(!answer.contains(SECRET), "{sql}\nanswers {answer}");
        }
        if let Err(error) = scoped.execute_unprepared(sql).await {
            let text = error.to_string();
            assert!(!text.contains(SECRET), "{sql}\nfails with {text}");
        }
        assert_eq!(trash(db).await, before, "{sql}");
        // A copy that an attack made must not hold values of trashed rows.
        for copy in ["copy", "door"] {
            // Each query has its own text, because the driver caches the columns by text.
            let sql_of_copy = format!("SELECT * FROM {copy} -- {sql}").replace('\n', " ");
            if let Ok(copied) = answer(&**db, &sql_of_copy).await {
                assert!(!copied.contains(SECRET), "{sql}\ncopies {copied}");
            }
        }
        let _ = db.execute_unprepared("DROP TABLE copy").await;
    }
    assert!(
        answered * 2 > statements.len(),
        "most are answered: {answered} of {}",
        statements.len()
    );
}

on_every_database! {
    async fn no_attack_shows_changes_or_removes_a_trashed_row(db: &TestDb) {
        attack(db, everywhere::EVERYWHERE).await;
        for table in ["vault", "guard", "door"] {
            db.execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        let own = match db.get_database_backend() {
            DbBackend::Postgres => postgres::POSTGRES,
            DbBackend::MySql => mariadb::MARIADB,
            _ => sqlite::SQLITE,
        };
        attack(db, own).await;
    }
}
