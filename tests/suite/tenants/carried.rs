//! One cached plan and one pool, for all tenants.

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, Statement};
use sea_orm_soft_delete::{Scopable, Scope, SoftDeleteError};

use super::entities::{Tenant, line, project, projects, task};
use crate::harness::{on_every_database, on_every_server};

on_every_database! {
    async fn a_plan_is_shared_and_its_value_is_not(db: &TestDb) {
        let seven = projects(db).await?;
        let eight = seven.clone().within(Tenant, 8);
        for _ in 0..3 {
            assert_eq!(task::Entity::find().count(&seven).await?, 4);
            assert_eq!(task::Entity::find().count(&eight).await?, 3);
            assert_eq!(task::Entity::find().count(&seven.across(Tenant)).await?, 7);
            assert!(task::Entity::find().count(&db.scoped()).await.is_err());
        }
        let backend = db.get_database_backend();
        let statement = Statement::from_string(backend, "SELECT * FROM tenant_line");
        let sent = Scope::registered().rewrite(statement);
        assert!(matches!(sent, Err(SoftDeleteError::ScopeRequired { .. })));
        let statement = Statement::from_sql_and_values(backend, match backend {
            sea_orm::DbBackend::Postgres => "SELECT * FROM tenant_line WHERE id = $1",
            _ => "SELECT * FROM tenant_line WHERE id = ?",
        }, [1.into()]);
        let sent = seven.scope().rewrite(statement)?;
        assert!(!sent.sql.contains('7'), "{}", sent.sql);
        assert_eq!(sent.values.unwrap().0, [Value::from(1), Value::from(7_i64)]);
    }

    async fn many_values_leave_room_for_the_tenant(db: &TestDb) {
        let seven = projects(db).await?;
        // So many values that one more would exceed the limit of the database.
        let most = match db.get_database_backend() {
            sea_orm::DbBackend::Sqlite => 32_766,
            _ => 65_535,
        };
        let ids = (0..most).map(|id| 1 + id % 4);
        let found = line::Entity::find().filter(line::Column::Id.is_in(ids));
        assert_eq!(found.count(&seven).await?, 1);
        let lines = (0..12_000).map(|id| line::ActiveModel {
            id: Set(100 + id),
            amount: Set(id),
            ..Default::default()
        });
        line::Entity::insert_many(lines).exec(&seven).await?;
        assert_eq!(line::Entity::find().count(&seven).await?, 12_001);
    }
}

on_every_server! {
    async fn tenants_share_a_pool(db: &TestDb) {
        let _ = projects(db).await?;
        let scoped = db.scoped();
        let tenants = (100..120).map(|tenant| {
            let db = scoped.clone().within(Tenant, tenant);
            tokio::spawn(async move {
                for round in 0..10 {
                    let made = project::ActiveModel {
                        name: Set(format!("{tenant} {round}")),
                        ..Default::default()
                    };
                    let made = made.insert(&db).await?;
                    let task = task::ActiveModel {
                        project_id: Set(made.id),
                        title: Set(format!("of {tenant}")),
                        ..Default::default()
                    };
                    task.insert(&db).await?;
                    let tasks = task::Entity::find().all(&db).await?;
                    assert_eq!(tasks.len(), 1, "the others are in the trash");
                    assert_eq!(tasks[0].tenant_id, tenant);
                    let done = project::Entity::delete_many().exec(&db).await?;
                    assert_eq!(done.rows_affected, 1);
                }
                let all = task::Entity::with_trashed().all(&db).await?;
                assert_eq!(all.len(), 10);
                assert!(all.iter().all(|task| task.tenant_id == tenant));
                Ok::<_, SoftDeleteError>(())
            })
        });
        for tenant in tenants.collect::<Vec<_>>() {
            tenant.await.unwrap()?;
        }
    }
}
