//! SQLite in a file, with several connections.

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::sqlx::sqlite::SqliteJournalMode;
use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use sea_orm_soft_delete::SoftDeleteError;

use super::concurrency::{Did, Way, at_once, mixes};
use super::users::*;
use crate::harness::{Server, TestDb, TestResult};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_sign_ups_and_revivals_take_turns() -> TestResult {
    for journal in [SqliteJournalMode::Wal, SqliteJournalMode::Delete] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("users.db");
        let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
        options.max_connections(4).sqlx_logging(false);
        options.map_sqlx_sqlite_opts(move |options| {
            options
                .journal_mode(journal)
                .busy_timeout(Duration::from_secs(10))
        });
        let db = TestDb::of(Database::connect(options).await.unwrap(), Server::Sqlite);
        for unique in [Unique::All, Unique::Live] {
            users(&db, unique).await;
            for way in [Way::Revive, Way::Find, Way::FindOrRevive, Way::Replace] {
                db.execute_unprepared("DELETE FROM signed_user").await?;
                let did = at_once(&db, &[way; 8]).await?;
                assert!(did.contains(&Did::Inserted), "{did:?}");
            }
            // Each transaction begins with a write, so no transaction has to retry.
            one_trashed_again(&db).await;
            let tasks = [Way::Revive, Way::Replace, Way::FindOrRevive].map(|way| {
                let db = (*db).clone();
                tokio::spawn(async move {
                    for _ in 0..10 {
                        way.go(&db).await?;
                        user::Entity::delete_many().exec(&db).await?;
                    }
                    Ok::<_, SoftDeleteError>(())
                })
            });
            for done in join_all(tasks).await {
                done.unwrap()?;
            }
            for mix in mixes() {
                one_trashed_again(&db).await;
                at_once(&db, &mix).await?;
                assert_eq!(all(&db).await.len(), 2, "{mix:?}");
            }
        }
    }
    Ok(())
}
