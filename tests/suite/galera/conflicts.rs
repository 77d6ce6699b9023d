//! Two nodes that change the same rows: the error that the second one gets, and what it leaves behind.

use sea_orm::IsolationLevel::{self, ReadCommitted, RepeatableRead};
use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, QuerySelect, TransactionTrait};
use sea_orm_soft_delete::SoftDeleteError;

use super::*;
use crate::families::concurrency::drop_foreign_keys;
use crate::families::notebooks::*;

const TABLES: [&str; 4] = [
    "family_notebook",
    "family_folder",
    "family_note",
    "family_attachment",
];

on_a_galera_cluster! {
    async fn a_conflict_that_shows_at_commit_is_retryable(cluster: &Cluster) {
        two_notebooks(cluster.node(0)).await;
        cluster.settle().await;
        let late = cluster.node(0).begin().await?;
        folder::Entity::delete_by_id(1).exec(&late).await?;
        folder::Entity::delete_by_id(2).exec(&**cluster.node(1)).await?;
        let refused = SoftDeleteError::from(late.commit().await.unwrap_err());
        assert!(refused.is_retryable(), "{refused:?}");
        cluster.settle().await;
        for node in cluster.nodes() {
            assert_eq!(live(node).await, [2, 2, 3, 4, 3, 2], "only the folders 2 and 3 are trashed");
        }
        cluster.assert_same_rows(&TABLES).await;
    }

    async fn a_conflict_that_shows_at_the_next_statement_is_retryable(cluster: &Cluster) {
        two_notebooks(cluster.node(0)).await;
        cluster.settle().await;
        let late = cluster.node(0).begin().await?;
        folder::Entity::delete_by_id(1).exec(&late).await?;
        note::Entity::force_delete_by_id(3).exec(&**cluster.node(1)).await?;
        cluster.settle().await;
        let refused = notebook::Entity::delete_by_id(2).exec(&late).await.unwrap_err();
        let refused = SoftDeleteError::from(refused);
        assert!(refused.is_retryable(), "{refused:?}");
        late.rollback().await?;
        cluster.settle().await;
        for node in cluster.nodes() {
            assert_eq!(live(node).await, [2, 4, 3, 4, 3, 2], "only note 3 is gone");
        }
        folder::Entity::delete_by_id(1).exec(&**cluster.node(0)).await?;
        cluster.assert_same_rows(&TABLES).await;
    }

    async fn a_node_that_is_not_ready_is_worth_a_retry(cluster: &Cluster) {
        two_notebooks(cluster.node(0)).await;
        cluster.settle().await;
        let node = cluster.node(2);
        node.execute_unprepared("SET GLOBAL wsrep_reject_queries = ALL").await?;
        let reads = note::Entity::find().count(&**node).await.map(drop);
        let writes = note::Entity::delete_by_id(1).exec(&**node).await.map(drop);
        let cascades = folder::Entity::delete_by_id(1).exec(&**node).await.map(drop);
        node.execute_unprepared("SET GLOBAL wsrep_reject_queries = NONE").await?;
        for refused in [reads, writes, cascades] {
            let refused = SoftDeleteError::from(refused.unwrap_err());
            assert!(refused.is_retryable(), "{refused:?}");
        }
        assert_eq!(live(node).await, ALL);
    }

    /// When the insert reaches the node of the delete, it waits there for a lock on the parent, or on the gap
    /// between the children.
    async fn a_delete_that_has_not_seen_an_insert_of_another_node_is_retryable(cluster: &Cluster) {
        two_notebooks(cluster.node(0)).await;
        cluster.settle().await;
        let refused = insert_beside_delete(cluster, ReadCommitted, "SELECT 1").await?;
        assert!(refused.is_some_and(|error| error.is_retryable()));
        cluster.node(0).execute_unprepared("DELETE FROM family_attachment WHERE id = 9").await?;
        drop_foreign_keys(cluster.node(0)).await;
        cluster.settle().await;
        let refused = insert_beside_delete(cluster, RepeatableRead, "SELECT 1").await?;
        assert!(refused.is_some_and(|error| error.is_retryable()));
        assert_eq!(attachments(cluster).await?, [(4, true), (9, true)]);
    }

    /// A shared lock holds on its own node, and a delete at READ COMMITTED locks no gap.
    async fn without_a_foreign_key_a_delete_at_read_committed_misses_an_insert_of_another_node(cluster: &Cluster) {
        two_notebooks(cluster.node(0)).await;
        drop_foreign_keys(cluster.node(0)).await;
        cluster.settle().await;
        let refused = insert_beside_delete(cluster, ReadCommitted, "SELECT 1").await?;
        assert!(refused.is_none(), "{refused:?}");
        assert_eq!(attachments(cluster).await?, [(4, false), (9, true)], "9 is live, and its note is trashed");
    }

    async fn an_insert_that_updates_its_parent_is_not_missed(cluster: &Cluster) {
        two_notebooks(cluster.node(0)).await;
        drop_foreign_keys(cluster.node(0)).await;
        cluster.settle().await;
        let touch = "UPDATE family_note SET updated_at = NOW(6) WHERE id = 4";
        let refused = insert_beside_delete(cluster, ReadCommitted, touch).await?;
        assert!(refused.is_some_and(|error| error.is_retryable()));
        assert_eq!(attachments(cluster).await?, [(4, true), (9, true)]);
    }

    async fn a_restore_beside_a_delete_of_its_parent_on_another_node_leaves_no_orphan(cluster: &Cluster) {
        two_notebooks(cluster.node(0)).await;
        folder::Entity::delete_by_id(1).exec(&**cluster.node(0)).await?;
        cluster.settle().await;
        let delete = cluster.node(1).begin().await?;
        notebook::Entity::delete_by_id(1).exec(&delete).await?;
        folder::Entity::restore_by_id(1).exec(&**cluster.node(0)).await?;
        cluster.settle().await;
        let refused = SoftDeleteError::from(delete.commit().await.unwrap_err());
        assert!(refused.is_retryable(), "{refused:?}");
        cluster.assert_same_rows(&TABLES).await;
        assert_eq!(live(cluster.node(2)).await[..5], ALL[..5]);
    }
}

