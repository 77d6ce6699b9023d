//! Inserts on all nodes at once, where a trashed row holds the key.

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::harness::TestDb;
use crate::revive::concurrency::{Did, Way};
use crate::revive::users::*;

/// Runs the calls on all nodes at once, and asserts that one of them wins.
async fn at_once(
    cluster: &Cluster,
    rows: impl AsyncFn(&TestDb),
    ways: &[Way],
) -> Result<Vec<Did>, SoftDeleteError> {
    let mut connections = Vec::new();
    for (number, way) in ways.iter().enumerate() {
        rows(cluster.node(number)).await;
        let calls = async |db: &DatabaseConnection| {
            way.go_until_done(db).await.unwrap();
            way.go_until_done(db).await.unwrap();
        };
        connections.push(cluster.worker(number, calls).await);
    }
    rows(cluster.node(0)).await;
    cluster.settle().await;
    let calls = ways.iter().zip(connections).map(|(way, db)| {
        let way = *way;
        tokio::spawn(async move { way.go_until_done(&db).await })
    });
    let mut did = Vec::new();
    for done in join_all(calls).await {
        did.push(done.unwrap()?);
    }
    cluster.assert_same_rows(&["signed_user"]).await;
    let wins = |did: &&Did| matches!(did, Did::Inserted | Did::Revived | Did::Replaced);
    assert_eq!(did.iter().filter(wins).count(), 1, "{did:?}");
    let live = all(cluster.node(0)).await;
    let live = live
        .iter()
        .filter(|user| user.email == A && !user.is_trashed());
    assert_eq!(live.count(), 1, "{did:?}");
    Ok(did)
}

on_a_galera_cluster! {
    async fn of_inserts_on_all_nodes_one_inserts_the_row(cluster: &Cluster) {
        for unique in [Unique::All, Unique::Live] {
            users(cluster.node(0), unique).await;
            cluster.settle().await;
            for way in [Way::Revive, Way::ReviveInTransaction, Way::Replace, Way::Find, Way::FindOrRevive] {
                let none = async |db: &TestDb| {
                    db.execute_unprepared("DELETE FROM signed_user").await.unwrap();
                };
                let did = at_once(cluster, none, &[way; 6]).await?;
                assert!(did.contains(&Did::Inserted), "{did:?}");
            }
        }
    }

    async fn of_revivals_on_all_nodes_one_revives_the_row(cluster: &Cluster) {
        use Way::*;
        for unique in [Unique::All, Unique::Live] {
            users(cluster.node(0), unique).await;
            cluster.settle().await;
            for ways in [
                [Revive; 6],
                [ReviveInTransaction; 6],
                [Replace; 6],
                [Revive, Restore, FindOrRevive, Revive, ReviveScoped, Restore],
            ] {
                let did = at_once(cluster, one_trashed_again, &ways).await?;
                assert!(!did.contains(&Did::Inserted), "{did:?}");
                assert_eq!(all(cluster.node(2)).await.len(), 2, "{did:?}");
            }
        }
    }
}
