//! A DELETE from a view does to other rows what the entities declare.

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, SqlErr, TransactionTrait};
use sea_orm_soft_delete::{Attribution, Operation, OperationId, deletion_log};

use super::entities::{fill, folder, loan, note, plain, reader, schema_of, text};
use crate::families::rows::{ids, number, run};
use crate::harness::on_databases;

/// The tables, without what differs from one delete to the next: ids and instants of operations.
async fn state(db: &impl ConnectionTrait) -> String {
    let marks = "deleted_at IS NOT NULL, operation_id IS NOT NULL, deleted_by";
    let all = [
        format!("SELECT string_agg((id, notes, trashed_notes, reason, {marks})::text, ' ' ORDER BY id) FROM {{}}.live_folder"),
        format!("SELECT string_agg((id, updated_at = deleted_at, {marks})::text, ' ' ORDER BY id) FROM {{}}.live_note"),
        "SELECT string_agg(id::text, ' ' ORDER BY id) FROM {}.live_attachment".to_owned(),
        "SELECT string_agg((verb, entity, count, root_key, who, reason, is_taken, length(at), length(operation))::text, ' ' \
         ORDER BY id) FROM {}.deletion_log".to_owned(),
        "SELECT concat(count(DISTINCT o), ' ', count(o)) FROM (SELECT operation_id::text AS o FROM {}.live_folder \
         UNION ALL SELECT operation_id FROM {}.live_note UNION ALL SELECT operation FROM {}.deletion_log) AS o".to_owned(),
    ];
    let schema = text(db, "SELECT replace(current_schema()::text, '_other', '')").await;
    let mut state = Vec::new();
    for sql in all {
        state.push(text(db, &sql.replace("{}", &schema)).await);
    }
    state.join("\n")
}

/// The same without the log, which counts a root below another root once more through a view.
async fn without_log(db: &impl ConnectionTrait) -> Vec<String> {
    let state = state(db).await;
    state.lines().take(3).map(str::to_owned).collect()
}

