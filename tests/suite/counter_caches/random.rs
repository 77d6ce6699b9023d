//! Random sequences of verbs, after which every count is right.

use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, Set, TransactionTrait};
use sea_orm_soft_delete::{Archive, Counters, Operation, Purge, Scopable, SoftDeleteError};

use super::entities::*;
use crate::harness::{TestDb, on_every_database};

const SEEDS: u64 = 4;
const STEPS: usize = 60;

/// One verb, which may be refused.
async fn step(random: &mut fastrand::Rng, db: &TestDb) -> Result<String, SoftDeleteError> {
    let (id, other) = (random.i32(1..=9), random.i32(1..=4));
    let list = || Operation::list().in_family_of(folder::Entity);
    let what = random.u8(0..17);
    match what {
        0 | 1 => {
            note::Entity::delete_by_id(id).exec(&**db).await?;
        }
        2 => {
            folder::Entity::delete_by_id(other).exec(&**db).await?;
        }
        3 => {
            let some = note::Entity::delete_many().filter(note::Column::Id.gt(id));
            some.exec(&**db).await?;
        }
        4 => {
            note::Entity::restore_by_id(id)
                .with_ancestors()
                .exec(&**db)
                .await?;
        }
        5 => {
            folder::Entity::restore_by_id(other).exec(&**db).await?;
        }
        6 | 7 => {
            let operations = list().all(&**db).await?;
            if !operations.is_empty() {
                let operation = &operations[random.usize(..operations.len())];
                operation.restore_with_ancestors(&**db).await?;
            }
        }
        8 => {
            note::Entity::restore_many().exec(&**db).await?;
        }
        9 => {
            note::Entity::force_delete_by_id(id).exec(&**db).await?;
        }
        10 => {
            folder::Entity::force_delete_by_id(other)
                .exec(&**db)
                .await?;
        }
        11 => {
            let purge = Purge::of_all()
                .in_family_of(folder::Entity)
                .older_than(Duration::ZERO);
            let rows = random.u64(1..4);
            purge
                .rows_per_transaction(2)
                .at_most_rows(rows)
                .run(&**db)
                .await?;
        }
        12 => {
            let archive = Archive::of::<folder::Entity>().rows_per_transaction(random.u64(1..4));
            archive.at_most_rows(random.u64(1..8)).run(&**db).await?;
        }
        13 => {
            let delete = format!("DELETE FROM counter_folder WHERE id > {other}");
            db.scoped().execute_unprepared(&delete).await?;
        }
        14 => {
            let operations = list().all(&**db).await?;
            if !operations.is_empty() {
                let operation = &operations[random.usize(..operations.len())];
                operation.force_delete(&**db).await?;
            }
        }
        15 => {
            let folder = folder::ActiveModel {
                id: Set(other),
                parent_id: Set((other > 1).then_some(1)),
                ..Default::default()
            };
            insert(folder, db).await?;
        }
        _ => {
            let note = note::ActiveModel {
                id: Set(id),
                folder_id: Set(Some(other)),
                author_id: Set(Some(id % 2 + 1)),
                title: Set("new".into()),
                ..Default::default()
            };
            insert(note, db).await?;
        }
    }
    Ok(format!("{what} of {id} and {other}"))
}

/// Inserts the row and counts it, unless it is there.
async fn insert<A>(row: A, db: &TestDb) -> Result<(), SoftDeleteError>
where
    A: ActiveModelTrait + ActiveModelBehavior + Send,
    A::Entity: sea_orm_soft_delete::SoftDeleteEntity,
    <A::Entity as EntityTrait>::Model: sea_orm::IntoActiveModel<A>,
{
    let txn = db.begin().await?;
    let row = ActiveModelTrait::insert(row, &txn).await?;
    Counters::add(&row, &txn).await?;
    txn.commit().await?;
    Ok(())
}

on_every_database! {
    async fn a_random_sequence_of_verbs_leaves_right_counts(db: &TestDb) {
        desk(db).await?;
        let mut done = 0;
        for seed in 0..SEEDS {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut told = Vec::new();
            for _ in 0..STEPS {
                match step(&mut random, db).await {
                    Ok(what) => {
                        done += 1;
                        told.push(what);
                    }
                    // A parent is trashed, a foreign key holds the row, or the key is taken.
                    Err(refused) => told.push(format!("refused: {refused}")),
                }
                let last = told.last().unwrap();
                right_as(db, &format!("after step {} of seed {seed}: {last}", told.len())).await;
            }
        }
        assert!(done > 100, "{done}");
        for wrong in [
            Counters::of::<note::Entity>().recount(&**db).await?,
            Counters::of::<folder::Entity>().recount(&**db).await?,
        ] {
            assert!(wrong.is_empty(), "{wrong}");
        }
    }
}
