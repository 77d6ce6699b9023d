//! `find_or_insert`.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use sea_orm_soft_delete::{FoundOrInserted, Scopable, SoftDeleteError};

use super::users::*;
use crate::harness::{TestDb, TestResult, on_every_database};

fn find_or_insert(email: &str) -> sea_orm_soft_delete::builders::FindOrInsert<user::Entity> {
    user::Entity::find_or_insert(someone(email, "New")).by([user::Column::Email])
}

async fn finds_what_is_live(db: &TestDb, on: &impl Connection) -> TestResult {
    one_trashed_again(db).await;
    let other = stored(db, 2).await;
    for find in [
        find_or_insert("b@x"),
        find_or_insert("b@x").with_trashed(),
        find_or_insert("b@x").or_revive(),
    ] {
        let found = find.exec(on).await?;
        assert_eq!(found, FoundOrInserted::Found(other.clone()));
        assert_eq!(*found.model(), found.clone().into_model());
    }
    for (find, email) in [
        (find_or_insert("c@x"), "c@x"),
        (find_or_insert("d@x").with_trashed(), "d@x"),
        (find_or_insert("e@x").or_revive(), "e@x"),
    ] {
        let inserted = find.exec(on).await?;
        assert!(
            matches!(inserted, FoundOrInserted::Inserted(_)),
            "{inserted:?}"
        );
        assert_eq!(inserted.into_model().email, email);
    }
    Ok(())
}

async fn finds_what_is_trashed_on_request(db: &TestDb, on: &impl Connection) -> TestResult {
    one_trashed_again(db).await;
    let old = stored(db, 1).await;
    let found = find_or_insert(A).with_trashed().exec(on).await?;
    assert_eq!(found, FoundOrInserted::Found(old.clone()));
    assert_eq!(all(db).await[0], old);

    let revived = find_or_insert(A).or_revive().exec(on).await?;
    let FoundOrInserted::Revived(revived) = revived else {
        panic!("{revived:?}")
    };
    assert_eq!(
        (revived.id, revived.name.as_deref()),
        (1, Some("Old")),
        "as it was"
    );
    assert!(!revived.is_trashed());
    let again = find_or_insert(A).or_revive().exec(on).await?;
    assert_eq!(again, FoundOrInserted::Found(revived));
    Ok(())
}

/// Scenario 77: what other systems call `updateOrCreate`.
async fn update_or_insert(
    email: &str,
    with_trashed: bool,
    db: &TestDb,
) -> Result<user::Model, SoftDeleteError> {
    let find = find_or_insert(email);
    let find = if with_trashed { find.or_revive() } else { find };
    match find.exec(&**db).await? {
        FoundOrInserted::Inserted(user) => Ok(user),
        FoundOrInserted::Found(user) | FoundOrInserted::Revived(user) => {
            let mut user = user.into_active_model();
            user.name = Set(Some("Updated".to_owned()));
            Ok(user.update(&**db).await?)
        }
    }
}

on_every_database! {
    async fn a_live_row_is_found_and_a_new_one_inserted(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            finds_what_is_live(db, &**db).await?;
            assert_eq!(count(db).await, (4, 1));
            finds_what_is_live(db, &db.scoped()).await?;
            assert_eq!(count(db).await, (4, 1));
        }
    }

    async fn a_trashed_row_is_found_or_revived_on_request(db: &TestDb) {
        for unique in UNIQUE {
            one_trashed(db, unique).await;
            finds_what_is_trashed_on_request(db, &**db).await?;
            finds_what_is_trashed_on_request(db, &db.scoped()).await?;
            finds_what_is_trashed_on_request(db, &db.scoped().with_trashed()).await?;
            assert_eq!(count(db).await, (2, 0));
        }
    }

    /// Scenarios 76 and 77: by default the trashed row with the same key is ignored, and the table then
    /// holds two rows.
    async fn a_trashed_row_is_ignored_by_default(db: &TestDb) {
        for unique in [Unique::Live, Unique::Nothing] {
            one_trashed(db, unique).await;
            let old = stored(db, 1).await;
            let inserted = find_or_insert(A).exec(&db.scoped()).await?;
            let FoundOrInserted::Inserted(new) = inserted else { panic!("{inserted:?}") };
            assert_eq!(find_or_insert(A).exec(&**db).await?, FoundOrInserted::Found(new));
            assert_eq!(count(db).await, (2, 1));
            assert_eq!(stored(db, 1).await, old);
        }
    }

    async fn a_trashed_row_that_the_index_counts_is_named(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let before = all(db).await;
        let refused = find_or_insert(A).exec(&**db).await.unwrap_err();
        assert!(matches!(refused, SoftDeleteError::KeyTrashed { .. }), "{refused:?}");
        assert_eq!(
            refused.to_string(),
            "duplicate key: a trashed row of `signed_user` (id = 1) has email = 'a@x'; a unique constraint counts it, \
             so that no row is inserted beside it; let `with_trashed()` find it or `or_revive()` restore \
             it, or make the constraint a unique index over live rows"
        );
        assert_eq!(all(db).await, before);
    }

    async fn the_last_of_two_trash_options_wins(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let found = find_or_insert(A).or_revive().with_trashed().exec(&**db).await?;
        assert!(matches!(found, FoundOrInserted::Found(_)), "{found:?}");
        let found = find_or_insert(A).with_trashed().or_revive().exec(&**db).await?;
        assert!(matches!(found, FoundOrInserted::Revived(_)), "{found:?}");
    }

    async fn of_several_trashed_rows_the_last_is_found_and_revived(db: &TestDb) {
        two_trashed(db).await;
        assert_eq!(find_or_insert(A).with_trashed().exec(&**db).await?.into_model().id, 3);
        assert_eq!(find_or_insert(A).or_revive().exec(&**db).await?.into_model().id, 3);
        assert!(stored(db, 1).await.is_trashed());
    }

    async fn a_row_is_found_by_its_primary_key(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let by_id = |id| user::ActiveModel { id: Set(id), ..someone("z@x", "New") };
        let found = user::Entity::find_or_insert(by_id(2)).exec(&**db).await?;
        assert!(matches!(found, FoundOrInserted::Found(_)), "{found:?}");
        let refused = user::Entity::find_or_insert(by_id(1)).exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTrashed { .. })), "{refused:?}");
        let inserted = user::Entity::find_or_insert(by_id(50)).exec(&**db).await?;
        assert!(matches!(inserted, FoundOrInserted::Inserted(user::Model { id: 50, .. })));
    }

    /// Scenario 77 as a whole: one row is live, and the table holds three rows.
    async fn find_or_insert_and_update(db: &TestDb) {
        one_trashed(db, Unique::Live).await;
        assert_eq!(update_or_insert(A, false, db).await?.name.as_deref(), Some("New"));
        assert_eq!(update_or_insert(A, false, db).await?.name.as_deref(), Some("Updated"));
        assert_eq!(count(db).await, (2, 1));
        user::Entity::delete_many().filter(user::Column::Email.eq(A)).exec(&**db).await?;
        assert_eq!(update_or_insert(A, false, db).await?.name.as_deref(), Some("New"));
        assert_eq!(count(db).await, (2, 2));
        user::Entity::delete_many().filter(user::Column::Email.eq(A)).exec(&**db).await?;
        assert_eq!(update_or_insert(A, true, db).await?.name.as_deref(), Some("Updated"));
        assert_eq!(count(db).await, (2, 2));
    }
}
