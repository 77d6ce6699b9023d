//! `update` and `save`: a trashed row is refused as SeaORM refuses a missing row.

use sea_orm::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, IntoActiveModel};

use crate::entities::{insert, note, one_trashed_one_live, row};
use crate::harness::{TestDb, on_every_database};

fn unset() -> note::ActiveModel {
    Default::default()
}

/// An active model of a row that was trashed after it was read, with a pending change.
async fn stale(db: &TestDb) -> note::ActiveModel {
    db.create_table(note::Entity).await;
    let note = insert(db, 1, "a").await;
    note.clone().delete(&**db).await.unwrap();
    note::ActiveModel {
        title: Set("Written over the trash".to_owned()),
        ..note.into_active_model()
    }
}

on_every_database! {
    async fn a_live_row_is_updated(db: &TestDb) {
        db.create_table(note::Entity).await;
        let mut note = insert(db, 1, "a").await.into_active_model();
        note.title = Set("New".to_owned());
        assert_eq!(note.clone().update(&**db).await?.title, "New");
        note.title = Set("Newer".to_owned());
        assert_eq!(note.clone().save(&**db).await?.title.unwrap(), "Newer");
        note.title = Set("Newest".to_owned());
        assert_eq!(note::Entity::update(note.clone()).exec(&**db).await?.title, "Newest");
        note.title = Set("Last".to_owned());
        assert_eq!(note.update_without_returning(&**db).await?.rows_affected, 1);
        assert_eq!(row(db, 1).await.unwrap().title, "Last");
    }

    /// Scenario 65.
    async fn a_trashed_row_is_refused_like_a_missing_one_on_every_path(db: &TestDb) {
        let stale = stale(db).await;
        let before = row(db, 1).await;
        let missing = note::ActiveModel { id: Set(404), ..stale.clone() };
        for note in [stale, missing] {
            let results = [
                note.clone().update(&**db).await.map(drop),
                note.clone().save(&**db).await.map(drop),
                note.clone().update_without_returning(&**db).await.map(drop),
                note::Entity::update(note.clone()).exec(&**db).await.map(drop),
                note::Entity::update(note.clone()).exec_without_returning(&**db).await.map(drop),
            ];
            for result in results {
                assert!(matches!(result, Err(DbErr::RecordNotUpdated)), "{result:?}");
            }
        }
        assert_eq!(row(db, 1).await, before);
    }

    async fn an_update_of_nothing_does_not_show_a_trashed_row(db: &TestDb) {
        one_trashed_one_live(db).await;
        for id in [1, 404] {
            let nothing = note::ActiveModel {
                id: sea_orm::ActiveValue::Unchanged(id),
                ..Default::default()
            };
            let refused = nothing.clone().update(&**db).await;
            assert!(matches!(refused, Err(DbErr::RecordNotFound(_))), "{refused:?}");
            let refused = nothing.clone().save(&**db).await;
            assert!(matches!(refused, Err(DbErr::RecordNotFound(_))), "{refused:?}");
            let nothing_done = nothing.update_without_returning(&**db).await?;
            assert_eq!(nothing_done.rows_affected, 0);
        }
        let live = row(db, 2).await.unwrap();
        assert_eq!(live.clone().into_active_model().update(&**db).await?, live);
    }

    async fn a_validated_update_is_as_scoped_and_takes_filters(db: &TestDb) {
        one_trashed_one_live(db).await;
        let nothing = |id| note::ActiveModel {
            id: sea_orm::ActiveValue::Unchanged(id),
            ..Default::default()
        };
        let refused = note::Entity::update(nothing(1)).validate()?.exec(&**db).await;
        assert!(matches!(refused, Err(DbErr::RecordNotFound(_))), "{refused:?}");

        let change = |id| note::ActiveModel { views: Set(9), ..nothing(id) };
        let somebody_elses = note::Column::DeletedBy.eq(8);
        let refused = note::Entity::update(change(2)).filter(somebody_elses).exec(&**db).await;
        assert!(matches!(refused, Err(DbErr::RecordNotUpdated)), "{refused:?}");
        let mine = note::Column::DeletedBy.is_null();
        assert_eq!(note::Entity::update(change(2)).filter(mine).exec(&**db).await?.views, 9);
    }

    /// Scenario 64.
    async fn update_many_skips_trashed_rows_unless_it_is_seaorms_own(db: &TestDb) {
        one_trashed_one_live(db).await;
        let gone = note::Column::Slug.eq("gone");
        let scoped = note::Entity::update_many()
            .col_expr(note::Column::Views, Expr::value(100))
            .filter(gone.clone());
        assert_eq!(scoped.exec(&**db).await?.rows_affected, 0);
        let plain = <note::Entity as EntityTrait>::update_many()
            .col_expr(note::Column::Views, Expr::value(100))
            .filter(gone);
        assert_eq!(plain.exec(&**db).await?.rows_affected, 1);
    }

    async fn an_update_reaches_a_trashed_row_if_the_caller_says_so_and_leaves_it_trashed(db: &TestDb) {
        one_trashed_one_live(db).await;
        let before = row(db, 1).await.unwrap();
        let views = |id, views| note::ActiveModel { id: Set(id), views: Set(views), ..unset() };
        for id in [1, 2] {
            let update = note::Entity::update_with_trashed(views(id, 10));
            assert_eq!(update.clone().exec(&**db).await?.views, 10);
            let mine = note::Column::DeletedBy.eq(8);
            let refused = update.filter(mine).exec(&**db).await;
            assert!(matches!(refused, Err(DbErr::RecordNotUpdated)), "{refused:?}");
            let update = note::Entity::update_with_trashed(views(id, 11));
            assert_eq!(update.exec_without_returning(&**db).await?.rows_affected, 1);
            assert_eq!(views(id, 12).update_with_trashed(&**db).await?.views, 12);
        }
        assert_eq!(row(db, 1).await.unwrap(), note::Model { views: 12, ..before });
        let missing = note::Entity::update_with_trashed(views(404, 1)).exec(&**db).await;
        assert!(matches!(missing, Err(DbErr::RecordNotUpdated)), "{missing:?}");
        let unset = unset().update_with_trashed(&**db).await;
        assert!(matches!(unset, Err(DbErr::PrimaryKeyNotSet { .. })), "{unset:?}");
        let nothing = row(db, 1).await.unwrap().into_active_model();
        assert!(nothing.update_with_trashed(&**db).await?.is_trashed());
    }

    async fn update_many_with_trashed_reaches_the_trash_and_the_live_rows(db: &TestDb) {
        one_trashed_one_live(db).await;
        let before = row(db, 1).await.unwrap();
        let update = || note::Entity::update_many_with_trashed().col_expr(note::Column::Views, Expr::value(9));
        assert_eq!(update().exec(&**db).await?.rows_affected, 2);
        assert_eq!(row(db, 1).await.unwrap(), note::Model { views: 9, ..before });
        assert_eq!(row(db, 2).await.unwrap().views, 9);
        let trash = update().col_expr(note::Column::Title, Expr::value("Old"));
        assert_eq!(trash.filter(note::Entity::is_trashed()).exec(&**db).await?.rows_affected, 1);
        assert_eq!(row(db, 2).await.unwrap().title, "Note 2");
    }

    async fn save_inserts_a_row_without_a_key(db: &TestDb) {
        db.create_table(note::Entity).await;
        let new = note::ActiveModel {
            slug: Set("new".to_owned()),
            title: Set("New".to_owned()),
            views: Set(0),
            updated_at: Set(DateTimeUtc::UNIX_EPOCH),
            ..Default::default()
        };
        let saved = new.save(&**db).await?;
        assert_eq!(note::Entity::find_by_id(saved.id.unwrap()).count(&**db).await?, 1);
    }

    async fn an_unset_key_is_refused_as_in_seaorm(db: &TestDb) {
        db.create_table(note::Entity).await;
        let results = [
            unset().update(&**db).await.map(drop),
            unset().update_without_returning(&**db).await.map(drop),
            note::Entity::update(unset()).exec(&**db).await.map(drop),
            unset().delete(&**db).await.map(drop),
            note::Entity::delete(unset()).exec(&**db).await.map(drop),
        ];
        for result in results {
            assert!(matches!(result, Err(DbErr::PrimaryKeyNotSet { .. })), "{result:?}");
        }
    }

    /// An application that trashes rows by a handwritten update keeps working, but cannot restore a row by
    /// it.
    async fn an_update_can_set_the_marker_but_not_clear_it(db: &TestDb) {
        one_trashed_one_live(db).await;
        let mut here = row(db, 2).await.unwrap().into_active_model();
        here.deleted_at = Set(Some(crate::entities::noon()));
        assert!(here.update(&**db).await?.is_trashed());

        let mut gone = row(db, 1).await.unwrap().into_active_model();
        gone.deleted_at = Set(None);
        assert!(matches!(gone.clone().update(&**db).await, Err(DbErr::RecordNotUpdated)));
        let refused = gone.update_with_trashed(&**db).await;
        assert!(matches!(refused, Err(DbErr::RecordNotUpdated)), "{refused:?}");
    }
}
