//! Many calls for one key while other tasks insert, trash, rename and remove rows with the key. Each call
//! returns what really happened, and no call returns an error that a retry inside the verb would have
//! avoided.
//!
//! `REVIVE_CALLS` sets the number of calls of each task.

use futures_util::future::join_all;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Scopable, SoftDeleteError};

use super::users::*;
use crate::harness::{Server, TestDb, run};

const BY: [user::Column; 1] = [user::Column::Email];

/// Whether a call must not return this error. All rows have the same key.
fn is_wrong(error: &SoftDeleteError, unique: Unique) -> bool {
    match error {
        SoftDeleteError::KeyTaken { .. } => false,
        // An index over all rows counts a trashed row, so the error is right.
        SoftDeleteError::KeyTrashed { .. } => unique == Unique::Live,
        error => !error.is_retryable(),
    }
}

async fn call(number: usize, db: &DatabaseConnection) -> Result<(), SoftDeleteError> {
    let new = || someone(A, "New");
    match number % 5 {
        0 => drop(
            user::Entity::insert_or_revive(new())
                .by(BY)
                .exec(db)
                .await?,
        ),
        1 => drop(
            user::Entity::insert_or_revive(new())
                .by(BY)
                .exec(&db.scoped())
                .await?,
        ),
        2 => drop(
            user::Entity::insert_or_replace_trashed(new())
                .by(BY)
                .exec(db)
                .await?,
        ),
        3 => drop(user::Entity::find_or_insert(new()).by(BY).exec(db).await?),
        _ => drop(
            user::Entity::find_or_insert(new())
                .by(BY)
                .or_revive()
                .exec(db)
                .await?,
        ),
    }
    Ok(())
}

/// The statements of the other tasks, which may fail.
async fn meddle(number: usize, db: &DatabaseConnection) {
    let sql = match number % 7 {
        0 | 3 => "UPDATE signed_user SET deleted_at = '2020-01-01T00:00:00Z' WHERE email = 'a@x'",
        1 => "INSERT INTO signed_user (email, name) VALUES ('a@x', 'Another')",
        2 => "DELETE FROM signed_user WHERE email = 'a@x' AND deleted_at IS NOT NULL",
        4 => {
            "UPDATE signed_user SET deleted_at = NULL WHERE id = (SELECT MAX(id) FROM signed_user)"
        }
        5 => "UPDATE signed_user SET email = 'z@x' WHERE email = 'a@x' AND deleted_at IS NOT NULL",
        _ => "DELETE FROM signed_user WHERE email = 'a@x'",
    };
    drop(db.execute_unprepared(sql).await);
}

async fn everyone(db: &TestDb, unique: Unique, calls: usize) {
    use sea_orm::ConnectionTrait as _;
    users(db, unique).await;
    let callers = (0..6).map(|task| {
        let db = (**db).clone();
        tokio::spawn(async move {
            let mut wrong = Vec::new();
            for number in 0..calls {
                match call(task + number, &db).await {
                    Err(error) if is_wrong(&error, unique) => wrong.push(format!("{error:?}")),
                    _ => {}
                }
            }
            wrong
        })
    });
    let meddlers = (0..3).map(|task| {
        let db = (**db).clone();
        tokio::spawn(async move {
            for number in 0..calls * 2 {
                meddle(task * 2 + number, &db).await;
            }
            Vec::new()
        })
    });
    let mut wrong = Vec::new();
    for done in join_all(callers.chain(meddlers)).await {
        wrong.extend(done.unwrap());
    }
    assert!(
        wrong.is_empty(),
        "{unique:?}: {} of {}: {wrong:#?}",
        wrong.len(),
        calls * 6
    );
    db.execute_unprepared("DELETE FROM signed_user")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_call_under_contention_returns_a_transient_error() {
    let calls = std::env::var("REVIVE_CALLS")
        .ok()
        .and_then(|calls| calls.parse().ok());
    for unique in [Unique::All, Unique::Live] {
        run(Server::Postgres, async |db| {
            everyone(db, unique, calls.unwrap_or(200)).await;
            Ok(())
        })
        .await;
    }
}
