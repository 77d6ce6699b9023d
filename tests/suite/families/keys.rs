//! Foreign keys of several columns, foreign keys to a unique column, two foreign keys to one entity, and a
//! foreign key to one of several tables.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::galleries::{album, article, image, thumbnail};
use super::orders::{account, claim, item, mail, order, part};
use super::rows::{ids, live, refusal, run};
use crate::harness::{TestDb, on_every_database};

async fn orders(db: &TestDb) {
    db.create_table(order::Entity).await;
    db.create_table(item::Entity).await;
    db.create_table(part::Entity).await;
    db.create_table(claim::Entity).await;
    run(
        db,
        &[
            "INSERT INTO family_order (tenant, id) VALUES (1, 1), (1, 2), (2, 1)",
            "INSERT INTO family_item (id, tenant, order_id, line) VALUES \
             (1, 1, 1, 'a'), (2, 1, 1, NULL), (3, 1, 2, 'a'), (4, 2, 1, 'a'), (5, 1, NULL, 'a'), \
             (6, NULL, 1, 'a'), (7, NULL, NULL, NULL)",
            "INSERT INTO family_part (id, tenant, order_id, line) VALUES \
             (1, 1, 1, 'a'), (2, 1, 1, NULL), (3, 1, 2, 'a'), (4, 2, 1, 'a'), (5, NULL, 1, 'a')",
        ],
    )
    .await;
}

async fn accounts(db: &TestDb) {
    db.create_table(account::Entity).await;
    db.create_table(mail::Entity).await;
    run(
        db,
        &[
            "INSERT INTO family_account (id, code, owner) VALUES \
             (1, 'a', NULL), (2, 'b', 'a'), (3, 'c', 'b'), (4, NULL, NULL), (5, 'e', NULL)",
            "INSERT INTO family_mail (id, sender, recipient) VALUES \
             (1, 'a', 'b'), (2, 'b', 'b'), (3, 'c', 'a'), (4, NULL, 'e'), (5, 'e', NULL)",
        ],
    )
    .await;
}

async fn galleries(db: &TestDb) {
    db.create_table(article::Entity).await;
    db.create_table(album::Entity).await;
    db.create_table(image::Entity).await;
    db.create_table(thumbnail::Entity).await;
    run(
        db,
        &[
            "INSERT INTO family_article (id) VALUES (1), (2)",
            "INSERT INTO family_album (id, is_public) VALUES (1, TRUE), (2, FALSE)",
            "INSERT INTO family_image (id, owner_type, owner_id) VALUES \
             (1, 'article', 1), (2, 'album', 1), (3, 'article', 2), (4, 'album', 2), (5, 'other', 1)",
            "INSERT INTO family_thumbnail (id, of_album, owner_id) VALUES \
             (1, TRUE, 1), (2, TRUE, 2), (3, FALSE, 5)",
        ],
    )
    .await;
}

