//! The instant of an operation, in the one precision that every database keeps.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sea_orm::Value;

const MICROS_PER_SECOND: i64 = 1_000_000;
const FIRST_SECOND: i64 = -62_135_596_800; // 0001-01-01T00:00:00Z
const LAST_SECOND: i64 = 253_402_300_799; // 9999-12-31T23:59:59Z

/// An instant in whole microseconds since the Unix epoch, in the years 0001 to 9999.
///
/// PostgreSQL and MySQL's `DATETIME(6)` keep microseconds, and round or cut finer values. The crate
/// therefore cuts an instant to microseconds before it writes it: the value in a program's memory equals
/// the value that it reads back.
///
/// ```
/// use sea_orm_soft_delete::Timestamp;
///
/// let moon_landing = Timestamp::from_unix_seconds(-14_182_940).unwrap();
/// assert_eq!(moon_landing.unix_millis(), -14_182_940_000);
/// assert_eq!(moon_landing.to_string(), "1969-07-20T20:17:40.000000Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The first instant that can be stored, 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(FIRST_SECOND * MICROS_PER_SECOND);
    /// The last instant that can be stored, 9999-12-31T23:59:59.999999Z.
    pub const MAX: Self = Self(LAST_SECOND * MICROS_PER_SECOND + (MICROS_PER_SECOND - 1));

    /// The current time of the system's clock, cut to microseconds.
    ///
    /// A system clock set outside the years 0001 to 9999 counts as the nearest of them.
    pub fn now() -> Self {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_micros())
                .map(|micros| -micros)
                .unwrap_or(i64::MIN),
        };
        Self(micros.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// `None` outside the years 0001 to 9999.
    pub const fn from_unix_micros(micros: i64) -> Option<Self> {
        if micros < Self::MIN.0 || micros > Self::MAX.0 {
            return None;
        }
        Some(Self(micros))
    }

    /// `None` outside the years 0001 to 9999.
    pub const fn from_unix_millis(millis: i64) -> Option<Self> {
        match millis.checked_mul(1_000) {
            Some(micros) => Self::from_unix_micros(micros),
            None => None,
        }
    }

    /// `None` outside the years 0001 to 9999.
    pub const fn from_unix_seconds(seconds: i64) -> Option<Self> {
        match seconds.checked_mul(MICROS_PER_SECOND) {
            Some(micros) => Self::from_unix_micros(micros),
            None => None,
        }
    }

    /// Microseconds since the Unix epoch.
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the Unix epoch, rounded down.
    pub const fn unix_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// The instant this much later; `None` past the year 9999. Cuts fractions of a microsecond off.
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let micros = i64::try_from(duration.as_micros()).ok()?;
        Self::from_unix_micros(self.0.checked_add(micros)?)
    }

    /// The instant this much earlier, for example to find the trash of some age; `None` before the year
    /// 0001. Cuts fractions of a microsecond off.
    pub fn checked_sub(self, duration: Duration) -> Option<Self> {
        let micros = i64::try_from(duration.as_micros()).ok()?;
        Self::from_unix_micros(self.0.checked_sub(micros)?)
    }

    pub(crate) fn saturating_add(self, duration: Duration) -> Self {
        self.checked_add(duration).unwrap_or(Self::MAX)
    }

    pub(crate) fn saturating_sub(self, duration: Duration) -> Self {
        self.checked_sub(duration).unwrap_or(Self::MIN)
    }

    pub(crate) const fn subsec_micros(self) -> u32 {
        self.0.rem_euclid(MICROS_PER_SECOND) as u32
    }

    /// The instant that prints as this text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
        let days = days_from_civil(number(0..4)?, number(5..7)?, number(8..10)?);
        let minutes = (days * 24 + number(11..13)?) * 60 + number(14..16)?;
        let seconds = minutes * 60 + number(17..19)?;
        let micros = seconds * MICROS_PER_SECOND + number(20..26)?;
        Self::from_unix_micros(micros).filter(|at| at.to_string() == text)
    }

    /// The instant in a value of a date-time column.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        match value {
            #[cfg(feature = "with-chrono")]
            Value::ChronoDateTimeUtc(at) => Self::from_unix_micros((*at)?.timestamp_micros()),
            #[cfg(feature = "with-chrono")]
            Value::ChronoDateTimeLocal(at) => Self::from_unix_micros((*at)?.timestamp_micros()),
            #[cfg(feature = "with-chrono")]
            Value::ChronoDateTimeWithTimeZone(at) => {
                Self::from_unix_micros((*at)?.timestamp_micros())
            }
            #[cfg(feature = "with-chrono")]
            Value::ChronoDateTime(at) => {
                Self::from_unix_micros((*at)?.and_utc().timestamp_micros())
            }
            #[cfg(feature = "with-time")]
            Value::TimeDateTimeWithTimeZone(at) => {
                let micros = (*at)?.unix_timestamp_nanos().div_euclid(1_000);
                Self::from_unix_micros(i64::try_from(micros).ok()?)
            }
            #[cfg(feature = "with-time")]
            Value::TimeDateTime(at) => {
                let micros = (*at)?.assume_utc().unix_timestamp_nanos().div_euclid(1_000);
                Self::from_unix_micros(i64::try_from(micros).ok()?)
            }
            _ => None,
        }
    }
}

