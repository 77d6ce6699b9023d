//! The policies that are created from declarations.

use sea_orm::prelude::*;
use sea_orm::{Statement, TransactionTrait};
use sea_orm_soft_delete::schema::RowLevelSecurity;
use sea_orm_soft_delete::{RequiredScope, Scopable, Scope, ScopedTable, SoftDeleteError};

use super::super::entities::{Tenant, page, project, projects, task};
use super::{CLIENT, create_policies, grant, plain_counts, walled, within};
use crate::harness::{TestDb, on_databases};

struct Region;

impl RequiredScope for Region {
    const NAME: &'static str = "Sales region, the one with a name that is too long for a policy";
    type Value = String;
}

struct Tenants;

impl RequiredScope for Tenants {
    const NAME: &'static str = "TENANT";
    type Value = i64;
}

async fn run(db: &DatabaseConnection, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        db.execute_unprepared(statement).await?;
    }
    Ok(())
}

async fn is_protected(db: &TestDb, table: &str) -> Result<bool, DbErr> {
    let sql = format!("SELECT relrowsecurity AS it FROM pg_class WHERE oid = '{table}'::regclass");
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await?;
    row.unwrap().try_get("", "it")
}

/// Creates a table with a tenant of this type, with the rows of these tenants; returns how many rows a client reads that
/// carries each of them.
async fn counts(db: &TestDb, column: &str, tenants: &[&str]) -> Result<Vec<i64>, SoftDeleteError> {
    run(
        db,
        &[&format!(
            "CREATE TABLE typed (id serial PRIMARY KEY, tenant {column})"
        )],
    )
    .await?;
    let typed =
        RowLevelSecurity::of_table(&ScopedTable::without_trash("typed").required(Region, "tenant"));
    for tenant in tenants {
        run(
            db,
            &[&format!("INSERT INTO typed (tenant) VALUES ('{tenant}')")],
        )
        .await?;
    }
    typed.create(&**db).await?;
    assert_eq!(typed.statements(&**db).await?, [""; 0], "of {column}");
    let client = db.connect_as(CLIENT, 1).await;
    grant(db, CLIENT).await?;
    let setting =
        "soft_delete_scope.sales_region__the_one_with_a_name_that_is_too_long_for_a_policy";
    let mut counts = Vec::new();
    for tenant in tenants {
        let txn = client.begin().await?;
        txn.execute_unprepared(&format!("SET LOCAL {setting} = '{tenant}'"))
            .await?;
        let count = Statement::from_string(
            db.get_database_backend(),
            "SELECT COUNT(*) AS count FROM typed",
        );
        counts.push(
            txn.query_one_raw(count)
                .await?
                .unwrap()
                .try_get("", "count")?,
        );
    }
    run(db, &["DROP TABLE typed"]).await?;
    Ok(counts)
}

