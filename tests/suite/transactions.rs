//! The verbs in a caller's transaction.

use sea_orm::TransactionTrait;
use sea_orm_soft_delete::SoftDeleteError;

use crate::entities::{note, one_trashed_one_live, row};
use crate::harness::on_every_database;

on_every_database! {
    async fn a_rollback_undoes_the_verbs(db: &TestDb) {
        one_trashed_one_live(db).await;
        let (gone, here) = (row(db, 1).await, row(db, 2).await);
        let txn = db.begin().await?;
        note::Entity::delete_by_id(2).exec(&txn).await?;
        note::Entity::restore_by_id(1).exec(&txn).await?;
        assert!(note::Entity::find_by_id(1).one(&txn).await?.is_some());
        assert!(note::Entity::find_by_id(2).one(&txn).await?.is_none());
        txn.rollback().await?;
        assert_eq!((row(db, 1).await, row(db, 2).await), (gone, here));
    }

    async fn a_commit_keeps_the_changes_of_the_verbs(db: &TestDb) {
        one_trashed_one_live(db).await;
        db.transaction::<_, (), SoftDeleteError>(|txn| Box::pin(async move {
            note::Entity::delete_by_id(2).exec(txn).await?;
            note::Entity::force_delete_by_id(1).only_trashed().exec(txn).await?;
            Ok(())
        }))
        .await?;
        assert_eq!(row(db, 1).await, None);
        assert!(row(db, 2).await.unwrap().is_trashed());
    }
}
