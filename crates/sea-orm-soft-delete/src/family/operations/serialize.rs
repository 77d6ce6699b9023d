//! Serializes an operation, for example as JSON.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::family::operations::Operation;
use crate::report::row_key::json::Scalar;

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