/// The instant is outside of the years 0001 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the instant is outside of the years 0001 to 9999, which databases keep")]
#[non_exhaustive]
pub struct TimestampOutOfRange;

/// Cuts fractions of a microsecond off.
///
/// ```
/// use chrono::{DateTime, TimeZone, Utc};
/// use sea_orm_soft_delete::Timestamp;
///
/// let day = Utc.with_ymd_and_hms(2025, 7, 10, 0, 0, 0).unwrap();
/// let midnight = Timestamp::try_from(day).unwrap();
/// assert_eq!(midnight.to_string(), "2025-07-10T00:00:00.000000Z");
/// assert_eq!(DateTime::<Utc>::from(midnight), day);
/// assert!(Timestamp::try_from(DateTime::<Utc>::MAX_UTC).is_err()); // the year 262142
/// ```
#[cfg(feature = "with-chrono")]
impl<Tz: chrono::TimeZone> TryFrom<chrono::DateTime<Tz>> for Timestamp {
    type Error = TimestampOutOfRange;

    fn try_from(at: chrono::DateTime<Tz>) -> Result<Self, Self::Error> {
        Self::from_unix_micros(at.timestamp_micros()).ok_or(TimestampOutOfRange)
    }
}

/// Cuts fractions of a microsecond off.
///
/// ```
/// use sea_orm::prelude::TimeDateTimeWithTimeZone;
/// use sea_orm_soft_delete::Timestamp;
///
/// let epoch = Timestamp::try_from(TimeDateTimeWithTimeZone::UNIX_EPOCH).unwrap();
/// assert_eq!(epoch.to_string(), "1970-01-01T00:00:00.000000Z");
/// ```
#[cfg(feature = "with-time")]
impl TryFrom<time::OffsetDateTime> for Timestamp {
    type Error = TimestampOutOfRange;

    fn try_from(at: time::OffsetDateTime) -> Result<Self, Self::Error> {
        let micros = at.unix_timestamp_nanos().div_euclid(1_000);
        let micros = i64::try_from(micros).ok();
        micros
            .and_then(Self::from_unix_micros)
            .ok_or(TimestampOutOfRange)
    }
}

/// RFC 3339, in UTC, with all six digits of the fraction.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.unix_seconds();
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
            of_day / 3_600,
            of_day / 60 % 60,
            of_day % 60,
            self.subsec_micros(),
        )
    }
}

/// As its text.
#[cfg(feature = "serde")]
impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From its text.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is no instant in UTC to the microsecond, such as 2025-07-10T13:21:05.245639Z"
            ))
        })
    }
}

