//! A purge on all nodes at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use sea_orm::DatabaseConnection;
use sea_orm_soft_delete::{Purge, SoftDeleteError};

use super::families::{NOTES, TABLES, folders, whole};
use super::*;
use crate::families::notebooks::*;

/// So many rows that each transaction removes one operation.
const ONE: u64 = NOTES as u64 + 1;

fn purge() -> Purge {
    Purge::of_all()
        .in_family_of(notebook::Entity)
        .older_than(Duration::ZERO)
}

/// A connection that has deleted and purged a folder of its own.
async fn worker(number: usize, rows_per_transaction: u64, cluster: &Cluster) -> DatabaseConnection {
    let own = 900 + number as i32;
    let calls = async |db: &DatabaseConnection| {
        folder::Entity::delete_by_id(own).exec(db).await.unwrap();
        folder::Entity::restore_by_id(own).exec(db).await.unwrap();
        folder::Entity::delete_by_id(own).exec(db).await.unwrap();
        let purge = purge().rows_per_transaction(rows_per_transaction);
        assert_eq!(purge.run(db).await.unwrap().operations, 1);
    };
    cluster.worker(number, calls).await
}

/// Purges on each node until `is_over`, and deletes and restores folders on the others.
async fn beside_each_other(
    rows_per_transaction: u64,
    cluster: &Cluster,
) -> Result<(), SoftDeleteError> {
    const FOLDERS: i32 = 30;
    folders((100..100 + FOLDERS).chain(900..906), cluster).await;
    let mut connections = Vec::new();
    for number in 0..6 {
        connections.push(worker(number, rows_per_transaction, cluster).await);
    }
    let (purgers, workers) = connections.split_at(3);
    let is_over = AtomicBool::new(false);
    let purging = purgers.iter().map(async |db| {
        while !is_over.load(Ordering::Relaxed) {
            let purge = purge().rows_per_transaction(rows_per_transaction);
            let report = retrying!(purge.run(db).await).unwrap();
            assert!(report.blocked.is_empty(), "{report}");
            tokio::task::yield_now().await;
        }
    });
    let working = workers.iter().zip(100..).map(async |(db, first)| {
        let mut restored = Vec::new();
        for id in (first..100 + FOLDERS).step_by(3) {
            retrying!(folder::Entity::delete_by_id(id).exec(db).await).unwrap();
            match retrying!(folder::Entity::restore_by_id(id).exec(db).await) {
                Ok(_) => restored.push(id),
                Err(SoftDeleteError::NotFound { .. } | SoftDeleteError::BeingPurged { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        restored
    });
    let working = async {
        let restored = join_all(working).await.concat();
        is_over.store(true, Ordering::Relaxed);
        restored
    };
    let (_, restored) = tokio::join!(join_all(purging), working);
    cluster.settle().await;
    purge().run(&**cluster.node(0)).await?;
    cluster.assert_same_rows(&TABLES).await;
    for id in 100..100 + FOLDERS {
        let expected = restored.contains(&id).then_some(true);
        assert_eq!(whole(id, cluster.node(2)).await?, expected, "folder {id}");
    }
    Ok(())
}

on_a_galera_cluster! {
    async fn purges_on_all_nodes_share_the_work(cluster: &Cluster) {
        folders((100..160).chain(900..903), cluster).await;
        let mut connections = Vec::new();
        for number in 0..3 {
            connections.push(worker(number, ONE, cluster).await);
        }
        for id in 100..160 {
            folder::Entity::delete_by_id(id).exec(&**cluster.node(0)).await?;
        }
        cluster.settle().await;
        let purging = connections.iter().map(async |db| purge().rows_per_transaction(ONE).run(db).await);
        let mut operations = 0;
        for report in join_all(purging).await {
            let report = report?;
            assert!(report.blocked.is_empty(), "{report}");
            operations += report.operations;
        }
        cluster.settle().await;
        operations += purge().run(&**cluster.node(1)).await?.operations;
        assert_eq!(operations, 60, "each operation is counted by the node that removed it");
        cluster.assert_same_rows(&TABLES).await;
    }

    async fn a_purge_on_all_nodes_beside_deletes_and_restores_removes_no_live_row(cluster: &Cluster) {
        beside_each_other(ONE, cluster).await?;
    }

    async fn a_purge_in_slices_on_all_nodes_beside_deletes_and_restores_removes_no_live_row(cluster: &Cluster) {
        beside_each_other(3, cluster).await?;
    }
}
