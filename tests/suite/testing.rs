//! The helpers for the tests of an application: what they accept, and how they fail.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseTransaction, TransactionTrait};
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::testing::{self, TestClock};
use sea_orm_soft_delete::{
    Archive, Clock, ConnectionRef, Purge, Scopable, ScopedConnection, SoftDeleteError, Timestamp,
};

use crate::entities::NOON;
use crate::harness::{TestDb, on_every_database};

use self::entities::{Team, loan, member, paper, reader, visit};

mod entities {
    use sea_orm_soft_delete::RequiredScope;

    pub struct Team;

    impl RequiredScope for Team {
        const NAME: &'static str = "testing_team";
        type Value = i64;
    }

    /// Its loans fall with it, its visits go for good.
    pub mod reader {
        use sea_orm::entity::prelude::*;
        use sea_orm_soft_delete::SoftDelete;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
        #[sea_orm(table_name = "testing_reader")]
        #[soft_delete(retain = "30 days", restore_until_due)]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: i32,
            #[sea_orm(unique)]
            pub name: String,
            pub deleted_at: Option<DateTimeUtc>,
            #[soft_delete(operation)]
            pub operation_id: Option<Uuid>,
            #[soft_delete(deleted_by)]
            pub deleted_by: Option<i64>,
            #[soft_delete(reason)]
            pub reason: Option<String>,
            #[sea_orm(has_many)]
            #[soft_delete(cascade)]
            pub loans: HasMany<super::loan::Entity>,
            #[sea_orm(has_many)]
            #[soft_delete(destroy)]
            pub visits: HasMany<super::visit::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod loan {
        use sea_orm::entity::prelude::*;
        use sea_orm_soft_delete::SoftDelete;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
        #[sea_orm(table_name = "testing_loan")]
        #[soft_delete(retain = "30 days")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub reader_id: i32,
            #[sea_orm(primary_key, auto_increment = false)]
            pub book: String,
            pub deleted_at: Option<DateTimeUtc>,
            #[soft_delete(operation)]
            pub operation_id: Option<Uuid>,
            #[sea_orm(belongs_to, from = "reader_id", to = "id", skip_fk)]
            pub reader: BelongsTo<super::reader::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    /// It is not soft-deletable.
    pub mod visit {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "testing_visit")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: i32,
            pub reader_id: i32,
            #[sea_orm(belongs_to, from = "reader_id", to = "id", skip_fk)]
            pub reader: BelongsTo<super::reader::Entity>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    /// It records nothing but whether it is trashed.
    pub mod member {
        use sea_orm::entity::prelude::*;
        use sea_orm_soft_delete::{Scoped, SoftDelete};

        use super::Team;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Scoped, SoftDelete)]
        #[sea_orm(table_name = "testing_member")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            #[scope(Team)]
            pub team_id: i64,
            #[sea_orm(primary_key, auto_increment = false)]
            pub name: String,
            #[soft_delete(marker)]
            pub is_deleted: bool,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }

    pub mod paper {
        use sea_orm::entity::prelude::*;
        use sea_orm_soft_delete::SoftDelete;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
        #[sea_orm(table_name = "testing_paper")]
        #[soft_delete(archive)]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: i32,
            pub deleted_at: Option<DateTimeUtc>,
            #[soft_delete(operation)]
            pub operation_id: Option<Uuid>,
        }

        impl ActiveModelBehavior for ActiveModel {}
    }
}

const DAY: Duration = Duration::from_secs(86_400);

