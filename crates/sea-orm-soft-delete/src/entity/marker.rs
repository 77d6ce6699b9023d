//! How a marker stores "trashed": the predicate and the values of each kind of marker.

use std::mem::discriminant;

use sea_orm::sea_query::{DynIden, Expr, ExprTrait, IntoIden, Nullable};
use sea_orm::{ColumnTrait, DbErr, QueryResult, Value};

use crate::entity::any_entity::AnyColumn;
use crate::entity::companion::{self, ReadColumn};
use crate::entity::timestamp_type::TimestampType;
use crate::operation::timestamp::Timestamp;

/// The column that records whether a row is live or trashed, and how it records it.
#[derive(Clone, Copy, Debug)]
pub struct Marker<C> {
    column: C,
    storage: MarkerStorage,
}

/// What a marker column holds in a live row and in a trashed row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MarkerStorage {
    /// NULL is live.
    Nullable {
        null: fn() -> Value,
        at: fn(Timestamp) -> Value,
        read: ReadColumn,
    },
    /// FALSE is live.
    Flag,
    /// 0 is live.
    Epoch { at: fn(Timestamp) -> i64 },
    /// NULL is live, and so is 0: which of the two a schema writes depends on its history.
    NullableEpoch { at: fn(Timestamp) -> i64 },
    /// One instant that no clock reaches is live.
    Sentinel {
        live: Timestamp,
        at: fn(Timestamp) -> Value,
        read: ReadColumn,
    },
}

impl MarkerStorage {
    /// Whether both markers tell live rows from trashed rows in the same way, and write the same values.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        let is_same_live = match (self, other) {
            (Self::Sentinel { live, .. }, Self::Sentinel { live: theirs, .. }) => live == theirs,
            _ => discriminant(self) == discriminant(other),
        };
        let at = Timestamp::from_unix_seconds(1).map(|at| (self.at(at), other.at(at)));
        is_same_live && at.is_some_and(|(own, theirs)| own == theirs)
    }

    /// The value in a row that was trashed at this instant.
    fn at(&self, instant: Timestamp) -> Value {
        match self {
            Self::Nullable { at, .. } | Self::Sentinel { at, .. } => at(instant),
            Self::Flag => true.into(),
            Self::Epoch { at } | Self::NullableEpoch { at } => at(instant).into(),
        }
    }
}

/// A Rust type that a marker column can have without further attributes.
///
/// `Option` of a [`TimestampType`], where NULL is live; and `bool`, where FALSE is live.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a marker by itself",
    label = "not a marker type",
    note = "a marker is an `Option` of a date-time such as `Option<DateTimeUtc>` (NULL is live), or a `bool` (FALSE is live)",
    note = "for `i64` or `Option<i64>` state the unit: #[soft_delete(marker, epoch = \"seconds\")] or \"milliseconds\"",
    note = "for a NOT NULL date-time state the instant that live rows hold: #[soft_delete(marker, live = \"9999-12-31T00:00:00Z\")]",
    note = "for an `Option` of a type of your own, implement `sea_orm_soft_delete::describe::TimestampType` for that type"
)]
pub trait MarkerType: sealed::MarkerType {
    /// Whether it holds the instant of a delete, so that the rows of one delete can be told from the
    /// others.
    const HOLDS_INSTANT: bool;
}

/// `i64` or `Option<i64>`, holding a Unix time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a Unix time",
    label = "not an `i64` or `Option<i64>`",
    note = "`epoch = \"…\"` goes with a marker of type `i64` or `Option<i64>`; a date-time or `bool` marker needs no `epoch`"
)]
pub trait EpochType: sealed::EpochType {}

mod sealed {
    use super::{MarkerStorage, Timestamp};

    pub trait MarkerType {
        #[expect(private_interfaces, reason = "the trait is sealed")]
        const STORAGE: MarkerStorage;
    }

    pub trait EpochType {
        #[expect(private_interfaces, reason = "the trait is sealed")]
        fn storage(at: fn(Timestamp) -> i64) -> MarkerStorage;
    }
}

// Without this, the compiler reports for an `Option<bool>` that `bool` is no date-time.
#[diagnostic::do_not_recommend]
impl<T: TimestampType> MarkerType for Option<T> {
    const HOLDS_INSTANT: bool = true;
}
impl<T: TimestampType> sealed::MarkerType for Option<T> {
    #[expect(private_interfaces, reason = "the trait is sealed")]
    const STORAGE: MarkerStorage = MarkerStorage::Nullable {
        null: <T as Nullable>::null,
        at: |at| Some(T::from(at)).into(),
        read: companion::read::<Option<T>>,
    };
}

