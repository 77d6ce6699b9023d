//! Code that is generic in the entity.

use sea_orm::prelude::*;
use sea_orm::{IntoActiveModel, PrimaryKeyTrait};
use sea_orm_soft_delete::{
    ConnectionFor, SoftDelete, SoftDeleteActiveModel, SoftDeleteError, SoftDeleteModel,
};

use crate::entities::{note, one_trashed_one_live, row};
use crate::harness::on_every_database;

type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// The counts of live, trashed and all rows.
async fn census<E>(db: &DatabaseConnection) -> Result<(u64, u64, u64), DbErr>
where
    E: SoftDelete,
    E::Model: Sync,
{
    Ok((
        <E as SoftDelete>::find().count(db).await?,
        E::only_trashed().count(db).await?,
        E::with_trashed().count(db).await?,
    ))
}

async fn round_trip<E>(db: &DatabaseConnection, key: KeyOf<E>) -> Result<(), SoftDeleteError>
where
    E: SoftDelete,
    KeyOf<E>: Clone,
    E::Model: Sync,
    DatabaseConnection: ConnectionFor<E>,
{
    let deleted = <E as SoftDelete>::delete_by_id(key.clone())
        .exec(db)
        .await?;
    assert_eq!(deleted.rows_affected, 1);
    let found = <E as SoftDelete>::find_by_id(key.clone()).one(db).await?;
    assert!(found.is_none());

    let model = E::restore_by_id(key.clone()).exec(db).await?;
    assert!(!SoftDeleteModel::is_trashed(&model));
    SoftDeleteModel::delete(model, db).await?;

    assert!(E::with_trashed_by_id(key.clone()).one(db).await?.is_some());
    assert!(E::only_trashed_by_id(key.clone()).one(db).await?.is_some());
    let trashed = E::only_trashed()
        .all(db)
        .await?
        .pop()
        .expect("it is trashed");
    assert!(SoftDeleteModel::is_trashed(&trashed));
    let restored = SoftDeleteModel::restore(trashed, db).await?;
    let active = restored.into_active_model();
    assert!(!SoftDeleteActiveModel::is_trashed(&active));
    SoftDeleteActiveModel::delete(active, db).await?;
    E::restore_many().exec(db).await?;
    <E as SoftDelete>::delete_many().exec(db).await?;
    E::force_delete_many().only_trashed().exec(db).await?;
    Ok(())
}

on_every_database! {
    async fn the_verbs_are_there_for_any_soft_deletable_entity(db: &TestDb) {
        one_trashed_one_live(db).await;
        assert_eq!(census::<note::Entity>(db).await?, (1, 1, 2));
        note::Entity::force_delete_by_id(1).exec(&**db).await?;
        round_trip::<note::Entity>(db, 2).await?;
        assert_eq!(row(db, 2).await, None);
    }
}
