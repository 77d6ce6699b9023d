//! Many at once: one of them wins, and what it did stands. SQLite has one connection here, so there
//! they take turns.

use sea_orm_soft_delete::{Attribution, Clock, SoftDeleteError, Timestamp};

use crate::entities::{insert, note, row, utc};
use crate::harness::on_every_database;

const TASKS: i64 = 16;

on_every_database! {
    async fn of_many_deletes_at_once_one_trashes_the_row_and_its_stamps_stand(db: &TestDb) {
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

    async fn of_many_restores_at_once_one_restores_and_the_others_are_told(db: &TestDb) {
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
