//! The content of the tables, read without this crate.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, Statement};
use sea_orm_soft_delete::SoftDeleteError;

use crate::harness::TestDb;

/// Runs each of these statements.
pub(crate) async fn run(db: &TestDb, texts: &[&str]) {
    for sql in texts {
        db.execute_unprepared(sql).await.unwrap();
    }
}

/// The first column of the selected rows.
pub(crate) async fn ids(db: &DatabaseConnection, sql: &str) -> Vec<i32> {
    let rows = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(rows).await.unwrap();
    let ids = rows.iter().map(|row| row.try_get_by_index(0));
    ids.collect::<Result<_, DbErr>>().unwrap()
}

/// The number that this statement selects.
pub(crate) async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(row).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// The ids of the rows whose `deleted_at` is NULL.
pub(crate) async fn live(db: &DatabaseConnection, table: &str) -> Vec<i32> {
    let sql = format!("SELECT id FROM {table} WHERE deleted_at IS NULL ORDER BY id");
    ids(db, &sql).await
}

/// The error of a call that has to be refused.
#[track_caller]
pub(crate) fn refusal<T>(outcome: Result<T, impl Into<SoftDeleteError>>) -> SoftDeleteError {
    match outcome {
        Ok(_) => panic!("it is not refused"),
        Err(refusal) => refusal.into(),
    }
}
