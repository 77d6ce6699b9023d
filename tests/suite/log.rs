//! The log of deletions: each deed on a logged entity is recorded, in the transaction of the deed.

use std::collections::BTreeMap;
use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{ConnectionTrait, QueryOrder, TransactionTrait};
use sea_orm_soft_delete::deletion_log::{self, Batch, Verb};
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor, FindingCode};
use sea_orm_soft_delete::{Attribution, Operation, Purge, Scopable, SoftDeleteError};

use crate::families::rows::{refusal, run};
use crate::harness::{TestDb, on_every_database, on_every_server};

/// A tree, whose deletes cascade to sheets.
mod drawer {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "log_drawer")]
    #[soft_delete(
        log,
        cascade(Entity on Relation::Parent, super::sheet::Entity on super::sheet::Relation::Drawer)
    )]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub parent_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod sheet {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "log_sheet")]
    #[soft_delete(log)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub drawer_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::drawer::Entity",
            from = "Column::DrawerId",
            to = "super::drawer::Column::Id"
        )]
        Drawer,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// An entity without a family, whose key has two columns.
mod label {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "log_label")]
    #[soft_delete(log)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A logged entity, whose deletes cascade to one that is not.
mod half {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "log_half")]
    #[soft_delete(log, cascade(super::unlogged::Entity on super::unlogged::Relation::Half))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod unlogged {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "log_unlogged")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub half_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::half::Entity",
            from = "Column::HalfId",
            to = "super::half::Column::Id"
        )]
        Half,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Drawer 2 is in drawer 1, and 3 stands by itself; each has two sheets. There are four labels.
async fn cabinet(db: &TestDb) -> Result<(), DbErr> {
    db.create_table(drawer::Entity).await;
    db.create_table(sheet::Entity).await;
    db.create_table(label::Entity).await;
    deletion_log::create_table(&**db).await?;
    deletion_log::create_table(&**db).await?; // It exists.
    run(
        db,
        &[
            "INSERT INTO log_drawer (id, parent_id) VALUES (1, NULL), (2, 1), (3, NULL)",
            "INSERT INTO log_sheet (id, drawer_id) VALUES (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)",
            "INSERT INTO log_label (id, name) VALUES (1, 'a'), (1, 'b'), (2, 'a'), (3, 'c')",
        ],
    )
    .await;
    Ok(())
}

/// The log without instants and ids, oldest first.
async fn told<C: ConnectionTrait>(db: &C) -> Result<Vec<String>, DbErr> {
    let deeds = deletion_log::Entity::find().order_by_asc(deletion_log::Column::Id);
    let deeds = deeds.all(db).await?.into_iter();
    Ok(deeds
        .map(|deed| {
            let key = deed.root_key.as_deref().unwrap_or("-");
            let has_operation = if deed.operation().is_some() {
                ""
            } else {
                " of no operation"
            };
            let deed = deed.to_string();
            let (_, deed) = deed.split_once(' ').unwrap_or_default();
            format!("{deed} [{key}]{has_operation}")
        })
        .collect())
}

async fn forget<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    deletion_log::Entity::delete_many().exec(db).await?;
    Ok(())
}

fn purge() -> Purge {
    let purge = Purge::of_all().in_family_of(drawer::Entity);
    purge.in_family_of(label::Entity).older_than(Duration::ZERO)
}

