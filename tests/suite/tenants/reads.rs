//! Reads on a connection within a tenant.

use sea_orm::prelude::*;
use sea_orm::{LoaderTrait, PaginatorTrait, QueryOrder, QuerySelect, Statement};
use sea_orm_soft_delete::{Scopable, ScopeValues, SoftDeleteError};

use super::entities::{Current, Published, Scoped, Tenant, line, page, project, projects, task};
use crate::harness::on_every_database;

on_every_database! {
    async fn every_read_answers_as_if_the_other_tenants_did_not_exist(db: &TestDb) {
        let seven = projects(db).await?;
        let by_id = || project::Entity::find().order_by_asc(project::Column::Id);

        assert_eq!(by_id().count(&seven).await?, 2);
        assert!(project::Entity::find_by_id(3).one(&seven).await?.is_none());
        assert_eq!(by_id().paginate(&seven, 10).num_items().await?, 2);
        assert_eq!(line::Entity::find().all(&seven).await?.len(), 1);

        let first = project::Entity::find_by_id(1).one(&seven).await?.unwrap();
        assert_eq!(first.find_related(task::Entity).count(&seven).await?, 2);
        let pairs = by_id().find_with_related(task::Entity).all(&seven).await?;
        let tasks: Vec<usize> = pairs.iter().map(|(_, tasks)| tasks.len()).collect();
        assert_eq!(tasks, [2, 2]);
        let loaded = by_id().all(&seven).await?.load_many(task::Entity, &seven).await?;
        assert_eq!(loaded.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);

        // The owner of a task of another tenant is none.
        let eight = seven.clone().within(Tenant, 8);
        let strayed = task::Entity::find_by_id(7).find_also_related(project::Entity);
        let (_, owner) = strayed.one(&eight).await?.unwrap();
        assert_eq!(owner, None);

        let sums = task::Entity::find()
            .select_only()
            .column_as(task::Column::Id.sum(), "sum")
            .into_tuple::<Option<i64>>();
        if db.get_database_backend() == sea_orm::DbBackend::Sqlite {
            assert_eq!(sums.one(&seven).await?, Some(Some(10)));
        }
        for (sql, expected) in [
            ("SELECT COUNT(*) AS n FROM tenant_task", 4),
            ("SELECT COUNT(*) AS n FROM tenant_project p JOIN tenant_task t ON t.project_id = p.id", 4),
            ("SELECT COUNT(*) AS n FROM tenant_project p, tenant_task t WHERE t.project_id = p.id OR 1 = 1", 8),
            ("SELECT COUNT(*) AS n FROM (SELECT id FROM tenant_task UNION ALL SELECT id FROM tenant_line) u", 5),
            ("WITH t AS (SELECT * FROM tenant_task) SELECT COUNT(*) AS n FROM t LEFT JOIN tenant_project p ON p.id = t.project_id", 4),
            ("SELECT COUNT(*) AS n FROM tenant_line WHERE NOT EXISTS (SELECT 1 FROM tenant_task WHERE tenant_id = 8)", 1),
        ] {
            let statement = Statement::from_string(seven.get_database_backend(), sql);
            let row = seven.query_one_raw(statement).await?.unwrap();
            assert_eq!(row.try_get::<i64>("", "n")?, expected, "{sql}");
        }
    }

    async fn a_statement_without_a_value_is_refused(db: &TestDb) {
        let _ = projects(db).await?;
        let scoped = db.scoped();
        let refused = |error: DbErr| match error.into() {
            SoftDeleteError::ScopeRequired { entity, scope, .. } => (entity, scope),
            other => panic!("{other}"),
        };
        let read = project::Entity::find().all(&scoped).await.unwrap_err();
        assert_eq!(refused(read), ("tenant_project".to_owned(), "tenant"));
        refused(line::Entity::find_by_id(1).one(&scoped).await.unwrap_err());
        refused(scoped.execute_unprepared("UPDATE tenant_line SET amount = 1").await.unwrap_err());
        refused(scoped.execute_unprepared("DELETE FROM tenant_task").await.unwrap_err());
        refused(scoped.execute_unprepared("INSERT INTO tenant_line (id, amount) VALUES (9, 1)").await.unwrap_err());
        let named = "INSERT INTO tenant_line (id, tenant_id, amount) VALUES (9, 7, 1)";
        refused(scoped.execute_unprepared(named).await.unwrap_err());
        let subquery = "SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM tenant_line)";
        let subquery = Statement::from_string(scoped.get_database_backend(), subquery);
        refused(scoped.query_all_raw(subquery).await.unwrap_err());
        let removed = project::Entity::force_delete_by_id(1).exec(&scoped).await;
        assert!(matches!(removed.unwrap_err(), SoftDeleteError::ScopeRequired { .. }));
        assert_eq!(line::Entity::find().count(&**db).await?, 3);
        assert_eq!(task::Entity::find().count(&**db).await?, 7);
    }

    async fn each_scope_is_lifted_by_itself(db: &TestDb) {
        let seven = projects(db).await?;
        project::Entity::delete_by_id(1).exec(&seven).await?;
        let put_aside = "UPDATE tenant_project SET archived_at = deleted_at WHERE id = 1";
        db.execute_unprepared(put_aside).await?;
        let count = || <project::Entity as EntityTrait>::find();
        assert_eq!(count().count(&seven).await?, 1);
        assert_eq!(count().count(&seven.with_trashed()).await?, 1);
        assert_eq!(count().count(&seven.lift(Current)).await?, 1);
        assert_eq!(count().count(&seven.lift(Current).with_trashed()).await?, 2);
        assert_eq!(count().count(&seven.across(Tenant)).await?, 2);
        assert_eq!(count().count(&seven.across(Tenant).lift(Current).with_trashed()).await?, 3);
        assert_eq!(count().count(&db.scoped().across(Tenant)).await?, 2);
        // A value ends the reach across the scope.
        let again = seven.across(Tenant);
        assert_eq!(count().count(&again.within(Tenant, 8)).await?, 1);

        let lifted = "SELECT COUNT(*) AS n FROM tenant_project /* soft_delete: lift(current) */ WHERE 1 = 1";
        let both = "/* soft_delete: lift(current) */ /* soft_delete: with_trashed */ SELECT COUNT(*) AS n FROM tenant_project";
        for (sql, expected) in [(lifted, 1), (both, 2)] {
            let statement = Statement::from_string(db.get_database_backend(), sql);
            let row = seven.query_one_raw(statement).await?.unwrap();
            assert_eq!(row.try_get::<i64>("", "n")?, expected, "{sql}");
        }
    }

    async fn a_condition_alone_holds_without_a_value(db: &TestDb) {
        db.create_table(page::Entity).await;
        for (id, state) in [(1, "published"), (2, "draft"), (3, "it's out")] {
            let page = page::ActiveModel {
                id: sea_orm::Set(id),
                state: sea_orm::Set(state.to_owned()),
            };
            page::Entity::insert(page).exec(&db.scoped()).await?;
        }
        let scoped = db.scoped();
        assert_eq!(page::Entity::find().count(&scoped).await?, 2);
        assert_eq!(page::Entity::find().count(&scoped.lift(Published)).await?, 3);
        // A row may leave the scope, and then it is not found any more.
        let page = page::Entity::find_by_id(1).one(&scoped).await?.unwrap();
        let draft = page::ActiveModel {
            state: sea_orm::Set("draft".to_owned()),
            ..page.into()
        };
        page::Entity::update_many().set(draft).filter(page::Column::Id.eq(1)).exec(&scoped).await?;
        assert!(page::Entity::find_by_id(1).one(&scoped).await?.is_none());
        page::Entity::delete_many().exec(&scoped).await?;
        assert_eq!(page::Entity::find().count(&**db).await?, 2);
    }

    async fn a_task_carries_values_for_its_connections(db: &TestDb) {
        let seven = projects(db).await?;
        let scoped = db.scoped();
        async fn count(db: &Scoped) -> Result<u64, DbErr> {
            project::Entity::find().count(db).await
        }

        let ambient = ScopeValues::of(Tenant, 8).scope(async {
            assert_eq!(count(&scoped).await?, 1);
            // The value of the connection comes first.
            assert_eq!(count(&seven).await?, 2);
            // A spawned task gets the values on purpose.
            let values = ScopeValues::current();
            let inner = scoped.clone();
            let spawned = tokio::spawn(values.scope(async move { count(&inner).await }));
            assert_eq!(spawned.await.unwrap()?, 1);
            let nested = ScopeValues::of(Tenant, 7).scope(count(&scoped)).await?;
            assert_eq!(nested, 2);
            Ok::<_, DbErr>(())
        });
        ambient.await?;
        assert!(count(&scoped).await.is_err());
        // A future takes the values of the task that runs it.
        let made = count(&scoped);
        assert_eq!(ScopeValues::of(Tenant, 8).scope(made).await?, 1);
    }
}
