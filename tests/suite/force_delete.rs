//! `force_delete`: physically removes rows, live or trashed.

use sea_orm::prelude::*;
use sea_orm::{DbBackend, ExecResult, Statement};
use sea_orm_soft_delete::SoftDeleteError;

use crate::entities::{ids, insert, note, one_trashed_one_live, row};
use crate::harness::{Server, on_every_database};

/// A connection that claims to support RETURNING.
struct ClaimsReturning(DatabaseConnection);

#[async_trait::async_trait]
impl ConnectionTrait for ClaimsReturning {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }
    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }
    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }
    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
    fn support_returning(&self) -> bool {
        true
    }
}

on_every_database! {
    async fn live_and_trashed_rows_are_removed(db: &TestDb) {
        one_trashed_one_live(db).await;
        for id in [1, 2] {
            let note = row(db, id).await.unwrap();
            assert_eq!(note.force_delete(&**db).await?.rows_affected, 1);
            assert_eq!(row(db, id).await, None);
        }
        assert_eq!(note::Entity::force_delete_by_id(1).exec(&**db).await?.rows_affected, 0);
    }

    /// Scenario 73.
    async fn the_guarded_variant_refuses_a_live_row(db: &TestDb) {
        one_trashed_one_live(db).await;
        let here = row(db, 2).await.unwrap();
        for refused in [
            here.clone().force_delete_trashed(&**db).await,
            note::Entity::force_delete_by_id(2).only_trashed().exec(&**db).await,
        ] {
            let error = refused.unwrap_err();
            assert!(matches!(error, SoftDeleteError::NotTrashed { .. }), "{error:?}");
            assert!(error.to_string().contains("id = 2"), "{error}");
        }
        assert_eq!(row(db, 2).await, Some(here));

        let gone = row(db, 1).await.unwrap();
        assert_eq!(gone.clone().force_delete_trashed(&**db).await?.rows_affected, 1);
        assert_eq!(gone.force_delete_trashed(&**db).await?.rows_affected, 0, "gone already");
    }

    async fn the_trash_is_emptied_and_live_rows_stay(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await.delete(&**db).await?;
        let emptied = note::Entity::force_delete_many().only_trashed().exec(&**db).await?;
        assert_eq!(emptied.rows_affected, 2);
        assert_eq!(ids(&note::Entity::with_trashed().all(&**db).await?), [2]);
    }

    async fn force_delete_many_removes_the_matching_rows(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await;
        let deleted = note::Entity::force_delete_many()
            .filter(note::Column::Id.lte(2))
            .exec(&**db)
            .await?;
        assert_eq!(deleted.rows_affected, 2);
        assert_eq!(ids(&note::Entity::with_trashed().all(&**db).await?), [3]);
        let deleted = note::Entity::force_delete_many().filter_by_ids([3]).exec(&**db).await?;
        assert_eq!(deleted.rows_affected, 1);
    }

    async fn force_delete_many_by_keys_leaves_the_others(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await;
        let deleted = note::Entity::force_delete_many().filter_by_ids([1, 3]).exec(&**db).await?;
        assert_eq!(deleted.rows_affected, 2);
        assert_eq!(ids(&note::Entity::with_trashed().all(&**db).await?), [2]);
        let none = note::Entity::force_delete_many().filter_by_ids([]).exec(&**db).await?;
        assert_eq!(none.rows_affected, 0);
    }

    async fn removed_rows_are_returned_where_the_database_can(db: &TestDb) {
        one_trashed_one_live(db).await;
        let one = note::Entity::force_delete_by_id(1).exec_with_returning(&**db).await;
        if db.server().speaks_mysql() {
            let many = note::Entity::force_delete_many().exec_with_returning(&**db).await;
            for refused in [one.map(drop), many.map(drop)] {
                let error = refused.unwrap_err();
                assert!(
                    matches!(error, SoftDeleteError::Db(DbErr::BackendNotSupported { .. })),
                    "{error:?}"
                );
            }
            assert_eq!(note::Entity::with_trashed().count(&**db).await?, 2);
        } else {
            let guarded = note::Entity::force_delete_by_id(2).only_trashed();
            let refused = guarded.exec_with_returning(&**db).await;
            assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. })), "{refused:?}");
            assert_eq!(one?.unwrap().slug, "gone");
            let many = note::Entity::force_delete_many().exec_with_returning(&**db).await;
            assert_eq!(ids(&many?), [2]);
        }
    }

    /// With SeaORM's feature `mariadb-use-returning`, a connection claims to support RETURNING, but
    /// sea-query writes no RETURNING. The rows would be removed without being returned.
    async fn rows_that_would_not_be_returned_are_not_removed(db: &TestDb) {
        one_trashed_one_live(db).await;
        let claims = ClaimsReturning((*db).clone());
        let removed = note::Entity::force_delete_by_id(1).exec_with_returning(&claims).await;
        let updated = note::ActiveModel {
            id: sea_orm::ActiveValue::Set(2),
            views: sea_orm::ActiveValue::Set(9),
            ..Default::default()
        };
        assert_eq!(updated.update(&claims).await?.views, 9);
        if db.server().speaks_mysql() {
            assert!(removed.is_err(), "{removed:?}");
            assert!(row(db, 1).await.is_some());
        } else {
            assert_eq!(removed?.unwrap().id, 1);
        }
    }

    async fn an_unset_key_is_refused(db: &TestDb) {
        one_trashed_one_live(db).await;
        let error = <note::ActiveModel as Default>::default().force_delete(&**db).await.unwrap_err();
        assert!(matches!(error, SoftDeleteError::PrimaryKeyNotSet { .. }), "{error:?}");
        assert_eq!(note::Entity::with_trashed().count(&**db).await?, 2);
    }

    /// Scenario 71.
    async fn an_error_of_the_database_is_returned_and_the_row_remains(db: &TestDb) {
        one_trashed_one_live(db).await;
        let key = match db.server() {
            Server::MariaDb | Server::MySql => "int",
            _ => "integer",
        };
        db.execute_unprepared(&format!(
            "CREATE TABLE comment (note_id {key} NOT NULL, FOREIGN KEY (note_id) REFERENCES note (id))"
        )).await?;
        db.execute_unprepared("INSERT INTO comment VALUES (1)").await?;
        let gone = row(db, 1).await.unwrap();

        let error = gone.clone().force_delete(&**db).await.unwrap_err();
        let SoftDeleteError::HeldByForeignKey { entity, source, .. } = error else { panic!("{error:?}") };
        assert_eq!(entity, "note");
        assert!(matches!(
            source.sql_err(),
            Some(SqlErr::ForeignKeyConstraintViolation(_))
        ), "{source:?}");
        assert_eq!(row(db, 1).await, Some(gone.clone()));
        assert!(!gone.restore(&**db).await?.is_trashed());
    }
}
