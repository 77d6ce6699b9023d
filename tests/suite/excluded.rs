//! An EXCLUDE constraint of PostgreSQL: rows that must not overlap.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::*;
use sea_orm_soft_delete::{Operation, SoftDeleteError};

use crate::harness::on_databases;

mod room {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "excluded_room")]
    #[soft_delete(cascade(super::booking::Entity))]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::booking::Entity")]
        Booking,
    }

    impl Related<super::booking::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Booking.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod booking {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "excluded_booking")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub room_id: i32,
        pub starts: i32,
        pub ends: i32,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::room::Entity",
            from = "Column::RoomId",
            to = "super::room::Column::Id"
        )]
        Room,
    }

    impl Related<super::room::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Room.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[track_caller]
fn is_excluded<T: std::fmt::Debug>(outcome: Result<T, SoftDeleteError>) {
    match outcome {
        Err(
            SoftDeleteError::UniqueViolation {
                constraint: Some(constraint),
                ..
            }
            | SoftDeleteError::NotInserted { constraint, .. },
        ) => assert_eq!(constraint, "no_overlap"),
        other => panic!("{other:?}"),
    }
}

on_databases! {
    [postgres: Postgres]

    async fn a_row_that_would_overlap_a_live_row_is_refused_as_a_clash(db: &TestDb) {
        db.create_table(room::Entity).await;
        db.create_table(booking::Entity).await;
        for sql in [
            "ALTER TABLE excluded_booking ADD CONSTRAINT no_overlap \
             EXCLUDE USING gist (int4range(starts, ends) WITH &&) WHERE (deleted_at IS NULL)",
            "INSERT INTO excluded_room (id) VALUES (1), (2)",
            "INSERT INTO excluded_booking (id, room_id, starts, ends) VALUES (1, 1, 10, 20)",
        ] {
            db.execute_unprepared(sql).await?;
        }
        room::Entity::delete_by_id(1).exec(&**db).await?;
        db.execute_unprepared(
            "INSERT INTO excluded_booking (id, room_id, starts, ends) VALUES (2, 2, 15, 25)",
        ).await?;
        is_excluded(room::Entity::restore_by_id(1).exec(&**db).await);
        is_excluded(room::Entity::restore_many().exec(&**db).await);
        let row = room::Entity::only_trashed().one(&**db).await?.unwrap();
        let list = Operation::list().in_family_of(room::Entity);
        let operation = list.find(row.operation().unwrap(), &**db).await?.unwrap();
        is_excluded(operation.restore(&**db).await);

        booking::Entity::delete_by_id(2).exec(&**db).await?;
        room::Entity::restore_by_id(1).exec(&**db).await?;
        is_excluded(booking::Entity::restore_by_id(2).exec(&**db).await);
        is_excluded(booking::Entity::restore_many().exec(&**db).await);
        let new = |id| booking::ActiveModel {
            id: Set(id), room_id: Set(1), starts: Set(12), ends: Set(13), ..Default::default()
        };
        is_excluded(booking::Entity::insert_or_revive(new(2)).exec(&**db).await);
        is_excluded(booking::Entity::insert_or_revive(new(3)).exec(&**db).await);
        is_excluded(booking::Entity::find_or_insert(new(3)).exec(&**db).await);
        assert_eq!(booking::Entity::find().count(&**db).await?, 1);
    }
}
