//! Backups: what is removed for good is written before, and comes back exactly.

mod forms;

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::rbac::{RbacContext, RbacUserId, schema};
use sea_orm::{ConnectionTrait, DatabaseConnection, Set, TransactionTrait};
use sea_orm_soft_delete::preview::EntityRows;
use sea_orm_soft_delete::purged::{PurgeEnd, PurgeProgress};
use sea_orm_soft_delete::{
    Archive, BackedUpRows, Backup, Erasure, Operation, Purge, Scopable, SoftDeleteError,
    deletion_log,
};

use self::forms::{exact, form, forms};
use crate::archive::library::{TABLES, a_book, book, library, page, reader, shelf};
use crate::archive::plant;
use crate::erasure::people::{self, Rows};
use crate::families::rows::{number, refusal, run};
use crate::harness::{Server, TestDb, TestResult, on_every_database, on_every_server};
use crate::watched::{Before, Watched};

/// A file in memory, which fails after so many bytes.
#[derive(Clone)]
struct Tape {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: usize,
}

impl Tape {
    fn new() -> Self {
        Self::of(usize::MAX)
    }

    fn of(room: usize) -> Self {
        let bytes = Arc::default();
        Self { bytes, room }
    }

    fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
    }

    fn rows(&self) -> Result<BackedUpRows, SoftDeleteError> {
        Backup::read(self.text().as_bytes())
    }

    fn backup(&self) -> Backup {
        Backup::to(self.clone())
    }
}

impl Write for Tape {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut bytes = self.bytes.lock().unwrap();
        let fits = buf.len().min(self.room.saturating_sub(bytes.len()));
        if fits == 0 {
            return Err(io::Error::other("the tape is full"));
        }
        bytes.extend_from_slice(&buf[..fits]);
        Ok(fits)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything in the library but its log.
async fn dump(db: &TestDb) -> Vec<String> {
    let tags = [
        "archive_book_tag",
        "archive_shelf_archive",
        "archive_book_archive",
    ];
    exact(
        db,
        &[&TABLES[..], &tags, &["archive_page_archive"]].concat(),
    )
    .await
}

fn pool(db: &TestDb) -> DatabaseConnection {
    DatabaseConnection::clone(db)
}

/// Trashes shelf 1. Its books have tags again, which a purge destroys.
async fn trash(db: &TestDb) -> TestResult {
    shelf::Entity::delete_by_id(1)
        .by(7)
        .because("moved out")
        .exec(&**db)
        .await?;
    tag_again(db).await;
    Ok(())
}

/// The tags that a delete destroyed, again.
async fn tag_again(db: &TestDb) {
    run(
        db,
        &[
            "DELETE FROM archive_book_tag WHERE book_id < 4",
            "INSERT INTO archive_book_tag (book_id, tag) VALUES (1, 1), (1, 2), (2, 1), (3, 1)",
        ],
    )
    .await;
}

/// How many rows of each entity.
fn counts(mut rows: Vec<EntityRows>) -> Vec<(String, u64)> {
    rows.sort_by(|a, b| a.entity.cmp(&b.entity));
    rows.into_iter().map(|it| (it.entity, it.count)).collect()
}

async fn newest(db: &TestDb) -> Result<Operation, SoftDeleteError> {
    let trash = Operation::list().in_family_of(shelf::Entity).limit(1);
    Ok(trash.all(&**db).await?.remove(0))
}

fn purge() -> Purge {
    let purge = Purge::of_all().in_family_of(shelf::Entity);
    purge.older_than(Duration::ZERO)
}

/// The verbs that remove shelf 1 with all that belongs to it.
#[derive(Clone, Copy, Debug)]
enum Verb {
    ByKey,
    Model,
    Many,
    Confirm,
    SkippingHeld,
    Operation,
    Purge,
    Slices,
}

const VERBS: [Verb; 8] = [
    Verb::ByKey,
    Verb::Model,
    Verb::Many,
    Verb::Confirm,
    Verb::SkippingHeld,
    Verb::Operation,
    Verb::Purge,
    Verb::Slices,
];

impl Verb {
    fn needs_trash(self) -> bool {
        matches!(self, Self::Operation | Self::Purge | Self::Slices)
    }

