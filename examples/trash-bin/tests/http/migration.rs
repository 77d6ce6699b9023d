//! The migrations create and drop the tables.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::MigratorTrait;
use trash_bin::Migrator;

use crate::service::on_every_database;

on_every_database! {
    async fn every_migration_can_be_reverted_and_applied_again(service: &Service) {
        let garden = service.folder("Garden").await;
        Migrator::down(&service.db, Some(6)).await.unwrap();
        Migrator::up(&service.db, None).await.unwrap();
        assert_eq!(service.get("/folders").await.is(200)[0], garden);
        Migrator::down(&service.db, None).await.unwrap();
        Migrator::up(&service.db, None).await.unwrap();
        assert_eq!(service.get("/folders").await.is(200).as_array().unwrap().len(), 0);
    }

    async fn the_doctor_finds_nothing_in_the_tables(service: &Service) {
        service.folder("Garden").await;
        let diagnosis = trash_bin::examine(&service.db).await.unwrap();
        assert_eq!(diagnosis.findings(), [], "{diagnosis}");

        let undo = match service.db.get_database_backend() {
            DbBackend::MySql => "ALTER TABLE folder ADD UNIQUE plain_name (name)",
            _ => "CREATE UNIQUE INDEX plain_name ON folder (name)",
        };
        service.db.execute_unprepared(undo).await.unwrap();
        let diagnosis = trash_bin::examine(&service.db).await.unwrap();
        assert!(diagnosis.to_string().contains("`plain_name`"), "{diagnosis}");
    }
}
