//! The instant of a delete comes from a clock, which tests can set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, IntoActiveModel, Schema};
use sea_orm_soft_delete::{Clock, Timestamp};

use crate::entities::{NOON, insert, noon, note, row, utc};
use crate::harness::{Server, on_every_database};

on_every_database! {
    async fn the_system_clock_is_the_default(db: &TestDb) {
        db.create_table(note::Entity).await;
        let before = Timestamp::now();
        insert(db, 1, "a").await.delete(&**db).await?;
        let at = row(db, 1).await.unwrap().deleted_at.unwrap();
        assert!((utc(before)..=utc(Timestamp::now())).contains(&at), "{at}");
    }

    async fn memory_and_database_agree_to_the_microsecond(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await;
        let delete = note::Entity::delete_by_id(1).exec_with_returning(&**db);
        let returned = Clock::fixed(NOON).scope(delete).await?.unwrap();
        assert_eq!(returned.deleted_at, Some(noon()));
        let found = note::Entity::only_trashed()
            .filter(note::Column::DeletedAt.eq(noon()))
            .count(&**db)
            .await?;
        assert_eq!(found, 1, "the instant is found by equality");
    }

    async fn a_custom_clock_is_read_for_each_operation(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await;
        insert(db, 2, "b").await;
        let ticks = AtomicI64::new(0);
        let clock = Clock::custom(move || {
            Timestamp::from_unix_seconds(ticks.fetch_add(1, Ordering::Relaxed)).unwrap()
        });
        clock.scope(async {
            note::Entity::delete_by_id(1).exec(&**db).await?;
            note::Entity::delete_by_id(2).exec(&**db).await
        }).await?;
        let at = async |id| row(db, id).await.unwrap().deleted_at.unwrap().timestamp();
        assert_eq!((at(1).await, at(2).await), (0, 1));
    }

    async fn a_clock_is_read_once_for_each_operation(db: &TestDb) {
        db.create_table(note::Entity).await;
        let note = insert(db, 1, "a").await.into_active_model();
        let asked = Arc::new(AtomicI64::new(0));
        let count = asked.clone();
        let clock = Clock::custom(move || {
            count.fetch_add(1, Ordering::Relaxed);
            NOON
        });
        clock.clone().scope(note.clone().delete(&**db)).await?;
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        clock.scope(note.restore(&**db)).await?;
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    /// SeaORM's default column type keeps whole seconds on MariaDB, and ends in 2038.
    async fn a_column_of_whole_seconds_can_be_a_marker(db: &TestDb) {
        let backend = db.get_database_backend();
        db.execute(&Schema::new(backend).create_table_from_entity(note::Entity)).await?;
        let note = note::ActiveModel {
            id: Set(1),
            slug: Set("a".to_owned()),
            title: Set("A".to_owned()),
            views: Set(0),
            updated_at: Set(noon()),
            ..Default::default()
        };
        let note = note.insert(&**db).await?;
        let delete = note::Entity::delete_by_id(1).exec_with_returning(&**db);
        let deleted = Clock::fixed(NOON).scope(delete).await?.unwrap();
        assert_eq!(deleted.deleted_at.unwrap().timestamp(), NOON.unix_seconds());
        assert_eq!(note::Entity::delete_by_id(1).exec(&**db).await?.rows_affected, 0);
        let note = note.restore(&**db).await?;

        let far = Clock::fixed(Timestamp::MAX).scope(note.delete(&**db)).await;
        match db.server() {
            Server::MariaDb | Server::MySql => {
                assert!(far.is_err(), "{far:?}");
                assert!(!row(db, 1).await.unwrap().is_trashed(), "the row is still live");
            }
            Server::Sqlite | Server::Postgres => assert_eq!(far?.rows_affected, 1),
        }
    }

    /// MariaDB stores NULL for a TIMESTAMP after January 2038, and NULL would leave the row live.
    async fn the_bounds_of_time_can_be_stored(db: &TestDb) {
        db.create_table(note::Entity).await;
        let first = match db.server() {
            Server::MariaDb | Server::MySql => "1000-01-01T00:00:00Z",
            Server::Sqlite | Server::Postgres => "0001-01-01T00:00:00Z",
        };
        let first: DateTimeUtc = first.parse().unwrap();
        let first = Timestamp::from_unix_seconds(first.timestamp()).unwrap();
        for (id, at) in [(1, first), (2, Timestamp::MAX)] {
            let note = insert(db, id, &id.to_string()).await;
            Clock::fixed(at).scope(note.delete(&**db)).await?;
            assert_eq!(row(db, id).await.unwrap().deleted_at, Some(utc(at)));
            let restored = Clock::fixed(at).scope(note::Entity::restore_by_id(id).exec(&**db));
            assert_eq!(restored.await?.updated_at, utc(at));
        }
    }
}