/// Howard Hinnant's `days_from_civil`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Howard Hinnant's `civil_from_days` (<https://howardhinnant.github.io/date_algorithms.html>): both date
/// crates are optional features, so neither is always available.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_the_years_1_to_9999() {
        assert_eq!(Timestamp::MIN.to_string(), "0001-01-01T00:00:00.000000Z");
        assert_eq!(Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(
            Timestamp::from_unix_micros(Timestamp::MIN.unix_micros() - 1),
            None
        );
        assert_eq!(
            Timestamp::from_unix_micros(Timestamp::MAX.unix_micros() + 1),
            None
        );
        assert_eq!(Timestamp::from_unix_seconds(i64::MAX), None);
        assert_eq!(Timestamp::from_unix_millis(i64::MIN), None);
    }

    #[test]
    fn adding_and_subtracting_stay_within_the_bounds() {
        let day = Duration::from_secs(86_400);
        let epoch = Timestamp::from_unix_seconds(0).unwrap();
        assert_eq!(epoch.checked_add(day).unwrap().unix_seconds(), 86_400);
        assert_eq!(epoch.checked_sub(day).unwrap().unix_seconds(), -86_400);
        assert_eq!(Timestamp::MAX.checked_add(day), None);
        assert_eq!(Timestamp::MIN.checked_sub(day), None);
        assert_eq!(epoch.checked_add(Duration::MAX), None);
    }

    #[cfg(feature = "with-chrono")]
    #[test]
    fn instants_of_chrono_convert_within_the_bounds() {
        use chrono::{DateTime, TimeDelta, Utc};

        for at in [
            Timestamp::MIN,
            Timestamp::from_unix_micros(-1).unwrap(),
            Timestamp::MAX,
        ] {
            let chrono = DateTime::<Utc>::from(at);
            assert_eq!(Timestamp::try_from(chrono), Ok(at));
            assert_eq!(
                Timestamp::try_from(chrono + TimeDelta::nanoseconds(999)),
                Ok(at)
            );
        }
        let before = DateTime::<Utc>::from(Timestamp::MIN) - TimeDelta::nanoseconds(1);
        let after = DateTime::<Utc>::from(Timestamp::MAX) + TimeDelta::microseconds(1);
        for out in [
            before,
            after,
            DateTime::<Utc>::MIN_UTC,
            DateTime::<Utc>::MAX_UTC,
        ] {
            assert_eq!(Timestamp::try_from(out), Err(TimestampOutOfRange), "{out}");
        }
        let here = DateTime::parse_from_rfc3339("2025-07-10T02:00:00+02:00").unwrap();
        assert_eq!(
            Timestamp::try_from(here).unwrap().to_string(),
            "2025-07-10T00:00:00.000000Z"
        );
    }

    #[cfg(feature = "with-time")]
    #[test]
    fn instants_of_time_convert_within_the_bounds() {
        use time::{Duration, OffsetDateTime};

        for at in [
            Timestamp::MIN,
            Timestamp::from_unix_micros(-1).unwrap(),
            Timestamp::MAX,
        ] {
            let nanos = i128::from(at.unix_micros()) * 1_000;
            let time = OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap();
            assert_eq!(Timestamp::try_from(time), Ok(at));
            assert_eq!(
                Timestamp::try_from(time + Duration::nanoseconds(999)),
                Ok(at)
            );
        }
        let first = i128::from(Timestamp::MIN.unix_micros()) * 1_000;
        let before = OffsetDateTime::from_unix_timestamp_nanos(first - 1).unwrap();
        assert_eq!(Timestamp::try_from(before), Err(TimestampOutOfRange));
    }

    #[test]
    fn fractions_before_the_epoch_round_down() {
        let just_before = Timestamp::from_unix_micros(-1).unwrap();
        assert_eq!(just_before.unix_seconds(), -1);
        assert_eq!(just_before.unix_millis(), -1);
        assert_eq!(just_before.subsec_micros(), 999_999);
        assert_eq!(just_before.to_string(), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn leap_days_and_century_ends_print_as_in_the_calendar() {
        for (seconds, date) in [
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
            (0, "1970-01-01T00:00:00.000000Z"),
        ] {
            let at = Timestamp::from_unix_seconds(seconds).unwrap();
            assert_eq!(at.to_string(), date);
            assert_eq!(Timestamp::parse(date), Some(at));
        }
    }
}
