//! Values of columns as JSON, and back, exactly.

#[cfg(any(feature = "with-chrono", feature = "with-uuid"))]
use std::fmt::Debug;
use std::str::FromStr;

use sea_orm::prelude::{Decimal, Json};
use sea_orm::sea_query::{ArrayType, Enum, OptionEnum};
use sea_orm::{JsonValue, Value};
use serde_json::{Number, json};

/// The key of an object that holds a value of a JSON column, so that the JSON `null` differs from NULL.
const JSON: &str = "json";

/// The value as JSON: numbers and booleans as such, and anything else as text. `None` for a type that a backup cannot
/// write.
pub(crate) fn encode(value: &Value) -> Option<JsonValue> {
    Some(match value {
        Value::Bool(value) => json!(value),
        Value::TinyInt(value) => json!(value),
        Value::SmallInt(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::BigInt(value) => json!(value),
        Value::TinyUnsigned(value) => json!(value),
        Value::SmallUnsigned(value) => json!(value),
        Value::Unsigned(value) => json!(value),
        Value::BigUnsigned(value) => json!(value),
        Value::Float(value) => value.map_or(JsonValue::Null, |value| float(value.into())),
        Value::Double(value) => value.map_or(JsonValue::Null, float),
        Value::String(value) => json!(value),
        Value::Enum(OptionEnum::Some(value)) => json!(value.value),
        Value::Enum(OptionEnum::None(_)) => JsonValue::Null,
        Value::Char(value) => json!(value),
        Value::Bytes(value) => json!(value.as_deref().map(hex)),
        Value::Json(value) => match value {
            Some(value) => json!({ JSON: value }),
            None => JsonValue::Null,
        },
        Value::Decimal(value) => json!(value.map(|value| value.to_string())),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDate(value) => text(value),
        #[cfg(feature = "with-chrono")]
        Value::ChronoTime(value) => text(value),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTime(value) => text(value),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeUtc(value) => text(value),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeLocal(value) => text(value),
        #[cfg(feature = "with-chrono")]
        Value::ChronoDateTimeWithTimeZone(value) => text(value),
        #[cfg(feature = "with-time")]
        Value::TimeDate(value) => json!(value.map(time_text::of_date)),
        #[cfg(feature = "with-time")]
        Value::TimeTime(value) => json!(value.map(time_text::of_time)),
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(value) => json!(value.map(time_text::of_date_time)),
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(value) => json!(value.map(time_text::of_instant)),
        #[cfg(feature = "with-uuid")]
        Value::Uuid(value) => text(value),
        #[allow(unreachable_patterns)] // Features of SeaORM add variants.
        _ => return None,
    })
}

/// The value of a column of this type. `None` if the type cannot hold the JSON.
pub(super) fn decode(json: &JsonValue, column: &ArrayType) -> Option<Value> {
    if json.is_null() {
        return null(column);
    }
    Some(match column {
        ArrayType::Bool => json.as_bool()?.into(),
        ArrayType::TinyInt => integer::<i8>(json)?.into(),
        ArrayType::SmallInt => integer::<i16>(json)?.into(),
        ArrayType::Int => integer::<i32>(json)?.into(),
        ArrayType::BigInt => json.as_i64()?.into(),
        ArrayType::TinyUnsigned => unsigned::<u8>(json)?.into(),
        ArrayType::SmallUnsigned => unsigned::<u16>(json)?.into(),
        ArrayType::Unsigned => unsigned::<u32>(json)?.into(),
        ArrayType::BigUnsigned => json.as_u64()?.into(),
        ArrayType::Float => single(json)?.into(),
        ArrayType::Double => double(json)?.into(),
        ArrayType::String => json.as_str()?.into(),
        ArrayType::Enum(name) => Value::Enum(OptionEnum::Some(Box::new(Enum {
            type_name: (**name).clone(),
            value: json.as_str()?.to_owned().into(),
        }))),
        ArrayType::Char => parsed::<char>(json)?.into(),
        ArrayType::Bytes => of_hex(json.as_str()?)?.into(),
        ArrayType::Json => {
            let object = json.as_object().filter(|object| object.len() == 1)?;
            Value::Json(Some(Box::new(object.get(JSON)?.clone())))
        }
        ArrayType::Decimal => parsed::<Decimal>(json)?.into(),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDate => parsed::<chrono::NaiveDate>(json)?.into(),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoTime => parsed::<chrono::NaiveTime>(json)?.into(),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDateTime => parsed::<chrono::NaiveDateTime>(json)?.into(),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDateTimeUtc => parsed::<chrono::DateTime<chrono::Utc>>(json)?.into(),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDateTimeLocal => parsed::<chrono::DateTime<chrono::Local>>(json)?.into(),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDateTimeWithTimeZone => {
            parsed::<chrono::DateTime<chrono::FixedOffset>>(json)?.into()
        }
        #[cfg(feature = "with-time")]
        ArrayType::TimeDate => time_text::date(json.as_str()?)?.into(),
        #[cfg(feature = "with-time")]
        ArrayType::TimeTime => time_text::time(json.as_str()?)?.into(),
        #[cfg(feature = "with-time")]
        ArrayType::TimeDateTime => time_text::date_time(json.as_str()?)?.into(),
        #[cfg(feature = "with-time")]
        ArrayType::TimeDateTimeWithTimeZone => time_text::instant(json.as_str()?)?.into(),
        #[cfg(feature = "with-uuid")]
        ArrayType::Uuid => parsed::<uuid::Uuid>(json)?.into(),
        #[allow(unreachable_patterns)] // Features of SeaORM add variants.
        _ => return None,
    })
}

/// NULL of this type.
fn null(column: &ArrayType) -> Option<Value> {
    Some(match column {
        ArrayType::Bool => Value::Bool(None),
        ArrayType::TinyInt => Value::TinyInt(None),
        ArrayType::SmallInt => Value::SmallInt(None),
        ArrayType::Int => Value::Int(None),
        ArrayType::BigInt => Value::BigInt(None),
        ArrayType::TinyUnsigned => Value::TinyUnsigned(None),
        ArrayType::SmallUnsigned => Value::SmallUnsigned(None),
        ArrayType::Unsigned => Value::Unsigned(None),
        ArrayType::BigUnsigned => Value::BigUnsigned(None),
        ArrayType::Float => Value::Float(None),
        ArrayType::Double => Value::Double(None),
        ArrayType::String => Value::String(None),
        ArrayType::Enum(name) => Value::Enum(OptionEnum::None((**name).clone())),
        ArrayType::Char => Value::Char(None),
        ArrayType::Bytes => Value::Bytes(None),
        ArrayType::Json => Value::Json(None::<Box<Json>>),
        ArrayType::Decimal => Value::Decimal(None),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDate => Value::ChronoDate(None),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoTime => Value::ChronoTime(None),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDateTime => Value::ChronoDateTime(None),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDateTimeUtc => Value::ChronoDateTimeUtc(None),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDateTimeLocal => Value::ChronoDateTimeLocal(None),
        #[cfg(feature = "with-chrono")]
        ArrayType::ChronoDateTimeWithTimeZone => Value::ChronoDateTimeWithTimeZone(None),
        #[cfg(feature = "with-time")]
        ArrayType::TimeDate => Value::TimeDate(None),
        #[cfg(feature = "with-time")]
        ArrayType::TimeTime => Value::TimeTime(None),
        #[cfg(feature = "with-time")]
        ArrayType::TimeDateTime => Value::TimeDateTime(None),
        #[cfg(feature = "with-time")]
        ArrayType::TimeDateTimeWithTimeZone => Value::TimeDateTimeWithTimeZone(None),
        #[cfg(feature = "with-uuid")]
        ArrayType::Uuid => Value::Uuid(None),
        #[allow(unreachable_patterns)] // Features of SeaORM add variants.
        _ => return None,
    })
}

/// The types of chrono and uuid print with `Debug` what they parse.
#[cfg(any(feature = "with-chrono", feature = "with-uuid"))]
fn text<T: Debug>(value: &Option<T>) -> JsonValue {
    json!(value.as_ref().map(|value| format!("{value:?}")))
}

fn parsed<T: FromStr>(json: &JsonValue) -> Option<T> {
    json.as_str()?.parse().ok()
}

fn integer<T: TryFrom<i64>>(json: &JsonValue) -> Option<T> {
    T::try_from(json.as_i64()?).ok()
}

fn unsigned<T: TryFrom<u64>>(json: &JsonValue) -> Option<T> {
    T::try_from(json.as_u64()?).ok()
}

/// JSON has no number that is infinite or none: these are text.
fn float(value: f64) -> JsonValue {
    match Number::from_f64(value) {
        Some(number) => JsonValue::Number(number),
        None => json!(value.to_string()),
    }
}

fn double(json: &JsonValue) -> Option<f64> {
    match json.as_str() {
        Some(text @ ("NaN" | "inf" | "-inf")) => text.parse().ok(),
        _ => json.as_f64(),
    }
}

/// Each `f32` is an `f64` too.
fn single(json: &JsonValue) -> Option<f32> {
    let value = double(json)?;
    #[allow(clippy::cast_possible_truncation)]
    let single = value as f32;
    (f64::from(single) == value || value.is_nan()).then_some(single)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    let byte = |digits: &[u8]| match digits {
        [a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
        }
        _ => None,
    };
    digits.map(byte).collect()
}

/// The types of the crate `time`, whose own formats are behind features.
#[cfg(feature = "with-time")]
mod time_text {
    use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

    pub(super) fn of_date(date: Date) -> String {
        let month = u8::from(date.month());
        format!("{:04}-{month:02}-{:02}", date.year(), date.day())
    }

    pub(super) fn of_time(time: Time) -> String {
        let (hour, minute, second, nanos) = time.as_hms_nano();
        format!("{hour:02}:{minute:02}:{second:02}.{nanos:09}")
    }

    pub(super) fn of_date_time(at: PrimitiveDateTime) -> String {
        format!("{}T{}", of_date(at.date()), of_time(at.time()))
    }

    pub(super) fn of_instant(at: OffsetDateTime) -> String {
        let offset = at.offset();
        let sign = if offset.is_negative() { '-' } else { '+' };
        let (hours, minutes, seconds) = offset.as_hms();
        let (hours, minutes, seconds) = (hours.abs(), minutes.abs(), seconds.abs());
        let local = of_date_time(PrimitiveDateTime::new(at.date(), at.time()));
        format!("{local}{sign}{hours:02}:{minutes:02}:{seconds:02}")
    }

    pub(super) fn date(text: &str) -> Option<Date> {
        let mut parts = text.rsplitn(3, '-');
        let (day, month) = (parts.next()?.parse().ok()?, parts.next()?);
        let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
        Date::from_calendar_date(parts.next()?.parse().ok()?, month, day).ok()
    }

    pub(super) fn time(text: &str) -> Option<Time> {
        let (time, nanos) = text.split_once('.')?;
        let [hour, minute, second] = three(time)?;
        Time::from_hms_nano(hour, minute, second, nanos.parse().ok()?).ok()
    }

    pub(super) fn date_time(text: &str) -> Option<PrimitiveDateTime> {
        let (day, at) = text.split_once('T')?;
        Some(PrimitiveDateTime::new(date(day)?, time(at)?))
    }

    pub(super) fn instant(text: &str) -> Option<OffsetDateTime> {
        let (local, offset) = text.split_at_checked(text.len().checked_sub(9)?)?;
        let sign = match offset.get(..1)? {
            "+" => 1,
            "-" => -1,
            _ => return None,
        };
        let [hours, minutes, seconds] = three::<i8>(offset.get(1..)?)?;
        let offset = UtcOffset::from_hms(sign * hours, sign * minutes, sign * seconds).ok()?;
        Some(date_time(local)?.assume_offset(offset))
    }

    fn three<T: std::str::FromStr>(text: &str) -> Option<[T; 3]> {
        let parts = text.split(':').map(|part| part.parse().ok());
        let parts = parts.collect::<Option<Vec<T>>>()?;
        parts.try_into().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the value as text, as a file holds it, and reads it back.
    #[track_caller]
    fn check(value: impl Into<Value>, column: ArrayType, text: &str) {
        let value = value.into();
        let json = encode(&value).expect("the type can be written");
        assert_eq!(json.to_string(), text);
        let read: JsonValue = serde_json::from_str(text).expect("it is JSON");
        assert_eq!(decode(&read, &column), Some(value.clone()), "{text}");
        assert_eq!(
            decode(&JsonValue::Null, &column),
            Some(value.as_null()),
            "{text}"
        );
        assert_eq!(encode(&value.as_null()), Some(JsonValue::Null), "{value:?}");
    }

    #[test]
    fn integers_keep_all_their_digits() {
        check(true, ArrayType::Bool, "true");
        check(i8::MIN, ArrayType::TinyInt, "-128");
        check(i16::MIN, ArrayType::SmallInt, "-32768");
        check(i32::MIN, ArrayType::Int, "-2147483648");
        check(i64::MIN, ArrayType::BigInt, "-9223372036854775808");
        check((1_i64 << 53) + 1, ArrayType::BigInt, "9007199254740993");
        check(u8::MAX, ArrayType::TinyUnsigned, "255");
        check(u16::MAX, ArrayType::SmallUnsigned, "65535");
        check(u32::MAX, ArrayType::Unsigned, "4294967295");
        check(u64::MAX, ArrayType::BigUnsigned, "18446744073709551615");
    }

    #[test]
    fn floats_keep_all_their_bits() {
        check(0.1_f64, ArrayType::Double, "0.1");
        check(-0.0_f64, ArrayType::Double, "-0.0");
        check(
            f64::MIN_POSITIVE,
            ArrayType::Double,
            "2.2250738585072014e-308",
        );
        check(f64::MAX, ArrayType::Double, "1.7976931348623157e+308");
        check(
            122.416_294_033_786_58_f64,
            ArrayType::Double,
            "122.41629403378658",
        );
        check(0.1_f32, ArrayType::Float, "0.10000000149011612");
        check(f32::MAX, ArrayType::Float, "3.4028234663852886e+38");
        check(f64::INFINITY, ArrayType::Double, "\"inf\"");
        check(f64::NEG_INFINITY, ArrayType::Double, "\"-inf\"");
        check(f32::NAN, ArrayType::Float, "\"NaN\"");
        assert_eq!(decode(&json!(1e300), &ArrayType::Float), None);
    }

    #[test]
    fn texts_and_bytes_are_text() {
        check(
            "it's \"\u{1}\" \u{1F980}\n",
            ArrayType::String,
            "\"it's \\\"\\u0001\\\" \u{1F980}\\n\"",
        );
        check("NaN", ArrayType::String, "\"NaN\"");
        check('\u{df}', ArrayType::Char, "\"\u{df}\"");
        check(vec![0_u8, 255, 16], ArrayType::Bytes, "\"00ff10\"");
        check(Vec::<u8>::new(), ArrayType::Bytes, "\"\"");
        check(Decimal::new(-110, 2), ArrayType::Decimal, "\"-1.10\"");
        check(
            Decimal::MAX,
            ArrayType::Decimal,
            "\"79228162514264337593543950335\"",
        );
        for broken in ["0", "0g", "+f", "\u{df}"] {
            assert_eq!(decode(&json!(broken), &ArrayType::Bytes), None, "{broken}");
        }
    }

    #[test]
    fn an_enum_keeps_the_name_of_its_type() {
        let happy = Value::Enum(OptionEnum::Some(Box::new(Enum {
            type_name: "mood".into(),
            value: "happy".into(),
        })));
        check(happy, ArrayType::Enum(Box::new("mood".into())), "\"happy\"");
    }

    #[test]
    fn the_json_null_differs_from_null() {
        check(JsonValue::Null, ArrayType::Json, r#"{"json":null}"#);
        check(
            json!({"json": [1, 0.1]}),
            ArrayType::Json,
            r#"{"json":{"json":[1,0.1]}}"#,
        );
        assert_eq!(decode(&json!([1]), &ArrayType::Json), None);
    }

    #[cfg(feature = "with-uuid")]
    #[test]
    fn a_uuid_is_text() {
        let id = uuid::Uuid::from_u128(7);
        check(
            id,
            ArrayType::Uuid,
            "\"00000000-0000-0000-0000-000000000007\"",
        );
    }

    #[cfg(feature = "with-chrono")]
    #[test]
    fn instants_of_chrono_keep_their_nanoseconds_and_offsets() {
        use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Utc};

        let date: NaiveDate = "2024-02-29".parse().expect("a date");
        check(date, ArrayType::ChronoDate, "\"2024-02-29\"");
        check(NaiveDate::MAX, ArrayType::ChronoDate, "\"+262142-12-31\"");
        check(NaiveDate::MIN, ArrayType::ChronoDate, "\"-262143-01-01\"");
        let time: NaiveTime = "23:59:60.000000001".parse().expect("a time");
        check(time, ArrayType::ChronoTime, "\"23:59:60.000000001\"");
        check(NaiveTime::MIN, ArrayType::ChronoTime, "\"00:00:00\"");
        let at: NaiveDateTime = date.and_time(time);
        check(
            at,
            ArrayType::ChronoDateTime,
            "\"2024-02-29T23:59:60.000000001\"",
        );
        let at: DateTime<Utc> = "2024-02-29T12:00:00.123456Z".parse().expect("an instant");
        check(
            at,
            ArrayType::ChronoDateTimeUtc,
            "\"2024-02-29T12:00:00.123456Z\"",
        );
        let local = at.with_timezone(&Local);
        let spelled = json!(format!("{local:?}")).to_string();
        check(local, ArrayType::ChronoDateTimeLocal, &spelled);
        let away: DateTime<FixedOffset> = "2024-02-29T12:00:00-05:30".parse().expect("an instant");
        check(
            away,
            ArrayType::ChronoDateTimeWithTimeZone,
            "\"2024-02-29T12:00:00-05:30\"",
        );
    }

    #[cfg(feature = "with-time")]
    #[test]
    fn instants_of_time_keep_their_nanoseconds_and_offsets() {
        use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

        let date = Date::from_calendar_date(2024, Month::February, 29).expect("a date");
        check(date, ArrayType::TimeDate, "\"2024-02-29\"");
        check(Date::MIN, ArrayType::TimeDate, "\"-9999-01-01\"");
        let time = Time::from_hms_nano(23, 59, 59, 999_999_999).expect("a time");
        check(time, ArrayType::TimeTime, "\"23:59:59.999999999\"");
        let at = PrimitiveDateTime::new(date, time);
        check(
            at,
            ArrayType::TimeDateTime,
            "\"2024-02-29T23:59:59.999999999\"",
        );
        let offset = UtcOffset::from_hms(-5, -30, -15).expect("an offset");
        let away = at.assume_offset(offset);
        check(
            away,
            ArrayType::TimeDateTimeWithTimeZone,
            "\"2024-02-29T23:59:59.999999999-05:30:15\"",
        );
        for broken in [
            "",
            "x",
            "2024-02-30T00:00:00.000000000+00:00:00",
            "+01:00:00",
        ] {
            assert_eq!(
                decode(&json!(broken), &ArrayType::TimeDateTimeWithTimeZone),
                None
            );
        }
    }

    #[test]
    fn a_value_that_the_column_cannot_hold_is_refused() {
        assert_eq!(decode(&json!(128), &ArrayType::TinyInt), None);
        assert_eq!(decode(&json!(-1), &ArrayType::Unsigned), None);
        assert_eq!(decode(&json!("1"), &ArrayType::Int), None);
        assert_eq!(decode(&json!(1), &ArrayType::String), None);
        assert_eq!(decode(&json!(1.5), &ArrayType::BigInt), None);
        assert_eq!(decode(&json!("x"), &ArrayType::Double), None);
    }
}
