//! A pooled connection never keeps a value.

use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, TransactionTrait};
use sea_orm_soft_delete::{Scopable, ScopeValues};

use super::super::entities::{Tenant, line, project, task};
use super::{plain_counts, scope, setting, walled, within};
use crate::harness::on_databases;

on_databases! { [postgres: Postgres]
    async fn a_pooled_connection_keeps_no_value(db: &TestDb) {
        let client = walled(db, 1).await?;
        let seven = within(&client, 7);
        let is_clean = async |after: &str| {
            assert_eq!(setting(&client).await?, "", "after {after}");
            assert_eq!(plain_counts(&client).await?, [0, 0, 0], "after {after}");
            Ok::<_, DbErr>(())
        };

        assert_eq!(setting(&seven).await?, "7");
        is_clean("a statement").await?;

        let fails = "SELECT 1 / (SELECT COUNT(*) - 4 FROM tenant_task)";
        assert!(seven.execute_unprepared(fails).await.is_err());
        is_clean("a statement that fails").await?;

        let txn = seven.begin().await?;
        assert_eq!(task::Entity::find().count(&txn).await?, 4);
        txn.commit().await?;
        is_clean("a transaction").await?;

        let txn = seven.begin().await?;
        assert_eq!(project::Entity::delete_many().exec(&txn).await?.rows_affected, 2);
        txn.rollback().await?;
        is_clean("a rollback").await?;

        let txn = seven.begin().await?;
        assert!(txn.execute_unprepared("SELECT * FROM nothing").await.is_err());
        drop(txn);
        is_clean("a transaction that is dropped").await?;

        let sleep = seven.execute_unprepared("SELECT pg_sleep(0.5)");
        assert!(tokio::time::timeout(Duration::from_millis(100), sleep).await.is_err());
        is_clean("a future that is dropped").await?;

        let begun = seven.clone();
        let panics = tokio::spawn(async move {
            let _txn = begun.begin().await.unwrap();
            panic!("within a transaction, on purpose");
        });
        assert!(panics.await.unwrap_err().is_panic());
        is_clean("a panic").await?;

        let ambient = ScopeValues::of(Tenant, 8).scope(setting(&seven)).await?;
        assert_eq!(ambient, "7");
        let state = client.scoped_with(scope());
        assert_eq!(ScopeValues::of(Tenant, 8).scope(setting(&state)).await?, "8");
        assert_eq!(setting(&state).await?, "");
        is_clean("a value of a task").await?;
    }

    async fn many_tenants_share_a_pool(db: &TestDb) {
        let client = walled(db, 3).await?;
        let mut tenants = tokio::task::JoinSet::new();
        for tenant in 100..120_i64 {
            let (plain, scoped) = (client.clone(), within(&client, tenant));
            tenants.spawn(async move {
                for round in 0..10_i32 {
                    let line = line::ActiveModel {
                        id: Set(i32::try_from(tenant).unwrap() * 100 + round),
                        amount: Set(round),
                        ..Default::default()
                    };
                    match round % 3 {
                        0 => {
                            line.insert(&scoped).await?;
                        }
                        1 => {
                            let txn = scoped.begin().await?;
                            line.insert(&txn).await?;
                            assert_eq!(setting(&txn).await?, tenant.to_string());
                            txn.commit().await?;
                        }
                        _ => {
                            let txn = scoped.begin().await?;
                            line.clone().insert(&txn).await?;
                            drop(txn);
                            line.insert(&scoped).await?;
                        }
                    }
                    assert_eq!(setting(&scoped).await?, tenant.to_string());
                    // The policies alone: no scope is in force.
                    assert_eq!(plain_counts(&plain).await?, [0, 0, 0]);
                }
                let lines = line::Entity::find().all(&scoped).await?;
                assert!(lines.iter().all(|line| line.tenant_id == Some(tenant)));
                Ok::<_, DbErr>(lines.len())
            });
        }
        while let Some(lines) = tenants.join_next().await {
            assert_eq!(lines.unwrap()?, 10);
        }
    }
}