on_databases! { [postgres: Postgres]
    async fn the_statements_are_those_of_the_declarations(db: &TestDb) {
        let _ = projects(db).await?;
        let policies = RowLevelSecurity::of::<project::Entity>();
        let statements = policies.statements(&**db).await?;
        expect_test::expect![[r#"
            CREATE POLICY "soft_delete_tenant_scope" ON "tenant_project" AS RESTRICTIVE USING ("tenant_id" = NULLIF(current_setting('soft_delete_scope.tenant', true), '')::bigint)
            CREATE POLICY "soft_delete_rows" ON "tenant_project" USING (true)
            ALTER TABLE "tenant_project" ENABLE ROW LEVEL SECURITY
            ALTER TABLE "tenant_project" FORCE ROW LEVEL SECURITY
        "#]].assert_eq(&(statements.join("\n") + "\n"));
        policies.create(&**db).await?;
        assert!(policies.statements(&**db).await?.is_empty());
        policies.create(&db.scoped()).await?;
        assert!(is_protected(db, "tenant_project").await?);
        policies.drop(&**db).await?;
        assert!(!is_protected(db, "tenant_project").await?);
        policies.drop(&**db).await?;
        assert_eq!(policies.statements(&**db).await?.len(), 4);
    }

    async fn every_registered_table_with_a_required_scope(db: &TestDb) {
        let names: Vec<String> = RowLevelSecurity::registered().iter().map(|it| format!("{it:?}")).collect();
        for table in ["tenant_line", "tenant_project", "tenant_task"] {
            assert_eq!(names.iter().filter(|name| name.contains(&format!("{table:?}"))).count(), 1);
        }
        assert!(names.iter().all(|name| !name.contains("tenant_page")), "{names:?}");
        let _ = db;
    }

    async fn a_value_is_compared_in_the_type_of_the_column(db: &TestDb) {
        run(db, &["CREATE TYPE kind AS ENUM ('a', 'b')", "CREATE DOMAIN code AS varchar(9)"]).await?;
        for column in ["text", "varchar(2)", "varchar", "char(2)", "\"char\"", "kind", "code"] {
            assert_eq!(counts(db, column, &["a", "b"]).await?, [1, 1], "of {column}");
        }
        for column in ["smallint", "integer", "bigint", "numeric(9, 0)", "text"] {
            assert_eq!(counts(db, column, &["1", "2"]).await?, [1, 1], "of {column}");
        }
        let uuids = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"];
        assert_eq!(counts(db, "uuid", &uuids).await?, [1, 1]);
        assert_eq!(counts(db, "timestamptz", &["2024-01-01", "2024-01-02"]).await?, [1, 1]);
        // The empty text is no value.
        assert_eq!(counts(db, "text", &["a", ""]).await?, [1, 0]);
    }

    async fn a_longer_value_is_not_cut(db: &TestDb) {
        run(db, &["CREATE TABLE typed (id int, tenant varchar(2))", "INSERT INTO typed VALUES (1, 'ab')"]).await?;
        let typed = ScopedTable::without_trash("typed").required(Region, "tenant");
        RowLevelSecurity::of_table(&typed).create(&**db).await?;
        let client = db.connect_as(CLIENT, 1).await;
        grant(db, CLIENT).await?;
        let scope = Scope::builder().table(typed).row_level_security().build();
        let count = || Statement::from_string(db.get_database_backend(), "SELECT 1 AS one FROM typed");
        for (value, rows) in [("ab", 1), ("abc", 0), ("a", 0)] {
            let db = client.scoped_with(&scope).within(Region, value.to_owned());
            assert_eq!(db.query_all_raw(count()).await?.len(), rows, "of {value}");
            let txn = db.begin().await?;
            assert_eq!(txn.unscoped().query_all_raw(count()).await?.len(), rows, "of {value}");
        }
    }

    async fn an_index_serves(db: &TestDb) {
        let client = walled(db, 1).await?;
        db.execute_unprepared(
            "INSERT INTO tenant_task (id, project_id, tenant_id, title) \
             SELECT i, 1, i, 'x' FROM generate_series(100, 5000) i; ANALYZE tenant_task",
        ).await?;
        let txn = client.begin().await?;
        txn.execute_unprepared("SET LOCAL soft_delete_scope.tenant = '200'").await?;
        let explain = "EXPLAIN (COSTS OFF) SELECT * FROM tenant_task";
        let rows = txn.query_all_raw(Statement::from_string(db.get_database_backend(), explain)).await?;
        let plan: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert!(plan.join("\n").contains("Index Cond: (tenant_id = "), "{plan:#?}");
    }

    async fn several_scopes_and_a_schema(db: &TestDb) {
        let other = db.create_other_schema().await?;
        run(db, &[
            &format!("CREATE TABLE {other}.\"Sale\" (id int, tenant_id bigint, \"Region\" text)"),
            &format!("INSERT INTO {other}.\"Sale\" VALUES (1, 7, 'a'), (2, 7, 'b'), (3, 8, 'a')"),
        ]).await?;
        let sale = ScopedTable::without_trash("Sale").in_schema(other.clone())
            .required(Tenant, "tenant_id").required(Region, "Region");
        let policies = RowLevelSecurity::of_table(&sale);
        policies.create(&**db).await?;
        assert!(policies.statements(&**db).await?.is_empty());
        let client = db.connect_as(CLIENT, 1).await;
        run(db, &[
            &format!("GRANT USAGE ON SCHEMA {other} TO {CLIENT}"),
            &format!("GRANT ALL ON {other}.\"Sale\" TO {CLIENT}"),
        ]).await?;
        let scope = Scope::builder().table(sale).row_level_security().build();
        let select = || Statement::from_string(db.get_database_backend(), format!("SELECT id FROM {other}.\"Sale\""));
        let seven = client.scoped_with(&scope).within(Tenant, 7);
        let both = seven.clone().within(Region, "a".to_owned());
        assert_eq!(both.query_all_raw(select()).await?.len(), 1);
        let txn = both.begin().await?;
        assert_eq!(txn.unscoped().query_all_raw(select()).await?.len(), 1);
        txn.rollback().await?;
        // The second value is missing.
        assert!(seven.query_all_raw(select()).await.is_err());
        let txn = seven.begin().await?;
        assert_eq!(txn.unscoped().query_all_raw(select()).await?.len(), 0);
    }

    async fn policies_that_differ_are_replaced(db: &TestDb) {
        let client = walled(db, 1).await?;
        let policies = RowLevelSecurity::of::<task::Entity>();
        let own = "soft_delete_tenant_scope ON tenant_task";
        for change in [
            format!("ALTER POLICY {own} USING (true)"),
            format!("ALTER POLICY {own} USING (tenant_id >= NULLIF(current_setting('soft_delete_scope.tenant', true), '')::bigint)"),
            format!("ALTER POLICY {own} USING (tenant_id = NULLIF(current_setting('other.tenant', true), '')::bigint)"),
            format!("ALTER POLICY {own} USING (tenant_id = COALESCE(NULLIF(current_setting('soft_delete_scope.tenant', true), ''), '7')::bigint)"),
            format!("ALTER POLICY {own} WITH CHECK (true)"),
            format!("ALTER POLICY {own} TO {CLIENT}"),
            format!("DROP POLICY {own}"),
            format!("DROP POLICY {own}; CREATE POLICY {own} AS RESTRICTIVE FOR SELECT USING (tenant_id = NULLIF(current_setting('soft_delete_scope.tenant', true), '')::bigint)"),
            format!("DROP POLICY {own}; CREATE POLICY {own} USING (tenant_id = NULLIF(current_setting('soft_delete_scope.tenant', true), '')::bigint)"),
            "ALTER POLICY soft_delete_rows ON tenant_task USING (false)".to_owned(),
            "DROP POLICY soft_delete_rows ON tenant_task".to_owned(),
            "ALTER TABLE tenant_task DISABLE ROW LEVEL SECURITY".to_owned(),
            "ALTER TABLE tenant_task NO FORCE ROW LEVEL SECURITY".to_owned(),
        ] {
            assert!(policies.statements(&**db).await?.is_empty());
            db.execute_unprepared(&change).await?;
            assert!(!policies.statements(&**db).await?.is_empty(), "after {change}");
            policies.create(&**db).await?;
            assert!(policies.statements(&**db).await?.is_empty(), "after {change}");
        }
        // The same condition, in other words.
        let same = "tenant_id = (NULLIF(pg_catalog.current_setting('soft_delete_scope.tenant'::text, TRUE), '')) :: int8";
        run(db, &[&format!("ALTER POLICY {own} USING ({same}) WITH CHECK ({same})")]).await?;
        assert!(policies.statements(&**db).await?.is_empty());
        assert_eq!(plain_counts(&client).await?, [0, 0, 0]);
    }

    async fn permissive_policies_of_others_stay_in_force(db: &TestDb) {
        let _ = projects(db).await?;
        run(db, &["CREATE POLICY mine ON tenant_task FOR SELECT USING (id > 1)"]).await?;
        create_policies(db).await?;
        let client = db.connect_as(CLIENT, 1).await;
        grant(db, CLIENT).await?;
        let seven = within(&client, 7);
        assert_eq!(plain_counts(&seven).await?, [2, 3, 1]);
        let policies = RowLevelSecurity::of::<task::Entity>();
        assert!(policies.statements(&**db).await?.is_empty());
        policies.drop(&**db).await?;
        assert!(is_protected(db, "tenant_task").await?);
    }
}

crate::harness::on_every_database! {
    async fn what_cannot_be_created(db: &TestDb) {
        let why = async |policies: RowLevelSecurity| match policies.create(&**db).await {
            Err(SoftDeleteError::SchemaNotChanged { why, .. }) => why,
            other => panic!("{other:?}"),
        };
        if db.get_database_backend() != sea_orm::DbBackend::Postgres {
            let why = why(RowLevelSecurity::of::<project::Entity>()).await;
            assert!(why.contains("PostgreSQL only"), "{why}");
            return Ok(());
        }
        let missing = why(RowLevelSecurity::of::<project::Entity>()).await;
        assert_eq!(missing, "there is no such table");
        let _ = projects(db).await?;
        db.create_table(page::Entity).await;
        let not_required = why(RowLevelSecurity::of::<page::Entity>()).await;
        assert!(not_required.contains("no connection carries a value"), "{not_required}");
        let lines = ScopedTable::without_trash("tenant_line");
        let misspelt = why(RowLevelSecurity::of_table(&lines.clone().required(Tenant, "tenant"))).await;
        assert_eq!(misspelt, "it has no column `tenant`");
        let twice = lines.required(Tenant, "tenant_id").required(Tenants, "amount");
        let same = why(RowLevelSecurity::of_table(&twice)).await;
        assert!(same.contains("soft_delete_tenant_scope"), "{same}");

        // A connection does not mix them up either.
        let scope = Scope::builder().table(twice).row_level_security().build();
        let seven = db.scoped_with(&scope).within(Tenant, 7);
        let error = SoftDeleteError::from(seven.execute_unprepared("SELECT 1").await.unwrap_err());
        assert!(error.to_string().contains("another NAME"), "{error}");
    }
}
