//! Purge: trash that is older than its retention is removed, and nothing else.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{QuerySelect, TransactionTrait};
use sea_orm_soft_delete::purged::{BlockedBy, PurgeEnd, PurgeProgress, PurgeReport};
use sea_orm_soft_delete::{Clock, Operation, Purge, Scopable, SoftDeleteError, Timestamp};

use crate::entities::NOON;
use crate::families::notebooks::*;
use crate::families::rows::run;
use crate::families::staff::employee;
use crate::harness::{TestDb, on_every_database};

const HOUR: Duration = Duration::from_secs(3_600);

/// A clock that shows this many hours after noon.
fn at(hours: i64) -> Clock {
    let micros = NOON.unix_micros() + hours * 3_600_000_000;
    Clock::fixed(Timestamp::from_unix_micros(micros).unwrap())
}

fn purge() -> Purge {
    Purge::of_all()
        .in_family_of(notebook::Entity)
        .older_than(HOUR)
}

fn removed(report: &PurgeReport) -> Vec<(&str, u64)> {
    let removed = report.removed.iter();
    removed.map(|it| (it.entity.as_str(), it.count)).collect()
}

/// Declares how long its trash is kept.
mod receipt {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "purge_receipt")]
    #[soft_delete(retain = "2 days", cascade(super::invoice::Entity on super::invoice::Relation::Receipt))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Keeps its trash for ever.
mod invoice {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "purge_invoice")]
    #[soft_delete(retain = "forever")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub receipt_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::receipt::Entity",
            from = "Column::ReceiptId",
            to = "super::receipt::Column::Id"
        )]
        Receipt,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Records when it may be purged, and is not restored after that.
mod draft {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "purge_draft")]
    #[soft_delete(
        retain = "2 days",
        restore_until_due,
        cascade(super::page::Entity on super::page::Relation::Draft)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(purge_at)]
        pub purge_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Is not restored once it is due, and has no family.
mod jotter {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "purge_jotter")]
    #[soft_delete(retain = "2 days", restore_until_due)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Records nothing about a purge.
mod page {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "purge_page")]
    #[soft_delete(retain = "2 days")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub draft_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::draft::Entity",
            from = "Column::DraftId",
            to = "super::draft::Column::Id"
        )]
        Draft,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Trashes a notebook with 30 folders in a chain and 60 notes.
async fn a_large_notebook(db: &TestDb) {
    two_notebooks(db).await;
    let folders: Vec<String> = (10..40)
        .map(|id| match id {
            10 => "(10, 1, NULL)".to_owned(),
            id => format!("({id}, NULL, {})", id - 1),
        })
        .collect();
    let notes: Vec<String> = (100..160)
        .map(|id| format!("({id}, {}, 'large-{id}')", 10 + id % 30))
        .collect();
    let folders = folders.join(", ");
    let notes = notes.join(", ");
    run(
        db,
        &[
            &format!("INSERT INTO family_folder (id, notebook_id, parent_id) VALUES {folders}"),
            &format!("INSERT INTO family_note (id, folder_id, slug) VALUES {notes}"),
        ],
    )
    .await;
    let delete = notebook::Entity::delete_by_id(1);
    at(0).scope(delete.exec(&**db)).await.unwrap();
}

/// Ends a run after its first transaction.
async fn stop(_: PurgeProgress) -> ControlFlow<()> {
    ControlFlow::Break(())
}

fn stop_now() -> std::future::Ready<ControlFlow<()>> {
    std::future::ready(ControlFlow::Break(()))
}

/// How many rows there are, live and trashed, of notebooks, folders, notes, attachments and links.
async fn all(db: &TestDb) -> [u64; 5] {
    [
        notebook::Entity::with_trashed().count(&**db).await.unwrap(),
        folder::Entity::with_trashed().count(&**db).await.unwrap(),
        note::Entity::with_trashed().count(&**db).await.unwrap(),
        attachment::Entity::with_trashed()
            .count(&**db)
            .await
            .unwrap(),
        note_tag::Entity::with_trashed().count(&**db).await.unwrap(),
    ]
}