/// Deletes note 4 on one node in an open transaction, and inserts an attachment of it on another node, after
/// `first`. Returns the error of the delete, if it has one.
async fn insert_beside_delete(
    cluster: &Cluster,
    level: IsolationLevel,
    first: &str,
) -> Result<Option<SoftDeleteError>, DbErr> {
    let delete = cluster.node(1).begin_with_config(Some(level), None).await?;
    note::Entity::delete_by_id(4).exec(&delete).await?;
    let insert = cluster.node(0).begin().await?;
    let parent = note::Entity::find_by_id(4)
        .lock_shared()
        .one(&insert)
        .await?;
    assert!(
        parent.is_some(),
        "the delete holds its lock on another node"
    );
    insert.execute_unprepared(first).await?;
    let child = "INSERT INTO family_attachment (id, note_id) VALUES (9, 4)";
    insert.execute_unprepared(child).await?;
    insert.commit().await?;
    cluster.settle().await;
    let refused = delete.commit().await.err().map(SoftDeleteError::from);
    cluster.assert_same_rows(&TABLES).await;
    Ok(refused)
}

/// The attachments of note 4, and whether they are live.
async fn attachments(cluster: &Cluster) -> Result<Vec<(i32, bool)>, DbErr> {
    let find = attachment::Entity::with_trashed().filter(attachment::Column::NoteId.eq(4));
    let found = find
        .order_by_asc(attachment::Column::Id)
        .all(&**cluster.node(2))
        .await?;
    Ok(found
        .iter()
        .map(|row| (row.id, !row.is_trashed()))
        .collect())
}