    async fn run<C: ConnectionTrait + TransactionTrait>(
        self,
        db: &C,
    ) -> Result<u64, SoftDeleteError> {
        let many = || shelf::Entity::force_delete_many().filter(shelf::Column::Id.eq(1));
        Ok(match self {
            Self::ByKey => {
                shelf::Entity::force_delete_by_id(1)
                    .exec(db)
                    .await?
                    .rows_affected
            }
            Self::Model => {
                let shelf = shelf::Entity::find_by_id(1).one(db).await?.unwrap();
                shelf.force_delete(db).await?.rows_affected
            }
            Self::Many => many().exec(db).await?.rows_affected,
            Self::Confirm => {
                let preview = many().preview(db).await?;
                many().confirm(&preview, db).await?.rows_affected
            }
            Self::SkippingHeld => many().exec_skipping_held(db).await?.removed,
            Self::Operation => {
                let trash = Operation::list().in_family_of(shelf::Entity).limit(1);
                trash.all(db).await?.remove(0).force_delete(db).await?
            }
            Self::Purge => purge().run(db).await?.rows(),
            Self::Slices => purge().rows_per_transaction(2).run(db).await?.rows(),
        })
    }
}

/// Fails at a statement or at a commit, and from then on; or after a commit.
#[derive(Clone)]
struct Crash(Arc<AtomicUsize>);

#[async_trait::async_trait]
impl Before for Crash {
    async fn statement(&self) -> Result<(), DbErr> {
        let down = |left: usize| left.checked_sub(1);
        match self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, down)
        {
            Ok(1) | Err(_) => {
                self.0.store(0, Ordering::Relaxed);
                Err(DbErr::Custom("crashed".into()))
            }
            Ok(_) => Ok(()),
        }
    }

    async fn commit(&self) -> Result<(), DbErr> {
        self.statement().await
    }

    async fn committed(&self) -> Result<(), DbErr> {
        self.statement().await
    }
}

