//! Verbs and families within a tenant: a cascade never leaves it.

use sea_orm::prelude::*;
use sea_orm::{Statement, TransactionTrait};
use sea_orm_soft_delete::{Clock, Operation, Purge, Scopable, Timestamp};

use super::entities::{Scoped, Tenant, live_tasks, project, projects, task};
use crate::entities::NOON;
use crate::harness::on_every_database;

/// The operations that a connection sees, by their number.
async fn operations(db: &Scoped) -> Result<u64, DbErr> {
    let operations = Operation::list().in_family_of(project::Entity);
    Ok(operations.all(db).await?.len() as u64)
}

on_every_database! {
    async fn a_cascade_stays_within_the_tenant(db: &TestDb) {
        let seven = projects(db).await?;
        let first = project::Entity::find_by_id(1).one(&seven).await?.unwrap();
        first.delete(&seven).await?;
        assert_eq!(live_tasks(db).await?, [3, 4, 5, 6, 7]);
        let eight = seven.clone().within(Tenant, 8);
        assert_eq!((operations(&seven).await?, operations(&eight).await?), (1, 0));
        assert_eq!(project::Entity::restore_by_id(1).exec(&seven).await?.id, 1);
        assert_eq!(live_tasks(db).await?, [1, 2, 3, 4, 5, 6, 7]);
    }

    async fn a_cascade_of_raw_sql_stays_within_the_tenant(db: &TestDb) {
        let seven = projects(db).await?;
        let delete = Statement::from_string(db.get_database_backend(), "DELETE FROM tenant_project");
        assert_eq!(seven.execute_raw(delete).await?.rows_affected(), 2);
        assert_eq!(live_tasks(db).await?, [5, 6, 7]);
        assert_eq!(project::Entity::find().count(&seven.across(Tenant)).await?, 1);
        let restored = project::Entity::restore_many().exec(&seven.clone().within(Tenant, 8)).await?;
        assert_eq!(restored.rows_affected, 0);
        project::Entity::restore_many().exec(&seven).await?;
        assert_eq!(live_tasks(db).await?, [1, 2, 3, 4, 5, 6, 7]);
    }

    async fn a_transaction_keeps_the_tenant(db: &TestDb) {
        let seven = projects(db).await?;
        let txn = seven.begin().await?;
        assert_eq!(project::Entity::delete_many().exec(&txn).await?.rows_affected, 2);
        assert_eq!(task::Entity::find().count(&txn).await?, 0);
        txn.rollback().await?;
        let counted = seven
            .transaction_async(async |txn| task::Entity::find().count(txn).await)
            .await;
        assert_eq!(counted.unwrap(), 4);
    }

    async fn trash_of_another_tenant_is_out_of_reach(db: &TestDb) {
        let seven = projects(db).await?;
        let eight = seven.clone().within(Tenant, 8);
        project::Entity::delete_by_id(3).exec(&eight).await?;
        assert!(project::Entity::restore_by_id(3).exec(&seven).await.is_err());
        assert_eq!(operations(&seven).await?, 0);
        assert!(project::Entity::force_delete_by_id(3).exec(&seven).await?.rows_affected == 0);
        assert_eq!(project::Entity::only_trashed().count(&seven).await?, 0);
        assert_eq!(project::Entity::force_delete_many().only_trashed().exec(&seven).await?.rows_affected, 0);
        assert_eq!(project::Entity::only_trashed().count(&eight).await?, 1);
        assert_eq!(operations(&eight).await?, 1);
        project::Entity::force_delete_by_id(3).exec(&eight).await?;
        assert_eq!(task::Entity::with_trashed().count(&eight).await?, 1);
        assert_eq!(project::Entity::with_trashed().count(&**db).await?, 2);
    }

    async fn a_preview_counts_the_tenant_alone(db: &TestDb) {
        let seven = projects(db).await?;
        let preview = project::Entity::delete_by_id(1).preview(&seven).await?;
        let tasks = &preview.affects.members[0];
        assert_eq!((preview.affects.count, tasks.count), (1, 2), "{preview}");
    }

    async fn a_purge_removes_trash_of_the_tenant_alone(db: &TestDb) {
        let seven = projects(db).await?;
        let eight = seven.clone().within(Tenant, 8);
        Clock::fixed(NOON).scope(async {
            project::Entity::delete_many().exec(&seven).await?;
            project::Entity::delete_many().exec(&eight).await
        }).await?;
        let later = Timestamp::from_unix_micros(NOON.unix_micros() + 7 * 86_400_000_000).unwrap();
        let purge = || Purge::of_all().in_family_of(project::Entity);
        Clock::fixed(later).scope(async {
            // A row of another tenant that belongs to the project keeps it.
            let report = purge().run(&seven).await?;
            assert_eq!((report.rows(), report.blocked.len()), (0, 1), "{report:?}");
            db.execute_unprepared("DELETE FROM tenant_task WHERE id = 7").await?;
            let report = purge().run(&seven).await?;
            assert_eq!(report.rows(), 6, "{report:?}");
            assert_eq!(task::Entity::with_trashed().count(&**db).await?, 2);
            let report = purge().run(&db.scoped().across(Tenant)).await?;
            assert_eq!(report.rows(), 3, "{report:?}");
            Ok::<_, sea_orm_soft_delete::SoftDeleteError>(())
        }).await?;
        assert_eq!(live_tasks(db).await?, [0; 0]);
    }
}
