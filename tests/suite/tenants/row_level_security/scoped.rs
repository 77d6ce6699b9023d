//! What a scoped connection and an unscoped client do behind the policies.

use futures_util::TryStreamExt;
use sea_orm::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QuerySelect, Statement, StreamTrait, TransactionTrait};
use sea_orm_soft_delete::{
    Clock, Operation, Purge, Scopable, Scope, ScopeValues, SoftDeleteError, Timestamp, Watch,
};

use super::super::entities::{Tenant, line, live_tasks, project, projects, task};
use super::{create_policies, grant, plain_counts, scope, setting, walled, within};
use crate::entities::NOON;
use crate::harness::{on_databases, on_every_database};

fn is_refused<T>(outcome: Result<T, DbErr>, says: &str) -> bool {
    match outcome.map_err(SoftDeleteError::from) {
        Err(error @ SoftDeleteError::NotScopable { .. }) => error.to_string().contains(says),
        _ => false,
    }
}

on_databases! { [postgres: Postgres]
    async fn an_unscoped_client_reaches_no_row(db: &TestDb) {
        let client = walled(db, 2).await?;
        assert_eq!(plain_counts(&client).await?, [0, 0, 0]);
        for (statement, rows) in [
            ("UPDATE tenant_line SET amount = 0", 0),
            ("DELETE FROM tenant_task", 0),
            ("UPDATE tenant_project SET tenant_id = 7", 0),
        ] {
            let done = client.execute_unprepared(statement).await?;
            assert_eq!(done.rows_affected(), rows, "{statement}");
        }
        let insert = "INSERT INTO tenant_line (id, tenant_id, amount) VALUES (9, 8, 1)";
        let error = client.execute_unprepared(insert).await.unwrap_err().to_string();
        assert!(error.contains("row-level security"), "{error}");

        // With the setting, it reaches the rows of that value alone.
        let txn = client.begin().await?;
        txn.execute_unprepared("SET LOCAL soft_delete_scope.tenant = '8'").await?;
        assert_eq!(plain_counts(&txn).await?, [1, 3, 1]);
        txn.execute_unprepared(insert).await?;
        txn.commit().await?;
        for statement in [
            "UPDATE tenant_line SET tenant_id = 7",
            "INSERT INTO tenant_line (id, tenant_id, amount) VALUES (10, 7, 1)",
            "INSERT INTO tenant_line (id, amount) VALUES (10, 1)",
        ] {
            let txn = client.begin().await?;
            txn.execute_unprepared("SET LOCAL soft_delete_scope.tenant = '8'").await?;
            let error = txn.execute_unprepared(statement).await.unwrap_err().to_string();
            assert!(error.contains("row-level security"), "{error}");
        }
        assert_eq!(plain_counts(&client).await?, [0, 0, 0]);
        assert_eq!(plain_counts(&**db).await?, [3, 7, 4]);
    }

    async fn the_owner_is_held_to_the_policies(db: &TestDb) {
        const OWNER: &str = "soft_delete_tests_owner";
        let owner = db.connect_as(OWNER, 1).await;
        let _ = projects(db).await?;
        create_policies(db).await?;
        grant(db, OWNER).await?;
        for table in ["tenant_project", "tenant_task", "tenant_line"] {
            db.execute_unprepared(&format!("ALTER TABLE {table} OWNER TO {OWNER}")).await?;
        }
        assert_eq!(plain_counts(&owner).await?, [0, 0, 0]);
        assert_eq!(plain_counts(&within(&owner, 7)).await?, [2, 4, 1]);
    }

    async fn without_the_option_the_policies_show_nothing(db: &TestDb) {
        let client = walled(db, 1).await?;
        let seven = client.scoped().within(Tenant, 7);
        assert_eq!(plain_counts(&seven).await?, [0, 0, 0]);
        assert_eq!(setting(&seven).await?, "");
        let txn = seven.begin().await?;
        assert_eq!(setting(&txn).await?, "");
        assert_eq!(project::Entity::find().count(&txn.across(Tenant)).await?, 0);
    }

    async fn reads_and_writes_of_every_kind(db: &TestDb) {
        let client = walled(db, 1).await?;
        let seven = within(&client, 7);
        assert_eq!(plain_counts(&seven).await?, [2, 4, 1]);
        assert_eq!(plain_counts(&seven).await?, [2, 4, 1]); // from cached plans
        assert_eq!(plain_counts(&within(&client, 8)).await?, [1, 3, 1]);
        let none = client.scoped_with(scope());
        assert!(matches!(
            SoftDeleteError::from(line::Entity::find().count(&none).await.unwrap_err()),
            SoftDeleteError::ScopeRequired { .. }
        ));

        // A function has the rights of its caller, and the scope does not see what it reads.
        let function = "CREATE FUNCTION lines() RETURNS bigint LANGUAGE sql AS 'SELECT COUNT(*) FROM tenant_line'";
        db.execute_unprepared(function).await?;
        let call = || Statement::from_string(db.get_database_backend(), "SELECT lines() AS lines");
        for (db, expected) in [(&seven, 1_i64), (&none, 0)] {
            let row = db.query_one_raw(call()).await?.unwrap();
            assert_eq!(row.try_get::<i64>("", "lines")?, expected);
            assert_eq!(db.query_all_raw(call()).await?.len(), 1);
        }

        let new = line::ActiveModel { id: Set(20), amount: Set(1), ..Default::default() };
        assert_eq!(new.insert(&seven).await?.tenant_id, Some(7));
        let raw = "INSERT INTO tenant_line (id, amount) VALUES (21, 2)";
        assert_eq!(seven.execute_unprepared(raw).await?.rows_affected(), 1);
        let mut first: line::ActiveModel = line::Entity::find_by_id(1).one(&seven).await?.unwrap().into();
        first.amount = Set(11);
        assert_eq!(first.update(&seven).await?.amount, 11);
        let again = line::ActiveModel { id: Set(20), amount: Set(3), ..Default::default() };
        let upsert = OnConflict::columns([line::Column::Id]).update_column(line::Column::Amount).to_owned();
        let refused = line::Entity::insert(again).on_conflict(upsert).exec(&seven).await;
        assert!(is_refused(refused, "tenant_id"));
        let done = line::Entity::delete_many().exec(&seven).await?;
        assert_eq!(done.rows_affected, 3);
        assert_eq!(plain_counts(&**db).await?, [3, 7, 2]);

        let upsert = |name: &str| project::ActiveModel {
            name: Set(name.to_owned()),
            ..Default::default()
        };
        let on_name = || {
            let mut on = OnConflict::columns([project::Column::TenantId, project::Column::Name]);
            on.update_column(project::Column::ArchivedAt).to_owned()
        };
        db.execute_unprepared("CREATE UNIQUE INDEX ON tenant_project (tenant_id, name)").await?;
        for name in ["one", "three", "three"] {
            project::Entity::insert(upsert(name)).on_conflict(on_name()).exec(&seven).await?;
        }
        assert_eq!(plain_counts(&seven).await?, [3, 4, 0]);
        project::Entity::delete_many().filter(project::Column::Name.eq("three")).exec(&seven).await?;
        let trashed = project::Entity::insert(upsert("three")).on_conflict(on_name()).exec(&seven).await;
        assert!(matches!(trashed.map_err(SoftDeleteError::from), Err(SoftDeleteError::UpsertOfHidden { may_be_trashed: true, .. })));
    }

    async fn verbs_and_families(db: &TestDb) {
        let client = walled(db, 1).await?;
        let (seven, eight) = (within(&client, 7), within(&client, 8));
        let first = project::Entity::find_by_id(1).one(&seven).await?.unwrap();
        first.delete(&seven).await?;
        assert_eq!(live_tasks(db).await?, [3, 4, 5, 6, 7]);
        let operations = Operation::list().in_family_of(project::Entity);
        assert_eq!(operations.clone().all(&eight).await?.len(), 0);
        let found = operations.all(&seven).await?;
        found[0].restore(&seven).await?;
        assert_eq!(live_tasks(db).await?, [1, 2, 3, 4, 5, 6, 7]);

        let delete = Statement::from_string(db.get_database_backend(), "DELETE FROM tenant_project");
        assert_eq!(seven.execute_raw(delete).await?.rows_affected(), 2);
        assert_eq!(live_tasks(db).await?, [5, 6, 7]);
        let returning = "DELETE FROM tenant_project RETURNING id";
        let returning = Statement::from_string(db.get_database_backend(), returning);
        assert_eq!(eight.query_all_raw(returning).await?.len(), 1);
        assert_eq!(live_tasks(db).await?, [7]);
        assert_eq!(project::Entity::restore_many().exec(&seven).await?.rows_affected, 2);
        assert_eq!(live_tasks(db).await?, [1, 2, 3, 4, 7]);
        let preview = project::Entity::delete_by_id(1).preview(&seven).await?;
        assert_eq!((preview.affects.count, preview.affects.members[0].count), (1, 2));
        project::Entity::force_delete_by_id(2).exec(&seven).await?;
        assert_eq!(task::Entity::with_trashed().count(&seven).await?, 2);
        let others = task::Entity::delete_many().exec(&eight).await?;
        assert_eq!(others.rows_affected, 1);

        Clock::fixed(NOON)
            .scope(async {
                project::Entity::delete_many().exec(&seven).await?;
                Ok::<_, DbErr>(())
            })
            .await?;
        db.execute_unprepared("DELETE FROM tenant_task WHERE id = 7").await?; // of another tenant
        let later = Timestamp::from_unix_micros(NOON.unix_micros() + 48 * 3_600_000_000).unwrap();
        let purge = Clock::fixed(later).scope(Purge::of_all().in_family_of(project::Entity).run(&seven)).await?;
        assert_eq!(purge.operations, 1, "{purge:?}");
        assert_eq!(project::Entity::with_trashed().count(&seven).await?, 0);
        assert_eq!(project::Entity::with_trashed().count(&**db).await?, 1);
    }

    async fn transactions_have_the_value_from_their_beginning(db: &TestDb) {
        let client = walled(db, 1).await?;
        let seven = within(&client, 7);
        let txn = seven.begin().await?;
        assert_eq!(setting(&txn).await?, "7");
        assert_eq!(setting(txn.unscoped()).await?, "7");
        let nested = txn.begin().await?;
        assert_eq!(task::Entity::find().count(&nested).await?, 4);
        assert!(nested.execute_unprepared("SELECT * FROM nothing").await.is_err());
        nested.rollback().await?;
        assert_eq!(plain_counts(&txn).await?, [2, 4, 1]);
        let nested = txn.begin().await?;
        project::Entity::delete_by_id(1).exec(&nested).await?;
        nested.commit().await?;
        assert_eq!(plain_counts(&txn).await?, [1, 2, 1]);
        assert_eq!(project::Entity::find().count(&txn.with_trashed()).await?, 1);
        assert_eq!(setting(&txn.scoped()).await?, "7");
        txn.commit().await?;

        let count = seven.transaction_async(async |txn| task::Entity::find().count(txn).await).await;
        assert_eq!(count.unwrap(), 2);
        let read_only = seven
            .begin_with_config(None, Some(sea_orm::AccessMode::ReadOnly))
            .await?;
        assert_eq!(task::Entity::find().count(&read_only).await?, 2);
        read_only.commit().await?;
        let options = sea_orm::TransactionOptions {
            isolation_level: Some(sea_orm::IsolationLevel::Serializable),
            ..Default::default()
        };
        let serializable = seven.begin_with_options(options).await?;
        assert_eq!(task::Entity::find().count(&serializable).await?, 2);
        serializable.commit().await?;
        assert_eq!(setting(&client).await?, "");

        let state = client.scoped_with(scope());
        let count = ScopeValues::of(Tenant, 8).scope(async {
            let txn = state.begin().await?;
            let count = task::Entity::find().count(&txn).await?;
            txn.commit().await?;
            Ok::<_, DbErr>(count)
        });
        assert_eq!(count.await?, 3);
    }

    async fn a_transaction_that_began_on_a_plain_connection(db: &TestDb) {
        let client = walled(db, 1).await?;
        let txn = client.begin().await?;
        let (seven, eight) = (
            txn.scoped_with(scope()).within(Tenant, 7),
            txn.scoped_with(scope()).within(Tenant, 8),
        );
        for _ in 0..2 {
            assert_eq!(plain_counts(&seven).await?, [2, 4, 1]);
            assert_eq!(plain_counts(&eight).await?, [1, 3, 1]);
        }
        project::Entity::delete_by_id(1).exec(&seven).await?;
        assert_eq!(plain_counts(&seven).await?, [1, 2, 1]);
        let nested = eight.begin().await?;
        project::Entity::delete_by_id(3).exec(&nested).await?;
        nested.commit().await?;
        assert_eq!(plain_counts(&eight).await?, [0, 1, 1]);
        txn.commit().await?;
        assert_eq!(setting(&client).await?, "");
        assert_eq!(live_tasks(db).await?, [3, 4, 7]);
        assert_eq!(plain_counts(&within(&client, 8)).await?, [0, 1, 1]);
    }

    async fn what_the_policies_would_hide_is_refused(db: &TestDb) {
        let client = walled(db, 1).await?;
        let seven = within(&client, 7);
        let across = seven.across(Tenant);
        assert!(is_refused(project::Entity::find().count(&across).await, "BYPASSRLS"));
        assert!(is_refused(setting(&across).await, "BYPASSRLS"));
        assert!(is_refused(across.begin().await, "BYPASSRLS"));
        assert!(is_refused(across.execute_unprepared("SELECT 1").await, "BYPASSRLS"));
        // A value again.
        assert_eq!(setting(&across.within(Tenant, 8)).await?, "8");

        let txn = seven.begin().await?;
        let eight = txn.scoped().within(Tenant, 8);
        for outcome in [
            eight.execute_unprepared("SELECT 1").await.map(drop),
            project::Entity::find().count(&eight).await.map(drop),
            project::Entity::delete_many().exec(&eight).await.map(drop),
            eight.begin().await.map(drop),
            ScopeValues::of(Tenant, 8).scope(project::Entity::find().count(&eight)).await.map(drop),
        ] {
            assert!(is_refused(outcome, "begin a transaction for each value"));
        }
        assert_eq!(project::Entity::find().count(&txn).await?, 2);
        txn.rollback().await?;
        assert_eq!(plain_counts(&**db).await?, [3, 7, 3]);
    }

    async fn a_stream_runs_in_a_transaction(db: &TestDb) {
        let client = walled(db, 1).await?;
        let seven = within(&client, 7);
        let outside = line::Entity::find().stream(&seven).await.map(drop);
        assert!(is_refused(outside, "stream within it"));
        let raw = Statement::from_string(db.get_database_backend(), "SELECT id FROM tenant_task");
        assert!(is_refused(seven.stream_raw(raw.clone()).await.map(drop), "stream within it"));
        let txn = seven.begin().await?;
        let tasks: Vec<task::Model> = task::Entity::find().stream(&txn).await?.try_collect().await?;
        assert_eq!(tasks.len(), 4);
        assert_eq!(txn.stream_raw(raw).await?.try_collect::<Vec<_>>().await?.len(), 4);
        let eight = txn.scoped().within(Tenant, 8);
        assert!(is_refused(line::Entity::find().stream(&eight).await.map(drop), "for each value"));
    }

    async fn inserts_by_key(db: &TestDb) {
        let client = walled(db, 1).await?;
        let seven = within(&client, 7);
        let new = |name: &str| project::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
        project::Entity::delete_by_id(1).exec(&seven).await?;
        db.execute_unprepared("CREATE UNIQUE INDEX ON tenant_project (tenant_id, name)").await?;
        let keys = [project::Column::TenantId, project::Column::Name];
        let insert = |name: &str| {
            let mut new = new(name);
            new.tenant_id = Set(7);
            project::Entity::insert_or_revive(new).by(keys)
        };
        assert_eq!(insert("one").exec(&seven).await?.into_model().id, 1);
        insert("four").exec(&seven).await?;
        assert_eq!(plain_counts(&seven).await?[0], 3);
    }

    async fn a_watch_sees_the_rows_of_the_value(db: &TestDb) {
        let client = walled(db, 1).await?;
        let watch = Watch::new();
        let watched = Scope::builder().row_level_security().watch(&watch).build();
        let seven = client.scoped_with(&watched).within(Tenant, 7);
        assert_eq!(plain_counts(&seven).await?, [2, 4, 1]);
        let raw = Statement::from_string(db.get_database_backend(), "SELECT id FROM tenant_task");
        assert_eq!(seven.query_all_raw(raw).await?.len(), 4);
    }
}

on_every_database! {
    async fn the_option_changes_nothing_else(db: &TestDb) {
        let _ = projects(db).await?;
        let seven = within(db, 7);
        assert_eq!(plain_counts(&seven).await?, [2, 4, 1]);
        let delete = Statement::from_string(db.get_database_backend(), "DELETE FROM tenant_project");
        assert_eq!(seven.execute_raw(delete).await?.rows_affected(), 2);
        assert_eq!(live_tasks(db).await?, [5, 6, 7]);
        let txn = seven.begin().await?;
        project::Entity::restore_many().exec(&txn).await?;
        assert_eq!(task::Entity::find().select_only().column(task::Column::Id).count(&txn).await?, 4);
        txn.commit().await?;
        assert_eq!(live_tasks(db).await?, [1, 2, 3, 4, 5, 6, 7]);
    }
}
