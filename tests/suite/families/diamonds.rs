//! Child rows with several parent rows, which one delete reaches by several paths.

use sea_orm::QueryOrder;
use sea_orm::prelude::*;
use sea_orm_soft_delete::preview::Preview;
use sea_orm_soft_delete::{Clock, Operation, Scopable, Timestamp};

use super::projects::{firm, person, project, task};
use super::rows::{ids, live, number, run};
use crate::harness::{TestDb, on_every_database};

const AT: Timestamp = match Timestamp::from_unix_seconds(1_700_000_000) {
    Some(at) => at,
    None => Timestamp::MAX,
};

/// Tasks 1 and 2 have both parent rows, a project and a person. Task 3 has only the project, task 4 only
/// the person, task 5 neither, and task 6 belongs to another firm.
async fn two_firms(db: &TestDb) {
    db.create_table(firm::Entity).await;
    db.create_table(person::Entity).await;
    db.create_table(project::Entity).await;
    db.create_table(task::Entity).await;
    run(
        db,
        &[
            "INSERT INTO family_firm (id) VALUES (1), (2)",
            "INSERT INTO family_person (id, firm_id) VALUES (1, 1), (2, 2)",
            "INSERT INTO family_project (id, firm_id) VALUES (1, 1), (2, 2)",
            "INSERT INTO family_task (id, project_id, person_id) VALUES \
             (1, 1, 1), (2, 1, 1), (3, 1, NULL), (4, NULL, 1), (5, NULL, NULL), (6, 2, 2)",
        ],
    )
    .await;
}

on_every_database! {
    async fn a_child_of_two_parents_is_trashed_with_its_first_parent(db: &TestDb) {
        two_firms(db).await;
        project::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_task").await, [4, 5, 6]);
        assert_eq!(live(db, "family_person").await, [1, 2]);
    }

    async fn a_child_of_two_parents_is_trashed_with_its_second_parent(db: &TestDb) {
        two_firms(db).await;
        person::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_task").await, [3, 5, 6]);
        assert_eq!(live(db, "family_project").await, [1, 2]);
    }

    async fn a_child_is_trashed_once_when_both_parents_are_deleted(db: &TestDb) {
        two_firms(db).await;
        let delete = firm::Entity::delete_by_id(1).exec(&**db);
        assert_eq!(Clock::fixed(AT).scope(delete).await?.rows_affected, 1);
        assert_eq!(live(db, "family_task").await, [5, 6]);
        let firm = firm::Entity::only_trashed().one(&**db).await?.unwrap();
        for task in task::Entity::only_trashed().all(&**db).await? {
            assert_eq!(task.operation_id, firm.operation_id);
            assert_eq!(task.deleted_at, Some(AT.into()));
            assert_eq!(task.updated_at, Some(AT.into()));
        }
    }

    async fn a_child_keeps_its_operation_when_its_other_parent_is_deleted(db: &TestDb) {
        two_firms(db).await;
        project::Entity::delete_by_id(1).exec(&**db).await?;
        let of_project = || task::Entity::only_trashed()
            .filter(task::Column::Id.is_in([1, 2, 3]))
            .order_by_asc(task::Column::Id);
        let before = of_project().all(&**db).await?;
        person::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(of_project().all(&**db).await?, before);
        let operations = "SELECT COUNT(DISTINCT operation_id) FROM family_task";
        assert_eq!(number(db, operations).await, 2);
        // Two deletes trashed the parent rows, so a third delete finds none of their rows.
        firm::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(number(db, operations).await, 2);
    }

    async fn two_rows_of_one_delete_share_one_operation(db: &TestDb) {
        two_firms(db).await;
        let deleted = <firm::Entity as EntityTrait>::delete_many().exec(&db.scoped()).await?;
        assert_eq!(deleted.rows_affected, 2);
        assert_eq!(live(db, "family_task").await, [5]);
        let operations = "SELECT COUNT(DISTINCT operation_id) FROM family_task";
        assert_eq!(number(db, operations).await, 1);
    }

    async fn two_deletes_in_one_microsecond_are_two_operations(db: &TestDb) {
        two_firms(db).await;
        Clock::fixed(AT).scope(async {
            project::Entity::delete_by_id(1).exec(&**db).await?;
            run(db, &["UPDATE family_task SET deleted_at = NULL, operation_id = NULL WHERE id = 3"]).await;
            project::Entity::delete_by_id(2).exec(&**db).await
        }).await?;
        assert_eq!(live(db, "family_task").await, [3, 4, 5], "task 3 belongs to the first project");
        let trashed = "SELECT id FROM family_project WHERE deleted_at IS NOT NULL ORDER BY id";
        assert_eq!(ids(db, trashed).await, [1, 2]);
    }

    async fn an_operation_is_restored_after_its_root_was_removed(db: &TestDb) {
        two_firms(db).await;
        firm::Entity::delete_by_id(1).exec(&**db).await?;
        // These rows were trashed with firm 1 and now belong to another firm, so a restore of firm 1 leaves
        // them trashed.
        run(db, &[
            "UPDATE family_person SET firm_id = 2 WHERE id = 1",
            "UPDATE family_project SET firm_id = 2 WHERE id = 1",
        ]).await;
        firm::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db, "family_task").await, [5, 6]);
        let operations = Operation::list().in_family_of(firm::Entity).all(&**db).await?;
        let [operation] = operations.as_slice() else { panic!("{operations:?}") };
        // A task has two parent rows, a person and a project, and both are trashed.
        let previews = operation.preview_restore(&**db).await?;
        assert!(previews.iter().all(Preview::is_allowed), "{previews:?}");
        assert_eq!(operation.restore(&**db).await?, 6);
        assert_eq!(live(db, "family_task").await, [1, 2, 3, 4, 5, 6]);
    }
}