/// Reader 1, Ann, has a loan and a visit. So has reader 2, Bob, whom user 7 trashed at noon.
async fn readers(db: &TestDb) {
    db.create_table(reader::Entity).await;
    db.create_table(loan::Entity).await;
    db.create_table(visit::Entity).await;
    for (id, name) in [(1, "Ann"), (2, "Bob")] {
        let reader = reader::ActiveModel {
            id: Set(id),
            name: Set(name.to_owned()),
            ..Default::default()
        };
        reader.insert(&**db).await.unwrap();
        let loan = loan::ActiveModel {
            reader_id: Set(id),
            book: Set("Emma".to_owned()),
            ..Default::default()
        };
        loan.insert(&**db).await.unwrap();
        let visit = visit::ActiveModel {
            id: Set(id),
            reader_id: Set(id),
        };
        visit.insert(&**db).await.unwrap();
    }
    let delete = reader::Entity::delete_by_id(2)
        .by(7)
        .because("it's over")
        .exec(&**db);
    Clock::fixed(NOON).scope(delete).await.unwrap();
}

thread_local! {
    static FAILED_AT: Cell<Option<(&'static str, u32)>> = const { Cell::new(None) };
}

/// The message of an assertion that fails, which has to name a line of the caller.
#[track_caller]
fn message(assertion: impl FnOnce()) -> String {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let here = panic.location().filter(|at| at.file() == file!());
            FAILED_AT.set(here.map(|at| (file!(), at.line())));
            before(panic);
        }));
    });
    let panic = catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion fails");
    let at = FAILED_AT
        .take()
        .expect("the failure names a line of this file");
    assert_eq!(at, (file!(), std::panic::Location::caller().line()));
    text_of(panic)
}

