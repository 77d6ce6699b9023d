use crate::entities::note;
use crate::harness::*;
use sea_orm::prelude::*;

on_every_database! {
    async fn smoke(db: &TestDb) {
        db.create_table(note::Entity).await;
        assert_eq!(note::Entity::find().all(&**db).await?, []);
    }
}
