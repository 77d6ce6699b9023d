//! Counter caches: columns of a parent that hold how many live and trashed rows belong to it.

use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, IntoActiveModel, Set, TransactionTrait};
use sea_orm_soft_delete::doctor::{Doctor, FindingCode, Severity};
use sea_orm_soft_delete::{
    Archive, Backup, Counters, Erasure, Inserted, Operation, Purge, Scopable, SoftDeleteError,
};

use crate::families::rows::{number, run};
use crate::harness::{TestDb, on_every_database, on_every_server};

mod entities;
mod mistakes;
mod random;

use self::entities::*;

async fn newest(db: &TestDb) -> Result<Operation, SoftDeleteError> {
    let trash = Operation::list().in_family_of(folder::Entity).limit(1);
    Ok(trash.all(&**db).await?.remove(0))
}

fn purge() -> Purge {
    let purge = Purge::of_all().in_family_of(folder::Entity);
    purge.in_family_of(word::Entity).older_than(Duration::ZERO)
}

on_every_database! {
    async fn each_verb_counts_the_rows_that_changed(db: &TestDb) {
        book(db).await?;
        let (one, two) = ((1, 1), (1, 2));
        assert_eq!(words(db, 1, 1).await, [3, 0]);
        assert_eq!(word::Entity::delete_by_id(one).exec(&**db).await?.rows_affected, 1);
        assert_eq!(word::Entity::delete_by_id(one).exec(&**db).await?.rows_affected, 0);
        assert_eq!(words(db, 1, 1).await, [2, 1]);
        let word = word::Entity::find_by_id(two).one(&**db).await?.unwrap();
        word.delete(&**db).await?;
        assert_eq!(words(db, 1, 1).await, [1, 2]);
        let word = word::Entity::restore_by_id(two).exec(&**db).await?;
        assert_eq!(words(db, 1, 1).await, [2, 1]);
        assert!(word::Entity::restore_by_id(two).exec(&**db).await.is_err());
        assert_eq!(words(db, 1, 1).await, [2, 1]);
        word.force_delete(&**db).await?; // a live one
        assert_eq!(words(db, 1, 1).await, [1, 1]);
        word::Entity::force_delete_by_id(one).exec(&**db).await?; // a trashed one
        assert_eq!(words(db, 1, 1).await, [1, 0]);

        assert_eq!(word::Entity::delete_many().exec(&**db).await?.rows_affected, 4);
        assert_eq!(
            [words(db, 1, 1).await, words(db, 1, 2).await, words(db, 2, 1).await],
            [[0, 1], [0, 1], [0, 1]],
        );
        let in_one = word::Column::Book.eq(1);
        assert_eq!(word::Entity::restore_many().filter(in_one).exec(&**db).await?.rows_affected, 3);
        assert_eq!([words(db, 1, 2).await, words(db, 2, 1).await], [[1, 0], [0, 1]]);
        let removed = word::Entity::force_delete_many().only_trashed().exec(&**db).await?;
        assert_eq!(removed.rows_affected, 1);
        let preview = word::Entity::delete_many().preview(&**db).await?;
        word::Entity::delete_many().confirm(&preview, &**db).await?;
        right_words(db).await;
        let counts = word::Entity::restore_many().exec_by_entity(&**db).await?;
        assert_eq!(counts[0].count, 3);
        right_words(db).await;
        if db.returns_updated_rows() {
            let deleted = word::Entity::delete_many().exec_with_returning(&**db).await?;
            assert_eq!(deleted.len(), 3);
            right_words(db).await;
            word::Entity::restore_many().exec_with_returning(&**db).await?;
            right_words(db).await;
            word::Entity::force_delete_many().exec_with_returning(&**db).await?;
            assert_eq!(words(db, 1, 1).await, [0, 0]);
        }
    }

    async fn a_row_without_a_parent_is_counted_nowhere(db: &TestDb) {
        book(db).await?;
        word::Entity::delete_by_id((1, 5)).exec(&**db).await?;
        word::Entity::restore_by_id((1, 5)).exec(&**db).await?;
        word::Entity::force_delete_by_id((1, 5)).exec(&**db).await?;
        assert_eq!([words(db, 1, 1).await, words(db, 1, 2).await], [[3, 0], [1, 0]]);
        desk(db).await?;
        note::Entity::delete_by_id(9).exec(&**db).await?; // its author counts it
        assert_eq!(written(db, 1).await, 4);
        right(db).await;
    }

    async fn a_cascade_counts_in_the_rows_that_it_trashes(db: &TestDb) {
        desk(db).await?;
        assert_eq!([counts(db, 1).await, counts(db, 2).await], [[1, 0, 3, 0], [1, 0, 2, 0]]);
        note::Entity::delete_by_id(1).exec(&**db).await?;
        folder::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!([counts(db, 1).await, counts(db, 2).await], [[0, 1, 2, 1], [0, 1, 0, 2]]);
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!([counts(db, 1).await, counts(db, 2).await], [[0, 1, 0, 3], [0, 1, 0, 2]]);
        assert_eq!([written(db, 1).await, written(db, 2).await], [2, 0]);
        right(db).await;
        newest(db).await?.restore(&**db).await?;
        assert_eq!([counts(db, 1).await, counts(db, 2).await], [[0, 1, 2, 1], [0, 1, 0, 2]]);
        right(db).await;
        folder::Entity::restore_by_id(2).exec(&**db).await?;
        note::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!([counts(db, 1).await, counts(db, 2).await], [[1, 0, 3, 0], [1, 0, 2, 0]]);
        assert_eq!([written(db, 1).await, written(db, 2).await], [5, 3]);
    }

    async fn a_restore_of_a_part_counts_the_part(db: &TestDb) {
        desk(db).await?;
        folder::Entity::delete_many().exec(&**db).await?;
        right(db).await;
        folder::Entity::restore_by_id(4).exec(&**db).await?;
        assert_eq!(counts(db, 4).await, [0, 0, 2, 0]);
        right(db).await;
        note::Entity::restore_by_id(6).with_ancestors().exec(&**db).await?;
        right(db).await;
        note::Entity::delete_many().exec(&**db).await?;
        note::Entity::restore_many().filter(note::Column::Id.lte(4)).exec(&**db).await?;
        right(db).await;
    }

    async fn a_force_delete_counts_live_and_trashed_rows(db: &TestDb) {
        desk(db).await?;
        note::Entity::delete_by_id(4).exec(&**db).await?;
        folder::Entity::force_delete_by_id(2).exec(&**db).await?; // with folder 3, notes 4 to 6
        assert_eq!(counts(db, 1).await, [0, 0, 3, 0]);
        assert_eq!([written(db, 1).await, written(db, 2).await], [4, 1]);
        right(db).await;
        folder::Entity::delete_by_id(4).exec(&**db).await?;
        newest(db).await?.force_delete(&**db).await?;
        right(db).await;
        let held = folder::Entity::force_delete_many().exec_skipping_held(&**db).await?;
        assert_eq!((held.removed, held.held.len()), (1, 0));
        right(db).await;
    }

    async fn rows_of_a_backup_are_counted_again(db: &TestDb) {
        desk(db).await?;
        book(db).await?;
        let file = tempfile::NamedTempFile::new().unwrap();
        let backup = Backup::to(file.reopen().unwrap());
        let removed = async {
            note::Entity::delete_by_id(4).exec(&**db).await?;
            note::Entity::force_delete_by_id(4).exec(&**db).await?;
            folder::Entity::force_delete_by_id(2).exec(&**db).await?; // with folder 3
            word::Entity::delete_by_id((1, 1)).exec(&**db).await?;
            purge().run(&**db).await?;
            Ok::<_, SoftDeleteError>(())
        };
        backup.scope(removed).await?;
        right(db).await;
        note::Entity::delete_many().exec(&**db).await?;
        Backup::read(file.reopen().unwrap())?.restore(&**db).await?;
        right(db).await;
        assert_eq!(words(db, 1, 1).await, [2, 1]);
    }

    async fn a_purge_in_slices_counts_each_slice(db: &TestDb) {
        desk(db).await?;
        book(db).await?;
        note::Entity::delete_many().filter(note::Column::FolderId.eq(1)).exec(&**db).await?;
        word::Entity::delete_many().filter(word::Column::Book.eq(1)).exec(&**db).await?;
        folder::Entity::delete_by_id(2).exec(&**db).await?;
        for rows in [1, 2, 3] {
            let report = purge().rows_per_transaction(2).at_most_rows(rows).run(&**db).await?;
            assert!(report.blocked.is_empty(), "{report}");
            right(db).await;
            right_words(db).await;
        }
        purge().run(&**db).await?;
        assert_eq!(number(db, "SELECT COUNT(*) FROM counter_note WHERE deleted_at IS NOT NULL").await, 0);
        assert_eq!((counts(db, 1).await, words(db, 1, 1).await), ([0, 0, 0, 0], [0, 0]));
        right(db).await;
        right_words(db).await;
    }

    async fn archived_rows_are_not_counted_until_they_return(db: &TestDb) {
        desk(db).await?;
        note::Entity::delete_by_id(1).exec(&**db).await?;
        let of_note = newest(db).await?;
        folder::Entity::delete_by_id(2).exec(&**db).await?;
        let of_folder = newest(db).await?;
        assert_eq!(counts(db, 1).await, [0, 1, 2, 1]);
        let report = Archive::of::<folder::Entity>().rows_per_transaction(2).run(&**db).await?;
        assert_eq!(report.operations, 2, "{report}");
        assert_eq!(counts(db, 1).await, [0, 0, 2, 0]);
        right(db).await;
        of_folder.restore(&**db).await?;
        assert_eq!([counts(db, 1).await, counts(db, 2).await], [[1, 0, 2, 0], [1, 0, 2, 0]]);
        right(db).await;
        of_note.restore(&**db).await?;
        assert_eq!(counts(db, 1).await, [1, 0, 3, 0]);
        right(db).await;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        Archive::of::<folder::Entity>().run(&**db).await?;
        newest(db).await?.force_delete(&**db).await?;
        right(db).await;
    }

    async fn a_part_of_an_archived_operation_returns_with_right_counts(db: &TestDb) {
        desk(db).await?;
        for slices in 1..4 {
            folder::Entity::delete_by_id(1).exec(&**db).await?;
            let archive = Archive::of::<folder::Entity>().rows_per_transaction(2);
            archive.at_most_rows(2 * slices).run(&**db).await?;
            right(db).await;
            folder::Entity::restore_by_id(1).exec(&**db).await?;
            right(db).await;
            assert_eq!(counts(db, 1).await, [1, 0, 3, 0], "{slices}");
        }
    }

    async fn a_delete_in_raw_sql_on_a_scoped_connection_is_counted(db: &TestDb) {
        desk(db).await?;
        book(db).await?;
        let scoped = db.scoped();
        scoped.execute_unprepared("DELETE FROM counter_note WHERE folder_id = 1 AND id < 3").await?;
        assert_eq!(counts(db, 1).await, [1, 0, 1, 2]);
        scoped.execute_unprepared("DELETE FROM counter_folder WHERE id = 2").await?;
        <word::Entity as EntityTrait>::delete_many().exec(&scoped).await?;
        right(db).await;
        right_words(db).await;
        folder::Entity::restore_many().exec(&scoped).await?;
        word::Entity::restore_by_id((1, 1)).exec(&scoped).await?;
        note::Entity::force_delete_by_id(4).exec(&scoped).await?;
        right(db).await;
        right_words(db).await;
        purge().run(&scoped).await?;
        Counters::of::<note::Entity>().recount(&scoped).await?;
        right(db).await;
        right_words(db).await;
    }

    async fn a_delete_that_names_a_schema_is_counted_there(db: &TestDb) {
        desk(db).await?;
        let other = db.create_other_schema().await?;
        for table in ["counter_author", "counter_folder", "counter_note"] {
            let copy = format!("CREATE TABLE {other}.{table} AS SELECT * FROM {table}");
            db.execute_unprepared(&copy).await?;
        }
        let delete = format!("DELETE FROM {other}.counter_folder WHERE id = 1");
        db.scoped().execute_unprepared(&delete).await?;
        right(db).await;
        assert_eq!(counts(db, 1).await, [1, 0, 3, 0]);
        let count = |columns: &str, table: &str| {
            format!("SELECT CAST({columns} AS {}) FROM {other}.{table} WHERE id = 1", match db.get_database_backend() {
                DbBackend::MySql => "SIGNED",
                _ => "bigint",
            })
        };
        assert_eq!(number(db, &count("folders * 10 + trashed_folders", "counter_folder")).await, 1);
        assert_eq!(number(db, &count("notes * 10 + trashed_notes", "counter_folder")).await, 3);
        assert_eq!(number(db, &count("notes", "counter_author")).await, 2);
    }

    async fn counts_are_rolled_back_with_the_rows(db: &TestDb) {
        desk(db).await?;
        let txn = db.begin().await?;
        folder::Entity::delete_by_id(1).exec(&txn).await?;
        note::Entity::delete_by_id(7).exec(&txn).await?;
        txn.rollback().await?;
        assert_eq!([counts(db, 1).await, counts(db, 4).await], [[1, 0, 3, 0], [0, 0, 2, 0]]);
        right(db).await;
    }

    async fn a_revived_row_is_counted_by_its_new_parent(db: &TestDb) {
        book(db).await?;
        word::Entity::delete_by_id((1, 2)).exec(&**db).await?;
        let new = word::ActiveModel {
            book: Set(9), place: Set(9), page: Set(Some(2)), text: Set("b".into()), ..Default::default()
        };
        let insert = word::Entity::insert_or_revive(new.clone()).by([word::Column::Text]);
        assert!(matches!(insert.exec(&**db).await?, Inserted::Revived(_)));
        assert_eq!([words(db, 1, 1).await, words(db, 1, 2).await], [[2, 0], [2, 0]]);
        right_words(db).await;

        word::Entity::delete_by_id((1, 2)).exec(&**db).await?;
        let new = word::ActiveModel { book: Set(2), place: Set(2), page: Set(Some(1)), ..new };
        let insert = word::Entity::insert_or_replace_trashed(new).by([word::Column::Text]);
        let Inserted::Replaced(word) = insert.exec(&**db).await? else { panic!("it was trashed") };
        assert_eq!([words(db, 1, 2).await, words(db, 2, 1).await], [[1, 0], [1, 0]]);
        Counters::add(&word, &**db).await?; // an INSERT is counted by the application
        assert_eq!(words(db, 2, 1).await, [2, 0]);
        right_words(db).await;
    }

    async fn an_application_counts_its_inserts_and_moves(db: &TestDb) {
        desk(db).await?;
        let note = note::ActiveModel {
            id: Set(10), folder_id: Set(Some(1)), author_id: Set(Some(2)), title: Set("j".into()), ..Default::default()
        };
        let note = note.insert(&**db).await?;
        Counters::add(&note, &**db).await?;
        assert_eq!((counts(db, 1).await, written(db, 2).await), ([1, 0, 4, 0], 4));
        Counters::subtract(&note, &**db).await?;
        let mut moved = note.into_active_model();
        moved.folder_id = Set(Some(4));
        let note = moved.update(&**db).await?;
        Counters::add(&note, &**db).await?;
        assert_eq!([counts(db, 1).await, counts(db, 4).await], [[1, 0, 3, 0], [0, 0, 3, 0]]);
        right(db).await;

        db.create_table(reel::Entity).await;
        db.create_table(frame::Entity).await;
        run(db, &["INSERT INTO counter_reel (id) VALUES (1)"]).await;
        for id in 1..=3 {
            let frame = frame::ActiveModel { id: Set(id), reel_id: Set(1), ..Default::default() };
            frame.insert(&**db).await?; // its behavior counts it
        }
        frame::Entity::delete_many().filter(frame::Column::Id.gt(1)).exec(&**db).await?;
        let counted = "SELECT COUNT(*) FROM counter_reel WHERE trashed_frames = ";
        assert_eq!(number(db, &format!("{counted}2")).await, 1);
        frame::Entity::restore_by_id(2).exec(&**db).await?;
        assert_eq!(number(db, &format!("{counted}1")).await, 1);
        frame::Entity::force_delete_many().exec(&**db).await?;
        assert_eq!(number(db, &format!("{counted}0")).await, 1);
    }

    async fn an_erasure_counts_the_rows_that_it_removes_or_moves(db: &TestDb) {
        book(db).await?;
        word::Entity::delete_by_id((1, 1)).exec(&**db).await?;
        let erasure = || Erasure::of(page::Entity, (1, 1));
        let preview = erasure().preview(&**db).await?;
        erasure().confirm(&preview, b"a secret of thirty-two characters", &**db).await?;
        assert_eq!(words(db, 1, 1).await, [0, 0]);
        right_words(db).await;

        desk(db).await?;
        let erasure = || Erasure::of(folder::Entity, 1);
        let preview = erasure().preview(&**db).await?;
        erasure().confirm(&preview, b"a secret of thirty-two characters", &**db).await?;
        assert_eq!([written(db, 1).await, written(db, 2).await], [3, 2]);
        right(db).await;
    }

    async fn a_recount_repairs_what_is_wrong_and_the_doctor_finds_it(db: &TestDb) {
        desk(db).await?;
        let doctor = || Doctor::new().of(note::Entity).of(folder::Entity);
        let codes = |diagnosis: &sea_orm_soft_delete::doctor::Diagnosis| -> Vec<_> {
            let all = diagnosis.findings().iter();
            all.filter(|it| it.code == FindingCode::CountWrong).cloned().collect()
        };
        assert!(codes(&doctor().examine(&**db).await?).is_empty());
        run(db, &[
            "UPDATE counter_folder SET notes = 7 WHERE id = 1",
            "UPDATE counter_folder SET trashed_notes = 1, folders = 9 WHERE id = 4",
        ]).await;
        let found = codes(&doctor().examine(&**db).await?);
        assert_eq!(found.len(), 2, "{found:?}");
        for finding in &found {
            let (rows, code) = match finding.entity.as_str() {
                "counter_note" => ("2 rows", "note::Entity"),
                _ => ("1 row", "folder::Entity"),
            };
            assert_eq!(finding.severity, Severity::Warning);
            assert!(finding.message.starts_with(rows), "{finding}");
            assert!(finding.remedy.call.as_deref().unwrap().contains(code), "{finding}");
        }
        let wrong = Counters::of::<note::Entity>().find_wrong(&**db).await?;
        assert_eq!(wrong.to_string(), "2 rows of `counter_folder` count `counter_note` wrongly in `notes` and `trashed_notes`");
        let repaired = Counters::of::<note::Entity>().recount(&**db).await?;
        assert_eq!((repaired.rows(), repaired), (2, wrong));
        assert!(Counters::of::<note::Entity>().recount(&**db).await?.is_empty());
        assert_eq!(codes(&doctor().examine(&**db).await?).len(), 1);
        for finding in found.iter().filter(|it| it.entity == "counter_folder") {
            for statement in &finding.remedy.statements {
                db.execute_unprepared(statement).await?;
            }
        }
        assert!(codes(&doctor().examine(&**db).await?).is_empty());
        right(db).await;
    }

    async fn the_statement_of_the_doctor_repairs_each_counter(db: &TestDb) {
        desk(db).await?;
        book(db).await?;
        folder::Entity::delete_by_id(2).exec(&**db).await?;
        word::Entity::delete_by_id((1, 1)).exec(&**db).await?;
        run(db, &[
            "UPDATE counter_folder SET notes = 70, folders = 70, trashed_notes = 70, trashed_folders = 70",
            "UPDATE counter_author SET notes = 70",
            "UPDATE counter_page SET words = 70, trashed_words = 70",
        ]).await;
        let diagnosis = Doctor::new().of(note::Entity).of(folder::Entity).of(word::Entity).examine(&**db).await?;
        let found = diagnosis.findings().iter().filter(|it| it.code == FindingCode::CountWrong);
        let mut statements = 0;
        for statement in found.flat_map(|it| &it.remedy.statements) {
            db.execute_unprepared(statement).await?;
            statements += 1;
        }
        assert_eq!(statements, 4);
        right(db).await;
        right_words(db).await;
    }

    async fn a_missing_column_is_an_error(db: &TestDb) {
        book(db).await?;
        run(db, &["ALTER TABLE counter_page DROP COLUMN trashed_words"]).await;
        let diagnosis = Doctor::new().of(word::Entity).examine(&**db).await?;
        let mut found = diagnosis.findings().iter().filter(|it| it.code == FindingCode::CounterMissing);
        let finding = found.next().unwrap();
        assert_eq!((finding.severity, finding.entity.as_str()), (Severity::Error, "counter_word"));
        assert!(finding.message.contains("`trashed_words` is not there"), "{finding}");
        assert!(word::Entity::delete_by_id((1, 1)).exec(&**db).await.is_err());
        assert_eq!(number(db, "SELECT COUNT(*) FROM counter_word WHERE deleted_at IS NOT NULL").await, 0);
    }

    async fn a_count_that_is_too_low_stays_at_zero(db: &TestDb) {
        book(db).await?;
        run(db, &["UPDATE counter_page SET words = 1 WHERE book = 1 AND number = 1"]).await;
        word::Entity::delete_many().exec(&**db).await?;
        assert_eq!(words(db, 1, 1).await, [0, 3]);
    }
}

