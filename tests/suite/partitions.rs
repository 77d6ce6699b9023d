//! Partitioned tables: a family partitioned by the time of its rows, and on PostgreSQL a table partitioned by
//! the marker, so that a delete moves a row into another partition.

use std::time::Duration;

use sea_orm::prelude::*;
use sea_orm::{ActiveValue::Set, QueryOrder, TransactionTrait};
use sea_orm_soft_delete::doctor::Doctor;
use sea_orm_soft_delete::schema::SoftDeleteSchema;
use sea_orm_soft_delete::{Clock, Inserted, Operation, Purge, Scopable, SoftDeleteError};

use crate::entities::NOON;
use crate::families::rows::{number, run};
use crate::harness::{Server, TestDb, on_every_server};

/// Partitioned by its key.
mod sensor {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "part_sensor")]
    #[soft_delete(cascade(super::reading::Entity on super::reading::Relation::Sensor))]
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

/// Partitioned by its day, which is part of the primary key, as each unique key of a partitioned table must
/// have the columns of the partition.
mod reading {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "part_reading")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: i32,
        pub sensor_id: i32,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::sensor::Entity",
            from = "Column::SensorId",
            to = "super::sensor::Column::Id"
        )]
        Sensor,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Partitioned by the marker.
mod event {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "part_event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub name: String,
        pub deleted_at: Option<DateTimeUtc>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

fn purge() -> Purge {
    Purge::of_all().older_than(Duration::ZERO)
}

/// Three sensors with a reading on each of 30 days.
async fn sensors(db: &TestDb) {
    let (instant, id) = match db.server() {
        Server::Postgres => ("timestamptz", "uuid"),
        _ => ("datetime(6)", "binary(16)"),
    };
    let marked = format!("deleted_at {instant} NULL, operation_id {id} NULL");
    let sensor =
        format!("CREATE TABLE part_sensor (id int PRIMARY KEY, {marked}) PARTITION BY HASH (id)");
    let reading = format!(
        "CREATE TABLE part_reading (id int, day int, sensor_id int NOT NULL, {marked}, PRIMARY KEY (id, day)) \
         PARTITION BY RANGE (day)"
    );
    match db.server() {
        Server::Postgres => {
            run(db, &[&sensor, &reading]).await;
            for part in 0..3 {
                let (from, to) = (part * 10, part * 10 + 10);
                run(
                    db,
                    &[
                        &format!(
                            "CREATE TABLE part_sensor_{part} PARTITION OF part_sensor \
                         FOR VALUES WITH (MODULUS 3, REMAINDER {part})"
                        ),
                        &format!(
                            "CREATE TABLE part_reading_{part} PARTITION OF part_reading \
                         FOR VALUES FROM ({from}) TO ({to})"
                        ),
                    ],
                )
                .await;
            }
        }
        _ => {
            let parts = "PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20), \
                         PARTITION p2 VALUES LESS THAN MAXVALUE";
            run(
                db,
                &[
                    &format!("{sensor} PARTITIONS 3"),
                    &format!("{reading} ({parts})"),
                ],
            )
            .await;
        }
    }
    let readings: Vec<String> = (0..90)
        .map(|id| format!("({id}, {}, {})", id % 30, id / 30 + 1))
        .collect();
    let readings = readings.join(", ");
    run(
        db,
        &[
            "INSERT INTO part_sensor (id) VALUES (1), (2), (3)",
            &format!("INSERT INTO part_reading (id, day, sensor_id) VALUES {readings}"),
        ],
    )
    .await;
}

/// The numbers of live sensors and readings, and of all of them.
async fn counts(db: &TestDb) -> Result<[u64; 4], DbErr> {
    Ok([
        sensor::Entity::find().count(&**db).await?,
        reading::Entity::find().count(&**db).await?,
        sensor::Entity::with_trashed().count(&**db).await?,
        reading::Entity::with_trashed().count(&**db).await?,
    ])
}

on_every_server! {
    async fn a_family_in_partitioned_tables_is_deleted_restored_and_purged(db: &TestDb) {
        sensors(db).await;
        sensor::Entity::delete_by_id(1).exec(&**db).await?;
        assert_eq!(counts(db).await?, [2, 60, 3, 90]);
        sensor::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(counts(db).await?, [3, 90, 3, 90]);
        reading::Entity::delete_by_id((31, 1)).exec(&**db).await?;
        sensor::Entity::delete_by_id(2).exec(&db.scoped()).await?;
        assert_eq!(counts(db).await?, [2, 60, 3, 90]);
        let operations = Operation::list().in_family_of(sensor::Entity).all(&**db).await?;
        assert_eq!(operations.len(), 2);
        operations[0].restore(&**db).await?;
        assert_eq!(counts(db).await?, [3, 89, 3, 90]);
        sensor::Entity::delete_by_id(2).exec(&**db).await?;
        let purge = purge().in_family_of(sensor::Entity);
        let report = purge.rows_per_transaction(7).run(&**db).await?;
        assert_eq!((report.rows(), report.operations), (31, 2), "{report}");
        assert_eq!(counts(db).await?, [2, 60, 2, 60]);
        sensor::Entity::force_delete_by_id(3).exec(&**db).await?;
        assert_eq!(counts(db).await?, [1, 30, 1, 30]);
    }

    async fn the_indexes_of_a_partitioned_table_are_created_and_the_doctor_finds_them(db: &TestDb) {
        sensors(db).await;
        for schema in [SoftDeleteSchema::of::<sensor::Entity>(), SoftDeleteSchema::of::<reading::Entity>()] {
            schema.index_for_purge()?.create(&**db).await?;
            schema.index_operations()?.create(&**db).await?;
            for parents in schema.index_parents() {
                parents.create(&**db).await?;
            }
        }
        let diagnosis = Doctor::new().of(sensor::Entity).of(reading::Entity).examine(&**db).await?;
        diagnosis.assert_healthy();
    }
}

/// Live events are in one partition, and each year of trash in another.
async fn events(db: &TestDb) {
    run(db, &[
        "CREATE TABLE part_event (id int NOT NULL, name text NOT NULL, deleted_at timestamptz, operation_id uuid) \
         PARTITION BY RANGE (deleted_at)",
        // NULL belongs to the default partition.
        "CREATE TABLE part_event_live PARTITION OF part_event DEFAULT",
        "CREATE TABLE part_event_trash PARTITION OF part_event FOR VALUES FROM ('2000-01-01') TO ('2100-01-01')",
        "CREATE UNIQUE INDEX ON part_event_live (id) WHERE deleted_at IS NULL",
        "CREATE INDEX ON part_event (id)",
        "INSERT INTO part_event (id, name) VALUES (1, 'one'), (2, 'two'), (3, 'three')",
    ]).await;
}

/// How many rows the partitions hold.
async fn parts(db: &TestDb) -> (i64, i64) {
    (
        number(db, "SELECT COUNT(*) FROM part_event_live").await,
        number(db, "SELECT COUNT(*) FROM part_event_trash").await,
    )
}

crate::harness::on_databases! {
    [postgres: Postgres]
    async fn a_delete_moves_a_row_into_the_partition_of_the_trash_and_a_restore_moves_it_back(db: &TestDb) {
        events(db).await;
        event::Entity::delete_by_id(1).exec(&**db).await?;
        event::Entity::delete_many().filter(event::Column::Id.eq(2)).exec(&**db).await?;
        assert_eq!(parts(db).await, (1, 2));
        let restored = event::Entity::restore_by_id(1).exec(&**db).await?;
        assert_eq!(restored.name, "one");
        assert_eq!(parts(db).await, (2, 1));
        let new = event::ActiveModel { id: Set(2), name: Set("again".to_owned()), ..Default::default() };
        let revived = event::Entity::insert_or_revive(new).by([event::Column::Id]).exec(&**db).await?;
        assert!(matches!(revived, Inserted::Revived(_)), "{revived:?}");
        assert_eq!(parts(db).await, (3, 0));
        event::Entity::delete_by_id(3).exec(&db.scoped()).await?;
        let report = purge().in_family_of(event::Entity).run(&**db).await?;
        assert_eq!((report.rows(), parts(db).await), (1, (2, 0)), "{report}");
        event::Entity::delete_by_id(1).exec(&**db).await?;
        event::Entity::force_delete_by_id(1).exec(&**db).await?;
        assert_eq!(parts(db).await, (1, 0));
    }

    /// A row that another transaction has moved into another partition cannot be followed there.
    async fn a_verb_that_waited_for_a_row_that_moved_is_retryable(db: &TestDb) {
        events(db).await;
        let first = db.begin().await?;
        event::Entity::delete_by_id(1).exec(&first).await?;
        let pool = (**db).clone();
        let second = tokio::spawn(async move { event::Entity::delete_by_id(1).exec(&pool).await });
        tokio::time::sleep(Duration::from_millis(200)).await;
        first.commit().await?;
        let refused = SoftDeleteError::from(second.await.unwrap().unwrap_err());
        assert!(refused.is_retryable(), "{refused:?}");
        assert_eq!(event::Entity::delete_by_id(1).exec(&**db).await?.rows_affected, 0);
    }

    /// A partition that holds only what is due can be dropped, without a purge.
    async fn a_partition_of_trash_can_be_detached(db: &TestDb) {
        events(db).await;
        Clock::fixed(NOON).scope(event::Entity::delete_by_id(1).exec(&**db)).await?;
        run(db, &["ALTER TABLE part_event DETACH PARTITION part_event_trash", "DROP TABLE part_event_trash"]).await;
        let all = event::Entity::with_trashed().order_by_asc(event::Column::Id).all(&**db).await?;
        assert_eq!(all.iter().map(|event| event.id).collect::<Vec<_>>(), [2, 3]);
    }
}
