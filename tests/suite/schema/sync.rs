//! SeaORM's schema builder and schema sync together with the helpers.

use sea_orm::Schema;
use sea_orm::prelude::*;
use sea_orm_soft_delete::doctor::Doctor;
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::{new_user, user};
use crate::harness::{Server, TestDb, TestResult, on_every_database};

async fn sync(db: &TestDb) -> Result<(), DbErr> {
    let schema = Schema::new(db.get_database_backend());
    schema.builder().register(user::Entity).sync(&**db).await
}

async fn prepare(db: &TestDb) -> TestResult {
    SoftDeleteSchema::of::<user::Entity>().apply(&**db).await
}

/// Whether another user can take the values of a trashed user.
async fn is_converted(db: &TestDb) -> Result<bool, DbErr> {
    new_user("ada", Some(1), "ada")
        .insert(&**db)
        .await?
        .delete(&**db)
        .await?;
    let again = new_user("ada", Some(1), "ada").insert(&**db).await;
    user::Entity::force_delete_many().exec(&**db).await?;
    Ok(again.is_ok())
}

on_every_database! {
    async fn apply_prepares_a_table_that_the_builder_made(db: &TestDb) {
        let schema = Schema::new(db.get_database_backend());
        schema.builder().register(user::Entity).apply(&**db).await?;
        assert!(!is_converted(db).await?);
        prepare(db).await?;
        assert!(is_converted(db).await?);
        prepare(db).await?;
        assert!(is_converted(db).await?);
        let diagnosis = Doctor::new().of(user::Entity).examine(&**db).await?;
        assert_eq!(diagnosis.findings(), [], "{diagnosis}");
    }

    async fn sync_and_the_helpers_can_take_turns(db: &TestDb) {
        sync(db).await?;
        prepare(db).await?;
        assert!(is_converted(db).await?);
        sync(db).await?;
        // The sync compares indexes by their columns. On MySQL and MariaDB, the helper's index has one
        // column more than the entity declares, so the sync drops it and creates the plain index again.
        assert_eq!(is_converted(db).await?, !db.server().speaks_mysql());
        prepare(db).await?;
        assert!(is_converted(db).await?);
    }
}

on_every_database! {
    async fn sync_drops_a_key_that_the_entity_does_not_declare(db: &TestDb) {
        sync(db).await?;
        prepare(db).await?;
        let nick = SoftDeleteSchema::of::<user::Entity>().unique_among_live(["nick"]);
        nick.create(&**db).await?;
        let synced = sync(db).await;
        // On PostgreSQL, the sync mistakes the index for a constraint, and fails.
        assert_eq!(synced.is_err(), db.server() == Server::Postgres);
        new_user("ada", Some(1), "ada").insert(&**db).await?;
        let twin = new_user("bob", Some(2), "ada").insert(&**db).await;
        assert_eq!(twin.is_ok(), db.server() != Server::Postgres);
    }
}
