//! Declarations of entities that contradict each other or the database.

use sea_orm_soft_delete::doctor::{Doctor, FindingCode, Severity};

use super::cabinet::{examine, mirror, mirrored};
use super::{is, only, run, the};
use crate::harness::on_every_database;

/// Declares two policies for one relation.
pub(crate) mod twice {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_twice")]
    #[soft_delete(cascade(super::thing::Entity), restrict(super::thing::Entity on super::thing::Relation::Twice.def()))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::thing::Entity")]
        Thing,
    }

    impl Related<super::thing::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Thing.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod thing {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_thing")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub twice_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::twice::Entity",
            from = "Column::TwiceId",
            to = "super::twice::Column::Id"
        )]
        Twice,
    }

    impl Related<super::twice::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Twice.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

on_every_database! {
    async fn a_relation_that_is_misdeclared(db: &TestDb) {
        run(
            db,
            [
                "CREATE TABLE doctor_twice (id {id}, deleted_at {zoned} NULL)",
                "CREATE TABLE doctor_thing (id {id}, twice_id {int} NOT NULL, deleted_at {zoned} NULL, \
                 FOREIGN KEY (twice_id) REFERENCES doctor_twice (id))",
                "CREATE INDEX one ON doctor_thing (twice_id)",
            ],
        )
        .await;
        let diagnosis = Doctor::new().of(twice::Entity).examine(&**db).await?;
        only(
            &diagnosis,
            Severity::Error,
            FindingCode::RelationMisdeclared,
            "doctor_twice",
            &["`doctor_thing`", "leave one of the two"],
        );
    }

    async fn a_table_that_is_described_twice(db: &TestDb) {
        run(db, ["CREATE TABLE doctor_mirror (id {id}, deleted_at {zoned} NULL, is_deleted boolean NOT NULL DEFAULT FALSE)"]).await;
        for diagnosis in [examine(db, mirror::Entity).await, examine(db, mirrored::Entity).await] {
            only(
                &diagnosis,
                Severity::Error,
                FindingCode::DescribedTwice,
                "doctor_mirror",
                &["several entities"],
            );
        }
    }

    async fn operations_that_cannot_be_distinguished(db: &TestDb) {
        let diagnosis = Doctor::new().of(stamp::Entity).examine(&**db).await?;
        let finding = the(&diagnosis, FindingCode::OperationNotIdentifiable);
        is(
            &finding,
            Severity::Error,
            FindingCode::OperationNotIdentifiable,
            "doctor_stamp",
            &["`deleted_at`"],
        );
        assert!(finding.remedy.declaration.as_deref().unwrap().contains("#[soft_delete(operation)]"));
    }
}

/// A tree whose marker type keeps whole seconds.
pub(crate) mod stamp {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::describe::TimestampType;
    use sea_orm_soft_delete::{SoftDelete, Timestamp};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
    pub struct Seconds(pub DateTimeUtc);

    impl From<Timestamp> for Seconds {
        fn from(at: Timestamp) -> Self {
            Self(DateTimeUtc::from_timestamp(at.unix_seconds(), 0).unwrap())
        }
    }

    impl TimestampType for Seconds {}

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "doctor_stamp")]
    #[soft_delete(cascade(Entity on Relation::Above))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub above_id: Option<i32>,
        #[soft_delete(marker)]
        pub deleted_at: Option<Seconds>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::AboveId", to = "Column::Id")]
        Above,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
