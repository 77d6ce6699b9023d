//! Every type that a marker can have, and aliases of them.

macro_rules! entities {
    ($($(#[$attribute:meta])* $name:ident: $type:ty;)*) => {$(
        mod $name {
            use sea_orm::entity::prelude::*;
            use sea_orm_soft_delete::SoftDelete;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, SoftDelete)]
            #[sea_orm(table_name = "note")]
            pub struct Model {
                #[sea_orm(primary_key)]
                pub id: i32,
                #[soft_delete(marker)]
                $(#[$attribute])*
                pub deleted: $type,
            }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
        const _: fn() -> bool = || {
            use sea_orm::ActiveModelTrait;
            <$name::ActiveModel as ActiveModelTrait>::default().is_trashed()
        };
    )*};
}

pub type When = Option<sea_orm::prelude::DateTimeUtc>;
pub type Millis = i64;

entities! {
    flag: bool;
    chrono_utc: Option<DateTimeUtc>;
    chrono_with_time_zone: Option<DateTimeWithTimeZone>;
    chrono_local: Option<DateTimeLocal>;
    chrono_naive: Option<DateTime>;
    chrono_unix: Option<ChronoUnixTimestamp>;
    chrono_unix_millis: Option<ChronoUnixTimestampMillis>;
    time_with_time_zone: Option<TimeDateTimeWithTimeZone>;
    time_primitive: Option<TimeDateTime>;
    time_unix: Option<TimeUnixTimestamp>;
    time_unix_millis: Option<TimeUnixTimestampMillis>;
    path: std::option::Option<sea_orm::prelude::DateTimeUtc>;
    #[sea_orm(column_type = "TimestampWithTimeZone", nullable)]
    alias: crate::When;

    #[soft_delete(epoch = "seconds")]
    seconds: i64;
    #[soft_delete(epoch = "milliseconds")]
    milliseconds: i64;
    #[soft_delete(epoch = "seconds")]
    optional_seconds: Option<i64>;
    #[soft_delete(epoch = "milliseconds")]
    #[sea_orm(column_type = "BigInteger")]
    alias_of_integer: crate::Millis;

    #[soft_delete(live = "9999-12-31T00:00:00Z")]
    far: DateTimeUtc;
    #[soft_delete(live = "1970-01-01T00:00:00Z")]
    zero: TimeDateTimeWithTimeZone;
}

fn main() {}
