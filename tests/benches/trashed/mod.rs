//! Tables of trashed rows.

use sea_orm::prelude::*;
use sea_orm::{ConnectOptions, Database, DbBackend, Schema};
use sea_orm_soft_delete::SoftDeleteEntity;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

pub async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    let connections = if url.starts_with("sqlite") { 1 } else { 8 };
    options.max_connections(connections).sqlx_logging(false);
    Database::connect(options).await.unwrap()
}

/// Fills the table with rows that deletes of so many rows each trashed in January 2024.
pub async fn fill<E: SoftDeleteEntity>(rows: u64, rows_of_each: u64, db: &DatabaseConnection) {
    let table = E::default().table_name().to_owned();
    run(db, &format!("DROP TABLE IF EXISTS {table}")).await;
    let backend = db.get_database_backend();
    let create = Schema::new(backend).create_table_from_entity(E::default());
    db.execute(&create).await.unwrap();
    let schema = SoftDeleteSchema::of::<E>();
    schema.add_columns(db).await.unwrap();
    let ids: Vec<u64> = (0..rows).collect();
    for ids in ids.chunks(5_000) {
        let rows: Vec<String> = ids
            .iter()
            .map(|id| {
                let operation = id / rows_of_each;
                let millis = 1_704_067_200_000 + operation * 20; // 2024-01-01
                let at = chrono::DateTime::from_timestamp_millis(i64::try_from(millis).unwrap())
                    .unwrap();
                let at = match backend {
                    DbBackend::Sqlite => at.to_rfc3339(),
                    _ => at.format("%F %T%.6f").to_string(),
                };
                let uuid = uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
                let uuid = match backend {
                    DbBackend::Postgres => format!("'{uuid}'"),
                    _ => format!("X'{}'", uuid.simple()),
                };
                format!(
                    "({id}, {}, 'a body of some length, as rows have', '{at}', {uuid})",
                    id % 500
                )
            })
            .collect();
        insert(&table, &rows, db).await;
    }
    schema.index_operations().unwrap().create(db).await.unwrap();
    schema.index_for_purge().unwrap().create(db).await.unwrap();
    match backend {
        DbBackend::Postgres => run(db, &format!("VACUUM ANALYZE {table}")).await,
        DbBackend::MySql => run(db, &format!("ANALYZE TABLE {table}")).await,
        _ => run(db, "ANALYZE").await,
    }
}

pub async fn insert(table: &str, rows: &[String], db: &DatabaseConnection) {
    let rows = rows.join(", ");
    let columns = "(id, author_id, body, deleted_at, operation_id)";
    run(db, &format!("INSERT INTO {table} {columns} VALUES {rows}")).await;
}

pub async fn run(db: &DatabaseConnection, sql: &str) {
    db.execute_unprepared(sql).await.unwrap();
}
