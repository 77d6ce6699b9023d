//! The columns that hold an entity's soft-delete state.

use sea_orm::sea_query::ColumnType;
use sea_orm::{EntityTrait, Value};

use crate::entity::any_entity::AnyColumn;
use crate::entity::companion::{
    self, DeletedByColumn, DeletedByType, HoldColumn, HoldType, OperationColumn, OperationType,
    PurgeAtColumn, PurgeAtType, ReasonType, UpdatedAtColumn, UpdatedAtType,
};
use crate::entity::marker::Marker;
use crate::operation::timestamp::Timestamp;

/// The columns that hold an entity's soft-delete state: the marker and its companions.
#[derive(Clone, Copy, Debug)]
pub struct SoftDeleteColumns<C> {
    pub(crate) marker: Marker<C>,
    pub(crate) operation: Option<OperationColumn<C>>,
    pub(crate) deleted_by: Option<DeletedByColumn<C>>,
    pub(crate) reason: Option<C>,
    pub(crate) updated_at: Option<UpdatedAtColumn<C>>,
    pub(crate) purge_at: Option<PurgeAtColumn<C>>,
    pub(crate) hold: Option<HoldColumn<C>>,
    pub(crate) title: Option<C>,
}

impl<C> SoftDeleteColumns<C> {
    /// A marker, and no companions.
    pub fn new(marker: Marker<C>) -> Self {
        Self {
            marker,
            operation: None,
            deleted_by: None,
            reason: None,
            updated_at: None,
            purge_at: None,
            hold: None,
            title: None,
        }
    }

    /// Adds the column for an operation's id.
    pub fn with_operation<T: OperationType>(mut self, column: C) -> Self {
        self.operation = Some(OperationColumn {
            column,
            null: T::null,
            value: T::value,
            read: companion::read::<T>,
        });
        self
    }

    /// Adds the column for who deleted the row.
    pub fn with_deleted_by<T: DeletedByType>(mut self, column: C) -> Self {
        self.deleted_by = Some(DeletedByColumn {
            column,
            null: T::null,
            value: T::value,
            type_name: T::type_name,
            read: companion::read::<T>,
        });
        self
    }

    /// Adds the column for the reason.
    pub fn with_reason<T: ReasonType>(mut self, column: C) -> Self {
        self.reason = Some(column);
        self
    }

    /// Adds the column that a delete and a restore set to the current time.
    pub fn with_updated_at<T: UpdatedAtType>(mut self, column: C) -> Self {
        self.updated_at = Some(UpdatedAtColumn {
            column,
            value: T::value,
        });
        self
    }

    /// Adds the column that says when a purge may remove the row.
    pub fn with_purge_at<T: PurgeAtType>(mut self, column: C) -> Self {
        self.purge_at = Some(PurgeAtColumn {
            column,
            null: T::null,
            value: T::value,
            read: companion::read::<T>,
        });
        self
    }

    /// Adds the column that says whether a legal hold forbids the removal of the row. No verb writes it.
    pub fn with_hold<T: HoldType>(mut self, column: C) -> Self {
        self.hold = Some(HoldColumn {
            column,
            is_flag: T::is_flag(),
        });
        self
    }

    /// Sets the column that names a row in a list of the trash. No verb writes this column.
    pub fn with_title(mut self, column: C) -> Self {
        self.title = Some(column);
        self
    }
}

impl<C: Copy> SoftDeleteColumns<C> {
    /// The marker.
    pub fn marker(&self) -> Marker<C> {
        self.marker
    }

    /// The column that holds the id of the operation that trashed a row.
    pub fn operation(&self) -> Option<C> {
        self.operation.map(|operation| operation.column)
    }

    /// The column that records who trashed a row.
    pub fn deleted_by(&self) -> Option<C> {
        self.deleted_by.map(|deleted_by| deleted_by.column)
    }

    /// The column that records why a row was trashed.
    pub fn reason(&self) -> Option<C> {
        self.reason
    }

