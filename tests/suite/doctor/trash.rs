//! How long trash stays, and what keeps it.

use sea_orm_soft_delete::Clock;
use sea_orm_soft_delete::doctor::{Diagnosis, Doctor, FindingCode, Severity};
use sea_orm_soft_delete::schema::SoftDeleteSchema;

use super::{mend, nothing, only, run};
use crate::entities::NOON;
use crate::harness::{TestDb, on_every_database};

/// Keeps its trash for ten days. Its rows can be held.
mod crate_ {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_crate")]
    #[soft_delete(
        retain = "10 days",
        cascade(super::bottle::Entity on super::bottle::Relation::Crate)
    )]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[soft_delete(hold)]
        pub is_held: Option<bool>,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Declares no retention, and no hold.
mod bottle {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_bottle")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub crate_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::crate_::Entity",
            from = "Column::CrateId",
            to = "super::crate_::Column::Id"
        )]
        Crate,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

async fn crates(db: &TestDb) {
    db.create_table(crate_::Entity).await;
    db.create_table(bottle::Entity).await;
    for schema in [
        SoftDeleteSchema::of::<crate_::Entity>(),
        SoftDeleteSchema::of::<bottle::Entity>(),
    ] {
        schema.add_columns(&**db).await.unwrap();
        schema
            .index_operations()
            .unwrap()
            .create(&**db)
            .await
            .unwrap();
        for index in schema.index_parents() {
            index.create(&**db).await.unwrap();
        }
    }
}

/// Examines the crates, this many days after noon.
async fn examine(days: i64, db: &TestDb) -> Diagnosis {
    let micros = NOON.unix_micros() + days * 86_400_000_000;
    let clock = Clock::fixed(sea_orm_soft_delete::Timestamp::from_unix_micros(micros).unwrap());
    let doctor = Doctor::new().of(crate_::Entity);
    clock.scope(doctor.examine(&**db)).await.unwrap()
}

on_every_database! {
    async fn trash_that_is_kept_longer_than_its_retention(db: &TestDb) {
        crates(db).await;
        run(db, ["INSERT INTO doctor_crate (id, is_held) VALUES (1, FALSE), (2, TRUE)"]).await;
        Clock::fixed(NOON).scope(crate_::Entity::delete_by_id(2).exec(&**db)).await?;
        nothing(&examine(20, db).await);
        Clock::fixed(NOON).scope(crate_::Entity::delete_by_id(1).exec(&**db)).await?;
        nothing(&examine(10, db).await);
        let late = examine(12, db).await;
        let words = ["keeps its trash for 10 days", "more than a day longer"];
        only(&late, Severity::Warning, FindingCode::PurgeBehind, "doctor_crate", &words);
    }

    async fn a_retention_without_an_index_for_the_purge(db: &TestDb) {
        crates(db).await;
        let index = match db.get_database_backend() {
            sea_orm::DbBackend::MySql => "DROP INDEX doctor_crate_operation_id_idx ON doctor_crate",
            _ => "DROP INDEX doctor_crate_operation_id_idx",
        };
        run(db, [index]).await;
        let diagnosis = examine(0, db).await;
        let words = ["`operation_id`"];
        let code = FindingCode::PurgeUnindexed;
        let finding = only(&diagnosis, Severity::Warning, code, "doctor_crate", &words);
        mend(db, &finding).await;
        nothing(&examine(0, db).await);
    }

    async fn an_entity_beside_others_without_a_retention_or_a_hold(db: &TestDb) {
        crates(db).await;
        let doctor = Doctor::new().of(crate_::Entity).of(bottle::Entity);
        let diagnosis = doctor.examine(&**db).await?;
        let codes: Vec<_> = diagnosis.findings().iter().map(|it| (it.code, it.severity)).collect();
        assert_eq!(codes, [
            (FindingCode::RetentionUndeclared, Severity::Note),
            (FindingCode::HoldMissing, Severity::Note),
        ]);
        for finding in diagnosis.findings() {
            assert_eq!(finding.entity, "doctor_bottle");
        }
        assert!(diagnosis.to_string().contains("rows of `doctor_crate`"), "{diagnosis}");
    }
}
