//! Archive: trash is moved to twins of its tables, and comes back exactly.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{FromQueryResult, JsonValue, QueryOrder, Set, Statement};
use sea_orm_soft_delete::deletion_log;
use sea_orm_soft_delete::doctor::{Doctor, FindingCode};
use sea_orm_soft_delete::purged::BlockedBy;
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{
    Archive, Attribution, Erasure, Operation, OperationId, Purge, Scopable, SoftDeleteError,
};

use crate::families::rows::{number, refusal, run};
use crate::harness::sqlite_file::SqliteFile;
use crate::harness::{Server, TestDb, on_every_database, on_every_server};
use crate::watched::{Crash, Watched};

mod law;
pub(crate) mod library;

use self::library::*;

/// Every row of every table and archive of the library, as text.
async fn dump(db: &TestDb) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES
        .iter()
        .flat_map(|it| [(*it).to_owned(), format!("{it}_archive")])
    {
        for row in rows_of(db, &table).await {
            all.push(format!("{table}: {row}"));
        }
    }
    all
}

async fn rows_of(db: &TestDb, table: &str) -> Vec<String> {
    let backend = db.get_database_backend();
    // Each a statement of its own, because PostgreSQL does not run a prepared one after a change of the table.
    static READS: AtomicU32 = AtomicU32::new(0);
    let read = READS.fetch_add(1, Ordering::Relaxed);
    let all = Statement::from_string(backend, format!("SELECT * FROM {table} /* {read} */"));
    let rows = db.query_all_raw(all).await.unwrap();
    let rows = rows
        .iter()
        .map(|row| JsonValue::from_query_result(row, "").unwrap().to_string());
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    rows
}

async fn count(db: &TestDb, table: &str) -> i64 {
    number(db, &format!("SELECT COUNT(*) FROM {table}")).await
}

/// How many rows the archives have, by table.
async fn archived(db: &TestDb) -> Vec<i64> {
    let mut all = Vec::new();
    for table in TABLES {
        all.push(count(db, &format!("{table}_archive")).await);
    }
    all
}

async fn newest(db: &TestDb) -> Result<Operation, SoftDeleteError> {
    Ok(trash(db).await?.remove(0))
}

async fn find(id: OperationId, db: &TestDb) -> Result<Option<Operation>, SoftDeleteError> {
    Ok(trash(db).await?.into_iter().find(|it| it.id() == id))
}

/// The operations in the trash, the newest first.
async fn trash(db: &TestDb) -> Result<Vec<Operation>, SoftDeleteError> {
    let trash = Operation::list().in_family_of(shelf::Entity).limit(1_000);
    trash.all(&**db).await
}

fn archive() -> Archive {
    Archive::of::<shelf::Entity>()
}

/// Values of reader 1 in live, trashed and archived rows. Returns the archived delete of book 2.
pub(crate) async fn plant(db: &TestDb) -> Result<Operation, SoftDeleteError> {
    run(
        db,
        &[
            "INSERT INTO archive_reader (id, name) VALUES (1, 'planted'), (2, 'other')",
            "UPDATE archive_shelf SET reader_id = 1, name = 'planted' WHERE id = 1",
            "UPDATE archive_shelf SET reader_id = 2, name = 'other' WHERE id = 3",
            "UPDATE archive_book SET isbn = 'planted 1' WHERE id = 1",
            "UPDATE archive_book SET isbn = 'planted 2' WHERE id = 2",
            "UPDATE archive_page SET body = 'planted' WHERE book_id IN (1, 2)",
            "UPDATE archive_page SET body = 'other' WHERE book_id = 4",
        ],
    )
    .await;
    page::Entity::delete_by_id(1).exec(&**db).await?;
    archive().run(&**db).await?;
    book::Entity::delete_by_id(2).exec(&**db).await?;
    archive().run(&**db).await?;
    let of_book = newest(db).await?;
    assert_eq!(archived(db).await, [0, 1, 3]);
    shelf::Entity::delete_by_id(1)
        .because("planted")
        .exec(&**db)
        .await?;
    Ok(of_book)
}

