//! Which hooks run, and that a veto undoes everything.

use std::sync::Mutex;

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{FoundOrInserted, Inserted, SoftDeleteError};

use crate::harness::{TestDb, on_every_database};

mod task {
    use super::*;
    use sea_orm_soft_delete::{RestoreBehavior, SoftDelete};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "revive_task")]
    #[soft_delete(restore_behavior)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub slug: String,
        pub title: String,
        pub saves: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    #[async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        /// A `before_save` hook that counts saves and also writes to the table.
        async fn before_save<C: ConnectionTrait>(
            mut self,
            db: &C,
            insert: bool,
        ) -> Result<Self, DbErr> {
            let saves = self.saves.try_as_ref().copied().unwrap_or(0);
            hear(format!(
                "before_save insert={insert} {} saves={saves}",
                self.title.as_ref()
            ))?;
            self.saves = Set(saves + 1);
            db.execute_unprepared("UPDATE revive_task SET saves = saves + 100 WHERE slug = 'log'")
                .await?;
            Ok(self)
        }

        async fn after_save<C: ConnectionTrait>(
            model: Model,
            _db: &C,
            insert: bool,
        ) -> Result<Model, DbErr> {
            hear(format!(
                "after_save insert={insert} trashed={}",
                model.is_trashed()
            ))?;
            Ok(model)
        }

        async fn before_delete<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
            hear(format!("before_delete {}", self.title.as_ref()))?;
            Ok(self)
        }

        async fn after_delete<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
            hear("after_delete".to_owned())?;
            Ok(self)
        }
    }

    #[async_trait::async_trait]
    impl RestoreBehavior for ActiveModel {
        async fn before_restore<C: ConnectionTrait>(self, _db: &C) -> Result<Self, DbErr> {
            hear(format!("before_restore {}", self.title.as_ref()))?;
            Ok(self)
        }

        async fn after_restore<C: ConnectionTrait>(model: Model, _db: &C) -> Result<Model, DbErr> {
            hear(format!("after_restore {}", model.title))?;
            Ok(model)
        }
    }
}

struct Ear {
    heard: Vec<String>,
    veto: &'static str,
}

tokio::task_local! {
    static EAR: Mutex<Ear>;
}

/// Records the message of a hook, and vetoes if it begins with the forbidden word.
fn hear(what: String) -> Result<(), DbErr> {
    EAR.try_with(|ear| {
        let mut ear = ear.lock().unwrap();
        let is_vetoed = !ear.veto.is_empty() && what.starts_with(ear.veto);
        ear.heard.push(what);
        match is_vetoed {
            true => Err(DbErr::Custom("veto".to_owned())),
            false => Ok(()),
        }
    })
    .unwrap_or(Ok(()))
}

async fn heard<T>(veto: &'static str, future: impl Future<Output = T>) -> (T, Vec<String>) {
    let ear = Mutex::new(Ear {
        heard: Vec::new(),
        veto,
    });
    EAR.scope(ear, async {
        let output = future.await;
        let heard = EAR.with(|ear| ear.lock().unwrap().heard.clone());
        (output, heard)
    })
    .await
}

fn task(slug: &str, title: &str) -> task::ActiveModel {
    task::ActiveModel {
        slug: Set(slug.to_owned()),
        title: Set(title.to_owned()),
        ..Default::default()
    }
}

/// Task `log` is live; task `a` is trashed.
async fn tasks(db: &TestDb) {
    db.create_table(task::Entity).await;
    task("log", "Log").insert(&**db).await.unwrap();
    let old = task("a", "Old").insert(&**db).await.unwrap();
    old.delete(&**db).await.unwrap();
}

async fn all(db: &TestDb) -> Vec<task::Model> {
    <task::Entity as EntityTrait>::find()
        .all(&**db)
        .await
        .unwrap()
}

const BY: [task::Column; 1] = [task::Column::Slug];