on_every_database! {
    async fn a_purge_removes_whole_operations_that_are_due(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(note::Entity::delete_by_id(2).exec(&**db)).await?;
        at(1).scope(notebook::Entity::delete_by_id(1).exec(&**db)).await?;
        at(3).scope(note::Entity::delete_by_id(4).exec(&**db)).await?;
        let live = live(db).await;
        let preview = at(4).scope(purge().preview(&**db)).await?;
        let report = at(4).scope(purge().run(&**db)).await?;
        assert_eq!((preview.operations, preview.rows()), (report.operations, report.rows()));
        assert_eq!((preview.oldest, preview.runs), (Some(NOON), 1));
        assert_eq!(removed(&report), [
            ("family_note_tag", 2), ("family_attachment", 3), ("family_note", 3),
            ("family_folder", 3), ("family_notebook", 1),
        ]);
        assert_eq!((report.operations, report.ended), (2, PurgeEnd::Done));
        assert_eq!((report.skipped, report.blocked.as_slice()), (0, [].as_slice()));
        assert_eq!(crate::families::notebooks::live(db).await, live);
        assert_eq!(all(db).await, [1, 1, 1, 1, 1]);
        let left = Operation::list().in_family_of(notebook::Entity).all(&**db).await?;
        assert_eq!(left.len(), 1, "the delete of an hour ago is not due");
        assert_eq!(left[0].restore(&**db).await?, 3);
        assert_eq!(at(9).scope(purge().run(&**db)).await?, PurgeReport::default());
    }

    async fn a_purge_on_a_scoped_connection_removes_the_same(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(notebook::Entity::delete_by_id(1).exec(&**db)).await?;
        let report = at(2).scope(purge().run(&db.scoped())).await?;
        assert_eq!((report.operations, report.rows()), (1, 12));
        assert_eq!(all(db).await, [1, 1, 1, 1, 1]);
    }

    async fn an_operation_with_live_rows_below_it_is_blocked(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(folder::Entity::delete_by_id(1).exec(&**db)).await?;
        at(1).scope(note::Entity::delete_by_id(4).exec(&**db)).await?;
        run(db, &["INSERT INTO family_note (id, folder_id, slug) VALUES (9, 3, 'nine')"]).await;
        let before = all(db).await;
        let report = at(3).scope(purge().run(&**db)).await?;
        assert_eq!(report.operations, 1);
        let [blocked] = report.blocked.as_slice() else { panic!("{report}") };
        assert_eq!(
            blocked.by,
            [BlockedBy::LiveRows { entity: "family_note".into(), count: 1 }],
        );
        assert_eq!(all(db).await, [before[0], before[1], before[2] - 1, before[3] - 1, before[4] - 1]);
        assert!(report.to_string().contains("referred to by 1 live row of `family_note`"), "{report}");
    }

    async fn a_live_row_that_restricts_blocks_an_operation(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(note::Entity::delete_by_id(1).exec(&**db)).await?;
        run(db, &["INSERT INTO family_loan (id, note_id) VALUES (1, 1)"]).await;
        let report = at(2).scope(purge().run(&**db)).await?;
        assert_eq!(report.operations, 0);
        assert_eq!(
            report.blocked[0].by,
            [BlockedBy::LiveRows { entity: "family_loan".into(), count: 1 }],
        );
    }

    async fn a_tree_is_removed_from_its_leaves(db: &TestDb) {
        db.create_table(employee::Entity).await;
        run(db, &["INSERT INTO family_employee (id, manager_id) VALUES (1, NULL), (2, 1), (3, 2)"]).await;
        at(0).scope(employee::Entity::delete_by_id(1).exec(&**db)).await?;
        let purge = Purge::of_all().in_family_of(employee::Entity).older_than(HOUR);
        let report = at(2).scope(purge.run(&**db)).await?;
        assert_eq!((removed(&report), report.operations), (vec![("family_employee", 3)], 1));
    }

    async fn an_operation_that_a_foreign_key_holds_does_not_stop_the_others(db: &TestDb) {
        two_notebooks(db).await;
        run(db, &[
            "CREATE TABLE purge_holder (id INT PRIMARY KEY, note_id INT NOT NULL, \
             CONSTRAINT purge_holds FOREIGN KEY (note_id) REFERENCES family_note (id))",
            "INSERT INTO purge_holder (id, note_id) VALUES (1, 2)",
        ]).await;
        for id in 1..=4 {
            at(i64::from(id)).scope(note::Entity::delete_by_id(id).exec(&**db)).await?;
        }
        let report = at(6).scope(purge().run(&**db)).await?;
        assert_eq!(report.operations, 3);
        let [blocked] = report.blocked.as_slice() else { panic!("{report}") };
        assert!(matches!(blocked.by[..], [BlockedBy::ForeignKey { .. }]), "{report}");
        let preview = at(6).scope(purge().preview(&**db)).await?;
        assert_eq!((preview.operations, preview.blocked.len()), (0, 1), "{preview}");
        assert_eq!(note::Entity::with_trashed().count(&**db).await?, 1);
    }

    async fn a_run_is_bounded_by_rows_and_the_next_run_continues(db: &TestDb) {
        two_notebooks(db).await;
        for id in 1..=4 {
            at(i64::from(id) - 4).scope(note::Entity::delete_by_id(id).exec(&**db)).await?;
        }
        let bounded = purge().at_most_rows(5).rows_per_transaction(10);
        let first = at(2).scope(bounded.run(&**db)).await?;
        assert_eq!(first.ended, PurgeEnd::Rows);
        assert!(first.rows() <= 5 && first.operations >= 1, "{first}");
        let rest = at(2).scope(purge().run(&**db)).await?;
        assert_eq!(rest.ended, PurgeEnd::Done);
        assert_eq!(first.operations + rest.operations, 4);
        assert_eq!(note::Entity::with_trashed().count(&**db).await?, 0);
        let none = at(2).scope(purge().at_most(Duration::ZERO).run(&**db)).await?;
        assert_eq!(none.ended, PurgeEnd::Done, "nothing is left");
    }

    async fn a_large_operation_is_removed_in_several_transactions(db: &TestDb) {
        a_large_notebook(db).await;
        let live = live(db).await;
        let mut transactions = 0;
        let between = |progress: PurgeProgress| {
            transactions += 1;
            assert!(progress.rows <= 10 * transactions, "{progress:?}");
            std::future::ready(ControlFlow::Continue(()))
        };
        let report = at(2).scope(purge().rows_per_transaction(10).run_with(between, &**db)).await?;
        assert_eq!((report.operations, report.ended), (1, PurgeEnd::Done), "{report}");
        assert_eq!(report.rows(), 102);
        assert!(transactions >= 10, "{transactions}");
        assert_eq!(crate::families::notebooks::live(db).await, live);
        assert_eq!(all(db).await, [1, 1, 1, 1, 1]);
    }

    async fn an_operation_that_a_purge_has_begun_is_not_restored(db: &TestDb) {
        a_large_notebook(db).await;
        let operation = Operation::list().in_family_of(notebook::Entity).all(&**db).await?.remove(0);
        let bounded = purge().rows_per_transaction(10);
        let report = at(2).scope(bounded.run_with(stop, &**db)).await?;
        assert_eq!((report.operations, report.ended), (0, PurgeEnd::Stopped), "{report}");
        let before = all(db).await;
        for refused in [
            operation.restore(&**db).await.map(|_| ()),
            operation.restore_with_ancestors(&**db).await.map(|_| ()),
            notebook::Entity::restore_by_id(1).exec(&**db).await.map(|_| ()),
            notebook::Entity::restore_many().exec(&**db).await.map(|_| ()),
            folder::Entity::restore_by_id(10).with_ancestors().exec(&**db).await.map(|_| ()),
        ] {
            let Err(SoftDeleteError::BeingPurged { entity, operation: id, .. }) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!((entity.as_str(), id), ("family_notebook", operation.id()));
        }
        assert_eq!(all(db).await, before);
        let listed = Operation::list().in_family_of(notebook::Entity).all(&**db).await?;
        assert_eq!(listed[0].id(), operation.id(), "it is still one operation");
        assert_eq!(listed.len(), 1);
        let report = at(2).scope(bounded.run(&**db)).await?;
        assert_eq!((report.operations, report.ended), (1, PurgeEnd::Done), "{report}");
        assert_eq!(all(db).await, [1, 1, 1, 1, 1]);
    }

    async fn a_run_that_ends_in_a_large_operation_is_continued(db: &TestDb) {
        a_large_notebook(db).await;
        let mut runs = 0;
        loop {
            let bounded = purge().rows_per_transaction(7).at_most_rows(20);
            let report = at(2).scope(bounded.run(&**db)).await?;
            runs += 1;
            assert!(report.rows() <= 20, "{report}");
            if report.ended == PurgeEnd::Done {
                break;
            }
            assert!(report.rows() > 0, "{report}");
        }
        assert_eq!(runs, 6);
        assert_eq!(all(db).await, [1, 1, 1, 1, 1]);
    }

    async fn a_large_operation_with_a_live_row_below_it_can_be_restored(db: &TestDb) {
        a_large_notebook(db).await;
        run(db, &["INSERT INTO family_note (id, folder_id, slug) VALUES (9, 20, 'nine')"]).await;
        let before = all(db).await;
        let report = at(2).scope(purge().rows_per_transaction(10).run(&**db)).await?;
        assert_eq!(report.blocked.len(), 1, "{report}");
        assert_eq!((report.rows(), all(db).await), (0, before));
        let operation = Operation::list().in_family_of(notebook::Entity).all(&**db).await?.remove(0);
        assert_eq!(operation.restore(&**db).await?, 102);
    }

    async fn a_large_operation_that_an_undeclared_foreign_key_holds_can_be_restored(db: &TestDb) {
        a_large_notebook(db).await;
        run(db, &[
            "CREATE TABLE purge_holder (id INT PRIMARY KEY, note_id INT NOT NULL, \
             CONSTRAINT purge_holds FOREIGN KEY (note_id) REFERENCES family_note (id))",
            "INSERT INTO purge_holder (id, note_id) VALUES (1, 120)",
        ]).await;
        let bounded = purge().rows_per_transaction(10);
        let before = all(db).await;
        let report = at(2).scope(bounded.run(&**db)).await?;
        let [blocked] = report.blocked.as_slice() else { panic!("{report}") };
        let [BlockedBy::ForeignKey { holder, .. }] = blocked.by.as_slice() else { panic!("{report}") };
        assert_eq!((holder.as_deref(), report.rows()), (Some("purge_holder"), 0));
        assert_eq!(all(db).await, before);
        let operation = Operation::list().in_family_of(notebook::Entity).all(&**db).await?.remove(0);
        assert_eq!(operation.restore(&**db).await?, 102);
    }

    async fn a_large_operation_whose_rows_are_their_own_parents_is_removed(db: &TestDb) {
        db.create_table(employee::Entity).await;
        let rows: Vec<String> = (1..=40).map(|id| format!("({id}, {id})")).collect();
        let insert = format!("INSERT INTO family_employee (id, manager_id) VALUES {}", rows.join(", "));
        run(db, &[insert.as_str()]).await;
        at(0).scope(employee::Entity::delete_many().exec(&**db)).await?;
        let purge = Purge::of_all().in_family_of(employee::Entity).older_than(HOUR);
        let report = at(2).scope(purge.rows_per_transaction(10).run(&**db)).await?;
        if db.get_database_backend() == sea_orm::DbBackend::MySql {
            // InnoDB does not remove a row that refers to itself.
            assert!(matches!(report.blocked[0].by[..], [BlockedBy::ForeignKey { .. }]), "{report}");
            assert_eq!(employee::Entity::restore_many().exec(&**db).await?.rows_affected, 40);
            return Ok(());
        }
        assert_eq!((report.operations, report.rows()), (1, 40), "{report}");
    }

    async fn a_delete_says_when_a_purge_may_remove_it(db: &TestDb) {
        db.create_table(draft::Entity).await;
        db.create_table(page::Entity).await;
        run(db, &[
            "INSERT INTO purge_draft (id) VALUES (1), (2), (3)",
            "INSERT INTO purge_page (id, draft_id) VALUES (1, 1), (2, 2)",
        ]).await;
        at(0).scope(draft::Entity::delete_by_id(1).purge_after(HOUR * 100).exec(&**db)).await?;
        at(1).scope(draft::Entity::delete_by_id(2).purge_after(HOUR * 5).exec(&**db)).await?;
        at(2).scope(draft::Entity::delete_by_id(3).exec(&**db)).await?;
        let trash = Operation::list().in_family_of(draft::Entity).all(&**db).await?;
        let mut left = Vec::new();
        for operation in &trash {
            let time = at(0).scope(async { operation.time_left() }).await;
            left.push(time.map(|time| time.as_secs() / 3_600));
        }
        assert_eq!(left, [Some(50), Some(6), Some(100)], "the first from the retention of two days");
        let purge = || Purge::of_all().in_family_of(draft::Entity);
        assert_eq!(at(5).scope(purge().run(&**db)).await?.operations, 0);
        let preview = at(6).scope(purge().preview(&**db)).await?;
        let report = at(6).scope(purge().run(&**db)).await?;
        assert_eq!((report.operations, preview.operations), (1, 1), "{report}");
        assert_eq!(removed(&report), [("purge_page", 1), ("purge_draft", 1)], "with the page, which records nothing");
        assert_eq!(at(51).scope(purge().run(&**db)).await?.operations, 1);
        let report = at(99).scope(purge().older_than(HOUR).run(&**db)).await?;
        assert_eq!(report.operations, 0, "its `purge_at` is later");
        assert_eq!(at(100).scope(purge().run(&**db)).await?.operations, 1);
        assert_eq!(draft::Entity::with_trashed().count(&**db).await?, 0);
    }

    async fn a_restore_clears_when_to_purge(db: &TestDb) {
        db.create_table(draft::Entity).await;
        db.create_table(page::Entity).await;
        run(db, &["INSERT INTO purge_draft (id) VALUES (1), (2)"]).await;
        let later = sea_orm_soft_delete::Attribution::default().purge_after(HOUR);
        let delete = draft::Entity::delete_by_id(1);
        at(0).scope(later.clone().scope(delete.exec(&**db))).await?;
        let scoped = db.scoped();
        let delete = scoped.execute_unprepared("DELETE FROM purge_draft WHERE id = 2");
        at(0).scope(later.scope(delete)).await?;
        let trashed = draft::Entity::only_trashed().all(&**db).await?;
        assert!(trashed.len() == 2 && trashed.iter().all(|it| it.purge_at.is_some()), "{trashed:?}");
        at(0).scope(draft::Entity::restore_many().exec(&**db)).await?;
        let live = draft::Entity::find().all(&**db).await?;
        assert!(live.len() == 2 && live.iter().all(|it| it.purge_at.is_none()), "{live:?}");
    }

    async fn what_is_due_is_not_restored_if_the_entity_says_so(db: &TestDb) {
        db.create_table(draft::Entity).await;
        db.create_table(page::Entity).await;
        run(db, &["INSERT INTO purge_draft (id) VALUES (1), (2)"]).await;
        at(0).scope(draft::Entity::delete_by_id(1).exec(&**db)).await?;
        at(1).scope(draft::Entity::delete_by_id(2).purge_after(HOUR).exec(&**db)).await?;
        let trash = Operation::list().in_family_of(draft::Entity).all(&**db).await?;
        for (operation, id, due) in [(&trash[0], 2, 2), (&trash[1], 1, 48)] {
            let clock = at(due);
            let one = draft::Entity::restore_by_id(id);
            for refused in [
                clock.clone().scope(operation.restore(&**db)).await.map(|_| ()),
                clock.clone().scope(operation.restore_with_ancestors(&**db)).await.map(|_| ()),
                clock.clone().scope(operation.preview_restore(&**db)).await.map(|_| ()),
                clock.clone().scope(one.exec(&**db)).await.map(|_| ()),
                clock.clone().scope(draft::Entity::restore_many().exec(&**db)).await.map(|_| ()),
            ] {
                let is_refused = matches!(
                    &refused,
                    Err(SoftDeleteError::TooLateToRestore { entity, .. }) if entity == "purge_draft"
                );
                assert!(is_refused, "{refused:?}");
            }
        }
        assert_eq!(at(47).scope(draft::Entity::restore_by_id(1).exec(&**db)).await?.id, 1);
    }

    async fn what_is_due_of_an_entity_without_a_family_is_not_restored_either(db: &TestDb) {
        db.create_table(jotter::Entity).await;
        run(db, &["INSERT INTO purge_jotter (id) VALUES (1), (2)"]).await;
        at(0).scope(jotter::Entity::delete_many().exec(&**db)).await?;
        let row = jotter::Entity::only_trashed().one(&**db).await?.unwrap();
        for refused in [
            at(48).scope(jotter::Entity::restore_by_id(1).exec(&**db)).await.map(|_| ()),
            at(48).scope(jotter::Entity::restore_many().exec(&**db)).await.map(|_| ()),
            at(48).scope(row.restore(&**db)).await.map(|_| ()),
        ] {
            assert!(matches!(refused, Err(SoftDeleteError::TooLateToRestore { .. })), "{refused:?}");
        }
        assert_eq!(at(47).scope(jotter::Entity::restore_many().exec(&**db)).await?.rows_affected, 2);
    }

    async fn a_delete_cannot_say_when_to_purge_without_a_column_for_it(db: &TestDb) {
        two_notebooks(db).await;
        let refused = note::Entity::delete_by_id(1).purge_after(HOUR).exec(&**db).await;
        let error = SoftDeleteError::from(refused.unwrap_err());
        assert!(matches!(error, SoftDeleteError::AttributionNotRecorded { key: "purge_at", .. }), "{error}");
    }

    async fn an_entity_declares_how_long_its_trash_is_kept(db: &TestDb) {
        db.create_table(receipt::Entity).await;
        db.create_table(invoice::Entity).await;
        run(db, &[
            "INSERT INTO purge_receipt (id) VALUES (1), (2), (3)",
            "INSERT INTO purge_invoice (id, receipt_id) VALUES (1, 1)",
        ]).await;
        at(0).scope(receipt::Entity::delete_by_id(1).exec(&**db)).await?;
        at(0).scope(receipt::Entity::delete_by_id(2).exec(&**db)).await?;
        at(2).scope(receipt::Entity::delete_by_id(3).exec(&**db)).await?;
        let purge = || Purge::of_all().in_family_of(receipt::Entity);
        let report = at(49).scope(purge().run(&**db)).await?;
        assert_eq!(removed(&report), [("purge_receipt", 1)], "the receipt with an invoice stays");
        let report = at(51).scope(purge().run(&**db)).await?;
        assert_eq!(removed(&report), [("purge_receipt", 1)]);
        let report = at(51).scope(purge().older_than(HOUR).run(&**db)).await?;
        assert_eq!(removed(&report), [("purge_invoice", 1), ("purge_receipt", 1)]);
    }

    async fn an_entity_without_a_declared_retention_is_not_purged(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(notebook::Entity::delete_by_id(1).exec(&**db)).await?;
        let purge = Purge::of_all().in_family_of(notebook::Entity);
        assert_eq!(at(100_000).scope(purge.run(&**db)).await?, PurgeReport::default());
    }

    async fn an_operation_whose_rows_are_locked_is_skipped(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(note::Entity::delete_by_id(1).exec(&**db)).await?;
        at(1).scope(note::Entity::delete_by_id(4).exec(&**db)).await?;
        if db.get_database_backend() == sea_orm::DbBackend::Sqlite {
            return Ok(()); // It has one writer, and no locks on rows.
        }
        let txn = db.begin().await?;
        let find = note::Entity::only_trashed().filter(note::Column::Id.eq(1));
        find.lock_exclusive().one(&txn).await?;
        let report = at(3).scope(purge().run(&**db)).await?;
        assert_eq!((report.operations, report.skipped), (1, 1), "{report}");
        txn.rollback().await?;
        let report = at(3).scope(purge().run(&**db)).await?;
        assert_eq!((report.operations, report.skipped), (1, 0), "{report}");
    }

    async fn a_purge_of_a_family_leaves_operations_that_began_above_it(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(notebook::Entity::delete_by_id(1).exec(&**db)).await?;
        at(1).scope(note::Entity::delete_by_id(4).exec(&**db)).await?;
        let purge = Purge::of_all().in_family_of(note::Entity).older_than(HOUR);
        let report = at(3).scope(purge.run(&**db)).await?;
        assert_eq!((report.operations, report.blocked.len()), (1, 0), "{report}");
        assert_eq!(notebook::Entity::restore_by_id(1).exec(&**db).await?.id, 1);
        assert_eq!(live(db).await[..5], [2, 4, 3, 3, 2], "the whole notebook is back");
    }

    async fn an_operation_stays_if_one_that_is_blocked_hangs_below_it(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(note::Entity::delete_by_id(3).exec(&**db)).await?;
        at(1).scope(folder::Entity::delete_by_id(3).exec(&**db)).await?;
        at(2).scope(notebook::Entity::delete_by_id(1).exec(&**db)).await?;
        run(db, &["INSERT INTO family_attachment (id, note_id) VALUES (9, 3)"]).await;
        let before = all(db).await;
        let report = at(4).scope(purge().run(&**db)).await?;
        assert_eq!((report.rows(), report.blocked.len()), (0, 3), "{report}");
        assert_eq!(all(db).await, before);
        let preview = at(4).scope(purge().preview(&**db)).await?;
        assert_eq!((preview.rows(), preview.blocked.len()), (0, 3), "{preview}");
    }

    async fn a_row_that_was_moved_out_of_an_operation_being_purged_is_not_restored(db: &TestDb) {
        a_large_notebook(db).await;
        let bounded = purge().rows_per_transaction(10);
        at(2).scope(bounded.run_with(stop, &**db)).await?;
        run(db, &["UPDATE family_folder SET notebook_id = 2 WHERE id = 10"]).await;
        let refused = folder::Entity::restore_by_id(10).exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::BeingPurged { .. })), "{refused:?}");
    }

    async fn an_operation_above_the_bound_on_rows_is_removed_by_several_runs(db: &TestDb) {
        a_large_notebook(db).await;
        let bounded = || purge().at_most_rows(30);
        let mut ends = Vec::new();
        for _ in 0..5 {
            let report = at(2).scope(bounded().run(&**db)).await?;
            assert!(report.rows() <= 30, "{report}");
            ends.push(report.ended);
        }
        assert_eq!(ends.pop(), Some(PurgeEnd::Done));
        assert_eq!(all(db).await, [1, 1, 1, 1, 1]);
    }

    async fn operations_of_one_instant_are_all_purged(db: &TestDb) {
        db.create_table(employee::Entity).await;
        let rows: Vec<String> = (1..=450).map(|id| format!("({id}, NULL)")).collect();
        let insert = format!("INSERT INTO family_employee (id, manager_id) VALUES {}", rows.join(", "));
        run(db, &[insert.as_str()]).await;
        for id in 1..=450 {
            at(0).scope(employee::Entity::delete_by_id(id).exec(&**db)).await?;
        }
        let purge = Purge::of_all().in_family_of(employee::Entity).older_than(HOUR);
        assert_eq!(at(2).scope(purge.run(&**db)).await?.operations, 450);
    }

    async fn a_purge_runs_in_a_task_of_its_own(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(notebook::Entity::delete_by_id(1).exec(&**db)).await?;
        let connection = (**db).clone();
        let task = tokio::spawn(at(2).scope(async move { purge().run(&connection.scoped()).await }));
        assert_eq!(task.await.unwrap()?.operations, 1);
    }

    async fn a_purge_of_a_family_leaves_rows_that_were_moved_out_of_an_operation_above_it(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(notebook::Entity::delete_by_id(1).exec(&**db)).await?;
        run(db, &["UPDATE family_folder SET notebook_id = NULL WHERE id = 1"]).await;
        let purge = Purge::of_all().in_family_of(folder::Entity).older_than(HOUR);
        assert_eq!(at(3).scope(purge.run(&**db)).await?, PurgeReport::default());
        let operation = Operation::list().in_family_of(notebook::Entity).all(&**db).await?.remove(0);
        assert_eq!(operation.restore(&**db).await?, 12);
    }

    async fn nothing_is_removed_after_the_caller_has_ended_a_run(db: &TestDb) {
        a_large_notebook(db).await;
        for rows in [1, 10, 60] {
            let mut calls = 0;
            let once = |_| {
                calls += 1;
                stop_now()
            };
            let report = at(2).scope(purge().rows_per_transaction(rows).run_with(once, &**db)).await?;
            assert_eq!((calls, report.ended), (1, PurgeEnd::Stopped), "{rows}: {report}");
            assert!(report.rows() <= rows, "{rows}: {report}");
        }
    }

    async fn a_task_purges_at_an_interval_until_it_is_shut_down(db: &TestDb) {
        two_notebooks(db).await;
        at(0).scope(notebook::Entity::delete_by_id(1).exec(&**db)).await?;
        let (done, mut runs) = tokio::sync::mpsc::unbounded_channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = purge().every(Duration::from_millis(10)).jitter(Duration::from_millis(1));
        let connection = (**db).clone();
        let task = tokio::spawn(at(2).scope(async move {
            let shutdown = async { drop(stopped.await) };
            task.run_until(shutdown, &connection, |run| drop(done.send(run))).await;
        }));
        let first = runs.recv().await.unwrap()?;
        assert_eq!((first.operations, first.ended), (1, PurgeEnd::Done));
        assert_eq!(runs.recv().await.unwrap()?.operations, 0);
        stop.send(()).unwrap();
        task.await.unwrap();
        while runs.recv().await.is_some() {}
    }

    async fn a_purge_beside_deletes_and_restores_removes_no_live_row(db: &TestDb) {
        two_notebooks(db).await;
        let folders: Vec<i32> = (100..130).collect();
        for folder in &folders {
            let notes: Vec<String> = (0..8)
                .map(|note| format!("({}, {folder}, 'beside-{folder}-{note}')", folder * 10 + note))
                .collect();
            run(db, &[
                &format!("INSERT INTO family_folder (id) VALUES ({folder})"),
                &format!("INSERT INTO family_note (id, folder_id, slug) VALUES {}", notes.join(", ")),
            ]).await;
        }
        let is_over = AtomicBool::new(false);
        let purge = || Purge::of_all().in_family_of(notebook::Entity).older_than(Duration::ZERO);
        let purging = async {
            // The small bound makes each folder a large operation.
            while !is_over.load(Ordering::Relaxed) {
                purge().rows_per_transaction(3).run(&**db).await.unwrap();
                tokio::task::yield_now().await;
            }
        };
        let working = async {
            let mut restored = Vec::new();
            for folder in &folders {
                again(async || folder::Entity::delete_by_id(*folder).exec(&**db).await.map_err(Into::into)).await;
                let back = again(async || match folder::Entity::restore_by_id(*folder).exec(&**db).await {
                    Ok(_) => Ok(true),
                    Err(SoftDeleteError::NotFound { .. } | SoftDeleteError::BeingPurged { .. }) => Ok(false),
                    Err(error) => Err(error),
                }).await;
                if back {
                    restored.push(*folder);
                }
            }
            is_over.store(true, Ordering::Relaxed);
            restored
        };
        let ((), restored) = tokio::join!(purging, working);
        purge().run(&**db).await?;
        for folder in folders {
            let is_live = restored.contains(&folder);
            let notes = note::Entity::with_trashed().filter(note::Column::FolderId.eq(folder));
            assert_eq!(notes.count(&**db).await?, if is_live { 8 } else { 0 }, "{folder}");
            assert_eq!(folder::Entity::find_by_id(folder).one(&**db).await?.is_some(), is_live);
            let live = note::Entity::find().filter(note::Column::FolderId.eq(folder));
            assert_eq!(live.count(&**db).await?, if is_live { 8 } else { 0 }, "{folder}");
        }
    }
}

/// Repeats the call while the database ends it for another transaction.
async fn again<T>(call: impl AsyncFn() -> Result<T, SoftDeleteError>) -> T {
    loop {
        match call().await {
            Err(error) if error.is_retryable() => {}
            done => return done.unwrap(),
        }
    }
}
