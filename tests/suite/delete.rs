//! `delete`: live rows become trashed, and keep all other values.

use sea_orm::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, DbBackend, DeleteResult, IntoActiveModel, QueryTrait};
use sea_orm_soft_delete::Clock;

use crate::entities::{NOON, ids, insert, later, noon, note, one_trashed_one_live, row};
use crate::harness::on_every_database;

on_every_database! {
    async fn a_deleted_row_stays_in_the_table_with_its_stamps(db: &TestDb) {
        db.create_table(note::Entity).await;
        let before = insert(db, 1, "a").await;
        let deleted = Clock::fixed(NOON).scope(before.clone().delete(&**db)).await?;
        assert_eq!(deleted.rows_affected, 1);

        let after = row(db, 1).await.unwrap();
        assert!(after.is_trashed());
        assert_eq!(after.deleted_at, Some(noon()));
        assert_eq!(after.updated_at, noon());
        assert_eq!(after.operation_id.unwrap().get_version_num(), 7);
        let unstamped = note::Model {
            deleted_at: None,
            operation_id: None,
            updated_at: before.updated_at,
            ..after
        };
        assert_eq!(unstamped, before);
    }

    async fn deleting_twice_does_not_move_the_instant_and_reports_no_row(db: &TestDb) {
        one_trashed_one_live(db).await;
        let first = row(db, 1).await.unwrap();
        Clock::fixed(later()).scope(async {
            let again = first.clone().delete(&**db).await?;
            assert_eq!(again.rows_affected, 0);
            let again = note::Entity::delete_by_id(1).exec(&**db).await?;
            assert_eq!(again.rows_affected, 0);
            let again = note::Entity::delete_many()
                .filter(note::Column::Id.eq(1))
                .exec(&**db)
                .await?;
            assert_eq!(again.rows_affected, 0);
            Ok::<_, DbErr>(())
        }).await?;
        assert_eq!(row(db, 1).await.unwrap(), first);
    }

    async fn a_missing_row_is_no_error_as_in_seaorm(db: &TestDb) {
        db.create_table(note::Entity).await;
        assert_eq!(note::Entity::delete_by_id(404).exec(&**db).await?.rows_affected, 0);
        let plain = <note::Entity as EntityTrait>::delete_by_id(404).exec(&**db).await?;
        assert_eq!(plain.rows_affected, 0);
    }

    /// Scenario 62.
    async fn delete_many_counts_the_rows_that_were_live(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await;
        let deleted = note::Entity::delete_many()
            .filter(note::Column::Id.gte(1))
            .exec(&**db)
            .await?;
        assert_eq!(deleted.rows_affected, 2);
        assert_eq!(note::Entity::find().count(&**db).await?, 0);
        assert_eq!(note::Entity::only_trashed().count(&**db).await?, 3);
    }

    async fn delete_many_without_a_filter_trashes_every_live_row(db: &TestDb) {
        one_trashed_one_live(db).await;
        assert_eq!(note::Entity::delete_many().exec(&**db).await?.rows_affected, 1);
        assert_eq!(note::Entity::find().count(&**db).await?, 0);
    }

    async fn the_rows_of_one_call_share_an_operation_and_an_instant(db: &TestDb) {
        db.create_table(note::Entity).await;
        for id in 1..=3 {
            insert(db, id, &id.to_string()).await;
        }
        note::Entity::delete_many().filter(note::Column::Id.lte(2)).exec(&**db).await?;
        note::Entity::delete_by_id(3).exec(&**db).await?;
        let [one, two, three] = [row(db, 1).await, row(db, 2).await, row(db, 3).await]
            .map(Option::unwrap);
        assert_eq!((one.operation_id, one.deleted_at), (two.operation_id, two.deleted_at));
        assert_ne!(one.operation_id, three.operation_id);
        assert!(one.operation_id < three.operation_id, "ids sort in the order of the deletes");
    }

    async fn filters_add_up(db: &TestDb) {
        db.create_table(note::Entity).await;
        for id in 1..=4 {
            insert(db, id, &id.to_string()).await;
        }
        let owner_is_somebody_else = note::Column::Views.eq(99);
        let deleted = note::Entity::delete_by_id(1)
            .filter(owner_is_somebody_else)
            .exec(&**db)
            .await?;
        assert_eq!(deleted.rows_affected, 0);

        let deleted = note::Entity::delete_many()
            .filter_by_ids([1, 2, 3])
            .apply_if(Some(2), |delete, id| delete.filter(note::Column::Id.gte(id)))
            .apply_if(None::<i32>, |delete, id| delete.filter(note::Column::Id.eq(id)))
            .exec(&**db)
            .await?;
        assert_eq!(deleted.rows_affected, 2);
        assert_eq!(ids(&note::Entity::find().all(&**db).await?), [1, 4]);
        let none = note::Entity::delete_many().filter_by_ids([]).exec(&**db).await?;
        assert_eq!(none.rows_affected, 0);
    }

    /// Scenarios 68 and 79.
    async fn a_deleted_row_can_be_returned_with_the_stamps_that_the_database_holds(db: &TestDb) {
        db.create_table(note::Entity).await;
        let note = insert(db, 1, "a").await;
        let returned = note::Entity::delete(note.into_active_model())
            .by(7)
            .exec_with_returning(&**db)
            .await?
            .expect("the row was live");
        assert!(returned.is_trashed());
        assert_eq!(returned.deleted_by, Some(7));
        assert_eq!(Some(returned), row(db, 1).await);
        let again = note::Entity::delete_by_id(1).exec_with_returning(&**db).await?;
        assert_eq!(again, None);
    }

    async fn deleted_rows_are_returned_where_the_database_can(db: &TestDb) {
        one_trashed_one_live(db).await;
        let returned = note::Entity::delete_many().exec_with_returning(&**db).await;
        if db.returns_updated_rows() {
            assert_eq!(ids(&returned?), [2]);
        } else {
            assert!(matches!(returned, Err(DbErr::BackendNotSupported { .. })), "{returned:?}");
            assert_eq!(note::Entity::find().count(&**db).await?, 1, "nothing was deleted");
        }
    }

    /// Scenario 67.
    async fn a_pending_change_is_neither_written_nor_lost(db: &TestDb) {
        db.create_table(note::Entity).await;
        let mut note = insert(db, 1, "a").await.into_active_model();
        note.title = Set("Renamed".to_owned());

        note.clone().delete(&**db).await?;
        assert_eq!(row(db, 1).await.unwrap().title, "Note 1");

        let restored = note.restore(&**db).await?;
        assert_eq!(row(db, 1).await.unwrap().title, "Note 1");
        assert_eq!(restored.title, Set("Renamed".to_owned()), "still pending");
        assert!(!restored.is_trashed());

        let saved = restored.update(&**db).await?;
        assert_eq!(saved.title, "Renamed");
    }

    async fn an_active_model_needs_no_more_than_its_key(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await;
        let key_only = note::ActiveModel { id: Set(1), ..Default::default() };
        assert_eq!(key_only.delete(&**db).await?.rows_affected, 1);
        assert!(row(db, 1).await.unwrap().is_trashed());
    }

    async fn a_handwritten_expression_can_use_the_marker(db: &TestDb) {
        use sea_orm_soft_delete::SoftDeleteEntity;
        one_trashed_one_live(db).await;
        let trashed_or_popular = <note::Entity as SoftDeleteEntity>::is_trashed()
            .or(Expr::col(note::Column::Views).gt(100));
        let found = note::Entity::with_trashed().filter(trashed_or_popular).all(&**db).await?;
        assert_eq!(ids(&found), [1]);
    }
}

/// Calls in the way of SeaORM still compile.
#[test]
fn the_calls_of_seaorm_keep_their_shape() {
    type Boxed<'a> =
        std::pin::Pin<Box<dyn Future<Output = Result<DeleteResult, DbErr>> + Send + 'a>>;

    fn boxed(note: note::Model, db: &DatabaseConnection) -> Boxed<'_> {
        note.delete(db)
    }
    let _ = boxed;
    let logged = note::Entity::delete_by_id(1)
        .build(DbBackend::Postgres)
        .to_string();
    assert!(
        logged.starts_with(r#"UPDATE "note" SET "deleted_at" = '2"#),
        "{logged}"
    );
    let model = note::ActiveModel {
        id: Set(1),
        ..Default::default()
    };
    let filtered = note::Entity::delete(model)
        .validate()
        .unwrap()
        .filter(note::Column::Id.gt(0));
    assert!(
        filtered
            .build(DbBackend::Sqlite)
            .sql
            .contains(r#""id" > ?"#)
    );
    let _ = sea_orm::debug_query!(&note::Entity::delete_many(), DbBackend::Sqlite);
}
