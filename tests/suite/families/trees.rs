//! Entities that refer to themselves.

use sea_orm::prelude::*;
use sea_orm::{DbBackend, Statement, TransactionTrait};
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::rows::{live, number, refusal, run};
use super::staff::{employee, page, pin, topic};
use crate::harness::{TestDb, on_every_database};

/// Deeper than the default limit of a recursive query on MariaDB and MySQL.
const DEEP: i32 = 1_500;

/// A chain of rows, each a child of the previous row.
async fn chain(db: &TestDb, table: &str, parent: &str) {
    let rows: Vec<String> = (1..=DEEP)
        .map(|id| match id {
            1 => "(1, NULL)".to_owned(),
            _ => format!("({id}, {})", id - 1),
        })
        .collect();
    let rows = rows.join(", ");
    run(
        db,
        &[&format!("INSERT INTO {table} (id, {parent}) VALUES {rows}")],
    )
    .await;
}

async fn pages(db: &TestDb) {
    db.create_table(page::Entity).await;
    db.create_table(pin::Entity).await;
}

on_every_database! {
    /// Scenario 97.
    async fn a_delete_of_an_inner_node_trashes_its_descendants(db: &TestDb) {
        db.create_table(employee::Entity).await;
        run(db, &["INSERT INTO family_employee (id, manager_id) VALUES \
                   (1, NULL), (2, 1), (3, 2), (4, 2), (5, 3), (6, 1), (7, NULL), (8, 7)"]).await;
        let deleted = employee::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!(deleted.rows_affected, 1);
        assert_eq!(live(db, "family_employee").await, [1, 6, 7, 8]);
        let operations = "SELECT COUNT(DISTINCT operation_id) FROM family_employee";
        assert_eq!(number(db, operations).await, 1);
        let at = "SELECT COUNT(DISTINCT deleted_at) FROM family_employee";
        assert_eq!(number(db, at).await, 1);
    }

    async fn a_delete_does_not_descend_below_a_node_that_is_already_trashed(db: &TestDb) {
        db.create_table(employee::Entity).await;
        run(db, &[
            "INSERT INTO family_employee (id, manager_id) VALUES (1, NULL), (2, 1), (3, 2), (4, 1)",
            "UPDATE family_employee SET deleted_at = '2020-01-01' WHERE id = 2",
        ]).await;
        employee::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_employee").await, [3]);
    }

    /// Scenario 86.
    async fn a_delete_of_a_cycle_of_managers_terminates(db: &TestDb) {
        db.create_table(employee::Entity).await;
        run(db, &[
            "INSERT INTO family_employee (id, manager_id) VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, NULL)",
            "UPDATE family_employee SET manager_id = 3 WHERE id = 1",
            "UPDATE family_employee SET manager_id = 5 WHERE id = 5",
        ]).await;
        employee::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!(live(db, "family_employee").await, [5]);
        employee::Entity::delete_by_id(5).exec(&**db).await?;
        assert_eq!(live(db, "family_employee").await, [0; 0]);
    }

    async fn nodes_of_one_tree_can_all_be_deleted_at_once(db: &TestDb) {
        db.create_table(employee::Entity).await;
        run(db, &["INSERT INTO family_employee (id, manager_id) VALUES \
                   (1, NULL), (2, 1), (3, 2), (4, 3), (5, 1)"]).await;
        let two = employee::Entity::delete_many().filter(employee::Column::Id.is_in([2, 4]));
        assert_eq!(two.exec(&**db).await?.rows_affected, 2);
        assert_eq!(live(db, "family_employee").await, [1, 5]);
    }

    async fn a_delete_trashes_a_chain_deeper_than_the_limit_of_recursive_queries(db: &TestDb) {
        db.create_table(employee::Entity).await;
        chain(db, "family_employee", "manager_id").await;
        employee::Entity::delete_by_id(2).exec(&**db).await?;
        assert_eq!(live(db, "family_employee").await, [1]);
    }

    async fn a_plain_delete_on_a_scoped_connection_trashes_a_deep_chain(db: &TestDb) {
        db.create_table(employee::Entity).await;
        chain(db, "family_employee", "manager_id").await;
        let scoped = db.scoped();
        <employee::Entity as EntityTrait>::delete_by_id(1_400).exec(&scoped).await?;
        assert_eq!(live(db, "family_employee").await.len(), 1_399);
        employee::Entity::delete_by_id(2).exec(&scoped).await?;
        assert_eq!(live(db, "family_employee").await, [1]);
    }

    async fn a_restricting_row_at_the_end_of_a_deep_chain_forbids_the_delete(db: &TestDb) {
        pages(db).await;
        chain(db, "family_page", "parent_id").await;
        run(db, &[&format!("INSERT INTO family_pin (id, page_id) VALUES (1, {DEEP})")]).await;
        let refused = refusal(page::Entity::delete_by_id(1).exec(&**db).await);
        let SoftDeleteError::Restricted { by, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!((by[0].entity.as_str(), by[0].count), ("family_pin", 1));
        assert_eq!(live(db, "family_page").await.len(), DEEP as usize);
        run(db, &["DELETE FROM family_pin"]).await;
        page::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_page").await, [0; 0]);
    }

    async fn two_relations_to_itself_are_followed_in_any_order(db: &TestDb) {
        pages(db).await;
        // 1 ─parent→ 2 ─origin→ 3 ─parent→ 4, and 4 is the origin of 1. Both parent rows of 5 are 2; 6 has
        // none.
        run(db, &[
            "INSERT INTO family_page (id, parent_id, origin_id) VALUES \
             (1, NULL, NULL), (2, 1, NULL), (3, NULL, 2), (4, 3, NULL), (5, 2, 2), (6, NULL, NULL)",
            "UPDATE family_page SET origin_id = 4 WHERE id = 1",
            "INSERT INTO family_pin (id, page_id) VALUES (1, 4), (2, 6)",
        ]).await;
        let refused = refusal(page::Entity::delete_by_id(3).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
        assert_eq!(live(db, "family_page").await.len(), 6);
        run(db, &["DELETE FROM family_pin WHERE id = 1"]).await;
        page::Entity::delete_by_id(3).exec(&**db).await?;
        assert_eq!(live(db, "family_page").await, [6]);
    }

    async fn a_delete_leaves_rows_that_do_not_meet_the_condition_of_the_relation(db: &TestDb) {
        db.create_table(topic::Entity).await;
        run(db, &[
            "CREATE TABLE family_pin (id int, page_id int)",
            "INSERT INTO family_topic (id, parent_id, is_open) VALUES \
             (1, NULL, TRUE), (2, 1, TRUE), (3, 1, FALSE), (4, 2, TRUE), (5, 3, TRUE)",
            // This pin restricts topic 5, which stays live as a child of the closed topic 3.
            "INSERT INTO family_pin (id, page_id) VALUES (1, 5)",
        ]).await;
        topic::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_topic").await, [5]);
        let refused = refusal(topic::Entity::delete_by_id(5).exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::Restricted { .. }), "{refused}");
    }

    async fn a_level_that_does_not_fit_into_a_temporary_table_in_memory_loses_no_row(db: &TestDb) {
        // Each node but the last ones has two children.
        const NODES: i32 = 10_000;
        db.create_table(employee::Entity).await;
        let rows: Vec<String> = (2..=NODES).map(|id| format!("({id}, {})", id / 2)).collect();
        let rows = rows.join(", ");
        run(db, &[&format!(
            "INSERT INTO family_employee (id, manager_id) VALUES (1, NULL), {rows}"
        )]).await;
        run(db, &["CREATE INDEX managed ON family_employee (manager_id)"]).await;
        let transaction = db.begin().await?;
        if db.get_database_backend() == DbBackend::MySql {
            transaction
                .execute_unprepared("SET SESSION max_heap_table_size = 16384, tmp_table_size = 16384")
                .await?;
        }
        let delete = employee::Entity::force_delete_by_id(1);
        let preview = delete.preview(&transaction).await?;
        assert_eq!(preview.count(), NODES as u64);
        delete.confirm(&preview, &transaction).await?;
        let count = Statement::from_string(
            transaction.get_database_backend(),
            "SELECT COUNT(*) FROM family_employee",
        );
        let left = transaction.query_one_raw(count).await?.expect("a count is a row");
        assert_eq!(left.try_get_by_index::<i64>(0)?, 0);
        transaction.commit().await?;
    }
}
