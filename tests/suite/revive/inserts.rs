//! `insert_or_revive`, `insert_or_replace_trashed` and `insert_unless_trashed`.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, IntoActiveModel, TransactionTrait};
use sea_orm_soft_delete::{Clock, Inserted, Scopable, SoftDelete, SoftDeleteError};

use super::users::*;
use crate::entities::{later, utc};
use crate::harness::{TestDb, TestResult, on_every_database};

async fn revives(db: &TestDb, on: &impl Connection) -> TestResult {
    one_trashed_again(db).await;
    let sign_up = user::Entity::insert_or_revive(someone(A, "New")).by([user::Column::Email]);
    let Inserted::Revived(user) = Clock::fixed(later()).scope(sign_up.exec(on)).await? else {
        panic!("not revived");
    };
    let expected = user::Model {
        id: 1,
        email: A.to_owned(),
        name: Some("New".to_owned()),
        badge: Some(7),
        deleted_at: None,
        operation_id: None,
        deleted_by: None,
        touched_at: Some(utc(later())),
    };
    assert_eq!(user, expected);
    Ok(())
}

async fn replaces(db: &TestDb, on: &impl Connection) -> TestResult {
    one_trashed_again(db).await;
    let insert = user::Entity::insert_or_replace_trashed(someone(A, "New"));
    let Inserted::Replaced(user) = insert.by([user::Column::Email]).exec(on).await? else {
        panic!("not replaced");
    };
    assert!(user.id > 2, "{user:?}");
    assert_eq!((user.name.as_deref(), user.badge), (Some("New"), None));
    Ok(())
}

async fn refuses_a_trashed_one(db: &TestDb, on: &impl Connection) -> TestResult {
    one_trashed_again(db).await;
    let before = all(db).await;
    let insert = user::Entity::insert_unless_trashed(someone(A, "New")).by([user::Column::Email]);
    let refused = insert.exec(on).await.unwrap_err();
    assert!(
        matches!(refused, SoftDeleteError::KeyTrashed { .. }),
        "{refused:?}"
    );
    assert_eq!(
        refused.to_string(),
        "duplicate key: a trashed row of `signed_user` (id = 1) has email = 'a@x'; restore that row, or insert \
         with `insert_or_revive` or `insert_or_replace_trashed`"
    );
    assert_eq!(all(db).await, before);
    Ok(())
}

async fn inserts_and_refuses_a_live_one(db: &TestDb, on: &impl Connection) -> TestResult {
    one_trashed_again(db).await;
    let by = [user::Column::Email];
    let new = |email| someone(email, "New");
    let inserted = [
        user::Entity::insert_or_revive(new("c@x"))
            .by(by)
            .exec(on)
            .await?,
        user::Entity::insert_or_replace_trashed(new("d@x"))
            .by(by)
            .exec(on)
            .await?,
        user::Entity::insert_unless_trashed(new("e@x"))
            .by(by)
            .exec(on)
            .await?,
    ];
    for inserted in inserted {
        assert!(matches!(inserted, Inserted::New(_)), "{inserted:?}");
        assert_eq!(*inserted.model(), inserted.clone().into_model());
    }
    for verb in [
        user::Entity::insert_or_revive(new("b@x")),
        user::Entity::insert_or_replace_trashed(new("b@x")),
        user::Entity::insert_unless_trashed(new("b@x")),
    ] {
        let refused = verb.by(by).exec(on).await.unwrap_err();
        assert!(
            matches!(refused, SoftDeleteError::KeyTaken { .. }),
            "{refused:?}"
        );
        assert_eq!(
            refused.to_string(),
            "duplicate key: a live row of `signed_user` (id = 2) has email = 'b@x'; update that row, or \
             get it with `find_or_insert`"
        );
        assert_eq!(refused.sql_err(), None);
    }
    Ok(())
}

