//! The date-time types that a marker or an `updated_at` column can have.

use sea_orm::Value;
use sea_orm::sea_query::Nullable;

use crate::timestamp::Timestamp;

/// A Rust type that holds an instant in a column.
///
/// Implemented for SeaORM's `DateTimeUtc`, `DateTimeWithTimeZone`, `DateTimeLocal`, `DateTime`
/// (read as UTC) and `ChronoUnixTimestamp[Millis]` with feature `with-chrono`, and for
/// `TimeDateTimeWithTimeZone`, `TimeDateTime` (read as UTC) and `TimeUnixTimestamp[Millis]` with
/// feature `with-time`. Implement it for a newtype of your own to use that as a column's type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date-time type of a column",
    label = "not a date-time type",
    note = "date-time types are `DateTimeUtc`, `DateTimeWithTimeZone`, `DateTimeLocal`, `DateTime` (feature `with-chrono`), `TimeDateTimeWithTimeZone` and `TimeDateTime` (feature `with-time`)",
    note = "for a type of your own, implement `sea_orm_soft_delete::TimestampType`"
)]
pub trait TimestampType: Into<Value> + Nullable + 'static {
    /// This instant, as the column's type.
    fn from_timestamp(at: Timestamp) -> Self;
}

#[cfg(feature = "with-chrono")]
mod with_chrono {
    use super::{Timestamp, TimestampType};
    use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, Utc};
    use sea_orm::prelude::{ChronoUnixTimestamp, ChronoUnixTimestampMillis};

    /// chrono reaches 262,000 years in both directions, a `Timestamp` less than 10,000, so the
    /// default is never taken.
    fn utc(at: Timestamp) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(at.unix_micros()).unwrap_or_default()
    }

    impl TimestampType for DateTime<Utc> {
        fn from_timestamp(at: Timestamp) -> Self {
            utc(at)
        }
    }

    impl TimestampType for DateTime<FixedOffset> {
        fn from_timestamp(at: Timestamp) -> Self {
            utc(at).fixed_offset()
        }
    }

    impl TimestampType for DateTime<Local> {
        fn from_timestamp(at: Timestamp) -> Self {
            utc(at).with_timezone(&Local)
        }
    }

    impl TimestampType for NaiveDateTime {
        fn from_timestamp(at: Timestamp) -> Self {
            utc(at).naive_utc()
        }
    }

    impl TimestampType for ChronoUnixTimestamp {
        fn from_timestamp(at: Timestamp) -> Self {
            utc(at).into()
        }
    }

    impl TimestampType for ChronoUnixTimestampMillis {
        fn from_timestamp(at: Timestamp) -> Self {
            utc(at).into()
        }
    }
}

#[cfg(feature = "with-time")]
mod with_time {
    use super::{Timestamp, TimestampType};
    use sea_orm::prelude::{TimeUnixTimestamp, TimeUnixTimestampMillis};
    use time::{OffsetDateTime, PrimitiveDateTime};

    impl TimestampType for OffsetDateTime {
        fn from_timestamp(at: Timestamp) -> Self {
            // The time crate reaches from -9999 to 9999, a `Timestamp` from 1 to 9999, so the
            // default is never taken.
            Self::from_unix_timestamp_nanos(i128::from(at.unix_micros()) * 1_000)
                .unwrap_or(Self::UNIX_EPOCH)
        }
    }

    impl TimestampType for PrimitiveDateTime {
        fn from_timestamp(at: Timestamp) -> Self {
            let utc = OffsetDateTime::from_timestamp(at);
            Self::new(utc.date(), utc.time())
        }
    }

    impl TimestampType for TimeUnixTimestamp {
        fn from_timestamp(at: Timestamp) -> Self {
            OffsetDateTime::from_timestamp(at).into()
        }
    }

    impl TimestampType for TimeUnixTimestampMillis {
        fn from_timestamp(at: Timestamp) -> Self {
            OffsetDateTime::from_timestamp(at).into()
        }
    }
}
