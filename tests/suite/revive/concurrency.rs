//! Many concurrent sign-ups: in the end one row is live, and every call returns what really happened.

use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::prelude::*;
use sea_orm::{DatabaseConnection, TransactionTrait};
use sea_orm_soft_delete::{FoundOrInserted, Inserted, Scopable, SoftDeleteError};

use super::users::*;
use crate::harness::{TestDb, TestResult, on_every_server, on_threads};

const TASKS: usize = 12;
const ROUNDS: usize = 8;
const BY: [user::Column; 1] = [user::Column::Email];

/// The outcome of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Did {
    Found,
    Inserted,
    Revived,
    Replaced,
    Refused,
}

pub(crate) type Done = Result<Did, SoftDeleteError>;

pub(super) fn insert(done: Result<Inserted<user::Model>, SoftDeleteError>) -> Done {
    match done {
        Ok(Inserted::New(_)) => Ok(Did::Inserted),
        Ok(Inserted::Revived(_)) => Ok(Did::Revived),
        Ok(Inserted::Replaced(_)) => Ok(Did::Replaced),
        Err(SoftDeleteError::KeyTaken { .. }) => Ok(Did::Refused),
        Err(error) => Err(error),
    }
}

pub(super) fn find(done: Result<FoundOrInserted<user::Model>, SoftDeleteError>) -> Done {
    match done {
        Ok(FoundOrInserted::Found(_)) => Ok(Did::Found),
        Ok(FoundOrInserted::Inserted(_)) => Ok(Did::Inserted),
        Ok(FoundOrInserted::Revived(_)) => Ok(Did::Revived),
        Err(error) => Err(error),
    }
}

/// A call that signs up with `a@x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Revive,
    ReviveInTransaction,
    ReviveScoped,
    Replace,
    Find,
    FindOrRevive,
    Restore,
}

impl Way {
    pub(super) async fn go(self, db: &DatabaseConnection) -> Done {
        let new = || someone(A, "New");
        match self {
            Self::Revive => insert(user::Entity::insert_or_revive(new()).by(BY).exec(db).await),
            Self::ReviveScoped => insert(
                user::Entity::insert_or_revive(new())
                    .by(BY)
                    .exec(&db.scoped())
                    .await,
            ),
            Self::ReviveInTransaction => {
                let txn = db.begin().await?;
                // The transaction has already read.
                user::Entity::find().count(&txn).await?;
                let done = insert(
                    user::Entity::insert_or_revive(new())
                        .by(BY)
                        .exec(&txn)
                        .await,
                );
                match done {
                    Ok(_) => txn.commit().await?,
                    // After a deadlock there is nothing to roll back, and MariaDB returns an error.
                    Err(_) => drop(txn.rollback().await),
                }
                done
            }
            Self::Replace => insert(
                user::Entity::insert_or_replace_trashed(new())
                    .by(BY)
                    .exec(db)
                    .await,
            ),
            Self::Find => find(user::Entity::find_or_insert(new()).by(BY).exec(db).await),
            Self::FindOrRevive => find(
                user::Entity::find_or_insert(new())
                    .by(BY)
                    .or_revive()
                    .exec(db)
                    .await,
            ),
            Self::Restore => match user::Entity::restore_by_id(1).exec(db).await {
                Ok(_) => Ok(Did::Revived),
                Err(
                    SoftDeleteError::NotTrashed { .. }
                    | SoftDeleteError::UniqueViolation { .. }
                    | SoftDeleteError::NotFound { .. },
                ) => Ok(Did::Refused),
                Err(error) => Err(error),
            },
        }
    }

    /// Repeats the call while its error is retryable, as an application does.
    pub(crate) async fn go_until_done(self, db: &DatabaseConnection) -> Done {
        for attempt in 0..50 {
            match self.go(db).await {
                Err(error) if error.is_retryable() => {
                    tokio::time::sleep(Duration::from_millis(attempt)).await;
                }
                done => return done,
            }
        }
        panic!("{self:?} gets a retryable error every time");
    }
}

