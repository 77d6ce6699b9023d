//! The primary key of a row that a report names: compared and serialized.

use sea_orm::sea_query::ValueTuple;

use crate::value_text::text_of;

/// Whether two keys print the same. A key that was deserialized holds other types of values than the key of the row.
pub(crate) fn is_same(one: &ValueTuple, other: &ValueTuple) -> bool {
    let texts = |key: &ValueTuple| key.clone().into_iter().map(|value| text_of(&value));
    texts(one).eq(texts(other))
}

/// A key of one column as a number or text, and a key of several columns as an array.
#[cfg(feature = "serde")]
pub(crate) mod json {
    use sea_orm::Value;
    use sea_orm::sea_query::ValueTuple;
    use serde::de::{Deserialize, Deserializer};
    use serde::ser::{Serialize, Serializer};

    use crate::value_text::text_of;

    pub(crate) fn serialize<S: Serializer>(
        key: &ValueTuple,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let key: Vec<Value> = key.clone().into_iter().collect();
        match key.as_slice() {
            [only] => Scalar(only).serialize(serializer),
            several => serializer.collect_seq(several.iter().map(Scalar)),
        }
    }

    /// Whole numbers become `i64` or `u64`, and everything else text.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(key: D) -> Result<ValueTuple, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Key {
            One(Part),
            Several(Vec<Part>),
        }

        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Part {
            Integer(i64),
            Unsigned(u64),
            Text(String),
        }

        let value = |part| match part {
            Part::Integer(number) => Value::from(number),
            Part::Unsigned(number) => Value::from(number),
            Part::Text(text) => Value::from(text),
        };
        Ok(match Key::deserialize(key)? {
            Key::One(part) => ValueTuple::One(value(part)),
            Key::Several(parts) => ValueTuple::Many(parts.into_iter().map(value).collect()),
        })
    }

    /// A whole number, or text.
    pub(crate) struct Scalar<'a>(pub(crate) &'a Value);

    impl Serialize for Scalar<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self.0 {
                Value::TinyInt(Some(number)) => number.serialize(serializer),
                Value::SmallInt(Some(number)) => number.serialize(serializer),
                Value::Int(Some(number)) => number.serialize(serializer),
                Value::BigInt(Some(number)) => number.serialize(serializer),
                Value::TinyUnsigned(Some(number)) => number.serialize(serializer),
                Value::SmallUnsigned(Some(number)) => number.serialize(serializer),
                Value::Unsigned(Some(number)) => number.serialize(serializer),
                Value::BigUnsigned(Some(number)) => number.serialize(serializer),
                other => serializer.serialize_str(&text_of(other)),
            }
        }
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    struct Named {
        #[serde(with = "json")]
        key: ValueTuple,
    }

    #[track_caller]
    fn check(key: ValueTuple, text: &str) {
        let named = Named { key };
        assert_eq!(serde_json::to_string(&named).ok().as_deref(), Some(text));
        let read: Option<Named> = serde_json::from_str(text).ok();
        let is_read = |read: &Named| is_same(&named.key, &read.key);
        assert!(read.as_ref().is_some_and(is_read), "{named:?} {read:?}");
    }

    #[test]
    fn a_key_is_the_same_after_a_way_through_json() {
        check(ValueTuple::One(7_i32.into()), r#"{"key":7}"#);
        check(
            ValueTuple::One(u64::MAX.into()),
            r#"{"key":18446744073709551615}"#,
        );
        check(ValueTuple::One("it's".into()), r#"{"key":"it's"}"#);
        check(
            ValueTuple::One(vec![1_u8, 255].into()),
            r#"{"key":"x'01FF'"}"#,
        );
        check(
            ValueTuple::Two((-1_i16).into(), "a".into()),
            r#"{"key":[-1,"a"]}"#,
        );
        #[cfg(feature = "with-uuid")]
        check(
            ValueTuple::One(uuid::Uuid::nil().into()),
            r#"{"key":"00000000-0000-0000-0000-000000000000"}"#,
        );
    }

    #[test]
    fn keys_of_several_columns_differ_in_one_of_them() {
        let key = |text: &str| ValueTuple::Two(1.into(), text.into());
        assert!(is_same(&key("a"), &key("a")));
        assert!(!is_same(&key("a"), &key("b")));
        assert!(!is_same(&key("a"), &ValueTuple::One(1.into())));
    }
}
