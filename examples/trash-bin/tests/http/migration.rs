//! The tables can be made and unmade.

use sea_orm_migration::MigratorTrait;
use trash_bin::Migrator;

use crate::service::on_every_database;

on_every_database! {
    async fn every_step_can_be_taken_back_and_again(service: &Service) {
        let garden = service.folder("Garden").await;
        Migrator::down(&service.db, Some(1)).await.unwrap();
        Migrator::up(&service.db, None).await.unwrap();
        assert_eq!(service.get("/folders").await.is(200)[0], garden);
        Migrator::down(&service.db, None).await.unwrap();
        Migrator::up(&service.db, None).await.unwrap();
        assert_eq!(service.get("/folders").await.is(200).as_array().unwrap().len(), 0);
    }
}