on_every_server! {
    async fn concurrent_deletes_and_restores_lose_no_count(db: &TestDb) {
        desk(db).await?;
        for id in 100..148 {
            let insert = format!("INSERT INTO counter_note (id, folder_id, author_id, title) VALUES ({id}, 4, 2, 'x')");
            db.execute_unprepared(&insert).await?;
        }
        Counters::of::<note::Entity>().recount(&**db).await?;
        for round in 0..3 {
            let tasks: Vec<_> = (100..148).map(|id| {
                let db = (*db).clone();
                tokio::spawn(async move {
                    match (id % 4 + round) % 3 {
                        0 => note::Entity::delete_by_id(id).exec(&db).await.map(drop).map_err(Into::into),
                        1 => note::Entity::restore_by_id(id).exec(&db).await.map(drop),
                        _ => note::Entity::delete_many().filter(note::Column::Id.between(id, id + 1)).exec(&db).await
                            .map(drop).map_err(Into::into),
                    }
                })
            }).collect();
            for task in tasks {
                match task.await.unwrap() {
                    Ok(()) | Err(SoftDeleteError::NotTrashed { .. }) => {}
                    Err(error) => assert!(error.is_retryable(), "{error}"),
                }
            }
            right_as(db, &format!("after round {round}")).await;
        }
        assert!(number(db, "SELECT COUNT(*) FROM counter_note WHERE deleted_at IS NOT NULL").await > 10);
    }

    async fn a_force_delete_beside_a_restore_is_counted_once(db: &TestDb) {
        desk(db).await?;
        for round in 0..10 {
            folder::Entity::delete_by_id(4).exec(&**db).await?;
            let restored = {
                let db = (*db).clone();
                tokio::spawn(async move { folder::Entity::restore_by_id(4).exec(&db).await.map(drop) })
            };
            let removed = {
                let db = (*db).clone();
                tokio::spawn(async move { note::Entity::force_delete_by_id(7).exec(&db).await.map(drop) })
            };
            for task in [restored, removed] {
                if let Err(error) = task.await.unwrap() {
                    assert!(error.is_retryable() || matches!(error, SoftDeleteError::Contended { .. }), "{error}");
                }
            }
            right_as(db, &format!("in round {round}")).await;
            folder::Entity::force_delete_by_id(4).exec(&**db).await?;
            run(db, &[
                "INSERT INTO counter_folder (id, parent_id) VALUES (4, NULL)",
                "INSERT INTO counter_note (id, folder_id, author_id, title) VALUES (7, 4, 1, 'g'), (8, 4, NULL, 'h')",
            ]).await;
            Counters::of::<note::Entity>().recount(&**db).await?;
            right(db).await;
        }
    }

    async fn a_recount_beside_deletes_leaves_right_counts(db: &TestDb) {
        desk(db).await?;
        for id in 100..140 {
            let insert = format!("INSERT INTO counter_note (id, folder_id, author_id, title) VALUES ({id}, 4, 2, 'x')");
            db.execute_unprepared(&insert).await?;
        }
        let deletes: Vec<_> = (100..140).map(|id| {
            let db = (*db).clone();
            tokio::spawn(async move { note::Entity::delete_by_id(id).exec(&db).await })
        }).collect();
        for _ in 0..5 {
            // The inserts were not counted, so that the first recount has work to do.
            if let Err(error) = Counters::of::<note::Entity>().recount(&**db).await {
                assert!(error.is_retryable(), "{error}");
            }
        }
        for delete in deletes {
            if let Err(error) = delete.await.unwrap() {
                let error = SoftDeleteError::from(error);
                assert!(error.is_retryable(), "{error}");
            }
        }
        // Deletes before the first recount found a count of 2, which stayed at zero; the recount has counted them.
        Counters::of::<note::Entity>().recount(&**db).await?;
        right(db).await;
    }
}
