//! Indexes for reads of live rows, for purges, for operations and for parent rows.

use sea_orm::QueryTrait;
use sea_orm::prelude::*;
use sea_orm::{QueryOrder, QuerySelect};
use sea_orm_soft_delete::SoftDeleteError;
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::{plan, run, user};
use crate::harness::{Server, TestDb, on_every_database};

/// Users, of whom 95 in 100 are trashed.
async fn crowd(db: &TestDb) -> Result<SoftDeleteSchema, SoftDeleteError> {
    let users = SoftDeleteSchema::of::<user::Entity>();
    db.create_table(user::Entity).await;
    let at = match db.server() {
        Server::Sqlite => "'2024-01-01T00:00:00+00:00'",
        _ => "'2024-01-01 00:00:00'",
    };
    let series = match db.server() {
        Server::Postgres => "generate_series(1, 4000) AS s (n)".to_owned(),
        _ => "(WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 4000) \
              SELECT n FROM s) AS s"
            .to_owned(),
    };
    let number = match db.server() {
        Server::MariaDb | Server::MySql => "CAST(n AS CHAR)",
        _ => "CAST(n AS TEXT)",
    };
    let cast = if db.server() == Server::Postgres {
        "::timestamptz"
    } else {
        ""
    };
    // MariaDB and MySQL limit recursion to 1,000 levels by default.
    let insert = match db.server() {
        Server::MariaDb => "SET STATEMENT max_recursive_iterations = 5000 FOR INSERT",
        Server::MySql => "INSERT /*+ SET_VAR(cte_max_recursion_depth = 5000) */",
        Server::Sqlite | Server::Postgres => "INSERT",
    };
    run(
        db,
        &[format!(
            "{insert} INTO schema_user (email, team, nick, deleted_at) \
         SELECT {number}, n % 7, {number}, CASE WHEN n % 20 <> 0 THEN {at}{cast} END FROM {series}"
        )],
    )
    .await;
    Ok(users)
}

async fn analyse(db: &TestDb) {
    let analyse = match db.server() {
        Server::MariaDb | Server::MySql => "ANALYZE TABLE schema_user",
        _ => "ANALYZE schema_user",
    };
    run(db, &[analyse.into()]).await;
}

on_every_database! {
    async fn a_live_page_is_read_from_the_index(db: &TestDb) {
        let users = crowd(db).await?;
        let index = users.index_live(["team", "id"]).named("live_team");
        index.create(&**db).await?;
        index.create(&**db).await?;
        analyse(db).await;
        let page = user::Entity::find()
            .filter(user::Column::Team.eq(0))
            .order_by_asc(user::Column::Id)
            .limit(20);
        let sql = page.build(db.get_database_backend()).to_string();
        let plan = plan(&**db, &sql).await?;
        assert!(plan.contains("live_team"), "{plan}");
        assert!(!plan.contains("B-TREE"), "{plan}");
        index.drop(&**db).await?;
        index.drop(&**db).await?;
    }

    async fn old_trash_is_found_by_its_age(db: &TestDb) {
        let users = crowd(db).await?;
        users.index_for_purge()?.named("by_age").create(&**db).await?;
        analyse(db).await;
        let old = "SELECT id FROM schema_user \
                   WHERE deleted_at IS NOT NULL AND deleted_at < '1971-01-01 00:00:00'";
        let plan = plan(&**db, old).await?;
        assert!(plan.contains("by_age"), "{plan}");
    }

    async fn an_operation_is_found_by_its_id(db: &TestDb) {
        let users = crowd(db).await?;
        users.index_operations()?.named("by_operation").create(&**db).await?;
        // The rows of the operation are few, because a planner uses the index only for few rows.
        user::Entity::delete_many().filter(user::Column::Team.eq(0)).exec(&**db).await?;
        analyse(db).await;
        let one = user::Entity::only_trashed()
            .filter(user::Column::OperationId.is_not_null())
            .one(&**db)
            .await?;
        let id = one.and_then(|one| one.operation_id).expect("an operation");
        let of_it = user::Entity::only_trashed().filter(user::Column::OperationId.eq(id));
        let found = of_it.clone().count(&**db).await?;
        assert!(found > 0);
        let plan = plan(&**db, &of_it.build(db.get_database_backend()).to_string()).await?;
        assert!(plan.contains("by_operation"), "{plan}");
    }

    async fn a_schema_without_an_instant_or_an_operation_column_gets_no_index_over_it(db: &TestDb) {
        let flags = SoftDeleteSchema::new("flag", Marker::of::<bool>("deleted"));
        assert_eq!(
            flags.index_for_purge().unwrap_err().to_string(),
            "schema of `flag` not changed: its marker does not hold when a row was trashed; \
             purge by a column that does"
        );
        let error = flags.index_operations().unwrap_err().to_string();
        assert!(error.contains("no column for the id of an operation"), "{error}");
        db.ping().await?;
    }
}
