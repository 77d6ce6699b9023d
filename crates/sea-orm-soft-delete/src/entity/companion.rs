//! The optional columns that a delete writes beside the marker.

use sea_orm::sea_query::{ArrayType, Nullable, ValueType};
use sea_orm::{DbErr, QueryResult, TryGetable, Value};
use uuid::Uuid;

use crate::entity::timestamp_type::TimestampType;
use crate::operation::timestamp::Timestamp;

/// Seals the traits of this file. Only this crate implements them, because new columns may require more
/// from the traits.
mod sealed {
    pub trait OperationType {}
    pub trait DeletedByType {}
    pub trait ReasonType {}
    pub trait UpdatedAtType {}
    pub trait PurgeAtType {}
    pub trait HoldType {}
}

/// `Option<Uuid>` or `Option<String>`: a column for an operation's id.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold an operation id",
    label = "not an operation id type",
    note = "an `operation` column is an `Option<Uuid>` (feature `with-uuid`) or an `Option<String>`; it is NULL in live rows"
)]
pub trait OperationType: sealed::OperationType + TryGetable + Into<Value> + 'static {
    /// NULL.
    fn null() -> Value;
    /// This id, as the column's type.
    fn value(id: Uuid) -> Value;
}

impl sealed::OperationType for Option<String> {}
impl OperationType for Option<String> {
    fn null() -> Value {
        Value::String(None)
    }
    fn value(id: Uuid) -> Value {
        id.to_string().into()
    }
}

#[cfg(feature = "with-uuid")]
impl sealed::OperationType for Option<Uuid> {}
#[cfg(feature = "with-uuid")]
impl OperationType for Option<Uuid> {
    fn null() -> Value {
        Value::Uuid(None)
    }
    fn value(id: Uuid) -> Value {
        id.into()
    }
}

/// `Option<T>` of any column type: a column for who deleted the row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold who deleted a row",
    label = "not an `Option` of a column type",
    note = "a `deleted_by` column is an `Option`, such as `Option<i32>`, `Option<Uuid>` or `Option<String>`; it is NULL in live rows"
)]
pub trait DeletedByType: sealed::DeletedByType + TryGetable + Into<Value> + 'static {
    /// NULL.
    fn null() -> Value;
    /// `who` as the column's type; `None` if the conversion would lose something.
    fn value(who: &Value) -> Option<Value>;
    /// The name of the column's type, for messages.
    fn type_name() -> String;
}

impl<T> sealed::DeletedByType for Option<T> {}
impl<T> DeletedByType for Option<T>
where
    T: ValueType + Nullable + TryGetable + Into<Value> + 'static,
{
    fn null() -> Value {
        T::null()
    }

    fn value(who: &Value) -> Option<Value> {
        let exactly = |value: Value| T::try_from(value).ok().map(|typed| Some(typed).into());
        if let Some(value) = exactly(who.clone()) {
            return Some(value);
        }
        let text = match who {
            #[cfg(feature = "with-uuid")]
            Value::Uuid(Some(id)) => id.to_string(),
            _ => {
                let integer = integer(who)?;
                if let Some(value) = widths_of(integer).into_iter().flatten().find_map(exactly) {
                    return Some(value);
                }
                integer.to_string()
            }
        };
        exactly(text.into())
    }

    fn type_name() -> String {
        T::type_name()
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::TinyInt(n) => n.map(i128::from),
        Value::SmallInt(n) => n.map(i128::from),
        Value::Int(n) => n.map(i128::from),
        Value::BigInt(n) => n.map(i128::from),
        Value::TinyUnsigned(n) => n.map(i128::from),
        Value::SmallUnsigned(n) => n.map(i128::from),
        Value::Unsigned(n) => n.map(i128::from),
        Value::BigUnsigned(n) => n.map(i128::from),
        _ => None,
    }
}

/// The integer as a value of each width that can hold it.
fn widths_of(n: i128) -> [Option<Value>; 8] {
    fn narrow<N: TryFrom<i128> + Into<Value>>(n: i128) -> Option<Value> {
        <N as TryFrom<i128>>::try_from(n).ok().map(N::into)
    }
    [
        narrow::<i8>(n),
        narrow::<i16>(n),
        narrow::<i32>(n),
        narrow::<i64>(n),
        narrow::<u8>(n),
        narrow::<u16>(n),
        narrow::<u32>(n),
        narrow::<u64>(n),
    ]
}

/// `Option<String>`: a column for why a row was deleted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold why a row was deleted",
    label = "not an `Option<String>`",
    note = "a `reason` column is an `Option<String>`; it is NULL in live rows"
)]
pub trait ReasonType: sealed::ReasonType + 'static {}

impl sealed::ReasonType for Option<String> {}
impl ReasonType for Option<String> {}

