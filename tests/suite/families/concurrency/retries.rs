//! Which errors are retryable: the same call may succeed when it is repeated.

use sea_orm::prelude::*;
use sea_orm::{IsolationLevel, RuntimeErr, TransactionTrait};
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::{on_databases, on_every_database};

on_every_database! {
    async fn errors_of_other_causes_are_not_retryable(db: &TestDb) {
        two_notebooks(db).await;
        let errors = [
            note::Entity::restore_by_id(1).exec(&**db).await.unwrap_err(),
            note::Entity::restore_by_id(404).exec(&**db).await.unwrap_err(),
            insert_note(1, 1, &**db).await.unwrap_err().into(),
            db.execute_unprepared("SELECT nothing").await.unwrap_err().into(),
            db.execute_unprepared("no statement").await.unwrap_err().into(),
            DbErr::Exec(RuntimeErr::Internal("1205 (HY000): deadlock 40001".into())).into(),
            DbErr::RecordNotUpdated.into(),
        ];
        for error in errors {
            assert!(!error.is_retryable(), "{error}");
        }
    }
}

on_databases! {
    [mariadb: MariaDb, mysql: MySql]

    async fn a_lock_timeout_is_retryable(db: &TestDb) {
        two_notebooks(db).await;
        let holder = db.begin().await?;
        notebook::Entity::delete_by_id(1).exec(&holder).await?;
        let waiting = db.begin().await?;
        waiting.execute_unprepared("SET SESSION innodb_lock_wait_timeout = 1").await?;
        // The transaction continues, without the changes of the verb that timed out.
        waiting.execute_unprepared("INSERT INTO family_tag (id) VALUES (9)").await?;
        let late = notebook::Entity::delete_many().exec(&waiting).await.unwrap_err();
        assert!(SoftDeleteError::from(late).is_retryable());
        let late = notebook::Entity::delete_by_id(1).exec(&waiting).await.unwrap_err();
        assert!(SoftDeleteError::from(late).is_retryable());
        holder.rollback().await?;
        waiting.commit().await?;
        assert_eq!(live(db).await, ALL);
        assert_eq!(tag::Entity::find().count(&**db).await?, 3);
    }
}

on_databases! {
    [postgres: Postgres]

    async fn a_serialization_failure_is_retryable(db: &TestDb) {
        two_notebooks(db).await;
        let level = Some(IsolationLevel::RepeatableRead);
        let late = begin(db, level).await?;
        notebook::Entity::find().count(&late).await?;
        notebook::Entity::delete_by_id(1).exec(&**db).await?;
        let error = notebook::Entity::delete_by_id(1).exec(&late).await.unwrap_err();
        // The error is retryable as a `DbErr`, as a `SoftDeleteError`, and when one wraps the other.
        let error = SoftDeleteError::from(error);
        assert!(error.is_retryable(), "{error}");
        let inside = DbErr::TryIntoErr {
            from: "SoftDeleteError",
            into: "DbErr",
            source: std::sync::Arc::new(error.clone()),
        };
        assert!(SoftDeleteError::Db(inside.clone()).is_retryable());
        assert!(SoftDeleteError::from(inside).is_retryable());
        assert!(SoftDeleteError::from(DbErr::from(error)).is_retryable());
    }

    async fn a_retried_delete_succeeds(db: &TestDb) {
        two_notebooks(db).await;
        let holder = db.begin().await?;
        holder.execute_unprepared("UPDATE family_notebook SET id = id WHERE id = 1").await?;
        let connection = pool(db);
        let retried = start_behind(db, &holder, async move {
            let mut attempts = 0;
            let deleted = retrying!({
                attempts += 1;
                delete_at_repeatable_read(&connection).await
            });
            (attempts, deleted)
        }).await?;
        holder.commit().await?;
        let (attempts, deleted) = retried.await.unwrap();
        assert_eq!((attempts, deleted?), (2, 1));
        assert_eq!(live(db).await, [1, 1, 1, 1, 1, 1]);
    }
}

async fn delete_at_repeatable_read(db: &DatabaseConnection) -> Result<u64, DbErr> {
    let txn = begin(db, Some(IsolationLevel::RepeatableRead)).await?;
    let deleted = notebook::Entity::delete_by_id(1).exec(&txn).await?;
    txn.commit().await?;
    Ok(deleted.rows_affected)
}
