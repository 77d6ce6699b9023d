//! Verbs of families on all nodes.

use futures_util::future::join_all;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Operation, SoftDeleteError};

use super::*;
use crate::families::notebooks::*;
use crate::families::rows::run;

pub(super) const TABLES: [&str; 7] = [
    "family_notebook",
    "family_folder",
    "family_note",
    "family_attachment",
    "family_tag",
    "family_note_tag",
    "family_index_entry",
];

pub(super) const NOTES: i32 = 8;

/// Inserts folders with eight notes each.
pub(super) async fn folders(ids: impl Iterator<Item = i32>, cluster: &Cluster) {
    let db = cluster.node(0);
    two_notebooks(db).await;
    for id in ids {
        let notes =
            (0..NOTES).map(|note| format!("({}, {id}, 'note-{id}-{note}')", id * 10 + note));
        let notes: Vec<String> = notes.collect();
        run(
            db,
            &[
                &format!("INSERT INTO family_folder (id) VALUES ({id})"),
                &format!(
                    "INSERT INTO family_note (id, folder_id, slug) VALUES {}",
                    notes.join(", ")
                ),
            ],
        )
        .await;
    }
    cluster.settle().await;
}

/// Asserts that the notes of a folder are all as the folder is, and returns whether it is live; `None` if it
/// is gone.
pub(super) async fn whole(id: i32, db: &DatabaseConnection) -> Result<Option<bool>, DbErr> {
    let folder = folder::Entity::with_trashed()
        .filter(folder::Column::Id.eq(id))
        .one(db)
        .await?;
    let notes = note::Entity::with_trashed()
        .filter(note::Column::FolderId.eq(id))
        .all(db)
        .await?;
    let Some(folder) = folder else {
        assert_eq!(notes, [], "folder {id} is gone, and its notes are not");
        return Ok(None);
    };
    let operation = folder.operation_id.map(|id| id.to_string());
    let alike = notes
        .iter()
        .filter(|note| note.operation_id == operation && note.is_trashed() == folder.is_trashed());
    assert_eq!(
        alike.count(),
        NOTES as usize,
        "folder {id} is half done: {folder:?} {notes:?}"
    );
    Ok(Some(!folder.is_trashed()))
}

on_a_galera_cluster! {
    async fn what_one_node_deletes_another_restores_and_a_third_removes(cluster: &Cluster) {
        two_notebooks(cluster.node(0)).await;
        cluster.settle().await;
        notebook::Entity::delete_by_id(1).exec(&**cluster.node(0)).await?;
        cluster.settle().await;
        assert_eq!(live(cluster.node(2)).await, [1, 1, 1, 1, 1, 1]);
        let listed = Operation::list().in_family_of(notebook::Entity).all(&**cluster.node(2)).await?;
        assert_eq!(listed.len(), 1);
        notebook::Entity::restore_by_id(1).exec(&**cluster.node(1)).await?;
        cluster.settle().await;
        assert_eq!(live(cluster.node(0)).await[..5], ALL[..5]);
        notebook::Entity::force_delete_by_id(1).exec(&**cluster.node(2)).await?;
        cluster.assert_same_rows(&TABLES).await;
        for node in cluster.nodes() {
            assert_eq!(live(node).await, [1, 1, 1, 1, 1, 1]);
        }
    }

    async fn verbs_on_the_same_families_from_all_nodes_are_done_whole_or_not_at_all(cluster: &Cluster) {
        folders((100..104).chain(900..906), cluster).await;
        let mut connections = Vec::new();
        for worker in 0..6 {
            connections.push(cluster.worker(worker, async |db| {
                let own = 900 + worker as i32;
                folder::Entity::delete_by_id(own).exec(db).await.unwrap();
                folder::Entity::restore_by_id(own).exec(db).await.unwrap();
                folder::Entity::force_delete_by_id(own).exec(db).await.unwrap();
            }).await);
        }
        cluster.settle().await;
        let workers = connections.into_iter().enumerate().map(|(worker, db)| {
            tokio::spawn(async move {
                let mut random = fastrand::Rng::with_seed(worker as u64);
                let mut done = 0;
                for _ in 0..40 {
                    let id = random.i32(100..104);
                    let outcome = match random.u8(0..20) {
                        0 => retrying!(folder::Entity::force_delete_by_id(id).exec(&db).await.map(drop)),
                        1..10 => retrying!(folder::Entity::delete_by_id(id).exec(&db).await.map(drop)),
                        _ => retrying!(folder::Entity::restore_by_id(id).exec(&db).await.map(drop)),
                    };
                    match outcome {
                        Ok(()) => done += 1,
                        Err(SoftDeleteError::NotTrashed { .. } | SoftDeleteError::NotFound { .. }) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                }
                done
            })
        });
        for done in join_all(workers).await {
            assert!(done.unwrap() > 0);
        }
        cluster.assert_same_rows(&TABLES).await;
        for id in 100..104 {
            whole(id, cluster.node(1)).await?;
        }
    }
}
