//! Every kind of marker, from insert to force delete, on every database.

use sea_orm::prelude::*;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use sea_orm_soft_delete::{Clock, SoftDeleteError, Timestamp};

use crate::entities::NOON;
use crate::harness::{TestDb, TestResult, on_every_database};

/// Defines an entity whose marker has the given type. The marker is `$live` for a live row, and `$trashed`
/// after a delete at noon. Also defines its test.
macro_rules! marker {
    ($(
        $(#[$said:meta])*
        $name:ident: $ty:ty, live $live:expr, trashed $trashed:expr;
    )*) => {
        mod entity {$(
            pub(crate) mod $name {
                #[allow(unused_imports)]
                use super::super::types::*;
                use sea_orm::entity::prelude::*;
                use sea_orm_soft_delete::SoftDelete;

                #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
                #[sea_orm(table_name = "marked")]
                pub struct Model {
                    #[sea_orm(primary_key, auto_increment = false)]
                    pub id: i32,
                    $(#[$said])*
                    pub trashed: $ty,
                }

                #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
                pub enum Relation {}

                impl ActiveModelBehavior for ActiveModel {}
            }
        )*}

        $(on_every_database! {
            async fn $name(db: &TestDb) {
                #[allow(unused_imports)]
                use types::*;
                use entity::$name::{ActiveModel, Column, Entity, Model};
                let live = || -> $ty { $live };
                let trashed_at_noon = || -> $ty { $trashed };

                db.create_table(Entity).await;
                for id in [1, 2] {
                    ActiveModel { id: Set(id), trashed: Set(live()) }.insert(&**db).await?;
                }
                assert_eq!(Entity::find().count(&**db).await?, 2, "new rows are live");

                Clock::fixed(NOON).scope(async {
                    let row = Entity::find_by_id(1).one(&**db).await?.unwrap();
                    assert!(!row.is_trashed());
                    assert_eq!(row.clone().delete(&**db).await?.rows_affected, 1);
                    assert_eq!(row.delete(&**db).await?.rows_affected, 0);
                    Ok::<_, DbErr>(())
                }).await?;

                let trashed = Entity::only_trashed().all(&**db).await?;
                assert_eq!(trashed, [Model { id: 1, trashed: trashed_at_noon() }]);
                assert!(trashed[0].is_trashed());
                assert!(trashed[0].clone().into_active_model().is_trashed());
                let live_rows = Entity::find().all(&**db).await?;
                assert_eq!(live_rows, [Model { id: 2, trashed: live() }]);
                let found = Entity::with_trashed()
                    .filter(Column::Trashed.eq(trashed_at_noon()))
                    .count(&**db)
                    .await?;
                assert_eq!(found, 1, "the stamped row is found by equality");

                let restored = trashed[0].clone().restore(&**db).await?;
                assert_eq!(restored, Model { id: 1, trashed: live() });
                assert_eq!(Entity::find().count(&**db).await?, 2);
                assert_eq!(Entity::only_trashed().count(&**db).await?, 0);

                Entity::delete_many().exec(&**db).await?;
                assert_eq!(Entity::only_trashed().count(&**db).await?, 2);
                let emptied = Entity::force_delete_many().only_trashed().exec(&**db).await?;
                assert_eq!(emptied.rows_affected, 2);
            }
        })*
    };
}

/// Type names that the macro cannot classify by their text.
mod types {
    pub(crate) type When = Option<Stamp>;
    pub(crate) type Stamp = sea_orm::prelude::DateTimeUtc;
    pub(crate) type Epoch = Option<i64>;
    pub(crate) type Flag = bool;
}

const END: Timestamp = match Timestamp::from_unix_seconds(253_402_214_400) {
    Some(at) => at,
    None => Timestamp::MAX,
};

/// Types with a time zone become a TIMESTAMP on MySQL and MariaDB, which ends in 2038.
const END_OF_2037: Timestamp = match Timestamp::from_unix_seconds(2_145_830_400) {
    Some(at) => at,
    None => Timestamp::MAX,
};

fn noon<T: sea_orm_soft_delete::describe::TimestampType>() -> T {
    T::from(NOON)
}

fn end_of_2037<T: sea_orm_soft_delete::describe::TimestampType>() -> T {
    T::from(END_OF_2037)
}

fn end<T: sea_orm_soft_delete::describe::TimestampType>() -> T {
    T::from(END)
}

marker! {
    #[soft_delete(marker)]
    chrono_utc: Option<DateTimeUtc>, live None, trashed Some(noon());
    #[soft_delete(marker)]
    chrono_with_time_zone: Option<DateTimeWithTimeZone>, live None, trashed Some(noon());
    #[soft_delete(marker)]
    chrono_local: Option<DateTimeLocal>, live None, trashed Some(noon());
    #[soft_delete(marker)]
    chrono_naive: Option<DateTime>, live None, trashed Some(noon());
    #[soft_delete(marker)]
    time_offset: Option<TimeDateTimeWithTimeZone>, live None, trashed Some(noon());
    #[soft_delete(marker)]
    time_primitive: Option<TimeDateTime>, live None, trashed Some(noon());
    #[soft_delete(marker)]
    chrono_unix_seconds: Option<ChronoUnixTimestamp>,
        live None, trashed Some(whole_seconds_of_noon().into());
    #[soft_delete(marker)]
    time_unix_millis: Option<TimeUnixTimestampMillis>,
        live None, trashed Some(whole_millis_of_noon().into());
    #[soft_delete(marker)]
    flag: bool, live false, trashed true;
    #[soft_delete(marker, epoch = "seconds")]
    epoch_seconds: i64, live 0, trashed 1_700_000_000;
    #[soft_delete(marker, epoch = "milliseconds")]
    epoch_milliseconds: i64, live 0, trashed 1_700_000_000_123;
    #[soft_delete(marker, epoch = "seconds")]
    nullable_epoch_seconds: Option<i64>, live None, trashed Some(1_700_000_000);
    #[soft_delete(marker, epoch = "milliseconds")]
    nullable_epoch_milliseconds: Option<i64>, live None, trashed Some(1_700_000_000_123);
    #[soft_delete(marker, live = "2037-12-31T00:00:00Z")]
    sentinel_chrono_utc: DateTimeUtc, live end_of_2037(), trashed noon();
    #[soft_delete(marker, live = "9999-12-31T00:00:00Z")]
    sentinel_chrono_with_time_zone: DateTimeWithTimeZone, live end(), trashed noon();
    #[soft_delete(marker, live = "9999-12-31T00:00:00Z")]
    sentinel_chrono_naive: DateTime, live end(), trashed noon();
    #[soft_delete(marker, live = "2037-12-31T00:00:00Z")]
    sentinel_time_offset: TimeDateTimeWithTimeZone, live end_of_2037(), trashed noon();
    #[soft_delete(marker, live = "9999-12-31T00:00:00Z")]
    sentinel_time_primitive: TimeDateTime, live end(), trashed noon();
    #[soft_delete(marker)]
    #[sea_orm(nullable)]
    alias_of_an_option: When, live None, trashed Some(noon());
    #[soft_delete(marker)]
    alias_in_an_option: Option<Stamp>, live None, trashed Some(noon());
    #[soft_delete(marker)]
    alias_of_bool: Flag, live false, trashed true;
    #[soft_delete(marker, epoch = "seconds")]
    #[sea_orm(nullable)]
    alias_of_an_epoch: Epoch, live None, trashed Some(1_700_000_000);
    #[soft_delete(marker, live = "2037-12-31T00:00:00Z")]
    alias_of_a_sentinel: Stamp, live end_of_2037(), trashed noon();
}

fn whole_seconds_of_noon() -> DateTimeUtc {
    DateTimeUtc::from_timestamp(NOON.unix_seconds(), 0).unwrap()
}

fn whole_millis_of_noon() -> TimeDateTimeWithTimeZone {
    TimeDateTimeWithTimeZone::from_unix_timestamp_nanos(i128::from(NOON.unix_millis()) * 1_000_000)
        .unwrap()
}

async fn insert_epochs(db: &TestDb) -> TestResult {
    use entity::nullable_epoch_seconds::{ActiveModel, Entity};
    db.create_table(Entity).await;
    for (id, trashed) in [(1, None), (2, Some(0)), (3, Some(5))] {
        ActiveModel {
            id: Set(id),
            trashed: Set(trashed),
        }
        .insert(&**db)
        .await?;
    }
    Ok(())
}

on_every_database! {
    async fn a_nullable_epoch_is_live_at_null_and_at_0(db: &TestDb) {
        use entity::nullable_epoch_seconds::Entity;
        insert_epochs(db).await?;
        let live = Entity::find().all(&**db).await?;
        assert_eq!(live.len(), 2);
        assert!(live.iter().all(|row| row.id <= 2 && !row.is_trashed()));
        let trashed = Entity::only_trashed().all(&**db).await?;
        assert_eq!((trashed.len(), trashed[0].id, trashed[0].is_trashed()), (1, 3, true));
        let not_trashed = Entity::with_trashed().filter(Entity::is_trashed().not());
        assert_eq!(not_trashed.count(&**db).await?, 2, "NOT trashed is live");
        let not_live = Entity::with_trashed().filter(Entity::is_live().not());
        assert_eq!(not_live.count(&**db).await?, 1);
        assert_eq!(Entity::delete_many().exec(&**db).await?.rows_affected, 2);
        assert_eq!(Entity::restore_many().exec(&**db).await?.rows_affected, 3);
    }

    /// If the clock shows exactly the instant that means "live", a delete would leave the row live.
    async fn an_instant_that_means_live_is_refused(db: &TestDb) {
        use entity::{epoch_seconds, sentinel_chrono_naive};
        db.create_table(epoch_seconds::Entity).await;
        let epoch = Timestamp::from_unix_seconds(0).unwrap();
        let refused = Clock::fixed(epoch)
            .scope(epoch_seconds::Entity::delete_by_id(1).exec(&**db))
            .await
            .unwrap_err();
        let typed = SoftDeleteError::inside(&refused);
        assert!(matches!(typed, Some(SoftDeleteError::ClockHitsLiveValue { .. })), "{refused:?}");

        let refused = Clock::fixed(END)
            .scope(sentinel_chrono_naive::Entity::delete_many().exec(&**db))
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("9999-12-31T00:00:00.000000Z"), "{refused}");
    }

    /// MariaDB stores NULL for a TIMESTAMP after January 2038, and NULL would leave the row live.
    async fn every_type_with_a_time_zone_outlives_2038(db: &TestDb) {
        use entity::{chrono_local, chrono_with_time_zone, time_offset};
        db.create_table(time_offset::Entity).await;
        let row = time_offset::ActiveModel { id: Set(1), trashed: Set(None) };
        row.insert(&**db).await?;
        Clock::fixed(END).scope(async {
            time_offset::Entity::delete_by_id(1).exec(&**db).await?;
            time_offset::Entity::restore_by_id(1).exec(&**db).await?;
            chrono_local::Entity::delete_by_id(1).exec(&**db).await?;
            let row = chrono_local::Entity::only_trashed().one(&**db).await?;
            assert_eq!(row.unwrap().trashed, Some(end()));
            chrono_local::Entity::restore_by_id(1).exec(&**db).await?;
            chrono_with_time_zone::Entity::delete_by_id(1).exec(&**db).await?;
            let row = chrono_with_time_zone::Entity::only_trashed().one(&**db).await?;
            assert_eq!(row.unwrap().trashed, Some(end()));
            chrono_with_time_zone::Entity::restore_by_id(1).exec(&**db).await?;
            time_offset::Entity::delete_by_id(1).exec(&**db).await?;
            let row = time_offset::Entity::only_trashed().one(&**db).await?;
            assert_eq!(row.unwrap().trashed, Some(end()));
            Ok::<_, SoftDeleteError>(())
        }).await?;
    }
}
