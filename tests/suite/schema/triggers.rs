//! Triggers that forbid live rows under trashed parent rows, and physical deletes.

use sea_orm::prelude::*;
use sea_orm::sea_query::Table;
use sea_orm::{ActiveValue::Set, IntoActiveModel, TransactionTrait};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::{SoftDeleteSchema, allow_physical_deletes};
use sea_orm_soft_delete::{Operation, SoftDeleteError};

use super::{new_user, run, user};
use crate::families::notebooks::{folder, live, note, notebook, two_notebooks};
use crate::harness::{Server, TestDb, TestResult, on_every_database, on_every_server};

/// Creates the triggers on folders and notes. Notebook 2 is trashed with folder 4 and note 4.
async fn notebooks(db: &TestDb) -> TestResult {
    two_notebooks(db).await;
    for schema in [
        SoftDeleteSchema::of::<folder::Entity>(),
        SoftDeleteSchema::of::<note::Entity>(),
    ] {
        let triggers = schema.refuse_trashed_parents();
        assert!(!triggers.is_empty());
        for trigger in triggers {
            trigger.create(&**db).await?;
            trigger.create(&**db).await?;
        }
    }
    notebook::Entity::delete_by_id(2).exec(&**db).await?;
    Ok(())
}

fn new_folder(id: i32, notebook_id: Option<i32>, parent_id: Option<i32>) -> folder::ActiveModel {
    folder::ActiveModel {
        id: Set(id),
        notebook_id: Set(notebook_id),
        parent_id: Set(parent_id),
        ..Default::default()
    }
}

fn new_note(id: i32, folder_id: i32) -> note::ActiveModel {
    note::ActiveModel {
        id: Set(id),
        folder_id: Set(folder_id),
        slug: Set(format!("note {id}")),
        ..Default::default()
    }
}

#[track_caller]
fn is_refused<T: std::fmt::Debug>(done: Result<T, DbErr>, db: &TestDb) {
    let error = done.expect_err("the trigger refuses it");
    assert!(
        error
            .to_string()
            .contains("cannot belong to a trashed row of"),
        "{error}"
    );
    if db.server() == Server::Postgres {
        let kind = error.sql_err();
        assert!(
            matches!(
                kind,
                Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_))
            ),
            "{kind:?}"
        );
    }
}

