//! The printed statements of the helpers run unchanged.

use sea_orm::prelude::*;
use sea_orm_soft_delete::Timestamp;
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::odd::is_taken;
use super::{number, run};
use crate::harness::{TestDb, on_databases, on_every_database};

/// A table for each way in which a marker says that a row is live, and the marker value of a trashed row.
fn tables() -> [(SoftDeleteSchema, &'static str); 5] {
    let doomsday = Timestamp::from_unix_seconds(253_402_214_400).expect("an instant");
    [
        (
            SoftDeleteSchema::new("nullable", Marker::of::<Option<DateTimeUtc>>("gone")),
            "'2020-01-01 00:00:00'",
        ),
        (
            SoftDeleteSchema::new("flag", Marker::of::<bool>("gone")),
            "TRUE",
        ),
        (
            SoftDeleteSchema::new("epoch", Marker::epoch_seconds::<i64>("gone")),
            "1577836800",
        ),
        (
            SoftDeleteSchema::new(
                "nullable_epoch",
                Marker::epoch_milliseconds::<Option<i64>>("gone"),
            ),
            "1577836800000",
        ),
        (
            SoftDeleteSchema::new("sentinel", Marker::sentinel::<DateTime>("gone", doomsday)),
            "'2020-01-01 00:00:00'",
        ),
    ]
}

async fn a_table(name: &str, schema: &SoftDeleteSchema, db: &TestDb) {
    run(
        db,
        &[format!(
            "CREATE TABLE {name} (id integer PRIMARY KEY, email varchar(9), above integer)"
        )],
    )
    .await;
    schema.add_columns(&**db).await.unwrap();
}

fn name(schema: &SoftDeleteSchema) -> &'static str {
    // `SoftDeleteSchema` has no method for its table's name, but its `Debug` text contains the name.
    ["nullable_epoch", "nullable", "flag", "epoch", "sentinel"]
        .into_iter()
        .find(|name| format!("{schema:?}").contains(&format!("\"{name}\"")))
        .expect("one of the tables")
}

on_every_database! {
    async fn every_statement_runs_as_it_is_printed(db: &TestDb) {
        let backend = db.get_database_backend();
        for (schema, trashed) in tables() {
            let (table, schema) = (name(&schema), schema.with_operation::<Option<Uuid>>("operation"));
            a_table(table, &schema, db).await;
            let schema = schema.clone().belonging_to(&schema, [("above", "id")]);
            let unique = schema.unique_among_live(["email"]);
            let live = schema.index_live(["email", "above"]);
            let operations = schema.index_operations()?;
            let view = schema.live_view(format!("live_{table}"));
            run(db, &unique.statements(backend)).await;
            run(db, &live.statements(backend)).await;
            run(db, &operations.statements(backend)).await;
            run(db, &view.statements(backend)).await;
            run(db, &view.statements(backend)).await;
            for index in schema.index_parents() {
                run(db, &index.statements(backend)).await;
            }
            if let Ok(purge) = schema.index_for_purge() {
                run(db, &purge.statements(backend)).await;
            }
            for trigger in schema.refuse_trashed_parents() {
                run(db, &trigger.statements(backend)).await;
            }
            run(db, &schema.refuse_physical_deletes().statements(backend)).await;

            let insert = format!("INSERT INTO {table} (id, email, above) VALUES");
            run(db, &[format!("{insert} (1, 'x', NULL)")]).await;
            assert!(is_taken(&format!("{insert} (2, 'x', NULL)"), db).await, "{table}");
            let count = format!("SELECT COUNT(*) FROM live_{table}");
            assert_eq!(number(&**db, &count).await?, 1);
            run(db, &[format!("UPDATE {table} SET gone = {trashed}")]).await;
            assert_eq!(number(&**db, &count).await?, 0);
            run(db, &[format!("{insert} (2, 'x', NULL)")]).await;
            assert!(db.execute_unprepared(&format!("{insert} (3, 'y', 1)")).await.is_err(), "{table}");
            assert!(db.execute_unprepared(&format!("DELETE FROM {table}")).await.is_err(), "{table}");

            // The helpers recognise the result of the printed statements.
            unique.create(&**db).await?;
            unique.convert(&**db).await?;
            live.create(&**db).await?;
            operations.create(&**db).await?;
            view.create(&**db).await?;
            unique.drop(&**db).await?;
        }
    }

    async fn indexes_over_each_kind_of_marker_are_recognised(db: &TestDb) {
        for (schema, _) in tables() {
            a_table(name(&schema), &schema, db).await;
            let unique = schema.unique_among_live(["email"]);
            for _ in 0..2 {
                unique.create(&**db).await?;
                schema.index_live(["email"]).create(&**db).await?;
                if let Ok(purge) = schema.index_for_purge() {
                    purge.create(&**db).await?;
                }
            }
            schema.index_live(["email"]).drop(&**db).await?;
            unique.revert(&**db).await?;
            schema.drop_columns(&**db).await.unwrap_or_else(|error| {
                // SQLite, MySQL and MariaDB drop no column that an index covers.
                assert!(error.to_string().contains("trashed_idx"), "{error}");
            });
        }
    }
}

on_databases! { [mysql: MySql]
    async fn helpers_work_where_every_table_has_a_primary_key(db: &TestDb) {
        let one = sea_orm::TransactionTrait::begin(&**db).await?;
        one.execute_unprepared("SET SESSION sql_require_primary_key = ON").await?;
        one.execute_unprepared("SET SESSION sql_generate_invisible_primary_key = ON").await?;
        one.execute_unprepared("CREATE TABLE keyless (email varchar(9) UNIQUE)").await?;
        let schema = SoftDeleteSchema::new("keyless", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
            .with_operation::<Option<Uuid>>("operation");
        for _ in 0..2 {
            schema.add_columns(&one).await?;
            schema.unique_among_live(["email"]).convert(&one).await?;
            schema.index_live(["email"]).create(&one).await?;
            schema.index_operations()?.create(&one).await?;
            schema.live_view("live_keyless").create(&one).await?;
            schema.refuse_physical_deletes().create(&one).await?;
        }
        one.execute_unprepared("INSERT INTO keyless VALUES ('x', NULL, NULL)").await?;
        assert_eq!(number(&one, "SELECT COUNT(*) FROM live_keyless").await?, 1);
        let columns = "SELECT COUNT(*) FROM information_schema.columns \
                       WHERE table_schema = DATABASE() AND table_name = 'live_keyless'";
        assert_eq!(number(&one, columns).await?, 3, "neither the key nor the generated column");
        schema.refuse_physical_deletes().drop(&one).await?;
        schema.live_view("live_keyless").drop(&one).await?;
        schema.unique_among_live(["email"]).revert(&one).await?;
        one.rollback().await?;
    }
}
