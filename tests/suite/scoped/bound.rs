//! Statements that bind as many values as the database allows.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_soft_delete::Scopable;

use crate::entities::{note, one_trashed_one_live, row};
use crate::harness::on_every_database;

/// As many placeholders and values as the database allows.
fn placeholders(backend: DbBackend) -> (String, Vec<Value>) {
    let most = match backend {
        DbBackend::Sqlite => 32_766,
        _ => 65_535,
    };
    let marks = (1..=most).map(|number| match backend {
        DbBackend::Postgres => format!("${number}"),
        _ => "?".to_owned(),
    });
    let marks = marks.collect::<Vec<_>>().join(", ");
    (marks, (1..=most).map(Value::from).collect())
}

on_every_database! {
    async fn a_delete_at_the_bind_limit_stamps_its_rows(db: &TestDb) {
        one_trashed_one_live(db).await;
        let gone = row(db, 1).await;
        let backend = db.get_database_backend();
        let (marks, values) = placeholders(backend);
        let sql = format!("DELETE FROM {} WHERE id IN ({marks})", note::Entity.table_name());
        let delete = Statement::from_sql_and_values(backend, sql, values);
        assert_eq!(db.scoped().execute_raw(delete).await?.rows_affected(), 1);
        let trashed = row(db, 2).await.unwrap();
        assert!(trashed.deleted_at.is_some());
        assert_eq!(row(db, 1).await, gone);
        // The instant in the SQL text equals the value that the driver would have sent.
        let read = note::Entity::only_trashed().filter(note::Column::DeletedAt.eq(trashed.deleted_at));
        assert_eq!(read.count(&**db).await?, 1);
    }
}