on_every_database! {
    async fn a_row_is_live_trashed_or_gone(db: &TestDb) {
        readers(db).await;
        testing::row(reader::Entity, 1, &**db).await?.assert_live();
        testing::row(reader::Entity, 2, &**db).await?.assert_trashed();
        testing::row(reader::Entity, 3, &**db).await?.assert_gone();
        testing::row(visit::Entity, 1, &**db).await?.assert_live();
        testing::row(visit::Entity, 2, &**db).await?.assert_gone();

        let live = testing::row(reader::Entity, 1, &**db).await?;
        let expected = "expected testing_reader with id = 1 to be trashed, but it is live";
        assert_eq!(message(|| live.assert_trashed()), expected);
        let expected = "expected testing_reader with id = 1 to be gone, but it is live";
        assert_eq!(message(|| live.assert_gone()), expected);

        let trashed = testing::row(reader::Entity, 2, &**db).await?;
        let operation = reader::Entity::only_trashed().one(&**db).await?.unwrap().operation_id.unwrap();
        let expected = format!(
            "expected testing_reader with id = 2 to be live, but it is trashed at 2023-11-14T22:13:20.123456Z by 7 \
             because 'it''s over', operation {operation}"
        );
        assert_eq!(message(|| trashed.assert_live()), expected);
        assert!(message(|| trashed.assert_gone()).contains("to be gone, but it is trashed at 2023"));
        assert!(message(|| trashed.assert_archived()).contains("to be archived, but it is trashed at 2023"));

        let gone = testing::row(reader::Entity, 3, &**db).await?;
        let expected = "expected testing_reader with id = 3 to be trashed, but it does not exist";
        assert_eq!(message(|| gone.assert_trashed()), expected);
        assert!(message(|| gone.assert_live()).ends_with("but it does not exist"));

        let visit = testing::row(visit::Entity, 1, &**db).await?;
        let expected = "expected testing_visit with id = 1 to be trashed, but it exists, in a table that is not \
                        soft-deletable";
        assert_eq!(message(|| visit.assert_trashed()), expected);
    }

    async fn a_row_has_a_composite_key(db: &TestDb) {
        readers(db).await;
        let key = |id| (id, "Emma".to_owned());
        testing::row(loan::Entity, key(1), &**db).await?.assert_live();
        testing::row(loan::Entity, key(3), &**db).await?.assert_gone();
        let loan = testing::row(loan::Entity, key(2), &**db).await?;
        loan.assert_trashed();
        let message = message(|| loan.assert_live());
        let expected = "expected testing_loan with reader_id = 2, book = 'Emma' to be live, but it is trashed at 2023-";
        assert!(message.starts_with(expected), "{message}");
    }

    async fn a_row_trashed_by_hand_says_so(db: &TestDb) {
        readers(db).await;
        db.execute_unprepared("UPDATE testing_loan SET deleted_at = '2020-01-02 03:04:05' WHERE reader_id = 1").await?;
        let loan = testing::row(loan::Entity, (1, "Emma".to_owned()), &**db).await?;
        let message = message(|| loan.assert_live());
        let expected = "is trashed at 2020-01-02T03:04:05.000000Z, without an operation, as by hand";
        assert!(message.ends_with(expected), "{message}");
    }

    async fn every_connection_finds_the_row_whatever_its_scopes_are(db: &TestDb) {
        db.create_table(member::Entity).await;
        for (team_id, name) in [(1, "Ann"), (2, "Bob")] {
            let member = member::ActiveModel {
                team_id: Set(team_id),
                name: Set(name.to_owned()),
                is_deleted: Set(false),
            };
            member.insert(&**db).await?;
        }
        member::Entity::delete_by_id((2, "Bob".to_owned())).exec(&**db).await?;

        async fn check(db: &impl Scopable) -> Result<(), SoftDeleteError> {
            testing::row(member::Entity, (1, "Ann".to_owned()), db).await?.assert_live();
            testing::row(member::Entity, (1, "Bob".to_owned()), db).await?.assert_gone();
            let bob = testing::row(member::Entity, (2, "Bob".to_owned()), db).await?;
            bob.assert_trashed();
            assert_eq!(bob.to_string(), "testing_member with team_id = 2, name = 'Bob' is trashed");
            Ok(())
        }
        check(&**db).await?;
        let scoped = db.scoped();
        check(&scoped).await?;
        check(&scoped.with_trashed()).await?;
        check(&scoped.with_trashed_of(member::Entity)).await?;
        check(&scoped.across(Team)).await?;
        let first = scoped.within(Team, 1);
        check(&first).await?;
        check(&ScopedConnection::new(ConnectionRef::new(&**db))).await?;
        let txn: ScopedConnection<DatabaseTransaction> = first.begin().await?;
        check(&txn).await?;
        txn.rollback().await?;
        let txn = db.begin().await?;
        check(&txn).await?;
        check(&txn.scoped()).await?;
        txn.rollback().await?;
    }

    async fn an_archived_row_is_neither_trashed_nor_gone(db: &TestDb) {
        db.create_table(paper::Entity).await;
        SoftDeleteSchema::of::<paper::Entity>().archive_table().create(&**db).await?;
        paper::ActiveModel { id: Set(1), ..Default::default() }.insert(&**db).await?;
        Clock::fixed(NOON).scope(paper::Entity::delete_by_id(1).exec(&**db)).await?;
        testing::row(paper::Entity, 1, &**db).await?.assert_trashed();
        Archive::of::<paper::Entity>().older_than(Duration::ZERO).run(&**db).await?;
        let paper = testing::row(paper::Entity, 1, &db.scoped()).await?;
        paper.assert_archived();
        let expected = "to be trashed, but it is archived, trashed at 2023-11-14T22:13:20.123456Z, operation ";
        let text = message(|| paper.assert_trashed());
        assert!(text.contains(expected), "{text}");
        assert!(message(|| paper.assert_gone()).contains("but it is archived"));
        testing::row(paper::Entity, 2, &**db).await?.assert_gone();
    }

    async fn verbs_do_not_leak(db: &TestDb) {
        readers(db).await;
        let leaks = testing::leaks(db, async |db| {
            let readers = reader::Entity::find().all(&db).await.unwrap();
            assert_eq!(readers.len(), 1);
            assert_eq!(reader::Entity::with_trashed().count(&db).await.unwrap(), 2);
            let cyd = reader::ActiveModel { id: Set(3), name: Set("Cyd".to_owned()), ..Default::default() };
            let cyd = cyd.insert(&db).await.unwrap();
            reader::Entity::update_many()
                .col_expr(reader::Column::Name, Expr::value("Eve"))
                .filter(reader::Column::Id.eq(3))
                .exec(&db)
                .await
                .unwrap();
            cyd.delete(&db).await.unwrap();
            let txn = db.begin().await.unwrap();
            reader::Entity::restore_by_id(3).exec(&txn).await.unwrap();
            txn.commit().await.unwrap();
            reader::Entity::force_delete_by_id(3).exec(&db).await.unwrap();
        });
        let leaks = leaks.await?;
        leaks.assert_none();
        assert!(leaks.is_empty());
    }

    async fn a_select_leaks_if_it_answers_with_trash(db: &TestDb) {
        readers(db).await;
        let line = line!() + 2;
        let leaks = testing::leaks(db, async |db| {
            let all = <reader::Entity as EntityTrait>::find().all(&db).await.unwrap();
            assert_eq!(all.len(), 2);
            // This one finds live rows alone, as a scoped connection would.
            <reader::Entity as EntityTrait>::find_by_id(1).one(&db).await.unwrap().unwrap();
        });
        let leaks = leaks.await?;
        let text = message(|| leaks.assert_none());
        assert!(text.starts_with("the path shows or touches trashed rows\n\n2 statements ran; 1 of them"), "{text}");
        assert!(text.contains(&format!("suite/testing.rs:{line}, once: testing_reader")), "{text}");
        assert!(text.contains("answered differently once: 2 rows, scoped 1"), "{text}");
        assert_eq!(leaks.report().watched.len(), 1);
        assert!(!leaks.is_empty());
    }

    async fn a_relation_of_a_plain_connection_leaks(db: &TestDb) {
        readers(db).await;
        loan::Entity::restore_by_id((2, "Emma".to_owned())).exec(&**db).await.unwrap_err();
        db.execute_unprepared("UPDATE testing_loan SET deleted_at = NULL, operation_id = NULL").await?;
        let leaks = testing::leaks(db, async |db| {
            let found = loan::Entity::find().find_also_related(reader::Entity).all(&db).await.unwrap();
            assert!(found.iter().all(|(_, reader)| reader.is_some()), "the trashed one too");
        });
        assert!(message_of(leaks.await?).contains("answered differently once"));
    }

    async fn a_write_leaks_by_its_text(db: &TestDb) {
        readers(db).await;
        let leaking = [
            ("UPDATE testing_reader SET name = 'x' WHERE id = 5", "WRITES LIVE ROWS ONLY"),
            ("DELETE FROM testing_loan WHERE reader_id = 5", "BECOMES A SOFT DELETE"),
            ("UPDATE testing_reader SET deleted_at = NULL WHERE id = 5 AND deleted_at IS NOT NULL", "RESTORES NOTHING"),
            (
                "DELETE FROM testing_visit WHERE reader_id NOT IN (SELECT id FROM testing_reader)",
                "REACHES MORE ROWS",
            ),
            ("TRUNCATE TABLE testing_loan", "IS REFUSED"),
        ];
        for (sql, effect) in leaking {
            let leaks = testing::leaks(db, async |db| {
                drop(db.execute_unprepared(sql).await);
            });
            let text = message_of(leaks.await?);
            assert!(text.contains(&format!("\n{effect}: ")), "{sql}: {text}");
            assert!(!text.contains("TRASHED KEYS"), "{sql}: {text}");
        }
        for sql in [
            "UPDATE testing_reader SET name = 'x' WHERE id = 5 AND deleted_at IS NULL",
            "INSERT INTO testing_reader (id, name) VALUES (5, 'x')",
            "/* soft_delete: force_delete(testing_reader) */ DELETE FROM testing_reader WHERE id = 5",
        ] {
            let leaks = testing::leaks(db, async |db| {
                db.execute_unprepared(sql).await.unwrap();
            });
            leaks.await?.assert_none();
        }
    }

    async fn a_stream_leaks_by_its_text(db: &TestDb) {
        readers(db).await;
        let leaks = testing::leaks(db, async |db| {
            drop(<reader::Entity as EntityTrait>::find().filter(reader::Column::Id.eq(1)).stream(&db).await.unwrap());
        });
        assert!(message_of(leaks.await?).contains("HIDES TRASH"));
        let leaks = testing::leaks(db, async |db| {
            drop(reader::Entity::find().stream(&db).await.unwrap());
        });
        leaks.await?.assert_none();
    }

    async fn a_path_that_proves_nothing_fails(db: &TestDb) {
        readers(db).await;
        let other = testing::leaks(db, async |_| {
            reader::Entity::find().all(&**db).await.unwrap(); // not on the connection that it gets
        });
        let expected = "the path ran no statement on the connection that it gets";
        assert_eq!(message_of(other.await?), expected);

        let path = async |db: ScopedConnection<_>| {
            <reader::Entity as EntityTrait>::find().count(&db).await.unwrap();
        };
        reader::Entity::force_delete_by_id(2).exec(&**db).await?;
        let text = message_of(testing::leaks(db, path).await?);
        let expected = "no trash can leak from testing_reader, because there is none: trash a row before the path\n\n1 \
                        statements ran; 1 of them";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("suite/testing.rs:"), "{text}");
        reader::Entity::delete_by_id(1).exec(&**db).await?;
        assert!(message_of(testing::leaks(db, path).await?).contains("answered differently once"));
    }

    async fn each_table_of_a_plain_select_needs_trash(db: &TestDb) {
        readers(db).await;
        let path = async |db: ScopedConnection<_>| {
            <loan::Entity as EntityTrait>::find()
                .find_also_related(reader::Entity)
                .filter(loan::Column::ReaderId.eq(1))
                .all(&db)
                .await
                .unwrap();
        };
        testing::leaks(db, path).await?.assert_none();
        db.execute_unprepared("DELETE FROM testing_loan WHERE deleted_at IS NOT NULL").await?;
        let text = message_of(testing::leaks(db, path).await?);
        assert!(text.starts_with("no trash can leak from testing_loan, because"), "{text}");
    }

    async fn verbs_need_no_trash(db: &TestDb) {
        readers(db).await;
        reader::Entity::force_delete_by_id(2).exec(&**db).await?;
        let leaks = testing::leaks(db, async |db| {
            assert_eq!(reader::Entity::find().all(&db).await.unwrap().len(), 1);
            assert_eq!(reader::Entity::with_trashed().all(&db).await.unwrap().len(), 1);
        });
        leaks.await?.assert_none();
    }

    async fn a_test_clock_lets_time_pass(db: &TestDb) {
        readers(db).await;
        let clock = TestClock::at(NOON);
        clock.scope(async {
            let purge = Purge::of_all().in_family_of(reader::Entity);
            clock.advance(29 * DAY);
            assert_eq!(purge.run(&**db).await?.operations, 0);
            let undone = db.begin().await?;
            reader::Entity::restore_by_id(2).exec(&undone).await?;
            undone.rollback().await?;
            clock.clone().advance(2 * DAY);
            let late = reader::Entity::restore_by_id(2).exec(&**db).await;
            assert!(matches!(late, Err(SoftDeleteError::TooLateToRestore { .. })), "{late:?}");
            assert_eq!(purge.run(&**db).await?.operations, 1);
            testing::row(reader::Entity, 2, &**db).await?.assert_gone();
            testing::row(loan::Entity, (2, "Emma".to_owned()), &**db).await?.assert_gone();
            Ok::<_, SoftDeleteError>(())
        }).await?;
        assert!(Clock::current().now() > NOON, "the clock ends with its scope");
        clock.advance(Duration::MAX);
        let now = clock.scope(async { Clock::current().now() }).await;
        assert_eq!(now, Timestamp::MAX);
    }
}

#[track_caller]
fn message_of(leaks: testing::Leaks) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| leaks.assert_none())).expect_err("it leaks");
    text_of(panic)
}

fn text_of(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("the message is a text")).to_owned(),
    }
}
