//! Concurrent calls for one row: one call succeeds, and the other calls change nothing. SQLite has one
//! connection in these tests, so the calls run one after the other there.

use sea_orm_soft_delete::{Attribution, Clock, SoftDeleteError, Timestamp};

use crate::entities::{insert, note, row, utc};
use crate::harness::on_every_database;

const TASKS: i64 = 16;

on_every_database! {
    async fn one_of_many_concurrent_deletes_trashes_the_row_and_its_stamps_remain(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await;
        let tasks: Vec<_> = (1..=TASKS).map(|who| {
            let db = (*db).clone();
            let at = Timestamp::from_unix_seconds(who).unwrap();
            let delete = async move { note::Entity::delete_by_id(1).exec(&db).await };
            let delete = Clock::fixed(at).scope(Attribution::by(who).scope(delete));
            tokio::spawn(async move { (who, delete.await) })
        }).collect();

        let mut winners = Vec::new();
        for task in tasks {
            let (who, deleted) = task.await.unwrap();
            if deleted?.rows_affected == 1 {
                winners.push(who);
            }
        }
        let [winner] = winners[..] else { panic!("{winners:?}") };
        let note = row(db, 1).await.unwrap();
        assert_eq!(note.deleted_by, Some(winner));
        assert_eq!(note.deleted_at, Some(utc(Timestamp::from_unix_seconds(winner).unwrap())));
    }

    async fn one_of_many_concurrent_restores_succeeds_and_the_others_get_not_trashed(db: &TestDb) {
        db.create_table(note::Entity).await;
        insert(db, 1, "a").await.delete(&**db).await?;
        let tasks: Vec<_> = (0..TASKS).map(|_| {
            let db = (*db).clone();
            tokio::spawn(async move { note::Entity::restore_by_id(1).exec(&db).await })
        }).collect();
        let mut restored = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(note) => {
                    assert!(!note.is_trashed());
                    restored += 1;
                }
                Err(SoftDeleteError::NotTrashed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        assert_eq!(restored, 1);
        assert!(!row(db, 1).await.unwrap().is_trashed());
    }
}
