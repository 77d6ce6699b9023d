//! Hooks around the verbs of one row, and vetoes of hooks.

use std::sync::Mutex;

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use sea_orm_soft_delete::SoftDeleteError;

use crate::harness::{TestDb, on_every_database};

mod task {
    use super::*;
    use sea_orm_soft_delete::{RestoreBehavior, SoftDelete};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "task")]
    #[soft_delete(restore_behavior)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub title: String,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        async fn before_save<C: ConnectionTrait>(
            self,
            _db: &C,
            insert: bool,
        ) -> Result<Self, DbErr> {
            note_down(format!("before_save insert={insert}"));
            Ok(self)
        }

        async fn after_save<C: ConnectionTrait>(
            model: Model,
            _db: &C,
            insert: bool,
        ) -> Result<Model, DbErr> {
            note_down(format!("after_save insert={insert}"));
            Ok(model)
        }

        async fn before_delete<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
            note_down(format!("before_delete {}", self.title.as_ref()));
            veto("before_delete", &self)?;
            Ok(self)
        }

        async fn after_delete<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
            note_down(format!("after_delete {}", self.title.as_ref()));
            veto("after_delete", &self)?;
            Ok(self)
        }
    }

    #[async_trait::async_trait]
    impl RestoreBehavior for ActiveModel {
        async fn before_restore<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
            note_down(format!("before_restore {}", self.title.as_ref()));
            veto("before_restore", &self)?;
            Ok(self)
        }

        async fn after_restore<C: ConnectionTrait>(model: Model, db: &C) -> Result<Model, DbErr> {
            let live = Entity::find_by_id(model.id).count(db).await?;
            note_down(format!("after_restore {} live={live}", model.title));
            Ok(model)
        }
    }

    fn veto(hook: &str, task: &ActiveModel) -> Result<(), DbErr> {
        if task.title.as_ref() == hook {
            return Err(DbErr::Custom(format!("{hook} says no")));
        }
        Ok(())
    }
}

tokio::task_local! {
    static HEARD: Mutex<Vec<String>>;
}

fn note_down(what: String) {
    let _ = HEARD.try_with(|heard| heard.lock().unwrap().push(what));
}

/// Runs `future`, and returns the messages that its hooks recorded.
async fn heard<T>(future: impl Future<Output = T>) -> (T, Vec<String>) {
    HEARD
        .scope(Mutex::default(), async {
            let output = future.await;
            let said = HEARD.with(|heard| heard.lock().unwrap().clone());
            (output, said)
        })
        .await
}

async fn insert(db: &TestDb, title: &str) -> task::Model {
    db.create_table(task::Entity).await;
    let task = task::ActiveModel {
        id: Set(1),
        title: Set(title.to_owned()),
        deleted_at: Set(None),
    };
    task.insert(&**db).await.unwrap()
}

async fn row(db: &TestDb) -> Option<task::Model> {
    <task::Entity as EntityTrait>::find_by_id(1)
        .one(&**db)
        .await
        .unwrap()
}

on_every_database! {
    async fn delete_restore_and_force_delete_run_their_hooks(db: &TestDb) {
        let task = insert(db, "t").await;
        let (deleted, said) = heard(task.clone().delete(&**db)).await;
        assert_eq!(deleted?.rows_affected, 1);
        assert_eq!(said, ["before_delete t", "after_delete t"]);

        let (restored, said) = heard(task.clone().restore(&**db)).await;
        assert!(!restored?.is_trashed());
        assert_eq!(said, ["before_restore t", "after_restore t live=1"]);

        let (deleted, said) = heard(task.force_delete(&**db)).await;
        assert_eq!(deleted?.rows_affected, 1);
        assert_eq!(said, ["before_delete t", "after_delete t"]);
        assert_eq!(row(db).await, None);
    }

    async fn hooks_see_a_pending_change_that_is_not_written(db: &TestDb) {
        let mut task = insert(db, "t").await.into_active_model();
        task.title = Set("pending".to_owned());
        let (deleted, said) = heard(task.delete(&**db)).await;
        assert_eq!(deleted?.rows_affected, 1);
        assert_eq!(said, ["before_delete pending", "after_delete pending"]);
        assert_eq!(row(db).await.unwrap().title, "t");
    }

    /// Scenario 70.
    async fn a_veto_before_a_delete_leaves_everything_as_it_was(db: &TestDb) {
        let task = insert(db, "before_delete").await;
        let refused = task.clone().delete(&**db).await.unwrap_err();
        assert!(refused.to_string().contains("before_delete says no"), "{refused}");
        assert_eq!(row(db).await, Some(task.clone()));

        let refused = task.clone().force_delete(&**db).await.unwrap_err();
        assert!(refused.to_string().contains("before_delete says no"), "{refused}");
        assert_eq!(row(db).await, Some(task));
    }

    async fn a_veto_before_a_restore_leaves_the_row_in_the_trash(db: &TestDb) {
        let task = insert(db, "before_restore").await;
        task.clone().delete(&**db).await?;
        let trashed = row(db).await;
        let refused = task.restore(&**db).await.unwrap_err();
        let SoftDeleteError::Db(DbErr::Custom(why)) = refused else { panic!("{refused:?}") };
        assert_eq!(why, "before_restore says no");
        assert_eq!(row(db).await, trashed);
    }

    async fn an_error_after_a_delete_is_returned_as_in_seaorm(db: &TestDb) {
        let task = insert(db, "after_delete").await;
        let error = task.delete(&**db).await.unwrap_err();
        assert!(error.to_string().contains("after_delete says no"), "{error}");
        assert!(row(db).await.unwrap().is_trashed(), "the delete is done, as in SeaORM");
    }

    async fn update_and_save_run_the_hooks_of_seaorm(db: &TestDb) {
        let mut task = insert(db, "t").await.into_active_model();
        task.title = Set("u".to_owned());
        let (updated, said) = heard(task.clone().update(&**db)).await;
        assert_eq!(updated?.title, "u");
        assert_eq!(said, ["before_save insert=false", "after_save insert=false"]);
        let (saved, said) = heard(task.clone().save(&**db)).await;
        saved?;
        assert_eq!(said, ["before_save insert=false", "after_save insert=false"]);
        let (updated, said) = heard(task.update_without_returning(&**db)).await;
        updated?;
        assert_eq!(said, ["before_save insert=false"]);
    }

    async fn builders_of_deletes_run_no_hooks_as_in_seaorm(db: &TestDb) {
        insert(db, "t").await;
        let (done, said) = heard(async {
            task::Entity::delete_by_id(1).exec(&**db).await?;
            task::Entity::restore_many().exec(&**db).await?;
            task::Entity::force_delete_by_id(1).exec(&**db).await
        }).await;
        done?;
        assert_eq!(said, [""; 0]);
    }

    async fn a_restore_by_key_runs_its_hooks(db: &TestDb) {
        insert(db, "t").await;
        task::Entity::delete_by_id(1).exec(&**db).await?;
        let (restored, said) = heard(task::Entity::restore_by_id(1).exec(&**db)).await;
        assert!(!restored?.is_trashed());
        assert_eq!(said, ["before_restore t", "after_restore t live=1"]);
        // The row is live, so there is nothing to restore and no hook runs.
        let (refused, said) = heard(task::Entity::restore_by_id(1).exec(&**db)).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. })), "{refused:?}");
        assert_eq!(said, [""; 0]);
    }
}