on_every_database! {
    async fn each_verb_is_recorded_by_operation_and_entity(db: &TestDb) {
        cabinet(db).await?;
        drawer::Entity::delete_by_id(1).by(7).because("moved out").exec(&**db).await?;
        assert_eq!(told(&**db).await?, [
            "delete of 2 `log_drawer` by 7: moved out [1]",
            "delete of 4 `log_sheet` by 7: moved out [-]",
        ]);
        let operation = Operation::list().in_family_of(drawer::Entity).all(&**db).await?.remove(0);
        forget(&**db).await?;
        let admin = Attribution::by("admin").because("a mistake");
        admin.scope(operation.restore(&**db)).await?;
        assert_eq!(told(&**db).await?, [
            "restore of 2 `log_drawer` by admin: a mistake [-]",
            "restore of 4 `log_sheet` by admin: a mistake [-]",
        ]);
        forget(&**db).await?;
        label::Entity::delete_many().filter(label::Column::Id.eq(1)).exec(&**db).await?;
        label::Entity::restore_by_id((1, "b".to_owned())).exec(&**db).await?;
        label::Entity::force_delete_by_id((3, "c".to_owned())).exec(&**db).await?;
        label::Entity::force_delete_by_id((1, "a".to_owned())).exec(&**db).await?;
        label::Entity::delete_by_id((2, "a".to_owned())).exec(&**db).await?;
        purge().run(&**db).await?;
        assert_eq!(told(&**db).await?, [
            "delete of 2 `log_label` [1,a]",
            "restore of 1 `log_label` [-]",
            "force delete of 1 `log_label` [3,c] of no operation",
            "force delete of 1 `log_label` [1,a]",
            "delete of 1 `log_label` [2,a]",
            "purge of 1 `log_label` [-]",
        ]);
        forget(&**db).await?;
        drawer::Entity::delete_by_id(2).exec(&**db).await?;
        drawer::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(told(&**db).await?[2..], [
            "force delete of 1 `log_drawer` [1]",
            "force delete of 2 `log_sheet` [-]",
            "force delete of 2 `log_sheet` [-] of no operation",
            "force delete of 1 `log_drawer` [-] of no operation",
        ]);
    }

    async fn a_delete_in_raw_sql_is_recorded(db: &TestDb) {
        cabinet(db).await?;
        let scoped = db.scoped();
        scoped.execute_unprepared("DELETE FROM log_drawer WHERE id = 3").await?;
        let by = Attribution::by(7).because("clean-up");
        by.scope(scoped.execute_unprepared("DELETE FROM log_label WHERE id = 1")).await?;
        <label::Entity as EntityTrait>::delete_many().exec(&scoped).await?;
        assert_eq!(told(&**db).await?, [
            "delete of 1 `log_drawer` [3]",
            "delete of 2 `log_sheet` [-]",
            "delete of 2 `log_label` by 7: clean-up [1,a]",
            "delete of 2 `log_label` [2,a]",
        ]);
    }

    async fn the_history_of_an_operation_outlives_its_rows(db: &TestDb) {
        cabinet(db).await?;
        drawer::Entity::delete_by_id(3).exec(&**db).await?;
        let operation = Operation::list().in_family_of(drawer::Entity).all(&**db).await?.remove(0);
        sheet::Entity::force_delete_by_id(5).exec(&**db).await?;
        let report = purge().rows_per_transaction(1).run(&**db).await?;
        assert_eq!(report.rows(), 2);
        let history = Operation::history(operation.id(), &**db).await?;
        let verbs: Vec<(Verb, &str, i64)> =
            history.iter().map(|deed| (deed.verb, deed.entity.as_str(), deed.count)).collect();
        assert_eq!(verbs, [
            (Verb::Delete, "log_drawer", 1),
            (Verb::Delete, "log_sheet", 2),
            (Verb::ForceDelete, "log_sheet", 1),
            (Verb::Purge, "log_sheet", 1),
            (Verb::Purge, "log_drawer", 1),
        ]);
        assert!(history.iter().all(|deed| deed.operation() == Some(operation.id())));
        assert_eq!(history[0].instant(), Some(operation.at()));
    }

    async fn a_deed_and_its_record_are_written_together(db: &TestDb) {
        cabinet(db).await?;
        let txn = db.begin().await?;
        drawer::Entity::delete_by_id(1).exec(&txn).await?;
        assert_eq!(told(&txn).await?.len(), 2);
        txn.rollback().await?;
        assert!(told(&**db).await?.is_empty());

        run(db, &["DROP TABLE deletion_log"]).await;
        let refused = refusal(label::Entity::delete_many().exec(&**db).await);
        assert!(matches!(refused, SoftDeleteError::NotRecorded { .. }), "{refused}");
        assert!(refused.to_string().contains("create the table with `deletion_log::create_table`"));
        let raw = db.scoped().execute_unprepared("DELETE FROM log_label").await;
        assert!(matches!(refusal(raw), SoftDeleteError::NotRecorded { .. }));
        assert_eq!(label::Entity::find().count(&**db).await?, 4);
    }

    async fn a_batch_is_taken_once_it_is_done(db: &TestDb) {
        cabinet(db).await?;
        label::Entity::delete_by_id((3, "c".to_owned())).exec(&**db).await?;
        drawer::Entity::delete_by_id(1).exec(&**db).await?;
        let entities = |batch: &Batch<_>| {
            let deeds = batch.deeds().iter();
            deeds.map(|deed| deed.entity.clone()).collect::<Vec<_>>()
        };
        let batch = Batch::take(2, &**db).await?.unwrap();
        assert_eq!(entities(&batch), ["log_label", "log_drawer"]);
        batch.give_back().await?; // The consumer fails.
        let batch = Batch::take(2, &**db).await?.unwrap();
        assert_eq!(entities(&batch), ["log_label", "log_drawer"]);
        batch.done().await?;
        let batch = Batch::take(2, &**db).await?.unwrap();
        assert_eq!(entities(&batch), ["log_sheet"]);
        batch.done().await?;
        assert!(Batch::take(2, &**db).await?.is_none());
        assert_eq!(told(&**db).await?.len(), 3);
    }

    /// By any sequence of verbs, what the log says of an operation adds up to the rows that it still has.
    async fn the_log_adds_up(db: &TestDb) {
        cabinet(db).await?;
        let mut random = 0x9E37_79B9_7F4A_7C15_u64 ^ db.server() as u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) % below
        };
        for step in 0..60 {
            let id = i32::try_from(1 + next(3)).unwrap();
            let verb = next(11);
            let done: Result<(), SoftDeleteError> = async {
                match verb {
                    0 | 1 => { drawer::Entity::delete_by_id(id).exec(&**db).await?; }
                    2 | 3 => { sheet::Entity::delete_by_id(id + 2).exec(&**db).await?; }
                    4 => { drawer::Entity::restore_by_id(id).with_ancestors().exec(&**db).await?; }
                    5 => { sheet::Entity::restore_many().exec(&**db).await?; }
                    6 => { label::Entity::restore_many().exec(&**db).await?; }
                    7 => {
                        let sql = format!("DELETE FROM log_label WHERE id = {id}");
                        db.scoped().execute_unprepared(&sql).await?;
                    }
                    8 => {
                        let all = Operation::list().in_family_of(drawer::Entity).all(&**db).await?;
                        if let Some(operation) = all.last() {
                            operation.restore_with_ancestors(&**db).await?;
                        }
                    }
                    9 => { sheet::Entity::force_delete_by_id(id).only_trashed().exec(&**db).await?; }
                    _ => { purge().at_most_rows(2).run(&**db).await?; }
                }
                Ok(())
            }
            .await;
            let told = told(&**db).await?.join("\n");
            let trashed = trashed(db).await?;
            assert_eq!(sums(db).await?, trashed, "step {step}, verb {verb} of {id}: {done:?}\n{told}");
            // What was removed comes again.
            for id in 1..=3 {
                let values = [
                    ("log_drawer (id)", format!("{id}"), drawer_is_there(id, db).await?),
                    ("log_sheet (id, drawer_id)", format!("{0}, {0}", id), sheet_is_there(id, db).await?),
                ];
                for (table, values, is_there) in values {
                    if !is_there {
                        run(db, &[&format!("INSERT INTO {table} VALUES ({values})")]).await;
                    }
                }
            }
        }
    }
}

