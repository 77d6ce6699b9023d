//! Verbs whose filter already binds as many values as the database allows.

use sea_orm::DbBackend;
use sea_orm::prelude::*;

use crate::entities::{note, one_trashed_one_live, row};
use crate::families::notebooks::{folder, live, notebook, two_notebooks};
use crate::harness::on_every_database;

/// Row keys, as many as the database allows to bind.
fn keys(backend: DbBackend) -> std::ops::RangeInclusive<i32> {
    match backend {
        DbBackend::Sqlite => 1..=32_766,
        _ => 1..=65_535,
    }
}

on_every_database! {
    async fn a_verb_at_the_bind_limit_still_writes_its_stamps(db: &TestDb) {
        one_trashed_one_live(db).await;
        let among = || note::Column::Id.is_in(keys(db.get_database_backend()));
        let deleted = note::Entity::delete_many().filter(among()).exec(&**db).await?;
        assert_eq!(deleted.rows_affected, 1);
        assert!(row(db, 2).await.unwrap().deleted_at.is_some());
        let restored = note::Entity::restore_many().filter(among()).exec(&**db).await?;
        assert_eq!(restored.rows_affected, 2);
        let removed = note::Entity::force_delete_many().filter(among()).exec(&**db).await?;
        assert_eq!(removed.rows_affected, 2);
    }

    async fn a_verb_of_a_family_at_the_bind_limit_still_adds_its_conditions(db: &TestDb) {
        two_notebooks(db).await;
        // A restore does not bring back the index entries, because the delete removed them.
        let live = async || live(db).await[..5].to_vec();
        let before = live().await;
        let among = || notebook::Column::Id.is_in(keys(db.get_database_backend()));
        notebook::Entity::delete_many().filter(among()).exec(&**db).await?;
        assert_eq!(folder::Entity::find().count(&**db).await?, 0);
        notebook::Entity::restore_many().filter(among()).exec(&**db).await?;
        assert_eq!(live().await, before);
    }
}