/// A date-time or an `Option` of one: a column that records when the row last changed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold when a row was last changed",
    label = "not a date-time type",
    note = "an `updated_at` column is a date-time such as `DateTimeUtc`, or an `Option` of one"
)]
pub trait UpdatedAtType: sealed::UpdatedAtType + 'static {
    /// This instant, as the column's type.
    fn value(at: Timestamp) -> Value;
}

impl<T: TimestampType> sealed::UpdatedAtType for T {}
impl<T: TimestampType> UpdatedAtType for T {
    fn value(at: Timestamp) -> Value {
        T::from(at).into()
    }
}

impl<T: TimestampType> sealed::UpdatedAtType for Option<T> {}
impl<T: TimestampType> UpdatedAtType for Option<T> {
    fn value(at: Timestamp) -> Value {
        Some(T::from(at)).into()
    }
}

/// An `Option` of a date-time: a column that says when a purge may remove the row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold when a row is to be purged",
    label = "not an `Option` of a date-time",
    note = "a `purge_at` column is an `Option` of a date-time, such as `Option<DateTimeUtc>`; it is NULL in live rows"
)]
pub trait PurgeAtType: sealed::PurgeAtType + TryGetable + Into<Value> + 'static {
    /// NULL.
    fn null() -> Value;
    /// This instant, as the column's type.
    fn value(at: Timestamp) -> Value;
}

impl<T: TimestampType> sealed::PurgeAtType for Option<T> {}
impl<T: TimestampType> PurgeAtType for Option<T> {
    fn null() -> Value {
        T::null()
    }

    fn value(at: Timestamp) -> Value {
        Some(T::from(at)).into()
    }
}

/// `bool`, or an `Option` of any column type: a column that says whether a legal hold forbids the removal of the row.
/// True holds a row; of another type, every value except NULL does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say whether a row is held",
    label = "neither `bool` nor an `Option`",
    note = "a `hold` column is a `bool` or `Option<bool>`, true in held rows, or another `Option` such as `Option<i32>`, NULL in the others"
)]
pub trait HoldType: sealed::HoldType + 'static {
    /// Whether true holds the row, and not every value that is not NULL.
    fn is_flag() -> bool;
}

impl sealed::HoldType for bool {}
impl HoldType for bool {
    fn is_flag() -> bool {
        true
    }
}

impl<T> sealed::HoldType for Option<T> {}
impl<T: ValueType + 'static> HoldType for Option<T> {
    fn is_flag() -> bool {
        T::array_type() == ArrayType::Bool
    }
}

/// Reads the column of this name as its Rust type.
pub(crate) type ReadColumn = fn(&QueryResult, &str) -> Result<Value, DbErr>;

pub(crate) fn read<T: TryGetable + Into<Value>>(
    row: &QueryResult,
    column: &str,
) -> Result<Value, DbErr> {
    row.try_get::<T>("", column).map(Into::into)
}

/// How the column of an operation's id holds it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperationKind {
    pub(crate) null: fn() -> Value,
    pub(crate) value: fn(Uuid) -> Value,
    pub(crate) read: ReadColumn,
}

/// How a column records who deleted the row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeletedByKind {
    pub(crate) null: fn() -> Value,
    pub(crate) value: fn(&Value) -> Option<Value>,
    pub(crate) type_name: fn() -> String,
    pub(crate) read: ReadColumn,
}

/// How a column records when the row last changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UpdatedAtKind {
    pub(crate) value: fn(Timestamp) -> Value,
}

/// How a column says when a purge may remove the row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PurgeAtKind {
    pub(crate) null: fn() -> Value,
    pub(crate) value: fn(Timestamp) -> Value,
    pub(crate) read: ReadColumn,
}

/// How a column says whether a legal hold forbids the removal of the row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HoldKind {
    /// Whether true holds the row, and not every value that is not NULL.
    pub(crate) is_flag: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: DeletedByType>(who: impl Into<Value>, stored: Option<Value>) {
        assert_eq!(T::value(&who.into()), stored);
    }

    #[test]
    fn an_integer_fits_every_integer_column_that_can_hold_it() {
        check::<Option<i64>>(7_i32, Some(7_i64.into()));
        check::<Option<i32>>(7_i64, Some(7_i32.into()));
        check::<Option<u32>>(7_i32, Some(7_u32.into()));
        check::<Option<i32>>(i64::MAX, None);
        check::<Option<u64>>(-1_i32, None);
    }

    #[test]
    fn text_columns_accept_integers_and_integer_columns_refuse_text() {
        check::<Option<String>>(7, Some("7".into()));
        check::<Option<String>>("alice", Some("alice".into()));
        check::<Option<i32>>("7", None);
    }

    #[cfg(feature = "with-uuid")]
    #[test]
    fn uuids_are_written_as_text_into_text_columns() {
        let id = Uuid::from_u128(1);
        check::<Option<Uuid>>(id, Some(id.into()));
        check::<Option<String>>(id, Some(id.to_string().into()));
        check::<Option<i32>>(id, None);
    }
}
