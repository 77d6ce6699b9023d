//! Policies of row-level security behind the scoped connection, on PostgreSQL. The tests connect as a role that is held
//! to them: a superuser is not.

mod doctor;
mod pool;
mod schema;
mod scoped;

use std::sync::LazyLock;

use sea_orm::DatabaseConnection;
use sea_orm::prelude::*;
use sea_orm_soft_delete::schema::RowLevelSecurity;
use sea_orm_soft_delete::{Scopable, Scope, SoftDeleteError};

use super::entities::{Scoped, Tenant, line, project, projects, task};
use crate::harness::TestDb;

const CLIENT: &str = "soft_delete_tests_client";

/// A scope that gives its values to the policies.
fn scope() -> &'static Scope {
    static SCOPE: LazyLock<Scope> = LazyLock::new(|| Scope::builder().row_level_security().build());
    &SCOPE
}

/// The tables of `projects` with policies, and a pool of a role that is held to them.
async fn walled(db: &TestDb, connections: u32) -> Result<DatabaseConnection, SoftDeleteError> {
    let _ = projects(db).await?;
    create_policies(db).await?;
    let client = db.connect_as(CLIENT, connections).await;
    grant(db, CLIENT).await?;
    Ok(client)
}

async fn create_policies(db: &TestDb) -> Result<(), SoftDeleteError> {
    RowLevelSecurity::of::<project::Entity>()
        .create(&**db)
        .await?;
    RowLevelSecurity::of::<task::Entity>().create(&**db).await?;
    RowLevelSecurity::of::<line::Entity>().create(&**db).await
}

async fn grant(db: &TestDb, role: &str) -> Result<(), DbErr> {
    let grant = format!(
        "DO $$ BEGIN EXECUTE 'GRANT USAGE ON SCHEMA ' || current_schema() || ' TO {role}'; \
         EXECUTE 'GRANT ALL ON ALL TABLES IN SCHEMA ' || current_schema() || ' TO {role}'; \
         EXECUTE 'GRANT ALL ON ALL SEQUENCES IN SCHEMA ' || current_schema() || ' TO {role}'; END $$"
    );
    db.execute_unprepared(&grant).await?;
    Ok(())
}

fn within(client: &DatabaseConnection, tenant: i64) -> Scoped {
    client.scoped_with(scope()).within(Tenant, tenant)
}

/// The setting that the policies read, as this connection sees it.
async fn setting<C: ConnectionTrait>(db: &C) -> Result<String, DbErr> {
    let sql = "SELECT COALESCE(current_setting('soft_delete_scope.tenant', true), '') AS setting";
    let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?.unwrap();
    row.try_get("", "setting")
}

/// The numbers of live projects, live tasks and lines that a plain connection reads.
async fn plain_counts<C: ConnectionTrait>(db: &C) -> Result<[u64; 3], DbErr> {
    Ok([
        project::Entity::find().count(db).await?,
        task::Entity::find().count(db).await?,
        line::Entity::find().count(db).await?,
    ])
}