// Without this, the compiler suggests `bool` as the type to use.
#[diagnostic::do_not_recommend]
impl MarkerType for bool {
    const HOLDS_INSTANT: bool = false;
}
impl sealed::MarkerType for bool {
    #[expect(private_interfaces, reason = "the trait is sealed")]
    const STORAGE: MarkerStorage = MarkerStorage::Flag;
}

impl EpochType for i64 {}
impl sealed::EpochType for i64 {
    #[expect(private_interfaces, reason = "the trait is sealed")]
    fn storage(at: fn(Timestamp) -> i64) -> MarkerStorage {
        MarkerStorage::Epoch { at }
    }
}

impl EpochType for Option<i64> {}
impl sealed::EpochType for Option<i64> {
    #[expect(private_interfaces, reason = "the trait is sealed")]
    fn storage(at: fn(Timestamp) -> i64) -> MarkerStorage {
        MarkerStorage::NullableEpoch { at }
    }
}

impl<C> Marker<C> {
    /// A marker whose type `T` determines everything.
    pub fn of<T: MarkerType>(column: C) -> Self {
        Self {
            column,
            storage: <T as sealed::MarkerType>::STORAGE,
        }
    }

    pub(crate) fn stored(column: C, storage: MarkerStorage) -> Self {
        Self { column, storage }
    }

    pub(crate) fn into_parts(self) -> (C, MarkerStorage) {
        (self.column, self.storage)
    }

    /// A marker that counts seconds since the Unix epoch.
    pub fn epoch_seconds<T: EpochType>(column: C) -> Self {
        Self {
            column,
            storage: <T as sealed::EpochType>::storage(Timestamp::unix_seconds),
        }
    }

    /// A marker that counts milliseconds since the Unix epoch.
    pub fn epoch_milliseconds<T: EpochType>(column: C) -> Self {
        Self {
            column,
            storage: <T as sealed::EpochType>::storage(Timestamp::unix_millis),
        }
    }

    /// A NOT NULL date-time that holds `live` in live rows.
    pub fn sentinel<T: TimestampType>(column: C, live: Timestamp) -> Self {
        Self {
            column,
            storage: MarkerStorage::Sentinel {
                live,
                at: |at| T::from(at).into(),
                read: companion::read::<T>,
            },
        }
    }
}

impl<C: Copy> Marker<C> {
    /// The column.
    pub fn column(&self) -> C {
        self.column
    }
}

impl<C: ColumnTrait> Marker<C> {
    /// The condition that a row is live, such as `"note"."deleted_at" IS NULL`.
    pub fn is_live(&self) -> Expr {
        self.storage.is_live_in(self.column.as_column_ref())
    }

    /// The condition that a row of the table, under an alias, is live, such as
    /// `"parent"."deleted_at" IS NULL`.
    pub fn is_live_as(&self, alias: impl IntoIden) -> Expr {
        let column = (alias.into_iden(), self.column.as_column_ref().1);
        self.storage.is_live_in(column)
    }

    /// The condition that a row is trashed, such as `"note"."deleted_at" IS NOT NULL`.
    pub fn is_trashed(&self) -> Expr {
        self.storage.is_trashed_in(self.column.as_column_ref())
    }

    /// The condition that a row of the table, under an alias, is trashed.
    pub fn is_trashed_as(&self, alias: impl IntoIden) -> Expr {
        let column = (alias.into_iden(), self.column.as_column_ref().1);
        self.storage.is_trashed_in(column)
    }
}

impl Marker<AnyColumn> {
    /// The condition that a row of the table, under an alias, is live.
    pub(crate) fn is_live(&self, alias: DynIden) -> Expr {
        self.storage
            .is_live_in((alias, self.column.as_column_ref().1))
    }

    /// The condition that a row of the table, under an alias, is trashed.
    pub(crate) fn is_trashed(&self, alias: DynIden) -> Expr {
        self.storage
            .is_trashed_in((alias, self.column.as_column_ref().1))
    }
}

impl MarkerStorage {
    /// The condition that `column` means "live"; `spell` turns a value into an expression.
    pub(crate) fn is_live(self, column: &Expr, spell: impl FnOnce(Value) -> Expr) -> Expr {
        self.live(|| column.clone(), spell)
    }

    fn is_live_in(self, column: (DynIden, DynIden)) -> Expr {
        self.live(|| Expr::col(column.clone()), Expr::val)
    }