async fn drawer_is_there(id: i32, db: &TestDb) -> Result<bool, DbErr> {
    let rows = drawer::Entity::with_trashed().filter(drawer::Column::Id.eq(id));
    Ok(rows.count(&**db).await? > 0)
}

async fn sheet_is_there(id: i32, db: &TestDb) -> Result<bool, DbErr> {
    let rows = sheet::Entity::with_trashed().filter(sheet::Column::Id.eq(id));
    Ok(rows.count(&**db).await? > 0)
}

/// How many trashed rows each operation has, by its id and the entity.
async fn trashed(db: &TestDb) -> Result<BTreeMap<(String, String), i64>, SoftDeleteError> {
    let list = Operation::list()
        .in_family_of(drawer::Entity)
        .in_family_of(label::Entity);
    let mut rows = BTreeMap::new();
    for operation in list.limit(1_000).all(&**db).await? {
        for member in operation.members() {
            let key = (operation.id().to_string(), member.entity.clone());
            rows.insert(key, i64::try_from(member.count).unwrap());
        }
    }
    Ok(rows)
}

/// The same, by the log: what was deleted, without what was restored and removed.
async fn sums(db: &TestDb) -> Result<BTreeMap<(String, String), i64>, DbErr> {
    let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
    for deed in deletion_log::Entity::find().all(&**db).await? {
        let Some(operation) = deed.operation else {
            continue;
        };
        let sum = sums.entry((operation, deed.entity)).or_default();
        *sum += match deed.verb {
            Verb::Delete => deed.count,
            _ => -deed.count,
        };
    }
    sums.retain(|_, sum| *sum != 0);
    Ok(sums)
}

on_every_server! {
    async fn two_consumers_take_different_deeds(db: &TestDb) {
        cabinet(db).await?;
        for id in 1..=3 {
            label::Entity::delete_many().filter(label::Column::Id.eq(id)).exec(&**db).await?;
        }
        let first = Batch::take(2, &**db).await?.unwrap();
        let second = Batch::take(2, &**db).await?.unwrap();
        assert_eq!((first.deeds().len(), second.deeds().len()), (2, 1));
        assert!(Batch::take(2, &**db).await?.is_none());
        first.done().await?;
        second.give_back().await?;
        let rest = Batch::take(9, &**db).await?.unwrap();
        assert_eq!(rest.deeds()[0].root_key.as_deref(), Some("3,c"));
        rest.done().await?;
    }
}

fn found(diagnosis: &Diagnosis) -> Vec<(FindingCode, &str)> {
    let findings = diagnosis.findings().iter();
    let findings = findings.map(|finding| (finding.code, finding.entity.as_str()));
    let of_log = |code| matches!(code, FindingCode::LogMissing | FindingCode::LogPartial);
    findings.filter(|(code, _)| of_log(*code)).collect()
}

on_every_database! {
    async fn the_doctor_finds_a_log_that_is_missing_or_not_whole(db: &TestDb) {
        cabinet(db).await?;
        db.create_table(half::Entity).await;
        db.create_table(unlogged::Entity).await;
        let doctor = Doctor::new().of(label::Entity).of(unlogged::Entity);
        assert_eq!(found(&doctor.examine(&**db).await?), [(FindingCode::LogPartial, "log_unlogged")]);
        run(db, &["DROP TABLE deletion_log"]).await;
        let diagnosis = Doctor::new().of(label::Entity).examine(&**db).await?;
        assert_eq!(found(&diagnosis), [(FindingCode::LogMissing, "log_label")]);
    }
}
