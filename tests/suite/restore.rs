//! `restore`: trashed rows become live again, with their old values.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, DbBackend, IntoActiveModel, TransactionTrait};
use sea_orm_soft_delete::{Clock, Scopable, SoftDeleteError, Timestamp};

use crate::entities::{ids, insert, later, note, one_trashed_one_live, row, utc};
use crate::harness::{TestDb, on_every_database, on_every_server};

/// Two notes with the slug `a`: the trashed note had the slug first. The table has a unique index over the
/// slugs of live notes, in the syntax of each database.
async fn a_slug_that_was_taken_meanwhile(db: &TestDb) {
    db.create_table(note::Entity).await;
    let without_unique = match db.get_database_backend() {
        DbBackend::Postgres => "ALTER TABLE note DROP CONSTRAINT note_slug_key",
        DbBackend::MySql => "ALTER TABLE note DROP INDEX slug",
        _ => "DROP TABLE note",
    };
    db.execute_unprepared(without_unique).await.unwrap();
    if db.get_database_backend() == DbBackend::Sqlite {
        db.execute_unprepared(
            "CREATE TABLE note (id integer PRIMARY KEY, slug text, title text, views integer, \
             deleted_at text, operation_id blob, deleted_by integer, reason text, updated_at text)",
        )
        .await
        .unwrap();
    }
    let live_only = match db.get_database_backend() {
        DbBackend::MySql => {
            "ALTER TABLE note ADD live_slug varchar(255) \
             AS (CASE WHEN deleted_at IS NULL THEN slug END), ADD UNIQUE live_slug (live_slug)"
        }
        _ => "CREATE UNIQUE INDEX live_slug ON note (slug) WHERE deleted_at IS NULL",
    };
    db.execute_unprepared(live_only).await.unwrap();
    insert(db, 1, "a").await.delete(&**db).await.unwrap();
    insert(db, 2, "a").await;
    // Another trashed note, whose slug is free.
    insert(db, 3, "b").await.delete(&**db).await.unwrap();
}