on_every_database! {
    async fn every_verb_writes_what_it_removes_and_it_comes_back_exactly(db: &TestDb) {
        library(db).await?;
        for verb in VERBS {
            for scoped in [false, true] {
                if verb.needs_trash() {
                    trash(db).await?;
                }
                let before = dump(db).await;
                let tape = Tape::new();
                let backup = tape.backup();
                let removed = match scoped {
                    false => backup.scope(verb.run(&**db)).await?,
                    true => backup.scope(verb.run(&pool(db).scoped())).await?,
                };
                assert!(removed > 0, "{verb:?}");
                assert_eq!(number(db, "SELECT COUNT(*) FROM archive_shelf").await, 1, "{verb:?}");
                assert_eq!(number(db, "SELECT COUNT(*) FROM archive_book_tag").await, 1, "{verb:?}");
                let rows = tape.rows()?;
                assert_eq!(rows.rows().len(), 2 + 3 + 5 + 4, "{verb:?}\n{}", tape.text());
                let inserted = match scoped {
                    false => rows.restore(&**db).await?,
                    true => rows.restore(&pool(db).scoped()).await?,
                };
                let expected = [("archive_book", 3), ("archive_book_tag", 4), ("archive_page", 5), ("archive_shelf", 2)];
                assert_eq!(counts(inserted), expected.map(|(name, count)| (name.to_owned(), count)));
                assert_eq!(dump(db).await, before, "{verb:?}");
                // What is there already is skipped.
                assert_eq!(rows.restore(&**db).await?, []);
                if verb.needs_trash() {
                    assert_eq!(newest(db).await?.restore(&**db).await?, 10, "{verb:?}");
                }
                assert_eq!(shelf::Entity::find().count(&**db).await?, 3, "{verb:?}");
                assert_eq!(page::Entity::find().count(&**db).await?, 6, "{verb:?}");
            }
        }
    }

    async fn a_purge_that_was_stopped_is_undone_and_its_operation_is_whole_again(db: &TestDb) {
        library(db).await?;
        trash(db).await?;
        let before = dump(db).await;
        let mut ended = PurgeEnd::Stopped;
        for transactions in 1.. {
            let tape = Tape::new();
            let mut done = 0;
            let between = |_: PurgeProgress| {
                done += 1;
                let is_last = done == transactions;
                async move {
                    if is_last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                }
            };
            let bounded = purge().rows_per_transaction(2);
            let report = tape.backup().scope(bounded.run_with(between, &**db)).await?;
            assert_eq!(tape.rows()?.rows().len() as u64, report.rows(), "{report}");
            tape.rows()?.restore(&**db).await?;
            assert_eq!(dump(db).await, before, "after {transactions} transactions");
            let operation = newest(db).await?;
            assert_eq!(operation.count(), 10);
            let txn = db.begin().await?;
            assert_eq!(operation.restore(&txn).await?, 10);
            txn.rollback().await?;
            ended = report.ended;
            if ended == PurgeEnd::Done {
                assert!(transactions > 3, "{transactions}");
                break;
            }
        }
        assert_eq!(ended, PurgeEnd::Done);
    }

    async fn every_type_of_column_comes_back_to_the_byte(db: &TestDb) {
        forms(db).await?;
        let tables = ["backup_form", "backup_answer"];
        let live = exact(db, &tables).await;
        assert_eq!(live.len(), 6 + 12);
        let tape = Tape::new();
        tape.backup().scope(form::Entity::force_delete_many().exec(&**db)).await?;
        assert_eq!(exact(db, &tables).await, [""; 0]);
        let inserted = tape.rows()?.restore(&**db).await?;
        assert_eq!(counts(inserted), [("backup_answer".to_owned(), 12), ("backup_form".to_owned(), 6)]);
        assert_eq!(exact(db, &tables).await, live);
        // Some of the trash, by operation.
        form::Entity::delete_by_id((0, "de".to_owned())).by(i64::MIN).because("ü").exec(&**db).await?;
        form::Entity::delete_by_id((i64::MIN, "de".to_owned())).exec(&**db).await?;
        let trash = exact(db, &tables).await;
        let operations = Operation::list().in_family_of(form::Entity).all(&**db).await?;
        let tape = Tape::new();
        tape.backup().scope(form::Entity::force_delete_many().only_trashed().exec(&**db)).await?;
        let rows = tape.rows()?;
        for (rest, operation) in operations.iter().rev().enumerate() {
            let of_operation = rows.clone().only(operation.id());
            assert_eq!(of_operation.rows().len(), 3, "{}", tape.text());
            of_operation.restore(&**db).await?;
            assert_eq!(exact(db, &tables).await.len(), 12 + 3 + 3 * rest);
        }
        assert_eq!(exact(db, &tables).await, trash);
        for operation in &operations {
            assert_eq!(operation.restore(&**db).await?, 3);
        }
        assert_eq!(exact(db, &tables).await, live);
    }

    async fn thousands_of_rows_come_back(db: &TestDb) {
        library(db).await?;
        let overriding = match db.server() {
            Server::Postgres => "OVERRIDING SYSTEM VALUE",
            _ => "",
        };
        let pages: Vec<String> = (100..2_400).map(|id| format!("({id}, 4, 'x')")).collect();
        let insert = "INSERT INTO archive_page (id, book_id, body)";
        run(db, &[&format!("{insert} {overriding} VALUES {}", pages.join(", "))]).await;
        let before = dump(db).await;
        let tape = Tape::new();
        tape.backup().scope(shelf::Entity::force_delete_by_id(3).exec(&**db)).await?;
        assert_eq!(tape.rows()?.rows().len(), 1 + 1 + 1 + 2_301);
        tape.rows()?.restore(&**db).await?;
        assert_eq!(dump(db).await, before);
        shelf::Entity::delete_by_id(3).exec(&**db).await?;
        let before = dump(db).await;
        let tape = Tape::new();
        tape.backup().scope(purge().run(&**db)).await?;
        assert_eq!(tape.rows()?.rows().len(), 1 + 1 + 2_301);
        tape.rows()?.restore(&**db).await?;
        assert_eq!(dump(db).await, before);
    }

    async fn lines_say_what_was_removed(db: &TestDb) {
        library(db).await?;
        let tape = Tape::new();
        let backup = tape.backup();
        page::Entity::delete_by_id(5).exec(&**db).await?;
        backup.scope(page::Entity::force_delete_by_id(5).exec(&**db)).await?;
        backup.scope(page::Entity::force_delete_by_id(6).exec(&**db)).await?;
        // Nothing is removed, and nothing written.
        backup.scope(page::Entity::force_delete_by_id(6).exec(&**db)).await?;
        let text = tape.text();
        let lines: Vec<&str> = text.lines().collect();
        let [trashed, end, live, other_end] = &lines[..] else { panic!("{text}") };
        let row: serde_json::Value = serde_json::from_str(trashed).unwrap();
        assert_eq!(row["entity"], "archive_page");
        assert_eq!(row["key"], serde_json::json!({ "id": 5 }));
        assert_eq!(row["values"]["body"], "ü");
        assert_eq!(row["values"]["deleted_at"], row["operation"]);
        assert_eq!(*end, r#"{"end":1,"rows":1}"#);
        let expected = r#"{"entity":"archive_page","key":{"id":6},"operation":null,"values":{"body":"f","book_id":4,"deleted_at":null,"id":6}}"#;
        assert_eq!(*live, expected);
        assert_eq!(*other_end, r#"{"end":2,"rows":1}"#);
        let rows = tape.rows()?;
        assert_eq!(rows.rows()[1].values["body"], "f");
        assert_eq!(rows.rows()[1].line, 3);
        rows.restore(&**db).await?;
        assert_eq!(page::Entity::find().count(&**db).await?, 5);
    }

    async fn a_row_without_a_family_is_written_on_any_connection(db: &TestDb) {
        library(db).await?;
        for id in 10..520 {
            let overriding = match db.server() {
                Server::Postgres => "OVERRIDING SYSTEM VALUE",
                _ => "",
            };
            let insert = format!("INSERT INTO archive_page (id, book_id, body) {overriding} VALUES ({id}, 4, 'x')");
            run(db, &[&insert]).await;
        }
        let before = dump(db).await;
        let tape = Tape::new();
        let backup = tape.backup();
        let many = || page::Entity::force_delete_many().filter(page::Column::BookId.eq(4));
        let removed = backup.scope(many().exec(&**db)).await?;
        assert_eq!(removed.rows_affected, 511);
        tape.rows()?.restore(&**db).await?;
        assert_eq!(dump(db).await, before);
        let txn = db.begin().await?;
        assert_eq!(backup.scope(many().exec(&txn)).await?.rows_affected, 511);
        txn.commit().await?;
        assert_eq!(tape.rows()?.rows().len(), 2 * 511);
        tape.rows()?.restore(&pool(db).scoped()).await?;
        assert_eq!(dump(db).await, before);
        if db.returns_updated_rows() {
            let rows = backup.scope(many().exec_with_returning(&**db)).await?;
            assert_eq!(rows.len(), 511);
            let one = backup.scope(page::Entity::force_delete_by_id(1).exec_with_returning(&**db)).await?;
            assert_eq!(one.unwrap().body, "a");
            let shelf = shelf::Entity::force_delete_by_id(3).exec_with_returning(&**db);
            assert_eq!(backup.scope(shelf).await?.unwrap().name, "Attic");
            tape.rows()?.restore(&**db).await?;
            assert_eq!(dump(db).await, before);
        }
    }

    async fn rows_that_a_delete_destroys_are_written(db: &TestDb) {
        library(db).await?;
        let before = dump(db).await;
        for scoped in [false, true] {
            let tape = Tape::new();
            let backup = tape.backup();
            match scoped {
                false => {
                    backup.scope(shelf::Entity::delete_by_id(1).exec(&**db)).await?;
                }
                true => {
                    let db = pool(db).scoped();
                    let plain = <shelf::Entity as EntityTrait>::delete_by_id(1);
                    backup.scope(plain.exec(&db)).await?;
                }
            }
            let operation = newest(db).await?;
            let rows = tape.rows()?.only(operation.id());
            assert_eq!(rows.rows().len(), 4, "{}", tape.text());
            assert!(rows.rows().iter().all(|row| row.entity == "archive_book_tag"));
            assert_eq!(rows.restore(&**db).await?.len(), 1);
            assert_eq!(operation.restore(&**db).await?, 10);
            assert_eq!(dump(db).await, before);
        }
    }

    async fn rows_that_an_insert_replaces_are_written(db: &TestDb) {
        library(db).await?;
        book::Entity::delete_by_id(1).exec(&**db).await?;
        let tape = Tape::new();
        let new = book::ActiveModel { id: Set(9), ..a_book(1, 3) };
        let insert = book::Entity::insert_or_replace_trashed(new).by([book::Column::Isbn]);
        tape.backup().scope(insert.exec(&**db)).await?;
        let rows = tape.rows()?;
        assert_eq!(rows.rows().len(), 3, "{}", tape.text());
        rows.restore(&**db).await?;
        let trashed: Vec<i32> = book::Entity::only_trashed().all(&**db).await?.iter().map(|it| it.id).collect();
        assert_eq!(trashed, [1]);
    }

    async fn archived_rows_are_written_when_they_are_destroyed_and_not_when_they_are_moved(db: &TestDb) {
        library(db).await?;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        let before = dump(db).await;
        let tape = Tape::new();
        let backup = tape.backup();
        for by_purge in [false, true] {
            backup.scope(Archive::of::<shelf::Entity>().run(&**db)).await?;
            assert_eq!(number(db, "SELECT COUNT(*) FROM archive_page_archive").await, 5);
            let lines = tape.text().lines().count();
            let operation = newest(db).await?;
            match by_purge {
                false => assert_eq!(backup.scope(operation.force_delete(&**db)).await?, 10),
                true => assert_eq!(backup.scope(purge().run(&**db)).await?.rows(), 10),
            }
            assert_eq!(tape.text().lines().count(), lines + 11);
            let rows = tape.rows()?;
            assert_eq!(counts(rows.restore(&**db).await?).len(), 3);
            assert_eq!(dump(db).await, before);
        }
        assert_eq!(newest(db).await?.restore(&**db).await?, 10);
    }

    async fn what_an_erasure_removes_and_overwrites_is_written(db: &TestDb) {
        people::two_users(db).await?;
        let removed_from = ["erase_attachment", "erase_copy"];
        let before = exact(db, &removed_from).await;
        let tape = Tape::new();
        let erasure = Erasure::of(people::user::Entity, 1);
        let preview = erasure.preview(&**db).await?;
        let confirm = erasure.confirm(&preview, b"a secret of the receipts", &**db);
        let receipt = tape.backup().scope(confirm).await?;
        assert_eq!(Rows::of(db).await?.count("planted"), 0);
        let rows = tape.rows()?;
        assert_eq!(rows.rows().len() as u64, receipt.rows());
        assert_eq!(tape.text().matches("planted").count(), 19);
        assert_eq!(rows.rows()[0].values["email"], "planted@x");
        assert!(rows.rows()[0].is_overwritten);
        let clash = refusal(rows.restore(&**db).await);
        assert!(clash.to_string().ends_with("with `removed()`"), "{clash}");
        let removed = rows.removed();
        assert_eq!(removed.rows().len(), 2 + 2 + 1);
        assert_eq!(counts(removed.restore(&**db).await?).len(), 3);
        assert_eq!(exact(db, &removed_from).await, before);
    }

    async fn an_erasure_leaves_nothing_of_the_subject_in_a_backup(db: &TestDb) {
        library(db).await?;
        let of_book = plant(db).await?;
        book::Entity::delete_by_id(4).exec(&**db).await?; // of reader 2
        let erasure = || Erasure::of(reader::Entity, 1);
        let of_page = Operation::list().in_family_of(shelf::Entity).all(&**db).await?;
        let of_page = of_page.into_iter().find(|it| it.members()[0].entity == "archive_page").unwrap();
        // The book of the page is in the database.
        let alone = Tape::new();
        assert_eq!(alone.backup().scope(of_page.force_delete(&**db)).await?, 1);
        let mut rows = alone.rows()?;
        assert_eq!(erasure().erase_backup(&mut rows, &**db).await?, 1);
        assert_eq!(rows.rows()[0].values["body"], "");

        let tape = Tape::new();
        tape.backup().scope(purge().run(&**db)).await?;
        assert!(tape.text().contains("planted"));
        let mut rows = tape.rows()?;
        let all = rows.rows().len();
        let preview = erasure().preview(&**db).await?;
        erasure().confirm(&preview, b"a secret of the receipts", &**db).await?;
        // Shelf 1 leads to reader 1, books 1 to 3 are on it and in it, with the pages that are left.
        assert_eq!(erasure().erase_backup(&mut rows, &**db).await?, 2 + 3 + 4);
        let erased = Tape::new();
        rows.write(erased.clone()).unwrap();
        assert!(!erased.text().contains("planted") && erased.text().contains("other"));
        assert_eq!((erased.rows()?.rows().len(), rows.rows().len()), (all, all));
        erased.rows()?.restore(&**db).await?;
        newest(db).await?.restore(&**db).await?; // book 4
        newest(db).await?.restore(&**db).await?; // shelf 1
        of_book.restore(&**db).await?;
        let book = book::Entity::find_by_id(2).one(&**db).await?.unwrap();
        assert_eq!(book.isbn, "removed 2");
    }

    async fn an_erasure_leaves_out_rows_of_a_backup_that_it_would_remove(db: &TestDb) {
        people::two_users(db).await?;
        let erasure = Erasure::of(people::user::Entity, 1);
        let tape = Tape::new();
        let remove = people::attachment::Entity::force_delete_many();
        tape.backup().scope(remove.exec(&**db)).await?;
        let mut rows = tape.rows()?;
        let before = rows.rows().len();
        assert_eq!(before, 9); // with the comments on them, and with what belongs to these
        let erased = erasure.erase_backup(&mut rows, &**db).await?;
        // One of the rows that stay is overwritten: a comment of the user on a file of another.
        assert_eq!((erased, rows.rows().len()), (6, 4));
        let of = |entity: &str| rows.rows().iter().filter(|it| it.entity == entity).count();
        assert_eq!(of("erase_attachment"), 1);
        let mut text = Vec::new();
        rows.write(&mut text).unwrap();
        assert!(!String::from_utf8(text).unwrap().contains("planted"));

        // A relation with a condition leads from the mentions to the user.
        run(db, &["UPDATE erase_mention SET parent_id = NULL"]).await;
        let tape = Tape::new();
        let remove = people::mention::Entity::force_delete_many();
        tape.backup().scope(remove.exec(&**db)).await?;
        let error = refusal(erasure.erase_backup(&mut tape.rows()?, &**db).await);
        assert!(error.to_string().contains("has a condition"), "{error}");
    }

    async fn nothing_is_removed_if_the_writer_fails(db: &TestDb) {
        library(db).await?;
        for verb in VERBS {
            if verb.needs_trash() {
                trash(db).await?;
            }
            let before = dump(db).await;
            for room in [0, 1, 300] {
                let backup = Tape::of(room).backup();
                for _ in 0..2 {
                    match backup.scope(verb.run(&**db)).await {
                        Err(SoftDeleteError::BackupFailed { source, .. }) => {
                            assert_eq!(source.to_string(), "the tape is full");
                        }
                        other => panic!("{verb:?} {other:?}"),
                    }
                    assert_eq!(dump(db).await, before, "{verb:?} {room}");
                }
            }
            if verb.needs_trash() {
                newest(db).await?.restore(&**db).await?;
            }
        }
        let before = dump(db).await;
        let backup = Tape::of(10).backup();
        for _ in 0..2 {
            let failed = refusal(backup.scope(page::Entity::force_delete_by_id(1).exec(&**db)).await);
            assert!(matches!(failed, SoftDeleteError::BackupFailed { .. }), "{failed}");
            let failed = refusal(backup.scope(book::Entity::delete_by_id(1).exec(&**db)).await);
            assert!(matches!(failed, SoftDeleteError::BackupFailed { .. }), "{failed}");
        }
        assert_eq!(dump(db).await, before);
    }

    async fn a_purge_whose_writer_fails_later_keeps_what_it_has_not_written(db: &TestDb) {
        library(db).await?;
        for room in (600..6_000).step_by(600) {
            trash(db).await?;
            let before = dump(db).await;
            let operation = newest(db).await?;
            let tape = Tape::of(room);
            let run = purge().rows_per_transaction(2);
            match tape.backup().scope(run.run(&**db)).await {
                Ok(report) => assert_eq!(report.rows(), 14),
                Err(error) => assert!(matches!(error, SoftDeleteError::BackupFailed { .. }), "{error}"),
            }
            // What stands behind the last end was not removed.
            let text = tape.text();
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let is_end = |line: &&str| line.starts_with("{\"end\"") && line.ends_with('\n');
            let ended = lines.iter().rposition(is_end).map_or(0, |last| last + 1);
            Backup::read(lines[..ended].concat().as_bytes())?.restore(&**db).await?;
            assert_eq!(unmarked(db, &operation).await, before, "{room}");
            // The next run goes on, and its backup has the rest.
            let tape = Tape::new();
            tape.backup().scope(purge().run(&**db)).await?;
            tape.rows()?.restore(&**db).await?;
            assert_eq!(newest(db).await?.restore(&**db).await?, 10);
        }
    }

    async fn a_deed_that_crashes_at_any_point_leaves_its_rows_or_its_lines(db: &TestDb) {
        library(db).await?;
        for verb in [Verb::ByKey, Verb::SkippingHeld, Verb::Operation, Verb::Purge, Verb::Slices] {
            if verb.needs_trash() {
                trash(db).await?;
            }
            let operation = Operation::list().in_family_of(shelf::Entity).all(&**db).await?.pop();
            let before = dump(db).await;
            let mut removed = 0;
            for at in 1.. {
                let tape = Tape::new();
                let crashing = Watched::new(pool(db), Crash(Arc::new(AtomicUsize::new(at))));
                let done = tape.backup().scope(verb.run(&crashing)).await;
                let rows = tape.rows()?;
                let inserted = counts(rows.restore(&**db).await?);
                removed += inserted.iter().map(|(_, count)| count).sum::<u64>();
                let after = match &operation {
                    Some(operation) => unmarked(db, operation).await,
                    None => dump(db).await,
                };
                assert_eq!(after, before, "{verb:?} at {at}");
                match done {
                    Ok(_) => break,
                    Err(error) => assert!(error.to_string().contains("crashed"), "{error}"),
                }
            }
            // After a commit, or at the last try.
            assert!(removed >= 14, "{verb:?}");
            if verb.needs_trash() {
                newest(db).await?.restore(&**db).await?;
            }
        }
    }

    async fn rows_that_were_not_removed_after_all_are_skipped(db: &TestDb) {
        library(db).await?;
        let before = dump(db).await;
        let tape = Tape::new();
        let txn = db.begin().await?;
        tape.backup().scope(Verb::ByKey.run(&txn)).await?;
        txn.rollback().await?;
        assert_eq!(tape.rows()?.rows().len(), 14);
        assert_eq!(tape.rows()?.restore(&**db).await?, []);
        assert_eq!(dump(db).await, before);
        // A verb that fails within its own transaction writes nothing.
        let tape = Tape::new();
        run(db, &["UPDATE archive_book SET is_held = TRUE WHERE id = 3"]).await;
        let held = refusal(tape.backup().scope(Verb::ByKey.run(&**db)).await);
        assert!(matches!(held, SoftDeleteError::Held { .. }), "{held}");
        let skipped = shelf::Entity::force_delete_many().exec_skipping_held(&**db);
        let skipped = tape.backup().scope(skipped).await?;
        assert_eq!((skipped.removed, skipped.held.len()), (1, 2));
        let rows = tape.rows()?;
        assert!(rows.rows().iter().all(|row| row.entity != "archive_shelf" || row.key["id"] == 3));
        assert_eq!(rows.rows().len(), 1 + 1 + 1 + 1);
    }

    async fn two_verbs_of_a_task_do_not_mix_their_lines(db: &TestDb) {
        library(db).await?;
        run(db, &["UPDATE archive_book SET is_held = TRUE WHERE id = 4"]).await;
        let tape = Tape::new();
        let both = async {
            let removing = Box::pin(Verb::ByKey.run(&**db));
            let held = Box::pin(shelf::Entity::force_delete_by_id(3).exec(&**db));
            futures_util::future::join(removing, held).await
        };
        let (removed, held) = tape.backup().scope(both).await;
        // MariaDB may find a deadlock between them, and refuse one for that.
        let refused = refusal(held);
        assert!(matches!(refused, SoftDeleteError::Held { .. }) || refused.is_retryable(), "{refused}");
        let written = match removed {
            Ok(removed) => removed * 14,
            Err(error) if error.is_retryable() => 0,
            Err(error) => return Err(error),
        };
        assert_eq!(tape.rows()?.rows().len() as u64, written);
    }

    async fn a_clash_refuses_all_rows(db: &TestDb) {
        library(db).await?;
        let tape = Tape::new();
        tape.backup().scope(Verb::ByKey.run(&**db)).await?;
        let rows = tape.rows()?;
        let left = dump(db).await;
        for (clashing, undo, entity, key) in [
            ("INSERT INTO archive_shelf (id, name) VALUES (2, 'Other')", "DELETE FROM archive_shelf WHERE id = 2", "archive_shelf", Some("id = 2")),
            ("UPDATE archive_book SET isbn = 'isbn 2'", "UPDATE archive_book SET isbn = 'isbn 4'", "archive_book", None),
            ("INSERT INTO archive_book_tag (book_id, tag, since) VALUES (4, 1, NULL)", "DELETE FROM archive_book_tag WHERE tag = 1", "", None),
        ] {
            run(db, &[clashing]).await;
            let before = dump(db).await;
            match rows.restore(&**db).await {
                Err(SoftDeleteError::BackupClash { entity: of, key: with, .. }) => {
                    assert_eq!((of.as_str(), with.as_deref()), (entity, key));
                    assert_eq!(dump(db).await, before);
                }
                // Another tag of another book is no clash.
                Ok(_) if entity.is_empty() => {
                    Verb::ByKey.run(&**db).await?;
                }
                other => panic!("{other:?}"),
            }
            run(db, &[undo]).await;
            assert_eq!(dump(db).await, left);
        }
        // Without its parents.
        let tape = Tape::new();
        let backup = tape.backup();
        rows.restore(&**db).await?;
        backup.scope(page::Entity::force_delete_by_id(1).exec(&**db)).await?;
        Verb::ByKey.run(&**db).await?;
        let gone = refusal(tape.rows()?.restore(&**db).await);
        let SoftDeleteError::BackupClash { entity, source: Some(_), .. } = &gone else { panic!("{gone}") };
        assert_eq!(entity, "archive_page");
        assert_eq!(dump(db).await, left);
    }

    async fn the_last_line_of_a_row_counts(db: &TestDb) {
        library(db).await?;
        let tape = Tape::new();
        let backup = tape.backup();
        backup.scope(page::Entity::force_delete_by_id(1).exec(&**db)).await?;
        tape.rows()?.restore(&**db).await?;
        run(db, &["UPDATE archive_page SET body = 'later' WHERE id = 1"]).await;
        backup.scope(page::Entity::force_delete_by_id(1).exec(&**db)).await?;
        tape.rows()?.restore(&**db).await?;
        assert_eq!(page::Entity::find_by_id(1).one(&**db).await?.unwrap().body, "later");
    }

    async fn a_file_of_other_columns_is_refused_or_completed(db: &TestDb) {
        library(db).await?;
        let line = |entity: &str, key: &str, values: &str| {
            let row = format!(r#"{{"entity":"{entity}","key":{key},"operation":null,"values":{values}}}"#);
            format!("{row}\n{{\"end\":1,\"rows\":1}}\n")
        };
        for (entity, values, why) in [
            ("archive_page", r#"{"id":9,"book_id":1,"body":"x","deleted_at":null,"pages":3}"#, "the entity of `archive_page` has no column `pages`"),
            ("archive_page", r#"{"id":9,"book_id":1,"deleted_at":null}"#, "it lacks the column `body`, which `archive_page` requires; give the column a default, or add a value to the line"),
            ("archive_page", r#"{"id":9,"book_id":"1","body":"x"}"#, "the column `book_id` of `archive_page` cannot hold \"1\""),
            ("archive_page", r#"{"id":8,"book_id":1,"body":"x"}"#, "its key is not the primary key of `archive_page`"),
            ("archive_poster", r#"{"id":9}"#, "this program has no entity of the table `archive_poster`"),
        ] {
            let rows = Backup::read(line(entity, r#"{"id":9}"#, values).as_bytes())?;
            let refused = refusal(rows.restore(&**db).await);
            let SoftDeleteError::NotABackup { line: 1, why: found, .. } = &refused else { panic!("{refused}") };
            assert_eq!(found, why);
        }
        let narrow = line("archive_page", r#"{"id":9}"#, r#"{"id":9,"book_id":1,"body":"x"}"#);
        Backup::read(narrow.as_bytes())?.restore(&**db).await?;
        assert!(page::Entity::find_by_id(9).one(&**db).await?.is_some());
    }

    async fn a_user_needs_no_more_permissions_than_for_the_verb(db: &TestDb) {
        library(db).await?;
        let before = dump(db).await;
        schema::create_tables(&**db, Default::default()).await?;
        let mut rbac = RbacContext::load(&**db).await?;
        rbac.add_tables(&**db, &["archive_shelf", "archive_book", "archive_page", "archive_book_tag"]).await?;
        rbac.add_crud_permissions(&**db).await?;
        rbac.add_roles(&**db, &["reader", "cleaner", "mender"]).await?;
        for (role, permissions, tables) in [
            ("reader", &["select"][..], &["archive_shelf", "archive_page"][..]),
            ("cleaner", &["select", "delete"], &["archive_shelf"]),
            ("cleaner", &["delete"], &["archive_page"]),
            ("mender", &["insert"], &["archive_shelf", "archive_book", "archive_page", "archive_book_tag"]),
        ] {
            rbac.add_role_permissions(&**db, role, permissions, tables).await?;
        }
        rbac.assign_user_role(&**db, &[(1, "reader"), (2, "cleaner"), (3, "mender")]).await?;
        db.load_rbac().await?;
        let of = |user| db.restricted_for(RbacUserId(user));
        let is_denied = |refused: SoftDeleteError| {
            assert!(matches!(refused, SoftDeleteError::Db(DbErr::AccessDenied { .. })), "{refused}");
        };
        let tape = Tape::new();
        let backup = tape.backup();
        let page = || page::Entity::force_delete_by_id(1);
        is_denied(refusal(backup.scope(Verb::ByKey.run(&of(1)?)).await));
        is_denied(refusal(backup.scope(page().exec(&of(1)?)).await));
        assert_eq!(tape.text(), "");
        backup.scope(page().exec(&of(2)?)).await?;
        backup.scope(Verb::ByKey.run(&of(2)?)).await?;
        let rows = tape.rows()?;
        assert_eq!(rows.rows().len(), 14);
        is_denied(refusal(rows.restore(&of(2)?).await));
        rows.restore(&of(3)?.scoped()).await?;
        assert_eq!(dump(db).await, before);
    }

    async fn the_log_tells_that_rows_came_back(db: &TestDb) {
        library(db).await?;
        shelf::Entity::delete_by_id(1).exec(&**db).await?;
        let operation = newest(db).await?;
        let tape = Tape::new();
        tape.backup().scope(operation.force_delete(&**db)).await?;
        tape.rows()?.restore(&**db).await?;
        let history = Operation::history(operation.id(), &**db).await?;
        let last: Vec<(deletion_log::Verb, i64)> = history.iter().rev().take(2).map(|it| (it.verb, it.count)).collect();
        assert_eq!(last.iter().map(|(_, count)| count).sum::<i64>(), 5);
        assert!(last.iter().all(|(verb, _)| *verb == deletion_log::Verb::Return), "{history:?}");
    }
}

/// The dump, without the mark of a purge that has begun: another version in the id.
async fn unmarked(db: &TestDb, operation: &Operation) -> Vec<String> {
    let id = operation.id().to_string();
    let marked = format!("{}8{}", &id[..14], &id[15..]);
    let spellings = |id: &str| [id.to_owned(), id.replace('-', "").to_uppercase()];
    let rows = dump(db).await.into_iter();
    let rows = rows.map(|row| {
        let pairs = spellings(&marked).into_iter().zip(spellings(&id));
        pairs.fold(row, |row, (marked, id)| row.replace(&marked, &id))
    });
    rows.collect()
}

/// Changes a page before a statement.
#[derive(Clone)]
struct Meddler {
    left: Arc<AtomicUsize>,
    db: DatabaseConnection,
    sql: &'static str,
}

#[async_trait::async_trait]
impl Before for Meddler {
    async fn statement(&self) -> Result<(), DbErr> {
        let down = |left: usize| left.checked_sub(1);
        let left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, down);
        if left == Ok(1) {
            self.db.execute_unprepared(self.sql).await?;
        }
        Ok(())
    }
}

on_every_server! {
    async fn a_row_that_changes_before_its_delete_is_written_as_it_was_removed(db: &TestDb) {
        library(db).await?;
        for sql in [
            "UPDATE archive_page SET body = 'changed' WHERE id = 1",
            "UPDATE archive_page SET deleted_at = '2024-01-01 00:00:00' WHERE id = 1",
            "DELETE FROM archive_page WHERE id = 1",
        ] {
            for at in 1..=4 {
                let tape = Tape::new();
                let meddler = Meddler { left: Arc::new(AtomicUsize::new(at)), db: pool(db), sql };
                let watched = Watched::new(pool(db), meddler);
                let delete = page::Entity::force_delete_many().filter(page::Column::Id.is_in([1, 2]));
                let removed = tape.backup().scope(delete.exec(&watched)).await?.rows_affected;
                let was_changed = watched.before.left.load(Ordering::Relaxed) == 0;
                assert_eq!(removed, if was_changed && sql.starts_with("DELETE") { 1 } else { 2 }, "{sql} {at}");
                tape.rows()?.restore(&**db).await?;
                let row = page::Entity::with_trashed().filter(page::Column::Id.eq(1)).one(&**db).await?;
                if was_changed && !sql.starts_with("DELETE") {
                    let row = row.unwrap();
                    assert!(row.body == "changed" || row.deleted_at.is_some(), "{sql} {at}: {}", tape.text());
                }
                run(db, &["DELETE FROM archive_page WHERE id = 1"]).await;
                let overriding = if db.server() == Server::Postgres { "OVERRIDING SYSTEM VALUE" } else { "" };
                run(db, &[&format!("INSERT INTO archive_page (id, book_id, body) {overriding} VALUES (1, 1, 'a')")]).await;
            }
        }
    }
}
