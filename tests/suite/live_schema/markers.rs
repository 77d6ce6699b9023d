//! Every kind of marker, and what a family needs to tell its operations apart.

use sea_orm::ConnectionTrait;
use sea_orm::prelude::*;
use sea_orm_soft_delete::Timestamp;
use sea_orm_soft_delete::describe::Marker;
use sea_orm_soft_delete::schema::{SoftDeleteSchema, live_schema};

use super::entities::{reader, schema_of, text};
use crate::families::rows::{number, run};
use crate::harness::on_databases;

/// A family in which a `bool` marks the trash.
mod carton {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "live_carton")]
    #[soft_delete(cascade(Entity on Relation::Parent))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub parent_id: Option<i32>,
        #[soft_delete(operation)]
        pub operation_id: Option<Uuid>,
        #[soft_delete(marker)]
        pub is_deleted: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// A family that tells operations apart by their instants.
mod basket {
    use sea_orm::entity::prelude::*;
    use sea_orm_soft_delete::SoftDelete;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, SoftDelete)]
    #[sea_orm(table_name = "live_basket")]
    #[soft_delete(cascade(Entity on Relation::Parent))]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub parent_id: Option<i32>,
        pub deleted_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "Entity", from = "Column::ParentId", to = "Column::Id")]
        Parent,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

on_databases! { [postgres: Postgres]
    async fn each_kind_of_marker_is_written_as_the_verbs_write_it(db: &TestDb) {
        let live_at = Timestamp::from_unix_seconds(253_402_214_400).unwrap();
        let kinds = [
            ("timestamptz", Marker::of::<Option<DateTimeUtc>>("mark"), "mark"),
            ("timestamp", Marker::of::<Option<DateTime>>("mark"), "mark AT TIME ZONE 'UTC'"),
            ("timestamptz", Marker::of::<Option<TimeDateTimeWithTimeZone>>("mark"), "mark"),
            ("bool NOT NULL DEFAULT FALSE", Marker::of::<bool>("mark"), "CASE WHEN mark THEN clock_timestamp() END"),
            ("bigint NOT NULL DEFAULT 0", Marker::epoch_seconds::<i64>("mark"), "to_timestamp(mark)"),
            ("bigint NOT NULL DEFAULT 0", Marker::epoch_milliseconds::<i64>("mark"), "to_timestamp(mark / 1000.0)"),
            ("bigint", Marker::epoch_seconds::<Option<i64>>("mark"), "to_timestamp(mark)"),
            (
                "timestamptz NOT NULL DEFAULT '9999-12-31T00:00:00Z'",
                Marker::sentinel::<DateTimeUtc>("mark", live_at),
                "mark",
            ),
            (
                "timestamp NOT NULL DEFAULT '9999-12-31T00:00:00'",
                Marker::sentinel::<DateTime>("mark", live_at),
                "mark AT TIME ZONE 'UTC'",
            ),
        ];
        let mut live = live_schema(format!("{}_other", schema_of(db).await)).of(basket::Entity);
        db.create_table(basket::Entity).await;
        for (at, (column, marker, _)) in kinds.iter().enumerate() {
            run(db, &[
                &format!("CREATE TABLE live_kind_{at} (id int PRIMARY KEY, mark {column})"),
                &format!("INSERT INTO live_kind_{at} (id) VALUES (1), (2)"),
            ]).await;
            live = live.with(SoftDeleteSchema::new(format!("live_kind_{at}"), *marker));
        }
        live.apply(&**db).await?;
        assert_eq!(live.statements(&**db).await?, [""; 0]);
        let reader = reader(db).await;
        for (at, (column, _, instant)) in kinds.iter().enumerate() {
            let delete = format!("SET TimeZone = 'Asia/Tokyo'; DELETE FROM live_kind_{at} WHERE id = 1");
            reader.execute_unprepared(&delete).await?;
            assert_eq!(number(&reader, &format!("SELECT count(*) FROM live_kind_{at}")).await, 1, "{column}");
            let recent = format!(
                "SELECT bool_and({instant} BETWEEN clock_timestamp() - interval '1 minute' AND clock_timestamp())::text \
                 FROM live_kind_{at} WHERE id = 1"
            );
            assert_eq!(text(&**db, &recent).await, "true", "{column}");
        }
    }

    async fn a_family_that_cannot_tell_operations_apart_refuses_deletes(db: &TestDb) {
        run(db, &[
            "CREATE TABLE live_carton (id serial PRIMARY KEY, parent_id int, operation_id uuid, is_deleted bool NOT NULL DEFAULT FALSE)",
            "CREATE TABLE live_basket (id serial PRIMARY KEY, parent_id int, deleted_at timestamptz(3))",
            "INSERT INTO live_carton (parent_id) VALUES (NULL), (1), (2)",
            "INSERT INTO live_basket (parent_id) VALUES (NULL), (1), (2)",
        ]).await;
        let live = live_schema(format!("{}_other", schema_of(db).await)).of(basket::Entity).of(carton::Entity);
        live.apply(&**db).await?;
        let reader = reader(db).await;
        let refused = reader.execute_unprepared("DELETE FROM live_basket WHERE id = 1").await.unwrap_err().to_string();
        assert!(refused.contains("no column of live_basket tells which delete trashed a row"), "{refused}");
        run(db, &["UPDATE live_basket SET deleted_at = now() WHERE id = 3"]).await;
        assert_eq!(number(&reader, "SELECT count(*) FROM live_basket").await, 2);
        reader.execute_unprepared("DELETE FROM live_carton WHERE id = 2").await?;
        assert_eq!(number(&reader, "SELECT count(*) FROM live_carton").await, 1);
        // With microseconds, the instant tells operations apart.
        live.drop(&**db).await?;
        run(db, &["ALTER TABLE live_basket ALTER COLUMN deleted_at TYPE timestamptz"]).await;
        live.apply(&**db).await?;
        assert_eq!(reader.execute_unprepared("DELETE FROM live_basket WHERE id = 1").await?.rows_affected(), 1);
        assert_eq!(number(&reader, "SELECT count(*) FROM live_basket").await, 0);
        assert_eq!(number(db, "SELECT count(DISTINCT deleted_at) FROM live_basket").await, 2);
    }
}