on_databases! { [postgres: Postgres]
    async fn a_delete_through_a_view_does_what_the_verb_does(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        // A note that was trashed before stays in its operation.
        run(db, &["INSERT INTO live_note (folder_id, title) VALUES (3, 'five')", "UPDATE live_loan SET is_deleted = TRUE"]).await;
        note::Entity::delete_by_id(5).exec(&**db).await?;
        for roots in [vec![1], vec![2], vec![3], vec![4], vec![2, 4]] {
            let verb = db.begin().await?;
            let delete = folder::Entity::delete_many().filter(folder::Column::Id.is_in(roots.clone()));
            delete.by(7).because("spam").exec(&verb).await?;
            let by_verb = state(&verb).await;
            verb.rollback().await?;

            let view = reader.begin().await?;
            view.execute_unprepared("SET LOCAL soft_delete.deleted_by = '7'; SET LOCAL soft_delete.reason = 'spam'").await?;
            let list: Vec<String> = roots.iter().map(ToString::to_string).collect();
            let delete = format!("DELETE FROM live_folder WHERE id IN ({})", list.join(", "));
            assert_eq!(view.execute_unprepared(&delete).await?.rows_affected(), roots.len() as u64);
            assert_eq!(state(&view).await, by_verb, "{delete}");
            view.rollback().await?;
        }
        for id in [1, 2, 3, 4] {
            let verb = db.begin().await?;
            Attribution::by("ann").scope(note::Entity::delete_by_id(id).exec(&verb)).await?;
            let by_verb = state(&verb).await;
            verb.rollback().await?;
            let view = reader.begin().await?;
            view.execute_unprepared("SET LOCAL soft_delete.deleted_by = 'ann'").await?;
            view.execute_unprepared(&format!("DELETE FROM live_note WHERE id = {id}")).await?;
            assert_eq!(state(&view).await, by_verb, "note {id}");
            view.rollback().await?;
        }
    }

    async fn a_delete_of_random_rows_does_what_the_verb_does(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let mut refused = 0;
        for seed in 1..=30 {
            // One text, because `setseed` counts for its connection only.
            let rows = [
                "TRUNCATE live_folder, live_note, live_attachment, live_loan, deletion_log RESTART IDENTITY".to_owned(),
                format!("SELECT setseed({seed} / 31.0)"),
                "INSERT INTO live_folder (parent_id) SELECT nullif((random() * 20)::int, 0) FROM generate_series(1, 20)".to_owned(),
                "INSERT INTO live_note (folder_id, title) SELECT nullif((random() * 20)::int, 0), 'n' FROM generate_series(1, 40)".to_owned(),
                "INSERT INTO live_attachment (note_id) SELECT 1 + (random() * 39)::int FROM generate_series(1, 40)".to_owned(),
                "INSERT INTO live_loan (folder_id, is_deleted) SELECT 1 + (random() * 19)::int, random() < 0.9 FROM generate_series(1, 5)".to_owned(),
                "UPDATE live_note SET is_held = TRUE WHERE random() < 0.03".to_owned(),
                "UPDATE live_folder f SET notes = (SELECT count(*) FROM live_note WHERE folder_id = f.id)".to_owned(),
            ];
            run(db, &[&rows.join("; ")]).await;
            // Some rows are in the trash before.
            note::Entity::delete_many().filter(note::Column::Id.lt(8)).exec(&**db).await.ok();
            folder::Entity::delete_by_id(20).exec(&**db).await.ok();
            let roots: Vec<i32> = ids(db, &format!("SELECT id FROM live_folder WHERE (id * {seed}) % 7 = 3")).await;

            let verb = db.begin().await?;
            let delete = folder::Entity::delete_many().filter(folder::Column::Id.is_in(roots.clone()));
            let by_verb = delete.by(7).exec(&verb).await;
            let after_verb = without_log(&verb).await;
            verb.rollback().await?;

            let view = reader.begin().await?;
            view.execute_unprepared("SET LOCAL soft_delete.deleted_by = '7'").await?;
            let delete = plain::folder::Entity::delete_many()
                .filter(plain::folder::Column::Id.is_in(roots.clone()));
            match (by_verb, delete.exec(&view).await) {
                (Ok(by_verb), Ok(by_view)) => {
                    assert_eq!(by_view.rows_affected, by_verb.rows_affected, "seed {seed}");
                    assert_eq!(without_log(&view).await, after_verb, "seed {seed}, {roots:?}");
                }
                (Err(_), Err(_)) => refused += 1,
                (by_verb, by_view) => panic!("seed {seed}, {roots:?}: {by_verb:?}, {by_view:?}"),
            }
            view.rollback().await?;
        }
        assert!((1..28).contains(&refused), "{refused} of 30 were refused");
    }

    async fn a_family_is_trashed_and_restored_together(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        reader.execute_unprepared("DELETE FROM live_folder WHERE id = 1").await?;
        assert_eq!(ids(&reader, "SELECT id FROM live_folder").await, [4]);
        assert_eq!(ids(&reader, "SELECT id FROM live_note ORDER BY id").await, [3, 4]);
        assert_eq!(number(db, "SELECT count(*) FROM live_attachment").await, 1);
        let counts = "SELECT count(*) FROM live_folder WHERE id IN (1, 2) AND notes = 0 AND trashed_notes = 1";
        assert_eq!(number(db, counts).await, 2);
        let deeds = deletion_log::Entity::find().all(&**db).await?;
        let told: Vec<String> = deeds.iter().map(|deed| format!("{} {:?}", deed, deed.root_key)).collect();
        let at = &deeds[0].at;
        assert_eq!(told, [
            format!("{at} delete of 3 `live_folder` Some(\"1\")"),
            format!("{at} delete of 2 `live_note` None"),
        ]);
        let operations = Operation::list().in_family_of(folder::Entity).all(&**db).await?;
        assert_eq!(operations.len(), 1);
        let id: OperationId = operations[0].id();
        assert_eq!(deeds[0].operation(), Some(id));
        assert_eq!(deeds[0].instant(), Some(id.instant()));
        operations[0].restore(&**db).await?;
        assert_eq!(ids(&reader, "SELECT id FROM live_folder ORDER BY id").await, [1, 2, 3, 4]);
        assert_eq!(number(&reader, "SELECT count(*) FROM live_note").await, 4);
    }

    async fn a_delete_of_parents_and_children_trashes_each_row_once(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let deleted = reader.execute_unprepared("DELETE FROM live_folder WHERE id IN (3, 1)").await?;
        assert_eq!(deleted.rows_affected(), 2);
        assert_eq!(ids(&reader, "SELECT id FROM live_folder").await, [4]);
        assert_eq!(ids(db, "SELECT count::int FROM deletion_log ORDER BY id").await, [3, 2]);
        assert_eq!(text(&**db, "SELECT root_key FROM deletion_log ORDER BY id LIMIT 1").await, "1");
        assert_eq!(number(db, "SELECT count(DISTINCT operation_id) FROM live_folder").await, 1);
    }

    async fn a_delete_that_is_restricted_changes_nothing(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let before = state(&**db).await;
        let refused = reader.execute_unprepared("DELETE FROM live_folder").await.unwrap_err();
        assert!(matches!(refused.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))), "{refused:?}");
        let message = "live rows of live_loan forbid to delete the rows of live_folder to which they belong";
        assert!(refused.to_string().contains(message), "{refused}");
        assert_eq!(state(&**db).await, before);
        loan::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(reader.execute_unprepared("DELETE FROM live_folder").await?.rows_affected(), 4);
        assert_eq!(ids(&reader, "SELECT id FROM live_note").await, [4]);
    }

    async fn nothing_below_a_row_on_legal_hold_is_destroyed(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        run(db, &["UPDATE live_note SET is_held = TRUE WHERE id = 2"]).await;
        let before = state(&**db).await;
        let refused = reader.execute_unprepared("DELETE FROM live_folder WHERE id = 1").await.unwrap_err().to_string();
        assert!(refused.contains("a legal hold keeps the rows of live_note"), "{refused}");
        assert_eq!(state(&**db).await, before);
        assert_eq!(reader.execute_unprepared("DELETE FROM live_note WHERE id = 1").await?.rows_affected(), 1);
    }

    async fn children_that_the_user_may_not_change_are_trashed_too(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        let role = format!("{}_role", schema_of(db).await);
        let live = format!("{}_other", schema_of(db).await);
        let schema = schema_of(db).await;
        run(db, &[
            &format!("CREATE ROLE {role}"),
            &format!("GRANT USAGE ON SCHEMA {schema}, {live} TO {role}"),
            &format!("GRANT SELECT, UPDATE, DELETE ON live_folder, {live}.live_folder TO {role}"),
            &format!("GRANT SELECT, DELETE ON {live}.live_note TO {role}"),
            "ALTER TABLE live_note ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY nobody ON live_note USING (FALSE)",
        ]).await;
        let transaction = reader.begin().await?;
        transaction.execute_unprepared(&format!("SET LOCAL ROLE {role}")).await?;
        let savepoint = transaction.begin().await?;
        let denied = savepoint.execute_unprepared("SELECT * FROM live_note").await.unwrap_err().to_string();
        assert!(denied.contains("permission denied for table live_note"), "{denied}");
        savepoint.rollback().await?;
        let savepoint = transaction.begin().await?;
        let function = format!("{live}.live_folder_soft_delete_after");
        let denied = savepoint.execute_unprepared(&format!(
            "CREATE TEMP TABLE own (id int); CREATE TRIGGER own AFTER DELETE ON own EXECUTE FUNCTION {function}()"
        )).await.unwrap_err().to_string();
        assert!(denied.contains("permission denied for function"), "{denied}");
        savepoint.rollback().await?;
        transaction.execute_unprepared("DELETE FROM live_folder WHERE id = 1").await?;
        transaction.commit().await?;
        assert_eq!(ids(db, "SELECT id FROM live_note WHERE deleted_at IS NULL ORDER BY id").await, [3, 4]);
        run(db, &[&format!("DROP OWNED BY {role}"), &format!("DROP ROLE {role}")]).await;
    }

    async fn entities_in_a_circle_are_trashed_to_the_last_row(db: &TestDb) {
        fill(db).await.apply(&**db).await?;
        let reader = reader(db).await;
        run(db, &[
            "UPDATE live_folder SET parent_id = 3 WHERE id = 1",
            "INSERT INTO live_folder (parent_id) SELECT CASE n WHEN 5 THEN 3 ELSE n - 1 END FROM generate_series(5, 60) AS n",
        ]).await;
        reader.execute_unprepared("DELETE FROM live_folder WHERE id = 2").await?;
        assert_eq!(ids(&reader, "SELECT id FROM live_folder").await, [4]);
        assert_eq!(number(db, "SELECT count(DISTINCT operation_id) FROM live_folder").await, 1);
    }
}