on_every_database! {
    async fn a_key_of_several_columns_is_matched_as_a_whole_and_null_matches_nothing(db: &TestDb) {
        orders(db).await;
        order::Entity::delete_by_id((1, 1)).exec(&**db).await?;
        assert_eq!(live(db, "family_order").await, [1, 2]);
        assert_eq!(live(db, "family_item").await, [3, 4, 5, 6, 7]);
        assert_eq!(live(db, "family_part").await, [2, 3, 4, 5]);
        <order::Entity as EntityTrait>::delete_many().exec(&db.scoped()).await?;
        assert_eq!(live(db, "family_item").await, [5, 6, 7]);
        assert_eq!(live(db, "family_part").await, [2, 5]);
    }

    async fn a_trashed_row_is_read_and_updated_by_a_key_of_several_columns(db: &TestDb) {
        orders(db).await;
        order::Entity::delete_by_id((1, 1)).exec(&**db).await?;
        let scoped = db.scoped();
        assert!(order::Entity::with_trashed_by_id((1, 1)).one(&scoped).await?.unwrap().is_trashed());
        assert!(order::Entity::with_trashed_by_id((2, 1)).one(&scoped).await?.is_some());
        assert!(order::Entity::only_trashed_by_id((1, 1)).one(&**db).await?.is_some());
        assert!(order::Entity::only_trashed_by_id((2, 1)).one(&**db).await?.is_none());
        let order = order::Entity::only_trashed_by_id((1, 1)).one(&**db).await?.unwrap();
        let nothing = sea_orm::IntoActiveModel::into_active_model(order);
        assert!(order::Entity::update_with_trashed(nothing).exec(&scoped).await?.is_trashed());
    }

    async fn a_restricting_row_with_a_key_of_several_columns_forbids_a_delete(db: &TestDb) {
        orders(db).await;
        run(db, &["INSERT INTO family_claim (id, tenant, line) VALUES (1, 1, NULL), (2, 2, 'a')"]).await;
        let refused = refusal(order::Entity::delete_by_id((2, 1)).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        order::Entity::delete_by_id((1, 1)).exec(&**db).await?;
        assert_eq!(live(db, "family_item").await, [3, 4, 5, 6, 7]);
    }

    async fn a_foreign_key_may_reference_a_unique_column(db: &TestDb) {
        accounts(db).await;
        run(db, &["DELETE FROM family_mail WHERE id = 3"]).await;
        // Account 'a' owns 'b', which owns 'c', and they sent mail to each other.
        account::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_account").await, [4, 5]);
        assert_eq!(live(db, "family_mail").await, [4, 5]);
    }

    async fn a_delete_of_an_account_leaves_its_owner_live(db: &TestDb) {
        accounts(db).await;
        account::Entity::delete_by_id(3).exec(&**db).await?;
        assert_eq!(live(db, "family_account").await, [1, 2, 4, 5]);
        assert_eq!(live(db, "family_mail").await, [1, 2, 4, 5]);
        account::Entity::delete_by_id(4).exec(&**db).await?;
        assert_eq!(live(db, "family_account").await, [1, 2, 5]);
        assert_eq!(live(db, "family_mail").await, [1, 2, 4, 5]);
    }

    async fn each_of_two_relations_to_one_entity_has_its_own_policy(db: &TestDb) {
        accounts(db).await;
        let refused = refusal(account::Entity::delete_by_id(2).exec(&db.scoped()).await);
        let SoftDeleteError::Restricted { by, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(by[0].count, 1, "mail from the account to itself does not count");
        let refused = refusal(account::Entity::delete_by_id(5).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        mail::Entity::delete_many().filter(mail::Column::Id.is_in([1, 4])).exec(&**db).await?;
        account::Entity::delete_many()
            .filter(account::Column::Id.is_in([2, 5]))
            .exec(&**db)
            .await?;
        assert_eq!(live(db, "family_account").await, [1, 4]);
        assert_eq!(live(db, "family_mail").await, [0; 0]);
    }

    /// Scenario 97.
    async fn a_delete_trashes_only_the_children_whose_type_column_names_its_entity(db: &TestDb) {
        galleries(db).await;
        article::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_image").await, [2, 3, 4, 5]);
        album::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_image").await, [3, 4, 5]);
        album::Entity::delete_by_id(2).exec(&db.scoped()).await?;
        assert_eq!(live(db, "family_image").await, [3, 5]);
        // The album is not public, so the thumbnail of the album stays.
        assert_eq!(ids(db, "SELECT id FROM family_thumbnail ORDER BY id").await, [2, 3]);
    }

    async fn a_plain_delete_on_a_scoped_connection_honours_the_type_column(db: &TestDb) {
        galleries(db).await;
        let scoped = db.scoped();
        <article::Entity as EntityTrait>::delete_by_id(2).exec(&scoped).await?;
        <album::Entity as EntityTrait>::delete_many().exec(&scoped).await?;
        assert_eq!(live(db, "family_image").await, [1, 5]);
        assert_eq!(ids(db, "SELECT id FROM family_thumbnail ORDER BY id").await, [2, 3]);
    }

    async fn the_condition_of_a_relation_limits_which_rows_forbid_a_delete(db: &TestDb) {
        galleries(db).await;
        image::Entity::delete_by_id(1).exec(&**db).await?;
        let refused = refusal(image::Entity::delete_by_id(5).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        run(db, &["INSERT INTO family_thumbnail (id, of_album, owner_id) VALUES (4, FALSE, 2)"]).await;
        let refused = refusal(album::Entity::delete_by_id(1).exec(&db.scoped()).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        assert_eq!(live(db, "family_album").await, [1, 2]);
    }
}
