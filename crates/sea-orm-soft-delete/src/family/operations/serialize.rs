//! Serializes an operation, for example as JSON.

use sea_orm::Value;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::family::operations::{Operation, OperationRoot};

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut operation = serializer.serialize_struct("Operation", 8)?;
        operation.serialize_field("id", &self.id())?;
        operation.serialize_field("at", &self.at())?;
        operation.serialize_field("deleted_by", &self.deleted_by().map(Scalar))?;
        operation.serialize_field("reason", &self.reason())?;
        operation.serialize_field("purge_at", &self.purge_at())?;
        operation.serialize_field("members", self.members())?;
        operation.serialize_field("count", &self.count())?;
        operation.serialize_field("roots", self.roots())?;
        operation.end()
    }
}

impl Serialize for OperationRoot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key: Vec<Value> = self.key.clone().into_iter().collect();
        let mut root = serializer.serialize_struct("OperationRoot", 3)?;
        root.serialize_field("entity", &self.entity)?;
        match key.as_slice() {
            [only] => root.serialize_field("key", &Scalar(only))?,
            several => {
                let several: Vec<Scalar<'_>> = several.iter().map(Scalar).collect();
                root.serialize_field("key", &several)?;
            }
        }
        root.serialize_field("title", &self.title)?;
        root.end()
    }
}

/// An integer, or text.
struct Scalar<'a>(&'a Value);

impl Serialize for Scalar<'_> {
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