/// Runs all calls at the same time on a table that `prepare` filled, asserts that one call wins and that one
/// row is live, and returns the outcomes.
pub(super) async fn at_once(db: &TestDb, ways: &[Way]) -> Result<Vec<Did>, SoftDeleteError> {
    let tasks = ways.iter().map(|way| {
        let (db, way) = ((**db).clone(), *way);
        tokio::spawn(async move { way.go_until_done(&db).await })
    });
    let mut all_did = Vec::new();
    for done in join_all(tasks).await {
        all_did.push(done.unwrap()?);
    }
    let winners = all_did
        .iter()
        .filter(|did| matches!(did, Did::Inserted | Did::Revived | Did::Replaced))
        .count();
    assert_eq!(winners, 1, "{all_did:?}");
    let live = all(db)
        .await
        .into_iter()
        .filter(|user| user.email == A && !user.is_trashed());
    assert_eq!(live.count(), 1, "{all_did:?}");
    Ok(all_did)
}

/// Mixes of calls: the same call many times, and all calls together.
pub(super) fn mixes() -> Vec<Vec<Way>> {
    use Way::*;
    let mut mixes: Vec<Vec<Way>> = [
        Revive,
        ReviveInTransaction,
        ReviveScoped,
        Replace,
        FindOrRevive,
    ]
    .map(|way| vec![way; TASKS])
    .into();
    mixes.push(vec![
        Revive,
        Restore,
        Revive,
        Restore,
        FindOrRevive,
        Restore,
    ]);
    mixes.push(vec![
        Revive,
        FindOrRevive,
        ReviveInTransaction,
        ReviveScoped,
        Revive,
        FindOrRevive,
    ]);
    mixes
}

async fn sign_up_at_once(db: &TestDb) -> TestResult {
    for unique in [Unique::All, Unique::Live] {
        users(db, unique).await;
        for way in [
            Way::Revive,
            Way::ReviveInTransaction,
            Way::Replace,
            Way::Find,
            Way::FindOrRevive,
        ] {
            for _ in 0..ROUNDS {
                db.execute_unprepared("DELETE FROM signed_user").await?;
                let did = at_once(db, &[way; TASKS]).await?;
                assert_eq!(
                    did.iter().filter(|did| **did == Did::Inserted).count(),
                    1,
                    "{did:?}"
                );
            }
        }
    }
    Ok(())
}

async fn revive_at_once(db: &TestDb) -> TestResult {
    for unique in [Unique::All, Unique::Live] {
        users(db, unique).await;
        for mix in mixes() {
            for _ in 0..ROUNDS {
                one_trashed_again(db).await;
                let did = at_once(db, &mix).await?;
                assert!(!did.contains(&Did::Inserted), "{mix:?} {did:?}");
                let rows = all(db).await.len();
                assert_eq!(rows, 2, "{mix:?} {did:?}");
            }
        }
    }
    Ok(())
}

/// Calls that revive, replace, and insert beside the trashed row, all at the same time.
async fn everything_at_once(db: &TestDb) -> TestResult {
    use Way::*;
    users(db, Unique::Live).await;
    for _ in 0..ROUNDS * 3 {
        one_trashed_again(db).await;
        at_once(
            db,
            &[
                Revive,
                Find,
                Restore,
                Replace,
                FindOrRevive,
                Find,
                ReviveInTransaction,
                Restore,
            ],
        )
        .await?;
    }
    Ok(())
}