on_every_database! {
    async fn a_revival_is_an_update_and_a_restore(db: &TestDb) {
        tasks(db).await;
        let revive = task::Entity::insert_or_revive(task("a", "New")).by(BY).exec(&**db);
        let (revived, heard) = heard("", revive).await;
        assert_eq!(heard, [
            "before_save insert=false New saves=1",
            "before_restore New",
            "after_restore New",
            "after_save insert=false trashed=false",
        ]);
        let revived = revived?.into_model();
        assert_eq!(revived.saves, 2, "the value that the hook sets is written");
    }

    async fn find_or_insert_runs_no_hooks_on_find_and_only_restore_hooks_on_revive(db: &TestDb) {
        tasks(db).await;
        let find = task::Entity::find_or_insert(task("a", "New")).by(BY);
        let (found, said) = heard("", find.clone().with_trashed().exec(&**db)).await;
        assert!(matches!(found?, FoundOrInserted::Found(_)));
        assert_eq!(said, [""; 0]);
        let (revived, said) = heard("", find.or_revive().exec(&**db)).await;
        assert!(matches!(revived?, FoundOrInserted::Revived(_)));
        assert_eq!(said, ["before_restore Old", "after_restore Old"]);
    }

    async fn hooks_run_for_the_inserted_row_and_the_replaced_row(db: &TestDb) {
        tasks(db).await;
        let insert = task::Entity::insert_or_replace_trashed(task("a", "New")).by(BY).exec(&**db);
        let (inserted, said) = heard("", insert).await;
        assert!(matches!(inserted?, Inserted::Replaced(_)));
        assert_eq!(said, [
            "before_delete Old",
            "after_delete",
            "before_save insert=true New saves=0",
            "after_save insert=true trashed=false",
        ]);
        let insert = task::Entity::insert_or_revive(task("b", "Other")).by(BY).exec(&**db);
        let (inserted, said) = heard("", insert).await;
        assert!(matches!(inserted?, Inserted::New(_)));
        assert_eq!(said, [
            "before_save insert=true Other saves=0",
            "after_save insert=true trashed=false",
        ]);
    }

    async fn a_veto_undoes_everything(db: &TestDb) {
        tasks(db).await;
        let before = all(db).await;
        let new = || task("a", "New");
        for veto in ["before_save", "before_restore", "after_restore", "after_save"] {
            let revive = task::Entity::insert_or_revive(new()).by(BY).exec(&**db);
            let (vetoed, _) = heard(veto, revive).await;
            assert!(matches!(vetoed, Err(SoftDeleteError::Db(DbErr::Custom(_)))), "{vetoed:?}");
            assert_eq!(all(db).await, before, "{veto}");
        }
        for veto in ["before_restore", "after_restore"] {
            let find = task::Entity::find_or_insert(new()).by(BY).or_revive().exec(&**db);
            let (vetoed, _) = heard(veto, find).await;
            assert!(matches!(vetoed, Err(SoftDeleteError::Db(DbErr::Custom(_)))), "{vetoed:?}");
            assert_eq!(all(db).await, before, "{veto}");
        }
        for veto in ["before_delete", "after_delete", "before_save", "after_save"] {
            let replace = task::Entity::insert_or_replace_trashed(new()).by(BY).exec(&**db);
            let (vetoed, _) = heard(veto, replace).await;
            assert!(matches!(vetoed, Err(SoftDeleteError::Db(DbErr::Custom(_)))), "{vetoed:?}");
            assert_eq!(all(db).await, before, "{veto}");
        }
    }

    /// A constraint failed the attempt, so the rows that its hooks wrote are rolled back too.
    async fn hooks_of_an_attempt_that_failed_leave_nothing(db: &TestDb) {
        tasks(db).await;
        let before = all(db).await;
        let find = task::Entity::find_or_insert(task("a", "New")).by(BY).exec(&**db);
        let (refused, _) = heard("", find).await;
        assert!(matches!(refused, Err(SoftDeleteError::KeyTrashed { .. })), "{refused:?}");
        assert_eq!(all(db).await, before);
    }
}