    /// The column that a delete and a restore set to the current time.
    pub fn updated_at(&self) -> Option<C> {
        self.updated_at.map(|updated_at| updated_at.column)
    }

    /// The column that says when a purge may remove a row.
    pub fn purge_at(&self) -> Option<C> {
        self.purge_at.map(|purge_at| purge_at.column)
    }

    /// The column that says whether a legal hold forbids the removal of a row.
    pub fn hold(&self) -> Option<C> {
        self.hold.map(|hold| hold.column)
    }

    /// The column that names a row in a list of the trash; see [`OperationRoot`](crate::OperationRoot).
    pub fn title(&self) -> Option<C> {
        self.title
    }

    /// The same columns of the entity `E`, without their type.
    pub(crate) fn untyped<E: EntityTrait<Column = C>>(self) -> SoftDeleteColumns<AnyColumn> {
        // Each `Option::map` would be two functions for each entity.
        macro_rules! untyped {
            ($companion:expr) => {
                match $companion {
                    Some(column) => Some(AnyColumn::of::<E>(column)),
                    None => None,
                }
            };
            ($companion:expr, $Column:ident { $($field:ident),* }) => {
                match $companion {
                    Some(it) => Some($Column {
                        column: AnyColumn::of::<E>(it.column),
                        $($field: it.$field),*
                    }),
                    None => None,
                }
            };
        }
        let (marker, storage) = self.marker.into_parts();
        SoftDeleteColumns {
            marker: Marker::stored(AnyColumn::of::<E>(marker), storage),
            operation: untyped!(self.operation, OperationColumn { null, value, read }),
            deleted_by: untyped!(
                self.deleted_by,
                DeletedByColumn {
                    null,
                    value,
                    type_name,
                    read
                }
            ),
            reason: untyped!(self.reason),
            updated_at: untyped!(self.updated_at, UpdatedAtColumn { value }),
            purge_at: untyped!(self.purge_at, PurgeAtColumn { null, value, read }),
            hold: untyped!(self.hold, HoldColumn { is_flag }),
            title: untyped!(self.title),
        }
    }

    /// Every column that a delete or a restore writes.
    pub(crate) fn written(&self) -> impl Iterator<Item = C> + use<C> {
        let companions = [
            self.operation(),
            self.deleted_by(),
            self.reason(),
            self.updated_at(),
            self.purge_at(),
        ];
        std::iter::once(self.marker.column()).chain(companions.into_iter().flatten())
    }
}

impl SoftDeleteColumns<AnyColumn> {
    /// Each column with its type, the marker first.
    pub(crate) fn described(&self) -> Vec<DescribedColumn> {
        let describe = |role, column: AnyColumn, value: Value| DescribedColumn {
            role,
            name: column.as_str().to_owned(),
            column_type: column.def().get_column_type().clone(),
            value,
        };
        let marker = describe(
            Role::Marker,
            self.marker.column(),
            self.marker.trashed_value(Timestamp::MIN),
        );
        let companions = [
            self.operation
                .map(|to| describe(Role::Operation, to.column, (to.null)())),
            self.deleted_by
                .map(|to| describe(Role::DeletedBy, to.column, (to.null)())),
            self.reason
                .map(|column| describe(Role::Reason, column, Value::String(None))),
            self.updated_at
                .map(|to| describe(Role::UpdatedAt, to.column, (to.value)(Timestamp::MIN))),
            self.purge_at
                .map(|to| describe(Role::PurgeAt, to.column, (to.null)())),
            self.hold
                .map(|to| describe(Role::Hold, to.column, Value::Bool(None))),
        ];
        std::iter::once(marker)
            .chain(companions.into_iter().flatten())
            .collect()
    }
}

/// A soft-delete column of an entity, without its type.
#[derive(Clone, Debug)]
pub(crate) struct DescribedColumn {
    pub(crate) role: Role,
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
    /// Any value of its Rust type.
    pub(crate) value: Value,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Marker,
    Operation,
    DeletedBy,
    Reason,
    UpdatedAt,
    PurgeAt,
    Hold,
}
