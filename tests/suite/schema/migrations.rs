//! The helpers in migrations of sea-orm-migration: up, down and up again, on a table with rows.

use sea_orm::prelude::*;
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{integer_null, pk_auto, string};
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::{LiveIndex, SoftDeleteSchema, UniqueAmongLive};

use super::{new_user, number, user};
use crate::harness::on_every_database;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Users), Box::new(SoftDeletes)]
    }
}

struct Users;

impl MigrationName for Users {
    fn name(&self) -> &str {
        "m1_users"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for Users {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::create()
            .table("schema_user")
            .col(pk_auto("id"))
            .col(string("email").unique_key())
            .col(integer_null("team"))
            .col(string("nick"))
            .to_owned();
        manager.create_table(users).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let users = Table::drop().table("schema_user").to_owned();
        manager.drop_table(users).await
    }
}

/// A migration that names the columns itself instead of the entity, so that later changes of the entity do
/// not change it.
struct SoftDeletes;

impl SoftDeletes {
    fn users() -> SoftDeleteSchema {
        SoftDeleteSchema::new(
            "schema_user",
            Marker::of::<Option<DateTimeUtc>>("deleted_at"),
        )
        .with_operation::<Option<Uuid>>("operation_id")
        .with_deleted_by::<Option<i32>>("deleted_by")
        .with_reason("reason")
    }

    fn keys() -> [UniqueAmongLive; 2] {
        [
            Self::users().unique_among_live(["email"]),
            Self::users().unique_among_live(["team", "nick"]),
        ]
    }

    fn indexes() -> Result<[LiveIndex; 3], DbErr> {
        Ok([
            Self::users().index_live(["nick"]),
            Self::users().index_for_purge()?,
            Self::users().index_operations()?,
        ])
    }
}

impl MigrationName for SoftDeletes {
    fn name(&self) -> &str {
        "m2_soft_deletes"
    }
}

#[allow(elided_lifetimes_in_paths)]
#[async_trait::async_trait]
impl MigrationTrait for SoftDeletes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        Self::users().add_columns(db).await?;
        for key in Self::keys() {
            key.convert(db).await?;
        }
        for index in Self::indexes()? {
            index.create(db).await?;
        }
        Self::users().live_view("live_user").create(db).await?;
        Self::users().refuse_physical_deletes().create(db).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        Self::users().refuse_physical_deletes().drop(db).await?;
        Self::users().live_view("live_user").drop(db).await?;
        for index in Self::indexes()? {
            index.drop(db).await?;
        }
        let [email, nick] = Self::keys();
        nick.drop(db).await?;
        email.revert(db).await?;
        Self::users().drop_columns(db).await?;
        Ok(())
    }
}

on_every_database! {
    async fn up_down_and_up_with_rows(db: &TestDb) {
        Migrator::up(&**db, Some(1)).await?;
        let insert = "INSERT INTO schema_user (email, nick) VALUES ('bob', 'bob')";
        db.execute_unprepared(insert).await?;
        assert!(db.execute_unprepared(insert).await.is_err());

        for _ in 0..2 {
            Migrator::up(&**db, None).await?;
            let bob = user::Entity::find().one(&**db).await?.expect("bob is live");
            let ada = new_user("ada", Some(1), "ada").insert(&**db).await?;
            ada.clone().delete(&**db).await?;
            new_user("ada", Some(1), "ada").insert(&**db).await?.delete(&**db).await?;
            assert!(new_user("bob", None, "other").insert(&**db).await.is_err());
            assert_eq!(number(&**db, "SELECT COUNT(*) FROM live_user").await?, 1);
            assert!(bob.force_delete(&**db).await.is_err());

            let refused = Migrator::down(&**db, Some(1)).await.unwrap_err();
            let says = refused.to_string();
            assert!(says.contains("live and trashed rows have the same values: 'ada'"), "{says}");
            Migrator::up(&**db, None).await?;
            Migrator::status(&**db).await?;

            // The failed `down` leaves a part undone, and the next `down` continues after the trash is
            // emptied.
            SoftDeletes::users().refuse_physical_deletes().drop(&**db).await?;
            user::Entity::force_delete_many().only_trashed().exec(&**db).await?;
            Migrator::down(&**db, Some(1)).await?;
            let columns = "SELECT COUNT(*) FROM schema_user WHERE deleted_at IS NULL";
            assert!(number(&**db, columns).await.is_err(), "the columns are gone");
            assert!(db.execute_unprepared(insert).await.is_err(), "the plain key is back");
        }
        Migrator::down(&**db, None).await?;
    }
}
