//! Lists of operations: the trash of a family, one delete at a time.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::prelude::*;
use sea_orm::{DatabaseConnection, IntoActiveModel, NotSet, Set, TransactionTrait};
use sea_orm_soft_delete::builders::Operations;
use sea_orm_soft_delete::{
    Attribution, Clock, Operation, OperationId, Scopable, SoftDeleteError, Timestamp,
};

use super::notebooks::*;
use crate::entities::NOON;
use crate::harness::{TestDb, on_every_database};

/// A separate entity. On SQLite its marker is a text whose alphabetical order is not the order of the
/// instants.
mod timed {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_timed")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<TimeDateTimeWithTimeZone>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// The marker and the `deleted_by` column have newtypes.
mod newtype {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::describe::TimestampType;
    use sea_orm_soft_delete::{SoftDelete, Timestamp};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
    pub struct When(DateTimeUtc);

    impl From<Timestamp> for When {
        fn from(at: Timestamp) -> Self {
            Self(at.into())
        }
    }

    impl TimestampType for When {}

    #[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType)]
    pub struct UserId(pub i64);

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_newtype")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(marker)]
        pub gone: Option<When>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<UserId>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Without an operation column, and with a marker that holds no instant, this entity cannot tell operations
/// apart.
mod flagged {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "family_flagged")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[soft_delete(marker)]
        pub is_deleted: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

fn list() -> Operations {
    Operation::list().in_family_of(notebook::Entity)
}

fn members(operation: &Operation) -> Vec<(&str, u64)> {
    let members = operation.members().iter();
    members
        .map(|member| (member.entity.as_str(), member.count))
        .collect()
}

fn ids(operations: &[Operation]) -> Vec<OperationId> {
    operations.iter().map(Operation::id).collect()
}

/// Reads every page of the list, and returns the ids of all operations.
async fn pages(list: impl Fn() -> Operations, limit: u64, db: &TestDb) -> Vec<OperationId> {
    let mut all: Vec<OperationId> = Vec::new();
    loop {
        let mut list = list().limit(limit);
        if let Some(last) = all.last() {
            list = list.before(*last);
        }
        let page = list.all(&**db).await.unwrap();
        assert!(page.len() as u64 <= limit);
        if page.is_empty() {
            return all;
        }
        all.extend(ids(&page));
    }
}

/// A second connection to the same database, and the number of statements sent on it.
fn counting(db: &TestDb) -> (DatabaseConnection, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let mut db = (**db).clone();
    let counted = Arc::clone(&count);
    db.set_metric_callback(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    });
    (db, count)
}

/// A clock that advances by one microsecond for each reading.
fn ticking() -> Clock {
    let ticks = AtomicUsize::new(0);
    Clock::custom(move || {
        let tick = ticks.fetch_add(1, Ordering::Relaxed) as i64;
        Timestamp::from_unix_micros(NOON.unix_micros() + tick).unwrap()
    })
}

/// Fifty deletes of notes, attachments or both, with the rows for them.
async fn fifty_deletes(db: &TestDb) {
    let notes = (100..150).map(|id| note::ActiveModel {
        id: Set(id),
        folder_id: Set(4),
        slug: Set(id.to_string()),
        ..Default::default()
    });
    note::Entity::insert_many(notes).exec(&**db).await.unwrap();
    let attachments = (100..150).map(|id| attachment::ActiveModel {
        id: Set(id),
        note_id: Set(if id % 3 == 0 { id } else { 4 }),
        deleted_at: NotSet,
    });
    attachment::Entity::insert_many(attachments)
        .exec(&**db)
        .await
        .unwrap();
    for id in 100..150 {
        match id % 3 {
            2 => attachment::Entity::delete_by_id(id)
                .exec(&**db)
                .await
                .unwrap(),
            _ => note::Entity::delete_by_id(id)
                .by(id % 2)
                .exec(&**db)
                .await
                .unwrap(),
        };
    }
}

on_every_database! {
    async fn the_trash_is_listed_newest_first_with_rows_actor_and_reason(db: &TestDb) {
        two_notebooks(db).await;
        assert_eq!(list().all(&**db).await?, []);
        note::Entity::delete_by_id(2).by("alice").exec(&**db).await?;
        folder::Entity::delete_by_id(2).by(8).exec(&**db).await?;
        let before = Timestamp::now();
        notebook::Entity::delete_by_id(1).by(7).because("moved out").exec(&**db).await?;
        attachment::Entity::delete_by_id(4).exec(&**db).await?;

        let trash = list().all(&**db).await?;
        let [fourth, third, second, first] = trash.as_slice() else {
            panic!("{trash:#?}");
        };
        assert_eq!(members(first), [("family_note", 1), ("family_attachment", 1)]);
        assert_eq!(first.deleted_by(), Some(&"alice".into()));
        assert_eq!(members(second), [("family_folder", 2), ("family_note", 1)]);
        assert_eq!(second.deleted_by(), Some(&8.into()));
        assert_eq!(
            members(third),
            [
                ("family_notebook", 1),
                ("family_folder", 1),
                ("family_note", 1),
                ("family_attachment", 2),
                ("family_note_tag", 2),
            ]
        );
        assert_eq!(third.count(), 7);
        assert_eq!(third.deleted_by(), Some(&7.into()));
        assert_eq!(third.reason(), Some("moved out"));
        assert!(before <= third.at() && third.at() <= Timestamp::now());
        assert_eq!(members(fourth), [("family_attachment", 1)]);
        assert_eq!((fourth.deleted_by(), fourth.reason()), (None, None));
        assert_eq!(fourth.id(), OperationId::Instant(fourth.at()));

        let row = notebook::Entity::only_trashed().one(&**db).await?.unwrap();
        assert_eq!(row.operation(), Some(third.id()));
        let row = attachment::Entity::only_trashed().filter(attachment::Column::Id.eq(4));
        let row = row.one(&**db).await?.unwrap();
        assert_eq!(row.operation(), Some(fourth.id()));
    }

    async fn an_operation_is_found_by_its_id_or_its_instant(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).by(7).exec(&**db).await?;
        notebook::Entity::delete_by_id(2).exec(&**db).await?;
        let trash = list().all(&**db).await?;
        for operation in &trash {
            let id = operation.id();
            assert_eq!(list().find(id, &**db).await?.as_ref(), Some(operation));
            let at = OperationId::Instant(operation.at());
            assert_eq!(list().find(at, &**db).await?.as_ref(), Some(operation));
            // `find` ignores the limit and the filters of the list.
            let none = list().limit(0).before(id).deleted_by(404).of(loan::Entity);
            assert_eq!(none.find(id, &**db).await?.as_ref(), Some(operation));
        }
        for unknown in [OperationId::Uuid(Uuid::from_u128(7)), OperationId::Instant(NOON)] {
            assert_eq!(list().find(unknown, &**db).await?, None);
        }
    }

