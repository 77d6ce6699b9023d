//! Attribution: the actor and the reason of a delete, set for a whole request or for one call.

use sea_orm::IntoActiveModel;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Attribution, SoftDeleteError};

use crate::entities::{insert, note, row};
use crate::harness::{TestDb, on_every_database};

pub(crate) fn spam() -> Attribution {
    Attribution::by(7).because("spam")
}

async fn who_and_why(db: &TestDb, id: i32) -> (Option<i64>, Option<String>) {
    let note = row(db, id).await.unwrap();
    (note.deleted_by, note.reason)
}

fn said(who: i64, why: &str) -> (Option<i64>, Option<String>) {
    (Some(who), Some(why.to_owned()))
}

on_every_database! {
    async fn without_an_attribution_nothing_is_recorded(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await.delete(&**db).await?;
        assert_eq!(who_and_why(db, 1).await, (None, None));
    }

    async fn the_attribution_of_a_request_reaches_every_delete_in_it(db: &TestDb) {
        db.create_table(note::Entity).await;
        for id in 1..=4 {
            insert(db, id, &id.to_string()).await;
        }
        spam().scope(async {
            row(db, 1).await.unwrap().delete(&**db).await?;
            row(db, 2).await.unwrap().into_active_model().delete(&**db).await?;
            note::Entity::delete_by_id(3).exec(&**db).await?;
            note::Entity::delete_many().filter(note::Column::Id.eq(4)).exec(&**db).await
        }).await?;
        for id in 1..=4 {
            assert_eq!(who_and_why(db, id).await, said(7, "spam"), "note {id}");
        }
    }

    async fn a_call_overrides_the_values_of_the_request_that_it_sets(db: &TestDb) {
        db.create_table(note::Entity).await;
        for id in 1..=4 {
            insert(db, id, &id.to_string()).await;
        }
        spam().scope(async {
            let by_8 = Attribution::by(8);
            row(db, 1).await.unwrap().delete_with(by_8, &**db).await?;
            let why = Attribution::reason("duplicate");
            row(db, 2).await.unwrap().into_active_model().delete_with(why, &**db).await?;
            note::Entity::delete_by_id(3).by(8).because("duplicate").exec(&**db).await?;
            let both = Attribution::by(8).because("duplicate");
            note::Entity::delete_many().by(9).with(both).filter_by_ids([4]).exec(&**db).await
        }).await?;
        assert_eq!(who_and_why(db, 1).await, said(8, "spam"));
        assert_eq!(who_and_why(db, 2).await, said(7, "duplicate"));
        assert_eq!(who_and_why(db, 3).await, said(8, "duplicate"));
        assert_eq!(who_and_why(db, 4).await, said(8, "duplicate"));
    }

    async fn an_inner_scope_keeps_the_outer_values_that_it_does_not_set(db: &TestDb) {
        db.create_table(note::Entity).await;
        let note = insert(db, 1, "a").await;
        let inner = Attribution::reason("duplicate").scope(note.delete(&**db));
        Attribution::by(7).scope(inner).await?;
        assert_eq!(who_and_why(db, 1).await, said(7, "duplicate"));
    }

    async fn an_attribution_can_be_passed_to_a_spawned_task(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await;
        let db_of_task = (*db).clone();
        spam().scope(async {
            let here = Attribution::current();
            tokio::spawn(here.scope(async move {
                note::Entity::delete_by_id(1).exec(&db_of_task).await
            }))
            .await
            .unwrap()
        }).await?;
        assert_eq!(who_and_why(db, 1).await, said(7, "spam"));
    }

    async fn concurrent_requests_keep_their_own_attribution(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await;
        insert(db, 2, "b").await;
        let delete = |id: i32| async move {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            note::Entity::delete_by_id(id).exec(&**db).await
        };
        let (one, other) = tokio::join!(
            Attribution::by(1).scope(delete(1)),
            Attribution::by(2).scope(delete(2)),
        );
        one?;
        other?;
        assert_eq!(who_and_why(db, 1).await.0, Some(1));
        assert_eq!(who_and_why(db, 2).await.0, Some(2));
    }

    async fn an_actor_of_another_type_is_refused_and_nothing_is_written(db: &TestDb) {
        db.create_table(note::Entity).await;
        let note = insert(db, 1, "a").await;
        let error = Attribution::by("alice").scope(note.clone().delete(&**db)).await.unwrap_err();
        let typed = SoftDeleteError::inside(&error).expect("it is typed");
        assert!(matches!(typed, SoftDeleteError::AttributionType { .. }), "{typed:?}");
        assert_eq!(
            typed.to_string(),
            "wrong type of attribution: `note.deleted_by` holds i64, not 'alice'; \
             give `Attribution::by` a value of the column's type"
        );
        assert_eq!(row(db, 1).await, Some(note));
    }

    /// A middleware writes this for a request without a user.
    async fn an_actor_of_none_is_recorded_as_null(db: &TestDb) {
        db.create_table(note::Entity).await;
        let note = insert(db, 1, "a").await;
        let nobody = Attribution::by(Option::<i64>::None);
        assert_eq!(nobody.who(), None);
        let by_nobody_in_a_request_of_7 = nobody.scope(note.delete(&**db));
        Attribution::by(7).scope(by_nobody_in_a_request_of_7).await?;
        assert_eq!(who_and_why(db, 1).await, (Some(7), None));
    }

    async fn every_integer_fits_an_integer_column(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await;
        note::Entity::delete_by_id(1).by(7_u8).exec(&**db).await?;
        assert_eq!(who_and_why(db, 1).await.0, Some(7));
    }
}
