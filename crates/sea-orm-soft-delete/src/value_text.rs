//! The text of a value, in messages and in literals.
//!
//! sea-query spells values, too. What it calls for date-times, the formatters of `chrono` and `time`, adds 150 kB to a
//! program that does not format them otherwise.

use std::fmt::Write;

#[cfg(feature = "with-chrono")]
use chrono::Timelike;
use sea_orm::Value;
use sea_orm::sea_query::OptionEnum;

use crate::operation::timestamp::Timestamp;

/// The value as SQL spells it: a text in quotes, a date-time in UTC.
pub(crate) fn spell(value: &Value) -> String {
    match in_parts(value) {
        Text::Bare(text) => text,
        Text::InQuotes(text) => format!("'{}'", text.replace('\'', "''")),
    }
}

/// The value as text, without the quotes of a literal.
pub(crate) fn text_of(value: &Value) -> String {
    match in_parts(value) {
        Text::Bare(text) | Text::InQuotes(text) => text,
    }
}

enum Text {
    Bare(String),
    InQuotes(String),
}

fn in_parts(value: &Value) -> Text {
    let text = match value {
        Value::Bool(Some(is)) => return Text::Bare(if *is { "TRUE" } else { "FALSE" }.to_owned()),
        Value::Bytes(Some(bytes)) => return Text::Bare(hex(bytes)),
        Value::String(Some(text)) => text.to_string(),
        Value::Char(Some(letter)) => letter.to_string(),
        Value::Enum(OptionEnum::Some(variant)) => variant.value.to_string(),
        #[cfg(feature = "with-uuid")]
        Value::Uuid(Some(id)) => id.to_string(),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDate(Some(day)) => day.to_string(),
        #[cfg(feature = "with-chrono")]
        Value::ChronoTime(Some(time)) => of_day(
            (time.hour(), time.minute(), time.second()),
            time.nanosecond() / 1_000,
        ),
        #[cfg(feature = "with-time")]
        Value::TimeDate(Some(day)) => day.to_string(),
        #[cfg(feature = "with-time")]
        Value::TimeTime(Some(time)) => of_day(time.as_hms(), time.microsecond()),
        value => match Timestamp::from_value(value) {
            Some(at) => date_time(at, has_zone(value)),
            None => return Text::Bare(number(value)),
        },
    };
    Text::InQuotes(text)
}

/// An instant as `2025-07-10 09:37:34.301641`, followed by ` +00:00` if it is to have a zone.
pub(crate) fn date_time(at: Timestamp, has_zone: bool) -> String {
    let mut text = at.to_string().replace('T', " ");
    text.pop(); // `Z`
    if has_zone {
        text.push_str(" +00:00");
    }
    text
}

/// Whether the type of the value is a date-time with a time zone.
pub(crate) fn has_zone(value: &Value) -> bool {
    match value {
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTime(_) => false,
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(_) => false,
        _ => true,
    }
}

/// A number, or NULL. A type that is not listed above prints as `Decimal(Some(1.5))`.
fn number(value: &Value) -> String {
    match value {
        Value::TinyInt(Some(number)) => number.to_string(),
        Value::SmallInt(Some(number)) => number.to_string(),
        Value::Int(Some(number)) => number.to_string(),
        Value::BigInt(Some(number)) => number.to_string(),
        Value::TinyUnsigned(Some(number)) => number.to_string(),
        Value::SmallUnsigned(Some(number)) => number.to_string(),
        Value::Unsigned(Some(number)) => number.to_string(),
        Value::BigUnsigned(Some(number)) => number.to_string(),
        Value::Float(Some(number)) => number.to_string(),
        Value::Double(Some(number)) => number.to_string(),
        value if *value == value.as_null() => "NULL".to_owned(),
        value => {
            let debug = format!("{value:?}");
            let inner = debug.split_once("(Some(").map(|(_, inner)| inner);
            let inner = inner.and_then(|inner| inner.strip_suffix("))"));
            inner.unwrap_or(&debug).to_owned()
        }
    }
}

#[cfg(any(feature = "with-chrono", feature = "with-time"))]
fn of_day(
    (hour, minute, second): (impl Into<u32>, impl Into<u32>, impl Into<u32>),
    micros: u32,
) -> String {
    let (hour, minute, second) = (hour.into(), minute.into(), second.into());
    format!("{hour:02}:{minute:02}:{second:02}.{micros:06}")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = "x'".to_owned();
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02X}");
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_spelt_as_sea_query_spells_them() {
        let mut values = vec![
            Value::from(true),
            Value::from(-7_i8),
            Value::from(-7_i16),
            Value::from(-7),
            Value::from(i64::MIN),
            Value::from(7_u8),
            Value::from(7_u16),
            Value::from(7_u32),
            Value::from(u64::MAX),
            Value::from(1.5_f32),
            Value::from(-0.25_f64),
            Value::from("milk"),
            Value::from('x'),
            Value::from(vec![0_u8, 0xab]),
            Value::Int(None),
            Value::String(None),
        ];
        #[cfg(feature = "with-uuid")]
        values.push(uuid::Uuid::from_u128(7).into());
        #[cfg(feature = "with-chrono")]
        {
            use chrono::{DateTime, FixedOffset};
            let at = DateTime::from_timestamp_micros(1_752_140_254_301_641).unwrap();
            let naive = at.naive_utc();
            values.extend([at.into(), naive.into(), naive.date().into()]);
            values.push(naive.time().into());
            values.push(Value::ChronoDateTimeUtc(None));
            let elsewhere = at.with_timezone(&FixedOffset::east_opt(3_600).unwrap());
            let utc = spell(&at.into());
            assert_eq!(spell(&elsewhere.into()), utc);
        }
        #[cfg(feature = "with-time")]
        {
            let at = time::OffsetDateTime::from_unix_timestamp(1_752_140_254).unwrap();
            let naive = time::PrimitiveDateTime::new(at.date(), at.time());
            values.push(at.date().into());
            values.push(Value::TimeDateTime(None));
            assert_eq!(spell(&naive.into()), "'2025-07-10 09:37:34.000000'");
            assert_eq!(spell(&at.time().into()), "'09:37:34.000000'");
        }
        for value in values {
            assert_eq!(spell(&value), value.to_string());
        }
    }

    #[test]
    fn a_text_has_no_quotes_of_a_literal() {
        assert_eq!(spell(&"it's".into()), "'it''s'");
        assert_eq!(text_of(&"it's".into()), "it's");
        assert_eq!(text_of(&"'quoted'".into()), "'quoted'");
        assert_eq!(text_of(&7.into()), "7");
    }
}