    async fn pages_list_every_operation_once(db: &TestDb) {
        two_notebooks(db).await;
        fifty_deletes(db).await;
        let all = ids(&list().limit(99).all(&**db).await?);
        assert_eq!(all.len(), 50);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 50);
        assert!(all.is_sorted_by_key(|id| std::cmp::Reverse(id.instant())));
        assert_eq!(ids(&list().all(&**db).await?), all[..20]);
        for limit in [1, 7, 10, 49, 50, 51, u64::MAX] {
            assert_eq!(pages(list, limit, db).await, all, "{limit}");
        }
        assert_eq!(list().limit(0).all(&**db).await?, []);
        assert_eq!(list().limit(3).count(&**db).await?, 50);
        assert_eq!(list().limit(0).count(&db.scoped()).await?, 50);
        assert_eq!(list().before(all[9]).count(&**db).await?, 40);
    }

    async fn filtered_pages_list_every_operation_once(db: &TestDb) {
        two_notebooks(db).await;
        fifty_deletes(db).await;
        let filters: [(fn() -> Operations, usize); 9] = [
            (|| list().began_with(attachment::Entity), 17),
            (|| list().began_with(note::Entity), 33),
            (|| list().began_with(note::Entity).began_with(attachment::Entity), 50),
            (|| list().began_with(note::Entity).of(attachment::Entity), 16),
            (|| list().deleted_by(1), 16),
            (|| list().of(note::Entity), 33),
            (|| list().of(attachment::Entity), 33),
            (|| list().of(attachment::Entity).of(note::Entity), 50),
            (|| list().of(note::Entity).deleted_by("0"), 17),
        ];
        for (filtered, count) in filters {
            let all = filtered().limit(99).all(&**db).await?;
            assert_eq!(all.len(), count);
            assert_eq!(filtered().count(&**db).await?, count as u64);
            for limit in [1, 5, 16] {
                assert_eq!(pages(filtered, limit, db).await, ids(&all));
            }
            // With a filter, each operation still counts all of its rows.
            let unfiltered = list().limit(99).all(&**db).await?;
            assert!(all.iter().all(|one| unfiltered.contains(one)));
        }
        let taken_along = list().of(attachment::Entity).limit(99).all(&**db).await?;
        let with_note = taken_along.iter().filter(|one| one.count() == 2).count();
        assert_eq!(with_note, 16);
    }

    async fn a_list_between_two_instants_has_the_operations_of_that_time(db: &TestDb) {
        two_notebooks(db).await;
        let clock = ticking();
        clock.scope(fifty_deletes(db)).await;
        let all = list().limit(99).all(&**db).await?;
        let at = |place: usize| all[place].at();
        // Newest first: the instant of the 10th is the end, the instant of the 30th the begin.
        let between = || list().deleted_since(at(30)).deleted_until(at(10));
        let expected = &all[11..=30];
        assert!(expected.iter().all(|one| at(30) <= one.at() && one.at() < at(10)));
        assert_eq!(between().limit(99).all(&**db).await?, expected);
        assert_eq!(between().count(&**db).await?, expected.len() as u64);
        for limit in [1, 7, 20] {
            assert_eq!(pages(between, limit, db).await, ids(expected), "{limit}");
        }
        assert_eq!(list().limit(99).deleted_since(Timestamp::MIN).all(&**db).await?, all);
        assert_eq!(list().deleted_until(at(49)).all(&**db).await?, []);
        assert_eq!(list().deleted_since(Timestamp::now()).all(&**db).await?, []);
        assert_eq!(between().of(note::Entity).limit(99).all(&**db).await?.len(), {
            let has_note = |one: &&Operation| one.members().iter().any(|it| it.entity == "family_note");
            expected.iter().filter(has_note).count()
        });
    }

    async fn a_list_finds_operations_by_what_their_rows_contain(db: &TestDb) {
        two_notebooks(db).await;
        fifty_deletes(db).await;
        let all = list().limit(99).all(&**db).await?;
        // Slugs 100 to 149: 120 to 129, without the notes that nobody deleted.
        let twenties = || list().containing(note::Entity, note::Column::Slug.starts_with("12"));
        let found = twenties().limit(99).all(&**db).await?;
        assert_eq!(found.len(), (120..130).filter(|id| id % 3 != 2).count());
        assert!(found.iter().all(|one| all.contains(one)), "they count all of their rows");
        assert_eq!(pages(twenties, 2, db).await, ids(&found));
        assert_eq!(twenties().count(&**db).await?, found.len() as u64);
        let began = || twenties().began_with(note::Entity).count(&**db);
        assert_eq!(began().await?, found.len() as u64);
        assert_eq!(ids(&twenties().all(&db.scoped()).await?), ids(&found));

        let one = attachment::Column::Id.eq(101);
        let either = twenties().containing(attachment::Entity, one.clone());
        assert_eq!(either.limit(99).all(&**db).await?.len(), found.len() + 1);
        let both = twenties().containing(note::Entity, note::Column::Id.eq(100));
        assert_eq!(both.limit(99).all(&**db).await?.len(), found.len() + 1);
        let other = twenties().of(attachment::Entity);
        assert_eq!(other.all(&**db).await?, []);
        let whose = twenties().deleted_by(1).all(&**db).await?;
        assert!(whose.len() < found.len() && !whose.is_empty());
        // Live rows do not count.
        let live = list().containing(note::Entity, note::Column::Id.eq(1));
        assert_eq!(live.all(&**db).await?, []);
    }

    async fn the_actor_filter_uses_the_type_of_each_column(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(2).by(7).exec(&**db).await?;
        note::Entity::delete_by_id(1).by(7).exec(&**db).await?;
        note::Entity::delete_by_id(2).by("alice").exec(&**db).await?;
        assert_eq!(list().deleted_by(7_i64).all(&**db).await?.len(), 2);
        assert_eq!(list().deleted_by("7").all(&**db).await?.len(), 2);
        assert_eq!(list().deleted_by("alice").all(&**db).await?.len(), 1);
        assert_eq!(list().deleted_by(i64::MAX).all(&**db).await?.len(), 0);
        assert_eq!(list().deleted_by(None::<i32>).all(&**db).await?.len(), 3);

        let nobody = list().of(attachment::Entity).deleted_by(7).all(&**db).await;
        assert!(matches!(
            nobody.unwrap_err(),
            SoftDeleteError::AttributionNotRecorded { entity, .. } if entity == "family_attachment"
        ));
    }

    async fn a_scoped_connection_and_a_transaction_list_the_same_operations(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).by(7).exec(&**db).await?;
        note::Entity::delete_by_id(4).exec(&**db).await?;
        attachment::Entity::delete_many().exec(&**db).await?;
        let all = list().all(&**db).await?;
        assert_eq!(all.len(), 2);
        let scoped = db.scoped();
        assert_eq!(list().all(&scoped).await?, all);
        assert_eq!(list().deleted_by(7).all(&scoped).await?, all[1..]);
        assert_eq!(list().before(all[0].id()).all(&scoped).await?, all[1..]);
        assert_eq!(list().find(all[1].id(), &scoped).await?.as_ref(), Some(&all[1]));
        let transaction = scoped.begin().await?;
        assert_eq!(list().all(&transaction).await?, all);
        transaction.rollback().await?;
    }

    async fn a_list_sends_one_statement_for_each_entity(db: &TestDb) {
        two_notebooks(db).await;
        let (counted, count) = counting(db);
        let taken = || count.swap(0, Ordering::Relaxed);
        list().all(&counted).await?;
        assert_eq!(taken(), 5);
        note::Entity::delete_by_id(2).exec(&**db).await?;
        list().all(&counted).await?;
        let of_one = taken();
        assert_eq!(of_one, 8, "two count the notes and the attachments, and one reads the roots");
        fifty_deletes(db).await;
        list().limit(90).all(&counted).await?;
        assert_eq!(taken(), of_one + 1, "attachments have roots too");
        list().deleted_by(1).all(&counted).await?;
        assert_eq!(taken(), 9, "three look for the actor, five count, and one reads the roots");
        list().find(OperationId::Instant(NOON), &counted).await?;
        assert_eq!(taken(), 5);
        list().limit(0).all(&counted).await?;
        assert_eq!(taken(), 0);
    }

    async fn an_operation_leaves_out_rows_that_were_restored_or_removed(db: &TestDb) {
        two_notebooks(db).await;
        notebook::Entity::delete_by_id(1).because("moved out").exec(&**db).await?;
        let before = list().all(&**db).await?;
        db.execute_unprepared(
            "UPDATE family_notebook SET deleted_at = NULL, operation_id = NULL, reason = NULL",
        )
        .await?;
        db.execute_unprepared("DELETE FROM family_attachment WHERE id = 1").await?;
        let after = list().all(&**db).await?;
        assert_eq!(ids(&after), ids(&before));
        assert_eq!(
            members(&after[0]),
            [
                ("family_folder", 3),
                ("family_note", 3),
                ("family_attachment", 2),
                ("family_note_tag", 2),
            ]
        );
        assert_eq!(after[0].reason(), None, "no other entity of the family has a reason column");
    }

    async fn rows_that_a_handwritten_update_trashed_have_no_operation(db: &TestDb) {
        two_notebooks(db).await;
        let now = DateTimeUtc::from(Timestamp::now());
        let mut note = note::Entity::find_by_id(1).one(&**db).await?.unwrap().into_active_model();
        note.deleted_at = Set(Some(now));
        note.update(&**db).await?;
        for (id, text) in [(2, "ffff"), (3, "a migration in 2019, of all that was old")] {
            let mut note =
                note::Entity::find_by_id(id).one(&**db).await?.unwrap().into_active_model();
            note.deleted_at = Set(Some(now));
            note.operation_id = Set(Some(text[..text.len().min(36)].into()));
            note.update(&**db).await?;
        }
        note::Entity::delete_by_id(4).exec(&**db).await?;
        db.execute_unprepared("UPDATE family_attachment SET deleted_at = NULL").await?;
        db.execute_unprepared("UPDATE family_note_tag SET operation_id = NULL").await?;
        let all = list().limit(1).all(&**db).await?;
        assert_eq!(members(&all[0]), [("family_note", 1)]);
        assert_eq!(list().all(&**db).await?, all);
    }

    async fn an_instant_of_a_handwritten_update_does_not_hide_operations(db: &TestDb) {
        two_notebooks(db).await;
        attachment::Entity::delete_by_id(1).exec(&**db).await?;
        db.execute_unprepared("UPDATE family_attachment SET deleted_at = CURRENT_TIMESTAMP WHERE id = 2")
            .await?;
        let nanos = chrono::DateTime::from_timestamp(1_600_000_000, 123_456_789);
        let mut by_hand = attachment::Entity::find_by_id(3).one(&**db).await?.unwrap().into_active_model();
        by_hand.deleted_at = Set(nanos);
        by_hand.update(&**db).await?;
        let all = list().all(&**db).await?;
        let kept = all.iter().filter(|one| one.members()[0].entity == "family_attachment");
        // SQLite stores instants as text, and no delete writes an instant in this format, so a restore
        // would not find the row by it.
        let by_hand = if db.server() == crate::harness::Server::Sqlite { 0 } else { 2 };
        assert_eq!(kept.count(), 1 + by_hand);
        assert_eq!(pages(list, 1, db).await, ids(&all));
    }

    async fn rows_without_an_operation_column_belong_to_every_operation_of_their_microsecond(db: &TestDb) {
        two_notebooks(db).await;
        Clock::fixed(NOON).scope(async {
            note::Entity::delete_by_id(1).exec(&**db).await?;
            note::Entity::delete_by_id(4).exec(&**db).await?;
            notebook::Entity::delete_by_id(1).exec(&**db).await
        }).await?;
        let all = list().all(&**db).await?;
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|one| one.at() == NOON && one.id() != OperationId::Instant(NOON)));
        let attachments = members(&all[0]).into_iter().find(|(entity, _)| *entity == "family_attachment");
        for one in &all {
            let has = members(one).into_iter().find(|(entity, _)| *entity == "family_attachment");
            assert_eq!(has, attachments);
        }
        assert_eq!(attachments, Some(("family_attachment", 4)));
        assert_eq!(list().count(&**db).await?, 3);
        assert_eq!(list().of(attachment::Entity).count(&**db).await?, 3);
        assert_eq!(list().began_with(notebook::Entity).count(&**db).await?, 1);
        assert_eq!(pages(list, 1, db).await, ids(&all));
        assert_eq!(pages(|| list().of(attachment::Entity), 1, db).await, ids(&all));
        let both = list().find(OperationId::Instant(NOON), &**db).await?.unwrap();
        assert_eq!(both.id(), OperationId::Instant(NOON));
        assert_eq!(members(&both)[..3], [("family_notebook", 1), ("family_folder", 3), ("family_note", 4)]);
    }

    async fn instants_in_every_text_format_are_sorted(db: &TestDb) {
        db.create_table(timed::Entity).await;
        db.create_table(newtype::Entity).await;
        db.create_table(flagged::Entity).await;
        let rows = 0..40;
        timed::Entity::insert_many(rows.clone().map(|id| timed::ActiveModel { id: Set(id), ..Default::default() }))
            .exec(&**db).await?;
        newtype::Entity::insert_many(rows.clone().map(|id| newtype::ActiveModel { id: Set(id), ..Default::default() }))
            .exec(&**db).await?;
        flagged::Entity::insert_many([flagged::ActiveModel { id: Set(1), is_deleted: Set(false) }])
            .exec(&**db).await?;
        flagged::Entity::delete_many().exec(&**db).await?;
        ticking().scope(async {
            for id in rows {
                match id % 4 {
                    0 => newtype::Entity::delete_by_id(id).by(id).exec(&**db).await?,
                    _ => timed::Entity::delete_by_id(id).because("old").exec(&**db).await?,
                };
            }
            Ok::<_, DbErr>(())
        }).await?;
        let list = || {
            Operation::list()
                .in_family_of(timed::Entity)
                .in_family_of(newtype::Entity)
                .in_family_of(flagged::Entity)
        };
        let all = list().limit(50).all(&**db).await?;
        let at: Vec<i64> = all.iter().map(|one| one.at().unix_micros() - NOON.unix_micros()).collect();
        assert_eq!(at, (0..40).rev().collect::<Vec<_>>());
        for limit in [1, 3, 9] {
            assert_eq!(pages(list, limit, db).await, ids(&all));
        }
        assert_eq!(all[3].deleted_by(), Some(&36_i64.into()));
        assert_eq!(all[0].reason(), Some("old"));
        assert_eq!(list().deleted_by(36).all(&**db).await?, all[3..4]);
        assert_eq!(Operation::list().in_family_of(flagged::Entity).all(&**db).await?, []);
    }

    async fn an_entity_whose_table_is_missing_is_named_and_can_be_left_out(db: &TestDb) {
        db.create_table(timed::Entity).await;
        let both = || Operation::list().in_family_of(timed::Entity).in_family_of(newtype::Entity);
        let error = both().all(&**db).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`family_newtype`") && text.contains("except"), "{text}");
        assert!(matches!(error, SoftDeleteError::ListFailed { .. }));
        assert_eq!(both().except(newtype::Entity).all(&**db).await?, []);
        assert!(Operation::list().all(&**db).await.is_err());
        assert!(Operation::find(OperationId::Instant(NOON), &**db).await.is_err());
    }

    async fn an_operation_is_serialized_to_json(db: &TestDb) {
        two_notebooks(db).await;
        Attribution::by(7).because("spam").scope(note::Entity::delete_by_id(2).exec(&**db)).await?;
        notebook::Entity::delete_by_id(2).by(7).because("old").exec(&**db).await?;
        let all = list().all(&**db).await?;
        assert_eq!(
            serde_json::to_value(&all).unwrap(),
            serde_json::json!([
                {
                    "id": all[0].id().to_string(),
                    "at": all[0].at().to_string(),
                    "deleted_by": 7,
                    "reason": "old",
                    "purge_at": null,
                    "members": [
                        { "entity": "family_notebook", "count": 1, "archived": 0, "roots": 1 },
                        { "entity": "family_folder", "count": 1, "archived": 0, "roots": 0 },
                        { "entity": "family_note", "count": 1, "archived": 0, "roots": 0 },
                        { "entity": "family_attachment", "count": 1, "archived": 0, "roots": 0 },
                        { "entity": "family_note_tag", "count": 1, "archived": 0, "roots": 0 },
                    ],
                    "count": 5,
                    "roots": [{ "entity": "family_notebook", "key": 2, "title": null }],
                },
                {
                    "id": all[1].id().to_string(),
                    "at": all[1].at().to_string(),
                    "deleted_by": "7",
                    "reason": null,
                    "purge_at": null,
                    "members": [
                        { "entity": "family_note", "count": 1, "archived": 0, "roots": 1 },
                        { "entity": "family_attachment", "count": 1, "archived": 0, "roots": 0 },
                    ],
                    "count": 2,
                    "roots": [{ "entity": "family_note", "key": 2, "title": null }],
                },
            ])
        );
    }
}

#[test]
fn ids_instants_and_policies_are_serialized_as_their_text() {
    use sea_orm_soft_delete::OperationMember;
    use sea_orm_soft_delete::describe::Policy;

    #[track_caller]
    fn check<T>(value: T, json: &str)
    where
        T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
    {
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        assert_eq!(serde_json::from_str::<T>(json).unwrap(), value);
    }

    check(NOON, &format!("\"{NOON}\""));
    check(OperationId::Instant(NOON), &format!("\"{NOON}\""));
    let id = Uuid::from_u128(7);
    check(OperationId::Uuid(id), &format!("\"{id}\""));
    check(Policy::Cascade, "\"cascade\"");
    let member: OperationMember =
        serde_json::from_str(r#"{"entity":"note","count":3,"roots":1}"#).unwrap();
    check(
        member,
        r#"{"entity":"note","count":3,"archived":0,"roots":1}"#,
    );
    assert!(serde_json::from_str::<OperationId>("\"yesterday\"").is_err());
    assert!(serde_json::from_str::<Timestamp>("\"yesterday\"").is_err());
}