on_every_database! {
    async fn a_restored_row_has_its_old_values(db: &TestDb) {
        db.create_table(note::Entity).await;
        let before = insert(db, 1, "a").await;
        before.clone().delete_with(crate::attribution::spam(), &**db).await?;

        let trashed = row(db, 1).await.unwrap();
        let restored = Clock::fixed(later()).scope(trashed.restore(&**db)).await?;
        assert!(!restored.is_trashed());
        assert_eq!(row(db, 1).await, Some(restored.clone()));
        assert_eq!(restored.updated_at, utc(later()), "touched");
        let untouched = note::Model { updated_at: before.updated_at, ..restored };
        assert_eq!(untouched, before);
    }

    async fn restore_by_id_returns_the_row(db: &TestDb) {
        one_trashed_one_live(db).await;
        let restored = note::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(restored.slug, "gone");
        assert_eq!(note::Entity::find().count(&**db).await?, 2);
    }

    async fn an_active_model_is_restored_with_the_values_of_the_database(db: &TestDb) {
        one_trashed_one_live(db).await;
        let key_only = note::ActiveModel { id: Set(1), ..Default::default() };
        let restored = key_only.restore(&**db).await?;
        assert_eq!(restored, row(db, 1).await.unwrap().into_active_model());
    }

    async fn restore_many_leaves_live_rows_alone_and_counts_the_others(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await.delete(&**db).await?;
        let here = row(db, 2).await;
        assert_eq!(note::Entity::restore_many().exec(&**db).await?.rows_affected, 2);
        assert_eq!(note::Entity::find().count(&**db).await?, 3);
        assert_eq!(row(db, 2).await, here);
    }

    async fn a_restore_brings_back_exactly_the_rows_of_an_operation(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await;
        note::Entity::delete_many().exec(&**db).await?;
        let operation = row(db, 2).await.unwrap().operation_id;
        let restored = note::Entity::restore_many()
            .filter(note::Column::OperationId.eq(operation))
            .exec(&**db)
            .await?;
        assert_eq!(restored.rows_affected, 2);
        assert_eq!(ids(&note::Entity::only_trashed().all(&**db).await?), [1]);
    }

    async fn restored_rows_are_returned_where_the_database_can(db: &TestDb) {
        one_trashed_one_live(db).await;
        let returned = note::Entity::restore_many()
            .filter_by_ids([1, 2])
            .exec_with_returning(&**db)
            .await;
        if db.returns_updated_rows() {
            assert_eq!(ids(&returned?), [1]);
        } else {
            assert!(
                matches!(returned, Err(SoftDeleteError::Db(DbErr::BackendNotSupported { .. }))),
                "{returned:?}"
            );
            assert_eq!(note::Entity::only_trashed().count(&**db).await?, 1, "still trashed");
        }
    }

    async fn a_live_row_a_missing_row_and_an_unset_key_give_different_errors(db: &TestDb) {
        one_trashed_one_live(db).await;
        let live = note::Entity::restore_by_id(2).exec(&**db).await.unwrap_err();
        assert!(matches!(live, SoftDeleteError::NotTrashed { .. }), "{live:?}");
        assert_eq!(
            live.to_string(),
            "row is not trashed: `note` id = 2 is live; there is nothing to restore"
        );
        let live = row(db, 2).await.unwrap().restore(&**db).await.unwrap_err();
        assert!(matches!(live, SoftDeleteError::NotTrashed { .. }), "{live:?}");

        let missing = note::Entity::restore_by_id(404).exec(&**db).await.unwrap_err();
        assert!(matches!(missing, SoftDeleteError::NotFound { .. }), "{missing:?}");
        assert!(missing.to_string().contains("id = 404"), "{missing}");

        let filtered = note::Entity::restore_by_id(1)
            .filter(note::Column::DeletedBy.eq(8))
            .exec(&**db)
            .await
            .unwrap_err();
        assert!(matches!(filtered, SoftDeleteError::NotRestored { .. }), "{filtered:?}");

        let unset = <note::ActiveModel as Default>::default().restore(&**db).await.unwrap_err();
        assert!(matches!(unset, SoftDeleteError::PrimaryKeyNotSet { .. }), "{unset:?}");
    }

    async fn a_unique_clash_is_typed_and_nothing_is_written(db: &TestDb) {
        a_slug_that_was_taken_meanwhile(db).await;
        let before = row(db, 1).await.unwrap();
        let named = |slug: &str| {
            let values = note::ActiveModel { slug: Set(slug.to_owned()), ..Default::default() };
            note::Entity::restore_by_id(1).with_values(values)
        };
        let preview = named("a").preview(&**db).await?;
        assert_eq!(preview.clashes.len(), 1, "{preview}");
        let clash = &preview.clashes[0];
        assert_eq!((clash.entity.as_str(), clash.key.as_str(), clash.taken.as_str()), ("note", "id = 1", "slug = 'a'"));
        let values: Vec<_> = clash.values.iter().map(|it| (it.column.as_str(), it.text.as_str())).collect();
        assert_eq!(values, [("slug", "a")]);
        let taken_by = clash.live_row.as_ref().unwrap();
        assert_eq!((taken_by.to_string(), &taken_by.key), ("note 2".to_owned(), &2.into()));
        let scoped = named("a").preview(&db.scoped()).await?;
        assert_eq!(scoped, preview);
        let text = serde_json::to_string(&preview).unwrap();
        assert_eq!(serde_json::from_str::<sea_orm_soft_delete::preview::Preview>(&text).unwrap(), preview);
        assert!(named("free").preview(&**db).await?.is_allowed());
        assert_eq!(row(db, 1).await.unwrap(), before);

        let clash = before.clone().restore(&**db).await.unwrap_err();
        let SoftDeleteError::UniqueViolation { entity, constraint, key, .. } = &clash else {
            panic!("{clash:?}");
        };
        assert_eq!((entity.as_str(), key.as_deref()), ("note", Some("id = 1")));
        let named = match db.get_database_backend() {
            DbBackend::Sqlite => "note.slug",
            _ => "live_slug",
        };
        assert_eq!(constraint.as_deref(), Some(named));

        let clash = note::Entity::restore_many().exec(&**db).await.unwrap_err();
        assert!(matches!(clash, SoftDeleteError::UniqueViolation { .. }), "{clash:?}");
        assert_eq!(row(db, 1).await, Some(before.clone()));
        assert!(row(db, 3).await.unwrap().is_trashed(), "the restore changed no row");

        // The error names a remedy, and the remedy works.
        note::Entity::delete_by_id(2).exec(&**db).await?;
        assert!(!before.restore(&**db).await?.is_trashed());
    }

    /// The typed error passes through a function that returns `DbErr`, and can be read again.
    async fn the_typed_error_survives_a_function_that_returns_dberr(db: &TestDb) {
        one_trashed_one_live(db).await;
        async fn in_the_application(db: &DatabaseConnection) -> Result<note::Model, DbErr> {
            Ok(note::Entity::restore_by_id(2).exec(db).await?)
        }
        let error = in_the_application(db).await.unwrap_err();
        assert!(
            matches!(SoftDeleteError::inside(&error), Some(SoftDeleteError::NotTrashed { .. })),
            "{error:?}"
        );
    }

    async fn restore_many_by_keys_leaves_the_others_in_the_trash(db: &TestDb) {
        one_trashed_one_live(db).await;
        insert(db, 3, "too").await.delete(&**db).await?;
        let restored = note::Entity::restore_many().filter_by_ids([2, 3]).exec(&**db).await?;
        assert_eq!(restored.rows_affected, 1);
        assert_eq!(ids(&note::Entity::only_trashed().all(&**db).await?), [1]);
    }

    async fn a_row_can_be_trashed_and_restored_repeatedly(db: &TestDb) {
        db.create_table(note::Entity).await;
        let mut note = insert(db, 1, "a").await;
        for day in 1..=3 {
            let at = Timestamp::from_unix_seconds(86_400 * day).unwrap();
            Clock::fixed(at).scope(note.clone().delete(&**db)).await?;
            assert_eq!(row(db, 1).await.unwrap().deleted_at, Some(utc(at)));
            note = note.restore(&**db).await?;
            assert_eq!((note.deleted_at, note.operation_id), (None, None));
        }
    }
}

on_every_server! {
    /// In a transaction of MariaDB, a plain SELECT reads older rows than an UPDATE.
    async fn the_error_describes_the_current_row(db: &TestDb) {
        one_trashed_one_live(db).await;
        let txn = db.begin().await?;
        assert_eq!(note::Entity::only_trashed().count(&txn).await?, 1);
        note::Entity::restore_by_id(1).exec(&**db).await?;
        let refused = note::Entity::restore_by_id(1).exec(&txn).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. })), "{refused:?}");
        let refused = note::Entity::force_delete_by_id(1).only_trashed().exec(&txn).await;
        assert!(matches!(refused, Err(SoftDeleteError::NotTrashed { .. })), "{refused:?}");
        txn.rollback().await?;
    }
}
