//! Rows that forbid a delete, rows that do not, and rows that a delete removes.

use sea_orm::prelude::*;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::houses::{chamber, flat, flat_label, guest, house, label, lease, smell};
use super::rows::{ids, live, number, refusal, run};
use crate::harness::{TestDb, on_every_database};

async fn houses(db: &TestDb) {
    db.create_table(house::Entity).await;
    db.create_table(flat::Entity).await;
    db.create_table(chamber::Entity).await;
    db.create_table(lease::Entity).await;
    db.create_table(guest::Entity).await;
    db.create_table(smell::Entity).await;
    db.create_table(label::Entity).await;
    db.create_table(flat_label::Entity).await;
    run(
        db,
        &[
            "INSERT INTO family_house (id) VALUES (1), (2), (13)",
            "INSERT INTO family_flat (id, house_id) VALUES (1, 1), (2, 1), (3, 2), (4, 13)",
            "INSERT INTO family_chamber (id, flat_id, house_id) VALUES \
             (1, 1, NULL), (2, 2, 1), (3, 3, NULL), (4, 4, NULL)",
            "INSERT INTO family_smell (id, flat_id) VALUES (1, 1), (2, 3), (3, 1)",
            "INSERT INTO family_label (id) VALUES (1), (2)",
            "INSERT INTO family_flat_label (flat_id, label_id) VALUES (1, 1), (1, 2), (2, 1), (3, 1)",
        ],
    )
    .await;
}

/// Asserts that a delete of the house fails because these numbers of rows of these entities forbid it.
async fn is_forbidden(db: &TestDb, by: &[(&str, u64, &str)]) {
    for refused in [
        refusal(house::Entity::delete_by_id(1).exec(&**db).await),
        refusal(house::Entity::delete_by_id(1).exec(&db.scoped()).await),
        refusal(
            db.scoped()
                .execute_unprepared("DELETE FROM family_house WHERE id = 1")
                .await,
        ),
    ] {
        let SoftDeleteError::Restricted {
            entity, by: found, ..
        } = &refused
        else {
            panic!("{refused}");
        };
        assert_eq!(entity, "family_house");
        let found: Vec<_> = found
            .iter()
            .map(|of| (of.entity.as_str(), of.count, of.of.as_str()))
            .collect();
        assert_eq!(found, by);
    }
    assert_eq!(live(db, "family_house").await, [1, 2, 13]);
    assert_eq!(live(db, "family_flat").await, [1, 2, 3, 4]);
    assert_eq!(number(db, "SELECT COUNT(*) FROM family_smell").await, 3);
}

on_every_database! {
    async fn a_row_that_restricts_any_row_of_the_delete_forbids_the_delete(db: &TestDb) {
        houses(db).await;
        run(db, &[
            "INSERT INTO family_lease (id, flat_id, is_over) VALUES (1, 2, FALSE), (2, 3, FALSE)",
            "INSERT INTO family_guest (id, chamber_id) VALUES (1, 1), (2, 2), (3, 3)",
            "INSERT INTO family_chamber (id, flat_id, house_id) VALUES (5, NULL, 1)",
        ]).await;
        is_forbidden(db, &[
            ("family_chamber", 1, "family_house"),
            ("family_lease", 1, "family_flat"),
            ("family_guest", 2, "family_chamber"),
        ]).await;
        run(db, &["DELETE FROM family_chamber WHERE id = 5", "DELETE FROM family_lease"]).await;
        is_forbidden(db, &[("family_guest", 2, "family_chamber")]).await;
    }

    /// Chamber 2 restricts its house, and the same delete trashes it with its flat.
    async fn a_row_that_the_same_delete_trashes_does_not_forbid_it(db: &TestDb) {
        houses(db).await;
        house::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_house").await, [2, 13]);
        assert_eq!(live(db, "family_flat").await, [3, 4]);
        assert_eq!(live(db, "family_chamber").await, [3, 4]);
    }

    async fn trashed_rows_and_rows_of_other_parents_do_not_forbid_a_delete(db: &TestDb) {
        houses(db).await;
        run(db, &[
            "INSERT INTO family_lease (id, flat_id, is_over) VALUES (1, 1, TRUE), (2, 3, FALSE)",
            "INSERT INTO family_chamber (id, flat_id, house_id, deleted_at) VALUES (5, NULL, 1, '2020-01-01')",
            // This guest is in a chamber that was trashed before, and the delete does not change that
            // chamber.
            "INSERT INTO family_chamber (id, flat_id, deleted_at) VALUES (6, 1, '2020-01-01')",
            "INSERT INTO family_guest (id, chamber_id) VALUES (1, 3), (2, 6)",
        ]).await;
        house::Entity::delete_by_id(1).exec(&db.scoped()).await?;
        assert_eq!(live(db, "family_flat").await, [3, 4]);
    }

    async fn a_delete_removes_rows_of_destroy_relations_and_link_rows(db: &TestDb) {
        houses(db).await;
        house::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(ids(db, "SELECT id FROM family_smell").await, [2]);
        assert_eq!(ids(db, "SELECT flat_id FROM family_flat_label").await, [3]);
        assert_eq!(number(db, "SELECT COUNT(*) FROM family_label").await, 2);
        <flat::Entity as EntityTrait>::delete_by_id(3).exec(&db.scoped()).await?;
        assert_eq!(number(db, "SELECT COUNT(*) FROM family_smell").await, 0);
        assert_eq!(number(db, "SELECT COUNT(*) FROM family_flat_label").await, 0);
    }

    /// Scenario 70.
    async fn a_veto_of_a_hook_leaves_the_row_and_its_children_live(db: &TestDb) {
        houses(db).await;
        let monument = house::Entity::find_by_id(13).one(&**db).await?.unwrap();
        let refused = refusal(monument.clone().delete(&**db).await);
        assert!(refused.to_string().contains("it is a monument"), "{refused}");
        refusal(monument.delete(&db.scoped()).await);
        assert_eq!(live(db, "family_house").await, [1, 2, 13]);
        assert_eq!(live(db, "family_flat").await, [1, 2, 3, 4]);
        let house = house::Entity::find_by_id(2).one(&**db).await?.unwrap();
        assert_eq!(house.delete(&**db).await?.rows_affected, 1);
        assert_eq!(live(db, "family_flat").await, [1, 2, 4]);
    }

    /// A foreign key of the database refuses the removal.
    async fn a_removal_that_the_database_refuses_rolls_the_delete_back(db: &TestDb) {
        houses(db).await;
        run(db, &[
            match db.get_database_backend() {
                sea_orm::DbBackend::MySql => "CREATE TABLE family_nose (id int, smell_id int, FOREIGN KEY (smell_id) REFERENCES family_smell (id))",
                _ => "CREATE TABLE family_nose (id int, smell_id int REFERENCES family_smell (id))",
            },
            "INSERT INTO family_nose VALUES (1, 1)",
        ]).await;
        let refused = refusal(house::Entity::delete_by_id(1).exec(&**db).await);
        assert!(refused.sql_err().is_some(), "{refused}");
        assert_eq!(live(db, "family_house").await, [1, 2, 13]);
        assert_eq!(live(db, "family_chamber").await, [1, 2, 3, 4]);
        assert_eq!(number(db, "SELECT COUNT(*) FROM family_flat_label").await, 4);
    }
}
