//! The schema helpers, which create and drop columns, indexes, triggers and views on tables with rows.

mod columns;
mod convert;
mod exact;
mod hostile;
mod indexes;
mod instants;
mod migrations;
mod odd;
mod printed;
mod sync;
mod triggers;
mod unique;
mod views;

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sea_orm_soft_delete::SoftDeleteError;

use crate::harness::TestDb;

/// A user whose e-mail is unique among live users.
pub(crate) mod user {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "schema_user")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub email: String,
        #[sea_orm(unique_key = "in_team")]
        pub team: Option<i32>,
        #[sea_orm(unique_key = "in_team")]
        pub nick: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(deleted_by)]
        pub deleted_by: Option<i32>,
        #[soft_delete(reason)]
        pub reason: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// A new user.
pub(crate) fn new_user(email: &str, team: Option<i32>, nick: &str) -> user::ActiveModel {
    use sea_orm::ActiveValue::Set;

    user::ActiveModel {
        email: Set(email.into()),
        team: Set(team),
        nick: Set(nick.into()),
        ..Default::default()
    }
}

pub(crate) async fn run(db: &TestDb, statements: &[String]) {
    for statement in statements {
        let done = db.execute_unprepared(statement).await;
        done.unwrap_or_else(|error| panic!("{error}\nin {statement}"));
    }
}

/// The number that a query returns.
pub(crate) async fn number(db: &impl ConnectionTrait, sql: &str) -> Result<i64, SoftDeleteError> {
    let query = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(query).await?.expect("a row");
    Ok(row.try_get_by_index(0)?)
}

/// The plan of a query.
pub(crate) async fn plan(db: &impl ConnectionTrait, sql: &str) -> Result<String, SoftDeleteError> {
    let backend = db.get_database_backend();
    let explain = match backend {
        DbBackend::Sqlite => "EXPLAIN QUERY PLAN",
        DbBackend::Postgres => "EXPLAIN",
        // MySQL 9 prints a tree by default.
        _ => "EXPLAIN FORMAT=TRADITIONAL",
    };
    let query = Statement::from_string(backend, format!("{explain} {sql}"));
    let mut lines = Vec::new();
    for row in db.query_all_raw(query).await? {
        let line: String = match backend {
            DbBackend::Sqlite => row.try_get("", "detail")?,
            DbBackend::Postgres => row.try_get_by_index(0)?,
            _ => row
                .try_get::<Option<String>>("", "key")?
                .unwrap_or_default(),
        };
        lines.push(line);
    }
    Ok(lines.join("\n"))
}