on_every_database! {
    async fn a_live_row_cannot_be_inserted_under_a_trashed_parent(db: &TestDb) {
        notebooks(db).await?;
        is_refused(new_note(5, 4).insert(&**db).await, db);
        is_refused(new_folder(5, Some(2), None).insert(&**db).await, db);
        is_refused(new_folder(5, Some(1), Some(4)).insert(&**db).await, db);
        new_note(5, 1).insert(&**db).await?;
        new_folder(5, None, None).insert(&**db).await?;

        let mut moved = note::Entity::find_by_id(5).one(&**db).await?.unwrap().into_active_model();
        moved.folder_id = Set(4);
        is_refused(moved.update(&**db).await, db);
        let mut moved = note::Entity::find_by_id(5).one(&**db).await?.unwrap().into_active_model();
        moved.folder_id = Set(2);
        moved.update(&**db).await?;
    }

    async fn a_handwritten_update_cannot_make_a_row_live_under_a_trashed_parent(db: &TestDb) {
        notebooks(db).await?;
        let revive = "UPDATE family_note SET deleted_at = NULL WHERE id = 4";
        is_refused(db.execute_unprepared(revive).await, db);
        // The notebook of this folder is trashed. The trigger does not check the relation of a folder to a
        // folder.
        let revive = "UPDATE family_folder SET deleted_at = NULL WHERE id = 4";
        is_refused(db.execute_unprepared(revive).await, db);
        let trashed = new_note(6, 4);
        let trashed = note::ActiveModel { deleted_at: Set(Some(crate::entities::noon())), ..trashed };
        trashed.insert(&**db).await?;
    }

    async fn triggers_allow_deletes_and_restores_of_families(db: &TestDb) {
        notebooks(db).await?;
        let all_but_one = live(db).await[..5].to_vec();
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(note::Entity::find().count(&**db).await?, 0);
        notebook::Entity::restore_by_id(1).exec(&**db).await?;
        folder::Entity::delete_by_id(1).exec(&**db).await?;
        folder::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(live(db).await[..5], all_but_one);
        let operations = Operation::list().in_family_of(notebook::Entity).all(&**db).await?;
        operations[0].restore(&**db).await?;
        assert_eq!(note::Entity::find().count(&**db).await?, 4);
        note::Entity::delete_by_id(4).exec(&**db).await?;
        notebook::Entity::delete_by_id(2).exec(&**db).await?;
        note::Entity::restore_by_id(4).with_ancestors().exec(&**db).await?;
        assert_eq!(note::Entity::find().count(&**db).await?, 4);
    }

    async fn a_dropped_trigger_no_longer_runs(db: &TestDb) {
        notebooks(db).await?;
        for trigger in SoftDeleteSchema::of::<note::Entity>().refuse_trashed_parents() {
            trigger.drop(&**db).await?;
            trigger.drop(&**db).await?;
        }
        new_note(5, 4).insert(&**db).await?;
    }

    async fn a_schema_without_an_entity_creates_the_same_triggers(db: &TestDb) {
        two_notebooks(db).await;
        let folders = SoftDeleteSchema::new("family_folder", Marker::of::<Option<DateTimeUtc>>("deleted_at"));
        let notes = SoftDeleteSchema::new("family_note", Marker::of::<Option<DateTimeUtc>>("deleted_at"))
            .belonging_to(&folders, [("folder_id", "id")]);
        let backend = db.get_database_backend();
        let by_hand = notes.refuse_trashed_parents();
        let of_entity = SoftDeleteSchema::of::<note::Entity>().refuse_trashed_parents();
        assert_eq!(by_hand[0].statements(backend), of_entity[0].statements(backend));
    }

    async fn rows_are_removed_only_where_physical_deletes_are_allowed(db: &TestDb) {
        db.create_table(user::Entity).await;
        let guard = SoftDeleteSchema::of::<user::Entity>().refuse_physical_deletes();
        guard.create(&**db).await?;
        guard.create(&**db).await?;
        let ada = new_user("ada", None, "ada").insert(&**db).await?;
        let bob = new_user("bob", None, "bob").insert(&**db).await?;
        ada.clone().delete(&**db).await?;

        let refused = db.execute_unprepared("DELETE FROM schema_user").await.unwrap_err();
        let says = "rows of schema_user are not removed physically; trash them, or allow it";
        assert!(refused.to_string().contains(says), "{refused}");
        assert!(ada.clone().force_delete(&**db).await.is_err());

        let id = ada.id;
        let removed = allow_physical_deletes(&**db, |db| Box::pin(async move {
            let removed = user::Entity::force_delete_by_id(id).exec(db).await?;
            Ok(removed.rows_affected)
        }))
        .await?;
        assert_eq!(removed, 1);
        assert!(bob.clone().force_delete(&**db).await.is_err(), "refused after the allowance");

        let failed = allow_physical_deletes(&**db, |db| Box::pin(async move {
            user::Entity::force_delete_many().exec(db).await?;
            Err::<(), _>(SoftDeleteError::from(DbErr::Custom("no".into())))
        }))
        .await;
        assert!(failed.is_err());
        assert_eq!(user::Entity::with_trashed().count(&**db).await?, 1, "the force delete is rolled back");
        assert!(bob.clone().force_delete(&**db).await.is_err(), "refused after the rollback");

        // A refused statement leaves the caller's transaction usable.
        let transaction = db.begin().await?;
        allow_physical_deletes(&transaction, |db| Box::pin(async move {
            user::Entity::force_delete_many().exec(db).await?;
            Ok(())
        }))
        .await?;
        new_user("eve", None, "eve").insert(&transaction).await?;
        transaction.commit().await?;
        let eve = user::Entity::find().one(&**db).await?.unwrap();
        assert!(eve.clone().force_delete(&**db).await.is_err());

        guard.drop(&**db).await?;
        guard.drop(&**db).await?;
        eve.force_delete(&**db).await?;
    }

    async fn cascades_of_the_database_are_refused_where_triggers_see_them(db: &TestDb) {
        if db.server().speaks_mysql() {
            return Ok(()); // A cascade of a foreign key runs no triggers there, as the documentation says.
        }
        db.create_table(user::Entity).await;
        let drop_after = Table::drop().table("pet").to_owned();
        run(db, &[
            "CREATE TABLE team (id INTEGER PRIMARY KEY)".into(),
            "CREATE TABLE pet (id INTEGER PRIMARY KEY, team INTEGER REFERENCES team (id) \
             ON DELETE CASCADE, deleted_at TIMESTAMP)".into(),
            "INSERT INTO team VALUES (1)".into(),
            "INSERT INTO pet VALUES (1, 1, NULL)".into(),
        ]).await;
        SoftDeleteSchema::new("pet", Marker::of::<Option<DateTime>>("deleted_at"))
            .refuse_physical_deletes()
            .create(&**db)
            .await?;
        assert!(db.execute_unprepared("DELETE FROM team").await.is_err());
        if db.server() == Server::Postgres {
            assert!(db.execute_unprepared("TRUNCATE pet").await.is_err());
        }
        db.execute(&drop_after).await?;
    }
}

on_every_server! {
    async fn an_insert_waits_for_the_delete_of_its_parent(db: &TestDb) {
        notebooks(db).await?;
        let deleting = db.begin().await?;
        folder::Entity::delete_by_id(1).exec(&deleting).await?;
        let inserting = {
            let db: DatabaseConnection = (**db).clone();
            tokio::spawn(async move { new_note(7, 1).insert(&db).await })
        };
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(!inserting.is_finished(), "the insert waits for the delete");
        deleting.commit().await?;
        is_refused(inserting.await.unwrap(), db);
    }

    async fn a_delete_of_a_parent_waits_for_the_insert_of_a_child(db: &TestDb) {
        notebooks(db).await?;
        let inserting = db.begin().await?;
        new_note(7, 1).insert(&inserting).await?;
        let deleting = {
            let db: DatabaseConnection = (**db).clone();
            tokio::spawn(async move { folder::Entity::delete_by_id(1).exec(&db).await })
        };
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(!deleting.is_finished(), "the delete waits for the insert");
        inserting.commit().await?;
        deleting.await.unwrap()?;
        let new = note::Entity::only_trashed().filter(note::Column::Id.eq(7)).one(&**db).await?;
        assert!(new.is_some(), "the delete trashed the new row with its folder");
    }
}
