//! A DELETE from a view is a soft delete.

use sea_orm::prelude::*;
use sea_orm::{DbBackend, QueryOrder, Statement, TransactionTrait};
use sea_orm_soft_delete::schema::{SoftDeleteSchema, live_schema};
use sea_orm_soft_delete::{Operation, OperationId};

use super::entities::{fill, label, note, plain, reader, schema_of, text};
use crate::families::rows::{ids, number, run};
use crate::harness::on_databases;

on_databases! { [postgres: Postgres]
    async fn a_delete_through_a_view_is_one_operation_that_can_be_restored(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let before = text(&**db, "SELECT clock_timestamp()::text").await;
        let transaction = reader.begin().await?;
        transaction.execute_unprepared("SET LOCAL soft_delete.deleted_by = 'ann'").await?;
        let deleted = plain::note::Entity::delete_many()
            .filter(plain::note::Column::Id.is_in([1, 4]))
            .exec(&transaction)
            .await?;
        assert_eq!(deleted.rows_affected, 2);
        transaction.commit().await?;
        assert_eq!(plain::note::Entity::find().count(&reader).await?, 2);

        let trash = note::Entity::only_trashed().order_by_asc(note::Column::Id).all(&**db).await?;
        let [one, four] = trash.as_slice() else { panic!("{trash:?}") };
        assert_eq!(one.operation_id, four.operation_id);
        assert_eq!(one.deleted_at, four.deleted_at);
        assert_eq!(one.updated_at, one.deleted_at);
        assert_eq!(one.deleted_by.as_deref(), Some("ann"));
        let now = format!("SELECT ('{before}'::timestamptz AT TIME ZONE 'UTC' <= '{}'::timestamp)::text", one.deleted_at.unwrap());
        assert_eq!(text(&**db, &now).await, "true");
        let operations = Operation::list().in_family_of(note::Entity).all(&**db).await?;
        assert_eq!(operations.len(), 1);
        let id = operations[0].id();
        assert_eq!(Some(id.to_string()), one.operation_id);
        let OperationId::Uuid(uuid) = id else { panic!("{id}") };
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(id.instant().to_string(), format!("{}Z", one.deleted_at.unwrap().format("%Y-%m-%dT%H:%M:%S%.6f")));
        operations[0].restore(&**db).await?;
        assert_eq!(plain::note::Entity::find().count(&reader).await?, 4);
        let clean = "SELECT count(*) FROM live_note WHERE operation_id IS NULL AND deleted_by IS NULL";
        assert_eq!(number(db, clean).await, 4);
    }

    async fn each_statement_is_an_operation_of_its_own(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let transaction = reader.begin().await?;
        transaction.execute_unprepared("DELETE FROM live_note WHERE id = 1").await?;
        let savepoint = transaction.begin().await?;
        savepoint.execute_unprepared("DELETE FROM live_note WHERE id = 2").await?;
        savepoint.rollback().await?;
        transaction.execute_unprepared("DELETE FROM live_note WHERE id = 3; DELETE FROM live_note WHERE id = 4").await?;
        transaction.commit().await?;
        assert_eq!(number(db, "SELECT count(DISTINCT operation_id) FROM live_note").await, 3);
        assert_eq!(ids(&reader, "SELECT id FROM live_note").await, [2]);
    }

    async fn rows_return_as_from_a_table(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let returned = "WITH gone AS (DELETE FROM live_note n USING live_folder f WHERE f.id = n.folder_id \
                        AND n.title <> 'two' RETURNING n.id) SELECT id FROM gone ORDER BY id";
        assert_eq!(ids(&reader, returned).await, [1, 3]);
        assert_eq!(ids(&reader, "DELETE FROM live_note WHERE id = 1 RETURNING id").await, [0; 0]);
        assert_eq!(ids(&reader, "DELETE FROM live_note WHERE false RETURNING id").await, [0; 0]);
        assert_eq!(number(db, "SELECT count(DISTINCT operation_id) FROM live_note").await, 1);
    }

    async fn several_deletes_in_one_statement_leave_no_live_row_below_a_trashed_one(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        run(db, &[
            // The delete of note 4 deletes folder 3 and note 3 within the same statement.
            "CREATE FUNCTION also() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM live_folder WHERE id = 3; \
             DELETE FROM live_note WHERE id = 3; RETURN NEW; END $$",
            "CREATE TRIGGER also AFTER UPDATE ON live_note FOR EACH ROW WHEN (NEW.id = 4 AND NEW.deleted_at IS NOT NULL) \
             EXECUTE FUNCTION also()",
        ]).await;
        let statement = "WITH a AS (DELETE FROM live_note WHERE id IN (1, 4) RETURNING folder_id), \
                         b AS (DELETE FROM live_note USING a WHERE id = 2 RETURNING id) \
                         DELETE FROM live_loan WHERE id IN (SELECT 1 FROM b)";
        assert_eq!(reader.execute_unprepared(statement).await?.rows_affected(), 1);
        assert_eq!(ids(&reader, "SELECT id FROM live_folder ORDER BY id").await, [1, 2, 4]);
        assert_eq!(ids(&reader, "SELECT id FROM live_note").await, [0; 0]);
        let unmarked = "SELECT (SELECT count(*) FROM live_note WHERE operation_id IS NULL OR deleted_at IS NULL) \
                        + (SELECT count(*) FROM live_folder WHERE id = 3 AND operation_id IS NULL)";
        assert_eq!(number(db, unmarked).await, 0);
        let wrong = "SELECT count(*) FROM live_folder WHERE notes <> 0 OR trashed_notes <> (SELECT count(*) \
                     FROM live_note WHERE folder_id = live_folder.id)";
        assert_eq!(number(db, wrong).await, 0);
        for operation in Operation::list().in_family_of(note::Entity).all(&**db).await? {
            operation.restore(&**db).await?;
        }
        assert_eq!(number(&reader, "SELECT count(*) FROM live_note").await, 4);
    }

    async fn a_trashed_row_is_not_deleted_again(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        let operation = text(&**db, "SELECT operation_id FROM live_note WHERE id = 1").await;
        let deleted = plain::note::Entity::delete_many().filter(plain::note::Column::Id.ne(2)).exec(&reader).await?;
        assert_eq!(deleted.rows_affected, 2);
        assert_eq!(text(&**db, "SELECT operation_id FROM live_note WHERE id = 1").await, operation);
    }

    async fn a_marker_in_milliseconds_holds_the_time_of_the_delete(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let deleted = reader.execute_unprepared("DELETE FROM live_label WHERE name = 'red'").await?;
        assert_eq!(deleted.rows_affected(), 1);
        let trashed = label::Entity::only_trashed().one(&**db).await?.expect("it is in the trash");
        let now = number(db, "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint").await;
        assert!((now - 60_000..=now).contains(&trashed.deleted_at), "{trashed:?}");
        assert_eq!(number(&reader, "SELECT count(*) FROM live_label").await, 1);
    }

    async fn a_row_that_changes_meanwhile_is_not_deleted(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let writer = db.begin().await?;
        writer.execute_unprepared("UPDATE live_note SET title = 'published' WHERE id = 4").await?;
        let slow = async { reader.execute_unprepared("DELETE FROM live_note WHERE title = 'four'").await };
        let commit = async {
            loop {
                let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                             AND query LIKE 'DELETE FROM live_note WHERE title%'";
                if number(db, waits).await > 0 {
                    break;
                }
            }
            writer.commit().await
        };
        let (deleted, committed) = tokio::join!(slow, commit);
        committed?;
        let error = deleted.unwrap_err().to_string();
        assert!(error.contains("was not deleted, because another transaction"), "{error}");
        assert_eq!(number(db, "SELECT count(*) FROM live_note WHERE deleted_at IS NULL").await, 4);
    }

    async fn a_table_without_a_primary_key_refuses_deletes(db: &TestDb) {
        use sea_orm_soft_delete::describe::Marker;

        run(db, &["CREATE TABLE live_jot (text text, deleted_at timestamptz)", "INSERT INTO live_jot VALUES ('a'), ('b')"]).await;
        let jots = SoftDeleteSchema::new("live_jot", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        let live = fill(db).await.with(jots);
        live.apply(&**db).await?;
        let reader = reader(db).await;
        let error = reader.execute_unprepared("DELETE FROM live_jot").await.unwrap_err().to_string();
        assert!(error.contains("rows of live_jot cannot be deleted through the live schema: its table has no primary key"), "{error}");
        run(db, &["UPDATE live_jot SET deleted_at = now() WHERE text = 'a'"]).await;
        assert_eq!(number(&reader, "SELECT count(*) FROM live_jot").await, 1);
        run(db, &["ALTER TABLE live_jot ADD PRIMARY KEY (text)"]).await;
        live.apply(&**db).await?;
        assert_eq!(reader.execute_unprepared("DELETE FROM live_jot").await?.rows_affected(), 1);
        assert_eq!(number(db, "SELECT count(*) FROM live_jot WHERE deleted_at IS NOT NULL").await, 2);
    }

    async fn a_partitioned_table_trashes_its_rows(db: &TestDb) {
        use sea_orm_soft_delete::describe::Marker;

        run(db, &[
            "CREATE TABLE live_event (id int, day int, deleted_at timestamptz, operation_id uuid, \
             PRIMARY KEY (id, day)) PARTITION BY LIST (day)",
            "CREATE TABLE live_event_1 PARTITION OF live_event FOR VALUES IN (1)",
            "CREATE TABLE live_event_2 PARTITION OF live_event FOR VALUES IN (2)",
            "INSERT INTO live_event VALUES (1, 1), (1, 2), (2, 2)",
        ]).await;
        let events = SoftDeleteSchema::new("live_event", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
            .with_operation::<Option<Uuid>>("operation_id");
        let live = fill(db).await.with(events);
        live.apply(&**db).await?;
        let reader = reader(db).await;
        assert_eq!(reader.execute_unprepared("DELETE FROM live_event WHERE day = 2").await?.rows_affected(), 2);
        assert_eq!(number(&reader, "SELECT count(*) FROM live_event").await, 1);
        assert_eq!(number(db, "SELECT count(*) FROM live_event").await, 3);
    }

    async fn a_table_in_another_schema_and_names_that_need_quotes(db: &TestDb) {
        use sea_orm_soft_delete::describe::Marker;

        let schema = schema_of(db).await;
        run(db, &[
            "CREATE TYPE live_mood AS ENUM ('sad', 'ok')",
            &format!("CREATE TABLE {schema}.\"Odd \"\"$soft_delete$ it's\" (\"my id\" serial PRIMARY KEY, mood live_mood DEFAULT 'ok', \
                     twice int GENERATED ALWAYS AS (\"my id\" * 2) STORED, \"Deleted At\" timestamptz, \"Who\" varchar(5))"),
            "CREATE TABLE \"order\" (\"user\" serial PRIMARY KEY, \"select\" bool NOT NULL DEFAULT FALSE)",
        ]).await;
        let odd = SoftDeleteSchema::new("Odd \"$soft_delete$ it's", Marker::of::<Option<DateTimeUtc>>("Deleted At"))
            .in_schema(schema.clone())
            .with_deleted_by::<Option<String>>("Who");
        let live = live_schema(format!("{schema}_other")).of(label::Entity).with(odd)
            .with(SoftDeleteSchema::new("order", Marker::of::<bool>("select")));
        db.create_table(label::Entity).await;
        live.apply(&**db).await?;
        assert_eq!(live.statements(&**db).await?, [""; 0]);
        let reader = reader(db).await;
        let insert = "INSERT INTO \"Odd \"\"$soft_delete$ it's\" DEFAULT VALUES RETURNING twice";
        assert_eq!(ids(&reader, insert).await, [2]);
        let too_long = reader.begin().await?;
        too_long.execute_unprepared("SET LOCAL soft_delete.deleted_by = 'a long name'").await?;
        let refused = too_long.execute_unprepared("DELETE FROM \"Odd \"\"$soft_delete$ it's\"").await;
        assert!(refused.is_err());
        too_long.rollback().await?;
        let delete = "DELETE FROM \"Odd \"\"$soft_delete$ it's\" WHERE mood = 'ok'";
        let delete = Statement::from_string(DbBackend::Postgres, delete);
        assert_eq!(reader.execute_raw(delete).await?.rows_affected(), 1);
        assert_eq!(number(&reader, "SELECT count(*) FROM \"Odd \"\"$soft_delete$ it's\"").await, 0);
        assert_eq!(ids(&reader, "INSERT INTO \"order\" DEFAULT VALUES RETURNING \"user\"").await, [1]);
        assert_eq!(ids(&reader, "DELETE FROM \"order\" RETURNING \"user\"").await, [1]);
        assert_eq!(number(&reader, "SELECT count(*) FROM \"order\"").await, 0);
        assert_eq!(number(db, "SELECT count(*) FROM \"order\"").await, 1);
    }
}
