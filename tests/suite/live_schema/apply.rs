//! The live schema is created, brought up to date, and dropped.

use sea_orm::ConnectionTrait;
use sea_orm::prelude::*;
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::{LiveSchema, SoftDeleteSchema, live_schema};
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::entities::{fill, folder, label, live, loan, note, reader, schema_of, text};
use crate::families::rows::{ids, number, run};
use crate::harness::{TestDb, on_databases};

/// What is in the live schema, with the ids that a change would change.
async fn contents(db: &TestDb) -> String {
    let schema = format!("{}_other", schema_of(db).await);
    let sql = format!(
        "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ( \
           SELECT concat(oid, ' ', relname, ' ', xmin, ' ', reltuples) AS line FROM pg_class WHERE relnamespace = '{schema}'::regnamespace \
           UNION ALL SELECT concat(oid, ' ', proname, ' ', xmin) FROM pg_proc WHERE pronamespace = '{schema}'::regnamespace \
           UNION ALL SELECT concat(t.oid, ' ', tgname, ' ', t.xmin) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid \
           WHERE relnamespace = '{schema}'::regnamespace) AS lines"
    );
    text(&**db, &sql).await
}

fn why<T: std::fmt::Debug>(refused: Result<T, SoftDeleteError>) -> String {
    match refused {
        Err(error @ SoftDeleteError::SchemaNotChanged { .. }) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

on_databases! { [postgres: Postgres]
    async fn applying_twice_changes_nothing(db: &TestDb) {
        let live = fill(db).await;
        assert!(!live.statements(&**db).await?.is_empty());
        live.apply(&**db).await?;
        let before = contents(db).await;
        assert!(before.contains("live_note_soft_delete_row"), "{before}");
        live.apply(&**db).await?;
        live.apply(&reader(db).await).await?;
        assert_eq!(contents(db).await, before);
        assert_eq!(live.statements(&**db).await?, [""; 0]);
        assert_eq!(live.statements(&reader(db).await).await?, [""; 0]);
    }

    async fn programs_that_apply_at_once_do_not_disturb_each_other(db: &TestDb) {
        let live = fill(db).await;
        let (one, other) = tokio::join!(live.apply(&**db), live.apply(&**db));
        one?;
        other?;
        assert_eq!(live.statements(&**db).await?, [""; 0]);
    }

    async fn a_migration_is_followed(db: &TestDb) {
        let live = fill(db).await;
        live.apply(&**db).await?;
        let reader = reader(db).await;
        let name = format!("{}_other", schema_of(db).await);
        run(db, &[
            &format!("GRANT SELECT, DELETE ON {name}.live_note TO pg_monitor"),
            &format!("GRANT SELECT ON {name}.live_note TO PUBLIC"),
            "ALTER TABLE live_note ADD COLUMN color text DEFAULT 'red'",
        ]).await;
        assert!(reader.execute_unprepared("SELECT color FROM live_note").await.is_err());
        live.apply(&**db).await?;
        assert_eq!(text(&reader, "SELECT min(color) FROM live_note").await, "red");
        // PostgreSQL does not drop or change a column of a view.
        let dropped = db.execute_unprepared("ALTER TABLE live_note DROP COLUMN color").await;
        assert!(dropped.unwrap_err().to_string().contains("depend"), "the view protects the column");
        run(db, &["ALTER TABLE live_note RENAME COLUMN color TO colour"]).await;
        live.apply(&**db).await?;
        assert_eq!(text(&reader, "SELECT min(colour) FROM live_note").await, "red");
        let granted = format!(
            "SELECT (has_table_privilege('pg_monitor', '{name}.live_note', 'SELECT') \
             AND has_table_privilege('pg_monitor', '{name}.live_note', 'DELETE') \
             AND has_table_privilege('pg_signal_backend', '{name}.live_note', 'SELECT') \
             AND NOT has_table_privilege('pg_monitor', '{name}.live_note', 'UPDATE'))::text"
        );
        assert_eq!(text(&**db, &granted).await, "true");
        // The whole in one transaction: other connections never read the table by its name.
        use sea_orm::TransactionTrait;
        let migration = db.begin().await?;
        live.drop(&migration).await?;
        migration.execute_unprepared("ALTER TABLE live_note DROP COLUMN colour").await?;
        live.apply(&migration).await?;
        migration.commit().await?;
        assert!(reader.execute_unprepared("SELECT colour FROM live_note").await.is_err());
        reader.execute_unprepared("DELETE FROM live_note WHERE id = 1").await?;
        assert_eq!(number(db, "SELECT count(*) FROM live_note").await, 4);
    }

    async fn tables_come_and_go(db: &TestDb) {
        let name = format!("{}_other", schema_of(db).await);
        drop(fill(db).await);
        live_schema(name.clone()).of(note::Entity).apply(&**db).await?;
        let reader = reader(db).await;
        let note_gone = live_schema(name.clone()).of(label::Entity).of(loan::Entity);
        note_gone.apply(&**db).await?;
        assert_eq!(note_gone.statements(&**db).await?, [""; 0]);
        loan::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(number(&reader, "SELECT count(*) FROM live_loan").await, 0);
        let functions = format!("SELECT count(*) FROM pg_proc WHERE pronamespace = '{name}'::regnamespace");
        assert_eq!(number(db, &functions).await, 4);
        note_gone.except(loan::Entity).apply(&**db).await?;
        assert_eq!(number(&reader, "SELECT count(*) FROM live_loan").await, 1);
    }

    async fn what_others_put_into_the_schema_stays(db: &TestDb) {
        let live = fill(db).await;
        let name = format!("{}_other", schema_of(db).await);
        live.apply(&**db).await?;
        run(db, &[
            &format!("CREATE VIEW {name}.report AS SELECT count(*) FROM live_loan"),
            &format!("CREATE FUNCTION {name}.one() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        ]).await;
        live.apply(&**db).await?;
        live.drop(&**db).await?;
        assert_eq!(number(db, &format!("SELECT count FROM {name}.report")).await, 1);
        run(db, &[&format!("DROP VIEW {name}.report"), &format!("DROP FUNCTION {name}.one()")]).await;
        live.drop(&**db).await?;
        assert_eq!(number(db, &format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{name}'")).await, 0);
        // A schema that was there before is not dropped.
        let other = db.create_other_schema().await?;
        live.apply(&**db).await?;
        live.drop(&**db).await?;
        assert_eq!(number(db, &format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{other}'")).await, 1);
    }

    async fn an_owner_may_set_further_options(db: &TestDb) {
        let live = fill(db).await;
        live.apply(&**db).await?;
        let name = format!("{}_other", schema_of(db).await);
        run(db, &[&format!("ALTER VIEW {name}.live_note SET (security_barrier = true)")]).await;
        assert_eq!(live.statements(&**db).await?, [""; 0]);
        run(db, &["ALTER TABLE live_note ADD COLUMN color text"]).await;
        live.apply(&**db).await?;
        let options = format!("SELECT array_to_string(reloptions, ' ') FROM pg_class WHERE oid = '{name}.live_note'::regclass");
        assert_eq!(text(&**db, &options).await, "check_option=cascaded security_invoker=true security_barrier=true");
    }

    async fn what_cannot_be_created_is_refused(db: &TestDb) {
        let schema = schema_of(db).await;
        let name = format!("{schema}_other");
        let nothing = live(db).await;
        let message = why(nothing.apply(&**db).await);
        assert!(message.contains("there is no such table") && message.contains("except"), "{message}");
        drop(fill(db).await);
        run(db, &["ALTER TABLE live_loan DROP COLUMN is_deleted"]).await;
        let message = why(nothing.apply(&**db).await);
        assert!(message.contains("no column `is_deleted`") && message.contains("add_columns"), "{message}");
        run(db, &["ALTER TABLE live_loan ADD COLUMN is_deleted bool NOT NULL DEFAULT FALSE", "DROP TABLE deletion_log"]).await;
        let message = why(nothing.apply(&**db).await);
        assert!(message.contains("deletion_log::create_table"), "{message}");
        let other = db.create_other_schema().await?;
        assert_eq!(other, name);
        run(db, &[&format!("CREATE VIEW {name}.live_loan AS SELECT 1 AS id")]).await;
        let loans: LiveSchema = live_schema(name.clone()).of(loan::Entity);
        let message = why(loans.apply(&**db).await);
        assert!(message.contains("has another relation `live_loan`"), "{message}");
        let itself = why(live_schema(schema.clone()).of(loan::Entity).with(
            SoftDeleteSchema::new("live_loan", Marker::of::<bool>("is_deleted")).in_schema(schema.clone()),
        ).apply(&**db).await);
        assert!(itself.contains("no such table") || itself.contains("is in the live schema"), "{itself}");
        run(db, &[
            &format!("DROP VIEW {name}.live_loan"),
            &format!("CREATE TABLE {name}.live_note (id int PRIMARY KEY, deleted_at timestamptz)"),
        ]).await;
        let elsewhere = SoftDeleteSchema::new("live_note", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        let both = live_schema(format!("{schema}_third")).of(loan::Entity)
            .with(elsewhere.clone().in_schema(name.clone()))
            .with(elsewhere.in_schema(schema.clone()));
        let message = why(both.apply(&**db).await);
        assert!(message.contains("cannot both be `live_note`"), "{message}");
        assert_eq!(number(db, &format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{schema}_third'")).await, 0);
    }

    async fn a_scoped_connection_applies_it_too(db: &TestDb) {
        let live = fill(db).await;
        live.apply(&db.scoped()).await?;
        assert_eq!(live.statements(&**db).await?, [""; 0]);
        let reader = reader(db).await;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(ids(&reader, "SELECT id FROM live_folder").await, [4]);
    }
}