    fn live(self, column: impl Fn() -> Expr, spell: impl FnOnce(Value) -> Expr) -> Expr {
        // Write values that are the same for every row into the text, not into the bound values: the
        // database uses a partial index `WHERE deleted = FALSE` only then. Bind a timestamp, because its
        // text differs between databases.
        match self {
            Self::Nullable { .. } => column().is_null(),
            Self::Flag => column().eq(Expr::Constant(false.into())),
            Self::Epoch { .. } => column().eq(Expr::Constant(0_i64.into())),
            Self::NullableEpoch { .. } => column()
                .is_null()
                .or(column().eq(Expr::Constant(0_i64.into()))),
            Self::Sentinel { live, at, .. } => column().eq(spell(at(live))),
        }
    }

    /// The condition that `column` means "trashed". It is NULL only where `is_live` is NULL, so NOT of
    /// either condition is the other.
    pub(crate) fn is_trashed(self, column: &Expr, spell: impl FnOnce(Value) -> Expr) -> Expr {
        self.trashed(|| column.clone(), spell)
    }

    fn is_trashed_in(self, column: (DynIden, DynIden)) -> Expr {
        self.trashed(|| Expr::col(column.clone()), Expr::val)
    }

    fn trashed(self, column: impl Fn() -> Expr, spell: impl FnOnce(Value) -> Expr) -> Expr {
        match self {
            Self::Nullable { .. } => column().is_not_null(),
            Self::Flag => column().eq(Expr::Constant(true.into())),
            Self::Epoch { .. } => column().ne(Expr::Constant(0_i64.into())),
            Self::NullableEpoch { .. } => column()
                .is_not_null()
                .and(column().ne(Expr::Constant(0_i64.into()))),
            Self::Sentinel { live, at, .. } => column().ne(spell(at(live))),
        }
    }
}

impl<C> Marker<C> {
    pub(crate) fn storage(&self) -> MarkerStorage {
        self.storage
    }

    /// What the column holds in a live row, and what a restore writes.
    pub fn live_value(&self) -> Value {
        match self.storage {
            MarkerStorage::Nullable { null, .. } => null(),
            MarkerStorage::Flag => false.into(),
            MarkerStorage::Epoch { .. } => 0_i64.into(),
            MarkerStorage::NullableEpoch { .. } => Value::BigInt(None),
            MarkerStorage::Sentinel { live, at, .. } => at(live),
        }
    }

    /// What a delete at this instant writes.
    pub fn trashed_value(&self, instant: Timestamp) -> Value {
        self.storage.at(instant)
    }

    /// The instant, to the microsecond, in a `value` that was read from the column of a trashed row.
    pub(crate) fn instant_in(&self, value: &Value) -> Option<Timestamp> {
        match self.storage {
            MarkerStorage::Nullable { .. } | MarkerStorage::Sentinel { .. } => {
                Timestamp::from_value(value)
            }
            _ => None,
        }
    }

    /// Whether the value that a delete writes can be read back as its instant, to the microsecond.
    pub(crate) fn holds_instants(&self) -> bool {
        // An instant whose every digit is odd.
        let at = Timestamp::from_unix_micros(1_111_111_111_111_111);
        at.is_some_and(|at| self.instant_in(&self.trashed_value(at)) == Some(at))
    }

    /// The instant in the column of this name, in a row of a query.
    pub(crate) fn read_instant(
        &self,
        row: &QueryResult,
        column: &str,
    ) -> Result<Option<Timestamp>, DbErr> {
        match self.storage {
            MarkerStorage::Nullable { read, .. } | MarkerStorage::Sentinel { read, .. } => {
                Ok(self.instant_in(&read(row, column)?))
            }
            _ => Ok(None),
        }
    }

    /// Whether the value that a delete writes differs for instants a microsecond apart.
    pub(crate) fn keeps_microseconds(&self, at: Timestamp) -> bool {
        let next = at
            .unix_micros()
            .checked_add(1)
            .and_then(Timestamp::from_unix_micros);
        next.is_none_or(|next| self.trashed_value(at) != self.trashed_value(next))
    }

    /// Whether `value`, read from the column, means that its row is trashed.
    pub fn says_trashed(&self, value: &Value) -> bool {
        match self.storage {
            MarkerStorage::NullableEpoch { .. } => !matches!(value, Value::BigInt(None | Some(0))),
            _ => *value != self.live_value(),
        }
    }
}
