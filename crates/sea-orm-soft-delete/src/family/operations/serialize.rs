//! Serializes an operation, for example as JSON.

use sea_orm::Value;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::family::operations::Operation;

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut operation = serializer.serialize_struct("Operation", 6)?;
        operation.serialize_field("id", &self.id())?;
        operation.serialize_field("at", &self.at())?;
        operation.serialize_field("deleted_by", &self.deleted_by().map(Who))?;
        operation.serialize_field("reason", &self.reason())?;
        operation.serialize_field("members", self.members())?;
        operation.serialize_field("count", &self.count())?;
        operation.end()
    }
}

/// An integer, or text.
struct Who<'a>(&'a Value);

impl Serialize for Who<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::TinyInt(Some(who)) => who.serialize(serializer),
            Value::SmallInt(Some(who)) => who.serialize(serializer),
            Value::Int(Some(who)) => who.serialize(serializer),
            Value::BigInt(Some(who)) => who.serialize(serializer),
            Value::TinyUnsigned(Some(who)) => who.serialize(serializer),
            Value::SmallUnsigned(Some(who)) => who.serialize(serializer),
            Value::Unsigned(Some(who)) => who.serialize(serializer),
            Value::BigUnsigned(Some(who)) => who.serialize(serializer),
            Value::String(Some(who)) => who.serialize(serializer),
            #[cfg(feature = "with-uuid")]
            Value::Uuid(Some(who)) => serializer.collect_str(who),
            who => serializer.collect_str(who),
        }
    }
}