on_every_database! {
    async fn a_trashed_row_is_given_the_new_values_and_is_live(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            revives(db, &**db).await?;
            assert_eq!(count(db).await, (2, 0));
            revives(db, &db.scoped()).await?;
            assert_eq!(count(db).await, (2, 0));
            let other = stored(db, 2).await;
            assert_eq!(other.name.as_deref(), Some("Other"));
        }
    }

    async fn a_trashed_row_is_replaced(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            replaces(db, &**db).await?;
            assert_eq!(count(db).await, (2, 0));
            replaces(db, &db.scoped()).await?;
            assert_eq!(count(db).await, (2, 0));
        }
    }

    async fn a_trashed_row_is_a_reason_to_refuse(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            refuses_a_trashed_one(db, &**db).await?;
            refuses_a_trashed_one(db, &db.scoped()).await?;
        }
    }

    async fn a_row_that_is_new_is_inserted_and_a_live_one_is_not_written(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            inserts_and_refuses_a_live_one(db, &**db).await?;
            assert_eq!(count(db).await, (4, 1));
            assert_eq!(stored(db, 2).await.name.as_deref(), Some("Other"));
            inserts_and_refuses_a_live_one(db, &db.scoped()).await?;
            assert_eq!(count(db).await, (4, 1));
        }
    }

    /// A handle `with_trashed` does not make a trashed row count as live.
    async fn on_a_handle_with_trashed_the_verbs_behave_the_same(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            let scoped = db.scoped();
            revives(db, &scoped.with_trashed()).await?;
            replaces(db, &scoped.with_trashed()).await?;
            refuses_a_trashed_one(db, &scoped.with_trashed()).await?;
            inserts_and_refuses_a_live_one(db, &scoped.with_trashed()).await?;
        }
    }

    async fn a_live_row_takes_precedence_over_trashed_rows(db: &TestDb) {
        one_trashed(db, Unique::Live).await;
        someone(A, "Live").insert(&**db).await?;
        let before = all(db).await;
        for verb in [
            user::Entity::insert_or_revive(someone(A, "New")),
            user::Entity::insert_or_replace_trashed(someone(A, "New")),
            user::Entity::insert_unless_trashed(someone(A, "New")),
        ] {
            let refused = verb.by([user::Column::Email]).exec(&**db).await;
            assert!(matches!(refused, Err(SoftDeleteError::KeyTaken { .. })), "{refused:?}");
        }
        assert_eq!(all(db).await, before);
    }

    async fn of_several_trashed_rows_the_last_trashed_is_revived(db: &TestDb) {
        two_trashed(db).await;
        let older = stored(db, 1).await;
        let insert = user::Entity::insert_or_revive(someone(A, "New")).by([user::Column::Email]);
        assert_eq!(insert.clone().exec(&**db).await?.into_model().id, 3);
        assert_eq!(stored(db, 1).await, older);
        // Now the higher key is trashed first, which shows that the keys do not decide.
        user::Entity::delete_by_id(3).exec(&**db).await?;
        user::Entity::restore_by_id(1).exec(&**db).await?;
        user::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(insert.exec(&**db).await?.into_model().id, 1);
    }

    async fn all_of_several_trashed_rows_are_replaced(db: &TestDb) {
        two_trashed(db).await;
        let insert = user::Entity::insert_or_replace_trashed(someone(A, "New"));
        let inserted = insert.by([user::Column::Email]).exec(&**db).await?;
        assert!(matches!(inserted, Inserted::Replaced(_)), "{inserted:?}");
        assert_eq!(count(db).await, (2, 0));
    }

    /// A model that was read is inserted like any other row, changed or not.
    async fn a_model_is_inserted_or_revives(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let old = stored(db, 1).await;
        assert!(old.is_trashed());
        let revived = user::Entity::insert_or_revive(old.clone()).exec(&**db).await?;
        assert!(matches!(revived, Inserted::Revived(_)), "{revived:?}");
        let revived = revived.into_model();
        assert_eq!((revived.deleted_at, revived.operation_id, revived.deleted_by), (None, None, None));
        assert_eq!(revived.name, old.name);

        revived.clone().delete(&**db).await?;
        let mut renamed = revived.into_active_model();
        renamed.name = Set(Some("Renamed".to_owned()));
        let revived = user::Entity::insert_or_revive(renamed).exec(&**db).await?.into_model();
        assert_eq!(revived.name.as_deref(), Some("Renamed"));
    }

    /// If `by` names other columns than the primary key, the new row's primary key is ignored.
    async fn a_revived_row_keeps_its_primary_key(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let new = user::ActiveModel { id: Set(50), ..someone(A, "New") };
        let revived = user::Entity::insert_or_revive(new).by([user::Column::Email]).exec(&**db).await?;
        assert_eq!(revived.into_model().id, 1);
        assert_eq!(count(db).await, (2, 0));
    }

    async fn a_revival_writes_set_values_including_null_and_keeps_unset_columns(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let new = user::ActiveModel { name: Set(None), ..someone(A, "New") };
        let revived = user::Entity::insert_or_revive(new).by([user::Column::Email]).exec(&**db).await?;
        let revived = revived.into_model();
        assert_eq!((revived.name, revived.badge), (None, Some(7)));
    }

    async fn only_the_key_has_to_be_set(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let key = user::ActiveModel { id: Set(1), ..Default::default() };
        let revived = user::Entity::insert_or_revive(key).exec(&**db).await?.into_model();
        assert_eq!((revived.name.as_deref(), revived.is_trashed()), (Some("Old"), false));
    }

    async fn null_in_the_key_matches_no_row(db: &TestDb) {
        users(db, Unique::Nothing).await;
        let nameless = user::ActiveModel { name: Set(None), ..someone(A, "") };
        let insert = user::Entity::insert_or_revive(nameless).by([user::Column::Name]);
        let first = insert.clone().exec(&**db).await?.into_model();
        first.delete(&**db).await?;
        for _ in 0..2 {
            let again = insert.clone().exec(&**db).await?;
            assert!(matches!(again, Inserted::New(_)), "{again:?}");
        }
        assert_eq!(count(db).await, (2, 1));
    }

    async fn generic_code_has_the_same_verbs(db: &TestDb) {
        async fn revive<E>(model: E::ActiveModel, by: E::Column, db: &impl Connection) -> Result<Inserted<E::Model>, SoftDeleteError>
        where
            E: SoftDelete,
        {
            E::insert_or_revive(model).by([by]).exec(db).await
        }
        one_trashed(db, Unique::All).await;
        let txn = db.begin().await?;
        let revived = revive::<user::Entity>(someone(A, "New"), user::Column::Email, &txn).await?;
        assert!(matches!(revived, Inserted::Revived(_)), "{revived:?}");
        txn.commit().await?;
    }

    async fn a_row_whose_marker_is_set_is_inserted_as_trashed(db: &TestDb) {
        users(db, Unique::Live).await;
        let trashed = user::ActiveModel { deleted_at: Set(Some(utc(later()))), ..someone(A, "Old") };
        let insert = user::Entity::insert_unless_trashed(trashed).by([user::Column::Email]);
        let inserted = insert.exec(&**db).await?;
        assert!(matches!(&inserted, Inserted::New(row) if row.is_trashed()), "{inserted:?}");
        assert_eq!(count(db).await, (0, 1));
    }
}