#[tokio::test]
async fn the_file_of_sqlite_holds_nothing_of_the_subject_of_archived_rows_after_vacuum() {
    let file = SqliteFile::new().await.unwrap();
    let db = &file.db;
    library(db).await.unwrap();
    plant(db).await.unwrap();
    assert!(file.contains("planted"));
    let erasure = || Erasure::of(reader::Entity, 1);
    let preview = erasure().preview(&**db).await.unwrap();
    let secret = b"a secret of the receipts";
    erasure().confirm(&preview, secret, &**db).await.unwrap();
    file.vacuum().await.unwrap();
    assert!(file.contains("other") && !file.contains("planted"));
}

on_every_database! {
    async fn an_operation_is_moved_and_comes_back_exactly(db: &TestDb) {
        library(db).await?;
        shelf::Entity::delete_by_id(1).by(7).because("moved out").exec(&**db).await?;
        let before = dump(db).await;
        let operation = newest(db).await?;
        assert_eq!((operation.count(), operation.is_archived()), (10, false));

        let report = Attribution::by("admin").scope(archive().run(&**db)).await?;
        let moved: Vec<(&str, u64)> =
            report.archived.iter().map(|it| (it.entity.as_str(), it.count)).collect();
        let mut sorted = moved.clone();
        sorted.sort();
        assert_eq!(sorted, [
            ("archive_book", 3), ("archive_page", 5), ("archive_shelf", 2),
        ], "{report}");
        assert_eq!((report.operations, report.rows(), &report.blocked[..]), (1, 10, &[][..]));
        assert_eq!(archived(db).await, [2, 3, 5]);
        assert_eq!(shelf::Entity::only_trashed().count(&**db).await?, 0);
        let who = "SELECT COUNT(*) FROM archive_book_archive WHERE soft_delete_archived_by = 'admin'";
        assert_eq!(number(db, who).await, 3);

        let found = newest(db).await?;
        assert_eq!(found.id(), operation.id());
        assert_eq!((found.deleted_by(), found.reason()), (operation.deleted_by(), Some("moved out")));
        let members = found.members().iter();
        let members: Vec<_> = members.map(|it| (it.entity.as_str(), it.count, it.archived, it.roots)).collect();
        assert_eq!(members, [
            ("archive_shelf", 2, 2, 1), ("archive_book", 3, 3, 0), ("archive_page", 5, 5, 0),
        ]);
        assert_eq!(found.roots()[0].title.as_deref(), Some("Garden"));
        let search = |name: &str| Operation::list().in_family_of(shelf::Entity).containing(shelf::Entity, shelf::Column::Name.eq(name));
        assert_eq!(search("Garden").all(&**db).await?, std::slice::from_ref(&found));
        assert_eq!(search("Cellar").all(&**db).await?, []);
        assert_eq!(archive().run(&**db).await?.rows(), 0);

        let previews = found.preview_restore(&**db).await?;
        assert_eq!(found.confirm_restore(&previews, &**db).await?, 10);
        assert_eq!(archived(db).await, [0, 0, 0]);
        assert_eq!(shelf::Entity::find().count(&**db).await?, 3);
        assert_eq!(book::Entity::find().count(&**db).await?, 4);
        let now = dump(db).await;
        let values = |rows: &[String]| -> Vec<String> {
            rows.iter().map(|row| without_stamps(row)).collect()
        };
        assert_eq!(values(&now), values(&before)); // nothing differs but the stamps of the delete
    }

    async fn a_run_that_is_cut_off_leaves_what_a_restore_still_restores(db: &TestDb) {
        library(db).await?;
        let live = dump(db).await;
        for stop_after in 1..6 {
            shelf::Entity::delete_by_id(1).exec(&**db).await?;
            let mut runs = 0;
            let report = archive()
                .rows_per_transaction(2)
                .run_with(
                    |_| {
                        runs += 1;
                        let end = if runs == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
                        std::future::ready(end)
                    },
                    &**db,
                )
                .await?;
            assert!(report.rows() < 10 || stop_after == 5, "{report}");
            let operation = newest(db).await?;
            assert_eq!(operation.count(), 10, "after {stop_after}");
            assert!(operation.is_archived());
            if stop_after % 2 == 0 {
                // A part restores its rows of the operation, too.
                shelf::Entity::restore_by_id(1).exec(&**db).await?;
            } else {
                assert_eq!(operation.restore(&**db).await?, 10);
            }
            assert_eq!(dump(db).await, live, "after {stop_after}");
        }
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        archive().rows_per_transaction(2).at_most_rows(4).run(&**db).await?;
        let report = archive().rows_per_transaction(2).run(&**db).await?;
        assert_eq!((report.operations, archived(db).await), (1, vec![2, 3, 5]));
    }

    async fn a_force_delete_and_a_purge_reach_the_archive(db: &TestDb) {
        library(db).await?;
        deletion_log::Entity::delete_many().exec(&**db).await?;
        book::Entity::delete_by_id(3).exec(&**db).await?;
        let of_book = newest(db).await?;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        let of_shelf = newest(db).await?;
        assert_eq!(archive().older_than(Duration::from_secs(3_600)).run(&**db).await?.rows(), 0);
        assert_eq!(archive().run(&**db).await?.operations, 2);
        assert_eq!(of_book.force_delete(&**db).await?, 2);
        assert_eq!(archived(db).await, [2, 2, 4]);
        let preview = Purge::of_all().in_family_of(shelf::Entity).older_than(Duration::ZERO);
        assert_eq!(preview.preview(&**db).await?.rows(), 8);
        for rows in [100, 1] {
            let purge = preview.clone().rows_per_transaction(rows).run(&**db).await?;
            let expected = if rows == 100 { 8 } else { 10 };
            assert_eq!((purge.rows(), purge.operations), (expected, 1), "{purge}");
            assert_eq!(archived(db).await, [0, 0, 0]);
            if rows == 100 {
                assert_eq!(find(of_shelf.id(), db).await?, None);
                library_again(db).await;
                shelf::Entity::delete_by_id(1).exec(&**db).await?;
                archive().run(&**db).await?;
            }
        }
        let history = Operation::history(of_shelf.id(), &**db).await?;
        let verbs: Vec<String> = history.iter().map(|it| format!("{} {}", it.verb, it.count)).collect();
        assert_eq!(verbs, ["delete 2", "delete 2", "archive 2", "archive 2", "purge 2", "purge 2"]); // pages are not logged
        let history = Operation::history(of_book.id(), &**db).await?;
        let verbs: Vec<String> = history.iter().map(|it| format!("{} {} {}", it.verb, it.count, it.entity)).collect();
        assert!(verbs.contains(&"force delete 1 archive_book".to_owned()), "{verbs:?}");
    }

    async fn what_forbids_a_restore_forbids_it_from_the_archive(db: &TestDb) {
        library(db).await?;
        book::Entity::delete_by_id(1).exec(&**db).await?;
        let of_book = newest(db).await?;
        archive().run(&**db).await?;
        let kept = dump(db).await;
        let isbn = Set("isbn 1".to_owned());
        let taken = book::ActiveModel { isbn, ..a_book(9, 3) }.insert(&**db).await?;
        let error = refusal(of_book.restore(&**db).await);
        assert!(matches!(error, SoftDeleteError::UniqueViolation { .. }), "{error}");
        taken.force_delete(&**db).await?;
        assert_eq!(dump(db).await, kept);

        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        let error = refusal(of_book.restore(&**db).await);
        assert!(matches!(error, SoftDeleteError::ParentTrashed { .. }), "{error}");
        archive().run(&**db).await?;
        let error = refusal(of_book.restore(&**db).await);
        assert!(
            matches!(&error, SoftDeleteError::ParentTrashed { parent, .. } if parent == "archive_shelf"),
            "{error}"
        );
        let of_shelf = newest(db).await?;
        assert_eq!(of_book.restore_with_ancestors(&**db).await?, 3);
        assert_eq!(book::Entity::find().count(&**db).await?, 4);
        assert_eq!(archived(db).await, [0, 0, 0]);
        assert_eq!(find(of_shelf.id(), db).await?, None);

        book::Entity::delete_by_id(1).exec(&**db).await?;
        archive().run(&**db).await?;
        let of_book = newest(db).await?;
        shelf::Entity::force_delete_by_id(1).exec(&**db).await?;
        let error = refusal(of_book.restore(&**db).await);
        assert!(matches!(&error, SoftDeleteError::ParentGone { parent_key, .. } if parent_key == "id = 1"), "{error}");
        assert_eq!(archived(db).await[1], 1);
    }

    async fn rows_that_others_need_stay(db: &TestDb) {
        library(db).await?;
        run(db, &[
            "INSERT INTO archive_review (id, book_id) VALUES (1, 1)",
            "UPDATE archive_book SET is_held = TRUE WHERE id = 2",
            // A delete of a held book destroys no tags, but refuses.
            "DELETE FROM archive_book_tag WHERE book_id = 2",
        ]).await;
        for id in [1, 2, 3] {
            book::Entity::delete_by_id(id).exec(&**db).await?;
        }
        let preview = archive().preview(&**db).await?;
        assert_eq!((preview.operations, preview.blocked.len()), (1, 2), "{preview}");
        let report = archive().run(&**db).await?;
        assert_eq!((report.operations, archived(db).await[1]), (1, 1), "{report}");
        assert_eq!(report.blocked, preview.blocked);
        let mut by: Vec<&BlockedBy> = report.blocked.iter().flat_map(|it| &it.by).collect();
        by.sort_by_key(|it| it.to_string());
        assert!(matches!(by[0], BlockedBy::LegalHold { count: 1, .. }), "{by:?}");
        assert!(
            matches!(by[1], BlockedBy::ForeignKey { holder: Some(holder), .. } if holder == "archive_review"),
            "{by:?}"
        );
        assert_eq!(number(db, "SELECT COUNT(*) FROM archive_review WHERE book_id = 1").await, 1);
        // A hold on a row in the archive keeps it from being removed.
        run(db, &["UPDATE archive_book_archive SET is_held = TRUE"]).await;
        let operation = newest(db).await?;
        let error = refusal(operation.force_delete(&**db).await);
        assert!(matches!(error, SoftDeleteError::Held { .. }), "{error}");
        let purge = Purge::of_all().in_family_of(shelf::Entity).older_than(Duration::ZERO);
        let report = purge.run(&**db).await?; // of book 1: a purge lets ON DELETE SET NULL do its work
        assert_eq!((report.operations, report.blocked.len()), (1, 2), "{report}");
        assert_eq!(archived(db).await[1], 1);
    }

    async fn an_operation_of_which_a_part_has_no_archive_stays(db: &TestDb) {
        library(db).await?;
        db.create_table(half::Entity).await;
        db.create_table(other_half::Entity).await;
        SoftDeleteSchema::of::<half::Entity>().archive_table().create(&**db).await?;
        run(db, &[
            "INSERT INTO archive_half (id) VALUES (1), (2)",
            "INSERT INTO archive_other_half (id, half_id) VALUES (1, 1)",
        ]).await;
        half::Entity::delete_by_id(1).exec(&**db).await?;
        half::Entity::delete_by_id(2).exec(&**db).await?;
        let report = Archive::of::<half::Entity>().run(&**db).await?;
        assert_eq!((report.operations, report.rows()), (1, 1), "{report}");
        let [blocked] = &report.blocked[..] else { panic!("{report}") };
        assert_eq!(blocked.by, [BlockedBy::NotArchived { entity: "archive_other_half".into() }]);
    }

    async fn previews_show_archived_rows(db: &TestDb) {
        library(db).await?;
        book::Entity::delete_by_id(1).exec(&**db).await?;
        archive().at_most_rows(3).run(&**db).await?;
        let of_book = newest(db).await?;
        let [preview] = &of_book.preview_restore(&**db).await?[..] else { panic!() };
        assert_eq!((preview.count(), preview.is_allowed()), (3, true), "{preview}");
        let isbn = Set("isbn 1".to_owned());
        let taken = book::ActiveModel { isbn, ..a_book(9, 3) }.insert(&**db).await?;
        let [preview] = &of_book.preview_restore(&**db).await?[..] else { panic!() };
        assert_eq!(preview.clashes.len(), 1, "{preview}");
        taken.force_delete(&**db).await?;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        let [preview] = &of_book.preview_restore(&**db).await?[..] else { panic!() };
        assert_eq!((preview.orphans.len(), preview.orphans[0].count), (1, 1), "{preview}");
        archive().run(&**db).await?;
        let [preview] = &of_book.preview_restore(&**db).await?[..] else { panic!() };
        assert_eq!((preview.orphans.len(), preview.orphans[0].count), (1, 1), "{preview}");
        let of_shelf = newest(db).await?;
        for scoped in [false, true] {
            let [preview] = &match scoped {
                true => of_shelf.preview_force_delete(&db.scoped()).await?,
                false => of_shelf.preview_force_delete(&**db).await?,
            }[..] else { panic!() };
            assert_eq!(preview.count(), 7, "{preview}"); // book 1 is of another operation
        }
        run(db, &["UPDATE archive_book_archive SET is_held = TRUE WHERE id = 2"]).await;
        let [preview] = &of_shelf.preview_force_delete(&**db).await?[..] else { panic!() };
        assert_eq!((preview.on_hold.len(), preview.is_allowed()), (1, false), "{preview}");
        assert!(matches!(refusal(of_shelf.force_delete(&**db).await), SoftDeleteError::Held { .. }));
    }

    async fn a_narrower_archive_is_refused_before_a_row_is_lost(db: &TestDb) {
        library(db).await?;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        let before = dump(db).await;
        run(db, &["ALTER TABLE archive_page ADD COLUMN foot VARCHAR(40)"]).await;
        let error = refusal(archive().run(&**db).await).to_string();
        assert!(error.contains("`archive_page`") && error.contains("`foot`"), "{error}");
        run(db, &["ALTER TABLE archive_page DROP COLUMN foot"]).await;
        run(db, &["ALTER TABLE archive_page_archive DROP COLUMN body"]).await;
        let error = refusal(archive().run(&**db).await).to_string();
        assert!(error.contains("lacks columns") && error.ends_with("adds what is missing"), "{error}");
        let found = |code| {
            let doctor = Doctor::new().in_family_of(shelf::Entity);
            async move {
                let diagnosis = doctor.examine(&**db).await.unwrap();
                let all = diagnosis.findings().iter();
                all.filter(|it| it.code == code).map(|it| it.to_string()).collect::<Vec<_>>()
            }
        };
        assert_eq!(found(FindingCode::ArchiveNarrower).await.len(), 1);
        SoftDeleteSchema::of::<page::Entity>().archive_table().create(&**db).await?;
        SoftDeleteSchema::of::<page::Entity>().archive_table().create(&**db).await?;
        assert_eq!(found(FindingCode::ArchiveNarrower).await, [""; 0]);
        if db.server() != Server::Sqlite {
            let alter = match db.server() {
                Server::Postgres => "ALTER TABLE archive_page ALTER COLUMN body TYPE varchar(900)",
                _ => "ALTER TABLE archive_page MODIFY body varchar(900) NOT NULL",
            };
            run(db, &[alter]).await;
            assert_eq!(found(FindingCode::ArchiveNarrower).await.len(), 1);
            SoftDeleteSchema::of::<page::Entity>().archive_table().create(&**db).await?;
        }
        assert_eq!(found(FindingCode::ArchiveNarrower).await, [""; 0]);
        SoftDeleteSchema::of::<book::Entity>().archive_table().drop(&**db).await?;
        assert_eq!(found(FindingCode::ArchiveMissing).await.len(), 1);
        let error = refusal(archive().run(&**db).await).to_string();
        assert!(error.contains("no table `archive_book_archive`"), "{error}");
        SoftDeleteSchema::of::<book::Entity>().archive_table().create(&**db).await?;
        assert_eq!(found(FindingCode::ArchiveMissing).await, [""; 0]);
        assert_eq!(dump(db).await, before);
        assert_eq!(archive().run(&**db).await?.rows(), 10);
        let error = refusal(SoftDeleteSchema::of::<page::Entity>().archive_table().drop(&**db).await);
        assert!(error.to_string().contains("its archive has rows"), "{error}");
    }

    async fn archived_rows_get_the_default_of_a_new_column(db: &TestDb) {
        library(db).await?;
        page::Entity::delete_by_id(1).exec(&**db).await?;
        archive().run(&**db).await?;
        run(db, &[
            "ALTER TABLE archive_page DROP COLUMN body",
            "ALTER TABLE archive_page_archive DROP COLUMN body",
            r"ALTER TABLE archive_page ADD COLUMN body VARCHAR(40) NOT NULL DEFAULT 'it''s new'",
        ]).await;
        SoftDeleteSchema::of::<page::Entity>().archive_table().create(&**db).await?;
        newest(db).await?.restore(&**db).await?;
        let page = page::Entity::find_by_id(1).one(&**db).await?.unwrap();
        assert_eq!(page.body, "it's new");
    }

    async fn a_crash_at_any_statement_loses_no_row(db: &TestDb) {
        library(db).await?;
        let live = dump(db).await;
        let mut crashes = 0;
        for number in 1.. {
            shelf::Entity::delete_by_id(1).exec(&**db).await?;
            let watched = || Watched::new((**db).clone(), Crash::at(number));
            let archived_all = archive().rows_per_transaction(4).run(&watched()).await;
            let operation = newest(db).await?;
            assert_eq!(operation.count(), 10, "crashed at statement {number} of the archive");
            let restored = operation.restore(&watched()).await;
            if restored.is_err() {
                assert_eq!(newest(db).await?.count(), 10, "crashed at statement {number} of the restore");
                crashes += 1;
                assert_eq!(newest(db).await?.restore(&**db).await?, 10);
            }
            assert_eq!(dump(db).await, live, "crashed at statement {number}");
            if archived_all.is_ok() && restored.is_ok() {
                break;
            }
        }
        assert!(crashes > 10, "{crashes}");
    }

    async fn an_erasure_overwrites_archived_rows(db: &TestDb) {
        library(db).await?;
        let of_book = plant(db).await?;
        let planted = async || {
            let mut rows = dump(db).await;
            rows.extend(rows_of(db, "archive_reader").await);
            rows.extend(rows_of(db, "deletion_log").await);
            rows.iter().filter(|row| row.contains("planted")).count()
        };
        assert_eq!(planted().await, 1 + 2 + 2 + 4 + 2); // shelf 2 and the log have the reason
        let erasure = || Erasure::of(reader::Entity, 1);
        let preview = erasure().preview(&**db).await?;
        let text = preview.to_string();
        assert!(text.contains("  archive_book_archive: 1 trashed row, overwrites isbn
"), "{text}");
        assert!(text.contains("  archive_page_archive: 3 trashed rows, overwrites body
"), "{text}");
        let receipt = erasure().confirm(&preview, b"a secret of the receipts", &**db).await?;
        assert_eq!(planted().await, 0, "{receipt}");
        let others = dump(db).await;
        assert_eq!(others.iter().filter(|row| row.contains("other")).count(), 2);
        newest(db).await?.restore(&**db).await?;
        of_book.restore(&**db).await?;
        let book = book::Entity::find_by_id(2).one(&**db).await?.unwrap();
        assert_eq!(book.isbn, "removed 2");
        assert_eq!(planted().await, 0);
    }

    async fn a_hold_in_an_archive_stops_an_erasure(db: &TestDb) {
        library(db).await?;
        run(db, &[
            "INSERT INTO archive_reader (id, name) VALUES (1, 'planted')",
            "UPDATE archive_shelf SET reader_id = 1 WHERE id = 1",
        ]).await;
        book::Entity::delete_by_id(1).exec(&**db).await?;
        archive().run(&**db).await?;
        run(db, &["UPDATE archive_book_archive SET is_held = TRUE"]).await;
        let erasure = || Erasure::of(reader::Entity, 1);
        let preview = erasure().preview(&**db).await?;
        assert!(!preview.is_allowed(), "{preview}");
        let error = refusal(erasure().confirm(&preview, b"a secret of the receipts", &**db).await);
        assert!(matches!(error, SoftDeleteError::Held { .. }), "{error}");
    }

    async fn a_scoped_connection_archives_and_restores(db: &TestDb) {
        library(db).await?;
        let live = dump(db).await;
        let scoped = db.scoped();
        shelf::Entity::delete_by_id(1).exec(&scoped).await?;
        assert_eq!(archive().run(&scoped).await?.rows(), 10);
        let trash = Operation::list().in_family_of(shelf::Entity).all(&scoped).await?;
        assert_eq!((trash.len(), trash[0].is_archived()), (1, true));
        assert_eq!(trash[0].restore(&scoped).await?, 10);
        assert_eq!(dump(db).await, live);
        shelf::Entity::delete_by_id(1).exec(&scoped).await?;
        archive().rows_per_transaction(3).run(&scoped).await?;
        assert_eq!(newest(db).await?.force_delete(&scoped).await?, 10);
        assert_eq!(archived(db).await, [0, 0, 0]);
    }

    async fn a_key_that_was_used_again_is_a_clash_and_loses_nothing(db: &TestDb) {
        library(db).await?;
        book::Entity::delete_by_id(1).exec(&**db).await?;
        archive().run(&**db).await?;
        let first = newest(db).await?;
        a_book(1, 3).insert(&**db).await?;
        let error = refusal(first.restore(&**db).await);
        assert!(matches!(error, SoftDeleteError::UniqueViolation { .. }), "{error}");
        book::Entity::delete_by_id(1).exec(&**db).await?;
        archive().run(&**db).await?;
        assert_eq!(archived(db).await[1], 2);
        let second = newest(db).await?;
        assert_eq!(second.restore(&**db).await?, 1);
        assert_eq!(archived(db).await[1], 1);
        assert_eq!(book::Entity::find_by_id(1).one(&**db).await?.unwrap().shelf_id, 3);
        book::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(first.restore(&**db).await?, 3);
    }

    async fn who_deletes_for_a_while_is_archived_by_age(db: &TestDb) {
        library(db).await?;
        book::Entity::delete_by_id(1).exec(&**db).await?;
        let trash = book::Entity::only_trashed().order_by_asc(book::Column::Id).all(&**db).await?;
        assert_eq!(trash.len(), 1);
        assert_eq!(archive().older_than(Duration::from_secs(60)).run(&**db).await?.rows(), 0);
        assert_eq!(archive().run(&**db).await?.operations, 1);
    }
}

on_every_server! {
    async fn an_archive_and_a_restore_at_once_leave_all_rows_on_one_side(db: &TestDb) {
        library(db).await?;
        for round in 0..12 {
            shelf::Entity::delete_by_id(1).exec(&**db).await?;
            let operation = newest(db).await?;
            let archive = archive().rows_per_transaction(if round % 2 == 0 { 3 } else { 100 });
            let (archived_rows, restored) = tokio::join!(archive.run(&**db), operation.restore(&**db));
            let report = archived_rows?;
            if let Err(error) = restored {
                assert!(error.is_retryable(), "{error}");
            }
            let live = shelf::Entity::find().count(&**db).await?;
            assert!([1, 3].contains(&live), "{live} shelves are live: {report}");
            if live == 1 {
                assert_eq!(newest(db).await?.restore(&**db).await?, 10);
            }
            assert_eq!(archived(db).await, [0, 0, 0], "round {round}: {report}");
            assert_eq!(book::Entity::find().count(&**db).await?, 4);
            assert_eq!(page::Entity::find().count(&**db).await?, 6);
        }
    }
}
