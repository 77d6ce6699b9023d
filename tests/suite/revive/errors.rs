//! Calls that are refused: the text of the error, and that nothing was written.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use sea_orm_soft_delete::{Inserted, SoftDeleteError};

use super::users::*;
use crate::harness::{Server, on_every_database};

on_every_database! {
    async fn columns_that_do_not_identify_a_row_are_refused(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let before = all(db).await;
        let cases = [
            (
                user::Entity::insert_or_revive(someone(A, "New")),
                "`id` is not set; name the columns of another unique key with `by`, or set it",
            ),
            (
                user::Entity::insert_or_replace_trashed(someone(A, "New")).by([]),
                "`by` names no column; name those of a unique key",
            ),
            (
                user::Entity::insert_unless_trashed(someone(A, "New"))
                    .by([user::Column::Email, user::Column::Badge]),
                "`badge` is not set; set it, or leave it out of `by`",
            ),
            (
                user::Entity::insert_or_revive(someone(A, "New"))
                    .by([user::Column::Email, user::Column::DeletedAt]),
                "a delete and a restore write `deleted_at`; leave it out of `by`",
            ),
        ];
        for (insert, mistake) in cases {
            let refused = insert.exec(&**db).await.unwrap_err();
            assert!(matches!(refused, SoftDeleteError::InvalidKeyColumns { .. }), "{refused:?}");
            assert_eq!(
                refused.to_string(),
                format!("invalid key columns of `signed_user`: {mistake}")
            );
            let travelled = SoftDeleteError::from(DbErr::from(refused));
            assert!(matches!(travelled, SoftDeleteError::InvalidKeyColumns { .. }), "{travelled:?}");
        }
        let refused = user::Entity::find_or_insert(someone(A, "New")).exec(&**db).await;
        assert!(
            matches!(refused, Err(SoftDeleteError::InvalidKeyColumns { column: Some("id"), .. })),
            "{refused:?}"
        );
        assert_eq!(all(db).await, before);
    }

    async fn conflict_on_another_constraint_is_reported_as_not_inserted(db: &TestDb) {
        one_trashed(db, Unique::All).await;
        let before = all(db).await;
        let badge = user::ActiveModel { badge: Set(Some(7)), ..someone("z@x", "New") };
        let by = [user::Column::Email];
        let refusals = [
            user::Entity::insert_or_revive(badge.clone()).by(by).exec(&**db).await.unwrap_err(),
            user::Entity::insert_or_replace_trashed(badge.clone()).by(by).exec(&**db).await.unwrap_err(),
            user::Entity::insert_unless_trashed(badge.clone()).by(by).exec(&**db).await.unwrap_err(),
            user::Entity::find_or_insert(badge.clone()).by(by).exec(&**db).await.unwrap_err(),
            user::Entity::find_or_insert(badge.clone()).by(by).or_revive().exec(&**db).await.unwrap_err(),
        ];
        for refused in refusals {
            let named = match db.server() {
                Server::Sqlite => "signed_user.badge",
                Server::Postgres => "signed_user_badge_key",
                Server::MariaDb | Server::MySql => "badge",
            };
            assert_eq!(
                refused.to_string(),
                format!(
                    "unique constraint {named} violated: the row of `signed_user` with email = 'z@x' was not inserted, \
                     because another row, live or trashed, has the same values in the constraint, and others \
                     in the columns given to `by`; change the values, or give the constraint's columns to `by`"
                )
            );
            assert!(matches!(refused.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))));
            assert!(!refused.is_retryable());
        }
        assert_eq!(all(db).await, before);
        // The remedy that the error names works.
        let revived = user::Entity::insert_or_revive(badge).by([user::Column::Badge]).exec(&**db).await?;
        assert!(matches!(revived, Inserted::Revived(user::Model { id: 1, .. })), "{revived:?}");
    }

    async fn a_taken_value_of_the_new_row_leaves_the_trashed_row_unchanged(db: &TestDb) {
        one_trashed(db, Unique::Live).await;
        let mut other = stored(db, 2).await.into_active_model();
        other.badge = Set(Some(8));
        other.update(&**db).await?;
        let before = all(db).await;
        let new = user::ActiveModel { badge: Set(Some(8)), ..someone(A, "New") };
        let by = [user::Column::Email];
        let refused = user::Entity::insert_or_revive(new.clone()).by(by).exec(&**db).await.unwrap_err();
        let SoftDeleteError::UniqueViolation { key, .. } = &refused else { panic!("{refused:?}") };
        assert_eq!(key.as_deref(), Some("id = 1"));
        let refused = user::Entity::insert_or_replace_trashed(new).by(by).exec(&**db).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotInserted { .. })), "{refused:?}");
        assert_eq!(all(db).await, before);
    }

    /// A trashed row has the key, and a live row could be inserted beside it, but the badge is taken.
    async fn the_error_for_a_taken_badge_does_not_name_the_trashed_row(db: &TestDb) {
        one_trashed(db, Unique::Live).await;
        let mut other = stored(db, 2).await.into_active_model();
        other.badge = Set(Some(8));
        other.update(&**db).await?;
        let new = user::ActiveModel { badge: Set(Some(8)), ..someone(A, "New") };
        let find = user::Entity::find_or_insert(new).by([user::Column::Email]);
        let refused = find.exec(&**db).await.unwrap_err();
        let SoftDeleteError::NotInserted { constraint, .. } = &refused else { panic!("{refused:?}") };
        assert!(constraint.contains("badge"), "{constraint}");
    }

    async fn other_errors_of_the_database_are_returned_unchanged(db: &TestDb) {
        let refused = user::Entity::insert_or_revive(someone(A, "New")).by([user::Column::Email]);
        let refused = refused.exec(&**db).await.unwrap_err(); // the table is missing
        assert!(matches!(refused, SoftDeleteError::Db(_)), "{refused:?}");
    }
}
