//! The date-time types that a marker or an `updated_at` column can have.

use sea_orm::sea_query::Nullable;
use sea_orm::{TryGetable, Value};

use crate::operation::timestamp::Timestamp;

/// A Rust type that holds an instant in a column.
///
/// Implemented for SeaORM's `DateTimeUtc`, `DateTimeWithTimeZone`, `DateTimeLocal`, `DateTime`
/// (in UTC) and `ChronoUnixTimestamp[Millis]` with feature `with-chrono`, and for
/// `TimeDateTimeWithTimeZone`, `TimeDateTime` (in UTC) and `TimeUnixTimestamp[Millis]` with
/// feature `with-time`. Implement it for a newtype of your own to use that as a column's type:
///
/// ```
/// use sea_orm::entity::prelude::*;
/// use sea_orm_soft_delete::describe::TimestampType;
/// use sea_orm_soft_delete::Timestamp;
///
/// #[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
/// pub struct When(DateTimeUtc);
///
/// impl From<Timestamp> for When {
///     fn from(at: Timestamp) -> Self {
///         Self(at.into())
///     }
/// }
///
/// impl TimestampType for When {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a date-time type of a column",
    label = "not a date-time type",
    note = "date-time types are `DateTimeUtc`, `DateTimeWithTimeZone`, `DateTimeLocal`, `DateTime` (feature `with-chrono`), `TimeDateTimeWithTimeZone` and `TimeDateTime` (feature `with-time`)",
    note = "for a type of your own, implement `sea_orm_soft_delete::describe::TimestampType`"
)]
pub trait TimestampType: From<Timestamp> + Into<Value> + Nullable + TryGetable + 'static {}

#[cfg(feature = "with-chrono")]
mod with_chrono {
    use super::{Timestamp, TimestampType};
    use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, Utc};
    use sea_orm::prelude::{ChronoUnixTimestamp, ChronoUnixTimestampMillis};

    impl TimestampType for DateTime<Utc> {}
    impl From<Timestamp> for DateTime<Utc> {
        fn from(at: Timestamp) -> Self {
            // chrono covers 262,000 years in both directions and a `Timestamp` less than 10,000, so this
            // never uses the default.
            Self::from_timestamp_micros(at.unix_micros()).unwrap_or_default()
        }
    }

    impl TimestampType for DateTime<FixedOffset> {}
    impl From<Timestamp> for DateTime<FixedOffset> {
        fn from(at: Timestamp) -> Self {
            DateTime::<Utc>::from(at).fixed_offset()
        }
    }

    impl TimestampType for DateTime<Local> {}
    impl From<Timestamp> for DateTime<Local> {
        fn from(at: Timestamp) -> Self {
            DateTime::<Utc>::from(at).with_timezone(&Local)
        }
    }

    impl TimestampType for NaiveDateTime {}
    impl From<Timestamp> for NaiveDateTime {
        fn from(at: Timestamp) -> Self {
            DateTime::<Utc>::from(at).naive_utc()
        }
    }

    impl TimestampType for ChronoUnixTimestamp {}
    impl From<Timestamp> for ChronoUnixTimestamp {
        fn from(at: Timestamp) -> Self {
            DateTime::<Utc>::from(at).into()
        }
    }

    impl TimestampType for ChronoUnixTimestampMillis {}
    impl From<Timestamp> for ChronoUnixTimestampMillis {
        fn from(at: Timestamp) -> Self {
            DateTime::<Utc>::from(at).into()
        }
    }
}

#[cfg(feature = "with-time")]
mod with_time {
    use super::{Timestamp, TimestampType};
    use sea_orm::prelude::{TimeUnixTimestamp, TimeUnixTimestampMillis};
    use time::{OffsetDateTime, PrimitiveDateTime};

    impl TimestampType for OffsetDateTime {}
    impl From<Timestamp> for OffsetDateTime {
        fn from(at: Timestamp) -> Self {
            // The time crate covers the years -9999 to 9999 and a `Timestamp` 1 to 9999, so this never uses
            // the default.
            Self::from_unix_timestamp_nanos(i128::from(at.unix_micros()) * 1_000)
                .unwrap_or(Self::UNIX_EPOCH)
        }
    }

    impl TimestampType for PrimitiveDateTime {}
    impl From<Timestamp> for PrimitiveDateTime {
        fn from(at: Timestamp) -> Self {
            let utc = OffsetDateTime::from(at);
            Self::new(utc.date(), utc.time())
        }
    }

    impl TimestampType for TimeUnixTimestamp {}
    impl From<Timestamp> for TimeUnixTimestamp {
        fn from(at: Timestamp) -> Self {
            OffsetDateTime::from(at).into()
        }
    }

    impl TimestampType for TimeUnixTimestampMillis {}
    impl From<Timestamp> for TimeUnixTimestampMillis {
        fn from(at: Timestamp) -> Self {
            OffsetDateTime::from(at).into()
        }
    }
}
