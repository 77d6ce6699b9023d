//! The columns that hold an entity's soft-delete state, without the type of the entity.

use std::ops::Deref;

use sea_orm::Value;
use sea_orm::sea_query::ColumnType;

use crate::entity::any_entity::{AnyColumn, AnyEntity};
use crate::entity::companion::{
    DeletedByKind, HoldKind, OperationKind, PurgeAtKind, UpdatedAtKind,
};
use crate::entity::marker::{Marker, MarkerStorage};
use crate::operation::timestamp::Timestamp;

/// The columns that hold an entity's soft-delete state.
#[derive(Clone, Copy)]
pub(crate) struct AnyColumns {
    pub(crate) marker: Marker<AnyColumn>,
    pub(crate) operation: Option<Companion<OperationKind>>,
    pub(crate) deleted_by: Option<Companion<DeletedByKind>>,
    pub(crate) reason: Option<AnyColumn>,
    pub(crate) updated_at: Option<Companion<UpdatedAtKind>>,
    pub(crate) purge_at: Option<Companion<PurgeAtKind>>,
    pub(crate) hold: Option<Companion<HoldKind>>,
    pub(crate) title: Option<AnyColumn>,
}

/// A companion of the marker, and how it holds its values.
#[derive(Clone, Copy)]
pub(crate) struct Companion<K> {
    pub(crate) column: AnyColumn,
    kind: K,
}

impl<K> Deref for Companion<K> {
    type Target = K;

    fn deref(&self) -> &K {
        &self.kind
    }
}

/// What each of the columns holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kinds {
    pub(crate) marker: MarkerStorage,
    pub(crate) operation: Option<OperationKind>,
    pub(crate) deleted_by: Option<DeletedByKind>,
    pub(crate) updated_at: Option<UpdatedAtKind>,
    pub(crate) purge_at: Option<PurgeAtKind>,
    pub(crate) hold: Option<HoldKind>,
}

/// How many companions a marker can have. The place of each among them follows.
pub(crate) const COMPANIONS: usize = 7;
pub(crate) const OPERATION: usize = 0;
pub(crate) const DELETED_BY: usize = 1;
pub(crate) const REASON: usize = 2;
pub(crate) const UPDATED_AT: usize = 3;
pub(crate) const PURGE_AT: usize = 4;
pub(crate) const HOLD: usize = 5;
pub(crate) const TITLE: usize = 6;

/// The places of the companions that a delete or a restore writes.
pub(crate) const WRITTEN: std::ops::Range<usize> = OPERATION..HOLD;

impl Kinds {
    /// The kind of the marker, without companions.
    pub(crate) fn of(marker: MarkerStorage) -> Self {
        Self {
            marker,
            operation: None,
            deleted_by: None,
            updated_at: None,
            purge_at: None,
            hold: None,
        }
    }
}

impl AnyColumns {
    #[inline(never)]
    pub(crate) fn of(
        entity: &'static dyn AnyEntity,
        marker: &'static str,
        companions: [Option<&'static str>; COMPANIONS],
        kinds: &Kinds,
    ) -> Self {
        let column = |place: usize| {
            let name = companions[place]?;
            Some(AnyColumn { entity, name })
        };
        fn companion<K>(column: Option<AnyColumn>, kind: Option<K>) -> Option<Companion<K>> {
            let (column, kind) = column.zip(kind)?;
            Some(Companion { column, kind })
        }
        Self {
            marker: Marker::stored(
                AnyColumn {
                    entity,
                    name: marker,
                },
                kinds.marker,
            ),
            operation: companion(column(OPERATION), kinds.operation),
            deleted_by: companion(column(DELETED_BY), kinds.deleted_by),
            reason: column(REASON),
            updated_at: companion(column(UPDATED_AT), kinds.updated_at),
            purge_at: companion(column(PURGE_AT), kinds.purge_at),
            hold: companion(column(HOLD), kinds.hold),
            title: column(TITLE),
        }
    }

    /// Every column that a delete or a restore writes.
    pub(crate) fn written(&self) -> impl Iterator<Item = AnyColumn> + use<> {
        let companions = [
            self.operation.map(|to| to.column),
            self.deleted_by.map(|to| to.column),
            self.reason,
            self.updated_at.map(|to| to.column),
            self.purge_at.map(|to| to.column),
        ];
        std::iter::once(self.marker.column()).chain(companions.into_iter().flatten())
    }

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