on_every_server! {
    async fn of_many_concurrent_sign_ups_one_inserts_a_row(db: &TestDb) {
        sign_up_at_once(db).await?;
    }

    async fn of_many_concurrent_revivals_one_succeeds(db: &TestDb) {
        revive_at_once(db).await?;
    }

    async fn of_many_different_concurrent_calls_one_succeeds(db: &TestDb) {
        everything_at_once(db).await?;
    }

    /// The revival waits until the restore commits or rolls back.
    async fn a_revival_waits_for_a_restore_and_finds_the_live_row(db: &TestDb) {
        for unique in [Unique::All, Unique::Live] {
            for commits in [true, false] {
                one_trashed(db, unique).await;
                let first = db.begin().await?;
                user::Entity::restore_by_id(1).exec(&first).await?;
                let connection = (**db).clone();
                let second = tokio::spawn(async move { Way::Revive.go(&connection).await });
                tokio::time::sleep(Duration::from_millis(200)).await;
                assert!(!second.is_finished());
                if commits {
                    first.commit().await?;
                    assert_eq!(second.await.unwrap()?, Did::Refused);
                    assert_eq!(stored(db, 1).await.name.as_deref(), Some("Old"));
                } else {
                    first.rollback().await?;
                    assert_eq!(second.await.unwrap()?, Did::Revived);
                    assert_eq!(stored(db, 1).await.name.as_deref(), Some("New"));
                }
            }
        }
    }

    async fn an_insert_waits_for_another_insert_and_finds_its_row(db: &TestDb) {
        for unique in [Unique::All, Unique::Live] {
            for way in [Way::Revive, Way::Find, Way::FindOrRevive, Way::Replace] {
                for commits in [true, false] {
                    users(db, unique).await;
                    let first = db.begin().await?;
                    someone(A, "First").insert(&first).await?;
                    let connection = (**db).clone();
                    let second = tokio::spawn(async move { way.go(&connection).await });
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    assert!(!second.is_finished());
                    let did = if commits {
                        first.commit().await?;
                        second.await.unwrap()?
                    } else {
                        first.rollback().await?;
                        second.await.unwrap()?
                    };
                    let found = matches!(way, Way::Find | Way::FindOrRevive);
                    assert_eq!(did, match (commits, found) {
                        (false, _) => Did::Inserted,
                        (true, true) => Did::Found,
                        (true, false) => Did::Refused,
                    });
                    assert_eq!(all(db).await.len(), 1);
                }
            }
        }
    }

    /// Two keys that no row has, next to each other in the index: neither insert locks the gap for the
    /// other.
    async fn inserts_of_absent_keys_do_not_wait_for_one_another(db: &TestDb) {
        for unique in [Unique::All, Unique::Live] {
            users(db, unique).await;
            let by = |email| user::Entity::insert_or_revive(someone(email, "New")).by(BY);
            let first = db.begin().await?;
            let second = db.begin().await?;
            by("m1@x").exec(&first).await?;
            let limit = Duration::from_secs(3);
            let beside = tokio::time::timeout(limit, by("m2@x").exec(&second)).await;
            beside.expect("it waits")?;
            first.commit().await?;
            second.commit().await?;
            assert_eq!(all(db).await.len(), 2);
        }
    }

    /// One task trashes a row again and again while others revive it.
    async fn revivals_and_deletes_take_turns(db: &TestDb) {
        for unique in [Unique::All, Unique::Live] {
            one_trashed(db, unique).await;
            let revive = (0..4).map(|_| {
                let db = (**db).clone();
                tokio::spawn(async move {
                    for _ in 0..20 {
                        Way::Revive.go_until_done(&db).await?;
                    }
                    Ok::<_, SoftDeleteError>(())
                })
            });
            let delete = (0..2).map(|_| {
                let db = (**db).clone();
                tokio::spawn(async move {
                    for _ in 0..40 {
                        let delete = user::Entity::delete_many().filter(user::Column::Email.eq(A));
                        match delete.exec(&db).await.map_err(SoftDeleteError::from) {
                            Err(error) if error.is_retryable() => {}
                            done => { done?; }
                        }
                    }
                    Ok::<_, SoftDeleteError>(())
                })
            });
            for done in join_all(revive.chain(delete)).await {
                done.unwrap()?;
            }
            assert_eq!(all(db).await.len(), 2, "a revival inserts no row");
        }
    }
}

async fn all_of_them(db: &TestDb) -> TestResult {
    sign_up_at_once(db).await?;
    revive_at_once(db).await?;
    everything_at_once(db).await
}

on_threads! {
    /// The same, with tasks on several threads.
    mod on_several_threads_one_wins runs all_of_them
}
